"""tf.train.Example and its kin: what users do with messages, beside what the goldens of family tf_io hold."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hornbeam as hb
from hornbeam.data.protos import BytesList, Example, Feature, Features, FloatList, Int64List, SequenceExample


def example(**lists):
    makers = {"b": ("bytes_list", BytesList), "f": ("float_list", FloatList), "i": ("int64_list", Int64List)}
    made = {name: Feature(**{makers[name[0]][0]: makers[name[0]][1](value=value)}) for name, value in lists.items()}
    return Example(features=Features(feature=made))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=6),
    st.lists(st.floats(width=32, allow_nan=False), max_size=6),
    st.lists(st.binary(max_size=200), max_size=4),
)
def test_what_is_written_is_read(ints, floats, texts):
    made = example(i=ints, f=floats, b=texts)
    back = Example.FromString(made.SerializeToString())
    assert back == made and back.features.feature["i"].int64_list.value == ints
    assert back.features.feature["f"].float_list.value == floats and back.features.feature["b"].bytes_list.value == texts
    assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == made


def test_a_message_is_built_up_in_place():
    made = Example()
    made.features.feature["i"].int64_list.value.extend([1, np.int32(2)])
    made.features.feature["i"].int64_list.value.append(True)
    assert made == example(i=[1, 2, 1]) and made.ByteSize() == len(made.SerializeToString())
    assert not made.features.feature["i"].HasField("float_list")
    made.features.feature["i"].float_list.value[:] = [0.5]  # one of the three kinds is set
    assert made.features.feature["i"].WhichOneof("kind") == "float_list"
    steps = SequenceExample()
    steps.feature_lists.feature_list["t"].feature.add().bytes_list.value.append(b"x")
    assert SequenceExample.FromString(steps.SerializeToString()) == steps
    other = Example()
    other.CopyFrom(made)
    assert other == made
    other.Clear()
    assert other == Example() and not other.SerializeToString()


def test_looking_sets_nothing():
    made = Example()
    assert not made.features.feature and not made.HasField("features") and made.SerializeToString() == b""
    feature = Feature()
    assert list(feature.bytes_list.value) == [] and feature.WhichOneof("kind") is None


def test_values_become_arrays_of_their_type():
    made = example(i=[1, 2], f=[0.5], b=[b"ab"])
    assert np.array(made.features.feature["i"].int64_list.value).dtype == np.int64
    assert np.array(made.features.feature["f"].float_list.value).dtype == np.float32
    assert np.array(made.features.feature["b"].bytes_list.value).tolist() == [b"ab"]


def test_truths_are_integers():
    truths = [True, np.bool_(True), hb.ops.convert_to_tensor(True), hb.ops.convert_to_tensor(False)]
    assert Int64List(value=truths).value == [1, 1, 1, 0]


def test_mistakes_are_named():
    with pytest.raises(TypeError, match="encode it first"):
        BytesList(value=["text"])
    with pytest.raises(TypeError, match="put it into a list"):
        Int64List(value=3)
    with pytest.raises(TypeError, match=r"tf.train.Int64List\(...\) makes one"):
        Feature(int64_list=[1])
    with pytest.raises(ValueError, match='no "integers" field'):
        Feature(integers=1)
    with pytest.raises(TypeError, match="ravel"):
        FloatList(value=np.ones((2, 2)))
    with pytest.raises(AttributeError, match="Assignment not allowed"):
        Feature().int64_list = Int64List(value=[1])
    with pytest.raises(TypeError, match="parsed from bytes"):
        Example.FromString("text")
    with pytest.raises(ValueError, match="corrupt"):
        Example.FromString(b"\xff\xff")
