"""Bounding boxes: their formats, clipping, overlap, deltas to anchors, and affine maps.

A format is the order of a box's four numbers, in pixels or, with 'rel_', as shares of the image's width and height: the ends on both
axes ('xyxy', 'yxyx'), one corner and the size ('xywh'), or the middle and the size ('center_xywh', 'center_yxhw').
"""

import math
from typing import Any

import numpy as np

from hornbeam import ops
from hornbeam.engine.errors import ArgumentError, listing
from hornbeam.engine.tensor import Tensor, as_tensor

FORMATS = ("xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw", "rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh")


def check_box_format(name: str, value: Any) -> str:
    """The format in lower case, or an error that names those there are."""
    if not isinstance(value, str) or value.lower() not in FORMATS:
        raise ArgumentError(f"{name} is {listing(FORMATS)}; received {value!r}.")
    return value.lower()


def columns(boxes: Any) -> list[Tensor]:
    """The four numbers of boxes, each with a last axis of 1."""
    return ops.split(boxes, 4, axis=-1)


def _scale(format: str, height: Any, width: Any) -> Any:
    """What the numbers of a relative format are multiplied by for pixels."""
    return (height, width) * 2 if _down_first(format) else (width, height) * 2


def _down_first(format: str) -> bool:
    return format.rpartition("_")[2].startswith("y")


def convert_format(boxes: Any, source: str, target: str, height: Any = None, width: Any = None, dtype: Any = "float32") -> Any:
    """Boxes from one format to another.

    Args:
        boxes: shape (..., 4), or a dict with them under "boxes".
        height, width: of the image, needed from or to a relative format.
    """
    if isinstance(boxes, dict):
        return {**boxes, "boxes": convert_format(boxes["boxes"], source, target, height, width, dtype)}
    source, target = check_box_format("source", source), check_box_format("target", target)
    out = ops.cast(as_tensor(boxes), dtype)
    if source == target:
        return out
    relative = source.startswith("rel_"), target.startswith("rel_")
    if relative[0] != relative[1] and (height is None or width is None):
        raise ArgumentError(f"From {source!r} to {target!r} takes the image's size: pass height= and width=.")
    a, b, c, d = columns(out)
    if relative[0] != relative[1] and relative[0]:
        a, b, c, d = (each * size for each, size in zip((a, b, c, d), _scale(source, height, width), strict=True))
    if "center" in source:
        a, b, c, d = a - c / 2, b - d / 2, a + c / 2, b + d / 2
    elif source.endswith("wh"):
        c, d = a + c, b + d
    if _down_first(source) != _down_first(target):
        a, b, c, d = b, a, d, c
    if "center" in target:
        a, b, c, d = (a + c) / 2, (b + d) / 2, c - a, d - b
    elif target.endswith("wh"):
        c, d = c - a, d - b
    if relative[0] != relative[1] and relative[1]:
        a, b, c, d = (each / size for each, size in zip((a, b, c, d), _scale(target, height, width), strict=True))
    return ops.concatenate([a, b, c, d], axis=-1)


def clip_to_image_size(bounding_boxes: dict[str, Any], height: Any = None, width: Any = None, bounding_box_format: str = "xyxy") -> Any:
    """Boxes cut at the image's edges; those of which nothing is left get the label -1.

    Args:
        bounding_boxes: {"boxes": (..., n, 4), "labels": (..., n)}.
    """
    boxes, labels = as_tensor(bounding_boxes["boxes"]), as_tensor(bounding_boxes["labels"])
    cut = convert_format(boxes, bounding_box_format, "xyxy", height, width, boxes.dtype)
    left, top, right, bottom = columns(cut)
    left, right = (ops.clip(each, 0, width) for each in (left, right))
    top, bottom = (ops.clip(each, 0, height) for each in (top, bottom))
    area = ops.squeeze((right - left) * (bottom - top), -1)
    cut = ops.concatenate([left, top, right, bottom], axis=-1)
    return {
        **bounding_boxes, "boxes": convert_format(cut, "xyxy", bounding_box_format, height, width, boxes.dtype),
        "labels": ops.where(area > 0, labels, ops.cast(-1, labels.dtype)),
    }  # fmt: skip


def _moved(boxes: Any, top: Any, left: Any, format: str, height: Any, width: Any) -> tuple[list[Tensor], Any]:
    boxes = as_tensor(boxes)
    a, b, c, d = columns(convert_format(boxes, format, "xyxy", height, width, boxes.dtype))
    return [a + left, b + top, c + left, d + top], boxes.dtype


def crop(boxes: Any, top: int, left: int, height: int, width: int, bounding_box_format: str = "xyxy") -> Tensor:
    """Boxes in the window of an image that begins at (top, left), cut at its edges; the window is `height` by `width`."""
    (a, b, c, d), dtype = _moved(boxes, -top, -left, bounding_box_format, height, width)
    cut = [ops.clip(a, 0, width), ops.clip(b, 0, height), ops.clip(c, 0, width), ops.clip(d, 0, height)]
    return convert_format(ops.concatenate(cut, axis=-1), "xyxy", bounding_box_format, height, width, dtype)


