"""Serialized `tf.train.Example`s as tensors: `tf.io.parse_example` and its kin.

The bytes are read straight into arrays, without messages between.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.errors import ArgumentError, DataError, InvalidArgumentError, UnimplementedError
from hornbeam.engine.tensor import Tensor, as_tensor, place, wrap
from hornbeam.ops import wire
from hornbeam.ops.composite.ragged import RaggedTensor
from hornbeam.ops.composite.ragged_door import stacked
from hornbeam.ops.composite.sparse import SparseTensor
from hornbeam.ops.composite.sparse_functions import concat, expand_dims
from hornbeam.ops.shaping import concatenate
from hornbeam.ops.strings.base import bytes_of

_KINDS = {1: "string", 2: "float32", 3: "int64"}  # the numbers of Feature's fields


class FixedLenFeature(NamedTuple):
    """A feature with as many values in every example: `shape` of them, as a dense tensor; default_value where it is absent."""

    shape: Any
    dtype: Any
    default_value: Any = None


class FixedLenSequenceFeature(NamedTuple):
    """A feature of any number of blocks of `shape` values, as a dense tensor; a batch is filled up with default_value (0, '')."""

    shape: Any
    dtype: Any
    allow_missing: bool = False
    default_value: Any = None


class VarLenFeature(NamedTuple):
    """A feature of any number of values, as a SparseTensor."""

    dtype: Any


class SparseFeature(NamedTuple):
    """A SparseTensor whose indices (one feature, or several in a list) and values are features of their own."""

    index_key: Any
    value_key: str
    dtype: Any
    size: Any
    already_sorted: bool = False


class RaggedFeature(NamedTuple):
    """A feature of any number of values, as a RaggedTensor (for one example: a tensor)."""

    dtype: Any
    value_key: str | None = None
    partitions: Any = ()
    row_splits_dtype: Any = dtypes.standardize("int32")
    validate: bool = False


class _Feature(NamedTuple):
    """A feature's kind and its values; no kind: it is there, and empty."""

    kind: str | None
    values: Any


def _feature(data: bytes) -> _Feature:
    kind, values = None, []
    for number, sort, inner in wire.fields(data):
        if number not in _KINDS or sort != wire.BYTES:
            continue
        if _KINDS[number] != kind:
            kind, values = _KINDS[number], []
        for one, what, value in wire.fields(inner):
            if one == 1:
                values.append(_values(kind, what, value))
    if kind == "string":
        return _Feature(kind, values)
    if len(values) == 1:
        return _Feature(kind, values[0])
    return _Feature(kind, np.concatenate(values) if values else np.zeros(0, dtypes.NUMPY[kind]) if kind else [])


def _values(kind: str, sort: int, value: Any) -> Any:
    if kind == "string" and sort == wire.BYTES:
        return value
    if kind == "float32" and sort in (wire.BYTES, wire.FIXED32) and len(value) % 4 == 0:
        return np.frombuffer(value, "<f4")
    if kind == "int64" and sort == wire.BYTES:
        return wire.packed_ints(value)
    if kind == "int64" and sort == wire.VARINT:
        return np.array([wire.signed(value)])
    raise wire.corrupt()


def _features(data: bytes, wanted: Mapping[bytes, Any] | set[bytes]) -> dict[bytes, _Feature]:
    """The features (of these names) of a Features message."""
    found = {}
    for number, sort, entry in wire.fields(data):
        if number != 1 or sort != wire.BYTES:
            continue
        name = value = b""
        for field, _, content in wire.fields(entry):
            if field == 1:
                name = content
            elif field == 2:
                value = content
        if name in wanted:
            found[name] = _feature(value)
    return found


def _of_example(serialized: bytes, wanted: set[bytes]) -> dict[bytes, _Feature]:
    found: dict[bytes, _Feature] = {}
    try:
        for number, sort, content in wire.fields(serialized):
            if number == 1 and sort == wire.BYTES:
                found |= _features(content, wanted)
    except DataError:
        shown = serialized[:40]
        raise InvalidArgumentError(f"Could not parse example input, value: {shown!r}: it is no serialized tf.train.Example.") from None
    return found


