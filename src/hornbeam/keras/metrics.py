"""`keras.metrics`: metrics, as classes and as functions, with the losses' formulas as Keras has them here too. Names only."""

from hornbeam.keras.losses import OLDER
from hornbeam.keras.mirror import mirror

_OLDER = {  # as Keras 2 has them besides
    **dict.fromkeys(("KLD", "MAE", "MAPE", "MSE", "MSLE", "kld", "mae", "mape", "mse", "msle"), "hornbeam.losses"),
    **OLDER,
}
__getattr__, __dir__ = mirror(__name__, "hornbeam.metrics", more=_OLDER)
