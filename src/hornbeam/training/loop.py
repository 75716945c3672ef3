"""Running an epoch: which steps go into which call of which program."""

import threading
import time
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from hornbeam.engine.errors import UntraceableError
from hornbeam.engine.pure import to_tensors
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
        self.progress, self.before_step, self.stopped = progress, before_step, stopped
        self.rate: float | None = None  # steps a second, measured
        self.next: Loop | None = None  # the loop that will run after this one, compiled while this one runs
        self._resident: Any = None

    def epoch(self, epoch: int, start: int = 0) -> dict[str, Any]:
        """Run one epoch from step `start`; gives the last logs."""
        if not self.trainer._eager:
            try:
                if self.feed.arrays is not None and self._fits():
                    return self._in_memory(epoch, start)
                return self._streamed(epoch, start)
            except UntraceableError as error:
                self._fall_back(error)
        return self._eagerly(epoch, start)

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
            logs = self._run(tail, data, order, 0, 1, whole * size, done=whole)
        return logs

    def _programs(self, epoch: int) -> tuple[Any, Any, Program, Program | None]:
        """The data and its order on the device, the program of whole batches, and that of the short last one, where there is one."""
        feed = self.feed
        if self._resident is None:
            with jax.enable_x64(True):
                self._resident = jax.tree.map(jax.device_put, present(feed.arrays))
        size = min(feed.batch_size, feed.count)
        rest = feed.epoch_size(epoch) % size
        order = self._order(epoch)
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

    def _run(
        self, program: Program, data: Any, order: Any, start: int, count: int, first: int, done: int | None = None
    ) -> dict[str, Any]:
        done = start if done is None else done
        if self.each_step:
            self.before_step(done)
        if program._compiled is None:
            program.prepare(data, order)
        began = time.perf_counter()
        with shield:
            logs = program(data, order, start, start + count, first)
            logs = host_logs(logs)
            self.trainer.advance(done + count)
        self._learn(count, time.perf_counter() - began)
        self.progress(done + count, logs)
        return logs

    def _learn(self, count: int, seconds: float) -> None:
        rate = count / max(seconds, 1e-6)
        self.rate = rate if self.rate is None or seconds > CHUNK_SECONDS / 4 else max(self.rate, rate)

    # Data that comes in batches.
    def _streamed(self, epoch: int, start: int) -> dict[str, Any]:
        logs: dict[str, Any] = {}
        step = start
        held: list[Any] = []
        began = time.perf_counter()
        for batch in self.feed.batches(epoch, start):
            batch = present(batch)
            if held and not _same_form(held[0], batch):
                logs = self._flush(held, step)
                step += len(held)
                held = []
            held.append(batch)
            if len(held) >= self._capacity(batch) or time.perf_counter() - began > CHUNK_SECONDS:
                logs = self._flush(held, step)
                step += len(held)
                held, began = [], time.perf_counter()
            if self.stopped():
                break
        if held and not self.stopped():
            logs = self._flush(held, step)
        return logs

    def _capacity(self, batch: Any) -> int:
        size = max(1, sum(a.nbytes for a in jax.tree.leaves(batch)))
        return max(1, min(STREAM_STEPS, STREAM_BYTES // size))

    def _flush(self, batches: list[Any], step: int) -> dict[str, Any]:
        """Run the steps of some batches of one form, laid end to end in a buffer of a fixed size (so that one program serves)."""
        capacity = self._capacity(batches[0])
        size = jax.tree.leaves(batches[0])[0].shape[0]

        def lay(*arrays: Any) -> Any:
            buffer = np.empty((capacity * size, *arrays[0].shape[1:]), arrays[0].dtype)
            for i, array in enumerate(arrays):
                buffer[i * size : (i + 1) * size] = array
            return buffer

        data = jax.tree.map(lay, *batches)
        program = self.trainer.program(self.kind, size, data)
        if program._compiled is None:
            program.prepare(data, None)
        logs: dict[str, Any] = {}
        count = 1 if self.each_step else len(batches)  # one buffer and one program for both, and so the same bits
        for first in range(0, len(batches), count):
            if self.each_step:
                self.before_step(step + first)
            with shield:
                logs = host_logs(program(data, None, first, first + count))
                self.trainer.advance(step + first + count)
            self.progress(step + first + count, logs)
            if self.stopped():
                break
        return logs

    # Step by step in Python.
    def _eagerly(self, epoch: int, start: int) -> dict[str, Any]:
        logs: dict[str, Any] = {}
        for step, batch in enumerate(self.feed.batches(epoch, start), start):
            self.before_step(step)
            with shield:
                logs = host_logs(self.trainer.eager_step(self.kind, to_tensors(present(batch))) or {})
                self.trainer.advance(step + 1)
            self.progress(step + 1, logs)
            if self.stopped():
                break
        return logs

    def _fall_back(self, error: UntraceableError) -> None:
        """A step that cannot be compiled runs in Python; say so once, and where."""
        self.trainer._eager = True
        warnings.warn(
            f"This model's step runs in Python, one batch a call, because it cannot be compiled: {_where(error)}{error}",
            stacklevel=2,
        )


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


def host_logs(logs: dict[str, Any]) -> dict[str, Any]:
    """Logs as Python numbers, sorted by name."""
    return {name: _number(logs[name]) for name in sorted(logs)}


def _number(value: Any) -> Any:
    array = np.asarray(value)
    return float(array) if array.ndim == 0 else array


def _same_form(a: Any, b: Any) -> bool:
    la, ta = jax.tree.flatten(a)
    lb, tb = jax.tree.flatten(b)
    return ta == tb and all(x.shape == y.shape and x.dtype == y.dtype for x, y in zip(la, lb, strict=True))


def _where(error: BaseException) -> str:
    """The user's own line in an error's traceback."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = frame.filename.replace("\\", "/")
        if "/hornbeam/" not in path and "/site-packages/" not in path and not path.startswith("<"):
            return f'line {frame.lineno} of "{frame.filename}" ({frame.line}). '
    return ""
