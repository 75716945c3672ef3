"""What `fit` takes as data: every kind of it becomes the same batches, and what cannot be used says why."""

import itertools
import threading
import time
import traceback
import types

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine.errors import ArgumentError, DataError, ShapeError
from hornbeam.training.feed import PyDataset, make_feed, split_validation

N = 20
X = np.arange(N * 3, dtype=np.float64).reshape(N, 3)
Y = np.arange(N, dtype=np.int64) % 2


def drain(feed, epoch=0, start=0):
    return list(feed.batches(epoch, start))


def firsts(feed, epoch=0, start=0):
    """The first column of each batch's rows, which says which examples came."""
    return [(batch[0][:, 0] / 3).astype(int).tolist() for batch in feed.batches(epoch, start)]


def batches_of(size, count=None):
    for i in itertools.count() if count is None else range(count):
        rows = np.arange(i * size, (i + 1) * size)
        yield np.repeat(rows[:, None] * 3.0, 3, axis=1), rows % 2


class Numbered(PyDataset):
    """Batch i holds example i; it remembers what was asked of it."""

    def __init__(self, count=5, **kwargs):
        super().__init__(**kwargs)
        self.count, self.calls = count, []

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        self.calls.append(index)
        return np.full((1, 3), index * 3.0), np.array([index % 2])

    def on_epoch_begin(self):
        self.calls.append("begin")

    def on_epoch_end(self):
        self.calls.append("end")


# In memory.
def test_arrays_come_whole_in_batches_of_32_with_floatx_and_integers_kept():
    feed = make_feed(X, Y, shuffle=False)
    assert (feed.count, feed.batch_size, feed.steps) == (20, 32, 1)
    x, y, w = feed.arrays
    assert x.dtype == np.float32 and y.dtype == np.int64 and w is None
    feed = make_feed(X, Y, batch_size=8, shuffle=False)
    assert feed.order(0) is None and feed.steps == 3
    assert [len(b[1]) for b in drain(feed)] == [8, 8, 4]
    np.testing.assert_array_equal(np.concatenate([b[0] for b in drain(feed)]), X)
    assert firsts(feed, start=2) == [[16, 17, 18, 19]]


def test_an_order_is_a_permutation_the_same_at_each_call_and_another_each_epoch_and_seed():
    feed = make_feed(X, Y, batch_size=8, seed=3)
    order = feed.order(1)
    assert order.dtype == np.int32 and sorted(order) == list(range(N))
    np.testing.assert_array_equal(order, make_feed(X, Y, batch_size=8, seed=3).order(1))
    assert not np.array_equal(order, feed.order(0))
    assert not np.array_equal(order, make_feed(X, Y, batch_size=8, seed=4).order(1))
    assert sum(firsts(feed, 1), []) == order.tolist()
    assert sum(firsts(feed, 1, start=1), []) == order[8:].tolist()


def test_orders_do_not_change_between_releases():
    """A backup of an interrupted run stands on them."""
    assert make_feed(X, seed=7).order(2).tolist() == GOLDEN_ORDER


GOLDEN_ORDER = [4, 17, 2, 14, 15, 9, 1, 5, 7, 18, 11, 10, 0, 12, 19, 6, 3, 16, 8, 13]


def test_shuffle_batch_keeps_each_chunk_in_its_place():
    order = make_feed(X, Y, batch_size=6, shuffle="batch", seed=1).order(0)
    for first in (0, 6, 12, 18):
        assert sorted(order[first : first + 6]) == list(range(first, min(first + 6, N)))
    assert order.tolist() != list(range(N))


