"""`keras.experimental`: where TensorFlow 2.0 to 2.15 had some of today's names. Names only."""

from hornbeam.keras.mirror import mirror

_SCHEDULES = "hornbeam.optimizers.schedules"
__getattr__, __dir__ = mirror(__name__, more={"CosineDecay": _SCHEDULES, "CosineDecayRestarts": _SCHEDULES})
