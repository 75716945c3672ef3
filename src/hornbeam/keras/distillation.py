"""`keras.distillation`: a small model learns from a trained one. Names only."""

from hornbeam.keras.mirror import mirror

_NAMES = ("DistillationLoss", "Distiller", "FeatureDistillation", "LogitsDistillation")
__getattr__, __dir__ = mirror(__name__, more=dict.fromkeys(_NAMES, "hornbeam.utils.distillation"))
