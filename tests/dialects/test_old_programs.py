"""Old spellings by the table: each works, gives what today's spelling gives, and is told."""

import io
import sys
import warnings

import numpy as np
import pytest

import hornbeam as hb
import hornbeam.keras as keras
from hornbeam.dialects import OldSpelling
from hornbeam.dialects.names import NAMES
from hornbeam.engine.errors import ArgumentError, DataError

L, O = keras.layers, keras.optimizers
X = np.linspace(0, 1, 32, dtype="float32").reshape(8, 4)
Y = np.array([0, 1, 2, 0, 1, 2, 0, 1])


def quietly(make):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OldSpelling)
        return make()


def made(config):
    return {key: value for key, value in config.items() if key != "name"}


# (old, today): objects whose configurations are equal.
SAME = {
    "Dense of Keras 1": (
        lambda: L.Dense(output_dim=3, init="he_normal", W_regularizer="l2", b_constraint="NonNeg", bias=False),
        lambda: L.Dense(3, kernel_initializer="he_normal", kernel_regularizer="l2", bias_constraint="NonNeg", use_bias=False),
    ),
    "Dense of half a unit": (lambda: L.Dense(7 / 2, "relu"), lambda: L.Dense(3, "relu")),
    "Conv2D of Keras 1": (
        lambda: L.Convolution2D(8, 3, 5, border_mode="same", subsample=(2, 2), dim_ordering="tf"),
        lambda: L.Conv2D(8, (3, 5), padding="same", strides=(2, 2), data_format="channels_last"),
    ),
    "Conv2D by names": (lambda: L.Conv2D(nb_filter=8, nb_row=3, nb_col=5), lambda: L.Conv2D(8, (3, 5))),
    "pooling": (lambda: L.MaxPooling2D((2, 2), border_mode="same"), lambda: L.MaxPooling2D((2, 2), padding="same")),
    "dropout": (lambda: L.Dropout(p=0.5), lambda: L.Dropout(0.5)),
    "LSTM of Keras 1": (
        lambda: L.LSTM(output_dim=3, inner_activation="tanh", inner_init="zeros", dropout_W=0.1, dropout_U=0.2, consume_less="cpu"),
        lambda: L.LSTM(3, recurrent_activation="tanh", recurrent_initializer="zeros", dropout=0.1, recurrent_dropout=0.2),
    ),
    "LSTM of TF 2": (lambda: L.LSTM(3, implementation=2, time_major=False), lambda: L.LSTM(3)),
    "CuDNNLSTM": (lambda: L.CuDNNLSTM(3, return_sequences=True), lambda: L.LSTM(3, return_sequences=True)),
    "Embedding": (lambda: L.Embedding(5, 3, init="zeros"), lambda: L.Embedding(5, 3, "zeros")),
    "LeakyReLU": (lambda: L.LeakyReLU(alpha=0.1), lambda: L.LeakyReLU(0.1)),
    "BatchNormalization": (lambda: L.BatchNormalization(fused=True, virtual_batch_size=None), L.BatchNormalization),
    "a layer's": (lambda: L.Dense(3, dynamic=False, experimental_autocast=True), lambda: L.Dense(3)),
    "CategoryEncoding": (
        lambda: L.experimental.preprocessing.CategoryEncoding(max_tokens=4, output_mode="binary"),
        lambda: L.CategoryEncoding(4, "multi_hot"),
    ),
    "TextVectorization": (lambda: L.TextVectorization(output_mode="tf-idf"), lambda: L.TextVectorization(output_mode="tf_idf")),
    "Discretization": (lambda: L.Discretization(bins=[1.0, 2.0]), lambda: L.Discretization([1.0, 2.0])),
    "lr": (lambda: O.RMSprop(lr=0.1), lambda: O.RMSprop(0.1)),
    "epsilon=None": (lambda: O.Adam(0.1, epsilon=None), lambda: O.Adam(0.1)),
    "Nadam": (lambda: O.Nadam(lr=0.1, schedule_decay=0.004), lambda: O.Nadam(0.1)),
    "lower case": (lambda: O.adam(0.1), lambda: O.Adam(0.1)),
    "module": (lambda: O.adam_v2.Adam(lr=0.1), lambda: O.Adam(0.1)),
    "legacy": (lambda: O.legacy.SGD(lr=0.1, decay=0.0), lambda: O.SGD(0.1)),
    "l2": (lambda: keras.regularizers.l2(l=0.1), lambda: keras.regularizers.L2(0.1)),
    "maxnorm": (lambda: keras.constraints.maxnorm(3), lambda: keras.constraints.MaxNorm(3)),
    "VarianceScaling": (
        lambda: keras.initializers.VarianceScaling(distribution="normal"),
        lambda: keras.initializers.VarianceScaling(distribution="truncated_normal"),
    ),
    "initializers": (lambda: keras.initializers.normal(stddev=0.1), lambda: keras.initializers.RandomNormal(stddev=0.1)),
}


