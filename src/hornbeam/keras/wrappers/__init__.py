"""`keras.wrappers`: models as estimators of scikit-learn. Names only."""

from hornbeam.keras.mirror import mirror

_NAMES = ("SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer")
__getattr__, __dir__ = mirror(__name__, more=dict.fromkeys(_NAMES, "hornbeam.utils.scikit_learn"), submodules=("scikit_learn",))
