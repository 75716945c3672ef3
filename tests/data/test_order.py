"""Shuffling, passes and memory: what cannot be held against stored elements because it is random or about state."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.data import Dataset
from hornbeam.engine import rng
from hornbeam.engine.errors import ArgumentError, DtypeError, InvalidArgumentError, OutOfRangeError


def values(dataset):
    return [np.asarray(each).tolist() for each in dataset.as_numpy_iterator()]


def slow(dataset):
    """The same elements without rows in memory, so that the other way of running is taken."""
    return Dataset.from_generator(lambda: dataset.as_numpy_iterator(), output_signature=dataset.element_spec)


@pytest.mark.parametrize("source", [Dataset.range(50), slow(Dataset.range(50))], ids=["rows", "elements"])
def test_a_shuffle_draws_from_a_buffer_of_the_next_elements(source):
    found = values(source.shuffle(5, seed=1))
    assert sorted(found) == list(range(50)) and found != list(range(50))
    assert all(number - 5 < place + 1 for place, number in enumerate(found))  # nothing comes more than a buffer early
    whole = values(source.shuffle(1000, seed=1))
    assert sorted(whole) == list(range(50)) and max(np.abs(np.array(whole) - np.arange(50))) > 20


def test_both_ways_of_shuffling_and_each_seed_have_their_own_orders():
    data = Dataset.range(20)
    assert values(data.shuffle(4, seed=3)) == values(data.shuffle(4, seed=3)) != values(data.shuffle(4, seed=4))
    again = data.shuffle(20, seed=3)
    first, second = values(again), values(again)
    assert first != second and sorted(second) == list(range(20))
    kept = data.shuffle(20, seed=3, reshuffle_each_iteration=False)
    assert values(kept) == values(kept) == values(kept.repeat(2))[:20] == values(kept.repeat(2))[20:]
    assert sorted(values(kept.take(15)) + values(kept.skip(15))) == list(range(20))  # a split stays one
    passes = values(data.shuffle(20, seed=3).repeat(2))
    assert sorted(passes[:20]) == sorted(passes[20:]) == list(range(20)) and passes[:20] != passes[20:]


def test_a_global_seed_repeats_a_programs_orders_and_numbers():
    def program():
        rng.set_random_seed(7)
        data = Dataset.range(30).shuffle(30)
        noise = Dataset.range(4).map(lambda x: hb.random.uniform(()))
        return values(data), values(data), values(noise), values(noise), values(noise.batch(2))

    assert program() == program()


def test_random_numbers_differ_by_element_and_by_pass():
    for data in (Dataset.range(40), slow(Dataset.range(40))):
        noise = data.map(lambda x: hb.random.uniform((2,)))
        first, second = np.concatenate([*noise.batch(16)]), np.concatenate([*noise.batch(16)])
        single = np.array(values(noise))
        assert len(np.unique(np.concatenate([first, second, single]))) == 6 * 40
        assert 0.3 < first.mean() < 0.7


def test_state_that_a_function_assigns_sees_one_element_after_the_other():
    count = hb.Variable(0)

    def numbered(x):
        count.assign_add(1)
        return count.value * 10 + hb.ops.cast(x, "int32")

    found = [row for batch in Dataset.range(5).map(numbered).batch(2) for row in np.asarray(batch).tolist()]
    assert found == [10, 21, 32, 43, 54] and int(count) == 5


def test_a_cache_keeps_the_first_pass(tmp_path):
    for cached in (lambda data: data.cache(), lambda data: data.cache(str(tmp_path / "kept"))):
        calls = []

        def rows(calls=calls):
            for i in range(6):
                calls.append(i)
                yield i, np.arange(i), str(i)

        signature = (hb.TensorSpec((), "int32"), hb.TensorSpec((None,), "int64"), hb.TensorSpec((), "string"))
        data = cached(Dataset.from_generator(rows, output_signature=signature))
        first = [(int(a), np.asarray(b).tolist(), c.numpy()) for a, b, c in data]
        again = [(int(a), np.asarray(b).tolist(), c.numpy()) for a, b, c in data]
        assert first == again == [(i, list(range(i)), str(i).encode()) for i in range(6)] and calls == list(range(6))
        assert sorted(int(a) for a, _, _ in data.shuffle(6)) == list(range(6)) and len(calls) == 6


def test_a_pass_that_is_cut_off_is_not_kept():
    data = slow(Dataset.range(6)).cache()
    assert values(data.take(2)) == [0, 1] and values(data) == list(range(6))
    assert values(data.map(lambda x: x + 1).batch(4)) == [[1, 2, 3, 4], [5, 6]]


def test_elements_are_made_as_they_are_asked_for():
    made = []

    def endless():
        for i in range(10**9):
            made.append(i)
            yield i

    data = Dataset.from_generator(endless, output_signature=hb.TensorSpec((), "int32"))
    assert values(data.map(lambda x: x * 2).filter(lambda x: x > 2).take(2)) == [4, 6] and len(made) < 10
    ahead = iter(data.prefetch(3))
    assert int(next(ahead)) == 0


def test_an_iterator_ends_as_pythons_do():
    data = Dataset.range(1)
    iterator = iter(data)
    assert int(next(iterator)) == 0
    with pytest.raises(StopIteration):
        next(iterator)
    with pytest.raises(OutOfRangeError, match="End of sequence"):
        iterator.get_next()
    with pytest.raises(DtypeError, match="infinite"):
        len(data.repeat())
    with pytest.raises(DtypeError, match="unknown"):
        len(data.filter(lambda x: x > 0))
    assert data.repeat().cardinality() == -1 and bool(data.take(0))


def test_what_a_dataset_gives_is_nobodys_array():
    rows = np.zeros((4, 3), "float32")
    data = Dataset.from_tensor_slices(rows)
    batch = next(iter(data.batch(2)))
    rows[:] = 1
    assert not np.asarray(batch).any() and not next(data.as_numpy_iterator()).flags.writeable
    reused = np.zeros(2, "float32")

    def again():
        for i in range(3):
            reused[:] = i
            yield reused

    assert values(Dataset.from_generator(again, output_signature=hb.TensorSpec((2,), "float32")).batch(3)) == [[[0, 0], [1, 1], [2, 2]]]


@pytest.mark.parametrize(
    ("make", "kind", "match"),
    [
        (lambda r: r.batch(0), ArgumentError, "greater than zero"),
        (lambda r: r.shuffle(0), ArgumentError, "buffer_size"),
        (lambda r: r.shard(2, 2), ArgumentError, "between 0 and 1"),
        (lambda r: r.map(3), DtypeError, "takes a function"),
        (lambda r: Dataset.zip([r, r]), DtypeError, "use a tuple"),
        (lambda r: r.concatenate(Dataset.from_tensor_slices([1.0])), DtypeError, "Incompatible"),
        (lambda r: Dataset.from_tensor_slices(3), ArgumentError, "rank >= 1"),
        (lambda r: Dataset.from_tensor_slices(([1, 2], [1, 2, 3])), ValueError, "Dimensions 2 and 3"),
        (lambda r: r.filter(lambda x: x), ArgumentError, "must return a `tf.bool`"),
        (lambda r: r.map(lambda x: None), InvalidArgumentError, "gave None"),
        (lambda r: list(r.flat_map(lambda x: x)), DtypeError, "must return a Dataset"),
        (lambda r: list(r.map(lambda x: hb.ops.arange(int(x))).batch(2)), InvalidArgumentError, r"First element had shape \[0\]"),
        (lambda r: list(r.map(lambda x: [1, 2]).padded_batch(2, padded_shapes=[1])), InvalidArgumentError, "smaller size"),
        (lambda r: r.get_single_element(), InvalidArgumentError, "more than one"),
        (lambda r: r.take(0).get_single_element(), InvalidArgumentError, "empty"),
        (lambda r: Dataset.from_generator(lambda: r), DtypeError, "output_signature"),
        (lambda r: Dataset.from_generator(r, output_types="int32"), DtypeError, "takes a function"),
        (lambda r: list(Dataset.from_generator(lambda: ["a"], output_types="int32")), InvalidArgumentError, "did not match"),
        (lambda r: list(Dataset.from_generator(lambda: [1.5], output_types="int32")), InvalidArgumentError, "did not match"),
        (lambda r: list(Dataset.from_generator(lambda: [1 + 2j], output_types="float32")), InvalidArgumentError, "did not match"),
        (
            lambda r: list(Dataset.from_generator(lambda: [[1, 2]], output_signature=hb.TensorSpec((3,), "int32"))),
            InvalidArgumentError, r"shape \(2,\) where one of shape \(3,\)",
        ),
        (lambda r: Dataset.list_files("/no/such/*"), InvalidArgumentError, "No files matched"),
        (lambda r: r.bucket_by_sequence_length(lambda x: x, [2], [1]), ArgumentError, "must equal"),
        (lambda r: r.unique().map(lambda x: (x, 1.0)).unique(), DtypeError, "does not support"),
        (lambda r: Dataset(3), DtypeError, "made by one of its methods"),
    ],
)  # fmt: skip
def test_what_cannot_be(make, kind, match):
    with pytest.raises(kind, match=match):
        make(Dataset.range(4))
