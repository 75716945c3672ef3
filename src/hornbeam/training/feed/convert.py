"""What users call data, as nested structures of NumPy arrays.

Libraries are recognised by what their objects look like, never by importing them: pandas, polars, PyTorch and
TensorFlow need not be installed, and when they are, nothing waits for them.
"""

import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.callers import warn
from hornbeam.engine.errors import ArgumentError, DataError, ShapeError
from hornbeam.engine.host_memory import aligned_copy, owner
from hornbeam.engine.tensor import is_tensor
from hornbeam.ops.composite.padded import PaddedRows
from hornbeam.ops.composite.ragged import RaggedTensor

_SCALARS = (int, float, complex, np.generic, str, bytes)
_PLAIN = (*_SCALARS, list, tuple, type(None))


def is_frame(value: Any) -> bool:
    """A pandas or polars DataFrame or Series."""
    return hasattr(value, "to_numpy") and (hasattr(value, "columns") or hasattr(value, "name")) and hasattr(value, "__len__")


def is_array(value: Any) -> bool:
    """Whatever holds numbers in rows: arrays and tensors of any library, frames, scipy's sparse matrices."""
    return (
        isinstance(value, (np.ndarray, np.generic, int, float, complex, str, bytes, range))
        or is_tensor(value)
        or hasattr(value, "__array__")
        or is_frame(value)
        or _is_sparse(value)
        or isinstance(value, (RaggedTensor, Rows))
    )


def is_structure(value: Any) -> bool:
    """A list, tuple or dict."""
    return isinstance(value, (list, tuple, Mapping))


def to_arrays(tree: Any, name: str, strings: bool = False, wide: bool = False) -> Any:
    """`tree` with NumPy arrays at its leaves: floats in `floatx`, integers and bools in their own types.

    A list of numbers (of any depth) is one array; a list of arrays is a structure, and becomes a tuple as in `tf.data`.

    Args:
        name: what messages call the data: 'x', 'y'.
        strings: whether strings may be among it; they become object arrays of bytes.
        wide: floats stay in their own type, too.

    Raises: `DataError` for (other) objects, `ShapeError` for ragged rows and scalars.
    """
    if is_structure(tree) and not _is_numbers(tree):
        if not len(tree):
            raise DataError(f"`{name}` is empty: there is nothing to compute on.")
        if isinstance(tree, Mapping):
            return {key: to_arrays(value, f"{name}[{key!r}]", strings, wide) for key, value in tree.items()}
        parts = tuple(to_arrays(value, f"{name}[{i}]", strings, wide) for i, value in enumerate(tree))
        return type(tree)(*parts) if hasattr(tree, "_fields") else parts  # a namedtuple stays one
    if isinstance(tree, (RaggedTensor, Rows)):
        return tree if isinstance(tree, Rows) else Rows.of(tree, name, strings)
    array = _array(tree, name, strings)
    array = array if wide and array.dtype == np.float64 else _normal(array, name, strings)
    if array.ndim == 0:
        raise ShapeError(f"`{name}` is a single number; its first axis must count the examples. Pass an array of shape (n, ...).")
    return array


class Rows:
    """Rows of differing lengths in memory: the values of a RaggedTensor, as `to_arrays` makes them, and where rows begin and end."""

    def __init__(self, values: Any, splits: np.ndarray):
        self.values, self.splits = values, splits
        self.shape, self.dtype, self.ndim = (len(splits) - 1, None, *values.shape[1:]), values.dtype, values.ndim + 1

    @classmethod
    def of(cls, ragged: RaggedTensor, name: str, strings: bool) -> "Rows":
        return cls(to_arrays(ragged.values, name, strings), np.asarray(ragged.row_splits))

    def __len__(self) -> int:
        return len(self.splits) - 1

    def __getitem__(self, rows: Any) -> "Rows":
        lengths, starts = np.diff(self.splits)[rows], self.splits[:-1][rows]
        splits = np.concatenate([[0], np.cumsum(lengths)])
        return Rows(self.values[np.repeat(starts - splits[:-1], lengths) + np.arange(splits[-1])], splits)

    def flat(self) -> np.ndarray:
        """The numbers themselves."""
        return self.values.flat() if isinstance(self.values, Rows) else self.values

    def whole(self) -> RaggedTensor:
        values = self.values.whole() if isinstance(self.values, Rows) else self.values
        return RaggedTensor.from_row_splits(values, self.splits)

    def laid_out(self, exact: bool) -> RaggedTensor:
        """Filled up with zeros to one of few lengths, so that few programs are compiled; `exact`: to the longest.

        Strings, which no program holds, and rows of rows, which are left to Python, as they are.
        """
        if self.dtype == object or isinstance(self.values, Rows):
            return self.whole()
        lengths = np.diff(self.splits)
        longest = int(lengths.max(initial=1))
        counts = np.arange(longest if exact else few_lengths(longest)) < lengths[:, None]
        dense = np.zeros((*counts.shape, *self.values.shape[1:]), self.dtype)
        dense[counts] = self.values
        return PaddedRows(dense, lengths, exact)


