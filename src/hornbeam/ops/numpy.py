"""`keras.ops.numpy`: the operations that NumPy has too. Names only."""

from hornbeam.ops._rows import elsewhere as __getattr__

__all__ = ["__getattr__"]
