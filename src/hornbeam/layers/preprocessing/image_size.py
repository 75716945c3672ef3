"""Images brought to a size."""

import math
from typing import Any

from hornbeam import ops
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError, listing
from hornbeam.engine.tensor import Tensor, as_tensor
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

    def _scaled(self, boxes: Tensor, rows: float, columns: float, top: float, left: float) -> Tensor:
        """Boxes after a window of an image (it may reach beyond the image) is brought to this layer's size."""
        start = ops.array([left, top, left, top], boxes.dtype)
        return (boxes - start) * ops.array([self.width / columns, self.height / rows] * 2, boxes.dtype)

    def _window_boxes(self, boxes: Tensor, height: int, width: int, inside: bool = True) -> Tensor:
        """The same for the largest window of the wanted shape inside the image, or the smallest one around it.

        As in Keras: one scale for both axes, and a shift by whole pixels of the result.
        """
        scale = (max if inside else min)(self.height / height, self.width / width)
        down, right = (math.copysign(int(abs(d) / 2), d) for d in (self.height - height * scale, self.width - width * scale))
        return boxes * scale + ops.array([right, down] * 2, boxes.dtype)

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

    def apply_to_boxes(self, boxes: Tensor, drawn: Drawn, height: int, width: int) -> Tensor:
        if self.crop_to_aspect_ratio or self.pad_to_aspect_ratio:
            return self._window_boxes(boxes, height, width, inside=self.crop_to_aspect_ratio)
        return self._scaled(boxes, height, width, 0, 0)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "interpolation": self.interpolation, "crop_to_aspect_ratio": self.crop_to_aspect_ratio,
            "pad_to_aspect_ratio": self.pad_to_aspect_ratio, "fill_mode": self.fill_mode, "fill_value": self.fill_value,
            "antialias": self.antialias,
        }


@registry.register("layer")
class MaxNumBoundingBoxes(ImageLayer):
    """`max_number` bounding boxes for each image: surplus ones are dropped, missing ones are filled in, numbers and labels, with
    `fill_value`. Images stay as they are."""

    always = True

    def __init__(self, max_number: int, fill_value: float = -1, **kwargs: Any):
        super().__init__(**kwargs)
        self.max_number, self.fill_value = positive("MaxNumBoundingBoxes", "max_number", max_number), fill_value

    def _run(self, images: Any, acts: bool, data: dict[str, Any] | None) -> Any:
        if data is None or "bounding_boxes" not in data:
            return images if data is None else data
        given = data["bounding_boxes"]
        return {**data, "bounding_boxes": {**given, "boxes": self._filled(given["boxes"], -2), "labels": self._filled(given["labels"], -1)}}

    def _filled(self, values: Any, axis: int) -> Tensor:
        values = ops.take(as_tensor(values), ops.arange(min(as_tensor(values).shape[axis], self.max_number)), axis=axis)
        widths = [(0, 0)] * values.ndim
        widths[axis] = (0, self.max_number - values.shape[axis])
        return ops.pad(values, widths, constant_values=self.fill_value)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "max_number": self.max_number, "fill_value": self.fill_value}


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

    def apply_to_boxes(self, boxes: Tensor, drawn: Drawn, height: int, width: int) -> Tensor:
        if height < self.height or width < self.width:
            return self._window_boxes(boxes, height, width)
        return self._scaled(boxes, self.height, self.width, int((height - self.height) / 2), int((width - self.width) / 2))


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

    def apply_to_boxes(self, boxes: Tensor, drawn: Drawn, height: int, width: int) -> Tensor:
        if height < self.height or width < self.width:
            return self._window_boxes(boxes, height, width)
        return boxes - ops.cast(ops.stack([drawn["left"], drawn["top"]] * 2), boxes.dtype)

    def still(self, images: Tensor) -> Tensor:
        return self._window(images)

    def still_boxes(self, boxes: Tensor, height: int, width: int) -> Tensor:
        return self._window_boxes(boxes, height, width)
