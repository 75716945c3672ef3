"""What operations mean on RaggedTensors: the door comes here when one is among the operands.

Operations on single elements act on the flat values. Others have a row in the table below, by the function they run (so that every
spelling of it is met).
"""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import Op, _cast, cast, op
from hornbeam.engine.errors import CompositeError, InvalidArgumentError
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.ops import activation, comparison, creation, elementwise, indexing, nn, reductions, shaping
from hornbeam.ops.composite import padded
from hornbeam.ops.composite.ragged import RaggedTensor, _axis, _cumulated, _rows, _splits


def apply(operation: Op, operands: Sequence[Any], rest: tuple, kwargs: dict) -> Any:
    """The result of an operation with a RaggedTensor among its operands."""
    found = _special().get(operation.function) or _REDUCTIONS.get(operation.name)
    if found is not None:
        arguments = operation.signature.bind(*([None] * abs(operation.operands)), *rest, **kwargs).arguments
        static = dict(list(arguments.items())[abs(operation.operands) :])
        return found(operation, list(operands), **static)
    if operation.function in _elementwise() or operation.name in _ELEMENTWISE:
        return elementwise_call(lambda *flat: operation(*flat, *rest, **kwargs), operands)
    raise CompositeError(next(each for each in operands if isinstance(each, RaggedTensor)), operation.name)


def elementwise_call(function: Callable[..., Any], operands: Sequence[Any]) -> RaggedTensor:
    """A function of flat values that keeps their number, on RaggedTensors of the same rows and on tensors that broadcast to them."""
    ragged = [each for each in operands if isinstance(each, RaggedTensor)]
    if isinstance(ragged[0], padded.PaddedRows) and (found := padded.elementwise(function, operands)) is not NotImplemented:
        return found
    model = max(ragged, key=lambda each: (each.ragged_rank, each.flat_values.shape[0]))
    return model.with_flat_values(function(*[_aligned(each, model) for each in operands]))


def _aligned(value: Any, model: RaggedTensor) -> Any:
    """The flat values that stand beside the model's."""
    if isinstance(value, RaggedTensor):
        if value is model or _same_rows(value, model):
            return value.flat_values
        if value.ragged_rank == model.ragged_rank == 1 and value._nrows == model._nrows and (np.diff(value._ends) == 1).all():
            return _rows(value.values, model._ids())  # one value a row
        raise InvalidArgumentError(f"RaggedTensors whose rows differ meet in one operation: {_rows_of(value)} and {_rows_of(model)}.")
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes)):
        return value
    tensor = as_tensor(value)
    flat = model.flat_values
    outer = tensor.ndim - (flat.ndim - 1)
    if outer <= 0:
        return tensor
    coordinates = model._coordinates()[-outer:] if outer <= model.ragged_rank else model._coordinates()
    if outer > len(coordinates):
        raise InvalidArgumentError(f"A tensor of shape {tensor.shape} does not broadcast to a RaggedTensor of shape {model.shape}.")
    sizes = np.asarray(model.bounding_shape()).tolist()[model.ragged_rank + 1 - outer :]
    index = []
    for axis, (places, size, own) in enumerate(zip(coordinates, sizes, tensor.shape, strict=False)):
        uniform = axis == 0 and outer == model.ragged_rank + 1 or (np.diff(model._ends) == own).all()
        if own != 1 and not (own == size and uniform):
            raise InvalidArgumentError(f"A tensor of shape {tensor.shape} does not broadcast to ragged rows {_rows_of(model)}.")
        index.append(places if own != 1 else np.zeros_like(places))
    return indexing.get_item(tensor, tuple(index))


def _same_rows(a: RaggedTensor, b: RaggedTensor) -> bool:
    pairs = zip(a.nested_row_splits, b.nested_row_splits, strict=False)
    return a.ragged_rank == b.ragged_rank and all(x is y or np.array_equal(np.asarray(x), np.asarray(y)) for x, y in pairs)


def _rows_of(ragged: RaggedTensor) -> str:
    return f"of lengths {np.diff(ragged._ends).tolist()[:8]}"


_ELEMENTWISE = ("clip_by_value",)  # beside those of `_elementwise`


