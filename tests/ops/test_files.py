"""tf.io.gfile and the files of tf.io."""

import numpy as np
import pytest

import hornbeam.tensorflow as tf

gfile = tf.io.gfile


def test_files_and_folders(tmp_path):
    a, b = str(tmp_path / "a.txt"), str(tmp_path / "b.txt")
    with gfile.GFile(a, "w") as file:
        file.write("one\ntwo\n")
        file.write(tf.constant("three"))
    with gfile.GFile(a) as file:
        assert file.readline() == "one\n" and list(file) == ["two\n", "three"] and file.size() == 13
        file.seek(4)
        assert file.tell() == 4 and file.read(3) == "two" and file.read() == "\nthree"
    with gfile.GFile(a, "rb") as file:
        assert file.read() == b"one\ntwo\nthree"
    gfile.copy(a, b)
    with pytest.raises(tf.errors.AlreadyExistsError, match="overwrite=True"):
        gfile.copy(a, b)
    gfile.copy(a, b, overwrite=True)
    gfile.makedirs(tmp_path / "x" / "y")
    gfile.makedirs(tmp_path / "x" / "y")
    gfile.rename(b, str(tmp_path / "x" / "c.txt"))
    assert gfile.exists(tmp_path / "x" / "c.txt") and not gfile.exists(b) and gfile.isdir(tmp_path / "x")
    assert gfile.listdir(tmp_path) == ["a.txt", "x"] and gfile.glob(str(tmp_path / "*.txt")) == [a]
    assert [(list(d), list(f)) for _, d, f in gfile.walk(tmp_path)] == [(["x"], ["a.txt"]), (["y"], ["c.txt"]), ([], [])]
    assert gfile.stat(a).length == 13 and not gfile.stat(a).is_directory
    gfile.remove(a)
    gfile.rmtree(tmp_path / "x")
    assert gfile.listdir(tmp_path) == []


def test_the_system_s_errors_have_tensorflow_s_types(tmp_path):
    nothing = str(tmp_path / "nothing")
    for call in (lambda: gfile.GFile(nothing).read(), lambda: gfile.remove(nothing), lambda: gfile.listdir(nothing),
                 lambda: gfile.stat(nothing), lambda: gfile.rmtree(nothing), lambda: tf.io.read_file(nothing)):  # fmt: skip
        with pytest.raises(tf.errors.NotFoundError, match="nothing"):
            call()
    with pytest.raises(tf.errors.UnimplementedError, match="scheme 'gs'"):
        gfile.exists("gs://bucket/x")
    with gfile.GFile(nothing, "w") as file, pytest.raises(tf.errors.PermissionDeniedError, match="reading"):
        file.read()
    with pytest.raises(tf.errors.PermissionDeniedError, match="writing"):
        gfile.GFile(nothing).write("x")
    with pytest.raises(tf.errors.InvalidArgumentError, match="mode"):
        gfile.GFile(nothing, "z")


def test_whole_files(tmp_path):
    path = str(tmp_path / "new" / "a.bin")
    tf.io.write_file(path, b"\x00\xff\x00")
    assert tf.io.read_file(tf.constant(path)).numpy() == b"\x00\xff\x00"  # zeros at the end stay
    assert tf.io.matching_files([str(tmp_path / "new" / "*"), str(tmp_path / "none*")]).numpy().tolist() == [path.encode()]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "uint16", "int64", "bool", "complex64", "float16", "bfloat16", "uint64"])
def test_a_serialized_tensor_comes_back(dtype):
    value = tf.cast(tf.constant(np.arange(6).reshape(2, 3) % 2), dtype)
    back = tf.io.parse_tensor(tf.io.serialize_tensor(value), dtype)
    assert back.dtype == value.dtype and np.array_equal(np.asarray(back), np.asarray(value))
