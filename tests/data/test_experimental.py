"""`tf.data.experimental`: older spellings do what the methods do."""

import numpy as np
import pytest

import hornbeam.data as data
from hornbeam.data import Dataset, transformations
from hornbeam.engine.errors import FailedPreconditionError
from hornbeam.engine.missing import MissingName

R = Dataset.range(6)


def values(dataset):
    return [np.asarray(each).tolist() for each in dataset.as_numpy_iterator()]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (lambda d: d.batch(4).apply(transformations.unbatch()), lambda d: d),
        (transformations.map_and_batch(lambda x: x * 2, 4, drop_remainder=True), lambda d: d.map(lambda x: x * 2).batch(4, True)),
        (transformations.enumerate_dataset(2), lambda d: d.enumerate(2).map(lambda i, x: i)),
        (transformations.scan(np.int64(1), lambda s, x: (s + x, s)), lambda d: d.scan(np.int64(1), lambda s, x: (s + x, s))),
        (transformations.take_while(lambda x: x < 3), lambda d: d.take(3)),
        (transformations.unique(), lambda d: d),
        (transformations.shuffle_and_repeat(1, 2), lambda d: d.repeat(2)),
        (transformations.parallel_interleave(lambda x: Dataset.range(x), 2), lambda d: d.interleave(lambda x: Dataset.range(x), 2)),
        (transformations.prefetch_to_device("/gpu:0"), lambda d: d),
        (transformations.copy_to_device("/cpu:0"), lambda d: d),
        (transformations.assert_cardinality(6), lambda d: d),
        (transformations.ignore_errors(), lambda d: d),
    ],
    ids=lambda each: getattr(each, "__qualname__", ""),
)
def test_old_and_new_spellings_agree(old, new):
    found = R.apply(old)
    if isinstance(found.element_spec, tuple):
        found = found.map(lambda i, x: i)
    assert values(found) == values(new(R))


def test_sources_and_facts():
    assert values(transformations.from_list([1, 2, 3])) == [1, 2, 3] and values(transformations.counter(3).take(2)) == [3, 4]
    assert int(transformations.cardinality(R.repeat())) == data.INFINITE and int(transformations.get_single_element(R.batch(6))[5]) == 5
    assert not transformations.get_next_as_optional(iter(R.take(0))).has_value()
    with pytest.raises(FailedPreconditionError, match="expected to contain 7"):
        values(R.apply(transformations.assert_cardinality(7)))


def test_names_are_there_and_missing_ones_are_told():
    from hornbeam.tensorflow import data as tf_data

    for space in (tf_data, tf_data.experimental):
        assert all(getattr(space, name) is not None for name in space.__all__)
    assert tf_data.AUTOTUNE == tf_data.experimental.AUTOTUNE == -1 and tf_data.Dataset is Dataset
    with pytest.raises(MissingName, match="tf.data.experimental.SqlDataset"):
        tf_data.experimental.SqlDataset  # noqa: B018
