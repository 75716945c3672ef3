"""Namespaces that hand names on, and what they say of a name they lack.

`tf.math` and its kin define nothing: each is a module of imports, whose `__getattr__` comes from here.
"""

import difflib
import importlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hornbeam.engine.errors import HornbeamError


class MissingName(HornbeamError, AttributeError):
    """A TensorFlow or Keras name that Hornbeam does not have."""


def public(module: str) -> str:
    """What users call one of our namespaces: 'hornbeam.tensorflow.math' is 'tf.math', 'hornbeam.keras.layers' 'keras.layers'."""
    name = module.removeprefix("hornbeam.")
    return "tf" + name.removeprefix("tensorflow") if name.startswith("tensorflow") else name


def missing(module: str) -> Callable[[str], Any]:
    """A module's `__getattr__` that raises `MissingName`: `__getattr__ = missing(__name__)` is its last line."""
    return lambda name: _refuse(module, name, vars(sys.modules[module]))


def lazily(module: str, table: Mapping[str, str], submodules: Iterable[str] = ()) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """A module's `__getattr__` and `__dir__` that import what a name stands for when it is first used.

    Args:
        module: the module's `__name__`.
        table: where each name is: 'package.module' (under the same name), 'package.module:other_name', or 'package.module:' (itself).
        submodules: modules below this one that are reached as attributes.
    """
    below = frozenset(submodules)

    def fetch(name: str) -> Any:
        if name in below:
            found: Any = importlib.import_module(f"{module}.{name}")
        elif name in table:
            home, colon, inner = table[name].partition(":")
            found = importlib.import_module(home)
            for part in (inner if colon else name).split("."):
                found = getattr(found, part) if part else found
        else:
            _refuse(module, name, {*table, *below})
        setattr(sys.modules[module], name, found)
        return found

    return fetch, lambda: sorted({*vars(sys.modules[module]), *table, *below})


def _refuse(module: str, name: str, known: Iterable[str]) -> None:
    if name.startswith("__"):
        raise AttributeError(name)
    close = difflib.get_close_matches(name, [each for each in known if not each.startswith("_")], n=1, cutoff=0.75)
    hint = f" Did you mean {public(module)}.{close[0]}?" if close else ""
    raise MissingName(
        f"Hornbeam has no {public(module)}.{name}.{hint} `hornbeam check {_program()}` lists every TensorFlow and Keras name that a program "
        "uses and that Hornbeam lacks."
    )


def _program() -> str:
    """The file of the program that `hornbeam run` runs, as a user would type it; 'FILE' where there is none."""
    file = getattr(sys.modules.get("__main__"), "__file__", None) if "HORNBEAM_HOOK" in os.environ else None
    return min(file, os.path.relpath(file), key=len) if file and file.endswith(".py") and os.path.isfile(file) else "FILE"
