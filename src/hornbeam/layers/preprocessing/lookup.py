"""Vocabularies: tokens to numbers and back."""

import itertools
import os
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from hornbeam.engine import dtypes, registry
from hornbeam.engine.errors import ArgumentError, DtypeError, StateError
from hornbeam.engine.tensor import Spec, is_tensor
from hornbeam.layers.preprocessing.encoding import MODES, check_mode, check_salt, check_sparse, encoded_shape
from hornbeam.layers.preprocessing.host import EncodingLayer, batches_of, only_terms, texts
from hornbeam.ops.composite.sparse import SparseTensor
from hornbeam.ops.composite.sparse_functions import to_dense
from hornbeam.ops.fingerprint import buckets

_INT64 = np.dtype(np.int64)


class IndexLookup(EncodingLayer):
    """Base of the layers with a vocabulary: [mask token,] out-of-vocabulary tokens, then the terms, by falling frequency.

    The vocabulary is given, read from a file with a term a line, or learned by `adapt`. It is part of the configuration.
    """

    oov_method = "floormod"
    salt: list[int] | None = None

    def __init__(
        self, max_tokens: int | None, num_oov_indices: int, mask_token: Any, oov_token: Any, vocabulary: Any = None,
        idf_weights: Any = None, invert: bool = False, output_mode: str = "int", sparse: bool = False,
        pad_to_max_tokens: bool = False, **kwargs: Any,
    ):  # fmt: skip
        kwargs.pop("vocabulary_size", None)  # in configurations, for information
        super().__init__(**kwargs)
        kind = type(self).__name__
        if max_tokens is not None and max_tokens <= 1:
            raise ArgumentError(f"{kind}: max_tokens is more than 1, or None for no limit; received {max_tokens!r}.")
        if num_oov_indices < 0:
            raise ArgumentError(f"{kind}: num_oov_indices is 0 or more; received {num_oov_indices!r}.")
        self.output_mode = check_mode(kind, output_mode, (*MODES, "tf_idf"))
        self.sparse = check_sparse(kind, sparse, output_mode)
        if invert and output_mode != "int":
            raise ArgumentError(f"{kind}: an inverse lookup (invert=True) has output_mode='int'; received {output_mode!r}.")
        if pad_to_max_tokens and max_tokens is None:
            raise ArgumentError(f"{kind}: pad_to_max_tokens=True needs max_tokens.")
        if invert and num_oov_indices != 1:
            raise ArgumentError(f"{kind}: an inverse lookup (invert=True) has num_oov_indices=1; received {num_oov_indices!r}.")
        self.max_tokens, self.num_oov_indices, self.pad_to_max_tokens = max_tokens, int(num_oov_indices), bool(pad_to_max_tokens)
        self.mask_token, self.oov_token, self.invert = self._term(mask_token), self._term(oov_token), bool(invert)
        self._given_idf = None if idf_weights is None else np.asarray(idf_weights, np.float32).tolist()
        if self._given_idf is not None and output_mode != "tf_idf":
            raise ArgumentError(f"{kind}: idf_weights are for output_mode='tf_idf'; received {output_mode!r}.")
        self._terms: list[Any] | None = None
        self._idf: np.ndarray | None = None
        self.reset_state()
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, self._given_idf)

    # What a term is, for each kind of vocabulary.
    def _term(self, value: Any) -> Any:
        raise NotImplementedError

    def _keys(self, array: np.ndarray) -> np.ndarray:
        """An array's elements as the vocabulary's terms are looked up."""
        raise NotImplementedError

    def _oov(self, keys: np.ndarray) -> np.ndarray:
        """Which of several out-of-vocabulary numbers terms get."""
        raise NotImplementedError

    def _key(self, term: Any) -> Any:
        return term

    # The vocabulary.
    @property
    def _has_mask(self) -> bool:
        return self.mask_token is not None and self.output_mode == "int"

    def _special(self) -> list[Any]:
        return [self.mask_token] * self._has_mask + [self.oov_token] * self.num_oov_indices

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The vocabulary, by index; with the mask token and the out-of-vocabulary tokens first, unless they are left out."""
        return (self._special() if include_special_tokens else []) + list(self._terms or [])

    def vocabulary_size(self) -> int:
        """How many numbers there are: the terms, the mask and the out-of-vocabulary ones."""
        return len(self._special()) + len(self._terms or [])

    def _depth(self) -> int:
        """The size of encoded results."""
        return self.max_tokens if self.pad_to_max_tokens and self.max_tokens else self.vocabulary_size()

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Replace the vocabulary: a list or array of terms (special tokens first, or none of them), or the path of a file."""
        kind = type(self).__name__
        terms = self._read(vocabulary) if isinstance(vocabulary, (str, os.PathLike)) else [
            self._term(each) for each in (np.asarray(vocabulary) if is_tensor(vocabulary) else vocabulary)
        ]
        special = self._special()
        starts = bool(special) and terms[: len(special)] == special
        terms = terms[len(special) :] if starts else terms
        if not terms:
            raise ArgumentError(f"{kind}: a vocabulary needs at least one term besides the special tokens {special}.")
        repeated = [term for term, count in Counter(terms).items() if count > 1]
        if repeated:
            raise ArgumentError(f"{kind}: each term is in the vocabulary once; it repeats {repeated[:10]}.")
        if self.mask_token is not None and self.mask_token in terms:
            raise ArgumentError(f"{kind}: the mask token {self.mask_token!r} is reserved; it stands at position "
                                f"{terms.index(self.mask_token)} of the vocabulary.")
        if self.invert and self.oov_token in terms:
            raise ArgumentError(f"{kind}: the out-of-vocabulary token {self.oov_token!r} is reserved; the vocabulary holds it.")
        if self.max_tokens is not None and len(special) + len(terms) > self.max_tokens:
            raise ArgumentError(f"{kind}: a vocabulary of {len(special) + len(terms)} tokens, special ones included, is larger than "
                                f"max_tokens={self.max_tokens}.")
        if (idf_weights is not None) != (self.output_mode == "tf_idf"):
            wanted = "needs idf_weights with its vocabulary" if idf_weights is None else "takes no idf_weights"
            raise ArgumentError(f"{kind} with output_mode={self.output_mode!r} {wanted}.")
        if idf_weights is not None:
            weights = np.asarray(idf_weights, np.float32)
            if weights.shape != (len(terms) + len(special) * starts,):
                raise ArgumentError(f"{kind}: idf_weights have one number for each term, {len(terms) + len(special) * starts}; "
                                    f"received an array of shape {weights.shape}.")
            own = weights if starts else np.concatenate([np.full(len(special), weights.mean(), np.float32), weights])
            self._idf = own
        self._terms = terms
        first = len(special)
        self._table = {self._key(term): first + i for i, term in enumerate(terms)}
        if self._has_mask:
            self._table[self._key(self.mask_token)] = 0

    def _read(self, path: Any) -> list[Any]:
        if not os.path.exists(path):
            raise ArgumentError(f"{type(self).__name__}: there is no vocabulary file {os.fspath(path)!r} (a term a line).")
        with open(path, encoding="utf-8", newline="\n") as file:
            lines = file.read().split("\n")
        return [self._term(line) for line in (lines[:-1] if lines and lines[-1] == "" else lines)]

    # Files keep the vocabulary beside the weights, and the frequencies' weights among them.
    def save_assets(self, directory: Any) -> None:
        """Write the vocabulary into a folder."""
        if self._terms is not None:
            with open(os.path.join(directory, "vocabulary.txt"), "w", encoding="utf-8", newline="\n") as file:
                file.write("\n".join(map(str, self.get_vocabulary())))

    def load_assets(self, directory: Any) -> None:
        """Read what `save_assets` wrote."""
        if os.path.exists(path := os.path.join(directory, "vocabulary.txt")):
            self.set_vocabulary(path, self._given_idf)

    def save_own_variables(self, store: dict[str, Any]) -> None:
        if self._idf is not None:
            store["idf_weights"] = self._idf

    def load_own_variables(self, store: Any) -> None:
        if self.output_mode == "tf_idf" and "idf_weights" in store:
            self._given_idf = np.asarray(store["idf_weights"], np.float32)
            self._idf = self._given_idf if self._terms is not None else None

    # Learning it.
    def reset_state(self) -> None:
        """Forget what was counted."""
        self._counts: Counter = Counter()
        self._documents: Counter = Counter()
        self._seen = 0

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Learn the vocabulary of `data` (an array, a list, or an iterable of batches), forgetting an earlier one."""
        self.reset_state()
        for batch in batches_of(self, data, steps):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Count the tokens of a batch."""
        keys = self._keys(np.asarray(data))
        if keys.size == (len(keys) if keys.ndim else 1):  # a token a document
            tokens = Counter(keys.ravel().tolist())
            self._counts += tokens
            self._documents += tokens
            self._seen += keys.size
            return
        self._count(keys.reshape(len(keys), -1).tolist())

    def _count(self, rows: Iterable[Iterable[Any]]) -> None:
        for row in rows:
            tokens = list(row)
            self._counts.update(tokens)
            self._documents.update(set(tokens))
            self._seen += 1

    def finalize_state(self) -> None:
        """Make the vocabulary of what was counted: the most frequent first, of equals the last in order first."""
        for special in {self._key(token) for token in (self.mask_token, self.oov_token) if token is not None}:
            self._counts.pop(special, None)
        room = None if self.max_tokens is None else self.max_tokens - len(self._special())
        ranked = sorted(self._counts, key=lambda key: (self._counts[key], key), reverse=True)[:room]
        weights = None
        if self.output_mode == "tf_idf":
            weights = [float(np.log(1 + self._seen / (1 + self._documents[key]))) for key in ranked]
        self._terms = None
        self.set_vocabulary([self._term(key) for key in ranked], weights)
        self.reset_state()

    # Looking up.
    def result(self, *specs: Spec) -> Spec:
        if self.invert:
            return Spec(specs[0].shape, self._value_dtype())
        dtype = dtypes.NUMPY[dtypes.floatx()] if self.output_mode == "tf_idf" else _INT64
        mode = "count" if self.output_mode == "tf_idf" else self.output_mode
        return Spec(encoded_shape(specs[0].shape, mode, self._depth()), dtype)

    def _value_dtype(self) -> np.dtype:
        raise NotImplementedError

    def compute(self, *arrays: np.ndarray) -> np.ndarray:
        return self._inverse(*arrays) if self.invert else super().compute(*arrays)

    def indices(self, *arrays: np.ndarray) -> np.ndarray:
        return self._indices(self._keys(*arrays))

    def _check_vocabulary(self) -> None:
        if self._terms is None:
            raise StateError("it has no vocabulary yet: give it one, or call its adapt method on data first.")

    def _indices(self, keys: np.ndarray) -> np.ndarray:
        self._check_vocabulary()
        table = self._table
        found = np.fromiter(map(table.get, keys.ravel().tolist(), itertools.repeat(-1)), np.int64, keys.size).reshape(keys.shape)
        out = found < 0
        if self.output_mode != "int" and self.mask_token is not None:
            masked = np.asarray(keys == self._key(self.mask_token), bool)
            out &= ~masked
        if not out.any():
            return found
        if not self.num_oov_indices:
            unknown = [key.decode(errors="replace") if isinstance(key, bytes) else key for key in keys[out][:5].tolist()]
            raise ArgumentError(f"with num_oov_indices=0 every input is in the vocabulary; these are not: {unknown}.")
        found[out] = int(self._has_mask) + (self._oov(keys[out]) if self.num_oov_indices > 1 else 0)
        return found

    def _encoding(self) -> tuple[str, int, Any]:
        return ("count", self._depth(), dtypes.floatx()) if self.output_mode == "tf_idf" else (self.output_mode, self._depth(), "int64")

    def _weights(self, indices: np.ndarray) -> np.ndarray | None:
        if self._idf is None or self.output_mode != "tf_idf":
            return None
        return np.where(indices < 0, 0, self._idf[np.clip(indices, 0, None)]).astype(self._idf.dtype)

    def _inverse(self, array: np.ndarray) -> np.ndarray:
        self._check_vocabulary()
        if array.dtype.kind not in "iub":
            raise DtypeError(f"An inverse lookup takes whole numbers; received {array.dtype}.")
        words = [self._key(term) for term in self.get_vocabulary()]
        oov = self._key(self.oov_token)
        listed = [words[i] if 0 <= i < len(words) else oov for i in array.ravel().tolist()]
        out = np.empty(len(listed), self._value_dtype())
        out[:] = listed
        return out.reshape(array.shape)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        only_terms(config, cls.__name__)
        return super().from_config(config)

    def get_config(self) -> dict[str, Any]:
        special = len(self._special())
        return {
            **super().get_config(), "invert": self.invert, "max_tokens": self.max_tokens, "num_oov_indices": self.num_oov_indices,
            "oov_token": self.oov_token, "mask_token": self.mask_token, "output_mode": self.output_mode, "sparse": self.sparse,
            "pad_to_max_tokens": self.pad_to_max_tokens, "idf_weights": None if self._idf is None else self._idf[special:].tolist(),
            "vocabulary": None if self._terms is None else list(self._terms),
            "vocabulary_size": None if self._terms is None else self.vocabulary_size(), "oov_method": self.oov_method, "salt": self.salt,
        }


