"""`tf.ragged`: making RaggedTensors of Python lists, ranges and masks."""

import builtins
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import cast
from hornbeam.engine.errors import ArgumentError, InvalidArgumentError
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor
from hornbeam.ops.composite.ragged import RaggedTensor, _cumulated, _index, _rows, _splits
from hornbeam.ops.composite.ragged_door import stacked


def constant(
    pylist: Any, dtype: Any = None, ragged_rank: int | None = None, inner_shape: Any = None, name: str | None = None,
    row_splits_dtype: Any = "int64",
) -> Any:  # fmt: skip
    """A RaggedTensor of nested lists; a Tensor when they are not nested.

    Args:
        ragged_rank: how many dimensions are ragged; by default all but the innermost.
        inner_shape: the shape of the values that are not ragged.
    """
    if is_tensor(pylist) or isinstance(pylist, np.ndarray) and pylist.dtype != object:
        pylist = np.asarray(pylist).tolist()
    depth = _depth(pylist)
    if ragged_rank is None:
        ragged_rank = max(0, depth - 1 - (len(inner_shape) if inner_shape is not None else 0))
    if depth == 0 or ragged_rank == 0 or not isinstance(pylist, (list, tuple, np.ndarray)):
        return _values(pylist, dtype, inner_shape, [])
    splits, level = [], pylist
    for _ in builtins.range(ragged_rank):
        if any(not isinstance(row, (list, tuple, np.ndarray)) for row in level):
            raise ArgumentError(f"tf.ragged.constant: {level!r:.80} is not a list of lists, which ragged_rank={ragged_rank} asks for.")
        splits.append(_cumulated(np.array([len(row) for row in level], np.int64)))
        level = [each for row in level for each in row]
    flat = _values(level, dtype, inner_shape, [None] * (depth - 1 - ragged_rank))
    return RaggedTensor.from_nested_row_splits(flat, splits)


def _depth(value: Any) -> int:
    """How deep lists are nested: the same for all elements."""
    if not isinstance(value, (list, tuple, np.ndarray)):
        return 0
    depths = {_depth(each) for each in value}
    known = {depth for depth, each in zip(map(_depth, value), value, strict=True) if not isinstance(each, (list, tuple)) or _holds(each)}
    if len(known) > 1:
        raise ArgumentError("tf.ragged.constant: all scalar values must have the same nesting depth.")
    return 1 + max(depths, default=0)


def _holds(value: Any) -> bool:
    """Whether there is a scalar somewhere in nested lists."""
    return any(_holds(each) if isinstance(each, (list, tuple)) else True for each in value)


def _values(flat: Any, dtype: Any, inner_shape: Any, free: Sequence[Any]) -> Tensor:
    try:
        array = as_tensor(flat, dtype) if not isinstance(flat, list) or len(flat) else as_tensor(np.zeros(
            (0, *[0 for _ in free]), dtypes.standardize(dtype).numpy))  # fmt: skip
    except ValueError as error:
        raise ArgumentError(f"tf.ragged.constant: inner values have inconsistent shape ({error}).") from None
    if inner_shape is not None:
        wanted = tuple(inner_shape)
        if not array.shape[0]:
            return as_tensor(np.zeros((0, *wanted), array._value.dtype))
        if tuple(array.shape[array.ndim - len(wanted) :]) != wanted:
            raise ArgumentError(f"tf.ragged.constant: the inner values have shape {array.shape[1:]}, not inner_shape={wanted}.")
    return array


def stack(values: Sequence[Any], axis: int = 0, name: str | None = None) -> Any:
    """Tensors or RaggedTensors, which may differ in length, as the rows of one RaggedTensor."""
    return stacked(values, axis)


def range(
    starts: Any, limits: Any = None, deltas: Any = 1, dtype: Any = None, name: str | None = None, row_splits_dtype: Any = "int64"
) -> RaggedTensor:
    """A row a range: range([3, 0, 2]) is [[0, 1, 2], [], [0, 1]]."""
    starts, limits = (0, starts) if limits is None else (starts, limits)
    arrays = [np.asarray(as_tensor(each)) for each in (starts, limits, deltas)]
    wanted = dtypes.standardize(dtype).numpy if dtype is not None else np.result_type(*arrays)
    first, last, step = np.broadcast_arrays(*arrays)
    if (step == 0).any():
        raise InvalidArgumentError("Requires delta != 0.")
    rows = [np.arange(*each, dtype=wanted) for each in zip(first.ravel(), last.ravel(), step.ravel(), strict=True)]
    flat = np.concatenate(rows) if rows else np.zeros(0, wanted)
    return RaggedTensor.from_row_lengths(as_tensor(flat), np.array([len(row) for row in rows], np.int64))


