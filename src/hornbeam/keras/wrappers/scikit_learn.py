"""`keras.wrappers.scikit_learn`: Keras 2's estimators. Names only."""

from hornbeam.keras.mirror import mirror

_NAMES = ("KerasClassifier", "KerasRegressor")
__getattr__, __dir__ = mirror(__name__, more=dict.fromkeys(_NAMES, "hornbeam.utils.scikit_learn"))
