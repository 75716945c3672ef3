"""Shapes, joining, splitting and order, as TensorFlow spells it."""

import builtins
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes, strict
from hornbeam.engine.composite import composite
from hornbeam.engine.door import cast, op
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.shape import Shape
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor, place, wrap
from hornbeam.ops import indexing, shaping
from hornbeam.ops.creation import tidy_shape
from hornbeam.ops.sized import sized
from hornbeam.ops.tf.gathering import index_tensor, known_array


def plain_ints(value: Any) -> Any:
    """An argument of sizes or axes as an int, a nested tuple of ints, or None."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, (list, tuple)):
        return tuple(plain_ints(each) for each in value)
    array = np.asarray(value)
    return int(array) if array.ndim == 0 else plain_ints(array.tolist())


@sized
def reshape(tensor: Any, shape: Any, name: str | None = None) -> Tensor:
    """The elements in a new shape; one size may be -1: what is left."""
    return shaping.reshape(tensor, _sizes(shape))


def _sizes(shape: Any) -> tuple[int, ...]:
    """A shape argument; a symbolic tensor's unknown size (None) counts as -1."""
    if isinstance(shape, (int, np.integer)):
        return (int(shape),)
    if is_tensor(shape):
        return tidy_shape(shape)
    return tuple(-1 if size is None else int(size) for size in shape)


def transpose(a: Any, perm: Any = None, conjugate: bool = False, name: str = "transpose") -> Tensor:
    """The axes in the order `perm` (by default reversed), with `conjugate` of the complex conjugates."""
    from hornbeam.ops.elementwise import conj

    return shaping.transpose(conj(a) if conjugate else a, plain_ints(perm))


@composite
def expand_dims(input: Any, axis: Any, name: str | None = None) -> Tensor:
    """An axis of size 1 inserted."""
    x, axis = as_tensor(input), plain_ints(axis)
    axis = axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis
    if not -x.ndim - 1 <= axis <= x.ndim:
        raise ShapeError(f"expand_dims: axis {axis} is outside [{-x.ndim - 1}, {x.ndim}] for a tensor of shape {x.shape}.")
    return shaping.expand_dims(x, axis)


@composite
def squeeze(input: Any, axis: Any = None, name: str | None = None) -> Tensor:
    """Axes of size 1 removed: those named, or all."""
    axis = plain_ints(axis)
    return shaping.squeeze(input, None if axis == () else axis)


@sized
def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """Axes of size 1 repeated until the shape is `shape` (-1: as it is)."""
    x, sizes = as_tensor(input), tidy_shape(shape)
    own = (1,) * (len(sizes) - x.ndim) + tuple(x.shape)
    return shaping.broadcast_to(x, tuple(b if a == -1 else a for a, b in zip(sizes, own, strict=True)))


def broadcast_static_shape(shape_x: Any, shape_y: Any) -> Shape:
    """The shape that two shapes broadcast to."""
    return Shape(np.broadcast_shapes(tuple(shape_x), tuple(shape_y)))


def broadcast_dynamic_shape(shape_x: Any, shape_y: Any) -> Tensor:
    """`broadcast_static_shape` of shapes in tensors."""
    return wrap(place(np.array(np.broadcast_shapes(tidy_shape(shape_x), tidy_shape(shape_y)), np.int32)))


@sized
@composite
def tile(input: Any, multiples: Any, name: str | None = None) -> Tensor:
    """The whole tensor repeated along each axis."""
    x, times = as_tensor(input), tidy_shape(multiples)
    if len(times) != x.ndim:
        raise ShapeError(f"tile: `multiples` has a number for each axis of shape {x.shape}; received {times}.")
    return shaping.tile(x, times)


def repeat(input: Any, repeats: Any, axis: int | None = None, name: str | None = None) -> Tensor:
    """Each element (slice along `axis`) repeated: a number of times, or one for each."""
    return shaping.repeat(input, plain_ints(repeats), axis)