def map_flat_values(op: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`op` of the flat values of the RaggedTensors among the arguments, in the same rows."""
    found = [each for each in (*args, *kwargs.values()) if isinstance(each, RaggedTensor)]
    if not found:
        return op(*args, **kwargs)
    for each in found[1:]:
        pairs = zip(each.nested_row_splits, found[0].nested_row_splits, strict=False)
        if each.ragged_rank != found[0].ragged_rank or not all(np.array_equal(a, b) for a, b in pairs):
            raise InvalidArgumentError("map_flat_values: all RaggedTensors have the same row lengths; these differ.")

    def flat(value: Any) -> Any:
        return value.flat_values if isinstance(value, RaggedTensor) else value

    return found[0].with_flat_values(op(*map(flat, args), **{key: flat(value) for key, value in kwargs.items()}))


def boolean_mask(data: Any, mask: Any, name: str | None = None) -> Any:
    """What the mask, which has the leading dimensions of the data, says True to; the masked dimension becomes ragged."""
    if not isinstance(mask, RaggedTensor):
        mask = constant(mask) if isinstance(mask, list) else as_tensor(mask)
    if not isinstance(data, RaggedTensor):
        data = constant(data) if isinstance(data, list) else as_tensor(data)
    if isinstance(mask, Tensor) and mask.ndim == 1:
        return _rows(data, np.flatnonzero(np.asarray(mask)))
    if isinstance(mask, Tensor):
        mask = RaggedTensor.from_tensor(mask, ragged_rank=mask.ndim - 1)
    if isinstance(data, Tensor):
        data = RaggedTensor.from_tensor(data, ragged_rank=mask.ragged_rank)
    if not np.array_equal(data._ends, mask._ends):
        raise InvalidArgumentError("boolean_mask: the mask has the data's row lengths; these differ.")
    if isinstance(mask.values, RaggedTensor):
        return data.with_values(boolean_mask(data.values, mask.values))
    keep = np.asarray(mask.values, bool)
    lengths = np.bincount(mask._ids()[keep], minlength=mask._nrows)
    return RaggedTensor.from_row_lengths(_rows(data.values, np.flatnonzero(keep)), lengths)


def row_splits_to_segment_ids(splits: Any, name: str | None = None, out_type: Any = None) -> Tensor:
    """[0, 2, 2, 3] -> [0, 0, 2]: of each value, the number of its row."""
    ends = _index(splits, "splits")
    return cast(_splits(np.repeat(np.arange(len(ends) - 1), np.diff(ends))), out_type or "int64")


def segment_ids_to_row_splits(segment_ids: Any, num_segments: int | None = None, out_type: Any = None, name: str | None = None) -> Tensor:
    """[0, 0, 2] -> [0, 2, 2, 3]: where rows begin and end."""
    counts = np.bincount(_index(segment_ids, "segment_ids"), minlength=int(num_segments or 0))
    return cast(_splits(_cumulated(counts)), out_type or "int64")


def stack_dynamic_partitions(data: Any, partitions: Any, num_partitions: int, name: str | None = None) -> RaggedTensor:
    """Rows by a number for each element of the data: row i holds those with the number i, in order."""
    ids = np.asarray(as_tensor(partitions)).ravel()
    if ids.size and not (ids.min() >= 0 and ids.max() < num_partitions):
        raise InvalidArgumentError(f"partitions are from 0 to {num_partitions - 1}; received {ids.tolist()}.")
    order = np.argsort(ids, kind="stable")
    values = data if isinstance(data, RaggedTensor) else as_tensor(data)
    return RaggedTensor.from_row_lengths(_rows(values, order), np.bincount(ids, minlength=num_partitions))


def cross(inputs: Sequence[Any], name: str | None = None) -> RaggedTensor:
    """Row by row, every combination of one value of each input, joined by '_X_'."""
    from itertools import product

    parts = [each if isinstance(each, RaggedTensor) else RaggedTensor.from_tensor(as_tensor(each)) for each in inputs]
    rows = [
        ["_X_".join(v.decode() if isinstance(v, bytes) else str(v) for v in chosen).encode() for chosen in product(*row)]
        for row in zip(*(part.to_list() for part in parts), strict=True)
    ]
    flat = np.empty(builtins.sum(map(len, rows)), object)
    flat[:] = [each for row in rows for each in row]
    return RaggedTensor.from_row_lengths(as_tensor(flat), np.array([len(row) for row in rows], np.int64))
