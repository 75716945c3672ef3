"""tf.image's random changes, drawn from a stream (`random_*`) or from a seed of two integers (`stateless_random_*`).

One number, or one for each image of a batch, is drawn from `kernels.dropout`'s generator, on the host without a compiled program.
"""

from typing import Any

import jax
import numpy as np

from hornbeam.engine.errors import ArgumentError, InvalidArgumentError, ShapeError, UntraceableError
from hornbeam.engine.rng import operation_key
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.kernels.dropout import mix
from hornbeam.kernels.memory import in_memory
from hornbeam.ops.image import adjust
from hornbeam.ops.image._both import both, image_tensor, is_known
from hornbeam.ops.tf.draws import stateless_key


def _unit(xp: Any, key: Any, count: int) -> Any:
    """`count` float32 from 0 to below 1."""
    low = mix(key[:1] ^ np.uint32(0x9E3779B9))
    high = mix(key[1:] + low)
    bits = mix(mix(xp.arange(count, dtype=np.uint32) ^ low) + high)
    found = (bits >> np.uint32(8)).astype(np.float32) * np.float32(2**-24)
    return found if xp is np else in_memory(found)


@both("tf.image.random_number", differentiable=False)
def _between(xp: Any, key: Any, low: float, high: float) -> Any:
    return (_unit(xp, key, 1)[0] * np.float32(high - low) + np.float32(low)).astype(np.float32)


# Flips.
@both("tf.image.random_flip", 2)
def _flipped(xp: Any, key: Any, x: Any, axis: int) -> Any:
    if x.ndim == 3:
        turn = _unit(xp, key, 1)[0] < 0.5
        return (xp.flip(x, axis) if turn else x) if xp is np else xp.where(turn, xp.flip(x, axis), x)
    turn = _unit(xp, key, x.shape[0]) < 0.5
    return xp.where(turn[:, None, None, None], xp.flip(x, axis), x)


def random_flip_left_right(image: Any, seed: int | None = None) -> Tensor:
    """Each image mirrored left to right, or not, with equal chances."""
    return _flipped(operation_key("random_flip_left_right", seed, image), image_tensor("tf.image.random_flip_left_right", image), -2)


def random_flip_up_down(image: Any, seed: int | None = None) -> Tensor:
    """Each image mirrored top to bottom, or not, with equal chances."""
    return _flipped(operation_key("random_flip_up_down", seed, image), image_tensor("tf.image.random_flip_up_down", image), -3)


def stateless_random_flip_left_right(image: Any, seed: Any) -> Tensor:
    """Each image mirrored left to right, or not, as the seed says."""
    return _flipped(stateless_key(seed), image_tensor("tf.image.stateless_random_flip_left_right", image), -2)


def stateless_random_flip_up_down(image: Any, seed: Any) -> Tensor:
    """Each image mirrored top to bottom, or not, as the seed says."""
    return _flipped(stateless_key(seed), image_tensor("tf.image.stateless_random_flip_up_down", image), -3)


# Brightness and colours.
def _spread(name: str, max_delta: Any, most: float = float("inf")) -> tuple[float, float]:
    value = float(max_delta)
    if value < 0:
        raise ArgumentError(f"tf.image.{name}: max_delta must be non-negative; received {value}.")
    if value > most:
        raise ArgumentError(f"tf.image.{name}: max_delta must be <= {most}; received {value}.")
    return -value, value


def _range(name: str, lower: Any, upper: Any) -> tuple[float, float]:
    low, high = float(lower), float(upper)
    if high <= low:
        raise ArgumentError(f"tf.image.{name}: upper must be > lower; received lower={low} and upper={high}.")
    if low < 0:
        raise ArgumentError(f"tf.image.{name}: lower must be non-negative; received {low}.")
    return low, high