def parse_single_example(
    serialized: Any, features: Mapping[str, Any], example_names: Any = None, name: str | None = None
) -> dict[str, Any]:
    """The features of one serialized Example (a scalar string) as tensors.

    Args:
        features: FixedLenFeature, FixedLenSequenceFeature, VarLenFeature, RaggedFeature or SparseFeature by name.

    Raises: InvalidArgumentError when a feature is absent, or of another type or length.
    """
    array = bytes_of(serialized, "io.parse_single_example")
    if array.ndim:
        raise ArgumentError(f"Input serialized must be a scalar; received shape {array.shape}. tf.io.parse_example parses a batch.")
    plan = _plan(features)
    found = _of_example(array.item(), _names(plan))
    return {key: one(found) for key, (one, _, _) in plan.items()}


def parse_example(serialized: Any, features: Mapping[str, Any], example_names: Any = None, name: str | None = None) -> dict[str, Any]:
    """The features of a batch of serialized Examples (a vector of strings) as tensors with a first axis for the batch."""
    array = bytes_of(serialized, "io.parse_example")
    if not array.ndim:
        return parse_single_example(serialized, features)
    if array.ndim > 1:
        raise ArgumentError(f"tf.io.parse_example takes a scalar or a vector of strings; received shape {array.shape}.")
    plan = _plan(features)
    wanted = _names(plan)
    found = [_of_example(each, wanted) for each in array.tolist()]
    return {key: several(found) for key, (_, several, _) in plan.items()}


_plans: dict[tuple, Any] = {}
_Row = tuple[Callable[[dict], Any], Callable[[list[dict]], Any], list[bytes]]


def _plan(features: Mapping[str, Any]) -> dict[str, _Row]:
    """By name, in order: how one example's feature is made, how a batch's, and which features that takes."""
    if not features:
        raise ArgumentError("Invalid argument: features cannot be empty.")
    key = (*features, *map(id, features.values()))
    found = _plans.get(key)
    if found is None:
        if len(_plans) > 50:
            _plans.clear()
        plan = {name: _row(name, features[name]) for name in sorted(features)}
        found = _plans[key] = plan, list(features.values())  # kept, so that no other feature gets their ids
    return found[0]


def _names(plan: dict[str, _Row]) -> set[bytes]:
    return {name for _, _, names in plan.values() for name in names}


def _row(key: str, feature: Any) -> _Row:
    name = key.encode()
    if not isinstance(feature, (FixedLenFeature, FixedLenSequenceFeature, VarLenFeature, RaggedFeature, SparseFeature)):
        raise ArgumentError(f"Invalid feature {key!r}: {feature!r}. It is a tf.io.FixedLenFeature, a VarLenFeature or one of their kin.")
    dtype = dtypes.standardize(feature.dtype)
    if dtype not in _KINDS.values():
        raise InvalidArgumentError(
            f"Feature {key!r}: an Example holds float32, int64 and string; received {dtype}. Parse one of them and tf.cast it."
        )
    if isinstance(feature, FixedLenFeature):
        shape = _shape(key, feature.shape)
        default = _default(key, feature.default_value, dtype, shape)

        def one(found: dict) -> Tensor:
            return _tensor(_fixed(key, found.get(name), dtype, shape, default), shape, dtype)

        def several(found: list[dict]) -> Tensor:
            rows = [_fixed(key, each.get(name), dtype, shape, default) for each in found]
            return _tensor([v for row in rows for v in row] if dtype == "string" else _joined(rows, dtype), (len(rows), *shape), dtype)

        return one, several, [name]
    if isinstance(feature, FixedLenSequenceFeature):
        return _sequence(key, feature, dtype)
    if isinstance(feature, VarLenFeature):
        return (lambda found: _sparse([_checked(key, found.get(name), dtype)], dtype, False),
                lambda found: _sparse([_checked(key, each.get(name), dtype) for each in found], dtype, True), [name])  # fmt: skip
    if isinstance(feature, RaggedFeature):
        if feature.partitions:
            raise UnimplementedError(f"Feature {key!r}: a RaggedFeature with partitions is not read; parse the parts and combine them.")
        name = (feature.value_key or key).encode()

        def ragged(found: list[dict]) -> RaggedTensor:
            rows = [_checked(key, each.get(name), dtype) for each in found]
            flat = [v for row in rows for v in row] if dtype == "string" else _joined(rows, dtype)
            return RaggedTensor.from_row_lengths(_tensor(flat, (len(flat),), dtype), np.array([len(row) for row in rows], np.int64))

        return lambda found: _flat(_checked(key, found.get(name), dtype), dtype), ragged, [name]
    return _sparse_feature(key, feature, dtype)


