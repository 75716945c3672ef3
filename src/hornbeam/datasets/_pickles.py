"""Pickles as the published data sets hold them, read without running anything.

A pickle is a program that may call any function it names. Here it can name six, none of them the real one: stand-ins that note
what they are given. From a pickled array comes its shape, type and bytes, which are checked and made into an array by us.
"""

import math
import pickle
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

from hornbeam.datasets._fetch import DatasetError

_NUMBERS = frozenset(kind + size for kind in "iu" for size in "1248") | {"f4", "f8", "b1"}
_MODULES = ("numpy.core.multiarray", "numpy._core.multiarray")


class _Refused(pickle.UnpicklingError):
    """The pickle asks for something that no data set holds."""


class _StandIn:
    """Base: instances take no state but what a subclass's `__setstate__` accepts."""

    __slots__ = ()

    def __setstate__(self, state: Any) -> None:
        raise _Refused(f"state for a {type(self).__name__.strip('_').lower()}")


class _Function(_StandIn):
    """What a name in the pickle becomes: a call of it calls `function`."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., Any]):
        self._function = function

    def __call__(self, *arguments: Any) -> Any:
        return self._function(*arguments)


class _Dtype(_StandIn):
    """A pickled `numpy.dtype`: one kind of number, or objects ('O')."""

    __slots__ = ("code", "order")

    def __init__(self, code: Any, *rest: Any):
        code = _text(code)
        if code in ("O8", "O4", "O"):
            code = "O"
        elif code not in _NUMBERS:
            raise _Refused(f"numbers of type {code!r}")
        self.code, self.order = code, "="

    def __setstate__(self, state: Any) -> None:  # (version, byte order, subarray, names, fields, size, alignment, flags)
        if type(state) is not tuple or len(state) < 5 or state[2:5] != (None, None, None):
            raise _Refused("a structured type")
        self.order = {"<": "<", ">": ">", "|": "|", "=": "="}[_text(state[1])]

    def numpy(self) -> np.dtype:
        return np.dtype(self.order + self.code if self.order in "<>" else self.code)


class _Array(_StandIn):
    """A pickled `numpy.ndarray`."""

    __slots__ = ("value",)

    def __init__(self, *ignored: Any):  # the real function is given a type, the shape (0,) and 'b'
        self.value: np.ndarray = np.zeros(0, np.uint8)

    def __setstate__(self, state: Any) -> None:
        version, shape, dtype, fortran, data = state
        if type(dtype) is not _Dtype or type(shape) is not tuple or any(type(n) is not int or n < 0 for n in shape):
            raise _Refused("an array of an unknown form")
        if dtype.code == "O":
            if type(data) is not list or len(data) != math.prod(shape) or len(shape) != 1:
                raise _Refused("an array of objects that is not a plain row")
            self.value = np.empty(len(data), object)
            self.value[:] = [_plain(each) for each in data]
        else:
            flat = np.frombuffer(data, dtype.numpy())
            self.value = flat.reshape(shape, order="F" if fortran else "C").copy()


def _encode(text: Any, encoding: Any = None) -> bytes:
    """`codecs.encode`, by which newer pickles in an old protocol hold bytes."""
    if type(text) is not str or _text(encoding) != "latin1":
        raise _Refused("an encoding other than latin1")
    return text.encode("latin1")


def _text(value: Any) -> str:
    return value.decode("ascii") if type(value) is bytes else str(value)


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module in _MODULES and name == "_reconstruct":
            return _Function(_Array)
        if (module, name) == ("numpy", "dtype"):
            return _Function(_Dtype)
        if (module, name) == ("numpy", "ndarray"):
            return _Function(_no_call)
        if (module, name) == ("_codecs", "encode"):
            return _Function(_encode)
        raise _Refused(f"{module}.{name}")

    def persistent_load(self, pid: Any) -> Any:
        raise _Refused("an object kept elsewhere")


def _no_call(*arguments: Any) -> Any:
    raise _Refused("a call of numpy.ndarray")


def _plain(value: Any) -> Any:
    """Stand-ins for arrays become arrays; dicts and lists of plain things stay."""
    if type(value) is _Array:
        return value.value
    if isinstance(value, _StandIn):
        raise _Refused(f"a {type(value).__name__.strip('_').lower()} as a value")
    if type(value) is dict:
        return {key: _plain(each) for key, each in value.items()}
    return value


def load(file: BinaryIO, name: str) -> Any:
    """What a pickle holds: numbers, text, bytes, lists, dicts and arrays. Python 2's text is bytes.

    Args:
        file: open at the pickle.
        name: what to call it in an error.

    Raises:
        DatasetError: it holds, or asks for, anything else; or it is damaged.
    """
    try:
        return _plain(_Reader(file, encoding="bytes").load())
    except _Refused as refused:
        raise DatasetError(f"{name} is refused: a data set has no reason to hold {refused}. Was it tampered with?") from None
    except Exception as error:  # a damaged pickle raises almost anything
        raise DatasetError(f"{name} cannot be read ({type(error).__name__}: {error}).") from None
