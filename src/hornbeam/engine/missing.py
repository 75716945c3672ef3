"""Namespaces that hand names on, and what they say of a name they lack.

`tf.math` and its kin define nothing: each is a module of imports, whose `__getattr__` comes from here.
"""

import difflib
import importlib
import opcode
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hornbeam.engine.callers import ours
from hornbeam.engine.errors import HornbeamError


class MissingName(HornbeamError, AttributeError):
    """A TensorFlow or Keras name that Hornbeam does not have."""


class MissingImport(HornbeamError, ImportError):
    """The same, when the name is imported: `from tensorflow.keras.layers import NoSuchLayer`."""


def public(module: str) -> str:
    """What users call one of our namespaces: 'hornbeam.tensorflow.math' is 'tf.math', 'hornbeam.keras.layers' 'keras.layers'."""
    name = module.removeprefix("hornbeam.").removesuffix(".private")
    return "tf" + name.removeprefix("tensorflow") if name.startswith("tensorflow") else name


def missing(module: str) -> Callable[[str], Any]:
    """A module's `__getattr__` that raises `MissingName`: `__getattr__ = missing(__name__)` is its last line."""
    return lambda name: _refuse(module, name, vars(sys.modules[module]))


def lazily(module: str, table: Mapping[str, str], submodules: Iterable[str] = ()) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """A module's `__getattr__` and `__dir__` that import what a name stands for when it is first used.

    The module also gets an `__all__`, for `from keras import *`, where it has none of its own.

    Args:
        module: the module's `__name__`.
        table: where each name is: 'package.module' (under the same name), 'package.module:other_name', or 'package.module:' (itself).
        submodules: modules below this one that are reached as attributes.
    """
    below = frozenset(submodules)
    vars(sys.modules[module]).setdefault("__all__", sorted(name for name in {*table, *below} if not name.startswith("_")))

    def fetch(name: str) -> Any:
        if name in below:
            found: Any = importlib.import_module(f"{module}.{name}")
        elif name in table:
            home, colon, inner = table[name].partition(":")
            found = importlib.import_module(home)
            for part in (inner if colon else name).split("."):
                found = getattr(found, part) if part else found
        else:
            _refuse(module, name, {*vars(sys.modules[module]), *table, *below})
        setattr(sys.modules[module], name, found)
        return found

    return fetch, lambda: sorted({*vars(sys.modules[module]), *table, *below})


def _refuse(module: str, name: str, known: Iterable[str]) -> None:
    if name.startswith("__"):
        raise AttributeError(name)
    close = difflib.get_close_matches(name, [each for each in known if not each.startswith("_")], n=1, cutoff=0.75)
    hint = f" Did you mean {public(module)}.{close[0]}?" if close else ""
    if older := _older(module, name):
        hint = f" It is TensorFlow 1's; TensorFlow 2 keeps it as {older}."
    text = (
        f"Hornbeam has no {public(module)}.{name}.{hint} `hornbeam check {_program()}` lists every TensorFlow and Keras name that a "
        "program uses and that Hornbeam lacks."
    )
    raise MissingImport(text, name=module) if _importing() else MissingName(text)


def _older(module: str, name: str) -> str | None:
    """`tf.compat.v1.log`, of `tf.log`, where there is such a name."""
    root, _, below = module.partition("hornbeam.tensorflow")
    if root or not _ or below.startswith(".compat"):
        return None
    try:
        found = importlib.import_module(f"hornbeam.tensorflow.compat.v1{below}")
        return f"{public(found.__name__)}.{name}" if hasattr(found, name) else None
    except ImportError:
        return None


def _importing() -> bool:
    """Whether the code that led here is a statement `from module import name`, which would put an AttributeError's words aside."""
    frame: Any = sys._getframe(1)
    while frame is not None and ours(frame.f_globals.get("__name__")):
        frame = frame.f_back
    return frame is not None and frame.f_lasti >= 0 and frame.f_code.co_code[frame.f_lasti] == opcode.opmap["IMPORT_FROM"]


def _program() -> str:
    """The file of the program that `hornbeam run` runs, as a user would type it; 'FILE' where there is none."""
    file = getattr(sys.modules.get("__main__"), "__file__", None) if "HORNBEAM_HOOK" in os.environ else None
    return min(file, os.path.relpath(file), key=len) if file and file.endswith(".py") and os.path.isfile(file) else "FILE"
