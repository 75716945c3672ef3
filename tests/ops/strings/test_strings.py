"""tf.strings, beside what the goldens of family tf_strings hold."""

import numpy as np
import pytest

import hornbeam.tensorflow as tf


def test_large_string_tensors_stay_on_the_host():
    many = tf.constant(["Ab"] * 20_000)
    assert tf.strings.lower(many).shape == (20_000,) and many[5:7].numpy().tolist() == [b"Ab", b"Ab"]
    assert tf.concat([many, many], 0).shape == (40_000,) and bool(tf.reduce_all(many == "Ab"))


def test_bytes_stay_as_they_are():
    assert tf.constant(b"a\x00").numpy() == b"a\x00" and tf.constant([b"\x00", b""]).numpy().tolist() == [b"\x00", b""]
    assert (tf.constant(b"a\x00") + b"\x00").numpy() == b"a\x00\x00"


def test_a_function_with_strings_runs_as_plain_python():
    @tf.function
    def picked(i):
        return tf.strings.upper(tf.constant(["a", "b"]))[i]

    with pytest.warns(UserWarning, match="strings among its operands, which a compiled function cannot hold"):
        assert picked(tf.constant(1)).numpy() == b"B"


def test_splits_of_tensorflow_1():
    v1 = tf.compat.v1
    assert v1.string_split(["a,b,,c"], ",").values.numpy().tolist() == [b"a", b"b", b"c"]
    assert v1.string_split(["a--b-c"], sep="--", skip_empty=False, result_type="RaggedTensor").to_list() == [[b"a", b"", b"b", b"c"]]
    assert v1.string_split([b"ab"], "").indices.numpy().tolist() == [[0, 0], [0, 1]]
    assert v1.strings.split(["a b", "c"]).dense_shape.numpy().tolist() == [2, 2] and v1.strings.lower("A").numpy() == b"a"


def test_mistakes_are_named():
    with pytest.raises(TypeError, match="takes strings; received int32"):
        tf.strings.lower(tf.constant([1]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="pos 7 out of range for string b'hello' at index 1"):
        tf.strings.substr(["hello world", "hello"], 7, 2)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Invalid pattern"):
        tf.strings.regex_replace("a", "(", "")
    with pytest.raises(tf.errors.InvalidArgumentError, match="could not correctly convert string: 'x'"):
        tf.strings.to_number(["1", "x"])
    with pytest.raises(ValueError, match=r"cannot convert \[1, 2\] to string"):
        tf.constant([1, 2], tf.string)


def test_printed_numbers_read_back():
    numbers = np.float32([0.1, 1e10, 123456.0, 1234567.0, 1e-5, 3.0, -2.5])
    shown = tf.strings.format("{}", tf.constant(numbers), summarize=-1).numpy().decode()
    assert np.array_equal(np.float32(shown.strip("[]").split()), numbers) and " 3 " in shown
