"""Activations with arguments, as layers. Shapes: any, unchanged."""

from typing import Any

from hornbeam import activations, ops
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.layer import Layer


class BaseActivation(Layer):
    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.supports_masking = True


@registry.register("layer")
class ReLU(BaseActivation):
    """x above `threshold`, `negative_slope * (x - threshold)` below it, and never more than `max_value`."""

    def __init__(self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        for name, value in (("max_value", max_value), ("negative_slope", negative_slope), ("threshold", threshold)):
            if value is not None and value < 0:
                raise ArgumentError(f"ReLU: {name} is not negative; received {value}.")
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold

    def call(self, inputs: Tensor) -> Tensor:
        return activations.relu(inputs, negative_slope=self.negative_slope, max_value=self.max_value, threshold=self.threshold)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "max_value": self.max_value, "negative_slope": self.negative_slope, "threshold": self.threshold
        }


@registry.register("layer")
class LeakyReLU(BaseActivation):
    """x where positive, `negative_slope * x` where not."""

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any):
        super().__init__(**kwargs)
        self.negative_slope = negative_slope

    def call(self, inputs: Tensor) -> Tensor:
        return activations.leaky_relu(inputs, negative_slope=self.negative_slope)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "negative_slope": self.negative_slope}


@registry.register("layer")
class ELU(BaseActivation):
    """x where positive, `alpha * (exp(x) - 1)` where not (Clevert et al. 2016)."""

    def __init__(self, alpha: float = 1.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.alpha = alpha

    def call(self, inputs: Tensor) -> Tensor:
        return activations.elu(inputs, alpha=self.alpha)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "alpha": self.alpha}


@registry.register("layer")
class Softmax(BaseActivation):
    """`exp(x)` over its sum along an axis. A `mask` (True: keep) given in the call leaves elements out."""

    def __init__(self, axis: int = -1, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs: Tensor, mask: Any = None) -> Tensor:
        if mask is not None:
            inputs = ops.where(mask, inputs, ops.cast(-1e9 if inputs.dtype != "float16" else -3e4, inputs.dtype))
        return activations.softmax(inputs, axis=self.axis)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}
