"""What may change between two fits, and what a model keeps: programs follow the model, and weights outlive donation."""

import copy
import pickle

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.training import program as program_module

RNG = np.random.default_rng(0)
X = RNG.normal(size=(32, 4)).astype(np.float32)
Y = RNG.normal(size=(32, 1)).astype(np.float32)


def _model(**arguments):
    model = hb.Sequential([hb.Input((4,)), hb.layers.Dense(3, activation="tanh"), hb.layers.Dense(1)])
    model.compile(**{"optimizer": "sgd", "loss": "mse", **arguments})
    return model


@pytest.fixture
def donating(monkeypatch):
    """As on an accelerator: the state is donated from call to call."""
    made = program_module.Program.__init__

    def init(self, *args, **kwargs):
        made(self, *args, **kwargs)
        self._donates = True

    monkeypatch.setattr(program_module.Program, "__init__", init)


def test_everything_works_after_a_fit_that_donated(donating):
    model = _model(optimizer="adam")
    model.fit(X, Y, verbose=0)
    assert np.isfinite(model.evaluate(X, Y, verbose=0))
    outputs = model.predict(X, verbose=0)
    function = hb.function(lambda x: model(x))
    np.testing.assert_allclose(function(X).numpy(), outputs, rtol=1e-6)
    assert model.compute_output_shape((None, 4)) == (None, 1)
    assert hb.Model(model.inputs, model.outputs)(X).shape == (32, 1)
    model.fit(X, Y, epochs=2, validation_split=0.25, verbose=0)
    assert all(np.isfinite(w).all() for w in model.get_weights())


def test_a_layer_added_or_taken_off_shows_in_predict():
    model = hb.Sequential([hb.Input((4,)), hb.layers.Dense(3)])
    assert model.predict(X, verbose=0).shape == (32, 3)
    model.add(hb.layers.Dense(2))
    assert model.predict(X, verbose=0).shape == (32, 2)
    model.pop()
    assert model.predict(X, verbose=0).shape == (32, 3)


def test_a_schedule_in_the_place_of_a_rate_takes_effect():
    model = _model(optimizer=hb.optimizers.SGD(0.1))
    model.fit(X, Y, verbose=0)
    before = model.get_weights()
    model.optimizer.learning_rate = hb.optimizers.schedules.ExponentialDecay(0.0, 10, 0.5)
    model.fit(X, Y, verbose=0)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_frozen_after_a_fit_stays_frozen():
    model = _model()
    model.fit(X, Y, verbose=0)
    model.layers[0].trainable = False
    before = model.layers[0].get_weights()[0]
    model.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(before, model.layers[0].get_weights()[0])


def test_seeds_are_set_anew_also_for_compiled_programs():
    class Noisy(hb.Model):
        def call(self, x):
            return x + hb.random.normal((1,))

    model = Noisy()
    found = []
    for _ in range(3):
        hb.set_random_seed(5)
        found.append(float(model.predict(np.zeros((2, 1), np.float32), verbose=0)[0, 0]))
    assert found[0] == found[1] == found[2]


def test_a_copy_is_a_model_of_its_own():
    model = _model(optimizer="adam")
    model.layers[0].kernel.regularizer = hb.regularizers.L2(0.1)
    model.fit(X, Y, verbose=0)
    twin, pickled = copy.deepcopy(model), pickle.loads(pickle.dumps(model))
    for each in (twin, pickled):
        np.testing.assert_allclose(each.predict(X, verbose=0), model.predict(X, verbose=0), rtol=1e-6)
    assert len(twin.losses) == len(model.losses) == 1
    before = model.get_weights()
    twin.fit(X, Y, verbose=0)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_variables_in_lists_and_dicts_are_weights():
    class Scales(hb.layers.Layer):
        def __init__(self):
            super().__init__()
            self.scales = [hb.Variable(1.0), hb.Variable(2.0)]
            self.named = {"bias": hb.Variable(3.0)}

        def call(self, x):
            return x * self.scales[0] * self.scales[1] + self.named["bias"]

    layer = Scales()
    assert [float(w) for w in layer.get_weights()] == [1.0, 2.0, 3.0]
    assert len(layer.trainable_variables) == 3


def test_variables_assigned_from_each_other_have_gradients_of_their_own():
    a, b = hb.Variable(2.0), hb.Variable(1.0)
    b.assign(a)
    with hb.GradientTape() as tape:
        z = a * 3 + b * 5
    assert [float(g) for g in tape.gradient(z, [a, b])] == [3.0, 5.0]


def test_predict_under_a_tape():
    model = _model()
    constant = hb.Tensor(2.0)

    class Scaled(hb.Model):
        def call(self, x):
            return x * constant

    with hb.GradientTape() as tape:
        tape.watch(constant)
        assert Scaled().predict(X, verbose=0).shape == (32, 4)
        assert model.predict(X, verbose=0).shape == (32, 1)


def test_functions_of_methods():
    class Base(hb.layers.Layer):
        @hb.function
        def call(self, x, training=False):
            return x * 0 if training else x + 1

    class Derived(Base):
        @hb.function
        def call(self, x, training=False):
            return super().call(x, training=training) * 2

    layer = Derived()
    assert float(layer(np.float32(1.0), training=False)) == 4.0
    assert float(layer(np.float32(1.0), training=True)) == 0.0
    assert float(layer(np.float32(1.0), training=False)) == 4.0


def test_a_configuration_may_not_name_files(tmp_path):
    path = tmp_path / "secret.txt"
    path.write_text("one\ntwo\n")
    config = hb.layers.StringLookup(vocabulary=["a"]).get_config()
    with pytest.raises(ValueError, match="not read on behalf"):
        hb.layers.StringLookup.from_config({**config, "vocabulary": str(path)})
    assert hb.layers.StringLookup(vocabulary=str(path)).vocabulary_size() == 3


def test_less_data_runs_in_a_program_made_for_more():
    model = _model()
    model.evaluate(X, Y, batch_size=8, verbose=0)
    known = set(model._trainer.programs)
    loss = model.evaluate(X[:24], Y[:24], batch_size=8, verbose=0)
    assert set(model._trainer.programs) == known
    np.testing.assert_allclose(loss, np.square(model.predict(X[:24], verbose=0) - Y[:24]).mean(), rtol=1e-5)
    model.evaluate(X[:8], Y[:8], batch_size=8, verbose=0)  # far less: filling up would cost more than it saves
    assert len(model._trainer.programs) == len(known) + 1
