"""Every argument of `fit`, with the numbers that Keras 3.15 gave for the same weights and batches."""

import numpy as np
import pytest

import hornbeam as hb
from training.fixtures_of_fit import RAMP, TARGET, L, X, Y, batches, classifier, filled, near, regressor

QUIET = {"shuffle": False, "verbose": 0}

KERAS = {
    "plain": ({}, {"accuracy": [0.425, 0.425], "loss": [0.85073, 0.8081], "weighted_accuracy": [0.425, 0.425]}),
    "sample_weight": (
        {"sample_weight": RAMP},
        {"accuracy": [0.425, 0.425], "loss": [0.41223, 0.40262], "weighted_accuracy": [0.44872, 0.44872]},
    ),
    "validation_split and sample_weight": (
        {"validation_split": 0.25, "sample_weight": RAMP},
        {
            "accuracy": [0.4, 0.4], "loss": [0.33326, 0.3272], "val_accuracy": [0.5, 0.5], "val_loss": [0.64609, 0.64169],
            "val_weighted_accuracy": [0.51014, 0.51014], "weighted_accuracy": [0.4, 0.4],
        },
    ),
    "weighted validation_data": (
        {"validation_data": (X, Y, RAMP)},
        {
            "accuracy": [0.425, 0.425], "loss": [0.85073, 0.8081], "val_accuracy": [0.425, 0.425], "val_loss": [0.39428, 0.38016],
            "val_weighted_accuracy": [0.44872, 0.44872], "weighted_accuracy": [0.425, 0.425],
        },
    ),
    "short last batch, validation_batch_size, validation_steps": (
        {"batch_size": 7, "validation_data": (X, Y), "validation_batch_size": 9, "validation_steps": 2},
        {
            "accuracy": [0.425, 0.475], "loss": [0.80261, 0.71454], "val_accuracy": [0.44444, 0.72222],
            "val_loss": [0.72194, 0.66355], "val_weighted_accuracy": [0.44444, 0.72222], "weighted_accuracy": [0.425, 0.475],
        },
    ),
    "initial_epoch": ({"initial_epoch": 1}, {"accuracy": [0.425], "loss": [0.85073], "weighted_accuracy": [0.425]}),
}  # fmt: skip


@pytest.mark.parametrize("case", KERAS)
def test_arguments_give_keras_numbers(case):
    arguments, wanted = KERAS[case]
    history = classifier(weighted_metrics=["accuracy"]).fit(X, Y, epochs=2, **QUIET, **arguments)
    assert near(history.history, wanted)
    assert history.epoch == list(range(arguments.get("initial_epoch", 0), 2))


def test_class_weights():
    weights = {0: 1.0, 1: 3.0}
    found = classifier(weighted_metrics=["accuracy"]).fit(X, Y, class_weight=weights, **QUIET)
    assert near(found.history, {"accuracy": [0.425], "loss": [2.13445], "weighted_accuracy": [0.19767]})
    model = classifier()
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    assert near(model.fit(X, np.eye(2)[Y], class_weight=weights, **QUIET).history, {"accuracy": [0.425], "loss": [2.17187]})


def test_steps_per_epoch_goes_on_in_the_data():
    with pytest.warns(UserWarning, match="ran out after 1 of 2 batches of epoch 3"):
        history = classifier().fit(X, Y, batch_size=8, steps_per_epoch=2, epochs=3, **QUIET)
    assert near(history.history, {"accuracy": [0.4375, 0.375, 0.5], "loss": [0.83547, 0.84597, 0.68158]})
    steps = []
    watcher = hb.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: steps.append(batch))
    classifier().fit(X, Y, steps_per_epoch=5, callbacks=[watcher], **QUIET)
    assert steps == [0, 1, 2, 3, 4]  # without a batch size, so many batches of the whole data


def test_validation_freq():
    history = classifier().fit(X, Y, epochs=4, validation_data=(X, Y), validation_freq=2, **QUIET).history
    assert len(history["loss"]) == 4 and len(history["val_loss"]) == 2
    history = classifier().fit(X, Y, epochs=4, validation_data=(X, Y), validation_freq=[1, 4], **QUIET).history
    assert len(history["val_loss"]) == 2


ROWS = {"accuracy": [0.425, 0.45], "loss": [0.80889, 0.72483]}  # two epochs in order, batches of 8


