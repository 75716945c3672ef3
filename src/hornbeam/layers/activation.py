"""Activations with arguments, as layers. Shapes: any, unchanged."""

from typing import Any

from hornbeam import activations, constraints, initializers, ops, regularizers
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
class PReLU(BaseActivation):
    """x where positive, `alpha * x` where not, with a learned alpha for each element of an example (He et al. 2015).

    Args:
        shared_axes: axes along which all elements share their alpha, counted from 1, the first after the batch.
    """

    def __init__(
        self, alpha_initializer: Any = "Zeros", alpha_regularizer: Any = None, alpha_constraint: Any = None, shared_axes: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer, self.alpha_constraint = regularizers.get(alpha_regularizer), constraints.get(alpha_constraint)
        self.shared_axes = None if shared_axes is None else list(shared_axes) if isinstance(shared_axes, (list, tuple)) else [shared_axes]

    def build(self, input_shape: Any) -> None:
        if not set(self.shared_axes or ()) <= set(range(1, len(input_shape))):
            raise ArgumentError(f"PReLU: shared_axes are 1 to {len(input_shape) - 1}; received {self.shared_axes}.")
        shape = tuple(1 if axis in (self.shared_axes or ()) else size for axis, size in enumerate(input_shape))[1:]
        self.alpha = self.add_weight(
            shape, self.alpha_initializer, regularizer=self.alpha_regularizer, constraint=self.alpha_constraint, name="alpha"
        )

    def call(self, inputs: Tensor) -> Tensor:
        return ops.relu(inputs) - self.alpha * ops.relu(-inputs)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "alpha_initializer": initializers.serialize(self.alpha_initializer),
            "alpha_regularizer": regularizers.serialize(self.alpha_regularizer),
            "alpha_constraint": constraints.serialize(self.alpha_constraint), "shared_axes": self.shared_axes,
        }


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
            lowest = ops.cast(-1e9 if inputs.dtype != "float16" else -3e4, inputs.dtype)
            found = activations.softmax(ops.where(mask, inputs, lowest), axis=self.axis)
            return ops.where(mask, found, ops.cast(0, inputs.dtype))  # all zeros where all is left out
        return activations.softmax(inputs, axis=self.axis)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}
