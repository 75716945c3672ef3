"""RaggedTensor: rows of different lengths, as all their values one after another and the places where rows begin and end.

The values are a Tensor (or a RaggedTensor, for rows of rows), so operations on them are ordinary ones, gradients included. The row
splits are numbers on the host: how long rows are decides shapes. Inside a compiled function, where nothing is known of them, what
depends on them raises UntraceableError.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import Op
from hornbeam.engine.errors import ArgumentError, DtypeError, InvalidArgumentError, ShapeError, UntraceableError
from hornbeam.engine.operators import Operators
from hornbeam.engine.tensor import Shape, Tensor, as_tensor, is_tensor, wrap
from hornbeam.ops import indexing, shaping
from hornbeam.ops.composite.sparse import SparseTensor


class RaggedTensor(Operators):
    """A tensor with one or more dimensions whose rows differ in length. Made by `tf.ragged.constant` and the `from_*` methods.

    Attributes:
        values: the rows' values one after another, a Tensor or a RaggedTensor.
        row_splits: int64, where each row begins, and where the last one ends: row i is values[row_splits[i]:row_splits[i + 1]].
        uniform_row_length: the length of all rows where they are known to have one, else None.
    """

    __array_priority__ = 1000
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, values: Any = None, row_splits: Any = None, uniform_row_length: int | None = None, internal: bool = False):
        if not internal:
            raise ArgumentError("A RaggedTensor is made by a method such as RaggedTensor.from_row_lengths, or by tf.ragged.constant.")
        self.values, self.row_splits, self.uniform_row_length = values, row_splits, uniform_row_length

    # Ways to make one.
    @classmethod
    def from_row_splits(cls, values: Any, row_splits: Any, name: str | None = None, validate: bool = True) -> "RaggedTensor":
        """Rows that begin and end at the splits: 0, ..., the number of values, never falling."""
        splits = _index(row_splits, "row_splits")
        if not len(splits) or splits[0] != 0:
            raise InvalidArgumentError(f"from_row_splits: row_splits begin with 0; received {splits[:5].tolist()}.")
        return cls._made(values, splits, "from_row_splits")

    @classmethod
    def _made(cls, values: Any, splits: np.ndarray, maker: str, uniform: int | None = None) -> "RaggedTensor":
        values = values if isinstance(values, RaggedTensor) else as_tensor(values)
        rows = values._nrows if isinstance(values, RaggedTensor) else len(values)
        if (np.diff(splits) < 0).any():
            raise InvalidArgumentError(f"{maker}: rows cannot have a negative length; the row splits are {splits.tolist()}.")
        if splits[-1] != rows:
            raise InvalidArgumentError(
                f"Arguments to {maker} do not form a valid RaggedTensor: its rows have {int(splits[-1])} values in all; {rows} were given."
            )
        return cls(values, _splits(splits), uniform, internal=True)

    @classmethod
    def from_row_lengths(cls, values: Any, row_lengths: Any, name: str | None = None, validate: bool = True) -> "RaggedTensor":
        """Rows of these lengths."""
        return cls._made(values, _cumulated(_index(row_lengths, "row_lengths")), "from_row_lengths")

    @classmethod
    def from_row_starts(cls, values: Any, row_starts: Any, name: str | None = None, validate: bool = True) -> "RaggedTensor":
        """Rows that begin at these values; each ends where the next begins."""
        values = values if isinstance(values, RaggedTensor) else as_tensor(values)
        count = values._nrows if isinstance(values, RaggedTensor) else len(values)
        return cls.from_row_splits(values, np.append(_index(row_starts, "row_starts"), count))

    @classmethod
    def from_row_limits(cls, values: Any, row_limits: Any, name: str | None = None, validate: bool = True) -> "RaggedTensor":
        """Rows that end before these values; each begins where the one before ends."""
        return cls._made(values, np.insert(_index(row_limits, "row_limits"), 0, 0), "from_row_limits")

    @classmethod
    def from_value_rowids(
        cls, values: Any, value_rowids: Any, nrows: Any = None, name: str | None = None, validate: bool = True
    ) -> "RaggedTensor":
        """Rows by the number of its row that each value has; the numbers never fall."""
        ids = _index(value_rowids, "value_rowids")
        if (np.diff(ids) < 0).any():
            raise InvalidArgumentError(f"from_value_rowids: value_rowids never fall; received {ids.tolist()}.")
        count = (int(ids[-1]) + 1 if len(ids) else 0) if nrows is None else int(nrows)
        if len(ids) and ids[-1] >= count:
            raise InvalidArgumentError(f"from_value_rowids: value_rowids are less than nrows={count}; the last is {int(ids[-1])}.")
        return cls._made(values, _cumulated(np.bincount(ids, minlength=count)), "from_value_rowids")

    @classmethod
    def from_uniform_row_length(
        cls, values: Any, uniform_row_length: Any, nrows: Any = None, validate: bool = True, name: str | None = None
    ) -> "RaggedTensor":
        """Rows that all have one length."""
        values = values if isinstance(values, RaggedTensor) else as_tensor(values)
        count, length = values._nrows if isinstance(values, RaggedTensor) else len(values), int(uniform_row_length)
        rows = (count // length if length else 0) if nrows is None else int(nrows)
        return cls._made(values, np.arange(rows + 1, dtype=np.int64) * length, "from_uniform_row_length", length)

    @classmethod
    def from_nested_row_splits(
        cls, flat_values: Any, nested_row_splits: Sequence[Any], name: str | None = None, validate: bool = True
    ) -> "RaggedTensor":
        """Rows of rows: one `row_splits` a ragged dimension, the outermost first."""
        for splits in reversed(list(nested_row_splits)):
            flat_values = cls.from_row_splits(flat_values, splits)
        return flat_values

    @classmethod
    def from_nested_row_lengths(
        cls, flat_values: Any, nested_row_lengths: Sequence[Any], name: str | None = None, validate: bool = True
    ) -> "RaggedTensor":
        """Rows of rows: one `row_lengths` a ragged dimension, the outermost first."""
        for lengths in reversed(list(nested_row_lengths)):
            flat_values = cls.from_row_lengths(flat_values, lengths)
        return flat_values

    @classmethod
    def from_nested_value_rowids(
        cls, flat_values: Any, nested_value_rowids: Sequence[Any], nested_nrows: Sequence[Any] | None = None, name: str | None = None,
        validate: bool = True,
    ) -> "RaggedTensor":  # fmt: skip
        """Rows of rows: one `value_rowids` a ragged dimension, the outermost first."""
        counts = nested_nrows or [None] * len(nested_value_rowids)
        for ids, count in reversed(list(zip(nested_value_rowids, counts, strict=True))):
            flat_values = cls.from_value_rowids(flat_values, ids, count)
        return flat_values

    @classmethod
    def from_tensor(
        cls, tensor: Any, lengths: Any = None, padding: Any = None, ragged_rank: int = 1, name: str | None = None,
        row_splits_dtype: Any = None,
    ) -> "RaggedTensor":  # fmt: skip
        """The rows of a tensor: cut to `lengths` (a nested list of them for several dimensions), or without a trailing `padding` value.

        Shapes: (rows, columns, ...) -> rows of up to `columns`.
        """
        tensor = as_tensor(tensor)
        shape = tensor.shape
        if not 0 < ragged_rank < len(shape):
            raise InvalidArgumentError(f"ragged_rank is from 1 to {len(shape) - 1} for a tensor of shape {shape}; received {ragged_rank}.")
        if padding is not None and lengths is not None:
            raise InvalidArgumentError("from_tensor takes lengths or padding, not both.")
        if isinstance(lengths, (list, tuple)) and len(lengths) and np.ndim(lengths[0]) > 0:
            return cls.from_nested_row_lengths(_masked(tensor, lengths), lengths)
        if ragged_rank > 1:
            inner = cls.from_tensor(shaping.reshape(tensor, (-1, *shape[2:])), lengths, padding, ragged_rank - 1)
            return cls.from_uniform_row_length(inner, shape[1], shape[0])
        flat = shaping.reshape(tensor, (shape[0] * shape[1], *shape[2:]))
        if padding is None and lengths is None:
            return cls.from_uniform_row_length(flat, shape[1], shape[0])
        if padding is not None:
            same = np.asarray(tensor) == _like(padding, tensor)
            same = same.reshape(shape[0], shape[1], -1).all(-1)
            lengths = shape[1] - np.cumprod(same[:, ::-1], axis=1).sum(1)
        sizes = np.clip(_index(lengths, "lengths"), 0, shape[1])
        kept = np.flatnonzero(np.arange(shape[1])[None, :] < sizes[:, None])
        return cls.from_row_lengths(_rows(flat, kept), sizes)

    @classmethod
    def from_sparse(cls, st_input: Any, name: str | None = None, row_splits_dtype: Any = None) -> "RaggedTensor":
        """The rows of a SparseTensor of rank 2 whose values stand at the left."""
        indices, (rows, _) = np.asarray(st_input.indices), np.asarray(st_input.dense_shape).tolist()
        made = cls.from_value_rowids(st_input.values, indices[:, 0], rows)
        if (indices[:, 1] != made._positions()).any():
            raise InvalidArgumentError("from_sparse takes a SparseTensor whose rows are filled from the left, without gaps.")
        return made

    # What it is.
    @property
    def _ends(self) -> np.ndarray:
        return np.asarray(self.row_splits)

    @property
    def _nrows(self) -> int:
        if self.row_splits.is_symbolic:
            raise UntraceableError("how many rows a RaggedTensor has is known when there is data")
        return self.row_splits.shape[0] - 1

    def _positions(self) -> np.ndarray:
        """Of each value, its place in its row."""
        splits = self._ends
        return np.arange(splits[-1]) - np.repeat(splits[:-1], np.diff(splits))

    def _ids(self) -> np.ndarray:
        """Of each value, the number of its row."""
        return np.repeat(np.arange(self._nrows), np.diff(self._ends))

    @property
    def dtype(self) -> dtypes.DType:
        return self.values.dtype

    @property
    def shape(self) -> Shape:
        return Shape((self._nrows, self.uniform_row_length, *self.values.shape[1:]))

    def get_shape(self) -> Shape:
        return self.shape

    @property
    def ndim(self) -> int:
        return self.values.ndim + 1

    @property
    def ragged_rank(self) -> int:
        """How many ragged dimensions there are."""
        return 1 + (self.values.ragged_rank if isinstance(self.values, RaggedTensor) else 0)

    @property
    def flat_values(self) -> Tensor:
        """The innermost values, one after another."""
        return self.values.flat_values if isinstance(self.values, RaggedTensor) else self.values

    @property
    def nested_row_splits(self) -> tuple[Tensor, ...]:
        inner = self.values.nested_row_splits if isinstance(self.values, RaggedTensor) else ()
        return (self.row_splits, *inner)

    def nested_row_lengths(self, name: str | None = None) -> tuple[Tensor, ...]:
        return tuple(_splits(np.diff(np.asarray(each))) for each in self.nested_row_splits)

    def nested_value_rowids(self, name: str | None = None) -> tuple[Tensor, ...]:
        inner = self.values.nested_value_rowids() if isinstance(self.values, RaggedTensor) else ()
        return (self.value_rowids(), *inner)

    def row_lengths(self, axis: int = 1, name: str | None = None) -> Any:
        """The rows' lengths, int64; along an inner ragged dimension as a RaggedTensor."""
        axis = _axis(axis, self.ndim)
        if axis == 0:
            return self.nrows()
        if axis > 1:
            return self.with_values(self.values.row_lengths(axis - 1))
        return _splits(np.diff(self._ends))

    def nrows(self, out_type: Any = None, name: str | None = None) -> Tensor:
        return wrap(np.array(self._nrows, dtypes.standardize(out_type or "int64").numpy))

    def value_rowids(self, name: str | None = None) -> Tensor:
        """Of each value, the number of its row."""
        return _splits(self._ids())

    def row_starts(self, name: str | None = None) -> Tensor:
        return _splits(self._ends[:-1])

    def row_limits(self, name: str | None = None) -> Tensor:
        return _splits(self._ends[1:])

    def bounding_shape(self, axis: int | None = None, name: str | None = None, out_type: Any = None) -> Tensor:
        """The shape of the smallest dense tensor that holds all: int64."""
        inner = self.values.bounding_shape() if isinstance(self.values, RaggedTensor) else self.values.shape
        longest = int(np.diff(self._ends).max(initial=0))
        found = np.array([self._nrows, longest, *np.asarray(inner).tolist()[1:]], dtypes.standardize(out_type or "int64").numpy)
        return as_tensor(found if axis is None else found[axis])

    # Others like it.
    def with_values(self, new_values: Any) -> "RaggedTensor":
        """The same rows with other values."""
        values = new_values if isinstance(new_values, RaggedTensor) else as_tensor(new_values)
        if values.shape[0] != self.values.shape[0]:
            raise ShapeError(f"with_values takes {self.values.shape[0]} values, as there are now; received {values.shape[0]}.")
        return RaggedTensor(values, self.row_splits, self.uniform_row_length, internal=True)

    def with_flat_values(self, new_values: Any) -> "RaggedTensor":
        """The same rows with other innermost values."""
        inner = self.values.with_flat_values(new_values) if isinstance(self.values, RaggedTensor) else new_values
        return self.with_values(inner)

    def _each(self, function: Callable[[Any], Any]) -> "RaggedTensor":
        """The same rows with a function of their innermost values."""
        return self.with_flat_values(function(self.flat_values))

    def with_row_splits_dtype(self, dtype: Any) -> "RaggedTensor":
        """Itself: row splits are int64 here, which int32 indices work with."""
        dtypes.standardize(dtype)
        return self

    def merge_dims(self, outer_axis: int, inner_axis: int) -> Any:
        """The dimensions from outer_axis to inner_axis as one."""
        outer, inner = _axis(outer_axis, self.ndim), _axis(inner_axis, self.ndim)
        if outer >= inner:
            raise InvalidArgumentError(f"merge_dims: outer_axis={outer_axis} is less than inner_axis={inner_axis}.")
        if outer > 0:
            return self.with_values(_merged(self.values, outer - 1, inner - 1)) if outer > 1 else self._merge_inner(inner - 1)
        merged = self.values
        return merged if inner == 1 else _merged(merged, 0, inner - 1)

    def _merge_inner(self, count: int) -> "RaggedTensor":
        """This row dimension and the next `count` as one row dimension."""
        values, splits = self.values, self._ends
        for _ in range(count):
            if isinstance(values, RaggedTensor):
                splits, values = values._ends[splits], values.values
            else:
                splits, values = splits * values.shape[1], shaping.reshape(values, (-1, *values.shape[2:]))
        return RaggedTensor._made(values, splits, "merge_dims")

    def take_rows(self, rows: Any) -> "RaggedTensor":
        """The rows of these numbers, in this order (a NumPy array of integers)."""
        rows = np.asarray(rows, np.int64)
        splits = self._ends
        lengths = np.diff(splits)[rows]
        ends = _cumulated(lengths)
        places = np.repeat(splits[rows] - ends[:-1], lengths) + np.arange(ends[-1])
        return RaggedTensor(_rows(self.values, places), _splits(ends), self.uniform_row_length, internal=True)

    # Leaving.
    def to_list(self) -> list[Any]:
        """Nested lists of Python values."""
        inner = self.values.to_list() if isinstance(self.values, RaggedTensor) else np.asarray(self.values).tolist()
        splits = self._ends.tolist()
        return [inner[a:b] for a, b in zip(splits[:-1], splits[1:], strict=True)]

    def numpy(self) -> np.ndarray:
        """An object array of the rows' arrays; a plain array when all rows have one shape."""
        inner = self.values.numpy()
        splits = self._ends.tolist()
        rows = [inner[a:b] for a, b in zip(splits[:-1], splits[1:], strict=True)]
        if rows and all(row.shape == rows[0].shape for row in rows):
            return np.stack(rows)
        out = np.empty(len(rows), object)
        out[:] = rows
        return out

    def to_tensor(self, default_value: Any = None, name: str | None = None, shape: Any = None) -> Tensor:
        """A dense tensor: shorter rows are filled up with `default_value` (0, '' or False), longer ones than `shape` cut."""
        flat, depth = self.flat_values, self.ragged_rank
        sizes = np.asarray(self.bounding_shape()).tolist()
        if shape is not None:
            wanted = [None if size in (None, -1) else int(size) for size in (shape.as_list() if hasattr(shape, "as_list") else shape)]
            if len(wanted) != len(sizes):
                raise ShapeError(f"to_tensor: shape has {len(sizes)} sizes for this tensor of shape {self.shape}; received {shape}.")
            sizes = [size if want is None else want for size, want in zip(sizes, wanted, strict=True)]
        outer = tuple(sizes[: depth + 1])
        coordinates = self._coordinates()
        inside = np.all([c < size for c, size in zip(coordinates, outer, strict=True)], axis=0)
        # A gather from the values, with the default as one more: `source` says which value each place shows.
        count = flat.shape[0]
        source = np.full(outer, count, np.int64)
        source[tuple(c[inside] for c in coordinates)] = np.flatnonzero(inside)
        if default_value is None:
            default_value = b"" if flat.dtype == "string" else np.zeros((), flat._value.dtype)
        filler = shaping.broadcast_to(as_tensor(default_value, flat.dtype), (1, *flat.shape[1:]))
        dense = _rows(shaping.concatenate([flat, filler], axis=0), source)
        if tuple(dense.shape[depth + 1 :]) != tuple(sizes[depth + 1 :]):
            raise ShapeError(f"to_tensor: the inner sizes of this tensor are {flat.shape[1:]}; shape asks for {sizes[depth + 1 :]}.")
        return dense

    def _coordinates(self) -> list[np.ndarray]:
        """Of each flat value, its index in every dimension down to the innermost ragged one."""
        if not isinstance(self.values, RaggedTensor):
            return [self._ids(), self._positions()]
        rows, *inner = self.values._coordinates()
        return [self._ids()[rows], self._positions()[rows], *inner]

    def to_sparse(self, name: str | None = None) -> Any:
        """The same as a SparseTensor: one value a value."""
        flat = self.flat_values
        indices = np.stack(self._coordinates(), axis=1)
        if flat.ndim > 1:
            inner = np.stack(np.unravel_index(np.arange(int(np.prod(flat.shape))), flat.shape), axis=1)
            indices = np.concatenate([indices[inner[:, 0]], inner[:, 1:]], axis=1)
            flat = shaping.reshape(flat, (-1,))
        return SparseTensor(indices, flat, self.bounding_shape())

    # Python's manners.
    def __bool__(self) -> bool:
        raise DtypeError("A RaggedTensor has no truth value: reduce it to one, as in tf.reduce_any.")

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(self._nrows))

    def __getitem__(self, key: Any) -> Any:
        keys = key if isinstance(key, tuple) else (key,)
        if any(each is Ellipsis for each in keys):
            at = next(i for i, each in enumerate(keys) if each is Ellipsis)
            given = sum(each is not None for each in keys) - 1
            keys = (*keys[:at], *[slice(None)] * (self.ndim - given), *keys[at + 1 :])
        return self._picked(keys)

    def _picked(self, keys: tuple) -> Any:
        if not keys:
            return self
        first, *rest = keys
        if first is None:
            uniform = self._nrows if self.uniform_row_length else None
            made = RaggedTensor._made(self, np.array([0, self._nrows], np.int64), "newaxis", uniform)
            return made._picked((slice(None), *rest)) if rest else made
        if isinstance(first, slice):
            first = slice(*(None if each is None else int(each) for each in (first.start, first.stop, first.step)))
            picked = self if first == slice(None) else self.take_rows(np.arange(self._nrows)[first])
            return picked._inside(tuple(rest)) if rest else picked
        if isinstance(first, (list, np.ndarray)) or is_tensor(first) and as_tensor(first).ndim:
            raise DtypeError("A RaggedTensor is indexed by integers, slices and None: use tf.gather or tf.ragged.boolean_mask.")
        i = int(first)
        if not -self._nrows <= i < self._nrows:
            raise IndexError(f"Row key {i} out of bounds: there are {self._nrows} rows.")
        a, b = self._ends[i % self._nrows : i % self._nrows + 2].tolist()
        row = self.values[a:b]
        return row[tuple(rest)] if rest else row

    def _inside(self, keys: tuple) -> Any:
        """The same rows, each of them indexed by keys."""
        first, *rest = keys
        if first is None:
            made = self.with_values(shaping.expand_dims(self.values, 0)[0][:, None])
            return made._deeper(tuple(rest)) if rest else made
        if not isinstance(first, slice):
            if self.uniform_row_length is None:
                raise ArgumentError(
                    "Cannot index into an inner ragged dimension: the rows differ in length, so not all have this element. "
                    f"Use a slice ([:, {first}:{first + 1 or None}] if an int), or to_tensor() first."
                )
            return _rows(self.values, self._ends[:-1] + int(first) % self.uniform_row_length)
        if first == slice(None):
            made = self
        else:
            bounds = [None if each is None else int(each) for each in (first.start, first.stop, first.step)]
            spans = [range(*slice(*bounds).indices(length)) for length in np.diff(self._ends).tolist()]
            lengths = np.array([len(span) for span in spans], np.int64)
            starts = self._ends[:-1]
            places = [start + np.asarray(span, np.int64) for start, span in zip(starts.tolist(), spans, strict=True)]
            chosen = np.concatenate(places) if places else np.zeros(0, np.int64)
            uniform = self.uniform_row_length and len(range(*slice(*bounds).indices(self.uniform_row_length)))
            made = RaggedTensor._made(_rows(self.values, chosen), _cumulated(lengths), "slice", uniform)
        return made._deeper(tuple(rest)) if rest else made

    def _deeper(self, keys: tuple) -> Any:
        return self.with_values(self.values[(slice(None), *keys)])

    def __repr__(self) -> str:
        if self.flat_values.is_traced or self.row_splits.is_traced:
            return f"<tf.RaggedTensor: dtype={self.dtype}, ragged_rank={self.ragged_rank}, traced>"
        return f"<tf.RaggedTensor {_printed(self.numpy())}>"

    def __hornbeam_text__(self, summarize: int) -> str:
        """As `tf.print` writes it: at most `summarize` rows, or elements of a row, at each end."""
        return _text(self.to_list(), summarize)

    def __reduce__(self):
        return _unpickled, (self.values, self.row_splits, self.uniform_row_length)

    def __hornbeam_composite__(self, op: Op, operands: Sequence[Any], rest: tuple, kwargs: dict) -> Any:
        from hornbeam.ops.composite.ragged_door import apply

        return apply(op, operands, rest, kwargs)

    def __hornbeam_call__(self, function: Callable, args: tuple, kwargs: dict, error: Exception) -> Any:
        from hornbeam.ops.composite.ragged_door import call

        return call(function, args, kwargs, error)

    @property
    def __hornbeam_spec__(self) -> "RaggedTensorSpec":
        return RaggedTensorSpec.from_value(self)