@pytest.mark.parametrize("what", SAME)
def test_the_old_spelling_makes_the_same(what):
    old, today = SAME[what]
    with pytest.warns(OldSpelling, match=" is an older spelling. Today: "):
        one = old()
    other = today()
    assert type(one) is type(other)
    assert made(one.get_config()) == made(other.get_config())


def test_values_without_a_successor_are_refused():
    for make, said in (
        (lambda: L.BatchNormalization(virtual_batch_size=8), "batches themselves of that size"),
        (lambda: L.Attention(causal=True), "use_causal_mask=True"),
    ):
        with pytest.raises(ArgumentError, match=said):
            make()


@pytest.mark.parametrize("module", NAMES)
def test_old_names_lead_somewhere_and_are_told(module):
    import importlib

    place = importlib.import_module(f"hornbeam.keras.{module}")
    for name in NAMES[module]:
        vars(place).pop(name, None)
        assert quietly(lambda name=name: getattr(place, name)) is not None
    with pytest.raises(AttributeError, match="Hornbeam has no"):
        place.no_such_name  # noqa: B018


def test_old_strings():
    pairs = (("losses", "cosine_proximity", "cosine_similarity"), ("losses", "kullback_leibler_divergence", "kl_divergence"))
    for module, old, today in pairs:
        assert getattr(keras, module).get(old) is getattr(keras, module).get(today)
    reduction = keras.losses.Reduction
    assert keras.losses.MeanSquaredError(reduction=reduction.AUTO).reduction == "sum_over_batch_size"
    assert keras.losses.MeanSquaredError(reduction=reduction.NONE).reduction == "none"


def test_first_weights():
    dense = lambda: L.Dense(3, weights=[np.ones((4, 3)), np.arange(3.0)], input_dim=4)
    model = quietly(lambda: keras.Sequential([dense()]))
    np.testing.assert_allclose(model.predict(X[:1], verbose=0), X[:1].sum() + np.arange(3.0)[None], rtol=1e-6)


def test_classes_that_went():
    np.testing.assert_allclose(quietly(lambda: L.ThresholdedReLU(theta=1.0))(np.array([0.5, 1.0, 2.0], "float32")), [0, 0, 2])
    layer = quietly(lambda: L.LocallyConnected2D(3, 2, activation="relu"))
    x = np.random.RandomState(0).rand(2, 3, 4, 2).astype("float32")
    out = np.array(layer(x))
    kernel = layer.get_weights()[0].reshape(2, 3, 2 * 2 * 2, 3)
    assert [w.shape for w in layer.get_weights()] == [(6, 8, 3), (2, 3, 3)]
    expected = [[np.maximum(x[:, i : i + 2, j : j + 2].reshape(2, -1) @ kernel[i, j], 0) for j in range(3)] for i in range(2)]
    np.testing.assert_allclose(out, np.transpose(expected, (2, 0, 1, 3)), rtol=1e-5)
    one = quietly(lambda: L.LocallyConnected1D(3, 2, strides=2))
    assert one(x[:, 0]).shape == (2, 2, 3) and [w.shape for w in one.get_weights()] == [(2, 4, 3), (2, 3)]
    picture = x[:, :, :, :1]
    assert quietly(lambda: L.experimental.preprocessing.RandomHeight(0.3))(picture, training=True).shape == picture.shape
    linear = quietly(lambda: keras.experimental.LinearModel())
    assert float(np.abs(linear(X)).max()) == 0.0
    schedule = quietly(lambda: keras.experimental.LinearCosineDecay(0.1, 10))
    # (alpha + line) * cosine + beta, at the start, half way and the end
    np.testing.assert_allclose([schedule(0), schedule(5), schedule(10)], [0.1001, 0.1 * (0.25 + 0.001), 0.0001], rtol=1e-4)


def test_random_fourier_features_approximate_their_kernels():
    kind = quietly(lambda: L.experimental.RandomFourierFeatures)
    x = np.random.RandomState(0).rand(4, 3).astype("float32")
    apart = x[:, None] - x[None]
    kernels = {"gaussian": np.exp(-(apart**2).sum(-1) / (2 * 1.5)), "Laplacian": np.exp(-np.abs(apart).sum(-1))}
    for name, expected in kernels.items():
        features = np.array(kind(20000, name)(x))  # scales: sqrt(3 / 2) and 1
        np.testing.assert_allclose(features @ features.T * 2 / 20000, expected, atol=0.05)
    model = keras.Sequential([keras.Input((3,)), kind(8, scale=2.0, trainable=True), L.Dense(1)])
    assert [w.shape for w in model.layers[0].trainable_weights] == [(1,)] and not kind(8).trainable
    again = quietly(lambda: keras.Sequential.from_config(model.get_config()))
    again.set_weights(model.get_weights())
    np.testing.assert_allclose(again(x), model(x), rtol=1e-6)
    model.compile("sgd", "hinge")
    model.fit(x, np.ones((4, 1)), verbose=0)
    assert float(model.layers[0].kernel_scale[0]) != 2.0
    for wrong in ({"output_dim": 0}, {"output_dim": 4, "scale": -1.0}, {"output_dim": 4, "kernel_initializer": "cauchy"}):
        with pytest.raises(ArgumentError, match="RandomFourierFeatures"):
            kind(**wrong)


