"""Images moved, turned and bent at random, in training. What comes into view is filled by `fill_mode`."""

import math
from typing import Any

from hornbeam import ops
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError, listing
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.preprocessing.image_base import Drawn, ImageLayer, span
from hornbeam.ops import random as random_ops
from hornbeam.ops.image.boxes import around
from hornbeam.ops.image.warp import bend, check_fill, projection


@registry.register("layer")
class RandomFlip(ImageLayer):
    """Half of the images mirrored, and half (independently) turned upside down.

    Args:
        mode: 'horizontal', 'vertical' or 'horizontal_and_vertical'.
    """

    moves = True

    def __init__(self, mode: str = "horizontal_and_vertical", seed: int | None = None, data_format: str | None = None, **kwargs: Any):
        super().__init__(data_format, seed, **kwargs)
        modes = ("horizontal", "vertical", "horizontal_and_vertical")
        if mode not in modes:
            raise ArgumentError(f"RandomFlip: mode is {listing(modes)}; received {mode!r}.")
        self.mode = mode

    def draw(self, count: int, height: int, width: int) -> Drawn:
        return {axis: self.chosen(count, (0.5, 0.5)) for axis in ("horizontal", "vertical") if axis in self.mode}

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        for axis, place in (("horizontal", 2), ("vertical", 1)):
            if axis in drawn:
                images = ops.where(drawn[axis], ops.flip(images, place), images)
        return images

    def apply_to_boxes(self, boxes: Tensor, drawn: Drawn, height: int, width: int) -> Tensor:
        for axis, places, size in (("horizontal", (2, 1, 0, 3), width), ("vertical", (0, 3, 2, 1), height)):
            if axis in drawn:
                turned = ops.array([size if i != place else 0 for i, place in enumerate(places)], boxes.dtype)
                sign = ops.array([1 if i == place else -1 for i, place in enumerate(places)], boxes.dtype)
                there = turned + sign * ops.take(boxes, ops.array(places, "int32"), axis=-1)
                boxes = ops.where(drawn[axis][..., 0], there, boxes)
        return boxes

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mode": self.mode}


class Affine(ImageLayer):
    """A layer that reads each pixel elsewhere: `matrix` gives the eight numbers of `ops.image.affine_transform` for each image."""

    moves = True

    def __init__(
        self, fill_mode: str = "reflect", interpolation: str = "bilinear", seed: int | None = None, fill_value: float = 0.0,
        data_format: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(data_format, seed, **kwargs)
        check_fill(type(self).__name__, interpolation, fill_mode)
        self.fill_mode, self.interpolation, self.fill_value = fill_mode, interpolation, fill_value

    def matrix(self, count: int, height: int, width: int) -> list[Any]:
        """The numbers a0 to c1, each a number or a tensor of one for each image."""
        raise NotImplementedError

    def draw(self, count: int, height: int, width: int) -> Drawn:
        ones = ops.ones((count,), dtype=self.compute_dtype)
        return {"matrix": ops.stack([ones * each for each in self.matrix(count, height, width)], axis=-1)}

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        interpolation = "nearest" if drawn.get("nearest") else self.interpolation
        return ops.image.affine_transform(images, drawn["matrix"], interpolation, self.fill_mode, self.fill_value)

    def apply_to_boxes(self, boxes: Tensor, drawn: Drawn, height: int, width: int) -> Tensor:
        a0, a1, a2, b0, b1, b2, _, _ = (ops.reshape(each, (-1, 1, 1)) for each in ops.unstack(drawn["matrix"], axis=-1))
        size = a0 * b1 - a1 * b0

        def move(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
            """Where the pixel is read from (x, y); as in Keras a box's end is the middle of a pixel."""
            x, y = x - a2, y - b2
            return (b1 * x - a1 * y) / size, (a0 * y - b0 * x) / size

        return around(boxes, move)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "fill_mode": self.fill_mode, "interpolation": self.interpolation, "fill_value": self.fill_value,
        }


@registry.register("layer")
class RandomTranslation(Affine):
    """Images shifted by random shares of their height (positive: down) and width (positive: right).

    Args:
        height_factor, width_factor: a share, drawn from its negative to it, or a pair of ends.
        fill_mode: 'reflect', 'constant' (`fill_value`), 'wrap' or 'nearest'. interpolation: 'bilinear' or 'nearest'.
    """

    def __init__(self, height_factor: Any, width_factor: Any, fill_mode: str = "reflect", interpolation: str = "bilinear", **kwargs: Any):
        super().__init__(fill_mode, interpolation, **kwargs)
        self.height_factor, self.width_factor = height_factor, width_factor
        self._down = span("RandomTranslation", "height_factor", height_factor, -1, 1, True)
        self._right = span("RandomTranslation", "width_factor", width_factor, -1, 1, True)

    def matrix(self, count: int, height: int, width: int) -> list[Any]:
        down, right = self.uniform(count, self._down, ()), self.uniform(count, self._right, ())
        return [1.0, 0.0, right * -float(width), 0.0, 1.0, down * -float(height), 0.0, 0.0]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "height_factor": self.height_factor, "width_factor": self.width_factor}


