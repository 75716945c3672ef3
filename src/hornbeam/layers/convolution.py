"""Convolutions."""

from typing import Any

from hornbeam import activations, ops, regularizers
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.layout import checked_format
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.layers import options
from hornbeam.layers.core import positive
from hornbeam.layers.layer import Layer, check_rank
from hornbeam.layers.lora import Lora


def per_axis(layer: str, name: str, value: Any, rank: int, least: int = 1) -> tuple[int, ...]:
    """An argument given as one number or one for each spatial axis, as a tuple."""
    values = tuple(value) if isinstance(value, (list, tuple)) or getattr(value, "ndim", 0) == 1 else (value,) * rank
    if len(values) != rank:
        raise ArgumentError(f"{layer}: {name} is a number or {rank} of them; received {value!r}.")
    return tuple(0 if least == 0 == v else positive(layer, name, v) for v in values)


def checked_padding(layer: str, padding: Any, allowed: tuple[str, ...] = ("valid", "same")) -> str:
    found = padding.lower() if isinstance(padding, str) else padding
    if found not in allowed:
        raise ArgumentError(f"{layer}: padding is {' or '.join(map(repr, allowed))}; received {padding!r}.")
    return found


class Windows(Layer):
    """What all convolutions share: windows over `rank` spatial axes, a bias and an activation.

    `parts` are the weights; each has an `_initializer`, a `_regularizer` and a `_constraint` among the arguments.
    """

    rank: int
    parts: tuple[str, ...] = ("kernel", "bias")
    paddings: tuple[str, ...] = ("valid", "same")
    bias: Any

    def __init__(
        self, kernel_size: Any, strides: Any, padding: str, data_format: str | None, dilation_rate: Any, activation: Any,
        use_bias: bool, activity_regularizer: Any, parts: dict[str, Any], **kwargs: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        kind, rank = type(self).__name__, self.rank
        self.kernel_size, self.strides = per_axis(kind, "kernel_size", kernel_size, rank), per_axis(kind, "strides", strides, rank)
        self.dilation_rate = per_axis(kind, "dilation_rate", dilation_rate, rank)
        self.padding, self.data_format = checked_padding(kind, padding, self.paddings), checked_format(kind, data_format)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ArgumentError(f"{kind}: strides and dilation_rate cannot both be above 1; received {strides} and {dilation_rate}.")
        self.activation, self.use_bias = activations.get(activation), use_bias
        options.keep(self, parts, self.parts)

    def _channels_of(self, input_shape: Any) -> int:
        check_rank(self, input_shape, exact=self.rank + 2)
        channels = input_shape[-1 if self.data_format == "channels_last" else 1]
        if channels is None:
            raise ShapeError(f"Layer '{self.name}' needs to know its input's number of channels; the shape is {tuple(input_shape)}.")
        self._channels = channels
        return channels

    def _add(self, part: str, shape: tuple[int, ...], name: str | None = None) -> Any:
        return options.add(self, part, shape, name=name or part)

    def call(self, inputs: Tensor) -> Tensor:
        self._check(inputs)
        return self._finished(self.convolve(inputs))

    def _finished(self, x: Tensor) -> Tensor:
        """The convolution with the bias added and the activation applied."""
        if self.bias is not None:
            bias: Any = self.bias
            if self.data_format == "channels_first":
                bias = ops.reshape(bias, (1, -1, *(1,) * self.rank))
            x = ops.add(x, bias)
        return activations.get(self.activation)(x)

    def convolve(self, inputs: Tensor) -> Tensor:
        raise NotImplementedError

    def _check(self, inputs: Tensor) -> None:
        check_rank(self, inputs.shape, exact=self.rank + 2)
        last = self.data_format == "channels_last"
        channels = inputs.shape[-1 if last else 1]
        if channels != self._channels:
            raise ShapeError(
                f"Layer '{self.name}' ({type(self).__name__}) was built for {self._channels} channels ({self.data_format}); it was called "
                f"on shape {tuple(inputs.shape)}, which has {channels}."
            )
        self._check_size(inputs, inputs.shape[1:-1] if last else inputs.shape[2:])

    def _check_size(self, inputs: Tensor, spatial: Any) -> None:
        reach = [(k - 1) * d + 1 for k, d in zip(self.kernel_size, self.dilation_rate, strict=True)]
        if self.padding == "valid" and any(size < r for size, r in zip(spatial, reach, strict=True)):
            raise ShapeError(
                f"Layer '{self.name}': a window of {tuple(reach)} does not fit into an input of {tuple(spatial)} "
                f"(shape {tuple(inputs.shape)}). Use padding='same', a smaller kernel_size, or fewer layers that shrink the image."
            )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "kernel_size": self.kernel_size, "strides": self.strides, "padding": self.padding,
            "data_format": self.data_format, "dilation_rate": self.dilation_rate, "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias, "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            **options.written(self, self.parts),
        }


