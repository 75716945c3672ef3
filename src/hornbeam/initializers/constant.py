"""Initializers that draw nothing."""

from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.registry import register
from hornbeam.initializers.base import Initializer


@register("initializer", "zeros", "zero")
class Zeros(Initializer):
    """All zeros."""

    def draw(self, shape: tuple[int, ...]) -> np.ndarray:
        return np.zeros(shape, np.float32)


@register("initializer", "ones", "one")
class Ones(Initializer):
    """All ones."""

    def draw(self, shape: tuple[int, ...]) -> np.ndarray:
        return np.ones(shape, np.float32)


@register("initializer", "constant")
class Constant(Initializer):
    """All one value.

    Args:
        value: a number, or an array that broadcasts to the weight's shape.
    """

    def __init__(self, value: Any = 0.0):
        self.value = value

    def draw(self, shape: tuple[int, ...]) -> np.ndarray:
        try:
            return np.broadcast_to(np.asarray(self.value), shape)
        except ValueError:
            raise ArgumentError(f"Constant({self.value!r}) does not fill a weight of shape {shape}.") from None

    def get_config(self) -> dict[str, Any]:
        value = self.value
        return {"value": np.asarray(value).tolist() if hasattr(value, "__array__") else value}


@register("initializer", "IdentityInitializer", "identity")
class Identity(Initializer):
    """The identity matrix times `gain`; ones on the diagonal of a matrix that is not square. Two dimensions only."""

    def __init__(self, gain: float = 1.0):
        self.gain = gain

    def draw(self, shape: tuple[int, ...]) -> np.ndarray:
        if len(shape) != 2:
            raise ArgumentError(f"Identity fills matrices, weights of two dimensions; this weight has shape {shape}.")
        return self.gain * np.eye(*shape)

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain} if self.gain != 1.0 else {}


IdentityInitializer = Identity
