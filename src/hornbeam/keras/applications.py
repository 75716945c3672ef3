"""`keras.applications`: published image networks. Names only."""

from hornbeam.keras.mirror import mirror

__getattr__, __dir__ = mirror(__name__, "hornbeam.applications")
