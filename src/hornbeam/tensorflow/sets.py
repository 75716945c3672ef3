"""`tf.sets`. Names only."""

from hornbeam.engine.missing import missing
from hornbeam.ops.tf.sets import difference, intersection, size, union

__all__ = ["difference", "intersection", "size", "union"]
__getattr__ = missing(__name__)
