"""IMDB: 50,000 film reviews as sequences of word numbers, half of them favourable.

Source: Maas et al., "Learning Word Vectors for Sentiment Analysis", 2011, https://ai.stanford.edu/~amaas/data/sentiment/.
"""

from typing import Any

import numpy as np

from hornbeam.datasets import _npz
from hornbeam.datasets._arrange import Arrays, encoded, ragged, shuffled, word_index
from hornbeam.datasets._fetch import hosted, published
from hornbeam.engine.errors import ArgumentError

FILE = hosted("imdb.npz", 17_464_789, "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f")
WORDS = hosted("imdb_word_index.json", 1_641_221, "bfafd718b763782e994055a2d397834f")  # Keras publishes its MD5 only

class_names = ("negative", "positive")
"""What the labels 0 and 1 mean."""


def load_data(
    path: str = "imdb.npz", num_words: int | None = None, skip_top: int = 0, maxlen: int | None = None, seed: int = 113,
    start_char: int | None = 1, oov_char: int | None = 2, index_from: int = 3, **kwargs: Any,
) -> Arrays:
    """Loads the reviews, from Keras's cache folder or the network.

    A word's number is its rank by frequency plus `index_from`; 0 is left free for padding.

    Args:
        path: the file's name in the cache folder.
        num_words: numbers from here up become `oov_char`; None: only the largest does.
        skip_top: numbers below become `oov_char`.
        maxlen: reviews of so many numbers or more are left out.
        seed: of the order of the reviews.
        start_char: what each review begins with, or None.
        oov_char: stands for words left out; None drops them.
        index_from: added to each word's rank.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: arrays of lists of numbers (dtype object), and labels 0 or 1, 25,000 of each.

    Raises:
        ArgumentError: an unknown argument, or a `maxlen` below every review's length.
        DatasetError: the file is not on disk and cannot be downloaded.
    """
    num_words = kwargs.pop("nb_words", num_words)  # the name it had in Keras 1
    if kwargs:
        raise ArgumentError(f"imdb.load_data has no argument {next(iter(kwargs))!r}.")
    x_train, y_train, x_test, y_test = _npz.load(published(FILE, path), path, ("x_train", "y_train", "x_test", "y_test"))
    rng = np.random.RandomState(seed)
    x_train, y_train = shuffled(rng, x_train, y_train)
    x_test, y_test = shuffled(rng, x_test, y_test)
    sides = np.repeat([0, 1], [len(x_train), len(x_test)])
    numbers = np.stack([sides, np.concatenate([y_train, y_test])], 1)  # which set, which label
    texts, kept = encoded(
        np.concatenate([x_train, x_test]), numbers, num_words, skip_top, maxlen, start_char, oov_char, index_from, path
    )
    count, labels = int(np.sum(kept[:, 0] == 0)), kept[:, 1].astype(y_train.dtype)
    return (ragged(texts[:count]), labels[:count]), (ragged(texts[count:]), labels[count:])


def get_word_index(path: str = "imdb_word_index.json") -> dict[str, int]:
    """From words to their ranks by frequency (1: the most frequent), before `index_from` is added.

    Args:
        path: the file's name in the cache folder.
    """
    return word_index(WORDS, path)