@composite
def reverse(tensor: Any, axis: Any, name: str | None = None) -> Tensor:
    """The order along the axes named reversed."""
    axis = plain_ints(axis)
    return shaping.flip(tensor, axis if isinstance(axis, tuple) else (axis,))


def roll(input: Any, shift: Any, axis: Any, name: str | None = None) -> Tensor:
    """Elements moved on by `shift` places along the axes, around the end to the beginning."""
    return shaping.roll(input, plain_ints(shift), plain_ints(axis))


# Joining and splitting.
_concat = shaping.concatenate.spelled("strict", name="concat")
_stack = shaping.stack.spelled("strict_list", name="stack")


@composite
def concat(values: Any, axis: Any, name: str = "concat") -> Tensor:
    """Tensors joined along an axis they have."""
    if isinstance(axis, (list, tuple)):  # concat(1, [a, b]), TensorFlow's order before 1.0
        raise ShapeError(f"concat(values, axis): axis is one number; received {axis!r}.")
    if not isinstance(values, (list, tuple)) or (values and not is_tensor(values[0]) and np.ndim(values[0]) == 0):
        return as_tensor(values)  # one tensor, which is what joining it with nothing gives
    return _concat(list(values), plain_ints(axis))


@composite
def stack(values: Any, axis: int = 0, name: str = "stack") -> Tensor:
    """Tensors of one shape joined along a new axis."""
    values = list(values)
    shapes = [as_tensor(each).shape for each in values]
    if len(set(shapes)) > 1:
        raise ShapeError(f"stack: all tensors have one shape; these have {', '.join(map(str, shapes))}.")
    if not -len(shapes[0]) - 1 <= axis <= len(shapes[0]):
        raise ShapeError(f"stack: axis {axis} is outside [{-len(shapes[0]) - 1}, {len(shapes[0])}].")
    return _stack(values, int(axis))


def unstack(value: Any, num: int | None = None, axis: int = 0, name: str = "unstack") -> list[Tensor]:
    """The slices along an axis, each without it."""
    x = as_tensor(value)
    if not -x.ndim <= axis < x.ndim:
        raise ShapeError(f"unstack: axis {axis} is none of a tensor of shape {x.shape}.")
    if num is not None and num != x.shape[axis]:
        raise ShapeError(f"unstack: num={num}, but axis {axis} has {x.shape[axis]} slices.")
    return shaping.unstack(x, axis=int(axis))


@composite
def split(value: Any, num_or_size_splits: Any, axis: Any = 0, num: int | None = None, name: str = "split") -> list[Tensor]:
    """Parts along an axis: an int says how many equal ones, a list how large each is (one may be -1: what is left)."""
    x, axis = as_tensor(value), int(axis)
    if not -x.ndim <= axis < x.ndim:
        raise ShapeError(f"split: axis {axis} is none of a tensor of shape {x.shape}.")
    total, parts = x.shape[axis], plain_ints(num_or_size_splits)
    if isinstance(parts, int):
        if total is not None and (parts < 1 or total % parts):
            raise ShapeError(f"split: axis {axis} of size {total} cannot be divided into {parts} equal parts.")
        return shaping.split(x, parts, axis)
    if -1 in parts:
        rest = total - sum(size for size in parts if size != -1)
        parts = tuple(rest if size == -1 else size for size in parts)
    if sum(parts) != total or builtins.min(parts, default=0) < 0:
        raise ShapeError(f"split: parts of sizes {list(parts)} do not make up axis {axis}, which has size {total}.")
    return shaping.split(x, np.cumsum(parts)[:-1], axis)


def meshgrid(*args: Any, indexing: str = "xy", name: str | None = None) -> list[Tensor]:
    """Coordinate matrices of coordinate vectors; 'xy' has the second vector along the first axis, 'ij' the first."""
    return shaping.meshgrid(*args, indexing=indexing)