class Rows(hb.utils.PyDataset):
    def __len__(self):
        return 5

    def __getitem__(self, i):
        return X[8 * i : 8 * i + 8], Y[8 * i : 8 * i + 8]


class Loader:
    """What a PyTorch DataLoader looks like: a length, and a new iterator each time."""

    def __len__(self):
        return 5

    def __iter__(self):
        return batches(5)


class Endless:
    def __iter__(self):
        return batches(forever=True)


SOURCES = {
    "arrays": lambda: ((X, Y), {"batch_size": 8}),
    "lists": lambda: ((X.tolist(), Y.tolist()), {"batch_size": 8}),
    "tensors": lambda: ((hb.ops.convert_to_tensor(X), hb.ops.convert_to_tensor(Y)), {"batch_size": 8}),
    "a generator": lambda: ((batches(forever=True),), {"steps_per_epoch": 5}),
    "a PyDataset": lambda: ((Rows(),), {}),
    "a DataLoader": lambda: ((Loader(),), {}),
    "an iterable without length": lambda: ((Endless(),), {"steps_per_epoch": 5}),
}


@pytest.mark.parametrize("source", SOURCES)
def test_sources_of_the_same_batches_give_the_same_numbers(source):
    data, arguments = SOURCES[source]()
    assert near(classifier().fit(*data, epochs=2, **QUIET, **arguments).history, ROWS)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames(library):
    frames = pytest.importorskip(library)
    x = frames.DataFrame({name: X[:, i] for i, name in enumerate("abcd")})
    y = frames.Series("y", Y) if library == "polars" else frames.Series(Y)
    assert near(classifier().fit(x, y, batch_size=8, epochs=2, **QUIET).history, ROWS)


def test_a_generator_of_validation_data_is_drawn_from_once():
    model = classifier(metrics=())
    model.compile(hb.optimizers.SGD(0.0), lambda y_true, y_pred: y_true + 0 * y_pred)
    drawn = []

    def powers(log):
        for i in range(10**6):
            log.append(i)
            yield X[:4], np.full((4, 2), 2.0**i, np.float32)

    found = model.fit(powers([]), steps_per_epoch=2, epochs=3, validation_data=powers(drawn), validation_steps=2, verbose=0).history
    assert found["loss"] == [1.5, 6.0, 24.0] and found["val_loss"] == [1.5, 1.5, 1.5]
    assert len(drawn) <= 3
    found = model.fit(X, np.tile(Y[:, None], 2), epochs=2, validation_data=batches(2, y=np.ones((40, 2))), verbose=0).history
    assert found["val_loss"] == [1.0, 1.0]


def two_headed(outputs=dict):
    a, b = hb.Input((4,), name="a"), hb.Input((3,), name="b")
    h = L.Concatenate()([L.Dense(5, activation="tanh", name="ha")(a), L.Dense(5, name="hb")(b)])
    heads = {"cls": L.Dense(2, activation="softmax", name="cls")(h), "reg": L.Dense(1, name="reg")(h)}
    if outputs is dict:
        return filled(hb.Model({"a": a, "b": b}, heads))
    return filled(hb.Model([a, b], list(heads.values())))


def test_several_inputs_and_outputs_in_dicts():
    model = two_headed()
    x, y = {"a": X, "b": X[:, :3] * 2}, {"cls": Y, "reg": TARGET}
    model.compile(
        hb.optimizers.SGD(0.1), {"cls": "sparse_categorical_crossentropy", "reg": "mse"}, loss_weights={"cls": 1.0, "reg": 0.5},
        metrics={"cls": ["accuracy"], "reg": ["mae"]}, weighted_metrics={"reg": ["mae"]},
    )  # fmt: skip
    history = model.fit(x, y, epochs=2, batch_size=16, validation_split=0.2, **QUIET).history
    assert near(history, {
        "cls_accuracy": [0.625, 0.78125], "cls_loss": [0.5819, 0.5055], "loss": [0.972, 0.68858], "reg_loss": [0.78019, 0.36616],
        "reg_mae": [0.64962, 0.42903], "reg_weighted_mae": [0.64962, 0.42903], "val_cls_accuracy": [0.75, 0.75],
        "val_cls_loss": [0.54712, 0.51649], "val_loss": [0.67872, 0.58707], "val_reg_loss": [0.26321, 0.14115],
        "val_reg_mae": [0.45622, 0.3369], "val_reg_weighted_mae": [0.45622, 0.3369],
    })  # fmt: skip
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0), [0.56103, 0.46655, 0.18896, 0.825, 0.3239, 0.3239], atol=2e-5)
    found = model.evaluate(x, y, sample_weight={"cls": RAMP, "reg": RAMP[::-1]}, return_dict=True, verbose=0)
    wanted = {"cls_accuracy": 0.825, "cls_loss": 0.24021, "loss": 0.28895, "reg_loss": 0.09748, "reg_mae": 0.3239}
    assert near(found, {**wanted, "reg_weighted_mae": 0.3144})
    assert {name: value.shape for name, value in model.predict(x, verbose=0).items()} == {"cls": (40, 2), "reg": (40, 1)}


