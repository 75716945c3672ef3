"""Models with a `train_step`, `test_step`, `predict_step`, `compute_loss` or `compute_metrics` of their own."""

import warnings

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import ops
from hornbeam.data import Dataset
from training.fixtures_of_fit import RAMP, TARGET, L, X, Y, batches, filled, near, regressor

QUIET = {"batch_size": 16, "shuffle": False, "verbose": 0}


class Classic(hb.Model):
    """The step of Keras's guides: a tape, `self.metrics` by name."""

    def train_step(self, data):
        x, y = data
        with hb.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}


def functional(cls, units=1):
    start = hb.Input((4,))
    return filled(cls(start, L.Dense(units)(start)))


@pytest.mark.parametrize("eager", [False, True])
def test_the_classic_step(eager):
    model = functional(Classic)
    model.compile(hb.optimizers.SGD(0.1), "mse", metrics=["mae"], run_eagerly=eager)
    assert near(model.fit(X, TARGET, epochs=2, **QUIET).history, {"loss": [0.61784, 0.24062], "mae": [0.60292, 0.37755]})
    np.testing.assert_allclose(model.get_weights()[0].ravel(), [0.64321, 0.15113, 0.04264, -0.13751], atol=2e-5)


def test_metrics_of_its_own():
    class Own(hb.Model):
        def __init__(self, *args):
            super().__init__(*args)
            self.total, self.error = hb.metrics.Mean(name="loss"), hb.metrics.MeanAbsoluteError(name="mae")

        def train_step(self, data):
            x, y = data
            with hb.GradientTape() as tape:
                y_pred = self(x, training=True)
                loss = ops.mean(hb.losses.mean_squared_error(y, y_pred))
            self.optimizer.apply(tape.gradient(loss, self.trainable_weights), self.trainable_weights)
            self.total.update_state(loss)
            self.error.update_state(y, y_pred)
            return {"loss": self.total.result(), "mae": self.error.result()}

        @property
        def metrics(self):
            return [self.total, self.error]

    model = functional(Own)
    model.compile(hb.optimizers.Adam(0.1))
    wanted = {"loss": [0.74339, 0.25282, 0.04554], "mae": [0.64133, 0.3712, 0.16842]}
    assert near(model.fit(X, TARGET, epochs=3, **QUIET).history, wanted)
    assert list(model.train_on_batch(X, TARGET, return_dict=True)) == ["loss", "mae"]


class Adversaries(hb.Model):
    """Two optimizers, a `compile` of its own, batches that are inputs alone."""

    def __init__(self, judge, forger):
        super().__init__()
        self.judge, self.forger = judge, forger
        self.judge_loss, self.forger_loss = hb.metrics.Mean(name="d_loss"), hb.metrics.Mean(name="g_loss")

    def compile(self, judge_optimizer, forger_optimizer, loss):
        super().compile()
        self.judge_optimizer, self.forger_optimizer, self.between = judge_optimizer, forger_optimizer, loss

    @property
    def metrics(self):
        return [self.judge_loss, self.forger_loss]

    def train_step(self, real):
        count = ops.shape(real)[0]
        noise = ops.ones((count, 2)) * 0.5
        both = ops.concatenate([self.forger(noise), real], axis=0)
        labels = ops.concatenate([ops.ones((count, 1)), ops.zeros((count, 1))], axis=0)
        with hb.GradientTape() as tape:
            judged = self.between(labels, self.judge(both))
        weights = self.judge.trainable_weights
        self.judge_optimizer.apply_gradients(zip(tape.gradient(judged, weights), weights))
        with hb.GradientTape() as tape:
            forged = self.between(ops.zeros((count, 1)), self.judge(self.forger(noise)))
        weights = self.forger.trainable_weights
        self.forger_optimizer.apply_gradients(zip(tape.gradient(forged, weights), weights))
        self.judge_loss.update_state(judged)
        self.forger_loss.update_state(forged)
        return {"d_loss": self.judge_loss.result(), "g_loss": self.forger_loss.result()}