def pad(tensor: Any, paddings: Any, mode: str = "CONSTANT", constant_values: Any = 0, name: str | None = None) -> Tensor:
    """Elements put before and after each axis.

    Args:
        paddings: (rank, 2): how many before, how many after.
        mode: 'CONSTANT' (of `constant_values`), 'REFLECT' (the edge not repeated) or 'SYMMETRIC' (the edge repeated).
    """
    x, widths, kind = as_tensor(tensor), plain_ints(paddings), mode.lower()
    if kind not in ("constant", "reflect", "symmetric"):
        raise ArgumentError(f"pad: `mode` is 'CONSTANT', 'REFLECT' or 'SYMMETRIC'; received {mode!r}.")
    if len(widths) != x.ndim or any(not isinstance(each, tuple) or len(each) != 2 for each in widths):
        raise ShapeError(f"pad: `paddings` has a pair for each axis; the tensor has shape {x.shape}, `paddings` is {widths}.")
    if kind == "constant":
        value = strict.taken(constant_values, x._value.dtype, "pad")
        if value.is_traced or getattr(value, "is_symbolic", False):
            inside = shaping.pad(cast(wrap(np.ones(x.shape, np.bool_)), "bool"), widths)
            return indexing.where(inside, shaping.pad(x, widths), value)
        return shaping.pad(x, widths, "constant", value.item())
    return shaping.pad(x, widths, kind)


def slice(input_: Any, begin: Any, size: Any, name: str | None = None) -> Tensor:
    """The block of shape `size` that begins at `begin`; a size of -1 is up to the end."""
    x = as_tensor(input_)
    length = tidy_shape(size)
    if is_tensor(begin) and as_tensor(begin).is_traced:
        return indexing.slice(x, begin, tuple(n if k == -1 else k for k, n in zip(length, x.shape, strict=True)))
    start = tidy_shape(begin)
    if len(start) != x.ndim or len(length) != x.ndim:
        raise ShapeError(f"slice: `begin` and `size` have a number for each axis of shape {x.shape}; received {start} and {length}.")
    for axis, (b, k, n) in enumerate(zip(start, length, x.shape, strict=True)):
        if n is not None and not (0 <= b <= n and (k == -1 or 0 <= k <= n - b)):
            raise ShapeError(f"slice: {k} elements from {b} on do not lie in axis {axis}, which has {n}.")
    return indexing.get_item(x, tuple(builtins.slice(b, None if k == -1 else b + k) for b, k in zip(start, length, strict=True)))


def strided_slice(
    input_: Any, begin: Any, end: Any, strides: Any = None, begin_mask: int = 0, end_mask: int = 0, ellipsis_mask: int = 0,
    new_axis_mask: int = 0, shrink_axis_mask: int = 0, var: Any = None, name: str | None = None,
) -> Tensor:  # fmt: skip
    """`input_[begin:end:strides]`, for each axis; bit i of a mask says of place i that its begin or end does not count, that it
    stands for `...`, for a new axis, or for a single index."""
    starts, ends = tidy_shape(begin), tidy_shape(end)
    steps = (1,) * len(starts) if strides is None else tidy_shape(strides)
    key: list[Any] = []
    for i, (b, e, s) in enumerate(zip(starts, ends, steps, strict=True)):
        bit = 1 << i
        if ellipsis_mask & bit:
            key.append(Ellipsis)
        elif new_axis_mask & bit:
            key.append(None)
        elif shrink_axis_mask & bit:
            key.append(b)
        else:
            key.append(builtins.slice(None if begin_mask & bit else b, None if end_mask & bit else e, s))
    return indexing.get_item(input_, tuple(key))


# Order.
def sort(values: Any, axis: int = -1, direction: str = "ASCENDING", name: str | None = None) -> Tensor:
    """In ascending or descending order along the axis."""
    found = indexing.sort(values, int(axis))
    return shaping.flip(found, int(axis)) if _descending(direction) else found


def _descending(direction: str) -> bool:
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ArgumentError(f"`direction` is 'ASCENDING' or 'DESCENDING'; received {direction!r}.")
    return direction == "DESCENDING"


