"""`tf.compat.v1.strings.split` and `tf.compat.v1.string_split`: the parts of strings as sparse tensors, as TensorFlow 1 gave them."""

import re
from typing import Any

from hornbeam.engine.errors import ArgumentError
from hornbeam.ops.composite.ragged import RaggedTensor
from hornbeam.ops.strings.base import bytes_of, rows, text
from hornbeam.ops.strings.basic import split as _split


def split(
    input: Any = None, sep: Any = None, maxsplit: int = -1, result_type: str = "SparseTensor", name: str | None = None, source: Any = None
) -> Any:
    """`tf.strings.split`, of a scalar as of one string in a list, with the parts in a sparse or a ragged tensor."""
    return _as(result_type, _split(_listed(source if input is None else input), sep, maxsplit))


def string_split(
    source: Any, sep: Any = None, skip_empty: bool = True, delimiter: Any = " ", result_type: str = "SparseTensor", name: str | None = None
) -> Any:
    """The parts of strings, shape (n,): every byte of `delimiter` (`sep` is the same) ends a part; without any, each byte is a part."""
    marks = text(delimiter if sep is None else sep, "delimiter")
    between = re.compile(b"[" + re.escape(marks) + b"]") if marks else None

    def parts(value: bytes) -> list[bytes]:
        found = between.split(value) if between else [value[i : i + 1] for i in range(len(value))]
        return [part for part in found if part or not skip_empty]

    return _as(result_type, rows(_listed(source), "string_split", parts))


def _listed(source: Any) -> Any:
    return source if isinstance(source, RaggedTensor) or bytes_of(source, "strings.split").ndim else [source]


def _as(result_type: str, ragged: Any) -> Any:
    if result_type not in ("SparseTensor", "RaggedTensor"):
        raise ArgumentError(f"result_type is 'SparseTensor' or 'RaggedTensor'; received {result_type!r}.")
    return ragged if result_type == "RaggedTensor" else ragged.to_sparse()
