"""Users' subclasses of the library's callbacks: their own hooks are called, and the library's still work through super()."""

import csv

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine.errors import ArgumentError
from hornbeam.training import callbacks
from hornbeam.training.callbacks import CallbackList

X = np.random.default_rng(0).normal(size=(12, 2)).astype("float32")
Y = X.sum(1, keepdims=True)


def make(**optimizer):
    model = hb.Sequential([hb.Input((2,)), hb.layers.Dense(1)])
    model.compile(hb.optimizers.SGD(0.1, **optimizer), "mse")
    return model


def fit(model, callback, epochs=3, **arguments):
    return model.fit(X, Y, batch_size=4, epochs=epochs, verbose=0, validation_data=(X, Y), callbacks=[callback], **arguments).history


MADE = {
    "BackupAndRestore": lambda cls, folder: cls(folder / "backup"),
    "CSVLogger": lambda cls, folder: cls(folder / "log.csv"),
    "Callback": lambda cls, folder: cls(),
    "EarlyStopping": lambda cls, folder: cls(patience=5),
    "History": lambda cls, folder: cls(),
    "LambdaCallback": lambda cls, folder: cls(),
    "LearningRateScheduler": lambda cls, folder: cls(lambda epoch, rate: rate * 0.5),
    "ModelCheckpoint": lambda cls, folder: cls(folder / "model.keras"),
    "OrbaxCheckpoint": None,  # test_orbax.py
    "ProgbarLogger": lambda cls, folder: cls(),
    "ReduceLROnPlateau": lambda cls, folder: cls(),
    "RemoteMonitor": None,  # needs a server: test_remote.py
    "SwapEMAWeights": lambda cls, folder: cls(),
    "TensorBoard": None,  # test_tensorboard.py
    "TerminateOnNaN": lambda cls, folder: cls(),
}


def test_no_callback_is_forgotten():
    public = {name for name, value in vars(callbacks).items() if isinstance(value, type) and issubclass(value, callbacks.Callback)}
    assert public == set(MADE)


@pytest.mark.parametrize("name", [name for name, make in MADE.items() if make])
def test_hooks_of_a_subclass(name, tmp_path):
    base = getattr(callbacks, name)
    calls = []

    class Mine(base):
        def on_train_begin(self, logs=None):
            super().on_train_begin(logs)
            calls.append("begin")

        def on_train_batch_end(self, batch, logs=None):
            super().on_train_batch_end(batch, logs)
            calls.append(batch)

        def on_epoch_end(self, epoch, logs=None):
            super().on_epoch_end(epoch, logs)
            calls.append(f"epoch {epoch}")

    callback = MADE[name](Mine, tmp_path)
    assert CallbackList([callback]).needs_batches
    fit(make(use_ema=name == "SwapEMAWeights"), callback, epochs=2)
    assert calls == ["begin", 0, 1, 2, "epoch 0", 0, 1, 2, "epoch 1"]


def test_a_checkpoint_of_epochs_does_not_stop_at_every_batch(tmp_path):
    assert not CallbackList([callbacks.ModelCheckpoint(tmp_path / "a.keras"), callbacks.BackupAndRestore(tmp_path)]).needs_batches
    assert CallbackList([callbacks.ModelCheckpoint(tmp_path / "a.keras", save_freq=2)]).needs_batches
    assert CallbackList([callbacks.BackupAndRestore(tmp_path, save_freq=2)]).needs_batches


def test_a_logger_that_adds_a_column(tmp_path):
    class WithRate(callbacks.CSVLogger):
        def on_epoch_end(self, epoch, logs=None):
            logs = {**logs, "rate": float(self.model.optimizer.learning_rate.numpy())}
            super().on_epoch_end(epoch, logs)

    fit(make(), WithRate(tmp_path / "log.csv"))
    rows = list(csv.DictReader((tmp_path / "log.csv").open()))
    assert [row["rate"] for row in rows] == ["0.10000000149011612"] * 3 and len(rows[0]) == 4


def test_averages_in_the_weights_place():
    model = make(use_ema=True, ema_momentum=0.5)
    fit(model, callbacks.SwapEMAWeights(), epochs=1)
    seen = {}

    class Look(callbacks.Callback):
        def on_predict_begin(self, logs=None):
            seen["average"] = model.get_weights()[0]

    model.fit(X, Y, batch_size=4, epochs=1, verbose=0)
    model.layers[0].kernel.assign(np.zeros((2, 1)))
    inside = model.predict(X, verbose=0, callbacks=[callbacks.SwapEMAWeights(), Look()])
    np.testing.assert_allclose(inside, X @ seen["average"] + model.get_weights()[1], rtol=1e-5, atol=1e-6)
    assert np.any(seen["average"]) and not np.any(model.get_weights()[0])


def test_averages_of_a_loss_scaling_optimizer():
    model = make(use_ema=True)
    model.compile(hb.optimizers.LossScaleOptimizer(hb.optimizers.SGD(0.1, use_ema=True)), "mse")
    history = fit(model, callbacks.SwapEMAWeights(), epochs=1)
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(history["val_loss"][0])


@pytest.mark.parametrize(("use_ema", "match"), [(False, "keeps none: make it with use_ema=True"), (True, "has not made a step")])
def test_no_averages(use_ema, match):
    with pytest.raises(ArgumentError, match=match):
        make(use_ema=use_ema).predict(X, verbose=0, callbacks=[callbacks.SwapEMAWeights()])
