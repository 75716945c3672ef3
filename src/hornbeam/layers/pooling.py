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

    rank: int

    def __init__(self, pool_size: Any = 2, strides: Any = None, padding: str = "valid", data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        kind = type(self).__name__
        self.pool_size = per_axis(kind, "pool_size", pool_size, self.rank)
        self.strides = self.pool_size if strides is None else per_axis(kind, "strides", strides, self.rank)
        self.padding, self.data_format = checked_padding(kind, padding), checked_format(kind, data_format)

    def call(self, inputs: Tensor) -> Tensor:
        check_rank(self, inputs.shape, exact=self.rank + 2)
        spatial = inputs.shape[1:-1] if self.data_format == "channels_last" else inputs.shape[2:]
        if self.padding == "valid" and any(size < p for size, p in zip(spatial, self.pool_size, strict=True)):
            raise ShapeError(
                f"Layer '{self.name}': a window of {self.pool_size} does not fit into an input of {tuple(spatial)} "
                f"(shape {tuple(inputs.shape)}). Use padding='same' or fewer layers that shrink the image."
            )
        return self.pool(inputs, self.pool_size, self.strides, self.padding, self.data_format)

    def pool(self, *arguments: Any) -> Tensor:
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "pool_size": self.pool_size, "padding": self.padding, "strides": self.strides,
            "data_format": self.data_format,
        }


class MaxPooling(BasePooling):
    def pool(self, inputs: Tensor, *arguments: Any) -> Tensor:
        late = getattr(inputs, "_late_pool", None)  # left by a convolution, which knows a cheaper order
        return ops.max_pool(inputs, *arguments) if late is None else late(lambda x: ops.max_pool(x, *arguments))


class AveragePooling(BasePooling):
    def pool(self, *arguments: Any) -> Tensor:
        return ops.average_pool(*arguments)


@registry.register("layer", "MaxPool1D")
class MaxPooling1D(MaxPooling):
    """The largest value of each window of steps. Arguments as `MaxPooling2D`, with one number where that has two."""

    rank = 1


@registry.register("layer", "MaxPool2D")
class MaxPooling2D(MaxPooling):
    """The largest value of each window.

    Args:
        pool_size, strides: an int, or (height, width); strides are the pool size by default.
        padding: 'valid' or 'same'. data_format: 'channels_last' or 'channels_first'.
    """

    rank = 2


@registry.register("layer", "MaxPool3D")
class MaxPooling3D(MaxPooling):
    """The largest value of each window of a volume. Arguments as `MaxPooling2D`, with three numbers where that has two."""

    rank = 3


@registry.register("layer", "AvgPool1D")
class AveragePooling1D(AveragePooling):
    """The mean of each window of steps. Arguments as `MaxPooling2D`, with one number where that has two."""

    rank = 1


@registry.register("layer", "AvgPool2D")
class AveragePooling2D(AveragePooling):
    """The mean of each window (of what it covers of the image, under 'same'). Arguments as `MaxPooling2D`."""

    rank = 2


@registry.register("layer", "AvgPool3D")
class AveragePooling3D(AveragePooling):
    """The mean of each window of a volume. Arguments as `MaxPooling2D`, with three numbers where that has two."""

    rank = 3


class BaseGlobalPooling(Layer):
    """One number for each channel. Shapes: (batch, *spatial, channels) -> (batch, channels).

    Args:
        data_format: 'channels_last' or 'channels_first'. keepdims: whether the spatial axes remain, with size 1.
    """

    rank: int

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.data_format, self.keepdims = checked_format(type(self).__name__, data_format), keepdims

    def _axes(self, inputs: Tensor) -> tuple[int, ...]:
        check_rank(self, inputs.shape, exact=self.rank + 2)
        first = 1 if self.data_format == "channels_last" else 2
        return tuple(range(first, first + self.rank))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": self.data_format, "keepdims": self.keepdims}


class GlobalAveragePooling(BaseGlobalPooling):
    def call(self, inputs: Tensor) -> Tensor:
        return ops.mean(inputs, axis=self._axes(inputs), keepdims=self.keepdims)


