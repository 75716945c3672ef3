"""`tf.sparse`."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import cast, op
from hornbeam.engine.errors import ArgumentError, DtypeError, InvalidArgumentError
from hornbeam.engine.shape import is_unknown
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.ops import indexing, reductions, shaping
from hornbeam.ops.composite.ragged import RaggedTensor, _rows
from hornbeam.ops.composite.ragged_door import segment_reduce
from hornbeam.ops.composite.ragged_functions import cross as crossed
from hornbeam.ops.composite.sparse import SparseTensor
from hornbeam.ops.elementwise import exp


def from_dense(tensor: Any, name: str | None = None) -> SparseTensor:
    """The elements of a tensor that are not 0 (or '')."""
    tensor = as_tensor(tensor)
    array = np.asarray(tensor)
    where = np.argwhere(array != (b"" if array.dtype.kind == "O" else 0)).astype(np.int64)
    return SparseTensor(where, indexing.get_item(tensor, tuple(where.T)) if array.ndim else tensor, array.shape)


@op(3, host=lambda indices, values, default, shape: _filled(indices, values, default, shape), name="sparse_to_dense")
def _dense(indices: Any, values: Any, default: Any, shape: tuple[int, ...]) -> Any:
    return jnp.full(shape, default).at[tuple(indices.T)].set(values)


def _filled(indices: np.ndarray, values: np.ndarray, default: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    out = np.full(shape, default[()], values.dtype)
    out[tuple(indices.T)] = values
    return out


def to_dense(sp_input: SparseTensor, default_value: Any = None, validate_indices: bool = True, name: str | None = None) -> Tensor:
    """A dense tensor with `default_value` (0 or '') where there is no element.

    Raises InvalidArgumentError when indices are outside, out of order or repeated (unless validate_indices=False).
    """
    sparse = _sparse(sp_input, "to_dense")
    if validate_indices:
        sparse._checked()
    if default_value is None:
        default_value = b"" if sparse.dtype == "string" else 0
    return _dense(sparse.indices, sparse.values, as_tensor(default_value, sparse.dtype), sparse._sizes())


def _sparse(value: Any, name: str) -> SparseTensor:
    if not isinstance(value, SparseTensor):
        raise DtypeError(f"tf.sparse.{name} takes a SparseTensor; received {type(value).__name__}. tf.sparse.from_dense makes one.")
    return value


def _made(sparse: SparseTensor, places: np.ndarray, indices: np.ndarray, sizes: Any) -> SparseTensor:
    """The values of these numbers at new indices."""
    return SparseTensor(indices, _rows(sparse.values, places), np.asarray(sizes, np.int64))


def reorder(sp_input: SparseTensor, name: str | None = None) -> SparseTensor:
    """The same elements in row-major order."""
    indices = np.asarray(_sparse(sp_input, "reorder").indices)
    order = np.lexsort(indices.T[::-1])
    return _made(sp_input, order, indices[order], sp_input._sizes())


def add(a: Any, b: Any, threshold: Any = 0) -> Any:
    """The sum of two SparseTensors, without elements below `threshold`; or of a SparseTensor and a tensor, which is dense."""
    if not isinstance(a, SparseTensor):
        a, b = b, a
    _sparse(a, "add")
    if not isinstance(b, SparseTensor):
        return as_tensor(b) + to_dense(a, validate_indices=False)
    made = _together(a, b, "sum")
    if not np.any(threshold):
        return made
    return retain(made, np.abs(np.asarray(made.values)) >= threshold)


def _together(a: SparseTensor, b: SparseTensor, how: str) -> SparseTensor:
    """Two SparseTensors of one shape element by element, where either has one."""
    if a._sizes() != b._sizes():
        raise InvalidArgumentError(f"SparseTensors of one shape are combined; these have the shapes {a.shape} and {b.shape}.")
    if a.dtype != b.dtype:
        raise DtypeError(f"SparseTensors of one type are combined; these are {a.dtype} and {b.dtype}. Cast one of them.")
    indices, which = np.unique(np.concatenate([np.asarray(a.indices), np.asarray(b.indices)]), axis=0, return_inverse=True)
    which, count = which.ravel(), len(indices)
    ours, theirs = np.split(which, [a.values.shape[0]])
    if how == "sum":
        values = segment_reduce(shaping.concatenate([a.values, b.values], axis=0), which, "sum", count)
    else:
        function = np.maximum if how == "max" else np.minimum
        both = np.zeros((2, count), np.asarray(a.values).dtype)
        both[0, ours], both[1, theirs] = np.asarray(a.values), np.asarray(b.values)
        values = as_tensor(function(*both))
    return SparseTensor(indices, values, a.dense_shape)


def maximum(sp_a: SparseTensor, sp_b: SparseTensor, name: str | None = None) -> SparseTensor:
    """The larger of two SparseTensors' elements, where either has one."""
    return _together(_sparse(sp_a, "maximum"), _sparse(sp_b, "maximum"), "max")


