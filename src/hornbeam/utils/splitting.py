"""Data in two parts."""

import random
from typing import Any

import jax
import numpy as np

from hornbeam.data import Dataset
from hornbeam.data.batching import Held
from hornbeam.data.node import Run
from hornbeam.engine.errors import ArgumentError, DtypeError, ShapeError


def split_dataset(
    dataset: Any, left_size: float | int | None = None, right_size: float | int | None = None, shuffle: bool = False,
    seed: int | None = None, preferred_backend: str | None = None,
) -> tuple[Dataset, Dataset]:
    """The first and the last examples of some data, as Datasets: `train, test = split_dataset((x, y), left_size=0.8)`.

    Args:
        dataset: an array, arrays of one length in a list, tuple or dict, or a Dataset, whose elements are then held in memory.
        left_size, right_size: how many examples, or what share of them (a float between 0 and 1); one may be left out.
        shuffle: draw the examples of each part, by `seed`, rather than cut.
        preferred_backend: accepted as Keras does.

    Returns: two Datasets of single examples (a list of arrays gives tuples).
    Raises: ArgumentError, for sizes that cannot be. ShapeError, for arrays of different lengths.
    """
    if isinstance(dataset, Dataset):
        node = dataset.__hornbeam_node__
        elements = list(node._elements(Run()))
        first, last = _parts(len(elements), left_size, right_size, shuffle, seed)
        spec, form = node.element_spec, node._template
        return tuple(Dataset(Held([elements[i] for i in part], spec, form)).prefetch() for part in (first, last))  # type: ignore[return-value]
    if not isinstance(dataset, (list, tuple, dict)) and not hasattr(dataset, "shape"):
        raise DtypeError(f"split_dataset takes a Dataset or one or several arrays; received a {type(dataset).__name__}.")
    data = jax.tree.map(np.asarray, tuple(dataset) if isinstance(dataset, list) else dataset, is_leaf=lambda leaf: hasattr(leaf, "shape"))
    lengths = [len(array) if array.ndim else None for array in jax.tree.leaves(data)]
    if not lengths or None in lengths or len(set(lengths)) > 1:
        raise ShapeError(f"split_dataset takes arrays of one length; received arrays of {', '.join(map(str, lengths)) or 'no'} examples.")
    first, last = _parts(lengths[0], left_size, right_size, shuffle, seed)
    parts = [jax.tree.map(lambda array, part=part: array[part], data) for part in (first, last)]
    return Dataset.from_tensor_slices(parts[0]).prefetch(), Dataset.from_tensor_slices(parts[1]).prefetch()


def _parts(total: int, left: Any, right: Any, shuffle: bool, seed: int | None) -> tuple[list[int], list[int]]:
    """The numbers of the examples of each part."""
    left, right = _sizes(left, right, total)
    order = list(range(total))
    if shuffle:
        random.Random(seed).shuffle(order)
    return order[:left], order[total - right :]


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
