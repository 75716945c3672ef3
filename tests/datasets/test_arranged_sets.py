"""IMDB, Reuters and the housing data: orders, vocabularies and splits are Keras's.

`keras_arranges.json` holds what Keras 3.15 made of the files of this test: the data set, the arguments, and what came back.
"""

import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from stand_ins import evil_pickle, npz, ragged, remote_of

from hornbeam import datasets
from hornbeam.datasets import DatasetError, _npz, boston_housing, california_housing, imdb, reuters
from hornbeam.engine.errors import ArgumentError

EXPECTED = json.loads(Path(__file__).with_name("keras_arranges.json").read_text())


def _texts(rng: np.random.Generator, count: int) -> np.ndarray:
    return ragged(*([int(word) for word in rng.integers(1, 12, rng.integers(2, 7))] for _ in range(count)))


def _files() -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    reviews = {"x_train": _texts(rng, 6), "y_train": np.arange(6) % 2, "x_test": _texts(rng, 5), "y_test": np.arange(5) % 2}
    return {
        "imdb": npz(**reviews),
        "reuters": npz(x=_texts(rng, 10), y=np.arange(10)),
        "boston_housing": npz(x=np.arange(30.0).reshape(10, 3), y=np.arange(10.0)),
        "california_housing": npz(x=np.arange(3000.0).reshape(1000, 3), y=np.arange(1000.0)),
    }


@pytest.fixture
def served(web, monkeypatch):
    """All four as small files."""
    for name, content in _files().items():
        module = getattr(datasets, name)
        monkeypatch.setattr(module, "FILE", remote_of(web, module.FILE, content))
    return web


def _plain(rows) -> list:
    return [row if isinstance(row, list) else float(row) for row in rows]


@pytest.mark.parametrize("case", EXPECTED, ids=lambda case: f"{case[0]}-{case[1]}")
def test_as_keras(served, case):
    name, arguments, *expected = case
    (x_train, y_train), (x_test, y_test) = getattr(datasets, name).load_data(**arguments)
    if name in ("imdb", "reuters"):
        assert [_plain(each) for each in (x_train, y_train, x_test, y_test)] == expected
        assert (x_train.dtype, x_test.dtype) == (np.dtype(object), np.dtype(object))
        return
    many = len(expected) > 2
    assert y_train[: 5 if many else None].tolist() == expected[0]
    assert y_test[-5 if many else 0 :].tolist() == expected[1]
    np.testing.assert_array_equal(x_train[:, 0], 3 * y_train)  # rows stay together
    np.testing.assert_array_equal(x_test[:, 2], 3 * y_test + 2)


def test_kept_in_the_cache(served, cache):
    imdb.load_data("reviews.npz")
    (served / imdb.FILE.name).unlink()
    imdb.load_data("reviews.npz")
    assert [path.name for path in cache.iterdir()] == ["reviews.npz"]


@pytest.mark.parametrize("module", [imdb, reuters])
def test_word_index(web, cache, monkeypatch, module):
    table = {"the": 1, "d'être": 2}
    monkeypatch.setattr(module, "WORDS", remote_of(web, module.WORDS, json.dumps(table).encode(), md5=True))
    assert module.get_word_index() == table
    assert (cache / module.WORDS.name).is_file()
    (cache / module.WORDS.name).write_bytes(b"{}")
    assert module.get_word_index() == table  # damaged: fetched again


@pytest.mark.parametrize("content", [b"<html>", b"[1, 2]", b'{"the": "1"}'])
def test_a_table_of_another_form(web, monkeypatch, content):
    monkeypatch.setattr(imdb, "WORDS", remote_of(web, imdb.WORDS, content))
    with pytest.raises(DatasetError, match="imdb_word_index.json"):
        imdb.get_word_index()


def test_the_digest_of_a_table_counts(web, monkeypatch):
    remote = remote_of(web, imdb.WORDS, b'{"the": 1}', md5=True)
    (web / remote.name).write_bytes(b'{"the": 2}')
    monkeypatch.setattr(imdb, "WORDS", remote)
    with pytest.raises(DatasetError, match="MD5"):
        imdb.get_word_index()


def test_mistakes(served):
    with pytest.raises(ArgumentError, match="maxlen=1"):
        imdb.load_data(maxlen=1)
    with pytest.raises(ArgumentError, match="'max_len'"):
        imdb.load_data(max_len=1)
    with pytest.raises(ArgumentError, match="test_split"):
        reuters.load_data(test_split=2)
    with pytest.raises(ArgumentError, match="test_split"):
        boston_housing.load_data(test_split=1)
    with pytest.raises(ArgumentError, match="'small' or 'large'"):
        california_housing.load_data("medium")
    assert imdb.load_data(nb_words=5)[0][0].tolist() == imdb.load_data(num_words=5)[0][0].tolist()


def test_archives_of_another_form(web, tmp_path, monkeypatch):
    def refused(content: bytes, reason: str) -> None:
        monkeypatch.setenv("KERAS_HOME", str(tmp_path / reason.replace("*", "").replace(".", "")))
        monkeypatch.setattr(reuters, "FILE", remote_of(web, reuters.FILE, content))
        with pytest.raises(DatasetError, match=reason):
            reuters.load_data()

    refused(b"no archive", "cannot be read")
    refused(npz(x=np.arange(3)), "no array 'y'")
    refused(npz(x=ragged([1], "text"), y=np.arange(2)), "lists of word numbers")
    refused(npz(x=ragged([1], [1.5]), y=np.arange(2)), "word numbers")
    good = npz(x=ragged([1, 2], [3]), y=np.arange(2))
    refused(good[:-30], "cannot be")


def _objects(pickled: bytes, shape: tuple[int, ...]) -> bytes:
    """An archive whose arrays of objects x and y are this pickle under this header."""
    file, header = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|O", "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("x.npy", "y.npy"):
            archive.writestr(name, header.getvalue() + pickled)
    return file.getvalue()


def test_nothing_in_an_archive_is_run(web, tmp_path, monkeypatch):
    monkeypatch.setattr(reuters, "FILE", remote_of(web, reuters.FILE, _objects(evil_pickle(tmp_path / "mark"), (1,))))
    with pytest.raises(DatasetError, match="refused.*system"):
        reuters.load_data()
    assert not (tmp_path / "mark").exists()


def test_headers_are_held_to(web, monkeypatch):
    content = _objects(pickle.dumps(ragged([1, 2]), 2), (2,))
    monkeypatch.setattr(reuters, "FILE", remote_of(web, reuters.FILE, content))
    with pytest.raises(DatasetError, match="what its header says"):
        reuters.load_data()


def test_large_arrays_are_refused_before_they_are_unpacked(served, monkeypatch):
    monkeypatch.setattr(_npz, "_LARGEST", 100)
    with pytest.raises(DatasetError, match="would take"):
        boston_housing.load_data()


def test_names():
    assert len(reuters.class_names) == 46
    assert reuters.get_label_names() == reuters.class_names
    assert reuters.class_names[3:5] == ("earn", "acq")
    assert (len(boston_housing.feature_names), len(california_housing.feature_names)) == (13, 8)
    assert imdb.class_names == ("negative", "positive")
