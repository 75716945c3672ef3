"""Convolutions of each channel by itself: depthwise, and separable (depthwise, then a mix of the channels)."""

from typing import Any

from hornbeam import ops
from hornbeam.engine import registry
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.convolution import Windows
from hornbeam.layers.core import positive


class BaseDepthwiseConv(Windows):
    """Weights: kernel (*kernel_size, channels, depth_multiplier), bias (channels * depth_multiplier,)."""

    parts = ("depthwise", "bias")

    def __init__(
        self, kernel_size: Any, strides: Any = 1, padding: str = "valid", depth_multiplier: int = 1, data_format: str | None = None,
        dilation_rate: Any = 1, activation: Any = None, use_bias: bool = True, depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros", depthwise_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, depthwise_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any,
    ):
        super().__init__(
            kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias, activity_regularizer, locals(), **kwargs
        )
        self.depth_multiplier = positive(type(self).__name__, "depth_multiplier", depth_multiplier)

    def build(self, input_shape: Any) -> None:
        channels = self._channels_of(input_shape)
        self.kernel = self._add("depthwise", (*self.kernel_size, channels, self.depth_multiplier), "kernel")
        self.bias = self._add("bias", (channels * self.depth_multiplier,)) if self.use_bias else None

    def convolve(self, inputs: Tensor) -> Tensor:
        return ops.depthwise_conv(inputs, self.kernel, self.strides, self.padding, self.data_format, self.dilation_rate)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "depth_multiplier": self.depth_multiplier}


@registry.register("layer")
class DepthwiseConv1D(BaseDepthwiseConv):
    """Convolution of each channel of a sequence by itself; arguments as `DepthwiseConv2D`, with one number where that has two."""

    rank = 1


@registry.register("layer")
class DepthwiseConv2D(BaseDepthwiseConv):
    """Convolution of each channel of an image by itself.

    Args:
        kernel_size, strides, dilation_rate: an int, or (height, width).
        padding: 'valid' or 'same'.
        depth_multiplier: how many output channels each input channel gives.
        data_format: 'channels_last' (batch, height, width, channels) or 'channels_first'.

    Weights: kernel (height, width, channels, depth_multiplier), bias (channels * depth_multiplier,).
    """

    rank = 2


class BaseSeparableConv(Windows):
    """Weights: depthwise_kernel (*kernel_size, channels, m), pointwise_kernel (1, ..., channels * m, filters), bias (filters,)."""

    parts = ("depthwise", "pointwise", "bias")

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", data_format: str | None = None,
        dilation_rate: Any = 1, depth_multiplier: int = 1, activation: Any = None, use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform", pointwise_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None, pointwise_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, depthwise_constraint: Any = None, pointwise_constraint: Any = None,
        bias_constraint: Any = None, **kwargs: Any,
    ):
        super().__init__(
            kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias, activity_regularizer, locals(), **kwargs
        )
        kind = type(self).__name__
        self.filters, self.depth_multiplier = positive(kind, "filters", filters), positive(kind, "depth_multiplier", depth_multiplier)

    def build(self, input_shape: Any) -> None:
        channels, times = self._channels_of(input_shape), self.depth_multiplier
        self.depthwise_kernel = self._add("depthwise", (*self.kernel_size, channels, times), "depthwise_kernel")
        self.pointwise_kernel = self._add("pointwise", (*(1,) * self.rank, channels * times, self.filters), "pointwise_kernel")
        self.bias = self._add("bias", (self.filters,)) if self.use_bias else None

    def convolve(self, inputs: Tensor) -> Tensor:
        how = self.strides, self.padding, self.data_format, self.dilation_rate
        return ops.separable_conv(inputs, self.depthwise_kernel, self.pointwise_kernel, *how)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "filters": self.filters, "depth_multiplier": self.depth_multiplier}


@registry.register("layer", "SeparableConvolution1D")
class SeparableConv1D(BaseSeparableConv):
    """Separable convolution over sequences; arguments as `SeparableConv2D`, with one number where that has two."""

    rank = 1


@registry.register("layer", "SeparableConvolution2D")
class SeparableConv2D(BaseSeparableConv):
    """Each channel of an image by itself, then windows of one pixel that mix the channels (Chollet 2017).

    Args:
        filters: the number of output channels.
        kernel_size, strides, dilation_rate: of the first step, an int, or (height, width).
        padding: 'valid' or 'same'.
        depth_multiplier: how many channels the first step makes of each.
        data_format: 'channels_last' (batch, height, width, channels) or 'channels_first'.

    Weights: depthwise_kernel (height, width, channels, depth_multiplier), pointwise_kernel (1, 1, channels * depth_multiplier,
    filters), bias (filters,).
    """

    rank = 2
