"""`tf.lookup`: tables from keys to values.

Tables of numbers are searched in a compiled program too; tables with strings work on the host.
"""

from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError, DtypeError, FailedPreconditionError, InvalidArgumentError
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor, place, wrap
from hornbeam.ops import fingerprint
from hornbeam.ops.composite.ragged import RaggedTensor
from hornbeam.ops.composite.sparse import SparseTensor
from hornbeam.ops.files import local_path, refusing
from hornbeam.ops.strings.base import concrete


class TextFileIndex:
    """Which part of a line of a text file is a key or a value: a column's number, the whole line, or the line's number."""

    WHOLE_LINE = -2
    LINE_NUMBER = -1


class KeyValueTensorInitializer:
    """The content of a table: keys and values of one length."""

    def __init__(self, keys: Any, values: Any, key_dtype: Any = None, value_dtype: Any = None, name: str | None = None):
        self.keys, self.values = (np.asarray(as_tensor(each, wanted)) for each, wanted in ((keys, key_dtype), (values, value_dtype)))
        self.key_dtype, self.value_dtype = dtypes.of(self.keys), dtypes.of(self.values)

    def content(self) -> tuple[np.ndarray, np.ndarray]:
        if self.values.shape[: self.keys.ndim] != self.keys.shape:
            raise InvalidArgumentError(f"Expected shape {list(self.keys.shape)} for value, got {list(self.values.shape)}.")
        return self.keys, self.values


class TextFileInitializer:
    """The content of a table from a text file, an entry a line.

    Args:
        key_index, value_index: the column (from 0) that is split off by `delimiter`, TextFileIndex.WHOLE_LINE or LINE_NUMBER.
        vocab_size: how many lines count; by default all.
        value_index_offset: added to line numbers.
    """

    def __init__(
        self, filename: Any, key_dtype: Any, key_index: int, value_dtype: Any, value_index: int, vocab_size: int | None = None,
        delimiter: str = "\t", name: str | None = None, value_index_offset: int = 0,
    ):  # fmt: skip
        self.key_dtype, self.value_dtype = dtypes.standardize(key_dtype), dtypes.standardize(value_dtype)
        for what, index, dtype in (("key", key_index, self.key_dtype), ("value", value_index, self.value_dtype)):
            if index < -2:
                raise ArgumentError(f"Invalid {what} index {index}: a column's number, or one of TextFileIndex.")
            allowed = {TextFileIndex.LINE_NUMBER: ("int64",), TextFileIndex.WHOLE_LINE: ("string", "int64")}
            if index < 0 and dtype not in allowed[index]:
                raise ArgumentError(
                    f"The {what}s of a TextFileInitializer with {what}_index={index} cannot be {dtype}: line numbers are int64, whole "
                    "lines strings."
                )
        self._path, self._indices, self._size = local_path(filename), (key_index, value_index), vocab_size
        self._delimiter, self._offset = delimiter.encode(), value_index_offset

    def content(self) -> tuple[np.ndarray, np.ndarray]:
        with refusing(self._path), open(self._path, "rb") as file:
            lines = file.read().split(b"\n")
        lines = lines[:-1] if lines and not lines[-1] else lines
        if self._size is not None:
            if len(lines) < self._size:
                raise InvalidArgumentError(f"{self._path} has {len(lines)} lines, fewer than vocab_size={self._size}.")
            lines = lines[: self._size]
        columns = []
        for index, dtype, offset in zip(self._indices, (self.key_dtype, self.value_dtype), (0, self._offset), strict=True):
            if index == TextFileIndex.LINE_NUMBER:
                columns.append(np.arange(offset, offset + len(lines), dtype=np.int64))
                continue
            parts = lines if index == TextFileIndex.WHOLE_LINE else [self._column(line, index) for line in lines]
            columns.append(np.array(parts if dtype == "string" else [_number(part, dtype) for part in parts], dtype.numpy))
        return columns[0], columns[1]

    def _column(self, line: bytes, index: int) -> bytes:
        parts = line.split(self._delimiter)
        if index >= len(parts):
            raise InvalidArgumentError(f"{self._path}: the line {line!r} has {len(parts)} columns, and column {index} is asked for.")
        return parts[index]


def _number(part: bytes, dtype: dtypes.DType) -> Any:
    try:
        return int(part) if dtype.is_integer else float(part)
    except ValueError:
        raise InvalidArgumentError(f"Field {part!r} is not a valid {dtype}.") from None


@op(4, host=lambda keys, known, values, default: _search_on_host(keys, known, values, default), differentiable=False, name="lookup")
def _search(keys: Any, known: Any, values: Any, default: Any) -> Any:
    """The values beside sorted `known` keys."""
    known, values = jnp.asarray(known), jnp.asarray(values)  # a tracer can index them
    at = jnp.minimum(jnp.searchsorted(known, keys), known.shape[0] - 1)
    hit = known[at] == keys
    return jnp.where(hit.reshape(hit.shape + (1,) * (values.ndim - 1)), values[at], default)


