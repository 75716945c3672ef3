"""get_state_tree and set_state_tree."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import layers as L
from hornbeam.engine.errors import ArgumentError

X = np.random.default_rng(0).normal(size=(8, 2)).astype("float32")


def make(compiled=True):
    layers = [L.Dense(3, name="d"), L.BatchNormalization(name="bn"), L.Dropout(0.5), L.Dropout(0.2), L.Dense(1, name="e")]
    model = hb.Sequential([hb.Input((2,)), *layers], name="s")
    if compiled:
        model.compile(hb.optimizers.SGD(0.1, momentum=0.9, name="sgd"), "mse", metrics=["mae"])
        model.fit(X, X[:, :1], batch_size=4, verbose=0)
    return model


def shape(tree):
    return {name: shape(value) if isinstance(value, dict) else tuple(value.shape) for name, value in tree.items()}


def test_names_and_shapes():
    tree = make().get_state_tree()
    assert list(tree) == ["trainable_variables", "non_trainable_variables", "optimizer_variables", "metrics_variables"]
    found = shape(tree)
    assert found["trainable_variables"] == {
        "s": {"d": {"kernel": (2, 3), "bias": (3,)}, "bn": {"gamma": (3,), "beta": (3,)}, "e": {"kernel": (3, 1), "bias": (1,)}}
    }
    assert found["non_trainable_variables"]["s"] == {"bn": {"moving_mean": (3,), "moving_variance": (3,)}}
    assert len(found["non_trainable_variables"]) == 3  # and two generators' states
    slots = found["optimizer_variables"]["sgd"]
    assert slots["iteration"] == slots["learning_rate"] == () and slots["s_d_kernel_momentum"] == (2, 3)
    scalar = {"total": (), "count": ()}
    assert found["metrics_variables"] == {"loss": scalar, "mean_absolute_error": scalar}


def test_a_state_goes_to_another_model_and_training_goes_on_alike():
    one, other = make(), make()
    other.set_state_tree(one.get_state_tree("numpy_array"))
    assert isinstance(one.get_state_tree("numpy_array")["trainable_variables"]["s"]["d"]["kernel"], np.ndarray)
    histories = [model.fit(X, X[:, :1], batch_size=4, epochs=2, shuffle=False, verbose=0).history for model in (one, other)]
    assert histories[0] == histories[1]
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_values_are_of_the_moment():
    model = make()
    tree = model.get_state_tree()
    before = tree["trainable_variables"]["s"]["d"]["kernel"].numpy().copy()
    model.fit(X, X[:, :1], verbose=0)
    np.testing.assert_array_equal(tree["trainable_variables"]["s"]["d"]["kernel"].numpy(), before)
    model.set_state_tree(tree)
    np.testing.assert_array_equal(model.get_weights()[0], before)


def test_a_part_of_it_and_a_model_that_is_not_compiled():
    model = make(compiled=False)
    assert list(model.get_state_tree()) == ["trainable_variables", "non_trainable_variables", "metrics_variables"]
    model.set_state_tree({"trainable_variables": {"s": {"e": {"bias": np.array([7.0])}}}})
    assert model.get_layer("e").bias.numpy().tolist() == [7.0]


def test_mistakes():
    model = make()
    before = model.get_weights()
    with pytest.raises(ArgumentError, match="has no 's/d/weight' among its trainable_variables, which are s/d/kernel, "):
        model.set_state_tree({"trainable_variables": {"s": {"d": {"bias": np.ones(3), "weight": np.ones(1)}}}})
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ArgumentError, match="group of variables called 'weights'"):
        model.set_state_tree({"weights": {}})
    with pytest.raises(ArgumentError, match="value_format called 'list'"):
        model.get_state_tree("list")
