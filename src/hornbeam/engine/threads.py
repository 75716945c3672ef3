"""What holds on one thread inside a block."""

import contextlib
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def within(state: Any, **values: Any) -> Iterator[None]:
    """A block in which attributes of `state` (a `threading.local`) have these values; afterwards they are what they were."""
    outside = {name: getattr(state, name) for name in values}
    for name, value in values.items():
        setattr(state, name, value)
    try:
        yield
    finally:
        for name, value in outside.items():
            setattr(state, name, value)
