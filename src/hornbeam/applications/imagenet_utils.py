"""Images as the published networks want them, and their answers as words."""

import json
import warnings
from typing import Any

import numpy as np

from hornbeam import ops
from hornbeam.datasets._fetch import DatasetError
from hornbeam.engine import dtypes
from hornbeam.engine.errors import ShapeError, unknown
from hornbeam.engine.layout import checked_format
from hornbeam.engine.tensor import is_tensor
from hornbeam.utils.files import get_file

CLASSES_URL = "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
CLASSES_MD5 = "c2c37ea517e94d9795004a39431a14cb"
_MEAN = (103.939, 116.779, 123.68)  # of ImageNet's blue, green and red
_TORCH_MEAN, _TORCH_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_classes: dict[str, list[str]] = {}


def preprocess_input(x: Any, data_format: str | None = None, mode: str = "caffe") -> Any:
    """Images of 0 to 255 scaled: 'caffe' to BGR less ImageNet's mean, 'tf' to -1 to 1, 'torch' to 0 to 1 less mean over deviation.

    A NumPy array of floats is changed in place, as Keras does; any other gives a new one. A tensor gives a tensor.
    """
    if mode not in ("caffe", "tf", "torch"):
        raise unknown("mode of preprocess_input", mode, ["caffe", "tf", "torch"])
    first = checked_format("preprocess_input", data_format) == "channels_first"
    if is_tensor(x):
        return _scaled_tensor(x, first, mode)
    x = np.asarray(x)
    if x.dtype.kind != "f":
        x = x.astype(dtypes.NUMPY[dtypes.floatx()])
    if mode == "tf":
        x /= 127.5
        x -= 1.0
        return x
    along = (-1, 1, 1) if first else (-1,)
    if mode == "torch":
        x /= 255.0
        x -= np.reshape(_TORCH_MEAN, along).astype(x.dtype)
        x /= np.reshape(_TORCH_STD, along).astype(x.dtype)
        return x
    x = np.flip(x, -3 if first else -1)
    x -= np.reshape(_MEAN, along).astype(x.dtype)
    return x


def correct_pad(inputs: Any, kernel_size: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """The padding of images before a window with stride 2: as much on both sides, less one before where the size is even."""
    sizes = inputs.shape[2:] if checked_format("correct_pad", None) == "channels_first" else inputs.shape[1:3]
    sides = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    (top, bottom), (left, right) = ((side // 2 - (1 - (size or 1) % 2), side // 2) for side, size in zip(sides, sizes, strict=True))
    return (top, bottom), (left, right)


def _scaled_tensor(x: Any, first: bool, mode: str) -> Any:
    x = ops.cast(x, x.dtype if str(x.dtype).startswith(("float", "bfloat")) else dtypes.floatx())
    along = (-1, 1, 1) if first else (-1,)
    row = lambda numbers: ops.reshape(ops.cast(ops.convert_to_tensor(numbers), x.dtype), along)
    if mode == "tf":
        return x / 127.5 - 1.0
    if mode == "torch":
        return (x / 255.0 - row(_TORCH_MEAN)) / row(_TORCH_STD)
    return ops.flip(x, -3 if first else -1) - row(_MEAN)


def decode_predictions(preds: Any, top: int = 5) -> list[list[tuple[str, str, float]]]:
    """The likeliest ImageNet classes of each row (rows, 1000): (WordNet's identifier, name, probability), best first.

    The names are a small published file, kept in Keras's cache (`~/.keras/models/imagenet_class_index.json`).
    """
    preds = np.asarray(preds)
    if preds.ndim != 2 or preds.shape[1] != 1000:
        raise ShapeError(f"decode_predictions takes the answers of an ImageNet classifier, of shape (rows, 1000); received {preds.shape}.")
    if not _classes:
        try:
            path = get_file("imagenet_class_index.json", CLASSES_URL, cache_subdir="models", file_hash=CLASSES_MD5)
        except DatasetError as error:
            raise DatasetError(f"The names of ImageNet's classes could not be had: {error}") from error
        with open(path, encoding="utf-8") as file:
            _classes.update(json.load(file))
    if top > 1000:
        warnings.warn(f"decode_predictions: there are 1000 classes; received top={top}.", stacklevel=2)
    best = np.argsort(-preds, kind="stable")[:, :top]
    return [[(*_classes[str(i)], row[i]) for i in order] for row, order in zip(preds, best, strict=True)]  # type: ignore[misc]


def scaling(mode: str) -> Any:
    """A network's own `preprocess_input`; mode 'none' leaves the images as they are, since the network scales them itself."""

    def preprocess_input(x: Any, data_format: str | None = None) -> Any:
        return x if mode == "none" else _preprocess(x, data_format, mode)

    preprocess_input.__doc__ = (
        "The images as they are: this network scales 0 to 255 itself." if mode == "none" else f"Images of 0 to 255 scaled in mode '{mode}'."
    )
    return preprocess_input


_preprocess = preprocess_input
