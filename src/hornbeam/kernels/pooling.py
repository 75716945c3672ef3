"""Channels-last pooling whose gradients stay fast inside compiled loops.

On a CPU the gradient XLA gives a windowed maximum (`select_and_scatter`) visits the window element by element. Here a
window is a few strided slices of the input, one a tap, combined element by element: that fuses and vectorises, and so
does the gradient. Where several elements of a window share the maximum, the first one in row-major order receives the
whole gradient, as in TensorFlow.
"""

import functools
import itertools
import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from hornbeam.kernels.convolution import pad_widths
from hornbeam.kernels.platform import on_cpu


def max_pool(
    x: jax.Array,
    window: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str | Sequence[tuple[int, int]] = "valid",
) -> jax.Array:
    """The largest element of each window of channels-last `x` `[batch, *spatial, channels]`.

    Args:
        window, strides: one int or one a spatial axis; strides default to the window.
        padding: "valid", "same" or (before, after) pairs; padding never wins over an element of x.

    Returns: `[batch, *spatial_out, channels]` in x's dtype. Reverse-mode derivatives of any order.
    """
    sizes, steps, pads = _resolve(x, window, strides, padding)
    if on_cpu():
        return _max_pool(x, sizes, steps, pads)
    whole = (1, *sizes, 1), (1, *steps, 1), ((0, 0), *pads, (0, 0))
    return lax.reduce_window(x, _lowest(x.dtype), lax.max, *whole)


def avg_pool(
    x: jax.Array,
    window: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str | Sequence[tuple[int, int]] = "valid",
) -> jax.Array:
    """The mean of each window of channels-last `x` `[batch, *spatial, channels]`; padding does not count in the mean.

    Arguments and result are as in `max_pool`; x is floating point; sixteen-bit types are summed in float32.
    """
    sizes, steps, pads = _resolve(x, window, strides, padding)
    wide = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    if on_cpu():
        total = sum(piece for _, piece in _taps(wide, sizes, steps, pads, 0))
    else:
        whole = (1, *sizes, 1), (1, *steps, 1), ((0, 0), *pads, (0, 0))
        total = lax.reduce_window(wide, np.zeros((), wide.dtype), lax.add, *whole)
    if not any(map(any, pads)):
        return (total / np.asarray(math.prod(sizes), wide.dtype)).astype(x.dtype)
    counts = [jnp.asarray(_counts(*each), wide.dtype) for each in zip(x.shape[1:-1], sizes, steps, pads, strict=True)]
    # Multiplied inside the program: as arrays of the host they would be as large as the image.
    return (total / functools.reduce(lambda a, b: a[..., None] * b, counts)[..., None]).astype(x.dtype)


def _resolve(x, window, strides, padding):
    rank = x.ndim - 2
    if not 1 <= rank <= 3:
        raise ValueError(f"pooling takes x [batch, 1 to 3 spatial axes, channels], got shape {x.shape}")
    window = (window,) * rank if isinstance(window, int) else tuple(window)
    strides = window if strides is None else (strides,) * rank if isinstance(strides, int) else tuple(strides)
    return window, strides, pad_widths(x.shape[1:-1], window, strides, padding)


def _lowest(dtype):
    return np.array(-np.inf if jnp.issubdtype(dtype, jnp.inexact) else jnp.iinfo(dtype).min, dtype)


def _counts(size, window, stride, pad):
    """How many real elements each window along one axis holds."""
    starts = np.arange(0, size + sum(pad) - window + 1, stride) - pad[0]
    return np.maximum(np.minimum(starts + window, size) - np.maximum(starts, 0), 1)


def _spans(size, window, strides, pads):
    """Along each axis, the distance from a tap's first position to just past its last, in the padded input."""
    return [(n + lo + hi - w) // s * s + 1 for n, w, s, (lo, hi) in zip(size, window, strides, pads, strict=True)]


def _taps(x, window, strides, pads, fill):
    """For each tap of the window in row-major order, the elements it meets, one for each window."""
    spans = _spans(x.shape[1:-1], window, strides, pads)
    if any(map(any, pads)):
        x = lax.pad(x, jnp.asarray(fill, x.dtype), [(0, 0, 0), *((lo, hi, 0) for lo, hi in pads), (0, 0, 0)])
    for tap in itertools.product(*map(range, window)):
        high = [i + span for i, span in zip(tap, spans, strict=True)]
        yield tap, lax.slice(x, (0, *tap, 0), (x.shape[0], *high, x.shape[-1]), (1, *strides, 1))


@functools.partial(jax.custom_vjp, nondiff_argnums=(1, 2, 3))
def _max_pool(x, window, strides, pads):
    return functools.reduce(lax.max, (piece for _, piece in _taps(x, window, strides, pads, _lowest(x.dtype))))


def _max_pool_forward(x, window, strides, pads):
    """Keeps which tap won, not x: smaller, and XLA may compute x anew for the gradient with another rounding."""
    pieces = [piece for _, piece in _taps(x, window, strides, pads, _lowest(x.dtype))]
    small = np.int8 if len(pieces) <= 128 else np.int32
    best, winner = pieces[0], jnp.zeros(pieces[0].shape, small)
    for number, piece in enumerate(pieces[1:], 1):
        winner = jnp.where(piece > best, small(number), winner)
        best = lax.max(best, piece)
    return best, (winner, x.shape)


def _max_pool_backward(window, strides, pads, kept, dy):
    winner, shape = kept
    zero = jnp.zeros((), dy.dtype)
    if window == strides and not any(map(any, pads)):
        return (_spread_apart(winner, dy, window, shape),)
    spans = _spans(shape[1:-1], window, strides, pads)
    total = jnp.zeros(shape, dy.dtype)
    for number, tap in enumerate(itertools.product(*map(range, window))):
        edges = [(i - lo, n + lo - i - span, s - 1)
                 for i, n, span, s, (lo, _) in zip(tap, shape[1:-1], spans, strides, pads, strict=True)]  # fmt: skip
        won = jnp.where(winner == number, dy, zero)
        total = total + lax.pad(won, zero, [(0, 0, 0), *edges, (0, 0, 0)])
    return (total,)


_max_pool.defvjp(_max_pool_forward, _max_pool_backward)


def _spread_apart(winner, dy, window, shape):
    """Windows side by side: each element compares its own tap with its window's winner; what no window reached is 0."""
    batch, *counts, channels = dy.shape
    taps = np.arange(math.prod(window), dtype=winner.dtype).reshape(window)
    around = lambda a, spatial: a.reshape(a.shape[0], *itertools.chain(*spatial), a.shape[-1])
    pairs = [(n, 1) for n in counts]
    won = around(winner, pairs) == around(taps[None, ..., None], [(1, w) for w in window])
    full = jnp.where(won, around(dy, pairs), jnp.zeros((), dy.dtype))
    full = full.reshape(batch, *(n * w for n, w in zip(counts, window, strict=True)), channels)
    rest = [(0, n - m, 0) for n, m in zip(shape[1:-1], full.shape[1:-1], strict=True)]
    return lax.pad(full, jnp.zeros((), full.dtype), [(0, 0, 0), *rest, (0, 0, 0)]) if any(r[1] for r in rest) else full