def holds_rows(tree: Any) -> bool:
    """Whether there are rows of differing lengths among the arrays of a structure."""
    return any(isinstance(leaf, Rows) for _, leaf in leaves(tree, ""))


def laid_out(tree: Any, exact: bool = False) -> Any:
    """A batch with its rows of differing lengths as a program takes them."""
    return map_arrays(lambda leaf: leaf.laid_out(exact) if isinstance(leaf, Rows) else leaf, tree)


def few_lengths(length: int) -> int:
    """The next length of 8, 12, 16, 24, 32, 48, ...: at most half more."""
    step = 8
    while step * 2 < length:
        step *= 2
    return step if length <= step else step + step // 2 if length <= step + step // 2 else step * 2


def leaves(tree: Any, name: str) -> Iterator[tuple[str, np.ndarray]]:
    """Each array of a structure with its name: `x['image']`, `x[0]`."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from leaves(value, f"{name}[{key!r}]")
    elif isinstance(tree, (list, tuple)):
        for i, value in enumerate(tree):
            yield from leaves(value, f"{name}[{i}]")
    elif tree is not None:
        yield name, tree


def map_arrays(function: Callable[[np.ndarray], np.ndarray], tree: Any) -> Any:
    """The same structure with `function` applied to each array; None stays None."""
    if isinstance(tree, Mapping):
        return {key: map_arrays(function, value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        parts = [map_arrays(function, value) for value in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    return None if tree is None else function(tree)


def common_length(parts: tuple, names: tuple[str, ...], where: str = "") -> int:
    """The number of examples that all arrays agree on.

    Raises: `DataError` that names the arrays and their lengths when they differ or when there are none.
    """
    found = [leaf for part, name in zip(parts, names) for leaf in leaves(part, name)]
    lengths = {len(array) for _, array in found}
    if len(lengths) > 1:
        listed = ", ".join(f"`{name}` has {len(array):,}" for name, array in found)
        raise DataError(
            f"All arrays must have the same number of examples (their first size){where}: {listed}. "
            "Cut or pair the arrays so that row i of each belongs to example i."
        )
    if not lengths or lengths == {0}:
        raise DataError(f"`{names[0]}` is empty{where}: there are no examples to compute on.")
    return lengths.pop()


def check_finite(tree: Any, name: str, where: str = "") -> None:
    """One pass over each float array. NaN raises `DataError`; infinity, which some masks use on purpose, warns."""
    for leaf_name, array in leaves(tree, name):
        if isinstance(array, (Rows, RaggedTensor)):
            array = array.flat() if isinstance(array, Rows) else array.dense if isinstance(array, PaddedRows) else array.flat_values
            array = np.asarray(array)
        if not dtypes.is_float(array.dtype):
            continue
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(array.sum(dtype=None if array.dtype.kind == "f" and array.itemsize > 2 else np.float32)):
                continue
        nan = np.isnan(array)
        if nan.any():
            rows = np.flatnonzero(nan.reshape(len(array), -1).any(axis=1))
            raise DataError(
                f"`{leaf_name}` has {int(nan.sum()):,} NaN {'value' if nan.sum() == 1 else 'values'} in "
                f"{len(rows):,} of {len(array):,} rows{where} (the first is row {rows[0]:,}). A loss computed from NaN is "
                "NaN, so nothing could be learned: drop those rows or fill the values in, say with the column's mean."
            )
        infinite = int(np.isinf(array).sum())
        if infinite:
            warn(
                f"`{leaf_name}` has {infinite:,} infinite values (they may come from numbers too large for "
                f"{array.dtype}); unless the model treats them as a mask, its loss will be NaN.")


def class_weights(y: Any, class_weight: Mapping, name: str = "y") -> np.ndarray:
    """The weight of each example (or each step of a sequence) by its class; classes that are not named weigh 1.

    Args:
        y: integer labels of shape (n,), (n, 1) or (n, steps, 1), or one-hot rows of shape (n, ..., classes).
        class_weight: from class number to weight.
    """
    if not isinstance(y, np.ndarray):
        found = list(leaves(y, name))
        if len(found) != 1:
            raise ArgumentError(
                f"`class_weight` needs one set of labels; the targets here are {len(found)} arrays. "
                "Use `sample_weight` with one array for each output."
            )
        y = found[0][1]
    labels = y
    if y.ndim > 1:
        labels = y.argmax(axis=-1) if y.shape[-1] > 1 else y[..., 0]
    labels = labels.astype(np.int64)
    table = np.ones(max(class_weight) + 1, dtypes.NUMPY[dtypes.floatx()])
    for number, weight in class_weight.items():
        table[number] = weight
    known = (labels >= 0) & (labels < len(table))
    return np.where(known, table[np.where(known, labels, 0)], np.ones((), table.dtype))


def check_class_weight(class_weight: Any) -> dict[int, float] | None:
    """`{class number: weight}` with plain numbers, or `ArgumentError`."""
    if class_weight is None:
        return None
    try:
        found = {int(key): float(weight) for key, weight in class_weight.items() if int(key) == key and key >= 0}
        if len(found) == len(class_weight) and found:
            return found
    except (AttributeError, TypeError, ValueError):
        pass
    raise ArgumentError(
        f"`class_weight` maps class numbers (0, 1, ...) to weights, as in {{0: 1.0, 1: 5.0}}; received "
        f"{class_weight!r}. Labels that are words need numbers first."
    )


def combine_weights(sample_weight: Any, by_class: np.ndarray) -> Any:
    """The product of both, a class's weight spread over the further axes of `sample_weight`."""
    if sample_weight is None:
        return by_class

    def product(weight: np.ndarray) -> np.ndarray:
        low, high = sorted((weight, by_class), key=lambda array: array.ndim)
        return low.reshape(low.shape + (1,) * (high.ndim - low.ndim)) * high

    return map_arrays(product, sample_weight)


