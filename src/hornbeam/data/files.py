"""Elements in files: lines of text, records; whole Datasets saved and loaded."""

import gzip
import io
import json
import os
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from hornbeam.data.node import UNKNOWN, Node, Run, in_turn
from hornbeam.data.records import read_records
from hornbeam.data.structure import Element
from hornbeam.engine import dtypes
from hornbeam.engine.errors import ArgumentError, DataLossError, DtypeError, NotFoundError
from hornbeam.engine.function import TensorSpec
from hornbeam.engine.tensor import Tensor, is_tensor
from hornbeam.ops.files import local_path, refusing

_STRING = TensorSpec((), "string")


def paths(filenames: Any) -> Any:
    """File names as a list of strings, or the node of a Dataset of them."""
    if hasattr(filenames, "__hornbeam_node__"):
        return filenames.__hornbeam_node__
    if isinstance(filenames, (str, bytes, os.PathLike)) or (is_tensor(filenames) and not filenames.ndim):
        filenames = [filenames]
    return [local_path(each) for each in (np.asarray(filenames).ravel() if is_tensor(filenames) else filenames)]


class FileLines(Node):
    """Pieces of files, one file after another.

    Args:
        files: what `paths` gives.
        read: of one file gives its pieces, bytes.
        at_once: how many files give their pieces in turn; None and -1 are one.
    """

    def __init__(self, name: str, files: Any, read: Any, at_once: Any = None):
        self.name, self._files, self._read, self._spec = name, files, read, _STRING
        self._at_once = max(int(at_once or 1), 1)
        if isinstance(files, Node):
            self._inputs = (files,)

    def _count(self) -> int:
        return UNKNOWN

    def _known(self) -> bool:
        return True

    def _elements(self, run: Run) -> Iterator[Element]:
        names = self._files
        if isinstance(names, Node):
            names = (
                local_path(np.asarray(leaf).item() if not isinstance(leaf, bytes) else leaf) for (leaf,) in names._elements(run.child())
            )
        if self._at_once == 1:
            return ((piece,) for name in names for piece in self._read(name))
        return ((piece,) for piece in in_turn((iter(self._read(name)) for name in names), self._at_once))

    def _blocks(self, run: Run, size: int) -> Iterator[Element] | None:
        return None


def opened(path: str, compression: str | None) -> Any:
    kind = compression or ""
    if is_tensor(kind):
        kind = np.asarray(kind).item().decode()
    if kind not in ("", "GZIP", "ZLIB"):
        raise ArgumentError(f"Unsupported compression_type: {kind}. It is '', 'GZIP' or 'ZLIB'.")
    if kind == "GZIP":
        return gzip.open(path, "rb")
    if kind == "ZLIB":
        with open(path, "rb") as file:
            return io.BytesIO(zlib.decompress(file.read()))
    return open(path, "rb")


def lines(path: str, compression: str | None) -> Iterator[bytes]:
    """The lines of a text file, without their ends."""
    with refusing(path), opened(path, compression) as file:
        for line in file:
            yield line[:-2] if line.endswith(b"\r\n") else line[:-1] if line.endswith(b"\n") else line


def records(path: str, compression: str | None, buffer_size: int | None) -> Iterator[bytes]:
    """The records of a TFRecord file."""
    return read_records(path, compression, buffer_size)


def fixed(path: str, size: int, header: int, footer: int, compression: str | None) -> Iterator[bytes]:
    """The records of one length between a file's header and footer."""
    with refusing(path), opened(path, compression) as file:
        data = file.read()
    body = len(data) - header - footer
    if body < 0 or body % size:
        raise ArgumentError(
            f'Excluding the header ({header} bytes) and footer ({footer} bytes), input file "{path}" has body length {body} bytes, which '
            f"is not an exact multiple of the record length ({size} bytes)."
        )
    return iter([data[at : at + size] for at in range(header, header + body, size)])


# Elements as bytes: a line of JSON that describes an element's leaves, then their bytes.
_MAGIC = b"hornbeam data 1\n"


