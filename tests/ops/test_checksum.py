"""CRC-32C, at every length that takes another way."""

import os

import pytest

from hornbeam.ops.checksum import crc32c, masked_crc


def bitwise(data: bytes) -> int:
    """The definition: one bit at a time."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


@pytest.mark.parametrize("length", [0, 1, 4, 9, 47, 48, 49, 511, 512, 513, 1024, 1027, 1600, 132_000])
def test_the_checksum_is_crc32c_at_every_length(length):
    data = os.urandom(length)
    assert crc32c(data) == bitwise(data)


def test_published_checksums():
    assert crc32c(b"123456789") == 0xE3069283  # the check value of CRC-32C
    assert masked_crc(bytes(8)) == int.from_bytes(bytes.fromhex("29039807"), "little")  # a length of 0, as TensorFlow writes it
