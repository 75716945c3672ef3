"""Images sharpened, blurred and partly erased at random, in training."""

import math
from typing import Any

from hornbeam import ops
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.preprocessing.image_base import Drawn, ImageLayer, span
from hornbeam.layers.preprocessing.image_color import ColorLayer, FactorLayer
from hornbeam.ops import random as random_ops


def _windows(images: Tensor, size: tuple[int, int]) -> Tensor:
    """The pixels around each pixel, zeros outside: (count, height, width, size of a window, channels)."""
    count, height, width, channels = images.shape
    patches = ops.image.extract_patches(images, size, 1, padding="same")
    return ops.reshape(patches, (count, height, width, size[0] * size[1], channels))


@registry.register("layer")
class RandomSharpness(FactorLayer):
    """Images blurred (factors below 0.5) or sharpened (above). `factor`: drawn between 0 and it, or between a pair."""

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        weights = ops.reshape(ops.array([1.0, 1, 1, 1, 5, 1, 1, 1, 1]) / 13.0, (9, 1))
        blurred = ops.sum(_windows(images, (3, 3)) * weights, axis=3)
        return self.clipped(blurred + (images - blurred) * (drawn["factor"] * 2.0))


@registry.register("layer")
class RandomGaussianBlur(FactorLayer):
    """Some images blurred by a normal curve.

    Args:
        factor: the probability, drawn between 0 and it, or between a pair.
        kernel_size: how many pixels (rows, columns) count. sigma: the curve's width in pixels, drawn likewise.
    """

    def __init__(
        self, factor: Any = 1.0, kernel_size: Any = 3, sigma: Any = 1.0, value_range: Any = (0, 255), data_format: str | None = None,
        seed: int | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(factor, value_range, data_format, seed, **kwargs)
        size = (kernel_size, kernel_size) if isinstance(kernel_size, int) else tuple(kernel_size)
        if len(size) != 2 or min(size) < 1:
            raise ArgumentError(f"RandomGaussianBlur: kernel_size is a positive number or (rows, columns); received {kernel_size!r}.")
        self.kernel_size = size
        self.sigma = span("RandomGaussianBlur", "sigma", sigma, 0.0, math.inf)

    def draw(self, count: int, height: int, width: int) -> Drawn:
        return {"chosen": self.chosen(count, self.factor), "sigma": self.uniform(count, self.sigma)}

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        sigma = ops.maximum(drawn["sigma"], 1e-3)
        rows, columns = (ops.arange(float(n)) - (n - 1) / 2.0 for n in self.kernel_size)
        distances = ops.reshape(ops.expand_dims(ops.square(rows), 1) + ops.square(columns), (1, 1, 1, -1))
        weights = ops.softmax(distances * -0.5 / ops.square(sigma), axis=-1)
        blurred = ops.sum(_windows(images, self.kernel_size) * ops.expand_dims(weights, -1), axis=3)
        return ops.where(drawn["chosen"], self.clipped(blurred), images)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "kernel_size": self.kernel_size, "sigma": self.sigma}


def boxes(layer: ImageLayer, count: int, height: int, width: int, rows: Tensor, columns: Tensor) -> Tensor:
    """Whether each pixel lies in a box of some rows and columns, one for each image, at a random place in it."""
    top = layer.uniform(count, (0.0, 1.0)) * (height - rows)
    left = layer.uniform(count, (0.0, 1.0)) * (width - columns)
    y = ops.reshape(ops.arange(float(height)), (1, height, 1, 1))
    x = ops.reshape(ops.arange(float(width)), (1, 1, width, 1))
    return (y >= ops.round(top)) & (y < ops.round(top) + rows) & (x >= ops.round(left)) & (x < ops.round(left) + columns)


@registry.register("layer")
class RandomErasing(ColorLayer):
    """A box of some images erased (Zhong et al. 2020).

    Args:
        factor: the probability, drawn between 0 and it, or between a pair.
        scale: the box's share of the image's area, drawn between this pair of ends; its shape is drawn from 3:10 to 10:3.
        fill_value: what is put there; None for normal noise over the value range.
    """

    def __init__(
        self, factor: Any = 1.0, scale: Any = (0.02, 0.33), fill_value: Any = None, value_range: Any = (0, 255), seed: int | None = None,
        data_format: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(value_range, data_format, seed, **kwargs)
        self.factor, self.scale = span("RandomErasing", "factor", factor), span("RandomErasing", "scale", scale)
        self.fill_value = fill_value

    def draw(self, count: int, height: int, width: int) -> Drawn:
        area = self.uniform(count, self.scale) * float(height * width)
        aspect = ops.exp(self.uniform(count, (math.log(0.3), math.log(1 / 0.3))))
        rows = ops.clip(ops.round(ops.sqrt(area * aspect)), 1.0, float(height))
        columns = ops.clip(ops.round(area / rows), 1.0, float(width))
        inside = boxes(self, count, height, width, rows, columns) & self.chosen(count, self.factor)
        return {"inside": inside}

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        if self.fill_value is not None:
            return ops.where(drawn["inside"], ops.cast(self.fill_value, images.dtype), images)
        noise = random_ops.normal(tuple(images.shape), 0.5, 0.25, dtype=images.dtype, seed=self.generator)
        return ops.where(drawn["inside"], self.clipped(self.full(noise)), images)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor, "scale": self.scale, "fill_value": self.fill_value}
