"""What compile, fit, evaluate and predict say: keys, order, weights of samples and classes, several outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import Case, normal, rng, set_random_weights

TOLERANCE = (1e-5, 1e-5)

ROWS = 11
X = normal(rng("training x"), ROWS, 3)
REAL = normal(rng("training y"), ROWS, 1)
BINARY = (REAL > 0).astype("float32")
CLASSES = rng("training classes").integers(0, 3, ROWS).astype("int32")
ONE_HOT = np.eye(3, dtype="float32")[CLASSES]
WEIGHTS = np.array([1, 2, 0, 0.5, 1, 1, 3, 0, 1, 1, 0.25], "float32")
#: Two full batches: over a short one Keras's backends disagree about each output's own loss.
FULL = X[:8]
WORDS = rng("training words").integers(0, 5, (ROWS, 4)).astype("int32")
STEPS = normal(rng("training steps"), ROWS, 4, 1)


def _dense(units: int = 1, activation: str | None = None, **arguments: Any) -> Callable[[Any], Any]:
    return lambda k: k.Sequential([
        k.Input((3,)), k.layers.Dense(4, activation="tanh", name="hidden"),
        k.layers.Dense(units, activation=activation, name="top", **arguments)])


def _two(k: Any) -> Any:
    x = k.Input((3,), name="x")
    return k.Model(x, [k.layers.Dense(1, name="u")(x), k.layers.Dense(3, activation="softmax", name="v")(x)])


def _two_named(first: str, second: str) -> Callable[[Any], Any]:
    def make(k: Any) -> Any:
        x = k.Input((3,), name="x")
        return k.Model(x, {first: k.layers.Dense(1, name="u")(x),
                           second: k.layers.Dense(3, activation="softmax", name="v")(x)})

    return make


def _sequences(k: Any) -> Any:
    x = k.Input((4,), dtype="int32", name="x")
    y = k.layers.LSTM(3, return_sequences=True, name="lstm")(
        k.layers.Embedding(5, 2, mask_zero=True, name="embedding")(x))
    return k.Model(x, k.layers.Dense(1, name="top")(y))


def _with_added_loss(k: Any) -> Any:
    class Penalty(k.layers.Layer):
        def call(self, x: Any) -> Any:
            self.add_loss(0.1 * k.ops.mean(k.ops.square(x)))
            return x

    return k.Sequential([k.Input((3,)), k.layers.Dense(4, name="hidden"), Penalty(), k.layers.Dense(1, name="top")])


def _record(logs: Any) -> dict[str, float]:
    return {key: float(value) for key, value in logs.items()}


def _fit(
    make: Callable[[Any], Any],
    x: Any,
    y: Any,
    compiled: Callable[[Any], dict[str, Any]],
    *,
    evaluate: dict[str, Any] | None = None,
    **arguments: Any,
) -> Case:
    """Two epochs in batches of four (the last has three), then evaluate; every log of every batch."""

    def case(oracle: Oracle) -> dict[str, Any]:
        keras = oracle.keras
        model = make(keras)
        set_random_weights(model, rng("training weights"))
        model.compile(optimizer=keras.optimizers.SGD(0.05), **compiled(keras))
        batches: list[dict[str, float]] = []
        watch = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: batches.append(_record(logs)))
        history = model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0, callbacks=[watch], **arguments)
        plain_history = model.fit(x, y, batch_size=4, epochs=1, shuffle=False, verbose=0, **arguments)
        result: dict[str, Any] = {
            "keys": list(history.history), "batch keys": sorted(batches[0]), "batches": len(batches),
            "epochs": history.epoch, "steps": history.params["steps"],
        }
        for key in batches[0]:
            result[f"running {key}"] = np.array([logs[key] for logs in batches], "float32")
        for key, values in history.history.items():
            result[f"epochs {key}"] = np.array(values, "float32")
        for key, values in plain_history.history.items():
            result[f"without a callback {key}"] = np.array(values, "float32")
        named = model.evaluate(x, y, batch_size=4, verbose=0, return_dict=True, **(evaluate or {}))
        result["evaluate keys"] = sorted(named)
        for key, value in named.items():
            result[f"evaluate {key}"] = np.array([value], "float32")
        listed = model.evaluate(x, y, batch_size=4, verbose=0, **(evaluate or {}))
        # Keras 3.15 repeats values in the list when two metrics share a name; that is nothing to copy
        if np.size(listed) == len(named):
            result["evaluate list"] = np.array(listed, "float32").reshape(-1)
        for i, weight in enumerate(model.get_weights()):
            result[f"weight {i}"] = np.asarray(weight)
        return result

    return case


def _on_batch(oracle: Oracle) -> dict[str, Any]:
    """train_on_batch, test_on_batch and predict_on_batch: lists, dicts, running metrics."""
    keras = oracle.keras
    model = _dense(1, "sigmoid")(keras)
    set_random_weights(model, rng("training weights"))
    model.compile(optimizer=keras.optimizers.SGD(0.05), loss="binary_crossentropy", metrics=["accuracy"])
    result: dict[str, Any] = {"predict": np.asarray(model.predict_on_batch(X[:4]))}
    result["train list"] = np.array(model.train_on_batch(X[:4], BINARY[:4]), "float32")
    named = model.train_on_batch(X[4:8], BINARY[4:8], sample_weight=WEIGHTS[4:8], return_dict=True)
    result["train keys"] = sorted(named)
    result["train dict"] = np.array([named[key] for key in sorted(named)], "float32")
    result["train classes"] = np.array(
        model.train_on_batch(X[4:8], BINARY[4:8], class_weight={0: 1.0, 1: 3.0}), "float32")
    model.reset_metrics()
    result["test list"] = np.array(model.test_on_batch(X[8:], BINARY[8:]), "float32")
    return result


def _predict(oracle: Oracle) -> dict[str, Any]:
    """Shapes and values of predict for one output, two, a dict, and rows that do not fill a batch."""
    keras = oracle.keras
    result: dict[str, Any] = {}
    for name, make in {"one": _dense(), "two": _two, "named": _two_named("b", "a")}.items():
        model = make(keras)
        set_random_weights(model, rng("training weights"))
        predicted = model.predict(X, batch_size=4, verbose=0)
        result[f"{name} type"] = type(predicted).__name__
        parts = predicted if isinstance(predicted, list) else [predicted[key] for key in sorted(predicted)] if (
            isinstance(predicted, dict)) else [predicted]
        for i, part in enumerate(parts):
            result[f"{name} {i}"] = np.asarray(part)
        if name != "named":  # Keras forgets the names here and gives a list
            result[f"{name} output shape"] = model.output_shape
    return result


def _hooks(oracle: Oracle) -> dict[str, Any]:
    """Which hooks run, in which order, with which log keys."""
    keras = oracle.keras
    calls: list[str] = []

    class Watch(keras.callbacks.Callback):
        pass

    def hook(name: str) -> Any:
        def call(self: Any, *arguments: Any, logs: Any = None) -> None:
            if arguments and isinstance(arguments[-1], dict):
                *arguments, logs = arguments
            calls.append(" ".join([name, *map(str, arguments), *sorted(logs or {})]))

        return call

    for stage in ("train", "test", "predict"):
        for when in ("begin", "end"):
            setattr(Watch, f"on_{stage}_{when}", hook(f"{stage}_{when}"))
            setattr(Watch, f"on_{stage}_batch_{when}", hook(f"{stage}_batch_{when}"))
    Watch.on_epoch_begin, Watch.on_epoch_end = hook("epoch_begin"), hook("epoch_end")
    model = _dense()(keras)
    model.compile(optimizer="sgd", loss="mse", metrics=["mae"])
    model.fit(X, REAL, batch_size=8, epochs=2, verbose=0, callbacks=[Watch()], validation_data=(X[:2], REAL[:2]))
    result: dict[str, Any] = {"fit": list(calls)}
    for name, run in {"evaluate": lambda: model.evaluate(X, REAL, batch_size=8, verbose=0, callbacks=[Watch()]),
                      "predict": lambda: model.predict(X, batch_size=8, verbose=0, callbacks=[Watch()])}.items():
        calls.clear()
        run()
        result[name] = list(calls)
    return result


def _mse(*metrics: Any, **arguments: Any) -> Callable[[Any], dict[str, Any]]:
    return lambda k: {"loss": "mse", "metrics": list(metrics), **arguments}


def _two_losses(**arguments: Any) -> Callable[[Any], dict[str, Any]]:
    return lambda k: {"loss": {"u": "mse", "v": "sparse_categorical_crossentropy"}, **arguments}


CASES: dict[str, Case] = {
    "mse": _fit(_dense(), X, REAL, _mse()),
    "mse_flat_labels": _fit(_dense(), X, REAL[:, 0], _mse("mae")),
    "metrics": _fit(_dense(), X, REAL, _mse("mae", "mean_squared_error", "cosine_similarity")),
    "metric_names": _fit(_dense(), X, REAL, lambda k: {
        "loss": k.losses.MeanSquaredError(),
        "metrics": ["MSE", "MeanAbsoluteError", k.metrics.RootMeanSquaredError(),
                    k.metrics.MeanSquaredError(name="named")]}),
    "duplicate_names": _fit(_dense(), X, REAL, _mse("mae", "mae")),
    "function_metric": _fit(_dense(), X, REAL, lambda k: {
        "loss": lambda y, p: k.ops.mean(k.ops.abs(y - p), axis=-1), "metrics": [k.losses.mean_squared_error]}),
    "loss_sum": _fit(_dense(), X, REAL, lambda k: {"loss": k.losses.MeanSquaredError(reduction="sum")}),
    "accuracy_binary": _fit(_dense(1, "sigmoid"), X, BINARY, lambda k: {
        "loss": "binary_crossentropy", "metrics": ["accuracy", k.metrics.AUC(name="area")]}),
    "accuracy_categorical": _fit(_dense(3, "softmax"), X, ONE_HOT, lambda k: {
        "loss": "categorical_crossentropy", "metrics": ["acc"]}),
    "accuracy_sparse": _fit(_dense(3, "softmax"), X, CLASSES, lambda k: {
        "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}),
    "accuracy_sparse_logits": _fit(_dense(3), X, CLASSES[:, None], lambda k: {
        "loss": k.losses.SparseCategoricalCrossentropy(from_logits=True), "metrics": ["accuracy"]}),
    "crossentropy_metric": _fit(_dense(3, "softmax"), X, CLASSES, lambda k: {
        "loss": "sparse_categorical_crossentropy", "metrics": ["sparse_categorical_crossentropy"]}),
    "sample_weight": _fit(_dense(), X, REAL, _mse("mae", weighted_metrics=["mse"]), sample_weight=WEIGHTS,
                          evaluate={"sample_weight": WEIGHTS}),
    "weighted_duplicate": _fit(_dense(), X, REAL, _mse("mae", weighted_metrics=["mae"]), sample_weight=WEIGHTS),
    "class_weight": _fit(_dense(3, "softmax"), X, CLASSES, lambda k: {
        "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], "weighted_metrics": ["accuracy"]},
        class_weight={0: 2.0, 1: 0.5, 2: 1.0}, validation_data=(X[:6], CLASSES[:6])),
    "class_weight_partial": _fit(_dense(1, "sigmoid"), X, BINARY, lambda k: {"loss": "binary_crossentropy"},
                                 class_weight={1: 3.0}),
    "class_weight_one_hot": _fit(_dense(3, "softmax"), X, ONE_HOT, lambda k: {"loss": "categorical_crossentropy"},
                                 class_weight={0: 2.0, 1: 0.5, 2: 1.0}),
    "validation_data": _fit(_dense(), X, REAL, _mse("mae"), validation_data=(X[:5], REAL[:5]),
                            validation_batch_size=2),
    "validation_weights": _fit(_dense(), X, REAL, _mse("mae", weighted_metrics=["mse"]),
                               validation_data=(X[:5], REAL[:5], WEIGHTS[:5])),
    "validation_split": _fit(_dense(), X, REAL, _mse("mae"), validation_split=0.3),
    "validation_split_weights": _fit(_dense(), X, REAL, _mse("mae"), validation_split=0.3, sample_weight=WEIGHTS),
    "validation_freq": _fit(_dense(), X, REAL, _mse(), validation_data=(X[:5], REAL[:5]), validation_freq=2),
    "steps_per_epoch": _fit(_dense(), X, REAL, _mse("mae"), steps_per_epoch=1),
    "validation_steps": _fit(_dense(), X, REAL, _mse(), validation_data=(X, REAL), validation_steps=2),
    "regularized": _fit(_dense(kernel_regularizer="l2", activity_regularizer="l1"), X, REAL, _mse("mae"),
                        validation_data=(X[:5], REAL[:5])),
    "added_loss": _fit(_with_added_loss, X, REAL, _mse("mae"), validation_data=(X[:5], REAL[:5])),
    "masked": _fit(_sequences, WORDS, STEPS, _mse("mae", weighted_metrics=["mae"])),
    "masked_weights": _fit(_sequences, WORDS, STEPS, _mse("mae", weighted_metrics=["mae"]),
                           sample_weight=np.tile(WEIGHTS[:, None], (1, 4))),
    "two_outputs": _fit(_two, FULL, [REAL[:8], CLASSES[:8]], lambda k: {
        "loss": ["mse", "sparse_categorical_crossentropy"]}),
    "two_outputs_one_loss": _fit(_two, FULL, [REAL[:8], ONE_HOT[:8]], _mse()),
    "two_outputs_dicts": _fit(_two, FULL, {"u": REAL[:8], "v": CLASSES[:8]},
                              _two_losses(metrics={"u": ["mae"], "v": "accuracy"}, loss_weights={"u": 0.5, "v": 2.0}),
                              validation_data=(X[:4], {"u": REAL[:4], "v": CLASSES[:4]})),
    "two_outputs_lists": _fit(_two, FULL, [REAL[:8], CLASSES[:8]], lambda k: {
        "loss": ["mse", "sparse_categorical_crossentropy"], "loss_weights": [0.5, 2.0],
        "metrics": [["mae", "mse"], ["accuracy"]]}),
    "two_outputs_weighted": _fit(_two, FULL, [REAL[:8], CLASSES[:8]], lambda k: {
        "loss": ["mse", "sparse_categorical_crossentropy"], "weighted_metrics": [["mae"], ["accuracy"]]},
        sample_weight=[WEIGHTS[:8], WEIGHTS[:2:-1].copy()]),
    "two_outputs_one_without_loss": _fit(_two, FULL, [REAL[:8], CLASSES[:8]], lambda k: {
        "loss": ["mse", None], "metrics": [None, ["accuracy"]]}),
    "named_outputs": _fit(_two_named("u", "v"), FULL, {"u": REAL[:8], "v": CLASSES[:8]},
                          _two_losses(metrics={"v": ["accuracy"]})),
    "named_otherwise": _fit(_two_named("foo", "bar"), FULL, {"foo": REAL[:8], "bar": CLASSES[:8]}, lambda k: {
        "loss": {"foo": "mse", "bar": "sparse_categorical_crossentropy"}, "metrics": {"foo": ["mae"]}}),
    "on_batch": _on_batch,
    "predict": _predict,
    "hooks": _hooks,
}
