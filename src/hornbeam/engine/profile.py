"""tf.profiler: profiles of a while of work, for TensorBoard, by JAX's profiler."""

import contextlib
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax

from hornbeam.engine.errors import AlreadyExistsError, UnavailableError

_running: list[str] = []


class ProfilerOptions(NamedTuple):
    """How much is noted. Accepted; JAX's profiler notes what it notes."""

    host_tracer_level: int = 2
    python_tracer_level: int = 0
    device_tracer_level: int = 1
    delay_ms: int | None = None


def start(logdir: Any, options: Any = None) -> None:
    """Begin a profile, which `stop` writes to the folder `logdir`."""
    if _running:
        raise AlreadyExistsError("A profile is running already: end it with tf.profiler.experimental.stop().")
    jax.profiler.start_trace(os.fspath(logdir))
    _running.append(os.fspath(logdir))


def stop(save: bool = True) -> None:
    """End the profile and write it. With `save=False` none need be running."""
    if not _running:
        if save:
            raise UnavailableError("No profile is running: begin one with tf.profiler.experimental.start(logdir).")
        return
    _running.clear()
    jax.profiler.stop_trace()


@contextlib.contextmanager
def Profile(logdir: Any, options: Any = None) -> Iterator[None]:
    """A block that is profiled."""
    start(logdir, options)
    try:
        yield
    finally:
        stop()


@contextlib.contextmanager
def Trace(name: str, **kwargs: Any) -> Iterator[None]:
    """A block that the profile shows under a name: `with Trace("train", step_num=step, _r=1):`."""
    step = kwargs.get("step_num")
    mark = jax.profiler.TraceAnnotation(name) if step is None else jax.profiler.StepTraceAnnotation(name, step_num=int(step))
    with mark:
        yield
