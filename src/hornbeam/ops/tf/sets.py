"""Sets in rows (`tf.sets`): each row of the last axis is a set; answers are SparseTensors with each row in ascending order."""

from collections.abc import Callable
from typing import Any

import numpy as np

from hornbeam.engine.errors import DtypeError
from hornbeam.engine.tensor import Tensor, as_tensor, place, wrap
from hornbeam.ops.composite.sparse import SparseTensor
from hornbeam.ops.tf.gathering import known_array


def _rows(x: Any) -> tuple[tuple[int, ...], dict[tuple[int, ...], list], np.dtype]:
    """The outer shape, and the elements of each row by its place."""
    if isinstance(x, SparseTensor):
        found: dict[tuple[int, ...], list] = {}
        values = np.asarray(x.values)
        for at, value in zip(np.asarray(x.indices).tolist(), values.tolist(), strict=True):
            found.setdefault(tuple(at[:-1]), []).append(value)
        return tuple(np.asarray(x.dense_shape).tolist()[:-1]), found, values.dtype
    array = known_array(x, "sets")
    return array.shape[:-1], {at: array[at].tolist() for at in np.ndindex(array.shape[:-1])}, array.dtype


def _combined(a: Any, b: Any, combine: Callable[[set, set], set]) -> SparseTensor:
    outer, one, dtype = _rows(a)
    _, other, second = _rows(b)
    if dtype != second:
        raise DtypeError(f"sets: both have one type; received {dtype} and {second}.")
    indices, values, width = [], [], 0
    for at in np.ndindex(outer):
        row = sorted(combine(set(one.get(at, ())), set(other.get(at, ()))))
        width = max(width, len(row))
        indices += [(*at, i) for i in range(len(row))]
        values += row
    places = np.array(indices, np.int64).reshape(-1, len(outer) + 1)
    return SparseTensor(places, wrap(place(np.array(values, dtype))), np.array((*outer, width), np.int64))


def intersection(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """What is in both sets of each row."""
    return _combined(a, b, set.__and__)


def union(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """What is in either set of each row."""
    return _combined(a, b, set.__or__)


def difference(a: Any, b: Any, aminusb: bool = True, validate_indices: bool = True) -> SparseTensor:
    """What is in a and not in b (or the other way round), for each row."""
    return _combined(a, b, set.__sub__) if aminusb else _combined(b, a, set.__sub__)


def size(a: Any, validate_indices: bool = True) -> Tensor:
    """How many different elements each row has, int32."""
    outer, rows, _ = _rows(a)
    return as_tensor(np.array([len(set(rows.get(at, ()))) for at in np.ndindex(outer)], np.int32).reshape(outer))
