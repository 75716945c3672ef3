"""The import hook: `import tensorflow`, `keras` and `tf_keras` find Hornbeam.

A module reached by two names is one object: `tensorflow.keras.layers`, `keras.layers` and `hornbeam.keras.layers` are the same.
"""

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import Distribution
from pathlib import Path
from types import ModuleType
from typing import Any

from hornbeam.engine.callers import ours
from hornbeam.keras import places

_PRIVATE = "hornbeam.tensorflow.python.private"
_PARTS = ("client", "distribute", "eager", "framework", "layers", "ops", "platform", "tools", "trackable", "training", "util")
# Beginnings of module names and where they lead; the longest that fits wins.
_PLACES = {
    "keras": "hornbeam.keras",
    "keras_core": "hornbeam.keras",
    "keras_preprocessing": "hornbeam.keras.preprocessing",
    "tensorflow": "hornbeam.tensorflow",
    "tensorflow.compiler": _PRIVATE,
    "tensorflow.compat.v1.keras": "hornbeam.keras",
    "tensorflow.compat.v2": "hornbeam.tensorflow",
    "tensorflow.keras": "hornbeam.keras",
    "tensorflow.python": "hornbeam.tensorflow",
    **{f"tensorflow.python.{part}": _PRIVATE for part in _PARTS},
    "tensorflow.python.data.util": _PRIVATE,
    "tensorflow.python.keras": "hornbeam.keras",
    "tensorflow.tools": _PRIVATE,
    "tf_keras": "hornbeam.keras",
}


def real_name(name: str) -> str | None:
    """The module of ours that stands behind a module name of TensorFlow's or Keras's; None for any other name."""
    if name.partition(".")[0] not in _PLACES:
        return None
    if name == "tensorflow.python":
        return "hornbeam.tensorflow.python"
    for length in range(name.count(".") + 1, 0, -1):
        begin = ".".join(name.split(".")[:length])
        if begin in _PLACES:
            rest = name[len(begin) + 1 :]
            if _PLACES[begin] == _PRIVATE:
                return _PRIVATE
            return places.real(rest) if _PLACES[begin] == "hornbeam.keras" else ".".join(filter(None, [_PLACES[begin], rest]))
    return None


class _Alias(Loader):
    """Puts a module that exists under its other name."""

    def __init__(self, real: str):
        self.real = real

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        found = importlib.import_module(self.real)
        sys.modules[module.__name__] = found  # the import system takes what stands here when this returns


class _Stated(Distribution):
    """An installed package of a version, to those who ask `importlib.metadata` whether TensorFlow is there."""

    def __init__(self, name: str, version: str):
        self._text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"

    def read_text(self, filename: str) -> str | None:
        return self._text if filename == "METADATA" else None

    def locate_file(self, path: Any) -> Any:
        return Path(__file__).parent / path


class Finder(MetaPathFinder):
    """Finds Hornbeam's modules under TensorFlow's and Keras's names, before an installed package of those names."""

    def find_distributions(self, context: Any = None) -> Iterator[Distribution]:
        name = getattr(context, "name", None)
        if name is not None and name.replace("-", "_") in ("keras", "tensorflow", "tf_keras"):
            versions = importlib.import_module("hornbeam.keras" if name == "keras" else "hornbeam.tensorflow")
            yield _Stated(name, versions.__version__)

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        real = real_name(name)
        if real is None:
            return None
        try:
            there = importlib.util.find_spec(real)
        except ModuleNotFoundError:
            there = None
        if there is None:
            return None
        return ModuleSpec(name, _Alias(real), is_package=there.submodule_search_locations is not None)


def install() -> None:
    """From now on `import tensorflow`, `import keras` and `import tf_keras` give Hornbeam; imports made before keep what they have."""
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())


def uninstall() -> None:
    """Undo `install`, and forget the aliases that were made."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, Finder)]
    for name in [name for name in sys.modules if real_name(name)]:
        if ours(getattr(sys.modules[name], "__name__", None)):
            del sys.modules[name]
