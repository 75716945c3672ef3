"""Parsing examples, beside what the goldens of family tf_io hold."""

import numpy as np
import pytest

import hornbeam.tensorflow as tf
from hornbeam.data import protos


def serialized(values, weights):
    return protos.Example(
        features=protos.Features(
            feature={
                "at": protos.Feature(int64_list=protos.Int64List(value=values)),
                "w": protos.Feature(float_list=protos.FloatList(value=weights)),
            }
        )
    ).SerializeToString()


def test_a_sparse_feature_of_indices_and_values():
    wanted = {"s": tf.io.SparseFeature("at", "w", tf.float32, 10)}
    one = tf.io.parse_single_example(serialized([7, 2], [0.5, 1.5]), wanted)["s"]
    assert one.indices.numpy().tolist() == [[2], [7]] and one.values.numpy().tolist() == [1.5, 0.5] and one.shape == (10,)
    several = tf.io.parse_example([serialized([7, 2], [0.5, 1.5]), serialized([0], [3.0])], wanted)["s"]
    assert several.indices.numpy().tolist() == [[0, 2], [0, 7], [1, 0]] and several.shape == (2, 10)
    with pytest.raises(tf.errors.InvalidArgumentError, match="indices for"):
        tf.io.parse_single_example(serialized([7], [0.5, 1.5]), wanted)


def test_numbers_that_are_not_packed_are_read():
    from hornbeam.ops import wire

    ints = b"".join(b"\x08" + wire.varint(v) for v in (5, -1))
    feature = wire.field(3, ints)
    example = wire.field(1, wire.field(1, wire.field(1, b"i") + wire.field(2, feature)))
    assert tf.io.parse_single_example(example, {"i": tf.io.FixedLenFeature([2], tf.int64)})["i"].numpy().tolist() == [5, -1]
    assert protos.Example.FromString(example).features.feature["i"].int64_list.value == [5, -1]


def test_the_result_is_ours():
    """Arrays do not alias the record's bytes, and a big one is a device array like any other."""
    wanted = {"w": tf.io.FixedLenFeature([200, 100], tf.float32)}
    parsed = tf.io.parse_single_example(serialized([1], np.arange(20_000, dtype="f4")), wanted)
    assert parsed["w"].shape == (200, 100) and float(tf.reduce_max(parsed["w"])) == 19_999.0


def test_a_type_that_no_example_holds_is_refused():
    with pytest.raises(tf.errors.InvalidArgumentError, match="Parse one of them and tf.cast it"):
        tf.io.parse_single_example(serialized([1], []), {"at": tf.io.FixedLenFeature([], tf.int32)})