class BaseConv(Lora, Windows):
    """Convolution. Weights: kernel (*kernel_size, channels / groups, filters), bias (filters,)."""

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", data_format: str | None = None,
        dilation_rate: Any = 1, groups: int = 1, activation: Any = None, use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None,
        lora_rank: int | None = None, lora_alpha: float | None = None, **kwargs: Any,
    ):
        super().__init__(
            kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias, activity_regularizer, locals(), **kwargs
        )
        self._set_lora(lora_rank, lora_alpha)
        kind = type(self).__name__
        self.filters, self.groups = positive(kind, "filters", filters), positive(kind, "groups", groups)
        if self.filters % self.groups:
            raise ArgumentError(f"{kind}: filters ({filters}) must be divisible by groups ({groups}).")

    def build(self, input_shape: Any) -> None:
        channels = self._channels_of(input_shape)
        if channels % self.groups:
            raise ShapeError(f"Layer '{self.name}': the input's {channels} channels cannot be divided into {self.groups} groups.")
        self.kernel = self._add("kernel", (*self.kernel_size, channels // self.groups, self.filters))
        self.bias = self._add("bias", (self.filters,)) if self.use_bias else None
        self._lora_when_built()

    def call(self, inputs: Tensor) -> Tensor:
        self._check(inputs)
        kernel = as_tensor(self._adapted(self.kernel))
        if self.bias is None or self.data_format == "channels_first":
            return self._finished(self._convolved(inputs, kernel))
        bias = as_tensor(self.bias)
        outputs = activations.get(self.activation)(self._convolved(inputs, kernel, bias))
        if inputs.is_traced and self.activation in (activations.relu, activations.linear):
            # The largest of a window is the same before the bias and relu as after them, and there is less to add and clip then.
            # Of the two convolutions, the compiler drops the one that nobody uses.
            outputs._late_pool = lambda pool: activations.get(self.activation)(ops.add(pool(self._convolved(inputs, kernel)), bias))
        return outputs

    def _convolved(self, inputs: Tensor, kernel: Tensor, bias: Tensor | None = None) -> Tensor:
        padding: Any = self.padding
        if padding == "causal":
            padding = (((self.kernel_size[0] - 1) * self.dilation_rate[0], 0),)
        return ops.convolution.biased_conv(inputs, kernel, bias, self.strides, padding, self.data_format, self.dilation_rate)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "filters": self.filters, "groups": self.groups, **self._lora_config()}


@registry.register("layer", "Convolution1D")
class Conv1D(BaseConv):
    """Convolution over sequences, (batch, steps, channels) -> (batch, new steps, filters).

    Arguments as `Conv2D`, with one number where that has two; padding may be 'causal' too: the output at a step depends on
    the input up to that step and not on what follows (van den Oord et al. 2016).

    Weights: kernel (steps, channels / groups, filters), bias (filters,).
    """

    rank = 1
    paddings = ("valid", "same", "causal")


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

    rank = 2


@registry.register("layer", "Convolution3D")
class Conv3D(BaseConv):
    """Convolution over volumes, (batch, depth, height, width, channels); arguments as `Conv2D`, with three numbers."""

    rank = 3
