"""Checkpoint files as TensorFlow 2 reads and writes them: arrays by key.

`name.index` is a table of sorted strings (LevelDB's format): blocks of entries that share the beginnings of their keys, a block that
lists the blocks, and a footer. An entry's value is a protocol buffer (BundleEntryProto): an array's type, shape, file, place and
checksum. The bytes lie one after the other in `name.data-00000-of-00001`. The entry of the key "" says how many such files there are.
"""

import math
import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.errors import DataError, DataLossError, NotFoundError, UnimplementedError
from hornbeam.ops import wire
from hornbeam.ops.checksum import crc32c, masked
from hornbeam.saving import files

INDEX = ".index"
_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48  # bytes: two handles (place and size of a block), zeros, the magic number
_TRAILER = 5  # bytes after a block: how it is compressed, and its checksum
_RESTART = 16  # every so many entries a key is written whole
_BLOCK = 1 << 16  # bytes after which a block ends


def data_file(prefix: str, shard: int = 0, shards: int = 1) -> str:
    return f"{prefix}.data-{shard:05d}-of-{shards:05d}"


# Reading.
class Bundle:
    """A checkpoint's arrays, each read when it is asked for.

    Raises: NotFoundError, when there is none of this name. DataLossError, when it is damaged.
    """

    def __init__(self, prefix: Any):
        self.prefix = os.fspath(prefix)
        try:
            with open(self.prefix + INDEX, "rb") as file:
                table = file.read()
        except FileNotFoundError:
            raise NotFoundError(f"There is no checkpoint '{self.prefix}' (no file '{self.prefix}{INDEX}').") from None
        try:
            entries = dict(_entries_of(table))
            header = {number: value for number, _, value in wire.fields(entries.pop(b""))}
            self._entries = {key.decode(): _Entry(value) for key, value in entries.items()}
        except (DataError, KeyError, IndexError, ValueError):
            raise DataLossError(f"'{self.prefix}{INDEX}' is damaged, or no checkpoint of TensorFlow 2's form.") from None
        self._shards = int(header.get(1, 1))
        if header.get(2, 0):
            raise UnimplementedError(f"The checkpoint '{self.prefix}' was written on a big-endian machine, and cannot be read here.")

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def shape(self, key: str) -> list[int]:
        return list(self._find(key).shape)

    def dtype(self, key: str) -> dtypes.DType:
        return self._find(key).dtype

    def array(self, key: str) -> np.ndarray:
        """The array of a key; strings as an object array of bytes."""
        entry = self._find(key)
        path = data_file(self.prefix, entry.shard, self._shards)
        try:
            with open(path, "rb") as file:
                file.seek(entry.place)
                raw = file.read(entry.size)
        except FileNotFoundError:
            raise DataLossError(f"The checkpoint '{self.prefix}' is not whole: there is no file '{path}'.") from None
        try:
            if len(raw) != entry.size:
                raise ValueError
            if entry.dtype == "string":
                return _strings(raw, entry.shape)
            if masked(crc32c(raw)) != entry.checksum:
                raise ValueError
            return np.frombuffer(raw, entry.dtype.numpy).reshape(entry.shape).copy()
        except (ValueError, DataError):
            raise DataLossError(f"The checkpoint '{self.prefix}' is damaged: '{key}' does not have the bytes that were written.") from None

    def _find(self, key: str) -> "_Entry":
        if key not in self._entries:
            raise NotFoundError(f"Key {key} not found in checkpoint '{self.prefix}'. tf.train.list_variables lists what it holds.")
        return self._entries[key]


class _Entry:
    """What an index says of an array."""

    def __init__(self, data: bytes):
        found: dict[int, Any] = {1: 0, 2: b"", 3: 0, 4: 0, 5: 0, 6: bytes(4)}
        for number, _, value in wire.fields(data):
            if number == 7:
                raise UnimplementedError("A checkpoint with arrays in slices (of a partitioned variable) cannot be read.")
            found[number] = value
        self.dtype = dtypes.from_enum(found[1])
        sizes = [{n: v for n, _, v in wire.fields(size)} for number, _, size in wire.fields(found[2]) if number == 2]
        self.shape = tuple(size.get(1, 0) for size in sizes)
        self.shard, self.place, self.size = found[3], found[4], found[5]
        self.checksum = int.from_bytes(found[6], "little")


