"""CSV files as rows of typed columns (RFC 4180)."""

import csv as _csv
import io
import itertools
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from hornbeam.data.files import opened
from hornbeam.data.node import UNKNOWN, Node, Run
from hornbeam.data.structure import Element, host_leaf, leaves_of
from hornbeam.engine import dtypes
from hornbeam.engine.errors import ArgumentError, InvalidArgumentError
from hornbeam.engine.function import TensorSpec
from hornbeam.engine.tensor import is_tensor
from hornbeam.ops.files import local_path, refusing


class Column:
    """A column's type, and what stands for an empty field (None: a field is required)."""

    def __init__(self, default: Any):
        self.default: Any = None
        if isinstance(default, (str, bytes)) and default in dtypes.NUMPY and not isinstance(default, dtypes.DType):
            default = np.array(default.encode() if isinstance(default, str) else default, object)  # the word 'string' as a default
        if isinstance(default, (dtypes.DType, type, np.dtype)):
            self.dtype = dtypes.standardize(default)
        else:
            value = np.asarray(host_leaf(default) if not (isinstance(default, list) and not default) else np.zeros(0, np.float32)).reshape(
                -1
            )
            self.dtype = dtypes.standardize("string" if value.dtype == object else value.dtype)
            if value.size:
                self.default = value[0]
        if self.dtype not in ("float32", "float64", "int32", "int64", "string"):
            raise ArgumentError(f"A CSV column is float32, float64, int32, int64 or string; received {self.dtype}.")

    def value(self, text: str, na_value: str, place: str) -> Any:
        """A field's value."""
        if text == na_value or not text:
            if self.default is None:
                raise InvalidArgumentError(f"Field {place} is required but missing in record!")
            return self.default
        if self.dtype == "string":
            return text.encode()
        try:
            return self.dtype.numpy.type(text)
        except ValueError:
            raise InvalidArgumentError(f"Field {place} in record is not a valid {self.dtype}: {text}") from None


class Reader:
    """How files are read: delimiter, quotes, header."""

    def __init__(self, delimiter: Any, quotes: bool, na_value: str, header: bool, compression: Any):
        self.delimiter = np.asarray(delimiter).item().decode() if is_tensor(delimiter) else str(delimiter)
        self.quotes, self.na_value, self.header, self.compression = quotes, na_value, header, compression

    def rows(self, path: str, header: bool | None = None) -> Iterator[list[str]]:
        """The fields of each row, after the header."""
        with refusing(path), opened(path, self.compression) as raw:
            text = io.TextIOWrapper(raw, encoding="utf-8", newline="")
            quoting = {} if self.quotes else {"quoting": _csv.QUOTE_NONE}
            found = _csv.reader(text, delimiter=self.delimiter, **quoting)  # type: ignore[arg-type]
            yield from (row for row in itertools.islice(found, int(self.header if header is None else header), None) if row)

    def names(self, path: str) -> list[str]:
        if not self.header:
            raise ArgumentError("make_csv_dataset: without a header line the columns need names: give column_names.")
        return next(self.rows(path, header=False), [])


