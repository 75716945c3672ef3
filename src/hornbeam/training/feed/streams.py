"""Batches that somebody else makes: PyDatasets, generators, DataLoaders, any iterable of batches."""

import itertools
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from hornbeam.engine.errors import DataError
from hornbeam.training.feed.base import Batch, Feed, permutation
from hornbeam.training.feed.convert import class_weights, combine_weights, common_length, laid_out, leaves, to_arrays


class PyDataset:
    """Makes whole batches by number: subclass it with `__len__` (batches) and `__getitem__(i)` (batch i).

    A batch is `x`, `(x, y)` or `(x, y, sample_weight)`. `on_epoch_begin` and `on_epoch_end` are called around each
    epoch.

    Args:
        workers: threads that make batches at the same time.
        use_multiprocessing: accepted as Keras does; threads are used all the same (NumPy, file reading and decoding
            release the interpreter lock, and a forked process must not touch XLA).
        max_queue_size: how many batches are made ahead of the training loop.
    """

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10):
        self.workers, self.use_multiprocessing, self.max_queue_size = workers, use_multiprocessing, max_queue_size

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} needs a method `__getitem__(self, index)` that returns batch `index`.")

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} needs a method `__len__(self)` that returns the number of batches.")

    @property
    def num_batches(self) -> int | None:
        """The number of batches, None for an endless data set."""
        return len(self)

    def on_epoch_begin(self) -> None:
        """Called before an epoch."""

    def on_epoch_end(self) -> None:
        """Called after an epoch."""


Sequence = PyDataset


class Unpack:
    """Turns what users yield into `(x, y, sample_weight)` of NumPy arrays."""

    def __init__(self, class_weight: dict[int, float] | None, names: tuple[str, str, str], prepare: Any = None, paired: bool = True,
                 wide: bool = False):  # fmt: skip
        self.class_weight, self.names, self.prepare, self.paired, self.wide = class_weight, names, prepare, paired, wide
        self.lone = self.exact_rows = False

    def __call__(self, batch: Any, step: int | None = None) -> Batch:
        parts = tuple(batch) if isinstance(batch, (tuple, list)) else (batch,)
        where = "" if step is None else f" in batch {step}"
        self.lone = isinstance(batch, tuple) and len(batch) == 1
        if not 1 <= len(parts) <= 3:
            raise DataError(
                f"A batch is x, (x, y) or (x, y, sample_weight); the data gave a {type(batch).__name__} of "
                f"{len(parts)} parts{where}. Put several inputs into a tuple or dict of their own: ((x1, x2), y)."
            )
        if self.prepare is not None:
            parts = (self.prepare.wanted(parts[0]), *parts[1:])
        x, y, weight = (
            None if part is None else to_arrays(part, name, self.prepare is not None and self.prepare.strings and i == 0, self.wide)
            for i, (part, name) in enumerate(zip((*parts, None, None), self.names, strict=False))
        )
        if self.paired and len(list(leaves(x, self.names[0]))) == 1:  # several may be the nodes and edges of graphs, as many as there are
            common_length((x, y, weight), self.names, where)
        if self.class_weight is not None:
            if y is None:
                raise DataError("`class_weight` needs labels, but the batches have no y.")
            weight = combine_weights(weight, class_weights(y, self.class_weight))
        x, y, weight = laid_out((x, y, weight), self.exact_rows)
        return x if self.prepare is None else self.prepare(x), y, weight


