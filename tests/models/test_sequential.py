"""Sequential: built at once or by data, changed, described, made again."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine.errors import ArgumentError, ShapeError, StateError

L = hb.layers
X = np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32)


def test_built_at_once():
    model = hb.Sequential(name="s")
    model.add(hb.Input((4,)))
    model.add(L.Dense(3, name="a"))
    model.add(L.BatchNormalization(name="b"))
    paths = ["s/a/kernel", "s/a/bias", "s/b/gamma", "s/b/beta", "s/b/moving_mean", "s/b/moving_variance"]
    assert [weight.path for weight in model.weights] == paths
    assert [layer.name for layer in model.layers] == ["a", "b"]
    assert (model.input_shape, model.output_shape, model.built, model.count_params()) == ((None, 4), (None, 3), True, 27)
    assert len(model.trainable_weights) == 4 and len(model.non_trainable_weights) == 2


@pytest.mark.parametrize("first", [{"input_shape": (4,)}, {"input_dim": 4}, {"batch_input_shape": (None, 4)}])
def test_the_shape_on_the_first_layer(first):
    model = hb.Sequential([L.Dense(3, **first), L.Dense(2)])
    assert model.built and model.output_shape == (None, 2) and len(model.layers) == 2


def test_built_by_data():
    model = hb.Sequential([L.Dense(3), L.Dense(2)])
    assert not model.built and model.weights == []
    with pytest.raises(StateError, match="not built"):
        _ = model.output
    assert tuple(model(X).shape) == (12, 2)
    assert model.built and [w.shape for w in model.get_weights()] == [(4, 3), (3,), (3, 2), (2,)]
    assert model.compute_output_shape((7, 4)) == (7, 2)


def test_add_and_pop_after_building():
    model = hb.Sequential([hb.Input((4,)), L.Dense(3), L.Dense(5)])
    model.compile("sgd", "mse")
    model.fit(X, np.zeros((12, 5)), verbose=0)
    assert model.pop().units == 5
    model.add(L.Dense(2))
    assert model.output_shape == (None, 2)
    model.compile("sgd", "mse")
    model.fit(X, np.zeros((12, 2)), verbose=0)
    assert model.predict(X, verbose=0).shape == (12, 2)


def test_pop_of_nothing():
    with pytest.raises(StateError):
        hb.Sequential().pop()


def test_layers_by_name_and_index():
    model = hb.Sequential([hb.Input((4,)), L.Dense(3, name="one"), L.Dense(2, name="two")])
    assert model.get_layer("two") is model.get_layer(index=1) is model.layers[1]
    for arguments in ({"name": "three"}, {"index": 9}, {}, {"name": "one", "index": 0}):
        with pytest.raises(ArgumentError):
            model.get_layer(**arguments)


@pytest.mark.parametrize("known", [True, False])
def test_the_configuration_makes_it_again(known):
    start = [hb.Input((4,))] if known else []
    model = hb.Sequential([*start, L.Dense(3, activation="relu"), L.Dropout(0.2), L.Dense(2)], name="net")
    model(X)
    again = hb.Sequential.from_config(model.get_config())
    assert again.name == "net" and again.built and again.output_shape == (None, 2)
    assert again.get_config() == model.get_config()
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


def test_in_one_another():
    inner = hb.Sequential([hb.Input((4,)), L.Dense(3, name="x")], name="inner")
    outer = hb.Sequential([inner, L.Dense(1)])
    assert outer.built and outer.get_layer("inner") is inner and len(outer.weights) == 4
    outer.compile("sgd", "mse")
    before = inner.get_weights()[0]
    outer.fit(X, X[:, :1], verbose=0)
    assert not np.array_equal(before, inner.get_weights()[0])
    inner.trainable = False
    assert len(outer.trainable_weights) == 2
    again = hb.Sequential.from_config(outer.get_config())
    again.set_weights(outer.get_weights())
    np.testing.assert_array_equal(again.predict(X, verbose=0), outer.predict(X, verbose=0))


def test_a_missing_last_axis_of_one_is_added():
    model = hb.Sequential([hb.Input((1,)), L.Dense(2)])
    assert tuple(model(np.ones(5, np.float32)).shape) == (5, 2)


def test_masks_pass_through_nested_models():
    """An LSTM behind a nested embedding stops at the padding: what stands there changes nothing."""
    inner = hb.Sequential([hb.Input((4,), dtype="int32"), L.Embedding(6, 3, mask_zero=True)])
    model = hb.Sequential([inner, L.LSTM(2)])
    short = hb.Sequential([hb.Input((2,), dtype="int32"), L.Embedding(6, 3), L.LSTM(2)])
    found = model.predict(np.array([[1, 2, 0, 0]]), verbose=0)
    short.set_weights(model.get_weights())
    np.testing.assert_allclose(found, short.predict(np.array([[1, 2]]), verbose=0), rtol=1e-5)


def test_other_sizes_are_for_the_layers_to_judge():
    """As in Keras: what a Sequential was built with does not bind its later inputs; a Functional model's Input does."""
    by_data = hb.Sequential([L.Dense(3), L.Dense(2)])
    declared = hb.Sequential([hb.Input((8, 4)), L.Dense(3), L.Dense(2)])
    by_data(np.ones((2, 8, 4)))
    for model in (by_data, declared):
        assert model(np.ones((2, 1, 4))).shape == (2, 1, 2) and model.predict(np.ones((2, 5, 4)), verbose=0).shape == (2, 5, 2)
        with pytest.raises(ShapeError, match=r"to have shape \(None, 8, 4\).*received \(2, 8, 5\)"):
            model(np.ones((2, 8, 5)))
    with pytest.raises(ShapeError, match="to have shape"):
        hb.Model(declared.inputs, declared.outputs)(np.ones((2, 1, 4)))