# Reductions.
_IDENTITY = {"sum": 0, "prod": 1, "any": False, "all": True}


@op(2, host=lambda values, ids, kind, count: _segments_on_host(values, ids, kind, count), name="segment_reduce")
def segment_reduce(values: Any, ids: Any, kind: str, count: int) -> Any:
    """Rows of `values` with one number in `ids` reduced to one: 'sum', 'prod', 'max' or 'min'; `count` results."""
    return getattr(jax.ops, f"segment_{kind}")(values, ids, num_segments=count)


def _segments_on_host(values: np.ndarray, ids: np.ndarray, kind: str, count: int) -> np.ndarray:
    function = {"sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum}[kind]
    out = np.full((count, *values.shape[1:]), _start(kind, values.dtype), values.dtype)
    function.at(out, ids, values)
    return out


def _start(kind: str, dtype: np.dtype) -> Any:
    if kind in _IDENTITY:
        return _IDENTITY[kind]
    if dtype.kind in "iu":
        return np.iinfo(dtype).min if kind == "max" else np.iinfo(dtype).max
    return -np.inf if kind == "max" else np.inf


def _reduced(kind: str, operation: Op, operands: list[Any], axis: Any = None, keepdims: bool = False, **static: Any) -> Any:
    (ragged,) = operands
    flat_reduction = functools.partial(operation, **static)
    laid = isinstance(ragged, padded.PaddedRows)
    if axis is None and laid:
        axis = list(range(ragged.ndim))
    if axis is None:
        found = flat_reduction(ragged.flat_values)
        return shaping.reshape(found, (1,) * ragged.ndim) if keepdims else found
    axes = sorted({_axis(int(each), ragged.ndim) for each in (axis if isinstance(axis, (list, tuple)) else [axis])}, reverse=True)
    if kind in ("mean", "var", "std"):
        return _moment(kind, ragged, axes, keepdims)
    if laid and (found := padded.reduced(ragged, flat_reduction, axes, keepdims, _start(kind, ragged.dtype.numpy))) is not NotImplemented:
        return found
    found = ragged
    for each in axes:
        if isinstance(found, RaggedTensor):
            found = _along(kind, found, each, flat_reduction)
        else:
            found = flat_reduction(found, axis=each)
        if keepdims:
            found = shaping.expand_dims(found, each)
    return found


_REDUCTIONS = {
    f"reduce_{spelled}": functools.partial(_reduced, kind)
    for spelled, kind in (
        ("sum", "sum"), ("prod", "prod"), ("max", "max"), ("min", "min"), ("mean", "mean"), ("variance", "var"), ("std", "std"),
        ("any", "any"), ("all", "all"),
    )
}  # fmt: skip


def _moment(kind: str, ragged: RaggedTensor, axes: list[int], keepdims: bool) -> Any:
    """Means from sums and counts; integers give float64, as TensorFlow's do."""
    if ragged.dtype.is_integer or ragged.dtype.is_bool:
        ragged = ragged._each(lambda flat: cast(flat, "float64"))

    def mean(values: RaggedTensor) -> Any:
        ones = values._each(creation.ones_like)
        return reductions.sum(values, axis=axes, keepdims=keepdims) / reductions.sum(ones, axis=axes, keepdims=keepdims)

    first = mean(ragged)
    if kind == "mean":
        return first
    variance = mean(ragged * ragged) - first * first
    variance = elementwise.maximum(variance, 0.0)
    return variance if kind == "var" else elementwise.sqrt(variance)


def _along(kind: str, ragged: RaggedTensor, axis: int, flat_reduction: Callable) -> Any:
    values = ragged.values
    if axis >= 2:
        nested = isinstance(values, RaggedTensor)
        return ragged.with_values(_along(kind, values, axis - 1, flat_reduction) if nested else flat_reduction(values, axis=axis - 1))
    if axis == 1:
        return _grouped(kind, values, ragged._ids(), ragged._nrows)
    return _grouped(kind, values, ragged._positions(), int(np.diff(ragged._ends).max(initial=0)))


def _grouped(kind: str, values: Any, ids: np.ndarray, count: int) -> Any:
    """Rows with one number reduced to one; ragged rows are laid over each other at their left ends."""
    if isinstance(values, RaggedTensor):
        lengths = np.zeros(count, np.int64)
        np.maximum.at(lengths, ids, np.diff(values._ends))
        splits = _cumulated(lengths)
        return RaggedTensor(
            _grouped(kind, values.values, splits[ids][values._ids()] + values._positions(), int(splits[-1])), _splits(splits), internal=True
        )
    if kind in ("any", "all"):
        found = segment_reduce(cast(values, "int32"), _splits(ids), "max" if kind == "any" else "min", count)
        return found > 0
    return segment_reduce(values, _splits(ids), kind, count)


# Putting together.
def as_ragged(value: Any, ragged_rank: int = 1) -> RaggedTensor:
    """A tensor of at least two dimensions as a RaggedTensor."""
    return value if isinstance(value, RaggedTensor) else RaggedTensor.from_tensor(as_tensor(value), ragged_rank=ragged_rank)


def concatenated(values: Sequence[Any], axis: int) -> Any:
    """RaggedTensors (and tensors) one after another along an axis."""
    rank = max(each.ndim if isinstance(each, RaggedTensor) else as_tensor(each).ndim for each in values)
    axis = _axis(axis, rank)
    if axis > 1 and isinstance(values[0], padded.PaddedRows):
        found = padded.elementwise(lambda *dense: shaping.concatenate(list(dense), axis), values)
        if found is not NotImplemented:
            return found
    if not any(isinstance(each, RaggedTensor) for each in values):
        tensors = [as_tensor(each) for each in values]
        if axis or any(tensor.shape[1:] != tensors[0].shape[1:] for tensor in tensors):
            values = [as_ragged(tensor) for tensor in tensors] if rank > 1 else tensors
        if not isinstance(values[0], RaggedTensor):
            return shaping.concatenate(tensors, axis=axis)
    depth = max(each.ragged_rank for each in values if isinstance(each, RaggedTensor))
    parts = [as_ragged(each, depth) for each in values]
    if axis == 0:
        inner = [part.values for part in parts]
        joined = concatenated(inner, 0) if any(isinstance(each, RaggedTensor) for each in inner) else shaping.concatenate(inner, axis=0)
        offsets = _cumulated(np.array([part._ends[-1] for part in parts]))
        ends = [part._ends[1:] + offset for part, offset in zip(parts, offsets, strict=False)]
        return RaggedTensor(joined, _splits(np.concatenate([[0], *ends])), internal=True)
    counts = {part._nrows for part in parts}
    if len(counts) > 1:
        raise InvalidArgumentError(f"concat along axis {axis} takes the same number of rows from each; received {sorted(counts)}.")
    if axis == 1:  # all rows, then in the order row 0 of each, row 1 of each, ...
        (rows,) = counts
        together = concatenated(parts, 0).take_rows(np.arange(rows * len(parts)).reshape(len(parts), rows).T.ravel())
        return RaggedTensor(together.values, _splits(together._ends[:: len(parts)]), internal=True)
    if any(not np.array_equal(part._ends, parts[0]._ends) for part in parts):
        raise InvalidArgumentError(f"concat along axis {axis} takes RaggedTensors with the same outer rows.")
    inner = [part.values for part in parts]
    ragged = any(isinstance(each, RaggedTensor) for each in inner)
    return parts[0].with_values(concatenated(inner, axis - 1) if ragged else shaping.concatenate(inner, axis=axis - 1))


def stacked(values: Sequence[Any], axis: int = 0) -> Any:
    """Tensors or RaggedTensors as rows of a new, ragged dimension."""
    parts = [each if isinstance(each, RaggedTensor) else as_tensor(each) for each in values]
    rank = parts[0].ndim
    axis = axis % (rank + 1)
    if axis == 0:
        if not any(isinstance(part, RaggedTensor) for part in parts) and rank == 0:
            return shaping.stack(parts)
        lengths = np.array([part.shape[0] for part in parts], np.int64)
        inner = shaping.concatenate(parts, axis=0) if rank < 2 else concatenated(parts, 0)
        return RaggedTensor._made(inner, _cumulated(lengths), "stack")
    return concatenated([expanded(part, axis) for part in parts], axis)


def expanded(ragged: Any, axis: int) -> Any:
    """A new dimension of one element."""
    axis = axis % (ragged.ndim + 1)
    if not isinstance(ragged, RaggedTensor):
        return shaping.expand_dims(ragged, axis)
    if axis > 1 and isinstance(ragged, padded.PaddedRows):
        return ragged._each(lambda dense: shaping.expand_dims(dense, axis))
    if axis == 0:
        return RaggedTensor._made(ragged, np.array([0, ragged._nrows], np.int64), "expand_dims")
    if axis == 1:
        return RaggedTensor._made(ragged, np.arange(ragged._nrows + 1, dtype=np.int64), "expand_dims", 1)
    return ragged.with_values(expanded(ragged.values, axis - 1))


def _squeezed(operation: Op, operands: list[Any], axis: Any = None) -> Any:
    (ragged,) = operands
    if axis is None:
        raise InvalidArgumentError("squeeze of a RaggedTensor needs the axis.")
    for each in sorted((_axis(int(a), ragged.ndim) for a in (axis if isinstance(axis, (list, tuple)) else [axis])), reverse=True):
        ragged = _squeezed_one(ragged, each)
    return ragged


def _squeezed_one(ragged: Any, axis: int) -> Any:
    if not isinstance(ragged, RaggedTensor):
        return shaping.squeeze(ragged, axis)
    if axis == 0 and ragged._nrows == 1:
        return ragged.values
    if axis == 1 and (np.diff(ragged._ends) == 1).all():
        return ragged.values
    if axis >= 2:
        return ragged.with_values(_squeezed_one(ragged.values, axis - 1))
    raise InvalidArgumentError(f"squeeze: dimension {axis} of this RaggedTensor of shape {ragged.shape} does not have one element.")


def _taken(operation: Op, operands: list[Any], axis: Any = None, **static: Any) -> Any:
    x, indices = operands
    if isinstance(indices, RaggedTensor):
        if isinstance(x, RaggedTensor):
            return indices.with_flat_values(_taken(operation, [x, indices.flat_values]))
        return indices._each(lambda flat: operation(x, flat, axis=axis or 0, **static))
    if axis not in (None, 0):
        raise InvalidArgumentError(f"Rows of a RaggedTensor are gathered along axis 0; received axis={axis}.")
    index = np.asarray(as_tensor(indices))
    if index.ndim == 0:
        return x[int(index)]
    if index.size and not (-x._nrows <= index.min() and index.max() < x._nrows):
        raise InvalidArgumentError(f"gather: indices are from 0 to {x._nrows - 1}; received {index.tolist()}.")
    picked = x.take_rows(index.ravel() % max(x._nrows, 1))
    for size in reversed(index.shape[1:]):
        picked = RaggedTensor.from_uniform_row_length(picked, size)
    return picked


def _flipped(operation: Op, operands: list[Any], axis: Any = None) -> Any:
    (ragged,) = operands
    for each in axis if isinstance(axis, (list, tuple)) else [axis]:
        each = _axis(int(each), ragged.ndim)
        if each == 0:
            ragged = ragged.take_rows(np.arange(ragged._nrows)[::-1])
        elif each == 1:
            ragged = ragged[:, ::-1]
        else:
            inner = ragged.values
            ragged = ragged.with_values(
                _flipped(operation, [inner], each - 1) if isinstance(inner, RaggedTensor) else shaping.flip(inner, each - 1)
            )
    return ragged


def _tiled(operation: Op, operands: list[Any], repeats: Any) -> Any:
    (ragged,) = operands
    for axis, count in enumerate(np.asarray(repeats).tolist()):
        if count != 1:
            ragged = concatenated([ragged] * count, axis)
    return ragged


def _softmax(operation: Op, operands: list[Any], axis: Any = -1, **static: Any) -> Any:
    (ragged,) = operands
    if _axis(axis, ragged.ndim) > ragged.ragged_rank:
        return ragged._each(lambda flat: operation(flat, axis=-1, **static))
    largest = reductions.max(ragged, axis=axis, keepdims=True)
    powers = elementwise.exp(ragged - largest)
    return powers / reductions.sum(powers, axis=axis, keepdims=True)


def _where(operation: Op, operands: list[Any], **static: Any) -> Any:
    return elementwise_call(operation, operands)


def _stretched(operation: Op, operands: list[Any], **static: Any) -> Any:
    """Operations that add inner dimensions to each element."""
    return operands[0]._each(lambda flat: operation(flat, **static))


# Public functions that do more than one operation (`engine.composite`), by their names and with TensorFlow's arguments.
def call(function: Callable, args: tuple, kwargs: dict, error: Exception) -> Any:
    """The result of a function that a RaggedTensor was given to."""
    row = _CALLS.get(function.__name__)
    if row is None:
        raise error
    arguments = inspect.signature(function).bind(*args, **kwargs).arguments
    arguments.pop("name", None)
    if row is _flat_call:
        return _flat_call(function, **arguments)
    return row(**arguments)


def _flat_call(function: Callable, **arguments: Any) -> Any:
    """Functions of the first argument's elements, each alone; they may add inner dimensions."""
    first = next(iter(arguments))
    if not isinstance(arguments[first], RaggedTensor):
        return elementwise_call(lambda *values: function(**dict(zip(arguments, values, strict=True))), list(arguments.values()))
    return arguments[first]._each(lambda flat: function(**{**arguments, first: flat}))


def _where_call(condition: Any, x: Any = None, y: Any = None) -> Any:
    if x is None and y is None:
        chosen = np.asarray(condition.flat_values)
        inner = np.argwhere(chosen)
        return as_tensor(np.concatenate([np.stack(condition._coordinates(), 1)[inner[:, 0]], inner[:, 1:]], 1).astype(np.int64))
    return elementwise_call(indexing.where, [condition, x, y])


def _gather_call(params: Any, indices: Any, validate_indices: Any = None, axis: Any = None, batch_dims: int = 0) -> Any:
    if batch_dims and isinstance(params, RaggedTensor):
        picked = indices if isinstance(indices, RaggedTensor) else RaggedTensor.from_tensor(as_tensor(indices))
        offsets = params._ends[:-1][picked._ids()]
        return picked.with_values(_rows(params.values, np.asarray(picked.values) + offsets))
    return _taken(indexing.take, [params, indices], axis)


def _gather_nd_call(params: Any, indices: Any, batch_dims: int = 0, bad_indices_policy: str = "") -> Any:
    places = np.asarray(as_tensor(indices))
    found = [params[tuple(place.tolist())] for place in places.reshape(-1, places.shape[-1])]
    return stacked(found) if len(places.shape) > 1 else found[0]


def _split_call(value: Any, num_or_size_splits: Any, axis: Any = 0, num: Any = None) -> list[Any]:
    if _axis(int(axis), value.ndim) != 0:
        raise InvalidArgumentError("A RaggedTensor is split along axis 0.")
    parts = np.asarray(num_or_size_splits)
    sizes = parts if parts.ndim else np.full(int(parts), value._nrows // int(parts))
    ends = _cumulated(sizes)
    if ends[-1] != value._nrows:
        raise InvalidArgumentError(f"split: parts of sizes {sizes.tolist()} do not make up {value._nrows} rows.")
    return [value[int(a) : int(b)] for a, b in zip(ends[:-1], ends[1:], strict=True)]


def _partitioned(data: RaggedTensor, partitions: Any, num_partitions: int) -> list[RaggedTensor]:
    ids = np.asarray(as_tensor(partitions))
    return [data.take_rows(np.flatnonzero(ids == i)) for i in range(num_partitions)]


def _bincount_call(
    arr: RaggedTensor, weights: Any = None, minlength: Any = None, maxlength: Any = None, dtype: Any = "int32", axis: int | None = None,
    binary_output: bool = False,
) -> Tensor:  # fmt: skip
    numbers, rows = np.asarray(arr.flat_values), arr._ids() if axis == -1 else np.zeros(arr.values.shape[0], np.int64)
    length = max(int(numbers.max(initial=-1)) + 1, int(minlength or 0))
    length = length if maxlength is None else min(length, int(maxlength))
    amounts = np.ones(numbers.shape, dtypes.standardize(dtype).numpy) if weights is None else np.asarray(weights.flat_values)
    out = np.zeros((arr._nrows if axis == -1 else 1, length), amounts.dtype)
    inside = numbers < length
    np.add.at(out, (rows[inside], numbers[inside]), amounts[inside])
    out = (out > 0).astype(out.dtype) if binary_output else out
    return as_tensor(out if axis == -1 else out[0])


def _map_call(fn: Callable, elems: RaggedTensor, dtype: Any = None, fn_output_signature: Any = None, **options: Any) -> Any:
    """`fn` of each row. The results are rows again, unless the signature says that they are tensors of one shape."""
    signature = fn_output_signature if fn_output_signature is not None else dtype
    rows = [fn(row) for row in elems]
    if signature is None or hasattr(signature, "ragged_rank"):
        return stacked(rows)
    return jax.tree.map(lambda *parts: shaping.stack(parts), *rows, is_leaf=lambda each: isinstance(each, Tensor))


_CALLS: dict[str, Callable] = {
    "cast": _flat_call, "zeros_like": _flat_call, "ones_like": _flat_call, "one_hot": _flat_call, "dropout": _flat_call,
    "clip_by_value": _flat_call, "identity": _flat_call, "saturate_cast": _flat_call,
    "power": lambda x1, x2: elementwise_call(elementwise.power, [x1, x2]),
    "shape": lambda input, out_type="int64": cast(input.bounding_shape(), out_type),
    "size": lambda input, out_type="int32": as_tensor(np.array(np.prod(input.flat_values.shape)), out_type),
    "rank": lambda input: as_tensor(np.array(input.ndim, np.int32)),
    "where": _where_call, "gather": _gather_call, "gather_nd": _gather_nd_call, "split": _split_call, "bincount": _bincount_call,
    "dynamic_partition": _partitioned, "map_fn": _map_call, "squeeze": lambda input, axis=None: _squeezed(shaping.squeeze, [input], axis),
    "concat": lambda values, axis: concatenated(values, int(axis)),
    "stack": lambda values, axis=0: stacked(values, int(axis)),
    "expand_dims": lambda input, axis: expanded(input, int(axis)),
    "tile": lambda input, multiples: _tiled(shaping.tile, [input], multiples),
    "reverse": lambda tensor, axis: _flipped(shaping.flip, [tensor], np.asarray(axis).tolist()),
    "softmax": lambda logits, axis=None: _softmax(activation.softmax, [logits], -1 if axis is None else axis),
    "boolean_mask": lambda tensor, mask, axis=None: _rows(tensor, np.flatnonzero(np.asarray(mask))),
}  # fmt: skip


@functools.cache
def _special() -> dict[Callable, Callable]:
    rows: dict[Op, Callable] = {
        getattr(reductions, name): functools.partial(_reduced, name)
        for name in ("sum", "prod", "max", "min", "mean", "var", "std", "any", "all")
    }
    rows |= {
        shaping.concatenate: lambda operation, operands, axis=0: concatenated(operands, axis),
        shaping.stack: lambda operation, operands, axis=0: stacked(operands, axis),
        shaping.expand_dims: lambda operation, operands, axis: expanded(operands[0], axis),
        shaping._reshape: lambda operation, operands, shape: operation(operands[0].flat_values, shape),
        shaping.squeeze: _squeezed, shaping.flip: _flipped, shaping.tile: _tiled,
        _cast: _stretched, creation._like: _stretched, nn._one_hot: _stretched,
        indexing.take: _taken, indexing._where: _where, activation.softmax: _softmax,
    }  # fmt: skip
    return {operation.function: row for operation, row in rows.items()}


@functools.cache
def _elementwise() -> frozenset[Callable]:
    """The functions of all operations that work on each element alone."""
    modules = (elementwise, comparison, activation)
    return frozenset(each.function for module in modules for each in vars(module).values() if isinstance(each, Op) and each.operands > 0)
