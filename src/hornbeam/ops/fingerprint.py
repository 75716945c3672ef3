"""Hashes of byte strings that are the same on every machine and in every release: what categorical features are binned by.

FarmHash64 (Pike 2014; its "na" form, TensorFlow's `Fingerprint64`) and SipHash-2-4 (Aumasson and Bernstein 2012). Checked
against TensorFlow's own values by the goldens of the layers that use them.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

_MASK = 0xFFFFFFFFFFFFFFFF
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F


def _rotate(value: int, bits: int) -> int:
    value &= _MASK
    return (value >> bits | value << (64 - bits)) & _MASK


def _mix(value: int) -> int:
    value &= _MASK
    return value ^ value >> 47


def _pair(u: int, v: int, multiplier: int) -> int:
    """Two words to one."""
    a = _mix((u ^ v) * multiplier)
    return _mix((v ^ a) * multiplier) * multiplier & _MASK


def _weak(words: tuple[int, ...], a: int, b: int) -> tuple[int, int]:
    """Four words of text into two of state."""
    w, x, y, z = words
    first = a + w
    b = _rotate(b + first + z, 21)
    a = first + x + y
    return a + z & _MASK, b + _rotate(a, 44) + first & _MASK


def fingerprint64(text: bytes) -> int:
    """FarmHash64 of a byte string, an unsigned 64-bit integer."""
    n = len(text)

    def word(at: int) -> int:
        return int.from_bytes(text[at : at + 8], "little")

    multiplier = _K2 + 2 * n
    if n > 64:
        return _long(n, word)
    if n > 16:
        a, b = word(0) * (_K1 if n <= 32 else _K2), word(8)
        c, d = word(n - 8) * multiplier, word(n - 16) * _K2
        y = _rotate(a + b, 43) + _rotate(c, 30) + d & _MASK
        z = _pair(y, a + _rotate(b + _K2, 18) + c & _MASK, multiplier)
        if n <= 32:
            return z
        e, f = word(16) * multiplier, word(24)
        g, h = (y + word(n - 32)) * multiplier, (z + word(n - 24)) * multiplier
        return _pair(_rotate(e + f, 43) + _rotate(g, 30) + h & _MASK, e + _rotate(f + a, 18) + g & _MASK, multiplier)
    if n >= 8:
        a, b = word(0) + _K2, word(n - 8)
        return _pair(_rotate(b, 37) * multiplier + a & _MASK, (_rotate(a, 25) + b) * multiplier & _MASK, multiplier)
    if n >= 4:
        first, last = int.from_bytes(text[:4], "little"), int.from_bytes(text[-4:], "little")
        return _pair(n + (first << 3), last, multiplier)
    if n:
        y, z = text[0] + (text[n >> 1] << 8), n + (text[-1] << 2)
        return _mix(y * _K2 ^ z * _K0) * _K2 & _MASK
    return _K2


def _long(n: int, word: Callable[[int], int]) -> int:
    """FarmHash64 of more than 64 bytes, 64 at a time."""
    y = 81 * _K1 + 113 & _MASK
    x, z, v, w = 81 * _K2 + word(0), _mix(y * _K2 + 113) * _K2, (0, 0), (0, 0)

    def step(at: int, multiplier: int, scale: int) -> None:
        nonlocal x, y, z, v, w
        words = tuple(word(at + 8 * i) for i in range(8))
        x = _rotate(x + y + v[0] + words[1], 37) * multiplier
        y = _rotate(y + v[1] + words[6], 42) * multiplier
        x = (x ^ w[1] * scale) & _MASK
        y += v[0] * scale + words[5]
        z = _rotate(z + w[0], 33) * multiplier
        v = _weak(words[:4], v[1] * multiplier, x + w[0])
        w = _weak(words[4:], z + w[1], y + words[2])
        x, z = z & _MASK, x

    for at in range(0, (n - 1) // 64 * 64, 64):
        step(at, _K1, 1)
    multiplier = _K1 + ((z & 0xFF) << 1)
    w = (w[0] + (n - 1 & 63), w[1])
    v = (v[0] + w[0], v[1])
    w = (w[0] + v[0], w[1])
    step(n - 64, multiplier, 9)
    return _pair(
        _pair(v[0], w[0], multiplier) + _mix(y) * _K0 + z & _MASK, _pair(v[1], w[1], multiplier) + x & _MASK, multiplier
    )


def join_fingerprints(first: int, second: int) -> int:
    """One fingerprint of two, in this order (TensorFlow's `FingerprintCat64`)."""
    multiplier = 0xC6A4A7935BD1E995
    result = first ^ multiplier ^ _mix(second * multiplier) * multiplier & _MASK
    result = result * multiplier
    return _mix(_mix(result) * multiplier)


def siphash64(text: bytes, key: tuple[int, int]) -> int:
    """SipHash-2-4 of a byte string under a key of two unsigned 64-bit integers."""
    v0, v1 = key[0] ^ 0x736F6D6570736575, key[1] ^ 0x646F72616E646F6D
    v2, v3 = key[0] ^ 0x6C7967656E657261, key[1] ^ 0x7465646279746573

    def rounds(count: int) -> None:
        nonlocal v0, v1, v2, v3
        for _ in range(count):
            v0 = v0 + v1 & _MASK
            v1 = _rotate(v1, 51) ^ v0
            v0 = _rotate(v0, 32)
            v2 = v2 + v3 & _MASK
            v3 = _rotate(v3, 48) ^ v2
            v0 = v0 + v3 & _MASK
            v3 = _rotate(v3, 43) ^ v0
            v2 = v2 + v1 & _MASK
            v1 = _rotate(v1, 47) ^ v2
            v2 = _rotate(v2, 32)

    padded = text + bytes(7 - len(text) % 8) + bytes([len(text) & 0xFF])
    for at in range(0, len(padded), 8):
        block = int.from_bytes(padded[at : at + 8], "little")
        v3 ^= block
        rounds(2)
        v0 ^= block
    v2 ^= 0xFF
    rounds(4)
    return v0 ^ v1 ^ v2 ^ v3


def murmur64(text: bytes, seed: int = 0xDECAFCAFFE) -> int:
    """MurmurHash64A (Appleby 2008) of a byte string, under the seed of TensorFlow's `Hash64`."""
    multiplier, n = 0xC6A4A7935BD1E995, len(text)
    h = (seed ^ n * multiplier) & _MASK
    for at in range(0, n - n % 8, 8):
        h = (h ^ _mix(int.from_bytes(text[at : at + 8], "little") * multiplier) * multiplier) * multiplier & _MASK
    if n % 8:
        h = (h ^ int.from_bytes(text[n - n % 8 :], "little")) * multiplier & _MASK
    return _mix(_mix(h) * multiplier)


def of_each(texts: np.ndarray, function: Callable[[bytes], int]) -> np.ndarray:
    """`function` of every element of an array of byte strings, once for each that differs; an object array of ints."""
    found: dict[Any, int] = {text: function(text) for text in set(texts.ravel())}
    return _objects((found[text] for text in texts.ravel()), texts.shape)


def _objects(values: Iterable[Any], shape: tuple[int, ...]) -> np.ndarray:
    listed = list(values)
    out = np.empty(len(listed), object)
    out[:] = listed
    return out.reshape(shape)


def buckets(texts: np.ndarray, count: int, key: tuple[int, int] | None = None) -> np.ndarray:
    """The bin, int64 from 0 to `count` - 1, of every byte string: FarmHash64, or SipHash-2-4 under a key, modulo `count`."""
    if key is None:
        return of_each(texts, lambda text: fingerprint64(text) % count).astype(np.int64)
    return of_each(texts, lambda text: siphash64(text, key) % count).astype(np.int64)
