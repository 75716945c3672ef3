"""Taking elements out and putting them in: `x[...]`, take, gather, scatter, where, sort."""

import builtins
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import manners
from hornbeam.engine.door import RULES, Op, cast, op, run
from hornbeam.engine.errors import ArgumentError, DtypeError, MaskError, OutsideError, ShapeError, UntraceableError
from hornbeam.engine.numpy_form import at
from hornbeam.engine.pure import local
from hornbeam.engine.tensor import Tensor, Tracer, as_tensor, is_tensor, wrap
from hornbeam.ops._rows import broadcast_size, index_array


# x[...]
# A key becomes a template (what is fixed) and operands (what may change from call to call without a new compile):
# ("new",), ("slice", start, stop, step), ("int", i): fixed; ("from", size): a slice of that size from an operand on;
# ("at",): an integer operand; ("by",): an index tensor.
def _index(operands: Sequence[Any], template: tuple) -> Any:
    x, rest = operands[0], list(operands[1:])
    if any(part[0] == "by" for part in template):
        return x[tuple(_fixed(part) if part[0] in _FIXED else rest.pop(0) for part in template)]
    starts: list[Any] = []
    sizes: list[int] = []
    after: list[Any] = []
    for part in template:
        if part[0] == "new":
            after.append(None)
            continue
        if part[0] in _FIXED:
            starts.append(np.int32(0))
            sizes.append(x.shape[len(sizes)])
            after.append(_fixed(part))
        else:
            starts.append(rest.pop(0))
            sizes.append(part[1] if part[0] == "from" else 1)
            after.append(builtins.slice(None) if part[0] == "from" else 0)
    if any(part[0] in ("from", "at") for part in template):
        x = jax.lax.dynamic_slice(x, starts, sizes)
    return x[tuple(after)]


_FIXED = ("new", "slice", "int")


def _fixed(part: tuple) -> Any:
    return None if part[0] == "new" else builtins.slice(*part[1:]) if part[0] == "slice" else part[1]


def _index_on_host(operands: Sequence[Any], template: tuple) -> Any:
    x, rest = operands[0], list(operands[1:])
    key = []
    for part in template:
        if part[0] in _FIXED:
            key.append(_fixed(part))
        elif part[0] == "from":
            start = int(rest.pop(0))
            key.append(builtins.slice(start, start + part[1]))
        else:
            key.append(rest.pop(0))
    return x[tuple(key)]


_GET_ITEM = Op(_index, -1, "same", _index_on_host, lambda x, *rest: max([x.size, *(r.size for r in rest)]), name="get_item")


def get_item(x: Any, key: Any) -> Tensor:
    """`x[key]`: ints, slices, None, Ellipsis, integer tensors and (in eager code) boolean masks, as in NumPy.

    Raises IndexError for an int outside its axis.
    """
    if type(key) is int and type(x) is Tensor and type(x._value) is np.ndarray and not local.tapes and local.scope is None:
        value = x._value  # a row of a small array: the common case of loops and of pipelines on the host
        if value.ndim and -len(value) <= key < len(value):
            return wrap(value[key, ...])
    x = as_tensor(x)
    parts = list(key) if isinstance(key, tuple) else [key]
    if isinstance(key, list):  # TensorFlow takes a list for a tuple
        parts = key if _integers(key) and manners.asked() and manners.numpy_rule is None else [np.asarray(key)]
    shape = x._value.shape
    value_type = type(x._value)
    # On a device array integers are operands, so that a loop over rows compiles once; in a trace they are constants.
    dynamic = value_type is not np.ndarray and not x.is_symbolic and not isinstance(x._value, Tracer)
    dynamic = dynamic and all(size < 2**31 for size in shape)
    used = sum(_axes_used(part) for part in parts)
    if used > len(shape):
        raise OutsideError(f"A tensor of shape {x.shape} has {len(shape)} axes; {used} were indexed.")
    template: list[tuple] = []
    operands: list[Any] = [x]
    axis = 0
    expanded = False
    advanced = any(_is_advanced(part) for part in parts)
    for part in parts:
        if part is Ellipsis:
            if expanded:
                raise OutsideError("An index can only have one Ellipsis (...).")
            expanded = True
            fill = len(shape) - used
            template += [("slice", None, None, None)] * fill
            axis += fill
        elif part is None:
            template.append(("new",))
        elif isinstance(part, builtins.slice):
            template.append(_slice(part, shape[axis], dynamic and not advanced, operands))
            axis += 1
        elif _is_advanced(part):
            for index in _index_tensors(part, shape[axis : axis + _axes_used(part)]):
                template.append(("by",))
                operands.append(index)
                axis += 1
        else:
            template.append(_integer(part, shape[axis], axis, dynamic, operands))
            axis += 1
    template += [("slice", None, None, None)] * (len(shape) - axis)
    return run(_GET_ITEM.bind((tuple(template),), {}), operands)


