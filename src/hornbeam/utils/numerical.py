"""NumPy helpers for labels and features."""

from typing import Any

import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.errors import ArgumentError


def to_categorical(x: Any, num_classes: int | None = None, dtype: Any = None) -> np.ndarray:
    """Class numbers as one-hot rows: shape (...) or (..., 1) -> (..., num_classes), of type `dtype` (Keras 2's), else `floatx()`.

    Raises `ArgumentError` for numbers below 0 or not below `num_classes`.
    """
    labels = np.asarray(x, dtype=np.int64)
    shape = labels.shape[:-1] if labels.ndim > 1 and labels.shape[-1] == 1 else labels.shape
    labels = labels.reshape(-1)
    if num_classes is None:
        num_classes = int(labels.max()) + 1 if labels.size else 0
    if labels.size and (labels.min() < 0 or labels.max() >= num_classes):
        raise ArgumentError(
            f"to_categorical: labels run from {labels.min()} to {labels.max()}; "
            f"with {num_classes} classes they run from 0 to {num_classes - 1}."
        )
    found = np.zeros((labels.size, num_classes), dtypes.standardize(dtype or dtypes.floatx()).numpy)
    found[np.arange(labels.size), labels] = 1
    return found.reshape(*shape, num_classes)


def normalize(x: Any, axis: int = -1, order: int = 2) -> np.ndarray:
    """Vectors along an axis scaled to length 1 (in the norm of that order); zero vectors stay."""
    x = np.asarray(x)
    length = np.atleast_1d(np.linalg.norm(x, order, axis))
    length[length == 0] = 1
    return x / np.expand_dims(length, axis)
