"""Activation formulas, with Keras's names and constants."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine.door import op
from hornbeam.ops._rows import in_float32, number, unary


def _sigmoid_host(x: Any) -> Any:
    return np.reciprocal(1 + np.exp(-x))


def _softmax_host(x: Any, axis: Any = -1) -> Any:
    e = np.exp(x - np.max(x, axis, keepdims=True))
    return e / np.sum(e, axis, keepdims=True)


relu = unary("relu", "max(x, 0).", jax.nn.relu, lambda x: np.maximum(x, 0), number)
relu6 = unary("relu6", "min(max(x, 0), 6).", lambda x: jax.nn.relu6(x).astype(x.dtype), lambda x: np.clip(x, 0, 6), number)
sigmoid = unary("sigmoid", "1 / (1 + e^-x).", jax.nn.sigmoid, _sigmoid_host, "float")
softplus = unary("softplus", "log(1 + e^x).", jax.nn.softplus, lambda x: np.logaddexp(x, x.dtype.type(0)), "float")
softsign = unary("softsign", "x / (1 + |x|).", jax.nn.soft_sign, lambda x: x / (1 + np.abs(x)), "float")
silu = unary("silu", "x * sigmoid(x).", jax.nn.silu, lambda x: x * _sigmoid_host(x), "float")
swish = silu
log_sigmoid = unary("log_sigmoid", "log(sigmoid(x)).", jax.nn.log_sigmoid, None, "float")
hard_sigmoid = unary("hard_sigmoid", "relu6(x + 3) / 6.", jax.nn.hard_sigmoid, None, "float")
hard_silu = unary("hard_silu", "x * hard_sigmoid(x).", jax.nn.hard_silu, None, "float")
hard_swish = hard_silu
hard_tanh = unary("hard_tanh", "x between -1 and 1.", jax.nn.hard_tanh, None, "float")
tanh_shrink = unary("tanh_shrink", "x - tanh(x).", lambda x: x - jnp.tanh(x), None, "float")
selu = unary("selu", "Scaled ELU (Klambauer et al. 2017), which keeps mean 0 and variance 1.", jax.nn.selu, None, "float")
sparse_plus = unary("sparse_plus", "0 below -1, x above 1, (x + 1)^2 / 4 between.", jax.nn.sparse_plus, None, "float")
sparse_sigmoid = unary("sparse_sigmoid", "(x + 1) / 2 brought between 0 and 1.", jax.nn.sparse_sigmoid, None, "float")


@op(1, "float", host=in_float32(lambda x, negative_slope=0.2: np.where(x >= 0, x, np.multiply(x, negative_slope))))
def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """x, times `negative_slope` where it is negative."""
    return jax.nn.leaky_relu(x, negative_slope)


@op(1, "float", host="numpy")
def elu(x: Any, alpha: float = 1.0) -> Any:
    """x, and alpha * (e^x - 1) where it is negative (Clevert et al. 2015)."""
    return jax.nn.elu(x, alpha)


@op(1, "float")
def celu(x: Any, alpha: float = 1.0) -> Any:
    """x, and alpha * (e^(x / alpha) - 1) where it is negative (Barron 2017)."""
    return jax.nn.celu(x, alpha)


@op(1, "float", host="numpy")
def gelu(x: Any, approximate: bool = True) -> Any:
    """x times the normal distribution's cumulative function (Hendrycks and Gimpel 2016), by tanh when `approximate`."""
    return jax.nn.gelu(x, approximate)


@op(1, "float")
def glu(x: Any, axis: int = -1) -> Any:
    """The first half along the axis times the sigmoid of the second (Dauphin et al. 2016)."""
    return jax.nn.glu(x, axis)


@op(1, "float")
def squareplus(x: Any, b: float = 4) -> Any:
    """(x + sqrt(x^2 + b)) / 2 (Barron 2021)."""
    return jax.nn.squareplus(x, b)


@op(1, "float", host="numpy")
def hard_shrink(x: Any, threshold: float = 0.5) -> Any:
    """0 where |x| <= threshold, else x."""
    return jnp.where(jnp.abs(x) > threshold, x, 0)


@op(1, "float", host="numpy")
def soft_shrink(x: Any, threshold: float = 0.5) -> Any:
    """x moved towards 0 by `threshold`, and 0 where it would pass it."""
    return jnp.sign(x) * jnp.maximum(jnp.abs(x) - threshold, 0)


@op(1, "same", host="numpy")
def threshold(x: Any, threshold: float, default_value: float) -> Any:
    """x where it exceeds `threshold`, else `default_value`."""
    return jnp.where(x > threshold, x, jnp.asarray(default_value, x.dtype))


@op(1, "float", host=in_float32(_softmax_host))
def softmax(x: Any, axis: Any = -1) -> Any:
    """e^x over its sum along the axis (or axes)."""
    return jax.nn.softmax(x, axis)


@op(1, "float", host="numpy")
def log_softmax(x: Any, axis: Any = -1) -> Any:
    """log(softmax(x)) without overflow."""
    return jax.nn.log_softmax(x, axis)


@op(1, "float")
def sparsemax(x: Any, axis: int = -1) -> Any:
    """The point of the probability simplex nearest to x (Martins and Astudillo 2016)."""
    x = jnp.moveaxis(x, axis, -1)
    ordered = -jnp.sort(-x, -1)
    counts = jnp.arange(1, x.shape[-1] + 1, dtype=x.dtype)
    sums = jnp.cumsum(ordered, -1, x.dtype)
    support = 1 + counts * ordered > sums
    k = jnp.sum(support, -1, jnp.int32, keepdims=True)
    tau = (jnp.take_along_axis(sums, k - 1, -1) - 1) / k.astype(x.dtype)
    return jnp.moveaxis(jnp.maximum(x - tau, 0), -1, axis)
