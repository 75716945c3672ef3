"""Files and folders as TensorFlow reaches them: `tf.io.gfile`, and the errors of `tf.errors` in the place of the system's.

Only local files: a path with another scheme than `file://` is refused, as TensorFlow refuses a file system that it has no plug-in for.
"""

import contextlib
import glob as _glob
import io
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from hornbeam.engine import errors
from hornbeam.engine.tensor import is_tensor


def local_path(path: Any) -> str:
    """The local path that a string, bytes, a path object or a scalar string tensor means."""
    if is_tensor(path):
        path = np.asarray(path).item()
    elif isinstance(path, np.ndarray):
        path = path.item()
    try:
        text = os.fsdecode(path)
    except TypeError:
        raise errors.DtypeError(f"A path is a string or a path object; received {path!r}.") from None
    scheme, separator, rest = text.partition("://")
    if not separator:
        return text
    if scheme == "file":
        return rest
    raise errors.UnimplementedError(
        f"File system scheme '{scheme}' not implemented (file: '{text}'). Hornbeam reads and writes local files: copy it here first."
    )


@contextlib.contextmanager
def refusing(path: Any) -> Iterator[None]:
    """A block in which the system's errors about files become those of `tf.errors`."""
    try:
        yield
    except OSError as error:
        name = f"{error.filename if error.filename is not None else path}; {error.strerror or error}"
        if isinstance(error, (FileNotFoundError, NotADirectoryError)):
            raise errors.NotFoundError(name) from None
        if isinstance(error, PermissionError):
            raise errors.PermissionDeniedError(name) from None
        if isinstance(error, FileExistsError):
            raise errors.AlreadyExistsError(name) from None
        if error.errno is not None:
            raise errors.FailedPreconditionError(name) from None
        raise


def exists(path: Any) -> bool:
    """Whether there is a file or a folder of this name."""
    return os.path.exists(local_path(path))


def isdir(path: Any) -> bool:
    """Whether there is a folder of this name."""
    return os.path.isdir(local_path(path))


def join(path: Any, *paths: Any) -> Any:
    """The parts of a path as one, as `os.path.join`."""
    return os.path.join(path, *paths)


def glob(pattern: Any) -> list[str]:
    """The paths that match one of the patterns, in order; `*` does not match a `/`."""
    patterns = [pattern] if isinstance(pattern, (str, bytes, os.PathLike)) or is_tensor(pattern) and not pattern.ndim else pattern
    return [found for each in patterns for found in sorted(_glob.glob(local_path(each), include_hidden=True))]


def listdir(path: Any) -> list[str]:
    """The names in a folder, in order. Raises NotFoundError."""
    folder = local_path(path)
    if not os.path.isdir(folder):
        raise errors.NotFoundError(f"Could not find directory {folder}")
    return sorted(os.listdir(folder))


def mkdir(path: Any) -> None:
    """Make a folder whose parent is there."""
    with refusing(path):
        os.mkdir(local_path(path))


def makedirs(path: Any) -> None:
    """Make a folder, and those it is in; nothing happens when it is there."""
    with refusing(path):
        os.makedirs(local_path(path), exist_ok=True)