@pytest.mark.parametrize("shuffle", [False, True])
def test_fewer_steps_than_a_pass_go_on_in_the_next_epoch(shuffle):
    feed = make_feed(X, Y, batch_size=6, steps=2, shuffle=shuffle, seed=5)
    assert feed.steps == 2
    epochs = [sum(firsts(feed, epoch), []) for epoch in range(3)]
    assert [len(e) for e in epochs] == [12, 8, 12] == [feed.epoch_size(e) for e in range(3)]
    assert sorted(epochs[0] + epochs[1]) == list(range(N))
    if not shuffle:
        assert epochs[2] == epochs[0] == list(range(12))
    with pytest.warns(UserWarning, match="ran out after 1 of 3 batches of epoch 2"):
        assert make_feed(X, Y, batch_size=6, steps=3).steps_in(1) == 1
    with pytest.warns(UserWarning, match="ran out after 4 of 9"):
        assert make_feed(X, Y, batch_size=6, steps=9).steps == 4


def test_structures_of_arrays_tensors_and_lists():
    x = {"a": hb.Tensor(X), "b": (X, [[i] for i in range(N)])}
    feed = make_feed(x, [Y.tolist(), hb.Tensor(Y).__jax_array__()], batch_size=5, shuffle=True)
    (x0, y0, _) = next(feed.batches(0))
    assert x0["a"].dtype == np.float32 and x0["b"][0].dtype == np.float32 and x0["b"][1].dtype == np.int32
    assert isinstance(y0, tuple) and isinstance(x0["b"], tuple)  # lists become tuples, as in tf.data: a train_step asks
    rows = feed.order(0)[:5]
    np.testing.assert_array_equal(x0["a"], X[rows])
    np.testing.assert_array_equal(x0["b"][1][:, 0], rows)
    np.testing.assert_array_equal(y0[1], Y[rows])


def test_images_stay_bytes_and_bools_stay_bools():
    x, y, _ = make_feed(np.zeros((4, 2, 2), np.uint8), np.array([True, False, True, True])).arrays
    assert x.dtype == np.uint8 and y.dtype == bool


def test_pandas_frames():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": [1.5, 2.5], "n": [1, 2], "t": [True, False], "m": pd.array([3, 4], dtype="Int64")})
    x, y, _ = make_feed(frame, pd.Series([0, 1])).arrays
    assert x.dtype == np.float32 and x.tolist() == [[1.5, 1, 1, 3], [2.5, 2, 0, 4]] and y.dtype == np.int64
    assert make_feed(frame[["n"]]).arrays[0].dtype == np.int64
    with pytest.raises(DataError, match=r"x\['c'\].*categorical"):
        make_feed(pd.DataFrame({"c": pd.Categorical(["u", "v"])}))
    with pytest.raises(DataError, match=r"x\['s'\].*strings.*'u'"):
        make_feed(pd.DataFrame({"s": ["u", "v"]}))
    with pytest.raises(DataError, match="NaN"):
        make_feed(pd.DataFrame({"m": pd.array([3, None], dtype="Int64")}))


def test_polars_frames():
    pl = pytest.importorskip("polars")
    x, y, _ = make_feed(pl.DataFrame({"a": [1.5, 2.5], "n": [1, 2]}), pl.Series("y", [0, 1])).arrays
    assert x.dtype == np.float32 and x.tolist() == [[1.5, 1], [2.5, 2]] and y.tolist() == [0, 1]
    with pytest.raises(DataError, match=r"categorical"):
        make_feed(pl.DataFrame({"c": pl.Series(["u", "v"], dtype=pl.Categorical)}))
    with pytest.raises(DataError, match=r"strings"):
        make_feed(pl.DataFrame({"c": ["u", "v"]}))


# Weights.
@pytest.mark.parametrize("labels", [Y, Y[:, None], np.eye(2)[Y]], ids=["flat", "column", "one-hot"])
def test_class_weights_become_sample_weights(labels):
    _, _, w = make_feed(X, labels, class_weight={1: 3.0}).arrays
    np.testing.assert_array_equal(w, np.where(Y == 1, 3.0, 1.0))
    _, _, w = make_feed(X, labels, np.full((N, 4), 0.5), class_weight={0: 1, 1: 3.0}).arrays
    np.testing.assert_array_equal(w, np.where(Y == 1, 1.5, 0.5)[:, None].repeat(4, 1))
    stream = make_feed(iter([(X, labels)]), class_weight={1: 3.0})
    np.testing.assert_array_equal(drain(stream)[0][2], np.where(Y == 1, 3.0, 1.0))


