"""tf.image's boxes, (top, left, bottom, right) in parts of the image's size: cutting out, drawing, choosing among overlapping ones."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError, ShapeError, UntraceableError
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.ops.image._both import image_tensor, is_known, whole


@op(3, "same", name="tf.image.crop_and_resize")
def _crops(x: Any, boxes: Any, indices: Any, size: tuple[int, int], nearest: bool, outside: float) -> Any:
    x, boxes = x.astype(jnp.float32), boxes.astype(jnp.float32)

    def places(begin: Any, end: Any, old: int, new: int) -> Any:
        if new == 1:
            return (0.5 * (begin + end) * (old - 1))[:, None]
        step = (end - begin) * np.float32(old - 1) / np.float32(new - 1)
        return (begin * np.float32(old - 1))[:, None] + jnp.arange(new, dtype=jnp.float32) * step[:, None]

    height, width = x.shape[1:3]
    rows = places(boxes[:, 0], boxes[:, 2], height, size[0])[:, :, None]
    columns = places(boxes[:, 1], boxes[:, 3], width, size[1])[:, None, :]
    known = (rows >= 0) & (rows <= height - 1) & (columns >= 0) & (columns <= width - 1)
    image = indices[:, None, None].astype(jnp.int32)

    def read(row: Any, column: Any) -> Any:
        return x[image, jnp.clip(row, 0, height - 1).astype(jnp.int32), jnp.clip(column, 0, width - 1).astype(jnp.int32)]

    if nearest:
        out = read(jnp.floor(rows + 0.5), jnp.floor(columns + 0.5))
    else:
        top, left = jnp.floor(rows), jnp.floor(columns)
        down, right = (rows - top)[..., None], (columns - left)[..., None]
        above = read(top, left) * (1 - right) + read(top, jnp.ceil(columns)) * right
        below = read(jnp.ceil(rows), left) * (1 - right) + read(jnp.ceil(rows), jnp.ceil(columns)) * right
        out = above * (1 - down) + below * down
    return jnp.where(known[..., None], out, np.float32(outside))


def crop_and_resize(
    image: Any, boxes: Any, box_indices: Any, crop_size: Any, method: str = "bilinear", extrapolation_value: float = 0.0,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """Parts of images, each in the size `crop_size`, float32.

    Args:
        image: (batch, height, width, channels). boxes: (number, 4), (top, left, bottom, right), 1 being the last row or column;
            an upside-down box gives a mirrored part.
        box_indices: (number,), which image each box cuts from. crop_size: (height, width).
        method: 'bilinear' or 'nearest'. extrapolation_value: what is outside the image.
    """
    word = "tf.image.crop_and_resize"
    if method not in ("bilinear", "nearest"):
        raise ArgumentError(f"{word}: method is 'bilinear' or 'nearest'; received {method!r}.")
    image, boxes, box_indices = image_tensor(word, image, (4,)), as_tensor(boxes), as_tensor(box_indices)
    if boxes.ndim != 2 or boxes.shape[-1] != 4 or box_indices.ndim != 1:
        raise ShapeError(f"{word}: boxes have shape (number, 4) and box_indices (number,); received {boxes.shape} and {box_indices.shape}.")
    height, width = (whole(word, each, "crop_size") for each in _two(crop_size))
    return _crops(image, boxes, box_indices, (height, width), method == "nearest", float(extrapolation_value))


def _two(size: Any) -> Any:
    return np.asarray(as_tensor(size)).tolist() if is_known(size) else size


def extract_glimpse(
    input: Any, size: Any, offsets: Any, centered: bool = True, normalized: bool = True, noise: str = "uniform", name: str | None = None
) -> Tensor:
    """A part of each image around a point; what lies outside is zero (`noise='zero'`, the only kind here).

    Args:
        input: (batch, height, width, channels). size: (height, width). offsets: (batch, 2), where each part lies.
        centered: offsets count from the image's middle. normalized: they are parts of the image's size, else pixels. With both an
            offset, between -1 and 1, names the part's middle; otherwise its first pixel.
    """
    word = "tf.image.extract_glimpse"
    if noise != "zero":
        raise ArgumentError(f"{word}: only noise='zero' is here; received {noise!r}.")
    image = image_tensor(word, input, (4,))
    height, width = (whole(word, each, "size") for each in _two(size))
    return _glimpse(image, as_tensor(offsets), height, width, bool(centered), bool(normalized))


@op(2, "same", name="tf.image.extract_glimpse")
def _glimpse(x: Any, offsets: Any, height: int, width: int, centered: bool, normalized: bool) -> Any:
    batch, rows, columns, channels = x.shape
    at = offsets.astype(jnp.float32)
    extent = np.array([rows, columns], np.float32)
    if normalized:
        at = at * extent
    if centered:  # as TensorFlow does it: only with both does the offset name the part's middle
        at = (at + extent - np.array([height, width], np.float32)) / 2 if normalized else at + extent / 2
    starts = at.astype(jnp.int32)
    i = starts[:, :1] + jnp.arange(height, dtype=jnp.int32)
    j = starts[:, 1:] + jnp.arange(width, dtype=jnp.int32)
    found = jax.vmap(lambda image, i, j: image[jnp.clip(i, 0, rows - 1)][:, jnp.clip(j, 0, columns - 1)])(x, i, j)
    inside = ((i >= 0) & (i < rows))[:, :, None, None] & ((j >= 0) & (j < columns))[:, None, :, None]
    return jnp.where(inside, found, jnp.zeros((), x.dtype))


@op(3, "same", name="tf.image.draw_bounding_boxes", differentiable=False)
def _drawn(images: Any, boxes: Any, colors: Any) -> Any:
    height, width = images.shape[1:3]
    rows, columns = jnp.arange(height, dtype=jnp.int32)[:, None], jnp.arange(width, dtype=jnp.int32)[None, :]

    def one(image: Any, boxes: Any) -> Any:
        for i in range(boxes.shape[0]):
            scaled = boxes[i] * np.array([height - 1, width - 1] * 2, np.float32)
            top, left, bottom, right = (scaled[k].astype(jnp.int32) for k in range(4))
            seen = (top <= bottom) & (left <= right) & (top < height) & (bottom >= 0) & (left < width) & (right >= 0)
            down, across = (rows >= top) & (rows <= bottom), (columns >= left) & (columns <= right)
            edge = (across & ((rows == top) | (rows == bottom))) | (down & ((columns == left) | (columns == right)))
            image = jnp.where((edge & seen)[..., None], colors[i % colors.shape[0]].astype(image.dtype), image)
        return image

    return jax.vmap(one)(images, boxes.astype(jnp.float32))


# What boxes are drawn in when no colours are given: yellow, blue, red, green, purple, olive, maroon, navy, aqua, fuchsia.
_COLORS = [(1, 1, 0, 1), (0, 0, 1, 1), (1, 0, 0, 1), (0, 1, 0, 1), (0.5, 0, 0.5, 1), (0.5, 0.5, 0, 1), (0.5, 0, 0, 1), (0, 0, 0.5, 1),
           (0, 1, 1, 1), (1, 0, 1, 1)]  # fmt: skip


def draw_bounding_boxes(images: Any, boxes: Any, colors: Any, name: str | None = None) -> Tensor:
    """Images (batch, height, width, channels) with the edges of boxes (batch, number, 4) drawn in.

    `colors`: (number, channels), taken in turn; None for ten that differ.
    """
    word = "tf.image.draw_bounding_boxes"
    images, boxes = image_tensor(word, images, (4,)), as_tensor(boxes)
    if boxes.ndim != 3 or boxes.shape[-1] != 4:
        raise ShapeError(f"{word}: boxes have shape (batch, number, 4); received {boxes.shape}.")
    channels = images.shape[-1]
    if colors is None or not as_tensor(colors).size:
        colors = np.array(_COLORS, np.float32)[:, :channels] if channels != 1 else np.ones((1, 1), np.float32)
    return _drawn(images, boxes, as_tensor(colors))


# Choosing.
def _overlaps(a: Any, b: Any) -> Any:
    """How much boxes (m, 4) and (n, 4) share, over what they cover together: (m, n)."""
    a = jnp.concatenate([jnp.minimum(a[:, :2], a[:, 2:]), jnp.maximum(a[:, :2], a[:, 2:])], 1)
    b = jnp.concatenate([jnp.minimum(b[:, :2], b[:, 2:]), jnp.maximum(b[:, :2], b[:, 2:])], 1)
    shared = jnp.maximum(jnp.minimum(a[:, None, 2:], b[None, :, 2:]) - jnp.maximum(a[:, None, :2], b[None, :, :2]), 0).prod(-1)
    area_a, area_b = (a[:, 2:] - a[:, :2]).prod(-1)[:, None], (b[:, 2:] - b[:, :2]).prod(-1)[None, :]
    union = area_a + area_b - shared
    return jnp.where((area_a > 0) & (area_b > 0), shared / jnp.where(union > 0, union, 1), 0)


def _chosen(overlaps: Any, scores: Any, count: int, threshold: Any, least: Any, sigma: float) -> tuple[Any, Any, Any]:
    """Greedily the best-scored boxes that overlap none already taken by more than `threshold`: positions, scores, how many.

    With sigma > 0 an overlap lowers a score by the factor exp(-overlap^2 / (2 sigma)) in place of striking it out (Bodla et al. 2017).
    """
    n = scores.shape[0]

    def step(i: Any, state: Any) -> Any:
        left, places, kept, number = state
        best = jnp.argmax(left).astype(jnp.int32)
        value = left[best]
        good = value > least
        overlap = overlaps[best]
        if sigma > 0:
            after = jnp.where(left > -jnp.inf, left * jnp.exp(np.float32(-0.5 / sigma) * overlap * overlap), left)
        else:
            after = jnp.where(overlap > threshold, -jnp.inf, left)
        after = jnp.where(good, after.at[best].set(-jnp.inf), left)
        places = places.at[i].set(jnp.where(good, best, 0))
        return after, places, kept.at[i].set(jnp.where(good, value, 0)), number + good.astype(jnp.int32)

    count = min(count, n)
    start = (scores, jnp.zeros(count, jnp.int32), jnp.zeros(count, scores.dtype), jnp.zeros((), jnp.int32))
    _, places, kept, number = jax.lax.fori_loop(0, count, step, start) if count else start
    return places, kept, number


@op(4, "same", name="tf.image.non_max_suppression", differentiable=False)
def _suppressed(boxes: Any, scores: Any, threshold: Any, least: Any, count: int, sigma: float, given: bool) -> Any:
    overlaps = boxes if given else _overlaps(boxes, boxes)
    return _chosen(overlaps.astype(jnp.float32), scores.astype(jnp.float32), count, threshold, least, sigma)


def _suppress(
    word: str, boxes: Any, scores: Any, count: Any, threshold: Any, least: Any, sigma: float = 0.0, given: bool = False
) -> tuple[Tensor, Tensor, Tensor]:
    boxes, scores = as_tensor(boxes), as_tensor(scores)
    if boxes.ndim != 2 or scores.ndim != 1 or boxes.shape[0] != scores.shape[0] or (not given and boxes.shape[1] != 4):
        raise ShapeError(f"{word}: boxes have shape (number, 4) and scores (number,); received {boxes.shape} and {scores.shape}.")
    if not given and is_known(threshold) and not 0 <= float(threshold) <= 1:
        raise ArgumentError(f"{word}: iou_threshold must be in [0, 1]; received {float(threshold)}.")
    number = whole(word, count, "max_output_size")
    return _suppressed(boxes, scores, as_tensor(threshold, "float32"), as_tensor(least, "float32"), number, float(sigma), given)


def _cut(word: str, tensor: Tensor, number: Tensor) -> Tensor:
    """The part that was filled, whose length only the host can know."""
    if not is_known(number):
        raise UntraceableError(
            f"{word}: how many boxes are kept is not known before the program runs. Inside a compiled function use "
            "tf.image.non_max_suppression_padded with pad_to_max_output_size=True."
        )
    return tensor[: int(number)]


def non_max_suppression(
    boxes: Any, scores: Any, max_output_size: Any, iou_threshold: Any = 0.5, score_threshold: Any = float("-inf"), name: str | None = None
) -> Tensor:
    """The positions, best score first, of boxes of which no two overlap by more than `iou_threshold`.

    Args:
        boxes: (number, 4), two opposite corners each. scores: (number,).
        iou_threshold: the largest intersection over union. score_threshold: boxes with no higher score are left out.
    """
    word = "tf.image.non_max_suppression"
    places, _, number = _suppress(word, boxes, scores, max_output_size, iou_threshold, score_threshold)
    return _cut(word, places, number)


def non_max_suppression_with_scores(
    boxes: Any, scores: Any, max_output_size: Any, iou_threshold: Any = 0.5, score_threshold: Any = float("-inf"),
    soft_nms_sigma: float = 0.0, name: str | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """`non_max_suppression` with the scores too, which `soft_nms_sigma` > 0 lowers in place of dropping boxes (Bodla et al. 2017)."""
    word = "tf.image.non_max_suppression_with_scores"
    places, kept, number = _suppress(word, boxes, scores, max_output_size, iou_threshold, score_threshold, soft_nms_sigma)
    return _cut(word, places, number), _cut(word, kept, number)


def non_max_suppression_overlaps(
    overlaps: Any, scores: Any, max_output_size: Any, overlap_threshold: Any = 0.5, score_threshold: Any = float("-inf"),
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """`non_max_suppression` by given overlaps (number, number)."""
    word = "tf.image.non_max_suppression_overlaps"
    places, _, number = _suppress(word, overlaps, scores, max_output_size, overlap_threshold, score_threshold, 0.0, True)
    return _cut(word, places, number)


def non_max_suppression_padded(
    boxes: Any, scores: Any, max_output_size: Any, iou_threshold: Any = 0.5, score_threshold: Any = float("-inf"),
    pad_to_max_output_size: bool = False, name: str | None = None, **options: Any,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """`non_max_suppression` and how many positions count; with `pad_to_max_output_size` zeros fill the rest."""
    word = "tf.image.non_max_suppression_padded"
    places, _, number = _suppress(word, boxes, scores, max_output_size, iou_threshold, score_threshold)
    if not pad_to_max_output_size:
        return _cut(word, places, number), number
    return _padded(places, whole(word, max_output_size, "max_output_size")), number


@op(name="tf.image.padded_selection", differentiable=False)
def _padded(x: Any, count: int) -> Any:
    return jnp.pad(x, (0, count - x.shape[0]))


@op(4, "same", name="tf.image.combined_non_max_suppression", differentiable=False)
def _combined(boxes: Any, scores: Any, threshold: Any, least: Any, per_class: int, total: int, clip: bool) -> Any:
    classes = scores.shape[-1]

    def image(boxes: Any, scores: Any) -> Any:
        def one(i: int) -> Any:
            own = boxes[:, i if boxes.shape[1] > 1 else 0]
            places, kept, number = _chosen(_overlaps(own, own), scores[:, i], per_class, threshold, least, 0.0)
            good = jnp.arange(places.shape[0]) < number
            return own[places], jnp.where(good, kept, -jnp.inf), jnp.full(places.shape, i, jnp.float32)

        found = [jnp.concatenate(parts) for parts in zip(*[one(i) for i in range(classes)], strict=True)]
        count = min(total, found[1].shape[0])
        best, order = jax.lax.top_k(found[1], count)
        good = best > -jnp.inf
        at = jnp.where(good[:, None], found[0][order], 0)
        at = jnp.clip(at, 0, 1) if clip else at
        rest = total - count
        return (
            jnp.pad(at, ((0, rest), (0, 0))), jnp.pad(jnp.where(good, best, 0), (0, rest)),
            jnp.pad(jnp.where(good, found[2][order], 0), (0, rest)), jnp.sum(good, dtype=jnp.int32),
        )  # fmt: skip

    return jax.vmap(image)(boxes.astype(jnp.float32), scores.astype(jnp.float32))


class CombinedNonMaxSuppression(tuple):
    """(nmsed_boxes, nmsed_scores, nmsed_classes, valid_detections)."""

    nmsed_boxes = property(lambda self: self[0])
    nmsed_scores = property(lambda self: self[1])
    nmsed_classes = property(lambda self: self[2])
    valid_detections = property(lambda self: self[3])


def combined_non_max_suppression(
    boxes: Any, scores: Any, max_output_size_per_class: Any, max_total_size: Any, iou_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"), pad_per_class: bool = False, clip_boxes: bool = True, name: str | None = None,
) -> CombinedNonMaxSuppression:  # fmt: skip
    """`non_max_suppression` for each class of each image of a batch, the best of all classes together.

    Args:
        boxes: (batch, number, 1 or classes, 4). scores: (batch, number, classes).
        clip_boxes: bring the boxes given into 0 to 1.

    Returns: boxes (batch, total, 4), scores, classes (batch, total), and how many of each row count.
    """
    word = "tf.image.combined_non_max_suppression"
    boxes, scores = as_tensor(boxes), as_tensor(scores)
    if boxes.ndim != 4 or scores.ndim != 3:
        raise ShapeError(f"{word}: boxes have 4 axes and scores 3; received shapes {boxes.shape} and {scores.shape}.")
    per_class, total = (whole(word, each, "its size") for each in (max_output_size_per_class, max_total_size))
    if pad_per_class:
        total = min(total, per_class * scores.shape[-1])
    out = _combined(boxes, scores, as_tensor(iou_threshold, "float32"), as_tensor(score_threshold, "float32"), per_class, total,
                    bool(clip_boxes))  # fmt: skip
    return CombinedNonMaxSuppression(out)
