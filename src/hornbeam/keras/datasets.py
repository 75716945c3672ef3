"""`keras.datasets`: the named data sets. Names only."""

from hornbeam.keras.mirror import mirror

__getattr__, __dir__ = mirror(__name__)
