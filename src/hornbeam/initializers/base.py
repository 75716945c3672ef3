"""What every initializer is: a rule that fills a new weight of a given shape."""

from typing import Any

import numpy as np

from hornbeam import ops as _ops  # noqa: F401  (Tensors have their operators)
from hornbeam.engine import dtypes, registry
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor, place, wrap


class Initializer:
    """Base of initializers. A subclass gives `__call__`, or `draw`, which answers with a float64 or float32 NumPy array.

    Weights are drawn on the host by NumPy: a compiled random program would cost more than the draw.
    """

    def draw(self, shape: tuple[int, ...]) -> np.ndarray:
        raise NotImplementedError(f"{type(self).__name__} needs a method `draw(shape)` or `__call__(shape, dtype=None)`.")

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Tensor:
        """A tensor of `shape`, of type `dtype` (the default float type when None)."""
        values = self.draw(checked_shape(shape, type(self).__name__))
        return wrap(place(np.array(values, dtypes.standardize(dtype).numpy)))

    def get_config(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Initializer":
        return cls(**config)

    def clone(self) -> "Initializer":
        """A new initializer of the same configuration."""
        return type(self).from_config(self.get_config())


def checked_shape(shape: Any, who: str) -> tuple[int, ...]:
    sizes = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    if any(size is None or int(size) < 0 for size in sizes):
        raise ArgumentError(f"{who} fills arrays of known, non-negative sizes; it was asked for shape {sizes}.")
    return tuple(int(size) for size in sizes)


def get(identifier: Any) -> Any:
    """The initializer that a name, a config, a class, an array or a function `(shape, dtype)` stands for; None stays None."""
    if hasattr(identifier, "__array__") and not isinstance(identifier, type):
        return _from_array(np.asarray(identifier))
    return registry.resolve("initializer", identifier)


def _from_array(values: np.ndarray) -> Any:
    def given(shape: Any, dtype: Any = None) -> Tensor:
        if tuple(shape) != values.shape:
            raise ArgumentError(f"The array given as initializer has shape {values.shape}; the weight has shape {tuple(shape)}.")
        return Tensor(values, dtype)

    return given


def serialize(initializer: Any) -> Any:
    """The configuration `deserialize` reads."""
    return registry.to_config(initializer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The initializer that `serialize` described."""
    with registry.custom_object_scope(custom_objects or {}):
        return registry.resolve("initializer", config)