def test_class_weights_of_sequences_and_labels_without_a_weight():
    labels = np.arange(6).reshape(2, 3, 1)
    _, _, w = make_feed(np.zeros((2, 3)), labels, class_weight={2: 5.0}).arrays
    assert w.tolist() == [[1, 1, 5], [1, 1, 1]]


# Streams.
def test_a_pydataset_in_order_shuffled_resumed_and_told_about_epochs():
    data = Numbered()
    feed = make_feed(data, shuffle=False)
    assert feed.steps == 5 and feed.arrays is None
    feed.begin_epoch()
    assert firsts(feed) == [[0], [1], [2], [3], [4]]
    feed.end_epoch()
    assert data.calls == ["begin", 0, 1, 2, 3, 4, "end"]
    shuffled = make_feed(Numbered(), seed=2)
    epochs = [sum(firsts(shuffled, e), []) for e in range(2)]
    assert sorted(epochs[0]) == list(range(5)) and epochs[0] != epochs[1]
    assert sum(firsts(make_feed(Numbered(), seed=2), 1, start=3), []) == epochs[1][3:]
    assert firsts(make_feed(Numbered(workers=3), shuffle=False)) == [[0], [1], [2], [3], [4]]


def test_a_pydataset_with_other_steps_than_batches_goes_on():
    feed = make_feed(Numbered(5), steps=2, shuffle=False)
    assert [firsts(feed, epoch) for epoch in range(4)] == [[[0], [1]], [[2], [3]], [[4], [0]], [[1], [2]]]
    feed = make_feed(Numbered(2), steps=5, shuffle=False)
    assert firsts(feed, 0) + firsts(feed, 1) == [[0], [1]] * 5
    mixed = make_feed(Numbered(3), steps=7, shuffle=True, seed=1)
    seen = [number for epoch in range(3) for (number,) in firsts(mixed, epoch)]
    assert [sorted(seen[i : i + 3]) for i in range(0, 21, 3)] == [[0, 1, 2]] * 7


def test_a_generator_goes_on_across_epochs_and_takes_no_more_than_it_needs():
    generator = batches_of(2)
    feed = make_feed(generator, steps=3)
    assert feed.peek()[0][0, 0] == 0
    assert firsts(feed, 0) == [[0, 1], [2, 3], [4, 5]]
    assert firsts(feed, 1) == [[6, 7], [8, 9], [10, 11]]
    assert next(generator)[0][0, 0] == 12 * 3


def test_a_generator_that_runs_dry_warns_and_is_exhausted():
    feed = make_feed(batches_of(2, 4), steps=3)
    drain(feed, 0)
    assert not feed.exhausted
    with pytest.warns(UserWarning, match="ran out after 1 of 3 batches of epoch 2"):
        assert len(drain(feed, 1)) == 1
    assert feed.exhausted
    without_steps = make_feed(batches_of(2, 4))
    assert without_steps.steps is None and len(drain(without_steps)) == 4
    assert without_steps.steps == 4 and without_steps.exhausted and drain(without_steps, 1) == []


def test_a_generator_of_a_resumed_run_is_drawn_to_its_place():
    feed = make_feed(batches_of(1), steps=4)
    feed.first_epoch = 1
    assert firsts(feed, 3, start=2) == [[10], [11]]
    assert firsts(feed, 4) == [[12], [13], [14], [15]]


