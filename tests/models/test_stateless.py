"""stateless_call: a layer as a function of its state, also under JAX's transformations."""

import jax
import numpy as np
import pytest

import hornbeam as hb
from hornbeam import layers as L
from hornbeam.engine.errors import ArgumentError, DtypeError, StateError

X = np.random.default_rng(0).normal(size=(8, 2)).astype("float32")


def make():
    return hb.Sequential([
        hb.Input((2,)), L.Dense(3, kernel_regularizer="l2"), L.BatchNormalization(), L.Dropout(0.5, seed=1), L.Dense(1),
    ])  # fmt: skip


def state(model):
    return [v.numpy().copy() for v in model.variables]


def test_nothing_changes():
    model = make()
    before = state(model)
    outputs, moved = model.stateless_call(model.trainable_variables, model.non_trainable_variables, X, training=True)
    for was, now in zip(before, state(model), strict=True):
        np.testing.assert_array_equal(was, now)
    assert outputs.shape == (8, 1) and len(moved) == len(model.non_trainable_variables)
    expected = model(X, training=True)  # the same with side effects
    np.testing.assert_allclose(outputs.numpy(), expected.numpy(), rtol=1e-6)
    for new, variable in zip(moved, model.non_trainable_variables, strict=True):
        np.testing.assert_allclose(new.numpy(), variable.numpy(), rtol=1e-6)
    assert any(np.any(was != now) for was, now in zip(before, state(model), strict=True))


def test_given_values_count():
    layer = L.Dense(2)
    layer.build((None, 2))
    kernel, bias = np.eye(2, dtype="float32") * 3, np.ones(2, "float32")
    outputs, moved = layer.stateless_call([kernel, bias], [], X)
    np.testing.assert_allclose(outputs.numpy(), 3 * X + 1, rtol=1e-6)
    assert moved == []


def test_losses():
    model = make()
    zeros = [np.zeros(v.shape, "float32") for v in model.trainable_variables]
    _, _, losses = model.stateless_call(zeros, model.non_trainable_variables, X, return_losses=True)
    assert [float(loss) for loss in losses] == [0.0]
    _, _, losses = model.stateless_call(model.trainable_variables, model.non_trainable_variables, X, return_losses=True)
    assert float(losses[0]) == pytest.approx(0.01 * float(np.sum(model.layers[0].kernel.numpy() ** 2)), rel=1e-5)


def test_under_jax_transformations():
    model = make()
    trainable = [jax.numpy.asarray(v.numpy()) for v in model.trainable_variables]
    others = [jax.numpy.asarray(v.numpy()) for v in model.non_trainable_variables]

    @jax.jit
    def loss(trainable, x):
        outputs, moved = model.stateless_call(trainable, others, x, training=True)
        return hb.ops.mean(outputs**2), moved

    (value, moved), gradients = jax.value_and_grad(loss, has_aux=True)(trainable, X)
    assert [g.shape for g in gradients] == [v.shape for v in model.trainable_variables]
    assert all(g.dtype == np.float32 for g in gradients) and value.dtype == np.float32
    with hb.GradientTape() as tape:
        expected = hb.ops.mean(model(X, training=True) ** 2)
    assert float(value) == pytest.approx(float(expected), rel=1e-5)
    for ours, theirs in zip(gradients, tape.gradient(expected, model.trainable_variables), strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-4, atol=1e-6)
    for new, variable in zip(moved, model.non_trainable_variables, strict=True):
        np.testing.assert_allclose(np.asarray(new), variable.numpy(), rtol=1e-6)


def test_a_scope():
    model = make()
    before = state(model)
    ones = [(v, np.ones(v.shape, "float32")) for v in model.trainable_variables]
    counter = hb.Variable(0.0)
    with hb.StatelessScope([*ones, (counter, 3.0)]) as scope:
        outputs = model(X, training=True)
        counter.assign_add(1.0)
        assert float(counter) == 4.0
    assert float(counter) == 0.0 and float(scope.get_current_value(counter)) == 4.0
    for was, now in zip(before, state(model), strict=True):
        np.testing.assert_array_equal(was, now)
    assert np.all(scope.get_current_value(model.layers[0].kernel).numpy() == 1) and outputs.shape == (8, 1)
    moved = scope.get_current_value(model.layers[1].moving_mean)
    assert np.any(moved.numpy() != model.layers[1].moving_mean.numpy())
    assert scope.get_current_value(hb.Variable(1.0)) is None
    with pytest.raises(StateError, match="`with` statement"):
        hb.StatelessScope().get_current_value(counter)
    with pytest.raises(DtypeError, match="pairs of a Variable and a value; received 3"):
        hb.StatelessScope([(3, 4)])


def test_mistakes():
    model = make()
    with pytest.raises(ArgumentError, match="takes 6 trainable_variables .* received 0"):
        model.stateless_call([], model.non_trainable_variables, X)
    with pytest.raises(StateError, match="not built"):
        L.Dense(2).stateless_call([], [], X)


def test_a_training_loop_in_jax():
    """The loop of Keras's guide for JAX, and `fit` on the same batches: the same weights and metric."""
    y = X.sum(1, keepdims=True)

    def fresh():
        model = hb.Sequential([hb.Input((2,)), L.Dense(3, activation="tanh"), L.BatchNormalization(), L.Dense(1)])
        model.set_weights([np.random.default_rng(i).uniform(0.1, 1, w.shape).astype("float32") for i, w in enumerate(model.weights)])
        return model

    model, optimizer, loss_function, metric = fresh(), hb.optimizers.Adam(0.1), hb.losses.MeanSquaredError(), hb.metrics.MeanAbsoluteError()
    optimizer.build(model.trainable_variables)

    def loss_and_state(trainable, others, measured, x, y):
        y_pred, others = model.stateless_call(trainable, others, x, training=True)
        loss = loss_function(y, y_pred)
        measured = metric.stateless_update_state(measured, y, y_pred)
        return jax.numpy.asarray(loss), (others, measured)

    @jax.jit
    def step(state, x, y):
        trainable, others, slots, measured = state
        (loss, (others, measured)), gradients = jax.value_and_grad(loss_and_state, has_aux=True)(trainable, others, measured, x, y)
        trainable, slots = optimizer.stateless_apply(slots, gradients, trainable)
        return loss, (trainable, others, slots, measured)

    groups = (model.trainable_variables, model.non_trainable_variables, optimizer.variables, metric.variables)
    state = tuple([jax.numpy.asarray(v.numpy()) for v in group] for group in groups)
    for _ in range(3):
        for first in (0, 4):
            loss, state = step(state, X[first : first + 4], y[first : first + 4])
    for group, values in zip(groups, state, strict=True):
        for variable, value in zip(group, values, strict=True):
            variable.assign(value)
    other = fresh()
    other.compile(hb.optimizers.Adam(0.1), "mse")
    other.fit(X, y, batch_size=4, epochs=3, shuffle=False, verbose=0)
    for ours, theirs in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=1e-5)
    assert int(optimizer.iterations.numpy()) == 6 and 0 < float(metric.result()) < 10
