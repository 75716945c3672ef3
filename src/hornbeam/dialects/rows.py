"""How a row of a table is put to work, and how an old spelling is told: once a program, naming today's."""

import functools
import importlib
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax

from hornbeam.engine.errors import ArgumentError

_LIBRARIES = (str(Path(__file__).resolve().parents[1]), str(Path(jax.__file__).resolve().parent))  # not the user's program

_IMPORTING = "<frozen importlib"


class OldSpelling(FutureWarning):
    """A program is written in an older release's spelling. It works; the message names today's. (A FutureWarning: users see those.)"""


class Call(NamedTuple):
    """A call under way: what a row may change."""

    label: str  # 'Adam', 'Model.fit'
    args: list[Any]  # with `self` first, where there is one
    kwargs: dict[str, Any]  # without the argument in question


# What an old argument means: today's name; None where it has no effect any more; or a function of (call, value) that puts what stands
# for it today into the call and answers with today's spelling, or with None where there is nothing to tell.
Row = str | None | Callable[[Call, Any], str | None]

_told: set[str] = set()


def tell(old: str, today: str) -> None:
    """Warn, once for each old spelling, at the line of the user's program that has it."""
    text = f"{old} is an older spelling. Today: {today}."
    if text in _told:
        return
    _told.add(text)
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith((*_LIBRARIES, _IMPORTING)):
        level += not frame.f_code.co_filename.startswith(_IMPORTING)  # those `warn` does not count
        frame = frame.f_back
    warnings.warn(text, OldSpelling, stacklevel=level)


def spelled(function: Callable, rows: Mapping[str, Row], label: str | None = None) -> Callable:
    """`function`, which takes old arguments too. `label` is what it is called; by default the class of its first argument."""
    old = frozenset(rows)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs and not old.isdisjoint(kwargs):
            given = Call(label or type(args[0]).__name__, list(args), dict(kwargs))
            for name in kwargs:
                if name in old and name in given.kwargs:  # a row may have taken others with it
                    _translate(given, name, rows[name])
            args, kwargs = tuple(given.args), given.kwargs
        return function(*args, **kwargs)

    call.older_arguments = old  # type: ignore[attr-defined] # `hornbeam check` asks
    return call


def _translate(call: Call, name: str, row: Row) -> None:
    value = call.kwargs.pop(name)
    spelling = f"{call.label}({name}=...)"
    if row is None:
        tell(spelling, f"leave `{name}` out, it has no effect any more")
    elif isinstance(row, str):
        if row in call.kwargs:
            raise ArgumentError(f"{call.label} was given both `{name}` and `{row}`, which are the old and today's name of one argument.")
        call.kwargs[row] = value
        tell(spelling, f"{call.label}({row}=...)")
    else:
        today = row(call, value)
        if today:
            tell(spelling, today)


def words(name: str, today: Mapping[Any, Any], new_name: str | None = None) -> Row:
    """A row for an argument (`new_name` today) some of whose values have other names today."""

    def row(call: Call, value: Any) -> str | None:
        known = isinstance(value, (str, int)) and value in today
        new = today[value] if known else value
        call.kwargs[new_name or name] = new
        return f"{call.label}({new_name or name}={new!r})" if known or new_name else None

    return row


def only(name: str, allowed: tuple[Any, ...], otherwise: str) -> Row:
    """A row for an argument that has gone, and whose other values had effects that are not there."""

    def row(call: Call, value: Any) -> str:
        if value not in allowed:
            raise ArgumentError(f"{call.label} does not take {name}={value!r}. {otherwise}")
        return f"leave `{name}` out"

    return row


# Putting a table to work.
_undo: list[Callable[[], None]] = []


def owner_of(target: str) -> tuple[Any, str]:
    """'module:Class.method' -> (the class, 'method'); 'module:Class' -> (the class, '__init__'); 'module:function' -> (the module, ...)."""
    module, _, path = target.partition(":")
    found: Any = importlib.import_module(module)
    *owners, last = path.split(".")
    for name in owners:
        found = getattr(found, name)
    if isinstance(getattr(found, last, None), type):
        return getattr(found, last), "__init__"
    return found, last


def put(owner: Any, name: str, value: Any) -> None:
    """Set an attribute of a class or module until `undo`."""
    own = vars(owner)
    if name in own:
        before = own[name]
        _undo.append(lambda: setattr(owner, name, before))
    else:
        _undo.append(lambda: delattr(owner, name))
    setattr(owner, name, value)


def put_item(table: dict[str, Any], name: str, value: Any) -> None:
    """Set an item of a dict until `undo`, unless there is one."""
    if name not in table:
        table[name] = value
        _undo.append(lambda: table.pop(name))


def undo() -> None:
    """Take everything back, the last first; what has been told may be told again."""
    while _undo:
        _undo.pop()()
    _told.clear()
