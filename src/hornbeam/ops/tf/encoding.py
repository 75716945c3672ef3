"""`tf.io`: bytes as numbers, numbers as bytes; base64; whole tensors as bytes; whole files."""

import base64
import gzip
import os
import re
import zlib
from typing import Any

import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.errors import DataError, InvalidArgumentError, MissingExtra, unknown
from hornbeam.engine.tensor import Tensor, place, wrap
from hornbeam.ops import wire
from hornbeam.ops.files import glob, local_path, paths, refusing
from hornbeam.ops.strings.base import bytes_of, concrete, each, objects, text

# The numbers that TensorProto has for types, and the fields in which it may hold values of them one by one.
_CODES = {
    "float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int16": 5, "int8": 6, "string": 7, "complex64": 8, "int64": 9, "bool": 10,
    "bfloat16": 14, "uint16": 17, "complex128": 18, "float16": 19, "uint32": 22, "uint64": 23,
}  # fmt: skip
_TYPES = {code: name for name, code in _CODES.items()}
_LISTED = {5: "<f4", 6: "<f8"}


def decode_raw(
    input_bytes: Any, out_type: Any, little_endian: bool = True, fixed_length: int | None = None, name: str | None = None
) -> Tensor:
    """The bytes of each string as numbers: one more axis. fixed_length: bytes that are read of each, shorter ones filled with zeros."""
    array, dtype = bytes_of(input_bytes, "io.decode_raw"), dtypes.standardize(out_type)
    texts, size = array.ravel().tolist(), dtype.size
    if fixed_length is not None:
        texts = [value[:fixed_length].ljust(fixed_length, b"\0") for value in texts]
    lengths = {len(value) for value in texts}
    if len(lengths) > 1:
        raise InvalidArgumentError(f"DecodeRaw requires input strings to all be the same size; these have {sorted(lengths)[:5]} bytes.")
    length = lengths.pop() if lengths else 0
    if length % size:
        raise InvalidArgumentError(f"Input to DecodeRaw has length {length} that is not a multiple of {size}, the size of {dtype}.")
    kind = dtype.numpy if little_endian or size == 1 else dtype.numpy.newbyteorder(">")
    found = np.frombuffer(b"".join(texts), kind).astype(dtype.numpy)
    return wrap(place(found.reshape(*array.shape, length // size)))


def encode_base64(input: Any, pad: bool = False, name: str | None = None) -> Any:
    """Each string in base64 that is safe in addresses (- and _). pad: with = at the end."""
    def encoded(value: bytes) -> bytes:
        found = base64.urlsafe_b64encode(value)
        return found if pad else found.rstrip(b"=")

    return each(input, "io.encode_base64", encoded)


def decode_base64(input: Any, name: str | None = None) -> Any:
    """Each string from base64 that is safe in addresses, with or without = at the end."""
    def decoded(value: bytes) -> bytes:
        if not re.fullmatch(rb"[A-Za-z0-9_-]*={0,2}", value):
            raise InvalidArgumentError(f"Invalid character found in base64: {value[:40]!r}. The letters are A-Z a-z 0-9 - and _.")
        return base64.urlsafe_b64decode(value.rstrip(b"=") + b"=" * (-len(value.rstrip(b"=")) % 4))

    return each(input, "io.decode_base64", decoded)


def decode_compressed(bytes: Any, compression_type: str = "", name: str | None = None) -> Any:
    """Each string unpacked: compression_type is '', 'ZLIB' or 'GZIP'."""
    kinds = {"": lambda value: value, "ZLIB": zlib.decompress, "GZIP": gzip.decompress}
    if compression_type not in kinds:
        raise unknown("compression", compression_type, kinds)

    def unpacked(value: Any) -> Any:
        try:
            return kinds[compression_type](value)
        except (zlib.error, OSError, EOFError) as error:
            raise InvalidArgumentError(f"tf.io.decode_compressed: this is not {compression_type} data ({error}).") from None

    return each(bytes, "io.decode_compressed", unpacked)


# Whole tensors.
def serialize_tensor(tensor: Any, name: str | None = None) -> Tensor:
    """A tensor as bytes, a scalar string (a serialized TensorProto), which `parse_tensor` reads."""
    array = concrete(tensor, "io.serialize_tensor")
    sizes = b"".join(wire.field(2, b"\x08" + wire.varint(size)) for size in array.shape)
    head = b"\x08" + wire.varint(_CODES[dtypes.of(array)]) + wire.field(2, sizes)
    if array.dtype.kind == "O":
        content = b"".join(wire.field(8, value) for value in array.ravel().tolist())
    else:
        content = wire.field(4, np.ascontiguousarray(array).tobytes()) if array.size else b""
    return objects([head + content], ())


def parse_tensor(serialized: Any, out_type: Any, name: str | None = None) -> Tensor:
    """The tensor of this type that `serialize_tensor` made these bytes of (a scalar string)."""
    data, dtype = text(serialized, "serialized"), dtypes.standardize(out_type)
    try:
        code, shape, content, listed = _tensor_proto(data)
    except DataError:
        raise InvalidArgumentError(f"Could not parse `serialized` as TensorProto: {data[:40]!r}.") from None
    if _TYPES.get(code) != dtype:
        raise InvalidArgumentError(f"Type mismatch between parsed tensor ({_TYPES.get(code, code)}) and dtype ({dtype}).")
    size = int(np.prod(shape, dtype=np.int64))
    if dtype == "string":
        found: Any = np.empty(len(listed), object)
        found[:] = listed
    elif content:
        found = np.frombuffer(content, dtype.numpy)
    else:
        found = np.array(listed, dtype.numpy)
    if len(found) != size and not (0 < len(found) < size and not content):
        raise InvalidArgumentError(f"Could not parse `serialized`: {len(found)} values do not fit the shape {shape}.")
    if len(found) < size:  # the last value stands for the rest
        found = np.concatenate([found, np.repeat(found[-1:], size - len(found))])
    return wrap(place(found.astype(dtype.numpy).reshape(shape)))


def _tensor_proto(data: bytes) -> tuple[int, list[int], bytes, list[Any]]:
    """Type, shape, content, and values held one by one."""
    code, shape, content, listed = 0, [], b"", []  # type: int, list[int], bytes, list[Any]
    for number, sort, value in wire.fields(data):
        if number == 1:
            code = value
        elif number == 2:
            for _, _, size in (each_field for each_field in wire.fields(value) if each_field[0] == 2):
                shape.append(next((wire.signed(v) for n, _, v in wire.fields(size) if n == 1), 0))
        elif number == 4:
            content = value
        elif number == 8:
            listed.append(value)
        elif number in _LISTED:
            listed += np.frombuffer(value, _LISTED[number]).tolist()
        elif number in (7, 10, 11, 16, 17):
            listed += wire.packed_ints(value).tolist() if sort == wire.BYTES else [wire.signed(value)]
    return code, shape, content, listed


# Files.
def read_file(filename: Any, name: str | None = None) -> Tensor:
    """The content of a file: a scalar string. Raises NotFoundError."""
    path = local_path(concrete(filename, "io.read_file").item())
    with refusing(path):
        if os.path.isdir(path):
            raise InvalidArgumentError(f"{path} is a folder, not a file.")
        with open(path, "rb") as file:
            return objects([file.read()], ())


def write_file(filename: Any, contents: Any, name: str | None = None) -> None:
    """Write a string to a file, which is made, with the folders it is in, or replaced."""
    path = local_path(concrete(filename, "io.write_file").item())
    with refusing(path):
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "wb") as file:
            file.write(text(contents, "contents"))


def matching_files(pattern: Any, name: str | None = None) -> Tensor:
    """The paths that match a pattern, or one of several, in order: a vector of strings."""
    found = sorted({path for each_pattern in paths(pattern) for path in glob(each_pattern)})
    return objects([os.fsencode(path) for path in found], (len(found),))


# Sparse tensors.
def serialize_sparse(sp_input: Any, out_type: Any = "string", name: str | None = None) -> Tensor:
    """A SparseTensor as three strings: its indices, values and shape, each as `serialize_tensor` writes it."""
    parts = (sp_input.indices, sp_input.values, sp_input.dense_shape)
    return objects([np.asarray(serialize_tensor(part)).item() for part in parts], (3,))


def _tensorboard() -> Any:
    try:
        from tensorboard.util import tensor_util  # type: ignore[import-untyped]
    except ImportError:
        raise MissingExtra("A TensorProto", "tensorboard", "tensorboard") from None
    return tensor_util


def make_tensor_proto(values: Any, dtype: Any = None, shape: Any = None, verify_shape: bool = False, allow_broadcast: bool = False) -> Any:
    """A TensorProto (TensorBoard's class) of numbers or strings."""
    values = np.asarray(Tensor(values, dtype))
    return _tensorboard().make_tensor_proto(values, shape=None if shape is None else tuple(shape))


def make_ndarray(tensor: Any) -> np.ndarray:
    """The array that a TensorProto holds."""
    return _tensorboard().make_ndarray(tensor)
