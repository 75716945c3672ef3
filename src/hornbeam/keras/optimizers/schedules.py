"""`keras.optimizers.schedules`: learning rates that change with the step. Names only."""

from hornbeam.keras.mirror import mirror

_NAMES = (
    "CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay", "LearningRateSchedule", "PiecewiseConstantDecay",
    "PolynomialDecay", "deserialize", "serialize",
)  # fmt: skip
__getattr__, __dir__ = mirror(__name__, more=dict.fromkeys(_NAMES, "hornbeam.optimizers.schedules"))
