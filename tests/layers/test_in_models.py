"""Layers in models: symbolic shapes, `fit`, configurations. Their numbers are in tests/goldens."""

import json

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine import registry

L = hb.layers
# Each with the shape of an example and with what of it may be unknown.
LAYERS = [
    (lambda: L.Conv1D(3, 2, padding="causal"), (6, 2), (None, 2)),
    (lambda: L.Conv1D(4, 3, groups=2, strides=2, data_format="channels_first"), (2, 6), (2, None)),
    (lambda: L.Conv3D(2, 2, padding="same", kernel_regularizer="l2"), (3, 3, 3, 2), (None, 3, None, 2)),
    (lambda: L.Conv1DTranspose(3, 3, strides=2), (4, 2), (None, 2)),
    (lambda: L.Conv2DTranspose(3, 3, strides=2, padding="same", output_padding=1), (3, 4, 2), (None, None, 2)),
    (lambda: L.Conv3DTranspose(2, 2, strides=2), (2, 3, 2, 2), (2, None, 2, 2)),
    (lambda: L.DepthwiseConv1D(2, depth_multiplier=2), (5, 3), (None, 3)),
    (lambda: L.DepthwiseConv2D(3, strides=2, padding="same"), (5, 4, 3), (None, 4, 3)),
    (lambda: L.SeparableConv1D(4, 3, dilation_rate=2), (7, 2), (None, 2)),
    (lambda: L.SeparableConv2D(4, (3, 2), depth_multiplier=2, pointwise_constraint="non_neg"), (5, 4, 2), (5, None, 2)),
    (lambda: L.MaxPooling1D(3, 2, "same"), (6, 2), (None, 2)),
    (lambda: L.MaxPooling3D(), (4, 2, 5, 2), (4, None, 5, 2)),
    (lambda: L.AveragePooling1D(2), (6, 2), (None, 2)),
    (lambda: L.AveragePooling3D(2, padding="same"), (3, 2, 5, 2), (None, None, None, 2)),
    (lambda: L.GlobalMaxPooling1D(keepdims=True), (6, 2), (None, 2)),
    (lambda: L.GlobalMaxPooling3D(), (2, 3, 2, 4), (None, 3, None, 4)),
    (lambda: L.GlobalAveragePooling1D(), (6, 2), (None, 2)),
    (lambda: L.GlobalAveragePooling3D("channels_first"), (4, 2, 3, 2), (4, None, 3, 2)),
    (lambda: L.AdaptiveAveragePooling1D(3), (7, 2), (7, 2)),
    (lambda: L.AdaptiveAveragePooling2D((2, 3)), (5, 7, 2), (5, 7, 2)),
    (lambda: L.AdaptiveMaxPooling3D(2), (3, 4, 5, 2), (3, 4, 5, 2)),
    (lambda: L.ZeroPadding1D((1, 2)), (4, 2), (None, 2)),
    (lambda: L.ZeroPadding2D(((1, 0), (2, 3))), (4, 3, 2), (None, None, 2)),
    (lambda: L.ZeroPadding3D(2), (2, 2, 2, 1), (None, 2, 2, 1)),
    (lambda: L.Cropping1D(1), (5, 2), (None, 2)),
    (lambda: L.Cropping2D(((1, 0), (0, 2))), (5, 4, 2), (None, 4, 2)),
    (lambda: L.Cropping3D(1), (4, 3, 5, 2), (None, 3, None, 2)),
    (lambda: L.UpSampling1D(3), (4, 2), (None, 2)),
    (lambda: L.UpSampling2D((2, 3), interpolation="bilinear"), (4, 3, 2), (None, None, 2)),
    (lambda: L.UpSampling3D(2, data_format="channels_first"), (2, 2, 3, 2), (2, None, 3, 2)),
    (lambda: L.GroupNormalization(2, gamma_regularizer="l2"), (3, 4), (None, 4)),
    (lambda: L.RMSNormalization(), (3, 4), (None, 4)),
    (lambda: L.UnitNormalization(axis=[1, 2]), (3, 4), (None, None)),
    (lambda: L.BatchNormalization(renorm=True, renorm_clipping={"rmax": 1.2}), (3, 4), (None, 4)),
    (lambda: L.SpectralNormalization(L.Dense(3), power_iterations=2), (4,), (4,)),
    (lambda: L.SpatialDropout1D(0.3, seed=1), (4, 3), (None, 3)),
    (lambda: L.SpatialDropout2D(0.3, data_format="channels_first"), (3, 4, 4), (3, None, 4)),
    (lambda: L.SpatialDropout3D(0.3), (2, 2, 2, 3), (None, 2, 2, 3)),
    (lambda: L.GaussianNoise(0.3, seed=2), (4, 3), (None, 3)),
    (lambda: L.GaussianDropout(0.3), (4, 3), (None, 3)),
    (lambda: L.AlphaDropout(0.3, noise_shape=(None, 1, None)), (4, 3), (None, 3)),
    (lambda: L.ActivityRegularization(l1=0.1, l2=0.01), (4, 3), (None, 3)),
    (lambda: L.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de", activation="relu"), (4, 3), (None, 3)),
    (lambda: L.EinsumDense("...x,xy->...y", 4, bias_axes="y"), (4, 3), (None, 3)),
    (lambda: L.Identity(), (4, 3), (None, 3)),
    (lambda: L.PReLU(shared_axes=[1]), (4, 3), (None, 3)),
]
IDS = [make().name for make, _, _ in LAYERS]


@pytest.mark.parametrize(("make", "shape", "unknown"), LAYERS, ids=IDS)
def test_symbolic_shapes(make, shape, unknown):
    """What is known of an output's shape is what the eager call gives."""
    x = hb.Input(unknown)
    layer = make()
    y = layer(x)
    eager = layer(np.zeros((2, *shape), np.float32))
    assert len(y.shape) == len(eager.shape)
    assert all(found in (None, size) for found, size in zip(y.shape, eager.shape, strict=True))
    assert y.shape[0] is None and y.dtype == eager.dtype
    known = make()(hb.Input(shape))
    assert tuple(known.shape[1:]) == tuple(eager.shape[1:])


@pytest.mark.parametrize(("make", "shape", "unknown"), LAYERS, ids=IDS)
def test_configuration_through_json(make, shape, unknown):
    layer = make()
    config = json.loads(json.dumps(registry.to_config(layer)))
    assert config["module"] == "keras.layers"
    again = registry.from_config("layer", config)
    assert type(again) is type(layer)
    assert json.dumps(registry.to_config(again)) == json.dumps(config)
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype(np.float32)
    layer(x), again(x)
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(again(x), layer(x))


@pytest.mark.parametrize(("make", "shape", "unknown"), LAYERS, ids=IDS)
def test_in_the_compiled_loop(make, shape, unknown):
    """One epoch of `fit` gives the numbers of the same steps run eagerly; random layers draw the same."""
    rows = np.random.default_rng(0).normal(size=(4, *shape)).astype(np.float32)
    losses, weights = [], []
    for eagerly in (False, True):
        hb.utils.set_random_seed(3)
        model = hb.Sequential([hb.Input(shape), make(), L.Flatten(), L.Dense(1)])
        model.compile(hb.optimizers.SGD(0.01), "mse", run_eagerly=eagerly)
        losses += model.fit(rows, rows.reshape(4, -1)[:, :1], batch_size=2, epochs=1, shuffle=False, verbose=0).history["loss"]
        weights.append(model.get_weights())
    np.testing.assert_allclose(losses[0], losses[1], rtol=2e-5)
    for a, b in zip(*weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_aliases_are_the_same_classes():
    for alias, name in {
        "Convolution1D": "Conv1D", "Convolution3D": "Conv3D", "Convolution2DTranspose": "Conv2DTranspose",
        "SeparableConvolution2D": "SeparableConv2D", "MaxPool1D": "MaxPooling1D", "AvgPool3D": "AveragePooling3D",
        "GlobalAvgPool1D": "GlobalAveragePooling1D", "GlobalMaxPool3D": "GlobalMaxPooling3D",
    }.items():  # fmt: skip
        assert getattr(L, alias) is getattr(L, name) is registry.lookup("layer", alias)


def test_masks_reach_global_average_pooling():
    """The mean leaves masked steps out, and the mask ends there."""
    x = np.array([[[1.0, 2], [3, 4], [0, 0]]], np.float32)
    model = hb.Sequential([hb.Input((None, 2)), L.Masking(), L.GlobalAveragePooling1D(), L.Dense(1, kernel_initializer="ones")])
    np.testing.assert_allclose(model.predict(x, verbose=0), [[5.0]])
    pooled = L.GlobalAveragePooling1D()(L.Masking()(x))
    np.testing.assert_allclose(pooled, [[2, 3]])
    assert getattr(pooled, "_keras_mask", None) is None


def test_a_layer_in_a_functional_model_is_given_the_mask_where_the_graph_is_made():
    class Weighted(L.Layer):
        supports_masking = True

        def call(self, x, mask=None):
            assert mask is not None
            return hb.ops.sum(x * hb.ops.expand_dims(hb.ops.cast(mask, x.dtype), -1), axis=1)

    tokens = hb.Input((4,), dtype="int32")
    embedding = L.Embedding(5, 2, mask_zero=True)
    out = Weighted()(L.Dropout(0.5)(embedding(tokens)))
    x = np.array([[1, 2, 0, 0], [3, 0, 0, 0]])
    weights = np.asarray(embedding.embeddings)
    np.testing.assert_allclose(hb.Model(tokens, out)(x), [weights[1] + weights[2], weights[3]], rtol=1e-6)


def test_masks_go_to_the_arguments_they_belong_to():
    seen = []

    class Decoder(L.Layer):
        def call(self, inputs, context, mask=None, context_mask=None):
            seen.append([None if each is None else hb.ops.shape(each)[1] for each in (mask, context_mask)])
            return inputs

    embedding = L.Embedding(5, 2, mask_zero=True)
    x, context = embedding(np.ones((1, 4), "int32")), embedding(np.ones((1, 3), "int32"))
    plain = hb.ops.ones((1, 3, 2))
    for given in ([x, context], [x, plain], [plain, context], [plain, plain]):
        Decoder()(*given)
    Decoder()(x, context=context)
    assert seen == [[4, 3], [4, None], [None, 3], [None, None], [4, 3]]


def test_a_short_table_of_positions_and_a_layer_that_needs_values_have_shapes():
    class Positions(L.Layer):
        def __init__(self):
            super().__init__()
            self.table = L.Embedding(12, 2)

        def call(self, x):
            return x + self.table(hb.ops.arange(hb.ops.shape(x)[1]))

    class Chosen(L.Layer):
        def call(self, x):
            return x[np.asarray(x)[:, 0, 0] > 0.5]

    tokens = hb.Input((None, 2))
    out = Positions()(tokens)
    assert out.shape == (None, None, 2) and Chosen()(out).shape == (None, None, 2)
    assert Chosen()(hb.Input(batch_shape=(40, 3, 2))).shape == (None, 3, 2)


def test_spectral_normalization_divides_by_the_largest_singular_value():
    layer = L.SpectralNormalization(L.Embedding(6, 4), power_iterations=30)
    rows = np.array([[0, 5]])
    layer(rows)
    before = layer.layer.embeddings.numpy() * 3
    layer.layer.embeddings.assign(before)
    np.testing.assert_allclose(layer(rows), before[rows], rtol=1e-6)  # nothing in inference
    y = layer(rows, training=True)
    after = layer.layer.embeddings.numpy()
    np.testing.assert_allclose(np.linalg.svd(after, compute_uv=False)[0], 1, rtol=1e-3)
    np.testing.assert_allclose(after * np.linalg.svd(before, compute_uv=False)[0], before, rtol=1e-3)
    np.testing.assert_allclose(y, after[rows])


def test_mixed_precision():
    """Under a mixed policy weights are float32, outputs bfloat16."""
    before = hb.config.dtype_policy()
    hb.config.set_dtype_policy("mixed_bfloat16")
    try:
        for make, shape, _ in LAYERS:
            layer = make()
            y = layer(np.ones((2, *shape), np.float32), training=True)
            assert y.dtype == "bfloat16", layer.name
            assert {w.dtype for w in layer.weights} <= {"float32"}, layer.name
    finally:
        hb.config.set_dtype_policy(before)


def test_training_reaches_a_call_that_takes_any_name():
    seen = []

    class Inner(hb.Layer):
        def call(self, x, **kwargs):
            seen.append(kwargs)
            return x

    class Outer(Inner):
        inner = Inner()

        def call(self, x, **kwargs):
            return self.inner(super().call(x, **kwargs), **kwargs)

    for given in ({}, {"training": False}, {"training": None}):
        Outer()(np.ones((1, 2), "float32"), **given)
    assert seen == [{}, {}, {"training": False}, {"training": False}, {}, {}]  # as in Keras 2; Keras 3 drops it


def test_a_concatenation_along_steps_keeps_the_one_mask_there_is():
    words = L.Input((3,))
    joined = L.Concatenate(axis=1)([L.Embedding(5, 2, mask_zero=True)(words), L.Embedding(5, 2)(words)])
    found = hb.Model(words, joined)(np.array([[1, 0, 2]]))
    assert found._keras_mask.numpy().tolist() == [[True, False, True, True, True, True]]


def test_sizes_may_come_as_arrays():
    assert L.MaxPooling2D(np.array([2, 1])).pool_size == (2, 1) == L.Conv2D(1, np.array([2, 1])).kernel_size
