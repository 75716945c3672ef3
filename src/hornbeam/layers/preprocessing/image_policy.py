"""Images mixed with one another, and policies that chain the other layers."""

import functools
from typing import Any

from hornbeam import ops
from hornbeam.engine import graph, registry
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.pure import local
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.core import positive
from hornbeam.layers.layer import Layer
from hornbeam.layers.preprocessing import image_color, image_filter, image_geometry, image_histogram
from hornbeam.layers.preprocessing.image_base import Drawn, ImageLayer, span
from hornbeam.layers.preprocessing.image_color import ColorLayer
from hornbeam.layers.preprocessing.image_filter import boxes
from hornbeam.ops import random as random_ops


class _Mixed(ImageLayer):
    """A layer that mixes each image with another of the batch, and their labels as much."""

    def partners(self, count: int) -> Tensor:
        return random_ops.shuffle(ops.arange(count), seed=self.generator)

    def box_labels(self, labels: Tensor, drawn: Drawn) -> Tensor:
        return self._both(labels, drawn)

    def _both(self, values: Tensor, drawn: Drawn) -> Tensor:
        """What belongs to an image, then what belongs to its partner."""
        return ops.concatenate([values, ops.take(values, drawn["partners"], axis=0)], axis=1)

    def apply_to_labels(self, labels: Tensor, drawn: Drawn) -> Tensor:
        if not labels.dtype.is_floating:
            labels = ops.cast(labels, self.compute_dtype)
        share = ops.cast(ops.reshape(drawn["share"], (-1, *(1,) * (labels.ndim - 1))), labels.dtype)
        return labels * share + ops.take(labels, drawn["partners"], axis=0) * (1.0 - share)


@registry.register("layer")
class MixUp(_Mixed):
    """Weighted means of pairs of images, and of their labels (Zhang et al. 2018). Takes {"images": ..., "labels": one-hot or floats}.

    Args:
        alpha: of the beta distribution of the weights; small values mix little.
    """

    def __init__(self, alpha: float = 0.2, data_format: str | None = None, seed: int | None = None, **kwargs: Any):
        super().__init__(data_format, seed, **kwargs)
        if not 0 < alpha:
            raise ArgumentError(f"MixUp: alpha is positive; received {alpha!r}.")
        self.alpha = alpha

    def draw(self, count: int, height: int, width: int) -> Drawn:
        share = random_ops.beta((count, 1, 1, 1), self.alpha, self.alpha, dtype=self.compute_dtype, seed=self.generator)
        return {"share": share, "partners": self.partners(count)}

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        return images * drawn["share"] + ops.take(images, drawn["partners"], axis=0) * (1.0 - drawn["share"])

    def apply_to_masks(self, masks: Tensor, drawn: Drawn) -> Tensor:
        return self.apply(masks, drawn)

    def apply_to_boxes(self, boxes: Tensor, drawn: Drawn, height: int, width: int) -> Tensor:
        return self._both(boxes, drawn)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "alpha": self.alpha}


@registry.register("layer")
class CutMix(_Mixed):
    """A box of each image put into another, their labels mixed by area (Yun et al. 2019). Takes {"images": ..., "labels": ...}.

    Args:
        factor: the box's share of the area, drawn between 0 and it, or between a pair.
    """

    def __init__(self, factor: Any = 1.0, seed: int | None = None, data_format: str | None = None, **kwargs: Any):
        super().__init__(data_format, seed, **kwargs)
        self.factor = span("CutMix", "factor", factor)

    def draw(self, count: int, height: int, width: int) -> Drawn:
        side = ops.sqrt(self.uniform(count, self.factor))
        rows, columns = ops.round(side * float(height)), ops.round(side * float(width))
        inside = boxes(self, count, height, width, rows, columns)
        return {"inside": inside, "share": 1.0 - rows * columns / float(height * width), "partners": self.partners(count)}

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        return ops.where(drawn["inside"], ops.take(images, drawn["partners"], axis=0), images)

    def apply_to_masks(self, masks: Tensor, drawn: Drawn) -> Tensor:
        return self.apply(masks, drawn)

    def apply_to_boxes(self, boxes: Tensor, drawn: Drawn, height: int, width: int) -> Tensor:
        raise ArgumentError("CutMix puts parts of images into others; what becomes of a box is not defined. Leave 'bounding_boxes' out.")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


