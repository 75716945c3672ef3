"""tf.summary: numbers, pictures and text in event files that TensorBoard shows. Written by tensorboardX (the extra `tensorboard`)."""

import contextlib
import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from hornbeam.engine import effects, profile
from hornbeam.engine.errors import ArgumentError, MissingExtra
from hornbeam.engine.module import name_scope
from hornbeam.engine.tensor import as_tensor, is_tensor
from hornbeam.engine.threads import within


class _Current(threading.local):
    writer: "SummaryWriter | None" = None
    step: Any = None
    recording: Any = True


_current = _Current()


class SummaryWriter:
    """An event file that `tf.summary.scalar` and its kin write to while it is the default: `with writer.as_default():`."""

    def __init__(self, logdir: Any = None, max_queue: int = 10, flush_millis: int = 120_000, filename_suffix: str = ""):
        self._folder = None if logdir is None else os.fspath(logdir)
        self._made: Any = None
        self._options = {"max_queue": max_queue, "flush_secs": flush_millis / 1000, "filename_suffix": filename_suffix}
        if self._folder is not None:
            self._file  # noqa: B018 (the file is there as soon as the writer is)

    @property
    def _file(self) -> Any:
        if self._made is None:
            try:
                import tensorboardX
            except ImportError:
                raise MissingExtra("tf.summary", "tensorboard", "tensorboardX") from None
            self._made = tensorboardX.SummaryWriter(self._folder, **self._options)
        return self._made

    @contextlib.contextmanager
    def as_default(self, step: Any = None) -> Iterator["SummaryWriter"]:
        """A block in which summaries go here, at `step` unless they name another."""
        outside = _current.writer, _current.step
        _current.writer = self
        if step is not None:
            _current.step = step
        try:
            yield self
        finally:
            self.flush()
            _current.writer, _current.step = outside

    def set_as_default(self, step: Any = None) -> None:
        _current.writer = self
        if step is not None:
            _current.step = step

    def init(self) -> None:
        """The file is made with the writer."""

    def flush(self) -> None:
        if self._made is not None:
            self._made.flush()

    def close(self) -> None:
        if self._made is not None:
            self._made.close()
            self._made = None


def create_file_writer(
    logdir: Any, max_queue: int | None = None, flush_millis: int | None = None, filename_suffix: str | None = None, name: str | None = None,
    experimental_trackable: bool = False,
) -> SummaryWriter:  # fmt: skip
    """A writer of an event file in the folder `logdir`.

    Raises: MissingExtra, when tensorboardX is not installed.
    """
    return SummaryWriter(logdir, max_queue or 10, flush_millis or 120_000, filename_suffix or "")


def create_noop_writer() -> SummaryWriter:
    """A writer that writes nothing."""
    return SummaryWriter(None)


def _write(kind: str, name: str, data: Any, step: Any, write: Any) -> bool:
    """Hand the array to `write(file, array, step)` when the program has it. Whether there is a writer."""
    writer = _current.writer
    if writer is None or writer._folder is None or not should_record_summaries():
        return False
    step = _current.step if step is None else step
    if step is None:
        raise ArgumentError(f"tf.summary.{kind}('{name}') needs a step: step=..., or tf.summary.experimental.set_step(...) before.")
    tensors = [as_tensor(data), as_tensor(step)]

    def show(array: np.ndarray, at: np.ndarray) -> None:
        write(writer._file, array, int(at))

    if tensors[0]._value.dtype == np.dtype(object):
        show(np.asarray(tensors[0]), np.asarray(tensors[1]))
    else:
        effects.call(show, *tensors, ordered=True)
    return True


def scalar(name: str, data: Any, step: Any = None, description: str | None = None) -> bool:
    """One number. False when no writer is the default."""
    if np.ndim(data) and np.size(data) != 1:
        raise ArgumentError(f"tf.summary.scalar('{name}') takes one number; received shape {np.shape(data)}.")
    return _write("scalar", name, data, step, lambda file, array, at: file.add_scalar(name, float(array), at))


