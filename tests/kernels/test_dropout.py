"""The counter-based bits: uniform, independent between neighbours, keys and places, the same everywhere."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hornbeam.kernels.dropout import keep_mask, random_bits

N = 1 << 16


def keys(*pairs):
    return jnp.asarray(pairs, jnp.uint32)


def uniform(pairs):
    bits = jax.vmap(lambda key: random_bits(key, (N,)))(keys(*pairs))
    return np.asarray(bits, np.float64) / 2**32 - 0.5


# One-bit neighbours, counting keys, swapped words, words that cancel: what a step counter and a seed look like.
PAIRS = [(0, i) for i in range(20)] + [(i, 0) for i in range(1, 20)] + [(i, i) for i in range(1, 20)]
PAIRS += [(0, 1 << i) for i in range(5, 32)] + [(1 << i, 0) for i in range(5, 32)]


def test_moments():
    draws = uniform(PAIRS)
    sigma = np.sqrt(1 / 12 / N)
    assert abs(draws.mean(1)).max() < 5 * sigma
    assert abs(draws.var(1) * 12 - 1).max() < 5 * np.sqrt(0.8 / N)


def test_every_bit_is_fair():
    bits = np.asarray(random_bits(keys((3, 4))[0], (N,)))
    share = np.unpackbits(bits.view(np.uint8)).reshape(N, 32).mean(0)
    assert abs(share - 0.5).max() < 5 * 0.5 / np.sqrt(N)


def test_keys_do_not_correlate():
    draws = uniform(PAIRS)
    found = np.corrcoef(draws) - np.eye(len(draws))
    assert abs(found).max() < 6 / np.sqrt(N)
    shifted = (draws[:, :-1] @ draws[:, 1:].T) * 12 / N  # one key's stream is not another's, moved on by one
    assert abs(shifted).max() < 6 / np.sqrt(N)


def test_neighbours_do_not_correlate():
    for draw in uniform(PAIRS[:8]):
        spectrum = np.fft.rfft(draw)
        lags = np.fft.irfft(np.abs(spectrum) ** 2)[1 : N // 2] * 12 / N
        assert abs(lags).max() < 6 / np.sqrt(N)


def test_pairs_fill_the_square_evenly():
    bits = np.asarray(random_bits(keys((1, 2))[0], (N,)))
    cells = np.bincount((bits[::2] >> 28) * 16 + (bits[1::2] >> 28), minlength=256)
    chi = ((cells - N / 512) ** 2).sum() / (N / 512)
    assert 150 < chi < 380  # 255 degrees of freedom: 255 +- 4.6 sigma


def test_the_numbers_are_fixed():
    """Seeded runs must not change between releases or devices: plain integers say what the bits are."""

    def mix(b):
        b = ((b ^ (b >> 16)) * 0x7FEB352D) % 2**32
        b = ((b ^ (b >> 15)) * 0x846CA68B) % 2**32
        return b ^ (b >> 16)

    low = mix(5 ^ 0x9E3779B9)
    high = mix((6 + low) % 2**32)
    expected = [mix((mix(i ^ low) + high) % 2**32) for i in range(6)]
    np.testing.assert_array_equal(random_bits(keys((5, 6))[0], (2, 3)).ravel(), expected)


@pytest.mark.parametrize("traced", [False, True])
@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9])
def test_keep_mask_keeps_the_rest(rate, traced):
    given = jnp.float32(rate) if traced else rate
    kept = np.asarray(jax.jit(lambda k, r: keep_mask(k, (N,), r if traced else rate))(keys((7, 8))[0], given))
    assert kept.dtype == bool
    assert abs(kept.mean() - (1 - rate)) <= 5 * np.sqrt(rate * (1 - rate) / N)


def test_a_rate_outside_its_range_is_refused():
    with pytest.raises(ValueError, match="rate"):
        keep_mask(keys((0, 0))[0], (2,), 1.0)
