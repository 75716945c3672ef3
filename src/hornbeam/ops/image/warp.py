"""Images read at other places: affine, projective and elastic transformations."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError, ShapeError, listing
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.ops import random
from hornbeam.ops.image._layout import check_format, on_batch, to_dtype, working

FILL_MODES = ("constant", "nearest", "wrap", "reflect")


def check_fill(name: str, interpolation: Any, fill_mode: Any, modes: tuple[str, ...] = FILL_MODES) -> None:
    """Raise `ArgumentError` for an interpolation or fill mode that there is not."""
    if interpolation not in ("nearest", "bilinear"):
        raise ArgumentError(f"{name}: interpolation is 'nearest' or 'bilinear'; received {interpolation!r}.")
    if fill_mode not in modes:
        raise ArgumentError(f"{name}: fill_mode is {listing(modes)}; received {fill_mode!r}.")


def _inside(at: Any, size: int, fill_mode: str) -> Any:
    """Coordinates brought into an axis of a size."""
    if fill_mode == "constant":
        return at
    if fill_mode == "reflect":
        at = jnp.mod(at, 2 * size)  # mirrored about the outer edge of the last pixel, as TensorFlow counts it
        at = jnp.where(at > size - 1, jnp.where(at >= size, 2 * size - at - 1, at), at)
    elif fill_mode == "wrap":
        low = at + size * (jnp.floor(-at / max(size - 1, 1)) + 1)
        high = at - size * jnp.floor(at / max(size - 1, 1))
        at = jnp.where(at < 0, low, jnp.where(at > size - 1, high, at))
    return jnp.clip(at, 0, size - 1)


def sample(x: Any, rows: Any, columns: Any, interpolation: str, fill_mode: str, fill_value: float) -> Any:
    """The images [batch, height, width, channels] read at rows and columns [batch, height', width'], in x's type."""
    dtype = x.dtype
    height, width = x.shape[1:3]
    rows, columns = _inside(rows, height, fill_mode), _inside(columns, width, fill_mode)
    if interpolation == "bilinear":
        x = working(x)
    fill = jnp.asarray(fill_value, x.dtype)

    def read(row: Any, column: Any) -> Any:
        known = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        row, column = (jnp.clip(each, 0, n - 1).astype(jnp.int32) for each, n in ((row, height), (column, width)))
        values = jax.vmap(lambda image, i, j: image[i, j])(x, row, column)
        return jnp.where(known[..., None], values, fill)

    if interpolation == "nearest":
        return read(_round(rows), _round(columns))
    top, left = jnp.floor(rows), jnp.floor(columns)
    down, right = (rows - top)[..., None].astype(x.dtype), (columns - left)[..., None].astype(x.dtype)
    above = read(top, left) * (1 - right) + read(top, left + 1) * right
    below = read(top + 1, left) * (1 - right) + read(top + 1, left + 1) * right
    return to_dtype(above * (1 - down) + below * down, dtype)


def _round(x: Any) -> Any:
    """To the nearest whole number, halves away from zero."""
    return jnp.sign(x) * jnp.floor(jnp.abs(x) + 0.5)


@op(2, name="affine_transform")
def _projected(images: Any, transform: Any, interpolation: str, fill_mode: str, fill_value: float, data_format: str,
               size: tuple[int, int] | None = None) -> Any:  # fmt: skip
    def warped(x: Any) -> Any:
        t = working(transform).reshape(-1, 8)
        if t.shape[0] not in (1, x.shape[0]):
            raise ShapeError(f"affine_transform: {t.shape[0]} transforms for {x.shape[0]} images; give one, or one for each.")
        a0, a1, a2, b0, b1, b2, c0, c1 = (each[:, None, None] for each in jnp.broadcast_to(t, (x.shape[0], 8)).T)
        height, width = size or x.shape[1:3]
        v, u = jnp.meshgrid(jnp.arange(height, dtype=t.dtype), jnp.arange(width, dtype=t.dtype), indexing="ij")
        k = c0 * u + c1 * v + 1
        return sample(x, (b0 * u + b1 * v + b2) / k, (a0 * u + a1 * v + a2) / k, interpolation, fill_mode, fill_value)

    return on_batch("affine_transform", images, data_format, warped)


