"""`tf.Variable`: a Variable with TensorFlow's constructor and strictness, and its methods that write at places."""

import enum
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from hornbeam.engine import dtypes, strict, variable
from hornbeam.engine.errors import ArgumentError, ConversionError, ShapeError
from hornbeam.engine.module import scoped
from hornbeam.engine.shape import Shape
from hornbeam.engine.tensor import Reference, Tensor, as_tensor, is_tensor
from hornbeam.ops import indexing
from hornbeam.ops.tf import gathering, tensors


class VariableSynchronization(enum.Enum):
    """When the copies of a Variable on several devices are brought together. One device: all are the same."""

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


class VariableAggregation(enum.Enum):
    """How the copies of a Variable on several devices are brought together. One device: all are the same."""

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3


class IndexedSlices:
    """Slices of a tensor along its first axis: `values[i]` stands at `indices[i]` of a tensor of shape `dense_shape`."""

    def __init__(self, values: Any, indices: Any, dense_shape: Any = None):
        self.values, self.indices = as_tensor(values), as_tensor(indices)
        self.dense_shape = None if dense_shape is None else as_tensor(dense_shape)

    @property
    def dtype(self) -> dtypes.DType:
        return self.values.dtype

    @property
    def shape(self) -> Shape:
        return Shape(None if self.dense_shape is None else np.asarray(self.dense_shape).tolist())

    def __hornbeam_tensor__(self) -> Tensor:
        """The whole tensor, zero elsewhere; slices at the same place are added."""
        if self.dense_shape is None:
            raise ArgumentError("IndexedSlices without a `dense_shape` cannot become a tensor: nothing says how large it is.")
        return indexing.scatter(indexing.get_item(self.indices, (..., None)), self.values, np.asarray(self.dense_shape).tolist())

    def __repr__(self) -> str:
        return f"IndexedSlices(indices={self.indices}, values={self.values}, dense_shape={self.dense_shape})"