def test_an_iterable_begins_anew_each_epoch_or_goes_on_with_steps():
    class Loader:
        def __iter__(self):
            return batches_of(1, 5)

    feed = make_feed(Loader())
    assert feed.steps is None
    feed.peek()
    assert firsts(feed, 0) == firsts(feed, 1) == [[0], [1], [2], [3], [4]]
    assert feed.steps == 5
    feed = make_feed(Loader(), steps=3)
    assert firsts(feed, 0) == [[0], [1], [2]]
    with pytest.warns(UserWarning, match="ran out after 2 of 3 batches"):
        assert firsts(feed, 1) == [[3], [4]]
    assert firsts(feed, 2) == [[0], [1], [2]]
    assert firsts(feed, 0) == [[0], [1], [2]]  # validation starts from the beginning each time
    feed = make_feed(Loader(), steps=5)  # a pass ends with its epoch, and the next one begins with the next
    assert firsts(feed, 0) == firsts(feed, 1) == [[0], [1], [2], [3], [4]]


def test_a_dataloader_and_its_tensors_are_known_by_their_looks():
    torch_tensor = type(
        "Tensor",
        (),
        {"__module__": "torch", "detach": lambda s: s, "cpu": lambda s: s, "dtype": "torch.float32",
         "numpy": lambda s: np.ones((2, 3), np.float64), "__array__": lambda s: None},
    )  # fmt: skip
    loader_type = type("DataLoader", (), {"__module__": "torch.utils.data.dataloader", "batch_size": 2})
    loader_type.__len__ = lambda self: 3
    loader_type.__iter__ = lambda self: iter([[torch_tensor(), np.array([0, 1])]] * 3)
    feed = make_feed(loader_type())
    assert feed.steps == 3 and feed.batch_size == 2
    x, y, _ = drain(feed)[2]
    assert x.dtype == np.float32 and y.tolist() == [0, 1]
    assert make_feed(loader_type(), batch_size=3).batch_size == 2  # as in Keras, for others


def test_batches_are_read_ahead_but_not_without_bound():
    made = []

    def source():
        for i in range(100):
            made.append(i)
            yield np.full((1, 1), i)

    reading = make_feed(source()).batches(0)
    next(reading)
    deadline = time.monotonic() + 5
    while len(made) < 9 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.05)
    assert 9 <= len(made) <= 12
    reading.close()
    assert not [t for t in threading.enumerate() if t.name == "hornbeam-feed" and t.is_alive()]


def test_an_error_in_the_users_generator_comes_out_with_its_own_traceback():
    def broken():
        yield X, Y
        raise KeyError("my_column")

    with pytest.raises(KeyError, match="my_column") as caught:
        drain(make_feed(broken()))
    assert "raise KeyError" in "".join(traceback.format_exception(caught.value))

    class Broken(Numbered):
        def __getitem__(self, index):
            return [][index]

    for workers in (1, 2):
        with pytest.raises(IndexError):
            drain(make_feed(Broken(workers=workers)))


# What cannot be used.
def test_lengths_that_differ_are_named():
    with pytest.raises(DataError, match=r"`x` has 20, `y` has 19"):
        make_feed(X, Y[:19])
    with pytest.raises(DataError, match=r"`x\['a'\]` has 20, `x\['b'\]` has 3"):
        make_feed({"a": X, "b": X[:3]}, Y)
    with pytest.raises(DataError, match=r"in batch 1: `x` has 20, `y` has 2"):
        drain(make_feed(iter([(X, Y), (X, Y[:2])])))


@pytest.mark.parametrize("empty", [X[:0], [], {}, [[]]])
def test_empty_data(empty):
    with pytest.raises((DataError, ShapeError), match="empty"):
        make_feed(empty)


def test_empty_streams():
    with pytest.raises(DataError, match="no batches"):
        make_feed(iter([])).peek()
    with pytest.raises(DataError, match="no batches"):
        make_feed(Numbered(0))