def _is_numbers(value: Any) -> bool:
    """Whether a list or tuple is rows of Python numbers, at any depth, rather than several arrays."""
    while isinstance(value, (list, tuple)) and len(value):
        if any(not isinstance(each, _PLAIN) for each in value):
            return False
        value = value[0]
    return isinstance(value, _SCALARS)


def _is_sparse(value: Any) -> bool:
    return hasattr(value, "toarray") and hasattr(value, "nnz")


def _array(value: Any, name: str, strings: bool = False) -> np.ndarray:
    if isinstance(value, np.ndarray):
        return value
    if is_tensor(value):
        return value.__array__()
    if type(value).__module__.partition(".")[0] == "torch":
        value = value.detach().cpu()
        return (value.float() if str(value.dtype) == "torch.bfloat16" else value).numpy()
    if is_frame(value):
        return _frame(value, name, strings)
    if _is_sparse(value):
        return value.toarray()
    if not hasattr(value, "__array__") and not isinstance(value, (list, tuple, int, float, complex, str, bytes, range)):
        raise DataError(
            f"`{name}` is {_a(type(value).__name__)}, which holds no numbers that can be read. Pass NumPy arrays, "
            "tensors, DataFrames, lists of numbers, a generator of batches, a PyDataset or a DataLoader."
        )
    try:
        array = np.asarray(value)
    except ValueError:
        raise ShapeError(
            f"The rows of `{name}` have different lengths, so they are not one array. Cut or pad them to one length first."
        ) from None
    python = isinstance(value, (list, tuple, range, int)) and not _has_numpy(value)
    if python and array.dtype == np.int64 and array.size and -(2**31) <= array.min() and array.max() < 2**31:
        return array.astype(np.int32)  # Python's own ints, as everywhere else
    return array


def _has_numpy(value: Any) -> bool:
    while isinstance(value, (list, tuple)) and value:
        value = value[0]
    return isinstance(value, np.generic)


_made_here: "weakref.WeakValueDictionary[int, np.ndarray]" = weakref.WeakValueDictionary()


def private(array: np.ndarray) -> np.ndarray:
    """The array, or a copy of it where its memory may be the user's, who may write to it while JAX goes on reading."""
    memory = owner(array)
    return array if _made_here.get(id(memory)) is memory else aligned_copy(array)