def test_adversaries():
    judge = filled(hb.Sequential([hb.Input((4,)), L.Dense(3, activation="relu"), L.Dense(1)]))
    forger = filled(hb.Sequential([hb.Input((2,)), L.Dense(4)]), seed=2)
    model = Adversaries(judge, forger)
    model.compile(hb.optimizers.Adam(0.1), hb.optimizers.Adam(0.05), hb.losses.BinaryCrossentropy(from_logits=True))
    drawn = []
    watcher = hb.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: drawn.append(np.asarray(forger(np.ones((1, 2), np.float32)))))
    history = model.fit(X, epochs=3, callbacks=[watcher], **QUIET).history
    assert near(history, {"d_loss": [0.69083, 0.65678, 0.59367], "g_loss": [0.66818, 0.81352, 1.0026]})
    np.testing.assert_allclose(forger.get_weights()[0][0], [-0.06305, 0.09701, 0.1329, -0.59853], atol=2e-5)
    assert len(drawn) == 3 and not np.array_equal(drawn[0], drawn[1])


def test_a_persistent_tape_and_assignments_by_hand():
    class Hands(hb.Model):
        def __init__(self):
            super().__init__()
            self.a, self.b = L.Dense(3, kernel_initializer="ones"), L.Dense(1, kernel_initializer="ones")

        def call(self, x, training=False):
            return self.b(self.a(x))

        def train_step(self, data):
            x, y, weight = hb.utils.unpack_x_y_sample_weight(data)
            with hb.GradientTape(persistent=True) as tape:
                y_pred = self(x, training=True)
                loss = self.compute_loss(x, y, y_pred, weight)
            for layer in (self.a, self.b):
                for variable, gradient in zip(layer.trainable_variables, tape.gradient(loss, layer.trainable_variables), strict=True):
                    variable.assign_sub(0.01 * gradient)
            return self.compute_metrics(x, y, y_pred, weight)

    model = Hands()
    model.compile("sgd", "mse", metrics=["mae"])
    assert near(model.fit(X, TARGET, epochs=2, sample_weight=RAMP, **QUIET).history, {"loss": [0.0, 0.0], "mae": [4.56427, 2.60038]})
    np.testing.assert_allclose(model.b.get_weights()[0].ravel(), [0.43676] * 3, atol=2e-5)


def test_what_a_step_is_given():
    seen = []

    class Look(hb.Sequential):
        def train_step(self, data):
            seen.append([tuple(each.shape) for each in data] if isinstance(data, tuple) else tuple(data.shape))
            return {"n": ops.sum(data[0] if isinstance(data, tuple) else data)}

    def given(*args, **kwargs):
        seen.clear()
        regressor(Look).fit(*args, **{**QUIET, "batch_size": 40, **kwargs})
        return seen[-1]

    assert given(X) == (40, 4)
    assert given(X, TARGET) == [(40, 4), (40, 1)]
    assert given(X, TARGET, sample_weight=RAMP) == [(40, 4), (40, 1), (40,)]


def test_logs_of_any_kind():
    class Logs(hb.Sequential):
        def train_step(self, data):
            return {"z": 1.0, "inner": {"b": ops.ones(())}, "a": ops.ones((3,)), "n": ops.cast(7, "int32")}

    history = regressor(Logs).fit(X, TARGET, **QUIET).history
    assert list(history) == ["a", "b", "n", "z"] and history["b"] == [1.0] and history["n"] == [7.0]
    np.testing.assert_array_equal(history["a"][0], np.ones(3))

    class Nothing(hb.Sequential):
        def train_step(self, data):
            return None

    assert regressor(Nothing).fit(X, TARGET, **QUIET).history == {}


def test_a_step_on_the_object_itself():
    model = regressor()
    model.train_step = lambda data: {"rows": ops.sum(ops.ones_like(data[1]))}
    assert model.fit(X, TARGET, **{**QUIET, "batch_size": 40}).history == {"rows": [40.0]}


