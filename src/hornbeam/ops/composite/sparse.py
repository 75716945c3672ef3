"""SparseTensor: the elements that are there, each with its indices; all others are 0 (or '')."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import Op
from hornbeam.engine.errors import CompositeError, InvalidArgumentError, ShapeError
from hornbeam.engine.tensor import Shape, Tensor, as_tensor
from hornbeam.ops import elementwise, indexing, linalg, shaping
from hornbeam.ops.tf.printing import text_of


class SparseTensor:
    """A tensor that is mostly empty.

    Args:
        indices: int64, (elements, dimensions): where each element stands. Most operations want them in order (`tf.sparse.reorder`).
        values: (elements,): what stands there.
        dense_shape: int64, (dimensions,): the shape of the whole.
    """

    __array_priority__ = 1000

    def __init__(self, indices: Any, values: Any, dense_shape: Any):
        self.indices, self.values = as_tensor(indices, "int64"), as_tensor(values)
        self.dense_shape = as_tensor(np.asarray(dense_shape, np.int64) if not isinstance(dense_shape, Tensor) else dense_shape, "int64")
        ranks = self.indices.ndim, self.values.ndim, self.dense_shape.ndim
        if ranks != (2, 1, 1):
            raise ShapeError(
                "A SparseTensor has indices of shape (elements, dimensions), values of shape (elements,) and a dense_shape of shape "
                f"(dimensions,); received {self.indices.shape}, {self.values.shape} and {self.dense_shape.shape}."
            )
        (count, rank) = self.indices.shape
        if count != self.values.shape[0] or rank != self.dense_shape.shape[0]:
            raise ShapeError(
                f"A SparseTensor has one value for each of its {count} rows of indices and one size for each of their {rank} columns; "
                f"received {self.values.shape[0]} values and {self.dense_shape.shape[0]} sizes."
            )

    @property
    def dtype(self) -> dtypes.DType:
        return self.values.dtype

    @property
    def shape(self) -> Shape:
        return Shape(self._sizes())

    def get_shape(self) -> Shape:
        return self.shape

    @property
    def ndim(self) -> int:
        return self.indices.shape[1]

    # SciPy's names, by which whatever reads its sparse matrices (the feed of `fit`) reads these.
    @property
    def nnz(self) -> int:
        """How many elements there are."""
        return self.indices.shape[0]

    def toarray(self) -> np.ndarray:
        """A dense NumPy array."""
        from hornbeam.ops.composite.sparse_functions import to_dense

        return to_dense(self, validate_indices=False).numpy()

    def _sizes(self) -> tuple[int, ...]:
        return tuple(np.asarray(self.dense_shape).tolist())

    def with_values(self, new_values: Any) -> "SparseTensor":
        """Other values at the same places."""
        return SparseTensor(self.indices, new_values, self.dense_shape)

    def _checked(self) -> np.ndarray:
        """The indices, which lie inside and are in order."""
        indices, sizes = np.asarray(self.indices), self._sizes()
        outside = ((indices < 0) | (indices >= np.asarray(sizes))).any(1)
        if outside.any():
            at = int(outside.argmax())
            raise InvalidArgumentError(f"indices[{at}] = {indices[at].tolist()} is out of bounds: need 0 <= index < {list(sizes)}")
        flat = np.ravel_multi_index(tuple(indices.T), sizes) if len(indices) else np.zeros(0, np.int64)
        wrong = np.diff(flat) <= 0
        if wrong.any():
            at = int(wrong.argmax()) + 1
            kind = "is repeated" if flat[at] == flat[at - 1] else "is out of order: tf.sparse.reorder puts indices into order"
            raise InvalidArgumentError(f"indices[{at}] = {indices[at].tolist()} {kind}.")
        return indices

    def __repr__(self) -> str:
        return f"SparseTensor(indices={self.indices!s}, values={self.values!s}, dense_shape={self.dense_shape!s})"

    def __hornbeam_text__(self, summarize: int) -> str:
        """As `tf.print` writes it."""
        parts = [text_of(np.asarray(each), summarize) for each in (self.indices, self.values, self.dense_shape)]
        return f"'SparseTensor(indices={parts[0]}, values={parts[1]}, shape={parts[2]})'"

    def __reduce__(self):
        return SparseTensor, (self.indices, self.values, self.dense_shape)

    def __mul__(self, other: Any) -> Any:
        return scaled(self, other, "multiply")

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return scaled(self, other, "divide")

    def __matmul__(self, other: Any) -> Any:
        from hornbeam.ops.composite.sparse_functions import sparse_dense_matmul

        return sparse_dense_matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        from hornbeam.ops.composite.sparse_functions import sparse_dense_matmul

        return sparse_dense_matmul(other, self)

    def __hornbeam_composite__(self, op: Op, operands: Sequence[Any], rest: tuple, kwargs: dict) -> Any:
        return _apply(op, operands, rest, kwargs)

    def __hornbeam_call__(self, function: Callable, args: tuple, kwargs: dict, error: Exception) -> Any:
        if (of_sizes := _OF_SIZES.get(function.__name__)) is not None:
            return of_sizes(self, kwargs.get("out_type") or (args[1:2] or ["int32"])[0])
        if function.__name__ not in _ON_VALUES:
            raise error
        first = next((name for name, value in kwargs.items() if value is self), None)
        if first is not None:
            return self.with_values(function(*args, **{**kwargs, first: self.values}))
        return self.with_values(function(*[self.values if each is self else each for each in args], **kwargs))

    @property
    def __hornbeam_spec__(self) -> "SparseTensorSpec":
        return SparseTensorSpec.from_value(self)


def _unflattened(_: Any, children: Sequence[Any]) -> SparseTensor:
    made = SparseTensor.__new__(SparseTensor)
    made.indices, made.values, made.dense_shape = children
    return made


jax.tree_util.register_pytree_node(SparseTensor, lambda sparse: ((sparse.indices, sparse.values, sparse.dense_shape), None), _unflattened)


class SparseTensorSpec:
    """What is known of SparseTensors beforehand: the shape (None: not known) and the dtype."""

    value_type = SparseTensor

    def __init__(self, shape: Any = None, dtype: Any = "float32"):
        self.shape, self.dtype = None if shape is None else Shape(shape), dtypes.standardize(dtype)

    @classmethod
    def from_value(cls, value: SparseTensor) -> "SparseTensorSpec":
        return cls(value.shape, value.dtype)

    def is_compatible_with(self, value: Any) -> bool:
        """Whether a SparseTensor, or all that another spec describes, is of this kind."""
        if self.dtype != value.dtype or self.shape is None or value.shape is None:
            return self.dtype == value.dtype
        pairs = zip(self.shape, value.shape, strict=False)
        return len(self.shape) == len(value.shape) and all(a in (None, b) or b is None for a, b in pairs)

    def __repr__(self) -> str:
        return f"SparseTensorSpec({'None' if self.shape is None else repr(self.shape)}, {self.dtype!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SparseTensorSpec) and (self.shape, self.dtype) == (other.shape, other.dtype)

    def __hash__(self) -> int:
        return hash((self.shape, self.dtype))


_ON_VALUES = ("abs", "absolute", "negative", "sign", "square", "sqrt", "cast", "tanh", "sinh", "sin", "tan", "arcsinh", "expm1", "log1p",
              "round", "floor", "ceil", "relu", "real", "imag", "conjugate", "identity")  # fmt: skip


_OF_SIZES: dict[str, Callable[[SparseTensor, Any], Tensor]] = {
    "shape": lambda sparse, dtype: as_tensor(np.asarray(sparse.dense_shape), dtype),
    "size": lambda sparse, dtype: as_tensor(np.prod(sparse._sizes(), dtype=np.int64), dtype),
    "rank": lambda sparse, dtype: as_tensor(np.array(sparse.ndim, np.int32)),
}


def _apply(op: Op, operands: Sequence[Any], rest: tuple, kwargs: dict) -> Any:
    """What an operation is for a SparseTensor: of the values alone where zero stays zero."""
    name = op.function.__name__.strip("_")
    if len(operands) == 1 and name in _ON_VALUES:
        return operands[0].with_values(op(operands[0].values, *rest, **kwargs))
    if op.function is elementwise.multiply.function:
        a, b = operands if isinstance(operands[0], SparseTensor) else reversed(list(operands))
        return scaled(a, b, "multiply")
    if op.function is elementwise.divide.function and isinstance(operands[0], SparseTensor):
        return scaled(operands[0], operands[1], "divide")
    if op.function is linalg.matmul.function:
        from hornbeam.ops.composite.sparse_functions import sparse_dense_matmul

        return sparse_dense_matmul(*operands)
    raise CompositeError(next(each for each in operands if isinstance(each, SparseTensor)), op.name)


def scaled(sparse: SparseTensor, other: Any, how: str) -> Any:
    """A SparseTensor times or by a dense tensor, which broadcasts to it: only what is there counts."""
    if isinstance(other, SparseTensor):
        return NotImplemented
    operation = getattr(elementwise, how)
    if isinstance(other, (int, float)):
        return sparse.with_values(operation(sparse.values, other))
    dense = as_tensor(other)
    if dense.ndim:
        spread = shaping.broadcast_to(dense, sparse._sizes())
        dense = indexing.get_item(spread, tuple(np.asarray(sparse.indices).T))
    return sparse.with_values(operation(sparse.values, dense))
