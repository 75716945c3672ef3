"""Activations: the operations layers are given by name, with Keras's defaults."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam import ops
from hornbeam.engine import registry
from hornbeam.engine.door import op
from hornbeam.engine.errors import DtypeError
from hornbeam.engine.registry import register
from hornbeam.engine.tensor import Tensor
from hornbeam.ops import (
    celu,
    elu,
    glu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_tanh,
    leaky_relu,
    log_sigmoid,
    log_softmax,
    relu6,
    selu,
    sigmoid,
    silu,
    soft_shrink,
    softmax,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    tanh,
    tanh_shrink,
    threshold,
)


def _relu(xp: Any, x: Any, negative_slope: float, max_value: float | None, threshold: float) -> Any:
    zero = x.dtype.type(0)
    if threshold == 0:
        positive = xp.maximum(x, zero)
    else:
        positive = xp.where(x > threshold, x, zero)
    if max_value is not None:
        positive = xp.minimum(positive, x.dtype.type(max_value))
    if not negative_slope:
        return positive
    return positive - x.dtype.type(negative_slope) * xp.maximum(x.dtype.type(threshold) - x, zero)


def _relu_host(x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    return _relu(np, x, negative_slope, max_value, threshold)


@register("activation")
@op(host=_relu_host, name="activations.relu")
def relu(x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """`max(x, 0)`; in general `x` above `threshold` and at most `max_value`, `negative_slope * (x - threshold)` below."""
    if not negative_slope and max_value is None and threshold == 0:
        return ops.relu.function(x)
    return _relu(jnp, x, negative_slope, max_value, threshold)


for _function in (relu, leaky_relu):
    _function.renamed["alpha"] = "negative_slope"  # as Keras 2 called it


@register("activation")
@op(rule="float", name="activations.gelu")
def gelu(x: Any, approximate: bool = False) -> Any:
    """`x` times the normal distribution's cumulative function (Hendrycks and Gimpel 2016), exact unless `approximate`."""
    return ops.gelu.function(x, approximate)


@register("activation")
@op(rule="float")
def mish(x: Any) -> Any:
    """`x * tanh(softplus(x))` (Misra 2019)."""
    return x * jnp.tanh(ops.softplus.function(x))


@register("activation")
def exponential(x: Any) -> Tensor:
    """e^x."""
    return ops.exp(x)


@register("activation")
def linear(x: Any) -> Any:
    """`x` itself."""
    return x


hard_swish = hard_silu
swish = silu
for _function in (
    celu, elu, glu, hard_shrink, hard_sigmoid, hard_tanh, leaky_relu, log_sigmoid, log_softmax, relu6, selu, sigmoid,
    soft_shrink, softmax, softplus, softsign, sparse_plus, sparse_sigmoid, sparsemax, squareplus, tanh, tanh_shrink, threshold,
):  # fmt: skip
    register("activation")(_function)
register("activation", "swish")(silu)
register("activation", "hard_swish")(hard_silu)


def get(identifier: Any) -> Any:
    """The function that a name ('relu'), a config, a layer or a function stands for; None is `linear`."""
    if identifier is None:
        return linear
    found = registry.resolve("activation", identifier)
    if not callable(found):
        raise DtypeError(f"An activation is given by name, as a function or as a layer; received {identifier!r}.")
    return found


def serialize(activation: Any) -> Any:
    """The name (or, for a layer, the configuration) that `deserialize` reads."""
    return registry.to_config(activation)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The function that `serialize` described."""
    with registry.custom_object_scope(custom_objects or {}):
        return get(config)
