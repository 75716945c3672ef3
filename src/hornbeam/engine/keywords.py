"""Functions under another name and with other argument names, which take arguments by keyword only: `tf.raw_ops`, made of a table."""

import ast
import functools
import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

from hornbeam.engine.errors import DtypeError
from hornbeam.engine.missing import lazily


def by_keyword(module: str, rows: str, home: str, others: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """A module's `__getattr__` and `__dir__`.

    Args:
        rows: lines of a name, the function it stands for (below `home`), and its arguments in the function's order: `x`, `x=default`,
            `x>name` (passed as `name=`), `*x` (passed as several), `-x` (has no
            effect here).
        others: names that are elsewhere, as `lazily` takes them.
    """
    table = {name: (target, tokens) for name, target, *tokens in map(str.split, rows.strip().splitlines())}
    vars(sys.modules[module])["__all__"] = sorted([*table, *others])
    elsewhere, _ = lazily(module, others)

    def fetch(name: str) -> Any:
        if name not in table:
            return elsewhere(name)
        target, tokens = table[name]
        *path, last = target.split(".")
        made = _function(name, getattr(importlib.import_module(".".join([home, *path])), last), tokens)
        setattr(sys.modules[module], name, made)
        return made

    return fetch, lambda: sorted([*table, *others])


def _function(name: str, target: Callable[..., Any], tokens: list[str]) -> Callable[..., Any]:
    places: list[tuple[str, str | None]] = []  # an argument and the keyword it is passed by
    defaults: dict[str, Any] = {}
    idle, several = [], set()
    for token in tokens:
        argument, has_default, default = token.partition("=")
        argument, _, keyword = argument.partition(">")
        if argument.startswith("*"):
            argument = argument[1:]
            several.add(argument)
        if argument.startswith("-"):
            idle.append(argument[1:])
            continue
        places.append((argument, keyword or None))
        if has_default:
            defaults[argument] = _value(default)
    known = [argument for argument, _ in places] + idle + ["name"]

    def call(*args: Any, **kwargs: Any) -> Any:
        if args:
            raise DtypeError(f"{name} takes arguments by keyword only: {', '.join(known)}.")
        given = {**defaults, **kwargs}
        unknown = [argument for argument in given if argument not in known]
        missing = [argument for argument, _ in places if argument not in given]
        if unknown or missing:
            what = f"it has no argument {unknown[0]!r}" if unknown else f"it needs {missing[0]!r}"
            raise DtypeError(f"tf.raw_ops.{name}({', '.join(known)}): {what}.")
        plain: list[Any] = []
        for argument, keyword in places:
            if keyword is None:
                plain += given[argument] if argument in several else [given[argument]]
        return target(*plain, **{keyword: given[argument] for argument, keyword in places if keyword is not None})

    functools.update_wrapper(call, target, assigned=("__doc__",), updated=())
    call.__name__ = call.__qualname__ = name
    return call


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
