"""`keras.quantizers`: rounding to few bits. Names only."""

from hornbeam.keras.mirror import mirror

__getattr__, __dir__ = mirror(__name__, "hornbeam.quantizers")
