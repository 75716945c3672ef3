"""Archives of arrays (.npz), read without `allow_pickle`: rows of Python lists go through the restricted reader."""

import io
import zipfile
from typing import Any

import numpy as np

from hornbeam.datasets import _pickles
from hornbeam.datasets._fetch import DatasetError

_LARGEST = 1 << 30  # bytes an array of a data set may take unpacked


def load(content: bytes, name: str, arrays: tuple[str, ...]) -> list[np.ndarray]:
    """The named arrays of an archive.

    Args:
        content: the whole file.
        name: what to call it in an error.
        arrays: their names in the archive.

    Raises:
        DatasetError: it is no such archive, an array is missing, or one holds what no data set does.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return [_member(archive, each, name) for each in arrays]
    except DatasetError:
        raise
    except Exception as error:  # a damaged archive raises almost anything
        raise DatasetError(f"{name} cannot be read ({type(error).__name__}: {error}).") from None


def _member(archive: zipfile.ZipFile, array: str, name: str) -> np.ndarray:
    if f"{array}.npy" not in archive.namelist():
        raise DatasetError(f"{name} holds {', '.join(archive.namelist()) or 'nothing'}, but no array {array!r}.")
    info = archive.getinfo(f"{array}.npy")
    if info.file_size > _LARGEST:
        raise DatasetError(f"{name}: array {array!r} would take {info.file_size:,} bytes.")
    data = io.BytesIO(archive.read(info))
    version = np.lib.format.read_magic(data)
    read_header: Any = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read_header(data)
    if not dtype.hasobject:
        data.seek(0)
        return np.lib.format.read_array(data, allow_pickle=False)
    found = _pickles.load(data, f"{name}, array {array!r},")
    if not isinstance(found, np.ndarray) or found.dtype != object or found.shape != shape:
        raise DatasetError(f"{name}: array {array!r} does not hold what its header says.")
    return found
