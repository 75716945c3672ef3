"""`keras.saving`: models in files, and what names one's own classes in them. Names only."""

from hornbeam.keras.mirror import mirror

__getattr__, __dir__ = mirror(__name__, "hornbeam.saving")