@registry.register("layer")
class Pipeline(Layer):
    """Layers one after the other, as one."""

    def __init__(self, layers: Any, name: str | None = None, **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.layers = [registry.from_config("layer", each) if isinstance(each, dict) else each for each in layers]
        for each in self.layers:
            if not isinstance(each, Layer):
                raise ArgumentError(f"Pipeline takes a list of layers; received {each!r} among them.")

    def call(self, inputs: Any, training: bool | None = True) -> Any:
        for layer in self.layers:
            inputs = layer(inputs, training=training) if layer._takes()[0] else layer(inputs)
        return inputs

    def get_config(self) -> dict[str, Any]:
        return {"layers": [registry.to_config(each) for each in self.layers], "name": self.name}


class _Policy(ColorLayer):
    """A layer that chooses others at random."""

    def __init__(
        self, layer_factor: float, factor: Any, value_range: Any, interpolation: str, seed: int | None, data_format: str | None,
        all_ops: bool = True, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(value_range, data_format, seed, **kwargs)
        self.factor, self.interpolation = span(type(self).__name__, "factor", factor), interpolation
        strength = layer_factor
        shared: dict[str, Any] = {"dtype": self.dtype_policy}
        moved: dict[str, Any] = {**shared, "interpolation": interpolation, "fill_mode": "reflect"}
        colored: dict[str, Any] = {**shared, "value_range": value_range}
        kept = max(1, round(8 - 5 * strength))
        self._choices: list[ImageLayer] = [
            image_color.AutoContrast(**colored), image_histogram.Equalization(**colored),
            image_color.RandomPosterization((kept, 8), **colored), image_color.Solarization(0.0, (1 - strength, 1.0), **colored),
        ]  # fmt: skip
        if all_ops:
            self._choices += [
                image_color.RandomBrightness(strength, **colored), image_color.RandomContrast(strength, **colored),
                image_color.RandomColorDegeneration(strength, **colored),
                image_filter.RandomSharpness((0.5 - 0.5 * strength, 0.5 + 0.5 * strength), **colored),
            ]  # fmt: skip
        self._moves: list[image_geometry.Affine] = [
            image_geometry.RandomRotation(strength * 30 / 360, **moved),
            image_geometry.RandomShear(strength * 0.3, strength * 0.3, **moved),
            image_geometry.RandomTranslation(strength * 0.3, strength * 0.3, **moved),
        ]
        for layer in (*self._choices, *self._moves):
            if not layer.always:
                layer.generator = self.generator

    def one_of(self, images: Tensor, boxes: Tensor | None = None) -> tuple[Tensor, Any]:
        """The batch, and the boxes in its images, after one of the layers."""
        count, places = len(self._choices), images.shape[:3]
        which = random_ops.randint((), 0, count + len(self._moves), seed=self.generator)

        def change(draw: Any, layer: ImageLayer, x: Tensor, boxes: Tensor | None = None) -> Any:
            drawn = draw()
            moved = [] if boxes is None else [layer.apply_to_boxes(boxes, drawn, *x.shape[1:3])]
            return (layer.apply(x, drawn), *moved)

        def matrix() -> Drawn:
            """A matrix of one of the layers that differ in it alone, whose work is compiled once."""
            return ops.switch(which - count, [functools.partial(layer.draw, *places) for layer in self._moves])

        branches = [functools.partial(change, functools.partial(layer.draw, *places), layer) for layer in self._choices]
        branches.append(functools.partial(change, matrix, self._moves[0]))
        found = ops.switch(which, branches, *([images] if boxes is None else [images, boxes]))
        return found[0], None if boxes is None else found[1]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor, "interpolation": self.interpolation}


def _repeat(times: Any, body: Any, state: Any) -> Any:
    """`body(i, state)` so many times: in a compiled program as a loop, whose body is compiled once."""
    if local.scope is not None or any(each.is_traced for each in graph.tensors_in(state)):
        return ops.fori_loop(0, times, body, state)
    for i in range(int(times)):
        state = body(i, state)
    return state


@registry.register("layer")
class RandAugment(_Policy):
    """`num_ops` changes one after the other, each drawn from a list, the same ones for a batch (Cubuk et al. 2020).

    Args:
        factor: how strong they are, 0 to 1.
    """

    def __init__(
        self, value_range: Any = (0, 255), num_ops: int = 2, factor: Any = 0.5, interpolation: str = "bilinear", seed: int | None = None,
        data_format: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(span("RandAugment", "factor", factor)[1], factor, value_range, interpolation, seed, data_format, **kwargs)
        self.num_ops = positive("RandAugment", "num_ops", num_ops)

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        if (boxes := drawn.get("boxes")) is None:
            return _repeat(self.num_ops, lambda _, x: self.one_of(x)[0], images)
        images, drawn["moved"] = _repeat(self.num_ops, lambda _, state: self.one_of(*state), (images, boxes))
        return images

    @property
    def cuts(self) -> bool:
        return True

    def apply_to_boxes(self, boxes: Tensor, drawn: Drawn, height: int, width: int) -> Tensor:
        return drawn["moved"]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "num_ops": self.num_ops}


@registry.register("layer")
class AugMix(_Policy):
    """Images mixed with weighted means of `num_chains` chains of up to `chain_depth` changes (Hendrycks et al. 2020).

    Args:
        factor: how strong the changes are, 0 to 1.
        alpha: of the distributions of the weights.
        all_ops: whether brightness, contrast, colour and sharpness are among the changes.
    """

    def __init__(
        self, value_range: Any = (0, 255), num_chains: int = 3, chain_depth: int = 3, factor: Any = 0.3, alpha: float = 1.0,
        all_ops: bool = True, interpolation: str = "bilinear", seed: int | None = None, data_format: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(span("AugMix", "factor", factor)[1], factor, value_range, interpolation, seed, data_format, all_ops, **kwargs)
        self.num_chains, self.chain_depth = positive("AugMix", "num_chains", num_chains), positive("AugMix", "chain_depth", chain_depth)
        self.alpha, self.all_ops = alpha, all_ops

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        shape = (self.num_chains + 2, images.shape[0], 1, 1, 1)
        if self.alpha == 1:  # gamma variables with this parameter are exponential, which takes far less to compile
            numbers = -ops.log1p(-random_ops.uniform(shape, dtype=images.dtype, seed=self.generator))
        else:
            numbers = random_ops.gamma(shape, self.alpha, dtype=images.dtype, seed=self.generator)
        # Gamma variables over their sum are Dirichlet distributed; the first of two over both is beta distributed.
        weights, kept = numbers[:-2] / ops.sum(numbers[:-2], axis=0, keepdims=True), numbers[-2] / (numbers[-2] + numbers[-1])

        def chain(i: Any, mixed: Tensor) -> Tensor:
            depth = random_ops.randint((), 1, self.chain_depth + 1, seed=self.generator)
            return mixed + _repeat(depth, lambda _, x: self.one_of(x)[0], images) * ops.take(weights, i, axis=0)

        mixed = _repeat(self.num_chains, chain, ops.zeros_like(images))
        return images * kept + mixed * (1.0 - kept)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "num_chains": self.num_chains, "chain_depth": self.chain_depth, "alpha": self.alpha,
            "all_ops": self.all_ops,
        }
