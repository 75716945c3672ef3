"""IDX files: what is read, and every way in which one can be broken."""

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hornbeam.datasets import DatasetError
from hornbeam.datasets._idx import read


def idx(array: np.ndarray) -> np.ndarray:
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return np.frombuffer(header + array.tobytes(), np.uint8)


@given(arrays.arrays(np.uint8, arrays.array_shapes(max_dims=4, min_side=0, max_side=6)))
def test_round_trip(array):
    np.testing.assert_array_equal(read(idx(array), "file"), array)


GOOD = idx(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))


def changed(position: int, value: int) -> np.ndarray:
    data = GOOD.copy()
    data[position] = value
    return data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (GOOD[:0], "not an IDX file"),
        (GOOD[:3], "not an IDX file"),
        (np.frombuffer(b"<html><body>busy</body></html>", np.uint8), "not an IDX file"),
        (changed(0, 31), "not an IDX file"),
        (changed(2, 0x0D), "0x0d"),
        (changed(3, 0), "header"),
        (changed(3, 255), "header"),
        (GOOD[:9], "header"),
        (GOOD[:-1], "23 follow"),
        (np.append(GOOD, GOOD[:1]), "25 follow"),
        (changed(7, 3), r"\(3, 3, 4\)"),
        (changed(4, 255), "follow"),  # four thousand million pictures
    ],
)
def test_broken(data, reason):
    with pytest.raises(DatasetError, match=reason) as caught:
        read(data, "the-file")
    assert "the-file" in str(caught.value)


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(data):
    with contextlib.suppress(DatasetError):
        assert read(np.frombuffer(data, np.uint8), "file").size <= len(data)
