"""The same elements in another shape or order; joining and splitting."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine.door import op, run
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.shape import is_unknown, standing
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor
from hornbeam.ops.sized import sized


@op(host=lambda x, shape: x.reshape(shape), name="reshape")
def _reshape(x: Any, shape: tuple[int, ...]) -> Any:
    if standing and _may_fit(x.shape, shape):  # no number stands for an unknown size that must be one of a few
        return jnp.zeros([x.shape[0] if size < 0 else size for size in shape], x.dtype)
    return jnp.reshape(x, shape)


def _may_fit(sizes: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether a reshape that fails with numbers in the place of unknown sizes is possible for some sizes."""
    known, wanted_known = (math.prod(n for n in each if n >= 0 and not is_unknown(n)) for each in (sizes, wanted))
    unknown, wanted_unknown = (sum(n < 0 or is_unknown(n) for n in each) for each in (sizes, wanted))
    total, fixed = math.prod(sizes), math.prod(n for n in wanted if n >= 0)
    if not unknown + wanted_unknown or not fixed or (total % fixed == 0 if -1 in wanted else total == fixed):
        return False
    fewer, more = (known, wanted_known) if unknown > wanted_unknown else (wanted_known, known)
    return -1 in wanted or (unknown != wanted_unknown and more % fewer == 0)


def _size(size: Any) -> Any:
    try:
        return -1 if size is None else int(size)
    except jax.errors.InconclusiveDimensionOperation:
        return size  # a symbol, in a function that is saved for open sizes


@sized
def reshape(x: Any, newshape: Any) -> Tensor:
    """The elements in a new shape; one size may be -1 (or None): what is left."""
    if is_tensor(newshape):
        newshape = np.atleast_1d(np.asarray(newshape)).tolist()
    if isinstance(newshape, int):
        newshape = (newshape,)
    sizes = tuple(map(_size, newshape))
    return _reshape(x, sizes) if hasattr(x, "__hornbeam_composite__") else run(_reshape.bind((sizes,), {}), [as_tensor(x)])


@op(host=np.ravel)
def ravel(x: Any) -> Any:
    """All elements in one axis."""
    return jnp.ravel(x)


@op(host=lambda x, axes=None: np.transpose(x, axes))
def transpose(x: Any, axes: Any = None) -> Any:
    """The axes in the order `axes` (by default reversed)."""
    return jnp.transpose(x, axes)


