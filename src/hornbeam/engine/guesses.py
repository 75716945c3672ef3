"""Which Variables a function will probably use: those within its sight. A right guess saves a second trace."""

import contextlib
import functools
import types
from collections.abc import Iterable
from typing import Any

import numpy as np

from hornbeam.engine.tensor import Tensor
from hornbeam.engine.variable import Variable


def guess_variables(function: Any, arguments: Iterable[Any] = ()) -> list[Variable]:
    """The Variables within sight of a function: in its arguments, its object, its closure and the globals that it names."""
    found: dict[Variable, None] = {}
    seen: set[int] = set()

    def look(value: Any, depth: int) -> None:
        if isinstance(value, Variable):
            found[value] = None
            return
        if depth == 0 or id(value) in seen or isinstance(value, (str, bytes, int, float, Tensor, np.ndarray, type, types.ModuleType)):
            return
        seen.add(id(value))
        if isinstance(value, (list, tuple)):
            for each in value[:1000]:
                look(each, depth - 1)
        elif isinstance(value, dict):
            for each in list(value.values())[:1000]:
                look(each, depth - 1)
        elif "python_function" in getattr(value, "__dict__", ()):
            look(value.python_function, depth)
        elif isinstance(value, functools.partial):
            look((value.func, value.args, value.keywords), depth)
        elif isinstance(value, types.MethodType):
            look(value.__self__, depth)
            look(value.__func__, depth)
        elif isinstance(value, types.FunctionType):
            if (value.__module__ or "").partition(".")[0] in ("hornbeam", "numpy", "jax"):  # None is what `exec` makes
                return
            for cell in value.__closure__ or ():
                with contextlib.suppress(Exception):  # what it holds may not be ready to be looked at
                    look(cell.cell_contents, depth - 1)
            for name in _names(value.__code__):
                if name in value.__globals__:
                    look(value.__globals__[name], depth - 1)
        elif hasattr(type(value), "variables"):
            with contextlib.suppress(Exception):
                variables = value.variables
                for each in variables if isinstance(variables, (list, tuple)) or not callable(variables) else variables():
                    look(each, 1)
        elif hasattr(value, "__dict__") and type(value).__module__.partition(".")[0] not in ("builtins", "numpy", "jax"):
            for each in list(vars(value).values())[:200]:
                look(each, depth - 1)

    look(function, 4)
    for each in arguments:
        look(each, 2)
    return list(found)


def _names(code: types.CodeType) -> set[str]:
    names = set(code.co_names)
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            names |= _names(each)
    return names
