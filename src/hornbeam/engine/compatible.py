"""tf.compat: strings and bytes, and what type checks of older programs name."""

import numbers
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError, DtypeError
from hornbeam.engine.tensor import Tensor, as_tensor

bytes_or_text_types = (bytes, str)
integral_types = (numbers.Integral, np.integer)
real_types = (numbers.Real, np.integer, np.floating)
complex_types = (numbers.Complex, np.number)


def as_bytes(bytes_or_text: Any, encoding: str = "utf-8") -> bytes:
    """Bytes, from bytes or text."""
    if isinstance(bytes_or_text, (bytes, bytearray)):
        return bytes(bytes_or_text)
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    raise DtypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


def as_text(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    """Text, from bytes or text."""
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    if isinstance(bytes_or_text, (bytes, bytearray)):
        return bytes(bytes_or_text).decode(encoding)
    raise DtypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


as_str = as_text


def as_str_any(value: Any, encoding: str = "utf-8") -> str:
    """Text, of whatever it is."""
    return as_text(value, encoding) if isinstance(value, bytes) else str(value)


def path_to_str(path: Any) -> Any:
    """A path as a string."""
    return os.fspath(path) if hasattr(path, "__fspath__") else path


def dimension_value(dimension: Any) -> Any:
    """A size of a shape: an int, or None."""
    return dimension


def forward_compatible(year: int, month: int, day: int) -> bool:
    """True: nothing waits for a date."""
    return True


class TraceType:
    """What a class of arguments says of itself to TensorFlow's tracing; nothing asks it here."""


def register_tensor_conversion_function(base_type: Any, conversion_func: Callable[..., Any], priority: int = 100) -> None:
    """From now on operations take instances of a class (or of each of a tuple of classes) as the tensors that a function makes of them.

    `conversion_func(value, dtype=None, name=None, as_ref=False)` gives the tensor.
    """

    def tensor(self: Any, raw: bool = False) -> Tensor:
        return as_tensor(conversion_func(self, dtype=None, name=None, as_ref=False))

    for each in base_type if isinstance(base_type, tuple) else (base_type,):
        try:
            each.__hornbeam_tensor__ = tensor
        except TypeError:
            raise ArgumentError(f"register_tensor_conversion_function takes classes of a program's own; received {each!r}.") from None
