"""`keras.ops.numpy`: the operations that NumPy has too. Names only."""

import importlib
from typing import Any


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    return getattr(importlib.import_module("hornbeam.ops"), name)
