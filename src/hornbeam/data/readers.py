"""The Datasets that are classes of their own: lines, records and rows of files."""

import functools
from collections.abc import Sequence
from typing import Any

from hornbeam.data import csv, files
from hornbeam.data.dataset import Dataset
from hornbeam.ops.files import glob


class TextLineDataset(Dataset):
    """The lines of text files, without their ends.

    Args:
        filenames: a name, a list or tensor of them, or a Dataset of them.
        compression_type: '' or None, 'GZIP' or 'ZLIB'.
        buffer_size: accepted as TensorFlow does.
        num_parallel_reads: with more than one, that many files are open at a time and give an element each in turn.
    """

    def __init__(
        self, filenames: Any, compression_type: Any = None, buffer_size: Any = None, num_parallel_reads: Any = None, name: str | None = None
    ):
        read = functools.partial(files.lines, compression=compression_type)
        super().__init__(files.FileLines("TextLineDatasetV2", files.paths(filenames), read, num_parallel_reads))


class TFRecordDataset(Dataset):
    """The records of TFRecord files; arguments as of TextLineDataset."""

    def __init__(
        self, filenames: Any, compression_type: Any = None, buffer_size: Any = None, num_parallel_reads: Any = None, name: str | None = None
    ):
        size = None if buffer_size is None else int(buffer_size)
        read = functools.partial(files.records, compression=compression_type, buffer_size=size)
        super().__init__(files.FileLines("TFRecordDatasetV2", files.paths(filenames), read, num_parallel_reads))


class FixedLengthRecordDataset(Dataset):
    """The records of `record_bytes` bytes between `header_bytes` and `footer_bytes` of binary files."""

    def __init__(
        self, filenames: Any, record_bytes: int, header_bytes: int | None = None, footer_bytes: int | None = None, buffer_size: Any = None,
        compression_type: Any = None, num_parallel_reads: Any = None, name: str | None = None,
    ):  # fmt: skip
        read = functools.partial(
            files.fixed, size=int(record_bytes), header=int(header_bytes or 0), footer=int(footer_bytes or 0), compression=compression_type
        )
        super().__init__(files.FileLines("FixedLengthRecordDatasetV2", files.paths(filenames), read, num_parallel_reads))


class CsvDataset(Dataset):
    """The rows of CSV files, as tuples of columns.

    Args:
        record_defaults: a type for each column (the field is required) or a default value (of the column's type).
        header: whether files begin with a line of names.
        select_cols: the numbers of the columns to take, in order.
        exclude_cols: the numbers of the columns to leave out.
    """

    def __init__(
        self, filenames: Any, record_defaults: Sequence[Any], compression_type: Any = None, buffer_size: Any = None, header: bool = False,
        field_delim: str = ",", use_quote_delim: bool = True, na_value: str = "", select_cols: Sequence[int] | None = None,
        exclude_cols: Sequence[int] | None = None,
    ):  # fmt: skip
        reader = csv.Reader(field_delim, use_quote_delim, na_value, header, compression_type)
        super().__init__(
            csv.Rows(files.paths(filenames), [csv.Column(each) for each in record_defaults], reader, select_cols, exclude_cols)
        )


def make_csv_dataset(
    file_pattern: Any, batch_size: int, column_names: Sequence[str] | None = None, column_defaults: Sequence[Any] | None = None,
    label_name: str | None = None, select_columns: Sequence[Any] | None = None, field_delim: str = ",", use_quote_delim: bool = True,
    na_value: str = "", header: bool = True, num_epochs: int | None = None, shuffle: bool = True, shuffle_buffer_size: int = 10000,
    shuffle_seed: int | None = None, prefetch_buffer_size: Any = None, num_parallel_reads: Any = None, sloppy: bool = False,
    num_rows_for_inference: int = 100, compression_type: Any = None, ignore_errors: bool = False, encoding: str = "utf-8",
) -> Dataset:  # fmt: skip
    """Batches of a CSV file's columns by name; with `label_name`, pairs (columns, label).

    Args:
        file_pattern: file names, or patterns of them.
        column_names: the columns' names; by default the first line's.
        column_defaults: a type or a default for each column; by default inferred from the first `num_rows_for_inference` rows.
        num_epochs: passes over the data, None without an end.
    """
    names = sorted(glob(file_pattern))
    if not names:
        raise csv.no_files(file_pattern)
    reader = csv.Reader(field_delim, use_quote_delim, na_value, header, compression_type)
    columns = list(column_names) if column_names is not None else reader.names(names[0])
    chosen = csv.selected(select_columns, columns)
    kinds = csv.columns_of(column_defaults, reader, names, chosen, len(columns), num_rows_for_inference)
    if label_name is not None and label_name not in [columns[i] for i in chosen]:
        raise csv.no_label(label_name, columns)
    dataset = Dataset(csv.Rows(names, kinds, reader, chosen, None, [columns[i] for i in chosen]))
    if shuffle:
        dataset = dataset.shuffle(shuffle_buffer_size, shuffle_seed)
    dataset = dataset.repeat(num_epochs).batch(batch_size, drop_remainder=num_epochs is None)
    if label_name is not None:
        dataset = Dataset(csv.Labelled(dataset.__hornbeam_node__, label_name))
    return dataset.prefetch(1)