def write_elements(path: str, elements: Iterator[Element]) -> Iterator[Element]:
    """Pass elements on and write them; the file has its name once all are there."""
    part = f"{path}.{os.getpid()}.part"
    with refusing(path):
        file = open(part, "wb")  # noqa: SIM115
    try:
        with file:
            file.write(_MAGIC)
            for element in elements:
                _write(file, element)
                yield element
            file.write(b"[]\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        if os.path.exists(part):
            os.unlink(part)


def _write(file: Any, element: Element) -> None:
    heads, bodies = [], []
    for leaf in element:
        leaf = np.asarray(leaf) if isinstance(leaf, Tensor) else leaf  # a row of a ragged tensor
        array = np.array(leaf, object) if isinstance(leaf, bytes) else np.asarray(leaf)
        if not isinstance(leaf, (bytes, np.ndarray, np.generic)):
            raise DtypeError(
                f"A Dataset of {type(leaf).__name__} elements cannot be written to a file: make tensors of them first (to_tensor)."
            )
        if array.dtype == object:
            sizes = [len(each) for each in array.ravel()]
            heads.append(["string", list(array.shape), sizes])
            bodies.append(b"".join(array.ravel().tolist()))
        else:
            heads.append([str(dtypes.standardize(array.dtype)), list(array.shape)])
            bodies.append(np.ascontiguousarray(array).tobytes())
    file.write(json.dumps(heads, separators=(",", ":")).encode() + b"\n")
    file.writelines(bodies)


def read_elements(path: str) -> Iterator[Element]:
    """The elements of a file that `write_elements` made. Raises DataLossError when it is damaged."""
    with refusing(path), open(path, "rb") as file:
        if file.readline() != _MAGIC:
            raise DataLossError(f"'{path}' is no file of Hornbeam's elements.")
        while True:
            try:
                heads = json.loads(file.readline())
                if not heads:
                    return
                element = tuple([_read_leaf(file, *head) for head in heads])
            except (ValueError, TypeError) as error:
                raise DataLossError(f"'{path}' is damaged or was not written to its end: {error}.") from None
            yield element


def _read_leaf(file: Any, dtype: str, shape: list[int], sizes: list[int] | None = None) -> Any:
    if dtype == "string":
        found = np.empty(len(sizes or ()), object)
        for i, size in enumerate(sizes or ()):
            found[i] = file.read(size)
        return found.reshape(shape) if shape else found[0]
    kind = dtypes.standardize(dtype).numpy
    data = file.read(int(np.prod(shape, dtype=np.int64)) * kind.itemsize)
    return np.frombuffer(data, kind).reshape(shape)


# A Dataset in a folder.
def save(node: Node, folder: Any) -> None:
    """Write all elements of a pass, and their type, into a folder."""
    home = local_path(folder)
    with refusing(home):
        os.makedirs(home, exist_ok=True)
    count = sum(1 for _ in write_elements(os.path.join(home, "elements.hbdata"), node._elements(Run())))
    described = {"count": count, "spec": _to_json(node.element_spec)}
    with refusing(home), open(os.path.join(home, "dataset.json"), "w", encoding="utf-8") as file:
        json.dump(described, file)


def load(folder: Any) -> Node:
    """The Dataset that `save` wrote."""
    home = local_path(folder)
    path = os.path.join(home, "dataset.json")
    if not os.path.exists(path):
        foreign = os.path.exists(os.path.join(home, "dataset_spec.pb"))
        why = "It was saved by TensorFlow, whose format only TensorFlow reads: save it as TFRecord files there." if foreign else ""
        raise NotFoundError(f"There is no Dataset in '{home}': {path} is missing. {why}".strip())
    with open(path, encoding="utf-8") as file:
        described = json.load(file)
    return Loaded(os.path.join(home, "elements.hbdata"), _from_json(described["spec"]), int(described["count"]))


class Loaded(Node):
    """The elements of a file."""

    name = "_LoadDataset"

    def __init__(self, path: str, spec: Any, count: int):
        self._path, self._spec, self._number = path, spec, count

    def _count(self) -> int:
        return self._number

    def _elements(self, run: Run) -> Iterator[Element]:
        return read_elements(self._path)

    def _blocks(self, run: Run, size: int) -> Iterator[Element] | None:
        return None


def _to_json(spec: Any) -> Any:
    if isinstance(spec, tuple):
        return {"tuple": [_to_json(each) for each in spec]}
    if isinstance(spec, dict):
        return {"dict": [[key, _to_json(each)] for key, each in spec.items()]}
    return {"dtype": str(spec.dtype), "shape": None if spec.shape is None else list(spec.shape)}


def _from_json(said: Any) -> Any:
    if "tuple" in said:
        return tuple(_from_json(each) for each in said["tuple"])
    if "dict" in said:
        return {key: _from_json(each) for key, each in said["dict"]}
    return TensorSpec(said["shape"], said["dtype"])
