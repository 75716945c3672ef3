"""tf.feature_column: how programs for TensorFlow 2.0 to 2.15 made numbers of the columns of a table.

A column is a record of what to do with which features. Categories become ids: (batch, n) whole numbers, below zero where there is none;
dense columns become (batch, width) numbers, which `DenseFeatures` puts side by side in the order of the columns' names.
"""

import functools
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from hornbeam import initializers, ops
from hornbeam.data.examples import FixedLenFeature, VarLenFeature
from hornbeam.engine import dtypes
from hornbeam.engine.errors import ArgumentError, DtypeError, InvalidArgumentError, ShapeError
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.layers.preprocessing.host import texts
from hornbeam.ops.fingerprint import buckets, fingerprint64, join_fingerprints

_MISSING = -(2**31)  # the id where a feature holds '' or -1, which stand for nothing; -1 is the id of a value outside a vocabulary
_HASH_KEY = 0xDECAFCAFFE

Features = dict[str, Any]  # tensors (batch, n) by name


# Columns.
@dataclass(frozen=True)
class Column:
    """Base of all columns. `keys`: the features it is made of."""

    @property
    def keys_used(self) -> tuple[str, ...]:
        parts = [getattr(self, each.name) for each in fields(self)]
        return tuple(key for part in parts if isinstance(part, Column) for key in part.keys_used)

    def parsed(self) -> dict[str, Any]:
        """How `tf.io.parse_example` reads its features."""
        parts = [getattr(self, each.name) for each in fields(self)]
        return {key: spec for part in parts if isinstance(part, Column) for key, spec in part.parsed().items()}


class Dense(Column):
    """Becomes numbers: `dense(features, ids, weights)`, (batch, size)."""

    name: str
    size: int

    def dense(self, features: Features, ids: Callable[["Categorical"], Tensor], weights: Any) -> Tensor:
        raise NotImplementedError


class Categorical(Column):
    """Becomes ids below `num_buckets`: `ids(features)`. `on_host`: of NumPy arrays rather than of tensors."""

    name: str
    num_buckets: int
    on_host = True

    def ids(self, features: Features) -> Any:
        raise NotImplementedError

    def width(self, widths: dict[str, Any]) -> Any:
        """How many ids a row has, by how many values its features have."""
        return widths[self.keys_used[0]]


@dataclass(frozen=True)
class NumericColumn(Dense):
    key: str
    shape: tuple[int, ...]
    default_value: Any
    dtype: Any
    normalizer_fn: Callable | None

    @property
    def name(self) -> str:
        return self.key

    @property
    def keys_used(self) -> tuple[str, ...]:
        return (self.key,)

    def parsed(self) -> dict[str, Any]:
        return {self.key: FixedLenFeature(self.shape, self.dtype, self.default_value)}

    @property
    def size(self) -> int:  # type: ignore[override]
        return math.prod(self.shape)

    def dense(self, features: Features, ids: Any = None, weights: Any = None) -> Tensor:
        values, size = as_tensor(features[self.key]), self.size
        if values.dtype == "string":
            raise DtypeError(f"numeric_column('{self.key}') takes numbers; the feature holds strings.")
        if self.normalizer_fn is not None:
            values = as_tensor(self.normalizer_fn(values))
        if math.prod(values.shape[1:]) != size:
            raise ShapeError(f"numeric_column('{self.key}', shape={self.shape}) takes {size} numbers for each example; the feature has "
                             f"shape {tuple(values.shape)}. Give the column that shape, or the feature one number for each example.")
        return ops.reshape(ops.cast(values, "float32"), (-1, size))


