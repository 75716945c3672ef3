"""CRC-32C (Castagnoli; RFC 3720), and its masked form in TFRecords and checkpoints.

Masked: rotated and shifted by a constant, so that checksums of checksummed data are no trouble.
"""

import functools

import numpy as np

_POLYNOMIAL = 0x82F63B78  # Castagnoli's, its bits reversed
_BLOCK = 512  # bytes whose checksum is one gather from a table of 512 KiB
_SHORT = 48  # bytes up to which a loop in Python is quicker


# The remainder of a message is linear in its bits: each byte adds, by XOR, what its value and its distance from the end
# say. So a block is a gather from a table and a reduction, and blocks are joined by moving a remainder 512 bytes on.
@functools.cache
def _table() -> tuple[int, ...]:
    """The remainder of each byte value."""
    remainders = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
        remainders.append(value)
    return tuple(remainders)


@functools.cache
def _positions() -> tuple[np.ndarray, tuple[tuple[int, ...], ...]]:
    """The remainder, at the end of a block, that each byte value at each position leaves: flat; and by position the first four."""
    table = np.array(_table(), np.uint32)
    rows = np.empty((_BLOCK, 256), np.uint32)
    rows[-1] = table
    for i in range(_BLOCK - 2, -1, -1):
        rows[i] = rows[i + 1] >> 8 ^ table[rows[i + 1] & 0xFF]
    return rows.ravel(), tuple(tuple(row.tolist()) for row in rows[:4])


_OFFSETS = np.arange(_BLOCK, dtype=np.intp) * 256


def crc32c(data: bytes) -> int:
    """CRC-32C of bytes."""
    crc, table = 0xFFFFFFFF, _table()
    short = len(data) % _BLOCK if len(data) > _SHORT else len(data)
    if short > _SHORT:  # zeros in front of a message that starts from zero change nothing
        data = bytes(_BLOCK - short) + bytes(each ^ 0xFF for each in data[:4]) + data[4:]
        crc = short = 0
    for byte in data[:short]:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    if len(data) > short:
        positions, (a, b, c, d) = _positions()
        blocks = np.frombuffer(data, np.uint8, offset=short).reshape(-1, _BLOCK)
        for at in range(0, len(blocks), 64):  # 32 KiB at a time, which stay in the processor's cache
            found = np.take(positions, _OFFSETS + blocks[at : at + 64], mode="clip")  # quicker than a look at every index
            for remainder in np.bitwise_xor.reduce(found, axis=1).tolist():
                crc = a[crc & 0xFF] ^ b[crc >> 8 & 0xFF] ^ c[crc >> 16 & 0xFF] ^ d[crc >> 24] ^ remainder
    return crc ^ 0xFFFFFFFF


def masked(crc: int) -> int:
    """The checksum as the files hold it."""
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def masked_crc(data: bytes) -> int:
    """The checksum of bytes as the files hold it."""
    return masked(crc32c(data))
