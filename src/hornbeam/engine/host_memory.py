"""Arrays in host memory that JAX takes as they are.

A program on a CPU reads a NumPy array without a copy if it begins at a multiple of 64 bytes. NumPy's large arrays begin 16 bytes behind
one, and a batch of pictures costs more to copy than to augment.
"""

import math
from typing import Any

import numpy as np

_ALIGNMENT, _LEAST = 64, 2**15  # bytes; smaller arrays are copied before they can be aligned


def aligned_empty(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """`np.empty`, at an address that JAX needs no copy of."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    if size < _LEAST or dtype.hasobject:
        return np.empty(shape, dtype)
    memory = np.empty(size + _ALIGNMENT, np.uint8)
    begin = -memory.ctypes.data % _ALIGNMENT
    return memory[begin : begin + size].view(dtype).reshape(shape)


def aligned_copy(array: np.ndarray, dtype: Any = None) -> np.ndarray:
    """`array.astype(dtype)`, C-ordered, at such an address; not to be written to."""
    copy = aligned_empty(array.shape, array.dtype if dtype is None else dtype)
    np.copyto(copy, array, casting="unsafe")
    copy.flags.writeable = False
    return copy


def aligned_take(array: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Rows of a C-ordered array, whose numbers are in range, at such an address."""
    if len(rows) * array.strides[0] < _LEAST or array.dtype.hasobject:
        return array.take(rows, axis=0)
    taken = aligned_empty((len(rows), *array.shape[1:]), array.dtype)
    array.take(rows, axis=0, out=taken, mode="clip")  # any other mode fills a copy first
    taken.flags.writeable = False
    return taken


def owner(array: np.ndarray) -> np.ndarray:
    """The array whose memory this one is a view of, or itself."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
