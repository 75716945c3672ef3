"""Convolutions and pooling, on `hornbeam.kernels`: images, sequences and volumes, channels last or first."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.layout import checked_format
from hornbeam.engine.tensor import Tensor
from hornbeam.kernels import convolution, pooling
from hornbeam.kernels import convolution_kinds as kinds


def _first(data_format: str | None) -> bool:
    """Whether channels come first."""
    return checked_format("ops", data_format) == "channels_first"


def _each(value: Any, name: str) -> int | tuple[int, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(int(v) for v in value)
    try:
        return int(value)
    except (TypeError, ValueError):
        raise ArgumentError(f"`{name}` is an int or one for each spatial axis; received {value!r}.") from None


def _spread(value: int | Sequence[int], rank: int) -> tuple[int, ...]:
    return (value,) * rank if isinstance(value, int) else tuple(value)


def _padding(padding: Any, pairs: bool = False) -> Any:
    if pairs and isinstance(padding, (list, tuple)):
        return tuple((int(before), int(after)) for before, after in padding)
    word = str(padding).lower()
    if word not in ("valid", "same"):
        raise ArgumentError(f"`padding` is 'valid' or 'same'; received {padding!r}.")
    return word


def _channels_last(function: Any, x: Any, first: bool) -> Any:
    """Call `function` on x with channels last, and give its result the layout of x."""
    return jnp.moveaxis(function(jnp.moveaxis(x, 1, -1)), -1, 1) if first else function(x)


@op(3, "float", name="conv", host="interpreted", limit=0)
def _conv(inputs: Any, kernel: Any, bias: Any, strides: Any, padding: str, first: bool, dilation: Any) -> Any:
    channels = inputs.shape[1 if first else -1]
    if kernel.ndim != inputs.ndim:
        raise ShapeError(f"conv: inputs of shape {inputs.shape} take a kernel of {inputs.ndim} axes; its shape is {kernel.shape}.")
    if not kernel.shape[-2] or channels % kernel.shape[-2]:
        raise ShapeError(f"conv: the inputs' {channels} channels do not divide by the kernel's {kernel.shape[-2]} (kernel {kernel.shape}).")
    kernel_of = kinds.conv_volume if inputs.ndim == 5 else convolution.conv
    run = lambda x: kernel_of(x, kernel, bias, strides=strides, padding=padding, dilation=dilation, groups=channels // kernel.shape[-2])
    return _channels_last(run, inputs, first)


def biased_conv(
    inputs: Any, kernel: Any, bias: Any, strides: Any = 1, padding: Any = "valid", data_format: str | None = None, dilation_rate: Any = 1
) -> Tensor:
    """`conv`, and a bias `(filters,)` added to it (or None), whose gradient then comes almost for nothing."""
    how = _each(strides, "strides"), _padding(padding, pairs=True), _first(data_format), _each(dilation_rate, "dilation_rate")
    return _conv(inputs, kernel, bias, *how)


def conv(
    inputs: Any, kernel: Any, strides: Any = 1, padding: Any = "valid", data_format: str | None = None, dilation_rate: Any = 1
) -> Tensor:
    """Convolution over one to three spatial axes.

    Args:
        inputs: `(batch, *spatial, channels)`, or channels second with `data_format='channels_first'`.
        kernel: `(*window, channels / groups, filters)`; the number of groups follows from the channels.
        strides, dilation_rate: an int, or one for each spatial axis; not both above 1.
        padding: 'valid' (none), 'same' (as many positions as the input has, over the strides) or (before, after) of each axis.
    """
    return biased_conv(inputs, kernel, None, strides, padding, data_format, dilation_rate)


@op(2, "float", name="depthwise_conv")
def _depthwise_conv(inputs: Any, kernel: Any, strides: Any, padding: str, first: bool, dilation: Any) -> Any:
    if kernel.shape[-2] != inputs.shape[1 if first else -1]:
        raise ShapeError(f"depthwise_conv: a kernel of shape {kernel.shape} takes {kernel.shape[-2]} channels; inputs are {inputs.shape}.")
    run = lambda x: kinds.conv_depthwise(x, kernel, strides=strides, padding=padding, dilation=dilation)
    return _channels_last(run, inputs, first)


def depthwise_conv(
    inputs: Any, kernel: Any, strides: Any = 1, padding: str = "valid", data_format: str | None = None, dilation_rate: Any = 1
) -> Tensor:
    """Convolution of each channel by itself; kernel `(*window, channels, multiplier)` gives channels * multiplier channels."""
    how = _each(strides, "strides"), _padding(padding), _first(data_format), _each(dilation_rate, "dilation_rate")
    return _depthwise_conv(inputs, kernel, *how)


def separable_conv(
    inputs: Any, depthwise_kernel: Any, pointwise_kernel: Any, strides: Any = 1, padding: str = "valid",
    data_format: str | None = None, dilation_rate: Any = 1,
) -> Tensor:  # fmt: skip
    """`depthwise_conv`, then a convolution with windows of one element that mixes the channels."""
    depthwise = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(depthwise, pointwise_kernel, 1, "valid", data_format)


@op(2, "float", name="conv_transpose")
def _conv_transpose(
    inputs: Any, kernel: Any, strides: Any, padding: str, output_padding: Any, first: bool, dilation: Any
) -> Any:
    rank = inputs.ndim - 2
    strides, dilation = _spread(strides, rank), _spread(dilation, rank)
    extra = (None,) * rank if output_padding is None else _spread(output_padding, rank)

    def transposed(x: Any) -> Any:
        sizes, pads = [], []
        for n, k, s, d, more in zip(x.shape[1:-1], kernel.shape, strides, dilation, extra, strict=False):
            reach = (k - 1) * d + 1
            if more is not None:
                size = (n - 1) * s + reach - (2 * (reach // 2) if padding == "same" else 0) + more
            else:
                size = n * s if padding == "same" else n * s + max(reach - s, 0)
            before = max((n - 1) * s + reach - size, 0) // 2
            sizes.append(size)
            pads.append((before, (n - 1) * s + reach - size - before))
        return kinds.conv_transposed(x, kernel, sizes, strides=strides, pads=tuple(pads), dilation=dilation)

    return _channels_last(transposed, inputs, first)


def conv_transpose(
    inputs: Any, kernel: Any, strides: Any = 1, padding: str = "valid", output_padding: Any = None,
    data_format: str | None = None, dilation_rate: Any = 1,
) -> Tensor:  # fmt: skip
    """The transpose of a convolution: what spreads `inputs` back to the sizes it came from. Kernel `(*window, filters, channels)`.

    `output_padding`: how much longer the result is along each axis than the shortest that fits; by default as with 'same' or
    'valid' in `conv`.
    """
    extra = None if output_padding is None else _each(output_padding, "output_padding")
    how = _each(strides, "strides"), _padding(padding), extra, _first(data_format), _each(dilation_rate, "dilation_rate")
    return _conv_transpose(inputs, kernel, *how)


@op(1, "same", name="max_pool", host="interpreted", limit=0)
def _max_pool(inputs: Any, pool_size: Any, strides: Any, padding: str, first: bool) -> Any:
    return _channels_last(lambda x: pooling.max_pool(x, pool_size, strides, padding), inputs, first)


def max_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None
) -> Tensor:
    """The largest element of each window; strides are the window's size unless given."""
    step = None if strides is None else _each(strides, "strides")
    return _max_pool(inputs, _each(pool_size, "pool_size"), step, _padding(padding), _first(data_format))


