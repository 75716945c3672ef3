"""tf.image's number types and colours: conversion, brightness, contrast, gamma, hue, saturation, standardization, colour spaces.

Integer images are computed as floats between 0 and 1, and brought back into their type's range.
"""

import math
from typing import Any

import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.errors import ArgumentError, DtypeError, ShapeError
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.kernels import sums
from hornbeam.ops.image import codecs
from hornbeam.ops.image._both import at_least_3, both, converted, is_float, is_known


def _float_image(xp: Any, x: Any) -> Any:
    """Floats between 0 and 1 in at least 32 bits."""
    return x if x.dtype == np.float64 else converted(xp, x, np.float32)


def _numbers(name: str, image: Tensor) -> Tensor:
    if not (image.dtype.is_floating or image.dtype.is_integer):
        raise DtypeError(f"{name} takes floats or integers; received {image.dtype}.")
    return image


@both("tf.image.convert_image_dtype")
def _convert(xp: Any, x: Any, dtype: Any, saturate: bool) -> Any:
    return converted(xp, x, dtype, saturate)


def convert_image_dtype(image: Any, dtype: Any, saturate: bool = False, name: str | None = None) -> Tensor:
    """An image in another type, scaled: floats are between 0 and 1, integers between 0 and their type's largest.

    `saturate`: bring what is outside the new type's range to its ends; otherwise it wraps around.
    """
    image, dtype = as_tensor(image), dtypes.standardize(dtype)
    if image.dtype == dtype:
        return image
    if not (dtype.is_floating or dtype.is_integer):
        raise DtypeError(f"tf.image.convert_image_dtype converts to a float or integer type; received {dtype}.")
    return _convert(_numbers("tf.image.convert_image_dtype", image), dtype.numpy, bool(saturate))


@both("tf.image.adjust_brightness", 2)
def _brightness(xp: Any, x: Any, delta: Any) -> Any:
    wide = _float_image(xp, x)
    return converted(xp, wide + delta.astype(wide.dtype), x.dtype, saturate=True)


def adjust_brightness(image: Any, delta: Any) -> Tensor:
    """`delta` added to images between 0 and 1; integers are brought back into their range."""
    return _brightness(_numbers("tf.image.adjust_brightness", as_tensor(image)), as_tensor(delta, None))


def _channel_means(xp: Any, x: Any) -> Any:
    """Means over height and width, with those axes kept."""
    if xp is not np:
        return sums.mean(x, (-3, -2), keepdims=True)
    if not x.size:
        return np.mean(x, (-3, -2), keepdims=True)
    count = x.shape[-3] * x.shape[-2]
    total = np.ones((1, count), x.dtype) @ x.reshape(*x.shape[:-3], count, x.shape[-1])  # thirty times quicker than np.mean
    return (total / x.dtype.type(count)).reshape(*x.shape[:-3], 1, 1, x.shape[-1])


@both("tf.image.adjust_contrast", 2)
def _contrast(xp: Any, x: Any, factor: Any) -> Any:
    wide = _float_image(xp, x)
    mean, factor = _channel_means(xp, wide), factor.astype(wide.dtype)
    rest = mean - mean * factor
    if xp is np and wide.ndim == 3:  # a line as one axis: NumPy is slow where the last axis is short
        lines = wide.reshape(wide.shape[0], -1) * factor
        lines += np.tile(rest.ravel(), wide.shape[1])
        return converted(xp, lines.reshape(wide.shape), x.dtype, saturate=True)
    return converted(xp, wide * factor + rest, x.dtype, saturate=True)


def adjust_contrast(images: Any, contrast_factor: Any) -> Tensor:
    """Each channel's distance from its mean over the image, times `contrast_factor`."""
    return _contrast(_numbers("tf.image.adjust_contrast", at_least_3("tf.image.adjust_contrast", images)), as_tensor(contrast_factor))


@both("tf.image.adjust_gamma", 3)
def _gamma(xp: Any, x: Any, gamma: Any, gain: Any) -> Any:
    wide = _float_image(xp, x)
    return converted(xp, gain.astype(wide.dtype) * wide ** gamma.astype(wide.dtype), x.dtype, saturate=True)


def adjust_gamma(image: Any, gamma: Any = 1, gain: Any = 1) -> Tensor:
    """gain * image ^ gamma, of images between 0 and 1 (power-law transform)."""
    if is_known(gamma) and float(gamma) < 0:
        raise ArgumentError(f"tf.image.adjust_gamma: gamma is not negative; received {float(gamma)}.")
    return _gamma(_numbers("tf.image.adjust_gamma", as_tensor(image)), as_tensor(gamma), as_tensor(gain))


