"""Fashion-MNIST: 70,000 pictures of clothes, 28 by 28 grey pixels, in ten classes.

Source: Xiao, Rasul and Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms",
2017, https://arxiv.org/abs/1708.07747. Copyright Zalando SE, MIT licence.
"""

import hashlib
import io
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hornbeam.datasets import _idx
from hornbeam.datasets._fetch import DatasetError, Remote, cache_folder, download, keep_copy

Arrays = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]

class_names = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
"""What the labels 0 to 9 mean."""

DEBIAN = Path("/usr/share/datasets/fashion-mnist")  # where Debian's package dataset-fashion-mnist puts the files
SUBSET = Path(__file__).with_name("fashion_mnist_subset.npy.xz")
_SUBSET_TRAIN = 10_000

_ADDRESSES = (
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
)
_ADVICE = (
    "On Debian and Ubuntu the package dataset-fashion-mnist holds the same images. Without either, "
    "fashion_mnist.load_subset() gives 12,000 of the real images that come with Hornbeam."
)


@dataclass(frozen=True, slots=True)
class _File:
    """One of the four files: as published (gzip), and the size and SHA-256 of what is inside.

    All that is handed out has passed the second digest: Debian's files hold the same bytes under other gzip headers.
    """

    remote: Remote
    size: int
    sha256: str

    @property
    def plain(self) -> str:
        """The name of the unpacked copy."""
        return self.remote.name.removesuffix(".gz")


def _file(name: str, packed: int, packed_sha256: str, size: int, sha256: str) -> _File:
    return _File(Remote(name, tuple(address + name for address in _ADDRESSES), packed, packed_sha256), size, sha256)


FILES = (
    _file(
        "train-images-idx3-ubyte.gz",
        26_421_880,
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        47_040_016,
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    ),
    _file(
        "train-labels-idx1-ubyte.gz",
        29_515,
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        60_008,
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    ),
    _file(
        "t10k-images-idx3-ubyte.gz",
        4_422_102,
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        7_840_016,
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    ),
    _file(
        "t10k-labels-idx1-ubyte.gz",
        5_148,
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        10_008,
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
)


def load_data() -> Arrays:
    """Loads Fashion-MNIST, from disk where it can and from the network where it must.

    Looked at in turn, file by file: Keras's cache folder (`~/.keras/datasets/fashion-mnist`, or below `$KERAS_HOME`),
    Debian's package `dataset-fashion-mnist`, the network. An unpacked copy is kept in the cache folder, so that later
    loads need not unpack again. Every file's content is compared with its SHA-256.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, all uint8: images of shape (60000, 28, 28) and (10000, 28, 28) with
        pixels 0 to 255, labels 0 to 9 of shape (60000,) and (10000,); `class_names` says what the labels mean.

    Raises:
        DatasetError: a file is nowhere on disk and cannot be downloaded; the message names file, addresses and folder.
    """
    cache = cache_folder("fashion-mnist")
    damage: list[str] = []
    with ThreadPoolExecutor(len(FILES)) as pool:  # unpacking and hashing release the interpreter lock
        arrays = list(pool.map(lambda file: _on_disk(file, cache, damage), FILES))
    for index, file in enumerate(FILES):  # one after the other: a progress bar each
        if arrays[index] is None:
            download(file.remote, cache, " ".join((*damage, _ADVICE)))
            arrays[index] = _on_disk(file, cache, damage)
    x_train, y_train, x_test, y_test = (_whole(array, damage) for array in arrays)
    return (x_train, y_train), (x_test, y_test)


def location() -> Path | None:
    """The folder from which `load_data` would read every file right now, or None where it would have to download."""
    cache = cache_folder("fashion-mnist")
    for folder in (cache, DEBIAN):
        if all((folder / file.plain).is_file() or (folder / file.remote.name).is_file() for file in FILES):
            return folder
    return None


def load_subset() -> Arrays:
    """The first 10,000 training and 2,000 test images, which come with Hornbeam: real data without any network.

    Returns:
        As `load_data`, with 10,000 and 2,000 in the place of 60,000 and 10,000.
    """
    import lzma

    file = io.BytesIO(lzma.decompress(SUBSET.read_bytes()))
    labels, images = np.load(file, allow_pickle=False), np.load(file, allow_pickle=False)
    n = _SUBSET_TRAIN
    return (images[:n], labels[:n]), (images[n:], labels[n:])


def _on_disk(file: _File, cache: Path, damage: list[str]) -> np.ndarray | None:
    """The file's array from the first whole copy on this machine. What is wrong with the others goes into `damage`."""
    copy = cache / file.plain
    if copy.is_file() and copy.stat().st_size == file.size:
        data = np.fromfile(copy, np.uint8)
        if _matches(data, file):
            return _idx.read(data, str(copy))
    for path in (cache / file.remote.name, DEBIAN / file.remote.name):
        if not path.is_file():
            continue
        try:
            content = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(path.read_bytes(), file.size + 1)
        except (zlib.error, OSError) as error:
            damage.append(f"{path} cannot be read: {error}.")
            continue
        if not _matches(content, file):
            damage.append(f"{path} does not hold the published data and was passed over.")
            continue
        keep_copy(content, copy)
        return _idx.read(np.frombuffer(content, np.uint8).copy(), str(path))  # copied: the caller may write to it
    return None


def _matches(content: Any, file: _File) -> bool:
    return len(content) == file.size and hashlib.sha256(content).hexdigest() == file.sha256


def _whole(array: np.ndarray | None, damage: list[str]) -> np.ndarray:
    if array is None:  # a file that was right when it was downloaded is gone or changed a moment later
        raise DatasetError(" ".join(damage) or "A file of Fashion-MNIST vanished while it was being read.")
    return array