class GlobalMaxPooling(BaseGlobalPooling):
    def call(self, inputs: Tensor) -> Tensor:
        return ops.max(inputs, axis=self._axes(inputs), keepdims=self.keepdims)


@registry.register("layer", "GlobalAvgPool1D")
class GlobalAveragePooling1D(GlobalAveragePooling):
    """The mean over the steps; with a `mask` (batch, steps), over those where it is True."""

    takes_ragged = True

    rank = 1

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any):
        super().__init__(data_format, keepdims, **kwargs)
        self.supports_masking = True

    def call(self, inputs: Tensor, mask: Any = None) -> Tensor:
        if mask is None:
            return super().call(inputs)
        (axis,) = self._axes(inputs)
        kept = ops.expand_dims(ops.cast(mask, inputs.dtype), 3 - axis)
        total = ops.sum(inputs * kept, axis=axis, keepdims=self.keepdims)
        return total / ops.sum(kept, axis=axis, keepdims=self.keepdims)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """None: the steps are gone."""
        return None


@registry.register("layer", "GlobalAvgPool2D")
class GlobalAveragePooling2D(GlobalAveragePooling):
    """The mean over height and width."""

    rank = 2


@registry.register("layer", "GlobalAvgPool3D")
class GlobalAveragePooling3D(GlobalAveragePooling):
    """The mean over depth, height and width."""

    rank = 3


@registry.register("layer", "GlobalMaxPool1D")
class GlobalMaxPooling1D(GlobalMaxPooling):
    """The largest value over the steps."""

    takes_ragged = True

    rank = 1


@registry.register("layer", "GlobalMaxPool2D")
class GlobalMaxPooling2D(GlobalMaxPooling):
    """The largest value over height and width."""

    rank = 2


@registry.register("layer", "GlobalMaxPool3D")
class GlobalMaxPooling3D(GlobalMaxPooling):
    """The largest value over depth, height and width."""

    rank = 3


class BaseAdaptivePooling(Layer):
    """Windows chosen so that `output_size` of them cover each spatial axis, whatever its size.

    Args:
        output_size: an int, or one for each spatial axis. data_format: 'channels_last' or 'channels_first'.
    """

    rank: int

    def __init__(self, output_size: Any, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        kind = type(self).__name__
        self.output_size = per_axis(kind, "output_size", output_size, self.rank)
        self.data_format = checked_format(kind, data_format)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "output_size": self.output_size, "data_format": self.data_format}


class AdaptiveAveragePooling(BaseAdaptivePooling):
    def call(self, inputs: Tensor) -> Tensor:
        check_rank(self, inputs.shape, exact=self.rank + 2)
        return ops.adaptive_average_pool(inputs, self.output_size, self.data_format)


class AdaptiveMaxPooling(BaseAdaptivePooling):
    def call(self, inputs: Tensor) -> Tensor:
        check_rank(self, inputs.shape, exact=self.rank + 2)
        return ops.adaptive_max_pool(inputs, self.output_size, self.data_format)


@registry.register("layer")
class AdaptiveAveragePooling1D(AdaptiveAveragePooling):
    """Means of windows of steps: (batch, steps, channels) -> (batch, output_size, channels)."""

    rank = 1


@registry.register("layer")
class AdaptiveAveragePooling2D(AdaptiveAveragePooling):
    """Means of windows of an image: (batch, height, width, channels) -> (batch, *output_size, channels)."""

    rank = 2


@registry.register("layer")
class AdaptiveAveragePooling3D(AdaptiveAveragePooling):
    """Means of windows of a volume."""

    rank = 3


@registry.register("layer")
class AdaptiveMaxPooling1D(AdaptiveMaxPooling):
    """Maxima of windows of steps: (batch, steps, channels) -> (batch, output_size, channels)."""

    rank = 1


@registry.register("layer")
class AdaptiveMaxPooling2D(AdaptiveMaxPooling):
    """Maxima of windows of an image: (batch, height, width, channels) -> (batch, *output_size, channels)."""

    rank = 2


@registry.register("layer")
class AdaptiveMaxPooling3D(AdaptiveMaxPooling):
    """Maxima of windows of a volume."""

    rank = 3