def test_several_inputs_and_outputs_in_lists():
    model, x = two_headed(list), [X, X[:, :3] * 2]
    model.compile(
        hb.optimizers.SGD(0.1), ["sparse_categorical_crossentropy", "mse"], loss_weights=[1.0, 0.5], metrics=[["accuracy"], ["mae", "mse"]]
    )
    history = model.fit(x, [Y, TARGET], epochs=2, batch_size=16, **QUIET).history
    assert near(history, {
        "cls_accuracy": [0.65, 0.825], "cls_loss": [0.57495, 0.47723], "loss": [0.91334, 0.61462],
        "reg_loss": [0.6768, 0.27478], "reg_mae": [0.61094, 0.38508], "reg_mse": [0.6768, 0.27478],
    })  # fmt: skip
    assert model.metrics_names == ["loss", "cls_loss", "reg_loss", "cls_accuracy", "reg_mae", "reg_mse"]
    assert list(model.train_on_batch(x, [Y, TARGET], return_dict=True)) == sorted(model.metrics_names)
    fresh = two_headed(list)
    fresh.compile(hb.optimizers.SGD(0.1), ["sparse_categorical_crossentropy", None])  # an output without a loss
    assert near(fresh.fit(x, [Y, TARGET], **QUIET).history, {"loss": [0.5921]})


def test_metrics_with_state_and_weights():
    model = filled(hb.Sequential([hb.Input((4,)), L.Dense(1, activation="sigmoid")]))
    model.compile(
        hb.optimizers.SGD(0.1), "binary_crossentropy", metrics=["AUC", hb.metrics.Precision(name="p"), "accuracy"],
        weighted_metrics=[hb.metrics.AUC(name="wauc"), "accuracy"],
    )  # fmt: skip
    history = model.fit(X, Y, epochs=2, batch_size=16, sample_weight=np.linspace(0.1, 1, 40), **QUIET).history
    assert near(history, {
        "AUC": [0.50639, 0.63427], "accuracy": [0.475, 0.625], "loss": [0.38111, 0.35631], "p": [0.53846, 0.65385],
        "wauc": [0.52634, 0.66322], "weighted_accuracy": [0.48392, 0.65594],
    })  # fmt: skip


class Penalised(L.Layer):
    def call(self, x):
        self.add_loss(0.01 * hb.ops.sum(x**2))
        return x


def test_penalties_join_the_loss():
    kernel = {"kernel_regularizer": "l2", "bias_regularizer": hb.regularizers.L1(0.1), "activity_regularizer": hb.regularizers.L2(0.01)}
    model = filled(hb.Sequential([hb.Input((4,)), L.Dense(5, **kernel), Penalised(), L.Dense(1)]))
    model.compile(hb.optimizers.SGD(0.01), "mse")
    assert near(model.fit(X, TARGET, epochs=2, batch_size=16, **QUIET).history, {"loss": [1.60508, 1.4424]})
    np.testing.assert_allclose(model.evaluate(X, TARGET, verbose=0), 1.52474, atol=2e-5)
    np.testing.assert_allclose(model.get_weights()[0][0], [0.04992, 0.23914, 0.08547, -0.38175, 0.2757], atol=2e-5)
    assert not any(loss.is_traced for loss in model.losses)


def test_masks_reach_loss_and_metrics():
    ids = np.array([[1, 2, 0, 0], [3, 0, 0, 0], [4, 5, 6, 0]])
    layers = [hb.Input((4,), dtype="int32"), L.Embedding(8, 3, mask_zero=True), L.LSTM(4, return_sequences=True), L.Dense(1)]
    model = filled(hb.Sequential(layers))
    model.compile(hb.optimizers.SGD(0.1), "mse", metrics=["mae"], weighted_metrics=["mae"])
    history = model.fit(ids, np.arange(12.0).reshape(3, 4, 1) / 6, epochs=2, **QUIET).history
    assert near(history, {"loss": [1.93532, 1.36548], "mae": [1.23305, 0.97579], "weighted_mae": [1.23305, 0.97579]})