class _Ahead:
    """Runs an iterator on a thread of its own, at most `depth` items ahead of who reads it.

    An exception of the iterator is raised in the reader, with its own traceback.
    """

    def __init__(self, items: Iterator[Any], depth: int):
        self._items, self._queue, self._stop = items, queue.Queue(max(1, depth)), threading.Event()
        self._thread = threading.Thread(target=self._run, name="hornbeam-feed", daemon=True)

    def _run(self) -> None:
        try:
            for item in self._items:
                if not self._put((item, None)):
                    return
        except BaseException as error:
            self._put((None, error))
        else:
            self._put(None)

    def _put(self, entry: Any) -> bool:
        while not self._stop.is_set():
            try:
                self._queue.put(entry, timeout=0.05)
                return True
            except queue.Full:
                pass
        return False

    def __iter__(self) -> Iterator[Any]:
        self._thread.start()
        try:
            while True:
                try:
                    entry = self._queue.get(timeout=0.5)  # a wait without end would not hear Ctrl-C on Windows
                except queue.Empty:
                    continue
                if entry is None:
                    return
                item, error = entry
                if error is not None:
                    raise error
                yield item
        finally:
            self.stop()

    def stop(self) -> None:
        """Read no further. A thread that is inside the user's own code ends when that returns."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=0.2)


class _ReadAhead(Feed):
    _ahead: _Ahead | None = None
    _unpack: Unpack

    @property
    def lone(self) -> bool:  # type: ignore[override]
        return self._unpack.lone

    @property
    def exact_rows(self) -> bool:  # type: ignore[override]
        return self._unpack.exact_rows

    @exact_rows.setter
    def exact_rows(self, exact: bool) -> None:
        self._unpack.exact_rows = exact

    def close(self) -> None:
        if self._ahead is not None:
            self._ahead.stop()


class IndexedFeed(_ReadAhead):
    """A PyDataset: batches by number, in a new order each pass, so that a resumed run starts at any step.

    With other `steps` than a pass has, each epoch goes on where the last one stopped, and pass follows pass: it never runs out.
    """

    def __init__(self, dataset: Any, steps: int | None, shuffle: bool | str, seed: int, unpack: Unpack):
        self._dataset, self._unpack, self.seed, self.shuffle = dataset, unpack, seed, bool(shuffle)
        self._in_pass = getattr(dataset, "num_batches", None) if isinstance(dataset, PyDataset) else len(dataset)
        if self._in_pass is None and steps is None:
            raise DataError("A PyDataset without a length needs `steps_per_epoch`, or an epoch would never end.")
        if self._in_pass is not None and self._in_pass <= 0:
            raise DataError(f"{type(dataset).__name__} has no batches: its `__len__` gave {self._in_pass}.")
        self.steps = steps or self._in_pass

    def _numbers(self, epoch: int) -> range | list[int]:
        assert self.steps is not None
        first = (epoch - (self.first_epoch or 0)) * self.steps
        places = range(first, first + self.steps)
        if self._in_pass is None:
            return places
        if not self.shuffle:
            return [place % self._in_pass for place in places]
        passes = range(first // self._in_pass, (first + self.steps - 1) // self._in_pass + 1)
        orders = {number: permutation(self._in_pass, self.seed, number).tolist() for number in passes}
        return [orders[place // self._in_pass][place % self._in_pass] for place in places]

    def batches(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        numbers = self._numbers(epoch)
        depth = int(getattr(self._dataset, "max_queue_size", 10) or 1)
        workers = int(getattr(self._dataset, "workers", 1) or 1)
        make = lambda number: self._unpack(self._dataset[number], number)
        if workers > 1:
            yield from _pooled(make, numbers[start:], workers, depth)
        else:
            self._ahead = _Ahead(map(make, numbers[start:]), depth)
            yield from self._ahead

    def peek(self) -> Batch:
        return self._unpack(self._dataset[self._numbers(self.first_epoch or 0)[0]])

    def begin_epoch(self) -> None:
        getattr(self._dataset, "on_epoch_begin", lambda: None)()

    def end_epoch(self) -> None:
        getattr(self._dataset, "on_epoch_end", lambda: None)()


def _pooled(make: Callable[[int], Batch], numbers: Iterable[int], workers: int, depth: int) -> Iterator[Batch]:
    """Batches made by several threads, in order."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="hornbeam-feed")
    waiting: list[Future] = []
    try:
        for number in numbers:
            waiting.append(pool.submit(make, number))
            if len(waiting) > max(depth, workers):
                yield waiting.pop(0).result()
        while waiting:
            yield waiting.pop(0).result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


