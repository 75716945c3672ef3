"""The IDX format of the MNIST family: four magic bytes, one big-endian 32-bit size per axis, then the numbers.

Source: "The IDX file format", http://yann.lecun.com/exdb/mnist/ (the third byte is the type, the fourth the rank).
"""

import math

import numpy as np

from hornbeam.datasets._fetch import DatasetError

_UNSIGNED_BYTE = 0x08


def read(data: np.ndarray, name: str) -> np.ndarray:
    """The array that an IDX file of unsigned bytes holds, as a view.

    Args:
        data: the whole file, uint8 of shape (bytes,).
        name: what to call the file in an error.

    Raises:
        DatasetError: the header is not one of such a file, or the file is longer or shorter than its header says.
    """
    if data.size < 4 or data[0] or data[1]:
        raise DatasetError(f"{name} is not an IDX file: its first bytes are {bytes(data[:4])!r}.")
    if data[2] != _UNSIGNED_BYTE:
        raise DatasetError(f"{name} holds numbers of IDX type 0x{data[2]:02x}; only unsigned bytes (0x08) are read.")
    start = 4 + 4 * int(data[3])
    if start == 4 or data.size < start:
        raise DatasetError(f"{name} ends inside its header: {data.size} bytes for {data[3]} axes.")
    shape = tuple(int(size) for size in data[4:start].view(">u4"))
    if data.size - start != math.prod(shape):
        raise DatasetError(f"{name} announces {shape} bytes, but {data.size - start:,} follow its header.")
    return data[start:].reshape(shape)