@registry.register("layer")
class StringLookup(IndexLookup):
    """Strings to their numbers in a vocabulary, or back with `invert`.

    Args:
        max_tokens: the largest size of the vocabulary, special tokens included.
        num_oov_indices: how many numbers strings outside the vocabulary share, chosen by FarmHash64, or, with a `salt` (a whole
            number or two), by SipHash-2-4; with 0 they are an error.
        mask_token: gets number 0. oov_token: what `invert` gives for numbers outside the vocabulary.
        vocabulary: a list of strings or the path of a file with one a line; else call `adapt`.
        idf_weights: the terms' inverse document frequencies, for 'tf_idf'.
        output_mode: 'int', 'one_hot', 'multi_hot', 'count' or 'tf_idf'.
        pad_to_max_tokens: whether vectors have size max_tokens even when the vocabulary is smaller.
        sparse: whether vectors come as a SparseTensor; inside a model they are dense all the same.
    """

    encoding: str

    def __init__(
        self, max_tokens: int | None = None, num_oov_indices: int = 1, mask_token: str | None = None, oov_token: str = "[UNK]",
        vocabulary: Any = None, idf_weights: Any = None, invert: bool = False, output_mode: str = "int", pad_to_max_tokens: bool = False,
        sparse: bool = False, encoding: str = "utf-8", name: str | None = None, salt: Any = None, oov_method: str = "floormod",
        **kwargs: Any,
    ):  # fmt: skip
        self.__dict__["encoding"], self.__dict__["salt"] = encoding, check_salt("StringLookup", salt)
        super().__init__(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, invert, output_mode, sparse, pad_to_max_tokens,
            name=name, **kwargs,
        )

    @property
    def input_dtype(self) -> str:
        return "int64" if self.invert else "string"

    def _term(self, value: Any) -> Any:
        return value.decode(self.encoding) if isinstance(value, bytes) else None if value is None else str(value)

    def _key(self, term: str) -> bytes:
        return term.encode(self.encoding)

    def _keys(self, array: np.ndarray) -> np.ndarray:
        if array.dtype.kind in "US":
            array = array.astype(object)
        if array.dtype.kind != "O":
            raise DtypeError(f"StringLookup takes strings; received {array.dtype}. For whole numbers use IntegerLookup.")
        flat = np.empty(array.size, object)
        flat[:] = [self._key(each) if isinstance(each, str) else each for each in array.ravel()]
        return flat.reshape(array.shape)

    def _oov(self, keys: np.ndarray) -> np.ndarray:
        return buckets(keys, self.num_oov_indices, self.salt and tuple(self.salt))  # type: ignore[arg-type]

    def _value_dtype(self) -> np.dtype:
        return dtypes.NUMPY["string"]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "encoding": self.encoding}


