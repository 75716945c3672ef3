"""JAX's random numbers in NumPy: the same bits, and the same numbers to within a float's rounding.

For the first draws of a shape, each of which would cost a compiled program of its own. float32, int32 and uint32 alone.
The generator is threefry-2x32 with 20 rounds (Salmon et al. 2011); the inverse error function is Giles's (2010).
"""

import math
from typing import Any

import numpy as np

_TURNS = ((13, 15, 26, 6), (17, 29, 16, 24))
_NEAR = (2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727,
         1.50140941)  # fmt: skip
_FAR = (-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406,
        2.83297682)  # fmt: skip


def _words(key: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Two words of 32 random bits for each element of `shape`."""
    count = math.prod(shape)
    keys = [key[:1], key[1:], key[:1] ^ key[1:] ^ np.uint32(0x1BD11BDA)]
    a, b = np.broadcast_to(keys[0], (count,)).copy(), np.arange(count, dtype=np.uint32) + keys[1]
    turned = np.empty_like(b)
    for block in range(5):
        for turn in _TURNS[block % 2]:
            a += b
            np.left_shift(b, np.uint32(turn), turned)
            np.right_shift(b, np.uint32(32 - turn), b)
            b |= turned
            b ^= a
        a += keys[(block + 1) % 3]
        b += keys[(block + 2) % 3] + np.uint32(block + 1)
    return a.reshape(shape), b.reshape(shape)


def bits(key: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """uint32 `[*shape]`, each value as likely; `key` is uint32 `[2]`; fewer than 2**32 elements."""
    a, b = _words(key, shape)
    return a ^ b


def uniform(key: np.ndarray, shape: tuple[int, ...], low: Any, high: Any) -> np.ndarray:
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