@op(host=np.swapaxes)
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged."""
    return jnp.swapaxes(x, axis1, axis2)


@op(host=np.moveaxis)
def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """Axes moved to new places, the rest in order."""
    return jnp.moveaxis(x, source, destination)


@op(host=np.expand_dims)
def expand_dims(x: Any, axis: Any) -> Any:
    """An axis of size 1 inserted."""
    return jnp.expand_dims(x, axis)


@op(host=lambda x, axis=None: np.squeeze(x, axis))
def squeeze(x: Any, axis: Any = None) -> Any:
    """Axes of size 1 removed: those named, or all."""
    return jnp.squeeze(x, axis)


@op(host=lambda x, shape: np.broadcast_to(x, shape), cost=None, name="broadcast_to")
def _broadcast_to(x: Any, shape: tuple[int, ...]) -> Any:
    return jnp.broadcast_to(x, shape)


@sized
def broadcast_to(x: Any, shape: Any) -> Tensor:
    """Axes of size 1 repeated until the shape is `shape`."""
    if is_tensor(shape):
        shape = np.asarray(shape).tolist()
    return _broadcast_to(x, tuple(int(size) for size in shape))


@op(host=lambda x, axis=None: np.flip(x, axis))
def flip(x: Any, axis: Any = None) -> Any:
    """The order along the axes (by default all) reversed."""
    return jnp.flip(x, axis)


@op(host=np.fliplr)
def fliplr(x: Any) -> Any:
    """The second axis reversed."""
    return jnp.fliplr(x)


@op(host=np.flipud)
def flipud(x: Any) -> Any:
    """The first axis reversed."""
    return jnp.flipud(x)


@op(host=lambda x, shift, axis=None: np.roll(x, shift, axis))
def roll(x: Any, shift: Any, axis: Any = None) -> Any:
    """Elements moved on by `shift` places along the axes, around the end to the beginning."""
    return jnp.roll(x, shift, axis)


@op(host=lambda array, k=1, axes=(0, 1): np.rot90(array, k, axes))
def rot90(array: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    """Turned by `k` quarter turns, from the first of `axes` to the second."""
    return jnp.rot90(array, k, tuple(axes))


@op(host=lambda x, repeats: np.tile(x, repeats), cost=lambda x: 0 if x.size < 1024 else 10**9)
def tile(x: Any, repeats: Any) -> Any:
    """The whole tensor repeated along each axis."""
    return jnp.tile(x, repeats)


def repeat(x: Any, repeats: Any, axis: int | None = None) -> Tensor:
    """Each element repeated `repeats` times (a number, or one for each) along the axis (None: flattened)."""
    if isinstance(repeats, int):
        return _repeat(x, repeats, axis)
    counts = np.asarray(repeats)
    return _repeat(x, int(counts) if counts.ndim == 0 or counts.size == 1 else tuple(counts.tolist()), axis)


@op(host=lambda x, repeats, axis: np.repeat(x, repeats, axis), cost=lambda x: 0 if x.size < 1024 else 10**9, name="repeat")
def _repeat(x: Any, repeats: Any, axis: int | None) -> Any:
    if isinstance(repeats, int):
        return jnp.repeat(x, repeats, axis)
    return jnp.repeat(x, np.array(repeats), axis, total_repeat_length=int(np.sum(repeats)))


# Joining.
def _together(*arrays: Any) -> int:
    return sum([array.size for array in arrays])


@op(-1, "promote", host=lambda xs, axis=0: np.concatenate(xs, axis), cost=_together)
def concatenate(xs: Any, axis: int = 0) -> Any:
    """Tensors joined along an axis they have."""
    return jnp.concatenate(xs, axis)


@op(-1, "promote", host=lambda x, axis=0: np.stack(x, axis), cost=_together)
def stack(x: Any, axis: int = 0) -> Any:
    """Tensors of one shape joined along a new axis."""
    return jnp.stack(x, axis)


@op(-1, "promote", host=lambda xs: np.hstack(xs), cost=_together)
def hstack(xs: Any) -> Any:
    """Joined along the second axis (vectors: the first)."""
    return jnp.hstack(xs)


@op(-1, "promote", host=lambda xs: np.vstack(xs), cost=_together)
def vstack(xs: Any) -> Any:
    """Joined along the first axis, vectors as rows."""
    return jnp.vstack(xs)


@op(-1, "promote", host=lambda xs: np.dstack(xs), cost=_together)
def dstack(xs: Any) -> Any:
    """Joined along the third axis."""
    return jnp.dstack(xs)


@op(2, "promote", host=lambda x1, x2, axis=None: np.append(x1, x2, axis), cost=_together)
def append(x1: Any, x2: Any, axis: int | None = None) -> Any:
    """x2 after x1 along an axis (None: both flattened)."""
    return jnp.append(x1, x2, axis)


@op(-1, "same", name="meshgrid", host="numpy")
def _meshgrid(xs: Any, indexing: str) -> Any:
    return tuple(jnp.meshgrid(*xs, indexing=indexing))


def meshgrid(*x: Any, indexing: str = "xy") -> list[Tensor]:
    """Coordinate matrices of coordinate vectors; 'xy' has the second vector along the first axis, 'ij' the first."""
    if indexing not in ("xy", "ij"):
        raise ArgumentError(f"meshgrid: `indexing` is 'xy' or 'ij'; received {indexing!r}.")
    return list(_meshgrid(x, indexing))


# Splitting.
@op(host=lambda x, sections, axis: tuple(np.split(x, sections, axis)), name="split")
def _split(x: Any, sections: Any, axis: int) -> Any:
    return tuple(jnp.split(x, sections, axis))


def _sections(indices_or_sections: Any) -> Any:
    if isinstance(indices_or_sections, (int, np.integer)):
        return int(indices_or_sections)
    return tuple(int(each) for each in np.asarray(indices_or_sections).ravel())


def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """Equal parts along an axis (an int: how many), or parts that end before the given places."""
    return list(_split(x, _sections(indices_or_sections), axis))


def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """As `split`, but parts may differ by one in size."""
    sections = _sections(indices_or_sections)
    if isinstance(sections, int):
        least, more = divmod(as_tensor(x).shape[axis], sections)
        sections = tuple(np.cumsum([least + 1] * more + [least] * (sections - more))[:-1].tolist())
    return list(_split(x, sections, axis))


def hsplit(x: Any, indices_or_sections: Any) -> list[Tensor]:
    """`split` along the second axis (of a vector: the first)."""
    return split(x, indices_or_sections, 0 if as_tensor(x).ndim == 1 else 1)


def vsplit(x: Any, indices_or_sections: Any) -> list[Tensor]:
    """`split` along the first axis."""
    return split(x, indices_or_sections, 0)


def dsplit(x: Any, indices_or_sections: Any) -> list[Tensor]:
    """`split` along the third axis."""
    return split(x, indices_or_sections, 2)


@op(host=lambda x, axis: tuple(np.moveaxis(x, axis, 0)), name="unstack")
def _unstack(x: Any, axis: int) -> Any:
    return tuple(jnp.moveaxis(x, axis, 0))


def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Tensor]:
    """The slices along an axis, each without it."""
    return list(_unstack(x, axis))


# Padding and pieces.
@op(host=lambda x, pad_width, mode, value: _pad_with(np, x, pad_width, mode, value), cost=lambda x: 0 if x.size < 1024 else 10**9,
    name="pad")
def _pad(x: Any, pad_width: Any, mode: str, value: Any) -> Any:
    return _pad_with(jnp, x, pad_width, mode, value)


def _pad_with(xp: Any, x: Any, pad_width: Any, mode: str, value: Any) -> Any:
    if mode == "constant":
        return xp.pad(x, pad_width, mode, constant_values=0 if value is None else value)
    return xp.pad(x, pad_width, mode)


def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Tensor:
    """Elements put before and after each axis.

    Args:
        pad_width: `((before, after), ...)` for each axis, one `(before, after)` for all, or one number.
        mode: 'constant' (of `constant_values`, 0 by default), 'reflect', 'symmetric', 'edge', ...
    """
    x = as_tensor(x)
    widths = np.broadcast_to(np.asarray(pad_width, np.int64), (x.ndim, 2)).tolist()
    value = np.asarray(constant_values).item() if is_tensor(constant_values) else constant_values
    return _pad(x, tuple(map(tuple, widths)), mode, value)


@op(host=lambda x, k=0: np.tril(x, k))
def tril(x: Any, k: int = 0) -> Any:
    """Zeros above the `k`-th diagonal of the last two axes."""
    return jnp.tril(x, k)


@op(host=lambda x, k=0: np.triu(x, k))
def triu(x: Any, k: int = 0) -> Any:
    """Zeros below the `k`-th diagonal of the last two axes."""
    return jnp.triu(x, k)


@op(host=lambda x, k=0: np.diag(x, k), cost=lambda x: x.size if x.ndim > 1 else x.size**2)
def diag(x: Any, k: int = 0) -> Any:
    """The `k`-th diagonal of a matrix, or the matrix with that diagonal."""
    return jnp.diag(x, k)


@op(host=lambda x, k=0: np.diagflat(x, k), cost=lambda x: x.size**2)
def diagflat(x: Any, k: int = 0) -> Any:
    """The matrix whose `k`-th diagonal is x, flattened."""
    return jnp.diagflat(x, k)


@op(host=lambda x, offset=0, axis1=0, axis2=1: np.diagonal(x, offset, axis1, axis2))
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonals of the matrices in two axes, along a new last axis."""
    return jnp.diagonal(x, offset, axis1, axis2)


