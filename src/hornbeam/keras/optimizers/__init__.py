"""`keras.optimizers`: optimizers and schedules. Names only."""

from hornbeam.keras.mirror import mirror

__getattr__, __dir__ = mirror(__name__, "hornbeam.optimizers", submodules=("legacy", "experimental", "schedules"))
