"""Penalties on weights, added to the loss."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.engine import registry
from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.registry import register
from hornbeam.engine.tensor import Tensor


@op(rule="float")
def _weighted_norms(x: Any, l1: float, l2: float) -> Any:
    """`l1 * sum(|x|) + l2 * sum(x^2)`, without the term whose factor is 0."""
    total = jnp.zeros((), x.dtype)
    if l1:
        total = total + l1 * jnp.sum(jnp.abs(x))
    return total + l2 * jnp.sum(jnp.square(x)) if l2 else total


@op(rule="float")
def _overlap(x: Any, factor: float, rows: bool) -> Any:
    x = x if rows else x.T
    x = x / jnp.maximum(jnp.linalg.norm(x, axis=1, keepdims=True), jnp.asarray(1e-12, x.dtype))
    size = x.shape[0]
    products = x @ x.T * (1 - jnp.eye(size, dtype=x.dtype))
    return factor * 0.5 * jnp.sum(jnp.abs(products)) / max(size * (size - 1) / 2, 1.0)


class Regularizer:
    """Base of regularizers: `__call__(x)` answers with a scalar penalty for the weight `x`."""

    def __call__(self, x: Any) -> Any:
        return 0.0

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError(f"{type(self).__name__} needs a `get_config` method to be saved.")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Regularizer":
        return cls(**config)


@register("regularizer", "l1l2")
class L1L2(Regularizer):
    """`l1 * sum(|x|) + l2 * sum(x^2)`."""

    def __init__(self, l1: float | None = 0.0, l2: float | None = 0.0):
        self.l1, self.l2 = _factor("l1", l1), _factor("l2", l2)

    def __call__(self, x: Any) -> Tensor:
        return _weighted_norms(x, self.l1, self.l2)

    def get_config(self) -> dict[str, Any]:
        return {"l1": self.l1, "l2": self.l2}


@register("regularizer", "l1")
class L1(Regularizer):
    """`l1 * sum(|x|)`."""

    def __init__(self, l1: float | None = 0.01):
        self.l1 = _factor("l1", 0.01 if l1 is None else l1)

    def __call__(self, x: Any) -> Tensor:
        return _weighted_norms(x, self.l1, 0.0)

    def get_config(self) -> dict[str, Any]:
        return {"l1": self.l1}


@register("regularizer", "l2")
class L2(Regularizer):
    """`l2 * sum(x^2)`."""

    def __init__(self, l2: float | None = 0.01):
        self.l2 = _factor("l2", 0.01 if l2 is None else l2)

    def __call__(self, x: Any) -> Tensor:
        return _weighted_norms(x, 0.0, self.l2)

    def get_config(self) -> dict[str, Any]:
        return {"l2": self.l2}


@register("regularizer", "orthogonal_regularizer")
class OrthogonalRegularizer(Regularizer):
    """`factor` times the mean absolute cosine between the rows (or columns) of a matrix.

    Args:
        factor: the weight of the penalty.
        mode: 'rows' or 'columns'.
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows"):
        if mode not in ("rows", "columns"):
            raise ArgumentError(f"OrthogonalRegularizer: mode is 'rows' or 'columns'; received {mode!r}.")
        self.factor, self.mode = _factor("factor", factor), mode

    def __call__(self, x: Any) -> Tensor:
        if len(x.shape) != 2:
            raise ArgumentError(f"OrthogonalRegularizer needs a matrix; this weight has shape {tuple(x.shape)}.")
        return _overlap(x, self.factor, self.mode == "rows")

    def get_config(self) -> dict[str, Any]:
        return {"factor": self.factor, "mode": self.mode}


def _factor(name: str, value: Any) -> float:
    value = 0.0 if value is None else value
    if not isinstance(value, (int, float, np.number)) or isinstance(value, bool) or not 0 <= value < np.inf:
        raise ArgumentError(f"The regularization factor {name} is a number, 0 or larger; received {value!r}.")
    return float(value)


def get(identifier: Any) -> Any:
    """The regularizer that a name ('l2'), a config, a class or a function of a weight stands for; None stays None."""
    return registry.resolve("regularizer", identifier)


def serialize(regularizer: Any) -> Any:
    """The configuration `deserialize` reads."""
    return registry.to_config(regularizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The regularizer that `serialize` described."""
    with registry.custom_object_scope(custom_objects or {}):
        return registry.resolve("regularizer", config)