def pad(boxes: Any, top: int, left: int, height: int | None = None, width: int | None = None, bounding_box_format: str = "xyxy") -> Tensor:
    """Boxes in an image with `top` rows and `left` columns put before it; `height` and `width` are those of the image without them."""
    found, dtype = _moved(boxes, top, left, bounding_box_format, height, width)
    size = (None if height is None else height + top, None if width is None else width + left)
    return convert_format(ops.concatenate(found, axis=-1), "xyxy", bounding_box_format, *size, dtype)


def _pixels(boxes: Any, format: str, image_shape: Any) -> list[Tensor]:
    """The ends of boxes; shares of the image where its size is not given."""
    height, width = (None, None) if image_shape is None else image_shape[:2]
    relative = check_box_format("bounding_box_format", format).startswith("rel_") and image_shape is None
    return columns(convert_format(boxes, format, "rel_xyxy" if relative else "xyxy", height, width))


def compute_iou(
    boxes1: Any, boxes2: Any, bounding_box_format: str, use_masking: bool = False, mask_val: int = -1, image_shape: Any = None
) -> Tensor:
    """The area that each pair of boxes shares over the area of both: (..., m, 4) and (..., n, 4) -> (..., m, n).

    Args:
        use_masking: pairs with a box of negative numbers alone get `mask_val`.
        image_shape: (height, width, ...), for relative formats.
    """
    given = as_tensor(boxes1), as_tensor(boxes2)
    a = [ops.expand_dims(ops.squeeze(each, -1), -1) for each in _pixels(given[0], bounding_box_format, image_shape)]
    b = [ops.expand_dims(ops.squeeze(each, -1), -2) for each in _pixels(given[1], bounding_box_format, image_shape)]
    wide = ops.maximum(ops.minimum(a[2], b[2]) - ops.maximum(a[0], b[0]), 0.0)
    high = ops.maximum(ops.minimum(a[3], b[3]) - ops.maximum(a[1], b[1]), 0.0)
    shared = wide * high
    whole = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    iou = ops.divide_no_nan(shared, whole)
    if not use_masking:
        return iou
    absent = [ops.all(ops.less(each, 0), axis=-1) for each in given]
    masked = ops.logical_or(ops.expand_dims(absent[0], -1), ops.expand_dims(absent[1], -2))
    return ops.where(masked, ops.cast(mask_val, iou.dtype), iou)


def compute_ciou(boxes1: Any, boxes2: Any, bounding_box_format: str, image_shape: Any = None) -> Tensor:
    """Complete IoU (Zheng et al. 2020) of boxes in pairs, (..., 4) each -> (...): less by the distance of middles and by other shapes."""
    a, b = (_pixels(each, bounding_box_format, image_shape) for each in (boxes1, boxes2))
    wide = ops.maximum(ops.minimum(a[2], b[2]) - ops.maximum(a[0], b[0]), 0.0)
    high = ops.maximum(ops.minimum(a[3], b[3]) - ops.maximum(a[1], b[1]), 0.0)
    shared, tiny = wide * high, 1e-7
    (wide1, high1), (wide2, high2) = ((box[2] - box[0], box[3] - box[1]) for box in (a, b))
    iou = shared / (wide1 * high1 + wide2 * high2 - shared + tiny)
    around = ops.square(ops.maximum(a[2], b[2]) - ops.minimum(a[0], b[0])) + ops.square(ops.maximum(a[3], b[3]) - ops.minimum(a[1], b[1]))
    apart = ops.square(b[0] + b[2] - a[0] - a[2]) / 4 + ops.square(b[1] + b[3] - a[1] - a[3]) / 4
    shape = ops.square(ops.arctan(wide2 / (high2 + tiny)) - ops.arctan(wide1 / (high1 + tiny))) * (4 / math.pi**2)
    share = shape / (shape - iou + 1 + tiny)
    return ops.squeeze(iou - apart / (around + tiny) - shape * share, -1)


_DELTAS = ("center_xywh", "center_yxhw")


def _check_deltas(encoding: str, variance: Any) -> Any:
    if encoding not in _DELTAS:
        raise ArgumentError(f"Deltas are encoded as {listing(_DELTAS)}; received {encoding!r}.")
    if variance is not None and np.shape(variance) != (4,):
        raise ArgumentError(f"variance has four numbers; received {variance!r}.")
    return None if variance is None else as_tensor(np.asarray(variance, np.float32))


def _by_level(function: Any, anchors: Any, boxes: Any) -> Any:
    if isinstance(anchors, dict):
        return {level: function(anchors[level], boxes[level]) for level in anchors}
    return function(anchors, boxes)


