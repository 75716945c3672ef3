"""The host's first draws are those of the compiled program."""

import jax
import numpy as np
import pytest

from hornbeam.kernels import threefry

KEY = np.array([123456, 7], np.uint32)


@pytest.mark.parametrize("shape", [(), (5,), (3, 40, 50)])
def test_numbers_are_those_of_jax(shape):
    key = jax.random.wrap_key_data(KEY, impl="threefry2x32")
    with np.errstate(all="ignore"):
        assert np.array_equal(threefry.bits(KEY, shape), jax.random.bits(key, shape))
        low, high = np.float32(-2), np.float32(3)
        near = {"rtol": 1e-6, "atol": 1e-6}
        np.testing.assert_allclose(threefry.uniform(KEY, shape, low, high), jax.random.uniform(key, shape, np.float32, low, high), **near)
        np.testing.assert_allclose(threefry.normal(KEY, shape), jax.random.normal(key, shape, np.float32), **near)
        cut = jax.random.truncated_normal(key, -2.0, 2.0, shape, np.float32)
        np.testing.assert_allclose(threefry.truncated_normal(KEY, shape), cut, **near)
        for dtype in (np.int32, np.uint32):
            low, high = dtype(5), dtype(1000)
            assert np.array_equal(threefry.integers(KEY, shape, low, high), jax.random.randint(key, shape, low, high, dtype))


def test_categories_are_those_of_jax():
    key = jax.random.wrap_key_data(KEY, impl="threefry2x32")
    logits = np.random.default_rng(0).normal(size=(20, 10)).astype(np.float32)
    expected = jax.random.categorical(key, logits[:, None, :], axis=-1, shape=(20, 7))
    assert np.array_equal(threefry.categories(KEY, logits, 7), expected)
