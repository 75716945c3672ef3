"""Picture files, PIL images and arrays, one from another. PIL is Pillow, which the extra `image` installs."""

import io
import os
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from hornbeam import ops
from hornbeam.engine import dtypes
from hornbeam.engine.errors import ArgumentError, DtypeError, MissingExtra, ShapeError, unknown
from hornbeam.engine.layout import checked_format
from hornbeam.engine.tensor import is_tensor

EXTENSIONS = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
COLOR_MODES = {"grayscale": 1, "rgb": 3, "rgba": 4}  # and the number of channels


def pillow(who: str) -> ModuleType:
    """The module `PIL.Image`; raises `MissingExtra` in the name of `who`."""
    try:
        import PIL.Image
    except ImportError:
        raise MissingExtra(who, "image", "pillow") from None
    return PIL.Image


def load_img(
    path: Any, color_mode: str = "rgb", target_size: Any = None, interpolation: str = "nearest", keep_aspect_ratio: bool = False
) -> Any:
    """A picture file as a PIL image.

    Args:
        path: its path, or an open binary file (`io.BytesIO`).
        color_mode: 'rgb', 'rgba' or 'grayscale' (which leaves pictures of more than 8 bits as they are).
        target_size: (height, width) to scale it to.
        interpolation: 'nearest', 'bilinear', 'bicubic', 'hamming', 'box' or 'lanczos'.
        keep_aspect_ratio: cut the picture's longer side first, so that nothing is distorted.

    Raises: ArgumentError, for other words. FileNotFoundError, and PIL's UnidentifiedImageError for a file that is no picture.
    """
    images = pillow("load_img")
    if color_mode not in COLOR_MODES:
        raise unknown("color_mode", color_mode, COLOR_MODES)
    if interpolation not in INTERPOLATIONS:
        raise unknown("interpolation", interpolation, INTERPOLATIONS)
    if isinstance(path, io.IOBase) or hasattr(path, "read"):
        picture = images.open(path)
        picture.load()
    elif isinstance(path, (str, bytes, os.PathLike)):
        path = os.fsdecode(path) if isinstance(path, bytes) else path
        with open(path, "rb") as file:
            picture = images.open(io.BytesIO(file.read()))
            picture.load()
    else:
        raise DtypeError(f"load_img takes a path or an open file; received a {type(path).__name__}.")
    if color_mode == "grayscale":
        if picture.mode not in ("L", "I;16", "I"):
            picture = picture.convert("L")
    elif picture.mode != color_mode.upper():
        picture = picture.convert(color_mode.upper())
    if target_size is None:
        return picture
    height, width = target_size[:2]
    if picture.size == (width, height):
        return picture
    box = None
    if keep_aspect_ratio:
        top, left, rows, columns = _centre(picture.height, picture.width, height, width)
        box = (left, top, left + columns, top + rows)
    return picture.resize((width, height), images.Resampling[interpolation.upper()], box)


def _centre(height: int, width: int, wanted_height: int, wanted_width: int) -> tuple[int, int, int, int]:
    """The largest part in the middle that has the wanted shape: (top, left, height, width)."""
    rows = min(height, int(width * wanted_height / wanted_width))
    columns = min(width, int(height * wanted_width / wanted_height))
    return (height - rows) // 2, (width - columns) // 2, rows, columns


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray:
    """A PIL image (or an array of two or three axes) as an array (height, width, channels) of type `floatx()`."""
    first = checked_format("img_to_array", data_format) == "channels_first"
    found = np.asarray(img, dtype=dtypes.standardize(dtype).numpy)
    if found.ndim == 3:
        return found.transpose(2, 0, 1) if first else found
    if found.ndim != 2:
        raise ShapeError(f"img_to_array takes one picture, of two or three axes; received shape {found.shape}.")
    return found.reshape((1, *found.shape) if first else (*found.shape, 1))


def array_to_img(x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None) -> Any:
    """An array (height, width, channels) with 1, 3 or 4 channels as a PIL image.

    Args:
        scale: spread the values over 0 to 255 first. Otherwise they are cut to integers as they are.
    """
    images = pillow("array_to_img")
    first = checked_format("array_to_img", data_format) == "channels_first"
    x = np.asarray(x, dtype=dtypes.standardize(dtype).numpy)
    if x.ndim != 3:
        raise ShapeError(f"array_to_img takes one picture, of shape (height, width, channels); received shape {x.shape}.")
    x = x.transpose(1, 2, 0) if first else x
    if scale:
        x = x - np.min(x)
        largest = np.max(x)
        x = (x / largest if largest else x) * 255
    if x.shape[2] not in (1, 3, 4):
        raise ShapeError(f"array_to_img takes 1, 3 or 4 channels; received {x.shape[2]} (shape {x.shape}).")
    if x.shape[2] > 1:
        return images.fromarray(x.astype("uint8"))
    return images.fromarray(x[:, :, 0].astype("int32" if np.max(x) > 255 else "uint8"))


def save_img(
    path: Any, x: Any, data_format: str | None = None, file_format: str | None = None, scale: bool = True, **kwargs: Any
) -> None:
    """Write an array (height, width, channels) to a picture file, of the kind that the path's ending or `file_format` says.

    `kwargs` go to PIL's `save`, such as quality=95 for JPEG.
    """
    picture = array_to_img(x, data_format, scale)
    kind = file_format or (Path(path).suffix[1:] if isinstance(path, (str, os.PathLike)) else None)
    if picture.mode == "RGBA" and (kind or "").lower() in ("jpg", "jpeg"):
        warnings.warn("save_img: a JPEG file has no transparency; the picture's is lost.", stacklevel=2)
        picture = picture.convert("RGB")
    picture.save(path, format="jpeg" if file_format == "jpg" else file_format, **kwargs)


def smart_resize(x: Any, size: Any, interpolation: str = "bilinear", data_format: str = "channels_last", **kwargs: Any) -> Any:
    """Pictures cut in the middle to the shape of `size` (height, width), so that nothing is distorted, and scaled to it.

    Args:
        x: one picture (height, width, channels) or a batch; a NumPy array gives one, a tensor a tensor.
        interpolation: as `ops.image.resize`.
    """
    if not isinstance(size, (list, tuple)) or len(size) != 2:
        raise ArgumentError(f"smart_resize: size is (height, width); received {size!r}.")
    given = x if is_tensor(x) else np.asarray(x)
    if given.ndim not in (3, 4):
        raise ShapeError(f"smart_resize takes one picture or a batch, three or four axes; received shape {tuple(given.shape)}.")
    at = given.ndim - 3 + (checked_format("smart_resize", data_format) == "channels_first")
    top, left, rows, columns = _centre(given.shape[at], given.shape[at + 1], *size)
    part = (slice(None),) * at + (slice(top, top + rows), slice(left, left + columns))
    found = ops.image.resize(given[part], tuple(size), interpolation, data_format=data_format)
    return found if is_tensor(x) else found.numpy()