def random_brightness(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """`adjust_brightness` by a number between -max_delta and max_delta."""
    ends = _spread("random_brightness", max_delta)
    return adjust.adjust_brightness(image, _between(operation_key("random_brightness", seed, image), *ends))


def stateless_random_brightness(image: Any, max_delta: float, seed: Any) -> Tensor:
    """`adjust_brightness` by a number between -max_delta and max_delta, which the seed says."""
    ends = _spread("stateless_random_brightness", max_delta)
    return adjust.adjust_brightness(image, _between(stateless_key(seed), *ends))


def random_contrast(image: Any, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """`adjust_contrast` by a factor between lower and upper."""
    ends = _range("random_contrast", lower, upper)
    return adjust.adjust_contrast(image, _between(operation_key("random_contrast", seed, image), *ends))


def stateless_random_contrast(image: Any, lower: float, upper: float, seed: Any) -> Tensor:
    """`adjust_contrast` by a factor between lower and upper, which the seed says."""
    return adjust.adjust_contrast(image, _between(stateless_key(seed), *_range("stateless_random_contrast", lower, upper)))


def random_hue(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """`adjust_hue` by a number between -max_delta and max_delta, at most 0.5."""
    ends = _spread("random_hue", max_delta, 0.5)
    return adjust.adjust_hue(image, _between(operation_key("random_hue", seed, image), *ends))


def stateless_random_hue(image: Any, max_delta: float, seed: Any) -> Tensor:
    """`adjust_hue` by a number between -max_delta and max_delta, which the seed says."""
    return adjust.adjust_hue(image, _between(stateless_key(seed), *_spread("stateless_random_hue", max_delta, 0.5)))


def random_saturation(image: Any, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """`adjust_saturation` by a factor between lower and upper."""
    ends = _range("random_saturation", lower, upper)
    return adjust.adjust_saturation(image, _between(operation_key("random_saturation", seed, image), *ends))


def stateless_random_saturation(image: Any, lower: float, upper: float, seed: Any = None) -> Tensor:
    """`adjust_saturation` by a factor between lower and upper, which the seed says."""
    return adjust.adjust_saturation(image, _between(stateless_key(seed), *_range("stateless_random_saturation", lower, upper)))


def _quality(name: str, image: Any, key: Tensor, low: int, high: int) -> Tensor:
    if not 0 <= low <= 100 or not 0 <= high <= 100:
        raise ArgumentError(f"tf.image.{name}: jpeg encoding range must be between 0 and 100; received {low} to {high}.")
    if low >= high:
        raise ArgumentError(f"tf.image.{name}: `min_jpeg_quality` must be less than `max_jpeg_quality`; received {low} and {high}.")
    if not is_known(key) or not is_known(image):
        raise UntraceableError(f"tf.image.{name} writes and reads a file on the host; it cannot be part of a compiled function.")
    return adjust.adjust_jpeg_quality(image, int(float(_between(key, low, high))))


def random_jpeg_quality(image: Any, min_jpeg_quality: int, max_jpeg_quality: int, seed: int | None = None) -> Tensor:
    """An image as JPEG of a quality between the two leaves it. On the host only."""
    return _quality("random_jpeg_quality", image, operation_key("random_jpeg_quality", seed, image), min_jpeg_quality, max_jpeg_quality)


def stateless_random_jpeg_quality(image: Any, min_jpeg_quality: int, max_jpeg_quality: int, seed: Any) -> Tensor:
    """An image as JPEG of a quality between the two, which the seed says, leaves it. On the host only."""
    return _quality("stateless_random_jpeg_quality", image, stateless_key(seed), min_jpeg_quality, max_jpeg_quality)


# Parts.
@both("tf.image.random_crop", 2)
def _cropped(xp: Any, key: Any, x: Any, size: tuple[int, ...]) -> Any:
    room = np.array([n - m + 1 for n, m in zip(x.shape, size, strict=True)], np.float32)
    starts = (_unit(xp, key, x.ndim) * room).astype(np.int32)
    if xp is np:
        return x[tuple(slice(int(start), int(start) + m) for start, m in zip(starts, size, strict=True))]
    return jax.lax.dynamic_slice(x, list(starts), size)


def _sizes(name: str, value: Tensor, size: Any) -> tuple[int, ...]:
    if not is_known(size):
        raise UntraceableError(f"tf.image.{name}: inside a compiled function `size` must be known; pass Python ints.")
    sizes = tuple(int(each) for each in np.asarray(as_tensor(size)))
    if len(sizes) != value.ndim:
        raise ShapeError(f"tf.image.{name}: size has one number for each axis of value, whose shape is {value.shape}; received {sizes}.")
    if any(n is not None and n < m for n, m in zip(value.shape, sizes, strict=True)):
        raise InvalidArgumentError(f"tf.image.{name}: Need value.shape >= size, got {tuple(value.shape)} and {sizes}.")
    return sizes


def random_crop(value: Any, size: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """A part of the given size (one number for each axis) of a tensor, anywhere in it with equal chances."""
    value = as_tensor(value)
    return _cropped(operation_key("random_crop", seed, value), value, _sizes("random_crop", value, size))


def stateless_random_crop(value: Any, size: Any, seed: Any, name: str | None = None) -> Tensor:
    """A part of the given size (one number for each axis) of a tensor, where the seed says."""
    value = as_tensor(value)
    return _cropped(stateless_key(seed), value, _sizes("stateless_random_crop", value, size))


# A part for training: its size, shape and place are random, and it holds enough of some box.
class DistortedBox(tuple):
    """(begin, size, bboxes): what `tf.slice` cuts out, and the same as a box to draw."""

    begin = property(lambda self: self[0])
    size = property(lambda self: self[1])
    bboxes = property(lambda self: self[2])


def _distorted(
    key: Tensor, image_size: Any, bounding_boxes: Any, least: Any, ratios: Any, areas: Any, attempts: Any, whole: Any
) -> DistortedBox:
    if not (is_known(key) and is_known(image_size) and is_known(bounding_boxes)):
        raise UntraceableError("tf.image.sample_distorted_bounding_box draws on the host; it cannot be part of a compiled function.")
    height, width = (int(each) for each in np.asarray(as_tensor(image_size))[:2])
    boxes = np.asarray(as_tensor(bounding_boxes), np.float64).reshape(-1, 4)
    if not len(boxes):
        if not whole:
            raise InvalidArgumentError(
                "tf.image.sample_distorted_bounding_box: No bounding boxes provided as input; pass use_image_if_no_bounding_boxes=True."
            )
        boxes = np.array([[0.0, 0.0, 1.0, 1.0]])
    low, high = ratios or (0.75, 1.33)
    small, large = areas or (0.05, 1.0)
    words = np.asarray(key)
    generator = np.random.Generator(np.random.Philox(int(words[0]) << 32 | int(words[1])))
    top, left, rows, columns = 0, 0, height, width
    for _ in range(int(attempts or 100)):
        ratio, area = generator.uniform(low, high), generator.uniform(small, large) * height * width
        h = int(round(np.sqrt(area / ratio)))
        w = int(round(h * ratio))
        if not (0 < h <= height and 0 < w <= width):
            continue
        y, x = int(generator.integers(0, height - h + 1)), int(generator.integers(0, width - w + 1))
        ends = boxes * [height, width, height, width]
        down = np.minimum(ends[:, 2], y + h) - np.maximum(ends[:, 0], y)
        across = np.minimum(ends[:, 3], x + w) - np.maximum(ends[:, 1], x)
        own = (ends[:, 2] - ends[:, 0]) * (ends[:, 3] - ends[:, 1])
        if (np.clip(down, 0, None) * np.clip(across, 0, None) >= float(least) * own).any():
            top, left, rows, columns = y, x, h, w
            break
    box = np.array([top / height, left / width, (top + rows) / height, (left + columns) / width], np.float32)
    return DistortedBox(
        (as_tensor([top, left, 0]), as_tensor([rows, columns, -1]), as_tensor(box.reshape(1, 1, 4)))
    )


def sample_distorted_bounding_box(
    image_size: Any, bounding_boxes: Any, seed: int = 0, min_object_covered: float = 0.1, aspect_ratio_range: Any = None,
    area_range: Any = None, max_attempts: int | None = None, use_image_if_no_bounding_boxes: bool | None = None, name: str | None = None,
) -> DistortedBox:  # fmt: skip
    """A random part of an image that holds at least `min_object_covered` of one of the boxes; after `max_attempts` the whole image.

    Args:
        image_size: (height, width, channels). bounding_boxes: (..., number, 4), (top, left, bottom, right) in parts of the size.
        aspect_ratio_range: of width over height, (0.75, 1.33) by default. area_range: in parts of the image's, (0.05, 1).

    Returns: begin and size for `tf.slice`, and the part as a box (1, 1, 4).
    """
    key = operation_key("sample_distorted_bounding_box", seed or None)
    return _distorted(key, image_size, bounding_boxes, min_object_covered, aspect_ratio_range, area_range, max_attempts,
                      use_image_if_no_bounding_boxes)  # fmt: skip


def stateless_sample_distorted_bounding_box(
    image_size: Any, bounding_boxes: Any, seed: Any, min_object_covered: float = 0.1, aspect_ratio_range: Any = None,
    area_range: Any = None, max_attempts: int | None = None, use_image_if_no_bounding_boxes: bool | None = None, name: str | None = None,
) -> DistortedBox:  # fmt: skip
    """As `sample_distorted_bounding_box`, as the seed says."""
    return _distorted(stateless_key(seed), image_size, bounding_boxes, min_object_covered, aspect_ratio_range, area_range, max_attempts,
                      use_image_if_no_bounding_boxes)  # fmt: skip
