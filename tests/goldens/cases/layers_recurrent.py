"""LSTM and Bidirectional: sequences, states, masks, directions."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import normal, rng, set_random_weights, table

TOLERANCE = (1e-5, 1e-5)

#: Right-padded, left-padded, a gap, nothing at all.
MASK = np.array([[1, 1, 1, 0, 0], [0, 0, 1, 1, 1], [1, 0, 1, 0, 1], [0, 0, 0, 0, 0]], bool)
#: Valid at first: before the first valid step Keras's backends differ (TensorFlow 0, JAX the initial state).
STARTED = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1], [1, 0, 1, 0, 1], [1, 0, 0, 0, 0]], bool)
X = (4, 5, 2)


def _lstm(**arguments: Any) -> Any:
    return lambda k: k.layers.LSTM(3, **arguments)


def _bidirectional(merge_mode: Any = "concat", **arguments: Any) -> Any:
    return lambda k: k.layers.Bidirectional(k.layers.LSTM(3, **arguments), merge_mode=merge_mode)


def _with_states(layer: Any, x: Any, *states: Any, **named: Any) -> Any:
    return layer(x, initial_state=list(states), **named)


def _stateful(oracle: Oracle) -> dict[str, Any]:
    """Two calls, a reset, and a call again: the third answers as the first."""
    layer = oracle.keras.layers.LSTM(3, stateful=True)
    generator = rng("stateful")
    first, second = normal(generator, 2, 4, 2), normal(generator, 2, 4, 2)
    layer(oracle.tensor(first))
    set_random_weights(layer, generator)
    layer.reset_states()
    result = {"first": oracle.numpy(layer(oracle.tensor(first))), "second": oracle.numpy(layer(oracle.tensor(second)))}
    layer.reset_states()
    return {**result, "again": oracle.numpy(layer(oracle.tensor(first))), "config": layer.get_config()["stateful"]}


def _initial_bias(oracle: Oracle) -> dict[str, Any]:
    """Ones for the forget gate, the second of the four blocks (input, forget, cell, output)."""
    result = {}
    for name, arguments in {"forget": {}, "plain": {"unit_forget_bias": False},
                            "constant": {"bias_initializer": oracle.keras.initializers.Constant(0.5)}}.items():
        layer = oracle.keras.layers.LSTM(2, **arguments)
        layer.build((None, 3, 2))
        result[name] = np.asarray(layer.get_weights()[2])
    return result


def _bidirectional_config(oracle: Oracle) -> dict[str, Any]:
    """What goes through the config and back. (How the inner layers are written down is Keras's own business.)"""
    layers = oracle.keras.layers
    first = layers.Bidirectional(layers.LSTM(3, activation="relu", name="inner"), merge_mode="sum", name="outer")
    again = layers.Bidirectional.from_config(first.get_config())
    again.build((None, 5, 2))
    return {
        "names": [first.name, first.forward_layer.name, first.backward_layer.name],
        "again": [again.name, again.forward_layer.name, again.backward_layer.name, again.merge_mode],
        "backwards": [again.forward_layer.go_backwards, again.backward_layer.go_backwards],
        "layer": [first.get_config()["layer"]["class_name"], first.get_config()["layer"]["config"]["units"],
                  first.get_config()["layer"]["config"]["activation"]],
        "weights": [[w.name, list(w.shape)] for w in again.weights],
    }


SEQUENCES = {"return_sequences": True}
CASES = table(
    ("lstm", _lstm(), X),
    ("lstm_sequences", _lstm(**SEQUENCES), X),
    ("lstm_state", _lstm(return_state=True), X),
    ("lstm_sequences_state", _lstm(return_state=True, **SEQUENCES), X),
    ("lstm_mask", _lstm(), X, {"mask": MASK}),
    ("lstm_mask_sequences", _lstm(**SEQUENCES), X, {"mask": MASK}),
    ("lstm_mask_state", _lstm(return_state=True, **SEQUENCES), X, {"mask": MASK}),
    ("lstm_mask_zero_output", _lstm(zero_output_for_mask=True, **SEQUENCES), X, {"mask": MASK}),
    ("lstm_backwards", _lstm(go_backwards=True, **SEQUENCES), X),
    ("lstm_backwards_mask", _lstm(go_backwards=True, return_state=True, **SEQUENCES), X, {"mask": MASK}),
    ("lstm_initial_state", _lstm(return_state=True), X, (4, 3), (4, 3), {"call": _with_states}),
    ("lstm_initial_state_mask", _lstm(**SEQUENCES), X, (4, 3), (4, 3), {"call": _with_states, "mask": STARTED}),
    ("lstm_no_bias", _lstm(use_bias=False), X),
    ("lstm_plain_bias", _lstm(unit_forget_bias=False), X),
    ("lstm_activations", _lstm(activation="relu", recurrent_activation="hard_sigmoid", **SEQUENCES), X),
    ("lstm_unroll", _lstm(unroll=True, **SEQUENCES), X),
    ("lstm_one_step", _lstm(), (3, 1, 2)),
    ("lstm_arguments", _lstm(kernel_initializer="he_normal", recurrent_regularizer="l2", bias_constraint="non_neg",
                             dropout=0.2, recurrent_dropout=0.1), X),
    ("bidirectional", _bidirectional(), X, {"config": False}),
    ("bidirectional_sequences", _bidirectional(**SEQUENCES), X, {"config": False}),
    ("bidirectional_sum", _bidirectional("sum", **SEQUENCES), X, {"config": False}),
    ("bidirectional_mul", _bidirectional("mul"), X, {"config": False}),
    ("bidirectional_ave", _bidirectional("ave", **SEQUENCES), X, {"config": False}),
    ("bidirectional_none", _bidirectional(None, **SEQUENCES), X, {"config": False}),
    ("bidirectional_state", _bidirectional(return_state=True, **SEQUENCES), X, {"config": False}),
    ("bidirectional_mask", _bidirectional(), X, {"mask": MASK, "config": False}),
    ("bidirectional_mask_sequences", _bidirectional(**SEQUENCES), X, {"mask": MASK, "config": False}),
    ("bidirectional_mask_sum", _bidirectional("sum", **SEQUENCES), X, {"mask": MASK, "config": False}),
)
CASES |= {"stateful": _stateful, "initial_bias": _initial_bias, "bidirectional_config": _bidirectional_config}
