"""Whole numbers as vectors: the output modes that the layers for categories share."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam import ops
from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError, listing
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.ops.composite.sparse import SparseTensor

MODES = ("int", "one_hot", "multi_hot", "count")


def check_mode(layer: str, mode: Any, allowed: tuple[str, ...] = MODES) -> str:
    """`mode` when it is an output mode of the layer."""
    if mode not in allowed:
        raise ArgumentError(f"{layer}: output_mode is {listing(allowed)}; received {mode!r}.")
    return mode


def check_salt(layer: str, salt: Any) -> list[int] | None:
    """The two numbers of SipHash's key that a salt means: one number stands for both."""
    if salt is None:
        return None
    pair = [salt, salt] if isinstance(salt, (int, np.integer)) else list(salt) if isinstance(salt, (list, tuple)) else []
    if len(pair) != 2 or not all(isinstance(each, (int, np.integer)) and 0 <= each < 2**64 for each in pair):
        raise ArgumentError(f"{layer}: salt is a whole number from 0 to 2**64 - 1, or two; received {salt!r}.")
    return [int(each) for each in pair]


def check_sparse(layer: str, sparse: Any, mode: str) -> bool:
    """`sparse` as a bool, when the output mode gives vectors."""
    if sparse and mode == "int":
        raise ArgumentError(f"{layer}: sparse=True is for output modes that give vectors; received it with output_mode='int'.")
    return bool(sparse)


def encoded_shape(shape: tuple, mode: str, depth: int | None) -> tuple:
    """The shape that `encode` gives."""
    if mode == "int":
        return tuple(shape)
    if mode == "one_hot" and not (len(shape) > 1 and shape[-1] == 1):
        return (*(shape or (1,)), depth)
    return (*shape[:-1], depth)


@op(2, "same", name="bag")
def _bag(indices: Any, weights: Any, depth: int, mode: str, dtype: Any) -> Any:
    """The sum of weights (or a one) at each index along the last axis; indices outside are left out."""
    rows = indices.reshape(-1, indices.shape[-1]).astype(jnp.int32)
    rows = jnp.where(rows < 0, depth, rows)
    at = jnp.arange(rows.shape[0], dtype=jnp.int32)[:, None]
    out = jnp.zeros((rows.shape[0], depth), dtype)
    if mode == "count":
        out = out.at[at, rows].add(jnp.ones((), dtype) if weights is None else weights.reshape(rows.shape).astype(dtype), mode="drop")
    else:
        out = out.at[at, rows].set(jnp.ones((), dtype), mode="drop")
    return out.reshape(*indices.shape[:-1], depth)


def encode(indices: Any, mode: str, depth: int, dtype: Any, weights: Any = None) -> Tensor:
    """Indices as vectors of size `depth`.

    Args:
        mode: 'one_hot' (one vector each; a last axis of 1 is replaced by it), 'multi_hot' (which numbers the last axis holds)
            or 'count' (how often it holds each, or the sum of `weights` there).
    """
    indices = as_tensor(indices)
    if not indices.ndim:
        indices = ops.reshape(indices, (1,))
    if mode == "one_hot":
        if indices.ndim > 1 and indices.shape[-1] == 1:
            indices = ops.squeeze(indices, -1)
        return ops.one_hot(indices, depth, dtype=dtype)
    if not indices.is_symbolic and not indices.is_traced and isinstance(indices._value, np.ndarray):
        return _bag_host(np.asarray(indices), None if weights is None else np.asarray(weights), mode, depth, np.dtype(str(dtype)))
    return _bag(indices, weights, int(depth), mode, np.dtype(str(dtype)))


def _bag_host(indices: np.ndarray, weights: np.ndarray | None, mode: str, depth: int, dtype: np.dtype) -> Tensor:
    rows = indices.reshape(-1, indices.shape[-1])
    out = np.zeros((len(rows), depth), dtype)
    row, column = np.nonzero((rows >= 0) & (rows < depth))
    at = (row, rows[row, column])
    if mode == "count":
        np.add.at(out, at, 1 if weights is None else weights.reshape(rows.shape)[row, column].astype(dtype))
    else:
        out[at] = 1
    return as_tensor(out.reshape(*indices.shape[:-1], depth))


def encode_sparse(indices: Any, mode: str, depth: int, dtype: Any, weights: np.ndarray | None = None) -> SparseTensor:
    """As `encode`, with nothing kept but what is not 0. The indices are an array, or a SparseTensor, of which what is there counts."""
    if isinstance(indices, SparseTensor):
        places, values, shape = np.asarray(indices.indices), np.asarray(indices.values), indices._sizes()
    else:
        indices = np.atleast_1d(indices)
        places, values, shape = np.indices(indices.shape).reshape(indices.ndim, -1).T, indices.ravel(), indices.shape
    if mode != "one_hot" or (len(shape) > 1 and shape[-1] == 1):
        places, shape = places[:, :-1], shape[:-1]
    inside = (values >= 0) & (values < depth)
    shape = (*shape, depth)
    flat = np.ravel_multi_index((*places[inside].T, values[inside]), shape)
    found, which = np.unique(flat, return_inverse=True)
    counts: np.ndarray = np.ones(len(found))
    if mode == "count":
        counts = np.bincount(which.ravel(), None if weights is None else weights.ravel()[inside], len(found))
    return SparseTensor(np.stack(np.unravel_index(found, shape), 1), counts.astype(str(dtype)), shape)
