"""Resizing as TensorFlow 1 did it (`tf.compat.v1.image`): pixels are points, and the first stays where it is."""

from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor
from hornbeam.ops.image import chance, detection, sizes, turns
from hornbeam.ops.image._both import both, image_tensor


def _line(old: int, new: int, method: str, corners: bool, half: bool) -> np.ndarray:
    """What each of `old` pixels of a line gives to each of `new` ones: (new, old), float32."""
    scale = (old - 1) / (new - 1) if corners and new > 1 else old / new
    at = (np.arange(new) + 0.5) * scale - 0.5 * (method == "bilinear") if half else np.arange(new) * scale
    weights = np.zeros((new, old), np.float32)
    rows = np.arange(new)
    if method == "nearest":
        places = np.floor(at + 0.5) if corners else np.floor(at)
        weights[rows, np.clip(places, 0, old - 1).astype(int)] = 1
        return weights
    low = np.floor(at)
    part = (at - low).astype(np.float32)
    np.add.at(weights, (rows, np.clip(low, 0, old - 1).astype(int)), 1 - part)
    np.add.at(weights, (rows, np.clip(low + 1, 0, old - 1).astype(int)), part)
    return weights


@both("tf.compat.v1.image.resize")
def _resized(xp: Any, x: Any, size: tuple[int, int], method: str, corners: bool, half: bool) -> Any:
    kept = x.dtype
    for axis, n in zip((x.ndim - 3, x.ndim - 2), size, strict=True):
        weights = _line(x.shape[axis], n, method, corners, half)
        if method == "nearest":
            x = xp.take(x, weights.argmax(1).astype(np.int32), axis)
        else:
            precision = {} if xp is np else {"precision": "highest"}
            x = xp.moveaxis(xp.tensordot(x.astype(np.float32), weights, (axis, 1), **precision), -1, axis)
    return x.astype(kept if method == "nearest" else np.float32)


def _resize(name: str, images: Any, size: Any, method: str, corners: bool, half: bool) -> Tensor:
    name = f"tf.compat.v1.image.{name}"
    if corners and half:
        raise ArgumentError(f"{name}: align_corners and half_pixel_centers exclude each other.")
    return _resized(image_tensor(name, images), sizes._size(name, size), method, bool(corners), bool(half))


def resize_bilinear(
    images: Any, size: Any, align_corners: bool = False, name: str | None = None, half_pixel_centers: bool = False
) -> Tensor:
    """Images in the size (height, width), float32, by interpolation between four pixels.

    Args:
        align_corners: the last pixel stays where it is, as the first does.
        half_pixel_centers: pixels are squares, as in `tf.image.resize`.
    """
    return _resize("resize_bilinear", images, size, "bilinear", align_corners, half_pixel_centers)


def resize_nearest_neighbor(
    images: Any, size: Any, align_corners: bool = False, name: str | None = None, half_pixel_centers: bool = False
) -> Tensor:
    """Images in the size (height, width), each pixel one of the old ones. Arguments as in `resize_bilinear`."""
    return _resize("resize_nearest_neighbor", images, size, "nearest", align_corners, half_pixel_centers)


def resize_images(
    images: Any, size: Any, method: Any = "bilinear", align_corners: bool = False, preserve_aspect_ratio: bool = False,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """Images in the size (height, width). method: 'bilinear' (0), 'nearest' (1) or 'area' (3)."""
    method = sizes._method("tf.compat.v1.image.resize", method)
    if preserve_aspect_ratio or method == "area":
        if align_corners or method not in ("area", "bilinear", "nearest"):
            raise ArgumentError("tf.compat.v1.image.resize: preserve_aspect_ratio is here without align_corners; use tf.image.resize.")
        return sizes.resize(images, size, method, preserve_aspect_ratio)
    if method not in ("bilinear", "nearest"):
        raise ArgumentError(f"tf.compat.v1.image.resize: method is 'bilinear', 'nearest' or 'area'; received {method!r}.")
    return _resize("resize", images, size, method, align_corners, False)


def resize_area(images: Any, size: Any, align_corners: bool = False, name: str | None = None) -> Tensor:
    """Images in the size (height, width), each pixel the mean of the area it covers."""
    return sizes.resize(images, size, "area")


def extract_image_patches(
    images: Any, ksizes: Any = None, strides: Any = None, rates: Any = None, padding: str | None = None, name: str | None = None,
    sizes: Any = None,
) -> Tensor:  # fmt: skip
    """`tf.image.extract_patches`."""
    return turns.extract_patches(images, ksizes if sizes is None else sizes, strides, rates, padding or "VALID")


def draw_bounding_boxes(images: Any, boxes: Any, name: str | None = None, colors: Any = None) -> Tensor:
    """`tf.image.draw_bounding_boxes`, colours last."""
    return detection.draw_bounding_boxes(images, boxes, colors)


def crop_and_resize(
    image: Any, boxes: Any, box_ind: Any = None, crop_size: Any = None, method: str = "bilinear", extrapolation_value: float = 0,
    name: str | None = None, box_indices: Any = None,
) -> Tensor:  # fmt: skip
    """`tf.image.crop_and_resize`."""
    return detection.crop_and_resize(image, boxes, box_ind if box_indices is None else box_indices, crop_size, method, extrapolation_value)


def sample_distorted_bounding_box(
    image_size: Any, bounding_boxes: Any, seed: int | None = None, seed2: int | None = None, min_object_covered: float = 0.1,
    aspect_ratio_range: Any = None, area_range: Any = None, max_attempts: int | None = None,
    use_image_if_no_bounding_boxes: bool | None = None, name: str | None = None,
) -> chance.DistortedBox:  # fmt: skip
    """`tf.image.sample_distorted_bounding_box`, with a second seed."""
    mixed = (seed or 0) + 1_000_003 * (seed2 or 0)
    return chance.sample_distorted_bounding_box(
        image_size, bounding_boxes, mixed, min_object_covered, aspect_ratio_range, area_range, max_attempts, use_image_if_no_bounding_boxes
    )
