"""`keras.layers.merge`: the layers, where Keras 2 had those that merge; in Keras 1 it was a function, which the module is, too."""

import sys
from types import ModuleType
from typing import Any

from hornbeam.dialects.merge import merge


class _Module(ModuleType):
    __call__ = staticmethod(merge)


sys.modules[__name__].__class__ = _Module


def __getattr__(name: str) -> Any:
    return getattr(sys.modules["hornbeam.keras.layers"], name)