def _operator(name: str) -> Any:
    return lambda self, *other: getattr(Tensor, name)(self, *other)  # found when used: TensorFlow's strict ones may take their place


_OPERATORS = """
    add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow matmul rmatmul
    and rand or ror xor rxor lt le gt ge eq ne neg abs invert
"""
for _name in _OPERATORS.split():
    setattr(RaggedTensor, f"__{_name}__", _operator(f"__{_name}__"))

jax.tree_util.register_pytree_node(
    RaggedTensor,
    lambda ragged: ((ragged.values, ragged.row_splits), ragged.uniform_row_length),
    lambda uniform, children: RaggedTensor(children[0], children[1], uniform, internal=True),
)


class RaggedTensorSpec:
    """What is known of RaggedTensors beforehand: the shape (None: not known), the dtype, how many dimensions are ragged."""

    def __init__(self, shape: Any = None, dtype: Any = "float32", ragged_rank: int | None = None, row_splits_dtype: Any = "int64"):
        self.shape = None if shape is None else Shape(shape)
        self.dtype, self.row_splits_dtype = dtypes.standardize(dtype), dtypes.standardize(row_splits_dtype)
        if ragged_rank is None:
            if shape is None:
                raise ArgumentError("RaggedTensorSpec needs a shape or a ragged_rank.")
            ragged_rank = len(self.shape) - 1
        self.ragged_rank = ragged_rank

    @classmethod
    def from_value(cls, value: RaggedTensor) -> "RaggedTensorSpec":
        return cls(value.shape, value.dtype, value.ragged_rank)

    value_type = RaggedTensor

    def is_compatible_with(self, value: Any) -> bool:
        """Whether a RaggedTensor, or all that another spec describes, is of this kind."""
        other = value if isinstance(value, RaggedTensorSpec) else RaggedTensorSpec.from_value(value)
        same = (self.dtype, self.ragged_rank) == (other.dtype, other.ragged_rank)
        if not same or self.shape is None or other.shape is None:
            return same
        pairs = zip(self.shape, other.shape, strict=False)
        return len(self.shape) == len(other.shape) and all(a in (None, b) or b is None for a, b in pairs)

    def __repr__(self) -> str:
        shape = "None" if self.shape is None else repr(self.shape)
        return f"RaggedTensorSpec({shape}, {self.dtype!r}, {self.ragged_rank}, {self.row_splits_dtype!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RaggedTensorSpec) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple:
        return None if self.shape is None else tuple(self.shape), self.dtype, self.ragged_rank


