"""Batches as steps see them: `(x, y, sample_weight)`, packed and unpacked."""

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from hornbeam.engine import graph
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.ordering import mapped
from hornbeam.ops.composite.ragged import RaggedTensor
from hornbeam.training.checks import whole_number
from hornbeam.training.feed import make_feed
from hornbeam.training.feed.base import Batch, Feed


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


def joined(outputs: list[Any]) -> Any:
    """What a model gave for some batches, as of all of them: arrays, and rows of differing lengths as a RaggedTensor."""

    def join(*parts: Any) -> Any:
        if isinstance(parts[0], RaggedTensor):
            lengths = np.concatenate([np.asarray(each.row_lengths()) for each in parts])
            return RaggedTensor.from_row_lengths(np.concatenate([np.asarray(each.values) for each in parts]), lengths)
        return np.concatenate(parts) if np.ndim(parts[0]) else np.stack(parts)

    return mapped(join, *outputs, is_leaf=lambda leaf: isinstance(leaf, RaggedTensor))


class Kept(Feed):
    """A stream that can be read once, whose batches are kept from the first pass for the later ones, as Keras does for validation."""

    def __init__(self, stream: Feed):
        self._stream, self._batches = stream, list[Batch]()
        self._whole = False

    @property
    def lone(self) -> bool:  # type: ignore[override]
        return self._stream.lone

    @property
    def steps(self) -> int | None:  # type: ignore[override]
        return len(self._batches) if self._whole else self._stream.steps

    def batches(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        if not self._whole:
            self._batches = []
            for batch in self._stream.batches(epoch, start):
                self._batches.append(batch)
                yield batch
            self._whole = True
            return
        yield from self._batches[start:]

    def peek(self) -> Batch:
        return self._batches[0] if self._batches else self._stream.peek()


def validation_feed(data: Any, batch_size: int | None, steps: int | None, prepare: Any = None) -> Any:
    """The feed for what `fit` was given as `validation_data`."""
    if isinstance(data, (tuple, list)) and len(data) > 3 and not all(isinstance(each, (int, float)) for each in data):
        raise ArgumentError(f"`validation_data` is (x, y) or (x, y, sample_weight); received a {type(data).__name__} of {len(data)}.")
    if isinstance(data, (tuple, list)) and len(data) in (2, 3):
        x, y, weights = unpack_x_y_sample_weight(data)
        return make_feed(x, y, weights, batch_size=batch_size, steps=steps, shuffle=False, name="validation_data", prepare=prepare)
    feed = make_feed(data, None, None, batch_size=batch_size, steps=steps, shuffle=False, name="validation_data", prepare=prepare)
    return Kept(feed) if hasattr(data, "__next__") else feed


def validates(epoch: int, frequency: Any) -> bool:
    """Whether an epoch ends with a validation: `validation_freq` is every how many epochs, or which ones, counted from 1."""
    if isinstance(frequency, (Collection, np.ndarray)):
        return epoch + 1 in frequency
    return (epoch + 1) % whole_number("validation_freq", frequency, minimum=1) == 0
