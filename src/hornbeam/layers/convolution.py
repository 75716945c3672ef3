"""Convolutions."""

from typing import Any

from hornbeam import activations, constraints, initializers, ops, regularizers
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.core import positive
from hornbeam.layers.layer import Layer, check_rank


def per_axis(layer: str, name: str, value: Any, rank: int) -> tuple[int, ...]:
    """An argument given as one number or one for each spatial axis, as a tuple."""
    values = (value,) * rank if not isinstance(value, (list, tuple)) else tuple(value)
    if len(values) != rank:
        raise ArgumentError(f"{layer}: {name} is a number or {rank} of them; received {value!r}.")
    return tuple(positive(layer, name, v) for v in values)


def checked_padding(layer: str, padding: Any, allowed: tuple[str, ...] = ("valid", "same")) -> str:
    found = padding.lower() if isinstance(padding, str) else padding
    if found not in allowed:
        raise ArgumentError(f"{layer}: padding is {' or '.join(map(repr, allowed))}; received {padding!r}.")
    return found


def checked_format(layer: str, data_format: Any) -> str:
    if data_format not in (None, "channels_last", "channels_first"):
        raise ArgumentError(f"{layer}: data_format is 'channels_last' or 'channels_first'; received {data_format!r}.")
    return data_format or "channels_last"


class BaseConv(Layer):
    """Convolution over `rank` spatial axes. Weights: kernel (*kernel_size, channels / groups, filters), bias (filters,)."""

    def __init__(
        self, rank: int, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", data_format: str | None = None,
        dilation_rate: Any = 1, groups: int = 1, activation: Any = None, use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        kind = type(self).__name__
        self.rank, self.filters, self.groups = rank, positive(kind, "filters", filters), positive(kind, "groups", groups)
        self.kernel_size = per_axis(kind, "kernel_size", kernel_size, rank)
        self.strides, self.dilation_rate = per_axis(kind, "strides", strides, rank), per_axis(kind, "dilation_rate", dilation_rate, rank)
        self.padding, self.data_format = checked_padding(kind, padding), checked_format(kind, data_format)
        if self.filters % self.groups:
            raise ArgumentError(f"{kind}: filters ({filters}) must be divisible by groups ({groups}).")
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ArgumentError(f"{kind}: strides and dilation_rate cannot both be above 1; received {strides} and {dilation_rate}.")
        self.activation, self.use_bias = activations.get(activation), use_bias
        self.kernel_initializer, self.bias_initializer = initializers.get(kernel_initializer), initializers.get(bias_initializer)
        self.kernel_regularizer, self.bias_regularizer = regularizers.get(kernel_regularizer), regularizers.get(bias_regularizer)
        self.kernel_constraint, self.bias_constraint = constraints.get(kernel_constraint), constraints.get(bias_constraint)

    def build(self, input_shape: Any) -> None:
        check_rank(self, input_shape, exact=self.rank + 2)
        channels = input_shape[-1 if self.data_format == "channels_last" else 1]
        if channels is None:
            raise ShapeError(f"Layer '{self.name}' needs to know its input's number of channels; the shape is {tuple(input_shape)}.")
        if channels % self.groups:
            raise ShapeError(f"Layer '{self.name}': the input's {channels} channels cannot be divided into {self.groups} groups.")
        self._channels = channels
        self.kernel = self.add_weight(
            (*self.kernel_size, channels // self.groups, self.filters), self.kernel_initializer, regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint, name="kernel",
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                (self.filters,), self.bias_initializer, regularizer=self.bias_regularizer, constraint=self.bias_constraint, name="bias"
            )

    def call(self, inputs: Tensor) -> Tensor:
        self._check(inputs)
        x = ops.conv(inputs, self.kernel, self.strides, self.padding, self.data_format, self.dilation_rate)
        if self.bias is not None:
            bias: Any = self.bias
            if self.data_format == "channels_first":
                bias = ops.reshape(bias, (1, self.filters, *(1,) * self.rank))
            x = ops.add(x, bias)
        return self.activation(x)

    def _check(self, inputs: Tensor) -> None:
        check_rank(self, inputs.shape, exact=self.rank + 2)
        last = self.data_format == "channels_last"
        channels = inputs.shape[-1 if last else 1]
        if channels != self._channels:
            raise ShapeError(
                f"Layer '{self.name}' ({type(self).__name__}) was built for {self._channels} channels ({self.data_format}); it was called "
                f"on shape {tuple(inputs.shape)}, which has {channels}."
            )
        spatial = inputs.shape[1:-1] if last else inputs.shape[2:]
        reach = [(k - 1) * d + 1 for k, d in zip(self.kernel_size, self.dilation_rate, strict=True)]
        if self.padding == "valid" and any(size < r for size, r in zip(spatial, reach, strict=True)):
            raise ShapeError(
                f"Layer '{self.name}': a window of {tuple(reach)} does not fit into an input of {tuple(spatial)} (shape {tuple(inputs.shape)}). "
                "Use padding='same', a smaller kernel_size, or fewer layers that shrink the image."
            )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
            "groups": self.groups,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
            "bias_constraint": constraints.serialize(self.bias_constraint),
        }


@registry.register("layer", "Convolution2D")
class Conv2D(BaseConv):
    """Convolution over images.

    Args:
        filters: the number of output channels.
        kernel_size, strides, dilation_rate: an int, or (height, width).
        padding: 'valid' (none) or 'same' (as large as the input, over the strides).
        data_format: 'channels_last' (batch, height, width, channels) or 'channels_first'.
        groups: the channels are divided into so many groups, each convolved by itself.

    Weights: kernel (height, width, channels / groups, filters), bias (filters,).
    """

    def __init__(self, filters: int, kernel_size: Any, strides: Any = (1, 1), padding: str = "valid", data_format: str | None = None,
                 dilation_rate: Any = (1, 1), groups: int = 1, activation: Any = None, use_bias: bool = True, **kwargs: Any):
        super().__init__(2, filters, kernel_size, strides, padding, data_format, dilation_rate, groups, activation, use_bias, **kwargs)
