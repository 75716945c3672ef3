"""TensorFlow's ways to make tensors: constants, ranges, and what is asked of a tensor's form."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.engine import door, dtypes, graph, strict
from hornbeam.engine import tensor as tensor_module
from hornbeam.engine.composite import composite
from hornbeam.engine.door import Op, op
from hornbeam.engine.errors import ArgumentError, ConversionError, ShapeError, UnimplementedError
from hornbeam.engine.shape import Shape
from hornbeam.engine.tensor import Tensor, as_tensor, place, wrap
from hornbeam.ops import creation, elementwise
from hornbeam.ops.creation import tidy_shape
from hornbeam.ops.sized import sized
from hornbeam.ops.tf.gathering import where


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str = "Const") -> Tensor:
    """A Tensor of Python numbers, strings, lists or an array.

    Args:
        dtype: the element type; Python floats are float32 by default, ints int32 (int64 when they need it).
        shape: the shape; one element fills it.

    Raises `ConversionError` when the value is not of that type, or no tensor can be made of it.
    """
    made = convert_to_tensor(value, dtype)
    if shape is None:
        return made
    target, count = tidy_shape(shape), made.size
    if count == 1:
        return creation._broadcast_value(convert_to_tensor(np.asarray(made).reshape(())), target)
    if Shape(target).num_elements() != count:
        raise ConversionError(f"constant: the value has {count} elements, which do not fill the shape {target}.")
    return wrap(place(np.reshape(np.asarray(made), target)))


def convert_to_tensor(value: Any, dtype: Any = None, dtype_hint: Any = None, name: str | None = None) -> Tensor:
    """A Tensor of anything that can become one; a tensor as it is, which must have the type asked for."""
    if value is None:
        raise ConversionError("None cannot become a tensor.")
    if dtype is not None:
        return strict.taken(value, dtypes.standardize(dtype).numpy, name or "convert_to_tensor")
    if dtype_hint is not None and not tensor_module.is_tensor(value):
        try:
            return strict.like(value, dtypes.standardize(dtype_hint).numpy)
        except ConversionError:
            return as_tensor(value)
    made = as_tensor(value)
    if made.dtype == "complex64" and isinstance(value, (complex, list, tuple)):
        return strict.like(value, dtypes.NUMPY["complex128"])  # Python's complex numbers
    return made


@composite
def cast(x: Any, dtype: Any, name: str | None = None) -> Tensor:
    """x with elements of type `dtype`: floats lose their fraction, complex numbers their imaginary part."""
    x, target = x if type(x) is Tensor else convert_to_tensor(x), as_dtype(dtype)
    own = x.dtype
    if own != target and "string" in (own, target):
        advice = "tf.strings.to_number" if own == "string" else "tf.strings.as_string"
        raise UnimplementedError(f"cast: {own.name} does not become {target.name} by a cast; use {advice}.")
    if own.is_complex and not target.is_complex and not target.is_bool:
        x = _real(x)
    return door.cast(x, target)


@op(host=np.real)
def _real(x: Any) -> Any:
    return jnp.real(x)


@composite
def saturate_cast(value: Any, dtype: Any, name: str | None = None) -> Tensor:
    """`cast`, with values beyond the new type's range brought to its ends."""
    return creation.saturate_cast(convert_to_tensor(value), dtype)


newaxis = None


def as_dtype(type_value: Any) -> dtypes.DType:
    """The type that a name, a NumPy type, a Python type or TensorFlow's number means."""
    if isinstance(type_value, int) and not isinstance(type_value, bool):
        return dtypes.from_enum(type_value)
    return dtypes.DType.by_name["int64"] if type_value is int else dtypes.standardize(type_value)


stop_gradient = elementwise.stop_gradient.spelled(input="x")


def is_tensor(x: Any) -> bool:
    """Whether x is a tensor, a Variable, or a ragged or sparse tensor."""
    return tensor_module.is_tensor(x) or hasattr(x, "__hornbeam_composite__")


def is_symbolic_tensor(tensor: Any) -> bool:
    """Whether a tensor has values only when a program runs."""
    return tensor_module.is_tensor(tensor) and (as_tensor(tensor).is_traced or as_tensor(tensor).is_symbolic)