def _sequence(key: str, feature: FixedLenSequenceFeature, dtype: dtypes.DType) -> _Row:
    name, shape = key.encode(), _shape(key, feature.shape)
    if not feature.allow_missing:
        raise ArgumentError(f"Feature {key!r}: Unsupported: FixedLenSequenceFeature requires allow_missing to be True.")
    size = math.prod(shape)
    filler = feature.default_value if feature.default_value is not None else b"" if dtype == "string" else 0
    filler = filler.encode() if isinstance(filler, str) else filler

    def blocks(found: dict) -> Any:
        values = _checked(key, found.get(name), dtype)
        if len(values) % size:
            raise InvalidArgumentError(f"Key: {key}. Number of values {len(values)} is not a multiple of {size}, the size of a block.")
        return values

    def several(found: list[dict]) -> Tensor:
        rows = [blocks(each) for each in found]
        longest = max((len(row) for row in rows), default=0)
        out = np.full((len(rows), longest), filler, dtype.numpy)
        for i, row in enumerate(rows):
            out[i, : len(row)] = row
        return wrap(place(out.reshape(len(rows), longest // size, *shape)))

    return lambda found: _tensor(values := blocks(found), (len(values) // size, *shape), dtype), several, [name]


def _sparse_feature(key: str, feature: SparseFeature, dtype: dtypes.DType) -> _Row:
    index_keys = [feature.index_key] if isinstance(feature.index_key, str) else list(feature.index_key)
    sizes = [int(size) for size in np.atleast_1d(feature.size)]
    names = [each.encode() for each in [*index_keys, feature.value_key]]

    def parts(found: dict) -> tuple[np.ndarray, Any]:
        columns = [_checked(each, found.get(name), dtypes.standardize("int64")) for each, name in zip(index_keys, names, strict=False)]
        values = _checked(feature.value_key, found.get(names[-1]), dtype)
        if any(len(column) != len(values) for column in columns):
            raise InvalidArgumentError(f"Feature {key!r}: there are {[len(c) for c in columns]} indices for {len(values)} values.")
        indices = np.stack(columns, 1) if columns else np.zeros((0, 0), np.int64)
        order = np.lexsort(indices.T[::-1])
        return indices[order], [values[i] for i in order] if dtype == "string" else np.asarray(values, dtype.numpy)[order]

    def one(found: dict) -> SparseTensor:
        indices, values = parts(found)
        return SparseTensor(indices, _flat(values, dtype), sizes)

    def several(found: list[dict]) -> SparseTensor:
        made = [parts(each) for each in found]
        indices = np.concatenate([np.insert(indices, 0, i, axis=1) for i, (indices, _) in enumerate(made)])
        flat = [v for _, row in made for v in row] if dtype == "string" else _joined([row for _, row in made], dtype)
        return SparseTensor(indices, _flat(flat, dtype), [len(made), *sizes])

    return one, several, names


def _shape(key: str, shape: Any) -> tuple[int, ...]:
    sizes = [shape] if isinstance(shape, int) else list(shape)
    if any(size is None or size < 0 for size in sizes):
        raise ArgumentError(f"Feature {key!r}: a fixed length has known sizes; received shape {shape}. VarLenFeature reads any length.")
    return tuple(int(size) for size in sizes)


def _default(key: str, value: Any, dtype: dtypes.DType, shape: tuple[int, ...]) -> Any:
    if value is None:
        return None
    array = np.asarray(as_tensor(value, dtype)).ravel()
    size = math.prod(shape)
    if array.size == 1 != size:
        array = np.repeat(array, size)
    if array.size != size:
        raise InvalidArgumentError(f"Feature {key!r}: default_value has {array.size} values, and the shape {list(shape)} has {size}.")
    return array.tolist() if dtype == "string" else array


def _checked(key: str, found: _Feature | None, dtype: dtypes.DType) -> Any:
    """A feature's values, none when it is absent."""
    if found is None or found.kind is None:
        return [] if dtype == "string" else np.zeros(0, dtype.numpy)
    if found.kind != dtype:
        raise InvalidArgumentError(f"Key: {key}. Data types don't match. Data type: {found.kind} but expected type: {dtype}.")
    return found.values


def _fixed(key: str, found: _Feature | None, dtype: dtypes.DType, shape: tuple[int, ...], default: Any) -> Any:
    if found is None or found.kind is None:
        if default is None:
            raise InvalidArgumentError(f"Feature: {key} (data type: {dtype}) is required but could not be found.")
        return default
    values = _checked(key, found, dtype)
    size = math.prod(shape)
    if len(values) != size:
        raise InvalidArgumentError(
            f"Key: {key}. Number of {dtype} values != expected. Values size: {len(values)} but output shape: {list(shape)}."
        )
    return values


def _joined(rows: Sequence[np.ndarray], dtype: dtypes.DType) -> np.ndarray:
    return np.concatenate(rows) if len(rows) else np.zeros(0, dtype.numpy)


def _tensor(values: Any, shape: tuple[int, ...], dtype: dtypes.DType) -> Tensor:
    if dtype == "string":
        out = np.empty(len(values), object)
        out[:] = values
    else:
        out = np.array(values, dtype.numpy)  # a copy: the bytes are not ours
    return wrap(place(out.reshape(shape)))


def _flat(values: Any, dtype: dtypes.DType) -> Tensor:
    return _tensor(values, (len(values),), dtype)


def _sparse(rows: list[Any], dtype: dtypes.DType, batch: bool) -> SparseTensor:
    lengths = np.array([len(row) for row in rows], np.int64)
    columns = np.concatenate([np.arange(n) for n in lengths]) if len(lengths) else np.zeros(0, np.int64)
    flat = [v for row in rows for v in row] if dtype == "string" else _joined(rows, dtype)
    longest = int(lengths.max(initial=0))
    if not batch:
        return SparseTensor(columns[:, None], _flat(flat, dtype), [longest])
    return SparseTensor(np.stack([np.repeat(np.arange(len(rows)), lengths), columns], 1), _flat(flat, dtype), [len(rows), longest])


# Sequences.
def parse_single_sequence_example(
    serialized: Any, context_features: Mapping[str, Any] | None = None, sequence_features: Mapping[str, Any] | None = None,
    example_name: Any = None, name: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:  # fmt: skip
    """The features of one serialized SequenceExample: those of the whole, and those of the steps with a first axis for these."""
    array = bytes_of(serialized, "io.parse_single_sequence_example")
    if array.ndim:
        raise ArgumentError(f"Input serialized must be a scalar; received shape {array.shape}.")
    context = _context_plan(context_features, sequence_features)
    found, steps = _of_sequence(array.item(), context, sequence_features)
    whole = {key: one(found) for key, (one, _, _) in context.items()}
    return whole, {key: _steps(key, (sequence_features or {})[key], steps.get(key.encode())) for key in sorted(sequence_features or {})}


def parse_sequence_example(
    serialized: Any, context_features: Mapping[str, Any] | None = None, sequence_features: Mapping[str, Any] | None = None,
    example_names: Any = None, name: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Tensor]]:  # fmt: skip
    """The features of a batch of serialized SequenceExamples: of the wholes, of the steps, and how many steps dense features have.

    Shapes: dense step features are (batch, longest, ...), filled up with zeros (''); sparse and ragged ones have one more dimension.
    """
    array = bytes_of(serialized, "io.parse_sequence_example")
    if array.ndim != 1:
        raise ArgumentError(f"tf.io.parse_sequence_example takes a vector of strings; received shape {array.shape}.")
    context = _context_plan(context_features, sequence_features)
    found = [_of_sequence(each, context, sequence_features) for each in array.tolist()]
    whole = {key: several([features for features, _ in found]) for key, (_, several, _) in context.items()}
    parts: dict[str, Any] = {}
    lengths: dict[str, Tensor] = {}
    for key in sorted(sequence_features or {}):
        feature = (sequence_features or {})[key]
        rows = [_steps(key, feature, steps.get(key.encode())) for _, steps in found]
        if isinstance(feature, FixedLenSequenceFeature):
            counts = np.array([row.shape[0] for row in rows], np.int64)
            flat = RaggedTensor.from_row_lengths(concatenate(rows, axis=0), counts)
            parts[key], lengths[key] = flat.to_tensor(), as_tensor(counts)
        elif isinstance(feature, VarLenFeature):
            parts[key] = concat(0, [expand_dims(row, 0) for row in rows], expand_nonconcat_dims=True)
        else:
            parts[key] = stacked(rows)
    return whole, parts, lengths


def _context_plan(context_features: Any, sequence_features: Any) -> dict[str, _Row]:
    if not context_features and not sequence_features:
        raise ArgumentError("Invalid argument: give context_features or sequence_features.")
    return _plan(context_features) if context_features else {}


def _of_sequence(
    serialized: bytes, context: dict[str, _Row], sequence_features: Any
) -> tuple[dict[bytes, _Feature], dict[bytes, list[_Feature]]]:
    """The features of the whole, and those of the steps, of one serialized SequenceExample."""
    wanted = {key.encode() for key in sequence_features or {}}
    found: dict[bytes, _Feature] = {}
    steps: dict[bytes, list[_Feature]] = {}
    try:
        for number, _, content in wire.fields(serialized):
            if number == 1:
                found |= _features(content, _names(context))
            elif number == 2:
                steps |= _step_lists(content, wanted)
    except DataError:
        raise InvalidArgumentError("Could not parse sequence example input: it is no serialized tf.train.SequenceExample.") from None
    return found, steps


def _step_lists(data: bytes, wanted: set[bytes]) -> dict[bytes, list[_Feature]]:
    found = {}
    for _, _, entry in wire.fields(data):
        parts = {number: content for number, _, content in wire.fields(entry)}
        if parts.get(1, b"") in wanted:
            found[parts.get(1, b"")] = [_feature(content) for number, _, content in wire.fields(parts.get(2, b"")) if number == 1]
    return found


def _steps(key: str, feature: Any, found: list[_Feature] | None) -> Any:
    dtype = dtypes.standardize(feature.dtype)
    if isinstance(feature, FixedLenSequenceFeature):
        if found is None and not feature.allow_missing:
            raise InvalidArgumentError(f"Key: {key}. The feature list is required but could not be found.")
        shape = _shape(key, feature.shape)
        rows = [_fixed(key, each, dtype, shape, None) for each in found or []]
        return _tensor([v for row in rows for v in row] if dtype == "string" else _joined(rows, dtype), (len(rows), *shape), dtype)
    rows = [_checked(key, each, dtype) for each in found or []]
    if isinstance(feature, VarLenFeature):
        return _sparse(rows, dtype, True)
    if isinstance(feature, RaggedFeature) and not feature.partitions:
        flat = [v for row in rows for v in row] if dtype == "string" else _joined(rows, dtype)
        return RaggedTensor.from_row_lengths(_flat(flat, dtype), np.array([len(row) for row in rows], np.int64))
    raise ArgumentError(f"Feature {key!r}: steps are a FixedLenSequenceFeature, a VarLenFeature or a RaggedFeature; received {feature!r}.")