class _AnyVariable(type):
    """A layer's weights are instances of `tf.Variable` too."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, variable.Variable) if cls is Variable else type.__instancecheck__(cls, instance)


class Variable(variable.Variable, metaclass=_AnyVariable):
    """A tensor that can be assigned to, made as TensorFlow makes it.

    Args:
        initial_value: anything a tensor can be made of, or a function without arguments that gives it.
        trainable: whether tapes watch it and optimizers change it.
        name: for messages; `.name` is this with ':0' behind.
        dtype: the element type; by default the value's own.
        constraint: applied by optimizers after each step.
        shape: what later values may have: None for a size that may change, `tf.TensorShape(None)` for any shape. By default the value's.
        synchronization, aggregation: kept and handed back.
        validate_shape, caching_device, variable_def, import_scope, experimental_enable_variable_lifting: accepted, without effect.

    Errors: a value of another type raises `ConversionError` (a ValueError and TypeError), of another shape `ShapeError`.
    """

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: str | None = None,
        constraint: Callable | None = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
        shape: Any = None,
        experimental_enable_variable_lifting: bool = True,
    ):
        if initial_value is None:
            raise ArgumentError("A tf.Variable needs an initial value: tf.Variable(tf.zeros(shape)), tf.Variable(1.0), ...")
        value = initial_value() if callable(initial_value) and not is_tensor(initial_value) else initial_value
        kind = None if dtype is None else dtypes.standardize(dtype).numpy
        value = tensors.convert_to_tensor(value) if kind is None else strict.taken(value, kind, "Variable")
        trainable = trainable is None or bool(trainable)
        super().__init__(value, trainable, name=scoped(name or "Variable"), constraint=constraint, autocast=False)
        self.name = f"{self.path}:0"
        self.synchronization, self.aggregation = synchronization, aggregation
        if shape is not None:
            Shape(shape).assert_is_compatible_with(self.shape)
            self.shape = Shape(shape)

    # Reading.
    def value(self) -> Tensor:  # type: ignore[override]
        """The current value."""
        return self.__hornbeam_tensor__()

    @property
    def spec(self) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct(self.__hornbeam_tensor__(raw=True)._value.shape, self._numpy_dtype)

    def initialized_value(self) -> Tensor:
        return self.value()

    def is_initialized(self, name: str | None = None) -> Tensor:
        return as_tensor(True)

    def sparse_read(self, indices: Any, name: str | None = None) -> Tensor:
        """The slices along the first axis at `indices`."""
        return indexing.take(self, indices, 0)

    def gather_nd(self, indices: Any, name: str | None = None) -> Tensor:
        """The elements or slices whose places the last axis of `indices` holds."""
        return gathering.gather_nd(self, indices)

    def set_shape(self, shape: Any) -> None:
        self.shape = self.shape.merge_with(shape)

    def ref(self) -> Reference:
        """A key for dicts and sets that stands for this very Variable."""
        return Reference(self)

    experimental_ref = ref

    # Writing.
    def assign(self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> "Variable":
        """Replace the value by one of this type and shape."""
        tensor = strict.taken(value, self._numpy_dtype, self.path)
        if not self.shape.is_compatible_with(tensor._value.shape):
            raise ShapeError(f"Variable '{self.path}' has shape {self.shape}; it was assigned a value of shape {tensor.shape}.")
        self._replace(tensor, shared=is_tensor(value) and tensor is not value)
        return self

    def assign_add(self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> "Variable":
        """Add `delta` in place."""
        return self.assign(self.value() + strict.taken(delta, self._numpy_dtype, self.path))

    def assign_sub(self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> "Variable":
        """Subtract `delta` in place."""
        return self.assign(self.value() - strict.taken(delta, self._numpy_dtype, self.path))

    def scatter_nd_update(self, indices: Any, updates: Any, name: str | None = None) -> "Variable":
        """Replace the elements or slices whose places the last axis of `indices` holds."""
        return self._scattered(indices, updates, None)

    def scatter_nd_add(self, indices: Any, updates: Any, name: str | None = None) -> "Variable":
        return self._scattered(indices, updates, "add")

    def scatter_nd_sub(self, indices: Any, updates: Any, name: str | None = None) -> "Variable":
        return self._scattered(indices, -strict.taken(updates, self._numpy_dtype, self.path), "add")

    def scatter_nd_max(self, indices: Any, updates: Any, name: str | None = None) -> "Variable":
        return self._scattered(indices, updates, "max")

    def scatter_nd_min(self, indices: Any, updates: Any, name: str | None = None) -> "Variable":
        return self._scattered(indices, updates, "min")

    def scatter_update(self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None) -> "Variable":
        """Replace the slices along the first axis that `sparse_delta` names; its kin add, subtract, multiply, ..."""
        return self._sliced(sparse_delta, None)

    def scatter_add(self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None) -> "Variable":
        return self._sliced(sparse_delta, "add")

    def scatter_sub(self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None) -> "Variable":
        return self._sliced(IndexedSlices(-sparse_delta.values, sparse_delta.indices), "add")

    def scatter_mul(self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None) -> "Variable":
        return self._sliced(sparse_delta, "mul")

    def scatter_div(self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None) -> "Variable":
        return self._sliced(IndexedSlices(1 / sparse_delta.values, sparse_delta.indices), "mul")

    def scatter_max(self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None) -> "Variable":
        return self._sliced(sparse_delta, "max")

    def scatter_min(self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None) -> "Variable":
        return self._sliced(sparse_delta, "min")

    def _sliced(self, delta: IndexedSlices, how: str | None) -> "Variable":
        if not isinstance(delta, IndexedSlices):
            kind = type(delta).__name__
            raise ConversionError(f"Variable '{self.path}': scatter_* take tf.IndexedSlices(values, indices); received {kind}.")
        return self._scattered(indexing.get_item(delta.indices, (..., None)), delta.values, how)

    def _scattered(self, indices: Any, updates: Any, how: str | None) -> "Variable":
        updates = strict.taken(updates, self._numpy_dtype, self.path)
        self._replace(indexing.scatter_update(self.value(), indices, updates, how))
        return self

    def __deepcopy__(self, memo: dict) -> "Variable":
        copy = Variable(self.numpy(), self.trainable, name=self.path, dtype=self.dtype, constraint=self.constraint, shape=self.shape)
        memo[id(self)] = copy
        return copy

    def __reduce__(self) -> Any:
        return _again, (self.numpy(), self.trainable, self.path, self.dtype)


def assign(ref: Any, value: Any, validate_shape: bool | None = None, use_locking: bool | None = None, name: str | None = None) -> Any:
    """`ref.assign(value)`."""
    return ref.assign(value)


def assign_add(ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None) -> Any:
    """`ref.assign_add(value)`."""
    return ref.assign_add(value)


def assign_sub(ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None) -> Any:
    """`ref.assign_sub(value)`."""
    return ref.assign_sub(value)


def _again(value: Any, trainable: bool, name: str, dtype: Any) -> Variable:
    return Variable(value, trainable, name=name, dtype=dtype)
