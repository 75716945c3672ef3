"""MNIST and CIFAR: what the published formats hold, where it is found, what is refused."""

import hashlib
import tarfile

import numpy as np
import pytest
from stand_ins import cifar_batch, evil_pickle, npz, remote_of, tar_gz

from hornbeam.datasets import DatasetError, _cifar, cifar10, cifar100, mnist
from hornbeam.engine.errors import ArgumentError

RNG = np.random.default_rng(0)


def test_mnist(web, cache, monkeypatch):
    arrays = {"x_train": RNG.integers(0, 256, (5, 28, 28), np.uint8), "y_train": np.arange(5, dtype=np.uint8)}
    arrays |= {"x_test": RNG.integers(0, 256, (3, 28, 28), np.uint8), "y_test": np.arange(3, dtype=np.uint8)}
    monkeypatch.setattr(mnist, "FILE", remote_of(web, mnist.FILE, npz(**arrays)))
    for path in ("mnist.npz", "mine.npz"):
        (x_train, y_train), (x_test, y_test) = mnist.load_data(path)
        for got, name in ((x_train, "x_train"), (y_train, "y_train"), (x_test, "x_test"), (y_test, "y_test")):
            np.testing.assert_array_equal(got, arrays[name])
        assert (cache / path).is_file()
    (web / "mnist.npz").unlink()
    mnist.load_data()  # from the cache
    (cache / "mnist.npz").write_bytes(b"half")
    with pytest.raises(DatasetError, match="mnist.npz does not hold the published data") as caught:
        mnist.load_data()
    assert str(cache) in str(caught.value)


def images(count: int) -> np.ndarray:
    return RNG.integers(0, 256, (count, 32, 32, 3), np.uint8)


@pytest.fixture
def ten(web, monkeypatch):
    """CIFAR-10 with two images a batch."""
    members = [*cifar10.BATCHES, *cifar10.TEST]
    held = {member: (images(2), [i, i + 1]) for i, member in enumerate(members)}
    files = {f"{cifar10.FOLDER}/{name}": cifar_batch(x, labels=y) for name, (x, y) in held.items()}
    files[f"{cifar10.FOLDER}/readme.html"] = b"<html></html>"
    monkeypatch.setattr(cifar10, "BATCHES", dict.fromkeys(cifar10.BATCHES, 2))
    monkeypatch.setattr(cifar10, "TEST", dict.fromkeys(cifar10.TEST, 2))
    monkeypatch.setattr(cifar10, "FILE", remote_of(web, cifar10.FILE, tar_gz(files)))
    return held, files


def check_ten(held):
    (x_train, y_train), (x_test, y_test) = cifar10.load_data()
    np.testing.assert_array_equal(x_train, np.concatenate([held[name][0] for name in cifar10.BATCHES]))
    np.testing.assert_array_equal(x_test, held["test_batch"][0])
    assert y_train.tolist() == [[label] for name in cifar10.BATCHES for label in held[name][1]]
    assert y_test.tolist() == [[5], [6]]
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    x_test[:] = 0  # the caller may write into what it was given


def test_cifar10_is_downloaded_once(ten, web, cache):
    check_ten(ten[0])
    assert (cache / "cifar-10-batches-py-target_archive").is_file()  # Keras's name
    (web / cifar10.FILE.name).unlink()
    check_ten(ten[0])


@pytest.mark.parametrize("folder", ["cifar-10-batches-py-target/cifar-10-batches-py", "cifar-10-batches-py"])
def test_what_keras_has_unpacked_is_read(ten, web, cache, folder):
    (web / cifar10.FILE.name).unlink()
    (cache / folder).mkdir(parents=True)
    for name, content in ten[1].items():
        (cache / folder / name.split("/")[1]).write_bytes(content)
    check_ten(ten[0])


def test_a_damaged_unpacked_folder_is_passed_over(ten, cache):
    folder = cache / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    for name, content in ten[1].items():
        (folder / name.split("/")[1]).write_bytes(content[:-100])
    check_ten(ten[0])


def test_keras_2s_archive_is_found(ten, web, cache):
    cache.mkdir(parents=True)
    (web / cifar10.FILE.name).rename(cache / "cifar-10-batches-py.tar.gz")
    check_ten(ten[0])


