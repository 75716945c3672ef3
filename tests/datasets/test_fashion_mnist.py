"""Fashion-MNIST: where it is looked for, what is believed, and the images themselves."""

import gzip
import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from hornbeam.datasets import DatasetError, fashion_mnist
from hornbeam.datasets._fetch import Remote

needs_debian = pytest.mark.skipif(
    not fashion_mnist.DEBIAN.is_dir(), reason="needs Debian's package dataset-fashion-mnist (the real 70,000 images)"
)


def tiny(shape: tuple[int, ...], seed: int) -> tuple[np.ndarray, bytes, bytes]:
    """An array, its IDX file, and that file as published."""
    array = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    plain = bytes([0, 0, 8, array.ndim]) + np.array(shape, ">u4").tobytes() + array.tobytes()
    return array, plain, gzip.compress(plain, mtime=seed)


NAMES = [file.remote.name for file in fashion_mnist.FILES]
SHAPES = [(5, 28, 28), (5,), (3, 28, 28), (3,)]
CONTENT = {name: tiny(shape, seed) for seed, (name, shape) in enumerate(zip(NAMES, SHAPES, strict=True))}


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A small stand-in for the published data set: an empty cache, no Debian package, addresses in a folder `web`."""
    web = tmp_path / "web"
    web.mkdir()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(fashion_mnist, "DEBIAN", tmp_path / "debian")
    files = []
    for name, (_, plain, packed) in CONTENT.items():
        (web / name).write_bytes(packed)
        remote = Remote(name, ((web / name).as_uri(),), len(packed), hashlib.sha256(packed).hexdigest())
        files.append(fashion_mnist._File(remote, len(plain), hashlib.sha256(plain).hexdigest()))
    monkeypatch.setattr(fashion_mnist, "FILES", tuple(files))
    return tmp_path


def cache(world: Path) -> Path:
    return world / "keras" / "datasets" / "fashion-mnist"


def fill(folder: Path, packed=lambda data: data) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, (_, _, data) in CONTENT.items():
        (folder / name).write_bytes(packed(data))


def unplug(world: Path) -> None:
    for name in NAMES:
        (world / "web" / name).unlink()


def check(loaded) -> None:
    (x_train, y_train), (x_test, y_test) = loaded
    for got, name in zip((x_train, y_train, x_test, y_test), NAMES, strict=True):
        np.testing.assert_array_equal(got, CONTENT[name][0])
        assert got.dtype == np.uint8
        got[:] = 0  # the caller may write into what it was given


def test_download_then_cache(world):
    assert fashion_mnist.location() is None
    check(fashion_mnist.load_data())
    assert fashion_mnist.location() == cache(world)
    for name, (_, plain, packed) in CONTENT.items():
        assert (cache(world) / name).read_bytes() == packed
        assert (cache(world) / name.removesuffix(".gz")).read_bytes() == plain
    unplug(world)
    check(fashion_mnist.load_data())


def test_what_keras_has_downloaded_is_found(world):
    fill(cache(world))
    unplug(world)
    check(fashion_mnist.load_data())


def test_debians_package_is_read_in_place(world):
    unplug(world)
    # Other gzip bytes with the same content.
    fill(world / "debian", lambda data: gzip.compress(gzip.decompress(data), 1, mtime=7))
    assert fashion_mnist.location() == world / "debian"
    check(fashion_mnist.load_data())
    assert not list(cache(world).glob("*.gz"))


def test_only_what_is_missing_is_downloaded(world):
    fill(cache(world))
    (cache(world) / NAMES[3]).unlink()
    for name in NAMES[:3]:
        (world / "web" / name).unlink()
    check(fashion_mnist.load_data())


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],  # a download that ended early
        lambda data: b"",
        lambda data: b"<html>busy</html>",
        lambda data: gzip.compress(gzip.decompress(data)[:-1] + b"\x00"),  # a good archive of something else
        lambda data: gzip.compress(gzip.decompress(data) + b"\x00"),
        lambda data: gzip.compress(bytes(1 << 26)),  # far more than it should hold
    ],
)
def test_a_damaged_file_in_the_cache_is_replaced(world, damage):
    fill(cache(world))
    (cache(world) / NAMES[0]).write_bytes(damage(CONTENT[NAMES[0]][2]))
    check(fashion_mnist.load_data())
    assert (cache(world) / NAMES[0]).read_bytes() == CONTENT[NAMES[0]][2]


def test_a_damaged_file_offline_is_named(world):
    fill(cache(world))
    unplug(world)
    (cache(world) / NAMES[2]).write_bytes(b"\x1f\x8b damaged")
    with pytest.raises(DatasetError, match="cannot be read") as caught:
        fashion_mnist.load_data()
    assert str(cache(world) / NAMES[2]) in str(caught.value)


@pytest.mark.parametrize("change", [lambda data: data[:-1] + bytes([data[-1] ^ 1]), lambda data: data[:-1]])
def test_a_damaged_unpacked_copy_is_made_again(world, change):
    check(fashion_mnist.load_data())
    unplug(world)
    copy = cache(world) / NAMES[0].removesuffix(".gz")
    whole = copy.read_bytes()
    copy.write_bytes(change(whole))
    check(fashion_mnist.load_data())
    assert copy.read_bytes() == whole


def test_offline(world):
    unplug(world)
    with pytest.raises(DatasetError) as caught:
        fashion_mnist.load_data()
    message = str(caught.value)
    assert "\n" not in message
    address = (world / "web" / NAMES[0]).as_uri()
    for part in (NAMES[0], address, str(cache(world)), "dataset-fashion-mnist", "load_subset"):
        assert part in message
    assert os.listdir(cache(world)) == []


def test_a_folder_that_cannot_be_written_to_is_enough_to_read(world, monkeypatch):
    fill(cache(world))
    unplug(world)

    def refuse(*arguments):
        raise PermissionError("read-only")

    monkeypatch.setattr(os, "replace", refuse)
    check(fashion_mnist.load_data())
    assert sorted(os.listdir(cache(world))) == sorted(NAMES)


def test_published_sizes_fit_the_shapes():
    sizes = [16 + 60_000 * 784, 8 + 60_000, 16 + 10_000 * 784, 8 + 10_000]
    assert [file.size for file in fashion_mnist.FILES] == sizes
    for file in fashion_mnist.FILES:
        assert file.remote.urls[0] == "https://storage.googleapis.com/tensorflow/tf-keras-datasets/" + file.remote.name
        assert all(url.startswith("https://") and url.endswith("/" + file.remote.name) for url in file.remote.urls)


def test_the_subset():
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_subset()
    assert (x_train.shape, y_train.shape) == ((10_000, 28, 28), (10_000,))
    assert (x_test.shape, y_test.shape) == ((2_000, 28, 28), (2_000,))
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    assert fashion_mnist.class_names[y_train[0]] == "Ankle boot"
    assert np.bincount(y_train, minlength=10).min() > 900
    assert fashion_mnist.SUBSET.stat().st_size < 5_000_000
    assert "Zalando" in fashion_mnist.SUBSET.with_name("fashion_mnist_subset.LICENSE").read_text(encoding="utf-8")


@needs_debian
def test_the_real_images(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    unpacked = fashion_mnist.load_data()
    cached = fashion_mnist.load_data()
    subset = fashion_mnist.load_subset()
    assert fashion_mnist.location() == tmp_path / "datasets" / "fashion-mnist"
    for first, second, few, n in zip(unpacked, cached, subset, (60_000, 10_000), strict=True):
        assert first[0].shape == (n, 28, 28)
        np.testing.assert_array_equal(np.bincount(first[1]), n // 10)
        for whole, again, part in zip(first, second, few, strict=True):
            np.testing.assert_array_equal(whole, again)
            np.testing.assert_array_equal(whole[: len(part)], part)