# Hue and saturation.
def _planes(xp: Any, x: Any) -> list[Any]:
    """The channels, each in one piece of memory."""
    return [x[..., i] if xp is not np else np.ascontiguousarray(x[..., i]) for i in range(3)]


def _extremes(xp: Any, red: Any, green: Any, blue: Any) -> tuple[Any, Any]:
    return xp.maximum(xp.maximum(red, green), blue), xp.minimum(xp.minimum(red, green), blue)


def _hsv(xp: Any, x: Any) -> tuple[Any, Any, Any]:
    red, green, blue = _planes(xp, x)
    value, low = _extremes(xp, red, green, blue)
    spread = value - low
    one = np.ones((), x.dtype)
    sixth = one / (6 * xp.where(spread == 0, one, spread))
    cool = xp.where(value == green, (blue - red) * sixth + one / 3, (red - green) * sixth + 2 * one / 3)
    hue = xp.where(value == red, (green - blue) * sixth, cool)
    hue = xp.where(spread > 0, xp.where(hue < 0, hue + one, hue), 0 * one)
    saturation = xp.where(value > 0, spread / xp.where(value > 0, value, one), 0 * one)
    return hue, saturation, value


def _rgb(xp: Any, hue: Any, saturation: Any, value: Any) -> Any:
    sixth = hue * 6
    less = saturation * value
    channels = []
    for pure in (xp.abs(sixth - 3) - 1, 2 - xp.abs(sixth - 2), 2 - xp.abs(sixth - 4)):
        channels.append((xp.clip(pure, 0, 1) - 1) * less + value)
    return xp.stack(channels, -1)


def _three(name: str, images: Any) -> Tensor:
    images = at_least_3(name, images) if np.ndim(images) != 1 else as_tensor(images)
    if images.shape[-1] not in (3, None):
        raise ShapeError(f"{name}: input must have 3 channels (red, green, blue); received shape {images.shape}.")
    return _numbers(name, images)


@both("tf.image.adjust_hue", 2)
def _hue(xp: Any, x: Any, delta: Any) -> Any:
    hue, saturation, value = _hsv(xp, _float_image(xp, x))
    turned = hue + delta.astype(hue.dtype)
    return converted(xp, _rgb(xp, turned - xp.floor(turned), saturation, value), x.dtype)


def adjust_hue(image: Any, delta: Any, name: str | None = None) -> Tensor:
    """Colours turned around the circle of hues by `delta`, between -1 and 1 (a whole turn)."""
    if is_known(delta) and not -1 <= float(delta) <= 1:
        raise ArgumentError(f"tf.image.adjust_hue: delta must be in the interval [-1, 1]; received {float(delta)}.")
    return _hue(_three("tf.image.adjust_hue", image), as_tensor(delta))


@both("tf.image.adjust_saturation", 2)
def _saturation(xp: Any, x: Any, factor: Any) -> Any:
    # Each channel's distance from the largest grows as saturation (the distance of the smallest over the largest) does.
    planes = _planes(xp, _float_image(xp, x))
    value, low = _extremes(xp, *planes)
    spread = value - low
    some = (value > 0) & (spread > 0)
    most = value / xp.where(some, spread, np.ones((), value.dtype))  # where saturation becomes 1
    ratio = xp.where(some, xp.clip(factor.astype(value.dtype), 0, most), np.zeros((), value.dtype))
    return converted(xp, xp.stack([value - (value - plane) * ratio for plane in planes], -1), x.dtype)


def adjust_saturation(image: Any, saturation_factor: Any, name: str | None = None) -> Tensor:
    """Colours' saturation times a factor, at most 1."""
    return _saturation(_three("tf.image.adjust_saturation", image), as_tensor(saturation_factor))


def adjust_jpeg_quality(image: Any, jpeg_quality: Any, dct_method: str = "", name: str | None = None) -> Tensor:
    """An image as JPEG of that quality (0 to 100) leaves it. On the host only."""
    image = as_tensor(image)
    data = codecs.encode_jpeg(convert_image_dtype(image, "uint8", saturate=True), quality=int(jpeg_quality))
    return convert_image_dtype(codecs.decode_jpeg(data, channels=int(image.shape[-1])), image.dtype, saturate=True)


