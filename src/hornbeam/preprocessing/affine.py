"""Pictures turned, moved, sheared and zoomed, brightened and tinted, on the host. Layers such as `RandomRotation` do it in a model.

The resampling is SciPy's (which JAX needs anyway), so the numbers are Keras's.
"""

import math
from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError
from hornbeam.preprocessing.pictures import array_to_img, img_to_array


def _centred(matrix: np.ndarray, height: int, width: int) -> np.ndarray:
    """A matrix that acts around the picture's middle instead of its corner."""
    there = np.array([[1, 0, height / 2 - 0.5], [0, 1, width / 2 - 0.5], [0, 0, 1]])
    back = np.array([[1, 0, -height / 2 + 0.5], [0, 1, -width / 2 + 0.5], [0, 0, 1]])
    return there @ matrix @ back


def apply_affine_transform(
    x: np.ndarray, theta: float = 0, tx: float = 0, ty: float = 0, shear: float = 0, zx: float = 1, zy: float = 1, row_axis: int = 1,
    col_axis: int = 2, channel_axis: int = 0, fill_mode: str = "nearest", cval: float = 0.0, order: int = 1,
) -> np.ndarray:
    """One picture (three axes) turned, moved, sheared and zoomed.

    Args:
        theta: degrees to turn by. tx, ty: pixels to move by along the later of the two axes and the earlier one. shear: degrees.
        zx, zy: what a pixel of the result covers along these axes: above 1 the picture gets smaller.
        fill_mode: what is outside: 'nearest', 'constant' (`cval`), 'reflect' or 'wrap'.
        order: of the spline: 0 nearest, 1 linear, up to 5.
    """
    from scipy import ndimage

    if len({row_axis % 3, col_axis % 3, channel_axis % 3}) != 3:
        raise ArgumentError(f"apply_affine_transform: the three axes differ; received {row_axis}, {col_axis} and {channel_axis}.")
    a, s = math.radians(theta), math.radians(shear)
    steps = [
        (theta, [[math.cos(a), -math.sin(a), 0], [math.sin(a), math.cos(a), 0], [0, 0, 1]]),
        (tx or ty, [[1, 0, tx], [0, 1, ty], [0, 0, 1]]),
        (shear, [[1, -math.sin(s), 0], [0, math.cos(s), 0], [0, 0, 1]]),
        (zx != 1 or zy != 1, [[zx, 0, 0], [0, zy, 0], [0, 0, 1]]),
    ]
    matrix: np.ndarray | None = None
    for wanted, step in steps:
        if wanted:
            matrix = np.array(step) if matrix is None else matrix @ np.array(step)
    if matrix is None:
        return x
    matrix = _centred(matrix, x.shape[row_axis], x.shape[col_axis])
    if row_axis % 3 < col_axis % 3:  # as Keras has it: the steps are for columns before rows
        matrix = matrix[[1, 0, 2]][:, [1, 0, 2]]
    channels = np.moveaxis(x, channel_axis, 0)
    done = [
        ndimage.affine_transform(each, matrix[:2, :2], matrix[:2, 2], order=order, mode=fill_mode, cval=cval) for each in channels
    ]
    return np.moveaxis(np.stack(done), 0, channel_axis)


def random_rotation(
    x: np.ndarray, rg: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0, fill_mode: str = "nearest", cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """A picture turned by up to `rg` degrees either way."""
    how = (row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)
    return apply_affine_transform(x, np.random.uniform(-rg, rg), 0, 0, 0, 1, 1, *how)


def random_shift(
    x: np.ndarray, wrg: float, hrg: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0, fill_mode: str = "nearest",
    cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:
    """A picture moved by up to the share `wrg` of its width and `hrg` of its height."""
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    return apply_affine_transform(x, 0, tx, ty, 0, 1, 1, row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)


def random_shear(
    x: np.ndarray, intensity: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0, fill_mode: str = "nearest",
    cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:
    """A picture sheared by up to `intensity` degrees either way."""
    how = (row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)
    return apply_affine_transform(x, 0, 0, 0, np.random.uniform(-intensity, intensity), 1, 1, *how)


def random_zoom(
    x: np.ndarray, zoom_range: Any, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0, fill_mode: str = "nearest",
    cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:
    """A picture zoomed along each axis by a factor between the two of `zoom_range`."""
    if len(zoom_range) != 2:
        raise ArgumentError(f"random_zoom: zoom_range is two numbers; received {zoom_range!r}.")
    zx, zy = (1, 1) if zoom_range[0] == 1 and zoom_range[1] == 1 else np.random.uniform(zoom_range[0], zoom_range[1], 2)
    return apply_affine_transform(x, 0, 0, 0, 0, zx, zy, row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)


def apply_channel_shift(x: np.ndarray, intensity: float, channel_axis: int = 0) -> np.ndarray:
    """A number added to all of a picture's values, which stay between its smallest and its largest. `channel_axis` makes no difference."""
    return np.clip(x + intensity, np.min(x), np.max(x))


def random_channel_shift(x: np.ndarray, intensity_range: float, channel_axis: int = 0) -> np.ndarray:
    """A picture with up to `intensity_range` added or taken away."""
    return apply_channel_shift(x, np.random.uniform(-intensity_range, intensity_range), channel_axis)


def apply_brightness_shift(x: np.ndarray, brightness: float, scale: bool = True) -> np.ndarray:
    """A picture (channels last) as bright as `brightness` times before, in 8 bits; `scale` as in `array_to_img`."""
    picture = array_to_img(x, scale=scale)
    from PIL import ImageEnhance

    return img_to_array(ImageEnhance.Brightness(picture).enhance(brightness))


def random_brightness(x: np.ndarray, brightness_range: Any, scale: bool = True) -> np.ndarray:
    """A picture made darker or brighter by a factor between the two of `brightness_range`."""
    if len(brightness_range) != 2:
        raise ArgumentError(f"random_brightness: brightness_range is two numbers; received {brightness_range!r}.")
    return apply_brightness_shift(x, np.random.uniform(brightness_range[0], brightness_range[1]), scale)