def tuple_(tensors: Any, control_inputs: Any = None, name: str | None = None) -> list[Any]:
    """The tensors as they are: nothing runs late here."""
    return list(tensors)


# What is asked of a tensor's form.
@op(name="shape", differentiable=False)
def _shape_of(x: Any, dtype: Any) -> Any:
    if all(type(size) is int for size in x.shape):
        return jnp.asarray(np.array(x.shape, dtype))
    return jnp.stack([jnp.asarray(size, dtype) for size in x.shape])  # sizes that an exported program leaves open


@composite
def shape(input: Any, out_type: Any = "int32", name: str | None = None) -> Tensor:
    """The shape as a vector of integers."""
    x, kind = as_tensor(input), dtypes.standardize(out_type).numpy
    known = all(type(size) is int for size in x._value.shape)
    return wrap(place(np.array(x._value.shape, kind))) if known else _shape_of(x, kind)


graph.MEASURES[_shape_of] = shape


def shape_n(input: Any, out_type: Any = "int32", name: str | None = None) -> list[Tensor]:
    """The shape of each tensor of a list."""
    return [shape(each, out_type) for each in input]


@composite
def size(input: Any, out_type: Any = "int32", name: str | None = None) -> Tensor:
    """The number of elements, a scalar."""
    x, kind = as_tensor(input), dtypes.standardize(out_type).numpy
    if None in x._value.shape:
        return _size_of(x, kind)
    return wrap(place(np.array(x.size, kind)))


@op(name="size", differentiable=False)
def _size_of(x: Any, dtype: Any) -> Any:
    return jnp.asarray(x.size, dtype)


graph.MEASURES[_size_of] = size


@composite
def rank(input: Any, name: str | None = None) -> Tensor:
    """The number of axes, a scalar."""
    return wrap(place(np.array(as_tensor(input).ndim, np.int32)))


def get_static_value(tensor: Any, partial: bool = False) -> np.ndarray | None:
    """The values as an array when they are known, else None."""
    x = as_tensor(tensor)
    return None if x.is_traced or x.is_symbolic else x.numpy()


def joined_shape(prefix: Any, suffix: Any, static: bool = False) -> Any:
    """Two shapes, or sizes, in a row: a tensor, or with `static` a list. Cells of recurrent networks are written with it."""
    parts = (np.ravel(part) if is_tensor(part) else Shape(part if np.ndim(part) else [part]) for part in (prefix, suffix))
    sizes = [size for part in parts for size in part]
    return [None if size is None else int(size) for size in sizes] if static else convert_to_tensor(sizes, "int32")


def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Tensor:
    """x, whose shape must fit `shape` (None: any size)."""
    x = as_tensor(x)
    if not x.shape.is_compatible_with(shape):
        raise ShapeError(f"ensure_shape: the tensor has shape {x.shape}, which does not fit {Shape(shape)}.")
    return x


_same = Op(lambda x: x, 1, "same", lambda x: x, name="identity")


@composite
def identity(input: Any, name: str | None = None) -> Tensor:
    """A tensor of the same values."""
    return _same(input)


def identity_n(input: Any, name: str | None = None) -> list[Tensor]:
    return [_same(each) for each in input]


# New tensors.
@sized
def zeros(shape: Any, dtype: Any = "float32", name: str | None = None, layout: Any = None) -> Tensor:
    """Zeros (False, or empty strings)."""
    return _all(shape, dtype, 0, b"")


@sized
def ones(shape: Any, dtype: Any = "float32", name: str | None = None, layout: Any = None) -> Tensor:
    """Ones (True)."""
    return _all(shape, dtype, 1, None)


def _all(shape: Any, dtype: Any, number: int, string: bytes | None) -> Tensor:
    target = dtypes.standardize(dtype)
    if target == "string" and string is not None:
        return wrap(place(np.full(tidy_shape(shape), string, object)))
    return creation._constant(shape, number, target)


@composite
def zeros_like(input: Any, dtype: Any = None, name: str | None = None, layout: Any = None) -> Tensor:
    """Zeros of the shape (and type) of a tensor."""
    x = as_tensor(input)
    if (x.dtype if dtype is None else dtypes.standardize(dtype)) == "string":
        return zeros(x.shape, "string")
    return creation.zeros_like(x, dtype)


