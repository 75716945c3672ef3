"""Operations on the host: forms made of the compiled one, and which operands compile nothing."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hornbeam as hb
import hornbeam.tensorflow as tf
from hornbeam.engine import door
from hornbeam.engine.numpy_form import at, numpy_form


def _helper(x):
    return jnp.square(x) + _other(x)


def _other(x):
    return jax.nn.log_softmax(x, -1)


def _function(x, axis, scale=2.0):
    return jnp.sum(_helper(x), axis) * scale


def _needs_more(x):
    return jax.lax.cumlogsumexp(x)


def test_helpers_of_the_module_run_in_numpy_too():
    x = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    found = numpy_form(_function)(x, 0)
    assert type(found) is np.ndarray
    np.testing.assert_allclose(found, _function(x, 0), rtol=1e-5)


def test_what_numpy_cannot_do_as_well_is_left_to_the_compiler():
    host = numpy_form(_function)
    for x in (np.ones((2, 2), np.float16), np.array([["a"]], object)):
        assert host(x, 0) is NotImplemented
    assert host(np.ones((2, 2), np.float32), 5) is NotImplemented  # no such axis: the compiled form tells
    assert numpy_form(_needs_more)(np.ones(2, np.float32)) is NotImplemented


@pytest.mark.parametrize("how", ["set", "add", "multiply", "min", "max"])
def test_at_is_that_of_jax_and_copies(how):
    x, places = np.arange(6.0, dtype=np.float32).reshape(3, 2), (np.array([0, 2, 2]), np.array([1, 0, 0]))
    values = np.array([7, -1, -1], np.float32)
    found = getattr(at(x)[places], how)(values)
    assert np.array_equal(found, getattr(at(jnp.asarray(x))[places], how)(values))
    assert x[0, 1] == 1


def refuse(self):
    raise AssertionError(f"'{self.name}' was compiled")


def test_small_tensors_compile_nothing(monkeypatch):
    monkeypatch.setattr(door.Bound, "jitted", property(refuse))
    logits, labels = tf.random.normal((3, 17)), tf.constant([0, 1, 3])  # no other test draws numbers of these shapes
    tf.random.uniform((2, 19)), tf.random.categorical(logits, 2), tf.random.uniform((23,), 0, 9, tf.int32)
    tf.nn.softmax_cross_entropy_with_logits(tf.one_hot(labels, 17), logits), tf.einsum("ij,kj->ik", logits, logits)
    tf.linalg.inv(tf.eye(3)), tf.norm(logits, axis=1), tf.scatter_nd([[1]], [2.0], [3]), tf.math.segment_sum(logits, [0, 0, 1])
    tf.keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True), tf.gather_nd(logits, [[0, 1]])


def test_larger_tensors_of_shapes_that_are_new_compile_nothing(monkeypatch):
    monkeypatch.setattr(door.Bound, "jitted", property(refuse))
    for rows in range(200, 260):
        x = tf.ones((rows, 100))
        assert float(tf.reduce_sum(tf.square(x) + x)) == 200 * rows


def test_text_that_grows_a_word_at_a_time_compiles_nothing(monkeypatch):
    monkeypatch.setattr(door.Bound, "jitted", property(refuse))
    attention, memory = tf.keras.layers.MultiHeadAttention(2, 64), tf.ones((2, 20, 32))
    for steps in range(3, 6):
        words = tf.ones((2, steps, 32))
        np.testing.assert_allclose(attention(words, memory), attention(words, memory, attention_mask=np.ones((2, steps, 20))))


def test_a_shape_that_keeps_coming_is_compiled():
    x = hb.ops.ones((300, 100))
    bound = hb.ops.square.bind((), {})
    bound._jitted, bound._calls = None, {}
    for _ in range(door.NEW_CALLS):
        hb.ops.square(x)
    assert bound._jitted is None
    assert float(hb.ops.square(x)[0, 0]) == 1
    assert bound._jitted is not None


def test_what_one_form_of_an_operation_lacks_the_others_keep(monkeypatch):
    rows = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    assert tf.gather_nd(rows, [[1], [0]], batch_dims=1).numpy().tolist() == [2, 3]  # by jax.vmap, which has no form in NumPy
    monkeypatch.setattr(door.Bound, "jitted", property(refuse))
    assert tf.gather_nd(rows, [[1, 1], [0, 1]]).numpy().tolist() == [4, 2]
