"""EinsumDense, Lambda, Identity, PReLU, and what regularizes: the random ones at rest."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import normal, rng, table

TOLERANCE = (1e-5, 1e-5)


def _layer(kind: str, *given: Any, **arguments: Any) -> Any:
    return lambda k: getattr(k.layers, kind)(*given, **arguments)


def scaled(x: Any, factor: float = 2.0) -> Any:
    return x * factor


def half(x: Any, training: Any = None) -> Any:
    return x * (0.5 if training else 1.0)


def _activity(oracle: Oracle) -> dict[str, Any]:
    layer = oracle.keras.layers.ActivityRegularization(l1=0.1, l2=0.2)
    x = normal(rng("activity"), 4, 3)
    y = oracle.numpy(layer(oracle.tensor(x)))
    return {"output": y, "losses": np.array([float(oracle.numpy(v)) for v in layer.losses], "float32")}


def _masks(oracle: Oracle) -> dict[str, Any]:
    layers = oracle.keras.layers
    mask = oracle.tensor(np.array([[True, False, True]]))
    x = oracle.tensor(np.ones((1, 3, 2), "float32"))
    keep = layers.Lambda(scaled, mask=lambda inputs, mask: mask)
    return {
        "lambda": oracle.numpy(keep.compute_mask(x, mask)),
        "lambda none": layers.Lambda(scaled).compute_mask(x, mask) is None,
        "global": layers.GlobalAveragePooling1D().compute_mask(x, mask) is None,
        "supports": {kind: bool(getattr(layers, kind)(*given).supports_masking) for kind, given in {
            "Identity": (), "PReLU": (), "SpatialDropout1D": (0.1,), "GaussianNoise": (0.1,), "GaussianDropout": (0.1,),
            "AlphaDropout": (0.1,), "ActivityRegularization": (), "EinsumDense": ("ab,bc->ac", 2), "Conv1D": (2, 2),
            "MaxPooling1D": (), "GlobalMaxPooling1D": (), "GlobalAveragePooling1D": (), "UpSampling1D": (), "ZeroPadding1D": (),
            "GroupNormalization": (2,), "RMSNormalization": (), "UnitNormalization": (),
        }.items()},
        "shape": layers.Lambda(scaled, output_shape=(7, 8)).compute_output_shape((None, 3)),
    }  # fmt: skip


# Where output_shape says None, Keras does not know the size of an output that the input tells, and here it is known.
KNOWN = {"call": lambda layer, x: layer(x)}

CASES = table(
    ("einsum", _layer("EinsumDense", "ab,bc->ac", 4, bias_axes="c", activation="relu"), (3, 5)),
    ("einsum_rank3", _layer("EinsumDense", "abc,cd->abd", output_shape=(None, 4), bias_axes="d"), (2, 3, 5), KNOWN),
    ("einsum_heads", _layer("EinsumDense", "abc,cde->abde", output_shape=(None, 2, 3), bias_axes="de"), (2, 3, 4), KNOWN),
    ("einsum_bias_outer", _layer("EinsumDense", "abc,cde->abde", output_shape=(None, 2, 3), bias_axes="d"), (2, 3, 4), KNOWN),
    ("einsum_back", _layer("EinsumDense", "abcd,cde->abe", output_shape=(None, 5), bias_axes="e"), (2, 3, 2, 4), KNOWN),
    ("einsum_dots", _layer("EinsumDense", "...x,xy->...y", output_shape=4, bias_axes="y"), (2, 3, 5)),
    ("einsum_dots_shape", _layer("EinsumDense", "...bc,cd->...bd", output_shape=(3, 7), bias_axes="bd"), (2, 3, 6)),
    ("einsum_dots_last", _layer("EinsumDense", "ab...,bc->ac...", output_shape=4, bias_axes="c"), (2, 3, 5)),
    ("einsum_dots_last2", _layer("EinsumDense", "ab...,bc->ac...", output_shape=(4, None, None), bias_axes="c"), (2, 3, 2, 2), KNOWN),
    ("einsum_mix", _layer("EinsumDense", "abc,bd->adc", output_shape=(4, 5), bias_axes="dc", kernel_regularizer="l2"), (2, 3, 5)),
    ("einsum_no_bias", _layer("EinsumDense", "ab,bc->ac", (4,), kernel_constraint="non_neg"), (3, 5)),
    ("identity", _layer("Identity"), (2, 3)),
    ("lambda", _layer("Lambda", scaled), (2, 3)),
    ("lambda_arguments", _layer("Lambda", scaled, arguments={"factor": 3.0}, output_shape=(3,)), (2, 3)),
    ("prelu", _layer("PReLU"), (2, 3, 4)),
    ("prelu_shared", _layer("PReLU", shared_axes=[1, 2]), (2, 3, 3, 2)),
    ("prelu_arguments", _layer("PReLU", alpha_initializer="ones", alpha_regularizer="l1", alpha_constraint="non_neg"), (2, 3)),
    ("softmax_axes", _layer("Softmax", axis=(1, 2)), (2, 3, 4)),
    ("spatial_dropout1d", _layer("SpatialDropout1D", 0.3, seed=3), (2, 3, 4)),
    ("spatial_dropout2d", _layer("SpatialDropout2D", 0.3, data_format="channels_first"), (2, 3, 2, 2)),
    ("spatial_dropout3d", _layer("SpatialDropout3D", 0.3), (1, 2, 2, 2, 3)),
    ("gaussian_noise", _layer("GaussianNoise", 0.3), (2, 3)),
    ("gaussian_dropout", _layer("GaussianDropout", 0.3, seed=5), (2, 3)),
    ("alpha_dropout", _layer("AlphaDropout", 0.3, noise_shape=(None, 1)), (2, 3)),
    ("activity", _layer("ActivityRegularization", 0.1, 0.2), (2, 3)),
) | table(
    ("lambda_training", _layer("Lambda", half), (2, 3)),
    ("gaussian_noise_zero", _layer("GaussianNoise", 0.0), (2, 3)),
    ("alpha_dropout_zero", _layer("AlphaDropout", 0.0), (2, 3)),
    training=True,
)
CASES |= {"activity_losses": _activity, "masks": _masks}
