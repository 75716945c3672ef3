"""What the layers that change images share: layouts, labels and masks beside the images, factors, drawing once an image."""

from typing import Any

from hornbeam import ops
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.rng import SeedGenerator
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.layers.convolution import checked_format
from hornbeam.layers.layer import Layer
from hornbeam.ops import random as random_ops
from hornbeam.ops.image.boxes import check_box_format, clip_to_image_size, convert_format

Drawn = dict[str, Any]


class ImageLayer(Layer):
    """Base of layers on images: one (height, width, channels) or a batch, or a dict with "images" (and "labels",
    "segmentation_masks", "bounding_boxes": {"boxes": (batch, n, 4), "labels": (batch, n)}).

    A subclass writes `draw(count, height, width)`, the random numbers for a batch, and `apply(images, drawn)`, the work on a
    float batch with the channels last. Nothing happens outside training, unless `always` is set.
    `moves`: pixels change their places, so masks and boxes go with them; the latter by `apply_to_boxes`, and, outside training, by
    `still_boxes`. Boxes are then cut at the image's edges, and those of which nothing is left get the label -1.
    """

    always = False
    moves = False

    def __init__(
        self, data_format: str | None = None, seed: int | None = None, bounding_box_format: str | None = None, **kwargs: Any
    ):
        super().__init__(**kwargs)
        kind = type(self).__name__
        self.bounding_box_format = bounding_box_format and check_box_format(f"{kind}: bounding_box_format", bounding_box_format)
        self.data_format = checked_format(type(self).__name__, data_format)
        self.seed = seed
        if not self.always:
            self.generator = SeedGenerator(seed)

    @property
    def cuts(self) -> bool:
        """Whether boxes may come to lie outside the image and are cut."""
        return self.moves

    def draw(self, count: int, height: int, width: int) -> Drawn:
        """The random numbers for a batch of images."""
        return {}

    def apply(self, images: Tensor, drawn: Drawn) -> Tensor:
        """The batch changed as was drawn."""
        raise NotImplementedError(f"{type(self).__name__} defines no `apply`.")

    def apply_to_masks(self, masks: Tensor, drawn: Drawn) -> Tensor:
        """Segmentation masks changed as the images were."""
        return self.apply(masks, {**drawn, "nearest": True}) if self.moves else masks

    def apply_to_labels(self, labels: Tensor, drawn: Drawn) -> Tensor:
        """Labels that go with the changed images."""
        return labels

    def apply_to_boxes(self, boxes: Tensor, drawn: Drawn, height: int, width: int) -> Tensor:
        """Boxes (batch, n, 4), 'xyxy' in pixels of images of a size, changed as the images were."""
        if self.moves:
            raise ArgumentError(f"{type(self).__name__} bends images; what becomes of a box is not defined. Leave 'bounding_boxes' out.")
        return boxes

    def still(self, images: Tensor) -> Tensor:
        """The batch outside training."""
        return images

    def still_boxes(self, boxes: Tensor, height: int, width: int) -> Tensor:
        """The boxes outside training."""
        return boxes

    def call(self, data: Any, training: bool | None = True) -> Any:
        acts = bool(training) or self.always
        if not isinstance(data, dict):
            return self._run(data, acts, None)
        if "images" not in data:
            raise ArgumentError(f"it takes images, or a dict with the key 'images'; received the keys {sorted(data)}.")
        if "bounding_boxes" in data and self.bounding_box_format is None:
            raise ArgumentError(f"for 'bounding_boxes' it must know their format: {type(self).__name__}(..., bounding_box_format='xyxy').")
        return self._run(data["images"], acts, data)

    def _run(self, images: Any, acts: bool, data: dict[str, Any] | None) -> Any:
        images = as_tensor(images)
        if images.ndim not in (3, 4):
            raise ShapeError(f"it takes one image (3 axes) or a batch (4); received shape {tuple(images.shape)}.")
        single = images.ndim == 3
        x = self._last(images, single)
        size = tuple(x.shape[1:3])
        drawn: Drawn = self.draw(*x.shape[:3]) if acts else {}
        boxes = None if data is None or "bounding_boxes" not in data else self._boxes(data["bounding_boxes"], single, *size)
        if boxes is not None and acts:
            drawn["boxes"] = boxes["boxes"]
        x = self.apply(x, drawn) if acts else self.still(x)
        out = self._back(x, single)
        if data is None:
            return out
        result = {**data, "images": out}
        if acts and "labels" in data:
            labels = as_tensor(data["labels"])
            changed = self.apply_to_labels(labels[None] if single else labels, drawn)
            result["labels"] = changed[0] if single else changed
        if boxes is not None:
            moved = self.apply_to_boxes(boxes["boxes"], drawn, *size) if acts else self.still_boxes(boxes["boxes"], *size)
            labels = self.box_labels(boxes["labels"], drawn) if acts else boxes["labels"]
            found = {**boxes, "boxes": moved, "labels": labels}
            if moved is not boxes["boxes"] and self.cuts:
                found = clip_to_image_size(found, *x.shape[1:3])
            found["boxes"] = convert_format(found["boxes"], "xyxy", self.bounding_box_format or "xyxy", *x.shape[1:3])
            result["bounding_boxes"] = {name: each[0] for name, each in found.items()} if single else found
        if "segmentation_masks" in data:
            masks = self._last(as_tensor(data["segmentation_masks"]), single)
            result["segmentation_masks"] = self._back(self.apply_to_masks(masks, drawn) if acts else self.still(masks), single)
        return result

    def _boxes(self, given: dict[str, Any], single: bool, height: int, width: int) -> dict[str, Tensor]:
        """Boxes and labels of a batch, in pixels."""
        if not isinstance(given, dict) or not {"boxes", "labels"} <= set(given):
            raise ArgumentError(f"'bounding_boxes' is a dict with 'boxes' and 'labels'; received {given!r}.")
        found = {name: ops.expand_dims(as_tensor(each), 0) if single else as_tensor(each) for name, each in given.items()}
        if found["boxes"].ndim != 3 or found["boxes"].shape[-1] != 4:
            shape = tuple(as_tensor(given["boxes"]).shape)
            raise ShapeError(f"boxes have shape (batch, n, 4), or (n, 4) with one image; received {shape}.")
        return convert_format(found, self.bounding_box_format or "xyxy", "xyxy", height, width)

    def box_labels(self, labels: Tensor, drawn: Drawn) -> Tensor:
        """The labels that go with the boxes in training."""
        return labels

    def _last(self, images: Tensor, single: bool) -> Tensor:
        x = images if images.dtype == self.compute_dtype else ops.cast(images, self.compute_dtype)
        x = ops.expand_dims(x, 0) if single else x
        return ops.transpose(x, (0, 2, 3, 1)) if self.data_format == "channels_first" else x

    def _back(self, x: Tensor, single: bool) -> Tensor:
        x = ops.transpose(x, (0, 3, 1, 2)) if self.data_format == "channels_first" else x
        return ops.squeeze(x, 0) if single else x

    # Drawing.
    def uniform(self, count: int, span: tuple[float, float], shape: tuple[int, ...] = (1, 1, 1)) -> Tensor:
        """A number between the span's ends for each image, in a shape that broadcasts over it."""
        drawn = random_ops.uniform((count, *shape), seed=self.generator, dtype=self.compute_dtype)
        return drawn * (span[1] - span[0]) + span[0]

    def chosen(self, count: int, span: tuple[float, float]) -> Tensor:
        """Whether each image is changed, with a probability drawn from the span."""
        return ops.less(self.uniform(count, (0.0, 1.0)), self.uniform(count, span))

    def sign(self, count: int) -> Tensor:
        """-1 or 1 for each image."""
        return ops.where(ops.less(self.uniform(count, (0.0, 1.0)), 0.5), -1.0, 1.0)

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), "data_format": self.data_format}
        if self.bounding_box_format is not None:
            config["bounding_box_format"] = self.bounding_box_format
        return config if self.always else {**config, "seed": self.seed}


