"""Windows over images: patches, blurring, edges, likeness."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.ops.image._layout import check_format, on_batch, to_dtype, working


@op(name="extract_patches")
def cut_patches(images: Any, size: tuple, strides: tuple, dilation: tuple, padding: str, data_format: str) -> Any:
    """Windows of `size` pixels, `strides` apart, along the last axis; every argument in full."""
    def taken(x: Any) -> Any:
        counts, around = [], []
        for n, k, s, d in zip(x.shape[1:-1], size, strides, dilation, strict=True):
            reach = (k - 1) * d + 1
            count = -(-n // s) if padding == "same" else (n - reach) // s + 1
            extra = max(0, (count - 1) * s + reach - n) if padding == "same" else 0
            if count < 1:
                raise ShapeError(f"extract_patches: a patch of {reach} does not fit in {n} pixels.")
            counts.append(count)
            around.append((extra // 2, extra - extra // 2))
        x = jnp.pad(x, [(0, 0), *around, (0, 0)])
        taps = []
        for offset in np.ndindex(*size):
            where = [slice(o * d, o * d + (c - 1) * s + 1, s) for o, d, c, s in zip(offset, dilation, counts, strides, strict=True)]
            taps.append(x[(slice(None), *where)])
        return jnp.concatenate(taps, -1)

    return on_batch("extract_patches", images, data_format, taken, len(size))


def _each(value: Any, count: int) -> tuple[int, ...]:
    return (int(value),) * count if isinstance(value, int) else tuple(int(each) for each in value)


def extract_patches(
    images: Any, size: Any, strides: Any = None, dilation_rate: Any = 1, padding: str = "valid", data_format: str | None = None
) -> Tensor:
    """The patches of images or volumes, the pixels and channels of each along the last axis.

    Args:
        size: (height, width) or (depth, height, width) of a patch; an int is both sides of a square.
        strides: how far the next patch is; by default patches do not overlap.
        dilation_rate: how far apart a patch's pixels are.
        padding: 'valid' or 'same' (zeros around).
    """
    space = 2 if isinstance(size, int) else len(size)
    size = _each(size, space)
    if space not in (2, 3) or len(size) != space:
        raise ArgumentError(f"extract_patches: size is a number, (height, width) or (depth, height, width); received {size!r}.")
    if padding not in ("valid", "same"):
        raise ArgumentError(f"extract_patches: padding is 'valid' or 'same'; received {padding!r}.")
    strides = size if strides is None else _each(strides, space)
    return cut_patches(
        as_tensor(images), size, strides, _each(dilation_rate, space), padding, check_format("extract_patches", data_format)
    )


def extract_patches_3d(
    volumes: Any, size: Any, strides: Any = None, dilation_rate: Any = 1, padding: str = "valid", data_format: str | None = None
) -> Tensor:
    """`extract_patches` of volumes."""
    return extract_patches(volumes, _each(size, 3), strides, dilation_rate, padding, data_format)


def gaussian_window(size: int, sigma: float) -> np.ndarray:
    """The normal curve at `size` whole numbers around 0, adding up to 1."""
    at = np.arange(size) - (size - 1) / 2
    curve = np.exp(-0.5 * (at / sigma) ** 2)
    return curve / curve.sum()


def correlate_lines(x: Any, windows: Sequence[np.ndarray]) -> Any:
    """Rows, then columns, of [batch, height, width, channels] weighted by windows, without padding."""
    for axis, window in enumerate(windows, 1):
        count = x.shape[axis] - len(window) + 1
        where = [slice(None)] * axis
        x = sum(x[(*where, slice(i, i + count))] * jnp.asarray(weight, x.dtype) for i, weight in enumerate(window))
    return x


@op(name="gaussian_blur")
def _blur(images: Any, kernel_size: tuple, sigma: tuple, data_format: str) -> Any:
    def blurred(x: Any) -> Any:
        around = [((k - 1) // 2, k // 2) for k in kernel_size]
        wide = jnp.pad(working(x), [(0, 0), *around, (0, 0)])
        windows = [gaussian_window(k, s) for k, s in zip(kernel_size, sigma, strict=True)]
        return to_dtype(correlate_lines(wide, windows), x.dtype)

    return on_batch("gaussian_blur", images, data_format, blurred)


def gaussian_blur(images: Any, kernel_size: Any = (3, 3), sigma: Any = (1.0, 1.0), data_format: str | None = None) -> Tensor:
    """Each pixel the mean of those around it, weighted by a normal curve; zeros outside.

    Args:
        kernel_size: how many (rows, columns) count. sigma: the curve's standard deviations in pixels.
    """
    sigma = (float(sigma),) * 2 if isinstance(sigma, (int, float)) else tuple(float(each) for each in sigma)
    if min(sigma) <= 0:
        raise ArgumentError(f"gaussian_blur: sigma is positive; received {sigma}.")
    return _blur(as_tensor(images), _each(kernel_size, 2), sigma, check_format("gaussian_blur", data_format))


@op(name="sobel_edges")
def _sobel(images: Any, first: bool) -> Any:
    x = working(jnp.moveaxis(images, 1, -1) if first else images)
    wide = jnp.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)], mode="reflect")
    smooth, slope = np.array([1, 2, 1]), np.array([-1, 0, 1])
    edges = jnp.stack([correlate_lines(wide, (slope, smooth)), correlate_lines(wide, (smooth, slope))], -1)
    return jnp.moveaxis(edges, 3, 1) if first else edges


def sobel_edges(images: Any, data_format: str | None = None) -> Tensor:
    """How steeply brightness rises, downwards and to the right, in a new last axis of two (Sobel 1968)."""
    images = as_tensor(images)
    if images.ndim != 4:
        raise ShapeError(f"sobel_edges takes a batch of images (4 axes); received shape {images.shape}.")
    return _sobel(images, check_format("sobel_edges", data_format) == "channels_first")


@op(2, "promote", name="ssim")
def _ssim(image1: Any, image2: Any, max_val: float, size: int, sigma: float, k1: float, k2: float, data_format: str) -> Any:
    single = image1.ndim == 3
    a, b = (working(each[None] if single else each) for each in (image1, image2))
    if data_format == "channels_first":
        a, b = jnp.moveaxis(a, 1, -1), jnp.moveaxis(b, 1, -1)
    if min(a.shape[1:3]) < size:
        raise ShapeError(f"ssim: images of {a.shape[1]} by {a.shape[2]} are smaller than the window of {size}.")
    windows = (gaussian_window(size, sigma),) * 2
    mean_a, mean_b = correlate_lines(a, windows), correlate_lines(b, windows)
    product = mean_a * mean_b
    squares = mean_a**2 + mean_b**2
    covariance = correlate_lines(a * b, windows) - product
    variances = correlate_lines(a**2 + b**2, windows) - squares
    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    index = (2 * product + c1) / (squares + c1) * (2 * covariance + c2) / (variances + c2)
    out = jnp.mean(index, (1, 2, 3))
    return out[0] if single else out


def ssim(
    image1: Any, image2: Any, max_val: float = 1.0, filter_size: int = 11, filter_sigma: float = 1.5, k1: float = 0.01, k2: float = 0.03,
    data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """How alike images look, 1 being the same: structural similarity (Wang et al. 2004), the mean over windows and channels."""
    image1, image2 = as_tensor(image1), as_tensor(image2)
    if image1.shape != image2.shape or image1.ndim not in (3, 4):
        raise ShapeError(f"ssim takes two images or batches of one shape; received {image1.shape} and {image2.shape}.")
    return _ssim(
        image1, image2, float(max_val), int(filter_size), float(filter_sigma), float(k1), float(k2), check_format("ssim", data_format)
    )
