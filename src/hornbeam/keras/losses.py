"""`keras.losses`: losses, as classes and as functions. Names only."""

from hornbeam.keras.mirror import mirror

_FORMULAS = "hornbeam.losses.formulas"
OLDER = {  # as Keras 2 has them besides, among the metrics too
    "kullback_leibler_divergence": f"{_FORMULAS}:kl_divergence",
    "logcosh": f"{_FORMULAS}:log_cosh",
    "cosine_proximity": f"{_FORMULAS}:cosine_similarity",
}
__getattr__, __dir__ = mirror(__name__, "hornbeam.losses", more=OLDER)
