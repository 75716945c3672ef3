"""The numbers of the compiled loop: bits, types, held references, and that nothing is compiled twice."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.training.program import Program
from training.fixtures_of_fit import TARGET, L, X, Y, batches, filled

EACH = hb.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)


def make(dtype=None, **compile_arguments):
    """A model with everything that could disturb bits: statistics, dropout, slots, an odd batch."""
    hb.set_random_seed(5)
    hidden = [L.Dense(8, activation="relu", dtype=dtype), L.BatchNormalization(dtype=dtype), L.Dropout(0.3, dtype=dtype)]
    model = hb.Sequential([hb.Input((4,), dtype=dtype), *hidden, L.Dense(2, dtype=dtype)])
    loss = hb.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(hb.optimizers.Adam(0.05), loss, metrics=["accuracy"], **compile_arguments)
    return model


def bits(model):
    return [variable.numpy().tobytes() for variable in [*model.variables, *model.optimizer.variables]]


@pytest.mark.parametrize("data", ["arrays", "a stream"])
def test_a_step_a_call_gives_the_bits_of_chunks(data):
    def run(callbacks):
        model = make()
        arguments = {"x": X, "y": Y, "batch_size": 7} if data == "arrays" else {"x": batches(15), "steps_per_epoch": 5}
        history = model.fit(**arguments, epochs=3, verbose=0, callbacks=callbacks).history
        return bits(model), history

    assert run([]) == run([EACH])


def test_the_same_seed_gives_the_same_bits_and_another_does_not():
    def run(seed):
        model = make()
        hb.set_random_seed(seed)
        model.fit(X, Y, batch_size=7, epochs=2, verbose=0)
        return bits(model)

    assert run(1) == run(1) != run(2)


def test_every_example_comes_once_an_epoch_in_a_new_order():
    class Orders(hb.Sequential):
        def train_step(self, data):
            return {"x": data[0]}

    model = Orders([hb.Input((1,)), L.Dense(1)])
    model.compile()
    seen = []
    watcher = hb.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(logs["x"].ravel().tolist()))
    rows = np.arange(10.0)[:, None]
    model.fit(rows, rows, batch_size=4, epochs=2, verbose=0, callbacks=[watcher])
    first, second = sum(seen[:3], []), sum(seen[3:], [])
    assert [len(part) for part in seen] == [4, 4, 2] * 2
    assert sorted(first) == sorted(second) == rows.ravel().tolist() and first != second


def test_hyperparameters_are_inputs_of_the_program(monkeypatch):
    prepared = []
    trace = Program._trace
    monkeypatch.setattr(Program, "_trace", lambda self, *args: prepared.append(self.name) or trace(self, *args))
    model = make()
    model.fit(X, Y, batch_size=8, epochs=2, validation_data=(X, Y), verbose=0)
    assert sorted(prepared) == ["evaluate", "fit"]
    model.optimizer.learning_rate = 0.0
    before = model.get_weights()[0]
    model.fit(X, Y, batch_size=8, epochs=2, validation_data=(X, Y), verbose=0)
    np.testing.assert_array_equal(before, model.get_weights()[0])
    model.optimizer.learning_rate.assign(0.1)
    model.optimizer.beta_1 = 0.5
    model.fit(X, Y, batch_size=8, verbose=0, callbacks=[EACH])
    assert not np.array_equal(before, model.get_weights()[0])
    model.fit(X[:24], Y[:24], batch_size=8, verbose=0)
    assert sorted(prepared) == ["evaluate", "fit", "fit"]  # other data, of another length
    model.compile("sgd", model.loss)
    model.fit(X, Y, batch_size=8, verbose=0)
    assert len(prepared) == 4


@pytest.mark.parametrize("donates", [False, True])
def test_what_is_held_stays_as_it_was(donates, monkeypatch):
    start = Program.__init__

    def begin(self, *args, **kwargs):
        start(self, *args, **kwargs)
        self._donates = donates

    monkeypatch.setattr(Program, "__init__", begin)
    model = make()
    held = []

    def hold(*args):
        held.extend((v.value, v.numpy(), np.array(v.numpy())) for v in [*model.weights, *model.optimizer.variables])

    hold()
    watcher = hb.callbacks.LambdaCallback(on_train_batch_end=hold)
    model.fit(X, Y, batch_size=8, epochs=2, verbose=0, validation_data=(X, Y), callbacks=[watcher])
    hold()
    model.fit(X, Y, batch_size=8, verbose=0)
    assert len(held) > 12 * len(model.weights)
    for tensor, array, copy in held:
        np.testing.assert_array_equal(tensor.numpy(), copy)
        np.testing.assert_array_equal(array, copy)


def test_one_array_in_two_variables_with_donation(monkeypatch):
    model = hb.Sequential([hb.Input((4,)), L.Dense(4, name="a"), L.Dense(4, name="b"), L.Dense(1)])
    model.compile(hb.optimizers.SGD(0.1), "mse")
    a, b = model.get_layer("a").kernel, model.get_layer("b").kernel
    b.assign(a.value)
    shared = a.numpy().copy()
    program = model._trainer.program
    monkeypatch.setattr(model._trainer, "program", lambda *args: _donating(program(*args)))
    model.fit(X, TARGET, verbose=0)
    assert not np.array_equal(a.numpy(), b.numpy()) and not np.array_equal(a.numpy(), shared)


def _donating(program):
    program._donates = True
    return program


def test_changing_the_users_array_later_changes_nothing():
    x, y = X.copy(), Y.copy()

    def spoil(epoch, logs):
        x[:], y[:] = np.nan, 1

    clean = make().fit(X, Y, batch_size=8, epochs=3, verbose=0).history
    spoiled = make().fit(x, y, batch_size=8, epochs=3, verbose=0, callbacks=[hb.callbacks.LambdaCallback(on_epoch_end=spoil)]).history
    assert spoiled == clean


def test_32_bit_models_have_no_float64_in_their_programs():
    model = make()
    model.fit(X.astype(np.float64), Y, batch_size=16, validation_data=(X, Y), verbose=0)
    texts = [program._compiled.as_text() for program in model._trainer.programs.values() if program._compiled is not None]
    assert len(texts) >= 3 and not any("f64[" in text for text in texts)
    assert model.predict(X, verbose=0).dtype == np.float32


def test_float64_models_are_float64():
    """The curve of the same model in NumPy's doubles, to 12 digits; float32 gives 7."""
    x, y = np.random.default_rng(2).normal(size=(2, 32, 4))
    y = y[:, :1]
    hb.config.set_floatx("float64")
    try:
        model = filled(hb.Sequential([hb.Input((4,)), L.Dense(1)]))
        model.compile(hb.optimizers.SGD(0.25), "mse")  # a rate that float32 holds exactly
        weight, bias = model.get_weights()
        history = model.fit(x, y, epochs=5, shuffle=False, verbose=0).history
        found = model.predict(x, verbose=0)
    finally:
        hb.config.set_floatx("float32")
    assert weight.dtype == found.dtype == np.float64
    losses = []
    for _ in range(5):
        error = x @ weight + bias - y
        losses.append(np.mean(error**2))
        weight, bias = weight - 0.25 * 2 * x.T @ error / 32, bias - 0.25 * 2 * error.mean(axis=0)
    np.testing.assert_allclose(model.get_weights()[0], weight, rtol=1e-12)
    np.testing.assert_allclose(found, x @ weight + bias, rtol=1e-11)
    np.testing.assert_allclose(history["loss"], losses, rtol=1e-12)