def test_a_stack_built_by_one_image_takes_batches():
    """TensorFlow 2's guides try preprocessing on one image, then put it at the front of a model."""
    prepare = hb.Sequential([L.Resizing(5, 5), L.Rescaling(0.5)])
    assert prepare(np.ones((7, 8, 3))).shape == (5, 5, 3)
    assert prepare(np.ones((2, 9, 8, 3))).shape == (2, 5, 5, 3)
    model = hb.Sequential([prepare, L.Conv2D(2, 3)])
    assert not model.built and model(np.ones((2, 6, 6, 3))).shape == (2, 3, 3, 2)
    with pytest.raises(ShapeError, match="to have shape"):  # what was declared holds
        hb.Sequential([hb.Input((7, 8, 3)), L.Rescaling(0.5)])(np.ones((8, 3)))


def test_an_activation_taken_away():
    model = hb.Sequential([hb.Input((4,)), L.Dense(3, activation="softmax")])
    model.layers[-1].activation = None
    np.testing.assert_allclose(model.predict(X, verbose=0), X @ model.get_weights()[0], rtol=1e-5, atol=1e-6)


def test_one_layer_twice_shares_its_weights():
    twice = L.Dense(2)
    model = hb.Sequential([L.Input((2,)), twice, twice, L.Dense(1)])
    assert len(model.layers) == 3 and len(model.weights) == 4
    x = np.ones((1, 2), "float32")
    expected = model.layers[2](twice(twice(x)))
    assert np.allclose(model(x), expected)
    with pytest.raises(ValueError, match="already has a layer called"):
        model.add(L.Dense(1, name=twice.name))


def test_without_layers_it_is_the_identity():
    inputs = hb.Input((2,))
    model = hb.Model(inputs, hb.Sequential()(inputs) + 1.0)
    assert np.array_equal(model(np.ones((1, 2))), [[2.0, 2.0]])


def test_a_stateful_layer_takes_the_batch_size_of_build_or_of_the_data():
    from hornbeam import layers

    make = lambda: hb.Sequential([layers.Embedding(5, 2), layers.SimpleRNN(2, stateful=True)])
    named, fed = make(), make()
    named.build((4, None))
    assert (named.input_shape, named.output_shape) == ((4, None), (4, 2))
    fed.compile("sgd", "mse", run_eagerly=True)
    fed.fit(np.zeros((6, 3), np.int32), np.zeros((6, 2)), batch_size=3, verbose=0)
    assert fed.input_shape[0] == 3
