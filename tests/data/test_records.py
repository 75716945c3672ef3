"""TFRecord files: checksums, compressions, damage."""

import pytest

from hornbeam.data.records import TFRecordOptions, TFRecordWriter, read_records
from hornbeam.engine import errors

RECORDS = [b"", b"abc", b"x" * 1000, bytes(range(256)) * 40]


@pytest.mark.parametrize("kind", [None, "", "GZIP", "ZLIB"])
def test_records_come_back(tmp_path, kind):
    path = tmp_path / "a.tfrecord"
    with TFRecordWriter(path, kind) as writer:
        for record in RECORDS:
            writer.write(record)
        writer.flush()
    assert list(read_records(path, kind)) == RECORDS
    with TFRecordWriter(str(path), TFRecordOptions(kind, compression_level=1)) as writer:
        writer.write("text")
    assert list(read_records(str(path), kind)) == [b"text"]


def test_the_bytes_are_tensorflow_s(tmp_path):
    path = tmp_path / "a.tfrecord"
    with TFRecordWriter(path) as writer:
        writer.write(b"")
        writer.write(b"abc")
    assert path.read_bytes()[:35].hex() == "000000000000000029039807d8ea82a20300000000000000b099490e6162636e57f121"


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda raw: raw[:-3], "truncated record at 35"),
        (lambda raw: raw[:20], "truncated record at 16"),
        (lambda raw: b"\x01" + raw[1:], r"corrupted record at 0 \(Is this even a TFRecord file"),
        (lambda raw: raw[:-10] + b"y" + raw[-9:], "corrupted record at 35"),
    ],
)
def test_damage_is_data_loss(tmp_path, damage, says):
    path = tmp_path / "a.tfrecord"
    with TFRecordWriter(path) as writer:
        for record in RECORDS[:3]:
            writer.write(record)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(errors.DataLossError, match=says):
        list(read_records(path))


def test_misuse(tmp_path):
    with pytest.raises(errors.NotFoundError, match="nothing; No such file"):
        list(read_records(tmp_path / "nothing"))
    with pytest.raises(errors.NotFoundError):
        TFRecordWriter(tmp_path / "no" / "x")
    with pytest.raises(ValueError, match="Not a valid compression_type"):
        TFRecordWriter(tmp_path / "x", "BZ2")
    writer = TFRecordWriter(tmp_path / "x")
    with pytest.raises(TypeError, match="SerializeToString"):
        from hornbeam.data.protos import Example

        writer.write(Example())
    writer.write(b"plain")
    writer.close()
    with pytest.raises(errors.FailedPreconditionError, match="closed"):
        writer.write(b"x")
    with pytest.raises(errors.DataLossError, match="inflate"):
        list(read_records(tmp_path / "x", "GZIP"))


def test_a_dataset_of_records_is_written_whole(tmp_path):
    import hornbeam.tensorflow as tf

    path = str(tmp_path / "a.tfrecord")
    rows = tf.data.Dataset.from_tensor_slices([[1, 2], [3, 4]])
    tf.data.experimental.TFRecordWriter(path, "GZIP").write(rows.map(tf.io.serialize_tensor))
    back = tf.data.TFRecordDataset(path, "GZIP").map(lambda record: tf.io.parse_tensor(record, tf.int32))
    assert [each.tolist() for each in back.as_numpy_iterator()] == [[1, 2], [3, 4]]
    with pytest.raises(TypeError, match="scalar strings; these are int64"):
        tf.data.experimental.TFRecordWriter(path).write(tf.data.Dataset.range(2))
