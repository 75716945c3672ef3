"""tf.image's resizing, cropping and padding: one image (height, width, channels) or a batch."""

import math
import threading
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError, ShapeError, UntraceableError, listing
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor
from hornbeam.ops.image import resample
from hornbeam.ops.image._both import both, image_tensor, is_known, optional, whole

METHODS = ("bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")


class ResizeMethod:
    """The names of `resize`'s methods."""

    BILINEAR = "bilinear"
    NEAREST_NEIGHBOR = "nearest"
    BICUBIC = "bicubic"
    AREA = "area"
    LANCZOS3 = "lanczos3"
    LANCZOS5 = "lanczos5"
    GAUSSIAN = "gaussian"
    MITCHELLCUBIC = "mitchellcubic"


# TensorFlow 1's numbers for the methods.
_NUMBERED = {0: "bilinear", 1: "nearest", 2: "bicubic", 3: "area"}


@both("tf.image.resize")
def _resize(xp: Any, x: Any, size: tuple[int, int], method: str, antialias: bool) -> Any:
    axes = (x.ndim - 3, x.ndim - 2)
    if method == "nearest":
        for axis, n in zip(axes, size, strict=True):
            old = x.shape[axis]
            if n != old:
                x = xp.take(x, ((2 * np.arange(n) + 1) * old // (2 * n)).astype(np.int32), axis)
        return x
    if xp is np and method == "bilinear" and not antialias and x.ndim == 3 and (cv2 := optional("cv2")) is not None:
        # The same numbers in one call, which lets other threads run.
        return cv2.resize(x.astype(np.float32), size[::-1], interpolation=cv2.INTER_LINEAR).reshape(*size, x.shape[-1])
    for axis, n in zip(axes, size, strict=True):
        old = x.shape[axis]
        if n == old and method not in ("gaussian", "mitchellcubic"):  # the others leave the pixels as they are
            continue
        if xp is not np:
            x = resample.along(x.astype(jnp.float32), axis, n, method, antialias)
            continue
        at, weights = resample.taps(old, n, method, antialias)
        if at.shape[1] <= 8:
            x = _by_taps(x, at, weights, axis)
        else:
            x = np.moveaxis(np.tensordot(x.astype(np.float32), resample.matrix(old, n, method, antialias), (axis, 1)), -1, axis)
    return x.astype(np.float32)


def _by_taps(x: np.ndarray, at: np.ndarray, weights: np.ndarray, axis: int) -> np.ndarray:
    """A weighted sum of a few pixels of each line, on the host."""
    count, inner = len(at), math.prod(x.shape[axis + 1 :])
    lines = x.reshape(-1, x.shape[axis], inner)
    shape = len(lines), count, inner
    total = np.empty((shape[0], count * inner) if inner < 32 else shape, np.float32)  # NumPy is slow where the last axis is short
    spare = _scratch("part", total.shape, np.dtype(np.float32)) if at.shape[1] > 1 else total
    taken = None if x.dtype == np.float32 else _scratch("taken", shape, x.dtype)
    for k in range(at.shape[1]):
        part = spare if k else total
        if taken is None:
            lines.take(at[:, k], 1, out=part.reshape(shape), mode="clip")
        else:
            np.copyto(part.reshape(shape), lines.take(at[:, k], 1, out=taken, mode="clip"), casting="unsafe")
        part *= np.repeat(weights[:, k], inner) if inner < 32 else weights[:, k, None]
        if k:
            total += part
    return total.reshape(*x.shape[:axis], count, *x.shape[axis + 1 :])


class _Scratch(threading.local):
    """Memory that a thread uses again: for arrays of this size the system's fresh pages cost as much as the arithmetic."""

    arrays: dict[str, np.ndarray] | None = None


_memory = _Scratch()


def _scratch(name: str, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    held = _memory.arrays = _memory.arrays or {}
    size = math.prod(shape) * dtype.itemsize
    found = held.get(name)
    if found is None or found.nbytes < size:
        if size > 2**24:
            return np.empty(shape, dtype)
        found = held[name] = np.empty(size, np.uint8)
    return found[:size].view(dtype).reshape(shape)


def _size(name: str, size: Any) -> tuple[int, int]:
    if is_tensor(size):
        if not is_known(size):
            raise UntraceableError(f"{name}: inside a compiled function the new size must be known; pass Python ints.")
        size = np.asarray(as_tensor(size))
    elif isinstance(size, (list, tuple)) and any(map(is_tensor, size)):  # packed as whole numbers: [h * 64 / w, 64] of tensors
        size = [int(np.asarray(as_tensor(each))) if is_known(each) else each for each in size]
    if not hasattr(size, "__len__") or len(size) != 2:
        raise ArgumentError(f"{name}: size is (height, width); received {size!r}.")
    for each in size:
        if isinstance(each, float) or (hasattr(each, "dtype") and str(getattr(each.dtype, "name", each.dtype)).startswith("float")):
            raise ArgumentError(f"{name}: size is of integers; received {size!r}. Use int(...).")
    height, width = (whole(name, each, "size") for each in size)
    if height < 1 or width < 1:
        raise ArgumentError(f"{name}: the new height and width are positive; received {height} by {width}.")
    return height, width


def _method(name: str, method: Any) -> str:
    method = _NUMBERED.get(method, method) if isinstance(method, int) else method
    if method not in METHODS:
        raise ArgumentError(f"{name}: method is {listing(METHODS)}; received {method!r}.")
    return method


def resize(
    images: Any, size: Any, method: Any = "bilinear", preserve_aspect_ratio: bool = False, antialias: bool = False, name: str | None = None
) -> Tensor:
    """Images in the size (height, width), float32 (with 'nearest' in their own type); corners stay in place.

    Args:
        images: one image or a batch.
        method: 'bilinear', 'nearest', 'bicubic' (Keys 1981, a = -1/2), 'area', 'lanczos3', 'lanczos5', 'gaussian' or 'mitchellcubic'.
        preserve_aspect_ratio: take `size` as the largest height and width, and keep their ratio.
        antialias: when shrinking, average over all the pixels that fall in one.
    """
    images = image_tensor("tf.image.resize", images)
    height, width = _size("tf.image.resize", size)
    if preserve_aspect_ratio:
        rows, columns = _known_size("tf.image.resize", images)
        scale = np.float32(min(np.float32(height) / np.float32(rows), np.float32(width) / np.float32(columns)))
        height, width = (max(int(np.round(scale * np.float32(each))), 1) for each in (rows, columns))
    return _resize(images, (height, width), _method("tf.image.resize", method), bool(antialias))


def _known_size(name: str, images: Tensor) -> tuple[int, int]:
    rows, columns = images.shape[-3:-1]
    if rows is None or columns is None:
        raise ShapeError(f"{name} needs images of known height and width; received shape {images.shape}.")
    return rows, columns


def resize_with_pad(
    image: Any, target_height: int, target_width: int, method: Any = "bilinear", antialias: bool = False
) -> Tensor:
    """Images as large as fits in the target without distortion, zeros around them."""
    name = "tf.image.resize_with_pad"
    image = image_tensor(name, image)
    target = _size(name, (target_height, target_width))
    rows, columns = _known_size(name, image)
    ratio = max(columns / target[1], rows / target[0])
    exact = rows / ratio, columns / ratio
    before = [max(0, int((t - e) // 2)) for t, e in zip(target, exact, strict=True)]
    small = _resize(image, tuple(max(1, int(each)) for each in exact), _method(name, method), bool(antialias))
    return pad_to_bounding_box(small, before[0], before[1], *target)


@both("tf.image.pad_to_bounding_box")
def _pad(xp: Any, x: Any, around: tuple) -> Any:
    return xp.pad(x, [(0, 0)] * (x.ndim - 3) + [*around, (0, 0)])


@both("tf.image.crop_to_bounding_box")
def _crop(xp: Any, x: Any, top: int, left: int, height: int, width: int) -> Any:
    return x[..., top : top + height, left : left + width, :]


def pad_to_bounding_box(image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int) -> Tensor:
    """Images in the target's size with zeros around: `offset_height` rows above, `offset_width` columns to the left."""
    name = "tf.image.pad_to_bounding_box"
    image = image_tensor(name, image)
    around = []
    offsets, targets = (offset_height, offset_width), (target_height, target_width)
    for word, size, offset, target in zip(("height", "width"), _known_size(name, image), offsets, targets, strict=True):
        offset, target = whole(name, offset, f"offset_{word}"), whole(name, target, f"target_{word}")
        if offset < 0 or target - offset - size < 0:
            raise ShapeError(
                f"{name}: offset_{word} is at least 0 and at most target_{word} less the image's {word} ({target} - {size}); "
                f"received {offset}."
            )
        around.append((offset, target - offset - size))
    return _pad(image, tuple(around))


def crop_to_bounding_box(image: Any, offset_height: Any, offset_width: Any, target_height: int, target_width: int) -> Tensor:
    """The part of images that begins `offset_height` rows down and `offset_width` columns to the right."""
    name = "tf.image.crop_to_bounding_box"
    image = image_tensor(name, image)
    sizes = _known_size(name, image)
    height, width = whole(name, target_height, "target_height"), whole(name, target_width, "target_width")
    if not (is_known(offset_height) and is_known(offset_width)):
        return _window(image, offset_height, offset_width, height, width)
    offsets = int(offset_height), int(offset_width)
    for word, size, offset, target in zip(("height", "width"), sizes, offsets, (height, width), strict=True):
        if offset < 0 or target < 1 or offset + target > size:
            raise ShapeError(
                f"{name}: the part must lie inside the image, whose {word} is {size}; received offset_{word}={offset} and "
                f"target_{word}={target}."
            )
    return _crop(image, *offsets, height, width)


@op(3, name="tf.image.crop_at")
def _window(x: Any, top: Any, left: Any, height: int, width: int) -> Any:
    zero = jnp.zeros((), jnp.int32)
    starts = [*[zero] * (x.ndim - 3), top.astype(jnp.int32), left.astype(jnp.int32), zero]
    return jax.lax.dynamic_slice(x, starts, (*x.shape[:-3], height, width, x.shape[-1]))


def resize_with_crop_or_pad(image: Any, target_height: int, target_width: int) -> Tensor:
    """Images cut, or with zeros around them, to the target's size about their middle."""
    name = "tf.image.resize_with_crop_or_pad"
    image = image_tensor(name, image)
    target = _size(name, (target_height, target_width))
    sizes = _known_size(name, image)
    cut = [max((size - t) // 2, 0) for size, t in zip(sizes, target, strict=True)]
    added = [max((t - size) // 2, 0) for size, t in zip(sizes, target, strict=True)]
    image = crop_to_bounding_box(image, cut[0], cut[1], min(sizes[0], target[0]), min(sizes[1], target[1]))
    return pad_to_bounding_box(image, added[0], added[1], *target)


def central_crop(image: Any, central_fraction: Any) -> Tensor:
    """The middle of images, `central_fraction` of their height and width."""
    name = "tf.image.central_crop"
    image = image_tensor(name, image)
    if not is_known(central_fraction):
        raise UntraceableError(f"{name}: inside a compiled function central_fraction must be known; pass a Python float.")
    fraction = float(central_fraction)
    if not 0 < fraction <= 1:
        raise ArgumentError(f"{name}: central_fraction is above 0 and at most 1; received {fraction}.")
    rows, columns = _known_size(name, image)
    top, left = int((rows - rows * fraction) / 2), int((columns - columns * fraction) / 2)
    return _crop(image, top, left, rows - 2 * top, columns - 2 * left)