@dataclass(frozen=True)
class BucketizedColumn(Dense, Categorical):
    source_column: NumericColumn
    boundaries: tuple[float, ...]
    on_host = False

    @property
    def name(self) -> str:
        return f"{self.source_column.name}_bucketized"

    @property
    def num_buckets(self) -> int:  # type: ignore[override]
        return (len(self.boundaries) + 1) * self.source_column.shape[0]

    size = num_buckets

    def _buckets(self, features: Features) -> Tensor:
        return ops.searchsorted(as_tensor(self.boundaries, "float32"), self.source_column.dense(features), side="right")

    def ids(self, features: Features) -> Any:
        return self._buckets(features) + np.arange(self.source_column.shape[0], dtype="int32") * (len(self.boundaries) + 1)

    def width(self, widths: dict[str, Any]) -> Any:
        return self.source_column.shape[0]

    def dense(self, features: Features, ids: Any = None, weights: Any = None) -> Tensor:
        return ops.reshape(ops.one_hot(self._buckets(features), len(self.boundaries) + 1), (-1, self.num_buckets))


@dataclass(frozen=True)
class _Keyed(Categorical):
    """A category that is a feature's value."""

    key: str

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.key

    @property
    def keys_used(self) -> tuple[str, ...]:
        return (self.key,)

    def parsed(self) -> dict[str, Any]:
        return {self.key: VarLenFeature(getattr(self, "dtype", dtypes.standardize("int64")))}

    def _there(self, values: np.ndarray, ids: np.ndarray) -> np.ndarray:
        return np.where(values == (b"" if values.dtype.kind == "O" else -1), _MISSING, ids)


class _Vocabulary(_Keyed):
    default_value: int
    num_oov_buckets: int

    def _terms(self) -> tuple[bytes, ...]:
        raise NotImplementedError

    @property
    def num_buckets(self) -> int:  # type: ignore[override]
        return len(self._terms()) + self.num_oov_buckets

    def ids(self, features: Features) -> np.ndarray:
        values = np.asarray(features[self.key])
        words, table = texts(values), _table(self._terms())
        found = np.array([table.get(word, -1) for word in words.ravel()], np.int64).reshape(words.shape)
        other = buckets(words, self.num_oov_buckets) + len(table) if self.num_oov_buckets else self.default_value
        return self._there(values, np.where(found < 0, other, found))


@functools.lru_cache(maxsize=64)
def _table(terms: tuple[bytes, ...]) -> dict[bytes, int]:
    return {term: i for i, term in enumerate(terms)}


@dataclass(frozen=True)
class VocabularyListCategoricalColumn(_Vocabulary):
    vocabulary_list: tuple[Any, ...]
    dtype: Any
    default_value: int
    num_oov_buckets: int

    def _terms(self) -> tuple[bytes, ...]:
        return tuple(term if isinstance(term, bytes) else str(term).encode() for term in self.vocabulary_list)


@dataclass(frozen=True)
class VocabularyFileCategoricalColumn(_Vocabulary):
    vocabulary_file: str
    vocabulary_size: int
    num_oov_buckets: int
    dtype: Any
    default_value: int
    file_format: str | None

    def _terms(self) -> tuple[bytes, ...]:
        return _lines(self.vocabulary_file)[: self.vocabulary_size]


@functools.lru_cache(maxsize=64)
def _lines(path: str) -> tuple[bytes, ...]:
    try:
        with open(path, "rb") as file:
            return tuple(file.read().splitlines())
    except FileNotFoundError:
        raise ArgumentError(f"categorical_column_with_vocabulary_file: there is no file '{path}' (a term a line).") from None


@dataclass(frozen=True)
class IdentityCategoricalColumn(_Keyed):
    number_buckets: int
    default_value: int | None
    on_host = False

    @property
    def num_buckets(self) -> int:  # type: ignore[override]
        return self.number_buckets

    def ids(self, features: Features) -> Any:
        given = as_tensor(features[self.key])
        if not given.dtype.is_integer:
            raise DtypeError(f"categorical_column_with_identity('{self.key}') takes whole numbers; the feature holds {given.dtype}.")
        values = ops.cast(given, "int32")
        ids = values
        if self.default_value is not None:
            ids = ops.where(ops.logical_or(values < 0, values >= self.number_buckets), np.int32(self.default_value), values)
        return ops.where(ops.equal(values, -1), np.int32(_MISSING), ids)


