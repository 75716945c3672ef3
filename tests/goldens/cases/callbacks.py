"""Callbacks: learning rates, text and stops for given logs, and the weights they leave during `fit`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import Case, normal, rng, set_random_weights

TOLERANCE = (1e-5, 1e-5)

X, Y = normal(rng("callbacks x"), 6, 2), normal(rng("callbacks y"), 6, 1)
FALLING = [1.0, 0.5, 0.4, 0.4, 0.4, 0.4, 0.3, 0.35, 0.36, 0.36, 0.36, 0.36, 0.1]


def _model(keras: Any, **optimizer: Any) -> Any:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="top")])
    set_random_weights(model, rng("callbacks weights"))
    model.compile(optimizer=keras.optimizers.SGD(**{"learning_rate": 0.1, **optimizer}), loss="mse", metrics=["mae"])
    return model


def _driven(make: Callable[[Any], Any], values: list[Any], name: str = "val_loss") -> Case:
    """The learning rate and `stop_training` after each epoch whose logs have `name` at the given values (None: they have not)."""

    def case(oracle: Oracle) -> dict[str, Any]:
        model, callback = _model(oracle.keras), make(oracle.keras)
        callback.set_model(model)
        callback.on_train_begin({})
        rates, stops = [], []
        for epoch, value in enumerate(values):
            callback.on_epoch_begin(epoch, {})
            callback.on_epoch_end(epoch, {"loss": 1.0} if value is None else {"loss": 1.0, name: value})
            rates.append(oracle.numpy(model.optimizer.learning_rate))
            stops.append(bool(model.stop_training))
        return {"rates": np.array(rates, "float32"), "stops": stops}

    return case


def _plateau(values: list[Any] = FALLING, name: str = "val_loss", **arguments: Any) -> Case:
    return _driven(lambda k: k.callbacks.ReduceLROnPlateau(monitor=name, **{"patience": 2, "factor": 0.5, **arguments}), values, name)


def _stopping(values: list[Any] = FALLING, name: str = "val_loss", **arguments: Any) -> Case:
    return _driven(lambda k: k.callbacks.EarlyStopping(monitor=name, **{"patience": 2, **arguments}), values, name)


def _in_fit(make: Callable[[Any], Any], weights: bool = True, **fit: Any) -> Case:
    """The history of a short fit with a callback, and the weights it leaves."""

    def case(oracle: Oracle) -> dict[str, Any]:
        model = _model(oracle.keras)
        arguments = {"x": X, "y": Y, "batch_size": 2, "epochs": 3, "shuffle": False, "verbose": 0, **fit}
        history = model.fit(callbacks=[make(oracle.keras)], **arguments)
        found: dict[str, Any] = {"keys": sorted(history.history), "epochs": history.epoch}
        for key, values in history.history.items():
            found[key] = np.array(values, "float32")
        if weights:
            found |= {f"weight {i}": weight for i, weight in enumerate(model.get_weights())}
        return found

    return case


def _csv(rows: list[dict[str, Any]], again: list[dict[str, Any]] | None = None, **arguments: Any) -> Case:
    """The text that CSVLogger leaves for given logs; with `again`, after a second run that appends."""

    def case(oracle: Oracle) -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "log.csv"
            for i, logs in enumerate([rows] if again is None else [rows, again]):
                callback = oracle.keras.callbacks.CSVLogger(str(path), **arguments, **({"append": True} if i else {}))
                callback.set_model(_model(oracle.keras))
                callback.on_train_begin({})
                for epoch, log in enumerate(logs):
                    callback.on_epoch_end(epoch, dict(log))
                callback.on_train_end({})
            return {"text": path.read_text()}

    return case


def _averages(swap_on_epoch: bool, frequency: int | None) -> Case:
    """The weights at each hook of a callback after SwapEMAWeights, and what evaluate and predict then see."""

    def case(oracle: Oracle) -> dict[str, Any]:
        keras = oracle.keras
        model = _model(keras, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=frequency)
        seen: list[Any] = []
        hooks = ["on_train_begin", "on_epoch_begin", "on_epoch_end", "on_test_begin", "on_test_end", "on_train_end"]
        note = lambda *ignored: seen.append(np.concatenate([w.reshape(-1) for w in model.get_weights()]))
        callbacks = [keras.callbacks.SwapEMAWeights(swap_on_epoch), keras.callbacks.LambdaCallback(**dict.fromkeys(hooks, note))]
        model.fit(X, Y, batch_size=2, epochs=2, shuffle=False, verbose=0, validation_data=(X, Y), callbacks=callbacks)
        note()
        later = model.fit(X, Y, batch_size=2, epochs=1, shuffle=False, verbose=0)
        return {"seen": np.array(seen, "float32"), "later": np.array(later.history["loss"], "float32")}

    return case


LOGS = [{"loss": 0.5, "acc": 1}, {"loss": 0.25, "acc": 0.125, "unknown": 3.0}, {"acc": float("nan")}]
VALIDATED = [{"loss": 0.5, "val_loss": 0.75}, {"loss": 0.25, "val_loss": 0.5}]

CASES: dict[str, Case] = {
    "plateau": _plateau(),
    "plateau_cooldown": _plateau(cooldown=2, patience=1),
    "plateau_min_lr": _plateau(min_lr=0.04, patience=1),
    "plateau_min_delta": _plateau(min_delta=0.15),
    "plateau_max": _plateau([0.1, 0.3, 0.2, 0.2, 0.4, 0.1, 0.1, 0.1], "val_accuracy", mode="max"),
    "plateau_mode_max": _plateau(mode="max"),
    "plateau_missing": _plateau([1.0, None, 0.9, None, 0.9, 0.9, 0.9]),
    "plateau_patience_0": _plateau(patience=0),
    "scheduler_by_rate": _driven(lambda k: k.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5), [1.0] * 4),
    "scheduler_by_epoch": _driven(lambda k: k.callbacks.LearningRateScheduler(lambda epoch: 1.0 / (1 + epoch)), [1.0] * 4),
    "scheduler_in_fit": _in_fit(lambda k: k.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5), validation_data=(X, Y)),
    "plateau_in_fit": _in_fit(lambda k: k.callbacks.ReduceLROnPlateau(monitor="loss", patience=1, min_delta=10.0), epochs=4),
    "plateau_of_a_metric": _in_fit(lambda k: k.callbacks.ReduceLROnPlateau(monitor="val_mae", patience=1, min_delta=0.1), epochs=4,
                                   validation_data=(X, Y)),
    "stopping": _stopping(),
    "stopping_min_delta": _stopping(min_delta=0.2),
    "stopping_baseline": _stopping(baseline=0.45),
    "stopping_baseline_never": _stopping([1.0, 0.9, 0.8, 0.7, 0.75, 0.6, 0.6, 0.6], baseline=0.45, patience=3),
    "stopping_later": _stopping(start_from_epoch=4),
    "stopping_max": _stopping([0.1, 0.3, 0.2, 0.2, 0.4, 0.1], "val_accuracy", mode="max"),
    "stopping_missing": _stopping([1.0, None, None, None, 2.0, 2.0]),
    "nan": _in_fit(lambda k: k.callbacks.TerminateOnNaN(), weights=False, x=np.float32(1e30) * X),
    "nan_later": _in_fit(lambda k: k.callbacks.TerminateOnNaN(), weights=False,  # infinite ones or none, as the compiler orders it
                         x=np.concatenate([X[:4], np.float32(1e30) * X[4:]]), validation_data=(X, Y)),
    "csv": _csv(LOGS),
    "csv_separator": _csv(LOGS, separator=";"),
    "csv_append": _csv(LOGS, LOGS[:2]),
    "csv_validation": _csv(VALIDATED, VALIDATED),
    "csv_late_validation": _csv([{"loss": 0.5}, *VALIDATED]),
    "csv_kinds": _csv([{"loss": np.float32(0.5), "b": "a text", "c": [1, 2], "d": np.array([0.5, 1.0])}]),
    "averages": _averages(False, None),
    "averages_overwritten": _averages(False, 2),
    "averages_on_epoch": _averages(True, None),
    "averages_on_epoch_overwritten": _averages(True, 2),
}
