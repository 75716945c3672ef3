"""Colours of images changed at random, in training; `value_range` is what pixels run between: (0, 255) or (0, 1)."""

from typing import Any

from hornbeam import ops
from hornbeam.engine import registry
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.preprocessing import image_base
from hornbeam.layers.preprocessing.image_base import Drawn, ImageLayer, span


class ColorLayer(ImageLayer):
    """A layer that knows what its pixels run between."""

    def __init__(self, value_range: Any = (0, 255), data_format: str | None = None, seed: int | None = None, **kwargs: Any):
        super().__init__(data_format, seed, **kwargs)
        self.value_range = image_base.value_range(type(self).__name__, value_range)

    def clipped(self, images: Tensor) -> Tensor:
        return ops.clip(images, *map(float, self.value_range))

    def unit(self, images: Tensor) -> Tensor:
        """Pixels in 0 to 1."""
        low, high = self.value_range
        return (images - float(low)) / float(high - low)

    def full(self, images: Tensor) -> Tensor:
        """The inverse of `unit`."""
        low, high = self.value_range
        return images * float(high - low) + float(low)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "value_range": self.value_range}


class FactorLayer(ColorLayer):
    """A layer with one factor, drawn for each image."""

    low, high, symmetric = 0.0, 1.0, False

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), data_format: str | None = None, seed: int | None = None, **kwargs: Any
    ):
        super().__init__(value_range, data_format, seed, **kwargs)
        self.factor = span(type(self).__name__, "factor", factor, self.low, self.high, self.symmetric)

    def draw(self, count: int, height: int, width: int) -> Drawn:
        return {"factor": self.uniform(count, self.factor)}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


@registry.register("layer")
class RandomBrightness(FactorLayer):
    """Pixels with a random share of the value range added. `factor`: from its negative to it, or a pair, in -1 to 1."""

    low, symmetric = -1.0, True

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        low, high = self.value_range
        return self.clipped(images + drawn["factor"] * float(high - low))


@registry.register("layer")
class RandomContrast(FactorLayer):
    """Each channel's distances from its mean times a number between 1 - factor and 1 + factor (of a pair: 1 - a and 1 + b)."""

    def __init__(self, factor: Any, value_range: Any = (0, 255), seed: int | None = None, **kwargs: Any):
        super().__init__((factor, factor) if isinstance(factor, (int, float)) else (0.0, 0.0), value_range, seed=seed, **kwargs)
        if not isinstance(factor, (int, float)):
            lower, upper = (span("RandomContrast", "factor", (0.0, each))[1] for each in factor)
            self.factor = (lower, upper)

    def draw(self, count: int, height: int, width: int) -> Drawn:
        return {"factor": self.uniform(count, (1.0 - self.factor[0], 1.0 + self.factor[1]))}

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        mean = ops.mean(images, axis=(1, 2), keepdims=True)
        return self.clipped((images - mean) * drawn["factor"] + mean)


@registry.register("layer")
class RandomHue(FactorLayer):
    """Hues turned by up to half of the colour circle, either way. `factor`: 0 (nothing) to 1 (half the circle), or a pair."""

    def draw(self, count: int, height: int, width: int) -> Drawn:
        return {"factor": self.uniform(count, self.factor) * self.sign(count) * 0.5}

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        hue, saturation, value = ops.split(ops.image.rgb_to_hsv(ops.clip(self.unit(images), 0.0, 1.0)), 3, axis=-1)
        hue = ops.mod(hue + drawn["factor"], 1.0)
        return self.clipped(self.full(ops.image.hsv_to_rgb(ops.concatenate([hue, saturation, value], axis=-1))))


@registry.register("layer")
class RandomSaturation(FactorLayer):
    """Saturation times f / (1 - f): 0 is grey, 0.5 as it is, 1 full colour. `factor`: drawn between 0 and it, or a pair."""

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        hue, saturation, value = ops.split(ops.image.rgb_to_hsv(ops.clip(self.unit(images), 0.0, 1.0)), 3, axis=-1)
        times = drawn["factor"] / ops.maximum(1.0 - drawn["factor"], 1e-7)
        saturation = ops.clip(saturation * times, 0.0, 1.0)
        return self.clipped(self.full(ops.image.hsv_to_rgb(ops.concatenate([hue, saturation, value], axis=-1))))


@registry.register("layer")
class RandomColorDegeneration(FactorLayer):
    """Colours mixed with their grey. `factor`: the share of grey, drawn between 0 and it, or between a pair."""

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        return images + (ops.image.rgb_to_grayscale(images) - images) * drawn["factor"]


