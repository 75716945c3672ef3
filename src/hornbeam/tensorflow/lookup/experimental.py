"""`tf.lookup.experimental`."""

from hornbeam.engine.missing import missing
from hornbeam.ops.tf.lookup import DenseHashTable, MutableHashTable

__all__ = ["DenseHashTable", "MutableHashTable"]
__getattr__ = missing(__name__)
