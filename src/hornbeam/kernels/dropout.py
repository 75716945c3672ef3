"""Random bits from a counter, a few integer operations an element: for dropout masks, not for secrets.

JAX's own generator (threefry) costs more on a CPU than the layers around it. Here the bits of element i under key
(k0, k1) are mix(mix(i ^ k0) + k1) with a 32-bit integer finalizer as the mix: the same on every device, the same
whether one element is drawn or a million.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax


def random_bits(key: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Uniform uint32 `[*shape]` for `key`, a uint32 `[2]` array; at most 2**32 elements.

    Elements of one draw differ in their counter, draws in their key. The key passes through the mix too, so that keys
    that differ in one bit, or count upward, give unrelated draws.
    """
    if math.prod(shape) > 2**32:
        raise ValueError(f"random_bits draws at most 2**32 elements under one key, got shape {shape}")
    key = jnp.asarray(key)  # NumPy would warn of the overflow that is meant
    counter = lax.iota(jnp.uint32, math.prod(shape)).reshape(shape)
    low = mix(key[0] ^ np.uint32(0x9E3779B9))
    high = mix(key[1] + low)
    return mix(mix(counter ^ low) + high)


def keep_mask(key: jax.Array, shape: tuple[int, ...], rate: float | jax.Array) -> jax.Array:
    """Bool `[*shape]`: each element True with probability 1 - rate (exact to 2**-32), rate in [0, 1).

    A rate that is a traced array is taken in float32 and so to within 2**-24.
    """
    bits = random_bits(key, shape)
    if isinstance(rate, (int, float)):
        if not 0 <= rate < 1:
            raise ValueError(f"the dropout rate must be at least 0 and below 1, got {rate}")
        return bits >= np.uint32(min(round(rate * 2**32), 2**32 - 1))
    return (bits >> 8).astype(jnp.float32) >= rate * np.float32(2**24)


def normal(key: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Float32 `[*shape]` of the standard normal distribution, by its inverse on 2**24 levels; none beyond 5.5 from 0."""
    level = (random_bits(key, shape) >> 8).astype(jnp.float32) + np.float32(0.5)
    return np.float32(math.sqrt(2)) * lax.erf_inv(level * np.float32(2**-23) - np.float32(1))


def mix(bits):
    """Chris Wellons's "lowbias32" finalizer (Hash Function Prospector, public domain): an invertible scrambling of
    32 bits in which each input bit flips each output bit with probability one half, to within 0.2 per mille."""
    bits = (bits ^ (bits >> 16)) * np.uint32(0x7FEB352D)
    bits = (bits ^ (bits >> 15)) * np.uint32(0x846CA68B)
    return bits ^ (bits >> 16)
