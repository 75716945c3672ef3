"""Spectral normalization. On JAX: Keras on TensorFlow gives the gradient by the kernel after it was divided, not before."""

from __future__ import annotations

from typing import Any

from goldens.recording import table

TOLERANCE = (1e-5, 2e-5)
BACKEND = "jax"


def _spectral(make: Any, **arguments: Any) -> Any:
    return lambda k: k.layers.SpectralNormalization(make(k), **arguments)


CASES = table(
    ("dense", _spectral(lambda k: k.layers.Dense(3)), (4, 5)),
    ("dense_more", _spectral(lambda k: k.layers.Dense(3, activation="tanh"), power_iterations=3), (4, 5)),
    ("conv", _spectral(lambda k: k.layers.Conv2D(3, 2)), (2, 4, 3, 2)),
    ("conv1d", _spectral(lambda k: k.layers.Conv1D(3, 2, use_bias=False)), (2, 4, 2)),
    training=True,
)