class StreamFeed(_ReadAhead):
    """Any iterable of batches.

    One that can be iterated again gives an epoch a pass; a generator goes on where it stopped. With `steps`, both go on
    across epochs, and a pass that ends within an epoch (not with it) ends the epoch with a warning.
    """

    def __init__(self, source: Iterable[Any], steps: int | None, unpack: Unpack, depth: int = 8):
        self._source, self._unpack, self._depth, self._limit = source, unpack, depth, steps
        self._one_shot = hasattr(source, "__next__")
        self._iterator: Iterator[Any] | None = iter(source) if self._one_shot else None
        self._begun = self._peeked = False
        self.steps = steps
        if steps is None and not self._one_shot:
            try:
                self.steps = len(source)  # type: ignore[arg-type]
            except TypeError:
                self.steps = None
            if self.steps == 0:
                raise DataError(f"The {type(source).__name__} has no batches.")
        size = getattr(source, "batch_size", None)
        self.batch_size = size if isinstance(size, int) else None

    def _open(self, epoch: int) -> Iterator[Any]:
        goes_on = self._one_shot or self._peeked or (self._limit is not None and epoch != (self.first_epoch or 0))
        if self._iterator is not None and goes_on and not (self._one_shot or self._peeked):
            first = list(itertools.islice(self._iterator, 1))  # none where a pass ended with the last epoch: another begins
            self._iterator = itertools.chain(first, self._iterator) if first else None
        if self._iterator is None or not goes_on:
            source = self._source  # a tf.data Dataset gives NumPy arrays at once
            self._iterator = iter(source.as_numpy_iterator() if hasattr(source, "as_numpy_iterator") else source)
        return self._iterator

    def _skip(self, epoch: int) -> None:
        """Draw and drop what the epochs before had, in a run that resumes at `epoch`."""
        if self._limit is None or self.first_epoch is None:
            return
        for _ in range(self.first_epoch, epoch):
            drawn = sum(1 for _ in itertools.islice(self._open(epoch), self._limit))
            if drawn < self._limit and not self._one_shot:
                self._iterator = None  # the pass ended within that epoch; the next one began anew

    def batches(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        if not self._begun:
            self._begun = True
            self._skip(epoch)
        items = self._open(epoch)
        self._peeked = False
        for _ in itertools.islice(items, start):
            pass
        numbered = enumerate(itertools.islice(items, None if self._limit is None else max(0, self._limit - start)), start)
        got = start
        self._ahead = _Ahead((self._unpack(batch, step) for step, batch in numbered), self._depth)
        for batch in self._ahead:
            got += 1
            yield batch
        dry = self._limit is None or got < self._limit
        if dry:
            if self._one_shot:
                self.exhausted = True
            self._iterator = self._iterator if self._one_shot else None
        if self._limit is None:
            if got == 0 and not self.exhausted:
                raise DataError(f"The {type(self._source).__name__} gave no batches.")
            self.steps = got or self.steps
        elif dry:
            self._warn_dry(got, epoch)

    def peek(self) -> Batch:
        items = self._open(self.first_epoch or 0)
        try:
            first = next(items)
        except StopIteration:
            raise DataError(f"The {type(self._source).__name__} gave no batches.") from None
        self._iterator, self._peeked = itertools.chain([first], items), True
        return self._unpack(first, 0)


def describe_shapes(batch: Batch, names: tuple[str, str, str] = ("x", "y", "sample_weight")) -> str:
    """`x (32, 28, 28) uint8, y (32,) int64`, for messages."""
    found = [leaf for part, name in zip(batch, names) for leaf in leaves(part, name)]
    return ", ".join(f"{name} {array.shape} {array.dtype}" for name, array in found)
