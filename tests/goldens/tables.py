"""Cases that are tables of expressions: each line is evaluated with `tf` as one library or the other, and the answers are compared.

An answer is an array (values and dtype), strings, the printed form of anything else, or the type of the error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np


def table(text: str, **inputs: Any) -> Callable[[Any], dict[str, Any]]:
    """A case from lines of Python. Names in `inputs` are NumPy values, made tensors by `tf.constant`; functions are called with `tf`."""

    def case(tf: Any) -> dict[str, Any]:
        scope = {"tf": tf, "np": np}
        for name, value in inputs.items():
            scope[name] = value(tf) if callable(value) else tf.constant(value)
        answers: dict[str, Any] = {}
        for line in lines(text):
            try:
                given = eval(line, scope)
            except Exception as error:
                answers[line] = "raises " + " ".join(_names(error, tf.__name__ != "tensorflow"))
            else:
                answers.update(flat(line, given))
        return answers

    return case


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _names(error: Exception, bases: bool) -> Iterable[str]:
    kind = type(error)
    return [each.__name__ for each in kind.__mro__] if bases else [kind.__name__]


def flat(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, (list, tuple)) and not repr(value).startswith("TensorShape") and any(hasattr(each, "dtype") for each in value):
        found: dict[str, Any] = {name: len(value)}
        for i, each in enumerate(value):
            found.update(flat(f"{name} [{i}]", each))
        return found
    if not (hasattr(value, "numpy") or isinstance(value, (np.ndarray, np.generic))) or isinstance(value, str):
        return {name: value if type(value) in (str, bool, int, float) else repr(value)}
    array = np.asarray(value.numpy() if hasattr(value, "numpy") else value)
    if array.dtype.kind in "OSU":
        words = [each.decode("latin-1") if isinstance(each, bytes) else each for each in array.ravel().tolist()]
        return {name: words, name + " shape": array.shape}
    if array.dtype.name == "bfloat16":
        return {name: array.astype("float32"), name + " dtype": "bfloat16"}
    if array.dtype.kind == "c":
        return {name + " real": np.ascontiguousarray(array.real), name + " imaginary": np.ascontiguousarray(array.imag)}
    return {name: array}
