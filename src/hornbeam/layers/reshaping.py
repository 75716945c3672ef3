"""Layers that move numbers about."""

import math
from typing import Any

from hornbeam import ops
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.core import positive
from hornbeam.layers.layer import Layer, check_rank


@registry.register("layer")
class Reshape(Layer):
    """Another shape for each example.

    Args:
        target_shape: without the batch; one size may be -1, which is found from the others.
    """

    def __init__(self, target_shape: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.target_shape = (target_shape,) if isinstance(target_shape, int) else tuple(int(size) for size in target_shape)
        if self.target_shape.count(-1) > 1:
            raise ArgumentError(f"Reshape: at most one size is -1; received {self.target_shape}.")

    def call(self, inputs: Tensor) -> Tensor:
        size = math.prod(inputs.shape[1:])
        known = math.prod(n for n in self.target_shape if n != -1)
        if (known != size) if -1 not in self.target_shape else (not known or size % known):
            raise ShapeError(
                f"Layer '{self.name}' (Reshape) cannot make {self.target_shape} of shape {tuple(inputs.shape)}: "
                f"each example has {size} numbers, the target {known if -1 not in self.target_shape else f'a multiple of {known}'}."
            )
        return ops.reshape(inputs, (inputs.shape[0], *(size // known if n == -1 else n for n in self.target_shape)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "target_shape": self.target_shape}


@registry.register("layer")
class Permute(Layer):
    """The axes of each example in another order, counted from 1: `Permute((2, 1))` swaps the first two."""

    def __init__(self, dims: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ArgumentError(f"Permute: dims is the numbers 1 to {len(self.dims)} in some order; received {dims}.")

    def call(self, inputs: Tensor) -> Tensor:
        check_rank(self, inputs.shape, exact=len(self.dims) + 1)
        return ops.transpose(inputs, (0, *self.dims))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dims": self.dims}


@registry.register("layer")
class RepeatVector(Layer):
    """Each example `n` times: (batch, features) -> (batch, n, features)."""

    def __init__(self, n: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.n = positive("RepeatVector", "n", n)

    def call(self, inputs: Tensor) -> Tensor:
        check_rank(self, inputs.shape, exact=2)
        return ops.repeat(ops.expand_dims(inputs, 1), self.n, axis=1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "n": self.n}
