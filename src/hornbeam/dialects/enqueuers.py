"""`keras.utils.OrderedEnqueuer` and `GeneratorEnqueuer`: batches made ahead by threads, for loops of a program's own."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from hornbeam.engine.errors import StateError
from hornbeam.training.feed.base import permutation
from hornbeam.training.feed.streams import _Ahead, _pooled

_TODAY = "a tf.data.Dataset with prefetch, or model.fit"


class SequenceEnqueuer:
    """What both have: `start()`, `get()` (a generator), `stop()`."""

    today = _TODAY
    _running: Iterator[Any] | None = None

    def __init__(self, sequence: Any, use_multiprocessing: bool = False):
        self.sequence, self.use_multiprocessing = sequence, use_multiprocessing

    def start(self, workers: int = 1, max_queue_size: int = 10) -> None:
        """Begin to make batches, `max_queue_size` ahead at most."""
        self._running = self._batches(max(1, workers), max_queue_size)

    def _batches(self, workers: int, ahead: int) -> Iterator[Any]:
        return iter(_Ahead(iter(self.sequence), ahead))

    def is_running(self) -> bool:
        return self._running is not None

    def get(self) -> Iterator[Any]:
        """The batches, in order."""
        if self._running is None:
            raise StateError(f"{type(self).__name__}: call start() before get().")
        return self._running

    def stop(self, timeout: float | None = None) -> None:
        """Make no more."""
        if self._running is not None:
            self._running.close()  # type: ignore[attr-defined]
            self._running = None


class GeneratorEnqueuer(SequenceEnqueuer):
    """Of a generator."""


class OrderedEnqueuer(SequenceEnqueuer):
    """Of a `keras.utils.Sequence`, pass after pass without end, with `shuffle` each in a new order."""

    def __init__(self, sequence: Any, use_multiprocessing: bool = False, shuffle: bool = False):
        super().__init__(sequence, use_multiprocessing)
        self.shuffle = shuffle

    def _batches(self, workers: int, ahead: int) -> Iterator[Any]:
        def numbers() -> Iterable[int]:
            for number in itertools.count():
                count = len(self.sequence)
                yield from permutation(count, 0, number).tolist() if self.shuffle else range(count)
                getattr(self.sequence, "on_epoch_end", lambda: None)()

        return _pooled(self.sequence.__getitem__, numbers(), workers, ahead)
