"""Sums, means, extremes and the like, over all elements or along axes."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import op
from hornbeam.engine.errors import ShapeError
from hornbeam.kernels import sums
from hornbeam.ops._rows import in_float32, index_array, sum_dtype, tidy_axis


def _sum_host(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.add.reduce(x, axis, sum_dtype(x.dtype), None, keepdims)


@op(host=in_float32(_sum_host))
def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum; booleans and small integers give int32 (unsigned: uint32)."""
    return jnp.sum(x, axis, sum_dtype(x.dtype), keepdims=keepdims)


@op(host=in_float32(lambda x, axis=None, keepdims=False, dtype=None: np.multiply.reduce(
    x, axis, _wanted(dtype, sum_dtype(x.dtype)), None, keepdims)))
def prod(x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """The product; booleans and small integers give int32 (unsigned: uint32)."""
    return jnp.prod(x, axis, _wanted(dtype, sum_dtype(x.dtype)), keepdims=keepdims)


def _wanted(dtype: Any, otherwise: np.dtype) -> np.dtype:
    return otherwise if dtype is None else dtypes.standardize(dtype).numpy


def _mean_host(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    total = np.add.reduce(x, axis, None, None, keepdims)
    return total / (x.size / (total.size or 1))  # half the time of np.mean


@op(1, "float", host=in_float32(_mean_host))
def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean; integers become floats."""
    return sums.mean(x, axis, keepdims)


@op(1, "float", host=in_float32(lambda x, axis=None, keepdims=False: np.var(x, axis, keepdims=keepdims)))
def var(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The variance: the mean squared distance from the mean."""
    return jnp.var(x, axis, keepdims=keepdims)


@op(1, "float", host=in_float32(lambda x, axis=None, keepdims=False: np.std(x, axis, keepdims=keepdims)))
def std(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The standard deviation: the square root of the variance."""
    return jnp.std(x, axis, keepdims=keepdims)


def _extreme(reduce: Any, x: Any, axis: Any, keepdims: bool, initial: Any) -> Any:
    return reduce(x, axis, keepdims=keepdims) if initial is None else reduce(x, axis, keepdims=keepdims, initial=initial)


@op(host=lambda x, axis=None, keepdims=False, initial=None: _extreme(np.max, x, axis, keepdims, initial))
def max(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
    """The largest element; `initial` is what an empty axis gives."""
    return jnp.max(x, axis, keepdims=keepdims, initial=initial)


@op(host=lambda x, axis=None, keepdims=False, initial=None: _extreme(np.min, x, axis, keepdims, initial))
def min(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
    """The smallest element; `initial` is what an empty axis gives."""
    return jnp.min(x, axis, keepdims=keepdims, initial=initial)


amax, amin = max, min


@op(host=lambda x, axis=None, keepdims=False: np.all(x, axis, keepdims=keepdims))
def all(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether all elements are true (not zero)."""
    return jnp.all(x, axis, keepdims=keepdims)


@op(host=lambda x, axis=None, keepdims=False: np.any(x, axis, keepdims=keepdims))
def any(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether any element is true (not zero)."""
    return jnp.any(x, axis, keepdims=keepdims)


def _position(find: Any, x: Any, axis: int | None, keepdims: bool) -> Any:
    """The first extreme element's position, int32 from the start (`jnp.argmax` counts in int64 under x64)."""
    if axis is not None and not -x.ndim <= axis < x.ndim:
        raise ShapeError(f"axis {axis} is none of a tensor of shape {tuple(x.shape)}.")
    flat, at = (x.reshape(-1), 0) if axis is None else (x, axis % x.ndim)
    found = find(flat, at, jnp.int32)
    if not keepdims:
        return found
    return found.reshape((1,) * x.ndim) if axis is None else jnp.expand_dims(found, at)


@op(host=lambda x, axis=None, keepdims=False: np.argmax(x, axis, keepdims=keepdims).astype(np.int32))
def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The position of the (first) largest element, int32."""
    return _position(jax.lax.argmax, x, axis, keepdims)


@op(host=lambda x, axis=None, keepdims=False: np.argmin(x, axis, keepdims=keepdims).astype(np.int32))
def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The position of the (first) smallest element, int32."""
    return _position(jax.lax.argmin, x, axis, keepdims)


@op(host=lambda x, axis=None: np.asarray(np.count_nonzero(x, tidy_axis(axis)), np.int32))
def count_nonzero(x: Any, axis: Any = None) -> Any:
    """How many elements are not zero, int32."""
    return index_array(jnp.count_nonzero(x, tidy_axis(axis)))


@op(1, "float", host="numpy")
def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))) without overflow."""
    return jax.scipy.special.logsumexp(x, axis, keepdims=keepdims)


def _running(dtype: Any, x: Any) -> np.dtype:
    return _wanted(dtype, np.dtype(np.int32) if x.dtype == bool else x.dtype)


@op(host=in_float32(lambda x, axis=None, dtype=None: np.cumsum(x, axis, _running(dtype, x))))
def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running sums along an axis (of the flattened tensor when it is None)."""
    return jnp.cumsum(x, axis, _running(dtype, x))


@op(host=in_float32(lambda x, axis=None, dtype=None: np.cumprod(x, axis, _running(dtype, x))))
def cumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running products along an axis (of the flattened tensor when it is None)."""
    return jnp.cumprod(x, axis, _running(dtype, x))


@op(host=lambda x, axis=None, keepdims=False: np.ptp(x, axis, keepdims=keepdims))
def ptp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest element less the smallest."""
    return jnp.ptp(x, axis, keepdims=keepdims)
