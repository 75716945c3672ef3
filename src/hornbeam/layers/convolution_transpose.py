"""Transposed convolutions, which enlarge what convolutions shrink."""

from typing import Any

from hornbeam import ops
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.convolution import Windows, per_axis
from hornbeam.layers.core import positive


class BaseConvTranspose(Windows):
    """The transpose (the gradient by its input) of a convolution. Weights: kernel (*kernel_size, filters, channels), bias (filters,)."""

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", output_padding: Any = None,
        data_format: str | None = None, dilation_rate: Any = 1, activation: Any = None, use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias, activity_regularizer, locals(), **kwargs
        )
        kind = type(self).__name__
        self.filters, self.output_padding = positive(kind, "filters", filters), None
        if output_padding is not None:
            self.output_padding = per_axis(kind, "output_padding", output_padding, self.rank, least=0)
            if any(extra >= stride for extra, stride in zip(self.output_padding, self.strides, strict=True)):
                raise ArgumentError(f"{kind}: output_padding is below strides; received {output_padding} and {strides}.")

    def build(self, input_shape: Any) -> None:
        self.kernel = self._add("kernel", (*self.kernel_size, self.filters, self._channels_of(input_shape)))
        self.bias = self._add("bias", (self.filters,)) if self.use_bias else None

    def _check_size(self, inputs: Tensor, spatial: Any) -> None:
        """Any size will do: the window need not fit into the input."""

    def convolve(self, inputs: Tensor) -> Tensor:
        return ops.conv_transpose(
            inputs, self.kernel, self.strides, self.padding, self.output_padding, self.data_format, self.dilation_rate
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "filters": self.filters, "output_padding": self.output_padding}


@registry.register("layer", "Convolution1DTranspose")
class Conv1DTranspose(BaseConvTranspose):
    """Transposed convolution over sequences; arguments as `Conv2DTranspose`, with one number where that has two."""

    rank = 1


@registry.register("layer", "Convolution2DTranspose")
class Conv2DTranspose(BaseConvTranspose):
    """Transposed convolution over images (Dumoulin and Visin 2016).

    Args:
        filters: the number of output channels.
        kernel_size, strides, dilation_rate: an int, or (height, width).
        padding: 'valid' or 'same' (the input's size times the strides).
        output_padding: how much longer the output is along each axis, below strides; by default found from `padding`.
        data_format: 'channels_last' (batch, height, width, channels) or 'channels_first'.

    Weights: kernel (height, width, filters, channels), bias (filters,).
    """

    rank = 2


@registry.register("layer", "Convolution3DTranspose")
class Conv3DTranspose(BaseConvTranspose):
    """Transposed convolution over volumes; arguments as `Conv2DTranspose`, with three numbers where that has two."""

    rank = 3
