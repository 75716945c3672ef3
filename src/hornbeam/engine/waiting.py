"""Work that waits for objects to be whole: a checkpoint read before a model was built gives it its weights when it is."""

import threading
from collections.abc import Callable

from hornbeam.engine.pure import untraced

_waiting: list[Callable[[], bool]] = []
_lock = threading.RLock()


def until_done(attempt: Callable[[], bool]) -> None:
    """Call `attempt` after each layer and optimizer that is built, until it answers True."""
    with _lock:
        _waiting.append(attempt)


def settle() -> None:
    """Called when something has been built."""
    if not _waiting:
        return
    with untraced(), _lock:
        _waiting[:] = [attempt for attempt in list(_waiting) if not attempt()]
