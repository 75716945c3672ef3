"""Batch and layer normalisation: both modes, gradients through the batch statistics, moving statistics."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import normal, rng, set_random_weights, table

TOLERANCE = (1e-5, 2e-5)

MASK = np.array([[True, True, False, True], [True, False, False, False], [True, True, True, True]])


def _batch(**arguments: Any) -> Any:
    return lambda k: k.layers.BatchNormalization(**arguments)


def _layer(**arguments: Any) -> Any:
    return lambda k: k.layers.LayerNormalization(**arguments)


def _frozen(oracle: Oracle) -> dict[str, Any]:
    """A frozen BatchNormalization answers with its moving statistics in training mode too, and keeps them."""
    layer = oracle.keras.layers.BatchNormalization()
    generator = rng("frozen")
    x = oracle.tensor(normal(generator, 6, 3))
    layer(x)
    set_random_weights(layer, generator)
    layer.trainable = False
    output = oracle.numpy(layer(x, training=True))
    return {"output": output, "trainable": len(layer.trainable_weights), "weights": [w.name for w in layer.weights],
            **{f"weight {i}": w for i, w in enumerate(map(np.asarray, layer.get_weights()))}}


def _moving(oracle: Oracle) -> dict[str, Any]:
    """Five training batches from the initial statistics, one of them of another size."""
    layer = oracle.keras.layers.BatchNormalization(momentum=0.8)
    generator = rng("moving")
    result: dict[str, Any] = {}
    for step, size in enumerate((8, 8, 3, 8, 1)):
        x = normal(generator, size, 2, scale=2.0) + np.float32(3.0)
        layer(oracle.tensor(x), training=True)
        result[f"mean {step}"] = oracle.numpy(layer.moving_mean)
        result[f"variance {step}"] = oracle.numpy(layer.moving_variance)
    return result


CASES = table(
    ("batch", _batch(), (6, 3)),
    ("batch_image", _batch(), (3, 4, 2, 3)),
    ("batch_axis", _batch(axis=1), (3, 2, 4, 3)),
    ("batch_arguments", _batch(momentum=0.7, epsilon=0.1, gamma_regularizer="l2", beta_constraint="non_neg",
                               moving_mean_initializer="ones"), (6, 3)),
    ("batch_no_center", _batch(center=False), (6, 3)),
    ("batch_no_scale", _batch(scale=False), (6, 3)),
    ("batch_neither", _batch(scale=False, center=False), (6, 3)),
    ("batch_mask", _batch(momentum=0.5), (3, 4, 2), {"mask": MASK}),
    training=True,
) | table(
    ("layer", _layer(), (4, 6)),
    ("layer_rank3", _layer(), (2, 3, 4)),
    ("layer_axes", _layer(axis=(1, 2)), (2, 3, 4)),
    ("layer_axis1", _layer(axis=1), (2, 3, 4)),
    ("layer_arguments", _layer(epsilon=0.1, beta_initializer="ones"), (4, 6)),
    ("layer_no_center", _layer(center=False), (4, 6)),
    ("layer_neither", _layer(center=False, scale=False), (4, 6)),
)
CASES |= {"frozen": _frozen, "moving": _moving}