def encode_box_to_deltas(
    anchors: Any, boxes: Any, anchor_format: str, box_format: str, encoding_format: str = "center_yxhw", variance: Any = None,
    image_shape: Any = None,
) -> Any:  # fmt: skip
    """Boxes as what is between them and their anchors: the middles' distance in sizes of the anchor, and the logarithms of size ratios.

    Args:
        anchors: shape (n, 4), or a dict of them by level. boxes: shape (n, 4) or (batch, n, 4), likewise.
        variance: four numbers the deltas are divided by.
    """
    variance = _check_deltas(encoding_format, variance)
    size = (None, None) if image_shape is None else image_shape[:2]

    def encode(anchors: Any, boxes: Any) -> Tensor:
        anchor = columns(convert_format(anchors, anchor_format, encoding_format, *size))
        box = columns(convert_format(boxes, box_format, encoding_format, *size))
        middle = [(box[i] - anchor[i]) / anchor[i + 2] for i in (0, 1)]
        ratio = [ops.log(ops.maximum(box[i], 1e-7) / ops.maximum(anchor[i], 1e-7)) for i in (2, 3)]
        deltas = ops.concatenate([*middle, *ratio], axis=-1)
        return deltas if variance is None else deltas / variance

    return _by_level(encode, anchors, boxes)


def decode_deltas_to_boxes(
    anchors: Any, boxes_delta: Any, anchor_format: str, box_format: str, encoded_format: str = "center_yxhw", variance: Any = None,
    image_shape: Any = None,
) -> Any:  # fmt: skip
    """The boxes of which `encode_box_to_deltas` gave the deltas."""
    variance = _check_deltas(encoded_format, variance)
    size = (None, None) if image_shape is None else image_shape[:2]

    def decode(anchors: Any, deltas: Any) -> Tensor:
        anchor = columns(convert_format(anchors, anchor_format, encoded_format, *size))
        deltas = as_tensor(deltas)
        delta = columns(deltas if variance is None else deltas * variance)
        box = [delta[i] * anchor[i + 2] + anchor[i] for i in (0, 1)] + [ops.exp(delta[i]) * anchor[i] for i in (2, 3)]
        return convert_format(ops.concatenate(box, axis=-1), encoded_format, box_format, *size)

    return _by_level(decode, anchors, boxes_delta)


def around(boxes: Any, move: Any) -> Tensor:
    """The boxes 'xyxy' around the four corners of boxes after `move(x, y)`, which gives new x and y."""
    left, top, right, bottom = columns(boxes)
    x, y = move(ops.concatenate([left, right, left, right], axis=-1), ops.concatenate([top, top, bottom, bottom], axis=-1))
    ends = [ops.min(x, -1, keepdims=True), ops.min(y, -1, keepdims=True), ops.max(x, -1, keepdims=True), ops.max(y, -1, keepdims=True)]
    return ops.concatenate(ends, axis=-1)


def affine_transform(
    boxes: Any, angle: Any, translate_x: Any, translate_y: Any, scale: Any, shear_x: Any, shear_y: Any, height: int, width: int,
    center_x: Any = None, center_y: Any = None, bounding_box_format: str = "xyxy",
) -> Tensor:  # fmt: skip
    """The boxes around boxes that are sheared, turned, scaled and shifted.

    Args:
        boxes: shape (batch, n, 4), or (n, 4) with plain numbers for the rest.
        angle, shear_x, shear_y: in degrees, one or one for each image; the angle against the clock.
        translate_x, translate_y: in shares of the image's size. center_x, center_y: of the fixed point, likewise; the middle by default.
    """
    boxes = as_tensor(boxes)

    def number(value: Any, degrees: bool = False) -> Tensor:
        value = ops.cast(as_tensor(value), "float32")
        value = value * (math.pi / 180) if degrees else value
        return ops.reshape(value, (-1, 1, 1)) if value.ndim else value

    turn, slant_x, slant_y = (number(each, True) for each in (angle, shear_x, shear_y))
    size, right, down = (number(each) for each in (scale, translate_x, translate_y))
    middle_x = number(0.5 if center_x is None else center_x) * (width - 1)
    middle_y = number(0.5 if center_y is None else center_y) * (height - 1)

    def move(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        x, y = x - middle_x, y - middle_y
        x, y = x + ops.tan(slant_x) * y, y + ops.tan(slant_y) * x
        x, y = ops.cos(turn) * x + ops.sin(turn) * y, ops.cos(turn) * y - ops.sin(turn) * x
        return x * size + middle_x + right * (width - 1), y * size + middle_y + down * (height - 1)

    found = convert_format(boxes, bounding_box_format, "xyxy", height, width)
    return convert_format(around(found, move), "xyxy", bounding_box_format, height, width)
