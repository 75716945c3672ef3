"""Loss curves over 200 steps: same weights, same batches, same hyperparameters, hence the same numbers.

An epoch is ten steps, the last of them short. Every step's running loss and metrics, every epoch's history with
validation, and the weights that come out. Keras on JAX is the oracle: on TensorFlow an Embedding's sparse gradient
squares a token that comes twice in a batch term by term, so Adam and RMSprop there take other steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import Case, normal, rng

TOLERANCE = (1e-4, 1e-4)
BACKEND = "jax"

EPOCHS, BATCH, ROWS = 20, 8, 76  # nine batches of eight and one of four


def _glorot(model: Any, generator: np.random.Generator) -> None:
    """Weights of the size an initializer would give, drawn by NumPy; vectors keep what they start with."""
    values = []
    for value in map(np.asarray, model.get_weights()):
        if value.ndim > 1:
            fan_in, fan_out = int(np.prod(value.shape[:-1])), value.shape[-1] * int(np.prod(value.shape[:-2]))
            value = normal(generator, *value.shape, scale=float(np.sqrt(2 / (fan_in + fan_out))))
        values.append(value)
    model.set_weights(values)


def _curve(
    name: str,
    make: Callable[[Any], Any],
    data: Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]],
    compiled: Callable[[Any], dict[str, Any]],
    weights: bool = False,
    **arguments: Any,
) -> Case:
    def case(oracle: Oracle) -> dict[str, Any]:
        keras = oracle.keras
        generator = rng(name)
        x, y = data(generator)
        model = make(keras)
        _glorot(model, generator)
        model.compile(**compiled(keras))
        steps: list[dict[str, float]] = []
        watch = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: steps.append({k: float(v) for k, v in logs.items()}))
        given = dict(arguments)
        if weights:
            given["sample_weight"] = (np.abs(normal(generator, ROWS)) + np.float32(0.1)).astype("float32")
        history = model.fit(x[:ROWS], y[:ROWS], batch_size=BATCH, epochs=EPOCHS, shuffle=False, verbose=0,
                            validation_data=(x[ROWS:], y[ROWS:]), callbacks=[watch], **given)
        result: dict[str, Any] = {"steps": len(steps), "keys": list(history.history)}
        for key in steps[0]:
            result[f"running {key}"] = np.array([logs[key] for logs in steps], "float32")
        for key, values in history.history.items():
            result[f"epochs {key}"] = np.array(values, "float32")
        for i, weight in enumerate(map(np.asarray, model.get_weights())):
            result[f"weight {i}"] = weight
        return result

    return case


def _points(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x = normal(generator, ROWS + 20, 6)
    return x, (np.abs(x[:, 0]) + x[:, 1] * x[:, 2] > 0.7).astype("int32") + (x[:, 3] > 1).astype("int32")


def _real(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x = normal(generator, ROWS + 20, 6)
    return x, (np.sin(x[:, :1]) + x[:, 1:2] * x[:, 2:3]).astype("float32")


def _images(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    y = generator.integers(0, 3, ROWS + 20).astype("int32")
    x = normal(generator, ROWS + 20, 8, 8, 1)
    x[np.arange(ROWS + 20), 2 * y, :, 0] += 1.5
    return x, y


def _sentences(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x = generator.integers(1, 12, (ROWS + 20, 7)).astype("int32")
    for row, length in zip(x, generator.integers(1, 8, ROWS + 20), strict=True):
        row[length:] = 0
    return x, ((x == 3).sum(-1) > 0).astype("float32")


def _mlp(k: Any) -> Any:
    return k.Sequential([k.Input((6,)), k.layers.Dense(16, activation="relu"),
                         k.layers.Dense(8, activation="tanh", kernel_regularizer=k.regularizers.L2(1e-3)),
                         k.layers.Dense(3, activation="softmax")])


def _regression(k: Any) -> Any:
    return k.Sequential([k.Input((6,)), k.layers.Dense(12, activation="tanh"), k.layers.Dense(1)])


def _cnn(k: Any) -> Any:
    x = k.Input((8, 8, 1))
    y = k.layers.Conv2D(4, 3, padding="same", use_bias=False)(x)
    y = k.layers.MaxPooling2D()(k.layers.Activation("relu")(k.layers.BatchNormalization()(y)))
    y = k.layers.Conv2D(6, 3, use_bias=False)(y)  # a bias here has no gradient but noise, which Adam would scale up
    y = k.layers.ReLU()(k.layers.BatchNormalization(momentum=0.9)(y))
    return k.Model(x, k.layers.Dense(3)(k.layers.Flatten()(y)))


def _lstm(k: Any) -> Any:
    return k.Sequential([k.Input((7,), dtype="int32"), k.layers.Embedding(12, 4, mask_zero=True),
                         k.layers.LSTM(6), k.layers.Dense(1, activation="sigmoid")])


def _bidirectional(k: Any) -> Any:
    return k.Sequential([k.Input((7,), dtype="int32"), k.layers.Embedding(12, 4, mask_zero=True),
                         k.layers.Bidirectional(k.layers.LSTM(4, return_sequences=True)), k.layers.LSTM(4),
                         k.layers.Dense(1, activation="sigmoid")])


def _classify(optimizer: Callable[[Any], Any], logits: bool = False) -> Callable[[Any], dict[str, Any]]:
    return lambda k: {"optimizer": optimizer(k), "metrics": ["accuracy"],
                      "loss": k.losses.SparseCategoricalCrossentropy(from_logits=logits)}


def _decide(optimizer: Callable[[Any], Any]) -> Callable[[Any], dict[str, Any]]:
    return lambda k: {"optimizer": optimizer(k), "loss": "binary_crossentropy",
                      "metrics": ["accuracy", k.metrics.AUC(name="auc")]}


CASES: dict[str, Case] = {
    "mlp_adam": _curve("mlp_adam", _mlp, _points, _classify(lambda k: k.optimizers.Adam(0.005))),
    "mlp_adam_class_weight": _curve("mlp_adam_class_weight", _mlp, _points,
                                    _classify(lambda k: k.optimizers.Adam(0.005)),
                                    class_weight={0: 1.0, 1: 2.0, 2: 0.5}),
    "mlp_sgd_schedule": _curve(
        "mlp_sgd_schedule", _regression, _real, lambda k: {
            "optimizer": k.optimizers.SGD(k.optimizers.schedules.CosineDecay(0.1, 150, alpha=0.01), momentum=0.5,
                                          nesterov=True),
            "loss": "mse", "metrics": ["mae"], "weighted_metrics": ["mse"]}, weights=True),
    "mlp_adam_clip_ema": _curve(
        "mlp_adam_clip_ema", _regression, _real, lambda k: {
            "optimizer": k.optimizers.Adam(0.01, clipnorm=0.5, use_ema=True, ema_momentum=0.9, weight_decay=0.01),
            "loss": k.losses.Huber(), "metrics": [k.metrics.RootMeanSquaredError()]}),
    "mlp_rmsprop_accumulation": _curve(
        "mlp_rmsprop_accumulation", _regression, _real, lambda k: {
            "optimizer": k.optimizers.RMSprop(0.005, gradient_accumulation_steps=3), "loss": "mae"}),
    "cnn_sgd_momentum": _curve("cnn_sgd_momentum", _cnn, _images,
                               _classify(lambda k: k.optimizers.SGD(0.01, momentum=0.9), logits=True)),
    "cnn_adam": _curve("cnn_adam", _cnn, _images, _classify(lambda k: k.optimizers.Adam(0.002), logits=True)),
    "lstm_rmsprop": _curve("lstm_rmsprop", _lstm, _sentences, _decide(lambda k: k.optimizers.RMSprop(0.005))),
    "lstm_rmsprop_weights": _curve("lstm_rmsprop_weights", _lstm, _sentences,
                                   _decide(lambda k: k.optimizers.RMSprop(0.005, momentum=0.5)), weights=True),
    "bidirectional_adam": _curve("bidirectional_adam", _bidirectional, _sentences,
                                 _decide(lambda k: k.optimizers.Adam(0.005))),
}
