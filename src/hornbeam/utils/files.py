"""Files from the network, kept in Keras's cache folder."""

import contextlib
import os
import shutil
import tarfile
import tempfile
import urllib.parse
import zipfile
from pathlib import Path
from typing import Any

from hornbeam.datasets import _fetch
from hornbeam.engine.errors import ArgumentError, StateError, unknown


def get_file(
    fname: str | os.PathLike | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str | os.PathLike = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: str | os.PathLike | None = None,
    force_download: bool = False,
) -> str:
    """The path of a file that is downloaded unless it is in the cache, or of the folder it was unpacked to.

    Args:
        fname: its name in the cache; by default the address's last part.
        origin: its address.
        file_hash: its SHA-256 or MD5 in hexadecimal digits; a file that has another is downloaded again, or refused.
        hash_algorithm: 'sha256', 'md5', or 'auto' to tell by the number of digits.
        cache_dir, cache_subdir: the folder; by default `$KERAS_HOME/datasets`, that is `~/.keras/datasets`.
        extract: unpack the archive: to a folder `fname` when it has no ending, else to `<stem>_extracted`; without fname, to one called
            like the archive. Links to what is in it stand beside that folder, where Keras 2 unpacked it.
        archive_format: 'tar', 'zip', or 'auto' for either.
        force_download: download it in any case.
        untar: as extract, but of an archive that holds just one folder called `fname` the result is that folder, as in Keras 2.
        md5_hash: an older spelling of file_hash.

    Raises: ArgumentError, for arguments that do not go together. DatasetError, when no whole file came.
    """
    if not origin:
        raise ArgumentError("get_file needs `origin`, the address of the file.")
    name = os.fspath(fname) if fname else os.path.basename(urllib.parse.urlsplit(origin).path)
    if not name:
        raise ArgumentError(f"get_file: the address {origin!r} ends in no name; pass fname.")
    if os.path.basename(name) != name or name in (".", ".."):
        raise ArgumentError(f"get_file: fname is a name without folders; received {name!r}. Say where with cache_dir and cache_subdir.")
    kinds = {"auto": ("tar", "zip"), "tar": ("tar",), "zip": ("zip",), None: ()}
    formats = archive_format if isinstance(archive_format, (list, tuple)) else kinds.get(archive_format, [archive_format])
    for each in formats:
        if each not in ("tar", "zip"):
            raise unknown("archive format", each, ["auto", "tar", "zip"])
    digest = _digest(file_hash or md5_hash, "md5" if md5_hash and not file_hash else hash_algorithm)
    folder = (Path(cache_dir) if cache_dir is not None else _fetch.cache_folder().parent) / cache_subdir
    extract = extract or untar
    into = _unpacked(name, bool(fname) and "." in name)
    file = folder / (f"{name}_archive" if extract and into == name else name)
    remote = _fetch.Remote(file.name, (origin,), None, digest)
    if force_download or not file.is_file() or not (digest is None or remote.matches(file.read_bytes())):
        _fetch.download(remote, folder)
        fresh = True
    else:
        fresh = False
    if not extract:
        return str(file)
    if fresh or not (folder / into).exists():
        _unpack(file, folder / into, tuple(formats), into if untar else None)
    _link(folder / into)
    return str(folder / into)


def _link(unpacked: Path) -> None:
    """Links beside a folder to what is in it, where nothing has that name."""
    for entry in unpacked.iterdir():
        with contextlib.suppress(OSError):  # there already, or a system without links
            (unpacked.parent / entry.name).symlink_to(entry.relative_to(unpacked.parent))


def _unpacked(name: str, beside: bool) -> str:
    """The name of the folder an archive is unpacked to."""
    return f"{name.partition('.')[0]}_extracted" if beside else name


def _digest(digest: str | None, algorithm: str) -> str | None:
    lengths = {"sha256": 64, "md5": 32}
    if algorithm not in ("auto", *lengths):
        raise unknown("hash_algorithm", algorithm, ["auto", *lengths])
    if digest is None:
        return None
    wanted = list(lengths.values()) if algorithm == "auto" else [lengths[algorithm]]
    if len(digest) not in wanted or any(letter not in "0123456789abcdefABCDEF" for letter in digest):
        raise ArgumentError(f"get_file: file_hash is a SHA-256 (64 hexadecimal digits) or an MD5 (32); received {digest!r}.")
    return digest.lower()


def _unpack(file: Path, folder: Path, formats: tuple[str, ...], only: str | None = None) -> None:
    """Unpack an archive into a folder that has its name only when it is whole. Nothing lands outside of it.

    only: when the archive holds nothing but a folder of this name, the result is that folder's content.
    """
    scratch = Path(tempfile.mkdtemp(dir=file.parent))
    try:
        if "tar" in formats and tarfile.is_tarfile(file):
            if not hasattr(tarfile, "data_filter"):
                raise StateError("Unpacking a tar file safely needs Python 3.11.4 or newer. Update Python, or unpack it yourself.")
            with tarfile.open(file) as tar:
                tar.extractall(scratch / "x", filter="data")  # refuses what points outside
        elif "zip" in formats and zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                archive.extractall(scratch / "x")  # drops roots and '..' from names
        else:
            raise ArgumentError(f"get_file: {file} is no {' or '.join(formats) or 'archive'} file, so it cannot be unpacked.")
        if folder.exists():
            shutil.rmtree(folder)
        inside = [each.name for each in (scratch / "x").iterdir()]
        (scratch / "x" / only if only and inside == [only] else scratch / "x").rename(folder)
    except tarfile.TarError as error:
        raise _fetch.DatasetError(f"{file} could not be unpacked: {error}") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
