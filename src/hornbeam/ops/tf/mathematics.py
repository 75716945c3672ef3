"""Functions of numbers that TensorFlow has and Keras has not, and those whose arguments or types TensorFlow takes differently."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.special as special
import numpy as np

from hornbeam.engine import dtypes, strict
from hornbeam.engine.composite import composite
from hornbeam.engine.door import Op, cast, op
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.numpy_form import at
from hornbeam.engine.numpy_form import logsumexp as host_logsumexp
from hornbeam.engine.tensor import Tensor, as_tensor, place, wrap
from hornbeam.ops import elementwise, reductions
from hornbeam.ops._rows import binary, broadcast_size, in_float32, unary
from hornbeam.ops.tf.arranging import plain_ints
from hornbeam.ops.tf.gathering import known_array

_REAL = "strict_real_float"


def _pair(name: str, doc: str, function: Callable, host: Callable | None = None, rule: str = "strict_number") -> Op:
    return binary(name, doc, function, host, rule).spelled(x="x1", y="x2")


# Two operands.
squared_difference = _pair("squared_difference", "(x - y)^2.", lambda x, y: jnp.square(x - y), lambda x, y: np.square(x - y))
_division = "strict_divide"
divide_no_nan = elementwise.divide_no_nan.spelled(_division, x="x1", y="x2")


def _times(xp: Any, x: Any, y: Any) -> Any:
    return xp.where(y == 0, xp.zeros((), x.dtype), x * y)


multiply_no_nan = _pair("multiply_no_nan", "x * y, and 0 where y is 0.", lambda x, y: _times(jnp, x, y), lambda x, y: _times(np, x, y),
                        "strict_float")  # fmt: skip
xlogy = _pair("xlogy", "x * log(y), and 0 where x is 0.", special.xlogy, None, "strict_float")
xlog1py = _pair("xlog1py", "x * log(1 + y), and 0 where x is 0.", special.xlog1py, None, "strict_float")


def _over(x: Any, y: Any) -> Any:
    return jnp.where(x == 0, jnp.zeros((), x.dtype), x / jnp.where(x == 0, jnp.ones((), y.dtype), y))


xdivy = _pair("xdivy", "x / y, and 0 where x is 0.", _over, None, "strict_float")
igamma = binary("igamma", "The lower regularized incomplete gamma function P(a, x).", special.gammainc, None, _REAL).spelled(
    a="x1", x="x2")  # fmt: skip
igammac = binary("igammac", "The upper regularized incomplete gamma function Q(a, x).", special.gammaincc, None, _REAL).spelled(
    a="x1", x="x2")  # fmt: skip
zeta = binary("zeta", "The Hurwitz zeta function.", special.zeta, None, _REAL).spelled(x="x1", q="x2")
truncatemod = _pair("truncatemod", "The remainder of x / y, with the sign of x.", jnp.fmod, np.fmod)


def _orders(n: Any, x: Any) -> Any:
    return special.polygamma(n.astype(jnp.int32), x)


polygamma = binary("polygamma", "The derivative of order a of the digamma function.", _orders, None, _REAL).spelled(a="x1", x="x2")


@op(3, _REAL)
def betainc(a: Any, b: Any, x: Any) -> Any:
    """The regularized incomplete beta integral."""
    return special.betainc(a, b, x)


def _cut(x: Any, y: Any) -> Any:
    if jnp.issubdtype(x.dtype, jnp.integer):
        return jax.lax.div(*jnp.broadcast_arrays(x, y))
    return jnp.trunc(x / y)


truncatediv = _pair("truncatediv", "x / y without its fraction.", _cut)
_power = elementwise._power.spelled("strict_number", name="pow")


def pow(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x raised to the power y."""
    return elementwise.power(x, y) if type(y) is int and type(x) is Tensor and x.dtype != "bool" else _power(x, y)


