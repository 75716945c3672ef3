"""Statistics beyond sums and means: order, counts, correlation, segments, and the reductions that pass over NaN."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import Op, op
from hornbeam.engine.errors import ArgumentError, UntraceableError
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.ops._rows import index_array, sum_dtype, unary


@op(2, "float", name="average")
def _average(x: Any, weights: Any = None, axis: Any = None) -> Any:
    if weights is None:
        return jnp.mean(x, axis)
    if axis is not None and weights.ndim == 1 != x.ndim:
        weights = weights.reshape([-1 if i == axis % x.ndim else 1 for i in range(x.ndim)])
    weights = jnp.broadcast_to(weights, x.shape)
    return jnp.sum(x * weights, axis) / jnp.sum(weights, axis)


def average(x: Any, axis: Any = None, weights: Any = None) -> Tensor:
    """The mean weighted by `weights` (shaped like x, or along the axis)."""
    return _average(x, weights, axis)


def _half(x: Any) -> Any:
    """One half, in no wider type than x needs: `jnp.median` itself goes through float64."""
    return np.asarray(0.5, x.dtype if x.dtype.itemsize >= 4 else np.float32)


@op(1, "float")
def median(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The middle element in order, or the mean of the middle two."""
    return jnp.quantile(x, _half(x), axis, keepdims=keepdims).astype(x.dtype)


