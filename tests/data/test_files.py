"""Datasets of files: lines, fixed records, TFRecords, CSV; Datasets saved and loaded."""

import gzip

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.data import (
    CsvDataset,
    Dataset,
    FixedLengthRecordDataset,
    TextLineDataset,
    TFRecordDataset,
    make_csv_dataset,
)
from hornbeam.data.records import TFRecordWriter
from hornbeam.engine.errors import ArgumentError, DataLossError, InvalidArgumentError, NotFoundError
from hornbeam.ops.composite import ragged_functions


def values(dataset):
    return list(dataset.as_numpy_iterator())


def test_lines(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"one\r\ntwo\n\nlast")
    with gzip.open(tmp_path / "b.gz", "wb") as file:
        file.write(b"x\ny\n")
    assert values(TextLineDataset(str(tmp_path / "a.txt"))) == [b"one", b"two", b"", b"last"]
    assert values(TextLineDataset([tmp_path / "b.gz"], compression_type="GZIP")) == [b"x", b"y"]
    names = Dataset.list_files(str(tmp_path / "*.txt"))
    assert values(names.interleave(TextLineDataset, cycle_length=2)) == values(TextLineDataset(names)) == [b"one", b"two", b"", b"last"]
    with pytest.raises(NotFoundError, match="nowhere"):
        values(TextLineDataset("nowhere"))
    with pytest.raises(ArgumentError, match="compression_type"):
        values(TextLineDataset(tmp_path / "a.txt", "LZ"))


def test_records(tmp_path):
    (tmp_path / "fixed").write_bytes(b"HH" + b"abcdef" + b"F")
    assert values(FixedLengthRecordDataset(tmp_path / "fixed", 3, header_bytes=2, footer_bytes=1)) == [b"abc", b"def"]
    with pytest.raises(ArgumentError, match="not an exact multiple"):
        values(FixedLengthRecordDataset(tmp_path / "fixed", 4))
    with TFRecordWriter(str(tmp_path / "r")) as writer:
        for record in (b"a", b"", b"ccc"):
            writer.write(record)
    assert values(TFRecordDataset(str(tmp_path / "r"))) == [b"a", b"", b"ccc"]


def test_files_read_in_turn(tmp_path):
    for i in range(4):
        (tmp_path / f"{i}").write_text("".join(f"{i}{j}\n" for j in range(i + 1)))
    data = TextLineDataset([tmp_path / f"{i}" for i in range(4)], num_parallel_reads=3)
    assert b" ".join(values(data)) == b"00 10 20 11 21 30 22 31 32 33"  # TensorFlow 2.21


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('a,b,c\n1,2.5,x\n3,4.5,"y, z"\n5,,w\n')
    return str(path)


def test_csv_rows(table):
    rows = values(CsvDataset(table, [hb.ops.convert_to_tensor(0).dtype, [0.5], ""], header=True))
    assert [(int(a), float(b), c) for a, b, c in rows] == [(1, 2.5, b"x"), (3, 4.5, b"y, z"), (5, 0.5, b"w")]
    assert values(CsvDataset(table, [""], header=True, select_cols=[2])) == [(b"x",), (b"y, z",), (b"w",)]
    with pytest.raises(InvalidArgumentError, match="Field 1 is required but missing"):
        values(CsvDataset(table, ["a", np.float32, "c"], header=True))
    with pytest.raises(InvalidArgumentError, match="not a valid int32"):
        values(CsvDataset(table, [np.int32, [0.0], [""]]))
    with pytest.raises(InvalidArgumentError, match="Expect 2 fields but have 3"):
        values(CsvDataset(table, [[""], [""]]))


def test_csv_batches(table):
    data = make_csv_dataset(table, 2, label_name="c", num_epochs=1, shuffle=False)
    (first, labels), (last, _) = values(data)
    assert first["a"].tolist() == [1, 3] and first["a"].dtype == np.int32 and first["b"].tolist() == [2.5, 4.5]
    assert last["b"].tolist() == [0] and labels.tolist() == [b"x", b"y, z"] and list(data.element_spec[0]) == ["a", "b"]
    (only,) = values(make_csv_dataset(table, 3, num_epochs=1, select_columns=["b"], column_defaults=[9.0]))
    assert sorted(only["b"].tolist()) == [2.5, 4.5, 9.0]
    endless = make_csv_dataset(table, 2, shuffle_seed=1)
    assert len(values(endless.take(5))) == 5
    with pytest.raises(ArgumentError, match="must be one of the columns"):
        make_csv_dataset(table, 2, label_name="d")
    with pytest.raises(ArgumentError, match="No files match"):
        make_csv_dataset(table + "x", 2)


def test_saved_and_loaded(tmp_path):
    data = Dataset.from_tensor_slices({"x": np.arange(6, dtype="float16").reshape(3, 2), "s": ["a", "", "é"], "n": [1, 2, 3]})
    data.save(tmp_path / "saved")
    loaded = Dataset.load(str(tmp_path / "saved"))
    assert loaded.element_spec == data.element_spec and len(loaded) == 3
    for mine, theirs in zip(values(loaded), values(data), strict=True):
        assert mine["s"] == theirs["s"] and mine["x"].tolist() == theirs["x"].tolist() and mine["n"] == theirs["n"]
    rows = Dataset.from_tensors(ragged_functions.constant([[1], [2, 3]])).unbatch()
    rows.save(tmp_path / "rows")
    assert [each.tolist() for each in values(Dataset.load(tmp_path / "rows"))] == [[1], [2, 3]]
    with pytest.raises(NotFoundError, match="no Dataset"):
        Dataset.load(tmp_path)
    whole = (tmp_path / "saved" / "elements.hbdata").read_bytes()
    (tmp_path / "saved" / "elements.hbdata").write_bytes(whole[:-9])
    with pytest.raises(DataLossError, match="damaged"):
        values(Dataset.load(tmp_path / "saved"))