# One operand.
lgamma = unary("lgamma", "The logarithm of the absolute value of the gamma function.", special.gammaln, None, _REAL)
digamma = unary("digamma", "The derivative of lgamma.", special.digamma, None, _REAL)
ndtri = unary("ndtri", "The quantile of the normal distribution.", special.ndtri, None, _REAL)
erfcinv = unary("erfcinv", "The inverse of erfc.", lambda x: -special.ndtri(x / 2) * np.asarray(np.sqrt(0.5), x.dtype), None, _REAL)
bessel_i0 = unary("bessel_i0", "The modified Bessel function of order 0.", special.i0, None, _REAL)
bessel_i0e = unary("bessel_i0e", "bessel_i0(x) * exp(-|x|).", special.i0e, None, _REAL)
bessel_i1 = unary("bessel_i1", "The modified Bessel function of order 1.", special.i1, None, _REAL)
bessel_i1e = unary("bessel_i1e", "bessel_i1(x) * exp(-|x|).", special.i1e, None, _REAL)
expint = unary("expint", "The exponential integral Ei.", special.expi, None, _REAL)
spence = unary("spence", "Spence's integral, the dilogarithm of 1 - x.", special.spence, None, _REAL)
rint = unary("rint", "The nearest integer; halves go to the even one.", jnp.rint, np.rint, _REAL)
_no_nan = unary("reciprocal_no_nan", "1 / x, and 0 where x is 0.",
                lambda x: jnp.where(x == 0, jnp.zeros((), x.dtype), 1 / jnp.where(x == 0, jnp.ones((), x.dtype), x)), None, "strict_float")
reciprocal_no_nan = _no_nan  # fmt: skip


def scalar_mul(scalar: Any, x: Any, name: str | None = None) -> Tensor:
    """A scalar times a tensor."""
    if as_tensor(scalar).ndim:
        raise ShapeError("scalar_mul: the first argument is a scalar.")
    return _multiply(x, scalar)


_multiply = elementwise.multiply.spelled("strict_number")


# Reductions. `axis` is an int, several, or None for all.

