"""Rearrangements: between channels and space, patches of images, einops-style patterns, other views of the same bits."""

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.engine import dtypes
from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.ops._rows import index_array
from hornbeam.ops.shaping import reshape, transpose


@op()
def depth_to_space(x: Any, block_size: int, data_format: str = "channels_last") -> Any:
    """Each group of block_size^2 channels laid out as a block of pixels (Shi et al. 2016)."""
    first = data_format == "channels_first"
    x = jnp.moveaxis(x, 1, -1) if first else x
    n, h, w, c = x.shape
    if c % block_size**2:
        raise ShapeError(f"depth_to_space: {c} channels do not divide into blocks of {block_size} by {block_size}.")
    out = x.reshape(n, h, w, block_size, block_size, c // block_size**2).transpose(0, 1, 3, 2, 4, 5)
    out = out.reshape(n, h * block_size, w * block_size, -1)
    return jnp.moveaxis(out, -1, 1) if first else out


@op()
def space_to_depth(x: Any, block_size: int, data_format: str = "channels_last") -> Any:
    """The inverse of `depth_to_space`."""
    first = data_format == "channels_first"
    x = jnp.moveaxis(x, 1, -1) if first else x
    n, h, w, c = x.shape
    if h % block_size or w % block_size:
        raise ShapeError(f"space_to_depth: an image of {h} by {w} does not divide into blocks of {block_size} by {block_size}.")
    out = x.reshape(n, h // block_size, block_size, w // block_size, block_size, c).transpose(0, 1, 3, 2, 4, 5)
    out = out.reshape(n, h // block_size, w // block_size, -1)
    return jnp.moveaxis(out, -1, 1) if first else out


def _two(value: Any) -> tuple[int, int]:
    return (int(value), int(value)) if not isinstance(value, (tuple, list)) else (int(value[0]), int(value[1]))


def _taps(x: Any, kernel: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    x = jnp.pad(x, [(0, 0), (0, 0), *((p, p) for p in padding)])
    rows, columns = [
        (n - (k - 1) * d - 1) // s + 1 for n, k, d, s in zip(x.shape[2:], kernel, dilation, stride, strict=True)
    ]
    parts = [
        x[:, :, i * dilation[0] :: stride[0], j * dilation[1] :: stride[1]][:, :, :rows, :columns]
        for i in range(kernel[0]) for j in range(kernel[1])
    ]  # fmt: skip
    return jnp.stack(parts, 2).reshape(x.shape[0], -1, rows * columns)


@op(name="unfold")
def _unfold(x: Any, kernel: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    return _taps(x, kernel, dilation, padding, stride)


def unfold(x: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """The patches of images `(n, channels, height, width)`, flattened: `(n, channels * window, patches)` ("im2col")."""
    return _unfold(x, *(_two(each) for each in (kernel_size, dilation, padding, stride)))


@op(name="fold")
def _fold(x: Any, size: Any, kernel: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    channels = x.shape[1] // (kernel[0] * kernel[1])
    like = jnp.zeros((x.shape[0], channels, *size), x.dtype)
    return jax.vjp(lambda image: _taps(image, kernel, dilation, padding, stride), like)[1](x)[0]


def fold(x: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """Patches added up where they overlap, back to images `(n, channels, *output_size)`: the transpose of `unfold`."""
    return _fold(x, *(_two(each) for each in (output_size, kernel_size, dilation, padding, stride)))


# Patterns.
def rearrange(tensor: Any, pattern: str, **axes_lengths: int) -> Tensor:
    """Axes split, moved and joined as a pattern says: `rearrange(x, 'b (h p) c -> b p (h c)', p=2)` (einops)."""
    tensor = as_tensor(tensor)
    if pattern.count("->") != 1:
        raise ArgumentError(f"rearrange: a pattern is 'axes -> axes'; received {pattern!r}.")
    left, right = (_groups(side) for side in pattern.split("->"))
    if len(left) != tensor.ndim:
        raise ShapeError(f"rearrange: '{pattern}' describes {len(left)} axes; the tensor's shape is {tensor.shape}.")
    sizes: dict[str, int | None] = dict(axes_lengths)
    for group, size in zip(left, tensor.shape, strict=True):
        known = 1
        unknown = [name for name in group if name not in sizes and name != "1"]
        for name in group:
            known *= sizes.get(name) or 1
        if len(unknown) > 1 or (size is not None and size % known) or (not unknown and size not in (None, known)):
            raise ShapeError(f"rearrange: the sizes of {group or '()'} do not follow from an axis of {size} in '{pattern}'.")
        if unknown:
            sizes[unknown[0]] = None if size is None else size // known
    names = [name for group in left for name in group if name != "1"]
    wanted = [name for group in right for name in group if name != "1"]
    if sorted(names) != sorted(wanted) or len(set(names)) != len(names):
        raise ArgumentError(f"rearrange: both sides of '{pattern}' must name the same axes, each once.")
    out = reshape(tensor, [sizes[name] for name in names])
    out = transpose(out, [names.index(name) for name in wanted])
    final = []
    for group in right:
        size: int | None = 1
        for name in group:
            length = 1 if name == "1" else sizes[name]
            size = None if size is None or length is None else size * length
        final.append(size)
    return reshape(out, final)


def _groups(side: str) -> list[list[str]]:
    groups: list[list[str]] = []
    inside = False
    for word in side.replace("(", " ( ").replace(")", " ) ").split():
        if word == "(":
            groups.append([])
            inside = True
        elif word == ")":
            inside = False
        elif inside:
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


# The same bits.
@op(name="view", differentiable=False)
def _view(x: Any, dtype: Any) -> Any:
    return x.view(dtype)


def view(x: Any, dtype: Any = None) -> Tensor:
    """The same bits read as another type; the last axis grows or shrinks with its size."""
    return as_tensor(x) if dtype is None else _view(x, dtypes.standardize(dtype).numpy)


@op()
def view_as_complex(x: Any) -> Any:
    """Pairs along the last axis as complex numbers."""
    if x.shape[-1] != 2:
        raise ShapeError(f"view_as_complex takes pairs along the last axis; its size is {x.shape[-1]}.")
    return jax.lax.complex(x[..., 0], x[..., 1])


@op()
def view_as_real(x: Any) -> Any:
    """Complex numbers as pairs along a new last axis."""
    return jnp.stack([jnp.real(x), jnp.imag(x)], -1)


@op()
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The powers of each element as rows."""
    return jnp.vander(x, N, increasing)


@op(name="unravel_index", differentiable=False)
def _unravel_index(indices: Any, shape: Any) -> Any:
    return tuple(each.astype(indices.dtype) for each in jnp.unravel_index(indices, shape))


def unravel_index(indices: Any, shape: Any) -> tuple[Tensor, ...]:
    """The coordinates, in a tensor of that shape, of positions in it flattened."""
    return _unravel_index(indices, tuple(int(size) for size in shape))


@op(differentiable=False)
def argpartition(x: Any, kth: int, axis: int = -1) -> Any:
    """Positions, int32, that put the `kth` element in its place in the order, smaller ones before and larger ones after."""
    return index_array(jnp.argsort(x, axis))