def test_slots_of_float64_weights_are_float64():
    model = make("float64")
    model.fit(X, Y, verbose=0)
    slots = [v for v in model.optimizer.variables if v.shape and "hyper" not in v.name]
    assert slots and all(v.dtype == "float64" for v in slots if tuple(v.shape) in {tuple(w.shape) for w in model.trainable_weights})


def test_large_integers_go_through_a_program():
    large = 2**40 + np.arange(8, dtype=np.int64)[:, None]

    class Count(hb.Model):
        def __init__(self):
            super().__init__()
            self.most = self.add_weight(shape=(), dtype="int64", initializer="zeros", trainable=False, name="most")

        def call(self, x):
            return x + 1

        def train_step(self, data):
            self.most.assign(hb.ops.max(data[1]))
            return {"most": hb.ops.max(data[0])}

    model = Count()
    model.compile()
    found = model.predict(large, verbose=0)
    assert found.dtype == np.int64 and found[-1, 0] == 2**40 + 8
    assert model.fit(large, large + 1, verbose=0).history == {"most": [float(2**40 + 7)]}
    assert int(model.most) == 2**40 + 8


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision(policy):
    hb.mixed_precision.set_global_policy(policy)
    try:
        model = filled(hb.Sequential([hb.Input((4,)), L.Dense(8, activation="relu"), L.Dense(1, dtype="float32")]))
    finally:
        hb.mixed_precision.set_global_policy("float32")
    model.compile(hb.optimizers.SGD(0.1), "mse")
    history = model.fit(X, TARGET, epochs=3, batch_size=16, shuffle=False, verbose=0).history
    np.testing.assert_allclose(history["loss"], [0.87369, 0.57331, 0.39023], rtol=5e-3)  # Keras, mixed_float16
    assert {str(v.dtype) for v in model.weights} == {"float32"} and model.layers[0].compute_dtype == policy[6:]
    assert str(model.layers[0](X[:1]).dtype) == policy[6:]
    assert isinstance(model.optimizer, hb.optimizers.LossScaleOptimizer) == (policy == "mixed_float16")


def test_loss_scaling_skips_a_step_that_overflows():
    hb.mixed_precision.set_global_policy("mixed_float16")
    try:
        model = hb.Sequential([hb.Input((4,)), L.Dense(1)])
    finally:
        hb.mixed_precision.set_global_policy("float32")
    model.compile(hb.optimizers.SGD(0.01), "mse")
    before, scale = model.get_weights()[0], float(model.optimizer.dynamic_scale)
    model.fit(X * 1e4, TARGET * 1e4, batch_size=40, verbose=0)
    np.testing.assert_array_equal(before, model.get_weights()[0])
    assert float(model.optimizer.dynamic_scale) == scale / 2
    model.fit(X, TARGET, batch_size=40, epochs=20, verbose=0)
    assert np.isfinite(model.get_weights()[0]).all() and not np.array_equal(before, model.get_weights()[0])
