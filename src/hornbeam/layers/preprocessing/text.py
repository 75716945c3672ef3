"""TextVectorization: sentences to numbers."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from hornbeam.engine import dtypes, registry
from hornbeam.engine.errors import ArgumentError, DtypeError, ShapeError, StateError, listing
from hornbeam.engine.tensor import Spec, Tensor, as_tensor
from hornbeam.layers.core import positive
from hornbeam.layers.preprocessing.encoding import check_mode, check_sparse
from hornbeam.layers.preprocessing.host import EncodingLayer, batches_of, only_terms
from hornbeam.layers.preprocessing.lookup import StringLookup
from hornbeam.ops.composite.ragged import RaggedTensor

_PUNCTUATION = str.maketrans("", "", """!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'""")
_STANDARDIZE = ("lower_and_strip_punctuation", "lower", "strip_punctuation")
_SPLIT = ("whitespace", "character")


@registry.register("layer")
class TextVectorization(EncodingLayer):
    """Text to the numbers of its words, or to one vector a text.

    Each text is standardized, split, joined into n-grams, and its tokens are looked up.

    Args:
        max_tokens: the largest size of the vocabulary, special tokens included.
        standardize: 'lower_and_strip_punctuation', 'lower', 'strip_punctuation', None, or a function of a string tensor.
        split: 'whitespace', 'character', None, or a function of a string tensor that gives each text's tokens (a list of lists,
            or a tensor with one more axis).
        ngrams: n for n-grams of 1 to n tokens, or a tuple of the lengths.
        output_mode: 'int' (number 0 pads, 1 is out of vocabulary), 'multi_hot', 'count' or 'tf_idf'.
        output_sequence_length: for 'int': every row is padded or cut to it; by default to the longest of the batch.
        sparse: whether vectors come as a SparseTensor; inside a model they are dense all the same.
        ragged: for 'int': a RaggedTensor in place of rows filled up with zeros.
        vocabulary: a list of terms or the path of a file with one a line; else call `adapt`.

    Shapes: (batch,) or (batch, 1) of strings -> (batch, length) of int64, or (batch, vocabulary size).
    """

    def __init__(
        self, max_tokens: int | None = None, standardize: Any = "lower_and_strip_punctuation", split: Any = "whitespace",
        ngrams: Any = None, output_mode: str = "int", output_sequence_length: int | None = None, pad_to_max_tokens: bool = False,
        vocabulary: Any = None, idf_weights: Any = None, sparse: bool = False, ragged: bool = False, encoding: str = "utf-8",
        name: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        kwargs.pop("vocabulary_size", None)
        super().__init__(name=name, **kwargs)
        self.input_dtype = "string"
        standardize, split = _function(standardize), _function(split)
        for argument, value, allowed in (("standardize", standardize, _STANDARDIZE), ("split", split, _SPLIT)):
            if value is not None and not callable(value) and value not in allowed:
                raise ArgumentError(f"TextVectorization: {argument} is {listing(allowed)}, None or a function; received {value!r}.")
        check_mode("TextVectorization", output_mode, ("int", "multi_hot", "count", "tf_idf"))
        self.sparse = check_sparse("TextVectorization", sparse, output_mode)
        if isinstance(ngrams, int) and not isinstance(ngrams, bool):
            lengths: tuple[int, ...] | None = tuple(range(1, positive("TextVectorization", "ngrams", ngrams) + 1))
        else:
            lengths = None if ngrams is None else tuple(positive("TextVectorization", "ngrams", each) for each in ngrams)
        if output_sequence_length is not None:
            positive("TextVectorization", "output_sequence_length", output_sequence_length)
            if output_mode != "int":
                raise ArgumentError(f"TextVectorization: output_sequence_length is for output_mode='int'; received {output_mode!r}.")
        self.standardize, self.split, self.ngrams, self._lengths = standardize, split, ngrams, lengths
        self.max_tokens, self.output_mode, self.output_sequence_length = max_tokens, output_mode, output_sequence_length
        self.pad_to_max_tokens, self.encoding, self.ragged = pad_to_max_tokens, encoding, bool(ragged)
        if ragged and (output_mode != "int" or output_sequence_length is not None):
            raise ArgumentError("TextVectorization: ragged=True is for output_mode='int' without an output_sequence_length.")
        self._lookup_layer = StringLookup(
            max_tokens, 1, "", vocabulary=vocabulary, idf_weights=idf_weights, output_mode=output_mode,
            pad_to_max_tokens=pad_to_max_tokens, encoding=encoding,
        )

    # The vocabulary.
    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """The vocabulary, by number; with the padding and the out-of-vocabulary token first, unless they are left out."""
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def vocabulary_size(self) -> int:
        """How many numbers there are, special tokens included."""
        return self._lookup_layer.vocabulary_size()

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Replace the vocabulary: a list of terms or the path of a file."""
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights)

    def save_assets(self, directory: Any) -> None:
        """Write the vocabulary into a folder."""
        self._lookup_layer.save_assets(directory)

    def load_assets(self, directory: Any) -> None:
        """Read what `save_assets` wrote."""
        self._lookup_layer.load_assets(directory)

    def save_own_variables(self, store: dict[str, Any]) -> None:
        self._lookup_layer.save_own_variables(store)

    def load_own_variables(self, store: Any) -> None:
        self._lookup_layer.load_own_variables(store)

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Learn the vocabulary of texts (an array, a list, or an iterable of batches), forgetting an earlier one."""
        self.reset_state()
        for batch in batches_of(self, data, steps):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Count the tokens of a batch of texts."""
        self._lookup_layer._count([token.encode() for token in row] for row in self._rows(np.asarray(as_tensor(data))))

    def reset_state(self) -> None:
        """Forget what was counted."""
        self._lookup_layer.reset_state()

    def finalize_state(self) -> None:
        """Make the vocabulary of what was counted."""
        self._lookup_layer.finalize_state()

    # The work.
    def result(self, *specs: Spec) -> Spec:
        if self.output_mode == "int":
            if self.split is None and self._lengths is None and self.output_sequence_length is None:
                return Spec(specs[0].shape, np.dtype(np.int64))
            return Spec((*specs[0].shape[:1], self.output_sequence_length), np.dtype(np.int64))
        dtype = dtypes.NUMPY[dtypes.floatx()] if self.output_mode == "tf_idf" else np.dtype(np.int64)
        return Spec((*specs[0].shape[:1], self._lookup_layer._depth()), dtype)

    def call(self, inputs: Any) -> Any:
        if not self.ragged or inputs.is_traced:
            return super().call(inputs)
        if self._lookup_layer._terms is None:
            raise StateError("it has no vocabulary yet: give it one, or call its adapt method on texts first.")
        rows = self._rows(np.asarray(inputs))
        keys = np.empty(sum(map(len, rows)), object)
        keys[:] = [token.encode() for row in rows for token in row]
        return RaggedTensor.from_row_lengths(as_tensor(self._lookup_layer._indices(keys)), np.array([len(row) for row in rows], np.int64))

    def compute(self, *arrays: np.ndarray) -> np.ndarray:
        out = super().compute(*arrays)
        flat = self.output_mode == "int" and self.split is None and self._lengths is None and self.output_sequence_length is None
        return out.reshape(arrays[0].shape) if flat else out if arrays[0].ndim else out[0]

    def indices(self, *arrays: np.ndarray) -> np.ndarray:
        (array,) = arrays
        self._lookup_layer._check_vocabulary()
        rows = self._rows(array)
        size = len(rows)
        if self.output_mode == "int" and (self.split is not None or self._lengths is not None):
            return self._padded(rows)
        # One row of indices a text, padded with the mask's: no pad token is ever a term.
        length = max([1 if self.split is None and self._lengths is None else 0, *map(len, rows)])
        keys = np.full((size, length), b"", object)
        for i, row in enumerate(rows):
            keys[i, : len(row)] = [token.encode() for token in row]
        found = self._lookup_layer._indices(keys)
        if self.output_mode == "int" and (wanted := self.output_sequence_length) is not None:
            found = np.pad(found[:, :wanted], [(0, 0), (0, max(0, wanted - length))])
        return found

    def _encoding(self) -> tuple[str, int, Any]:
        return self._lookup_layer._encoding()

    def _weights(self, indices: np.ndarray) -> np.ndarray | None:
        return self._lookup_layer._weights(indices)

    def _padded(self, rows: list[list[str]]) -> np.ndarray:
        """The number of each token, cut or padded to one length: (texts, length)."""
        wanted = self.output_sequence_length
        if wanted is not None:
            rows = [row[:wanted] for row in rows]
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        out = np.zeros((len(rows), wanted if wanted is not None else max([0, *lengths.tolist()])), np.int64)
        tokens = list(itertools.chain.from_iterable(rows))
        found = "\0".join(tokens).encode().split(b"\0")  # in one go, which a zero byte in a token would spoil
        keys = np.empty(len(tokens), object)
        keys[:] = found if len(found) == len(tokens) else [token.encode() for token in tokens]
        out[np.arange(out.shape[1]) < lengths[:, None]] = self._lookup_layer._indices(keys)
        return out

    def _rows(self, array: np.ndarray) -> list[list[str]]:
        """Each text's tokens."""
        if array.dtype.kind in "US":
            array = array.astype(object)
        if array.dtype.kind != "O":
            raise DtypeError(f"TextVectorization takes strings; received {array.dtype}.")
        if array.ndim > 1:
            if array.shape[-1] != 1 or array.ndim > 2:
                raise ShapeError(f"TextVectorization takes texts of shape (batch,) or (batch, 1); received {array.shape}.")
            array = array[:, 0]
        found: list[str] = [each.decode(self.encoding) if isinstance(each, bytes) else each for each in array.reshape(-1)]
        if callable(self.standardize):
            found = _strings(self.standardize(_tensor(found)), self.encoding)
        elif self.standardize is not None:
            if "lower" in self.standardize:
                found = [text.lower() for text in found]
            if "strip" in self.standardize:
                found = [text.translate(_PUNCTUATION) for text in found]
        if self.split is None:
            rows = [[text] for text in found]
        elif self.split == "whitespace":
            rows = [text.split() for text in found]
        elif self.split == "character":
            rows = [list(text) for text in found]
        else:
            parts = self.split(_tensor(found))
            listed = parts.to_list() if isinstance(parts, RaggedTensor) else parts
            rows = [_strings(row, self.encoding) for row in listed]
        if self._lengths is None:
            return rows
        return [[" ".join(row[i : i + n]) for n in self._lengths for i in range(len(row) - n + 1)] for row in rows]

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        only_terms(config, cls.__name__)
        return super().from_config(config)

    def get_config(self) -> dict[str, Any]:
        inner = self._lookup_layer.get_config()
        return {
            **super().get_config(), "max_tokens": self.max_tokens, "standardize": _named(self.standardize), "split": _named(self.split),
            "ngrams": self.ngrams, "output_mode": self.output_mode, "output_sequence_length": self.output_sequence_length,
            "pad_to_max_tokens": self.pad_to_max_tokens, "sparse": self.sparse, "ragged": self.ragged, "vocabulary": inner["vocabulary"],
            "idf_weights": inner["idf_weights"], "encoding": self.encoding, "vocabulary_size": self.vocabulary_size(),
        }


def _function(value: Any) -> Any:
    """A function that a configuration names."""
    if isinstance(value, dict):
        value = value.get("registered_name") or value["config"]
    if isinstance(value, str) and value not in (*_STANDARDIZE, *_SPLIT):
        return registry.find(value) or value
    return value


def _named(value: str | Callable | None) -> Any:
    return registry.to_config(value) if callable(value) else value


def _tensor(texts: list[str]) -> Tensor:
    out = np.empty(len(texts), object)
    out[:] = [text.encode() for text in texts]
    return as_tensor(out)


def _strings(values: Any, encoding: str) -> list[str]:
    """The strings of a tensor, an array or a list that a user's function gave, without the padding of shorter rows."""
    if isinstance(values, Tensor):
        values = np.asarray(values)
    listed = values.ravel().tolist() if isinstance(values, np.ndarray) else list(values)
    return [each.decode(encoding) if isinstance(each, bytes) else str(each) for each in listed]