def histogram(name: str, data: Any, step: Any = None, buckets: int | None = None, description: str | None = None) -> bool:
    """How the numbers of a tensor are spread."""
    count = 30 if buckets is None else int(buckets)

    def write(file: Any, array: np.ndarray, at: int) -> None:
        if array.size:
            file.add_histogram(name, array.astype(np.float64).ravel(), at, bins=count)

    return _write("histogram", name, data, step, write)


def image(name: str, data: Any, step: Any = None, max_outputs: int = 3, description: str | None = None) -> bool:
    """Pictures of shape [count, height, width, channels]: bytes, or numbers from 0 to 1."""
    if len(data.shape if hasattr(data, "shape") else np.shape(data)) != 4:
        raise ArgumentError(f"tf.summary.image('{name}') takes pictures of shape [count, height, width, channels].")

    def write(file: Any, array: np.ndarray, at: int) -> None:
        if array.dtype != np.uint8:
            array = (np.clip(np.nan_to_num(array.astype(np.float64)), 0, 1) * 255.0 + 0.5).astype(np.uint8)
        for i, each in enumerate(array[:max_outputs]):
            file.add_image(name if min(len(array), max_outputs) == 1 else f"{name}/{i}", each, at, dataformats="HWC")

    return _write("image", name, data, step, write)


def text(name: str, data: Any, step: Any = None, description: str | None = None) -> bool:
    """A text, or a tensor of texts."""

    def write(file: Any, array: np.ndarray, at: int) -> None:
        words = [each.decode(errors="replace") if isinstance(each, bytes) else str(each) for each in array.ravel()]
        file.add_text(name, "\n\n".join(words), at)

    return _write("text", name, data, step, write)


def audio(
    name: str, data: Any, sample_rate: int, step: Any = None, max_outputs: int = 3, encoding: str | None = None,
    description: str | None = None,
) -> bool:  # fmt: skip
    """Sounds of shape [count, frames, channels], numbers from -1 to 1."""

    def write(file: Any, array: np.ndarray, at: int) -> None:
        for i, each in enumerate(array[:max_outputs]):
            file.add_audio(f"{name}/{i}", each[:, :1], at, sample_rate=int(sample_rate))

    return _write("audio", name, data, step, write)


def write_raw_pb(tensor: Any, step: Any = None, name: str | None = None) -> bool:
    """A Summary of TensorBoard's protocol, as bytes."""

    def write(file: Any, array: np.ndarray, at: int) -> None:
        from tensorboardX.proto.summary_pb2 import Summary

        file.file_writer.add_summary(Summary.FromString(array.item()), at)

    return _write("experimental.write_raw_pb", "", tensor, step, write)


@contextlib.contextmanager
def summary_scope(name: str, default_name: str = "summary", values: Any = None) -> Iterator[tuple[str, str]]:
    """A block in which a summary called `name` is written; gives (tag, name of the scope)."""
    with name_scope(name or default_name) as scope:
        yield scope.rstrip("/"), scope


def flush(writer: SummaryWriter | None = None, name: str | None = None) -> None:
    """Bring everything written to the disk."""
    target = writer if writer is not None else _current.writer
    if target is not None:
        target.flush()


def should_record_summaries() -> bool:
    """Whether summaries are written now: there is a writer, and `record_if` says so."""
    wanted = _current.recording() if callable(_current.recording) else _current.recording
    if is_tensor(wanted) and as_tensor(wanted).is_traced:
        return True
    return _current.writer is not None and bool(np.asarray(wanted))


def record_if(condition: Any) -> AbstractContextManager[None]:
    """A block in which summaries are written only while `condition` (or what it returns) holds."""
    return within(_current, recording=condition)


def set_step(step: Any) -> None:
    """The step of summaries that name none."""
    _current.step = step


def get_step() -> Any:
    return _current.step


def trace_on(graph: bool = True, profiler: bool = False, profiler_outdir: Any = None) -> None:
    """Begin to note what runs; `trace_export` ends it. Graphs are not noted: programs here are XLA's."""
    if profiler and profiler_outdir is not None:
        profile.start(profiler_outdir)


def trace_off() -> None:
    """Forget what `trace_on` began."""
    profile.stop(save=False)


def trace_export(name: str, step: Any = None, profiler_outdir: Any = None) -> None:
    """End what `trace_on` began."""
    trace_off()