def minimum(sp_a: SparseTensor, sp_b: SparseTensor, name: str | None = None) -> SparseTensor:
    """The smaller of two SparseTensors' elements, where either has one."""
    return _together(_sparse(sp_a, "minimum"), _sparse(sp_b, "minimum"), "min")


@op(3, host=None, name="sparse_dense_matmul")
def _matmul(indices: Any, values: Any, dense: Any, rows: int) -> Any:
    return jax.ops.segment_sum(values[:, None] * jnp.asarray(dense)[indices[:, 1]], indices[:, 0], num_segments=rows)


def sparse_dense_matmul(sp_a: Any, b: Any, adjoint_a: bool = False, adjoint_b: bool = False, name: str | None = None) -> Tensor:
    """The matrix product of a SparseTensor and a tensor (or of a tensor and a SparseTensor), both of rank 2."""
    if isinstance(b, SparseTensor):
        return shaping.transpose(sparse_dense_matmul(b, sp_a, adjoint_a=not adjoint_b, adjoint_b=not adjoint_a))
    sparse, dense = _sparse(sp_a, "sparse_dense_matmul"), as_tensor(b)
    if sparse.dtype != dense.dtype:
        raise DtypeError(f"tf.sparse.sparse_dense_matmul takes factors of one type; these are {sparse.dtype} and {dense.dtype}. Cast one.")
    sparse = transpose(sparse) if adjoint_a else sparse
    dense = shaping.transpose(dense) if adjoint_b else dense
    rows, inner = sparse._sizes()
    if dense.ndim != 2 or (dense.shape[0] != inner and not is_unknown(dense.shape[0])):
        raise InvalidArgumentError(f"Cannot multiply A and B because inner dimension does not match: {inner} vs. {dense.shape[0]}.")
    return _matmul(sparse.indices, sparse.values, dense, rows)


def slice(sp_input: SparseTensor, start: Any, size: Any, name: str | None = None) -> SparseTensor:
    """The block of this size that begins at `start`."""
    indices, first = np.asarray(_sparse(sp_input, "slice").indices), np.asarray(start, np.int64)
    sizes = np.minimum(np.asarray(size, np.int64), np.asarray(sp_input._sizes()) - first).clip(0)
    inside = np.flatnonzero(((indices >= first) & (indices < first + sizes)).all(1))
    return _made(sp_input, inside, indices[inside] - first, sizes)


def _reduce(kind: str, sparse: SparseTensor, axis: Any, keepdims: Any, output_is_sparse: bool) -> Any:
    sizes, indices = sparse._sizes(), np.asarray(_sparse(sparse, f"reduce_{kind}").indices)
    axes = set(range(len(sizes))) if axis is None else {int(a) % len(sizes) for a in np.atleast_1d(np.asarray(axis))}
    kept = [a for a in range(len(sizes)) if a not in axes]
    if not kept and not output_is_sparse:
        whole = getattr(reductions, kind)(sparse.values)
        return shaping.reshape(whole, (1,) * len(sizes)) if keepdims else whole
    found, which = np.unique(indices[:, kept], axis=0, return_inverse=True)
    values = segment_reduce(sparse.values, which.ravel().astype(np.int64), kind, len(found))
    shape = [sizes[a] for a in kept]
    if keepdims:
        wide = np.zeros((len(found), len(sizes)), np.int64)
        wide[:, kept] = found
        found, shape = wide, [1 if a in axes else sizes[a] for a in range(len(sizes))]
    made = SparseTensor(found, values, shape)
    return made if output_is_sparse else to_dense(made)


