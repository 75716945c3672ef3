"""The feed: one epoch after another of host batches, and the order in which examples come."""

import itertools
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from hornbeam.engine.callers import warn
from hornbeam.training.feed.convert import holds_rows, laid_out, map_arrays

Batch = tuple[Any, Any, Any]


class Feed:
    """What a training loop iterates over.

    Attributes:
        arrays: `(x, y, sample_weight)`, structures of NumPy arrays with one first size (absent parts None), when all
            data is in memory; None for streams.
        count: the number of examples, None when unknown.
        batch_size: examples in a batch (the last of a pass may be shorter), None when unknown.
        steps: batches an epoch, None until the first epoch of a stream without a length has ended.
        shuffle: whether examples come in a new order each epoch.
        seed: what the orders are drawn from, with the epoch's number.
        first_epoch: the epoch that counts as the start of the data (`initial_epoch`), so that a resumed run finds its
            place.
        exhausted: whether a generator has ended, so that no further epoch can be had from it.
        exact_rows: whether rows of differing lengths are filled up to the longest of a batch, not to one of few lengths.
        lone: whether what was given is tuples of inputs alone, `(x,)`, which a user's own step gets as such.
    """

    arrays: Batch | None = None
    count: int | None = None
    batch_size: int | None = None
    steps: int | None = None
    shuffle: bool | str = False
    seed: int = 0
    first_epoch: int | None = None
    exhausted: bool = False
    lone: bool = False
    exact_rows: bool = False

    def order(self, epoch: int) -> np.ndarray | None:
        """The examples an epoch visits, int32, or None for the first ones as they lie. Same bits each time."""
        return None

    def epoch_size(self, epoch: int) -> int | None:
        """How many examples an epoch visits, None when unknown."""
        return None

    def steps_in(self, epoch: int) -> int | None:
        """How many batches an epoch has: `steps`, or fewer where the data ends in the middle of it."""
        return self.steps

    def batches(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Host batches `(x, y, sample_weight)` of an epoch, from step `start` on."""
        raise NotImplementedError

    def peek(self) -> Batch:
        """A batch to build a model from. Nothing is lost: `batches` gives it again."""
        raise NotImplementedError

    def begin_epoch(self) -> None:
        """Tell the data that an epoch begins (`PyDataset.on_epoch_begin`)."""

    def end_epoch(self) -> None:
        """Tell the data that an epoch has ended (`PyDataset.on_epoch_end`)."""

    def close(self) -> None:
        """Stop reading ahead."""

    def _warn_dry(self, got: int, epoch: int) -> None:
        warn(
            f"The data ran out after {got} of {self.steps} batches of epoch {epoch + 1}; the epoch ends there. "
            "Give at least steps_per_epoch * epochs batches (a generator with `while True`, a dataset with "
            "`.repeat()`), or ask for fewer steps.")


class Passes:
    """How epochs of `steps` units divide passes over `count` units, where a unit is an example or a batch.

    With fewer steps than a pass has, an epoch goes on where the last one stopped, and the last epoch of a pass may be
    short.
    """

    def __init__(self, count: int, per_epoch: int):
        self.count, self.per_epoch = count, min(count, per_epoch)
        self.epochs_in_pass = -(-count // self.per_epoch)

    def window(self, epoch: int) -> tuple[int, int, int]:
        """The pass an epoch belongs to, and the first and the end unit of it."""
        number, part = divmod(epoch, self.epochs_in_pass)
        return number, part * self.per_epoch, min((part + 1) * self.per_epoch, self.count)


def permutation(count: int, seed: int, number: int) -> np.ndarray:
    """A permutation of `count` drawn by Philox from (seed, number): the same bits on every machine, at every call."""
    generator = np.random.Generator(np.random.Philox(key=np.array([seed, number], np.uint64)))
    return generator.permutation(np.arange(count, dtype=np.int32 if count < 2**31 else np.int64))


class RowSource:
    """What a source of batches says of itself when its batches are rows in memory (`source.__hornbeam_rows__()`).

    Args:
        columns: `(x, y, sample_weight)`, structures of arrays, absent parts None.
        count: how many rows a pass visits, -1 for one without an end.
        batch_size: rows in a batch; a shorter last one is left out when `drop`.
        whole: whether each pass visits all rows as they lie.
        passes: begins a pass: gives the row numbers in pieces.
    """

    def __init__(self, columns: Batch, count: int, batch_size: int, drop: bool, whole: bool, passes: Callable[[], Iterator[np.ndarray]]):
        self.columns, self.count, self.batch_size, self.drop, self.whole, self.passes = columns, count, batch_size, drop, whole, passes


class RowsFeed(Feed):
    """Batches of rows in memory, in the orders that their source draws: an epoch is a pass, or `steps` batches of one without an end."""

    def __init__(self, source: RowSource, arrays: Batch, steps: int | None):
        self._source, self.arrays, self.batch_size = source, arrays, source.batch_size
        size = source.batch_size
        total = source.count if steps is None else steps * size
        self.count = total // size * size if source.drop else total
        self.steps = -(-self.count // size)
        self._pieces: Iterator[np.ndarray] | None = None
        self._drawn: tuple[int, np.ndarray] = (-1, np.zeros(0, np.int32))

    def order(self, epoch: int) -> np.ndarray | None:
        if self._source.whole:
            return None
        number = epoch - (self.first_epoch or 0)
        if number < self._drawn[0]:
            self._drawn, self._pieces = (-1, self._drawn[1]), None
        while self._drawn[0] < number:
            self._drawn = self._drawn[0] + 1, self._draw()
        return self._drawn[1]

    def _draw(self) -> np.ndarray:
        """The row numbers of the next epoch."""
        assert self.count is not None
        if self._pieces is None or self._source.count >= 0:
            self._pieces = iter(self._source.passes())
        found, got = [], 0
        for piece in self._pieces:
            found.append(piece)
            got += len(piece)
            if got >= self.count:
                break
        order = np.concatenate(found) if len(found) != 1 else found[0]
        if got > self.count and self._source.count < 0:
            self._pieces = itertools.chain([order[self.count :]], self._pieces)
        return order[: self.count].astype(np.int32 if len(order) < 2**31 else np.int64)

    def epoch_size(self, epoch: int) -> int:
        assert self.count is not None
        return self.count

    def batches(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        order, size = self.order(epoch), self.batch_size
        assert size is not None and self.steps is not None and self.count is not None
        for step in range(start, self.steps):
            rows: Any = slice(step * size, min((step + 1) * size, self.count))
            yield map_arrays(operator.itemgetter(rows if order is None else order[rows]), self.arrays)

    def peek(self) -> Batch:
        return map_arrays(lambda array: array[: self.batch_size], self.arrays)


def _whole(prepare: Any, x: Any) -> Any:
    """All of the inputs at once: strings as numbers. (Of one length they are as they are.)"""
    return prepare(x) if prepare.strings else x


class ArrayFeed(Feed):
    """Data that is all in memory.

    `prepare(x)` gives what a model takes in place of inputs that hold strings: of all of them, or, when `prepare.whole` says so, of a
    batch at a time; then `arrays` is None.
    """

    def __init__(
        self, arrays: Batch, count: int, batch_size: int, steps: int | None, shuffle: bool | str, seed: int, prepare: Any = None
    ):
        self.count, self.batch_size, self.shuffle, self.seed = count, batch_size, shuffle, seed
        self._arrays, self._prepare = arrays, prepare
        if prepare is None or prepare.whole(arrays[0], count):
            self._arrays = arrays if prepare is None else (_whole(prepare, arrays[0]), *arrays[1:])
            self._prepare, self.arrays = None, None if holds_rows(arrays) else self._arrays
        in_pass = -(-count // batch_size)
        self.steps = in_pass if steps is None else steps
        if self.steps > in_pass:
            self._warn_dry(in_pass, 0)
            self.steps = in_pass
        self._passes = Passes(count, self.steps * batch_size)
        self._warned = False

    def _window(self, epoch: int) -> tuple[int, int, int]:
        return self._passes.window(epoch - (self.first_epoch or 0))

    def order(self, epoch: int) -> np.ndarray | None:
        number, first, end = self._window(epoch)
        assert self.count is not None and self.batch_size is not None
        if not self.shuffle:
            return None if first == 0 else np.arange(first, end, dtype=np.int32 if self.count < 2**31 else np.int64)
        if self.shuffle == "batch":  # within each batch-sized chunk, whose place stays: kind to data that is read from a disk
            whole = self.count // self.batch_size * self.batch_size
            keys = np.random.Generator(np.random.Philox(key=np.array([self.seed, number], np.uint64))).random(self.count)
            order = np.arange(self.count, dtype=np.int32 if self.count < 2**31 else np.int64)
            chunks = keys[:whole].reshape(-1, self.batch_size).argsort(axis=1)
            order[:whole] = (chunks + np.arange(0, whole, self.batch_size)[:, None]).reshape(-1)
            order[whole:] = whole + keys[whole:].argsort()
            return order[first:end]
        return permutation(self.count, self.seed, number)[first:end]

    def epoch_size(self, epoch: int) -> int:
        _, first, end = self._window(epoch)
        return end - first

    def steps_in(self, epoch: int) -> int:
        assert self.batch_size is not None and self.steps is not None
        steps = -(-self.epoch_size(epoch) // self.batch_size)
        if steps < self.steps and not self._warned:
            self._warned = True
            self._warn_dry(steps, epoch)
        return steps

    def batches(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        order, size = self.order(epoch), self.batch_size
        assert size is not None
        for step in range(start, self.steps_in(epoch)):
            rows: Any = slice(step * size, min((step + 1) * size, self.epoch_size(epoch)))
            yield self._batch(rows if order is None else order[rows])

    def peek(self) -> Batch:
        return self._batch(slice(self.batch_size))

    def _batch(self, rows: Any) -> Batch:
        x, *rest = laid_out(map_arrays(operator.itemgetter(rows), self._arrays), self.exact_rows)
        return (x if self._prepare is None else self._prepare(x), *rest)