class Sum(quietly(lambda: L.AbstractRNNCell)):
    state_size = output_size = 2

    def call(self, inputs, states):
        return states[0] + inputs, [states[0] + inputs]


def test_cells_of_the_abstract_class():
    assert np.array(L.RNN(Sum())(np.ones((1, 4, 2), "float32"))).tolist() == [[4.0, 4.0]]


class Product(L.Layer):
    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape.as_list()[-1], 2), initializer="ones")
        super().build(input_shape)

    def call(self, x):
        return hb.ops.matmul(x, self.kernel)


def test_build_is_given_a_tensor_shape(tmp_path):
    one = keras.Sequential([L.Input((4,)), Product()])
    one.save(tmp_path / "m.keras")
    two = keras.models.load_model(tmp_path / "m.keras", custom_objects={"Product": Product})
    np.testing.assert_array_equal(two.predict(X, verbose=0), one.predict(X, verbose=0))


def test_layers_as_configurations():
    config = keras.layers.serialize(L.Dense(3))
    assert keras.layers.deserialize(config).units == quietly(lambda: keras.models.model_from_config(config)).units == 3
    assert quietly(lambda: keras.losses.serialize(keras.losses.mse, use_legacy_format=True)) == "mean_squared_error"


# Training.
def model(units=3, **compiled):
    start = keras.initializers.GlorotUniform(seed=1)
    made = keras.Sequential([L.Input((4,)), L.Dense(units, activation="softmax" if units > 1 else "sigmoid", kernel_initializer=start)])
    made.compile(**{"optimizer": "sgd", "loss": "sparse_categorical_crossentropy", "metrics": ["acc"], **compiled})
    return made


class Batches(keras.utils.Sequence):
    def __init__(self):
        self.batch_size = 4

    def __len__(self):
        return 2

    def __getitem__(self, i):
        return X[4 * i : 4 * i + 4], Y[4 * i : 4 * i + 4]


def endless():
    while True:
        yield X[:4], Y[:4]
        yield X[4:], Y[4:]


def test_generators_have_their_own_methods():
    today = model().fit(Batches(), epochs=2, verbose=0, shuffle=False).history
    for run in (
        lambda: model().fit_generator(Batches(), 2, 2, 0, shuffle=False),
        lambda: model().fit_generator(endless(), steps_per_epoch=8 / 4, epochs=2, verbose=0, workers=2, use_multiprocessing=True),
        lambda: model().fit_generator(endless(), samples_per_epoch=8, nb_epoch=2, verbose=0, max_q_size=1, nb_worker=1),
        lambda: model().fit(endless(), steps_per_epoch=2.0, nb_epoch=2, verbose=0, workers=2, max_queue_size=3),
    ):
        found = quietly(run).history
        assert set(found) == set(today)
        for name, values in found.items():
            np.testing.assert_allclose(values, today[name], rtol=1e-6)
    one = model()
    with pytest.warns(OldSpelling, match=r"evaluate_generator"):
        np.testing.assert_allclose(one.evaluate_generator(endless(), 2), one.evaluate(X, Y, verbose=0), rtol=1e-6)
    with pytest.warns(OldSpelling, match=r"predict_generator"):
        np.testing.assert_allclose(one.predict_generator(Batches(), verbose=0), one.predict(X, verbose=0), rtol=1e-6)


def test_predictions():
    one = model()
    with pytest.warns(OldSpelling, match="np.argmax"):
        assert (one.predict_classes(X) == one.predict(X, verbose=0).argmax(-1)).all()
    binary = model(1, loss="binary_crossentropy")
    with pytest.warns(OldSpelling, match="> 0.5"):
        classes = binary.predict_classes(X)
    assert classes.shape == (8, 1) and classes.dtype == np.int32
    row = [float(v) for v in X[0]]
    np.testing.assert_allclose(one.predict([row], verbose=0), one.predict(X[:1], verbose=0), rtol=1e-6)


def test_labels_with_noise_on_them():
    noisy = np.array([-0.02, 1.04] * 4, "float32")
    assert np.isfinite(model(1, loss="binary_crossentropy").train_on_batch(X, noisy)[0])
    with pytest.raises(ValueError, match="between 0 and 1"):
        model(1, loss="binary_crossentropy").train_on_batch(X, Y)


def test_weights_of_examples_with_a_loss_that_is_one_number():
    one = model(2, loss=lambda y_true, y_pred: hb.ops.mean(hb.ops.square(y_true - y_pred)), metrics=[])
    y = np.zeros((8, 2))
    # as TensorFlow: the loss times the weights' mean
    weighted = one.evaluate(X, y, sample_weight=np.arange(8.0), verbose=0)
    assert weighted == pytest.approx(3.5 * one.evaluate(X, y, verbose=0), rel=1e-5)


