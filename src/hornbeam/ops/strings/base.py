"""How operations on strings are written: functions of arrays of bytes, on the host.

Strings are byte strings, as in TensorFlow; Python's `str` becomes UTF-8 on the way in. No compiled function holds them: there these
operations raise UntraceableError, and a Dataset's `map` then runs in threads.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.errors import DtypeError, UntraceableError
from hornbeam.engine.tensor import Tensor, as_tensor, place, wrap
from hornbeam.ops.composite.ragged import RaggedTensor


def concrete(value: Any, name: str) -> np.ndarray:
    """A tensor's array, for an operation of this name that works on the host."""
    tensor = as_tensor(value)
    if tensor.is_traced or tensor.is_symbolic:
        raise UntraceableError(
            f"tf.{name} works on the host: it cannot be part of a compiled function, or of a model's graph on symbolic tensors. Apply it "
            "to the data before, for instance in a Dataset's `map`."
        )
    return np.asarray(tensor)


def bytes_of(value: Any, name: str) -> np.ndarray:
    """An object array of the byte strings that were given to `tf.<name>`. Raises DtypeError for anything else."""
    array = concrete(value, name)
    if array.dtype.kind != "O":
        if not array.size and not isinstance(value, (Tensor, np.ndarray)):
            return np.empty(array.shape, object)  # an empty list says no type
        raise DtypeError(
            f"tf.{name} takes strings; received {dtypes.of(array)} of shape {array.shape}. tf.strings.as_string writes numbers as strings."
        )
    return array


def objects(values: Iterable[Any], shape: tuple[int, ...]) -> Tensor:
    """A string tensor of this shape."""
    listed = list(values)
    out = np.empty(len(listed), object)
    out[:] = listed
    return wrap(place(out.reshape(shape)))


def numbers(values: Iterable[Any], shape: tuple[int, ...], dtype: Any) -> Tensor:
    """A tensor of numbers of this shape."""
    return wrap(place(np.array(list(values), dtype).reshape(shape)))


def each(value: Any, name: str, function: Callable[[bytes], Any], dtype: Any = None) -> Any:
    """`function` of every string, as strings or as numbers of `dtype`; a RaggedTensor keeps its rows."""
    if isinstance(value, RaggedTensor):
        return value.with_flat_values(each(value.flat_values, name, function, dtype))
    array = bytes_of(value, name)
    found = map(function, array.ravel().tolist())
    return objects(found, array.shape) if dtype is None else numbers(found, array.shape, dtype)


def rows(value: Any, name: str, function: Callable[[bytes], list[Any]], dtype: Any = None) -> Any:
    """`function`, which gives a list, of every string: one more dimension, ragged unless a scalar was given."""
    if isinstance(value, RaggedTensor):
        return value.with_flat_values(rows(value.flat_values, name, function, dtype))
    array = bytes_of(value, name)
    lists = [function(text) for text in array.ravel().tolist()]
    flat = [item for found in lists for item in found]
    made = objects(flat, (len(flat),)) if dtype is None else numbers(flat, (len(flat),), dtype)
    return made if not array.ndim else nested(made, [len(found) for found in lists], array.shape)


def nested(flat: Any, lengths: list[int], shape: tuple[int, ...]) -> RaggedTensor:
    """Values in rows of these lengths, under dimensions of these sizes."""
    made = RaggedTensor.from_row_lengths(flat, np.array(lengths, np.int64))
    for axis in range(len(shape) - 1, 0, -1):
        made = RaggedTensor.from_uniform_row_length(made, shape[axis], int(np.prod(shape[:axis])))
    return made


def text(value: Any, argument: str) -> bytes:
    """A scalar argument that is a string, as bytes."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    array = concrete(value, "strings")
    if array.size != 1 or not isinstance(array.item(), bytes):
        raise DtypeError(f"The argument '{argument}' is one string; received {value!r}.")
    return array.item()
