"""Pooling."""

from typing import Any

from hornbeam import ops
from hornbeam.engine import registry
from hornbeam.engine.errors import ShapeError
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.convolution import checked_format, checked_padding, per_axis
from hornbeam.layers.layer import Layer, check_rank


class BasePooling(Layer):
    """One number for each window and channel. Shapes: (batch, *spatial, channels) -> (batch, *smaller, channels)."""

    mode = "max"

    def __init__(
        self, rank: int, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None, **kwargs: Any
    ):
        super().__init__(**kwargs)
        kind = type(self).__name__
        self.rank = rank
        self.pool_size = per_axis(kind, "pool_size", pool_size, rank)
        self.strides = self.pool_size if strides is None else per_axis(kind, "strides", strides, rank)
        self.padding, self.data_format = checked_padding(kind, padding), checked_format(kind, data_format)

    def call(self, inputs: Tensor) -> Tensor:
        check_rank(self, inputs.shape, exact=self.rank + 2)
        spatial = inputs.shape[1:-1] if self.data_format == "channels_last" else inputs.shape[2:]
        if self.padding == "valid" and any(size < p for size, p in zip(spatial, self.pool_size, strict=True)):
            raise ShapeError(
                f"Layer '{self.name}': a window of {self.pool_size} does not fit into an input of {tuple(spatial)} "
                f"(shape {tuple(inputs.shape)}). Use padding='same' or fewer layers that shrink the image."
            )
        pool = ops.max_pool if self.mode == "max" else ops.average_pool
        return pool(inputs, self.pool_size, self.strides, self.padding, self.data_format)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "pool_size": self.pool_size, "padding": self.padding, "strides": self.strides,
            "data_format": self.data_format,
        }


@registry.register("layer", "MaxPool2D")
class MaxPooling2D(BasePooling):
    """The largest value of each window.

    Args:
        pool_size, strides: an int, or (height, width); strides are the pool size by default.
        padding: 'valid' or 'same'. data_format: 'channels_last' or 'channels_first'.
    """

    def __init__(self, pool_size: Any = (2, 2), strides: Any = None, padding: str = "valid", data_format: str | None = None, **kwargs: Any):
        super().__init__(2, pool_size, strides, padding, data_format, **kwargs)


@registry.register("layer", "AvgPool2D")
class AveragePooling2D(BasePooling):
    """The mean of each window (of what it covers of the image, under 'same'). Arguments as `MaxPooling2D`."""

    mode = "average"

    def __init__(self, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None, **kwargs: Any):
        super().__init__(2, pool_size, strides, padding, data_format, **kwargs)


class BaseGlobalPooling(Layer):
    """One number for each channel. Shapes: (batch, *spatial, channels) -> (batch, channels)."""

    def __init__(self, rank: int, data_format: str | None = None, keepdims: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.rank, self.data_format, self.keepdims = rank, checked_format(type(self).__name__, data_format), keepdims

    def _axes(self, inputs: Tensor) -> tuple[int, ...]:
        check_rank(self, inputs.shape, exact=self.rank + 2)
        first = 1 if self.data_format == "channels_last" else 2
        return tuple(range(first, first + self.rank))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": self.data_format, "keepdims": self.keepdims}


@registry.register("layer", "GlobalAvgPool2D")
class GlobalAveragePooling2D(BaseGlobalPooling):
    """The mean over height and width."""

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any):
        super().__init__(2, data_format, keepdims, **kwargs)

    def call(self, inputs: Tensor) -> Tensor:
        return ops.mean(inputs, axis=self._axes(inputs), keepdims=self.keepdims)


@registry.register("layer", "GlobalMaxPool2D")
class GlobalMaxPooling2D(BaseGlobalPooling):
    """The largest value over height and width."""

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any):
        super().__init__(2, data_format, keepdims, **kwargs)

    def call(self, inputs: Tensor) -> Tensor:
        return ops.max(inputs, axis=self._axes(inputs), keepdims=self.keepdims)
