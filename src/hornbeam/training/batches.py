"""Batches as steps see them: `(x, y, sample_weight)`, packed and unpacked."""

from collections.abc import Sequence
from typing import Any

from hornbeam.engine import graph
from hornbeam.engine.errors import ArgumentError
from hornbeam.training.feed import make_feed


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """`data` as `(x, y, sample_weight)`, absent parts None."""
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return data, None, None
    if len(data) > 3 or not data:
        raise ArgumentError(f"A batch is x, (x, y) or (x, y, sample_weight); received {len(data)} parts.")
    return (*data, None, None)[:3]


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """The inverse of `unpack_x_y_sample_weight`."""
    if y is None:
        return x if not isinstance(x, (tuple, list)) else (x,)
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def batch_size(x: Any) -> int:
    """The number of examples in a batch of inputs."""
    return graph.tensors_in(x)[0].shape[0]


def validation_feed(data: Any, batch_size: int | None, steps: int | None) -> Any:
    """The feed for what `fit` was given as `validation_data`."""
    if isinstance(data, (tuple, list)) and len(data) in (2, 3) and not callable(getattr(data, "__next__", None)):
        x, y, weights = unpack_x_y_sample_weight(data)
        return make_feed(x, y, weights, batch_size=batch_size, steps=steps, shuffle=False, name="validation_data")
    return make_feed(data, None, None, batch_size=batch_size, steps=steps, shuffle=False, name="validation_data")


def validates(epoch: int, frequency: Any) -> bool:
    """Whether an epoch ends with a validation: `validation_freq` is every how many epochs, or which ones, counted from 1."""
    if isinstance(frequency, Sequence):
        return epoch + 1 in frequency
    return (epoch + 1) % int(frequency) == 0
