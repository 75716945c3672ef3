"""`tf.nest`. Names only."""

from hornbeam.engine.missing import missing
from hornbeam.ops.tf.nest import assert_same_structure, flatten, is_nested, map_structure, pack_sequence_as

__all__ = ["assert_same_structure", "flatten", "is_nested", "map_structure", "pack_sequence_as"]
__getattr__ = missing(__name__)
