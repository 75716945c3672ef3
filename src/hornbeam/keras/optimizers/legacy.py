"""`keras.optimizers.legacy`: the same optimizers. Keras 2.11 kept its old implementation of them here. Names only."""

from hornbeam.keras.mirror import mirror

_NAMES = ("Adadelta", "Adagrad", "Adam", "Adamax", "Ftrl", "Nadam", "Optimizer", "RMSprop", "SGD")
__getattr__, __dir__ = mirror(__name__, more=dict.fromkeys(_NAMES, "hornbeam.optimizers"))
