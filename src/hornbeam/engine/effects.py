"""What a compiled program does beside computing: printing, checking, calling back into Python; and what is kept in mind while tracing.

A program's callbacks run on threads of XLA's. An exception raised there is kept and raised again by whoever ran the program.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import jax
import numpy as np

from hornbeam.engine.errors import ArgumentError, UntraceableError
from hornbeam.engine.pure import local
from hornbeam.engine.tensor import Tensor
from hornbeam.engine.threads import within


class HostOnly(UntraceableError):
    """Code that runs in Python by its nature, as a loop over a Dataset does; running it there is no loss worth a warning."""


class UnboundedLoop(ArgumentError, HostOnly):
    """A gradient through a loop whose number of steps nobody bounded: no program has it; Python, step by step, does."""


class NewVariable(ArgumentError):
    """A Variable is made from a value that only the program being traced has: a function makes it by running in Python once."""


class DatasetLoop(HostOnly):
    """A loop over a Dataset: Python gets the elements, and each step can be a program."""


class Unstageable(UntraceableError):
    """A loop whose variables change their shapes: a program cannot hold it, Python can."""


class _Tracing(threading.local):
    steps: dict | None = None  # compiled bodies of loops over Datasets, of the function that runs in Python for their sake
    muted = False  # this trace repeats one whose Python has been seen to run
    silent = False  # this trace computes again what has had its effects, for a gradient
    unbounded = False  # the program being traced has a loop that cannot be run backwards


_tracing = _Tracing()
_raised: list[BaseException] = []
_staged = [False]  # whether any program has a callback


def muted() -> bool:
    """Whether what users' Python prints would be printed a second time for one trace as they count them."""
    return _tracing.muted


@contextlib.contextmanager
def tracing(mute: bool) -> Iterator[_Tracing]:
    """A block in which a program is traced."""
    outside = _tracing.muted, _tracing.unbounded
    _tracing.muted, _tracing.unbounded = mute or outside[0], False
    try:
        yield _tracing
    finally:
        _tracing.muted, _tracing.unbounded = outside[0], outside[1] or _tracing.unbounded


def silently() -> AbstractContextManager[None]:
    """A block in which programs are traced without their effects: a gradient computes the forward pass anew, and must not print anew."""
    return within(_tracing, silent=True)


def silent() -> bool:
    return _tracing.silent


def hosting(steps: dict) -> AbstractContextManager[None]:
    """A block in which a function runs in Python because it loops over Datasets; the loops' bodies are compiled and kept in `steps`."""
    return within(_tracing, steps=steps)


def hosted_steps() -> dict | None:
    return _tracing.steps


def note_unbounded_loop() -> None:
    _tracing.unbounded = True


def call(function: Callable[..., None], *tensors: Tensor, ordered: bool = False) -> None:
    """Run Python on the tensors' values (NumPy arrays) each time the program being traced comes here; at once when they are known."""

    if _tracing.silent:
        return

    def run(*values: Any) -> None:
        try:
            function(*map(np.asarray, values))
        except BaseException as error:  # XLA would turn it into a message
            _raised.append(error)

    if local.scope is not None or any(tensor.is_traced for tensor in tensors):
        _staged[0] = True
        jax.debug.callback(run, *[tensor._value for tensor in tensors], ordered=ordered)
    else:
        function(*[np.asarray(tensor._value) for tensor in tensors])


def check(condition: Tensor, error: BaseException) -> None:
    """Raise `error` when the program finds that `condition` (all of it) does not hold."""

    def look(holds: np.ndarray) -> None:
        if not holds.all():
            raise error

    call(look, condition)


def finish() -> None:
    """Wait for callbacks of programs that ran, and raise what one of them raised."""
    if not _staged[0]:
        return
    jax.effects_barrier()
    if _raised:
        first = _raised[0]
        _raised.clear()
        raise first
