"""Reuters: 11,228 newswires of 1987 as sequences of word numbers, in 46 topics.

Source: Lewis, "Reuters-21578", 1997, with the preparation published with Keras.
"""

import numpy as np

from hornbeam.datasets import _npz
from hornbeam.datasets._arrange import Arrays, encoded, ragged, shuffled, word_index
from hornbeam.datasets._fetch import hosted, published
from hornbeam.engine.errors import ArgumentError

FILE = hosted("reuters.npz", 2_110_848, "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916")
WORDS = hosted("reuters_word_index.json", 550_378, "4d44cc38712099c9e383dc6e5f11a921")  # Keras publishes its MD5 only

_CLASS_NAMES = (
    "cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship cotton carcass crude nat-gas "
    "cpi money-fx interest gnp meal-feed alum oilseed gold tin strategic-metal livestock retail ipi iron-steel rubber heat jobs lei "
    "bop zinc orange pet-chem dlr gas silver wpi hog lead"
)
class_names = tuple(_CLASS_NAMES.split())
"""What the labels 0 to 45 mean."""


def load_data(
    path: str = "reuters.npz", num_words: int | None = None, skip_top: int = 0, maxlen: int | None = None,
    test_split: float = 0.2, seed: int = 113, start_char: int | None = 1, oov_char: int | None = 2, index_from: int = 3,
) -> Arrays:
    """Loads the newswires, from Keras's cache folder or the network.

    Args:
        test_split: the part of them that is the test set, 0 to 1.
        Others: as of `imdb.load_data`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: arrays of lists of numbers (dtype object), and labels 0 to 45.

    Raises:
        ArgumentError: `test_split` is no fraction, or `maxlen` is below every newswire's length.
        DatasetError: the file is not on disk and cannot be downloaded.
    """
    if not 0 <= test_split <= 1:
        raise ArgumentError(f"test_split is a fraction, 0 to 1; received {test_split!r}.")
    x, y = _npz.load(published(FILE, path), path, ("x", "y"))
    x, y = shuffled(np.random.RandomState(seed), x, y)
    texts, labels = encoded(x, y, num_words, skip_top, maxlen, start_char, oov_char, index_from, path)
    count = int(len(texts) * (1 - test_split))
    return (ragged(texts[:count]), labels[:count]), (ragged(texts[count:]), labels[count:])


def get_word_index(path: str = "reuters_word_index.json") -> dict[str, int]:
    """From words to their ranks by frequency (1: the most frequent), before `index_from` is added.

    Args:
        path: the file's name in the cache folder.
    """
    return word_index(WORDS, path)


def get_label_names() -> tuple[str, ...]:
    """What the labels 0 to 45 mean."""
    return class_names
