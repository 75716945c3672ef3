"""Protocol buffers on the wire: fields, each with its number and its value (the format is published as "Encoding")."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from hornbeam.engine.errors import DataError

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def fields(data: bytes) -> Iterator[tuple[int, int, Any]]:
    """(number, kind, value) of every field of a message: an int, or bytes. Raises DataError when it is none."""
    at, end = 0, len(data)
    while at < end:
        key = data[at]
        at += 1
        if key > 127:
            key, at = read_varint(data, at - 1)
        kind = key & 7
        if kind == BYTES:
            if at >= end:
                raise corrupt()
            size = data[at]
            at += 1
            if size > 127:
                size, at = read_varint(data, at - 1)
            if at + size > end:
                raise corrupt()
            yield key >> 3, kind, data[at : at + size]
            at += size
        elif kind == VARINT:
            value, at = read_varint(data, at)
            yield key >> 3, kind, value
        elif kind in (FIXED32, FIXED64):
            size = 4 if kind == FIXED32 else 8
            if at + size > end:
                raise corrupt()
            yield key >> 3, kind, data[at : at + size]
            at += size
        else:
            raise corrupt()


def corrupt() -> DataError:
    return DataError("Error parsing message: these bytes are no protocol buffer of this kind (wire format was corrupt).")


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """A whole number below 2**64 that begins at a place, and the place after it."""
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 128:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
    raise corrupt()


def varint(value: int) -> bytes:
    """A whole number of at most 64 bits, negative ones in two's complement."""
    value &= 0xFFFFFFFFFFFFFFFF
    out = bytearray()
    while value > 127:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, data: bytes) -> bytes:
    """A field that holds bytes: a string, a message, packed numbers."""
    return varint(number << 3 | BYTES) + varint(len(data)) + data


def number(number: int, value: int) -> bytes:
    """A field that holds a whole number; nothing for 0, which is what an absent one means."""
    return varint(number << 3 | VARINT) + varint(value) if value else b""


def fixed32(number: int, value: int) -> bytes:
    """A field that holds four bytes."""
    return varint(number << 3 | FIXED32) + value.to_bytes(4, "little")


def packed_ints(data: bytes) -> np.ndarray:
    """The int64s of a packed field."""
    if not data:
        return np.zeros(0, np.int64)
    if data[-1] > 127:
        raise corrupt()
    if len(data) < 64:  # a loop is quicker
        at, values = 0, []
        while at < len(data):
            value, at = read_varint(data, at)
            values.append(value - (1 << 64) if value >> 63 else value)
        return np.array(values, np.int64)
    array = np.frombuffer(data, np.uint8)
    last = array < 128
    if last.all():
        return array.astype(np.int64)
    ends = np.flatnonzero(last)
    starts = np.concatenate([[0], ends[:-1] + 1])
    if (ends - starts).max() > 9:
        raise corrupt()
    shifts = (np.arange(len(array)) - np.repeat(starts, ends - starts + 1)).astype(np.uint64) * np.uint64(7)
    return np.bitwise_or.reduceat((array & 0x7F).astype(np.uint64) << shifts, starts).view(np.int64)


def pack_ints(values: Iterable[int]) -> bytes:
    """int64s for a packed field."""
    listed = list(values)
    if all(0 <= value < 128 for value in listed):
        return bytes(listed)
    return b"".join(map(varint, listed))


def signed(value: int) -> int:
    """A varint as an int64."""
    return value - (1 << 64) if value >> 63 else value