@composite
def ones_like(input: Any, dtype: Any = None, name: str | None = None, layout: Any = None) -> Tensor:
    """Ones of the shape (and type) of a tensor."""
    return creation.ones_like(as_tensor(input), dtype)


@sized
def fill(dims: Any, value: Any, name: str | None = None, layout: Any = None) -> Tensor:
    """`value`, a scalar, everywhere in a tensor of shape `dims`."""
    value = convert_to_tensor(value)
    if value.dtype == "string":
        return wrap(place(np.full(tidy_shape(dims), value.item(), object)))
    return creation._broadcast_value(value, tidy_shape(dims))


@sized
def eye(num_rows: Any, num_columns: Any = None, batch_shape: Any = None, dtype: Any = "float32", name: str | None = None) -> Tensor:
    """The identity matrix, or as many as `batch_shape` says."""
    columns = num_rows if num_columns is None else num_columns
    matrix = np.eye(int(num_rows), int(columns), dtype=dtypes.standardize(dtype).numpy)
    batch = () if batch_shape is None else tidy_shape(batch_shape)
    return wrap(place(np.array(np.broadcast_to(matrix, (*batch, *matrix.shape)))))


@sized
def range(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str = "range") -> Tensor:
    """start, start + delta, ... below `limit` (above it when `delta` is negative); `range(n)` counts from 0."""
    if limit is None:
        start, limit = 0, start
    given = [as_tensor(each) for each in (start, limit, delta)]
    if dtype is None:
        order = ("int32", "int64", "float32", "float64")
        kinds = [each.dtype.name for each in given]
        target = max(kinds, key=lambda kind: order.index(kind) if kind in order else -1)
        if target not in order and len({k for k in kinds if k not in order}) == 1:
            target = kinds[0]
    else:
        target = dtypes.standardize(dtype).name
    first, last, step = (np.asarray(each).astype(dtypes.NUMPY[target]).item() for each in given)
    if not step or (last - first) * step < 0:
        raise ArgumentError(f"range: one does not get from start={first} to limit={last} in steps of delta={step}.")
    return wrap(place(np.arange(first, last, step).astype(dtypes.NUMPY[target])))


_linspace = creation._linspace.spelled("strict_divide")


def linspace(start: Any, stop: Any, num: Any, name: str | None = None, axis: int = 0) -> Tensor:
    """`num` values evenly spaced from `start` to `stop`, which is among them; integers give float64."""
    return _linspace(start, stop, int(num), True, axis)


@op(3, "same", differentiable=False, name="tf.one_hot", host="numpy", cost=lambda indices, on, off: indices.size * 16)
def _one_hot(indices: Any, on: Any, off: Any, depth: int, axis: int) -> Any:
    at = axis % (indices.ndim + 1)
    places = jnp.arange(depth, dtype=indices.dtype).reshape([depth if i == at else 1 for i in np.arange(indices.ndim + 1)])
    return jnp.where(jnp.expand_dims(indices, at) == places, on, off)


@composite
def one_hot(
    indices: Any, depth: Any, on_value: Any = None, off_value: Any = None, axis: int | None = None, dtype: Any = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """`on_value` at each index along a new axis of size `depth`, `off_value` elsewhere; an index outside gives `off_value` alone."""
    indices = strict.RULES["strict_integer"].named("one_hot")([indices])[0]
    given = next((convert_to_tensor(each).dtype for each in (on_value, off_value) if each is not None), None)
    if given is not None and given.name == "string":
        if on_value is None or off_value is None:
            raise ArgumentError("one_hot of strings takes both on_value and off_value.")
        return where(one_hot(indices, depth, axis=axis, dtype="bool"), on_value, off_value)
    kind = dtypes.standardize(dtype if dtype is not None else given if given is not None else "float32").numpy
    on = as_tensor(np.array(1, kind)) if on_value is None else strict.taken(on_value, kind, "one_hot")
    off = as_tensor(np.array(0, kind)) if off_value is None else strict.taken(off_value, kind, "one_hot")
    return _one_hot(indices, on, off, int(depth), -1 if axis is None else int(axis))
