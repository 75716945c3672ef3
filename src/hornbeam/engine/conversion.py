"""The hook by which AutoGraph (`ops.autograph`) gets to see functions that are about to be traced."""

from collections.abc import Callable
from typing import Any

from hornbeam.engine.pure import local

_converter: list[Callable[[Any], Any]] = []


def install(converter: Callable[[Any], Any]) -> None:
    _converter[:] = [converter]


def convert(function: Any) -> Any:
    """`function` with `if`, `while`, `for`, `and`, ... that work on tensors whose values are not there yet, where its source is known."""
    return _converter[0](function) if _converter else function


def convert_if_tracing(function: Any) -> Any:
    """`convert` while a program is being traced; plain Python needs no conversion."""
    return function if local.scope is None or not _converter else _converter[0](function)