@dataclass(frozen=True)
class HashedCategoricalColumn(_Keyed):
    hash_bucket_size: int
    dtype: Any

    @property
    def num_buckets(self) -> int:  # type: ignore[override]
        return self.hash_bucket_size

    def ids(self, features: Features) -> np.ndarray:
        values = np.asarray(features[self.key])
        return self._there(values, buckets(texts(values), self.hash_bucket_size))


@dataclass(frozen=True)
class CrossedColumn(Categorical):
    keys: tuple[Any, ...]
    hash_bucket_size: int
    hash_key: int | None

    def _leaves(self) -> Iterator[Any]:
        for key in self.keys:
            yield from key._leaves() if isinstance(key, CrossedColumn) else (key,)

    @property
    def name(self) -> str:  # type: ignore[override]
        return "_X_".join(sorted(key if isinstance(key, str) else key.name for key in self._leaves()))

    @property
    def num_buckets(self) -> int:  # type: ignore[override]
        return self.hash_bucket_size

    @property
    def keys_used(self) -> tuple[str, ...]:
        return tuple(name for key in self._leaves() for name in ((key,) if isinstance(key, str) else key.keys_used))

    def parsed(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key in self._leaves():
            found.update({key: VarLenFeature(dtypes.standardize("string"))} if isinstance(key, str) else key.parsed())
        return found

    def width(self, widths: dict[str, Any]) -> Any:
        return math.prod(widths[key] if isinstance(key, str) else key.width(widths) for key in self._leaves())

    def ids(self, features: Features) -> np.ndarray:
        sides = []  # each leaf's values, (batch, n): fingerprints, and whether they are there
        for key in sorted(self._leaves(), key=lambda leaf: isinstance(leaf, str)):  # TensorFlow's operation takes columns first
            values = np.asarray(features[key] if isinstance(key, str) else key.ids(features))
            there = np.ones(values.shape, bool) if isinstance(key, str) else values != _MISSING
            number = fingerprint64 if values.dtype.kind == "O" else lambda value: int(value) & 0xFFFFFFFFFFFFFFFF
            sides.append([[number(v) if ok else None for v, ok in zip(*row, strict=True)] for row in zip(values, there, strict=True)])  # type: ignore[operator]
        rows = []
        for row in zip(*sides, strict=True):
            rows.append([self._crossed(parts) for parts in itertools.product(*row)])
        return np.array(rows, np.int64)

    def _crossed(self, parts: Iterable[int | None]) -> int:
        joined = _HASH_KEY if self.hash_key is None else self.hash_key
        for part in parts:
            if part is None:
                return _MISSING
            joined = join_fingerprints(joined, part)
        return joined % self.hash_bucket_size


@dataclass(frozen=True)
class WeightedCategoricalColumn(Categorical):
    categorical_column: Categorical
    weight_feature_key: str
    dtype: Any
    on_host = False

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"{self.categorical_column.name}_weighted_by_{self.weight_feature_key}"

    @property
    def num_buckets(self) -> int:  # type: ignore[override]
        return self.categorical_column.num_buckets

    @property
    def keys_used(self) -> tuple[str, ...]:
        return (*self.categorical_column.keys_used, self.weight_feature_key)

    def parsed(self) -> dict[str, Any]:
        return {**self.categorical_column.parsed(), self.weight_feature_key: VarLenFeature(self.dtype)}


def _of(column: Categorical, features: Features, ids: Callable[[Categorical], Tensor]) -> tuple[Tensor, Tensor | None]:
    """A categorical column's ids and weights (None: all one)."""
    if isinstance(column, WeightedCategoricalColumn):
        return ids(column.categorical_column), ops.cast(features[column.weight_feature_key], "float32")
    return ids(column), None


@dataclass(frozen=True)
class IndicatorColumn(Dense):
    categorical_column: Categorical

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_indicator"

    @property
    def size(self) -> int:  # type: ignore[override]
        return self.categorical_column.num_buckets

    def dense(self, features: Features, ids: Any, weights: Any) -> Tensor:
        numbers, weight = _of(self.categorical_column, features, ids)
        hot = ops.one_hot(numbers, self.categorical_column.num_buckets)
        return ops.sum(hot if weight is None else hot * ops.expand_dims(weight, -1), axis=-2)


@dataclass(frozen=True)
class EmbeddingColumn(Dense):
    categorical_column: Categorical
    dimension: int
    combiner: str
    initializer: Any
    ckpt_to_load_from: Any
    tensor_name_in_ckpt: Any
    max_norm: float | None
    trainable: bool
    use_safe_embedding_lookup: bool

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_embedding"

    @property
    def size(self) -> int:  # type: ignore[override]
        return self.dimension

    @property
    def table(self) -> str:
        """The name of its weights: columns may share them."""
        return f"{self.name}/embedding_weights"

    def dense(self, features: Features, ids: Any, weights: Any) -> Tensor:
        numbers, weight = _of(self.categorical_column, features, ids)
        there, categories = numbers >= 0, self.categorical_column.num_buckets
        if not numbers.is_traced and numbers.size and (highest := int(np.asarray(numbers).max())) >= categories:
            raise InvalidArgumentError(
                f"embedding_column: '{self.categorical_column.name}' has {categories} categories; received number {highest}. Give it a "
                "larger num_buckets, or a default_value for the others."
            )
        if weight is not None and self.combiner != "sum":
            there = ops.logical_and(there, weight > 0)
        share = ops.cast(there, "float32") if weight is None else ops.where(there, weight, 0.0)
        found = ops.take(weights, ops.maximum(numbers, 0), axis=0)
        if self.max_norm is not None:
            found = found * (self.max_norm / ops.maximum(ops.norm(found, axis=-1, keepdims=True), self.max_norm))
        total = ops.sum(found * ops.expand_dims(share, -1), axis=-2)
        if self.combiner == "sum":
            return total
        size = ops.sum(share, axis=-1, keepdims=True)
        size = size if self.combiner == "mean" else ops.sqrt(ops.sum(share * share, axis=-1, keepdims=True))
        return total / ops.where(size > 0, size, 1.0)


@dataclass(frozen=True)
class SharedEmbeddingColumn(EmbeddingColumn):
    collection: str

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_shared_embedding"

    @property
    def table(self) -> str:
        return self.collection


# What programs write.
def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise ArgumentError(f"A feature column's key is the name of a feature, a string; received {key!r}.")
    return key


def _count(function: str, name: str, value: Any) -> int:
    if value is None or int(value) < 1:
        raise ArgumentError(f"{function}: {name} is 1 or more; received {value!r}.")
    return int(value)


def numeric_column(
    key: str, shape: Any = (1,), default_value: Any = None, dtype: Any = "float32", normalizer_fn: Callable | None = None
) -> NumericColumn:
    """Numbers as they are, or as `normalizer_fn` makes them.

    Args:
        shape: of an example's numbers.
        default_value: stands in for a feature that a serialized Example lacks (`make_parse_example_spec`).
    """
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if not all(isinstance(size, (int, np.integer)) and size > 0 for size in sizes):
        raise ArgumentError(f"numeric_column('{key}'): the sizes of `shape` are whole numbers above 0; received {shape!r}.")
    kind = dtypes.standardize(dtype)
    if not (kind.is_floating or kind.is_integer):
        raise ArgumentError(f"numeric_column('{key}') has a dtype of numbers; received {kind}.")
    if default_value is not None:
        default_value = tuple(np.broadcast_to(default_value, sizes).ravel().tolist())
    return NumericColumn(_key(key), tuple(map(int, sizes)), default_value, kind, normalizer_fn)


def bucketized_column(source_column: NumericColumn, boundaries: Sequence[float]) -> BucketizedColumn:
    """Which of the ranges between `boundaries` (rising) a number is in; one on a boundary is in the range above it."""
    if not isinstance(source_column, NumericColumn) or len(source_column.shape) != 1:
        raise ArgumentError(f"bucketized_column takes a numeric_column with a shape of one size; received {source_column!r}.")
    limits = tuple(boundaries)
    if not limits or any(low >= high for low, high in itertools.pairwise(limits)):
        raise ArgumentError(f"bucketized_column: boundaries are numbers, each larger than the last; received {boundaries!r}.")
    return BucketizedColumn(source_column, limits)


def categorical_column_with_vocabulary_list(
    key: str, vocabulary_list: Sequence[Any], dtype: Any = None, default_value: int = -1, num_oov_buckets: int = 0
) -> VocabularyListCategoricalColumn:
    """A value's place in a list. Others get `default_value` (-1: nothing), or one of `num_oov_buckets` places after the list."""
    terms = tuple(term.item() if hasattr(term, "item") else term for term in vocabulary_list)
    if not terms or len(set(terms)) < len(terms):
        raise ArgumentError(f"categorical_column_with_vocabulary_list('{key}') takes one or more values, each once; received {terms}.")
    if num_oov_buckets and default_value != -1:
        raise ArgumentError(f"categorical_column_with_vocabulary_list('{key}'): give num_oov_buckets or default_value, not both.")
    kind = dtypes.standardize(dtype or ("string" if isinstance(terms[0], (str, bytes)) else "int64"))
    return VocabularyListCategoricalColumn(_key(key), terms, kind, default_value, num_oov_buckets)


def categorical_column_with_vocabulary_file(
    key: str, vocabulary_file: Any, vocabulary_size: int | None = None, dtype: Any = "string", default_value: int | None = None,
    num_oov_buckets: int = 0, file_format: str | None = None,
) -> VocabularyFileCategoricalColumn:  # fmt: skip
    """As `categorical_column_with_vocabulary_list`, of the first `vocabulary_size` lines of a text file."""
    if num_oov_buckets and default_value is not None:
        raise ArgumentError(f"categorical_column_with_vocabulary_file('{key}'): give num_oov_buckets or default_value, not both.")
    path = str(vocabulary_file)
    size = len(_lines(path)) if vocabulary_size is None else vocabulary_size
    if not 0 < size <= len(_lines(path)):
        raise ArgumentError(f"categorical_column_with_vocabulary_file('{key}'): '{path}' has {len(_lines(path))} lines; received "
                            f"vocabulary_size={size}.")
    default = -1 if default_value is None else default_value
    return VocabularyFileCategoricalColumn(_key(key), path, size, num_oov_buckets, dtypes.standardize(dtype), default, file_format)


def categorical_column_with_identity(key: str, num_buckets: int, default_value: int | None = None) -> IdentityCategoricalColumn:
    """Whole numbers below `num_buckets`; others become `default_value`."""
    count = _count("categorical_column_with_identity", "num_buckets", num_buckets)
    if default_value is not None and not 0 <= default_value < count:
        raise ArgumentError(f"categorical_column_with_identity('{key}'): default_value is from 0 to {count - 1}; received {default_value}.")
    return IdentityCategoricalColumn(_key(key), count, default_value)


def categorical_column_with_hash_bucket(key: str, hash_bucket_size: int, dtype: Any = "string") -> HashedCategoricalColumn:
    """A value's hash, below `hash_bucket_size`; whole numbers are hashed as their decimal text."""
    count = _count("categorical_column_with_hash_bucket", "hash_bucket_size", hash_bucket_size)
    return HashedCategoricalColumn(_key(key), count, dtypes.standardize(dtype))


def crossed_column(keys: Sequence[Any], hash_bucket_size: int, hash_key: int | None = None) -> CrossedColumn:
    """The combinations of several features' values (given by name, or as categorical columns), hashed below `hash_bucket_size`."""
    if not isinstance(keys, (list, tuple)) or len(keys) < 2:
        raise ArgumentError(f"crossed_column takes a list of two or more keys; received {keys!r}.")
    for key in keys:
        if not isinstance(key, (str, Categorical)) or isinstance(key, (HashedCategoricalColumn, WeightedCategoricalColumn)):
            raise ArgumentError("crossed_column takes names of features, and categorical columns that are not hashed yet (give the "
                                f"feature's name instead); received {key!r}.")
    return CrossedColumn(tuple(keys), _count("crossed_column", "hash_bucket_size", hash_bucket_size), hash_key)


def weighted_categorical_column(
    categorical_column: Categorical, weight_feature_key: str, dtype: Any = "float32"
) -> WeightedCategoricalColumn:
    """A categorical column whose values count as much as another feature says."""
    return WeightedCategoricalColumn(_categories(categorical_column), _key(weight_feature_key), dtypes.standardize(dtype))


def _categories(column: Any) -> Categorical:
    if not isinstance(column, Categorical):
        raise ArgumentError(f"Here a categorical column is wanted; received {column!r}.")
    return column


def indicator_column(categorical_column: Categorical) -> IndicatorColumn:
    """How often an example holds each category: one-hot for one value an example."""
    return IndicatorColumn(_categories(categorical_column))


def embedding_column(
    categorical_column: Categorical, dimension: int, combiner: str = "mean", initializer: Any = None, ckpt_to_load_from: Any = None,
    tensor_name_in_ckpt: Any = None, max_norm: float | None = None, trainable: bool = True, use_safe_embedding_lookup: bool = True,
) -> EmbeddingColumn:  # fmt: skip
    """A learned vector for each category.

    Args:
        combiner: what an example of several values gets: their vectors' 'mean', 'sum', or 'sqrtn' (the sum over the square root of n).
        initializer: normal, cut at two deviations of 1 / sqrt(dimension), by default.
        max_norm: vectors longer than this are shortened to it.
    """
    if dimension is None or dimension < 1:
        raise ArgumentError(f"embedding_column: dimension is 1 or more; received {dimension!r}.")
    if combiner not in ("mean", "sqrtn", "sum"):
        raise ArgumentError(f"embedding_column: combiner is 'mean', 'sqrtn' or 'sum'; received {combiner!r}.")
    if ckpt_to_load_from is not None or tensor_name_in_ckpt is not None:
        raise ArgumentError("embedding_column: vectors are not read from a checkpoint here. Give an initializer that holds them: "
                            "tf.constant_initializer(tf.train.load_variable(checkpoint, name)).")
    start = initializer or initializers.TruncatedNormal(stddev=1 / math.sqrt(dimension))
    return EmbeddingColumn(
        _categories(categorical_column), dimension, combiner, start, None, None, max_norm, trainable, use_safe_embedding_lookup
    )


def shared_embeddings(
    categorical_columns: Sequence[Categorical], dimension: int, combiner: str = "mean", initializer: Any = None,
    shared_embedding_collection_name: str | None = None, **options: Any,
) -> list[SharedEmbeddingColumn]:  # fmt: skip
    """Columns as of `embedding_column` that share their vectors: all have as many categories."""
    columns = sorted(categorical_columns, key=lambda column: column.name)
    if len({column.num_buckets for column in columns}) != 1:
        raise ArgumentError(f"shared_embeddings takes columns of as many categories; received {[c.num_buckets for c in columns]}.")
    collection = shared_embedding_collection_name or "_".join(column.name for column in columns) + "_shared_embedding"
    alone = [embedding_column(column, dimension, combiner, initializer, **options) for column in categorical_columns]
    return [SharedEmbeddingColumn(**{each.name: getattr(one, each.name) for each in fields(one)}, collection=collection) for one in alone]


def make_parse_example_spec(feature_columns: Iterable[Any]) -> dict[str, Any]:
    """What `tf.io.parse_example` is to read for these columns."""
    found: dict[str, Any] = {}
    for column in feature_columns:
        if not isinstance(column, Column):
            raise ArgumentError(f"make_parse_example_spec takes feature columns; received {column!r}.")
        found.update(column.parsed())
    return found
