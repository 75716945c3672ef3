"""HDF5 as a store of arrays, read without trusting the file.

HDF5 files can name other files: links to them, data kept in them, datasets put together from theirs (CVE-2025-9905 and its kin
read the user's files that way). Nothing of this is followed here: a name is looked up step by step through plain
links only, and a dataset is read only when its data are in this very file and it is no larger than the file can hold.
"""

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.errors import DataError, DtypeError

if TYPE_CHECKING:
    import h5py

_GROWTH = 200  # times its stored size that a compressed dataset may take in memory
_FREE = 16 << 20  # bytes below which that is not looked at
_NAMES = 1 << 20  # most names in a list of names


@contextlib.contextmanager
def writer(file: Any) -> Iterator["h5py.Group"]:
    """The root group of a new HDF5 file written into a binary file object."""
    import h5py

    with h5py.File(file, "w") as root:
        yield root


@contextlib.contextmanager
def reader(file: Any, name: str) -> Iterator["Group"]:
    """The root group of the HDF5 file in a binary file object; `name` is what errors call it.

    Raises: DataError, when it is no HDF5 file or is damaged.
    """
    import h5py

    try:
        root = h5py.File(file, "r")
    except OSError as error:
        raise DataError(f"'{name}' is not an HDF5 file, or is damaged: {error}.") from error
    with root:
        yield Group(root, name)


def put(group: "h5py.Group", name: str, value: Any) -> None:
    """Write one array. HDF5 has no bfloat16: its bits go in as raw bytes with the type's name beside them, as Keras does."""
    array = np.asarray(value)
    kind = str(dtypes.standardize(array.dtype))
    if kind == "string":
        raise DtypeError(f"The array '{name}' holds strings, which model files cannot: keep them in the layer's configuration.")
    if kind == "bfloat16":
        group.create_dataset(name, data=array.view("V2")).attrs["dtype"] = kind
    else:
        group.create_dataset(name, data=array)


class Group:
    """A group of a file that may be hostile. `group / 'a/b'` is a group below it, `group.array('0')` a dataset's values."""

    def __init__(self, group: "h5py.Group", file: str):
        self._group, self.file = group, file

    def _get(self, path: str) -> Any:
        """The object at `path`, or None. Each step must be a plain (hard) link, which cannot lead out of the file."""
        import h5py

        found: Any = self._group
        for step in path.split("/"):
            if not isinstance(found, h5py.Group) or not step or step in (".", ".."):
                return None
            links, name = found.id.links, step.encode()  # the high-level `in` and `get` would open what a link leads to
            if not links.exists(name):
                return None
            if links.get_info(name).type != h5py.h5l.TYPE_HARD:
                raise DataError(
                    f"'{self.file}' is refused: its entry '{path}' is a link to another place or file, which model files do not have."
                )
            found = found[step]
        return found

    def __truediv__(self, path: str) -> "Group | None":
        import h5py

        found = self._get(path)
        return Group(found, self.file) if isinstance(found, h5py.Group) else None

    def names(self) -> list[str]:
        """The names of what is in the group, unopened."""
        return list(self._group)

    def shape(self, name: str) -> tuple[int, ...]:
        return tuple(self._dataset(name).shape)

    def _dataset(self, name: str) -> "h5py.Dataset":
        import h5py

        found = self._get(name)
        if not isinstance(found, h5py.Dataset):
            raise DataError(f"'{self.file}' has no array '{self._group.name.rstrip('/')}/{name}'.")
        if found.external or found.is_virtual:
            raise DataError(f"'{self.file}' is refused: the data of '{found.name}' are in another file.")
        if found.shape is None or found.dtype.kind not in "biufcV" or (found.dtype.kind == "V" and found.dtype.names):
            raise DataError(f"'{self.file}' is damaged: '{found.name}' holds {found.dtype}, not an array of numbers.")
        if found.nbytes > max(_FREE, _GROWTH * found.id.get_storage_size()):
            raise DataError(
                f"'{self.file}' is refused: '{found.name}' would take {found.nbytes:,} bytes of memory and has "
                f"{found.id.get_storage_size():,} in the file."
            )
        return found

    def array(self, name: str) -> np.ndarray:
        """The values of a dataset."""
        dataset = self._dataset(name)
        try:
            array = dataset[()] if dataset.shape else np.asarray(dataset[()])
        except OSError as error:
            raise DataError(f"'{self.file}' is damaged: '{dataset.name}' cannot be read ({error}).") from error
        if array.dtype.kind == "V":
            kind = _text(dataset.attrs["dtype"]) if "dtype" in dataset.attrs else None
            if kind != "bfloat16" or array.dtype.itemsize != 2:
                raise DataError(f"'{self.file}': '{dataset.name}' holds raw bytes of an unknown type {kind!r}.")
            array = array.view(dtypes.NUMPY["bfloat16"])
        return array

    def text(self, name: str) -> str | None:
        """A text attribute of this group, or None."""
        return _text(self._group.attrs[name]) if name in self._group.attrs else None

    def texts(self, name: str) -> list[str]:
        """A list of texts kept in an attribute, or in several ('names0', 'names1', ...), as HDF5 limits their size."""
        attributes = self._group.attrs
        if name in attributes:
            found = list(np.ravel(attributes[name])[:_NAMES])
        else:
            found, i = [], 0
            while f"{name}{i}" in attributes and len(found) < _NAMES:
                found += list(np.ravel(attributes[f"{name}{i}"])[:_NAMES])
                i += 1
        return [_text(each) for each in found]


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


class Store(Mapping[str, np.ndarray]):
    """The arrays of a group by name: what a layer's `load_own_variables` is given."""

    def __init__(self, group: Group | None):
        self.group = group
        self._names = group.names() if group is not None else []

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._names:
            raise KeyError(name)
        return self.group.array(name)

    def shape(self, name: str) -> tuple[int, ...]:
        return self.group.shape(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