def _search_on_host(keys: np.ndarray, known: np.ndarray, values: np.ndarray, default: np.ndarray) -> np.ndarray:
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    hit = known[at] == keys
    return np.where(hit.reshape(hit.shape + (1,) * (values.ndim - 1)), values[at], default)


class _Table:
    """What all tables share: a dict from keys to rows of `values`, and a default."""

    def __init__(self, key_dtype: Any, value_dtype: Any, default_value: Any, name: str | None = None):
        self.key_dtype, self.value_dtype, self.name = dtypes.standardize(key_dtype), dtypes.standardize(value_dtype), name
        if not is_tensor(default_value) and self.value_dtype == "string" and not isinstance(default_value, (str, bytes, np.ndarray, list)):
            raise DtypeError(f"The default value of this table is a string, as its values are; received {default_value!r}.")
        self._default = np.asarray(as_tensor(default_value, self.value_dtype))
        self._entries: dict[Any, Any] = {}
        self._sorted: tuple[Tensor, Tensor] | None = None

    @property
    def default_value(self) -> Tensor:
        """What keys that are not there have."""
        return as_tensor(self._default)

    def size(self, name: str | None = None) -> Tensor:
        """How many keys there are: int64."""
        return wrap(place(np.array(len(self._entries), np.int64)))

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """All keys and their values."""
        return self._keys(), self._values()

    def _keys(self) -> Tensor:
        keys = np.empty(len(self._entries), self.key_dtype.numpy)
        keys[:] = list(self._entries)
        return wrap(place(keys))

    def _values(self) -> Tensor:
        out = np.empty((len(self._entries), *self._default.shape), self.value_dtype.numpy)
        for i, value in enumerate(self._entries.values()):
            out[i] = value
        return wrap(place(out))

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The values of keys, of the keys' shape; ragged and sparse keys keep their structure."""
        if isinstance(keys, RaggedTensor):
            return keys.with_flat_values(self.lookup(keys.flat_values))
        if isinstance(keys, SparseTensor):
            return keys.with_values(self.lookup(keys.values))
        given = as_tensor(keys, self.key_dtype if isinstance(keys, (list, tuple, int)) else None)
        if given.dtype != self.key_dtype:
            wanted = self.key_dtype
            raise DtypeError(f"The keys of this table are {wanted}; received {given.dtype}. Cast them: tf.cast(keys, tf.{wanted}).")
        if self.key_dtype != "string" and self.value_dtype != "string" and self._entries:
            return _search(given, *self._in_order(), as_tensor(self._default))
        array = concrete(given, "lookup")
        out = np.empty((array.size, *self._default.shape), self.value_dtype.numpy)
        get, default = self._entries.get, self._default if self._default.ndim else self._default.item()
        for i, key in enumerate(array.ravel().tolist()):
            out[i] = get(key, default)
        return wrap(place(out.reshape(array.shape + self._default.shape)))

    def _in_order(self) -> tuple[Tensor, Tensor]:
        if self._sorted is None:
            keys, values = np.asarray(self._keys()), np.asarray(self._values())
            order = np.argsort(keys, kind="stable")
            self._sorted = as_tensor(keys[order]), as_tensor(values[order])
        return self._sorted

    def __getitem__(self, keys: Any) -> Any:
        return self.lookup(keys)

    def _put(self, keys: np.ndarray, values: np.ndarray) -> None:
        rows = values.reshape(-1, *self._default.shape)
        listed = rows.tolist() if not self._default.ndim else list(rows)
        self._entries.update(zip(keys.ravel().tolist(), listed, strict=True))
        self._sorted = None


class StaticHashTable(_Table):
    """A table that does not change.

    Args:
        initializer: a KeyValueTensorInitializer or a TextFileInitializer.
        default_value: what keys that are not in the table have.
    """

    def __init__(self, initializer: Any, default_value: Any, name: str | None = None, experimental_is_anonymous: bool = False):
        super().__init__(initializer.key_dtype, initializer.value_dtype, default_value, name)
        keys, values = initializer.content()
        entries: dict[Any, Any] = {}
        for key, value in zip(keys.ravel().tolist(), values.ravel().tolist(), strict=True):
            if entries.setdefault(key, value) != value:
                raise FailedPreconditionError(
                    f"HashTable has different value for same key. Key {key!r} has {entries[key]!r} and trying to add value {value!r}."
                )
        self._entries = entries


