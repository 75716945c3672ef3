"""pad_sequences and split_dataset; the figures are Keras's."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.data import Dataset
from hornbeam.engine.errors import ArgumentError, DtypeError, ShapeError
from hornbeam.utils import pad_sequences, split_dataset

S = [[1], [2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, [[0, 0, 1], [0, 2, 3], [4, 5, 6]]),
        ({"value": -1}, [[-1, -1, 1], [-1, 2, 3], [4, 5, 6]]),
        ({"padding": "post"}, [[1, 0, 0], [2, 3, 0], [4, 5, 6]]),
        ({"maxlen": 2}, [[0, 1], [2, 3], [5, 6]]),
        ({"maxlen": 2, "truncating": "post"}, [[0, 1], [2, 3], [4, 5]]),
        ({"maxlen": 4, "padding": "post", "truncating": "post"}, [[1, 0, 0, 0], [2, 3, 0, 0], [4, 5, 6, 0]]),
        ({"maxlen": 0}, [[], [], []]),
    ],
)
def test_padding_and_truncating(arguments, expected):
    found = pad_sequences(S, **arguments)
    assert found.tolist() == expected and found.dtype == np.int32


def test_other_elements():
    assert pad_sequences([[1.5], [2, 3]], dtype="float32").tolist() == [[0, 1.5], [2, 3]]
    assert pad_sequences([["a", "bc"], ["d"]], dtype=object, value="x").tolist() == [["a", "bc"], ["x", "d"]]
    assert pad_sequences([[[1, 2], [3, 4]], [[5, 6]]]).tolist() == [[[1, 2], [3, 4]], [[0, 0], [5, 6]]]
    assert pad_sequences([np.array([1, 2]), []]).tolist() == [[1, 2], [0, 0]]
    assert pad_sequences([]).shape == (0, 0)


def test_padding_mistakes():
    with pytest.raises(ArgumentError, match="padding is 'pre' or 'post'; received 'mid'"):
        pad_sequences(S, padding="mid")
    with pytest.raises(ArgumentError, match="truncating is 'pre' or 'post'"):
        pad_sequences(S, truncating=0)
    with pytest.raises(ArgumentError, match="element 1 is 2, which is none"):
        pad_sequences([[1], 2])
    with pytest.raises(ArgumentError, match="takes a list of sequences; received 3"):
        pad_sequences(3)
    with pytest.raises(ArgumentError, match="pass dtype=object"):
        pad_sequences([["a"]], value="x")
    with pytest.raises(ShapeError, match="sequence 1 have shape"):
        pad_sequences([[[1, 2]], [[1, 2, 3]]])


X = np.arange(10)


def values(dataset):
    return list(dataset.as_numpy_iterator())


@pytest.mark.parametrize(
    ("sizes", "left", "right"),
    [
        ({"left_size": 0.8}, range(8), range(8, 10)), ({"right_size": 0.3}, range(7), range(7, 10)),
        ({"left_size": 3}, range(3), range(3, 10)),
        ({"left_size": 3, "right_size": 4}, range(3), range(6, 10)), ({"left_size": 0.3, "right_size": 0.4}, range(3), range(6, 10)),
        ({"left_size": 0.25}, range(2), range(2, 10)), ({"left_size": 0.37}, range(4), range(4, 10)),
        ({"right_size": 0.37}, range(6), range(6, 10)),
    ],
)  # fmt: skip
def test_sizes_of_a_split(sizes, left, right):
    found = split_dataset(X, **sizes)
    assert [values(part) for part in found] == [list(left), list(right)]
    found = split_dataset(Dataset.from_tensor_slices(X).filter(lambda x: x >= 0), **sizes)
    assert [values(part) for part in found] == [list(left), list(right)]


def test_splits_of_structures():
    first, last = split_dataset((X, X * 2), left_size=0.5)
    assert values(first.map(lambda x, y: y)) == [0, 2, 4, 6, 8] and values(last.map(lambda x, y: x)) == [5, 6, 7, 8, 9]
    first, _ = split_dataset([X, X * 2], left_size=4)
    assert isinstance(first.element_spec, tuple) and len(first) == 4
    first, last = split_dataset({"a": X, "b": X[:, None]}, right_size=1)
    assert first.element_spec["b"].shape == (1,) and values(last.map(lambda row: row["a"])) == [9]
    assert values(split_dataset(hb.ops.convert_to_tensor(X), left_size=2)[0]) == [0, 1]


def test_a_shuffled_split_by_seed():
    found = split_dataset(X, left_size=0.5, shuffle=True, seed=1)
    assert [values(part) for part in found] == [[6, 8, 9, 7, 5], [3, 0, 4, 1, 2]]
    first, last = split_dataset((X, X * 2), left_size=0.5, shuffle=True)
    pairs = [*first.as_numpy_iterator(), *last.as_numpy_iterator()]
    assert sorted(x for x, _ in pairs) == list(X) and all(y == 2 * x for x, y in pairs)


@pytest.mark.parametrize(
    ("sizes", "match"),
    [
        ({}, "needs left_size or right_size"), ({"left_size": 11}, "from 1 to 9 of 10"), ({"left_size": 1.2}, "a float between 0 and 1"),
        ({"left_size": 1.0}, "received 1.0"), ({"right_size": 0}, "right_size is a number"),
        ({"left_size": 0.6, "right_size": 0.6}, "6 and 6"),
        ({"left_size": 0.04}, "parts of 0 and 10"), ({"left_size": 6, "right_size": 0.5}, "parts of 6 and 5"),
    ],
)  # fmt: skip
def test_sizes_that_cannot_be(sizes, match):
    with pytest.raises(ArgumentError, match=match):
        split_dataset(X, **sizes)


def test_data_that_cannot_be_split():
    with pytest.raises(ShapeError, match="received arrays of 10, 9 examples"):
        split_dataset((X, X[:9]), left_size=0.5)
    with pytest.raises(DtypeError, match="received a generator"):
        split_dataset((i for i in X), left_size=0.5)
    with pytest.raises(DtypeError, match="left_size is a number of examples or a share of them; received 'a'"):
        split_dataset(X, left_size="a")
