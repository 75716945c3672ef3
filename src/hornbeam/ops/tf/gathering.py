"""Taking slices by index and putting them, as TensorFlow spells it: gather, scatter, masks, partitions."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import strict
from hornbeam.engine.composite import composite
from hornbeam.engine.door import Op, op
from hornbeam.engine.errors import ArgumentError, OutsideError, ShapeError, UntraceableError
from hornbeam.engine.numpy_form import at
from hornbeam.engine.tensor import Tensor, as_tensor, wrap
from hornbeam.ops import indexing
from hornbeam.ops.creation import tidy_shape


def index_tensor(x: Any, name: str) -> Tensor:
    """Integers as a tensor; other types are refused."""
    return strict.RULES["strict_integer"].named(name)([x])[0]


def _inside(indices: Tensor, sizes: Any, name: str) -> None:
    """Refuse indices outside their axes, where they are known. On an accelerator nothing is read back: outside gives zeros."""
    value = indices._value
    if isinstance(value, np.ndarray) and value.size and None not in tuple(np.atleast_1d(sizes)):
        bad = (value < 0) | (value >= np.asarray(sizes))
        if bad.any():
            where = np.argwhere(bad)[0]
            size = np.broadcast_to(np.asarray(sizes), value.shape)[tuple(where)]
            raise OutsideError(f"{name}: indices{where.tolist()} = {value[tuple(where)]} is not in [0, {size}).")


@op(2, "same", host=lambda x, indices, axis, batch: _gather_with(np, x, indices, axis, batch), name="gather",
    cost=lambda x, indices: max(x.size, indices.size))  # fmt: skip
def _gather(x: Any, indices: Any, axis: int, batch: int) -> Any:
    return _gather_with(jnp, x, indices, axis, batch)


def _gather_with(xp: Any, x: Any, indices: Any, axis: int, batch: int) -> Any:
    if not batch:
        return np.take(x, indices, axis) if xp is np else jnp.take(x, indices, axis, mode="fill", fill_value=_nothing(x))
    inner = indices.shape[batch:]
    flat = indices.reshape(*indices.shape[:batch], *([1] * (axis - batch)), -1, *([1] * (x.ndim - axis - 1)))
    flat = xp.broadcast_to(flat, (*x.shape[:axis], flat.shape[axis], *x.shape[axis + 1 :]))
    taken = xp.take_along_axis(x, flat, axis)
    return taken.reshape(*x.shape[:axis], *inner, *x.shape[axis + 1 :])


def _nothing(x: Any) -> Any:
    return np.zeros((), x.dtype)[()]


@composite
def gather(
    params: Any, indices: Any, validate_indices: Any = None, axis: Any = None, batch_dims: int = 0, name: str | None = None
) -> Tensor:
    """The slices of `params` along `axis` at `indices`; the first `batch_dims` axes of both run along together.

    `batch_dims` beyond `axis` have no effect. On the host an index outside raises `OutsideError`; on an accelerator it gives zeros.
    """
    x, indices = as_tensor(params), index_tensor(indices, "gather")
    if batch_dims < 0:
        batch_dims += indices.ndim
    axis = batch_dims if axis is None else int(axis)
    at = axis + x.ndim if axis < 0 else axis
    batch_dims = 0 if at < batch_dims else int(batch_dims)
    if not 0 <= at < x.ndim:
        raise ShapeError(f"gather: axis {axis} with batch_dims={batch_dims} does not fit a tensor of shape {x.shape}.")
    _inside(indices, x.shape[at], "gather")
    return _gather(x, indices, at, batch_dims)


@op(2, "same", name="gather_nd", host="numpy")
def _gather_nd(x: Any, indices: Any, batch: int) -> Any:
    def take(x: Any, indices: Any) -> Any:
        places = tuple(jnp.moveaxis(indices, -1, 0))
        return at(x)[places].get(mode="fill", fill_value=_nothing(x)) if places else jnp.broadcast_to(x, (*indices.shape[:-1], *x.shape))

    for _ in range(batch):
        take = jax.vmap(take)
    return take(x, indices)


@composite
def gather_nd(params: Any, indices: Any, batch_dims: int = 0, name: str | None = None, bad_indices_policy: str = "") -> Tensor:
    """The elements or slices of `params` whose places the last axis of `indices` holds."""
    x, indices = as_tensor(params), index_tensor(indices, "gather_nd")
    depth = indices.shape[-1]
    if depth is not None and depth > x.ndim - batch_dims:
        raise ShapeError(f"gather_nd: the last axis of `indices` has {depth} places, the tensor {x.ndim - batch_dims} axes.")
    _inside(indices, x.shape[batch_dims : batch_dims + depth], "gather_nd")
    if x.dtype == "string":
        return wrap(np.asarray(np.asarray(x)[tuple(np.moveaxis(np.asarray(indices), -1, 0))], object))
    return _gather_nd(x, indices, int(batch_dims))


def scatter_nd(indices: Any, updates: Any, shape: Any, name: str | None = None, bad_indices_policy: str = "") -> Tensor:
    """Zeros of `shape` with `updates` added at the places that the last axis of `indices` holds."""
    indices, size = index_tensor(indices, "scatter_nd"), tidy_shape(shape)
    _inside(indices, size[: indices.shape[-1]], "scatter_nd")
    return indexing._scatter(indices, updates, size)


def _changed(name: str, how: str | None, doc: str, sign: int = 1) -> Any:
    def change(tensor: Any, indices: Any, updates: Any, name: str | None = None, bad_indices_policy: str = "") -> Tensor:
        x, indices = as_tensor(tensor), index_tensor(indices, title)
        _inside(indices, x.shape[: indices.shape[-1]], title)
        updates = strict.taken(updates, x._value.dtype, title)
        if x.dtype == "string":
            out = np.array(x)
            out[tuple(np.moveaxis(np.asarray(indices), -1, 0))] = np.asarray(updates)
            return wrap(out)
        return indexing.scatter_update(x, indices, updates if sign > 0 else -updates, how)

    title = change.__name__ = name
    change.__doc__ = f"A tensor {doc} the places that the last axis of `indices` holds."
    return change


tensor_scatter_nd_update = _changed("tensor_scatter_nd_update", None, "with `updates` at")
tensor_scatter_nd_add = _changed("tensor_scatter_nd_add", "add", "with `updates` added at")
tensor_scatter_nd_sub = _changed("tensor_scatter_nd_sub", "add", "with `updates` subtracted at", -1)
tensor_scatter_nd_max = _changed("tensor_scatter_nd_max", "max", "with the larger of it and `updates` at")
tensor_scatter_nd_min = _changed("tensor_scatter_nd_min", "min", "with the smaller of it and `updates` at")


# Masks and choices.
def _select_rule(operands: Sequence[Any]) -> list[Any]:
    condition = strict.RULES["strict_bool"].named("where")(operands[:1])
    return [*condition, *strict.RULES["strict"].named("where")(operands[1:])]


_select = indexing._where.spelled(_select_rule)


@composite
def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """x where `condition` holds, else y, broadcast together; with the condition alone the places where it holds, (n, rank), int64."""
    if (x is None) != (y is None):
        raise ArgumentError("where takes a condition alone, or a condition and both `x` and `y`.")
    if x is not None:
        return _select(condition, x, y)
    given = known_array(condition, "where")
    return wrap(np.argwhere(given).astype(np.int64))


def known_array(x: Any, name: str) -> np.ndarray:
    """The values of what decides how many results there are. Raises `UntraceableError` where only a program will have them."""
    x = as_tensor(x)
    if x.is_traced or x.is_symbolic:
        raise UntraceableError(
            f"`{name}` gives a number of results that is not known before the program runs. Inside a compiled function use "
            "tf.where(condition, x, y), or multiply by the mask."
        )
    return np.asarray(x)


@composite
def boolean_mask(tensor: Any, mask: Any, axis: Any = None, name: str = "boolean_mask") -> Tensor:
    """The elements or slices of `tensor` where `mask` holds; the mask covers as many axes as it has, from `axis` on."""
    x, kept = as_tensor(tensor), known_array(mask, "boolean_mask")
    at = 0 if axis is None else int(axis) % x.ndim
    if kept.ndim == 0 or tuple(x.shape[at : at + kept.ndim]) != kept.shape:
        raise ShapeError(f"boolean_mask: a mask of shape {kept.shape} does not fit the axes from {at} on of a tensor of shape {x.shape}.")
    places = np.flatnonzero(kept)
    if kept.ndim > 1:
        from hornbeam.ops.shaping import reshape

        x = reshape(x, (*x.shape[:at], kept.size, *x.shape[at + kept.ndim :]))
    return _gather(x, wrap(places.astype(np.int32)), at, 0)


@composite
def dynamic_partition(data: Any, partitions: Any, num_partitions: int, name: str | None = None) -> list[Tensor]:
    """The slices of `data` whose `partitions` is 0, those whose is 1, ..."""
    number = known_array(partitions, "dynamic_partition")
    return [boolean_mask(data, number == i) for i in range(int(num_partitions))]


def dynamic_stitch(indices: Any, data: Any, name: str | None = None) -> Tensor:
    """Slices of several tensors at the places `indices` gives them; of several at one place the last stays."""
    places = [known_array(each, "dynamic_stitch") for each in indices]
    values = [as_tensor(each) for each in data]
    inner = values[0].shape[places[0].ndim :]
    from hornbeam.ops.shaping import concatenate, reshape

    flat = concatenate([reshape(value, (place.size, *inner)) for value, place in zip(values, places, strict=True)], 0)
    order = np.concatenate([place.ravel() for place in places])
    source = np.zeros(int(order.max(initial=-1)) + 1, np.int32)
    source[order] = np.arange(order.size)
    return _gather(flat, wrap(source), 0, 0)


# Segments.
def _segmented(name: str, reduce: str, doc: str, sort: bool) -> Any:
    def segment(data: Any, segment_ids: Any, num_segments: Any = None, name: str | None = None) -> Tensor:
        ids = index_tensor(segment_ids, title)
        if num_segments is None:
            known = known_array(ids, title)
            if sort and (np.diff(known) < 0).any():
                raise ArgumentError(f"{title}: `segment_ids` must be in ascending order; tf.math.unsorted_{title} takes any.")
            num_segments = int(known.max(initial=-1)) + 1
        return _REDUCED[reduce](data, ids, int(num_segments), sort)

    if sort:
        def ordered(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
            return segment(data, segment_ids)

        result: Any = ordered
    else:
        def anyhow(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
            return segment(data, segment_ids, num_segments)

        result = anyhow
    title = result.__name__ = name
    result.__doc__ = f"{doc} of each segment; `segment_ids` names the segment of each slice along the first axes."
    return result


def _reduce(how: str) -> Op:
    def reduce(data: Any, ids: Any, count: int, empty_zero: bool) -> Any:
        flat = data.reshape(ids.size, *data.shape[ids.ndim :])
        ids = jnp.where(ids < 0, count, ids).reshape(-1)  # negative ones are dropped
        number = jax.ops.segment_sum(jnp.ones(ids.shape, jnp.int32), ids, count)
        shape = (count,) + (1,) * (flat.ndim - 1)
        if how in ("mean", "sqrt_n"):
            total = jax.ops.segment_sum(flat, ids, count)
            n = jnp.maximum(number, 1).reshape(shape).astype(data.dtype)
            return total / (n if how == "mean" else jnp.sqrt(n)) if jnp.issubdtype(data.dtype, jnp.inexact) else total // n
        out = getattr(jax.ops, f"segment_{how}")(flat, ids, count)
        if how in ("max", "min"):
            low = jnp.finfo(data.dtype) if jnp.issubdtype(data.dtype, jnp.inexact) else jnp.iinfo(data.dtype)
            empty = 0 if empty_zero else low.min if how == "max" else low.max
            return jnp.where((number == 0).reshape(shape), np.asarray(empty, data.dtype), out)
        return out

    def on_host(data: Any, ids: Any, count: int, empty_zero: bool) -> Any:
        if how not in _UFUNCS or data.dtype.kind not in "iuf" or ((ids < 0) | (ids >= count)).any():
            return NotImplemented
        start = {"sum": 0, "prod": 1}.get(how)
        if start is None:
            low = np.finfo(data.dtype) if data.dtype.kind == "f" else np.iinfo(data.dtype)
            start = low.min if how == "max" else low.max
        out = np.full((count, *data.shape[ids.ndim :]), start, data.dtype)
        _UFUNCS[how].at(out, ids, data)
        if how in ("max", "min") and empty_zero:
            out[np.bincount(ids.ravel(), minlength=count) == 0] = 0
        return out

    return Op(reduce, 2, "same", on_host, name=f"tf.math.segment_{how}")


_UFUNCS: dict[str, Any] = {"sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum}


_REDUCED = {how: _reduce(how) for how in ("sum", "prod", "max", "min", "mean", "sqrt_n")}
segment_sum = _segmented("segment_sum", "sum", "The sum", True)
segment_prod = _segmented("segment_prod", "prod", "The product", True)
segment_max = _segmented("segment_max", "max", "The largest element", True)
segment_min = _segmented("segment_min", "min", "The smallest element", True)
segment_mean = _segmented("segment_mean", "mean", "The mean", True)
unsorted_segment_sum = _segmented("unsorted_segment_sum", "sum", "The sum", False)
unsorted_segment_prod = _segmented("unsorted_segment_prod", "prod", "The product", False)
unsorted_segment_max = _segmented("unsorted_segment_max", "max", "The largest element", False)
unsorted_segment_min = _segmented("unsorted_segment_min", "min", "The smallest element", False)
unsorted_segment_mean = _segmented("unsorted_segment_mean", "mean", "The mean", False)
unsorted_segment_sqrt_n = _segmented("unsorted_segment_sqrt_n", "sqrt_n", "The sum divided by the root of the number", False)
