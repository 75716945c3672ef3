"""`tf.io.decode_csv` and `decode_json_example`: lines of text as tensors."""

import csv
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from hornbeam.data.csv import Column
from hornbeam.data.protos import Example, Feature, FloatList, Int64List
from hornbeam.engine.errors import ArgumentError, InvalidArgumentError
from hornbeam.engine.tensor import Tensor, place, wrap
from hornbeam.ops.strings.base import bytes_of, each


def decode_csv(
    records: Any, record_defaults: Sequence[Any], field_delim: str = ",", use_quote_delim: bool = True, na_value: str = "",
    select_cols: Sequence[int] | None = None, name: str | None = None,
) -> list[Tensor]:  # fmt: skip
    """The fields of lines of CSV (RFC 4180): a tensor a column, each of the lines' shape.

    Args:
        record_defaults: for each column a value, or a list of one, which gives the type and stands for an empty field; [] or a type:
            the field is required.
        use_quote_delim: whether fields may stand in quotes.
        na_value: text that counts as an empty field.
        select_cols: the numbers of the columns that are wanted; by default all.

    Raises: InvalidArgumentError for a wrong number of fields, an empty required one, text that is no number.
    """
    array = bytes_of(records, "io.decode_csv")
    columns = [Column(default) for default in record_defaults]
    if len(field_delim) != 1:
        raise ArgumentError(f"field_delim is one character; received {field_delim!r}.")
    if select_cols is not None and len(select_cols) != len(columns):
        raise InvalidArgumentError(f"select_cols has {len(select_cols)} columns, and record_defaults has {len(columns)}.")
    values: list[list[Any]] = [[] for _ in columns]
    for at, line in enumerate(array.ravel().tolist()):
        fields = _fields(line.decode("utf-8", "surrogateescape"), field_delim, use_quote_delim, at)
        if select_cols is None and len(fields) != len(columns):
            raise InvalidArgumentError(f"Expect {len(columns)} fields but have {len(fields)} in record {at}: {line[:80]!r}.")
        for i, column in enumerate(columns):
            number = i if select_cols is None else int(select_cols[i])
            if number >= len(fields):
                raise InvalidArgumentError(f"Record {at} has {len(fields)} fields; column {number} is asked for: {line[:80]!r}.")
            values[i].append(_value(column, fields[number], na_value, number, at))
    return [_column(column, found, array.shape) for column, found in zip(columns, values, strict=True)]


def _fields(line: str, delimiter: str, quotes: bool, at: int) -> list[str]:
    if not line:
        return []
    if not quotes or '"' not in line:
        return line.rstrip("\r\n").split(delimiter)
    try:
        rows = list(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise InvalidArgumentError(f"Record {at} is no CSV ({error}): {line[:80]!r}.") from None
    if any('"' in part and not part.lstrip().startswith('"') for part in _outside_quotes(line, delimiter)):
        raise InvalidArgumentError(f"Unquoted fields cannot have quotes/CRLFs inside: {line[:80]!r}. use_quote_delim=False takes them.")
    return rows[0]


def _outside_quotes(line: str, delimiter: str) -> list[str]:
    """The fields as they stand, quotes included."""
    parts, start, inside = [], 0, False
    for i, character in enumerate(line):
        if character == '"':
            inside = not inside
        elif character == delimiter and not inside:
            parts.append(line[start:i])
            start = i + 1
    return [*parts, line[start:]]


def _value(column: Column, field: str, na_value: str, number: int, at: int) -> Any:
    if not field or field == na_value:
        if column.default is None:
            raise InvalidArgumentError(f"Field {number} is required but missing in record {at}!")
        return column.default
    if column.dtype == "string":
        return field.encode("utf-8", "surrogateescape")
    try:
        if "_" in field:
            raise ValueError(field)
        return column.dtype.numpy.type(int(field) if column.dtype.is_integer else field)
    except (ValueError, OverflowError):
        raise InvalidArgumentError(f"Field {number} in record {at} is not a valid {column.dtype}: {field}") from None


def _column(column: Column, values: list[Any], shape: tuple[int, ...]) -> Tensor:
    out = np.empty(len(values), column.dtype.numpy)
    out[:] = values
    return wrap(place(out.reshape(shape)))


def decode_json_example(json_examples: Any, name: str | None = None) -> Any:
    """Examples written in JSON as protocol buffers write them, serialized."""
    return each(json_examples, "io.decode_json_example", _from_json)


def _from_json(text: bytes) -> bytes:
    from base64 import b64decode

    makers = {
        "int64list": ("int64_list", lambda v: Int64List(value=[int(i) for i in v])),
        "floatlist": ("float_list", lambda v: FloatList(value=[float(i) for i in v])),
        "byteslist": ("bytes_list", lambda v: {"value": [b64decode(i) for i in v]}),
    }
    example = Example()
    try:
        for name, feature in json.loads(text)["features"]["feature"].items():
            made = {}
            for kind, content in feature.items():
                field, maker = makers[kind.replace("_", "").lower()]
                made[field] = maker(content.get("value", []))
            example.features.feature[name] = Feature(**made)
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise InvalidArgumentError(f"Error while parsing JSON: {text[:80]!r} is no tf.train.Example ({reason}).") from None
    return example.SerializeToString()
