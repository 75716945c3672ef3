"""A folder of pictures as a Dataset."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from hornbeam.engine.dtypes import NUMPY, floatx
from hornbeam.engine.errors import ArgumentError, InvalidArgumentError
from hornbeam.engine.function import TensorSpec
from hornbeam.engine.layout import checked_format
from hornbeam.engine.tensor import wrap
from hornbeam.ops.image import codecs, sizes
from hornbeam.preprocessing import directory as folders

FORMATS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
_INTERPOLATIONS = ("bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")
_CHANNELS = {"rgb": 3, "rgba": 4, "grayscale": 1}


def image_dataset_from_directory(
    directory: Any, labels: Any = "inferred", label_mode: str | None = "int", class_names: Sequence[str] | None = None,
    color_mode: str = "rgb", batch_size: int | None = 32, image_size: Any = (256, 256), shuffle: bool = True, seed: int | None = None,
    validation_split: float | None = None, subset: str | None = None, interpolation: str = "bilinear", follow_links: bool = False,
    crop_to_aspect_ratio: bool = False, pad_to_aspect_ratio: bool = False, data_format: str | None = None, format: str = "tf",
    verbose: bool = True,
) -> Any:  # fmt: skip
    """Batches of pictures, float32 of shape (batch, height, width, channels) from 0 to 255, and labels.

    Args:
        directory: a folder with a subfolder a class ('inferred' labels), or with files anywhere below.
        labels: 'inferred', None, or a list of integers, one a file in the order of their sorted paths.
        label_mode: 'int' (int32), 'categorical' (one-hot, float32), 'binary' (float32, shape (batch, 1)), None (no labels).
        class_names: the subfolders to take, in the order of their labels; by default all, sorted.
        color_mode: 'rgb', 'rgba' or 'grayscale'.
        batch_size: None for single pictures.
        image_size: (height, width) that pictures are scaled to.
        validation_split: the share of the files that make the subset 'validation'; subset='both' gives a pair of Datasets.
        interpolation: how they are scaled.
        crop_to_aspect_ratio, pad_to_aspect_ratio: cut, or add black borders, rather than distort.

    Returns: a Dataset, which also has `class_names` and `file_paths`.
    Raises: ArgumentError; FileNotFoundError.
    """
    request = folders.Request(
        directory, labels, label_mode, class_names, batch_size, shuffle, seed, validation_split, subset, follow_links, verbose
    ).checked()
    if color_mode not in _CHANNELS:
        raise ArgumentError(f'`color_mode` must be one of {{"rgb", "rgba", "grayscale"}}. Received: color_mode={color_mode}')
    if interpolation not in _INTERPOLATIONS:
        raise ArgumentError(f"Argument `interpolation` should be one of {_INTERPOLATIONS}. Received: interpolation={interpolation}")
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ArgumentError("Only one of `pad_to_aspect_ratio`, `crop_to_aspect_ratio` can be set to `True`.")
    size = (image_size, image_size) if isinstance(image_size, int) else tuple(image_size)
    if len(size) != 2 or any(not isinstance(each, (int, np.integer)) or each <= 0 for each in size):
        raise ArgumentError(f"Invalid `image_size` value. Expected (height, width). Received: image_size={image_size}")
    channels, first = _CHANNELS[color_mode], checked_format("image_dataset_from_directory", data_format) == "channels_first"
    height, width = int(size[0]), int(size[1])
    folder = folders.found(request, FORMATS, "image")
    dtype = NUMPY["uint8" if interpolation == "nearest" else floatx()]

    def read(path: bytes) -> np.ndarray:
        picture = pixels(path, channels)
        if crop_to_aspect_ratio:
            picture = _cropped(picture, height, width)
        if pad_to_aspect_ratio:
            picture = _padded(picture, height, width)
        scaled = np.asarray(sizes.resize(wrap(picture), (height, width), interpolation)).astype(dtype, copy=False)
        return np.moveaxis(scaled, -1, 0) if first else scaled

    shape = (channels, height, width) if first else (height, width, channels)
    return folders.datasets(request, folder, read, TensorSpec(shape, str(np.dtype(dtype))))


def pixels(path: bytes, channels: int) -> np.ndarray:
    """A picture file's bytes, shape (height, width, channels); the first picture of an animated one."""
    with open(os.fsdecode(path), "rb") as file:
        data = file.read()
    try:
        return np.asarray(codecs.decode_image(data, channels=channels, expand_animations=False))
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"{os.fsdecode(path)}: {error}") from None


def _cropped(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """The largest part in the middle that has the proportions of height and width."""
    rows, columns = picture.shape[:2]
    tall, wide = min(rows, int(columns * height / width)), min(columns, int(rows * width / height))
    top, left = int((rows - tall) / 2), int((columns - wide) / 2)
    return picture[top : top + tall, left : left + wide]


def _padded(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """The picture with black borders that give it the proportions of height and width."""
    rows, columns = picture.shape[:2]
    tall, wide = max(rows, int(columns * height / width)), max(columns, int(rows * width / height))
    top, left = int((tall - rows) / 2), int((wide - columns) / 2)
    return np.pad(picture, [(top, tall - rows - top), (left, wide - columns - left), (0, 0)])
