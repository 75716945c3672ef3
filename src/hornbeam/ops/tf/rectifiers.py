"""Activations as tf.nn spells them: `features` or `logits`, types not promoted."""

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.engine.composite import composite
from hornbeam.engine.door import cast, op
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.ops import activation, elementwise

relu = activation.relu.spelled("strict_real", features="x")
relu6 = activation.relu6.spelled("strict_real", features="x")
elu = activation.elu.spelled("strict_real_float", features="x")
selu = activation.selu.spelled("strict_real_float", features="x")
softplus = activation.softplus.spelled("strict_real_float", features="x")
softsign = activation.softsign.spelled("strict_real_float", features="x")
sigmoid = activation.sigmoid.spelled("strict_float")
tanh = elementwise.tanh.spelled("strict_float")
log_sigmoid = activation.log_sigmoid.spelled("strict_real_float")
_leaky = activation.leaky_relu.spelled("strict_real_float")
_gelu = activation.gelu.spelled("strict_real_float")
_softmax = activation.softmax.spelled("strict_real_float")
_log_softmax = activation.log_softmax.spelled("strict_real_float")


def leaky_relu(features: Any, alpha: float = 0.2, name: str | None = None) -> Tensor:
    """x, times `alpha` where it is negative; integers become float32."""
    x = as_tensor(features)
    return _leaky(cast(x, "float32") if x.dtype.is_integer else x, float(alpha))


def gelu(features: Any, approximate: bool = False, name: str | None = None) -> Tensor:
    """x times the normal distribution's cumulative function (Hendrycks and Gimpel 2016), by tanh when `approximate`."""
    x = as_tensor(features)
    if not x.dtype.is_floating:
        raise ArgumentError(f"tf.nn.gelu: `features.dtype` must be a floating point tensor; received {x.dtype.name}. Cast it first.")
    return _gelu(x, bool(approximate))


@op(2, "strict_float", name="tf.nn.silu")
def _silu(x: Any, beta: Any) -> Any:
    return x * jax.nn.sigmoid(beta * x)


def silu(features: Any, beta: Any = 1.0) -> Tensor:
    """x * sigmoid(beta * x) (Elfwing et al. 2017); also called swish."""
    return _silu(features, beta)


def _axis(name: str, x: Any, axis: Any) -> tuple[Tensor, int]:
    x = as_tensor(x)
    if not x.ndim:
        raise ShapeError(f"tf.nn.{name}: the logits have at least one axis; received a scalar.")
    axis = -1 if axis is None else int(axis)
    if not -x.ndim <= axis < x.ndim:
        raise ShapeError(f"tf.nn.{name}: axis {axis} is not one of a tensor of {x.ndim} axes (from {-x.ndim} to {x.ndim - 1}).")
    return x, axis


@composite
def softmax(logits: Any, axis: Any = None, name: str | None = None) -> Tensor:
    """e^x over its sum along the axis, by default the last."""
    return _softmax(*_axis("softmax", logits, axis))


def log_softmax(logits: Any, axis: Any = None, name: str | None = None) -> Tensor:
    """log(softmax(x)) without overflow."""
    return _log_softmax(*_axis("log_softmax", logits, axis))


@op(1, "strict_real", name="tf.nn.crelu")
def _crelu(x: Any, axis: int) -> Any:
    return jax.nn.relu(jnp.concatenate([x, -x], axis))


def crelu(features: Any, axis: int = -1, name: str | None = None) -> Tensor:
    """max(x, 0) and max(-x, 0), side by side along the axis (Shang et al. 2016)."""
    return _crelu(features, int(axis))