def _unpickled(values: Any, row_splits: Tensor, uniform: int | None) -> RaggedTensor:
    return RaggedTensor(values, row_splits, uniform, internal=True)


def _index(value: Any, name: str) -> np.ndarray:
    """Row splits, lengths or numbers as int64."""
    array = np.asarray(as_tensor(value) if is_tensor(value) else value)
    if array.ndim != 1 or array.size and array.dtype.kind not in "iu":
        raise InvalidArgumentError(f"{name} is a vector of integers; received shape {array.shape} of {array.dtype}.")
    return array.astype(np.int64)


def _splits(array: np.ndarray) -> Tensor:
    array = np.array(array, np.int64)
    array.flags.writeable = False
    return wrap(array)


def _cumulated(lengths: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def _rows(values: Any, places: np.ndarray) -> Any:
    """values[places], whatever the values are."""
    if isinstance(values, RaggedTensor):
        return values.take_rows(places)
    if type(values._value) is np.ndarray:
        return indexing.get_item(values, np.asarray(places))
    return indexing.take(values, np.asarray(places), axis=0)


def _merged(values: Any, outer: int, inner: int) -> Any:
    if isinstance(values, RaggedTensor):
        return values.merge_dims(outer, inner)
    shape = values.shape
    return shaping.reshape(values, (*shape[:outer], -1, *shape[inner + 1 :]))


def _masked(tensor: Tensor, lengths: Sequence[Any]) -> Tensor:
    """The values of a tensor that nested row lengths keep."""
    inner = tensor
    for i, each in enumerate(lengths):
        sizes = _index(each, "lengths")
        shape = inner.shape
        if i:
            inner = shaping.reshape(inner, (-1, *shape[1:]))
        kept = np.flatnonzero((np.arange(inner.shape[1])[None, :] < sizes[:, None]).ravel())
        inner = _rows(shaping.reshape(inner, (-1, *inner.shape[2:])), kept)
    return inner


def _like(value: Any, tensor: Tensor) -> Any:
    return value.encode() if isinstance(value, str) else np.asarray(value)


def _axis(axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        raise InvalidArgumentError(f"axis={axis} is outside a tensor of {rank} dimensions.")
    return axis % rank


def _text(value: Any, summarize: int) -> str:
    if isinstance(value, list):
        long = 0 <= 2 * summarize < len(value)
        shown = [*value[:summarize], ..., *value[len(value) - summarize :]] if long else value
        return "[" + ", ".join(_text(each, summarize) for each in shown) + "]"
    if value is ...:
        return "..."
    return repr(value.decode(errors="replace")) if isinstance(value, bytes) else f"{value:f}" if isinstance(value, float) else str(value)


def _printed(value: Any) -> str:
    """NumPy's print of nested rows, with Python's forms of the numbers."""
    if not isinstance(value, np.ndarray):
        return repr(value) if isinstance(value, (bytes, str)) else str(value)
    if not value.size and value.ndim > 1:
        return "[" + ", ".join(map(_printed, value)) + "]"
    return np.array2string(value, separator=", ", formatter={"all": _printed})
