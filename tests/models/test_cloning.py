"""clone_model: what is new in a copy, what is shared, what is replaced."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import layers as L
from hornbeam.engine.errors import ArgumentError, DtypeError
from hornbeam.models import clone_model

X = np.random.default_rng(0).normal(size=(4, 2)).astype("float32")


def again(layer):
    return type(layer).from_config(layer.get_config())


def functional():
    """A shared layer, an operation, a model inside the model, two outputs."""
    x = hb.Input((2,), name="x")
    shared = L.Dense(2, name="shared", activation="tanh")
    inner = hb.Sequential([hb.Input((2,)), L.Dense(3, name="in1"), L.BatchNormalization(name="in2")], name="inner")
    y = inner(shared(shared(x)) * 2.0)
    return hb.Model(x, {"y": y, "z": L.Dense(1, name="z")(y)}, name="whole")


def sequential():
    return hb.Sequential([hb.Input((2,)), L.Dense(3, name="a"), L.Dropout(0.5, name="b"), L.Dense(1, name="c")], name="stack")


@pytest.mark.parametrize("make", [functional, sequential])
def test_a_copy_computes_the_same_with_the_same_weights(make):
    model = make()
    copy = clone_model(model)
    assert copy is not model and type(copy) is type(model) and copy.name == model.name
    assert [layer.name for layer in copy.layers] == [layer.name for layer in model.layers]
    assert not {id(v) for v in copy.variables} & {id(v) for v in model.variables}
    assert any(np.any(a != b) for a, b in zip(copy.get_weights(), model.get_weights(), strict=True))
    copy.set_weights(model.get_weights())
    ours, theirs = copy(X), model(X)
    for a, b in zip(*(out.values() if isinstance(out, dict) else [out] for out in (ours, theirs)), strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert copy.get_config() == model.get_config()


def test_a_copy_of_an_unbuilt_stack_is_unbuilt():
    copy = clone_model(hb.Sequential([L.Dense(2)]))
    assert not copy.built and copy(X).shape == (4, 2)
    built = hb.Sequential([L.Dense(2)])
    built(X)
    copy = clone_model(built)
    assert copy.built and [w.shape for w in copy.weights] == [(2, 2), (2,)]


def test_masks_and_several_inputs():
    words, numbers = hb.Input((3,), dtype="int32", name="words"), hb.Input((2,), name="numbers")
    y = L.LSTM(2)(L.Embedding(5, 2, mask_zero=True)(words))
    model = hb.Model({"w": words, "n": numbers}, L.Concatenate()([y, numbers]))
    copy = clone_model(model)
    copy.set_weights(model.get_weights())
    data = {"w": np.array([[1, 2, 0], [3, 0, 0]]), "n": X[:2]}
    np.testing.assert_array_equal(copy(data).numpy(), model(data).numpy())
    assert copy.input_names == model.input_names


@pytest.mark.parametrize(("recursive", "layers"), [(False, ["shared", "inner", "z"]), (True, ["shared", "in1", "in2", "z"])])
def test_clone_function_sees_each_layer_once(recursive, layers):
    seen = []
    clone_model(functional(), clone_function=lambda layer: (seen.append(layer.name), again(layer))[1], recursive=recursive)
    assert seen == layers


def test_clone_function_can_share_and_replace():
    model = sequential()
    copy = clone_model(model, clone_function=lambda layer: L.Dense(5, name="wide") if layer.name == "a" else again(layer))
    assert [layer.name for layer in copy.layers] == ["wide", "b", "c"] and copy.layers[0].kernel.shape == (2, 5)
    shared = clone_model(functional(), clone_function=lambda layer: layer)
    assert shared.count_params() == functional().count_params()


def test_call_function_can_insert_layers():
    model = functional()
    calls = []

    def call(layer, *args, **kwargs):
        calls.append(layer.name)
        outputs = layer(*args, **kwargs)
        return L.Dropout(0.5)(outputs) if isinstance(layer, L.Dense) else outputs

    copy = clone_model(model, clone_function=lambda layer: layer, call_function=call)
    assert calls == ["shared", "shared", "inner", "z"]
    assert sum(isinstance(layer, L.Dropout) for layer in copy.layers) == 3
    np.testing.assert_allclose(copy(X)["z"].numpy(), model(X)["z"].numpy(), rtol=1e-6)


def test_functions_come_along():
    """Lambda layers: what a function refers to is there in the copy too, also inside other layers and models."""
    factor = 3.0

    def scaled(x):
        return x * factor

    x = hb.Input((2,))
    inner = hb.Sequential([hb.Input((2,)), L.Lambda(scaled), L.Lambda(lambda x: x * factor)])
    model = hb.Model(x, inner(L.Lambda(lambda x: x + factor)(x)))
    for recursive in (False, True):
        np.testing.assert_allclose(clone_model(model, recursive=recursive)(X).numpy(), (X + 3) * 9, rtol=1e-6)
    steps = hb.Input((3, 2))
    wrapped = hb.Model(steps, L.TimeDistributed(L.Lambda(lambda x: x * 2.0))(steps))
    assert float(clone_model(wrapped)(np.ones((1, 3, 2)))[0, 0, 0]) == 2.0


def test_classes_and_functions_that_nobody_registered():
    class Double(L.Layer):
        def call(self, x):
            return x * 2.0

    class Halves(hb.initializers.Initializer):
        def __call__(self, shape, dtype=None):
            return hb.ops.full(shape, 0.5, dtype)

    def cubed(x):
        return x**3

    x = hb.Input((3, 2))
    y = L.TimeDistributed(Double())(x)
    y = L.Dense(2, activation=cubed, kernel_initializer=Halves())(y)
    y = L.Dense(2, activation=lambda x: x + 1.0, kernel_initializer="ones")(y)
    model = hb.Model(x, hb.Sequential([hb.Input((3, 2)), Double()])(y))
    copy = clone_model(model)
    data = np.ones((1, 3, 2), "float32")
    np.testing.assert_allclose(copy(data).numpy(), np.full((1, 3, 2), 2 * (2 * 2.0**3 + 1)), rtol=1e-6)
    np.testing.assert_allclose(model(data).numpy(), copy(data).numpy())


def test_on_other_inputs():
    model = sequential()
    start = hb.Input((2,), name="start")
    copy = clone_model(model, input_tensors=[start])
    assert copy.input_shape == (None, 2) and copy.inputs[0] is start
    start = hb.Input((2,), batch_size=4, name="start")
    copy = clone_model(functional(), input_tensors=start)
    assert copy.input_names == ["start"] and tuple(copy.outputs[0].shape)[0] == 4
    assert clone_model(hb.Sequential([L.Dense(2)]), input_tensors=hb.Input((7,)) * 2.0).input_shape == (None, 7)


def test_a_compiled_models_copy_is_compiled_with_objects_of_its_own():
    model = sequential()
    metric = hb.metrics.MeanAbsoluteError(name="mine")
    model.compile(hb.optimizers.Adam(0.01), hb.losses.Huber(delta=2.0), metrics=["mse", metric])
    model.fit(X, X[:, :1], verbose=0)
    copy = clone_model(model)
    history = copy.fit(X, X[:, :1], verbose=0).history
    assert set(history) == {"loss", "mse", "mine"}
    assert copy.optimizer is not model.optimizer and copy.optimizer.get_config() == model.optimizer.get_config()
    assert int(copy.optimizer.iterations.numpy()) == 1 and not any(m is metric for m in copy.metrics)


def test_a_model_with_a_train_step_of_its_own_stays_what_it_is():
    class Mine(hb.Model):
        def train_step(self, data):
            return {"loss": hb.ops.convert_to_tensor(7.0)}

    x = hb.Input((2,))
    copy = clone_model(Mine(x, L.Dense(1)(x)))
    copy.compile("sgd", "mse")
    assert type(copy) is Mine and copy.fit(X, X[:, :1], verbose=0).history == {"loss": [7.0]}


def test_subclassed_models_are_made_of_their_configuration():
    class Mine(hb.Model):
        def __init__(self, units=2, **kwargs):
            super().__init__(**kwargs)
            self.units, self.dense = units, L.Dense(units)

        def call(self, x):
            return self.dense(x)

        def get_config(self):
            return {"units": self.units}

    model = Mine(3)
    assert clone_model(model)(X).shape == (4, 3)
    with pytest.raises(ArgumentError, match="written in Mine.call"):
        clone_model(model, clone_function=again)


def test_mistakes():
    with pytest.raises(ArgumentError, match="call_function is for functional models"):
        clone_model(sequential(), call_function=lambda layer, x: layer(x))
    with pytest.raises(ArgumentError, match="input_tensors has the structure"):
        clone_model(functional(), input_tensors=[hb.Input((2,)), hb.Input((2,))])
    with pytest.raises(ArgumentError, match="takes one input tensor"):
        clone_model(sequential(), input_tensors=[hb.Input((2,)), hb.Input((2,))])
    with pytest.raises(DtypeError, match="gives a layer for layer 'a'; it gave None"):
        clone_model(sequential(), clone_function=lambda layer: None)
    with pytest.raises(DtypeError, match="copies a Model; received 3"):
        clone_model(3)
