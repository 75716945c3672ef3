"""Attention layers in models, with dropout and masks; their wrong arguments."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import initializers, layers

X = np.random.default_rng(0).normal(size=(8, 6, 4)).astype("float32")


def test_trained_in_a_model_and_saved(tmp_path):
    words = hb.Input((None,), dtype="int32")
    x = layers.Embedding(9, 4, mask_zero=True)(words)
    x = layers.MultiHeadAttention(2, 3, dropout=0.1)(x, x, use_causal_mask=True)
    x = layers.GroupQueryAttention(3, 4, 2)(x, value=x)
    x = layers.AdditiveAttention()([x, layers.Attention(use_scale=True)([x, x])])
    model = hb.Model(words, x)
    ids = np.random.default_rng(1).integers(0, 9, (4, 7))
    model.compile("adam", "mse")
    losses = model.fit(ids, np.ones((4, 7, 4)), epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(hb.models.load_model(tmp_path / "model.keras")(ids), model(ids))


def test_built_again_from_its_shapes():
    layer = layers.MultiHeadAttention(2, 3)
    layer(X, X[..., :2], X[..., :3])
    again = layers.MultiHeadAttention.from_config(layer.get_config())
    again.build_from_config(layer.get_build_config())
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(again(X, X[..., :2], X[..., :3]), layer(X, X[..., :2], X[..., :3]))
    assert layer.get_build_config()["shapes_dict"] == {"query_shape": (8, 6, 4), "value_shape": (8, 6, 2), "key_shape": (8, 6, 3)}


@pytest.mark.parametrize("make", [lambda: layers.MultiHeadAttention(2, 3, dropout=0.5, seed=1),
                                  lambda: layers.GroupQueryAttention(3, 2, 1, dropout=0.5, seed=1)])
def test_dropout_drops_weights_in_training(make):
    layer = make()
    output, scores = layer(X, X, return_attention_scores=True, training=True)
    np.testing.assert_allclose(scores.numpy().sum(-1), 1, atol=1e-5)  # as they are before dropout
    again, _ = layer(X, X, return_attention_scores=True, training=True)
    assert not np.allclose(output, again)
    np.testing.assert_allclose(layer(X, X, return_attention_scores=True)[0], layer(X, X), atol=1e-6)


def test_plain_dropout_keeps_the_mean():
    layer = layers.Attention(dropout=0.5, seed=1)
    _, weights = layer([np.zeros((1, 50, 2), "float32"), np.zeros((1, 50, 2), "float32")], training=True, return_attention_scores=True)
    assert set(np.unique(weights.numpy().round(4))) == {0.0, np.float32(0.04)}
    assert 0.4 < np.mean(weights.numpy() == 0) < 0.6


def test_masks_of_the_query_go_on():
    layer = layers.MultiHeadAttention(1, 2)
    x = layers.Embedding(5, 4, mask_zero=True)(np.array([[1, 2, 0]]))
    np.testing.assert_array_equal(layer(x, x)._keras_mask, [[True, True, False]])


def test_sixteen_bits():
    for layer in (layers.MultiHeadAttention(2, 3, dtype="mixed_bfloat16"), layers.GroupQueryAttention(3, 4, 2, dtype="mixed_float16")):
        for how in ({}, {"return_attention_scores": True}):
            found = layer(X, X, use_causal_mask=True, **how)
            found = found[0] if how else found
            assert found.dtype == layer.compute_dtype and np.isfinite(found.numpy().astype("float32")).all()


@pytest.mark.parametrize(("call", "says"), [
    (lambda: layers.MultiHeadAttention(2, 3)(X), "takes a query and a value"),
    (lambda: layers.MultiHeadAttention(0, 3), "number of heads is a positive whole number"),
    (lambda: layers.MultiHeadAttention(2, 3, dropout=2), "dropout is a share"),
    (lambda: layers.GroupQueryAttention(2, 3, 2), "must divide by"),
    (lambda: layers.Attention()(X), r"\[query, value\]"),
    (lambda: layers.Attention(score_mode="cat"), "score_mode is 'dot' or 'concat'"),
    (lambda: layers.Attention()([X, X], mask=np.ones((8, 6), bool)), r"\[query_mask, value_mask\]"),
])  # fmt: skip
def test_errors_say_what_to_change(call, says):
    with pytest.raises((ValueError, TypeError), match=says):
        call()


def test_projections_start_apart():
    """Query, key and value are not the same matrix, though one initializer was given for all; a seed makes them so, as in Keras."""
    x = np.ones((1, 2, 3), np.float32)
    kernels = lambda layer: [np.asarray(getattr(layer, f"{part}_dense").kernel) for part in ("query", "key", "value")]
    free, seeded = layers.MultiHeadAttention(2, 4), layers.MultiHeadAttention(2, 4, kernel_initializer=initializers.HeNormal(seed=1))
    free(x, x), seeded(x, x)
    query, key, value = kernels(free)
    assert not np.allclose(query, key) and not np.allclose(key, value)
    query, key, value = kernels(seeded)
    assert np.array_equal(query, key) and np.array_equal(key, value)


def test_einsum_kernels_spread_by_the_equation():
    """Inputs are the kernel's axes that the product sums over, outputs the others; std is sqrt(2 / (ins + outs)) for glorot, as Keras's."""
    for equation, sizes, shape, count in (
        ("abc,cde->abde", (5, 40, 64), (1, 5, 100), 100 + 40 * 64), ("abcd,bde->abce", (7, 9, 60), (1, 7, 9, 50), 50 + 7 * 60),
    ):  # fmt: skip
        layer = layers.EinsumDense(equation, sizes)
        layer(np.ones(shape, np.float32))
        assert abs(np.asarray(layer.kernel).std() / np.sqrt(2 / count) - 1) < 0.03
    own = initializers.GlorotUniform(input_axes=[0, 1], output_axes=[2])
    layer = layers.EinsumDense("abc,cde->abde", (5, 40, 64), kernel_initializer=own)
    layer(np.ones((1, 5, 100), np.float32))
    assert abs(np.asarray(layer.kernel).std() / np.sqrt(2 / (100 * 40 + 64)) - 1) < 0.03
    assert layer.kernel_initializer is own and layers.EinsumDense("ab,bc->ac", 2).kernel_initializer.input_axes is None


def test_a_subclass_calls_the_parts_as_in_keras():
    class Own(layers.MultiHeadAttention):
        def call(self, query, value, attention_mask=None):
            parts = self._query_dense(query), self._key_dense(value), self._value_dense(value)
            return self._output_dense(self._compute_attention(*parts, attention_mask=attention_mask)[0])

    x, mask = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32"), np.tri(3, dtype=bool)[None]
    layer, own = layers.MultiHeadAttention(2, 3), Own(2, 3)
    wanted = layer(x, x, attention_mask=mask)
    own(x, x)
    own.set_weights(layer.get_weights())
    assert np.allclose(own(x, x, attention_mask=mask), wanted, atol=1e-6)