def _entries_of(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a table."""
    footer = table[-_FOOTER:]
    if len(footer) != _FOOTER or int.from_bytes(footer[-8:], "little") != _MAGIC:
        raise ValueError
    at = 0
    for _ in range(2):  # the handle of a block of what we do not need
        _, at = wire.read_varint(footer, at)
    place, at = wire.read_varint(footer, at)
    size, _ = wire.read_varint(footer, at)
    for _, handle in _block(table, place, size):
        place, at = wire.read_varint(handle, 0)
        yield from _block(table, place, wire.read_varint(handle, at)[0])


def _block(table: bytes, place: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    block, trailer = table[place : place + size], table[place + size : place + size + _TRAILER]
    if len(block) != size or len(trailer) != _TRAILER or masked(crc32c(block + trailer[:1])) != int.from_bytes(trailer[1:], "little"):
        raise ValueError
    if trailer[0]:
        raise UnimplementedError("A checkpoint whose index is compressed cannot be read.")
    restarts = int.from_bytes(block[-4:], "little")
    end, at, key = size - 4 - 4 * restarts, 0, b""
    while at < end:
        shared, at = wire.read_varint(block, at)
        own, at = wire.read_varint(block, at)
        length, at = wire.read_varint(block, at)
        key = key[:shared] + block[at : at + own]
        at += own + length
        yield key, block[at - length : at]


def _strings(raw: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """Lengths, their checksum, then the strings."""
    at, lengths = 0, []
    for _ in range(math.prod(shape)):
        length, at = wire.read_varint(raw, at)
        lengths.append(length)
    if masked(crc32c(_plain(lengths))) != int.from_bytes(raw[at : at + 4], "little"):
        raise ValueError
    at += 4
    found = np.empty(len(lengths), object)
    for i, length in enumerate(lengths):
        found[i] = raw[at : at + length]
        at += length
    return found.reshape(shape)


def _plain(lengths: list[int]) -> bytes:
    """Lengths as the checksum sees them."""
    return b"".join(length.to_bytes(4 if length < 1 << 32 else 8, "little") for length in lengths)


# Writing.
def write(prefix: Any, arrays: Mapping[str, Any]) -> None:
    """Write arrays as a checkpoint that TensorFlow reads, too. (Strings: object arrays of bytes.)"""
    prefix = os.fspath(prefix)
    if folder := os.path.dirname(prefix):
        os.makedirs(folder, exist_ok=True)
    entries = [(b"", wire.number(1, 1) + wire.field(3, wire.number(1, 1)))]  # one file of data; version 1
    with files.replacing(data_file(prefix)) as data:
        place = 0
        for key in sorted(arrays, key=str.encode):
            array = np.asarray(arrays[key])
            dtype = dtypes.of(array)
            raw, checksum = _raw(array, dtype)
            data.write(raw)
            entries.append((key.encode(), _entry(dtype, array.shape, place, len(raw), checksum)))
            place += len(raw)
    with files.replacing(prefix + INDEX) as file:
        file.write(_table(entries))


def _raw(array: np.ndarray, dtype: dtypes.DType) -> tuple[bytes, int]:
    if dtype != "string":
        raw = np.ascontiguousarray(array).tobytes()
        return raw, crc32c(raw)
    texts = [each if isinstance(each, bytes) else str(each).encode() for each in array.ravel().tolist()]
    lengths = [len(text) for text in texts]
    plain, joined = _plain(lengths), b"".join(texts)
    check = masked(crc32c(plain)).to_bytes(4, "little")
    return b"".join(map(wire.varint, lengths)) + check + joined, crc32c(plain + check + joined)


def _entry(dtype: dtypes.DType, shape: tuple[int, ...], place: int, size: int, checksum: int) -> bytes:
    sizes = b"".join(wire.field(2, wire.number(1, each)) for each in shape)
    return b"".join((
        wire.number(1, dtype.as_datatype_enum), wire.field(2, sizes), wire.number(4, place), wire.number(5, size),
        wire.fixed32(6, masked(checksum)),
    ))  # fmt: skip


def _table(entries: list[tuple[bytes, bytes]]) -> bytes:
    out, blocks, block = bytearray(), [], _Block()

    def put(finished: bytes) -> bytes:
        handle = wire.varint(len(out)) + wire.varint(len(finished))
        out.extend(finished + b"\0" + masked(crc32c(finished + b"\0")).to_bytes(4, "little"))
        return handle

    for i, (key, value) in enumerate(entries):
        block.add(key, value)
        if block.size > _BLOCK or i == len(entries) - 1:
            blocks.append((key, put(block.finish())))
            block = _Block()
    index = _Block(restart=1)
    for key, handle in blocks:
        index.add(key, handle)
    handles = put(_Block().finish()) + put(index.finish())
    return bytes(out) + handles.ljust(_FOOTER - 8, b"\0") + _MAGIC.to_bytes(8, "little")


class _Block:
    """Entries in order of their keys."""

    def __init__(self, restart: int = _RESTART):
        self._out, self._restart, self._last, self._count = bytearray(), restart, b"", 0
        self._restarts: list[int] = [0]

    @property
    def size(self) -> int:
        return len(self._out)

    def add(self, key: bytes, value: bytes) -> None:
        shared = 0
        if self._count and self._count % self._restart == 0:
            self._restarts.append(len(self._out))
        elif self._count:
            shared = len(os.path.commonprefix([self._last, key]))
        own = key[shared:]
        self._out += wire.varint(shared) + wire.varint(len(own)) + wire.varint(len(value)) + own + value
        self._last, self._count = key, self._count + 1

    def finish(self) -> bytes:
        return bytes(self._out) + b"".join(each.to_bytes(4, "little") for each in (*self._restarts, len(self._restarts)))