@op(differentiable=False, name="tf.argsort")
def _argsort_descending(x: Any, axis: int) -> Any:
    """Equal elements keep their order, so the ascending order cannot just be turned round."""
    found = jnp.flip(jnp.argsort(jnp.flip(x, axis), axis, stable=True), axis)
    return (x.shape[axis] - 1 - found).astype(np.int32)


def argsort(values: Any, axis: int = -1, direction: str = "ASCENDING", stable: bool = False, name: str | None = None) -> Tensor:
    """The positions, int32, that put `values` in order."""
    return _argsort_descending(values, int(axis)) if _descending(direction) else indexing.argsort(values, int(axis))


def searchsorted(
    sorted_sequence: Any, values: Any, side: str = "left", out_type: Any = "int32", name: str | None = None
) -> Tensor:
    """Where `values` belong in sorted sequences (the last axis), before ('left') or after ('right') equal elements."""
    if side not in ("left", "right"):
        raise ArgumentError(f"searchsorted: `side` is 'left' or 'right'; received {side!r}.")
    a, v = strict.RULES["strict"].named("searchsorted")([sorted_sequence, values])
    return cast(_searchsorted(a, v, side), out_type)


@op(2, "same", differentiable=False, name="tf.searchsorted")
def _searchsorted(a: Any, v: Any, side: str) -> Any:
    below = a[..., None, :] < v[..., :, None] if side == "left" else a[..., None, :] <= v[..., :, None]
    return jnp.sum(below, -1, jnp.int32)


class Unique(NamedTuple):
    """The different elements, and the place of each element among them."""

    y: Tensor
    idx: Tensor


class UniqueWithCounts(NamedTuple):
    """The different elements, the place of each element among them, and how often each comes."""

    y: Tensor
    idx: Tensor
    count: Tensor  # type: ignore[assignment]  # a tuple has a method of that name


def unique(x: Any, out_idx: Any = "int32", name: str | None = None) -> Unique:
    """The different elements of a vector in the order in which they first come, and the place of each element among them."""
    return Unique(*unique_with_counts(x, out_idx)[:2])