def _integers(key: list) -> bool:
    return all(isinstance(part, int) and not isinstance(part, bool) for part in key)


def _is_advanced(part: Any) -> bool:
    if is_tensor(part):
        part = as_tensor(part)
        return part.ndim > 0 or part._value.dtype.kind == "b" or part.is_traced or part.is_symbolic
    return isinstance(part, (list, np.ndarray, jax.Array)) and (np.ndim(part) > 0)


def _axes_used(part: Any) -> int:
    if part is None or part is Ellipsis:
        return 0
    if _is_advanced(part):
        array = part if hasattr(part, "dtype") else np.asarray(part)
        if str(array.dtype) == "bool":
            return array.ndim
    return 1


def _index_tensors(part: Any, sizes: Any) -> list[Tensor]:
    tensor = as_tensor(np.asarray(part) if isinstance(part, list) else part)
    dtype = tensor._value.dtype
    if dtype.kind == "b":
        if tensor.is_traced or tensor.is_symbolic:
            raise UntraceableError(
                "A boolean mask picks a number of elements that is not known before the program runs. Inside a compiled function "
                "use `ops.where(mask, x, 0)`, or multiply by the mask."
            )
        mask = np.asarray(tensor)
        if mask.shape != tuple(sizes):
            raise MaskError(f"A boolean mask of shape {mask.shape} cannot pick from axes of sizes {tuple(sizes)}.")
        return [as_tensor(each.astype(np.int32)) for each in np.nonzero(mask)]
    if dtype.kind not in "iu":
        raise DtypeError(f"An index tensor is of integers or booleans; this one is {tensor.dtype}. Cast it to 'int32'.")
    return [tensor]


def _integer(part: Any, size: int | None, axis: int, dynamic: bool, operands: list[Any]) -> tuple:
    try:
        i = part.__index__()
    except (AttributeError, TypeError):
        raise DtypeError(
            f"A tensor is indexed by ints, slices, None, Ellipsis and integer tensors; received {part!r} ({type(part).__name__})."
        ) from None
    if size is not None:
        if not -size <= i < size:
            raise OutsideError(f"Index {i} is outside axis {axis}, which has {size} elements.")
        i = i % size if size else i
    if not dynamic:
        return ("int", i)
    operands.append(wrap(np.array(i, np.int32)))
    return ("at",)


def _slice(part: builtins.slice, size: int | None, dynamic: bool, operands: list[Any]) -> tuple:
    start, stop, step = (None if each is None else each.__index__() for each in (part.start, part.stop, part.step))
    if size is None or not dynamic or step not in (None, 1) or (start is None and stop is None):
        return ("slice", start, stop, step)
    start, stop, _ = builtins.slice(start, stop).indices(size)
    length = max(0, stop - start)
    if length == size or length == 0:
        return ("slice", None, None, None) if length else ("slice", 0, 0, None)
    operands.append(wrap(np.array(start, np.int32)))
    return ("from", length)


def _put_at(x: Any, positions: Any, value: Any) -> Any:
    value = jnp.broadcast_to(value, positions.shape).reshape(-1)
    return x.reshape(-1).at[positions.reshape(-1)].set(value).reshape(x.shape)


