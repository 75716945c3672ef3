"""The random generator threefry-2x32 with 20 rounds (Salmon et al. 2011), in NumPy and as one of JAX's.

JAX's own compiles for 0.3 s on a CPU and runs its rounds as a loop. Here they are written out, which compiles in a quarter of the time and
runs a quarter faster, with the same bits: `wrap` gives keys that all of `jax.random` takes.

The functions on NumPy arrays are for the first draws of a shape, each of which would cost a compiled program of its own: the same bits, and
the same numbers to within a float's rounding. float32, int32 and uint32 alone. The inverse error function is Giles's (2010).
"""

import functools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

_TURNS = ((13, 15, 26, 6), (17, 29, 16, 24))
_NEAR = (2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727,
         1.50140941)  # fmt: skip
_FAR = (-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406,
        2.83297682)  # fmt: skip


def _rounds(key: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """The block cipher: each pair of words of `a` and `b` under the key, uint32 `[2]`."""
    keys = [key[:1], key[1:], key[:1] ^ key[1:] ^ np.uint32(0x1BD11BDA)]
    a, b = a + keys[0], b + keys[1]
    for block in range(5):
        for turn in _TURNS[block % 2]:
            a = a + b
            b = ((b << np.uint32(turn)) | (b >> np.uint32(32 - turn))) ^ a
        a = a + keys[(block + 1) % 3]
        b = b + (keys[(block + 2) % 3] + np.uint32(block + 1))
    return a, b


# As a generator of JAX.
def _device_words(key: Any, shape: tuple[int, ...]) -> tuple[Any, Any]:
    count = math.prod(shape)
    if count < 2**32:
        a, b = _rounds(key, jnp.zeros((), np.uint32), jax.lax.iota(np.uint32, count))
    else:
        place = jax.lax.iota(np.uint64, count)
        a, b = _rounds(key, (place >> np.uint64(32)).astype(np.uint32), place.astype(np.uint32))
    return a.reshape(shape), b.reshape(shape)


def _device_bits(key: Any, width: int, shape: tuple[int, ...]) -> Any:
    a, b = _device_words(key, shape)
    if width == 64:
        return a.astype(np.uint64) << np.uint64(32) | b.astype(np.uint64)
    return (a ^ b).astype(f"uint{width}")


def _device_split(key: Any, shape: tuple[int, ...]) -> Any:
    return jnp.stack(_device_words(key, shape), -1)


def _device_fold(key: Any, data: Any) -> Any:
    return jnp.concatenate(_rounds(key, jnp.zeros(1, np.uint32), jnp.reshape(data, 1).astype(np.uint32)))


def _device_seed(seed: Any) -> Any:
    wide = jnp.asarray(seed).astype(np.uint64)
    return jnp.stack([(wide >> np.uint64(32)).astype(np.uint32), wide.astype(np.uint32)])


@functools.cache
def _generator() -> Any:
    from jax.extend import random

    return random.define_prng_impl(key_shape=(2,), seed=_device_seed, split=_device_split, random_bits=_device_bits, fold_in=_device_fold,
                                   name="hornbeam_threefry", tag="hbt")  # fmt: skip


def wrap(words: Any) -> Any:
    """The key of `jax.random` that the words, uint32 `[..., 2]`, stand for."""
    return jax.random.wrap_key_data(words, impl=_generator())


# In NumPy.
def _words(key: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Two words of 32 random bits for each element of `shape`."""
    count = math.prod(shape)
    a, b = _rounds(key, np.zeros(count, np.uint32), np.arange(count, dtype=np.uint32))
    return a.reshape(shape), b.reshape(shape)


def bits(key: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """uint32 `[*shape]`, each value as likely; `key` is uint32 `[2]`; fewer than 2**32 elements."""
    a, b = _words(key, shape)
    return a ^ b


def uniform(key: np.ndarray, shape: tuple[int, ...], low: Any = 0, high: Any = 1) -> np.ndarray:
    """float32 from `low` to below `high`."""
    unit = (bits(key, shape) >> np.uint32(9) | np.uint32(0x3F800000)).view(np.float32) - np.float32(1)
    return np.maximum(unit * (high - low) + low, low)


def _inverse_erf(x: np.ndarray) -> np.ndarray:
    w = -np.log1p(-x * x)
    near = w < 5
    w = np.where(near, w - np.float32(2.5), np.sqrt(w) - np.float32(3))
    p = np.where(near, np.float32(_NEAR[0]), np.float32(_FAR[0]))
    for close, distant in zip(_NEAR[1:], _FAR[1:], strict=True):
        p = p * w + np.where(near, np.float32(close), np.float32(distant))
    return p * x


def normal(key: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """float32 of the standard normal distribution."""
    low = np.nextafter(np.float32(-1), np.float32(0))
    return np.float32(math.sqrt(2)) * _inverse_erf(uniform(key, shape, low, np.float32(1)))


def truncated_normal(key: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """float32 of the standard normal distribution between -2 and 2."""
    end = np.float32(math.erf(math.sqrt(2)))
    edge = np.nextafter(np.float32(2), np.float32(0))
    return np.clip(np.float32(math.sqrt(2)) * _inverse_erf(uniform(key, shape, -end, end)), -edge, edge)


def integers(key: np.ndarray, shape: tuple[int, ...], low: Any, high: Any) -> np.ndarray:
    """int32 or uint32 (as `low`) from `low` to below `high`."""
    upper, lower = (bits(each, shape) for each in np.stack(_words(key, (2,)), -1))
    span = np.where(high > low, (high - low).astype(np.uint32), np.uint32(1))
    factor = np.uint32(2**16) % span
    factor = factor * factor % span
    return low + ((upper % span * factor + lower % span) % span).astype(low.dtype)


def categories(key: np.ndarray, logits: np.ndarray, count: int) -> np.ndarray:
    """`count` classes for each row of logits, by Gumbel's maximum."""
    drawn = uniform(key, (len(logits), count, logits.shape[1]), np.finfo(np.float32).tiny, np.float32(1))
    return np.argmax(logits[:, None, :] - np.log(-np.log(drawn)), -1)
