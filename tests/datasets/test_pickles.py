"""The restricted reader of pickles: what published files hold is read, all else is refused and nothing is run."""

import contextlib
import datetime
import io
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins import evil_pickle, python2_pickle

from hornbeam.datasets import DatasetError
from hornbeam.datasets._pickles import load


def read(data: bytes):
    return load(io.BytesIO(data), "the-file")


@pytest.mark.parametrize("dtype", ["u1", "<i8", ">i4", "<f4", "<f8"])
@pytest.mark.parametrize("protocol", [0, 2, 4, "python2"])
def test_numbers(dtype, protocol):
    array = np.arange(24).reshape(2, 3, 4).astype(dtype)
    held = {b"data": array, b"labels": [1, 2, 300], b"name": b"x"}
    found = read(python2_pickle(held) if protocol == "python2" else pickle.dumps(held, protocol))
    np.testing.assert_array_equal(found[b"data"], array)
    assert found[b"data"].dtype == array.dtype
    assert found[b"data"].flags.writeable
    assert (found[b"labels"], found[b"name"]) == ([1, 2, 300], b"x")


def test_the_stand_in_is_what_python_2_wrote():
    held = {b"data": np.arange(6, dtype=np.uint8).reshape(2, 3), b"labels": [1, 70000]}
    found = pickle.loads(python2_pickle(held), encoding="bytes")  # the real numpy understands it
    np.testing.assert_array_equal(found[b"data"], held[b"data"])
    assert found[b"labels"] == held[b"labels"]


def test_order_of_memory():
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    np.testing.assert_array_equal(read(pickle.dumps(array, 2)), array)


def test_rows_of_lists():
    array = np.empty(2, object)
    array[:] = [[1, 2, 3], []]
    for protocol in (2, 3, 4):
        found = read(pickle.dumps(array, protocol))
        assert found.dtype == object
        assert found.tolist() == [[1, 2, 3], []]


def test_nothing_is_run(tmp_path):
    with pytest.raises(DatasetError, match="refused.*system"):
        read(evil_pickle(tmp_path / "mark"))
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps(datetime.date(2024, 1, 1)),
        pickle.dumps(np.zeros(2, [("a", "i4")])),
        pickle.dumps(np.array(["text"])),
        pickle.dumps(np.array([1j])),
        pickle.dumps(np.zeros((2, 2), object)),
        pickle.dumps(np.dtype("i4")),
        pickle.dumps(np.float64(1)),
        b"cbuiltins\neval\n(S'1'\ntR.",
        b"cnumpy\nndarray\n(tR.",
        b"cnumpy\ndtype\n.",
        b"cnumpy.core.multiarray\n_reconstruct\n}S'_function'\ncnumpy\nndarray\nsb.",  # state for a function
        b"cnumpy.core.multiarray\n_reconstruct\n(N}S'_function'\nI1\nstb.",
        b"c_codecs\nencode\n(S'a'\nS'rot13'\ntR.",
        b"cnumpy.core.multiarray\n_reconstruct\n(tR(I1\n(I9\ntcnumpy\ndtype\n(S'u1'\ntRI00\nS'abc'\ntb.",  # nine of three bytes
        b"cnumpy\ndtype\n(S'u1'\ntR(I3\nS'|'\n(I2\nI2\ntNNtb.",  # numbers that are arrays
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n(tR(K\x01(K\x01tcnumpy\ndtype\n(U\x02u1tR(K\x03U\x01|(K\x02K\x02tNNtb\x89U\x01atb.",
        b"S'a'\nQ.",
        b"",
        b"\x80\x02",
    ],
)
def test_all_else_is_refused(data):
    with pytest.raises(DatasetError, match="the-file"):
        read(data)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data):
    with contextlib.suppress(DatasetError):
        read(b"\x80\x02" + data)
