"""Texts as lists of words and of word numbers, Keras 2's way. `layers.TextVectorization` does this inside a model."""

import hashlib
import json
import warnings
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError, DtypeError, unknown

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
MODES = ("binary", "count", "tfidf", "freq")
Analyzer = Callable[[str], list[str]]


def text_to_word_sequence(input_text: str, filters: str = FILTERS, lower: bool = True, split: str = " ") -> list[str]:
    """The words of a text.

    Args:
        filters: characters that separate words, as `split` does.
        lower: whether to write all in lower case first.
        split: what stands between words.
    """
    text = input_text.lower() if lower else input_text
    text = text.translate({ord(letter): split for letter in filters})
    return [word for word in text.split(split) if word]


def one_hot(
    input_text: str, n: int, filters: str = FILTERS, lower: bool = True, split: str = " ", analyzer: Analyzer | None = None
) -> list[int]:
    """A text's words as numbers from 1 to n - 1 by Python's `hash`, which differs from one run of Python to the next."""
    return hashing_trick(input_text, n, hash, filters, lower, split, analyzer)


def hashing_trick(
    text: str, n: int, hash_function: str | Callable[[str], int] | None = None, filters: str = FILTERS, lower: bool = True,
    split: str = " ", analyzer: Analyzer | None = None,
) -> list[int]:
    """A text's words as numbers from 1 to n - 1, by a hash; two words may share a number.

    Args:
        hash_function: 'md5' (the same in every run), any function from str to int, or None for Python's `hash`.
        analyzer: makes words of the text, instead of `text_to_word_sequence` with the other arguments.
    """
    if isinstance(hash_function, str) and hash_function != "md5":
        raise unknown("hash_function", hash_function, ["md5"])
    number = hash if hash_function is None else _md5 if hash_function == "md5" else hash_function
    words = analyzer(text) if analyzer is not None else text_to_word_sequence(text, filters, lower, split)
    return [number(word) % (n - 1) + 1 for word in words]  # type: ignore[operator]


def _md5(word: str) -> int:
    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)


