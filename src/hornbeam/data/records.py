"""TFRecord files: records of bytes, each with its length, both under a CRC-32C; plain, gzip or zlib.

A record is: length (uint64), checksum of the length (uint32), the bytes, their checksum (uint32), all little-endian.
"""

import gzip
import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError, DataLossError, DtypeError, FailedPreconditionError
from hornbeam.engine.tensor import is_tensor
from hornbeam.ops.checksum import masked_crc
from hornbeam.ops.files import local_path, refusing

_HEADER = struct.Struct("<QI")
_COMPRESSIONS = ("", "GZIP", "ZLIB")


# Reading.
def read_records(path: Any, compression_type: str | None = None, buffer_size: int | None = None) -> Iterator[bytes]:
    """The records of one file, in order.

    Args:
        path: a local path.
        compression_type: None or '' for a plain file, 'GZIP' or 'ZLIB'.
        buffer_size: bytes read at a time.

    Raises: NotFoundError; DataLossError when a checksum is wrong or the file ends inside a record.
    """
    kind, name = _compression(compression_type), local_path(path)
    with refusing(name), open(name, "rb", buffering=max(int(buffer_size or 0), 1 << 18)) as raw:
        file: Any = gzip.GzipFile(fileobj=raw) if kind == "GZIP" else io.BytesIO(_inflated(raw.read())) if kind == "ZLIB" else raw
        at = 0
        while header := _take(file, 12):
            if len(header) < 12:
                raise DataLossError(f"truncated record at {at} of {name}: the file ends inside the length of a record.")
            length, check = _HEADER.unpack(header)
            if masked_crc(header[:8]) != check:
                raise DataLossError(f"corrupted record at {at} (Is this even a TFRecord file?): the length's checksum is wrong in {name}.")
            data = _take(file, length + 4)
            if len(data) < length + 4:
                raise DataLossError(f"truncated record at {at} of {name}: it should have {length} bytes, and the file ends before.")
            record = data[:-4]
            if masked_crc(record) != int.from_bytes(data[-4:], "little"):
                raise DataLossError(f"corrupted record at {at} of {name}: its checksum is wrong.")
            yield record
            at += 16 + length


def _take(file: Any, count: int) -> bytes:
    try:
        return file.read(count)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataLossError(f"inflate() failed: {error}. Is the compression_type the one that the file was written with?") from None


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompress(data)
    except zlib.error as error:
        raise DataLossError(f"inflate() failed: {error}. Is the compression_type the one that the file was written with?") from None


def _compression(kind: Any) -> str:
    if is_tensor(kind):
        kind = np.asarray(kind).item().decode()
    kind = kind or ""
    if kind not in _COMPRESSIONS:
        raise ArgumentError(f'Not a valid compression_type: "{kind}". It is one of {_COMPRESSIONS}.')
    return kind


# Writing.
class TFRecordOptions:
    """How records are written.

    Args:
        compression_type: '' or None, 'GZIP' or 'ZLIB'.
        compression_level: from 0 (none) to 9 (smallest).
        flush_mode, input_buffer_size, output_buffer_size, window_bits, compression_method, mem_level, compression_strategy:
            taken as TensorFlow takes them; they change no byte that a reader sees, and are not needed here.
    """

    def __init__(
        self, compression_type: Any = None, flush_mode: Any = None, input_buffer_size: int | None = None,
        output_buffer_size: int | None = None, window_bits: int | None = None, compression_level: int | None = None,
        compression_method: Any = None, mem_level: int | None = None, compression_strategy: int | None = None,
    ):  # fmt: skip
        if isinstance(compression_type, TFRecordOptions):
            compression_type = compression_type.compression_type
        self.compression_type: str = _compression(compression_type)
        self.compression_level = compression_level


class TFRecordWriter:
    """Writes records to a TFRecord file, which it makes or replaces.

    Args:
        path: a local path.
        options: a compression type ('GZIP', 'ZLIB') or TFRecordOptions.
    """

    def __init__(self, path: Any, options: Any = None):
        made = options if isinstance(options, TFRecordOptions) else TFRecordOptions(options)
        self._name, level = local_path(path), made.compression_level
        with refusing(self._name):
            self._raw = open(self._name, "wb")  # noqa: SIM115
        self._deflate: Any = None
        if made.compression_type:
            bits = zlib.MAX_WBITS + (16 if made.compression_type == "GZIP" else 0)  # 16 more bits: a gzip header without a time
            self._deflate = zlib.compressobj(-1 if level is None else level, zlib.DEFLATED, bits)

    def write(self, record: bytes | str) -> None:
        """Append one record, for instance `example.SerializeToString()`."""
        if isinstance(record, str):
            record = record.encode()
        if not isinstance(record, (bytes, bytearray, memoryview)):
            way = " Call its SerializeToString()." if hasattr(record, "SerializeToString") else " Take its numpy()." * is_tensor(record)
            raise DtypeError(f"TFRecordWriter.write takes bytes; received a {type(record).__name__}.{way}")
        record = bytes(record)
        length = struct.pack("<Q", len(record))
        self._put(b"".join((length, masked_crc(length).to_bytes(4, "little"), record, masked_crc(record).to_bytes(4, "little"))))

    def _put(self, data: bytes) -> None:
        if self._raw.closed:
            raise FailedPreconditionError("Writer is closed.")
        with refusing(self._name):
            self._raw.write(data if self._deflate is None else self._deflate.compress(data))

    def flush(self) -> None:
        """Hand what was written to the system."""
        if self._raw.closed:
            raise FailedPreconditionError("Writer is closed.")
        if self._deflate is not None:
            self._raw.write(self._deflate.flush(zlib.Z_SYNC_FLUSH))
        self._raw.flush()

    def close(self) -> None:
        """End the file."""
        if not self._raw.closed:
            with refusing(self._name), self._raw:
                if self._deflate is not None:
                    self._raw.write(self._deflate.flush())

    def __enter__(self) -> "TFRecordWriter":
        return self

    def __exit__(self, *exc: Any) -> None:
        self.close()


class DatasetRecordWriter:
    """`tf.data.experimental.TFRecordWriter`: writes a whole Dataset of serialized records to one file.

    Args:
        filename: a local path.
        compression_type: None or '' for a plain file, 'GZIP' or 'ZLIB'.
    """

    def __init__(self, filename: Any, compression_type: str | None = None):
        self._filename, self._compression = filename, _compression(compression_type)

    def write(self, dataset: Any) -> None:
        """Write every element of `dataset`, which are scalar strings; the file is made or replaced."""
        with TFRecordWriter(self._filename, self._compression) as writer:
            for element in dataset:
                record = np.asarray(element)
                if record.dtype != object or record.ndim:
                    raise DtypeError(
                        f"The elements of a Dataset that is written as records are scalar strings; these are {record.dtype} of shape "
                        f"{record.shape}. Serialize them in a map, with tf.io.serialize_tensor or tf.train.Example."
                    )
                writer.write(record.item())
