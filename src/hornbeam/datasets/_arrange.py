"""What Keras does with data after reading them: shuffled rows, a part held out, texts cut to a vocabulary."""

import itertools
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from hornbeam.datasets._fetch import DatasetError, Remote, published
from hornbeam.engine.errors import ArgumentError

Arrays = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def shuffled(rng: np.random.RandomState, *arrays: np.ndarray) -> list[np.ndarray]:
    """Arrays with their rows in one random order, that of Keras for the same seed."""
    order = np.arange(len(arrays[0]))
    rng.shuffle(order)
    return [array[order] for array in arrays]


def held_out(x: np.ndarray, y: np.ndarray, test_split: float, seed: int) -> Arrays:
    """Rows shuffled, the last `test_split` of them being the test set.

    Raises:
        ArgumentError: `test_split` is not at least 0 and below 1.
    """
    if not 0 <= test_split < 1:
        raise ArgumentError(f"test_split is a fraction, at least 0 and below 1; received {test_split!r}.")
    x, y = shuffled(np.random.RandomState(seed), x, y)
    count = int(len(x) * (1 - test_split))
    return (x[:count], y[:count]), (x[count:], y[count:])


def encoded(
    texts: Sequence[list[int]], labels: Sequence[Any], num_words: int | None, skip_top: int, maxlen: int | None,
    start_char: int | None, oov_char: int | None, index_from: int,
) -> tuple[list[list[int]], list[Any]]:
    """Texts as sequences of word numbers (1: the most frequent word), marked, cut and reduced as Keras does.

    Args:
        start_char: what each sequence begins with; None: nothing.
        index_from: what is added to each word's number.
        maxlen: sequences of so many numbers or more are left out, with their labels.
        num_words, skip_top: numbers from `num_words` up and below `skip_top` become `oov_char`, or go where it is None. Without
            `num_words` the largest number does.

    Raises:
        ArgumentError: no sequence is shorter than `maxlen`.
    """
    if start_char is not None:
        texts = [[start_char, *(word + index_from for word in text)] for text in texts]
    elif index_from:
        texts = [[word + index_from for word in text] for text in texts]
    if maxlen:
        kept = [(text, label) for text, label in zip(texts, labels, strict=True) if len(text) < maxlen]
        if not kept:
            raise ArgumentError(f"No sequence is shorter than maxlen={maxlen}. Give a larger maxlen.")
        texts, labels = zip(*kept, strict=True)
    limit = num_words or max(map(max, filter(None, texts)))
    if oov_char is None:
        texts = [[word for word in text if skip_top <= word < limit] for text in texts]
    else:
        texts = [[word if skip_top <= word < limit else oov_char for word in text] for text in texts]
    return list(texts), list(labels)


def texts_of(array: np.ndarray, name: str) -> list[list[int]]:
    """The rows of an array of lists of numbers.

    Raises:
        DatasetError: something else is in it.
    """
    rows = list(array)
    if not all(type(row) is list for row in rows) or set(map(type, itertools.chain.from_iterable(rows))) - {int}:
        raise DatasetError(f"{name} does not hold lists of word numbers.")
    return rows


def ragged(rows: Sequence[list[int]]) -> np.ndarray:
    """Lists as the elements of an array of objects, whatever their lengths."""
    array = np.empty(len(rows), object)
    array[:] = rows
    return array


def word_index(remote: Remote, path: str) -> dict[str, int]:
    """A published table from words to their numbers."""
    try:
        table = json.loads(published(remote, path))
    except ValueError as error:
        raise DatasetError(f"{path} is not a table of words: {error}.") from None
    if not isinstance(table, dict) or not all(type(number) is int for number in table.values()):
        raise DatasetError(f"{path} does not hold a number for each word.")
    return table
