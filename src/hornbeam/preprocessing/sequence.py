"""Samples from sequences, Keras 2's way: windows of a series, pairs of words. `utils.timeseries_dataset_from_array` is today's."""

import json
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError
from hornbeam.training.feed import PyDataset
from hornbeam.utils.sequences import pad_sequences

__all__ = ["TimeseriesGenerator", "make_sampling_table", "pad_sequences", "skipgrams"]


class TimeseriesGenerator(PyDataset):
    """Batches of windows of a series and the target after each.

    Args:
        data: the series, the first axis being time. targets: one for each of its steps.
        length: the steps a window covers.
        sampling_rate: of these, every how many-th is taken.
        stride: the steps from one window's start to the next one's.
        start_index, end_index: the part of the series to use, both ends included.
        shuffle: draw windows at random instead of in order.
        reverse: turn each window back to front.
        batch_size: windows in a batch.

    Item i is (windows, targets): shapes (batch, length / sampling_rate, ...) and (batch, ...). The target of a window is the one of the
    step that follows it.
    """

    def __init__(
        self, data: Any, targets: Any, length: int, sampling_rate: int = 1, stride: int = 1, start_index: int = 0,
        end_index: int | None = None, shuffle: bool = False, reverse: bool = False, batch_size: int = 128,
    ):
        super().__init__()
        if len(data) != len(targets):
            raise ArgumentError(f"TimeseriesGenerator: data has {len(data)} steps and targets has {len(targets)}; they must be as many.")
        self.data, self.targets, self.length = data, targets, length
        self.sampling_rate, self.stride, self.shuffle, self.reverse, self.batch_size = sampling_rate, stride, shuffle, reverse, batch_size
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        if self.start_index > self.end_index:
            raise ArgumentError(
                f"TimeseriesGenerator: there is no window of {length} steps with a target after it between start_index={start_index} and "
                f"end_index={self.end_index}. Use a shorter `length` or a longer series."
            )

    def __len__(self) -> int:
        return (self.end_index - self.start_index + self.batch_size * self.stride) // (self.batch_size * self.stride)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if self.shuffle:
            rows = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            start = self.start_index + self.batch_size * self.stride * index
            rows = np.arange(start, min(start + self.batch_size * self.stride, self.end_index + 1), self.stride)
        windows = np.array([self.data[row - self.length : row : self.sampling_rate] for row in rows])
        return windows[:, ::-1] if self.reverse else windows, np.array([self.targets[row] for row in rows])

    def get_config(self) -> dict[str, Any]:
        """The arguments as plain data, the series as JSON."""
        series = {}
        for name in ("data", "targets"):
            value = getattr(self, name)
            series[name] = json.dumps(value.tolist() if isinstance(value, np.ndarray) else value)
        plain = ("length", "sampling_rate", "stride", "start_index", "end_index", "shuffle", "reverse", "batch_size")
        return series | {name: getattr(self, name) for name in plain}

    def to_json(self, **kwargs: Any) -> str:
        """The generator as JSON; `kwargs` go to `json.dumps`."""
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> np.ndarray:
    """How likely the word of each frequency rank is to be kept, shape (size,): word2vec's subsampling of frequent words.

    Frequencies are taken to follow Zipf's law: the rank r has 1 / (r * (log r + 0.577) + 1/2 - 1/(12 r)). Word r is kept with probability
    min(1, sqrt(sampling_factor / frequency)) (Mikolov et al. 2013).
    """
    rank = np.maximum(np.arange(size), 1.0)
    inverse_frequency = rank * (np.log(rank) + 0.577) + 0.5 - 1 / (12 * rank)
    return np.minimum(1.0, np.sqrt(sampling_factor * inverse_frequency))


def skipgrams(
    sequence: Sequence[int], vocabulary_size: int, window_size: int = 4, negative_samples: float = 1.0, shuffle: bool = True,
    categorical: bool = False, sampling_table: Any = None, seed: int | None = None,
) -> tuple[list[list[int]], list[Any]]:
    """Pairs (word, word near it), labelled 1, and pairs (word, any word), labelled 0, of a list of word numbers.

    Args:
        vocabulary_size: one more than the largest number; 0 stands for no word and is skipped.
        window_size: how far from a word its neighbours are looked for, on each side.
        negative_samples: how many pairs with a random word for each true one.
        categorical: labels are [0, 1] and [1, 0] instead of 1 and 0.
        sampling_table: for each word how likely it is to be used; see `make_sampling_table`.
        seed: of the shuffle. The random words come from Python's `random` in any case.
    """
    couples: list[list[int]] = []
    for i, word in enumerate(sequence):
        if not word or (sampling_table is not None and sampling_table[word] < random.random()):
            continue
        start = max(0, i - window_size)
        couples += [[word, near] for j, near in enumerate(sequence[start : i + window_size + 1], start) if j != i and near]
    true, false = ([0, 1], [1, 0]) if categorical else (1, 0)
    labels: list[Any] = [true for _ in couples]
    if negative_samples > 0:
        count = int(len(labels) * negative_samples)
        words = [couple[0] for couple in couples]
        random.shuffle(words)
        couples += [[words[i % len(words)], random.randint(1, vocabulary_size - 1)] for i in range(count)]
        labels += [false] * count
    if shuffle:
        seed = random.randint(0, 10**7) if seed is None else seed
        for each in (couples, labels):
            random.Random(seed).shuffle(each)  # type: ignore[arg-type]
    return couples, labels
