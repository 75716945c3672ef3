"""Ctrl-C during training: it waits for the step under way to be handed back, then interrupts."""

import signal
import threading
from types import FrameType
from typing import Any


class Shield:
    """While installed (`with shield.installed():`), an interrupt inside `with shield:` is raised when that block ends.

    Between the dispatch of a program and the assignment of its results the weights would be half of one step and half of the next.
    """

    def __init__(self) -> None:
        self._inside = False
        self._pending = False

    def __enter__(self) -> "Shield":
        self._inside = True
        return self

    def __exit__(self, *exc: Any) -> None:
        self._inside = False
        if self._pending:
            self._pending = False
            raise KeyboardInterrupt

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._inside:
            self._pending = True
        else:
            raise KeyboardInterrupt

    def installed(self) -> "_Installed":
        return _Installed(self)


class _Installed:
    """Takes the place of Python's own SIGINT handler; a handler that the program installed itself is left alone."""

    def __init__(self, shield: Shield):
        self.shield = shield
        self.previous: Any = None

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self.previous = signal.signal(signal.SIGINT, self.shield._handle)

    def __exit__(self, *exc: Any) -> None:
        if self.previous is not None:
            signal.signal(signal.SIGINT, self.previous)
