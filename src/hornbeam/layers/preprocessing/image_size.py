"""Images brought to a size."""

from typing import Any

from hornbeam import ops
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError, listing
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.core import positive
from hornbeam.layers.preprocessing.image_base import Drawn, ImageLayer
from hornbeam.ops import random as random_ops
from hornbeam.ops.image.resize import INTERPOLATIONS


class _Sized(ImageLayer):
    """A layer whose results are `height` by `width`."""

    moves = True

    def __init__(self, height: int, width: int, data_format: str | None = None, **kwargs: Any):
        super().__init__(data_format, **kwargs)
        kind = type(self).__name__
        self.height, self.width = positive(kind, "height", height), positive(kind, "width", width)

    def _window(self, images: Tensor) -> Tensor:
        """The largest window of the wanted shape in the middle, resized."""
        return ops.image.resize(images, (self.height, self.width), crop_to_aspect_ratio=True)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "height": self.height, "width": self.width}


@registry.register("layer")
class Resizing(_Sized):
    """Images resized; integers stay integers.

    Args:
        height, width: the new size.
        interpolation: 'bilinear', 'nearest', 'bicubic', 'lanczos3' or 'lanczos5'.
        crop_to_aspect_ratio: cut the longer side first, so that nothing is distorted.
        pad_to_aspect_ratio: put `fill_value` along the shorter side instead.
        antialias: when shrinking, average over all the pixels that fall in one.
    """

    always = True

    def __init__(
        self, height: int, width: int, interpolation: str = "bilinear", crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False, fill_mode: str = "constant", fill_value: float = 0.0, antialias: bool = False,
        data_format: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(height, width, data_format, **kwargs)
        if interpolation not in INTERPOLATIONS:
            raise ArgumentError(f"Resizing: interpolation is {listing(INTERPOLATIONS)}; received {interpolation!r}.")
        self.interpolation, self.crop_to_aspect_ratio, self.pad_to_aspect_ratio = interpolation, crop_to_aspect_ratio, pad_to_aspect_ratio
        self.fill_mode, self.fill_value, self.antialias = fill_mode, fill_value, antialias

    def _last(self, images: Tensor, single: bool) -> Tensor:
        x = ops.expand_dims(images, 0) if single else images
        return ops.transpose(x, (0, 2, 3, 1)) if self.data_format == "channels_first" else x

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        return ops.image.resize(
            images, (self.height, self.width), "nearest" if drawn.get("nearest") else self.interpolation, self.antialias,
            self.crop_to_aspect_ratio, self.pad_to_aspect_ratio, self.fill_mode, self.fill_value,
        )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "interpolation": self.interpolation, "crop_to_aspect_ratio": self.crop_to_aspect_ratio,
            "pad_to_aspect_ratio": self.pad_to_aspect_ratio, "fill_mode": self.fill_mode, "fill_value": self.fill_value,
            "antialias": self.antialias,
        }


@registry.register("layer")
class CenterCrop(_Sized):
    """The middle of images, `height` by `width`; of smaller images the largest window of that shape, resized."""

    always = True

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        _, height, width, _ = images.shape
        if height < self.height or width < self.width:
            return self._window(images)
        top, left = int((height - self.height) / 2), int((width - self.width) / 2)
        return images[:, top : top + self.height, left : left + self.width]


@registry.register("layer")
class RandomCrop(_Sized):
    """In training a window of images at a random place, the same for a batch.

    Otherwise, and of smaller images, the largest window of that shape in the middle, resized.
    """

    def __init__(
        self, height: int, width: int, seed: int | None = None, data_format: str | None = None, name: str | None = None, **kwargs: Any
    ):
        super().__init__(height, width, data_format, seed=seed, name=name, **kwargs)

    def draw(self, count: int, height: int, width: int) -> Drawn:
        rows, columns = max(0, height - self.height) + 1, max(0, width - self.width) + 1
        return {
            "top": random_ops.randint((), 0, rows, seed=self.generator), "left": random_ops.randint((), 0, columns, seed=self.generator)
        }

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        count, height, width, channels = images.shape
        if height < self.height or width < self.width:
            return self._window(images)
        zero = ops.zeros_like(drawn["top"])
        start = ops.stack([zero, drawn["top"], drawn["left"], zero])
        return ops.slice(images, start, (count, self.height, self.width, channels))

    def still(self, images: Tensor) -> Tensor:
        return self._window(images)