def test_arguments_that_went():
    quietly(lambda: model(sample_weight_mode=None, target_tensors=None, experimental_run_tf_function=False)).fit(X, Y, verbose=0)
    one = model()
    one.train_on_batch(X, Y)
    apart = [one.test_on_batch(X[i : i + 4], Y[i : i + 4])[0] for i in (0, 4)]
    added = [quietly(lambda i=i: one.test_on_batch(X[i : i + 4], Y[i : i + 4], reset_metrics=False))[0] for i in (0, 4)]
    assert added == pytest.approx([apart[0], np.mean(apart)], rel=1e-5) and one.test_on_batch(X[:4], Y[:4])[0] == pytest.approx(apart[0])
    inputs = L.Input((4,))
    two = quietly(lambda: keras.Model(input=inputs, output=L.Dense(2)(inputs)))
    assert isinstance(two, hb.models.Functional) and two.predict(X, verbose=0).shape == (8, 2)


def test_history_finds_other_names():
    rate = keras.callbacks.LearningRateScheduler(lambda epoch: 0.5)
    history = model(metrics=["accuracy"]).fit(X, Y, verbose=0, validation_split=0.25, callbacks=[rate]).history
    with pytest.warns(OldSpelling, match="learning_rate"):
        assert history["lr"] == history["learning_rate"] == [0.5]
    assert quietly(lambda: history["val_acc"]) == history["val_accuracy"]
    assert "val_acc" not in history and set(history) == {"accuracy", "learning_rate", "loss", "val_accuracy", "val_loss"}
    with pytest.raises(KeyError, match="val_f1"):
        history["val_f1"]


def test_logs_find_other_names(tmp_path):
    seen = []

    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs={}):  # noqa: B006 (as it was written)
            seen.append((logs.get("acc"), logs.get("val_mean_absolute_error"), logs.get("mae"), logs.get("auc", 5)))
            logs["seen"] = 1.0

    model = keras.Sequential([L.Dense(3, activation="softmax")])
    labels = np.eye(3, dtype="float32")[Y]
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy", "mae"])
    path = str(tmp_path / "{epoch}-{val_acc:.2f}.weights.h5")
    checkpoint = keras.callbacks.ModelCheckpoint(path, "val_acc", save_weights_only=True)
    with pytest.warns(OldSpelling, match="logs.'acc'.*logs.'accuracy'"):
        history = model.fit(X, labels, verbose=0, validation_data=(X, labels), callbacks=[Stop(), checkpoint]).history
    assert seen == [(history["accuracy"][0], history["val_mae"][0], history["mae"][0], 5)]
    assert history["seen"] == [1.0]
    assert [file.name for file in tmp_path.iterdir()] == [f"1-{history['val_accuracy'][0]:.2f}.weights.h5"]
    with pytest.raises(KeyError, match="acuracy"):
        history["acuracy"]


def test_decay():
    """The rate of step i is rate / (1 + decay i)."""
    variable = hb.Variable(np.float32(1.0))
    optimizer = quietly(lambda: O.SGD(lr=0.5, decay=0.5))
    expected = 1.0
    for i in range(4):
        optimizer.apply_gradients([(np.float32(1.0), variable)])
        expected -= 0.5 / (1 + 0.5 * i)
        assert float(variable.numpy()) == pytest.approx(expected)
    assert float(optimizer.learning_rate.numpy()) == 0.5 and float(optimizer._decayed_lr("float32")) == pytest.approx(0.5 / 3)
    assert quietly(lambda: type(optimizer).from_config(optimizer.get_config())).decay == 0.5
    # in fit, where a callback may set the rate meanwhile
    one = keras.Sequential([L.Input((1,)), L.Dense(1, use_bias=False, kernel_initializer="ones")])
    one.compile(quietly(lambda: O.SGD(lr=0.1, decay=1.0)), lambda y_true, y_pred: y_pred)
    one.fit(np.ones((3, 1), "float32"), np.zeros((3, 1)), batch_size=1, verbose=0)
    assert one.get_weights()[0].item() == pytest.approx(1 - 0.1 * (1 + 1 / 2 + 1 / 3))


def test_minimize_and_lr():
    variable = hb.Variable(np.float32(3.0))
    optimizer = O.SGD(0.1)
    with pytest.warns(OldSpelling, match="apply_gradients"):
        optimizer.minimize(lambda: variable * variable, [variable])
    assert float(variable.numpy()) == pytest.approx(2.4)
    with hb.GradientTape() as tape:
        loss = variable * variable
    optimizer.minimize(loss, [variable], tape=tape)
    assert float(variable.numpy()) == pytest.approx(1.92)
    with pytest.raises(ValueError, match="tape"):
        optimizer.minimize(loss, [variable])
    with pytest.warns(OldSpelling, match="optimizer.learning_rate"):
        optimizer.lr = 0.2
    optimizer.lr.assign(0.3)
    assert float(optimizer.learning_rate.numpy()) == pytest.approx(0.3)
    assert [v.shape for v in optimizer.get_weights()] == [(), ()]


