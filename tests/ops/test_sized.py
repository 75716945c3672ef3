"""Sizes that only data brings: what they print as, and what is made of them, in custom layers and on symbolic tensors."""

import numpy as np
import pytest

import hornbeam as hb
import hornbeam.tensorflow as tf
from hornbeam.saving import load_model

K, L = tf.keras.backend, hb.layers


class Sampling(L.Layer):
    def call(self, inputs):
        mean, scale = inputs
        print("called on", mean.shape, mean.shape[0], mean.shape.as_list(), K.int_shape(mean), f"{mean.shape[0]}", tf.shape(mean))
        noise = K.random_normal(shape=(tf.shape(mean)[0], K.int_shape(mean)[1]))
        print(noise.shape, tf.reshape(mean, (-1, 1)).shape, tf.zeros((mean.shape[0] * 3, 1)).shape, tf.concat([mean, noise], 0).shape)
        return mean + scale * noise


def test_unknown_sizes_print_as_none_and_once(capsys):
    x = hb.Input((4,))
    y = Sampling()([L.Dense(2)(x), L.Dense(2)(x)])
    assert y.shape == (None, 2)
    assert capsys.readouterr().out.splitlines() == [
        'called on (None, 2) None [None, 2] (None, 2) None Tensor("tensor:0", shape=(2,), dtype=int32)',
        "(None, 2) (None, 1) (None, 1) (None, 2)",
    ]


def test_an_argument_prints_as_it_is_specified(capsys):
    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32)])
    def f(x):
        print("tracing", x, x.shape)
        return tf.concat([x, tf.ones((tf.shape(x)[0], x.shape[0]))], 1)

    assert f(np.ones((2, 3), "float32")).shape == (2, 5) and f(np.ones((4, 3), "float32")).shape == (4, 7)
    assert capsys.readouterr().out == 'tracing Tensor("x:0", shape=(None, 3), dtype=float32) (None, 3)\n'


def test_tensors_of_unknown_sizes(tmp_path):
    x = hb.Input((None, 4))
    rows, steps = tf.shape(x)[0], K.shape(x)[1]
    flat = tf.reshape(x, (rows * steps, 2, 2))
    parts = [
        tf.reshape(flat, (rows, -1, 4)), tf.tile(tf.constant([[[1.0, 2.0]]]), [rows, steps, 1]), tf.fill([rows, steps, 1], 3.0),
        tf.broadcast_to(tf.constant([[[1.0]]]), [rows, steps, 2]), tf.zeros(tf.shape(x)), tf.random.uniform((rows, steps, 1)) * 0,
        tf.ones([rows, steps, 1]) * tf.cast(tf.range(steps), tf.float32)[None, :, None], K.zeros((rows, steps, 1)),
    ]  # fmt: skip
    assert [tuple(part.shape) for part in parts] == [(None, None, n) for n in (4, 2, 1, 2, 4, 1, 1, 1)] and flat.shape == (None, 2, 2)
    model = hb.Model(x, tf.concat(parts, -1))
    data = np.arange(24, dtype="float32").reshape(2, 3, 4)
    expected = np.concatenate([
        data, np.tile([1.0, 2.0], (2, 3, 1)), np.full((2, 3, 1), 3.0), np.ones((2, 3, 2)), np.zeros((2, 3, 5)),
        np.tile(np.arange(3.0)[None, :, None], (2, 1, 1)), np.zeros((2, 3, 1)),
    ], -1)  # fmt: skip
    np.testing.assert_array_equal(model(data), expected)
    np.testing.assert_array_equal(hb.models.clone_model(model)(data), expected)
    model.save(tmp_path / "m.keras")
    np.testing.assert_array_equal(load_model(tmp_path / "m.keras")(data), expected)
    with pytest.raises(hb.errors.UntraceableError, match="has values only when"):
        tf.zeros((tf.cast(tf.reduce_sum(x), tf.int32), 2))


def test_a_reshape_may_fit_for_some_batch_only():
    """Tokens of a batch of fixed size in one axis, as mixtures of experts route them."""
    x = hb.Input((4, 3))
    rows = tf.reshape(x, [20, 3])
    assert rows.shape == (20, 3) and tf.reshape(rows, [tf.shape(x)[0], 4, 3]).shape == (None, 4, 3)
    assert tf.reshape(x, [-1, 20, 3]).shape == (None, 20, 3)
    with pytest.raises(ValueError, match="reshape"):
        tf.reshape(x, [tf.shape(x)[0], 5])
    with pytest.raises(ValueError, match="reshape"):
        tf.reshape(x, [20, 5])
