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


DRAWS = {
    "8 bits": lambda key: jax.random.bits(key, (5, 3), np.uint8),
    "16 bits": lambda key: jax.random.bits(key, (7,), np.uint16),
    "no shape": lambda key: jax.random.bits(key, (), np.uint32),
    "64 bits": lambda key: jax.random.bits(key, (4, 2), np.uint64),
    "nothing": lambda key: jax.random.normal(key, (0, 3)),
    "gamma": lambda key: jax.random.gamma(key, 2.0, (9,)),
    "permutation": lambda key: jax.random.permutation(key, np.arange(30)),
    "keys": lambda key: jax.random.key_data(jax.random.split(key, (3, 2))),
    "folded": lambda key: jax.random.key_data(jax.random.fold_in(key, 77)),
    "of many keys": lambda key: jax.vmap(lambda each: jax.random.normal(each, (3,)))(jax.random.split(key, 4)),
}


@pytest.mark.parametrize("name", DRAWS)
def test_a_key_draws_what_jaxs_own_draws(name):
    with jax.enable_x64(True):
        ours, theirs = (DRAWS[name](key) for key in (threefry.wrap(KEY), jax.random.wrap_key_data(KEY, impl="threefry2x32")))
    assert ours.dtype == theirs.dtype and np.array_equal(ours, theirs)


@pytest.mark.parametrize("seed", [0, 7, 2**40 + 5])
def test_a_seed_gives_the_key_that_jax_gives_it(seed):
    with jax.enable_x64(True):
        ours = jax.random.key(seed, impl=threefry._generator())
        assert np.array_equal(jax.random.key_data(ours), jax.random.key_data(jax.random.key(seed, impl="threefry2x32")))