def test_nan_is_counted_and_found_and_infinity_warns():
    bad = X.copy()
    bad[7, 1] = bad[9, 0] = bad[9, 2] = np.nan
    with pytest.raises(DataError, match=r"`x` has 3 NaN values in 2 of 20 rows \(the first is row 7\)"):
        make_feed(bad, Y)
    with pytest.raises(DataError, match="`y` has 1 NaN value in"):
        make_feed(X, np.where(Y == 9, 0, [np.nan] + [0] * 19))
    make_feed(bad, Y, finite=False)
    bad = X.copy()
    bad[0, 0] = -np.inf
    with pytest.warns(UserWarning, match="`x` has 1 infinite"):
        make_feed(bad)
    make_feed(np.full((4, 2), 3e38), Y[:4])  # a sum that overflows is no infinity in the data


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.array(["cat", "dog"]), "holds strings.*'cat'"),
        (["cat", "dog"], "holds strings"),
        (np.array([1, "a"], object), "holds strings"),
        (np.array([1.0, None], object), "Python objects"),
        (np.array(["2020-01-01"], "datetime64[D]"), "dates"),
        ([[1, 2], [3]], "different lengths"),
        (np.array([[1, 2], [3]], object), "array of arrays"),
        (3.0, "single number"),
        (None, "None"),
        (object(), "no data"),
        (batches_of, r"call it: batches_of\(\)"),
    ],
)
def test_what_is_no_numbers_is_refused_with_advice(x, message):
    with pytest.raises((DataError, ShapeError), match=message):
        make_feed(x)


def test_object_arrays_of_numbers_are_numbers():
    assert make_feed(np.array([[1, 2.5], [True, 4]], object)).arrays[0].dtype == np.float32


@pytest.mark.parametrize("argument", ["y", "sample_weight"])
def test_what_a_generator_brings_itself_is_refused(argument):
    with pytest.raises(ArgumentError, match=f"`{argument}` cannot be given together with a generator"):
        make_feed(batches_of(2), **{argument: Y})


@pytest.mark.parametrize("size", [0, -1, 2.5, True, "32"])
def test_batch_size_is_a_positive_integer(size):
    with pytest.raises(ArgumentError, match="batch_size.*positive integer"):
        make_feed(X, Y, batch_size=size)


def test_arguments_that_cannot_be():
    with pytest.raises(ArgumentError, match="without end needs"):
        make_feed(itertools.cycle([(X, Y)]))
    with pytest.raises(ArgumentError, match="shuffle"):
        make_feed(X, shuffle="yes")
    with pytest.raises(ArgumentError, match="class_weight"):
        make_feed(X, Y, class_weight={"cat": 1.0})
    with pytest.raises(ArgumentError, match="one set of labels"):
        make_feed(X, [Y, Y], class_weight={0: 1.0})
    with pytest.raises(DataError, match="of 4 parts in batch 0"):
        drain(make_feed(iter([(X, Y, Y, Y)])))
    dataset = types.new_class("Dataset", (), {}, lambda ns: ns.update(__module__="torch.utils.data.dataset"))
    with pytest.raises(DataError, match="Wrap it: DataLoader"):
        make_feed(dataset())


# The validation split.
def test_validation_takes_the_last_part():
    (x, y, w), (xv, yv, wv) = split_validation({"a": X}, Y, None, 0.25)
    assert len(x["a"]) == 15 and len(yv) == 5 and w is None and wv is None
    np.testing.assert_array_equal(xv["a"], X[15:])
    assert len(split_validation(np.zeros((60000, 1)), None, None, 0.2)[0][0]) == 48000


@pytest.mark.parametrize("fraction", [0, 1, 1.5, -0.1, "half", True])
def test_a_validation_split_is_a_fraction(fraction):
    with pytest.raises(ArgumentError, match="validation_split"):
        split_validation(X, Y, None, fraction)


def test_a_validation_split_leaves_something_on_both_sides_and_cuts_arrays_only():
    with pytest.raises(ArgumentError, match="leaves 0 to train on and 1 to validate"):
        split_validation(X[:1], Y[:1], None, 0.5)
    with pytest.raises(ArgumentError, match="cannot cut a generator"):
        split_validation(batches_of(2), None, None, 0.5)