def reduce_sum(
    sp_input: SparseTensor, axis: Any = None, keepdims: bool | None = None, output_is_sparse: bool = False, name: str | None = None
) -> Any:
    """The sum of the elements, or along axes."""
    return _reduce("sum", sp_input, axis, keepdims, output_is_sparse)


def reduce_max(
    sp_input: SparseTensor, axis: Any = None, keepdims: bool | None = None, output_is_sparse: bool = False, name: str | None = None
) -> Any:
    """The largest of the elements that are there, or along axes; 0 where there is none."""
    return _reduce("max", sp_input, axis, keepdims, output_is_sparse)


def transpose(sp_input: SparseTensor, perm: Any = None, name: str | None = None) -> SparseTensor:
    """The dimensions in another order; by default the reverse."""
    order = list(range(_sparse(sp_input, "transpose").ndim))[::-1] if perm is None else [int(p) for p in np.asarray(perm)]
    sizes = sp_input._sizes()
    return reorder(SparseTensor(np.asarray(sp_input.indices)[:, order], sp_input.values, [sizes[p] for p in order]))


def reshape(sp_input: SparseTensor, shape: Any, name: str | None = None) -> SparseTensor:
    """The same elements under another shape of as many places; -1 for one size that follows."""
    sizes, wanted = _sparse(sp_input, "reshape")._sizes(), [int(size) for size in np.asarray(shape)]
    total = int(np.prod(sizes))
    if -1 in wanted:
        rest = int(np.prod([size for size in wanted if size != -1]))
        wanted[wanted.index(-1)] = total // rest if rest else 0
    if int(np.prod(wanted)) != total:
        raise InvalidArgumentError(f"tf.sparse.reshape: {total} places do not fit the shape {wanted}.")
    flat = np.ravel_multi_index(tuple(np.asarray(sp_input.indices).T), sizes)
    return SparseTensor(np.stack(np.unravel_index(flat, wanted), axis=1), sp_input.values, wanted)


def expand_dims(sp_input: SparseTensor, axis: int | None = None, name: str | None = None) -> SparseTensor:
    """A new dimension of one element; by default the last."""
    sizes = list(_sparse(sp_input, "expand_dims")._sizes())
    at = len(sizes) if axis is None else int(axis) % (len(sizes) + 1)
    return SparseTensor(np.insert(np.asarray(sp_input.indices), at, 0, axis=1), sp_input.values, [*sizes[:at], 1, *sizes[at:]])


def concat(axis: int, sp_inputs: Sequence[SparseTensor], expand_nonconcat_dims: bool = False, name: str | None = None) -> SparseTensor:
    """SparseTensors one after another along an axis. expand_nonconcat_dims: other sizes may differ; the largest is taken."""
    parts = [_sparse(each, "concat") for each in sp_inputs]
    axis = int(axis) % parts[0].ndim
    shapes = np.array([part._sizes() for part in parts])
    others = np.delete(shapes, axis, axis=1)
    if not expand_nonconcat_dims and (others != others[0]).any():
        raise InvalidArgumentError(f"tf.sparse.concat: all sizes but that of axis {axis} are equal; received the shapes {shapes.tolist()}.")
    moved, offset = [], 0
    for part in parts:
        indices = np.array(part.indices)
        indices[:, axis] += offset
        offset += part._sizes()[axis]
        moved.append(indices)
    sizes = shapes.max(0)
    sizes[axis] = offset
    return reorder(SparseTensor(np.concatenate(moved), shaping.concatenate([part.values for part in parts], axis=0), sizes))