class Rows(Node):
    """The rows of files.

    Args:
        columns: of those chosen, in order.
        chosen: the numbers of the columns to take; None, all but `left_out`.
        names: makes each row a dict.
    """

    name = "CsvDatasetV2"

    def __init__(
        self, paths: Any, columns: Sequence[Column], reader: Reader, chosen: Any, left_out: Any, names: Sequence[str] | None = None
    ):
        self._paths, self._columns, self._reader = paths, list(columns), reader
        self._chosen = None if chosen is None else [int(each) for each in chosen]
        self._left_out = set(map(int, left_out or ()))
        specs = [TensorSpec((), column.dtype) for column in columns]
        self._spec = tuple(specs) if names is None else OrderedDict(zip(names, specs, strict=True))
        if self._chosen is not None and len(self._chosen) != len(self._columns):
            raise ArgumentError(f"CSV: {len(self._columns)} columns have a default but {len(self._chosen)} are selected.")

    def _count(self) -> int:
        return UNKNOWN

    def _known(self) -> bool:
        return True

    def _blocks(self, run: Run, size: int) -> Iterator[Element] | None:
        return None

    def _elements(self, run: Run) -> Iterator[Element]:
        paths = self._paths
        if isinstance(paths, Node):
            paths = (local_path(leaf) for (leaf,) in paths._elements(run.child()))
        na = self._reader.na_value
        for path in paths:
            for row in self._reader.rows(path):
                fields = row if self._chosen is None else [row[i] if i < len(row) else None for i in self._chosen]
                if self._left_out:
                    fields = [field for i, field in enumerate(row) if i not in self._left_out]
                if len(fields) != len(self._columns) or None in fields:
                    raise InvalidArgumentError(f"Expect {len(self._columns)} fields but have {len(row)} in record of {path}.")
                yield tuple([column.value(field, na, str(i)) for i, (column, field) in enumerate(zip(self._columns, fields, strict=True))])


class Labelled(Node):
    """Dicts with one entry taken out: pairs (the rest, that entry)."""

    name, _guesses = "_MapDataset", False

    def __init__(self, source: Node, label: str):
        self._inputs, self._label = (source,), label

    def _specs(self) -> Any:
        return self._pair(self._inputs[0].element_spec)

    def _pair(self, tree: Any) -> tuple:
        return OrderedDict((key, each) for key, each in tree.items() if key != self._label), tree[self._label]

    def _count(self) -> int:
        return self._inputs[0]._count()

    def _elements(self, run: Run) -> Iterator[Element]:
        places = leaves_of(self._pair(self._inputs[0]._template))
        return (tuple([element[i] for i in places]) for element in self._inputs[0]._elements(run.child()))


def selected(select: Any, columns: Sequence[str]) -> list[int]:
    """The numbers of the columns that are named, or numbered; all by default, in the file's order."""
    if select is None:
        return list(range(len(columns)))
    found = []
    for each in select:
        if isinstance(each, str) and each not in columns:
            raise ArgumentError(f"Value '{each}' is not a column of the file; it has {list(columns)}.")
        found.append(columns.index(each) if isinstance(each, str) else int(each))
    return sorted(found)


def columns_of(defaults: Any, reader: Reader, paths: Sequence[str], chosen: Sequence[int], count: int, rows: int) -> list[Column]:
    """The type of each chosen column: given, or inferred from the first rows."""
    if defaults is not None:
        if len(defaults) == count and len(chosen) != count:
            defaults = [defaults[i] for i in chosen]
        return [Column(each) for each in defaults]
    kinds = [0] * count
    sample = itertools.islice((row for path in paths for row in reader.rows(path)), rows)
    for row in sample:
        if len(row) != count:
            raise ArgumentError(f"Problem inferring types: CSV row has {len(row)} number of fields. Expected: {count}.")
        for i, text in enumerate(row):
            kinds[i] = max(kinds[i], _kind(text, reader.na_value))
    starts = [np.int32(0), np.int64(0), np.float32(0), np.float64(0), b""]
    return [Column(starts[kinds[i]]) for i in chosen]


def _kind(text: str, na_value: str) -> int:
    """The first type of int32, int64, float32, float64, string that can hold a field."""
    if text == na_value or not text:
        return 0
    try:
        number = int(text)
        return 0 if -(2**31) <= number < 2**31 else 1 if -(2**63) <= number < 2**63 else 4
    except ValueError:
        pass
    try:
        value = float(text)
    except ValueError:
        return 4
    return 2 if not np.isfinite(value) or abs(value) < 3.4e38 else 3


def no_files(pattern: Any) -> ArgumentError:
    return ArgumentError(f"No files match `file_pattern` {pattern}.")


def no_label(name: str, columns: Sequence[str]) -> ArgumentError:
    return ArgumentError(f"`label_name` provided must be one of the columns: {name!r} is not in {list(columns)}.")
