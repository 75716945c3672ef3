"""Callbacks where they work: in `fit`, `evaluate` and `predict`."""

import numpy as np
import pytest

import hornbeam as hb

X = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
Y = (X.sum(axis=1) > 0).astype(np.int64)


def make(rate=0.1):
    hb.set_random_seed(1)
    model = hb.Sequential([hb.Input((4,)), hb.layers.Dense(8, activation="relu"), hb.layers.Dense(2)])
    model.compile(hb.optimizers.SGD(rate), hb.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def test_hooks_come_in_keras_order_with_its_logs():
    seen = []
    names = [name for name in vars(hb.callbacks.Callback) if name.startswith("on_") and "on_batch" not in name]

    def hook(name):
        return lambda *arguments: seen.append((name, arguments[0] if len(arguments) > 1 else None, arguments[-1]))

    watcher = hb.callbacks.LambdaCallback(**{name: hook(name) for name in names})
    model = make()
    history = model.fit(X, Y, batch_size=16, epochs=1, validation_split=0.2, verbose=0, callbacks=[watcher])
    assert [(name, number) for name, number, _ in seen] == [
        ("on_train_begin", None), ("on_epoch_begin", 0),
        ("on_train_batch_begin", 0), ("on_train_batch_end", 0), ("on_train_batch_begin", 1), ("on_train_batch_end", 1),
        ("on_test_begin", None), ("on_test_batch_begin", 0), ("on_test_batch_end", 0), ("on_test_end", None),
        ("on_epoch_end", 0), ("on_train_end", None),
    ]  # fmt: skip
    logs = {name: found for name, _, found in seen}
    assert list(logs["on_train_batch_end"]) == ["accuracy", "loss"]
    assert list(logs["on_epoch_end"]) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert history.params["steps"] == 2 and history.params["epochs"] == 1


def test_a_batch_hook_changes_no_bit():
    quiet = make()
    a = quiet.fit(X, Y, batch_size=7, epochs=3, verbose=0)
    loud = make()
    watcher = hb.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
    b = loud.fit(X, Y, batch_size=7, epochs=3, verbose=0, callbacks=watcher)
    assert a.history == b.history
    for one, other in zip(quiet.get_weights(), loud.get_weights(), strict=True):
        assert one.tobytes() == other.tobytes()


def test_early_stopping_restores_the_best_epochs_weights():
    model = make(rate=0.0)
    kept = []

    class Drift(hb.callbacks.Callback):
        """Weights worse each epoch after the second."""

        def on_epoch_begin(self, epoch, logs=None):
            kept.append(self.model.get_weights())
            if epoch >= 2:
                self.model.set_weights([w + 5.0 * (-1) ** i for i, w in enumerate(self.model.get_weights())])

    stop = hb.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True)
    history = model.fit(X, Y, epochs=20, verbose=0, validation_data=(X, Y), callbacks=[Drift(), stop])
    assert stop.stopped_epoch < 19 and len(history.epoch) == stop.stopped_epoch + 1
    assert stop.best_epoch == int(np.argmin(history.history["val_loss"]))
    for best, now in zip(kept[0], model.get_weights(), strict=True):
        np.testing.assert_array_equal(best, now)


def test_stopping_from_a_batch_hook_ends_after_that_batch():
    model, seen = make(), []

    class Stop(hb.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch)
            self.model.stop_training = batch == 2

    model.fit(X, Y, batch_size=4, epochs=5, verbose=0, callbacks=[Stop()])
    assert seen == [0, 1, 2]


def test_the_learning_rate_changes_without_a_new_program():
    model = make(rate=0.5)
    schedule = hb.callbacks.LearningRateScheduler(lambda epoch, rate: 0.5 if epoch == 0 else 0.0)
    weights = []
    model.fit(
        X, Y, epochs=3, verbose=0,
        callbacks=[schedule, hb.callbacks.LambdaCallback(on_epoch_end=lambda e, logs: weights.append(model.get_weights()))],
    )  # fmt: skip
    assert not all(np.array_equal(a, b) for a, b in zip(weights[0], make().get_weights(), strict=True))
    for later, last in zip(weights[1], weights[2], strict=True):
        np.testing.assert_array_equal(later, last)
    assert model.history.history["learning_rate"] == [0.5, 0.0, 0.0]


def test_checkpoints_can_be_loaded(tmp_path):
    pytest.importorskip("hornbeam.saving")
    model = make()
    path = tmp_path / "best-{epoch}.keras"
    model.fit(
        X, Y, epochs=2, verbose=0,
        callbacks=[
            hb.callbacks.ModelCheckpoint(path),
            hb.callbacks.ModelCheckpoint(tmp_path / "w.weights.h5", monitor="loss", save_best_only=True, save_weights_only=True),
        ],
    )  # fmt: skip
    loaded = hb.models.load_model(tmp_path / "best-2.keras")
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))
    assert (tmp_path / "w.weights.h5").exists()


@pytest.mark.filterwarnings("ignore")
def test_the_bar_in_a_pipe(capsys):
    model = make()
    capsys.readouterr()
    model.fit(X, Y, batch_size=8, epochs=2, validation_split=0.2)
    model.evaluate(X, Y, batch_size=8)
    model.predict(X, batch_size=8)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" - ")[0] for line in lines] == ["Epoch 1/2", "4/4", "Epoch 2/2", "4/4", "5/5", "5/5"]
    assert "val_accuracy: " in lines[1] and "loss: " in lines[4]
