"""Losses, metrics, initializers, regularizers and small functions as Keras 2 had them."""

import functools
from collections.abc import Callable
from typing import Any

from hornbeam.dialects.rows import Row, words


def _loss_init(original: Callable) -> Callable:
    """'auto', which a reduction was called until Keras 3, is 'sum_over_batch_size'."""

    @functools.wraps(original)
    def init(self: Any, name: str | None = None, reduction: Any = "sum_over_batch_size", dtype: Any = None) -> None:
        original(self, name=name, reduction="sum_over_batch_size" if reduction == "auto" else reduction, dtype=dtype)

    return init


REPLACED = {"hornbeam.losses:Loss.__init__": _loss_init}

_NORMAL: Row = words("distribution", {"normal": "truncated_normal"})
ARGUMENTS: dict[str, dict[str, Row]] = {
    "hornbeam.regularizers:L1": {"l": "l1"},
    "hornbeam.regularizers:L2": {"l": "l2"},
    "hornbeam.constraints:MaxNorm": {"m": "max_value"},
    "hornbeam.initializers:VarianceScaling": {"distribution": _NORMAL},
    "hornbeam.utils:to_categorical": {"nb_classes": "num_classes"},
}
# `serialize` and `deserialize` had a second format besides the one of today.
_FORMAT: dict[str, Row] = {"use_legacy_format": None, "use_legacy_optimizer": None}
ARGUMENTS |= {
    f"hornbeam.{module}:{function}": _FORMAT
    for module in ("activations", "constraints", "initializers", "losses", "metrics", "optimizers", "regularizers")
    for function in ("serialize", "deserialize")
}
ARGUMENTS["hornbeam.optimizers:get"] = _FORMAT
_LOSSES = {
    "kullback_leibler_divergence": "kl_divergence",
    "cosine_proximity": "cosine_similarity",
    "logcosh": "log_cosh",
    "huber_loss": "huber",
}
STRINGS = {
    "loss": _LOSSES,
    "metric": {old: today for old, today in _LOSSES.items() if old not in ("logcosh", "huber_loss")} | {"logcosh": "log_cosh_error"},
    "layer": {"CuDNNLSTM": "LSTM", "CuDNNGRU": "GRU", "Convolution2D": "Conv2D"},
}
