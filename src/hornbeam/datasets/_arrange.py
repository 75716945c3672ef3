"""What Keras does with data after reading them: shuffled rows, a part held out, texts cut to a vocabulary."""

import itertools
import json
from collections.abc import Sequence

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
    texts: np.ndarray, labels: np.ndarray, num_words: int | None, skip_top: int, maxlen: int | None, start_char: int | None,
    oov_char: int | None, index_from: int, name: str,
) -> tuple[list[list[int]], np.ndarray]:
    """Texts as sequences of word numbers (1: the most frequent word), marked, cut and reduced as Keras does.

    Args:
        texts: an array of lists of numbers; labels: one for each.
        start_char: what each sequence begins with; None: nothing.
        index_from: what is added to each word's number.
        maxlen: sequences of so many numbers or more are left out, with their labels.
        num_words, skip_top: numbers from `num_words` up and below `skip_top` become `oov_char`, or go where it is None. Without
            `num_words` the largest number does.
        name: what to call the file in an error.

    Raises:
        ArgumentError: no sequence is shorter than `maxlen`.
        DatasetError: the texts are not lists of numbers.
    """
    rows: list[list[int]] = list(texts)
    marked = start_char is not None
    if not all(type(row) is list for row in rows):
        raise DatasetError(f"{name} does not hold lists of word numbers.")
    if maxlen:
        short = np.array([len(row) + marked < maxlen for row in rows], bool)
        if not short.any():
            raise ArgumentError(f"No sequence is shorter than maxlen={maxlen}. Give a larger maxlen.")
        rows, labels = [row for row, kept in zip(rows, short, strict=True) if kept], labels[short]
    # All words in one array: word by word in Python it takes three times as long.
    words = np.array(list(itertools.chain.from_iterable(rows)))
    if words.dtype.kind not in "iu" and words.size:
        raise DatasetError(f"{name} does not hold lists of word numbers.")
    words = words.astype(np.int64) + index_from
    starts = [start_char] if start_char is not None else []
    limit = num_words or max([*starts, int(words.max(initial=0))])
    inside = (words >= skip_top) & (words < limit)
    ends = np.cumsum([len(row) for row in rows], dtype=np.int64)
    if oov_char is None:
        words, ends = words[inside], np.concatenate([[0], np.cumsum(inside)])[ends]
        starts = [each for each in starts if skip_top <= each < limit]
    else:
        words[~inside] = oov_char
        starts = [each if skip_top <= each < limit else oov_char for each in starts]
    numbers, bounds = words.tolist(), [0, *ends.tolist()]
    return [starts + numbers[begin:end] for begin, end in itertools.pairwise(bounds)], labels


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
