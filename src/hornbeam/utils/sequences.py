"""Sequences of different lengths as one array."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError, ShapeError


def pad_sequences(
    sequences: Sequence[Any], maxlen: int | None = None, dtype: Any = "int32", padding: str = "pre", truncating: str = "pre",
    value: Any = 0.0,
) -> np.ndarray:
    """Sequences cut or filled up to one length: shape (number of sequences, maxlen, *shape of an element).

    Args:
        sequences: lists or arrays, each of any length.
        maxlen: the length; by default that of the longest.
        dtype: of the result; `object` for strings.
        padding, truncating: 'pre' to fill up, or to cut off, at the beginning, 'post' at the end.
        value: what to fill up with.

    Raises: ArgumentError, for arguments other than these. ShapeError, when elements have different shapes.
    """
    for name, where in (("padding", padding), ("truncating", truncating)):
        if where not in ("pre", "post"):
            raise ArgumentError(f"pad_sequences: {name} is 'pre' or 'post'; received {where!r}.")
    if not hasattr(sequences, "__len__"):
        raise ArgumentError(f"pad_sequences takes a list of sequences; received {sequences!r}.")
    for i, sequence in enumerate(sequences):
        if not hasattr(sequence, "__len__"):
            raise ArgumentError(f"pad_sequences takes a list of sequences; element {i} is {sequence!r}, which is none.")
    strings = np.issubdtype(np.dtype(dtype), np.str_)
    if isinstance(value, str) and np.dtype(dtype) != object and not strings:
        raise ArgumentError(f"pad_sequences: the value {value!r} does not fit dtype {np.dtype(dtype)}. For strings pass dtype=object.")
    length = max(map(len, sequences), default=0) if maxlen is None else maxlen
    element = next((np.shape(sequence)[1:] for sequence in sequences if len(sequence)), ())
    found = np.full((len(sequences), length, *element), value, dtype)
    for i, sequence in enumerate(sequences):
        kept = np.asarray(sequence[max(0, len(sequence) - length) :] if truncating == "pre" else sequence[:length], dtype)
        if not len(kept):
            continue
        if kept.shape[1:] != element:
            raise ShapeError(f"pad_sequences: the elements of sequence {i} have shape {kept.shape[1:]}, those before it {element}.")
        found[i, slice(0, len(kept)) if padding == "post" else slice(length - len(kept), length)] = kept
    return found
