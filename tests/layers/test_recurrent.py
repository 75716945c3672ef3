"""Recurrent layers around a user's cell, in training, with dropout and states; their wrong arguments."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import layers, ops

X = np.random.default_rng(0).normal(size=(8, 6, 4)).astype("float32")
Y = np.random.default_rng(1).normal(size=(8, 3)).astype("float32")


class Counting(layers.Layer):
    """A cell that counts the steps it is trained on."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
        self.recurrent = self.add_weight(shape=(self.units, self.units), name="recurrent")
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False, name="count")

    def call(self, inputs, states, training=False):
        h = ops.tanh(ops.matmul(inputs, self.kernel) + ops.matmul(states[0], self.recurrent))
        if training:
            self.count.assign_add(1.0)
        return h, [h]


def trained(layer, **how):
    hb.utils.set_random_seed(1)
    model = hb.Sequential([hb.Input((None, 4)), layer, layers.Dense(3)])
    model.compile("sgd", "mse", **how)
    model.fit(X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    return model


def test_a_cell_with_variables_trains_alike_compiled_and_eagerly():
    one, two = (trained(layers.RNN(Counting(3)), run_eagerly=eagerly) for eagerly in (False, True))
    assert float(one.layers[0].cell.count.numpy()) == float(two.layers[0].cell.count.numpy()) == 2 * 2 * 6
    for a, b in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    np.testing.assert_allclose(one.predict(X, verbose=0), one(X).numpy(), atol=1e-6)


def test_nested_states_of_any_shape_and_layers_built_late():
    class Cell(layers.Layer):
        def __init__(self):
            super().__init__()
            self.state_size = [3, (2, 2)]
            self.dense = layers.Dense(3)

        def call(self, inputs, states):
            h, (table) = states
            h = self.dense(inputs) + h
            return h, (h, table + ops.mean(h))

    layer = layers.RNN(Cell(), return_state=True)
    outputs, h, table = layer(X)
    assert outputs.shape == (8, 3) and h.shape == (8, 3) and table.shape == (8, 2, 2)
    symbolic = layers.RNN(Cell(), return_sequences=True)(hb.Input((None, 4)))
    assert symbolic.shape == (None, None, 3)


def test_a_cell_that_is_no_layer():
    class Sum:
        state_size = 4

        def call(self, inputs, states):
            return inputs + states[0], inputs + states[0]

    np.testing.assert_allclose(layers.RNN(Sum(), return_sequences=True)(X), np.cumsum(X, 1), atol=1e-5)


def test_a_subclass_that_writes_its_own_step_is_stepped():
    class Negated(layers.GRUCell):
        def call(self, inputs, states, training=False):
            output, states = super().call(inputs, states, training)
            return -output, states

    cell = Negated(3)
    own, usual = layers.RNN(cell), layers.RNN(layers.GRUCell.from_config(cell.get_config()))
    first = own(X)
    usual(X)
    usual.set_weights(own.get_weights())
    np.testing.assert_allclose(first, -usual(X).numpy(), atol=1e-6)


def test_a_stack_is_its_layers_one_after_the_other():
    stack = layers.RNN([layers.LSTMCell(5), Counting(3)], return_sequences=True)
    found = stack(X)
    lower, upper = layers.LSTM(5, return_sequences=True), layers.RNN(stack.cell.cells[1], return_sequences=True)
    lower(X)
    lower.set_weights(stack.get_weights()[:3])
    np.testing.assert_allclose(found, upper(lower(X)), atol=1e-6)


@pytest.mark.parametrize("make", [layers.SimpleRNN, layers.GRU, layers.LSTM, lambda n, **how: layers.ConvLSTM1D(n, 2, **how)])
def test_dropout_is_the_same_at_each_step_and_follows_its_seed(make):
    convolves = make not in (layers.SimpleRNN, layers.GRU, layers.LSTM)
    x = np.ones((2, 5, 6, 4) if convolves else (2, 5, 40), "float32")
    how = {"dropout": 0.5, "seed": 3, "recurrent_initializer": "zeros", "return_sequences": True}
    one, two = make(3, **how), make(3, **how)
    one(x), two(x)
    two.set_weights(one.get_weights())
    steps = one(x, training=True).numpy()
    if make is layers.SimpleRNN:  # without a state, equal inputs and one mask give equal outputs
        np.testing.assert_allclose(steps, np.repeat(steps[:, :1], 5, 1), atol=1e-6)
    assert not np.allclose(steps, one(x).numpy())
    assert not np.allclose(steps, one(x, training=True).numpy())  # each call draws anew
    np.testing.assert_array_equal(steps, make_as(make, how, one)(x, training=True).numpy())


def make_as(make, how, other):
    """A fresh layer with the weights of another one (and its seed at the start)."""
    layer = make(3, **how)
    layer._build_once(other._build_shape)
    layer.set_weights(other.get_weights())
    return layer


def test_recurrent_dropout_drops_the_states_share():
    layer = layers.SimpleRNN(400, activation="linear", recurrent_dropout=0.25, kernel_initializer="zeros", recurrent_initializer="identity")
    found = layer(np.zeros((1, 1, 2), "float32"), initial_state=[np.ones((1, 400), "float32")], training=True).numpy()
    assert set(np.unique(found.round(4))) == {0.0, np.float32(1.3333)}
    assert 0.15 < np.mean(found == 0) < 0.35


@pytest.mark.parametrize("reset_after", [True, False])
def test_a_gru_drops_by_gate(reset_after):
    """With h = 1, no inputs and a diagonal kernel, a unit's result tells which gates saw its state: three masks of their own."""
    units = 2000
    layer = layers.GRU(units, recurrent_dropout=0.5, use_bias=False, kernel_initializer="zeros", reset_after=reset_after)
    layer.build((None, 1, 1))
    layer.cell.recurrent_kernel.assign(np.concatenate([np.eye(units) * size for size in (1.0, 2.0, 3.0)], axis=1))
    found = layer(np.zeros((1, 1, 1), "float32"), initial_state=[np.ones((1, units), "float32")], training=True).numpy().ravel()
    sigmoid = lambda x: 1 / (1 + np.exp(-x))
    shares = []
    for update in (0.0, 2.0):
        for candidate in (0.0, 2.0):
            z = sigmoid(update)
            wanted = [z + (1 - z) * np.tanh(reset * candidate * 3) for reset in (0.5, sigmoid(4.0))]
            shares.append(np.mean([np.any(np.abs(np.array(wanted) - each) < 1e-6) for each in found]))
    np.testing.assert_allclose(shares, 0.25, atol=0.05)


@pytest.mark.parametrize("make", [lambda: layers.GRU(3), lambda: layers.RNN([layers.GRUCell(2), layers.LSTMCell(3)]),
                                  lambda: layers.RNN(Counting(3))])
def test_wrapped_in_bidirectional_and_trained(make):
    model = trained(layers.Bidirectional(make()))
    assert model.output_shape == (None, 3)
    assert np.isfinite(model.predict(X, verbose=0)).all()


def test_states_are_set_and_kept():
    layer = layers.GRU(3, stateful=True)
    whole = layers.GRU(3, return_sequences=True)
    whole(X)
    layer(X[:, :3])
    layer.set_weights(whole.get_weights())
    layer.reset_states()
    layer(X[:, :3])
    np.testing.assert_allclose(layer(X[:, 3:]), whole(X)[:, -1], atol=1e-6)
    layer.reset_state([np.ones((8, 3))])
    np.testing.assert_allclose(layer(X), whole(X, initial_state=np.ones((8, 3), "float32"))[:, -1], atol=1e-6)


def test_time_distributed_masks_and_structures():
    inner = layers.LSTM(2)
    layer = layers.TimeDistributed(inner)
    x = np.random.default_rng(2).normal(size=(2, 3, 4, 5)).astype("float32")
    mask = np.random.default_rng(3).random((2, 3, 4)) > 0.4
    found = layer(x, mask=mask).numpy()
    for t in range(3):
        np.testing.assert_allclose(found[:, t], inner(x[:, t], mask=mask[:, t]), atol=1e-6)
    both = layers.TimeDistributed(layers.Add())([X, X])
    np.testing.assert_allclose(both, 2 * X)


@pytest.mark.parametrize(("call", "says"), [
    (lambda: layers.GRU(0), "GRU: units is a positive whole number"),
    (lambda: layers.GRU(3, foo=1), "does not take the argument 'foo'"),
    (lambda: layers.RNN(3), "A recurrent cell has"),
    (lambda: layers.LSTM(3)(X[0]), "3 axes"),
    (lambda: layers.GRU(3)(X, initial_state=[X[:, 0], X[:, 0]]), "1 states; initial_state holds 2"),
    (lambda: layers.GRU(3)(X, initial_state=[X[:, 0]]), r"\[\(8, 3\)\]; initial_state holds \[\(8, 4\)\]"),
    (lambda: layers.GRU(2, dropout=3), "dropout is a share between 0 and 1"),
    (lambda: layers.GRU(2, stateful=True)(hb.Input((None, 3))), "needs a fixed batch size"),
    (lambda: layers.ConvLSTM2D(2, 9)(np.zeros((1, 2, 4, 4, 1), "float32")), "does not fit"),
    (lambda: layers.TimeDistributed(3), "TimeDistributed takes a layer"),
    (lambda: layers.TimeDistributed(layers.Dense(2))(Y), "3 axes or more"),
    (lambda: layers.Bidirectional(layers.GRU(2), merge_mode="max"), "merge_mode is"),
    (lambda: layers.Bidirectional(layers.GRU(2), backward_layer=layers.GRU(2)), "same direction"),
    (lambda: layers.StackedRNNCells([]), "takes a list of cells"),
])  # fmt: skip
def test_errors_say_what_to_change(call, says):
    with pytest.raises((ValueError, TypeError), match=says):
        call()


def test_a_cell_whose_states_change_shape_is_told():
    class Growing(layers.Layer):
        state_size = 4

        def call(self, inputs, states):
            return inputs, [ops.concatenate([inputs, inputs], -1)]

    with pytest.raises(ValueError, match="returned states of shapes"):
        layers.RNN(Growing())(X)
