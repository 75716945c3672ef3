"""`keras.config`: settings. Names only."""

from hornbeam.keras.mirror import mirror

__getattr__, __dir__ = mirror(__name__, "hornbeam.config", more={"backend": "hornbeam.utils.backend"})
