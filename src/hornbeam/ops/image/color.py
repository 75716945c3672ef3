"""Colour spaces."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.engine.door import op
from hornbeam.engine.errors import DtypeError, ShapeError
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.ops.image._layout import check_format, on_batch, to_dtype, working


def _three(name: str, x: Any) -> Any:
    if x.shape[-1] != 3:
        raise ShapeError(f"{name} takes images with 3 channels (red, green, blue); received {x.shape[-1]} channels.")
    return x


def _floats(name: str, images: Any) -> Tensor:
    images = as_tensor(images)
    if not images.dtype.is_floating:
        raise DtypeError(f"{name} takes floats between 0 and 1; received {images.dtype}. Divide by 255 first.")
    return images


@op(name="rgb_to_grayscale")
def _grayscale(images: Any, data_format: str) -> Any:
    def gray(x: Any) -> Any:
        if x.shape[-1] == 1:
            return x
        weights = np.array([0.2989, 0.5870, 0.1140])
        wide = working(_three("rgb_to_grayscale", x))
        return to_dtype(jnp.sum(wide * weights.astype(wide.dtype), -1, keepdims=True), x.dtype)

    return on_batch("rgb_to_grayscale", images, data_format, gray)


def rgb_to_grayscale(images: Any, data_format: str | None = None) -> Tensor:
    """Brightness, in one channel: 0.2989 red + 0.5870 green + 0.1140 blue."""
    return _grayscale(as_tensor(images), check_format("rgb_to_grayscale", data_format))


@op(name="rgb_to_hsv")
def _rgb_to_hsv(images: Any, data_format: str) -> Any:
    def hsv(x: Any) -> Any:
        red, green, blue = (_three("rgb_to_hsv", x)[..., i] for i in range(3))
        value, low = jnp.max(x, -1), jnp.min(x, -1)
        spread = value - low
        divisor = jnp.where(spread == 0, jnp.ones_like(spread), spread) * 6
        cool = jnp.where(value == green, (blue - red) / divisor + 2 / 6, (red - green) / divisor + 4 / 6)
        hue = jnp.where(value == red, (green - blue) / divisor, cool)
        hue = jnp.where(spread == 0, 0.0, jnp.where(hue < 0, hue + 1, hue))
        saturation = jnp.where(value > 0, spread / jnp.where(value > 0, value, jnp.ones_like(value)), 0.0)
        return jnp.stack([hue, saturation, value], -1).astype(x.dtype)

    return on_batch("rgb_to_hsv", images, data_format, hsv)


def rgb_to_hsv(images: Any, data_format: str | None = None) -> Tensor:
    """Red, green and blue in 0 to 1 as hue, saturation and value in 0 to 1 (Smith 1978)."""
    return _rgb_to_hsv(_floats("rgb_to_hsv", images), check_format("rgb_to_hsv", data_format))


@op(name="hsv_to_rgb")
def _hsv_to_rgb(images: Any, data_format: str) -> Any:
    def rgb(x: Any) -> Any:
        hue, saturation, value = (_three("hsv_to_rgb", x)[..., i : i + 1] for i in range(3))
        # Each channel rises and falls along the circle of hues.
        sixth = hue * 6
        pure = jnp.concatenate([jnp.abs(sixth - 3) - 1, 2 - jnp.abs(sixth - 2), 2 - jnp.abs(sixth - 4)], -1)
        return ((jnp.clip(pure, 0, 1) - 1) * saturation + 1) * value

    return on_batch("hsv_to_rgb", images, data_format, rgb)


def hsv_to_rgb(images: Any, data_format: str | None = None) -> Tensor:
    """The inverse of `rgb_to_hsv`."""
    return _hsv_to_rgb(_floats("hsv_to_rgb", images), check_format("hsv_to_rgb", data_format))
