"""`tf.print`: values in TensorFlow's form, when the program runs."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from hornbeam.engine import effects
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Shape, Tensor, as_tensor, is_tensor


def print_(
    *inputs: Any, output_stream: Any = None, summarize: int = 3, sep: str = " ", end: str = "\n", name: str | None = None
) -> None:
    """Print values, tensors as numbers, to standard error (TensorFlow's default) or another stream.

    Args:
        output_stream: `sys.stdout`, `sys.stderr`, or 'file://PATH', to which is appended.
        summarize: how many elements stand at each end of a long axis; -1 for all.
    """
    if name is None and not isinstance(summarize, int):
        raise ArgumentError(f"tf.print: `summarize` is a number of elements; received {summarize!r}.")
    tensors: list[Tensor] = []
    parts = [_template(value, tensors) for value in inputs]
    where = output_stream

    def show(*arrays: np.ndarray) -> None:
        text = sep.join(part(arrays, summarize) for part in parts) + end
        if isinstance(where, str):
            if not where.startswith("file://"):
                raise ArgumentError(f"tf.print: `output_stream` is a stream or 'file://PATH'; received {where!r}.")
            with open(where.removeprefix("file://"), "a", encoding="utf-8") as file:
                file.write(text)
            return
        stream = sys.stderr if where is None else where
        stream.write(text)
        stream.flush()

    effects.call(show, *tensors, ordered=True)


Part = Callable[[tuple, int], str]


def _template(value: Any, tensors: list[Tensor]) -> Part:
    """How a value is written once the tensors in it have values."""
    if is_tensor(value):
        tensor = as_tensor(value)
        if tensor._value.dtype == np.dtype(object):
            return lambda arrays, summarize: text_of(np.asarray(tensor), summarize)
        number = len(tensors)
        tensors.append(tensor)
        return lambda arrays, summarize: text_of(arrays[number], summarize)
    if isinstance(value, str):
        return lambda arrays, summarize: value
    if hasattr(value, "__hornbeam_text__"):
        return lambda arrays, summarize: value.__hornbeam_text__(summarize)
    inside = lambda each: _template(each, tensors) if not isinstance(each, str) else (lambda arrays, summarize: repr(each))
    if isinstance(value, Shape):
        return lambda arrays, summarize: repr(value)
    if isinstance(value, dict):
        pairs = [(repr(key), inside(each)) for key, each in value.items()]
        return lambda arrays, n: "{" + ", ".join(f"{key}: {part(arrays, n)}" for key, part in pairs) + "}"
    if isinstance(value, (list, tuple)):
        made = [inside(each) for each in value]
        left, right = ("[", "]") if isinstance(value, list) else ("(", ",)" if len(value) == 1 else ")")
        return lambda arrays, n: left + ", ".join(part(arrays, n) for part in made) + right
    return lambda arrays, summarize: repr(value) if not isinstance(value, float) else str(value)


def text_of(array: np.ndarray, summarize: int = 3) -> str:
    """An array as `tf.print` writes it: no commas, `...` in the middle of long axes."""
    if array.ndim == 0:
        value = array[()]
        return value.decode(errors="replace") if isinstance(value, bytes) else _number(value)
    return _rows(array, summarize, 1)


def _rows(array: np.ndarray, summarize: int, depth: int) -> str:
    count = len(array)
    inner = (lambda each: _rows(each, summarize, depth + 1)) if array.ndim > 1 else _element
    between = ("\n" * (array.ndim - 1) + " " * depth) if array.ndim > 1 else " "
    if summarize < 0 or count <= 2 * summarize:
        return "[" + between.join(map(inner, array)) + "]"
    parts = [*map(inner, array[:summarize]), "...", *map(inner, array[-summarize:] if summarize else [])]
    return "[" + between.join(parts) + "]"


def _element(value: Any) -> str:
    return f'"{value.decode(errors="replace")}"' if isinstance(value, bytes) else _number(value)


def _number(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    kind = np.asarray(value).dtype
    if kind.kind in "iu":
        return str(int(value))
    if kind.kind == "c":
        return f"({_number(value.real)},{_number(value.imag)})"
    if np.isnan(value) or np.isinf(value):
        return str(float(value))
    if kind.itemsize == 2:
        value, kind = np.float32(value), np.dtype(np.float32)
    few, many = ("%.15g", "%.17g") if kind == np.float64 else ("%.6g", "%.9g")
    text = few % float(value)
    exact = text if kind.type(float(text)) == value else many % float(value)
    return exact