@op(1, "float", name="average_pool", host="interpreted", limit=0)
def _average_pool(inputs: Any, pool_size: Any, strides: Any, padding: str, first: bool) -> Any:
    return _channels_last(lambda x: pooling.avg_pool(x, pool_size, strides, padding), inputs, first)


def average_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None
) -> Tensor:
    """The mean of each window, padding not counted; strides are the window's size unless given."""
    step = None if strides is None else _each(strides, "strides")
    return _average_pool(inputs, _each(pool_size, "pool_size"), step, _padding(padding), _first(data_format))


@op(1, "same", name="adaptive_pool")
def _adaptive_pool(inputs: Any, sizes: Any, largest: bool, first: bool) -> Any:
    def pool(x: Any) -> Any:
        reduce = jnp.max if largest else jnp.mean
        for axis, count in enumerate(_spread(sizes, x.ndim - 2), 1):
            n = x.shape[axis]
            borders = [(i * n // count, -(-(i + 1) * n // count)) for i in range(count)]
            parts = [reduce(jax.lax.slice_in_dim(x, a, b, axis=axis), axis, keepdims=True) for a, b in borders]
            x = jnp.concatenate(parts, axis)
        return x

    return _channels_last(pool, inputs, first)


def adaptive_average_pool(inputs: Any, output_size: Any, data_format: str | None = None) -> Tensor:
    """Means of windows chosen so that `output_size` of them cover each spatial axis."""
    return _adaptive_pool(inputs, _each(output_size, "output_size"), False, _first(data_format))


def adaptive_max_pool(inputs: Any, output_size: Any, data_format: str | None = None) -> Tensor:
    """Maxima of windows chosen so that `output_size` of them cover each spatial axis."""
    return _adaptive_pool(inputs, _each(output_size, "output_size"), True, _first(data_format))
