"""`tf.strings`: lengths, parts, cases, joins, splits, n-grams, hashes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError, InvalidArgumentError, OutOfRangeError
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.ops import fingerprint
from hornbeam.ops.composite.ragged import RaggedTensor
from hornbeam.ops.composite.ragged_door import elementwise_call
from hornbeam.ops.strings.base import bytes_of, concrete, each, nested, numbers, objects, rows, text

_UNITS = ("BYTE", "UTF8_CHAR")


def _unit(unit: str) -> bool:
    """Whether characters are counted, not bytes."""
    if unit not in _UNITS:
        raise InvalidArgumentError(f"unit is 'BYTE' or 'UTF8_CHAR'; received {unit!r}.")
    return unit == "UTF8_CHAR"


def _starts(value: bytes) -> list[int]:
    """Where UTF-8 characters begin: all bytes but continuations."""
    return [i for i, byte in enumerate(value) if byte & 0xC0 != 0x80]


def length(input: Any, unit: str = "BYTE", name: str | None = None) -> Any:
    """The length of each string in bytes, or in characters (unit='UTF8_CHAR'): int32."""
    return each(input, "strings.length", (lambda value: len(_starts(value))) if _unit(unit) else len, np.int32)


def lower(input: Any, encoding: str = "", name: str | None = None) -> Any:
    """Lower case: of ASCII letters, or of all with encoding='utf-8'."""
    return each(input, "strings.lower", (lambda value: _decoded(value).lower().encode()) if _utf8(encoding) else bytes.lower)


def upper(input: Any, encoding: str = "", name: str | None = None) -> Any:
    """Upper case: of ASCII letters, or of all with encoding='utf-8'."""
    return each(input, "strings.upper", (lambda value: _decoded(value).upper().encode()) if _utf8(encoding) else bytes.upper)


def _utf8(encoding: str) -> bool:
    if encoding not in ("", "utf-8"):
        raise InvalidArgumentError(f"encoding is '' for ASCII or 'utf-8'; received {encoding!r}.")
    return bool(encoding)


def _decoded(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def strip(input: Any, name: str | None = None) -> Any:
    """Each string without whitespace at its ends."""
    return each(input, "strings.strip", bytes.strip)


def substr(input: Any, pos: Any, len: Any, unit: str = "BYTE", name: str | None = None) -> Any:
    """From `pos` (negative: from the end) up to `len` bytes or characters of each string; pos and len broadcast.

    Raises InvalidArgumentError where pos is outside its string.
    """
    if isinstance(input, RaggedTensor):
        return elementwise_call(lambda texts, first, count: substr(texts, first, count, unit), (input, pos, len))
    characters, size = _unit(unit), _length
    arrays = [bytes_of(input, "strings.substr"), concrete(pos, "strings.substr"), concrete(len, "strings.substr")]
    try:
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
    except ValueError:
        shapes = [a.shape for a in arrays]
        raise InvalidArgumentError(f"tf.strings.substr: input, pos and len of shapes {shapes} do not broadcast.") from None
    values, starts, counts = (np.broadcast_to(array, shape).ravel().tolist() for array in arrays)

    def part(i: int, value: bytes, start: int, count: int) -> bytes:
        edges = [*_starts(value), size(value)] if characters else None
        total = size(edges) - 1 if edges else size(value)
        if not -total <= start <= total:
            raise InvalidArgumentError(f"pos {start} out of range for string {value!r} at index {i}")
        start = start + total if start < 0 else start
        end = min(total, start + max(0, count))
        return value[edges[start] : edges[end]] if edges else value[start:end]

    return objects((part(i, *each) for i, each in enumerate(zip(values, starts, counts, strict=True))), shape)


_length = len  # `substr` has an argument of this name


def bytes_split(input: Any, name: str | None = None) -> Any:
    """The bytes of each string: one more dimension, ragged unless a scalar was given."""
    return rows(input, "strings.bytes_split", lambda value: [value[i : i + 1] for i in range(len(value))])


def split(input: Any, sep: Any = None, maxsplit: int = -1, name: str | None = None) -> Any:
    """The parts of each string between separators (by default runs of whitespace): one more dimension, ragged unless a scalar was given."""
    separator = None if sep is None else text(sep, "sep") or None
    return rows(input, "strings.split", lambda value: value.split(separator, maxsplit))


def join(inputs: Sequence[Any], separator: Any = "", name: str | None = None) -> Any:
    """The strings at each place of several tensors of one shape (scalars go with any), joined."""
    inputs = list(inputs)
    if any(isinstance(value, RaggedTensor) for value in inputs):
        return elementwise_call(lambda *flat: join(flat, separator), inputs)
    glue = text(separator, "separator")
    arrays = [bytes_of(value, "strings.join") for value in inputs]
    shapes = {array.shape for array in arrays if array.ndim}
    if len(shapes) > 1:
        raise InvalidArgumentError(f"tf.strings.join: Input shapes do not match: {' vs. '.join(str(list(s)) for s in sorted(shapes))}.")
    shape = shapes.pop() if shapes else ()
    columns = (np.broadcast_to(array, shape).ravel().tolist() for array in arrays)
    return objects(map(glue.join, zip(*columns, strict=True)), shape) if arrays else objects([b""], ())


def reduce_join(inputs: Any, axis: Any = None, keepdims: bool = False, separator: Any = "", name: str | None = None) -> Any:
    """The strings along an axis, or along all of them, joined."""
    glue = text(separator, "separator")
    if isinstance(inputs, RaggedTensor):
        return _reduce_rows(inputs, axis, keepdims, glue)
    array = bytes_of(inputs, "strings.reduce_join")
    axes = list(range(array.ndim)) if axis is None else [int(a) for a in np.atleast_1d(np.asarray(axis))]
    for each_axis in axes:
        if not -array.ndim <= each_axis < array.ndim:
            raise OutOfRangeError(f"Invalid reduction dimension {each_axis} for input with {array.ndim} dimension(s)")
    axes = [a % array.ndim for a in axes]
    kept = [a for a in range(array.ndim) if a not in axes]
    # The axis that is named first runs fastest: TensorFlow joins along it, then along the next.
    ordered = array.transpose(*kept, *reversed(axes)) if axis is not None else array
    shape = tuple(array.shape[a] for a in kept)
    flat = ordered.reshape(int(np.prod(shape, dtype=np.int64)), -1).tolist()
    out = tuple(1 if a in axes else array.shape[a] for a in range(array.ndim)) if keepdims else shape
    return objects((glue.join(row) for row in flat), out)


def _reduce_rows(ragged: RaggedTensor, axis: Any, keepdims: bool, glue: bytes) -> Any:
    if axis is None:
        return objects([glue.join(np.asarray(ragged.flat_values).ravel().tolist())], ())
    at = int(axis) % ragged.ndim
    if at >= 2:
        return ragged.with_values(reduce_join(ragged.values, at - 1, keepdims, glue))
    if isinstance(ragged.values, RaggedTensor):
        raise InvalidArgumentError("tf.strings.reduce_join of a RaggedTensor joins along the innermost dimension: axis=-1.")
    if at == 0:
        columns: list[list[bytes]] = [[] for _ in range(int(np.diff(ragged._ends).max(initial=0)))]
        for row in ragged.to_list():
            for i, value in enumerate(row):
                columns[i].append(value)
        return objects(map(glue.join, columns), (1, len(columns)) if keepdims else (len(columns),))
    return objects(map(glue.join, ragged.to_list()), (ragged._nrows, 1) if keepdims else (ragged._nrows,))


def unsorted_segment_join(inputs: Any, segment_ids: Any, num_segments: Any, separator: Any = "", name: str | None = None) -> Tensor:
    """The strings with each number in `segment_ids`, joined: `num_segments` strings."""
    array, ids, glue = bytes_of(inputs, "strings.unsorted_segment_join"), concrete(segment_ids, "strings"), text(separator, "separator")
    inner, count = array.shape[ids.ndim :], int(num_segments)
    out = np.empty((count, *inner), object)
    flat = array.reshape(-1, *inner)
    for i in range(count):
        members = flat[ids.ravel() == i]
        for place in np.ndindex(*inner):
            out[(i, *place)] = glue.join(members[(slice(None), *place)].tolist())
    return as_tensor(out)


def ngrams(
    data: Any, ngram_width: Any, separator: Any = " ", pad_values: Any = None, padding_width: int | None = None,
    preserve_short_sequences: bool = False, name: str | None = None,
) -> Any:  # fmt: skip
    """The n-grams of tokens along the innermost dimension.

    Args:
        ngram_width: n, or several.
        pad_values: what stands before and after each row: one string, or a pair.
        padding_width: how often, by default n - 1 times.
        preserve_short_sequences: a row too short for any n-gram is one by itself.
    """
    glue = text(separator, "separator")
    widths = [int(ngram_width)] if np.ndim(ngram_width) == 0 else [int(width) for width in ngram_width]
    if any(width < 1 for width in widths):
        raise InvalidArgumentError(f"tf.strings.ngrams: ngram_width is at least 1; received {ngram_width}.")
    if padding_width is not None and pad_values is None:
        raise ArgumentError("tf.strings.ngrams: padding_width needs pad_values.")
    sides = (pad_values, pad_values) if isinstance(pad_values, (str, bytes)) else pad_values
    pads = None if sides is None else [text(side, "pad_values") for side in sides]

    def of(row: list[bytes]) -> list[bytes]:
        out = []
        for width in widths:
            padding = min(width - 1, width - 1 if padding_width is None else padding_width) if pads else 0
            padded = [pads[0]] * padding + row + [pads[1]] * padding if pads else row
            out += [glue.join(padded[i : i + width]) for i in range(len(padded) - width + 1)]
        return [glue.join(row)] if preserve_short_sequences and row and not out else out

    if isinstance(data, RaggedTensor):
        if isinstance(data.values, RaggedTensor) or data.values.ndim > 1:
            return data.with_values(ngrams(data.values, ngram_width, separator, pad_values, padding_width, preserve_short_sequences))
        lists = [of(row) for row in data.to_list()]
        flat = [gram for grams in lists for gram in grams]
        return nested(objects(flat, (len(flat),)), [len(grams) for grams in lists], (len(lists),))
    array = bytes_of(data, "strings.ngrams")
    if not array.ndim:
        raise ArgumentError("tf.strings.ngrams takes tokens of at least one dimension; received a scalar.")
    grams = [of(row) for row in array.reshape(-1, array.shape[-1]).tolist()]
    count = len(grams[0]) if grams else 0
    return objects((gram for row in grams for gram in row), (*array.shape[:-1], count))


# Hashes.
def _buckets(num_buckets: int) -> int:
    if num_buckets < 1:
        raise InvalidArgumentError(f"num_buckets is at least 1; received {num_buckets}.")
    return int(num_buckets)


def to_hash_bucket_fast(input: Any, num_buckets: int, name: str | None = None) -> Any:
    """A number from 0 to num_buckets - 1 for each string, int64, the same everywhere: FarmHash64."""
    count = _buckets(num_buckets)
    return _hashed(input, "strings.to_hash_bucket_fast", lambda value: fingerprint.fingerprint64(value) % count)


def to_hash_bucket_strong(input: Any, num_buckets: int, key: Sequence[int], name: str | None = None) -> Any:
    """As `to_hash_bucket_fast`, but SipHash under a key of two integers, which nobody who does not know it can aim at."""
    count, pair = _buckets(num_buckets), (int(key[0]), int(key[1]))
    return _hashed(input, "strings.to_hash_bucket_strong", lambda value: fingerprint.siphash64(value, pair) % count)


def to_hash_bucket(input: Any, num_buckets: int, name: str | None = None) -> Any:
    """As `to_hash_bucket_fast`, by an older hash: MurmurHash64A."""
    count = _buckets(num_buckets)
    return _hashed(input, "strings.to_hash_bucket", lambda value: fingerprint.murmur64(value) % count)


def _hashed(input: Any, name: str, function: Any) -> Any:
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(_hashed(input.flat_values, name, function))
    array = bytes_of(input, name)
    return numbers(fingerprint.of_each(array, function).ravel().tolist(), array.shape, np.int64)