def test_cifar100(web, monkeypatch):
    held = {"train": (images(4), [1, 99, 0, 3], [1, 19, 0, 3]), "test": (images(2), [7, 8], [2, 3])}
    files = {f"cifar-100-python/{n}": cifar_batch(x, fine_labels=f, coarse_labels=c) for n, (x, f, c) in held.items()}
    monkeypatch.setattr(cifar100, "FILE", remote_of(web, cifar100.FILE, tar_gz(files)))
    monkeypatch.setattr(cifar100, "MEMBERS", {"train": 4, "test": 2})
    for mode, place in (("fine", 1), ("coarse", 2)):
        (x_train, y_train), (x_test, y_test) = cifar100.load_data(mode)
        np.testing.assert_array_equal(x_train, held["train"][0])
        np.testing.assert_array_equal(x_test, held["test"][0])
        assert y_train.ravel().tolist() == held["train"][place]
        assert y_test.ravel().tolist() == held["test"][place]
    with pytest.raises(ArgumentError, match="'fine' or 'coarse'"):
        cifar100.load_data("medium")


def odd(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.size, member.linkname = kind, size, link
    return member


@pytest.mark.parametrize(
    "member",
    [
        odd("../outside"),
        odd("/etc/passwd"),
        odd("folder/../../outside"),
        odd("folder/.."),
        odd("folder/deep/file"),
        odd("elsewhere/file"),
        odd("folder"),
        odd("folder/link", tarfile.SYMTYPE, link="/etc/passwd"),
        odd("folder/link", tarfile.LNKTYPE, link="folder/file"),
        odd("folder/device", tarfile.CHRTYPE),
        odd("folder/pipe", tarfile.FIFOTYPE),
        odd("folder/file"),  # a second time
        odd("folder/large", size=1 << 20),
    ],
)
def test_odd_members_are_refused(member, monkeypatch):
    monkeypatch.setattr(_cifar, "_LARGEST", 1000)
    with pytest.raises(DatasetError, match="refused"):
        _cifar._untar(tar_gz({"folder/file": b"x"}, member), "the-archive", "folder", {"file"})


def test_too_many_members(monkeypatch):
    with pytest.raises(DatasetError, match="refused"):
        _cifar._untar(tar_gz({f"folder/{i}": b"" for i in range(80)}), "the-archive", "folder", {"1"})


@pytest.mark.parametrize(("content", "reason"), [(tar_gz({"folder/other": b"x"}), "lacks file"), (b"\x1f\x8bnothing", "read")])
def test_broken_archives(content, reason):
    with pytest.raises(DatasetError, match=reason):
        _cifar._untar(content, "the-archive", "folder", {"file"})


def test_pickles_that_call_are_refused(ten, web, tmp_path, monkeypatch):
    files = {**ten[1], f"{cifar10.FOLDER}/data_batch_3": evil_pickle(tmp_path / "mark")}
    monkeypatch.setattr(cifar10, "FILE", remote_of(web, cifar10.FILE, tar_gz(files)))
    with pytest.raises(DatasetError, match="data_batch_3.*refused"):
        cifar10.load_data()
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    "batch",
    [
        cifar_batch(images(3), labels=[1, 2, 3]),
        cifar_batch(images(2), labels=[1, 100]),
        cifar_batch(images(2), labels=[1]),
        cifar_batch(images(2), other=[1, 2]),
    ],
)
def test_batches_of_another_form_are_refused(batch):
    with pytest.raises(DatasetError, match="does not hold 2"):
        _cifar._batch(batch, "the-batch", 2, b"labels")


def test_names_and_addresses():
    assert [len(names) for names in (mnist.class_names, cifar10.class_names, cifar100.class_names)] == [10, 10, 100]
    assert len(cifar100.coarse_class_names) == 20
    assert (cifar100.class_names[0], cifar100.class_names[99]) == ("apple", "worm")
    for remote in (mnist.FILE, cifar10.FILE, cifar100.FILE):
        assert len(bytes.fromhex(remote.digest)) == hashlib.sha256().digest_size
        assert all(url.startswith("https://") and url.endswith("/" + remote.name) for url in remote.urls)
