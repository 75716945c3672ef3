"""Data in two parts."""

import random
from typing import Any

import jax
import numpy as np

from hornbeam.engine.errors import ArgumentError, DtypeError, ShapeError


def split_dataset(
    dataset: Any, left_size: float | int | None = None, right_size: float | int | None = None, shuffle: bool = False,
    seed: int | None = None, preferred_backend: str | None = None,
) -> tuple[Any, Any]:
    """The first and the last examples of data in memory: `train, test = split_dataset((x, y), left_size=0.8)`.

    Args:
        dataset: an array, or arrays of one length in a list, tuple or dict.
        left_size, right_size: how many examples, or what share of them (a float between 0 and 1); one may be left out.
        shuffle: draw the examples of each part, by `seed`, rather than cut.
        preferred_backend: accepted as Keras does.

    Returns: two structures of arrays like `dataset` (a list becomes a tuple), which `fit` takes: `fit(*train)`.
    Raises: ArgumentError, for sizes that cannot be. ShapeError, for arrays of different lengths.
    """
    if not isinstance(dataset, (list, tuple, dict)) and not hasattr(dataset, "shape"):
        raise DtypeError(f"split_dataset takes an array, or arrays in a list, tuple or dict; received a {type(dataset).__name__}.")
    data = jax.tree.map(np.asarray, tuple(dataset) if isinstance(dataset, list) else dataset, is_leaf=lambda leaf: hasattr(leaf, "shape"))
    lengths = [len(array) if array.ndim else None for array in jax.tree.leaves(data)]
    if not lengths or None in lengths or len(set(lengths)) > 1:
        raise ShapeError(f"split_dataset takes arrays of one length; received arrays of {', '.join(map(str, lengths)) or 'no'} examples.")
    total = lengths[0]
    left, right = _sizes(left_size, right_size, total)
    order = list(range(total))
    if shuffle:
        random.Random(seed).shuffle(order)
    first, last = order[:left], order[total - right :]
    return jax.tree.map(lambda array: array[first], data), jax.tree.map(lambda array: array[last], data)


def _sizes(left: Any, right: Any, total: int) -> tuple[int, int]:
    """How many examples each part has."""
    if left is None and right is None:
        raise ArgumentError("split_dataset needs left_size or right_size.")
    for name, size in (("left_size", left), ("right_size", right)):
        if size is not None and (isinstance(size, bool) or not isinstance(size, (int, float))):
            raise DtypeError(f"split_dataset: {name} is a number of examples or a share of them; received {size!r}.")
        if size is not None and not 0 < size < (1 if isinstance(size, float) else total):
            raise ArgumentError(
                f"split_dataset: {name} is a number of examples, from 1 to {total - 1} of {total}, or a share, a float between 0 and 1; "
                f"received {size!r}."
            )
    found = [round(size * total) if isinstance(size, float) else size for size in (left, right)]
    counts = (total - found[1] if found[0] is None else found[0]), (total - found[0] if found[1] is None else found[1])
    if sum(counts) > total or min(counts) < 1:
        raise ArgumentError(
            f"split_dataset: left_size={left!r} and right_size={right!r} of {total} examples make parts of {counts[0]} and {counts[1]}."
        )
    return counts
