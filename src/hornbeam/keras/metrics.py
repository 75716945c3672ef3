"""`keras.metrics`: metrics, as classes and as functions, with the losses' formulas as Keras has them here too. Names only."""

from hornbeam.keras.mirror import mirror

_FORMULAS = "hornbeam.losses.formulas"
_OLDER = {  # as Keras 2 has them besides
    **dict.fromkeys(("KLD", "MAE", "MAPE", "MSE", "MSLE", "kld", "mae", "mape", "mse", "msle"), "hornbeam.losses"),
    "kullback_leibler_divergence": f"{_FORMULAS}:kl_divergence",
    "logcosh": f"{_FORMULAS}:log_cosh",
    "cosine_proximity": f"{_FORMULAS}:cosine_similarity",
}
__getattr__, __dir__ = mirror(__name__, "hornbeam.metrics", more=_OLDER)