def affine_transform(
    images: Any, transform: Any, interpolation: str = "bilinear", fill_mode: str = "constant", fill_value: float = 0,
    data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """Images under projective maps: the pixel (x, y) is read at ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k), k = c0 x + c1 y + 1.

    Args:
        transform: (a0, a1, a2, b0, b1, b2, c0, c1), or one for each image.
        interpolation: 'nearest' or 'bilinear'.
        fill_mode: what is outside: 'constant' (`fill_value`), 'nearest', 'wrap' or 'reflect'.
    """
    check_fill("affine_transform", interpolation, fill_mode)
    images, transform = as_tensor(images), as_tensor(transform)
    if transform.shape[-1] != 8 or transform.ndim > 2:
        raise ShapeError(f"affine_transform: transform has shape (8,) or (images, 8); received {transform.shape}.")
    return _projected(images, transform, interpolation, fill_mode, float(fill_value), check_format("affine_transform", data_format))


def projective_transform(
    *, images: Any, transforms: Any, output_shape: Any, interpolation: str, fill_value: float = 0.0, fill_mode: str = "CONSTANT",
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """`affine_transform` into images of a size (height, width), as `tf.raw_ops.ImageProjectiveTransformV3` has it."""
    interpolation, fill_mode = interpolation.lower(), fill_mode.lower()
    check_fill("ImageProjectiveTransformV3", interpolation, fill_mode)
    size = tuple(np.asarray(output_shape).tolist())
    return _projected(as_tensor(images), as_tensor(transforms), interpolation, fill_mode, float(fill_value), "channels_last", size)


@op(2, name="projection")
def projection(points: Any, places: Any) -> Any:
    """The eight numbers of the projective map that brings four points (x, y) to four places: (n, 4, 2) twice -> (n, 8)."""
    x, y = points[..., 0], points[..., 1]
    u, v = places[..., 0], places[..., 1]
    one, zero = jnp.ones_like(x), jnp.zeros_like(x)
    # Each corner gives two linear equations in the map's eight numbers.
    rows = jnp.concatenate([
        jnp.stack([x, y, one, zero, zero, zero, -x * u, -y * u], -1), jnp.stack([zero, zero, zero, x, y, one, -x * v, -y * v], -1),
    ], 1)  # fmt: skip
    return jnp.linalg.solve(rows, jnp.concatenate([u, v], 1)[..., None])[..., 0]


@op(3, name="perspective_transform")
def _perspective(images: Any, start: Any, end: Any, interpolation: str, fill_value: float, data_format: str) -> Any:
    start, end = working(start).reshape(-1, 4, 2), working(end).reshape(-1, 4, 2)
    transform = projection.function(end, start)
    return _projected.function(images, transform, interpolation, "constant", fill_value, data_format)


def perspective_transform(
    images: Any, start_points: Any, end_points: Any, interpolation: str = "bilinear", fill_value: float = 0, data_format: str | None = None
) -> Tensor:
    """Images as if seen from another side: the four `start_points` (x, y) come to lie on the `end_points`.

    Args:
        start_points, end_points: shape (4, 2), or (images, 4, 2).
    """
    check_fill("perspective_transform", interpolation, "constant")
    start, end = as_tensor(start_points), as_tensor(end_points)
    for name, points in (("start_points", start), ("end_points", end)):
        if tuple(points.shape[-2:]) != (4, 2) or points.ndim not in (2, 3):
            raise ShapeError(f"perspective_transform: {name} has shape (4, 2) or (images, 4, 2); received {points.shape}.")
    return _perspective(
        as_tensor(images), start, end, interpolation, float(fill_value), check_format("perspective_transform", data_format)
    )


@op(2, name="map_coordinates")
def _map_coordinates(inputs: Any, coordinates: Any, order: int, fill_mode: str, fill_value: float) -> Any:
    at = coordinates if jnp.issubdtype(coordinates.dtype, jnp.floating) else coordinates.astype(jnp.float32)
    return jax.scipy.ndimage.map_coordinates(inputs, list(at), order, fill_mode, fill_value).astype(inputs.dtype)


def map_coordinates(inputs: Any, coordinates: Any, order: int, fill_mode: str = "constant", fill_value: float = 0) -> Tensor:
    """An array read at coordinates, one row of them for each of its axes.

    Args:
        order: 0 reads the nearest element, 1 interpolates linearly.
        fill_mode: what is outside: 'constant', 'nearest', 'wrap', 'mirror' (about the last element) or 'reflect' (about its edge).
    """
    inputs, coordinates = as_tensor(inputs), as_tensor(coordinates)
    check_fill("map_coordinates", "nearest", fill_mode, ("constant", "nearest", "wrap", "mirror", "reflect"))
    if order not in (0, 1):
        raise ArgumentError(f"map_coordinates: order is 0 or 1; received {order!r}.")
    if coordinates.shape[0] != inputs.ndim:
        raise ShapeError(f"map_coordinates: coordinates have a row for each of the {inputs.ndim} axes; their shape is {coordinates.shape}.")
    return _map_coordinates(inputs, coordinates, int(order), fill_mode, fill_value)


@op(2, name="elastic_transform")
def bend(
    images: Any, noise: Any, alpha: float, sigma: float, interpolation: str, fill_mode: str, fill_value: float, data_format: str
) -> Any:
    """`elastic_transform` by given noise, of shape (2, batch, height, width): downwards, then to the right."""
    reach = max(1, int(4 * sigma + 0.5))
    curve = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2) if sigma else np.ones(1)
    kernel = (curve / curve.sum()).astype(noise.dtype)

    def smooth(field: Any, shape: tuple[int, int]) -> Any:
        flat = field.reshape(-1, 1, *field.shape[2:])
        return jax.lax.conv_general_dilated(flat, kernel.reshape(1, 1, *shape), (1, 1), "SAME").reshape(field.shape)

    def warped(x: Any) -> Any:
        field = smooth(smooth(noise, (-1, 1)), (1, -1)) * alpha
        v, u = jnp.meshgrid(jnp.arange(x.shape[1], dtype=field.dtype), jnp.arange(x.shape[2], dtype=field.dtype), indexing="ij")
        return sample(x, v + field[0], u + field[1], interpolation, fill_mode, fill_value)

    return on_batch("elastic_transform", images, data_format, warped)


def elastic_transform(
    images: Any, alpha: float = 20.0, sigma: float = 5.0, interpolation: str = "bilinear", fill_mode: str = "reflect",
    fill_value: float = 0.0, seed: Any = None, data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """Images warped by a smooth random field (Simard et al. 2003): normal noise blurred over `sigma` pixels, times `alpha`."""
    check_fill("elastic_transform", interpolation, fill_mode)
    images, data_format = as_tensor(images), check_format("elastic_transform", data_format)
    if images.ndim not in (3, 4):
        raise ShapeError(f"elastic_transform takes one image (3 axes) or a batch (4); received shape {images.shape}.")
    shape = tuple(images.shape) if images.ndim == 4 else (1, *images.shape)
    space = shape[1:3] if data_format == "channels_last" else shape[2:4]
    noise = random.normal((2, shape[0], *space), seed=seed)
    return bend(images, noise, float(alpha), float(sigma), interpolation, fill_mode, float(fill_value), data_format)
