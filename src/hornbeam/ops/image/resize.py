"""Images in other sizes."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError, ShapeError, listing
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.ops.image._layout import check_format, on_batch, to_dtype, working
from hornbeam.ops.image.resample import along

INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
_METHODS = {
    "linear": "linear", "bilinear": "linear", "trilinear": "linear", "triangle": "linear", "cubic": "cubic", "bicubic": "cubic",
    "tricubic": "cubic", "lanczos3": "lanczos3", "lanczos5": "lanczos5", "nearest": "nearest",
}  # fmt: skip


@op(name="resize")
def _resize(
    images: Any, size: tuple[int, int], interpolation: str, antialias: bool, crop: bool, pad: bool, fill_value: float, data_format: str
) -> Any:
    def resized(x: Any) -> Any:
        height, width = x.shape[1:3]
        if crop:
            rows, columns = min(int(width * size[0] / size[1]), height), min(int(height * size[1] / size[0]), width)
            top, left = int((height - rows) / 2), int((width - columns) / 2)
            x = x[:, top : top + rows, left : left + columns]
        elif pad:
            rows, columns = max(int(width * size[0] / size[1]), height), max(int(height * size[1] / size[0]), width)
            top, left = int((rows - height) / 2), int((columns - width) / 2)
            x = jnp.pad(x, [(0, 0), (top, top), (left, left), (0, 0)], constant_values=jnp.asarray(fill_value, x.dtype))
        if interpolation == "nearest":
            rows, columns = ((2 * np.arange(n) + 1) * old // (2 * n) for n, old in zip(size, x.shape[1:3], strict=True))
            return x[:, rows.astype(np.int32)][:, :, columns.astype(np.int32)]
        out = working(x)
        for axis, n in enumerate(size, 1):
            if n != out.shape[axis]:
                out = along(out, axis, n, interpolation, antialias)
        if x.dtype.kind in "iu":
            out = jnp.round(out)
        return to_dtype(out, x.dtype)

    return on_batch("resize", images, data_format, resized)


def resize(
    images: Any, size: Any, interpolation: str = "bilinear", antialias: bool = False, crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False, fill_mode: str = "constant", fill_value: float = 0.0, data_format: str | None = None,
) -> Tensor:
    """Images in the size (height, width); pixels are taken as squares, so corners stay in place.

    Args:
        images: one image or a batch.
        interpolation: 'nearest', 'bilinear', 'bicubic' (Keys 1981, a = -1/2), 'lanczos3' or 'lanczos5'.
        antialias: when shrinking, average over all the pixels that fall in one.
        crop_to_aspect_ratio: cut the longer side first, so that nothing is distorted.
        pad_to_aspect_ratio: put `fill_value` along the shorter side first instead.
    """
    if interpolation not in INTERPOLATIONS:
        raise ArgumentError(f"resize: interpolation is {listing(INTERPOLATIONS)}; received {interpolation!r}.")
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ArgumentError("resize: crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other; pass one of them.")
    if fill_mode != "constant":
        raise ArgumentError(f"resize: fill_mode is 'constant'; received {fill_mode!r}.")
    if not hasattr(size, "__len__") or len(size) != 2:
        raise ArgumentError(f"resize: size is (height, width); received {size!r}.")
    return _resize(
        as_tensor(images), (int(size[0]), int(size[1])), interpolation, bool(antialias), bool(crop_to_aspect_ratio),
        bool(pad_to_aspect_ratio), float(fill_value), check_format("resize", data_format),
    )


@op(3, name="scale_and_translate")
def _scale_and_translate(
    images: Any, scale: Any, translation: Any, output_shape: tuple, spatial_dims: tuple, method: str, antialias: bool
) -> Any:
    x = working(images)
    out = jax.image.scale_and_translate(
        x, output_shape, spatial_dims, scale.astype(x.dtype), translation.astype(x.dtype), method, antialias=antialias
    )
    return to_dtype(out, images.dtype)


def scale_and_translate(
    images: Any, output_shape: Any, scale: Any, translation: Any, spatial_dims: Any, method: str, antialias: bool = True
) -> Tensor:
    """An array resampled so that what was at x along a spatial axis comes to `x * scale + translation`; outside is 0.

    Args:
        output_shape: the whole shape of the result.
        scale, translation: a number for each of `spatial_dims`.
        method: 'linear', 'cubic' (and their bi- and tri- names), 'lanczos3' or 'lanczos5'.
        antialias: when shrinking, average over all that falls in one place.
    """
    if method not in _METHODS or method == "nearest":
        allowed = listing(each for each in _METHODS if each != "nearest")
        raise ArgumentError(f"scale_and_translate: method is {allowed}; received {method!r}.")
    return _scale_and_translate(
        as_tensor(images), as_tensor(scale), as_tensor(translation), tuple(map(int, output_shape)), tuple(map(int, spatial_dims)),
        _METHODS[method], bool(antialias),
    )


@op(name="pad_images")
def _pad_images(images: Any, around: tuple, data_format: str) -> Any:
    return on_batch("pad_images", images, data_format, lambda x: jnp.pad(x, [(0, 0), *around, (0, 0)]))


@op(name="crop_images")
def _crop_images(images: Any, around: tuple, data_format: str) -> Any:
    (top, bottom), (left, right) = around

    def cropped(x: Any) -> Any:
        return x[:, top : x.shape[1] - bottom, left : x.shape[2] - right]

    return on_batch("crop_images", images, data_format, cropped)


def _around(name: str, images: Tensor, sign: int, sides: tuple, targets: tuple, data_format: str) -> tuple:
    """The rows and columns to add (or, with sign -1, take away) on each side."""
    axes = (images.ndim - 3, images.ndim - 2) if data_format == "channels_last" else (images.ndim - 2, images.ndim - 1)
    if images.ndim not in (3, 4):
        raise ShapeError(f"{name} takes one image (3 axes) or a batch (4); received shape {tuple(images.shape)}.")
    found = []
    words = (("top", "bottom", "height"), ("left", "right", "width"))
    for axis, (before, after), target, (first, last, extent) in zip(axes, sides, targets, words, strict=True):
        if sum(each is None for each in (before, after, target)) != 1:
            verb = "padding" if sign > 0 else "cropping"
            raise ArgumentError(f"{name} takes exactly two of {first}_{verb}, {last}_{verb} and target_{extent}; "
                                f"received {before}, {after} and {target}.")
        if target is not None:
            whole = sign * (int(target) - images.shape[axis])
            before, after = (whole - after if before is None else before), (whole - before if after is None else after)
        if min(before, after) < 0 or (sign < 0 and before + after >= (images.shape[axis] or before + after + 1)):
            raise ShapeError(f"{name}: {before} and {after} cannot be {'added to' if sign > 0 else 'taken from'} a {extent} of "
                             f"{images.shape[axis]}.")
        found.append((int(before), int(after)))
    return tuple(found)


def pad_images(
    images: Any, top_padding: int | None = None, left_padding: int | None = None, bottom_padding: int | None = None,
    right_padding: int | None = None, target_height: int | None = None, target_width: int | None = None, data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """Images with rows and columns of zeros around them: for each axis two of the two sides and the final size."""
    images, data_format = as_tensor(images), check_format("pad_images", data_format)
    sides = ((top_padding, bottom_padding), (left_padding, right_padding))
    return _pad_images(images, _around("pad_images", images, 1, sides, (target_height, target_width), data_format), data_format)


def crop_images(
    images: Any, top_cropping: int | None = None, left_cropping: int | None = None, bottom_cropping: int | None = None,
    right_cropping: int | None = None, target_height: int | None = None, target_width: int | None = None, data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """Images without the rows and columns at their borders: for each axis two of the two sides and the final size."""
    images, data_format = as_tensor(images), check_format("crop_images", data_format)
    sides = ((top_cropping, bottom_cropping), (left_cropping, right_cropping))
    return _crop_images(images, _around("crop_images", images, -1, sides, (target_height, target_width), data_format), data_format)
