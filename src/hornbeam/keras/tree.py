"""`keras.tree`: nested structures. Names only."""

from hornbeam.keras.mirror import mirror

_NAMES = ("assert_same_structure", "flatten", "is_nested", "map_structure", "pack_sequence_as")
__getattr__, __dir__ = mirror(__name__, more=dict.fromkeys(_NAMES, "hornbeam.ops.tf.nest"))
