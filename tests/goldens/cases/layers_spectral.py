"""Spectral normalization, and a layer of a user's that assigns to a weight it then uses: the gradient is by the weight as it is then."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import normal, rng, set_random_weights, table

TOLERANCE = (1e-5, 2e-5)


def _spectral(make: Any, **arguments: Any) -> Any:
    return lambda k: k.layers.SpectralNormalization(make(k), **arguments)


CASES = table(
    ("dense", _spectral(lambda k: k.layers.Dense(3)), (4, 5)),
    ("dense_more", _spectral(lambda k: k.layers.Dense(3, activation="tanh"), power_iterations=3), (4, 5)),
    ("conv", _spectral(lambda k: k.layers.Conv2D(3, 2)), (2, 4, 3, 2)),
    ("conv1d", _spectral(lambda k: k.layers.Conv1D(3, 2, use_bias=False)), (2, 4, 2)),
    training=True,
)


def _steps(oracle: Oracle) -> dict[str, Any]:
    keras, generator = oracle.keras, rng("spectral steps")

    class Halved(keras.layers.Layer):
        def build(self, shape: Any) -> None:
            self.factor = self.add_weight(shape=(shape[-1],), initializer="ones", name="factor")

        def call(self, inputs: Any) -> Any:
            inputs = inputs * self.factor
            self.factor.assign(self.factor * self.factor * 0.5)
            return inputs * self.factor

    model = keras.Sequential([
        keras.Input((4,)), keras.layers.SpectralNormalization(keras.layers.Dense(3), power_iterations=2), Halved(),
        keras.layers.SpectralNormalization(keras.layers.Dense(2, use_bias=False)),
    ])
    set_random_weights(model, generator)
    model.compile(keras.optimizers.SGD(0.1), "mse")
    x, y = normal(generator, 8, 4), normal(generator, 8, 2)
    result: dict[str, Any] = {"loss": np.array([model.train_on_batch(x, y) for _ in range(5)], "float32")}
    return {**result, **{f"weight {i}": value for i, value in enumerate(model.get_weights())}}


CASES["five_steps"] = _steps
