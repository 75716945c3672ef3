"""Sums of rows with few channels."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hornbeam.kernels import sums


@settings(max_examples=12, derandomize=True)
@given(st.integers(1, 3), st.integers(20, 75), st.integers(20, 75), st.integers(1, 5), st.booleans())
def test_means_over_pictures_are_numpys(count, height, width, channels, keepdims):
    x = np.random.default_rng(height).normal(1, 1, (count, height, width, channels)).astype("float32")
    found = np.asarray(sums.mean(x, (-2, 1), keepdims))
    np.testing.assert_allclose(found, x.astype("float64").mean((1, 2), keepdims=keepdims), atol=1e-5)


@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 1), (0, 2), (0, 1, 2)])
@pytest.mark.parametrize("shape", [(64, 48, 3), (0, 48, 3), (7, 1, 3)])
def test_any_axes(axis, shape):
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    np.testing.assert_allclose(sums.mean(jnp.asarray(x), axis), jnp.mean(x, axis), atol=1e-6)


def test_its_gradient_is_the_means():
    x = np.random.default_rng(0).normal(size=(64, 48, 3)).astype("float32")
    slope = jax.grad(lambda x: (sums.mean(x, (0, 1)) * jnp.arange(3.0)).sum())(x)
    np.testing.assert_allclose(slope, np.broadcast_to(np.arange(3) / (64 * 48), x.shape), rtol=1e-5)


def test_rows_are_laid_side_by_side():
    def shapes(shape, axis):
        return [each.outvars[0].aval.shape for each in jax.make_jaxpr(lambda x: sums.mean(x, axis))(np.zeros(shape, "float32")).eqns]

    assert (2, 1280, 60) in shapes((2, 160, 160, 3), (1, 2))  # 20 rows of 3: the largest divisor of 25,600 that 64 floats have room for
    assert shapes((2, 160, 160, 3), (1, 3))[0] == (2, 160) and shapes((4, 4, 3), (0, 1))[0] == (3,)
