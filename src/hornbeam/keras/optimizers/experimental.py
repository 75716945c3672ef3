"""`keras.optimizers.experimental`: where TensorFlow 2.9 and 2.10 had today's optimizers. Names only."""

from hornbeam.keras.mirror import mirror

_NAMES = ("Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Nadam", "Optimizer", "RMSprop", "SGD")
__getattr__, __dir__ = mirror(__name__, more=dict.fromkeys(_NAMES, "hornbeam.optimizers"))
