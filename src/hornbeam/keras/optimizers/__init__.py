"""`keras.optimizers`: optimizers and schedules. Names only."""

from hornbeam.keras.mirror import mirror

_NAMES = {"OptimizerV2": "hornbeam.optimizers:Optimizer"}
__getattr__, __dir__ = mirror(__name__, "hornbeam.optimizers", more=_NAMES, submodules=("legacy", "experimental", "schedules"))
