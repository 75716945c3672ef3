"""Small JAX programs in NumPy, and the tapes that use them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hornbeam.tensorflow as tf
from hornbeam.engine import door, interpreter

X = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
BATCH = np.random.default_rng(1).normal(size=(2, 3, 3)).astype(np.float32)
PROGRAMS = {
    "products": lambda x: jnp.tanh(x @ x.T) + jnp.einsum("ij,kj->ik", x, x),
    "batches": lambda x: jnp.einsum("bij,bjk->bik", BATCH, BATCH) * jnp.sum(x),
    "elements": lambda x: jnp.exp(-(x**2)) / (1 + jnp.abs(x)) + jax.nn.sigmoid(x) * jnp.sqrt(jnp.abs(x)) - jnp.log1p(x * x),
    "choices": lambda x: jnp.where(x > 0, x, jnp.clip(x, -0.5, 0.0)) + jax.nn.relu(x),
    "ends": lambda x: jnp.max(x, 0) - jnp.min(x, 0) + jnp.sum(x, 0),
    "places": lambda x: jnp.stack(jnp.split(jnp.concatenate([x, x])[1:5], 2))[..., ::-1],
    "sums": lambda x: jax.nn.log_softmax(jnp.cumsum(x, 1)) + jax.nn.gelu(x, approximate=False),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_and_its_gradient_are_those_that_jax_runs(name):
    for function in (PROGRAMS[name], jax.grad(lambda x: jnp.sum(PROGRAMS[name](x)))):
        program = jax.make_jaxpr(function)(X)
        (found,) = interpreter.run(program.jaxpr, [np.asarray(each) for each in program.consts], [X])
        expected = function(X)
        assert np.asarray(found).dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=2e-6)


def test_what_is_not_in_the_table_is_refused():
    program = jax.make_jaxpr(jnp.linalg.cholesky)(np.eye(2, dtype=np.float32))
    with pytest.raises(interpreter.Unknown):
        interpreter.run(program.jaxpr, program.consts, [np.eye(2, dtype=np.float32)])


def test_a_loop_whose_batches_grow_compiles_no_gradients(monkeypatch):
    def refuse(self, *args):
        raise AssertionError(f"'{self.name}' was compiled")

    monkeypatch.setattr(door.Bound, "jitted", property(refuse))
    monkeypatch.setattr(door.Bound, "vjp", refuse)
    w = tf.Variable([[1.0], [2.0]])
    for rows in range(3, 12):
        x = tf.ones((rows, 2))
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(x @ w))
        np.testing.assert_allclose(tape.gradient(loss, w), [[6.0], [6.0]], rtol=1e-6)
    for episode in range(5):  # as long as another before it, which a short recording is compiled for
        with tf.GradientTape() as tape:
            x = w
            for _ in range(40 + episode % 2):
                x = tf.tanh(1.01 * x)
            loss = tf.reduce_sum(x)
        assert 0 < float(tape.gradient(loss, w)[1, 0]) < 1


@pytest.mark.parametrize("layer", [tf.keras.layers.GRU, tf.keras.layers.LSTM, tf.keras.layers.SimpleRNN])
def test_a_recurrence_over_a_new_length_is_run_step_by_step(layer):
    made = layer(4, return_sequences=True, go_backwards=True)
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype(np.float32)
    first = made(x)
    assert type(first._value) is np.ndarray
    compiled = tf.function(made)(x)
    np.testing.assert_allclose(first, compiled, rtol=1e-5, atol=1e-6)
