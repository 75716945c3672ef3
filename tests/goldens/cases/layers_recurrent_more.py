"""RNN over any cell, GRU, SimpleRNN, stacks, ConvLSTM, TimeDistributed, and Bidirectional over them."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.cases.layers_recurrent import MASK, SEQUENCES, STARTED, X, _with_states
from goldens.oracle import Oracle
from goldens.recording import flat, layer_case, normal, plain, rng, set_random_weights, table

TOLERANCE = (1e-5, 1e-5)

STATES = {"return_state": True, **SEQUENCES}
SHORT = np.array([[1, 1, 0], [0, 1, 1]], bool)


def _gru(**arguments: Any) -> Any:
    return lambda k: k.layers.GRU(3, **arguments)


def _simple(**arguments: Any) -> Any:
    return lambda k: k.layers.SimpleRNN(3, **arguments)


def _stack(**arguments: Any) -> Any:
    return lambda k: k.layers.RNN([k.layers.LSTMCell(2), k.layers.GRUCell(3)], **arguments)


def _both(inner: Any, merge_mode: str = "concat") -> Any:
    return lambda k: k.layers.Bidirectional(inner(k), merge_mode=merge_mode)


def _conv(rank: int, *arguments: Any, **named: Any) -> Any:
    return lambda k: getattr(k.layers, f"ConvLSTM{rank}D")(*arguments, **named)


def _each(inner: Any) -> Any:
    return lambda k: k.layers.TimeDistributed(inner(k))


def cell_class(k: Any) -> type:
    """A user's cell: two states of different sizes, an output of a third size."""

    class Leaky(k.layers.Layer):
        def __init__(self, units: int, **kwargs: Any):
            super().__init__(**kwargs)
            self.units = units
            self.state_size = [units, 2]
            self.output_size = units + 1

        def build(self, input_shape: Any) -> None:
            self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
            self.rate = self.add_weight(shape=(2, self.units), name="rate")
            self.built = True

        def call(self, inputs: Any, states: Any) -> Any:
            h, c = states
            new = k.ops.tanh(k.ops.matmul(inputs, self.kernel) + 0.5 * h + k.ops.matmul(c, self.rate))
            return k.ops.concatenate([new, c[:, :1]], axis=-1), [new, 0.9 * c + new[:, :2]]

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "units": self.units}

    return Leaky


def _own(**arguments: Any) -> Any:
    return lambda k: k.layers.RNN(cell_class(k)(3), **arguments)


def _config(oracle: Oracle) -> dict[str, Any]:
    layers = oracle.keras.layers
    made = {
        "rnn": layers.RNN(layers.GRUCell(3, reset_after=False), return_sequences=True, go_backwards=True),
        "stack": layers.RNN([layers.LSTMCell(2), layers.SimpleRNNCell(3)], unroll=True),
        "distributed": layers.TimeDistributed(layers.Dense(2)),
    }
    result = {name: plain(layer.get_config()) for name, layer in made.items()}
    for name, layer in made.items():
        again = type(layer).from_config(layer.get_config())
        again.build((None, 4, 3))
        result[f"{name} again"] = [[w.name, list(w.shape)] for w in again.weights]
    simple = layers.SimpleRNN(3, activation="relu").get_config()
    simple.pop("seed", None)  # Keras forgets it
    return {**result, "simple": plain(simple)}


def _paths(oracle: Oracle) -> dict[str, Any]:
    """Where weights are, as files name them."""
    layers = oracle.keras.layers
    result = {}
    for name, layer in {
        "gru": layers.GRU(2, name="a"), "simple": layers.SimpleRNN(2, name="a"), "conv": layers.ConvLSTM1D(2, 2, name="a"),
        "stack": layers.RNN([layers.GRUCell(2, name="b"), layers.GRUCell(2, name="c")], name="a"),
        "each": layers.TimeDistributed(layers.Dense(2, name="b"), name="a"),
    }.items():
        layer(oracle.tensor(np.zeros((1, 3, 4, 2) if name == "conv" else (1, 3, 2), "float32")))
        result[name] = [w.path.replace("stacked_rnn_cells_1", "stacked_rnn_cells") for w in layer.weights if "stack" != name]
        result[name] += [w.path.split("/")[-2:] for w in layer.weights if "stack" == name]
    return result


def _stateful(make: Any, *shape: int) -> Any:
    def case(oracle: Oracle) -> dict[str, Any]:
        layer = make(oracle.keras)
        generator = rng("stateful")
        first, second = normal(generator, *shape), normal(generator, *shape)
        layer(oracle.tensor(first))
        set_random_weights(layer, generator)
        layer.reset_state()
        return {f"{i}": oracle.numpy(layer(oracle.tensor(x))) for i, x in enumerate((first, second, first))}

    return case


