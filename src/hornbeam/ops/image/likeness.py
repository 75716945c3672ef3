"""tf.image's measures of how alike two images are: signal to noise, structural similarity at one scale and at several."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.ops.image import filters
from hornbeam.ops.image._both import at_least_3, converted
from hornbeam.ops.image.filters import correlate_lines, gaussian_window


def _pair(name: str, a: Any, b: Any) -> tuple[Tensor, Tensor]:
    a, b = at_least_3(name, a), at_least_3(name, b)
    for m, n in zip(a.shape[-3:], b.shape[-3:], strict=True):
        if m != n and m is not None and n is not None:
            raise ShapeError(f"{name} compares images of one shape; received {a.shape} and {b.shape}.")
    return a, b


def _in_float(image: Any, max_val: float) -> tuple[Any, float]:
    """Floats, and the largest value in their terms."""
    if jnp.issubdtype(image.dtype, jnp.floating):
        return image.astype(jnp.float32), max_val
    return converted(jnp, image, np.float32), max_val / np.iinfo(image.dtype).max


@op(2, "same", name="tf.image.psnr")
def _psnr(a: Any, b: Any, max_val: float) -> Any:
    (a, top), (b, _) = _in_float(a, max_val), _in_float(b, max_val)
    error = jnp.mean(jnp.square(a - b), (-3, -2, -1))
    return 20 * jnp.log(np.float32(top)) / np.float32(np.log(10)) - np.float32(10 / np.log(10)) * jnp.log(error)


def psnr(a: Any, b: Any, max_val: float, name: str | None = None) -> Tensor:
    """The peak signal-to-noise ratio in decibels, of images whose values reach to `max_val`; one number for each pair."""
    return _psnr(*_pair("tf.image.psnr", a, b), float(max_val))


def _similarity(a: Any, b: Any, top: float, size: int, sigma: float, k1: float, k2: float) -> tuple[Any, Any]:
    """The maps of similarity, and of its part that does not look at brightness: (images, rows, columns, channels)."""
    if min(a.shape[1:3]) < size:
        raise ShapeError(f"ssim: images of {a.shape[1]} by {a.shape[2]} are smaller than the window of {size}.")
    windows = (gaussian_window(size, sigma),) * 2
    mean_a, mean_b = correlate_lines(a, windows), correlate_lines(b, windows)
    product, squares = mean_a * mean_b, mean_a**2 + mean_b**2
    covariance = correlate_lines(a * b, windows) - product
    variances = correlate_lines(a**2 + b**2, windows) - squares
    c1, c2 = (k1 * top) ** 2, (k2 * top) ** 2
    structure = (2 * covariance + c2) / (variances + c2)
    return (2 * product + c1) / (squares + c1) * structure, structure


def _images(x: Any) -> Any:
    return x.reshape(-1, *x.shape[-3:])


@op(2, "same", name="tf.image.ssim")
def _ssim(a: Any, b: Any, max_val: float, size: int, sigma: float, k1: float, k2: float, whole: bool) -> Any:
    lead = a.shape[:-3]
    (a, top), (b, _) = _in_float(a, max_val), _in_float(b, max_val)
    index, _ = _similarity(_images(a), _images(b), top, size, sigma, k1, k2)
    out = jnp.mean(index, -1)
    return out.reshape(*lead, *out.shape[1:]) if whole else jnp.mean(out, (1, 2)).reshape(lead)


def ssim(
    img1: Any, img2: Any, max_val: float, filter_size: int = 11, filter_sigma: float = 1.5, k1: float = 0.01, k2: float = 0.03,
    return_index_map: bool = False,
) -> Tensor:  # fmt: skip
    """How alike images look, 1 being the same: structural similarity (Wang et al. 2004), one number for each pair.

    Args:
        img1, img2: (..., height, width, channels). max_val: the largest value there can be.
        filter_size, filter_sigma: the window, and how fast its weights fall. k1, k2: what steadies the quotients.
        return_index_map: give the similarity at each place of the window instead of its mean.
    """
    how = int(filter_size), float(filter_sigma), float(k1), float(k2), bool(return_index_map)
    return _ssim(*_pair("tf.image.ssim", img1, img2), float(max_val), *how)


@op(2, "same", name="tf.image.ssim_multiscale")
def _multiscale(a: Any, b: Any, max_val: float, powers: tuple, size: int, sigma: float, k1: float, k2: float) -> Any:
    lead = a.shape[:-3]
    (a, top), (b, _) = _in_float(a, max_val), _in_float(b, max_val)
    a, b = _images(a), _images(b)
    parts = []
    for i, _ in enumerate(powers):
        if i:
            a, b = _half(a), _half(b)
        index, structure = _similarity(a, b, top, size, sigma, k1, k2)
        parts.append(jnp.mean(index if i == len(powers) - 1 else structure, (1, 2)))
    product = jnp.prod(jnp.stack([jax.nn.relu(part) ** np.float32(power) for part, power in zip(parts, powers, strict=True)], -1), -1)
    return jnp.mean(product, -1).reshape(lead)


def _half(x: Any) -> Any:
    """Means of two by two pixels; the last row or column of an odd number counts twice."""
    x = jnp.pad(x, [(0, 0), (0, x.shape[1] % 2), (0, x.shape[2] % 2), (0, 0)], mode="symmetric")
    return x.reshape(x.shape[0], x.shape[1] // 2, 2, x.shape[2] // 2, 2, x.shape[3]).mean((2, 4))


def ssim_multiscale(
    img1: Any, img2: Any, max_val: float, power_factors: Any = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333), filter_size: int = 11,
    filter_sigma: float = 1.5, k1: float = 0.01, k2: float = 0.03,
) -> Tensor:  # fmt: skip
    """`ssim` over several scales, each half as large as the one before, their powers multiplied (Wang et al. 2003)."""
    pair = _pair("tf.image.ssim_multiscale", img1, img2)
    powers = tuple(float(each) for each in power_factors)
    if not powers:
        raise ArgumentError("tf.image.ssim_multiscale: power_factors has one number for each scale; it is empty.")
    return _multiscale(*pair, float(max_val), powers, int(filter_size), float(filter_sigma), float(k1), float(k2))


def sobel_edges(image: Any) -> Tensor:
    """How steeply brightness rises, downwards and to the right, in a new last axis of two (Sobel 1968)."""
    return filters.sobel_edges(as_tensor(image), "channels_last")
