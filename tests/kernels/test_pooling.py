"""Pooling against XLA's windowed reductions in float64, ties included, with gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from hornbeam.kernels import pooling


@st.composite
def cases(draw):
    rank = draw(st.sampled_from([1, 2, 2, 3]))
    each = lambda low, high: tuple(draw(st.integers(low, high)) for _ in range(rank))
    window = each(1, 3)
    strides = draw(st.sampled_from([window, None])) or each(1, 3)
    size = tuple(draw(st.integers(w, 7)) for w in window)
    return size, window, strides, draw(st.sampled_from(["valid", "same"])), draw(st.integers(0, 99))


def windows(window, strides, padding):
    return (1, *window, 1), (1, *strides, 1), padding.upper()


@settings(max_examples=16, deadline=None, derandomize=True)
@given(cases())
def test_max_pool_and_its_gradient_match_xla_with_ties(case):
    size, window, strides, padding, seed = case
    with jax.enable_x64(True):
        x = jnp.asarray(np.random.default_rng(seed).integers(-2, 2, size=(2, *size, 3)), "float64")
        ours = jax.jit(lambda x: pooling.max_pool(x, window, strides, padding))
        theirs = jax.jit(lambda x: lax.reduce_window(x, -np.inf, lax.max, *windows(window, strides, padding)))
        np.testing.assert_array_equal(ours(x), theirs(x))
        weights = np.random.default_rng(1).normal(size=ours(x).shape)
        gradient = lambda f: jax.grad(lambda x: jnp.sum(f(x) * weights))(x)
        np.testing.assert_allclose(gradient(ours), gradient(theirs), atol=1e-12)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(cases())
def test_avg_pool_counts_real_elements_only(case):
    size, window, strides, padding, seed = case
    with jax.enable_x64(True):
        x = jnp.asarray(np.random.default_rng(seed).normal(size=(2, *size, 3)))
        add = lambda x: lax.reduce_window(x, np.float64(0), lax.add, *windows(window, strides, padding))
        ours = lambda x: pooling.avg_pool(x, window, strides, padding)
        np.testing.assert_allclose(ours(x), add(x) / add(jnp.ones_like(x)), atol=1e-12)
        weights = np.random.default_rng(1).normal(size=ours(x).shape)
        gradient = jax.grad(lambda x: jnp.sum(ours(x) * weights))(x)
        theirs = jax.grad(lambda x: jnp.sum(add(x) / add(jnp.ones_like(x)) * weights))(x)
        np.testing.assert_allclose(gradient, theirs, atol=1e-12)


@pytest.mark.parametrize("strides", [2, 1])
def test_the_first_of_equal_elements_receives_the_gradient(strides):
    gradient = jax.grad(lambda x: jnp.sum(pooling.max_pool(x, 2, strides)))(jnp.ones((1, 2, 2, 1)))
    np.testing.assert_array_equal(gradient[0, :, :, 0], [[1, 0], [0, 0]])


def test_second_derivative():
    x = jnp.asarray(np.random.default_rng(0).normal(size=(2, 5, 5, 2)), "float32")
    inner = jax.grad(lambda x: jnp.sum(pooling.max_pool(x, 2) ** 3))
    hit = np.asarray(inner(x)) != 0
    np.testing.assert_allclose(jax.grad(lambda x: jnp.sum(inner(x)))(x), np.where(hit, 6 * x, 0), rtol=1e-5)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "int32"])
def test_other_types(dtype):
    x = jnp.arange(32).reshape(1, 4, 4, 2).astype(dtype)
    y = pooling.max_pool(x, 3, 2, "same")
    assert y.dtype == dtype
    np.testing.assert_array_equal(y[0, :, :, 0].astype("int32"), [[20, 22], [28, 30]])
    if dtype != "int32":
        assert pooling.avg_pool(x, 2).dtype == dtype
        np.testing.assert_array_equal(pooling.avg_pool(x, 2)[0, :, :, 0].astype("int32"), [[5, 9], [21, 25]])


def test_not_a_number_is_seen():
    x = jnp.zeros((1, 2, 2, 1)).at[0, 1, 1, 0].set(jnp.nan)
    assert np.isnan(pooling.max_pool(x, 2)).all()


def test_inside_a_compiled_loop_no_window_is_visited_by_element():
    def train(x, steps):
        gradient = jax.grad(lambda x: jnp.sum(pooling.max_pool(x, 2) ** 2 + pooling.avg_pool(x, 2) ** 2))
        return lax.fori_loop(0, steps, lambda _, x: x - 0.1 * gradient(x), x)

    text = jax.jit(train).lower(jnp.ones((2, 4, 4, 3)), 3).compile().as_text()
    assert "while(" in text and "reduce-window" not in text and "select-and-scatter" not in text


def test_rank_is_checked():
    with pytest.raises(ValueError, match="pooling"):
        pooling.max_pool(jnp.ones((2, 3)), 2)