def _cells(oracle: Oracle) -> dict[str, Any]:
    """One step of each cell, called by hand."""
    layers, result = oracle.keras.layers, {}
    for name, cell, states in (("simple", layers.SimpleRNNCell(3), 1), ("gru", layers.GRUCell(3), 1), ("lstm", layers.LSTMCell(3), 2)):
        generator = rng(f"cell {name}")
        x, *given = (oracle.tensor(normal(generator, 2, n)) for n in (4, *(3,) * states))
        cell(x, given)
        set_random_weights(cell, generator)
        for i, y in enumerate(flat(cell(x, given))):
            result[f"{name} {i}"] = oracle.numpy(y)
        result[f"{name} start"] = [list(s.shape) for s in flat(cell.get_initial_state(batch_size=2))]
        result[f"{name} sizes"] = [flat(cell.state_size), cell.output_size]
    return result


FILM = (2, 3, 5, 4, 2)
CASES = table(
    ("gru", _gru(), X),
    ("gru_mask_states", _gru(**STATES), X, {"mask": MASK}),
    ("gru_backwards_mask", _gru(go_backwards=True, **SEQUENCES), X, {"mask": MASK}),
    ("gru_initial_state", _gru(**STATES), X, (4, 3), {"call": _with_states, "mask": STARTED}),
    ("gru_before", _gru(reset_after=False, **STATES), X, {"mask": MASK}),
    ("gru_no_bias", _gru(use_bias=False), X),
    ("gru_activations", _gru(activation="relu", recurrent_activation="hard_sigmoid", **SEQUENCES), X, {"mask": MASK}),
    ("gru_before_activations", _gru(activation="softsign", reset_after=False), X),
    ("simple", _simple(), X, {"config": False}),
    ("simple_mask_states", _simple(**STATES), X, {"mask": MASK, "config": False}),
    ("simple_zero", _simple(zero_output_for_mask=True, go_backwards=True, **SEQUENCES), X, {"mask": MASK, "config": False}),
    ("simple_relu", _simple(activation="relu", unroll=True, use_bias=False, **SEQUENCES), X, {"config": False}),
    ("stack", _stack(), X),
    ("stack_mask_backwards", _stack(go_backwards=True, **SEQUENCES), X, {"mask": MASK}),
    ("own", _own(return_state=True), X, {"config": False}),
    ("own_mask", _own(**STATES), X, {"mask": MASK, "config": False}),
    ("own_zero_backwards", _own(go_backwards=True, zero_output_for_mask=True, **SEQUENCES), X, {"mask": MASK, "config": False}),
    ("own_initial_state", _own(unroll=True, **SEQUENCES), X, (4, 3), (4, 2), {"call": _with_states, "config": False}),
    ("both_gru", _both(_gru(**SEQUENCES)), X, {"mask": MASK, "config": False}),
    ("both_simple", _both(_simple(return_state=True), "sum"), X, {"config": False}),
    ("conv1", _conv(1, 2, 3), (2, 3, 5, 2)),
    ("conv1_first", _conv(1, 2, 3, data_format="channels_first", padding="same", **SEQUENCES), (2, 3, 2, 5)),
    ("conv2", _conv(2, 2, (3, 2), strides=2, padding="same", return_state=True), FILM),
    ("conv2_mask", _conv(2, 2, 3, padding="same", **SEQUENCES), FILM, {"mask": SHORT}),
    ("conv2_dilated", _conv(2, 2, 2, dilation_rate=2, go_backwards=True, recurrent_activation="hard_sigmoid", **SEQUENCES), FILM),
    ("conv3", _conv(3, 1, 2), (1, 2, 3, 3, 3, 1)),
    ("each_dense", _each(lambda k: k.layers.Dense(3)), X),
    ("each_conv", _each(lambda k: k.layers.Conv2D(2, 2)), FILM),
    ("each_lstm", _each(lambda k: k.layers.LSTM(2)), (2, 3, 4, 2)),
    ("each_batchnorm", _each(lambda k: k.layers.BatchNormalization(momentum=0.5)), X, {"training": True}),
)
CASES |= {
    "config": _config, "paths": _paths, "cells": _cells,
    "stateful_gru": _stateful(lambda k: k.layers.GRU(2, stateful=True), 2, 3, 4),
    "stateful_own": _stateful(lambda k: k.layers.RNN(cell_class(k)(2), stateful=True), 2, 3, 4),
    "stateful_conv": _stateful(lambda k: k.layers.ConvLSTM1D(2, 2, stateful=True), 2, 3, 4, 1),
    "both_backward_layer": layer_case(
        "both_backward_layer",
        lambda k: k.layers.Bidirectional(k.layers.GRU(2), backward_layer=k.layers.SimpleRNN(3, go_backwards=True)), X, config=False,
        call=lambda layer, x: layer(x),  # Keras's compute_output_shape says twice the forward layer's units
    ),
}  # fmt: skip