@registry.register("layer")
class IntegerLookup(IndexLookup):
    """Whole numbers to their places in a vocabulary, or back with `invert`.

    Args: see `StringLookup`. Numbers outside the vocabulary get place `number mod num_oov_indices` of the first ones, or, with
        oov_method='farmhash', the one of their decimal text.
        vocabulary_dtype: 'int64' or 'int32'.
    """

    vocabulary_dtype: str
    input_dtype = "int64"

    def __init__(
        self, max_tokens: int | None = None, num_oov_indices: int = 1, mask_token: int | None = None, oov_token: int = -1,
        vocabulary: Any = None, vocabulary_dtype: str = "int64", idf_weights: Any = None, invert: bool = False, output_mode: str = "int",
        sparse: bool = False, pad_to_max_tokens: bool = False, oov_method: str = "floormod", salt: Any = None, name: str | None = None,
        **kwargs: Any,
    ):  # fmt: skip
        if vocabulary_dtype not in ("int32", "int64"):
            raise ArgumentError(f"IntegerLookup: vocabulary_dtype is 'int64' or 'int32'; received {vocabulary_dtype!r}.")
        if oov_method not in ("floormod", "farmhash"):
            raise ArgumentError(f"IntegerLookup: oov_method is 'floormod' or 'farmhash'; received {oov_method!r}.")
        if salt is not None and oov_method == "floormod":
            raise ArgumentError(f"IntegerLookup: a salt goes with oov_method='farmhash'; received salt={salt!r} with 'floormod'.")
        self.__dict__["vocabulary_dtype"], self.__dict__["oov_method"] = vocabulary_dtype, oov_method
        self.__dict__["salt"] = check_salt("IntegerLookup", salt)
        super().__init__(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, invert, output_mode, sparse, pad_to_max_tokens,
            name=name, **kwargs,
        )

    def call(self, inputs: Any) -> Any:
        return super().call(to_dense(inputs) if isinstance(inputs, SparseTensor) else inputs)

    def _term(self, value: Any) -> Any:
        return None if value is None else int(value)

    def _keys(self, array: np.ndarray) -> np.ndarray:
        if array.dtype.kind not in "iub":
            raise DtypeError(f"IntegerLookup takes whole numbers; received {array.dtype}. For strings use StringLookup.")
        return array.astype(np.int64)

    def _oov(self, keys: np.ndarray) -> np.ndarray:
        if self.oov_method == "floormod":
            return keys % self.num_oov_indices
        return buckets(texts(keys), self.num_oov_indices, self.salt and tuple(self.salt))  # type: ignore[arg-type]

    def _value_dtype(self) -> np.dtype:
        return np.dtype(self.vocabulary_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "vocabulary_dtype": self.vocabulary_dtype}