def _reduction(name: str, doc: str, function: Callable, host: Callable | None, kinds: str) -> Callable[..., Tensor]:
    def reduce(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return function(x, axis, keepdims)

    on_host = None if host is None else in_float32(lambda x, axis=None, keepdims=False: host(x, axis, keepdims))
    row = Op(reduce, 1, kinds, on_host, name=name)

    def spelled(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Tensor:
        if axis is not None and type(axis) is not int:
            axis = plain_ints(axis)
        return row(input_tensor, axis=axis, keepdims=bool(keepdims))

    spelled.__name__, spelled.__doc__ = name, doc + " `axis`: one, several, or all (None)."
    return spelled


def _mean(x: Any, axis: Any, keepdims: bool) -> Any:
    """The mean; of integers the quotient without its fraction."""
    if jnp.issubdtype(x.dtype, jnp.inexact):
        return jnp.mean(x, axis, keepdims=keepdims)
    total = jnp.sum(x, axis, jnp.int64, keepdims=keepdims)
    return jax.lax.div(total, jnp.full_like(total, max(1, x.size // max(1, total.size)))).astype(x.dtype)


def _mean_on_host(x: Any, axis: Any, keepdims: bool) -> Any:
    total = np.add.reduce(x, axis, np.int64 if x.dtype.kind in "iu" else x.dtype, None, keepdims)
    n = x.size / (total.size or 1)
    if x.dtype.kind in "iu":
        return np.trunc(total / (n or 1)).astype(x.dtype)
    return total / n


reduce_sum = _reduction("reduce_sum", "The sum.", lambda x, a, k: jnp.sum(x, a, x.dtype, keepdims=k),
                        lambda x, a, k: np.add.reduce(x, a, x.dtype, None, k), "strict_number")  # fmt: skip
reduce_mean = _reduction("reduce_mean", "The mean; of integers without its fraction.", _mean, _mean_on_host, "strict_number")
reduce_prod = _reduction("reduce_prod", "The product.", lambda x, a, k: jnp.prod(x, a, x.dtype, keepdims=k),
                         lambda x, a, k: np.multiply.reduce(x, a, x.dtype, None, k), "strict_number")  # fmt: skip


def _end(reduce: Callable, x: Any, axis: Any, keepdims: bool, empty: Callable) -> Any:
    return reduce(x, axis, keepdims=keepdims, initial=empty(x.dtype)) if not x.size else reduce(x, axis, keepdims=keepdims)


def _low(dtype: Any) -> Any:
    return -np.inf if dtypes.is_float(np.dtype(dtype)) else np.iinfo(dtype).min


def _high(dtype: Any) -> Any:
    return np.inf if dtypes.is_float(np.dtype(dtype)) else np.iinfo(dtype).max


reduce_max = _reduction("reduce_max", "The largest element.", lambda x, a, k: _end(jnp.max, x, a, k, _low),
                        lambda x, a, k: _end(np.max, x, a, k, _low), "strict_real")  # fmt: skip
reduce_min = _reduction("reduce_min", "The smallest element.", lambda x, a, k: _end(jnp.min, x, a, k, _high),
                        lambda x, a, k: _end(np.min, x, a, k, _high), "strict_real")  # fmt: skip
reduce_all = _reduction("reduce_all", "Whether all elements are true.", lambda x, a, k: jnp.all(x, a, keepdims=k),
                        lambda x, a, k: np.all(x, a, keepdims=k), "strict_bool")  # fmt: skip
reduce_any = _reduction("reduce_any", "Whether any element is true.", lambda x, a, k: jnp.any(x, a, keepdims=k),
                        lambda x, a, k: np.any(x, a, keepdims=k), "strict_bool")  # fmt: skip
reduce_variance = _reduction("reduce_variance", "The mean squared distance from the mean.", lambda x, a, k: jnp.var(x, a, keepdims=k),
                             lambda x, a, k: np.var(x, a, keepdims=k), "strict_float")  # fmt: skip
reduce_std = _reduction("reduce_std", "The root of the mean squared distance from the mean.", lambda x, a, k: jnp.std(x, a, keepdims=k),
                        lambda x, a, k: np.std(x, a, keepdims=k), "strict_float")  # fmt: skip
reduce_logsumexp = _reduction("reduce_logsumexp", "log(sum(exp(x))) without overflow.",
                              lambda x, a, k: special.logsumexp(x, a, keepdims=k),
                              lambda x, a, k: host_logsumexp(x, a, k), _REAL)  # fmt: skip
reduce_euclidean_norm = _reduction("reduce_euclidean_norm", "The root of the sum of squares.",
                                   lambda x, a, k: jnp.sqrt(jnp.sum(jnp.square(x), a, keepdims=k)).astype(x.dtype), None,
                                   "strict_number")  # fmt: skip


def count_nonzero(input: Any, axis: Any = None, keepdims: bool = False, dtype: Any = "int64", name: str | None = None) -> Tensor:
    """How many elements are not zero (not empty)."""
    x = as_tensor(input)
    if x.dtype == "string":
        x = wrap(np.asarray(x) != b"")
    return reduce_sum(cast(cast(x, "bool"), dtype), axis, keepdims)


def argmax(input: Any, axis: Any = None, output_type: Any = "int64", name: str | None = None) -> Tensor:
    """The position of the (first) largest element along an axis, by default the first."""
    return cast(reductions.argmax(input, 0 if axis is None else int(axis)), output_type)


def argmin(input: Any, axis: Any = None, output_type: Any = "int64", name: str | None = None) -> Tensor:
    """The position of the (first) smallest element along an axis, by default the first."""
    return cast(reductions.argmin(input, 0 if axis is None else int(axis)), output_type)


# Running along an axis.
def _running(xp: Any, total: Callable, x: Any, axis: int, exclusive: bool, reverse: bool, start: float) -> Any:
    x = xp.flip(x, axis) if reverse else x
    out = total(x, axis, x.dtype)
    if exclusive:
        axis %= x.ndim
        first = xp.full([1 if i == axis else n for i, n in enumerate(x.shape)], start, x.dtype)
        out = xp.concatenate([first, xp.take(out, np.arange(x.shape[axis] - 1), axis)], axis) if x.shape[axis] else out
    return xp.flip(out, axis) if reverse else out


def _cumulative(name: str, doc: str, device: Callable, host: Callable, start: int) -> Callable[..., Tensor]:
    def run(x: Any, axis: int, exclusive: bool, reverse: bool) -> Any:
        return _running(jnp, device, x, axis, exclusive, reverse, start)

    def on_host(x: Any, axis: int, exclusive: bool, reverse: bool) -> Any:
        return _running(np, host, x, axis, exclusive, reverse, start)

    row = Op(run, 1, "strict_number", in_float32(on_host), name=f"tf.math.{name}")

    def spelled(x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None) -> Tensor:
        return row(x, axis=int(axis), exclusive=bool(exclusive), reverse=bool(reverse))

    spelled.__name__ = name
    spelled.__doc__ = f"Running {doc} along an axis: `exclusive` leaves each element's own out, `reverse` runs from the end."
    return spelled


cumsum = _cumulative("cumsum", "sums", jnp.cumsum, np.cumsum, 0)
cumprod = _cumulative("cumprod", "products", jnp.cumprod, np.cumprod, 1)


@op(1, _REAL, name="cumulative_logsumexp")
def _cumulative_logsumexp(x: Any, axis: int, exclusive: bool, reverse: bool) -> Any:
    return _running(jnp, lambda x, axis, _: jax.lax.associative_scan(jnp.logaddexp, x, axis=axis), x, axis, exclusive, reverse, -np.inf)


def cumulative_logsumexp(x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None) -> Tensor:
    """The logarithm of running sums of exponentials along an axis."""
    return _cumulative_logsumexp(x, int(axis), bool(exclusive), bool(reverse))


# Several tensors.
def add_n(inputs: Any, name: str | None = None) -> Tensor:
    """The sum of tensors of one shape."""
    if not isinstance(inputs, (list, tuple)):
        inputs = [inputs]
    if not inputs:
        raise ArgumentError("add_n needs at least one tensor.")
    tensors = strict.RULES["strict"].named("add_n")(inputs)
    if len({each.shape for each in tensors if each is not None}) > 1:
        shapes = ", ".join(str(each.shape) for each in tensors if each is not None)
        raise ShapeError(f"add_n: all tensors have one shape; these have {shapes}.")
    return _add_n(tensors)


@op(-1, "strict_number", host=lambda xs: np.sum(np.stack(xs), 0, xs[0].dtype), name="add_n")
def _add_n(xs: Any) -> Any:
    return sum(xs[1:], xs[0])


def accumulate_n(inputs: Any, shape: Any = None, tensor_dtype: Any = None, name: str | None = None) -> Tensor:
    return add_n(inputs)


def polyval(coeffs: Any, x: Any, name: str | None = None) -> Tensor:
    """The polynomial with these coefficients, the highest power's first, at x."""
    if not isinstance(coeffs, list):
        raise ArgumentError("polyval: `coeffs` is a list, the highest power's coefficient first.")
    x = as_tensor(x)
    found = _multiply(x, 0)
    for coefficient in coeffs:
        found = _add(_multiply(found, x), coefficient)
    return found


_add = elementwise.add.spelled("strict_number")


# Clipping.
def _clip_rule(operands: Sequence[Any]) -> list[Any]:
    return strict.RULES["strict_real"].named("clip_by_value")(operands)


_clip = Op(
    lambda x, low, high: jnp.where(x < low, low, jnp.where(x > high, high, x)), 3, _clip_rule,
    lambda x, low, high: np.minimum(np.maximum(x, low), high), broadcast_size, name="clip_by_value",
)  # fmt: skip


@composite
def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None) -> Tensor:
    """t where it lies between the two bounds, else the nearer of them."""
    return _clip(t, clip_value_min, clip_value_max)


@op(2, "strict_float", name="clip_by_norm", host="numpy")
def _clip_by_norm(t: Any, norm: Any, axes: Any) -> Any:
    squares = jnp.sum(jnp.square(t), axes, keepdims=True)
    some = squares > 0
    length = jnp.where(some, jnp.sqrt(jnp.where(some, squares, 1)), 0)
    return t * norm / jnp.maximum(length, norm)


def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """t scaled down so that its Euclidean norm (along `axes`) is at most `clip_norm`."""
    return _clip_by_norm(t, clip_norm, plain_ints(axes))


@op(-1, "strict_float", name="global_norm", host="numpy")
def _global_norm(tensors: Any) -> Any:
    return jnp.sqrt(sum(jnp.sum(jnp.square(each)) for each in tensors))


def global_norm(t_list: Any, name: str | None = None) -> Tensor:
    """The Euclidean norm of all elements of several tensors together; None stands for nothing."""
    return _global_norm([each for each in t_list if each is not None])


def clip_by_global_norm(t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None) -> tuple[list[Tensor | None], Tensor]:
    """Tensors scaled down together so that their `global_norm` is at most `clip_norm`, and what the norm was."""
    norm = global_norm(t_list) if use_norm is None else as_tensor(use_norm)
    limit = strict.taken(clip_norm, norm._value.dtype, "clip_by_global_norm")
    return [None if each is None else _scaled(each, norm, limit) for each in t_list], norm


@op(3, "strict_float", name="clip_by_global_norm", host="numpy")
def _scaled(t: Any, norm: Any, limit: Any) -> Any:
    return t * (limit * jnp.minimum(1 / norm, 1 / limit))


# Counting.
@composite
def bincount(
    arr: Any, weights: Any = None, minlength: Any = None, maxlength: Any = None, dtype: Any = "int32", name: str | None = None,
    axis: int | None = None, binary_output: bool = False,
) -> Tensor:  # fmt: skip
    """How often each integer comes, or the sum of its `weights`; with `axis=-1` for each row."""
    x = known_array(arr, "bincount")
    length = int(x.max(initial=-1)) + 1
    length = max(length, int(minlength)) if minlength is not None else length
    length = min(length, int(maxlength)) if maxlength is not None else length
    kind = dtypes.standardize(dtype if weights is None else as_tensor(weights).dtype).numpy
    rows = x.reshape(1, -1) if axis in (None, 0) else x
    out = np.zeros((len(rows), length), kind)
    worth = np.ones(x.shape, kind) if weights is None else known_array(weights, "bincount")
    for row, values, gain in zip(out, rows, worth.reshape(rows.shape), strict=True):
        inside = values < length
        np.add.at(row, values[inside], gain[inside])
    out = (out > 0).astype(kind) if binary_output else out
    return wrap(place(out[0] if axis in (None, 0) else out))


def histogram_fixed_width_bins(values: Any, value_range: Any, nbins: Any = 100, dtype: Any = "int32", name: str | None = None) -> Tensor:
    """The number of the bin of each value; those outside the range count to the first and the last."""
    x, (low, high) = as_tensor(values), (float(each) for each in np.asarray(value_range))
    if low >= high:
        raise ArgumentError(f"histogram: value_range is (low, high) with low < high; received {[low, high]}.")
    return cast(_bins(x, low, high, int(nbins)), dtype)


@op(1, "same", name="histogram_fixed_width_bins", differentiable=False, host="numpy")
def _bins(x: Any, low: float, high: float, count: int) -> Any:
    x = x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(jnp.float64)
    return jnp.clip(jnp.floor((x - low) / (high - low) * count), 0, count - 1).astype(jnp.int32)


def histogram_fixed_width(values: Any, value_range: Any, nbins: Any = 100, dtype: Any = "int32", name: str | None = None) -> Tensor:
    """How many values fall in each of `nbins` equal parts of a range; those outside count to the first and the last part."""
    return cast(_counted(histogram_fixed_width_bins(values, value_range, nbins), int(nbins)), dtype)


@op(name="histogram_fixed_width", differentiable=False, host="numpy")
def _counted(bins: Any, count: int) -> Any:
    return at(jnp.zeros((count,), jnp.int32))[bins.reshape(-1)].add(1)


def confusion_matrix(
    labels: Any, predictions: Any, num_classes: Any = None, weights: Any = None, dtype: Any = "int32", name: str | None = None
) -> Tensor:
    """How often each class (rows) was predicted as each class (columns)."""
    true, guessed = _squeezed(labels), _squeezed(predictions)
    if num_classes is None:
        num_classes = 1 + max(int(known_array(each, "confusion_matrix").max(initial=0)) for each in (true, guessed))
    worth = cast(as_tensor(1) if weights is None else as_tensor(weights), dtype)
    return _confusion(cast(true, "int32"), cast(guessed, "int32"), worth, int(num_classes))


def _squeezed(x: Any) -> Tensor:
    tensor = as_tensor(x)
    return tensor[..., 0] if tensor.ndim > 1 and tensor.shape[-1] == 1 else tensor


@op(3, "same", name="tf.math.confusion_matrix", differentiable=False, host="numpy")
def _confusion(true: Any, guessed: Any, worth: Any, count: int) -> Any:
    return at(jnp.zeros((count, count), worth.dtype))[true, guessed].add(jnp.broadcast_to(worth, true.shape))


def is_non_decreasing(x: Any, name: str | None = None) -> Tensor:
    """Whether no element is smaller than the one before."""
    return _rises(x, False)


def is_strictly_increasing(x: Any, name: str | None = None) -> Tensor:
    """Whether each element is larger than the one before."""
    return _rises(x, True)


@op(1, "strict_real", name="is_increasing", differentiable=False, host="numpy")
def _rises(x: Any, strictly: bool) -> Any:
    flat = x.reshape(-1)
    return jnp.all(flat[1:] > flat[:-1] if strictly else flat[1:] >= flat[:-1])


@op(1, "strict_float", name="l2_normalize", host="numpy")
def _unit(x: Any, axis: Any, epsilon: float) -> Any:
    squares = jnp.sum(jnp.square(jnp.abs(x)) if jnp.iscomplexobj(x) else jnp.square(x), axis, keepdims=True)
    return x * jax.lax.rsqrt(jnp.maximum(squares, np.asarray(epsilon, squares.dtype)))


def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None, dim: Any = None) -> Tensor:
    """x divided by its Euclidean norm along the axes (by default all)."""
    return _unit(x, plain_ints(dim if axis is None else axis), float(epsilon))


@op(1, _REAL)
def lbeta(x: Any) -> Any:
    """The logarithm of the beta function of the last axis."""
    return jnp.sum(special.gammaln(x), -1) - special.gammaln(jnp.sum(x, -1))


_complex = Op(lambda real, imag: jax.lax.complex(*jnp.broadcast_arrays(real, imag)), 2, _REAL, name="complex")


def complex(real: Any, imag: Any, name: str | None = None) -> Tensor:
    """Complex numbers of their real and imaginary parts."""
    return _complex(real, imag)
