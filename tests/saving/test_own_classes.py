"""Classes and functions of a user's own, through a file."""

import numpy as np
import optax
import pytest

import hornbeam as hb
from hornbeam.engine.errors import DtypeError

layers, saving = hb.layers, hb.saving
X = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
Y = X[:, :2]


def there_and_back(model, folder, **kwargs):
    model.save(folder / "m.keras")
    return hb.models.load_model(folder / "m.keras", **kwargs)


class Plain(hb.Model):
    """No get_config, and an __init__ that takes neither a name nor **kwargs: what most programs write."""

    def __init__(self, units=2):
        super().__init__()
        self.stack = hb.Sequential([layers.Dense(units, activation="relu"), layers.Dense(units)])

    def call(self, inputs, training=False):
        return self.stack(inputs["a"]) + inputs["b"]


def test_a_model_without_get_config(tmp_path):
    model = Plain(3)
    inputs = {"a": X, "b": X[:, :3]}
    outputs = model(inputs)
    again = there_and_back(model, tmp_path, custom_objects={"Plain": Plain})
    np.testing.assert_array_equal(again(inputs).numpy(), outputs.numpy())
    assert again.name == model.name


@saving.register_keras_serializable("test_own_classes")
class Around(layers.Layer):
    """Takes a layer and a function; no get_config."""

    def __init__(self, inner, function=hb.activations.relu, sizes=(1, 2), **kwargs):
        super().__init__(**kwargs)
        self.inner, self.function, self.sizes = inner, function, sizes

    def call(self, x):
        return self.function(self.inner(x))


def test_a_layer_made_with_a_layer(tmp_path):
    inputs = hb.Input((4,))
    model = hb.Model(inputs, Around(layers.Dense(3, name="held"), name="around")(inputs))
    again = there_and_back(model, tmp_path)
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
    assert again.get_layer("around").inner.name == "held"
    assert tuple(again.get_layer("around").sizes) == (1, 2)


def test_frozen_layers_stay_frozen(tmp_path):
    model = hb.Sequential([hb.Input((4,)), layers.Dense(2, trainable=False), layers.Dense(2)])
    again = there_and_back(model, tmp_path)
    assert [layer.trainable for layer in again.layers] == [False, True]
    assert len(again.trainable_weights) == 2


def test_integer_inputs_of_a_subclassed_model(tmp_path):
    class Words(hb.Model):
        def __init__(self):
            super().__init__()
            self.table = layers.Embedding(5, 3)

        def call(self, x):
            return self.table(x)

    model, tokens = Words(), np.array([[1, 2]], "int32")
    outputs = model(tokens)
    again = there_and_back(model, tmp_path, custom_objects={"Words": Words})
    np.testing.assert_array_equal(again(tokens).numpy(), outputs.numpy())


def test_functions_by_name(tmp_path):
    @saving.register_keras_serializable("test_own_classes")
    def halved(x):
        return x / 2

    def off_by(y, p):
        return hb.ops.mean(hb.ops.abs(y - p), axis=-1)

    model = hb.Sequential([hb.Input((4,)), layers.Dense(2, activation=halved)])
    model.compile("sgd", off_by, metrics=[off_by])
    again = there_and_back(model, tmp_path, custom_objects={"off_by": off_by})
    assert again.layers[0].activation is halved
    one, other = (each.evaluate(X, Y, verbose=0, return_dict=True) for each in (model, again))
    assert one == other and set(one) == {"loss", "off_by"}


def test_a_lambda_in_a_layer_is_refused_before_anything_is_written(tmp_path):
    model = hb.Sequential([hb.Input((4,)), layers.Dense(2, activation=lambda x: x * 2, name="odd")])
    with pytest.raises(DtypeError, match=r"Dense 'odd' is a lambda.*register_keras_serializable"):
        model.save(tmp_path / "m.keras")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments", [{"optimizer": optax.adam(0.1), "loss": "mse"}, {"optimizer": "sgd", "loss": lambda y, p: hb.ops.mean((y - p) ** 2)}]
)
@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_code_in_compile_costs_only_the_compile_arguments(name, arguments, tmp_path):
    model = hb.Sequential([hb.Input((4,)), layers.Dense(2)])
    model.compile(**arguments)
    model.fit(X, Y, verbose=0)
    with pytest.warns(UserWarning, match="without the arguments of compile"):
        model.save(tmp_path / name)
    again = hb.models.load_model(tmp_path / name)
    assert not again.compiled
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])


def test_loss_scaling_goes_on(tmp_path):
    policy = hb.mixed_precision.global_policy()
    hb.mixed_precision.set_global_policy("mixed_float16")
    try:
        model = hb.Sequential([hb.Input((4,)), layers.Dense(2)])
    finally:
        hb.mixed_precision.set_global_policy(policy)
    model.compile("adam", "mse")
    model.fit(X, Y, epochs=2, verbose=0)
    again = there_and_back(model, tmp_path)
    assert type(again.optimizer) is hb.optimizers.LossScaleOptimizer
    for a, b in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_saving_in_the_middle_of_training(tmp_path):
    model = hb.Sequential([hb.Input((4,)), layers.Dense(2)])
    model.compile("adam", "mse")
    model.fit(X, Y, epochs=3, verbose=0, callbacks=[hb.callbacks.ModelCheckpoint(tmp_path / "at{epoch}.keras")])
    found = [hb.models.load_model(tmp_path / f"at{i}.keras") for i in (1, 2, 3)]
    assert [int(each.optimizer.iterations.numpy()) for each in found] == [1, 2, 3]
    np.testing.assert_array_equal(found[-1].get_weights()[0], model.get_weights()[0])
    assert not np.array_equal(found[0].get_weights()[0], found[1].get_weights()[0])
