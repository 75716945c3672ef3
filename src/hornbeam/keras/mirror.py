"""How a module of `keras` hands on one of Hornbeam's and adds the places where Keras 2 had names."""

import importlib
import sys
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

from hornbeam import dialects
from hornbeam.dialects.names import old_names
from hornbeam.engine.missing import lazily
from hornbeam.keras import places


def mirror(
    module: str, *homes: str, more: Mapping[str, str] | None = None, submodules: Iterable[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """A module's `__getattr__` and `__dir__`: every public name of `homes`, later ones first, and `more` (see `lazily`).

    The module also gets an `__all__`, for `from keras.layers import *`.
    """
    dialects.install()
    table = {name: home for home in homes for name in public_names(importlib.import_module(home))}
    table.update(more or {})
    vars(sys.modules[module])["__all__"] = sorted(table)
    vars(sys.modules[module]).setdefault("__path__", [])  # some of Keras 2's places are modules below this one
    return lazily(module, {**places.rows(module), **old_names(module), **table}, submodules)


def public_names(module: ModuleType) -> list[str]:
    """The names a module hands on: its `__all__`, or whatever it holds that is not private and no module."""
    listed = getattr(module, "__all__", None)
    return listed or [name for name, thing in vars(module).items() if not name.startswith("_") and not isinstance(thing, ModuleType)]
