"""What is said to whoever called, and whose code it is: warnings at the line of the user's program, calls that do not fit a signature."""

import functools
import inspect
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from hornbeam.engine.errors import DtypeError, HornbeamError, did_you_mean

_PACKAGE = str(Path(__file__).resolve().parents[1])
_checked: set[type] = set()
F = TypeVar("F", bound=Callable[..., Any])


def ours(thing: Any) -> bool:
    """Whether a class or a function is this library's own; or a module, given by its name."""
    name = thing if isinstance(thing, str) else getattr(thing, "__module__", None)
    return isinstance(name, str) and name.startswith("hornbeam.")


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """A warning at the line of the user's program that led to it: the innermost frame outside this package."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith((_PACKAGE, "<")):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def checked(function: F) -> F:
    """`function`, which answers a call that does not fit its signature in the user's words.

    Calls that fit cost nothing more. For methods: the messages name the object's class.
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            if isinstance(error, HornbeamError) or error.__traceback__ is None or error.__traceback__.tb_next is not None:
                raise
            raise DtypeError(_misfit(function, args, kwargs) or str(error)) from None

    return call  # type: ignore[return-value]


def _misfit(function: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> str:
    """What is wrong with a call."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    label = type(args[0]).__name__ if args else function.__qualname__
    if function.__name__ != "__init__":
        label = f"{label}.{function.__name__}"
    names = [p.name for p in parameters if p.kind is not p.VAR_KEYWORD and p.kind is not p.VAR_POSITIONAL]
    open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters)
    unknown = [name for name in kwargs if name not in names]
    if unknown and not open_ended:
        return f"{label} does not take the argument {unknown[0]!r}. {did_you_mean(unknown[0], names)}"
    places = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    required = [p.name for p in parameters if p.default is p.empty and p.name in names]
    missing = [name for name in required if name not in kwargs and name not in places[: len(args) - 1]]
    if missing:
        pairs = [(name, other) for name in missing for other in unknown if other in name or name in other]
        guess = f" Did you mean {pairs[0][0]!r} by {pairs[0][1]!r}?" if pairs else ""
        return f"{label} needs the argument {missing[0]!r}.{guess} It takes {', '.join(names)}."
    if len(args) - 1 > len(places):
        return f"{label} takes {len(places)} arguments by place ({', '.join(places)}); it was given {len(args) - 1}."
    return ""


def check_init(cls: type) -> None:
    """`checked` for the `__init__` that a class of this package has from itself or a base; a user's class stays as it is."""
    owner = next((each for each in cls.__mro__ if "__init__" in each.__dict__), object)
    if ours(cls) and ours(owner) and owner not in _checked:
        _checked.add(owner)
        owner.__init__ = checked(owner.__init__)  # type: ignore[misc]
