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

from hornbeam.kernels.memory import in_memory
from hornbeam.kernels.platform import on_cpu

Pads = tuple[tuple[int, int], ...]
_LAYOUTS = {1: ("NWC", "WIO", "NWC"), 2: ("NHWC", "HWIO", "NHWC"), 3: ("NDHWC", "DHWIO", "NDHWC")}


def conv(
    x: jax.Array,
    kernel: jax.Array,
    bias: jax.Array | None = None,
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
        bias: `[filters]`, added; as an argument its gradient comes almost for nothing.
        strides, dilation: one int or one a spatial axis.
        padding: "valid", "same" (an odd pixel of padding goes after, as in TensorFlow), or (before, after) pairs.
        groups: channels and filters are split into this many groups that do not mix.

    Returns: `[batch, *spatial_out, filters]`, in x's dtype; sixteen-bit types accumulate in float32.

    Reverse-mode derivatives of any order; no forward mode on a CPU. Shapes are the caller's to check.
    """
    rank = x.ndim - 2
    if rank not in _LAYOUTS or kernel.ndim != x.ndim:
        raise ValueError(
            f"conv takes x [batch, 1 to 3 spatial axes, channels] and a kernel of the same rank; got x {x.shape} and kernel {kernel.shape}"
        )
    stride, step = _each(strides, rank), _each(dilation, rank)
    pads = pad_widths(x.shape[1:-1], kernel.shape[:-2], stride, padding, step)
    if not on_cpu():
        y = lax.conv_general_dilated(x, kernel, stride, pads, None, step, _LAYOUTS[rank], groups, preferred_element_type=x.dtype)
        return y if bias is None else y + bias
    wide = jnp.promote_types(x.dtype, jnp.float32)
    operands = x.astype(wide), kernel.astype(wide), None if bias is None else bias.astype(wide)
    return _conv(*operands, stride, pads, (1,) * rank, step, groups).astype(x.dtype)


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


@functools.partial(jax.custom_vjp, nondiff_argnums=(3, 4, 5, 6, 7))
def _conv(x, kernel, bias, strides, pads, spread, dilation, groups):
    """`spread` dilates x (lhs_dilation), `dilation` the kernel: the set is closed under differentiation."""
    form = _form(x, kernel, spread, groups)
    if form is not None and any(s > 1 for s in spread):
        inside = [(0, 0, 0), *((0, 0, s - 1) for s in spread), (0, 0, 0)]
        x, spread = lax.pad(x, jnp.zeros((), x.dtype), inside), (1,) * len(spread)
    if form == "patches":
        rows = _patches(x, kernel.shape[:-2], strides, pads, dilation, bias is not None)
        columns = kernel.reshape(-1, kernel.shape[-1])
        return jnp.tensordot(rows, columns if bias is None else jnp.concatenate((columns, bias[None])), 1)
    if form == "taps":
        y = _by_taps(x, kernel, strides, pads, dilation, groups)
    else:
        if all(s == 1 for s in spread):  # XLA's fast form takes no negative padding
            x, pads = _crop(x, pads)
        y = lax.conv_general_dilated(x, kernel, strides, pads, spread, dilation, _LAYOUTS[x.ndim - 2], groups)
    return y if bias is None else y + bias


def _conv_forward(x, kernel, bias, *how):
    return _conv(x, kernel, bias, *how), (x, kernel, bias is not None)


def _conv_backward(strides, pads, spread, dilation, groups, kept, dy):
    x, kernel, with_bias = kept
    reach = [(w - 1) * d + 1 for w, d in zip(kernel.shape[:-2], dilation, strict=True)]
    wide_x = [(n - 1) * s + 1 for n, s in zip(x.shape[1:-1], spread, strict=True)]
    wide_y = [(n - 1) * s + 1 for n, s in zip(dy.shape[1:-1], strides, strict=True)]
    ends = list(zip(pads, reach, wide_x, wide_y, strict=True))

    pads_x = tuple((k - 1 - lo, nx + lo - ny) for (lo, _), k, nx, ny in ends)
    if groups == 1 and _adding_up_is_faster(x, dy, kernel, (*strides, *spread)):
        dx = _input_gradient_by_adding(dy, kernel, pads_x, dilation)
    else:
        turned = lax.optimization_barrier(_turned(kernel, groups))
        dx = _conv(dy, turned, None, spread, pads_x, strides, dilation, groups)

    flat = dy.reshape(-1, dy.shape[-1])
    form = _form(x, kernel, spread, groups)
    if form is not None and any(s > 1 for s in spread):
        inside = [(0, 0, 0), *((0, 0, s - 1) for s in spread), (0, 0, 0)]
        x = lax.pad(x, jnp.zeros((), x.dtype), inside)
    if form == "patches":
        rows = _patches(x, kernel.shape[:-2], strides, pads, dilation, with_bias)
        both = rows.reshape(flat.shape[0], -1).T @ flat
        return (dx, both[:-1].reshape(kernel.shape), both[-1]) if with_bias else (dx, both.reshape(kernel.shape), None)
    if form == "taps":
        dk = _kernel_gradient_by_taps(x, dy, strides, pads, dilation, groups, kernel.shape)
    else:
        pads_k = tuple((lo, k - 1 + ny - nx - lo) for (lo, _), k, nx, ny in ends)
        x = in_memory(x)
        swapped = lax.optimization_barrier((_channels_as_batch(x, groups), jnp.moveaxis(dy, 0, -2)))
        dk = jnp.moveaxis(_conv(*swapped, None, dilation, pads_k, spread, strides, groups), 0, -2)
    return dx, dk, _column_sums(flat) if with_bias else None


_conv.defvjp(_conv_forward, _conv_backward)


def _form(x, kernel, spread, groups):
    """What beats XLA's convolution (measured): None where nothing does.

    "patches", one dot with the windows laid out as rows: few input values a window, or a window of one element.
    "taps", a multiply-add for each element of the window: one channel a group, which XLA runs seventy times slower.
    float64 always takes one of the two: XLA's fast form has no float64.
    """
    *window, inputs, _ = kernel.shape
    if groups == 1:
        dot = all(s == 1 for s in spread) and (math.prod(window) == 1 or (inputs <= 4 and inputs * math.prod(window) <= 32))
        return "patches" if dot or x.dtype == jnp.float64 else None
    return "taps" if inputs == 1 or x.dtype == jnp.float64 else None


def _patches(x, window, strides, pads, dilation, with_ones):
    """`[batch, *spatial_out, taps * channels]`, and a last column of ones for the bias."""
    pieces = [met for _, met in _shifted(x, window, strides, pads, dilation)]
    if with_ones:
        pieces.append(jnp.ones((*pieces[0].shape[:-1], 1), x.dtype))
    return pieces[0] if len(pieces) == 1 else lax.optimization_barrier(jnp.concatenate(pieces, -1))


def _by_taps(x, kernel, strides, pads, dilation, groups):
    *window, inputs, outputs = kernel.shape
    total = None
    for tap, met in _shifted(x, window, strides, pads, dilation):
        each = kernel[tap].reshape(inputs, groups, outputs // groups)
        split = met.reshape(*met.shape[:-1], groups, inputs)
        term = split * each[0] if inputs == 1 else jnp.einsum("...gi,igo->...go", split, each)
        total = term if total is None else total + term
    return total.reshape(*total.shape[: len(window) + 1], outputs)


def _kernel_gradient_by_taps(x, dy, strides, pads, dilation, groups, shape):
    *window, inputs, outputs = shape
    split_y = dy.reshape(-1, groups, outputs // groups)
    taps = []
    for _, met in _shifted(x, window, strides, pads, dilation):
        split_x = met.reshape(-1, groups, inputs)
        if inputs == 1:
            taps.append(_column_sums((split_x * split_y).reshape(-1, outputs)))
        else:
            taps.append(jnp.einsum("pgi,pgo->igo", split_x, split_y))
    return jnp.stack(taps).reshape(shape)


def _adding_up_is_faster(x, dy, kernel, steps):
    """Where x is so much larger than dy that a convolution would spend a fifth of its time on padding; the columns
    of the product must be few enough to be worth writing down."""
    columns = dy.size // dy.shape[-1] * (kernel.size // kernel.shape[-1])
    return all(s == 1 for s in steps) and x.size // x.shape[-1] * 5 > dy.size // dy.shape[-1] * 6 and columns <= 2**23


def _input_gradient_by_adding(dy, kernel, pads, dilation):
    """One dot gives what each element of dy hands to each tap; shifted by the tap, they add up to dx."""
    *window, inputs, outputs = kernel.shape
    handed = (dy.reshape(-1, outputs) @ jnp.moveaxis(kernel, -1, 0).reshape(outputs, -1)).reshape(*dy.shape[:-1], *window, inputs)
    total = None
    for tap in itertools.product(*map(range, window)):
        # pads are those of the convolution with the turned kernel: its tap (w - 1 - i) is this one's i.
        edges = [(lo - (w - 1 - i) * d, hi - i * d, 0) for i, w, d, (lo, hi) in zip(tap, window, dilation, pads, strict=True)]
        part = handed[(slice(None),) * (len(window) + 1) + tap]
        part = lax.pad(part, jnp.zeros((), part.dtype), [(0, 0, 0), *edges, (0, 0, 0)])
        total = part if total is None else total + part
    return total


def _column_sums(rows):
    """The sum over the long axis of `[rows, columns]` as a dot, which XLA runs several times faster than a reduction."""
    return (jnp.ones((1, rows.shape[0]), rows.dtype) @ rows)[0]


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