def test_own_steps_of_evaluation_and_prediction():
    class Own(hb.Sequential):
        def test_step(self, data):
            x, y = data
            return {"q": ops.mean((self(x, training=False) - y) ** 2)}

        def predict_step(self, data):
            return 2 * self(hb.utils.unpack_x_y_sample_weight(data)[0])

    model = regressor(Own)
    found = model.evaluate(X, TARGET, batch_size=40, verbose=0, return_dict=True)
    assert list(found) == ["q"]
    np.testing.assert_allclose(found["q"], np.mean((np.asarray(model(X)) - TARGET) ** 2), rtol=1e-5)
    np.testing.assert_allclose(model.predict(X, verbose=0), 2 * np.asarray(model(X)), rtol=1e-5)
    np.testing.assert_allclose(model.predict_on_batch(X), 2 * np.asarray(model(X)), rtol=1e-5)
    assert list(model.fit(X, TARGET, validation_data=(X, TARGET), **QUIET).history) == ["loss", "val_q"]


def test_own_compute_loss_and_metrics():
    class Own(hb.Model):
        def __init__(self):
            super().__init__()
            self.d, self.mine = L.Dense(1, kernel_initializer="ones"), hb.metrics.Mean(name="my")

        def call(self, x):
            return self.d(x)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            loss = ops.mean(ops.abs(y_pred - y))
            self.mine.update_state(loss)
            return loss

    model = Own()
    model.compile(hb.optimizers.SGD(0.1))
    assert near(model.fit(X, TARGET, epochs=2, **QUIET).history, {"loss": [1.53506, 1.26574], "my": [1.54848, 1.27343]})
    assert [metric.name for metric in model.metrics] == ["loss", "my"]

    class More(hb.Sequential):
        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            return {**super().compute_metrics(x, y, y_pred, sample_weight), "extra": ops.mean(y_pred)}

    history = regressor(More, metrics=["mae"]).fit(X, TARGET, **{**QUIET, "batch_size": 40}).history
    assert sorted(history) == ["extra", "loss", "mae"]


def test_a_model_trained_by_add_loss_alone():
    class Alone(hb.Model):
        def __init__(self):
            super().__init__()
            self.d = L.Dense(1, kernel_initializer="ones")

        def call(self, x):
            out = self.d(x)
            self.add_loss(ops.mean((out - 1.0) ** 2))
            return out

    model = Alone()
    model.compile(hb.optimizers.SGD(0.1))
    assert near(model.fit(X, epochs=2, **QUIET).history, {"loss": [3.60634, 0.83579]})
    np.testing.assert_allclose(model.evaluate(X, verbose=0), 0.3081, atol=2e-5)


class Untraceable(hb.Model):
    """Python asks for the numbers of a batch."""

    def __init__(self):
        super().__init__()
        self.b = L.Dense(1, kernel_initializer="ones")

    def call(self, x, training=False):
        total = float(np.asarray(x).sum())  # THE LINE
        return self.b(x) * (1 if total > 1e9 else 2)


FALLEN_BACK = {"loss": [12.84616, 6.82376]}  # in Keras, with run_eagerly=True


def test_what_cannot_be_compiled_runs_in_python_and_says_so_once():
    model = Untraceable()
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match=r"train_step runs in Python.*line \d+ of .*test_own_steps.py.*THE LINE") as told:
        history = model.fit(X, TARGET, epochs=2, **QUIET).history
    assert near(history, FALLEN_BACK) and len(told) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(X, TARGET, **QUIET)
        assert model.evaluate(X, TARGET, verbose=0) > 0
        assert model.predict(X, verbose=0).shape == (40, 1)
        assert model.predict_on_batch(X).shape == (40, 1)
        assert model.train_on_batch(X, TARGET) > 0


@pytest.mark.filterwarnings("ignore:This model's")
def test_falling_back_loses_no_batch_of_a_generator():
    model, steps = Untraceable(), []
    model.compile("sgd", "mse")
    watcher = hb.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: steps.append(batch))
    data = iter([(X[a : a + 16], TARGET[a : a + 16]) for a in (0, 16, 32)] * 2)
    assert near(model.fit(data, steps_per_epoch=3, epochs=2, callbacks=[watcher], verbose=0).history, FALLEN_BACK)
    assert steps == [0, 1, 2, 0, 1, 2]


