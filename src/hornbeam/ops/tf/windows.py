"""Convolutions and pooling as tf.nn spells them: strides for every axis, padding 'SAME', 'VALID' or in pixels, data formats by letters."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import cast, op
from hornbeam.engine.errors import ArgumentError, InvalidArgumentError, ShapeError, UntraceableError
from hornbeam.engine.strict import RULES
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor
from hornbeam.kernels import convolution_kinds as kinds
from hornbeam.kernels import pooling
from hornbeam.kernels.convolution import pad_widths
from hornbeam.ops import convolution, patches

_FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}


def _strict(name: str, *operands: Any, rule: str = "strict_real") -> list[Any]:
    """The operands as tensors of one type, which tf.nn's functions do not bring together themselves."""
    return RULES[rule].named(name)(operands)


def _space(name: str, x: Tensor, ranks: Sequence[int]) -> int:
    if x.ndim - 2 not in ranks:
        wanted = " or ".join(f"{rank + 2}" for rank in ranks)
        raise ShapeError(f"{name} takes an input of {wanted} axes (batch, *spatial, channels); received shape {x.shape}.")
    return x.ndim - 2


def _channels_first(name: str, data_format: Any, rank: int) -> bool:
    if data_format is None or data_format == _FORMATS[rank][0]:
        return False
    if data_format == _FORMATS[rank][1]:
        return True
    raise ArgumentError(f"{name}: data_format is '{_FORMATS[rank][0]}' or '{_FORMATS[rank][1]}'; received {data_format!r}.")


def _word(first: bool) -> str:
    return "channels_first" if first else "channels_last"


def _spatial(name: str, what: str, value: Any, rank: int, first: bool) -> tuple[int, ...]:
    """A number for each spatial axis, of one number, one each, or one for every axis of the input."""
    if value is None:
        return (1,) * rank
    values = [int(each) for each in np.ravel(np.asarray(value))]
    if len(values) == 1:
        return (values[0],) * rank
    if len(values) == rank:
        return tuple(values)
    if len(values) != rank + 2:
        raise ArgumentError(f"{name}: {what} is 1, {rank} or {rank + 2} numbers; received {value!r}.")
    own = values[2:] if first else values[1:-1]
    if values[0] != 1 or values[1 if first else -1] != 1:
        raise InvalidArgumentError(f"{name}: {what} in the batch and channel axes is 1 (nothing else is supported); received {value!r}.")
    return tuple(own)


def _padding(name: str, padding: Any, rank: int, first: bool) -> Any:
    if padding in ("SAME", "VALID"):
        return padding.lower()
    if isinstance(padding, (list, tuple)):
        pairs = [tuple(int(each) for each in pair) for pair in padding]
        if len(pairs) == rank + 2:
            pairs = pairs[2:] if first else pairs[1:-1]
        if len(pairs) == rank:
            return tuple(pairs)
    raise InvalidArgumentError(
        f"{name}: Value for attr 'padding' of {padding!r} is not 'SAME', 'VALID' or a pair (before, after) for every axis of the input."
    )


def _convolved(name: str, input: Any, filters: Any, strides: Any, padding: Any, data_format: Any, dilations: Any, rank: int) -> Tensor:
    x, kernel = _strict(name, input, filters)
    lead = x.ndim - rank - 1
    if lead < 1 or kernel.ndim != rank + 2:
        raise ShapeError(
            f"{name} takes an input of {rank + 2} axes and filters (*window, in, out) of {rank + 2}; received shapes {x.shape} and "
            f"{kernel.shape}."
        )
    first = _channels_first(name, data_format, rank)
    channels = x.shape[x.ndim - rank - 1 if first else -1]
    if channels is not None and (not kernel.shape[-2] or channels % kernel.shape[-2]):
        raise ShapeError(
            f"{name}: input depth must be evenly divisible by filter depth: {channels} vs {kernel.shape[-2]} (input {x.shape}, filters "
            f"{kernel.shape})."
        )
    how = (
        _spatial(name, "strides", strides, rank, first), _padding(name, padding, rank, first), _word(first),
        _spatial(name, "dilations", dilations, rank, first),
    )  # fmt: skip
    whole = x.dtype.is_integer
    if whole:
        x, kernel, dtype = cast(x, "float64"), cast(kernel, "float64"), x.dtype
    batch = x.shape[:lead]
    if lead > 1:
        x = _flat(x, lead)
    out = convolution.conv(x, kernel, how[0], how[1], how[2], how[3])
    out = _unflat(out, tuple(batch)) if lead > 1 else out
    return cast(out, dtype) if whole else out