def split(sp_input: Any = None, num_split: int | None = None, axis: int | None = None, name: str | None = None) -> list[SparseTensor]:
    """`num_split` pieces along an axis; the first ones are one longer when it does not divide evenly."""
    if num_split is None or axis is None:
        raise ArgumentError("tf.sparse.split needs num_split and axis.")
    sizes = list(_sparse(sp_input, "split")._sizes())
    axis = int(axis) % len(sizes)
    whole, rest = divmod(sizes[axis], int(num_split))
    pieces, at = [], 0
    for i in range(int(num_split)):
        start = [0] * len(sizes)
        start[axis], length = at, whole + (i < rest)
        pieces.append(slice(sp_input, start, [length if a == axis else size for a, size in enumerate(sizes)]))
        at += length
    return pieces


def retain(sp_input: SparseTensor, to_retain: Any) -> SparseTensor:
    """The elements for which a vector of booleans says True."""
    keep = np.flatnonzero(np.asarray(to_retain))
    return _made(_sparse(sp_input, "retain"), keep, np.asarray(sp_input.indices)[keep], sp_input._sizes())


def fill_empty_rows(sp_input: SparseTensor, default_value: Any, name: str | None = None) -> tuple[SparseTensor, Tensor]:
    """Rows without an element get one, `default_value`, in their first place; and which rows those were."""
    indices, rows = np.asarray(_sparse(sp_input, "fill_empty_rows").indices), sp_input._sizes()[0]
    empty = np.bincount(indices[:, 0], minlength=rows) == 0
    added = np.zeros((int(empty.sum()), sp_input.ndim), np.int64)
    added[:, 0] = np.flatnonzero(empty)
    filler = shaping.broadcast_to(as_tensor(default_value, sp_input.dtype), (len(added),))
    values = shaping.concatenate([sp_input.values, filler], axis=0)
    return reorder(SparseTensor(np.concatenate([indices, added]), values, sp_input.dense_shape)), as_tensor(empty)


def eye(num_rows: int, num_columns: int | None = None, dtype: Any = "float32", name: str | None = None) -> SparseTensor:
    """Ones on the diagonal."""
    rows, columns = int(num_rows), int(num_rows if num_columns is None else num_columns)
    places = np.arange(min(rows, columns), dtype=np.int64)
    return SparseTensor(np.stack([places, places], 1), np.ones(len(places), dtypes.standardize(dtype).numpy), [rows, columns])


def to_indicator(sp_input: SparseTensor, vocab_size: int, name: str | None = None) -> Tensor:
    """Bool: the values, whole numbers, say which places along a new last dimension (in place of the present one) are True."""
    indices, values = np.asarray(_sparse(sp_input, "to_indicator").indices), np.asarray(sp_input.values)
    out = np.zeros((*sp_input._sizes()[:-1], int(vocab_size)), bool)
    out[(*indices[:, :-1].T, values)] = True
    return as_tensor(out)


def reset_shape(sp_input: SparseTensor, new_shape: Any = None) -> SparseTensor:
    """Another shape around the same elements; by default the smallest."""
    indices = np.asarray(_sparse(sp_input, "reset_shape").indices)
    wanted = indices.max(0, initial=-1) + 1 if new_shape is None else np.asarray(new_shape, np.int64)
    if (wanted < np.asarray(sp_input._sizes())).any() and new_shape is not None:
        raise InvalidArgumentError(f"tf.sparse.reset_shape: the new shape {wanted.tolist()} is smaller than the shape {sp_input.shape}.")
    return SparseTensor(indices, sp_input.values, wanted)


def map_values(op: Callable[..., Any], *args: Any, **kwargs: Any) -> SparseTensor:
    """`op` of the values of the SparseTensors among the arguments, at the same places."""
    found = [each for each in (*args, *kwargs.values()) if isinstance(each, SparseTensor)]
    if not found:
        raise ArgumentError("tf.sparse.map_values takes at least one SparseTensor.")

    def values(each: Any) -> Any:
        return each.values if isinstance(each, SparseTensor) else each

    return found[0].with_values(op(*map(values, args), **{key: values(each) for key, each in kwargs.items()}))


