"""Small files in exactly the formats in which the data sets are published, and a cache folder and server for them."""

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np

from hornbeam.datasets._fetch import Remote


def remote_of(web: Path, like: Remote, content: bytes, md5: bool = False) -> Remote:
    """Publishes `content` in the folder `web` under the name of `like`."""
    (web / like.name).write_bytes(content)
    digest = hashlib.new("md5" if md5 else "sha256", content).hexdigest()
    return Remote(like.name, ((web / like.name).as_uri(),), len(content), digest)


def npz(**arrays: np.ndarray) -> bytes:
    """An archive as `numpy.savez` writes it: arrays of objects are pickled."""
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def ragged(*rows: list[int]) -> np.ndarray:
    array = np.empty(len(rows), object)
    array[:] = rows
    return array


class Python2:
    """Writes pickles as Python 2's cPickle did at protocol 2: text is bytes (SHORT_BINSTRING), arrays name numpy.core."""

    def __init__(self) -> None:
        self.out = bytearray(b"\x80\x02")

    def text(self, value: bytes) -> None:
        self.out += b"U" + bytes([len(value)]) + value if len(value) < 256 else b"T" + struct.pack("<i", len(value)) + value

    def add(self, value: object) -> None:
        if isinstance(value, bytes):
            self.text(value)
        elif isinstance(value, int):
            self.out += b"K" + bytes([value]) if 0 <= value < 256 else b"J" + struct.pack("<i", value)
        elif isinstance(value, list):
            self.out += b"]("
            for each in value:
                self.add(each)
            self.out += b"e"
        elif isinstance(value, dict):
            self.out += b"}("
            for key, each in value.items():
                self.add(key)
                self.add(each)
            self.out += b"u"
        elif isinstance(value, np.ndarray):
            self.array(value)
        else:
            raise TypeError(value)

    def array(self, value: np.ndarray) -> None:
        self.out += b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85"
        self.text(b"b")
        self.out += b"\x87R("  # the new array; its state begins
        self.out += b"K\x01"
        self.out += b"(" + b"".join(b"J" + struct.pack("<i", n) for n in value.shape) + b"t"
        self.out += b"cnumpy\ndtype\n"
        self.text(value.dtype.str[1:].encode())
        self.out += b"K\x00K\x01\x87R(K\x03"
        self.text(value.dtype.str[:1].encode())
        self.out += b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
        self.text(value.tobytes())
        self.out += b"tb"

    def done(self) -> bytes:
        return bytes(self.out) + b"."


def python2_pickle(value: object) -> bytes:
    writer = Python2()
    writer.add(value)
    return writer.done()


def cifar_batch(images: np.ndarray, **labels: list[int]) -> bytes:
    """A batch as published: pixels channel by channel in rows of 3,072, lists of labels, names."""
    rows = np.ascontiguousarray(images.transpose(0, 3, 1, 2)).reshape(len(images), 3072)
    held = {b"batch_label": b"training batch 1 of 5", b"data": rows, b"filenames": [b"x.png"] * len(images)}
    return python2_pickle({**held, **{key.encode(): value for key, value in labels.items()}})


def tar_gz(files: dict[str, bytes], *odd: tarfile.TarInfo) -> bytes:
    """A gzipped archive of a folder's files, with further members as they are given."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        folder = tarfile.TarInfo(next(iter(files)).split("/")[0])
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for member in odd:
            archive.addfile(member, io.BytesIO(bytes(member.size)))
    return gzip.compress(raw.getvalue(), mtime=0)


class Evil:
    """Pickles as a call of `os.system`."""

    def __init__(self, mark: Path):
        self.mark = mark

    def __reduce__(self) -> tuple:
        import os

        return os.system, (f"touch {self.mark}",)


def evil_pickle(mark: Path) -> bytes:
    return pickle.dumps(Evil(mark), protocol=2)
