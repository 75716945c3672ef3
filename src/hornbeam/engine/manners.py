"""Whose manners hold: Keras's, or TensorFlow's for what a TensorFlow program itself writes.

Once `hornbeam.tensorflow` has been imported, operators in a program's own code refuse mixed types and types print as TensorFlow's do.
The library's own code goes on as Keras does.
"""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

on = False
numpy_rule: Callable[[Any], Callable] | None = None  # set by `ops.numpy_style.enable`: the rule in the place of a strict one
# Who stands between a program and the question here: passed over when the one who asks is looked for.
_OPERATORS = frozenset({__name__, *(f"hornbeam.{each}" for each in ("engine.door", "engine.strict", "ops.operators", "ops.indexing"))})


def turn(to: bool) -> None:
    """Turn TensorFlow's manners on or off. Importing `hornbeam.tensorflow` turns them on."""
    global on
    on = to


@contextlib.contextmanager
def turned(to: bool) -> Iterator[None]:
    """A block with these manners on or off."""
    before = on
    turn(to)
    try:
        yield
    finally:
        turn(before)


def asked(past: frozenset[str] = _OPERATORS) -> bool:
    """Whether TensorFlow's manners are on, and the code that led here is a program's own, not the library's.

    Args:
        past: modules that only pass the question on.
    """
    return on and by_program(past)


def by_program(past: frozenset[str] = _OPERATORS) -> bool:
    """Whether the code that led here is a program's own, not the library's."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__") or ""
        if module not in past:
            return not module.startswith("hornbeam.")
        frame = frame.f_back
    return True