def copy(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Copy a file. Raises AlreadyExistsError unless `overwrite`."""
    _room(dst, overwrite)
    with refusing(src):
        shutil.copyfile(local_path(src), local_path(dst))


def rename(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Rename or move a file or folder. Raises AlreadyExistsError unless `overwrite`."""
    _room(dst, overwrite)
    with refusing(src):
        os.replace(local_path(src), local_path(dst))


def _room(path: Any, overwrite: bool) -> None:
    if not overwrite and os.path.exists(local_path(path)):
        raise errors.AlreadyExistsError(f"file already exists: {local_path(path)}. overwrite=True replaces it.")


def remove(path: Any) -> None:
    """Delete a file."""
    with refusing(path):
        os.remove(local_path(path))


def rmtree(path: Any) -> None:
    """Delete a folder and all that is in it."""
    folder = local_path(path)
    if not os.path.isdir(folder):
        raise errors.NotFoundError(f"{folder}; No such file or directory")
    with refusing(path):
        shutil.rmtree(folder)


class FileStatistics(NamedTuple):
    """What `stat` tells of a file: its size in bytes, when it was changed (nanoseconds since 1970), whether it is a folder."""

    length: int
    mtime_nsec: int
    is_directory: bool


def stat(path: Any) -> FileStatistics:
    """Size, time and kind of a file."""
    with refusing(path):
        found = os.stat(local_path(path))
        return FileStatistics(found.st_size, found.st_mtime_ns, os.path.isdir(local_path(path)))


def walk(top: Any, topdown: bool = True, onerror: Callable[[Any], Any] | None = None) -> Iterator[tuple[str, list[str], list[str]]]:
    """(folder, names of folders in it, names of files in it) of a folder and all below it, each in order."""
    folder = local_path(top)
    if not os.path.isdir(folder):
        if onerror is not None:
            onerror(errors.NotFoundError(f"Could not find directory {folder}"))
        return
    for here, folders, files in os.walk(folder, topdown):
        folders.sort()
        yield here, folders if topdown else sorted(folders), sorted(files)


def get_registered_schemes() -> list[str]:
    """The schemes of the paths that can be opened."""
    return ["", "file"]


class GFile:
    """A file, opened when it is first used: text ('r', 'w', 'a', 'r+') or bytes ('rb', ...).

    Raises `tf.errors` in the place of the system's: NotFoundError, PermissionDeniedError, ...
    """

    def __init__(self, name: Any, mode: str = "r"):
        if not isinstance(mode, str) or mode.replace("b", "", 1) not in ("r", "w", "a", "r+", "w+", "a+"):
            raise errors.InvalidArgumentError(f"mode is not 'r' or 'w' or 'a': {mode!r}.")
        self.name, self.mode = name, mode
        self._file: Any = None

    def _opened(self, wanted: str = "") -> Any:
        reads, writes = self.mode[0] == "r" or "+" in self.mode, self.mode[0] in "wa" or "+" in self.mode
        if wanted == "read" and not reads:
            raise errors.PermissionDeniedError(f"File {self.name!r} isn't open for reading: its mode is {self.mode!r}.")
        if wanted == "write" and not writes:
            raise errors.PermissionDeniedError(f"File {self.name!r} isn't open for writing: its mode is {self.mode!r}.")
        if self._file is None:
            binary = "b" in self.mode
            with refusing(self.name):
                self._file = open(  # noqa: SIM115
                    local_path(self.name), self.mode, encoding=None if binary else "utf-8", newline=None if binary else ""
                )
        return self._file

    def read(self, n: int = -1) -> Any:
        """The next `n` characters or bytes; by default the rest."""
        with refusing(self.name):
            return self._opened("read").read(n)

    def readline(self) -> Any:
        """The next line with its end; empty at the file's end."""
        return self._opened("read").readline()

    def readlines(self) -> list[Any]:
        """All lines that are left."""
        return self._opened("read").readlines()

    def write(self, file_content: Any) -> None:
        """Append to what has been written; bytes in text mode count as UTF-8, and the other way round."""
        file = self._opened("write")
        if is_tensor(file_content):
            file_content = np.asarray(file_content).item()
        if isinstance(file, io.TextIOBase):
            file_content = file_content.decode() if isinstance(file_content, bytes) else file_content
        else:
            file_content = file_content.encode() if isinstance(file_content, str) else file_content
        file.write(file_content)

    def seek(self, offset: int, whence: int = 0, position: int | None = None) -> None:
        """Go to a place in the file: from its beginning (whence=0), from here (1), from its end (2)."""
        self._opened().seek(offset if position is None else position, whence)

    def tell(self) -> int:
        """The place in the file."""
        return self._opened().tell()

    def size(self) -> int:
        """The file's size in bytes."""
        return stat(self.name).length

    def seekable(self) -> bool:
        """Whether `seek` works: always."""
        return True

    def flush(self) -> None:
        """Hand what was written to the system."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is None and self.mode[0] == "w":
            self._opened()  # an empty file
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> "GFile":
        return self

    def __exit__(self, *exc: Any) -> None:
        self.close()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    next = __next__


def paths(value: Any) -> list[str]:
    """One path or several (a list, an array, a string tensor) as a list of local paths."""
    if is_tensor(value) or isinstance(value, np.ndarray):
        value = np.asarray(value).ravel().tolist()
    elif isinstance(value, (str, bytes, os.PathLike)) or not isinstance(value, Iterable):
        value = [value]
    return [local_path(each) for each in value]
