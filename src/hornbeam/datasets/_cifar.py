"""The CIFAR archives: a tar file of pickles, each a dict of rows of pixels and lists of labels."""

import io
import tarfile
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from hornbeam.datasets import _pickles
from hornbeam.datasets._fetch import DatasetError, Remote, cache_folder, published

_LARGEST = 1 << 28  # bytes a member may have
_MOST = 64  # members of an archive


def batches(remote: Remote, folder: str, members: dict[str, int], labels: bytes) -> list[tuple[np.ndarray, np.ndarray]]:
    """Images and labels of some members of an archive.

    What Keras has unpacked is read where it lies; else the archive is, which is downloaded if it is not in the cache.

    Args:
        remote: the archive.
        folder: the folder inside it.
        members: which files of that folder, and how many images each has.
        labels: the key of the labels.

    Returns:
        For each member, images of shape (n, 32, 32, 3) and labels of shape (n, 1), both uint8.

    Raises:
        DatasetError: the archive is nowhere on disk and cannot be downloaded, or it holds something it should not.
    """
    cache = cache_folder()
    for unpacked in (cache / f"{folder}-target" / folder, cache / folder):  # Keras 3's place and Keras 2's
        if all((unpacked / member).is_file() for member in members):
            try:
                return [_batch((unpacked / m).read_bytes(), str(unpacked / m), n, labels) for m, n in members.items()]
            except DatasetError:  # damaged: the archive has it whole
                continue
    content = published(remote, f"{folder}-target_archive", cache / f"{folder}.tar.gz", cache / remote.name)
    files = _untar(content, remote.name, folder, set(members))
    return [_batch(files[member], f"{remote.name}, member {member},", n, labels) for member, n in members.items()]


def _untar(content: bytes, name: str, folder: str, wanted: set[str]) -> dict[str, bytes]:
    """The wanted files of a folder in a gzipped tar archive. Nothing is written; anything but plain files in that folder is refused."""
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            for count, member in enumerate(archive):
                path = PurePosixPath(member.name)
                inside = path.parts[:1] == (folder,) and len(path.parts) <= 2 and ".." not in path.parts
                kind = member.isdir() if len(path.parts) == 1 else member.isreg() and not member.issparse()
                if not (inside and kind) or path.name in files or member.size > _LARGEST or count >= _MOST:
                    raise DatasetError(
                        f"{name} is refused: it holds {member.name!r} ({member.size:,} bytes), which is not one of a few plain "
                        f"files in {folder}. Was it tampered with?"
                    )
                if path.name in wanted:
                    stream = archive.extractfile(member)
                    assert stream is not None  # a plain file has one
                    files[path.name] = stream.read()
    except DatasetError:
        raise
    except Exception as error:  # a damaged archive raises almost anything
        raise DatasetError(f"{name} cannot be read ({type(error).__name__}: {error}).") from None
    if missing := wanted - files.keys():
        raise DatasetError(f"{name} lacks {', '.join(sorted(missing))}.")
    return files


def _batch(content: bytes, name: str, count: int, labels: bytes) -> tuple[np.ndarray, np.ndarray]:
    held: Any = _pickles.load(io.BytesIO(content), name)
    pixels, classes = (held.get(b"data"), held.get(labels)) if isinstance(held, dict) else (None, None)
    if not isinstance(pixels, np.ndarray) or pixels.shape != (count, 3072) or pixels.dtype != np.uint8:
        raise DatasetError(f"{name} does not hold {count:,} images of 3,072 bytes.")
    if not isinstance(classes, list) or len(classes) != count or not all(type(c) is int and 0 <= c < 100 for c in classes):
        raise DatasetError(f"{name} does not hold {count:,} labels called {labels.decode()!r}.")
    images = pixels.reshape(count, 3, 32, 32).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), np.array(classes, np.uint8)[:, None]
