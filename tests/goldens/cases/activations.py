"""Activations by name, as functions with arguments, and as layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import Case, layer_case, normal, plain, rng

TOLERANCE = (1e-5, 2e-6)  # 1 + tanh(x) cancels in the tail of gelu, where NumPy and XLA round differently

NAMES = ("relu", "sigmoid", "tanh", "softmax", "elu", "selu", "softplus", "softsign", "swish", "silu", "gelu",
         "exponential", "linear", "hard_sigmoid", "leaky_relu", "relu6", "log_softmax", "mish", "hard_silu",
         "hard_swish", "celu", "hard_tanh", "log_sigmoid", "hard_shrink", "soft_shrink", "tanh_shrink", "squareplus")

#: No exact kink: at 0 a derivative is a matter of taste.
POINTS = np.concatenate([np.linspace(-8.1, 8.3, 38), [-60.0, -25.0, 25.0, 60.0]]).astype("float32").reshape(6, 7)


def _function(name: str, **arguments: Any) -> Case:
    def case(oracle: Oracle) -> dict[str, Any]:
        ops = oracle.keras.ops
        function = oracle.keras.activations.get(name) if not arguments else (
            lambda x: getattr(oracle.keras.activations, name)(x, **arguments))
        factor = oracle.tensor(normal(rng(name), *POINTS.shape))
        # exp(60) would leave every other gradient below the tolerance
        points = np.clip(POINTS, -60.0, 8.3) if name == "exponential" else POINTS
        _, (gradient,), _ = oracle.gradients(lambda x: ops.sum(function(x) * factor), [points], [])
        return {"output": oracle.numpy(function(oracle.tensor(points))), "gradient": gradient}

    return case


def _identifiers(oracle: Oracle) -> dict[str, Any]:
    activations = oracle.keras.activations
    return {
        "none is linear": activations.serialize(activations.get(None)),
        "serialized": [activations.serialize(activations.get(name)) for name in NAMES],
        "config": plain(oracle.keras.layers.Activation("swish").get_config()),
    }


CASES: dict[str, Case] = {name: _function(name) for name in NAMES}
CASES |= {
    "relu_slope": _function("relu", negative_slope=0.1, max_value=2.0, threshold=0.5),
    "elu_alpha": _function("elu", alpha=0.3),
    "leaky_relu_slope": _function("leaky_relu", negative_slope=0.05),
    "gelu_approximate": _function("gelu", approximate=True),
    "softmax_axis": _function("softmax", axis=0),
    "log_softmax_axis": _function("log_softmax", axis=0),
    "identifiers": _identifiers,
    "layer_relu": layer_case("layer_relu", lambda k: k.layers.ReLU(), (3, 5)),
    "layer_relu_arguments": layer_case(
        "layer_relu_arguments", lambda k: k.layers.ReLU(max_value=1.5, negative_slope=0.2, threshold=0.3), (3, 5)),
    "layer_leaky_relu": layer_case("layer_leaky_relu", lambda k: k.layers.LeakyReLU(), (3, 5)),
    "layer_leaky_relu_slope": layer_case("layer_leaky_relu_slope", lambda k: k.layers.LeakyReLU(0.05), (3, 5)),
    "layer_softmax": layer_case("layer_softmax", lambda k: k.layers.Softmax(), (3, 5)),
    "layer_softmax_axis": layer_case("layer_softmax_axis", lambda k: k.layers.Softmax(axis=1), (2, 3, 4)),
    "layer_softmax_mask": layer_case(
        "layer_softmax_mask", lambda k: k.layers.Softmax(), (2, 4),
        mask=np.array([[True, False, True, True], [True, True, False, False]])),
    "layer_elu": layer_case("layer_elu", lambda k: k.layers.ELU(alpha=0.5), (3, 5)),
    "layer_activation": layer_case("layer_activation", lambda k: k.layers.Activation("tanh"), (3, 5)),
}
