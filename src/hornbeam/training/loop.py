"""Running an epoch: which steps go into which call of which program."""

import threading
import time
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from hornbeam.engine.errors import ArgumentError, UntraceableError
from hornbeam.engine.host_memory import aligned_empty
from hornbeam.engine.ordering import mapped
from hornbeam.engine.pure import to_tensors, to_values
from hornbeam.training import checks
from hornbeam.training.feed.convert import private
from hornbeam.training.interrupt import Shield
from hornbeam.training.program import Program

CHUNK_SECONDS = 0.1  # how often the progress bar moves and Ctrl-C is heard
STREAM_BYTES = 32 * 2**20  # how much streamed data goes to the device in one call
STREAM_STEPS = 64
RESIDENT_FRACTION = 0.5  # of the device's memory that data may take and live there

shield = Shield()


class Loop:
    """Runs the steps of one kind ('fit' or 'evaluate') for a trainer.

    Args:
        trainer: supplies `program(batch_size)` and, for eager running, `eager_step(batch)`.
        feed: the data (see `training.feed`).
        each_step: called after every step when True (some callback wants batches); else chunks are sized by time.
        progress: called with (steps done, logs) after each call of a program.
        before_step: called before a step, with its number, when `each_step`.
    """

    def __init__(
        self,
        trainer: Any,
        kind: str,
        feed: Any,
        each_step: bool,
        progress: Callable[[int, dict[str, Any]], None],
        before_step: Callable[[int], None],
        stopped: Callable[[], bool] = lambda: False,
    ):
        self.trainer, self.kind, self.feed, self.each_step = trainer, kind, feed, each_step
        trainer.takes_from(kind, feed)
        self.progress, self.before_step, self.stopped = progress, before_step, stopped
        self.rate: float | None = None  # steps a second, measured
        self.next: Loop | None = None  # the loop that will run after this one, compiled while this one runs
        self.done = 0  # steps of this epoch
        self._resident: Any = None

    def epoch(self, epoch: int, start: int = 0) -> dict[str, Any]:
        """Run one epoch from step `start`; gives the last logs."""
        logs = self._steps(epoch, start)
        if not logs and start and not self.stopped():  # resumed after the last step: the metrics hold what it gave
            logs = host_logs(to_values(self.trainer.model.get_metrics_result()))
        return logs

    def _steps(self, epoch: int, start: int) -> dict[str, Any]:
        self.done = start
        if self.feed.arrays is not None and not self._eager and self._fits():
            try:
                return self._in_memory(epoch, start)
            except UntraceableError as error:
                self.trainer.fall_back(self.kind, error)
        return self._streamed(epoch, self.done)

    @property
    def _eager(self) -> bool:
        return self.trainer.runs_eagerly(self.kind)

    # Data that lives on the device.
    def _fits(self) -> bool:
        stats = jax.devices()[0].memory_stats() if jax.default_backend() != "cpu" else None
        if not stats or "bytes_limit" not in stats:
            return True
        size = sum(a.nbytes for a in jax.tree.leaves(self.feed.arrays))
        return size < RESIDENT_FRACTION * (stats["bytes_limit"] - stats.get("bytes_in_use", 0))

    def _in_memory(self, epoch: int, start: int) -> dict[str, Any]:
        feed = self.feed
        data, order, program, tail = self._programs(epoch)
        size = program.batch_size
        whole, rest = divmod(feed.epoch_size(epoch), size)
        feed.steps_in(epoch)  # warns when the epoch is shorter than was asked for
        logs: dict[str, Any] = {}
        step = start
        while step < whole and not self.stopped():
            count = self._chunk(whole - step)
            logs = self._run(program, data, order, step, count, 0)
            if step == start:
                self.compile_ahead(tail, data, order)
            step += count
        if tail is not None and step == whole and not self.stopped():
            logs = self._run(tail, data, order, 0, 1, whole * size)
        return logs

    def _programs(self, epoch: int) -> tuple[Any, Any, Program, Program | None]:
        """The data and its order on the device, the program of whole batches, and that of the short last one, where there is one."""
        feed = self.feed
        size = min(feed.batch_size, feed.count)
        rest = feed.epoch_size(epoch) % size
        order = self._order(epoch)
        if self._resident is None:
            arrays = present(feed.arrays)
            rows = self.trainer.roomy(self.kind, size, arrays) if order is None else None
            with jax.enable_x64(True):
                self._resident = mapped(lambda a: jax.device_put(padded(a, rows) if rows else private(a)), arrays)
        if order is not None:
            order = jax.device_put(order)
        program = self.trainer.program(self.kind, size, self._resident, order)
        return self._resident, order, program, self.trainer.program(self.kind, rest, self._resident, order) if rest else None

    def _order(self, epoch: int) -> np.ndarray | None:
        """The order of an epoch's examples, of one length in every epoch, so that one program serves."""
        found = self.feed.order(epoch)
        length = min(self.feed.count, self.feed.steps * min(self.feed.batch_size, self.feed.count))
        if found is None:
            if length == self.feed.count:
                return None
            found = np.arange(length, dtype=np.int32)  # the first of several windows of the data
        rows = np.zeros(length, np.int32)
        rows[: len(found)] = found
        return rows

    def compile_ahead(self, tail: Program | None, data: Any, order: Any) -> None:
        """While the first program runs, compile what comes after it: the short last batch's, and those of `self.next`."""
        waiting = [(tail, data, order)] if tail is not None and tail._compiled is None else []
        later, self.next = self.next, None
        if waiting or later is not None:
            threading.Thread(target=_compile, args=(waiting, later)).start()

    def _chunk(self, left: int) -> int:
        """How many steps to run in the next call."""
        if self.each_step:
            return 1
        if self.rate is None:
            return min(left, 4)  # to learn the rate
        return max(1, min(left, int(self.rate * CHUNK_SECONDS)))

    def _run(self, program: Program, data: Any, order: Any, start: int, count: int, first: int) -> dict[str, Any]:
        if program._compiled is None:
            program.prepare(data, order)
        return self._call(count, lambda: program(data, order, start, start + count, first))

    def _call(self, count: int, run: Callable[[], Any]) -> dict[str, Any]:
        """Run `count` steps and tell it around. An interrupt waits until the Variables hold the results."""
        if self.each_step:
            self.before_step(self.done)
        began = time.perf_counter()
        with shield:
            logs = host_logs(run())
            self.done += count
            self.trainer.advance(self.done)
        self._learn(count, time.perf_counter() - began)
        self.progress(self.done, logs)
        return logs

    def _learn(self, count: int, seconds: float) -> None:
        rate = count / max(seconds, 1e-6)
        self.rate = rate if self.rate is None or seconds > CHUNK_SECONDS / 4 else max(self.rate, rate)

    # Data that comes in batches.
    def _streamed(self, epoch: int, start: int) -> dict[str, Any]:
        logs: dict[str, Any] = {}
        held: list[Any] = []
        began = time.perf_counter()
        for batch in self.feed.batches(epoch, start):
            batch = present(batch)
            checks.batch(self.trainer.model, batch, self.done + len(held))
            if held and not _same_form(held[0], batch):
                logs, held = self._flush(held), []
            held.append(batch)
            if self._eager or len(held) >= self._capacity(batch) or time.perf_counter() - began > CHUNK_SECONDS:
                logs, held, began = self._flush(held), [], time.perf_counter()
            if self.stopped():
                break
        if held and not self.stopped():
            logs = self._flush(held)
        return logs

    def _capacity(self, batch: Any) -> int:
        size = max(1, sum(a.nbytes for a in jax.tree.leaves(batch)))
        return max(1, min(STREAM_STEPS, STREAM_BYTES // size))

    def _flush(self, batches: list[Any]) -> dict[str, Any]:
        """Run the steps of some batches of one form."""
        if not self._eager:
            try:
                return self._flush_compiled(batches)
            except UntraceableError as error:
                self.trainer.fall_back(self.kind, error)
        for batch in batches:
            logs = self._call(1, lambda: self.trainer.eager_step(self.kind, to_tensors(mapped(np.array, batch))))  # noqa: B023
            if self.stopped():
                break
        return logs

    def _flush_compiled(self, batches: list[Any]) -> dict[str, Any]:
        """The same in a program, on the batches laid end to end in a buffer of a fixed size (so that one program serves)."""
        capacity = self._capacity(batches[0])
        sizes = {array.shape[0] for array in jax.tree.leaves(batches[0])}
        size = sizes.pop() if len(sizes) == 1 else None  # a train_step of the program's own may take what it likes

        def lay(*arrays: Any) -> Any:
            buffer = aligned_empty((capacity, *arrays[0].shape), arrays[0].dtype)
            for i, array in enumerate(arrays):
                buffer[i] = array
            return buffer if size is None else buffer.reshape(-1, *arrays[0].shape[1:])

        data = mapped(lay, *batches)
        program = self.trainer.program(self.kind, size, data)
        if program._compiled is None:
            program.prepare(data, None)
        count = 1 if self.each_step else len(batches)  # one buffer and one program for both, and so the same bits
        for first in range(0, len(batches), count):
            logs = self._call(count, lambda: program(data, None, first, first + count))  # noqa: B023
            if self.stopped():
                break
        return logs


def _compile(waiting: list[tuple[Program, Any, Any]], later: Loop | None) -> None:
    try:
        for program, data, order in waiting:
            program.prepare(data, order)
        if later is not None and later.feed.arrays is not None and later._fits():
            data, order, program, tail = later._programs(0)
            for each in (program, tail):
                if each is not None:
                    each.prepare(data, order)
    except Exception:  # it is prepared again, and its error raised, where it is needed
        return


def present(batch: Any) -> Any:
    """`(x, y, sample_weight)` without the parts that are absent at its end."""
    batch = tuple(batch)
    while batch and batch[-1] is None:
        batch = batch[:-1]
    return batch


def padded(array: np.ndarray, rows: int) -> np.ndarray:
    """The array with rows of zeros after its own, `rows` in all: no step reads them."""
    whole = aligned_empty((rows, *array.shape[1:]), array.dtype)
    whole[: len(array)], whole[len(array) :] = array, 0
    return whole


def host_logs(logs: Any) -> dict[str, Any]:
    """Logs as Python numbers, sorted by name; a dict among them is laid open."""
    if logs is None:
        return {}
    if not isinstance(logs, dict):
        what = type(logs).__name__
        raise ArgumentError(f"A train_step or test_step returns a dict of logs, such as {{'loss': loss}}; it returned a {what}.")
    flat: dict[str, Any] = {}
    for name, value in logs.items():
        flat.update(host_logs(value) if isinstance(value, dict) else {name: _number(value)})
    return dict(sorted(flat.items()))


def _number(value: Any) -> Any:
    array = np.asarray(value)
    return float(array) if array.ndim == 0 else array


def _same_form(a: Any, b: Any) -> bool:
    la, ta = jax.tree.flatten(a)
    lb, tb = jax.tree.flatten(b)
    return ta == tb and all(x.shape == y.shape and x.dtype == y.dtype for x, y in zip(la, lb, strict=True))

