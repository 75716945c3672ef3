"""What `keras.backend` says of itself and of types."""

import os
from collections import Counter
from typing import Any

import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import python_dtype

_uids: Counter[str] = Counter()


class _Told:
    backend = "jax" if os.environ.get("KERAS_BACKEND") == "jax" else "tensorflow"


def backend() -> str:
    """'tensorflow', or 'jax' where the program chose that: who asks chooses between tapes and functional gradients; both work here."""
    return _Told.backend


def set_backend(backend: str) -> None:
    """Choose what `backend()` answers. Tensors are the same either way, so nothing is loaded anew."""
    if backend not in ("jax", "tensorflow"):
        raise ArgumentError(f"set_backend: 'jax' or 'tensorflow'; received {backend!r}, which is not here.")
    _Told.backend = backend


def get_uid(prefix: str = "") -> int:
    """The next number for names that begin with `prefix`, from 1."""
    _uids[prefix] += 1
    return _uids[prefix]


def is_float_dtype(dtype: Any) -> bool:
    """Whether a type is one of floating-point numbers."""
    return dtypes.standardize(dtype).is_floating


def is_int_dtype(dtype: Any) -> bool:
    """Whether a type is one of integers."""
    return dtypes.standardize(dtype).is_integer


def result_type(*types: Any) -> str:
    """The type in which operands of these types, tensors or Python numbers meet."""
    found: np.dtype | None = None
    for each in types:
        if isinstance(each, (bool, int, float)) and not isinstance(each, np.generic):
            numpy = python_dtype(each)
        else:
            numpy = dtypes.standardize(getattr(each, "dtype", each)).numpy
        found = numpy if found is None else dtypes.promote(found, numpy)
    return str(dtypes.floatx() if found is None else dtypes.standardize(found))