@registry.register("layer")
class RandomRotation(Affine):
    """Images turned about their middle by a random share of a full turn, positive against the clock.

    Args:
        factor: a share, drawn from its negative to it, or a pair of ends: 0.25 is up to 90 degrees either way.
    """

    def __init__(self, factor: Any, fill_mode: str = "reflect", interpolation: str = "bilinear", **kwargs: Any):
        super().__init__(fill_mode, interpolation, **kwargs)
        self.factor = span("RandomRotation", "factor", factor, -math.inf, math.inf, True)

    def matrix(self, count: int, height: int, width: int) -> list[Any]:
        angle = self.uniform(count, self.factor, ()) * (2 * math.pi)
        cos, sin = ops.cos(angle), ops.sin(angle)
        x, y = (width - 1) / 2.0, (height - 1) / 2.0  # the middle stays where it is
        return [cos, -sin, x - (cos * x - sin * y), sin, cos, y - (sin * x + cos * y), 0.0, 0.0]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


@registry.register("layer")
class RandomZoom(Affine):
    """Images made smaller (positive factors) or larger (negative ones) about their middle.

    Args:
        height_factor: 0.2 means a height of 1 / (1 + 0.2); drawn from its negative to it, or between a pair of ends.
        width_factor: the same for the width; None for the same as the height.
    """

    def __init__(
        self, height_factor: Any, width_factor: Any = None, fill_mode: str = "reflect", interpolation: str = "bilinear", **kwargs: Any
    ):
        super().__init__(fill_mode, interpolation, **kwargs)
        self.height_factor, self.width_factor = height_factor, width_factor
        self._high = span("RandomZoom", "height_factor", height_factor, -1, math.inf, True)
        self._wide = None if width_factor is None else span("RandomZoom", "width_factor", width_factor, -1, math.inf, True)

    def matrix(self, count: int, height: int, width: int) -> list[Any]:
        high = self.uniform(count, self._high, ()) + 1.0
        wide = high if self._wide is None else self.uniform(count, self._wide, ()) + 1.0
        return [wide, 0.0, (1.0 - wide) * ((width - 1) / 2), 0.0, high, (1.0 - high) * ((height - 1) / 2), 0.0, 0.0]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "height_factor": self.height_factor, "width_factor": self.width_factor}


@registry.register("layer")
class RandomShear(Affine):
    """Images slanted: rows pushed sideways by a share of how far down they are, columns down by a share of how far right.

    Args:
        x_factor, y_factor: a share from 0 to 1, drawn between 0 and it, or a pair of ends. The direction is drawn too.
    """

    def __init__(
        self, x_factor: Any = 0.0, y_factor: Any = 0.0, interpolation: str = "bilinear", fill_mode: str = "reflect", **kwargs: Any
    ):
        super().__init__(fill_mode, interpolation, **kwargs)
        self.x_factor, self.y_factor = x_factor, y_factor
        self._x, self._y = span("RandomShear", "x_factor", x_factor), span("RandomShear", "y_factor", y_factor)

    def matrix(self, count: int, height: int, width: int) -> list[Any]:
        x, y = (self.uniform(count, ends, ()) * ops.reshape(self.sign(count), (count,)) for ends in (self._x, self._y))
        return [1.0, x, 0.0, y, 1.0, 0.0, 0.0, 0.0]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "x_factor": self.x_factor, "y_factor": self.y_factor}


