"""Lines of pixels in other lengths: each new pixel is a weighted sum of a few old ones."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

KERNELS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "bilinear": lambda x: np.maximum(0, 1 - x),
    "bicubic": lambda x: np.where(x < 1, (1.5 * x - 2.5) * x * x + 1, np.where(x < 2, ((-0.5 * x + 2.5) * x - 4) * x + 2, 0)),
    "lanczos3": lambda x: np.where(x < 3, np.sinc(x) * np.sinc(x / 3), 0),
    "lanczos5": lambda x: np.where(x < 5, np.sinc(x) * np.sinc(x / 5), 0),
    "gaussian": lambda x: np.where(x < 1.5, np.exp(-2 * x * x), 0),
    "mitchellcubic": lambda x: np.where(
        x < 1, ((7 * x - 12) * x * x + 16 / 3) / 6, np.where(x < 2, (((-7 / 3 * x + 12) * x - 20) * x + 32 / 3) / 6, 0)
    ),
}
REACH = {"bilinear": 1.0, "bicubic": 2.0, "lanczos3": 3.0, "lanczos5": 5.0, "gaussian": 1.5, "mitchellcubic": 2.0}


@functools.lru_cache(512)
def taps(old: int, new: int, method: str, antialias: bool) -> tuple[np.ndarray, np.ndarray]:
    """Which pixels of a line of `old` make each of `new` ones: positions (new, taps), and their weights."""
    if method == "area":
        begins = np.arange(new) * (old / new)
        ends = (np.arange(new) + 1) * (old / new)
        first = np.floor(begins + 1e-6).astype(np.int64)
        count = int((np.ceil(ends - 1e-6) - first).max())
        at = first[:, None] + np.arange(count)
        weights = np.clip(np.minimum(ends[:, None], at + 1) - np.maximum(begins[:, None], at), 0, None)
    else:
        places = (np.arange(new) + 0.5) * old / new - 0.5
        wide = max(old / new, 1.0) if antialias else 1.0
        reach = REACH[method] * wide
        first = np.ceil(places - reach - 1e-9).astype(np.int64)
        at = first[:, None] + np.arange(int(np.floor(2 * reach + 1e-9)) + 1)
        distance = np.abs(places[:, None] - at)
        if method == "bicubic" and not antialias:
            distance = np.round(distance * 1024) / 1024  # TensorFlow reads this kernel from a table
        weights = np.where((at >= 0) & (at < old), KERNELS[method](distance / wide), 0)
    weights = weights / weights.sum(1, keepdims=True)
    used = np.abs(weights).max(0) > 0
    return np.clip(at[:, used], 0, old - 1).astype(np.int32), weights[:, used].astype(np.float32)


@functools.lru_cache(64)
def matrix(old: int, new: int, method: str, antialias: bool) -> np.ndarray:
    """What each of `old` pixels of a line gives to each of `new` ones: (new, old), each row adding up to 1."""
    at, weights = taps(old, new, method, antialias)
    whole = np.zeros((new, old), np.float32)
    np.add.at(whole, (np.arange(new)[:, None], at), weights)
    return whole


@functools.lru_cache(512)
def _turned_taps(old: int, new: int, method: str, antialias: bool) -> tuple[np.ndarray, np.ndarray]:
    """Which new pixels each old one goes into: positions (old, taps), and their weights. What the gradient is made of."""
    whole = matrix(old, new, method, antialias)
    given = whole != 0
    first = given.argmax(0)
    count = int((new - given[::-1].argmax(0) - first)[given.any(0)].max())
    at = np.clip(first[:, None] + np.arange(count), 0, new - 1)
    weights = np.take_along_axis(whole.T, at, 1)
    weights[first[:, None] + np.arange(count) >= new] = 0
    return at.astype(np.int32), weights


def along(x: Any, axis: int, n: int, method: str, antialias: bool) -> Any:
    """x, of floats, with `n` elements along the axis, in a compiled program.

    Where a pixel is made of a few, they are gathered, in the gradient too: on a CPU that is thirty times quicker than a product with
    the matrix of all weights, which is taken where they are many.
    """
    lengths = x.shape[axis], n, method, antialias
    if max(taps(*lengths)[0].shape[1], _turned_taps(*lengths)[0].shape[1]) <= 16:
        return _gathered(x, axis, lengths, False)
    weights = matrix(*lengths).astype(x.dtype)
    return jnp.moveaxis(jnp.tensordot(x, weights, (axis, 1), precision="highest"), -1, axis)


@functools.partial(jax.custom_vjp, nondiff_argnums=(1, 2, 3))
def _gathered(x: Any, axis: int, lengths: tuple, turned: bool) -> Any:
    at, weights = (_turned_taps if turned else taps)(*lengths)
    shape = [-1 if i == axis else 1 for i in range(x.ndim)]
    total: Any = None
    for k in range(at.shape[1]):
        part = jnp.take(x, at[:, k], axis, mode="clip") * weights[:, k].reshape(shape).astype(x.dtype)
        total = part if total is None else total + part
    return total


_gathered.defvjp(
    lambda x, axis, lengths, turned: (_gathered(x, axis, lengths, turned), None),
    lambda axis, lengths, turned, _, gradient: (_gathered(gradient, axis, lengths, not turned),),
)