def _put_on_host(x: Any, positions: Any, value: Any) -> Any:
    out = x.copy()
    out.reshape(-1)[positions.reshape(-1)] = np.broadcast_to(value, positions.shape).reshape(-1)
    return out


_SET_ITEM = Op(_put_at, 3, "same", _put_on_host, name="set_item")


def set_item(x: Any, key: Any, value: Any) -> Tensor:
    """x with `x[key]` replaced by `value`, which has that shape (or broadcasts to it) and x's type."""
    x = as_tensor(x)
    positions = np.arange(x.size, dtype=np.int32).reshape(x.shape)
    return _SET_ITEM(x, get_item(wrap(positions), key), value)


# Choosing.
def _where_rule(operands: Sequence[Any]) -> list[Tensor | None]:
    condition = as_tensor(operands[0])
    if condition._value.dtype.kind != "b":
        condition = cast(condition, "bool")
    return [condition, *RULES["promote"](operands[1:])]


@op(3, _where_rule, host=np.where, cost=broadcast_size, name="where")
def _where(condition: Any, x1: Any, x2: Any) -> Any:
    return jnp.where(condition, x1, x2)


def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """x1 where `condition` holds, else x2, broadcast together. With one argument the positions where it holds, as `nonzero`."""
    if x1 is None and x2 is None:
        return nonzero(condition)
    if x1 is None or x2 is None:
        raise ArgumentError("`where` takes a condition alone, or a condition and both `x1` and `x2`.")
    return _where(condition, x1, x2)


def nonzero(x: Any) -> list[Tensor]:
    """The positions of the elements that are not zero: one int32 tensor for each axis. Eager code only."""
    x = as_tensor(x)
    if x.is_traced or x.is_symbolic:
        raise UntraceableError(
            "`nonzero` gives a number of positions that is not known before the program runs. Inside a compiled function "
            "use `ops.where(condition, x1, x2)`."
        )
    return [as_tensor(each.astype(np.int32)) for each in np.nonzero(np.asarray(x))]


def select(condlist: Any, choicelist: Any, default: Any = 0) -> Tensor:
    """The choice that belongs to the first condition that holds, else `default`."""
    conditions = [cast(each, "bool") for each in condlist]
    out = as_tensor(default) if is_tensor(default) else default
    for condition, choice in zip(reversed(conditions), reversed(list(choicelist)), strict=True):
        out = _where(condition, choice, out)
    return out


# Taking.
def _take_host(x: Any, indices: Any, axis: int | None = None) -> Any:
    size = x.size if axis is None else x.shape[axis]
    if indices.size and (indices.max() >= size or indices.min() < -size):
        return np.take(x, np.clip(np.where(indices < 0, indices + size, indices), 0, size - 1), axis)  # as on the device
    return np.take(x, indices, axis)


def _taken(x: Any, indices: Any) -> int:
    return max(x.size, indices.size)


@op(2, "same", host=_take_host, cost=_taken)
def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """The elements (or, with an axis, the slices) at `indices`; negative ones count from the end."""
    size = x.size if axis is None else x.shape[axis]
    indices = index_array(indices) if indices.dtype.kind in "iub" else indices
    indices = jnp.where(indices < 0, indices + np.asarray(size, indices.dtype), indices)
    return jnp.take(x, indices, axis, mode="clip")


@op(2, "same", host=lambda x, indices, axis=None: np.take_along_axis(x, indices, axis), cost=_taken)
def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Any:
    """At each position along the axis, the element whose place `indices` names there."""
    return jnp.take_along_axis(x, indices, axis)


@op(2, "same")
def slice(inputs: Any, start_indices: Any, shape: Any) -> Any:
    """The block of shape `shape` that begins at `start_indices`."""
    return jax.lax.dynamic_slice(inputs, list(start_indices), shape)


