"""Elements kept and elements read ahead: cache, prefetch; and what passes them on unchanged."""

import os
import queue
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from hornbeam.data import files
from hornbeam.data.node import BLOCK, Node, OneByOne, Rows, Run, Through, gathered
from hornbeam.data.structure import Element, concatenate, length_of, split, stack
from hornbeam.engine.errors import AlreadyExistsError, FailedPreconditionError, OpError


class Cache(Through):
    """The elements of the first whole pass, again and again, from memory."""

    name = "CacheDataset"

    def __init__(self, source: Node):
        super().__init__(source)
        self._kept: list[Element] | None = None
        self._columns: Element | None = None
        self._lock = threading.Lock()

    def _indexed(self) -> str | None:
        source = self._inputs[0]
        return "whole" if self._columns is not None or (source._indexed() == "whole" and not source._computed()) else None

    def _computed(self) -> bool:
        return False

    def _rows(self, run: Run) -> Rows | None:
        if self._columns is not None:
            count = length_of(self._columns[0])
            return Rows(self._columns, (np.arange(count),), count)
        return self._inputs[0]._rows(run.child()) if self._indexed() else None

    def _elements(self, run: Run) -> Iterator[Element]:
        if self._kept is not None:
            return iter(self._kept)
        if self._indexed():
            return (element for block in gathered(self._rows(run), BLOCK) for element in split(block))  # type: ignore[arg-type]
        if run.sampling:
            return self._inputs[0]._elements(run.child())
        return self._filling(self._inputs[0]._elements(run.child()))

    def _filling(self, elements: Iterator[Element]) -> Iterator[Element]:
        kept = []
        for element in elements:
            kept.append(element)
            yield element
        self._finish(kept)

    def _finish(self, kept: list[Element]) -> None:
        with self._lock:
            if self._kept is None and self._columns is None:
                self._kept = kept
                if kept and _alike(kept):  # columns can be shuffled and batched by row numbers
                    self._columns, self._kept = stack(kept), None

    def _blocks(self, run: Run, size: int) -> Iterator[Element] | None:
        if self._indexed():
            return gathered(self._rows(run), size)  # type: ignore[arg-type]
        if self._kept is not None or run.sampling:
            return None
        blocks = self._inputs[0]._blocks(run.child(), size)
        return None if blocks is None else self._filling_blocks(blocks)

    def _filling_blocks(self, blocks: Iterator[Element]) -> Iterator[Element]:
        kept = []
        for block in blocks:
            kept.append(block)
            yield block
        if kept and all(type(leaf) is np.ndarray for leaf in kept[0]):
            with self._lock:
                if self._columns is None and self._kept is None:
                    self._columns = concatenate(kept)
        else:
            self._finish([element for block in kept for element in split(block)])

    def _row_batches(self) -> tuple[Node, int, bool] | None:
        return None


def _alike(elements: list[Element]) -> bool:
    forms = {
        tuple([(leaf.shape, leaf.dtype) if isinstance(leaf, (np.ndarray, np.generic)) else type(leaf) for leaf in each])
        for each in elements
    }
    return len(forms) == 1 and all(isinstance(leaf, (np.ndarray, np.generic, bytes)) for leaf in elements[0])


class FileCache(OneByOne):
    """The elements of the first whole pass, from a file, also in later runs of the program."""

    name = "CacheDataset"

    def __init__(self, source: Node, path: str):
        super().__init__(source)
        self._path = path + ".hbcache"

    def _count(self) -> int:
        return self._inputs[0]._count()

    def _elements(self, run: Run) -> Iterator[Element]:
        if os.path.exists(self._path):
            return files.read_elements(self._path)
        source = self._inputs[0]._elements(run.child())
        return source if run.sampling else self._writing(source)

    def _writing(self, elements: Iterator[Element]) -> Iterator[Element]:
        lock = self._path + ".lockfile"
        try:
            os.makedirs(os.path.dirname(self._path) or ".", exist_ok=True)
            handle = os.open(lock, os.O_CREAT | os.O_EXCL)
        except FileExistsError:
            raise _locked(lock) from None
        os.close(handle)
        try:
            yield from files.write_elements(self._path, elements)
        finally:
            os.unlink(lock)


