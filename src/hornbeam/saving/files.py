"""Writing a file whole or not at all, and saying what is wrong with one that cannot be read."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from typing import Any, BinaryIO

from hornbeam.engine.errors import ArgumentError

_IN_MEMORY = 256 << 20  # bytes; larger intermediate files go to the disk


@contextlib.contextmanager
def replacing(path: Any, overwrite: bool = True) -> Iterator[BinaryIO]:
    """A binary file that takes the place of `path` when the block ends, and is thrown away when the block raises.

    It is written beside `path`, synced and renamed, so that at any moment `path` is the old file or the new one, whole. Folders of
    `path` that are not there yet are made.

    Raises:
        FileExistsError: the file exists and `overwrite` is False.
    """
    path = os.path.realpath(os.fspath(path))  # through a link, to the file it names
    check_absent(path, overwrite)
    folder, name = os.path.split(path)
    os.makedirs(folder, exist_ok=True)
    partial = os.path.join(folder, f".{name[:200]}.{secrets.token_hex(4)}.partial")
    try:
        with open(partial, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        check_absent(path, overwrite)
        os.replace(partial, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        if isinstance(error, OSError) and error.filename in (None, partial):
            error.filename = path  # a full disk does not say which file it had no room for
        raise
    with contextlib.suppress(OSError):  # some systems cannot sync a folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def check_absent(path: str, overwrite: bool) -> None:
    if os.path.isdir(path):
        raise IsADirectoryError(f"'{path}' is a folder: give the name of a file in it.")
    if not overwrite and os.path.lexists(path):
        raise FileExistsError(f"'{path}' exists already. Save under another name, or pass overwrite=True to replace it.")


def opened(path: Any) -> BinaryIO:
    """The file at `path` for reading."""
    path = os.fspath(path)
    if os.path.isdir(path):
        raise IsADirectoryError(
            f"'{path}' is a folder. Model files end in '.keras', '.weights.h5' or '.h5'; TensorFlow's SavedModel folders cannot be read."
        )
    if not os.path.exists(path):
        raise FileNotFoundError(f"There is no file '{path}' (looked in '{os.path.dirname(os.path.abspath(path))}').")
    return open(path, "rb")


def scratch() -> Any:
    """A nameless file to work in: in memory while it is small."""
    return tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)


def format_of(path: Any) -> str:
    """'keras', 'weights' or 'h5', by the ending of the name.

    Raises: ArgumentError, for any other ending.
    """
    name = os.fspath(path)
    for ending, kind in ((".keras", "keras"), (".weights.h5", "weights"), (".h5", "h5"), (".hdf5", "h5")):
        if str(name).lower().endswith(ending):
            return kind
    raise ArgumentError(
        f"The ending of a file's name says its format: '.keras' for a model, '.weights.h5' for weights alone, '.h5' for the older "
        f"format of both; received '{name}'. Try '{name}.keras'."
    )
