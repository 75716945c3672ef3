"""Losses, metrics, initializers, regularizers and small functions as Keras 2 had them."""

import functools
from collections.abc import Callable
from typing import Any

import jax

from hornbeam.dialects.rows import Row, tell, words
from hornbeam.engine.door import cast
from hornbeam.engine.tensor import is_tensor


def _loss_init(original: Callable) -> Callable:
    """'auto', which a reduction was called until Keras 3, is 'sum_over_batch_size'."""

    @functools.wraps(original)
    def init(self: Any, name: str | None = None, reduction: Any = "sum_over_batch_size", dtype: Any = None) -> None:
        original(self, name=name, reduction="sum_over_batch_size" if reduction == "auto" else reduction, dtype=dtype)

    return init


def _start(original: Callable) -> Callable:
    """`get_initial_state(inputs)` and, of a cell, `get_initial_state(inputs, batch_size, dtype)`: `inputs` is a batch of sequences."""

    @functools.wraps(original)
    def get_initial_state(self: Any, batch_size: Any = None, *more: Any, inputs: Any = None, dtype: Any = None, **kwargs: Any) -> Any:
        if more:
            inputs, batch_size, dtype = (batch_size, *more, dtype)[:3]
        elif inputs is None and getattr(batch_size, "shape", ()) != ():
            inputs, batch_size = batch_size, None
        if inputs is not None:
            tell("get_initial_state(inputs)", "get_initial_state(batch_size)")
            batch_size = inputs.shape[0]
        states = original(self, batch_size, **kwargs)
        return states if dtype is None else jax.tree.map(lambda state: cast(state, dtype), states, is_leaf=is_tensor)

    return get_initial_state


REPLACED = {
    "hornbeam.losses:Loss.__init__": _loss_init,
    "hornbeam.layers.recurrent.base:RNN.get_initial_state": _start,
    "hornbeam.layers.recurrent.base:StackedRNNCells.get_initial_state": _start,
    "hornbeam.layers.recurrent.cells:BaseCell.get_initial_state": _start,
    "hornbeam.layers.recurrent.conv_lstm:ConvLSTMCell.get_initial_state": _start,
}

_NORMAL: Row = words("distribution", {"normal": "truncated_normal"})
ARGUMENTS: dict[str, dict[str, Row]] = {
    "hornbeam.regularizers:L1": {"l": "l1"},
    "hornbeam.regularizers:L2": {"l": "l2"},
    "hornbeam.constraints:MaxNorm": {"m": "max_value"},
    "hornbeam.initializers:VarianceScaling": {"distribution": _NORMAL},
    "hornbeam.utils:to_categorical": {"nb_classes": "num_classes"},
    "hornbeam.ops.older:random_normal": {"std": "stddev"},
    "hornbeam.ops.older:random_uniform": {"low": "minval", "high": "maxval"},
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