def _normal(array: np.ndarray, name: str, strings: bool = False) -> np.ndarray:
    """Floats in floatx, everything else as it is; what is not numbers is refused."""
    if dtypes.is_float(array.dtype):
        wanted = dtypes.NUMPY[dtypes.floatx()]
        if array.dtype == wanted:
            return array
        with np.errstate(over="ignore"):
            converted = aligned_copy(array, wanted)
        memory = owner(converted)
        _made_here[id(memory)] = memory
        return converted
    if array.dtype.kind in "biuc":
        return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
    if strings and is_text(array):
        return as_bytes(array)
    if array.dtype == object:
        return _normal(_unboxed(array, name), name)
    if array.dtype.kind in "UST":
        example = repr(array.reshape(-1)[0]) if array.size else "''"
        raise DataError(
            f"`{name}` holds strings (the first is {example}); a network computes on numbers. Map labels to class "
            "numbers (`numpy.unique(y, return_inverse=True)`) and text to integers "
            "(a TextVectorization or StringLookup layer)."
        )
    if array.dtype.kind in "Mm":
        raise DataError(f"`{name}` holds dates or durations ({array.dtype}). Turn them into numbers first, such as days since a start.")
    raise DataError(f"`{name}` holds {array.dtype} values; a network computes on numbers. Convert them to floats or integers first.")


def is_text(array: np.ndarray) -> bool:
    """Whether an array holds nothing but strings."""
    return array.dtype.kind in "UST" or (array.dtype == object and all(isinstance(each, (str, bytes)) for each in array.flat))


def as_bytes(array: np.ndarray) -> np.ndarray:
    """Strings as the bytes objects that string tensors hold."""
    out = np.empty(array.size, object)
    out[:] = [each.encode() if isinstance(each, str) else bytes(each) for each in array.ravel().tolist()]
    return out.reshape(array.shape)


def _unboxed(array: np.ndarray, name: str) -> np.ndarray:
    """Python objects that are all numbers, as an array of numbers: `frame.values` of mixed columns is such an array."""
    for value in array.flat:
        if isinstance(value, (str, bytes)):
            return array.astype(np.str_)  # refused as strings, with the advice for strings
        if isinstance(value, (np.ndarray, list, tuple)):
            raise ShapeError(
                f"`{name}` is an array of arrays (rows of different lengths, or boxed rows). Pad the rows to one "
                "length and stack them with `numpy.stack`."
            )
        if value is None or not isinstance(value, (bool, int, float, np.generic)):
            raise DataError(
                f"`{name}` is an array of Python objects ({_a(type(value).__name__)} among them). Convert it to "
                "numbers first: fill in missing values, and make sure each column is numeric."
            )
    return np.array(array.tolist())


def _frame(frame: Any, name: str, strings: bool = False) -> np.ndarray:
    """A DataFrame's or Series' numbers; columns of several numeric types meet in floats."""
    if not hasattr(frame, "columns"):
        return _column(frame, name, strings)
    columns = list(frame.columns)
    if not columns:
        raise DataError(f"`{name}` is a DataFrame without columns.")
    if len(set(map(str, columns))) < len(columns):
        return _array(frame.to_numpy(), name)  # pandas allows two columns of one name; they cannot be asked for one by one
    parts = [_column(frame[column], f"{name}[{column!r}]", strings) for column in columns]
    kinds = {part.dtype for part in parts}
    if strings and len(kinds) > 1 and np.dtype(object) in kinds:
        raise DataError(
            f"`{name}` is a DataFrame of strings and numbers. Pass its columns apart, by the names of the model's inputs: dict(frame)."
        )
    return np.stack(parts, axis=1, dtype=kinds.pop() if len(kinds) == 1 else dtypes.NUMPY[dtypes.floatx()], casting="unsafe")


def _column(series: Any, name: str, strings: bool = False) -> np.ndarray:
    kind = str(series.dtype)
    if kind.lower().startswith(("category", "categorical", "enum")):
        raise DataError(
            f"`{name}` is a categorical column. Pass its codes (pandas: `.cat.codes`; polars: `.to_physical()`) or "
            "one-hot columns (`get_dummies`, `to_dummies`)."
        )
    array = series.to_numpy()
    if array.dtype == object and kind.rstrip("0123456789").lower() in ("int", "uint", "float", "boolean"):
        array = series.to_numpy(dtype=np.float64, na_value=np.nan)  # pandas's nullable numbers
    return _normal(array, name, strings)


def _a(word: str) -> str:
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"
