"""Constraints: where a weight is moved to after each optimizer step."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes, registry
from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.registry import register
from hornbeam.engine.tensor import Tensor


@op()
def _non_negative(w: Any) -> Any:
    return w * (w >= 0).astype(w.dtype)


@op()
def _bounded_norm(w: Any, low: float, high: float, rate: float, axis: Any, epsilon: float) -> Any:
    """`w` rescaled so that its norms along `axis` are a step of `rate` nearer to [low, high]."""
    norms = jnp.sqrt(jnp.sum(jnp.square(w), axis=axis, keepdims=True))
    wanted = jnp.clip(norms, low, high)
    if rate != 1.0:
        wanted = rate * wanted + (1 - rate) * norms
    return w * (wanted / (norms + epsilon))


class Constraint:
    """Base of constraints: `__call__(w)` answers with the weight that takes `w`'s place."""

    def __call__(self, w: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} needs a `__call__(w)` method.")

    def get_config(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Constraint":
        return cls(**config)


@register("constraint", "non_neg")
class NonNeg(Constraint):
    """Negative weights become 0."""

    def __call__(self, w: Any) -> Tensor:
        return _non_negative(w)


@register("constraint", "max_norm")
class MaxNorm(Constraint):
    """Norms along `axis` are at most `max_value` (Srivastava et al. 2014).

    Args:
        axis: 0 for a Dense kernel (the norm of each unit's inputs), [0, 1, 2] for a Conv2D kernel.
    """

    def __init__(self, max_value: float = 2, axis: Any = 0):
        self.max_value, self.axis = max_value, axis

    def __call__(self, w: Any) -> Tensor:
        return _bounded_norm(w, 0.0, float(self.max_value), 1.0, _axes(self.axis), dtypes.epsilon())

    def get_config(self) -> dict[str, Any]:
        return {"max_value": self.max_value, "axis": self.axis}


@register("constraint", "unit_norm")
class UnitNorm(Constraint):
    """Norms along `axis` are 1."""

    def __init__(self, axis: Any = 0):
        self.axis = axis

    def __call__(self, w: Any) -> Tensor:
        return _bounded_norm(w, 1.0, 1.0, 1.0, _axes(self.axis), dtypes.epsilon())

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis}


@register("constraint", "min_max_norm")
class MinMaxNorm(Constraint):
    """Norms along `axis` lie between `min_value` and `max_value`.

    Args:
        rate: how much of the way to go at each step, 0 to 1.
    """

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0):
        if min_value > max_value:
            raise ArgumentError(f"MinMaxNorm: min_value ({min_value}) is larger than max_value ({max_value}).")
        self.min_value, self.max_value, self.rate, self.axis = min_value, max_value, rate, axis

    def __call__(self, w: Any) -> Tensor:
        low, high, rate = float(self.min_value), float(self.max_value), float(self.rate)
        return _bounded_norm(w, low, high, rate, _axes(self.axis), dtypes.epsilon())

    def get_config(self) -> dict[str, Any]:
        return {"min_value": self.min_value, "max_value": self.max_value, "rate": self.rate, "axis": self.axis}


def _axes(axis: Any) -> Any:
    return int(axis) if isinstance(axis, (int, np.integer)) else tuple(int(each) for each in axis)


def get(identifier: Any) -> Any:
    """The constraint that a name ('non_neg'), a config, a class or a function of a weight stands for; None stays None."""
    return registry.resolve("constraint", identifier)


def serialize(constraint: Any) -> Any:
    """The configuration `deserialize` reads."""
    return registry.to_config(constraint)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The constraint that `serialize` described."""
    with registry.custom_object_scope(custom_objects or {}):
        return registry.resolve("constraint", config)
