"""Published files, fetched once: found in the cache, or downloaded, verified, and only then given their name.

The cache folder is Keras's own, so what a user already has is found, and what Hornbeam downloads serves Keras too.
"""

import contextlib
import hashlib
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from hornbeam.engine.errors import HornbeamError

TIMEOUT = 15.0  # seconds without a byte before an address is given up
_CHUNK = 1 << 18
_ABANDONED = 24 * 3600.0  # seconds after which a partial download belongs to no living process


class DatasetError(HornbeamError, OSError):
    """A data set's file is missing, damaged, or could not be downloaded."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A published file: its name, the addresses to try in turn, size in bytes and digest of what they serve.

    The digest is SHA-256, or MD5 (32 digits) for the few small files whose SHA-256 nobody publishes. A size or a digest that is not
    known is None.
    """

    name: str
    urls: tuple[str, ...]
    size: int | None
    digest: str | None

    def hasher(self) -> Any:
        """A new hash object of the digest's kind."""
        return hashlib.new(self.algorithm, usedforsecurity=False)

    @property
    def algorithm(self) -> str:
        return "md5" if self.digest is not None and len(self.digest) == 32 else "sha256"

    def matches(self, content: Any) -> bool:
        """Whether these bytes are what was published."""
        hasher = self.hasher()
        hasher.update(content)
        return self.size in (None, len(content)) and self.digest in (None, hasher.hexdigest())


def hosted(name: str, size: int, digest: str) -> Remote:
    """A file in the folder from which Keras's data sets are served."""
    return Remote(name, ("https://storage.googleapis.com/tensorflow/tf-keras-datasets/" + name,), size, digest)


def cache_folder(dataset: str = "") -> Path:
    """Keras's cache folder of a data set: `$KERAS_HOME/datasets/<dataset>`, by default below `~/.keras`.

    As in Keras, a home that cannot be written to is replaced by `.keras` in the system's folder for temporary files.
    """
    home = Path(os.environ.get("KERAS_HOME") or Path("~/.keras").expanduser())
    existing = next(folder for folder in (home, *home.absolute().parents) if folder.exists())
    if not os.access(existing, os.W_OK):
        home = Path(tempfile.gettempdir()) / ".keras"
    return home / "datasets" / dataset


def published(remote: Remote, path: str | os.PathLike[str], *others: Path) -> bytes:
    """The content of a published file, from disk where a whole copy is there, else from the network.

    Args:
        remote: the file.
        path: its name in Keras's cache folder, where a download is kept; an absolute path stays as it is.
        others: further places to look.

    Raises:
        DatasetError: it is nowhere on disk and could not be downloaded.
    """
    place = cache_folder() / path
    damage = []
    for copy in (place, *others):
        if copy.is_file():
            content = copy.read_bytes() if copy.stat().st_size == remote.size else b""
            if remote.matches(content):
                return content
            damage.append(f"{copy} does not hold the published data and was passed over.")
    named = replace(remote, name=place.name)
    content = download(named, place.parent, " ".join(damage)).read_bytes()
    if not remote.matches(content):
        raise DatasetError(f"{place} changed while it was being read.")
    return content


def download(remote: Remote, folder: Path, advice: str = "") -> Path:
    """Downloads `remote` into `folder` and returns the file's path.

    The file has its name only once it is whole: bytes go to a temporary name, size and digest are checked, the file is
    synced and renamed. Several processes may do this at the same time.

    Args:
        remote: what to download.
        folder: where to; made if it is missing.
        advice: closing sentences of the error, such as another way to get the file.

    Raises:
        DatasetError: no address served the file, or the folder cannot be written to.
    """
    import http.client  # with urllib 40 ms, which only a download should cost
    import urllib.error

    failures = []
    for url in remote.urls:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _sweep(folder, remote.name)
            with _temporary(folder, remote.name) as (file, partial):
                _copy(url, remote, file)
                file.flush()
                os.fsync(file.fileno())
                os.replace(partial, folder / remote.name)
            return folder / remote.name
        except (OSError, ValueError, http.client.HTTPException) as error:  # ValueError: a malformed address
            failures.append(f"{url} ({error.reason if type(error) is urllib.error.URLError else error})")
    raise DatasetError(
        f"{remote.name} is not in {folder} and could not be downloaded from {' nor from '.join(failures)}. "
        f"Connect to a network and try again, or put the file into that folder yourself. {advice}".rstrip()
    )


def keep_copy(data: bytes, path: Path) -> None:
    """Writes a file that can be made again at any time: whole or not at all; silent where nothing can be written.

    It is not synced: whoever reads it checks its digest anyway.
    """
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _temporary(path.parent, path.name) as (file, partial):
            file.write(data)
            file.flush()
            os.replace(partial, path)


@contextlib.contextmanager
def _temporary(folder: Path, name: str) -> Iterator[tuple[IO[bytes], Path]]:
    """A new file in `folder` that is gone afterwards unless it was renamed."""
    partial = folder / f"{name}.{secrets.token_hex(8)}.part"
    try:
        with partial.open("xb") as file:
            yield file, partial
    finally:
        partial.unlink(missing_ok=True)


def _sweep(folder: Path, name: str) -> None:
    """Removes what killed downloads of this file left behind."""
    for partial in folder.glob(f"{name}.*.part"):
        with contextlib.suppress(OSError):
            if time.time() - partial.stat().st_mtime > _ABANDONED:
                partial.unlink()


def _copy(url: str, remote: Remote, file: IO[bytes]) -> None:
    """Streams `url` into `file`; raises `DatasetError` unless exactly the published bytes came."""
    import urllib.request

    digest, received = remote.hasher(), 0
    request = urllib.request.Request(url, headers={"User-Agent": "hornbeam"})
    with contextlib.ExitStack() as stack:
        response = stack.enter_context(urllib.request.urlopen(request, timeout=TIMEOUT))
        if remote.size is None and (announced := response.headers.get("Content-Length", "")).isdecimal():
            remote = replace(remote, size=int(announced))
        advance = stack.enter_context(_progress(remote, url))
        while chunk := response.read(_CHUNK):
            received += len(chunk)
            if remote.size is not None and received > remote.size:
                raise DatasetError(f"more than the published {remote.size:,} bytes came")
            digest.update(chunk)
            file.write(chunk)
            advance(len(chunk))
    if remote.size is not None and received < remote.size:
        raise DatasetError(f"the connection ended after {received:,} of {remote.size:,} bytes")
    if remote.digest not in (None, digest.hexdigest()):
        kind = "MD5" if remote.algorithm == "md5" else "SHA-256"
        raise DatasetError(f"the bytes that came have {kind} {digest.hexdigest()}, published is {remote.digest}")


@contextlib.contextmanager
def _progress(remote: Remote, url: str) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal, else one plain line; on standard error. Yields a function of the bytes received."""
    if not sys.stderr.isatty():
        size = "" if remote.size is None else f" ({remote.size / 1e6:.1f} MB)"
        print(f"Downloading {remote.name}{size} from {url}", file=sys.stderr, flush=True)
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(remote.name, total=remote.size)
        yield lambda count: bar.advance(task, count)