def softmax(sp_input: SparseTensor, name: str | None = None) -> SparseTensor:
    """Softmax along the last dimension over the elements that are there."""
    groups = np.unique(np.asarray(_sparse(sp_input, "softmax").indices)[:, :-1], axis=0, return_inverse=True)[1].ravel().astype(np.int64)
    count = int(groups.max(initial=-1)) + 1
    values = sp_input.values
    powers = exp(values - indexing.take(segment_reduce(values, groups, "max", count), groups, axis=0))
    return sp_input.with_values(powers / indexing.take(segment_reduce(powers, groups, "sum", count), groups, axis=0))


def bincount(
    values: Any, weights: Any = None, axis: int | None = 0, minlength: Any = None, maxlength: Any = None, binary_output: bool = False,
    name: str | None = None,
) -> SparseTensor:  # fmt: skip
    """How often each whole number occurs: in all (axis=0), or in each row (axis=-1)."""
    if isinstance(values, RaggedTensor):
        values = values.to_sparse()
    if isinstance(values, SparseTensor):
        numbers, rows, height = np.asarray(values.values), np.asarray(values.indices)[:, 0], values._sizes()[0]
        weights = weights.values if isinstance(weights, SparseTensor) else weights
    else:
        array = np.asarray(as_tensor(values))
        height = array.shape[0]
        rows = np.repeat(np.arange(height), array[0].size if height else 0)
        numbers = array.ravel()
    amounts = np.ones(numbers.shape, np.int32) if weights is None else np.asarray(weights).ravel()
    if maxlength is not None:
        keep = numbers < int(maxlength)
        numbers, rows, amounts = numbers[keep], rows[keep], amounts[keep]
    by_row = axis == -1
    keys = np.stack([rows, numbers], 1) if by_row else numbers[:, None]
    found, which = np.unique(keys, axis=0, return_inverse=True)
    counts = np.zeros(len(found), amounts.dtype)
    np.add.at(counts, which.ravel(), amounts)
    if binary_output:
        counts = np.minimum(counts, 1)
    size = max(int(numbers.max(initial=-1)) + 1, int(minlength or 0))
    return SparseTensor(found.astype(np.int64), counts, [height, size] if by_row else [size])


def cross(inputs: Sequence[Any], name: str | None = None, separator: Any = None) -> SparseTensor:
    """Row by row, every combination of one value of each input, joined by `separator` ('_X_')."""
    made = crossed([RaggedTensor.from_sparse(each) if isinstance(each, SparseTensor) else each for each in inputs])
    if separator is not None:
        glue = separator.encode() if isinstance(separator, str) else np.asarray(separator).item()
        flat = np.asarray(made.flat_values)
        out = np.empty(flat.shape, object)
        out[:] = [each.replace(b"_X_", glue) for each in flat.tolist()]
        made = made.with_flat_values(out)
    return made.to_sparse()


def segment_sum(data: Any, indices: Any, segment_ids: Any, num_segments: Any = None, name: str | None = None) -> Tensor:
    """The rows of `data` that `indices` name, summed by their numbers in `segment_ids`."""
    return _segments(data, indices, segment_ids, num_segments)[0]


def segment_mean(data: Any, indices: Any, segment_ids: Any, num_segments: Any = None, name: str | None = None) -> Tensor:
    """As `segment_sum`, the mean."""
    total, counts = _segments(data, indices, segment_ids, num_segments)
    return total / cast(np.maximum(counts, 1), total.dtype)


def segment_sqrt_n(data: Any, indices: Any, segment_ids: Any, num_segments: Any = None, name: str | None = None) -> Tensor:
    """As `segment_sum`, by the square root of how many rows there are."""
    total, counts = _segments(data, indices, segment_ids, num_segments)
    return total / cast(np.sqrt(np.maximum(counts, 1)), total.dtype)


def _segments(data: Any, indices: Any, segment_ids: Any, num_segments: Any) -> tuple[Tensor, np.ndarray]:
    ids = np.asarray(as_tensor(segment_ids)).astype(np.int64)
    count = int(ids.max(initial=-1)) + 1 if num_segments is None else int(num_segments)
    total = segment_reduce(indexing.take(as_tensor(data), indices, axis=0), ids, "sum", count)
    counts = np.bincount(ids, minlength=count)
    return total, counts.reshape(-1, *[1] * (total.ndim - 1))
