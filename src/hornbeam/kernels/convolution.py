"""Channels-last convolution whose gradients stay fast inside compiled loops.

On a CPU, XLA has one fast form of convolution: channels-last input, spatial-first kernel, no reversal. It rewrites other
forms to that one only outside loops, so the gradient JAX emits for a convolution, inside a training loop, runs about
twenty times slower. Here the gradients are written in the fast form to begin with. A convolution's input gradient and
kernel gradient are again convolutions,

    dx = conv(dilate(dy, strides), flip(kernel) with in and out swapped)
    dk = conv(x with batch and channels swapped, dilate(dy, strides) with batch as the contracted axis)

so one function, differentiated by itself, serves all orders (Dumoulin and Visin, 2016, "A guide to convolution
arithmetic for deep learning"). `optimization_barrier` keeps XLA from folding the flips and transposes back in.
"""

import functools
import itertools
import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax import lax

from hornbeam.kernels.platform import on_cpu

Pads = tuple[tuple[int, int], ...]
_LAYOUTS = {1: ("NWC", "WIO", "NWC"), 2: ("NHWC", "HWIO", "NHWC"), 3: ("NDHWC", "DHWIO", "NDHWC")}


def conv(
    x: jax.Array,
    kernel: jax.Array,
    *,
    strides: int | Sequence[int] = 1,
    padding: str | Sequence[tuple[int, int]] = "valid",
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> jax.Array:
    """Convolve (cross-correlate, as every deep-learning library does) channels-last `x` with `kernel`.

    Args:
        x: `[batch, *spatial, channels]` with one to three spatial axes.
        kernel: `[*window, channels / groups, filters]`, of x's dtype.
        strides, dilation: one int or one a spatial axis.
        padding: "valid", "same" (an odd pixel of padding goes after, as in TensorFlow), or (before, after) pairs.
        groups: channels and filters are split into this many groups that do not mix.

    Returns: `[batch, *spatial_out, filters]`, in x's dtype; sixteen-bit types accumulate in float32.

    Reverse-mode derivatives of any order; no forward mode on a CPU. Shapes are the caller's to check.
    """
    rank = x.ndim - 2
    if rank not in _LAYOUTS or kernel.ndim != x.ndim:
        raise ValueError(
            f"conv takes x [batch, 1 to 3 spatial axes, channels] and a kernel of the same rank; "
            f"got x {x.shape} and kernel {kernel.shape}"
        )
    stride, step = _each(strides, rank), _each(dilation, rank)
    pads = pad_widths(x.shape[1:-1], kernel.shape[:-2], stride, padding, step)
    if not on_cpu():
        return lax.conv_general_dilated(
            x, kernel, stride, pads, None, step, _LAYOUTS[rank], groups, preferred_element_type=x.dtype
        )
    if x.dtype in (jnp.bfloat16, jnp.float16):
        wide = (x.astype(jnp.float32), kernel.astype(jnp.float32))
        return _conv(*wide, stride, pads, (1,) * rank, step, groups).astype(x.dtype)
    return _conv(x, kernel, stride, pads, (1,) * rank, step, groups)


def pad_widths(
    size: Sequence[int],
    window: Sequence[int],
    strides: Sequence[int],
    padding: str | Sequence[tuple[int, int]],
    dilation: Sequence[int] | None = None,
) -> Pads:
    """The (before, after) padding of each spatial axis that "valid", "same" or explicit pairs mean."""
    if not isinstance(padding, str):
        return tuple((int(before), int(after)) for before, after in padding)
    if padding.lower() == "valid":
        return ((0, 0),) * len(size)
    if padding.lower() != "same":
        raise ValueError(f"padding must be 'valid', 'same' or (before, after) pairs, got {padding!r}")
    totals = [
        max((math.ceil(n / s) - 1) * s + (w - 1) * d + 1 - n, 0)
        for n, w, s, d in zip(size, window, strides, dilation or (1,) * len(size), strict=True)
    ]
    return tuple((total // 2, total - total // 2) for total in totals)


def _each(value: int | Sequence[int], rank: int) -> tuple[int, ...]:
    return (value,) * rank if isinstance(value, int) else tuple(int(v) for v in value)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4, 5, 6))
def _conv(x, kernel, strides, pads, spread, dilation, groups):
    """`spread` dilates x (lhs_dilation), `dilation` the kernel: the set is closed under differentiation."""
    if _by_taps_is_faster(x, kernel, spread):
        return _by_taps(x, kernel, strides, pads, dilation, groups)
    if all(s == 1 for s in spread):  # XLA's fast form takes no negative padding
        x, pads = _crop(x, pads)
    return lax.conv_general_dilated(x, kernel, strides, pads, spread, dilation, _LAYOUTS[x.ndim - 2], groups)


def _conv_forward(x, kernel, *how):
    return _conv(x, kernel, *how), (x, kernel)


def _conv_backward(strides, pads, spread, dilation, groups, operands, dy):
    x, kernel = operands
    reach = [(w - 1) * d + 1 for w, d in zip(kernel.shape[:-2], dilation, strict=True)]
    wide_x = [(n - 1) * s + 1 for n, s in zip(x.shape[1:-1], spread, strict=True)]
    wide_y = [(n - 1) * s + 1 for n, s in zip(dy.shape[1:-1], strides, strict=True)]
    ends = list(zip(pads, reach, wide_x, wide_y, strict=True))

    pads_x = tuple((k - 1 - lo, nx + lo - ny) for (lo, _), k, nx, ny in ends)
    dx = _conv(dy, lax.optimization_barrier(_turned(kernel, groups)), spread, pads_x, strides, dilation, groups)
    if groups == 1 and _by_taps_is_faster(x, kernel, spread):
        return dx, _kernel_gradient_by_patches(x, dy, strides, pads, dilation, kernel.shape)
    pads_k = tuple((lo, k - 1 + ny - nx - lo) for (lo, _), k, nx, ny in ends)
    swapped = lax.optimization_barrier((_channels_as_batch(x, groups), jnp.moveaxis(dy, 0, -2)))
    dk = _conv(*swapped, dilation, pads_k, spread, strides, groups)
    return dx, jnp.moveaxis(dk, 0, -2)


_conv.defvjp(_conv_forward, _conv_backward)


def _by_taps_is_faster(x, kernel, spread):
    """One input channel a group (multiply-adds that fuse), a window of one (a dot), float64 (XLA has no fast form)."""
    single = kernel.shape[-2] == 1 or math.prod(kernel.shape[:-2]) == 1 or x.dtype == jnp.float64
    return single and all(s == 1 for s in spread)


def _by_taps(x, kernel, strides, pads, dilation, groups):
    *window, inputs, outputs = kernel.shape
    total = None
    for tap, met in _shifted(x, window, strides, pads, dilation):
        each = kernel[tap].reshape(inputs, groups, outputs // groups)
        split = met.reshape(*met.shape[:-1], groups, inputs)
        if inputs == 1:
            term = split * each[0]
        elif groups == 1:
            term = jnp.tensordot(met, each, 1)
        else:
            term = jnp.einsum("...gi,igo->...go", split, each)
        total = term if total is None else total + term
    return total.reshape(*total.shape[: len(window) + 1], outputs)


def _kernel_gradient_by_patches(x, dy, strides, pads, dilation, shape):
    """One dot of `[taps * channels, positions]` patches with `[positions, filters]`; shape is the kernel's."""
    planes = jnp.moveaxis(x, -1, 0).reshape(-1, *x.shape[1:-1], 1)
    patches = [met.reshape(shape[-2], -1) for _, met in _shifted(planes, shape[:-2], strides, pads, dilation)]
    stacked = lax.optimization_barrier(jnp.concatenate(patches))
    return (stacked @ dy.reshape(-1, shape[-1])).reshape(shape)


def _turned(kernel, groups):
    """The kernel flipped in space with its in and out axes swapped, group by group."""
    *window, inputs, outputs = kernel.shape
    flipped = jnp.flip(kernel, range(len(window))).reshape(*window, inputs, groups, outputs // groups)
    return jnp.swapaxes(flipped, -3, -1).reshape(*window, outputs // groups, groups * inputs)


def _channels_as_batch(x, groups):
    """`[batch, *spatial, groups * c]` as `[c, *spatial, groups * batch]`."""
    batch, *spatial, channels = x.shape
    split = x.reshape(batch, *spatial, groups, channels // groups)
    return jnp.moveaxis(jnp.moveaxis(split, 0, -2), -1, 0).reshape(channels // groups, *spatial, groups * batch)


def _crop(x, pads):
    """x without what negative pads take away, and the pads that remain."""
    if all(p >= 0 for pair in pads for p in pair):
        return x, pads
    cut = [(0, 0, 0), *((min(lo, 0), min(hi, 0), 0) for lo, hi in pads), (0, 0, 0)]
    return lax.pad(x, jnp.zeros((), x.dtype), cut), tuple((max(lo, 0), max(hi, 0)) for lo, hi in pads)


def _shifted(x, window, strides, pads, dilation):
    """For each tap of the window in row-major order, the part of the padded x that it meets."""
    padded = lax.pad(x, jnp.zeros((), x.dtype), [(0, 0, 0), *((lo, hi, 0) for lo, hi in pads), (0, 0, 0)])
    reach = [(w - 1) * d + 1 for w, d in zip(window, dilation, strict=True)]
    span = [(n - k) // s * s + 1 for n, k, s in zip(padded.shape[1:-1], reach, strides, strict=True)]
    for tap in itertools.product(*map(range, window)):
        low = [i * d for i, d in zip(tap, dilation, strict=True)]
        high = [a + n for a, n in zip(low, span, strict=True)]
        yield tap, lax.slice(padded, (0, *low, 0), (x.shape[0], *high, x.shape[-1]), (1, *strides, 1))