@op(name="tf.nn.batch_joined")
def _flat(x: Any, lead: int) -> Any:
    return x.reshape(-1, *x.shape[lead:])


@op(name="tf.nn.batch_parted")
def _unflat(x: Any, batch: tuple) -> Any:
    return x.reshape(*batch, *x.shape[1:])


def conv1d(
    input: Any, filters: Any, stride: Any, padding: Any, data_format: Any = "NWC", dilations: Any = None, name: str | None = None
) -> Tensor:
    """Convolution of sequences (batch, steps, channels) with filters (window, in, out)."""
    return _convolved("tf.nn.conv1d", input, filters, stride, padding, data_format, dilations, 1)


def conv2d(
    input: Any, filters: Any, strides: Any, padding: Any, data_format: Any = "NHWC", dilations: Any = None, name: str | None = None
) -> Tensor:
    """Convolution of images (batch, height, width, channels) with filters (rows, columns, in, out).

    Args:
        strides, dilations: a number, one for each spatial axis, or one for every axis of the input.
        padding: 'SAME', 'VALID', or (before, after) for every axis of the input.
        data_format: 'NHWC' or 'NCHW'.
    """
    return _convolved("tf.nn.conv2d", input, filters, strides, padding, data_format, dilations, 2)


def conv3d(
    input: Any, filters: Any, strides: Any, padding: Any, data_format: Any = "NDHWC", dilations: Any = None, name: str | None = None
) -> Tensor:
    """Convolution of volumes (batch, depth, height, width, channels) with filters (depth, rows, columns, in, out)."""
    return _convolved("tf.nn.conv3d", input, filters, strides, padding, data_format, dilations, 3)