@registry.register("layer")
class RandomPerspective(ImageLayer):
    """Images as if seen from another side: their corners move inwards at random.

    Args:
        factor: the probability that an image is changed, or a pair of ends it is drawn between.
        scale: how far corners move at most, 1 being half of the image.
    """

    moves = True

    def __init__(
        self, factor: Any = 1.0, scale: float = 1.0, interpolation: str = "bilinear", fill_value: float = 0.0, seed: int | None = None,
        data_format: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(data_format, seed, **kwargs)
        check_fill("RandomPerspective", interpolation, "constant")
        self.factor, self.scale = span("RandomPerspective", "factor", factor), float(scale)
        self.interpolation, self.fill_value = interpolation, fill_value
        if not 0 <= scale <= 1:
            raise ArgumentError(f"RandomPerspective: scale lies between 0 and 1; received {scale!r}.")

    def draw(self, count: int, height: int, width: int) -> Drawn:
        right, bottom = width - 1.0, height - 1.0
        corners = ops.array([[0.0, 0.0], [right, 0.0], [0.0, bottom], [right, bottom]])
        inwards = ops.array([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]])
        moved = self.uniform(count, (0.0, 0.49 * self.scale), (4, 2)) * inwards * ops.array([right, bottom])
        moved = ops.where(ops.reshape(self.chosen(count, self.factor), (count, 1, 1)), moved, 0.0)
        start = ops.broadcast_to(corners, (count, 4, 2))
        return {"start": start, "end": start + moved}

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        interpolation = "nearest" if drawn.get("nearest") else self.interpolation
        return ops.image.perspective_transform(images, drawn["start"], drawn["end"], interpolation, self.fill_value)

    def apply_to_boxes(self, boxes: Tensor, drawn: Drawn, height: int, width: int) -> Tensor:
        a0, a1, a2, b0, b1, b2, c0, c1 = (
            ops.reshape(each, (-1, 1, 1)) for each in ops.unstack(projection(drawn["start"], drawn["end"]), axis=-1)
        )

        def move(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
            x, y = x - 0.5, y - 0.5
            k = c0 * x + c1 * y + 1.0
            return (a0 * x + a1 * y + a2) / k + 0.5, (b0 * x + b1 * y + b2) / k + 0.5

        return around(boxes, move)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "factor": self.factor, "scale": self.scale, "interpolation": self.interpolation,
            "fill_value": self.fill_value,
        }


@registry.register("layer")
class RandomElasticTransform(ImageLayer):
    """Images bent by a smooth random field (Simard et al. 2003).

    Args:
        factor: the probability that an image is changed, or a pair of ends it is drawn between.
        scale: how far pixels move, 1 being strongly; drawn between 0 and it, or between a pair of ends.
    """

    moves = True

    def __init__(
        self, factor: Any = 1.0, scale: Any = 1.0, interpolation: str = "bilinear", fill_mode: str = "reflect", fill_value: float = 0.0,
        value_range: Any = (0, 255), seed: int | None = None, data_format: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(data_format, seed, **kwargs)
        check_fill("RandomElasticTransform", interpolation, fill_mode)
        self.factor, self.scale = span("RandomElasticTransform", "factor", factor), span("RandomElasticTransform", "scale", scale)
        self.interpolation, self.fill_mode, self.fill_value, self.value_range = interpolation, fill_mode, fill_value, tuple(value_range)

    def draw(self, count: int, height: int, width: int) -> Drawn:
        return {"chosen": self.chosen(count, self.factor),
                "noise": random_ops.normal((2, count, height, width), seed=self.generator), "scale": self.uniform(count, self.scale)}

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        sigma = max(1.0, min(images.shape[1:3]) / 16)
        noise = drawn["noise"] * ops.reshape(drawn["scale"], (1, -1, 1, 1))
        interpolation = "nearest" if drawn.get("nearest") else self.interpolation
        bent = bend(images, noise, 4 * sigma * sigma, sigma, interpolation, self.fill_mode, self.fill_value, "channels_last")
        return ops.where(drawn["chosen"], bent, images)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "factor": self.factor, "scale": self.scale, "interpolation": self.interpolation,
            "fill_mode": self.fill_mode, "fill_value": self.fill_value, "value_range": self.value_range,
        }
