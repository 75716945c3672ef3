"""The layers every network has: Dense, Flatten, Activation, Dropout and their kin."""

import math
from typing import Any

from hornbeam import activations, ops
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.layout import checked_format
from hornbeam.engine.rng import SeedGenerator
from hornbeam.engine.tensor import Tensor
from hornbeam.layers import options
from hornbeam.layers.layer import Layer, check_rank
from hornbeam.layers.quantized import Quantized
from hornbeam.ops import random as random_ops


def positive(layer: str, name: str, value: Any) -> int:
    """A size given to a layer, as an int of at least 1."""
    if isinstance(value, bool) or not isinstance(value, (int,)) and not hasattr(value, "__index__") or int(value) < 1:
        raise ArgumentError(f"{layer}: {name} is a positive whole number; received {value!r}.")
    return int(value)


@registry.register("layer")
class Dense(Quantized):
    """`activation(inputs @ kernel + bias)`, on the last axis.

    Args:
        units: the size of the output's last axis.
        activation: a name or function; None is linear.
        lora_rank, lora_alpha: freeze the kernel and train a product of two thin matrices beside it; see `enable_lora`.

    Shapes: (batch, ..., n) -> (batch, ..., units). Weights: kernel (n, units), bias (units,).
    """

    def __init__(
        self, units: int, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros", kernel_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None,
        kernel_constraint: Any = None, bias_constraint: Any = None, lora_rank: int | None = None, lora_alpha: float | None = None,
        **kwargs: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._set_lora(lora_rank, lora_alpha)
        self.units = positive("Dense", "units", units)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        options.keep(self, locals())
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        check_rank(self, input_shape, minimum=1)
        size = input_shape[-1]
        if size is None:
            raise ShapeError(f"Layer '{self.name}' (Dense) needs to know the size of its input's last axis; the shape is {input_shape}.")
        self.kernel = options.add(self, "kernel", (size, self.units))
        self.bias = options.add(self, "bias", (self.units,)) if self.use_bias else None
        self._quantize_when_built()
        self._lora_when_built()

    def _quantized_parts(self) -> dict[str, tuple[str, str]]:
        return {"kernel": ("io", "o")}

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        shape = inputs.shape
        if len(shape) < 2:
            check_rank(self, shape, minimum=2)
        if shape[-1] != self.kernel.shape[0]:
            raise ShapeError(
                f"Layer '{self.name}' (Dense) was built for inputs whose last axis has size {self.kernel.shape[0]}; it was called on "
                f"shape {tuple(shape)}."
            )
        fewer = self.quantization_mode is not None
        x = self._product("...i,io->...o", inputs) if fewer else ops.matmul(inputs, self._adapted(self.kernel))
        if self.bias is not None:
            x = self._biased(x, self.bias)
        return activations.get(self.activation)(x)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            **options.written(self),
            **self._lora_config(),
        }


@registry.register("layer")
class Flatten(Layer):
    """All axes but the batch in one. Shapes: (batch, a, b, ...) -> (batch, a*b*...)."""

    def __init__(self, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.data_format = checked_format("Flatten", data_format)

    def call(self, inputs: Tensor) -> Tensor:
        if self.data_format == "channels_first" and inputs.ndim > 2:
            inputs = ops.transpose(inputs, (0, *range(2, inputs.ndim), 1))
        return ops.reshape(inputs, (inputs.shape[0], math.prod(inputs.shape[1:])))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": self.data_format}


@registry.register("layer")
class Identity(Layer):
    """Its inputs, unchanged."""

    takes_ragged = True

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return inputs

    def get_config(self) -> dict[str, Any]:
        return super().get_config()  # all there is: a class without it is asked for its arguments


@registry.register("layer")
class Activation(Layer):
    """An activation function as a layer. Shapes: any, unchanged."""

    def __init__(self, activation: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)
        self.supports_masking = True

    def call(self, inputs: Tensor) -> Tensor:
        return activations.get(self.activation)(inputs)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "activation": activations.serialize(self.activation)}


@registry.register("layer")
class Dropout(Layer):
    """In training, sets a share `rate` of its inputs to zero and multiplies the others by 1/(1 - rate) (Srivastava et al. 2014).

    Args:
        rate: between 0 and 1.
        noise_shape: the shape of the mask, None for the inputs' size along an axis; shorter axes share their mask.
    """

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        if not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
            raise ArgumentError(f"Dropout: rate is a share between 0 and 1; received {rate!r}.")
        self.rate, self.noise_shape, self.seed = rate, None if noise_shape is None else tuple(noise_shape), seed
        self.supports_masking = True
        if rate:
            self.seed_generator = SeedGenerator(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training or not self.rate:
            return inputs
        return random_ops.dropout(inputs, self.rate, noise_shape=self.noise_shape, seed=self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate, "seed": self.seed, "noise_shape": self.noise_shape}