def test_a_short_last_batch_that_cannot_be_compiled():
    class Odd(hb.Sequential):
        def train_step(self, data):
            if data[0].shape[0] != 16:
                np.asarray(ops.sum(data[0]))
            return super().train_step(data)

    plain = regressor().fit(X, TARGET, epochs=2, **QUIET).history
    with pytest.warns(UserWarning, match="train_step runs in Python"):
        assert near(regressor(Odd).fit(X, TARGET, epochs=2, **QUIET).history, plain, 1e-6)  # no step is done twice


@pytest.mark.parametrize("data", ["arrays", "a stream"])
def test_eager_steps_give_the_programs_numbers(data):
    def run(eager):
        hb.set_random_seed(0)
        model = filled(hb.Sequential([hb.Input((4,)), L.Dense(8, activation="relu"), L.Dense(2, activation="softmax")]))
        model.compile(hb.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=eager)
        arguments = {"x": X, "y": Y, "batch_size": 7} if data == "arrays" else {"x": batches(15), "steps_per_epoch": 5}
        return model.fit(**arguments, epochs=3, verbose=0).history, model.get_weights()

    (compiled, weights), (eager, other) = run(False), run(True)
    assert near(eager, compiled, 1e-5)
    for a, b in zip(weights, other, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-6)


def test_added_losses_of_each_example_are_added_up():
    """Keras 3.15 gives 4.0 here too."""

    class Penalty(hb.layers.Layer):
        def call(self, x):
            self.add_loss(hb.ops.mean(x, axis=1, keepdims=True))
            return x

    model = hb.Sequential([hb.Input((3,)), Penalty(), hb.layers.Dense(1, kernel_initializer="zeros")])
    model.compile("sgd", "mse")
    assert model.fit(np.ones((4, 3)), np.zeros((4, 1)), verbose=0).history["loss"] == [4.0]


class TwoSources(hb.Model):
    """Batches of different sizes side by side, as contrastive and semi-supervised steps take them."""

    def train_step(self, data):
        unlabelled, (x, y) = data
        assert (unlabelled.shape[0], x.shape[0], y.shape[0]) == (8, 4, 4)
        self.seen.assign_add(ops.sum(unlabelled))
        with hb.GradientTape() as tape:
            loss = ops.mean((self(x) - y) ** 2)
        self.optimizer.apply_gradients(zip(tape.gradient(loss, self.trainable_variables), self.trainable_variables))
        return {"loss": loss}


@pytest.mark.parametrize("eager", [False, True])
def test_batches_of_different_sizes_side_by_side(eager):
    given = [(X[8 * i : 8 * i + 8], (X[4 * i : 4 * i + 4], Y[4 * i : 4 * i + 4])) for i in range(5)]
    model = functional(TwoSources)
    model.seen = hb.Variable(0.0, trainable=False)
    model.compile("sgd", run_eagerly=eager)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss = model.fit(iter(given), verbose=0).history["loss"]
    assert float(model.seen.numpy()) == pytest.approx(float(X[:40].sum()), rel=1e-5)
    assert loss[0] > 0 and int(model.optimizer.iterations) == 5
    plain = functional(hb.Model)
    plain.compile("sgd", "mse")
    with pytest.raises(ValueError, match="same number of examples"):
        plain.fit(iter([(X[:8], Y[:4])]), verbose=0)


def test_a_loss_and_a_batch_size_of_the_models_own():
    class Denoises(hb.Model):
        def __init__(self):
            super().__init__()
            self.dense, self.loss = hb.layers.Dense(3), hb.losses.MeanAbsoluteError()

        def call(self, x):
            noise = ops.ones((4, 1)) * 0.5  # of four rows, whatever comes
            return self.dense(x * noise), noise

        def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
            return self.loss(y_pred[1] * x, y_pred[0])

    model = Denoises()
    model.compile("sgd")
    batches = (np.ones((4, 3), "float32") for _ in range(3))
    assert model.fit(batches, steps_per_epoch=3, verbose=0).history["loss"][0] > 0


