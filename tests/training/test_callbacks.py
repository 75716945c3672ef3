"""Callbacks on their own, driven by hand with a model that only remembers."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine.errors import ArgumentError
from hornbeam.training.callbacks import (
    BackupAndRestore,
    Callback,
    CallbackList,
    CSVLogger,
    EarlyStopping,
    History,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ProgbarLogger,
    ReduceLROnPlateau,
    TerminateOnNaN,
)


class Model(SimpleNamespace):
    """Weights that are the number of the epoch, and a record of what was saved."""

    def __init__(self, metrics=()):
        super().__init__(stop_training=False, weights=[0], saved=[], metrics=list(metrics), optimizer=SimpleNamespace(learning_rate=1.0))

    def get_weights(self):
        return list(self.weights)

    def set_weights(self, weights):
        self.weights = list(weights)

    def save(self, path, overwrite=True):
        self.saved.append(path)

    def save_weights(self, path, overwrite=True):
        self.saved.append(path)


def train(callbacks, values, name="val_loss", model=None, epochs=None):
    """Epochs whose logs have `name` at the given values; gives the model, and how many epochs ran."""
    model = model or Model()
    listed = CallbackList(callbacks, model=model, add_history=True, verbose=0, epochs=len(values), steps=2)
    listed.on_train_begin()
    ran = 0
    for epoch, value in enumerate(values):
        listed.on_epoch_begin(epoch)
        for batch in range(2):
            listed.on_train_batch_begin(batch)
            listed.on_train_batch_end(batch, {"loss": 1.0})
        model.weights = [epoch + 1]
        listed.on_epoch_end(epoch, {"loss": 1.0, **({} if value is None else {name: value})})
        ran += 1
        if model.stop_training:
            break
    listed.on_train_end({})
    return model, ran


# The list.
HOOKS = [name for name in vars(Callback) if name.startswith("on_")]


def test_every_hook_is_passed_on_with_logs():
    called = []
    callback = LambdaCallback(**{hook: lambda *a, hook=hook: called.append((hook, a)) for hook in HOOKS})
    listed = CallbackList([callback])
    for hook in HOOKS:
        arguments = (3,) if "batch" in hook or "epoch" in hook else ()
        getattr(listed, hook)(*arguments, {"loss": 1.0})
    assert [name for name, _ in called if name not in ("on_batch_begin", "on_batch_end")] == [
        {"on_batch_begin": "on_train_batch_begin", "on_batch_end": "on_train_batch_end"}.get(hook, hook) for hook in HOOKS
    ]
    assert all(arguments[-1] == {"loss": 1.0} for _, arguments in called)


def test_only_an_overridden_batch_hook_makes_the_loop_stop_at_batches(tmp_path):
    quiet = [
        Callback(), History(), ProgbarLogger(), EarlyStopping(), LambdaCallback(on_epoch_end=print), ReduceLROnPlateau(),
        ModelCheckpoint("m.keras"), BackupAndRestore(tmp_path), CSVLogger("x.csv"), LearningRateScheduler(lambda e: 1.0),
    ]  # fmt: skip
    listed = CallbackList(quiet, add_progbar=True, add_history=True)
    assert not (listed.needs_batches or listed.needs_train_batches or listed.needs_test_batches or listed.needs_predict_batches)
    assert len(listed) == len(quiet)  # its own history and bar are there already

    class Old(Callback):
        def on_batch_end(self, batch, logs=None):
            pass

    for loud in (
        LambdaCallback(on_train_batch_end=print),
        ModelCheckpoint("m.keras", save_freq=3),
        BackupAndRestore(tmp_path, save_freq=3),
        TerminateOnNaN(),
        Old(),
    ):
        assert CallbackList([*quiet, loud]).needs_batches
    assert not CallbackList([Old()]).needs_test_batches
    assert CallbackList(LambdaCallback(on_test_batch_end=print)).needs_test_batches
    assert CallbackList(LambdaCallback(on_predict_batch_begin=print)).needs_predict_batches


def test_old_batch_hooks_are_called():
    seen = []

    class Old(Callback):
        def on_batch_end(self, batch, logs=None):
            seen.append((batch, logs))

    train(Old(), [1.0])
    assert seen == [(0, {"loss": 1.0}), (1, {"loss": 1.0})]


def test_callbacks_know_their_model_and_parameters():
    class NoInit(Callback):
        def __init__(self):
            pass

    callback, model = NoInit(), Model()
    assert callback.model is None
    CallbackList([[callback]], model=model, verbose=2, epochs=5, steps=7)
    assert callback.model is model and callback.params == {"verbose": 2, "epochs": 5, "steps": 7}


@pytest.mark.parametrize(
    ("wrong", "message"), [(EarlyStopping, r"pass an instance: EarlyStopping\("), (print, "LambdaCallback"), ("es", "a str")]
)
def test_what_is_no_callback_is_refused(wrong, message):
    with pytest.raises(ArgumentError, match=message):
        CallbackList([wrong])


def test_a_lambda_may_call_its_arguments_what_it_likes():
    called = []
    CallbackList([LambdaCallback(on_batch_end=lambda b, l: called.append((b, l)))]).on_train_batch_end(3, {"loss": 1.0})
    assert called == [(3, {"loss": 1.0})]


def test_a_lambda_for_no_hook_is_refused():
    with pytest.raises(ArgumentError, match="on_epoch_stop.*on_epoch_end"):
        LambdaCallback(on_epoch_stop=print)


def test_history_has_what_other_callbacks_added_to_the_logs():
    class Adds(Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["mine"] = epoch * 10

    model, _ = train([Adds()], [3.0, 2.0])
    assert model.history.history == {"loss": [1.0, 1.0], "val_loss": [3.0, 2.0], "mine": [0, 10]}
    assert model.history.epoch == [0, 1] and model.history.params["epochs"] == 2


# Early stopping.
@pytest.mark.parametrize(
    ("values", "arguments", "ran"),
    [
        ([3, 2, 2, 2, 2], {}, 3),
        ([3, 2, 2, 2, 2], {"patience": 2}, 4),
        ([3, 2, 1, 0, -1], {"patience": 0}, 5),
        ([3, 2.95, 2.9, 2.8], {"min_delta": 0.1, "patience": 1}, 2),
        ([1, 2, 3, 3, 3], {"mode": "max"}, 4),
        ([5, 6, 7, 8], {"start_from_epoch": 2}, 4),
        ([5, 4, 3, 2], {"baseline": 1.0, "patience": 2}, 4),
        ([5, 6, 7, 4], {"baseline": 1.0, "patience": 2}, 2),
        ([float("nan")] * 4, {"patience": 1}, 2),
        ([2, 3], {"patience": 0}, 2),
    ],
)
def test_early_stopping_stops_when_keras_does(values, arguments, ran):
    assert train(EarlyStopping(**arguments), values)[1] == ran


def test_early_stopping_tells_the_direction_from_the_metric_or_its_name():
    assert train(EarlyStopping("accuracy"), [0.1, 0.2, 0.3], "accuracy")[1] == 3
    assert train(EarlyStopping("val_my_error"), [0.3, 0.2, 0.1], "val_my_error")[1] == 3
    metric = SimpleNamespace(name="odd", _direction="up")
    assert train(EarlyStopping("val_odd"), [0.1, 0.2, 0.3], "val_odd", Model([metric]))[1] == 3
    with pytest.warns(UserWarning, match="Pass mode='max' or mode='min'"):
        assert train(EarlyStopping("odd"), [0.1, 0.2, 0.3], "odd")[1] == 2
    with pytest.raises(ArgumentError, match="'mx'"):
        EarlyStopping(mode="mx")


@pytest.mark.parametrize(("values", "best"), [([3, 1, 2, 2, 2], 2), ([3, 2, 1], 3)])
def test_early_stopping_restores_the_best_weights_and_says_so(values, best, capsys):
    callback = EarlyStopping(patience=2, restore_best_weights=True, verbose=1)
    model, ran = train(callback, values)
    assert model.weights == [best] and callback.best_epoch == best - 1
    said = capsys.readouterr().out
    assert f"best epoch: {best}" in said and ("early stopping" in said) == (ran > 3)


def test_an_early_stopping_serves_twice():
    callback = EarlyStopping()
    train(callback, [1, 2])
    assert train(callback, [5, 4, 3])[1] == 3


def test_an_unknown_name_is_told_once_with_the_names_there_are():
    with pytest.warns(UserWarning, match="'val_losss'.*Did you mean 'val_loss'") as caught:
        assert train(EarlyStopping("val_losss"), [1, 2, 3])[1] == 3
    assert len(caught) == 1
    with pytest.warns(UserWarning, match="Known names: loss. Names with 'val_' need validation_data"):
        train(EarlyStopping(), [None, None])


# Checkpoints.
def test_checkpoints_of_every_epoch_with_names_filled_in(tmp_path):
    model, _ = train(ModelCheckpoint(tmp_path / "new" / "m-{epoch:02d}-{val_loss:.2f}.keras"), [3.0, 2.0])
    assert [path.removeprefix(str(tmp_path)) for path in model.saved] == ["/new/m-01-3.00.keras", "/new/m-02-2.00.keras"]


def test_checkpoints_of_the_best_only(tmp_path, capsys):
    path = str(tmp_path / "m{epoch}.weights.h5")
    arguments = {"save_best_only": True, "save_weights_only": True}
    model, _ = train(ModelCheckpoint(path, verbose=1, **arguments), [3.0, 4.0, 2.0])
    assert model.saved == [path.format(epoch=1), path.format(epoch=3)]
    said = capsys.readouterr().out.splitlines()
    assert "improved from None to 3.0" in said[0] and "did not improve from 3.0" in said[1] and "to 2.0" in said[2]
    assert train(ModelCheckpoint(path, initial_value_threshold=2.5, **arguments), [3.0, 2.0])[0].saved == [path.format(epoch=2)]
    assert len(train(ModelCheckpoint(path, mode="max", **arguments), [3.0, 4.0, 2.0])[0].saved) == 2
    with pytest.warns(UserWarning, match="ModelCheckpoint watches 'val_f1'"):
        assert not train(ModelCheckpoint(path, monitor="val_f1", **arguments), [3.0])[0].saved


def test_checkpoints_every_so_many_batches(tmp_path):
    model, _ = train(ModelCheckpoint(tmp_path / "e{epoch}b{batch}.keras", save_freq=3), [1.0] * 3)
    assert [path.removeprefix(str(tmp_path)) for path in model.saved] == ["/e2b1.keras", "/e3b2.keras"]


def test_checkpoint_arguments_that_cannot_be(tmp_path):
    with pytest.raises(ArgumentError, match=r"ends in \.keras.*'model'"):
        ModelCheckpoint("model")
    with pytest.raises(ArgumentError, match=r"\.weights\.h5"):
        ModelCheckpoint("m.keras", save_weights_only=True)
    with pytest.raises(ArgumentError, match="save_freq"):
        ModelCheckpoint("m.keras", save_freq=0)
    with pytest.raises(ArgumentError, match="asks for 'val_acc'; it may ask for epoch, loss, val_loss"):
        train(ModelCheckpoint(tmp_path / "{val_acc}.keras"), [1.0])


# The learning rate.
def test_a_schedule_sets_the_rate_and_the_logs_have_it():
    model, _ = train(LearningRateScheduler(lambda epoch, rate: rate / 2), [1.0, 1.0])
    assert model.history.history["learning_rate"] == [0.5, 0.25]
    assert train(LearningRateScheduler(lambda epoch: 0.125), [1.0])[0].optimizer.learning_rate == 0.125
    scheduled = Model()
    scheduled.optimizer.learning_rate = hb.Tensor(0.5)  # what an optimizer with a schedule of its own shows
    with pytest.raises(ArgumentError, match="follows a schedule"):
        train(LearningRateScheduler(lambda epoch: 0.125), [1.0], model=scheduled)
    with pytest.raises(TypeError, match="gave 'fast'"):
        train(LearningRateScheduler(lambda epoch: "fast"), [1.0])


def test_a_plateau_lowers_the_rate_with_patience_cooldown_and_floor():
    callback = ReduceLROnPlateau(factor=0.5, patience=2, cooldown=1, min_lr=0.2)
    model, _ = train(callback, [3.0] * 10)
    assert model.history.history["learning_rate"] == [1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2, 0.2]
    with pytest.raises(ArgumentError, match="less than 1"):
        ReduceLROnPlateau(factor=1.5)


# Logs.
def test_nan_ends_training():
    model = Model()
    callback = TerminateOnNaN()
    callback.set_model(model)
    callback.on_train_batch_end(3, {"loss": 1.0})
    assert not model.stop_training
    callback.on_train_batch_end(3, {"loss": np.nan})
    assert model.stop_training
    with pytest.raises(RuntimeError, match="after batch 4"):
        TerminateOnNaN(raise_error=True).on_train_batch_end(4, {"loss": np.inf})


def test_csv_rows_are_there_at_once_and_can_go_on(tmp_path):
    path = tmp_path / "log.csv"
    train(CSVLogger(path), [3.0, 2.0])
    train(CSVLogger(path, append=True), [1.0])
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["epoch"], row["val_loss"]) for row in rows] == [("0", "3.0"), ("1", "2.0"), ("0", "1.0")]
    train(CSVLogger(path, separator=";"), [7.0])
    assert path.read_text().splitlines() == ["epoch;loss;val_loss", "0;1.0;7.0"]


def test_the_bar_of_fit_counts_epochs_and_leaves_validation_alone(capsys):
    listed = CallbackList(None, add_progbar=True, model=Model(), verbose=1, epochs=2, steps=None)
    listed.on_train_begin()
    for epoch in range(2):
        listed.on_epoch_begin(epoch)
        listed.on_train_progress(4, {"loss": 1.0})
        listed.on_test_begin()
        listed.on_test_progress(9, {"loss": 5.0})
        listed.on_test_end({"loss": 5.0})
        listed.on_epoch_end(epoch, {"loss": 1.0, "val_loss": 5.0})
    listed.on_train_end()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Epoch 1/2" and lines[2] == "Epoch 2/2" and len(lines) == 4
    assert lines[3].startswith("4/4 - ") and lines[3].endswith("loss: 1.0000 - val_loss: 5.0000")


def test_the_bar_of_evaluate_and_predict(capsys):
    listed = CallbackList(None, add_progbar=True, model=Model(), verbose=1, epochs=1, steps=3)
    listed.on_test_begin()
    listed.on_test_progress(3, {"loss": 1.0})
    listed.on_test_end({"loss": 1.0})
    listed.on_predict_begin()
    listed.on_predict_progress(3, {})
    listed.on_predict_end({})
    evaluated, predicted = capsys.readouterr().out.splitlines()
    assert evaluated.endswith("/step - loss: 1.0000") and predicted.startswith("3/3") and predicted.endswith("/step")