class OwnMomentum(O.Optimizer):
    """As TensorFlow 2.0 to 2.10 wanted it."""

    def __init__(self, learning_rate=0.1, momentum=0.9, name="OwnMomentum", **kwargs):
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("momentum", momentum)

    def _create_slots(self, var_list):
        for var in var_list:
            self.add_slot(var, "m")

    def _resource_apply_dense(self, grad, var, apply_state=None):
        m = self.get_slot(var, "m")
        m.assign(self._get_hyper("momentum", var.dtype.base_dtype) * m - self._decayed_lr(var.dtype.base_dtype) * grad)
        return var.assign_add(m)

    def get_config(self):
        return {**super().get_config(), "momentum": self._serialize_hyperparameter("momentum")}


def test_an_optimizer_of_ones_own():
    histories = []
    for optimizer in (OwnMomentum(0.1), O.SGD(0.1, momentum=0.9)):
        one = model(optimizer=optimizer)
        histories.append(one.fit(X, Y, epochs=3, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(*histories, rtol=1e-5)
    assert quietly(lambda: OwnMomentum(0.1, decay=0.5))._initial_decay == 0.5 and OwnMomentum().get_config()["momentum"] == 0.9


class Decayed(O.SGD):
    """What TensorFlow Addons puts over a built-in optimizer: something more for each variable."""

    def _resource_apply_dense(self, grad, var, apply_state=None):
        var.assign_sub(0.5 * var, self._use_locking)
        return super()._resource_apply_dense(grad, var, apply_state=apply_state)


class Slow(O.legacy.Optimizer):
    """An optimizer around another: every second step goes half the way."""

    def __init__(self, inner, name="Slow", **kwargs):
        super().__init__(name, **kwargs)
        self._optimizer = inner
        self._track_trackable(self._optimizer, "inner")

    def _create_slots(self, var_list):
        self._optimizer._create_slots(var_list=var_list)
        for var in var_list:
            self.add_slot(var, "slow", initializer=var)
            self.add_slot(var, "steps", initializer=np.zeros((), "float32"))

    def _prepare_local(self, var_device, var_dtype, apply_state):
        self._optimizer._prepare_local(var_device, var_dtype, apply_state)
        apply_state[var_device, var_dtype]["half"] = 0.5

    def apply_gradients(self, grads_and_vars, name=None, **kwargs):
        self._optimizer._iterations = self.iterations
        return super().apply_gradients(grads_and_vars, name, **kwargs)

    def _resource_apply_dense(self, grad, var, apply_state=None):
        assert "apply_state" in self._optimizer._dense_apply_args
        self._optimizer._resource_apply_dense(grad, var, apply_state=apply_state)
        slow, steps = self.get_slot(var, "slow"), self.get_slot(var, "steps")
        local = self._fallback_apply_state(var.device, var.dtype.base_dtype)
        if int(steps.assign_add(1.0)) % 2 == 0:
            var.assign(slow.assign(slow + local["half"] * (var - slow)))

    @property
    def learning_rate(self):
        return self._optimizer._get_hyper("learning_rate")

    @learning_rate.setter
    def learning_rate(self, value):
        self._optimizer._set_hyper("learning_rate", value)


def test_optimizers_over_others():
    def steps(optimizer, count):
        variable = hb.Variable(np.ones(2, "float32"))
        for _ in range(count):
            optimizer.apply_gradients([(hb.ops.ones(2), variable)])
        assert int(optimizer.iterations) == count
        return float(variable.numpy()[0])

    assert steps(Decayed(0.1), 2) == pytest.approx(0.5 * (0.5 - 0.1) - 0.1)
    assert steps(Slow(O.SGD(0.1)), 4) == pytest.approx(1 - 0.1 - 0.1)
    wrapped = Slow(O.Adam(0.1))
    wrapped.learning_rate = 0.2
    assert steps(wrapped, 1) == pytest.approx(0.8, abs=1e-5) and float(wrapped.learning_rate) == pytest.approx(0.2)


class LaterMomentum(O.Optimizer):
    """As TensorFlow 2.11 to 2.15 wanted it."""

    def __init__(self, learning_rate=0.1, momentum=0.9, name="LaterMomentum", **kwargs):
        super().__init__(name=name, **kwargs)
        self._learning_rate = self._build_learning_rate(learning_rate)
        self.momentum = momentum

    def build(self, var_list):
        super().build(var_list)
        self.m = [self.add_variable_from_reference(model_variable=v, variable_name="m") for v in var_list]

    def update_step(self, gradient, variable):
        m = self.m[self._index_dict[self._var_key(variable)]]
        m.assign(self.momentum * m - self.learning_rate * gradient)
        variable.assign_add(m)

    def get_config(self):
        return {**super().get_config(), "learning_rate": self._serialize_hyperparameter(self._learning_rate), "momentum": self.momentum}


@pytest.mark.filterwarnings("ignore::hornbeam.dialects.rows.OldSpelling")
def test_an_optimizer_of_ones_own_in_its_second_form():
    histories = []
    for optimizer in (LaterMomentum(0.1), O.SGD(0.1, momentum=0.9)):
        histories.append(model(optimizer=optimizer).fit(X, Y, epochs=3, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(*histories, rtol=1e-5)
    assert LaterMomentum(0.5).get_config()["learning_rate"] == 0.5


class OwnStep(keras.Model):
    """A train_step as the guides of TensorFlow 2.2 to 2.15 write it."""

    def __init__(self):
        super().__init__()
        self.dense = L.Dense(3, activation="softmax", kernel_initializer=keras.initializers.GlorotUniform(seed=1))

    def call(self, x):
        return self.dense(x)

    def train_step(self, data):
        x, y = data
        with hb.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compiled_loss(y, y_pred, regularization_losses=self.losses)
        self.optimizer.apply_gradients(zip(tape.gradient(loss, self.trainable_variables), self.trainable_variables, strict=True))
        self.compiled_metrics.update_state(y, y_pred)
        return {m.name: m.result() for m in self.metrics}


def test_compiled_loss_and_metrics():
    one = OwnStep()
    one.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    own = one.fit(X, Y, epochs=2, shuffle=False, verbose=0).history
    usual = model(metrics=["accuracy"]).fit(X, Y, epochs=2, shuffle=False, verbose=0).history
    for name in ("loss", "accuracy"):
        np.testing.assert_allclose(own[name], usual[name], rtol=1e-5)


def test_a_loss_and_a_metric_of_the_graph():
    inputs = L.Input((4,))
    code = L.Dense(2, kernel_initializer="ones", name="code")(inputs)
    outputs = L.Dense(4, kernel_initializer="ones")(code)
    one = keras.Model(inputs, outputs)
    difference = hb.ops.mean(hb.ops.square(inputs - outputs), axis=-1)
    with pytest.warns(OldSpelling, match="self.add_loss"):
        one.add_loss(difference)
    one.add_metric(hb.ops.sum(code), name="total", aggregation="mean")
    one.compile("sgd")
    logs = one.evaluate(X, verbose=0, return_dict=True)
    out = one.predict(X, verbose=0)
    assert logs["loss"] == pytest.approx(np.mean((X - out) ** 2), rel=1e-5) and logs["total"] == pytest.approx(2 * X.sum(), rel=1e-5)
    history = one.fit(X, epochs=3, verbose=0).history["loss"]
    assert history[-1] < history[0]


class Counting(keras.metrics.Metric):
    def __init__(self, name="counting", **kwargs):
        super().__init__(name=name, **kwargs)
        self.count = self.add_weight("count", initializer="zeros")
        self.table = self.add_weight(name="table", shape=(2,), initializer="zeros", aggregation=None)

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.count.assign_add(1.0)

    def result(self):
        return self.count


class Scaled(L.Layer):
    def __init__(self):
        super().__init__()
        self.scale = self.add_weight("scale", (4,), initializer="ones")
        self.shift = quietly(lambda: self.add_variable("shift", shape=(4,), initializer="zeros", use_resource=True))

    def call(self, x):
        quietly(lambda: self.add_metric(hb.ops.mean(x), name="mean", aggregation="mean"))
        return x * self.scale + self.shift


def test_weights_named_first_and_layers_metrics():
    counting = quietly(Counting)
    counting.update_state(None, None)
    assert float(counting.result()) == 1.0 and counting.count.name == "count" and counting.table.shape == (2,)
    quietly(counting.reset_states)
    assert float(counting.result()) == 0.0
    layer = quietly(Scaled)
    assert layer.scale.shape == (4,) and layer.shift.name == "shift"
    one = keras.Sequential([L.Input((4,)), layer])
    one.compile("sgd", "mse")
    assert one.evaluate(X, X, verbose=0, return_dict=True)["mean"] == pytest.approx(X.mean())
    assert layer.get_output_at(0).shape == (None, 4) and layer.get_input_shape_at(0) == (None, 4)


def test_recurrent_states():
    one = keras.Sequential([L.Input(batch_shape=(2, 3, 1)), L.SimpleRNN(2, stateful=True)])
    x = np.ones((2, 3, 1), "float32")
    first = one.predict(x, batch_size=2, verbose=0)
    assert not np.allclose(one.predict(x, batch_size=2, verbose=0), first)
    one.reset_states()
    np.testing.assert_allclose(one.predict(x, batch_size=2, verbose=0), first, rtol=1e-6)


# Callbacks and files.
def test_checkpoints_of_any_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    checkpoint = keras.callbacks.ModelCheckpoint
    callbacks = quietly(lambda: [
        checkpoint("every-{epoch}.hdf5", period=2),
        checkpoint("t/cp-{epoch:04d}.ckpt", save_weights_only=True),
        checkpoint("best", monitor="loss", save_best_only=True),
        checkpoint("w.h5", save_weights_only=True),
    ])  # fmt: skip
    one = model()
    quietly(lambda: one.fit(X, Y, epochs=4, verbose=0, callbacks=callbacks))
    assert sorted(p.name for p in tmp_path.glob("every*")) == ["every-2.hdf5", "every-4.hdf5"]
    assert 'model_checkpoint_path: "cp-0004.ckpt"' in (tmp_path / "t" / "checkpoint").read_text()
    out = one.predict(X, verbose=0)
    for load in (lambda m: m.load_weights("t/cp-0004.ckpt").expect_partial(), lambda m: m.load_weights("w.h5")):
        two = model()
        load(two)
        np.testing.assert_array_equal(two.predict(X, verbose=0), out)
    np.testing.assert_array_equal(quietly(lambda: keras.models.load_model("best")).predict(X, verbose=0), out)


@pytest.mark.parametrize(
    ("name", "options"),
    [("folder", {}), ("deep/folder", {"save_format": "tf"}), ("mask.model", {"save_format": "h5"}), ("m.h5", {"save_format": "h5"}),
     ("model.keras", {"save_traces": True, "options": None})],
)  # fmt: skip
def test_a_model_comes_back(name, options, tmp_path):
    one = model()
    (tmp_path / "deep").mkdir()
    path = str(tmp_path / name)
    for save in (lambda: one.save(path, **options), lambda: keras.models.save_model(one, path, **options)):
        quietly(save)
        two = quietly(lambda: keras.models.load_model(path))
        np.testing.assert_array_equal(two.predict(X, verbose=0), one.predict(X, verbose=0))
    assert two.optimizer.name == "sgd"


def test_a_model_in_an_open_file():
    one, file = model(), io.BytesIO()
    keras.models.save_model(one, file)
    file.seek(0)
    np.testing.assert_array_equal(keras.models.load_model(file).predict(X, verbose=0), one.predict(X, verbose=0))


def test_a_model_that_hands_itself_on():
    class Doubled(keras.Model):
        def __init__(self):
            super().__init__(self)

        def call(self, inputs):
            return inputs * 2

    with pytest.warns(OldSpelling, match=r"super\(\).__init__\(\)"):
        assert Doubled()(np.ones((1, 2))).numpy().tolist() == [[2, 2]]


def test_files_of_tensorflow_are_told_apart(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"")
    with pytest.raises(DataError, match="a SavedModel that TensorFlow wrote"):
        keras.models.load_model(tmp_path)
    with pytest.raises(ArgumentError, match="found no checkpoint"):
        model().load_weights(None)


def test_weights_by_name(tmp_path):
    one = keras.Sequential([L.Input((4,)), L.Dense(3, name="a"), L.Dense(2, name="b")])
    path = str(tmp_path / "m.h5")
    quietly(lambda: one.save(path, save_format="h5"))
    two = keras.Sequential([L.Input((4,)), L.Dense(3, name="a"), L.Dense(5, name="c")])
    quietly(lambda: two.load_weights(path, by_name=True))
    np.testing.assert_array_equal(two.layers[0].get_weights()[0], one.layers[0].get_weights()[0])
    three = keras.Sequential([L.Input((4,)), L.Dense(6, name="a")])
    with pytest.raises(ValueError, match=r"Layer 'a' has weights of shapes \[\(4, 6\)"):
        quietly(lambda: three.load_weights(path, by_name=True))
    quietly(lambda: three.load_weights(path, by_name=True, skip_mismatch=True))


def test_yaml(monkeypatch):
    one = model()
    text = quietly(one.to_yaml)
    assert keras.models.model_from_yaml(text).get_config() == one.get_config()
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(ArgumentError, match="pip install pyyaml"):
        keras.models.model_from_yaml("class_name: Sequential")


def test_old_callbacks():
    class Own(keras.callbacks.Callback):
        def set_model(self, model):
            self.model = model

        def on_epoch_end(self, epoch, logs=None):
            assert self.model.name and self.validation_data is None

    model().fit(X, Y, verbose=0, callbacks=[Own()])
    assert quietly(lambda: keras.callbacks.ReduceLROnPlateau(epsilon=0.1)).min_delta == 0.1
    quietly(lambda: keras.callbacks.TensorBoard(batch_size=32, write_grads=True, embeddings_data=None))
    quietly(lambda: keras.utils.multi_gpu_model(model(), gpus=2))


def test_a_metric_added_by_its_result():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense, self.mean = L.Dense(1), keras.metrics.Mean(name="mean_of_x")

        def call(self, x):
            self.add_metric(self.mean(hb.ops.mean(x)))
            return self.dense(x)

    model = Own()
    model.compile("sgd", "mse")
    history = quietly(lambda: model.fit(X, Y.astype("float32"), epochs=2, verbose=0, batch_size=8).history)
    assert set(history) == {"loss", "mean_of_x"} and history["mean_of_x"] == pytest.approx([X.mean()] * 2)


def test_where_a_recurrence_starts():
    x = np.ones((2, 5, 3), np.float32)
    assert keras.layers.GRU(4).get_initial_state(x)[0].shape == (2, 4)
    cell = keras.layers.LSTMCell(4)
    stacked = keras.layers.StackedRNNCells([cell])
    for states in (cell.get_initial_state(batch_size=2, dtype="float16"), cell.get_initial_state(None, 2, "float16"),
                   stacked.get_initial_state(inputs=x, dtype="float16")[0]):  # fmt: skip
        assert [(state.shape, state.dtype) for state in states] == [((2, 4), "float16")] * 2


def test_what_a_model_was_built_with():
    model = keras.Sequential([keras.layers.Rescaling(2.0)])
    assert model.save_spec() is None
    model(np.ones((3, 5), np.float32))
    ((spec,), kwargs) = model.save_spec()
    assert tuple(spec.shape) == (None, 5) and spec.dtype == "float32" and not kwargs


def test_embeddings_for_a_new_vocabulary():
    found = keras.utils.warmstart_embedding_matrix(["a", "b"], ["b", "c", "a"], [[1.0, 2.0], [3.0, 4.0]], "ones")
    assert found.tolist() == [[3, 4], [1, 1], [1, 2]]


def test_the_order_of_dimensions():
    backend = keras.backend
    quietly(lambda: backend.set_image_dim_ordering("th"))
    try:
        assert backend.image_data_format() == "channels_first" and quietly(backend.image_dim_ordering) == "th"
        assert quietly(lambda: L.Convolution2D(2, 3, 3, input_shape=(1, 5, 5))).data_format == "channels_first"
    finally:
        quietly(lambda: backend.set_image_dim_ordering("tf"))
    assert backend.image_data_format() == "channels_last"
    with pytest.raises(ArgumentError, match="'tf' or 'th'"):
        quietly(lambda: backend.set_image_dim_ordering("theano"))


def test_private_names_that_programs_use():
    start = L.Input((2,))
    dense = L.Dense(3)
    out = dense(start)
    dense._name = "renamed"
    model = keras.Model(start, out)
    assert [layer.name for layer in model._layers][1:] == ["renamed"] and dense.name == "renamed"
    assert dense._trainable_weights == dense.trainable_weights and dense._compute_dtype == "float32"
    assert out._keras_history[0] is dense and out._keras_history[1:] == (0, 0) and out._keras_history.operation is dense
    again = L.Dense(1)
    again(out * 2)
    node = again._inbound_nodes[0]
    assert node.inbound_layers is dense and node.layer is again and node.parent_nodes[0].operation.name == "multiply"
    sequential = keras.Sequential([L.Input((2,), name="start"), L.Dense(3, name="end")])
    assert sequential.input_names == ["start"] and sequential.output_names == ["end"] and not sequential._is_compiled
    assert sequential._feed_inputs is sequential.inputs and not sequential.distribute_strategy.extended._in_multi_worker_mode()
    found = keras.backend.function(sequential._feed_inputs, {"end": sequential.output}.values())([X[:, :2]])
    assert found[0].shape == (8, 3)
    optimizer = O.SGD()
    optimizer._name = "mine"
    assert optimizer.name == "mine"
    assert start._keras_history.layer is model._layers[0] and not hasattr(hb.ops.ones(2), "_keras_history")


def test_an_embedding_knows_what_it_is_given():
    model = keras.Sequential([L.Embedding(5, 3), L.GlobalAveragePooling1D()])
    model.build()
    assert model.output_shape == (None, 3)


def test_objects_in_the_form_of_keras_2():
    class Holder:
        def __init__(self, a=1):
            self.a = a

        def get_config(self):
            return {"a": self.a}

    legacy = keras.utils.legacy
    assert legacy.serialize_keras_object(Holder(3)) == {"class_name": "Holder", "config": {"a": 3}}
    assert legacy is keras.legacy.saving
    for tables in (({"Holder": Holder},), (None, {"Holder": Holder})):
        assert legacy.deserialize_keras_object({"class_name": "Holder", "config": {"a": 5}}, *tables).a == 5
    assert legacy.deserialize_keras_object("length", {"length": len}) is len and legacy.deserialize_keras_object(None) is None
    assert isinstance(legacy.deserialize_keras_object({"class_name": "Dense", "config": {"units": 3}}, vars(hb.layers)), L.Dense)


def test_a_model_that_was_frozen_after_it_was_compiled():
    """As in Keras 2: alone it is trained, inside the second model it is not."""
    judge = keras.Sequential([L.Input((4,)), L.Dense(1)])
    judge.compile(O.SGD(0.1), "mse")
    start = L.Input((4,))
    made = L.Dense(4)(start)
    judge.trainable = False
    both = keras.Model(start, judge(made))
    both.compile(O.SGD(0.1), "mse")
    before = judge.get_weights()[0]
    both.train_on_batch(X, Y.reshape(-1, 1))
    assert (judge.get_weights()[0] == before).all()
    quietly(lambda: judge.train_on_batch(X, Y.reshape(-1, 1)))
    assert not (judge.get_weights()[0] == before).all() and not judge.trainable and not judge.trainable_weights


def test_metrics_as_the_third_argument_of_compile():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    with pytest.warns(FutureWarning, match="metrics="):
        model.compile("sgd", "mse", ["mae"])
    assert list(model.evaluate(np.ones((4, 2)), np.ones((4, 1)), verbose=0, return_dict=True)) == ["loss", "mae"]
    model.compile("sgd", "mse", [2.0])
    assert model.get_compile_config()["loss_weights"] == [2.0]


def test_what_layers_had_as_modules():
    inner = keras.Sequential([L.Dense(2, name="a"), L.ReLU(name="b")], name="inner")
    outer = keras.Sequential([hb.Input((4,)), inner], name="outer")
    assert [each.name for each in outer.submodules if not isinstance(each, L.InputLayer)] == ["inner", "a", "b"]
    assert outer.name_scope() == "outer"