def convolution_(
    input: Any, filters: Any, strides: Any = None, padding: Any = "VALID", data_format: Any = None, dilations: Any = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """`conv1d`, `conv2d` or `conv3d`, as the filters have axes."""
    rank = as_tensor(filters).ndim - 2
    if rank not in (1, 2, 3):
        raise ShapeError(f"tf.nn.convolution takes filters of 3 to 5 axes; received shape {as_tensor(filters).shape}.")
    return _convolved("tf.nn.convolution", input, filters, strides, padding, data_format, dilations, rank)


def atrous_conv2d(value: Any, filters: Any, rate: int, padding: Any, name: str | None = None) -> Tensor:
    """`conv2d` with a window spread by `rate`."""
    return _convolved("tf.nn.atrous_conv2d", value, filters, 1, padding, "NHWC", int(rate), 2)


# Transposed.
@op(2, "same", name="tf.nn.conv_transpose")
def _transposed(x: Any, kernel: Any, sizes: tuple, strides: tuple, padding: Any, first: bool, dilation: tuple) -> Any:
    x = jnp.moveaxis(x, 1, -1) if first else x
    pads = pad_widths(sizes, kernel.shape[:-2], strides, padding, dilation)
    for size, n, k, s, d, (before, after) in zip(sizes, x.shape[1:-1], kernel.shape, strides, dilation, pads, strict=False):
        counted = (size + before + after - (k - 1) * d - 1) // s + 1
        if counted != n:
            raise ShapeError(
                f"conv_transpose: a convolution of {size} elements with this window, stride {s} and padding gives {counted}, not the "
                f"input's {n}. Choose another output_shape."
            )
    out = kinds.conv_transposed(x, kernel, sizes, strides=strides, pads=pads, dilation=dilation)
    return jnp.moveaxis(out, -1, 1) if first else out


def _spread(
    name: str, input: Any, filters: Any, output_shape: Any, strides: Any, padding: Any, data_format: Any, dilations: Any, rank: int
) -> Tensor:
    x, kernel = _strict(name, input, filters, rule="strict_real_float")
    _space(name, x, (rank,))
    first = _channels_first(name, data_format, rank)
    channels = x.shape[1 if first else -1]
    if kernel.ndim != rank + 2 or channels not in (None, kernel.shape[-1]):
        raise ShapeError(
            f"{name} takes filters (*window, out, in), `in` being the input's channels; received shapes {x.shape} and {kernel.shape}."
        )
    if is_tensor(output_shape) and as_tensor(output_shape).is_traced:
        raise UntraceableError(f"{name}: inside a compiled function output_shape must be known; pass a list of sizes.")
    sizes = list(np.asarray(as_tensor(output_shape))) if is_tensor(output_shape) else list(output_shape)
    if len(sizes) == rank + 2:
        sizes = sizes[2:] if first else sizes[1:-1]
    if len(sizes) != rank:
        raise ArgumentError(f"{name}: output_shape has {rank} or {rank + 2} sizes; received {output_shape!r}.")
    how = _spatial(name, "strides", strides, rank, first), _padding(name, padding, rank, first)
    wide = tuple(int(size) for size in sizes)
    return _transposed(x, kernel, wide, *how, first, _spatial(name, "dilations", dilations, rank, first))


def conv1d_transpose(
    input: Any, filters: Any, output_shape: Any, strides: Any, padding: Any = "SAME", data_format: Any = "NWC", dilations: Any = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """The transpose of `conv1d`, which gives sequences of `output_shape`. Filters (window, out, in)."""
    return _spread("tf.nn.conv1d_transpose", input, filters, output_shape, strides, padding, data_format, dilations, 1)


def conv2d_transpose(
    input: Any, filters: Any, output_shape: Any, strides: Any, padding: Any = "SAME", data_format: Any = "NHWC", dilations: Any = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """The transpose of `conv2d`, which gives images of `output_shape` (batch, height, width, out). Filters (rows, columns, out, in)."""
    return _spread("tf.nn.conv2d_transpose", input, filters, output_shape, strides, padding, data_format, dilations, 2)


def conv3d_transpose(
    input: Any, filters: Any, output_shape: Any, strides: Any, padding: Any = "SAME", data_format: Any = "NDHWC", dilations: Any = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """The transpose of `conv3d`, which gives volumes of `output_shape`. Filters (depth, rows, columns, out, in)."""
    return _spread("tf.nn.conv3d_transpose", input, filters, output_shape, strides, padding, data_format, dilations, 3)


def conv_transpose(
    input: Any, filters: Any, output_shape: Any, strides: Any, padding: Any = "SAME", data_format: Any = None, dilations: Any = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """`conv1d_transpose`, `conv2d_transpose` or `conv3d_transpose`, as the input has axes."""
    rank = _space("tf.nn.conv_transpose", as_tensor(input), (1, 2, 3))
    return _spread("tf.nn.conv_transpose", input, filters, output_shape, strides, padding, data_format, dilations, rank)


def atrous_conv2d_transpose(value: Any, filters: Any, output_shape: Any, rate: int, padding: Any, name: str | None = None) -> Tensor:
    """The transpose of `atrous_conv2d`."""
    return _spread("tf.nn.atrous_conv2d_transpose", value, filters, output_shape, 1, padding, "NHWC", int(rate), 2)


# Channel by channel.
def depthwise_conv2d(
    input: Any, filter: Any, strides: Any, padding: Any, data_format: Any = None, dilations: Any = None, name: str | None = None
) -> Tensor:
    """Convolution of each channel by itself; filter (rows, columns, channels, multiplier) gives channels * multiplier channels."""
    name = "tf.nn.depthwise_conv2d"
    x, kernel = _strict(name, input, filter, rule="strict_real_float")
    _space(name, x, (2,))
    first = _channels_first(name, data_format, 2)
    if kernel.ndim != 4 or x.shape[1 if first else -1] not in (None, kernel.shape[2]):
        raise ShapeError(
            f"{name} takes a filter (rows, columns, channels, multiplier) of the input's channels; received shapes {x.shape} and "
            f"{kernel.shape}."
        )
    how = _spatial(name, "strides", strides, 2, first), _padding(name, padding, 2, first)
    return convolution._depthwise_conv(x, kernel, *how, first, _spatial(name, "dilations", dilations, 2, first))


def separable_conv2d(
    input: Any, depthwise_filter: Any, pointwise_filter: Any, strides: Any, padding: Any, data_format: Any = None, dilations: Any = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """`depthwise_conv2d`, then `conv2d` with windows of one pixel, which mixes the channels."""
    x = depthwise_conv2d(input, depthwise_filter, strides, padding, data_format, dilations)
    return conv2d(x, pointwise_filter, 1, "VALID", data_format)


# Pooling.
@op(1, "same", name="tf.nn.pool")
def _pool(x: Any, window: tuple, strides: tuple, padding: Any, first: bool, largest: bool) -> Any:
    x = jnp.moveaxis(x, 1, -1) if first else x
    out = (pooling.max_pool if largest else pooling.avg_pool)(x, window, strides, padding)
    return jnp.moveaxis(out, -1, 1) if first else out


def _pooled(
    name: str, input: Any, window: Any, strides: Any, padding: Any, data_format: Any, ranks: Sequence[int], largest: bool
) -> Tensor:
    (x,) = _strict(name, input, rule="strict_real" if largest else "strict_real_float")
    rank = _space(name, x, ranks)
    first = _channels_first(name, data_format, rank)
    sizes, steps = _spatial(name, "ksize", window, rank, first), _spatial(name, "strides", strides, rank, first)
    return _pool(x, sizes, steps, _padding(name, padding, rank, first), first, largest)


def max_pool(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = None, name: str | None = None) -> Tensor:
    """The largest element of each window, of sequences, images or volumes."""
    return _pooled("tf.nn.max_pool", input, ksize, strides, padding, data_format, (1, 2, 3), True)


def max_pool1d(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = "NWC", name: str | None = None) -> Tensor:
    """The largest element of each window of sequences."""
    return _pooled("tf.nn.max_pool1d", input, ksize, strides, padding, data_format, (1,), True)


def max_pool2d(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = "NHWC", name: str | None = None) -> Tensor:
    """The largest element of each window of images."""
    return _pooled("tf.nn.max_pool2d", input, ksize, strides, padding, data_format, (2,), True)


def max_pool3d(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = "NDHWC", name: str | None = None) -> Tensor:
    """The largest element of each window of volumes."""
    return _pooled("tf.nn.max_pool3d", input, ksize, strides, padding, data_format, (3,), True)


def avg_pool(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = None, name: str | None = None) -> Tensor:
    """The mean of each window (padding does not count), of sequences, images or volumes."""
    return _pooled("tf.nn.avg_pool", input, ksize, strides, padding, data_format, (1, 2, 3), False)


def avg_pool1d(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = "NWC", name: str | None = None) -> Tensor:
    """The mean of each window of sequences."""
    return _pooled("tf.nn.avg_pool1d", input, ksize, strides, padding, data_format, (1,), False)


def avg_pool2d(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = "NHWC", name: str | None = None) -> Tensor:
    """The mean of each window of images."""
    return _pooled("tf.nn.avg_pool2d", input, ksize, strides, padding, data_format, (2,), False)


def avg_pool3d(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = "NDHWC", name: str | None = None) -> Tensor:
    """The mean of each window of volumes."""
    return _pooled("tf.nn.avg_pool3d", input, ksize, strides, padding, data_format, (3,), False)


def pool(
    input: Any, window_shape: Any, pooling_type: str, strides: Any = None, padding: Any = "VALID", data_format: Any = None,
    dilations: Any = None, name: str | None = None,
) -> Tensor:  # fmt: skip
    """Pooling of a kind, 'MAX' or 'AVG', with strides of 1 unless given."""
    word = "tf.nn.pool"
    if pooling_type not in ("MAX", "AVG"):
        raise ArgumentError(f"{word}: pooling_type is 'MAX' or 'AVG'; received {pooling_type!r}.")
    if dilations is not None and any(int(each) != 1 for each in np.ravel(dilations)):
        raise ArgumentError(f"{word}: windows with dilations are not here; received {dilations!r}.")
    return _pooled(word, input, window_shape, 1 if strides is None else strides, padding, data_format, (1, 2, 3), pooling_type == "MAX")


class MaxPoolWithArgmax(NamedTuple):
    output: Tensor
    argmax: Tensor


@op(1, "same", name="tf.nn.max_pool_with_argmax")
def _with_places(x: Any, window: tuple, strides: tuple, padding: str, dtype: Any, with_batch: bool) -> Any:
    pads = pad_widths(x.shape[1:-1], window, strides, padding)
    low = pooling._lowest(x.dtype)
    values = jnp.stack([piece for _, piece in pooling._taps(x, window, strides, pads, low)])
    places = jnp.arange(int(np.prod(x.shape[1:])), dtype=dtype).reshape(1, *x.shape[1:])
    places = jnp.broadcast_to(places, x.shape)
    if with_batch:
        places = places + (jnp.arange(x.shape[0], dtype=dtype) * np.asarray(np.prod(x.shape[1:]), dtype))[:, None, None, None]
    where = jnp.stack([piece for _, piece in pooling._taps(places, window, strides, pads, -1)])
    best = jnp.argmax(values, 0)[None]
    return jnp.take_along_axis(values, best, 0)[0], jax.lax.stop_gradient(jnp.take_along_axis(where, best, 0)[0])


def max_pool_with_argmax(
    input: Any, ksize: Any, strides: Any, padding: str, data_format: str = "NHWC", output_dtype: Any = "int64",
    include_batch_in_index: bool = False, name: str | None = None,
) -> MaxPoolWithArgmax:  # fmt: skip
    """The largest element of each window of images, and where it stands in the image flattened (row, column, channel)."""
    word = "tf.nn.max_pool_with_argmax"
    (x,) = _strict(word, input)
    _space(word, x, (2,))
    how = _spatial(word, "ksize", ksize, 2, False), _spatial(word, "strides", strides, 2, False), _padding(word, padding, 2, False)
    return MaxPoolWithArgmax(*_with_places(x, *how, dtypes.standardize(output_dtype).numpy, bool(include_batch_in_index)))


# Morphology.
@op(2, "same", name="tf.nn.dilation2d")
def _grown(x: Any, kernel: Any, strides: tuple, padding: str, rates: tuple) -> Any:
    reach = [(k - 1) * r + 1 for k, r in zip(kernel.shape[:2], rates, strict=True)]
    pads = pad_widths(x.shape[1:-1], kernel.shape[:2], strides, padding, rates)
    x = jax.lax.pad(x, pooling._lowest(x.dtype), [(0, 0, 0), *((a, b, 0) for a, b in pads), (0, 0, 0)])
    counts = [(n - r) // s + 1 for n, r, s in zip(x.shape[1:3], reach, strides, strict=True)]
    best: Any = None
    for i, j in np.ndindex(*kernel.shape[:2]):
        top, left = i * rates[0], j * rates[1]
        rows, columns = ((c - 1) * s + 1 for c, s in zip(counts, strides, strict=True))
        part = x[:, top : top + rows : strides[0], left : left + columns : strides[1]] + kernel[i, j]
        best = part if best is None else jnp.maximum(best, part)
    return best


def dilation2d(input: Any, filters: Any, strides: Any, padding: str, data_format: str, dilations: Any, name: str | None = None) -> Tensor:
    """Grayscale dilation: the largest sum of a window's pixels and the filters (rows, columns, channels)."""
    word = "tf.nn.dilation2d"
    x, kernel = _strict(word, input, filters)
    _space(word, x, (2,))
    _channels_first(word, data_format, 2)
    how = _spatial(word, "strides", strides, 2, False), _padding(word, padding, 2, False)
    return _grown(x, kernel, *how, _spatial(word, "dilations", dilations, 2, False))


def erosion2d(value: Any, filters: Any, strides: Any, padding: str, data_format: str, dilations: Any, name: str | None = None) -> Tensor:
    """Grayscale erosion: the smallest difference of a window's pixels and the filters mirrored."""
    x, kernel = _strict("tf.nn.erosion2d", value, filters)
    return -dilation2d(-x, kernel[::-1, ::-1], strides, padding, data_format, dilations)


# Channels laid out as pixels, and back.
def _blocks(name: str, operation: Any, input: Any, block_size: int, data_format: str) -> Tensor:
    x = as_tensor(input)
    _space(name, x, (2,))
    return operation(x, int(block_size), _word(_channels_first(name, data_format, 2)))


def depth_to_space(input: Any, block_size: int, data_format: str = "NHWC", name: str | None = None) -> Tensor:
    """Each group of block_size^2 channels laid out as a block of pixels (Shi et al. 2016)."""
    return _blocks("tf.nn.depth_to_space", patches.depth_to_space, input, block_size, data_format)


def space_to_depth(input: Any, block_size: int, data_format: str = "NHWC", name: str | None = None) -> Tensor:
    """The inverse of `depth_to_space`."""
    return _blocks("tf.nn.space_to_depth", patches.space_to_depth, input, block_size, data_format)