@pytest.mark.parametrize("eager", [False, True])
def test_losses_and_metrics_that_close_over_tensors_of_the_graph(eager):
    """As Keras's older autoencoders do: `z_mean` in the loss is the batch's."""
    inputs = L.Input((3,))
    code = L.Dense(2)(inputs)
    model = hb.Model(inputs, L.Dense(3)(code))

    size = ops.sum(ops.square(code), axis=1)  # of the graph, and not on the way to the output

    def penalty(y_true, y_pred):
        return size * 1.0

    def loss(y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), axis=1) + penalty(y_true, y_pred)

    model.compile(hb.optimizers.SGD(0.1), loss, metrics=[penalty], run_eagerly=eager)
    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    (w, b), (v, c) = (layer.get_weights() for layer in model.layers[1:])
    codes = x @ w + b
    outputs = codes @ v + c
    logs = model.evaluate(x, x, return_dict=True, verbose=0)
    assert np.isclose(logs["penalty"], np.mean(np.sum(codes**2, 1)), rtol=1e-5)
    assert np.isclose(logs["loss"], logs["penalty"] + np.mean((x - outputs) ** 2), rtol=1e-5)
    history = model.fit(x, x, epochs=30, verbose=0).history
    assert history["penalty"][-1] < 0.5 * history["penalty"][0]


def test_batches_of_graphs():
    """Nodes, the graph each is in, and a label for each graph: three counts that differ in every batch."""

    class Graphs(hb.Model):
        def __init__(self):
            super().__init__()
            self.dense = hb.layers.Dense(1)

        def call(self, inputs):
            nodes, graphs = inputs
            return self.dense(hb.ops.segment_sum(nodes, graphs, num_segments=2))

    batches = [(([np.ones((n, 3), "float32"), np.arange(n) % 2]), np.ones((2, 1), "float32")) for n in (5, 4)]
    model = Graphs()
    model.compile("sgd", "mse")
    assert np.isfinite(model.fit(iter(batches), epochs=1, verbose=0).history["loss"]).all()


class Forms(hb.Model):
    """Notes in which form data comes to its steps."""

    def __init__(self):
        super().__init__()
        self.scale, self.met = self.add_weight((), "ones", name="scale"), set()

    def call(self, x):
        return x * self.scale

    def note(self, data):
        self.met.add(type(data))
        return data[0] if isinstance(data, tuple) else data

    def train_step(self, data):
        return {"rows": hb.ops.sum(self(self.note(data))) / 3}

    test_step = train_step

    def predict_step(self, data):
        return self(self.note(data))


@pytest.mark.parametrize("lone", [False, True])
def test_inputs_alone_come_in_a_tuple_where_the_data_has_them_in_one(lone):
    x = np.ones((8, 3), "float32")
    rows = Dataset.from_tensor_slices((x,) if lone else x)
    model = Forms()
    model.compile("sgd")
    for data in (rows.batch(4), rows.filter(lambda x: True).batch(4), ((x,) if lone else x for _ in range(2))):
        assert model.fit(data, verbose=0).history["rows"] in ([4.0], [8.0])
    assert model.evaluate(rows.batch(4), verbose=0) == 4 and model.predict(rows.batch(4), verbose=0).shape == (8, 3)
    assert model.met == {tuple if lone else hb.Tensor}
    model.fit(x, verbose=0)  # the same rows in another form
    assert model.met == ({tuple, hb.Tensor} if lone else {hb.Tensor})


def test_a_step_of_ones_own_gets_a_dataset_s_elements_in_their_own_types():
    met = []

    class Own(hb.Sequential):
        def train_step(self, data):
            met.append((data[0].dtype.name, self(data[0], training=True).dtype.name))
            return super().train_step(data)

    model = Own([L.Dense(1)])
    model.compile("sgd", "mse")
    rows = np.ones((4, 2)), np.ones((4, 1))
    model.fit(Dataset.from_tensor_slices(rows).batch(2), verbose=0)
    model.fit(*rows, verbose=0)
    assert met[0] == ("float64", "float32") and met[-1] == ("float32", "float32")
