"""New tensors: constants, ranges, and the way in and out."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import HOST_ELEMENTS, NEW_ELEMENTS, _device_is_host, cast, op, run
from hornbeam.engine.pure import local
from hornbeam.engine.tensor import Shape, Tensor, as_tensor, is_tensor, place, python_dtype, wrap
from hornbeam.ops.elementwise import number_dtype
from hornbeam.ops.sized import sized


def tidy_shape(shape: Any) -> tuple[int, ...]:
    """A shape argument (an int, a sequence of ints or scalar tensors, an integer tensor) as a tuple of ints."""
    if type(shape) in (tuple, list):
        return tuple(map(int, shape))
    if isinstance(shape, (int, np.integer)):
        return (int(shape),)
    if is_tensor(shape):
        shape = np.atleast_1d(np.asarray(shape)).tolist()
    return tuple(map(int, shape))


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count


@op(0, name="full")
def _filled(shape: tuple[int, ...], value: Any, dtype: Any) -> Any:
    return jnp.full(shape, value, dtype)


def _small(value: Any, shape: tuple[int, ...]) -> Any:
    return np.array(np.broadcast_to(value, shape)) if _count(shape) <= HOST_ELEMENTS else NotImplemented


@op(1, name="broadcast_value", host=_small)
def _broadcast_value(value: Any, shape: tuple[int, ...]) -> Any:
    return jnp.broadcast_to(value, shape)


def _constant(shape: Any, value: Any, dtype: Any) -> Tensor:
    shape, target = tidy_shape(shape), dtypes.standardize(dtype).numpy
    eager = local.scope is None and _device_is_host()  # large constants have no place in a program
    if _count(shape) <= (NEW_ELEMENTS if eager else HOST_ELEMENTS):
        return wrap(place(np.full(shape, value, target)))
    return run(_filled.bind((shape, value, target), {}), [])


@sized
def zeros(shape: Any, dtype: Any = None) -> Tensor:
    """Zeros, of `floatx()` by default."""
    return _constant(shape, 0, dtype)


@sized
def ones(shape: Any, dtype: Any = None) -> Tensor:
    """Ones, of `floatx()` by default."""
    return _constant(shape, 1, dtype)


empty = zeros


@sized
def full(shape: Any, fill_value: Any, dtype: Any = None) -> Tensor:
    """`fill_value` (a number, or a tensor that broadcasts to `shape`) everywhere, of `floatx()` by default."""
    value = cast(as_tensor(fill_value), dtypes.standardize(dtype))
    shape = tidy_shape(shape)
    if _count(shape) <= HOST_ELEMENTS and isinstance(value._value, np.ndarray):
        return wrap(place(np.array(np.broadcast_to(value._value, shape))))
    return run(_broadcast_value.bind((shape,), {}), [value])


@op(host=lambda x, value, dtype=None: np.full(x.shape, value, x.dtype if dtype is None else dtype), differentiable=False)
def _like(x: Any, value: Any, dtype: Any = None) -> Any:
    return jnp.full(x.shape, value, x.dtype if dtype is None else dtype)


def _dtype_or_none(dtype: Any) -> Any:
    return None if dtype is None else dtypes.standardize(dtype).numpy


def zeros_like(x: Any, dtype: Any = None) -> Tensor:
    """Zeros of the shape (and type) of x."""
    return _like(x, 0, _dtype_or_none(dtype))


def ones_like(x: Any, dtype: Any = None) -> Tensor:
    """Ones of the shape (and type) of x."""
    return _like(x, 1, _dtype_or_none(dtype))


empty_like = zeros_like


@op(2, "same", name="full_like")
def _full_like(x: Any, value: Any) -> Any:
    return jnp.broadcast_to(value, x.shape)


def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Tensor:
    """`fill_value` in the shape (and type) of x."""
    x = as_tensor(x)
    return _full_like(x, cast(as_tensor(fill_value), x.dtype if dtype is None else dtype))


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Tensor:
    """start, start + step, ... below `stop`; `arange(n)` counts from 0. int32 for integers, `floatx()` for floats."""
    start, stop, step = (_number(each) for each in (start, stop, step))
    if stop is None:
        start, stop = 0, start
    step = 1 if step is None else step
    if dtype is None:
        target = python_dtype(start)
        for each in (stop, step):
            target = dtypes.promote(target, python_dtype(each))
    else:
        target = dtypes.standardize(dtype).numpy
    return wrap(place(np.arange(start, stop, step).astype(target, copy=False)))


def _number(value: Any) -> Any:
    if isinstance(value, np.generic) or (value is not None and hasattr(value, "dtype")):
        return np.asarray(value).item()
    return value


@op(2, "float", name="linspace", host="numpy")
def _linspace(start: Any, stop: Any, num: int, endpoint: bool, axis: int) -> Any:
    return jnp.linspace(start, stop, num, endpoint, axis=axis, dtype=start.dtype)


def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0
) -> Any:
    """`num` values evenly spaced from `start` to `stop` (included with `endpoint`); with `retstep` also the step."""
    values = _linspace(start, stop, int(num), endpoint, axis)
    values = values if dtype is None else cast(values, dtype)
    if retstep:
        return values, (as_tensor(stop) - start) / max(1, num - 1 if endpoint else num)
    return values


@op(2, "float", name="logspace")
def _logspace(start: Any, stop: Any, num: int, endpoint: bool, base: float, axis: int) -> Any:
    return jnp.logspace(start, stop, num, endpoint, base, axis=axis, dtype=start.dtype)


def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: float = 10, dtype: Any = None, axis: int = 0
) -> Tensor:
    """`base` to the powers `linspace(start, stop, num)`."""
    values = _logspace(start, stop, int(num), endpoint, base, axis)
    return values if dtype is None else cast(values, dtype)


@op(2, "float", name="geomspace")
def _geomspace(start: Any, stop: Any, num: int, endpoint: bool, axis: int) -> Any:
    return jnp.geomspace(start, stop, num, endpoint, axis=axis, dtype=start.dtype)


def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Tensor:
    """`num` values from `start` to `stop`, each the same multiple of the one before."""
    values = _geomspace(start, stop, int(num), endpoint, axis)
    return values if dtype is None else cast(values, dtype)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:
    """Ones on and below the `k`-th diagonal of an N by M matrix."""
    return wrap(place(np.tri(N, M, k, dtypes.standardize(dtype).numpy)))


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:
    """Ones on the `k`-th diagonal of an N by M matrix."""
    return wrap(place(np.eye(N, M, k, dtypes.standardize(dtype).numpy)))


def identity(n: int, dtype: Any = None) -> Tensor:
    """The identity matrix."""
    return eye(n, dtype=dtype)


def convert_to_tensor(x: Any, dtype: Any = None, sparse: bool | None = None, ragged: bool | None = None) -> Tensor:
    """A Tensor of what NumPy can read. Tensors pass as they are (cast when `dtype` says so, gradients and all)."""
    if is_tensor(x):
        tensor = as_tensor(x)
        return tensor if dtype is None else cast(tensor, dtype)
    return Tensor(x, dtype)


array = convert_to_tensor


def convert_to_numpy(x: Any) -> np.ndarray:
    """A NumPy array of the values."""
    return np.array(as_tensor(x)) if is_tensor(x) else np.array(x)


def shape(x: Any) -> Shape:
    """The shape, a tuple of ints (None where a symbolic tensor's size is not known)."""
    return as_tensor(x).shape


def size(x: Any) -> int | None:
    """The number of elements."""
    return as_tensor(x).size


def ndim(x: Any) -> int:
    """The number of axes."""
    return len(x.shape) if hasattr(x, "dense_shape") else as_tensor(x).ndim  # of a SparseTensor, too


def dtype(x: Any) -> str:
    """The name of the element type."""
    return dtypes.standardize(number_dtype(x))


@op(host=None)
def _saturate(x: Any, low: Any, high: Any, dtype: Any) -> Any:
    return jnp.clip(x, low, high).astype(dtype)


def saturate_cast(x: Any, dtype: Any) -> Tensor:
    """`cast`, with values beyond the new type's range brought to its ends."""
    x, target = as_tensor(x), dtypes.standardize(dtype)
    if target.is_integer and not x.dtype.is_bool:
        info = np.iinfo(target.numpy)
        low, high = info.min, info.max
        if x.dtype.is_integer:
            own = np.iinfo(x.dtype.numpy)
            low, high = max(low, own.min), min(high, own.max)
        return run(_saturate.bind((low, high, target.numpy), {}), [x])
    return cast(x, target)