@registry.register("layer")
class RandomGrayscale(ImageLayer):
    """Some images in grey. `factor`: the probability."""

    def __init__(self, factor: float = 0.5, data_format: str | None = None, seed: int | None = None, **kwargs: Any):
        super().__init__(data_format, seed, **kwargs)
        self.factor = span("RandomGrayscale", "factor", factor)[1]

    def draw(self, count: int, height: int, width: int) -> Drawn:
        return {"chosen": self.chosen(count, (self.factor, self.factor))}

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        return ops.where(drawn["chosen"], ops.image.rgb_to_grayscale(images), images)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


@registry.register("layer")
class RandomInvert(FactorLayer):
    """Some images as negatives. `factor`: the probability, drawn between 0 and it, or between a pair."""

    def __init__(self, factor: Any = 1.0, value_range: Any = (0, 255), seed: int | None = None, **kwargs: Any):
        super().__init__(factor, value_range, seed=seed, **kwargs)

    def draw(self, count: int, height: int, width: int) -> Drawn:
        return {"chosen": self.chosen(count, self.factor)}

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        return ops.where(drawn["chosen"], float(sum(self.value_range)) - images, images)


@registry.register("layer")
class RandomPosterization(FactorLayer):
    """Channels with fewer bits. `factor`: how many are kept, 1 to 8, drawn from 1 to it, or a pair of ends."""

    low, high = 1.0, 8.0

    def __init__(self, factor: Any, value_range: Any = (0, 255), data_format: str | None = None, seed: int | None = None, **kwargs: Any):
        ends = (1, factor) if isinstance(factor, (int, float)) else factor
        super().__init__(ends, value_range, data_format, seed, **kwargs)

    def draw(self, count: int, height: int, width: int) -> Drawn:
        return {"factor": ops.floor(self.uniform(count, (self.factor[0], self.factor[1] + 0.999)))}

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        step = ops.power(2.0, 8.0 - drawn["factor"])
        return self.full(ops.floor(ops.floor(self.unit(images) * 255.0 + 1e-3) / step) * step / 255.0)


@registry.register("layer")
class Solarization(ColorLayer):
    """Pixels above a threshold as negatives.

    Args:
        addition_factor: a share of the range added first, drawn between 0 and it, or between a pair.
        threshold_factor: the threshold as a share of the range, drawn likewise.
    """

    def __init__(
        self, addition_factor: Any = 0.0, threshold_factor: Any = 0.0, value_range: Any = (0, 255), seed: int | None = None, **kwargs: Any
    ):
        super().__init__(value_range, seed=seed, **kwargs)
        self.addition_factor = span("Solarization", "addition_factor", addition_factor)
        self.threshold_factor = span("Solarization", "threshold_factor", threshold_factor)

    def draw(self, count: int, height: int, width: int) -> Drawn:
        return {"addition": self.uniform(count, self.addition_factor), "threshold": self.uniform(count, self.threshold_factor)}

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        x = ops.clip(self.unit(images) + drawn["addition"], 0.0, 1.0)
        return self.full(ops.where(ops.less(x, drawn["threshold"]), x, 1.0 - x))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "addition_factor": self.addition_factor, "threshold_factor": self.threshold_factor}


@registry.register("layer")
class AutoContrast(ColorLayer):
    """Each channel stretched to the whole range; one of a single value stays."""

    always = True

    def __init__(self, value_range: Any = (0, 255), **kwargs: Any):
        super().__init__(value_range, **kwargs)

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        low, high = (extreme(images, axis=(1, 2), keepdims=True) for extreme in (ops.min, ops.max))
        flat = ops.equal(high, low)
        stretched = (images - low) / ops.where(flat, 1.0, high - low)
        return ops.where(flat, images, self.full(stretched))


@registry.register("layer")
class RandomColorJitter(ColorLayer):
    """RandomBrightness, RandomContrast, RandomSaturation and RandomHue one after the other, those whose factor is given."""

    def __init__(
        self, value_range: Any = (0, 255), brightness_factor: Any = None, contrast_factor: Any = None, saturation_factor: Any = None,
        hue_factor: Any = None, seed: int | None = None, data_format: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(value_range, data_format, seed, **kwargs)
        self.brightness_factor, self.contrast_factor = brightness_factor, contrast_factor
        self.saturation_factor, self.hue_factor = saturation_factor, hue_factor
        given: list[tuple[Any, Any]] = [
            (RandomBrightness, brightness_factor), (RandomContrast, contrast_factor), (RandomSaturation, saturation_factor),
            (RandomHue, hue_factor),
        ]  # fmt: skip
        self._steps = [kind(factor, value_range=value_range, dtype=self.dtype_policy) for kind, factor in given if factor is not None]
        for step in self._steps:
            step.generator = self.generator

    def draw(self, count: int, height: int, width: int) -> Drawn:
        return {str(i): step.draw(count, height, width) for i, step in enumerate(self._steps)}

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        for i, step in enumerate(self._steps):
            images = step.apply(images, drawn[str(i)])
        return images

    def get_config(self) -> dict[str, Any]:
        names = ("brightness_factor", "contrast_factor", "saturation_factor", "hue_factor")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