def _quantile(x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
    """The values below which the fractions `q` (between 0 and 1) of the elements lie."""
    return jnp.quantile(x, q, axis, method=method, keepdims=keepdims)


def _percentile(x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
    """`quantile` with `q` in percent."""
    return jnp.percentile(x, q, axis, method=method, keepdims=keepdims)


def _nanquantile(x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
    """`quantile` of the elements that are not NaN."""
    return jnp.nanquantile(x, q, axis, method=method, keepdims=keepdims)


def _nanpercentile(x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
    """`percentile` of the elements that are not NaN."""
    return jnp.nanpercentile(x, q, axis, method=method, keepdims=keepdims)


quantile = Op(_quantile, 2, "float", name="quantile")
percentile = Op(_percentile, 2, "float", name="percentile")
nanquantile = Op(_nanquantile, 2, "float", name="nanquantile")
nanpercentile = Op(_nanpercentile, 2, "float", name="nanpercentile")


def _skipping(name: str, doc: str, function: Any, rule: str = "same") -> Op:
    def row(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return function(x, axis, keepdims)

    row.__name__, row.__doc__ = name, doc
    return Op(row, 1, rule)


nansum = _skipping("nansum", "The sum, NaN counted as 0.", lambda x, a, k: jnp.nansum(x, a, sum_dtype(x.dtype), keepdims=k))
nanprod = _skipping("nanprod", "The product, NaN counted as 1.", lambda x, a, k: jnp.nanprod(x, a, sum_dtype(x.dtype), keepdims=k))
nanmax = _skipping("nanmax", "The largest element that is not NaN.", lambda x, a, k: jnp.nanmax(x, a, keepdims=k))
nanmin = _skipping("nanmin", "The smallest element that is not NaN.", lambda x, a, k: jnp.nanmin(x, a, keepdims=k))
nanmean = _skipping("nanmean", "The mean of what is not NaN.", lambda x, a, k: jnp.nanmean(x, a, keepdims=k), "float")
nanvar = _skipping("nanvar", "The variance of what is not NaN.", lambda x, a, k: jnp.nanvar(x, a, keepdims=k), "float")
nanstd = _skipping("nanstd", "The standard deviation of what is not NaN.", lambda x, a, k: jnp.nanstd(x, a, keepdims=k), "float")
nanmedian = _skipping("nanmedian", "The median of what is not NaN.",
                      lambda x, a, k: jnp.nanquantile(x, _half(x), a, keepdims=k).astype(x.dtype), "float")  # fmt: skip
nanargmax = _skipping("nanargmax", "The position of the largest element that is not NaN, int32; -1 where all are.",
                      lambda x, a, k: index_array(jnp.nanargmax(x, a, keepdims=k)))  # fmt: skip
nanargmin = _skipping("nanargmin", "The position of the smallest element that is not NaN, int32; -1 where all are.",
                      lambda x, a, k: index_array(jnp.nanargmin(x, a, keepdims=k)))  # fmt: skip


def _running_dtype(x: Any, dtype: Any) -> Any:
    if dtype is not None:
        return dtypes.standardize(dtype).numpy
    return np.dtype(np.int32) if x.dtype == bool else x.dtype


@op()
def nancumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running sums, NaN counted as 0."""
    return jnp.nancumsum(x, axis, _running_dtype(x, dtype))


@op()
def nancumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running products, NaN counted as 1."""
    return jnp.nancumprod(x, axis, _running_dtype(x, dtype))


@op(host=lambda a, n=1, axis=-1: np.diff(a, n, axis))
def diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    """Each element's difference from the one before, `n` times over."""
    return jnp.diff(a, n, axis)


@op(2, "float", name="trapezoid")
def _trapezoid(y: Any, x: Any, dx: float, axis: int) -> Any:
    return jnp.trapezoid(y, x, dx, axis)


def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Tensor:
    """The integral by the trapezoidal rule, at the points x or `dx` apart."""
    return _trapezoid(y, x, float(dx), axis)


corrcoef = unary("corrcoef", "The correlation coefficients of the rows.", jnp.corrcoef, None, "float")


@op(2, "promote")
def correlate(x1: Any, x2: Any, mode: str = "valid") -> Any:
    """The cross-correlation of two vectors: 'valid', 'same' or 'full'."""
    return jnp.correlate(x1, x2, mode)


@op(2, "float")
def cdist(x: Any, y: Any) -> Any:
    """The Euclidean distance of each vector (last axis) of x from each of y: shape `(..., m, n)`."""
    squared = jnp.sum(jnp.square(x[..., :, None, :] - y[..., None, :, :]), -1)
    positive = squared > 0  # the root has no finite slope at 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, squared, 1)), 0)


@op(2, "float")
def psnr(x1: Any, x2: Any, max_val: float) -> Any:
    """The peak signal-to-noise ratio in decibels: 20 log10(max_val) - 10 log10(mean squared difference)."""
    return 20 * math.log10(max_val) - 10 * jnp.log10(jnp.mean(jnp.square(x1 - x2)))


# Counting.
@op(2, "same", differentiable=False, name="bincount")
def _bincount(x: Any, weights: Any, length: int) -> Any:
    dtype = jnp.int32 if weights is None else weights.dtype
    one = jnp.ones(x.shape, dtype) if weights is None else jnp.broadcast_to(weights, x.shape)
    rows, ones = x.reshape(-1, x.shape[-1]), one.reshape(-1, x.shape[-1])
    counts = jax.vmap(lambda x, one: jnp.zeros((length,), dtype).at[x].add(one, mode="drop"))(rows, ones)
    return counts.reshape(*x.shape[:-1], length)


def bincount(x: Any, weights: Any = None, minlength: int = 0, sparse: bool = False) -> Tensor:
    """How often each integer occurs (or the sum of its `weights`), for each row of a matrix. Inside a compiled function the
    result is `minlength` long, and larger integers are not counted."""
    x = as_tensor(x)
    length = int(minlength)
    if not (x.is_traced or x.is_symbolic):
        length = max(length, int(np.asarray(x).max(initial=-1)) + 1)
    elif not length:
        raise UntraceableError("`bincount` inside a compiled function needs `minlength`, the length of its result.")
    return _bincount(x, weights, length)


@op(1, "float", differentiable=False, name="histogram")
def _histogram(x: Any, bins: int, range: Any) -> Any:
    counts, edges = jnp.histogram(x, bins, range)
    return counts.astype(x.dtype), edges.astype(x.dtype)


def histogram(x: Any, bins: int = 10, range: tuple[float, float] | None = None) -> tuple[Tensor, Tensor]:
    """How many elements fall in each of `bins` equal parts of `range` (by default from the least to the largest), and the
    parts' borders."""
    if not isinstance(bins, int) or bins < 1:
        raise ArgumentError(f"histogram: `bins` is a positive int; received {bins!r}.")
    return _histogram(x, bins, None if range is None else (float(range[0]), float(range[1])))


def unique(
    x: Any, sorted: bool = True, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False,
    axis: int | None = None, size: int | None = None, fill_value: Any = None,
) -> Any:  # fmt: skip
    """The different elements (or slices along `axis`) in ascending order; on request also where each first is, which one each
    element is, and how often each occurs (int32). Inside a compiled function `size` fixes how many there are."""
    x = as_tensor(x)
    if x.is_traced or x.is_symbolic:
        if size is None:
            raise UntraceableError("`unique` inside a compiled function needs `size`, the number of results.")
    elif size is None:
        size = np.unique(np.asarray(x), axis=axis).shape[axis or 0]
    fill = 0 if fill_value is None else fill_value
    out = _unique(x, bool(return_index), bool(return_inverse), bool(return_counts), axis, int(size), fill)
    return out if len(out) > 1 else out[0]


@op(differentiable=False, name="unique")
def _unique(x: Any, index: bool, inverse: bool, counts: bool, axis: int | None, size: int, fill: Any) -> Any:
    out = jnp.unique(x, index, inverse, counts, axis, size=size, fill_value=fill)
    values, *rest = out if isinstance(out, tuple) else (out,)
    return (values, *(index_array(each) for each in rest))


# Segments.
def _segments(name: str, doc: str, function: Any) -> Any:
    def reduce(data: Any, segment_ids: Any, count: int, sorted: bool) -> Any:
        return function(data, segment_ids, count, indices_are_sorted=sorted)

    row = Op(reduce, 2, "same", name=name)

    def segment(data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False) -> Tensor:
        segment_ids = as_tensor(segment_ids)
        if num_segments is None:
            if segment_ids.is_traced or segment_ids.is_symbolic:
                raise UntraceableError(f"`{name}` inside a compiled function needs `num_segments`.")
            num_segments = int(np.asarray(segment_ids).max(initial=-1)) + 1
        return row(data, segment_ids, int(num_segments), bool(sorted))

    segment.__name__, segment.__doc__ = name, doc + " `segment_ids` names the segment of each slice along the first axis."
    return segment


segment_sum = _segments("segment_sum", "The sum of each segment.", jax.ops.segment_sum)
segment_prod = _segments("segment_prod", "The product of each segment.", jax.ops.segment_prod)
segment_max = _segments("segment_max", "The largest element of each segment.", jax.ops.segment_max)
segment_min = _segments("segment_min", "The smallest element of each segment.", jax.ops.segment_min)