def test_trainable_counts_from_the_next_compile():
    model = hb.Sequential([hb.Input((4,)), L.Dense(3, name="d"), L.BatchNormalization(name="bn"), L.Dense(1)])

    def changed():
        model.compile(hb.optimizers.SGD(0.1), "mse")
        before = model.get_weights()
        model.fit(X, TARGET, **QUIET)
        return [not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]

    model.get_layer("d").trainable = False
    assert changed() == [False, False] + [True] * 6
    model.get_layer("bn").trainable = False  # its statistics stay too
    assert changed() == [False] * 6 + [True, True]
    model.trainable = False
    assert model.trainable_weights == [] and changed() == [False] * 8


def test_the_hooks_come_as_keras_calls_them():
    seen = []
    names = [name for name in vars(hb.callbacks.Callback) if name.startswith("on_") and "on_batch" not in name]
    hooks = {name: (lambda *args, name=name: seen.append((name, args[0] if len(args) > 1 else None, args[-1]))) for name in names}
    watcher = hb.callbacks.LambdaCallback(**hooks)
    model = classifier()
    model.fit(X, Y, batch_size=16, epochs=2, validation_split=0.2, callbacks=[watcher], **QUIET)
    epoch = [
        "on_epoch_begin", "on_train_batch_begin", "on_train_batch_end", "on_train_batch_begin", "on_train_batch_end",
        "on_test_begin", "on_test_batch_begin", "on_test_batch_end", "on_test_end", "on_epoch_end",
    ]  # fmt: skip
    assert [name for name, _, _ in seen] == ["on_train_begin", *epoch, *epoch, "on_train_end"]
    assert [number for name, number, _ in seen if name == "on_train_batch_end"] == [0, 1, 0, 1]
    ends = [logs for name, _, logs in seen if name in ("on_epoch_end", "on_train_end")]
    first, last = (0.40625, 0.87012, 0.5, 0.68967), (0.40625, 0.80182, 0.5, 0.68217)
    for logs, wanted in zip(ends, (first, last, last), strict=True):
        assert list(logs) == ["accuracy", "loss", "val_accuracy", "val_loss"]
        np.testing.assert_allclose(list(logs.values()), wanted, atol=2e-5)
    assert all(logs == {} for name, _, logs in seen if name.endswith("begin"))
    running = [logs["loss"] for name, _, logs in seen if name == "on_train_batch_end"]
    np.testing.assert_allclose(running, [0.84997, 0.87012, 0.78346, 0.80182], atol=2e-5)  # means over the epoch so far


def test_stopping_within_an_epoch_still_validates():
    class Stop(hb.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 1

    history = regressor().fit(X, TARGET, batch_size=8, epochs=3, callbacks=[Stop()], validation_data=(X, TARGET), **QUIET).history
    assert near(history, {"loss": [0.66068], "val_loss": [0.41796]})


def test_a_model_whose_layers_are_made_in_the_first_call():
    class Lazy(hb.Model):
        def __init__(self):
            super().__init__()
            self.hidden, self.out = L.Dense(8, activation="relu"), L.Dense(2, activation="softmax")

        def call(self, x):
            return self.out(self.hidden(x))

    model = Lazy()
    model.compile(hb.optimizers.Adam(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(X, Y, epochs=30, batch_size=8, verbose=0).history
    assert history["loss"][-1] < 0.6 * history["loss"][0] and len(model.optimizer.variables) == 2 + 2 * 4


def test_history_is_empty_without_epochs():
    assert classifier().fit(X, Y, epochs=0, **QUIET).history == {}
    assert classifier().fit(X, Y, epochs=2, initial_epoch=2, **QUIET).history == {}


def test_a_stateful_layer_trains():
    model = hb.Sequential([hb.Input(batch_shape=(4, 3, 2)), hb.layers.LSTM(3, stateful=True), hb.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.random.default_rng(0).normal(size=(8, 3, 2)), np.zeros((8, 1))
    model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    lstm = model.layers[0]
    assert np.abs(lstm.states[0].numpy()).max() > 0
    lstm.reset_states()
    assert np.abs(lstm.states[0].numpy()).max() == 0
