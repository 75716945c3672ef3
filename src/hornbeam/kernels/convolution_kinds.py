"""Convolutions of volumes, transposed and depthwise ones, made of those that are fast in compiled loops on a CPU.

XLA on a CPU has no fast form for three spatial axes (a small one, forward, ran ten times slower than the sum below), for groups
whose input and output channels differ in number (its input gradient ran a hundred times slower), nor for the kernel gradient of
a transposed convolution as differentiation gives it (thirty times).
"""

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax import lax

from hornbeam.kernels.convolution import Pads, _each, conv, pad_widths
from hornbeam.kernels.memory import in_memory
from hornbeam.kernels.platform import on_cpu


def conv_volume(
    x: jax.Array, kernel: jax.Array, bias: jax.Array | None = None, *, strides: int | Sequence[int] = 1,
    padding: str | Sequence[tuple[int, int]] = "valid", dilation: int | Sequence[int] = 1, groups: int = 1,
) -> jax.Array:  # fmt: skip
    """`conv` of `[batch, depth, height, width, channels]`: for each tap along the depth, a convolution of the slices it meets."""
    if not on_cpu():
        return conv(x, kernel, bias, strides=strides, padding=padding, dilation=dilation, groups=groups)
    stride, step = _each(strides, 3), _each(dilation, 3)
    pads = pad_widths(x.shape[1:-1], kernel.shape[:-2], stride, padding, step)
    wide = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    wide = lax.pad(wide, jnp.zeros((), wide.dtype), [(0, 0, 0), (*pads[0], 0), (0, 0, 0), (0, 0, 0), (0, 0, 0)])
    batch, depth = wide.shape[:2]
    span = (depth - (kernel.shape[0] - 1) * step[0] - 1) // stride[0] * stride[0] + 1
    total = None
    for tap in range(kernel.shape[0]):
        met = lax.slice_in_dim(wide, tap * step[0], tap * step[0] + span, stride[0], axis=1)
        images = met.reshape(-1, *met.shape[2:])
        y = conv(images, kernel[tap].astype(wide.dtype), None if tap or bias is None else bias.astype(wide.dtype),
                 strides=stride[1:], padding=pads[1:], dilation=step[1:], groups=groups)  # fmt: skip
        total = y if total is None else total + y
    return total.reshape(batch, (span - 1) // stride[0] + 1, *total.shape[1:]).astype(x.dtype)


def conv_depthwise(
    x: jax.Array, kernel: jax.Array, *, strides: int | Sequence[int] = 1, padding: str | Sequence[tuple[int, int]] = "valid",
    dilation: int | Sequence[int] = 1,
) -> jax.Array:  # fmt: skip
    """Each channel by itself: kernel `[*window, channels, times]`, result `[batch, *spatial, channels * times]`."""
    *window, channels, times = kernel.shape
    how = {"strides": strides, "padding": padding, "dilation": dilation, "groups": channels}
    if not on_cpu():
        return conv(x, kernel.reshape(*window, 1, channels * times), **how)
    x = _stored(x)
    each = [conv(x, kernel[..., i][..., None, :], **how) for i in range(times)]
    return _stored_gradient(each[0] if times == 1 else jnp.stack(each, -1).reshape(*each[0].shape[:-1], channels * times))


# Each tap of a depthwise window reads all of x, and in the gradient all of dy: neither may be computed anew for each
# (see `in_memory`): 299 to 183 ms for a small network.
def _held(x):
    return in_memory(x) if x.size else x


_stored = jax.custom_vjp(_held)
_stored.defvjp(lambda x: (_held(x), None), lambda _, gradient: (_held(gradient),))
_stored_gradient = jax.custom_vjp(lambda x: x)
_stored_gradient.defvjp(lambda x: (x, None), lambda _, gradient: (_held(gradient),))


def conv_transposed(
    x: jax.Array, kernel: jax.Array, sizes: Sequence[int], *, strides: Sequence[int], pads: Pads, dilation: Sequence[int],
) -> jax.Array:  # fmt: skip
    """What the convolution of `[batch, *sizes, filters]` that gives x's shape hands back for x: its input gradient.

    Args:
        kernel: `[*window, filters, channels]`, that convolution's. sizes: the result's spatial sizes.
        strides, pads, dilation: that convolution's, one for each spatial axis.
    """
    how = tuple(strides), tuple(pads), tuple(dilation)
    return _transposed(x, kernel, tuple(sizes), how) if on_cpu() else _handed_back(x, kernel, tuple(sizes), how)


def _forward(y, kernel, how):
    strides, pads, dilation = how
    return (conv_volume if y.ndim == 5 else conv)(y, kernel, strides=strides, padding=pads, dilation=dilation)


def _handed_back(x, kernel, sizes, how):
    # The result does not depend on where the gradient is taken: a convolution is linear.
    like = jnp.zeros((x.shape[0], *sizes, kernel.shape[-2]), x.dtype)
    return jax.vjp(lambda y: _forward(y, kernel, how), like)[1](x)[0]


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def _transposed(x, kernel, sizes, how):
    return _handed_back(x, kernel, sizes, how)


def _transposed_forward(x, kernel, sizes, how):
    return _transposed(x, kernel, sizes, how), (x, kernel)


def _transposed_backward(sizes, how, kept, dy):
    """By x, the convolution itself; by the kernel, its kernel gradient, with input and output in each other's place."""
    x, kernel = kept
    return _forward(dy, kernel, how), jax.vjp(lambda k: _forward(dy, k, how), kernel)[1](x)[0]


_transposed.defvjp(_transposed_forward, _transposed_backward)