class Tokenizer:
    """Numbers the words of texts, the most frequent first: `fit_on_texts`, then `texts_to_sequences`.

    Args:
        num_words: how many numbers to use at most, 0 among them, which stands for no word: words numbered `num_words` and more are
            left out. None: all.
        filters, lower, split: how a text becomes words; see `text_to_word_sequence`.
        char_level: number characters instead of words.
        oov_token: what stands for words that were not seen or are left out; it gets number 1.
        analyzer: a function from a text to its words, instead of `filters`, `lower` and `split`.

    Texts may also be lists of words. Attributes after fitting: `word_index` (word -> number from 1), `index_word`, `word_counts`,
    `word_docs` and `index_docs` (in how many texts), `document_count`.
    """

    def __init__(
        self, num_words: int | None = None, filters: str = FILTERS, lower: bool = True, split: str = " ", char_level: bool = False,
        oov_token: str | None = None, analyzer: Analyzer | None = None, **kwargs: Any,
    ):
        if "nb_words" in kwargs:
            warnings.warn("Tokenizer: `nb_words` is called `num_words` today.", DeprecationWarning, stacklevel=2)
            num_words = kwargs.pop("nb_words")
        self.document_count = kwargs.pop("document_count", 0)
        if kwargs:
            raise DtypeError(f"Tokenizer does not take {sorted(kwargs)}.")
        self.num_words, self.filters, self.lower, self.split = num_words, filters, lower, split
        self.char_level, self.oov_token, self.analyzer = char_level, oov_token, analyzer
        self.word_counts: OrderedDict[str, int] = OrderedDict()
        self.word_docs: dict[str, int] = defaultdict(int)
        self.index_docs: dict[int, int] = defaultdict(int)
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    def _words(self, text: Any) -> Iterable[str]:
        if self.char_level or isinstance(text, list):
            return ([each.lower() for each in text] if isinstance(text, list) else text.lower()) if self.lower else text
        if self.analyzer is not None:
            return self.analyzer(text)
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def fit_on_texts(self, texts: Iterable[Any]) -> None:
        """Count the words of texts and number them anew. May be called again with more texts."""
        for text in texts:
            self.document_count += 1
            words = list(self._words(text))
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in dict.fromkeys(words):
                self.word_docs[word] += 1
        ranked = sorted(self.word_counts, key=lambda word: -self.word_counts[word])  # words of one count stay as they were met
        ranked = ranked if self.oov_token is None else [self.oov_token, *ranked]
        self.word_index = dict(zip(ranked, range(1, len(ranked) + 1), strict=True))
        self.index_word = {number: word for word, number in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences: Iterable[Iterable[int]]) -> None:
        """Count in how many of some lists of numbers each number is, for `sequences_to_matrix(..., mode='tfidf')`."""
        for sequence in sequences:
            self.document_count += 1
            for number in set(sequence):
                self.index_docs[number] += 1

    def texts_to_sequences(self, texts: Iterable[Any]) -> list[list[int]]:
        """Texts as lists of word numbers; words without a number are left out, or become the `oov_token`'s."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[Any]) -> Iterator[list[int]]:
        """`texts_to_sequences`, one text after the other."""
        other = self.word_index.get(self.oov_token) if self.oov_token is not None else None
        for text in texts:
            numbers = (self.word_index.get(word) for word in self._words(text))
            kept = (other if number is None or (self.num_words and number >= self.num_words) else number for number in numbers)
            yield [number for number in kept if number is not None]

    def sequences_to_texts(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Lists of numbers as texts, words separated by a space."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Iterable[int]]) -> Iterator[str]:
        """`sequences_to_texts`, one sequence after the other."""
        for sequence in sequences:
            known = (None if self.num_words and number >= self.num_words else self.index_word.get(number) for number in sequence)
            words = (self.oov_token if word is None else word for word in known)
            yield " ".join(word for word in words if word is not None)

    def texts_to_matrix(self, texts: Iterable[Any], mode: str = "binary") -> np.ndarray:
        """Texts as rows (texts, num_words) of what is known of each word; see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(self, sequences: list[list[int]], mode: str = "binary") -> np.ndarray:
        """Lists of numbers as rows (sequences, num_words), float64.

        Args:
            mode: 'binary' (1 for a word that is there), 'count', 'freq' (count over length), or 'tfidf': (1 + log count) *
                log(1 + texts / (1 + texts with the word)).
        """
        if mode not in MODES:
            raise unknown("mode of a Tokenizer's matrix", mode, MODES)
        width = self.num_words or (len(self.word_index) + 1 if self.word_index else None)
        if width is None:
            raise ArgumentError("The matrix has a column for each word: give the Tokenizer num_words, or call fit_on_texts first.")
        if mode == "tfidf" and not self.document_count:
            raise ArgumentError("Mode 'tfidf' needs to know how many texts have each word: call fit_on_texts or fit_on_sequences first.")
        found = np.zeros((len(sequences), width))
        for row, sequence in zip(found, sequences, strict=True):
            for number, count in Counter(each for each in sequence if each < width).items():
                row[number] = self._weight(mode, number, count, len(sequence))
        return found

    def _weight(self, mode: str, number: int, count: int, length: int) -> float:
        if mode == "tfidf":
            return (1 + np.log(count)) * np.log(1 + self.document_count / (1 + self.index_docs.get(number, 0)))
        return {"binary": 1.0, "count": float(count), "freq": count / length}[mode]

    def get_config(self) -> dict[str, Any]:
        """What the Tokenizer is and has counted, as plain data; the counts are JSON."""
        counted = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
        plain = ("num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count")
        return {name: getattr(self, name) for name in plain} | {name: json.dumps(getattr(self, name)) for name in counted}

    def to_json(self, **kwargs: Any) -> str:
        """The Tokenizer as JSON, which `tokenizer_from_json` reads; `kwargs` go to `json.dumps`."""
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """The Tokenizer that `to_json` wrote."""
    config = json.loads(json_string).get("config", {})
    counted = {name: json.loads(config.pop(name)) for name in ("word_counts", "word_docs", "index_docs", "index_word", "word_index")}
    tokenizer = Tokenizer(**config)
    tokenizer.word_counts = OrderedDict(counted["word_counts"])
    tokenizer.word_docs = defaultdict(int, counted["word_docs"])
    tokenizer.index_docs = defaultdict(int, {int(number): count for number, count in counted["index_docs"].items()})
    tokenizer.index_word = {int(number): word for number, word in counted["index_word"].items()}
    tokenizer.word_index = counted["word_index"]
    return tokenizer