def span(layer: str, name: str, value: Any, low: float = 0.0, high: float = 1.0, symmetric: bool = False) -> tuple[float, float]:
    """The two ends that a factor means: itself when it is a pair; from 0 (or from its negative) to it when it is a number.

    Raises: `ArgumentError` when an end lies outside `low` to `high`.
    """
    if isinstance(value, (int, float)):
        ends = (-float(value) if symmetric else min(0.0, float(value)) if low < 0 else 0.0, float(value))
    elif isinstance(value, (list, tuple)) and len(value) == 2 and all(isinstance(each, (int, float)) for each in value):
        ends = (float(value[0]), float(value[1]))
    else:
        raise ArgumentError(f"{layer}: {name} is a number or a pair of numbers; received {value!r}.")
    if symmetric and isinstance(value, (int, float)) and value < 0:
        ends = (ends[1], ends[0])
    if ends[0] > ends[1] or ends[0] < low or ends[1] > high:
        raise ArgumentError(f"{layer}: {name} lies between {low:g} and {high:g}, the smaller end first; received {value!r}.")
    return ends


def value_range(layer: str, value: Any) -> tuple[float, float]:
    """The lowest and highest value pixels have."""
    if not isinstance(value, (list, tuple)) or len(value) != 2 or not value[0] < value[1]:
        raise ArgumentError(f"{layer}: value_range is (lowest, highest), such as (0, 255) or (0, 1); received {value!r}.")
    return tuple(value)  # type: ignore[return-value]