class StaticVocabularyTable(_Table):
    """Keys to numbers: those of the vocabulary, int64, then one of `num_oov_buckets` numbers, by the key's FarmHash64, for all others.

    Args:
        initializer: from keys to int64, or None for buckets alone.
        lookup_key_dtype: the keys' type, when there is no initializer or integers are looked up as strings.
    """

    def __init__(
        self, initializer: Any, num_oov_buckets: int, lookup_key_dtype: Any = None, name: str | None = None,
        experimental_is_anonymous: bool = False,
    ):  # fmt: skip
        if num_oov_buckets <= 0:
            raise ArgumentError("`num_oov_buckets` must be > 0; use StaticHashTable.")
        if initializer is not None and initializer.value_dtype != "int64":
            kind = initializer.value_dtype
            raise DtypeError(f"The values of a StaticVocabularyTable are int64; received {kind}: give tf.constant(values, tf.int64).")
        key_dtype = lookup_key_dtype or ("string" if initializer is None else initializer.key_dtype)
        super().__init__(key_dtype, "int64", -1, name)
        self._buckets = int(num_oov_buckets)
        if initializer is not None:
            self._put(*initializer.content())
        self._known = len(self._entries)

    def size(self, name: str | None = None) -> Tensor:
        return wrap(place(np.array(self._known + self._buckets, np.int64)))

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        if isinstance(keys, RaggedTensor):
            return keys.with_flat_values(self.lookup(keys.flat_values))
        if isinstance(keys, SparseTensor):
            return keys.with_values(self.lookup(keys.values))
        found = np.array(super().lookup(keys))
        out = found < 0
        if out.any():
            texts = concrete(keys, "lookup")[out]
            if self.key_dtype != "string":
                texts = np.array([str(each).encode() for each in texts.tolist()], object)
            found[out] = self._known + fingerprint.buckets(texts, self._buckets)
        return as_tensor(found)


class MutableHashTable(_Table):
    """A table that keys are added to and removed from."""

    def __init__(
        self, key_dtype: Any, value_dtype: Any, default_value: Any, name: str = "MutableHashTable", checkpoint: bool = True,
        experimental_is_anonymous: bool = False,
    ):  # fmt: skip
        super().__init__(key_dtype, value_dtype, default_value, name)

    def insert(self, keys: Any, values: Any, name: str | None = None) -> None:
        """Add keys with their values, or replace their values."""
        given, wanted = (concrete(as_tensor(each, kind), "lookup") for each, kind in ((keys, self.key_dtype), (values, self.value_dtype)))
        if wanted.shape != given.shape + self._default.shape:
            raise InvalidArgumentError(f"Expected shape {list(given.shape + self._default.shape)} for value, got {list(wanted.shape)}.")
        self._refuse(given)
        self._put(given, wanted)

    insert_or_assign = insert

    def _refuse(self, keys: np.ndarray) -> None:
        """Raise for keys that cannot be in this table."""

    def remove(self, keys: Any, name: str | None = None) -> None:
        """Take keys out; those that are not there do not matter."""
        for key in concrete(as_tensor(keys, self.key_dtype), "lookup").ravel().tolist():
            self._entries.pop(key, None)
        self._sorted = None

    erase = remove

    def lookup(self, keys: Any, dynamic_default_values: Any = None, name: str | None = None) -> Any:
        """The values of keys; dynamic_default_values: what those that are not there have, each its own."""
        found = super().lookup(keys)
        if dynamic_default_values is None:
            return found
        given = concrete(as_tensor(keys, self.key_dtype), "lookup")
        here = np.array([key in self._entries for key in given.ravel().tolist()], bool).reshape(given.shape)
        here = here.reshape(here.shape + (1,) * self._default.ndim)
        return as_tensor(np.where(here, np.asarray(found), np.asarray(as_tensor(dynamic_default_values, self.value_dtype))))


class DenseHashTable(MutableHashTable):
    """A MutableHashTable; two keys, `empty_key` and `deleted_key`, cannot be in it."""

    def __init__(
        self, key_dtype: Any, value_dtype: Any, default_value: Any, empty_key: Any, deleted_key: Any,
        initial_num_buckets: int | None = None, name: str = "MutableDenseHashTable", checkpoint: bool = True,
        experimental_is_anonymous: bool = False,
    ):  # fmt: skip
        super().__init__(key_dtype, value_dtype, default_value, name)
        self._reserved = [np.asarray(as_tensor(key, self.key_dtype)).item() for key in (empty_key, deleted_key)]
        if self._reserved[0] == self._reserved[1]:
            raise InvalidArgumentError("Empty and deleted keys must be different.")

    def _refuse(self, keys: np.ndarray) -> None:
        listed = keys.ravel().tolist()
        for key in self._reserved:
            if key in listed:
                raise InvalidArgumentError(f"Using the empty_key or the deleted_key ({key!r}) as a table key is not allowed.")
