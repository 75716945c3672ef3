"""Numbers as strings, and back: `tf.strings.as_string`, `to_number`, `format`."""

import re
from typing import Any

import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.errors import ArgumentError, DtypeError, InvalidArgumentError
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.ops.composite.ragged import RaggedTensor
from hornbeam.ops.strings.base import concrete, each, objects
from hornbeam.ops.tf.printing import text_of

_FLOAT = re.compile(rb"\s*[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|inf(inity)?|nan)\s*", re.IGNORECASE)
_INTEGER = re.compile(rb"\s*[+-]?\d+\s*")


def to_number(input: Any, out_type: Any = "float32", name: str | None = None) -> Any:
    """The number that each string writes, of type float32, float64, int32 or int64. Raises InvalidArgumentError for other text."""
    wanted = dtypes.standardize(out_type)
    if wanted not in ("float32", "float64", "int32", "int64"):
        raise InvalidArgumentError(f"tf.strings.to_number: out_type is float32, float64, int32 or int64; received {wanted}.")
    pattern, made = (_INTEGER, int) if wanted.is_integer else (_FLOAT, float)
    limit = 2 ** (wanted.size * 8 - 1)

    def number(value: bytes) -> Any:
        found = made(value) if pattern.fullmatch(value) else None
        if found is None or made is int and not -limit <= found < limit:
            shown = value.decode(errors="replace")
            raise InvalidArgumentError(f"tf.strings.to_number could not correctly convert string: {shown!r} to {wanted}.")
        return found

    with np.errstate(over="ignore"):
        return each(input, "strings.to_number", number, wanted.numpy)


def as_string(
    input: Any, precision: int = -1, scientific: bool = False, shortest: bool = False, width: int = -1, fill: str = "",
    name: str | None = None,
) -> Any:  # fmt: skip
    """Each element as text: integers in decimal, floats with six digits after the point.

    Args:
        precision: how many digits after the point.
        scientific, shortest: write floats as '%e' or '%g' does.
        width, fill: fill up to this width with spaces, or '0', or at the right ('-').
    """
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(as_string(input.flat_values, precision, scientific, shortest, width, fill))
    if scientific and shortest:
        raise InvalidArgumentError("tf.strings.as_string: scientific and shortest exclude each other.")
    array = concrete(input, "strings.as_string")
    if array.dtype.kind == "O":
        return as_tensor(array)
    if fill not in ("", " ", "0", "-", "+"):
        raise InvalidArgumentError(f"tf.strings.as_string: fill is '', ' ', '0', '-' or '+'; received {fill!r}.")
    real = array.dtype.kind in "fc" or dtypes.is_float(array.dtype)
    if precision >= 0 and not real:
        raise InvalidArgumentError(f"tf.strings.as_string: precision not supported for datatype {dtypes.of(array)}.")
    size = (fill.strip() + str(width)) if width >= 0 else ""
    digits = f".{precision}" if precision >= 0 else ""
    kind = ("e" if scientific else "g" if shortest else "f") if real else "d"
    form = f"%{size}{digits}{kind}"
    values = (array.astype(np.float64) if dtypes.is_float(array.dtype) else array).ravel().tolist()
    if array.dtype.kind == "b":
        return objects((f"%{size}s".encode() % (b"true" if value else b"false") for value in values), array.shape)
    if array.dtype.kind == "c":
        return objects((f"({form % v.real},{form % v.imag})".encode() for v in values), array.shape)
    return objects(((form % value).encode() for value in values), array.shape)


def format(template: str, inputs: Any, placeholder: str = "{}", summarize: int = 3, name: str | None = None) -> Tensor:
    """The template with its placeholders replaced by tensors, printed: a scalar string."""
    values = list(inputs) if isinstance(inputs, (list, tuple)) and not isinstance(inputs, str) else [inputs]
    if not isinstance(template, str):
        raise DtypeError(f"tf.strings.format: the template is a string; received {template!r}.")
    if template.count(placeholder) != len(values):
        raise ArgumentError(
            f"tf.strings.format: the template {template!r} has {template.count(placeholder)} placeholders {placeholder!r}, and there are "
            f"{len(values)} inputs."
        )
    pieces = template.split(placeholder)
    shown = [_shown(value, summarize) for value in values]
    text = pieces[0] + "".join(value + piece for value, piece in zip(shown, pieces[1:], strict=True))
    return objects([text.encode()], ())


def _shown(value: Any, summarize: int) -> str:
    if isinstance(value, RaggedTensor):
        return value.__hornbeam_text__(summarize)
    array = concrete(value, "strings.format")
    shown = text_of(array, summarize)
    return f'"{shown}"' if array.dtype.kind == "O" and not array.ndim else shown
