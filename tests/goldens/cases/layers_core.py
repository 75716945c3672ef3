"""Dense, Embedding, shapes and merges."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import normal, plain, rng, table

TOLERANCE = (1e-5, 1e-5)

TOKENS = np.array([[3, 1, 0, 0], [2, 2, 5, 0]], "int32")
GAPS = np.array([[[1, 2], [0, 0], [3, 0]], [[0, 0], [0, 4], [0, 0]]], "float32")
MASK = np.array([[True, True, False], [True, False, False]])


def _masks(oracle: Oracle) -> dict[str, Any]:
    """What a mask becomes on its way through layers."""
    layers = oracle.keras.layers
    a, b = oracle.tensor(MASK), oracle.tensor(~MASK)
    x = oracle.tensor(GAPS)
    return {
        "embedding": oracle.numpy(layers.Embedding(6, 2, mask_zero=True).compute_mask(oracle.tensor(TOKENS))),
        "no embedding": layers.Embedding(6, 2).compute_mask(oracle.tensor(TOKENS)),
        "masking": oracle.numpy(layers.Masking().compute_mask(x)),
        "masking value": oracle.numpy(layers.Masking(mask_value=4.0).compute_mask(x)),
        "add": oracle.numpy(layers.Add().compute_mask([x, x], [a, b])),
        "add one": layers.Add().compute_mask([x, x], [a, None]) is None,
        "concatenate": oracle.numpy(layers.Concatenate(axis=1).compute_mask([x, x], [a, b])),
        "concatenate features": oracle.numpy(layers.Concatenate().compute_mask([x, x], [a, a])),
        "supports": {name: bool(make().supports_masking) for name, make in {
            "dense": lambda: layers.Dense(2), "dropout": lambda: layers.Dropout(0.1),
            "activation": lambda: layers.Activation("relu"), "flatten": layers.Flatten,
            "batch_normalization": layers.BatchNormalization, "lstm": lambda: layers.LSTM(2),
            "embedding": lambda: layers.Embedding(2, 2), "masking": layers.Masking, "add": layers.Add,
        }.items()},
    }


def _inputs(oracle: Oracle) -> dict[str, Any]:
    """Symbolic inputs and what a layer makes of them."""
    keras = oracle.keras
    x = keras.Input((4, 3), name="x")
    fixed = keras.Input((4,), batch_size=5, dtype="int32")
    y = keras.layers.Dense(7)(x)
    z = keras.layers.Flatten()(y)
    return {
        "shapes": [x.shape, fixed.shape, y.shape, z.shape, keras.layers.Embedding(5, 2)(fixed).shape],
        "dtypes": [x.dtype, fixed.dtype, y.dtype],
        "name": x.name,
        "batch_shape": keras.Input(batch_shape=(None, None, 2)).shape,
        "config": plain(keras.layers.InputLayer((3,), name="features").get_config()),
    }


def _layer_losses(oracle: Oracle) -> dict[str, Any]:
    """Regularisers and activity regularisers appear in `losses`, in this order."""
    keras = oracle.keras
    layer = keras.layers.Dense(3, kernel_regularizer=keras.regularizers.L1L2(0.1, 0.2), bias_regularizer="l2",
                               activity_regularizer=keras.regularizers.L2(0.3))
    generator = rng("layer_losses")
    x = oracle.tensor(normal(generator, 4, 5))
    layer.build((None, 5))
    layer.set_weights([normal(generator, 5, 3), normal(generator, 3)])
    layer(x)
    return {"losses": np.array(sorted(float(oracle.numpy(v)) for v in layer.losses), "float32")}


def _dense(**arguments: Any) -> Any:
    return lambda k: k.layers.Dense(3, **arguments)


CASES = table(
    ("dense", _dense(), (4, 5)),
    ("dense_rank3", _dense(activation="tanh"), (2, 4, 5)),
    ("dense_rank4", _dense(), (2, 2, 3, 5)),
    ("dense_relu", _dense(activation="relu"), (4, 5)),
    ("dense_softmax", _dense(activation="softmax"), (4, 5)),
    ("dense_no_bias", _dense(use_bias=False), (4, 5)),
    ("dense_arguments", lambda k: k.layers.Dense(
        3, activation="sigmoid", kernel_initializer="he_normal", bias_initializer=k.initializers.Constant(0.5),
        kernel_regularizer="l2", bias_regularizer=k.regularizers.L1(0.1), activity_regularizer=k.regularizers.L2(0.5),
        kernel_constraint="non_neg", bias_constraint=k.constraints.MaxNorm(2.0)), (4, 5)),
    ("embedding", lambda k: k.layers.Embedding(6, 3), TOKENS),
    ("embedding_mask", lambda k: k.layers.Embedding(6, 3, mask_zero=True, embeddings_initializer="normal",
                                                    embeddings_regularizer="l1"), TOKENS),
    ("flatten", lambda k: k.layers.Flatten(), (2, 3, 4, 2)),
    ("flatten_rank1", lambda k: k.layers.Flatten(), (4,)),
    ("flatten_channels_first", lambda k: k.layers.Flatten(data_format="channels_first"), (2, 3, 4, 2)),
    ("reshape", lambda k: k.layers.Reshape((6, 2)), (2, 3, 4)),
    ("reshape_unknown", lambda k: k.layers.Reshape((-1, 2, 3)), (2, 3, 4)),
    ("dropout_inference", lambda k: k.layers.Dropout(0.4, noise_shape=(None, 1), seed=3), (3, 4)),
    ("dropout_zero", lambda k: k.layers.Dropout(0.0), (3, 4), {"training": True}),
    ("masking", lambda k: k.layers.Masking(), GAPS),
    ("masking_value", lambda k: k.layers.Masking(mask_value=4.0), GAPS),
    ("add", lambda k: k.layers.Add(), (2, 3), (2, 3), (2, 3), {"merge": True}),
    ("add_broadcast", lambda k: k.layers.Add(), (2, 3, 4), (2, 1, 4), {"merge": True}),
    ("add_ranks", lambda k: k.layers.Add(), (2, 3, 4), (2, 4), {"merge": True}),
    ("subtract", lambda k: k.layers.Subtract(), (2, 3), (2, 3), {"merge": True}),
    ("multiply", lambda k: k.layers.Multiply(), (2, 3), (2, 3), (2, 3), {"merge": True}),
    ("average", lambda k: k.layers.Average(), (2, 3), (2, 3), (2, 3), {"merge": True}),
    ("maximum", lambda k: k.layers.Maximum(), (2, 3), (2, 3), (2, 3), {"merge": True}),
    ("minimum", lambda k: k.layers.Minimum(), (2, 3), (2, 3), {"merge": True}),
    ("concatenate", lambda k: k.layers.Concatenate(), (2, 3), (2, 1), (2, 4), {"merge": True}),
    ("concatenate_axis", lambda k: k.layers.Concatenate(axis=1), (2, 3, 2), (2, 1, 2), {"merge": True}),
    ("dot", lambda k: k.layers.Dot(axes=1, normalize=True), (2, 3), (2, 3), {"merge": True}),
)
CASES |= {"masks": _masks, "inputs": _inputs, "layer_losses": _layer_losses}
