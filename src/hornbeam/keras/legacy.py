"""`keras.legacy`: what Keras 2's saved objects need. Names only."""

from hornbeam.keras.mirror import mirror

__getattr__, __dir__ = mirror(__name__, more={"saving": "hornbeam.keras:saving"})