def _locked(lock: str) -> OpError:
    return AlreadyExistsError(
        f"There appears to be a concurrent caching iterator running - cache lockfile already exists ('{lock}'). If no other program fills "
        "this cache, a run was cut off: delete the lockfile."
    )


class Prefetch(Through):
    """Elements read ahead by a thread."""

    name = "_PrefetchDataset"

    def __init__(self, source: Node, size: int):
        super().__init__(source)
        self._size = 4 if size in (-1, 0) else size

    def _elements(self, run: Run) -> Iterator[Element]:
        elements = self._inputs[0]._elements(run.child())
        source = self._inputs[0]
        if run.sampling or (not source._computed() and (source._row_batches() is not None or self._indexed() is not None)):
            return elements  # rows in memory are at hand
        return ahead(elements, self._size)

    def _row_batches(self) -> tuple[Node, int, bool] | None:
        return self._inputs[0]._row_batches()


_END = object()


def ahead(items: Iterator[Any], depth: int) -> Iterator[Any]:
    """Items read by a thread of its own, at most `depth` ahead. It ends when the reader stops."""
    ready: queue.Queue = queue.Queue(depth)
    stopped = threading.Event()

    def put(entry: Any) -> bool:
        while not stopped.is_set():
            try:
                ready.put(entry, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        try:
            for item in items:
                if not put((item, None)):
                    return
        except BaseException as error:
            put((_END, error))
        else:
            put((_END, None))

    def read() -> Iterator[Any]:
        thread = threading.Thread(target=work, name="hornbeam-data", daemon=True)
        thread.start()
        try:
            while True:
                try:
                    item, error = ready.get(timeout=1)
                except queue.Empty:
                    continue
                if error is not None:
                    raise error
                if item is _END:
                    return
                yield item
        finally:
            stopped.set()

    return read()


class Same(Through):
    """Its input's elements: options, an assertion of their number."""

    def __init__(self, source: Node, name: str, count: int | None = None):
        super().__init__(source)
        self.name, self._said = name, count

    def _count(self) -> int:
        return self._inputs[0]._count() if self._said is None else self._said

    def _elements(self, run: Run) -> Iterator[Element]:
        elements = self._inputs[0]._elements(run.child())
        return elements if self._said is None else self._counted(elements)

    def _counted(self, elements: Iterator[Element]) -> Iterator[Element]:
        got, said = 0, self._said
        for element in elements:
            got += 1
            if got > said >= 0:
                raise FailedPreconditionError(f"Input dataset was expected to contain {said} elements but contained more.")
            yield element
        if got < said or said == -1:
            raise FailedPreconditionError(f"Input dataset was expected to contain {said} elements but contained only {got} elements.")

    def _blocks(self, run: Run, size: int) -> Iterator[Element] | None:
        return self._inputs[0]._blocks(run.child(), size) if self._said is None else None

    def _indexed(self) -> str | None:
        return self._inputs[0]._indexed() if self._said is None else None

    def _row_batches(self) -> tuple[Node, int, bool] | None:
        return self._inputs[0]._row_batches()


class IgnoreErrors(OneByOne):
    """Its input's elements without those that could not be made."""

    name = "_IgnoreErrorsDataset"

    def __init__(self, source: Node, log: bool):
        super().__init__(source)
        self._log = log

    def _elements(self, run: Run) -> Iterator[Element]:
        elements = self._inputs[0]._elements(run.child())
        while True:
            try:
                yield next(elements)
            except StopIteration:
                return
            except (OpError, ValueError, TypeError, OSError, ArithmeticError, LookupError) as error:
                if self._log:
                    warnings.warn(f"An element of a Dataset was left out: {error}", stacklevel=2)
