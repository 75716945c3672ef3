"""Every layer in the catalogue under `fit`: many in one model, side by side, two steps from the same weights.

`GROUPS` has a row for each layer class; tests/catalogue goes through the same rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import rng, set_random_weights

TOLERANCE = (2e-4, 1e-5)

Make = Callable[[Any], Any]


class Group(NamedTuple):
    """Layers that take one kind of input: its shape, what an example is drawn from, and how each layer is made and called."""

    shape: tuple[int, ...]
    draw: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]
    rows: dict[str, Make]
    call: dict[str, Callable[[Any, Any], Any]] = {}
    dtype: str = "float32"
    scale: float = 1.0  # what results are multiplied by before the Dense(1), lest its tanh saturates


def _numbers(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return generator.normal(size=shape).astype("float32")


def _pixels(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return generator.uniform(0, 255, size=shape).astype("float32")


def _tokens(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return generator.integers(1, 5, size=shape).astype("int64")


_two = lambda layer, x: layer([x, x * 0.5])
_steps = lambda layer, x: layer(x[:, None])
_states = lambda count: lambda layer, x: layer(x[:, 0], [x[:, 1, :3]] * count)[0]
_boxed = lambda layer, x: layer({"images": x})["images"]
_mixed = lambda layer, x: layer({"images": x, "labels": x[:, 0, 0, :2]})["images"]

GROUPS: dict[str, Group] = {
    "vectors": Group((6,), _numbers, {
        "Activation": lambda k: k.Activation("tanh"), "ActivityRegularization": lambda k: k.ActivityRegularization(0.01, 0.02),
        "Add": lambda k: k.Add(), "AlphaDropout": lambda k: k.AlphaDropout(0.3), "Average": lambda k: k.Average(),
        "BatchNormalization": lambda k: k.BatchNormalization(), "Concatenate": lambda k: k.Concatenate(),
        "Dense": lambda k: k.Dense(3, "relu"), "Discretization": lambda k: k.Discretization([-0.5, 0.5]), "Dot": lambda k: k.Dot(1),
        "Dropout": lambda k: k.Dropout(0.3), "ELU": lambda k: k.ELU(), "Flatten": lambda k: k.Flatten(),
        "GaussianDropout": lambda k: k.GaussianDropout(0.3), "GaussianNoise": lambda k: k.GaussianNoise(0.3),
        "GroupNormalization": lambda k: k.GroupNormalization(2), "Identity": lambda k: k.Identity(),
        "LayerNormalization": lambda k: k.LayerNormalization(), "LeakyReLU": lambda k: k.LeakyReLU(), "Maximum": lambda k: k.Maximum(),
        "Minimum": lambda k: k.Minimum(), "Multiply": lambda k: k.Multiply(),
        "Normalization": lambda k: k.Normalization(mean=0.5, variance=2.0),
        "PReLU": lambda k: k.PReLU(), "Pipeline": lambda k: k.Pipeline([k.Rescaling(0.5), k.Rescaling(2.0, 1.0)]),
        "RMSNormalization": lambda k: k.RMSNormalization(), "ReLU": lambda k: k.ReLU(), "RepeatVector": lambda k: k.RepeatVector(2),
        "Rescaling": lambda k: k.Rescaling(0.5, 1.0), "Reshape": lambda k: k.Reshape((2, 3)), "Softmax": lambda k: k.Softmax(),
        "SpectralNormalization": lambda k: k.SpectralNormalization(k.Dense(3)), "Subtract": lambda k: k.Subtract(),
        "UnitNormalization": lambda k: k.UnitNormalization(), "Wrapper": lambda k: k.TimeDistributed(k.Dense(2)),
    }, {**dict.fromkeys(["Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"], _two), "Wrapper": _steps}),
    "sequences": Group((6, 4), _numbers, {
        "AdaptiveAveragePooling1D": lambda k: k.AdaptiveAveragePooling1D(2), "AdaptiveMaxPooling1D": lambda k: k.AdaptiveMaxPooling1D(2),
        "AdditiveAttention": lambda k: k.AdditiveAttention(), "Attention": lambda k: k.Attention(use_scale=True),
        "AveragePooling1D": lambda k: k.AveragePooling1D(2), "Bidirectional": lambda k: k.Bidirectional(k.GRU(2)),
        "Conv1D": lambda k: k.Conv1D(3, 2), "Conv1DTranspose": lambda k: k.Conv1DTranspose(3, 2, strides=2),
        "Cropping1D": lambda k: k.Cropping1D(1), "DepthwiseConv1D": lambda k: k.DepthwiseConv1D(2),
        "EinsumDense": lambda k: k.EinsumDense("abc,cd->abd", (6, 3), bias_axes="d"), "GRU": lambda k: k.GRU(3),
        "GRUCell": lambda k: k.GRUCell(3), "GlobalAveragePooling1D": lambda k: k.GlobalAveragePooling1D(),
        "GlobalMaxPooling1D": lambda k: k.GlobalMaxPooling1D(), "GroupedQueryAttention": lambda k: k.GroupQueryAttention(2, 4, 2),
        "LSTM": lambda k: k.LSTM(3), "LSTMCell": lambda k: k.LSTMCell(3), "Masking": lambda k: k.Masking(),
        "MaxPooling1D": lambda k: k.MaxPooling1D(), "MultiHeadAttention": lambda k: k.MultiHeadAttention(2, 3),
        "Permute": lambda k: k.Permute((2, 1)), "RNN": lambda k: k.RNN(k.SimpleRNNCell(3)),
        "SeparableConv1D": lambda k: k.SeparableConv1D(3, 2),
        "SimpleRNN": lambda k: k.SimpleRNN(3), "SimpleRNNCell": lambda k: k.SimpleRNNCell(3),
        "SpatialDropout1D": lambda k: k.SpatialDropout1D(0.3),
        "StackedRNNCells": lambda k: k.RNN(k.StackedRNNCells([k.GRUCell(2), k.LSTMCell(3)])),
        "TimeDistributed": lambda k: k.TimeDistributed(k.Dense(2)), "UpSampling1D": lambda k: k.UpSampling1D(),
        "ZeroPadding1D": lambda k: k.ZeroPadding1D(),
    }, {**dict.fromkeys(["AdditiveAttention", "Attention"], _two), "GroupedQueryAttention": lambda layer, x: layer(x, x),
        "MultiHeadAttention": lambda layer, x: layer(x, x), "GRUCell": _states(1), "SimpleRNNCell": _states(1), "LSTMCell": _states(2)}),
    "pictures": Group((6, 6, 3), _numbers, {
        "AdaptiveAveragePooling2D": lambda k: k.AdaptiveAveragePooling2D(2), "AdaptiveMaxPooling2D": lambda k: k.AdaptiveMaxPooling2D(2),
        "AveragePooling2D": lambda k: k.AveragePooling2D(2), "ConvLSTM1D": lambda k: k.ConvLSTM1D(2, 2), "Conv2D": lambda k: k.Conv2D(3, 2),
        "Conv2DTranspose": lambda k: k.Conv2DTranspose(3, 2, strides=2), "Cropping2D": lambda k: k.Cropping2D(1),
        "DepthwiseConv2D": lambda k: k.DepthwiseConv2D(2), "GlobalAveragePooling2D": lambda k: k.GlobalAveragePooling2D(),
        "GlobalMaxPooling2D": lambda k: k.GlobalMaxPooling2D(), "MaxPooling2D": lambda k: k.MaxPooling2D(),
        "SeparableConv2D": lambda k: k.SeparableConv2D(3, 2), "SpatialDropout2D": lambda k: k.SpatialDropout2D(0.3),
        "UpSampling2D": lambda k: k.UpSampling2D(), "ZeroPadding2D": lambda k: k.ZeroPadding2D(),
    }),
    "volumes": Group((3, 4, 4, 2), _numbers, {
        "AdaptiveAveragePooling3D": lambda k: k.AdaptiveAveragePooling3D(2), "AdaptiveMaxPooling3D": lambda k: k.AdaptiveMaxPooling3D(2),
        "AveragePooling3D": lambda k: k.AveragePooling3D(2), "ConvLSTM2D": lambda k: k.ConvLSTM2D(2, 2), "Conv3D": lambda k: k.Conv3D(2, 2),
        "Conv3DTranspose": lambda k: k.Conv3DTranspose(2, 2), "ConvLSTM3D": lambda k: k.ConvLSTM3D(2, (1, 2, 2)),
        "Cropping3D": lambda k: k.Cropping3D(1),
        "GlobalAveragePooling3D": lambda k: k.GlobalAveragePooling3D(), "GlobalMaxPooling3D": lambda k: k.GlobalMaxPooling3D(),
        "MaxPooling3D": lambda k: k.MaxPooling3D(), "SpatialDropout3D": lambda k: k.SpatialDropout3D(0.3),
        "UpSampling3D": lambda k: k.UpSampling3D(), "ZeroPadding3D": lambda k: k.ZeroPadding3D(),
    }, {"ConvLSTM3D": lambda layer, x: layer(x[:, :2, None])}),
    "tokens": Group((4,), _tokens, {
        "CategoryEncoding": lambda k: k.CategoryEncoding(6), "Embedding": lambda k: k.Embedding(6, 3), "Hashing": lambda k: k.Hashing(5),
        "HashedCrossing": lambda k: k.HashedCrossing(7), "IntegerLookup": lambda k: k.IntegerLookup(vocabulary=[1, 3]),
        "ReversibleEmbedding": lambda k: k.ReversibleEmbedding(6, 3),
    }, {"HashedCrossing": lambda layer, x: layer([x[:, :1], x[:, 1:2]])}, "int64"),
    "images": Group((12, 12, 3), _pixels, {
        "AutoContrast": lambda k: k.AutoContrast(), "CenterCrop": lambda k: k.CenterCrop(5, 5),
        "ContrastLimitedAdaptiveHistogramEqualization": lambda k: k.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(2, 2)),
        "CutMix": lambda k: k.CutMix(), "Equalization": lambda k: k.Equalization(),
        "MaxNumBoundingBoxes": lambda k: k.MaxNumBoundingBoxes(3),
        "MixUp": lambda k: k.MixUp(), "RandomBrightness": lambda k: k.RandomBrightness(0.2),
        "RandomColorDegeneration": lambda k: k.RandomColorDegeneration(0.5),
        "RandomColorJitter": lambda k: k.RandomColorJitter(brightness_factor=0.2), "RandomContrast": lambda k: k.RandomContrast(0.2),
        "RandomCrop": lambda k: k.RandomCrop(8, 8), "RandomElasticTransform": lambda k: k.RandomElasticTransform(),
        "RandomErasing": lambda k: k.RandomErasing(), "RandomFlip": lambda k: k.RandomFlip(),
        "RandomGaussianBlur": lambda k: k.RandomGaussianBlur(), "RandomGrayscale": lambda k: k.RandomGrayscale(),
        "RandomHue": lambda k: k.RandomHue(0.2), "RandomInvert": lambda k: k.RandomInvert(0.3),
        "RandomPerspective": lambda k: k.RandomPerspective(0.3), "RandomPosterization": lambda k: k.RandomPosterization(4),
        "RandomRotation": lambda k: k.RandomRotation(0.1), "RandomSaturation": lambda k: k.RandomSaturation(0.4),
        "RandomSharpness": lambda k: k.RandomSharpness(0.5), "RandomShear": lambda k: k.RandomShear(0.2, 0.2),
        "RandomTranslation": lambda k: k.RandomTranslation(0.2, 0.2), "RandomZoom": lambda k: k.RandomZoom(0.2),
        "Resizing": lambda k: k.Resizing(5, 7), "Solarization": lambda k: k.Solarization(0.3),
    }, {"CutMix": _mixed, "MixUp": _mixed, "MaxNumBoundingBoxes": _boxed}, scale=0.01),
    "policies": Group((12, 12, 3), _pixels, {"AugMix": lambda k: k.AugMix(), "RandAugment": lambda k: k.RandAugment()},
                      scale=0.01),
    "sound": Group((64,), _numbers, {
        "MelSpectrogram": lambda k: k.MelSpectrogram(
            fft_length=32, sequence_length=32, sequence_stride=16, num_mel_bins=4, sampling_rate=64
        ),
        "STFTSpectrogram": lambda k: k.STFTSpectrogram(frame_length=16, frame_step=8, fft_length=16),
    }, {"STFTSpectrogram": lambda layer, x: layer(x[:, :, None])}, scale=0.01),
}  # fmt: skip
#: In training these draw at random, so no two libraries agree.
AT_RANDOM = {name for group in GROUPS.values() for name in group.rows if "Dropout" in name or "Noise" in name or "Random" in name} | {
    "CutMix", "MixUp", "AugMix", "RandAugment", "Solarization"
}
#: Not compared here: layers that are no part of a compiled program in Keras, and Equalization, which Keras leaves out of a graph.
NOT_FITTED = {"Equalization", "Discretization", "Hashing", "HashedCrossing", "IntegerLookup", "MaxNumBoundingBoxes", "Pipeline"}


def beside(keras: Any, group: Group, names: list[str]) -> tuple[Any, dict[str, Any]]:
    """A model in which the layers stand side by side, each before a Dense(1) of its own, and the layers by name."""
    k = keras.layers
    x = keras.Input(group.shape, dtype=group.dtype)
    made, ends = {}, []
    for name in names:
        made[name] = group.rows[name](k)
        out = group.call.get(name, lambda layer, x: layer(x))(made[name], x)
        out = keras.ops.cast(out, "float32") if "float" not in str(out.dtype) else out
        out = k.Flatten()(out * group.scale)
        ends.append(k.Dense(1, activation="tanh")(out))
    return keras.Model(x, k.Add()(ends) if len(ends) > 1 else ends[0]), made


def _fitted(name: str, group: Group, rows: list[str]) -> Any:
    def case(oracle: Oracle) -> dict[str, Any]:
        keras, generator = oracle.keras, rng(f"catalogue {name}")
        model, _ = beside(keras, group, rows)
        set_random_weights(model, generator, 0.3)
        x, y = group.draw(generator, (8, *group.shape)), generator.normal(size=(8, 1)).astype("float32")
        model.compile(keras.optimizers.SGD(0.05), "mse")
        history = model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0).history["loss"]
        return {"loss": np.array(history, "float32"), "prediction": np.asarray(model.predict(x, verbose=0), "float32"),
                "weights": np.array([np.abs(w).sum() for w in model.get_weights()], "float32")}

    return case


CASES: dict[str, Any] = {}
for _name, _group in GROUPS.items():
    if _rows := [row for row in _group.rows if row not in AT_RANDOM | NOT_FITTED]:
        CASES[_name] = _fitted(_name, _group, _rows)