@both("tf.image.per_image_standardization")
def _standardize(xp: Any, x: Any) -> Any:
    half = x.dtype == np.float16
    wide = x.astype(np.float32) if is_float(x.dtype) else converted(xp, x, np.float32)
    count = math.prod(x.shape[-3:])
    mean = xp.mean(wide, (-3, -2, -1), keepdims=True)
    deviation = xp.std(wide, (-3, -2, -1), keepdims=True)
    out = (wide - mean) / xp.maximum(deviation, np.float32(1 / math.sqrt(max(count, 1))))
    return out.astype(np.float16) if half else out


def per_image_standardization(image: Any) -> Tensor:
    """Each image less its mean, over its standard deviation (at least 1 / sqrt(its number of pixels and channels)); float32."""
    return _standardize(_numbers("tf.image.per_image_standardization", at_least_3("tf.image.per_image_standardization", image)))


# Colour spaces.
_YUV = np.array([[0.299, -0.14714119, 0.61497538], [0.587, -0.28886916, -0.51496512], [0.114, 0.43601035, -0.10001026]])
_YUV_BACK = np.array([[1, 1, 1], [0, -0.394642334, 2.03206185], [1.13988303, -0.58062185, 0]])
_YIQ = np.array([[0.299, 0.59590059, 0.2115], [0.587, -0.27455667, -0.52273617], [0.114, -0.32134392, 0.31119955]])
_YIQ_BACK = np.array([[1, 1, 1], [0.95598634, -0.27201283, -1.10674021], [0.6208248, -0.64720424, 1.70423049]])


@both("tf.image.colors_mixed")
def _mixed(xp: Any, x: Any, matrix: tuple) -> Any:
    return xp.matmul(x, np.array(matrix, x.dtype).reshape(3, 3))


def _mix(name: str, images: Any, matrix: np.ndarray) -> Tensor:
    images = _three(name, images)
    if not images.dtype.is_floating:
        raise DtypeError(f"{name} takes floats; received {images.dtype}. Use tf.image.convert_image_dtype(images, tf.float32) first.")
    return _mixed(images, tuple(matrix.ravel().tolist()))


def rgb_to_yuv(images: Any) -> Tensor:
    """Brightness and two differences of colour (analog television's Y, U and V)."""
    return _mix("tf.image.rgb_to_yuv", images, _YUV)


def yuv_to_rgb(images: Any) -> Tensor:
    """The inverse of `rgb_to_yuv`."""
    return _mix("tf.image.yuv_to_rgb", images, _YUV_BACK)


def rgb_to_yiq(images: Any) -> Tensor:
    """Brightness and two differences of colour (American television's Y, I and Q)."""
    return _mix("tf.image.rgb_to_yiq", images, _YIQ)


def yiq_to_rgb(images: Any) -> Tensor:
    """The inverse of `rgb_to_yiq`."""
    return _mix("tf.image.yiq_to_rgb", images, _YIQ_BACK)


@both("tf.image.rgb_to_hsv")
def _to_hsv(xp: Any, x: Any) -> Any:
    return xp.stack(_hsv(xp, x.astype(np.float32) if not is_float(x.dtype) else x), -1)


def rgb_to_hsv(images: Any, name: str | None = None) -> Tensor:
    """Red, green and blue between 0 and 1 as hue, saturation and value between 0 and 1 (Smith 1978)."""
    return _to_hsv(_three("tf.image.rgb_to_hsv", images))


@both("tf.image.hsv_to_rgb")
def _from_hsv(xp: Any, x: Any) -> Any:
    x = x.astype(np.float32) if not is_float(x.dtype) else x
    return _rgb(xp, x[..., 0], x[..., 1], x[..., 2])


def hsv_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """The inverse of `rgb_to_hsv`."""
    return _from_hsv(_three("tf.image.hsv_to_rgb", images))


@both("tf.image.rgb_to_grayscale")
def _gray(xp: Any, x: Any) -> Any:
    wide = _float_image(xp, x)
    weights = np.array([0.2989, 0.5870, 0.1140], wide.dtype)
    return converted(xp, xp.sum(wide * weights, -1, keepdims=True), x.dtype)


def rgb_to_grayscale(images: Any, name: str | None = None) -> Tensor:
    """Brightness, in one channel: 0.2989 red + 0.5870 green + 0.1140 blue."""
    return _gray(_three("tf.image.rgb_to_grayscale", images))


@both("tf.image.grayscale_to_rgb")
def _repeated(xp: Any, x: Any) -> Any:
    return xp.repeat(x, 3, -1)


def grayscale_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """The one channel three times."""
    images = as_tensor(images)
    if not images.ndim or images.shape[-1] not in (1, None):
        raise ShapeError(f"tf.image.grayscale_to_rgb takes images whose last axis has size 1; received shape {images.shape}.")
    return _repeated(images)