def _rank_checked(indices: Any, rank: int, name: str) -> None:
    if indices.ndim < 1 or indices.shape[-1] > rank:
        raise ShapeError(f"{name}: the last size of `indices` counts the axes it indexes, at most {rank}; its shape is {indices.shape}.")


# Putting.
_SLICE_UPDATE = Op(
    lambda arrays: jax.lax.dynamic_update_slice(arrays[0], arrays[1].astype(arrays[0].dtype), list(arrays[2])),
    -1, name="slice_update",
)


def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Tensor:
    """`inputs` with the block that begins at `start_indices` replaced by `updates`."""
    starts = start_indices if is_tensor(start_indices) else as_tensor(list(start_indices), "int32")
    return _SLICE_UPDATE([inputs, updates, starts])


@op(2, "same", name="scatter", host="numpy")
def _scatter(indices: Any, values: Any, shape: tuple[int, ...]) -> Any:
    _rank_checked(indices, len(shape), "scatter")
    return at(jnp.zeros(shape, values.dtype))[tuple(jnp.moveaxis(indices, -1, 0))].add(values)


def scatter(indices: Any, values: Any, shape: Any) -> Tensor:
    """Zeros of shape `shape` with `values` added at `indices`; the last axis of `indices` holds the positions."""
    return _scatter(indices, values, tuple(int(size) for size in shape))


@op(3, "same", host="numpy")
def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: str | None = None) -> Any:
    """`inputs` with `updates` put at `indices` (whose last axis holds the positions).

    `reduction`: None replaces; 'add', 'mul', 'min' or 'max' combine with what is there.
    """
    _rank_checked(indices, inputs.ndim, "scatter_update")
    there = at(inputs)[tuple(jnp.moveaxis(indices, -1, 0))]
    put = {None: there.set, "add": there.add, "mul": there.multiply, "min": there.min, "max": there.max}.get(reduction)
    if put is None:
        raise ArgumentError(f"scatter_update: `reduction` is None, 'add', 'mul', 'min' or 'max'; received {reduction!r}.")
    return put(updates.astype(inputs.dtype))


# Order.
@op(host=lambda x, axis=-1: np.sort(x, axis))
def sort(x: Any, axis: int | None = -1) -> Any:
    """In ascending order along the axis."""
    return jnp.sort(x, axis)


@op(host=lambda x, axis=-1: np.argsort(x, axis, kind="stable").astype(np.int32), differentiable=False)
def argsort(x: Any, axis: int | None = -1) -> Any:
    """The positions, int32, that put x in ascending order; equal elements keep their order."""
    return index_array(jnp.argsort(x, axis))


@op(host="numpy")
def top_k(x: Any, k: int, sorted: bool = True) -> Any:
    """The `k` largest elements along the last axis, largest first, and their positions (int32)."""
    values, places = jax.lax.top_k(x, k)
    return values, index_array(places)


@op(2, "same", differentiable=False, host="numpy")
def in_top_k(targets: Any, predictions: Any, k: int) -> Any:
    """Whether the prediction for each target is among the row's `k` largest (ties count)."""
    classes = predictions.shape[1]
    known = (targets >= 0) & (targets < classes)  # a class that there is not is among none
    rows = jnp.arange(predictions.shape[0], dtype=jnp.int32)
    own = predictions[rows, jnp.where(known, targets, 0)][:, None]
    return (jnp.sum(predictions > own, -1, jnp.int32) < k) & jnp.isfinite(own[:, 0]) & known


@op(2, "promote", host=lambda a, v, side="left": np.asarray(np.searchsorted(a, v, side), np.int32), differentiable=False)
def searchsorted(sorted_sequence: Any, values: Any, side: str = "left") -> Any:
    """Where `values` belong in a sorted sequence, int32: before ('left') or after ('right') equal elements."""
    return index_array(jnp.searchsorted(sorted_sequence, values, side))


@op(2, "promote", differentiable=False, name="digitize")
def digitize(x: Any, bins: Any) -> Any:
    """The number of the bin each element falls in, int32; `bins` are the ascending borders."""
    return index_array(jnp.digitize(x, bins))
