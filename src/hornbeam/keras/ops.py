"""`keras.ops`: operations on tensors. Names only."""

from hornbeam.keras.mirror import mirror

__getattr__, __dir__ = mirror(__name__, "hornbeam.ops", more=dict.fromkeys(("image", "linalg", "nn", "numpy"), "hornbeam.ops"))