def unique_with_counts(x: Any, out_idx: Any = "int32", name: str | None = None) -> UniqueWithCounts:
    """`unique`, and how often each element comes."""
    array = known_array(x, "unique")
    if array.ndim != 1:
        raise ShapeError(f"unique takes a vector; received a tensor of shape {array.shape}.")
    _, first, inverse, counts = np.unique(array, return_index=True, return_inverse=True, return_counts=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    kind = dtypes.standardize(out_idx).numpy
    found = (array[first[order]], rank[inverse.ravel()].astype(kind), counts[order].astype(kind))
    return UniqueWithCounts(*(wrap(place(each)) for each in found))


def sequence_mask(lengths: Any, maxlen: Any = None, dtype: Any = "bool", name: str | None = None) -> Tensor:
    """True in the first `lengths` places of a new last axis of size `maxlen` (by default the largest length)."""
    lengths = index_tensor(lengths, "sequence_mask")
    size = int(known_array(lengths, "sequence_mask").max(initial=0)) if maxlen is None else int(maxlen)
    places = wrap(np.arange(size).astype(lengths._value.dtype))
    from hornbeam.ops.comparison import less

    return cast(less(places, indexing.get_item(lengths, (..., None))), dtype)


@op(2, "same", name="tf.reverse_sequence")
def _reverse_sequence(x: Any, lengths: Any, seq_axis: int, batch_axis: int) -> Any:
    places = jnp.arange(x.shape[seq_axis], dtype=jnp.int32)
    shape = [1] * x.ndim
    shape[seq_axis] = -1
    at = places.reshape(shape)
    shape[seq_axis], shape[batch_axis] = 1, -1
    n = lengths.astype(jnp.int32).reshape(shape)
    return jnp.take_along_axis(x, jnp.where(at < n, n - 1 - at, at), seq_axis)


def reverse_sequence(
    input: Any, seq_lengths: Any, seq_axis: int | None = None, batch_axis: int | None = None, name: str | None = None
) -> Tensor:
    """The first `seq_lengths` elements along `seq_axis` in reverse, for each slice of `batch_axis`."""
    if seq_axis is None:
        raise ArgumentError("reverse_sequence needs `seq_axis`.")
    return _reverse_sequence(input, index_tensor(seq_lengths, "reverse_sequence"), int(seq_axis), int(batch_axis or 0))


def invert_permutation(x: Any, name: str | None = None) -> Tensor:
    """The permutation that undoes x."""
    return indexing.argsort(x) if as_tensor(x).dtype != "int64" else cast(indexing.argsort(x), "int64")


def unravel_index(indices: Any, dims: Any, name: str | None = None) -> Tensor:
    """The places along each axis of a tensor of shape `dims` of positions in it flattened, along a new first axis."""
    places = known_array(indices, "unravel_index")
    return wrap(place(np.stack(np.unravel_index(places, tidy_shape(dims))).astype(places.dtype)))


@op(name="tf.bitcast")
def _bitcast(x: Any, dtype: Any) -> Any:
    return jax.lax.bitcast_convert_type(x, dtype)


def bitcast(input: Any, type: Any, name: str | None = None) -> Tensor:
    """The same bits read as another type; a type of another size adds or takes a last axis."""
    return _bitcast(input, dtypes.standardize(type).numpy)


def space_to_batch(input: Any, block_shape: Any, paddings: Any, name: str | None = None) -> Tensor:
    """Blocks of the axes after the first, padded, moved into the first."""
    block, widths = tuple(np.atleast_1d(np.asarray(block_shape)).tolist()), plain_ints(paddings)
    x = as_tensor(input)
    x = pad(x, ((0, 0), *widths, *([(0, 0)] * (x.ndim - 1 - len(block)))))
    n, sizes, rest = x.shape[0], x.shape[1 : 1 + len(block)], tuple(x.shape[1 + len(block) :])
    if any(size % b for size, b in zip(sizes, block, strict=True)):
        raise ShapeError(f"space_to_batch: padded axes of sizes {tuple(sizes)} are no multiples of the blocks {block}.")
    x = reshape(x, (n, *[k for size, b in zip(sizes, block, strict=True) for k in (size // b, b)], *rest))
    m = len(block)
    order = [*[2 + 2 * i for i in np.arange(m).tolist()], 0, *[1 + 2 * i for i in np.arange(m).tolist()]]
    x = transpose(x, [*order, *np.arange(2 * m + 1, x.ndim).tolist()])
    return reshape(x, (n * int(np.prod(block)), *[size // b for size, b in zip(sizes, block, strict=True)], *rest))


def batch_to_space(input: Any, block_shape: Any, crops: Any, name: str | None = None) -> Tensor:
    """The reverse of `space_to_batch`: blocks out of the first axis into those after it, and `crops` cut off."""
    block, cuts = tuple(np.atleast_1d(np.asarray(block_shape)).tolist()), plain_ints(crops)
    x, m = as_tensor(input), len(block)
    n, sizes, rest = x.shape[0] // int(np.prod(block)), x.shape[1 : 1 + m], tuple(x.shape[1 + m :])
    x = reshape(x, (*block, n, *sizes, *rest))
    order = [m, *[k for i in np.arange(m).tolist() for k in (m + 1 + i, i)], *np.arange(2 * m + 1, x.ndim).tolist()]
    x = reshape(transpose(x, order), (n, *[size * b for size, b in zip(sizes, block, strict=True)], *rest))
    key = [builtins.slice(a, size * b - z) for (a, z), size, b in zip(cuts, sizes, block, strict=True)]
    return indexing.get_item(x, (builtins.slice(None), *key))


def dynamic_update_slice(input: Any, update: Any, indices: Any) -> Tensor:
    """`input` with `update` in it from `indices` on (of XLA's operations, which programs import from TensorFlow's compiler)."""
    return indexing.slice_update(as_tensor(input), indices, update)
