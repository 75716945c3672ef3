"""TensorArray: tensors kept by number, written one at a time in a loop and then stacked.

It has one of two forms. As long as the numbers are known in Python it is a list. Written at a place that only the program knows, it
is one tensor of a fixed number of rows; a loop that carries it brings it to that form before it begins.
"""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import op
from hornbeam.engine.effects import HostOnly, Unstageable
from hornbeam.engine.errors import ArgumentError, InvalidArgumentError, OutOfRangeError, ShapeError
from hornbeam.engine.pure import local
from hornbeam.engine.tensor import Shape, Tensor, as_tensor, is_tensor, wrap
from hornbeam.ops import shaping
from hornbeam.ops.indexing import take


@op(3, name="tensor_array_write")
def _write(rows: Any, value: Any, index: Any) -> Any:
    return jnp.asarray(rows).at[index].set(value)


@op(2, name="tensor_array_read")
def _read(rows: Any, index: Any) -> Any:
    return jax.lax.dynamic_index_in_dim(jnp.asarray(rows), index, 0, keepdims=False)


class TensorArray:
    """A list of tensors of one type.

    Args:
        dtype: of its elements.
        size: how many there are.
        dynamic_size: whether it grows when written past its end.
        clear_after_read: accepted; an element may be read again here.
        infer_shape: whether all elements must have the first one's shape.
        element_shape: their shape, where it is known.

    Errors: a write past the end raises `OutOfRangeError`, an element of another type `InvalidArgumentError`.
    """

    def __init__(
        self,
        dtype: Any,
        size: Any = None,
        dynamic_size: bool | None = None,
        clear_after_read: bool | None = None,
        tensor_array_name: str | None = None,
        handle: Any = None,
        flow: Any = None,
        infer_shape: bool = True,
        element_shape: Any = None,
        colocate_with_first_write_call: bool = True,
        name: str | None = None,
    ):
        self.dtype = dtypes.standardize(dtype)
        self.dynamic_size = bool(dynamic_size)
        self._infer_shape = infer_shape
        self._declared = None if element_shape is None else Shape(element_shape)
        if is_tensor(size) and as_tensor(size).is_traced:
            raise HostOnly("A TensorArray whose size only the program knows cannot be compiled.")
        self._items: list[Any] | None = [None] * int(size or 0)
        self._rows: Any = None  # the other form

    # What it is.
    @property
    def element_shape(self) -> Any:
        shapes = {tuple(item.shape) for item in self._items or () if item is not None}
        if self._rows is not None:
            shapes = {tuple(self._rows.shape[1:])}
        return Shape(shapes.pop()) if len(shapes) == 1 else self._declared

    @property
    def handle(self) -> None:
        return None

    @property
    def flow(self) -> Tensor:
        return wrap(np.zeros((), np.float32))

    def size(self, name: str | None = None) -> Tensor:
        return wrap(np.array(len(self), np.int32))

    def __len__(self) -> int:
        return len(self._items) if self._items is not None else self._rows.shape[0]

    def __repr__(self) -> str:
        return f"<TensorArray of {len(self)} elements, {self.dtype}, element_shape={self.element_shape}>"

    def _with(self, items: list[Any] | None, rows: Any = None) -> "TensorArray":
        """The array after a change: itself in eager code, as in TensorFlow, a new one inside a program."""
        changed = self if local.scope is None else self.__copy__()
        changed._items, changed._rows = items, rows
        return changed

    def __copy__(self) -> "TensorArray":
        copy = TensorArray.__new__(TensorArray)
        copy.__dict__.update(self.__dict__)
        return copy

    def _element(self, value: Any) -> Tensor:
        tensor = as_tensor(value, None if is_tensor(value) or hasattr(value, "dtype") else _fitting(value, self.dtype))
        if tensor.dtype != self.dtype:
            raise InvalidArgumentError(
                f"This TensorArray holds {self.dtype}; it was given {tensor.dtype}. Cast the element: tf.cast(value, tf.{self.dtype})."
            )
        known = self.element_shape
        if self._infer_shape and known is not None and not _agree(known, tensor.shape):
            raise ShapeError(f"This TensorArray holds elements of shape {known}; it was given one of shape {tensor.shape}.")
        return tensor

    # One at a time.
    def write(self, index: Any, value: Any, name: str | None = None) -> "TensorArray":
        """The array with element `index` set. Inside a compiled function use what this returns: `array = array.write(i, x)`."""
        index, element = as_tensor(index), self._element(value)
        if self._items is None or index.is_traced:
            if self.dynamic_size and index.is_traced:
                raise _growing()
            rows = self._rows if self._rows is not None else self.as_rows(tuple(element.shape))._rows
            return self._with(None, _write(rows, element, index))
        place = int(index)
        items = list(self._items)
        if place >= len(items) and self.dynamic_size:
            items += [None] * (place + 1 - len(items))
        if not 0 <= place < len(items):
            raise OutOfRangeError(
                f"Element {place} of a TensorArray of {len(items)} was written. Give it a larger size, or dynamic_size=True."
            )
        items[place] = element
        return self._with(items)

    def read(self, index: Any, name: str | None = None) -> Tensor:
        index = as_tensor(index)
        if self._items is None or index.is_traced:
            return _read(self._rows if self._items is None else self.stack(), index)
        place = int(index)
        if not 0 <= place < len(self._items):
            raise OutOfRangeError(f"Element {place} of a TensorArray of {len(self._items)} was read.")
        return self._items[place] if self._items[place] is not None else self._missing()

    def _missing(self) -> Tensor:
        shape = self.element_shape
        if shape is None or not Shape(shape).is_fully_defined():
            raise InvalidArgumentError("An element of a TensorArray was read that was never written, and its shape is not known.")
        return wrap(np.zeros(tuple(shape), self.dtype.numpy))

    # All at once.
    def stack(self, name: str | None = None) -> Tensor:
        """Its elements as one tensor; those never written are zero."""
        if self._items is None:
            return self._rows
        if not self._items:
            shape = self.element_shape or ()
            return wrap(np.zeros((0, *(size or 0 for size in shape)), self.dtype.numpy))
        return shaping.stack([self._missing() if item is None else item for item in self._items])

    def concat(self, name: str | None = None) -> Tensor:
        if self._items is None:
            return shaping.reshape(self._rows, (-1, *self._rows.shape[2:]))
        return shaping.concatenate([self._missing() if item is None else item for item in self._items], axis=0)

    def gather(self, indices: Any, name: str | None = None) -> Tensor:
        indices = as_tensor(indices)
        if self._items is None or indices.is_traced:
            return take(self.stack(), indices, axis=0)
        return shaping.stack([self.read(int(i)) for i in np.asarray(indices)])

    def unstack(self, value: Any, name: str | None = None) -> "TensorArray":
        """The array with the rows of `value` as its elements."""
        value = as_tensor(value, None if is_tensor(value) else self.dtype)
        return self._with([value[i] for i in range(value.shape[0])])

    def scatter(self, indices: Any, value: Any, name: str | None = None) -> "TensorArray":
        value, changed = as_tensor(value), self
        for row, i in enumerate(np.asarray(as_tensor(indices))):
            changed = changed.write(int(i), value[row])
        return changed

    def split(self, value: Any, lengths: Any, name: str | None = None) -> "TensorArray":
        value, lengths = as_tensor(value), np.asarray(as_tensor(lengths))
        if lengths.sum() != value.shape[0]:
            raise InvalidArgumentError(f"TensorArray.split: the lengths {lengths.tolist()} do not add up to {value.shape[0]}.")
        ends = np.cumsum(lengths)
        return self._with([value[int(end - length) : int(end)] for end, length in zip(ends, lengths, strict=True)])

    def identity(self) -> "TensorArray":
        return self.__copy__()

    def grad(self, source: Any, flow: Any = None, name: str | None = None) -> Any:
        raise ArgumentError("TensorArray.grad belongs to TensorFlow 1; a GradientTape follows what is written and read.")

    def mark_used(self) -> None:
        """Nothing to note here."""

    def close(self, name: str | None = None) -> None:
        self._items, self._rows = [], None

    # The form that programs carry.
    def as_rows(self, shape: tuple[int, ...]) -> "TensorArray":
        """The same array as one tensor, for elements of this shape."""
        if self._items is None:
            return self
        if self.dynamic_size:
            raise _growing()
        twin = self.__copy__()
        full, dtype = (len(self._items), *shape), self.dtype.numpy
        abstract = next((item for item in self._items if item is not None and not isinstance(item, Tensor)), None)
        twin._items = None
        if abstract is not None:
            twin._rows = type(abstract)(full, dtype)
        elif any(item is not None for item in self._items):
            zero = wrap(np.zeros(shape, dtype))
            twin._rows = shaping.stack([zero if item is None else item for item in self._items])
        else:
            twin._rows = wrap(np.zeros(full, dtype))
        return twin

    @staticmethod
    def agree(a: Any, b: Any) -> tuple[Any, Any]:
        """Two structures in which the TensorArrays that have different forms have been brought to one."""
        is_array = lambda value: isinstance(value, TensorArray)
        if not any(map(is_array, jax.tree.leaves(a, is_leaf=is_array))):
            return a, b
        left, tree = jax.tree.flatten(a, is_leaf=is_array)
        right, other = jax.tree.flatten(b, is_leaf=is_array)
        if tree != other:
            return a, b
        pairs = []
        for x, y in zip(left, right, strict=True):
            if is_array(x) and is_array(y) and jax.tree.structure(x) != jax.tree.structure(y):
                shape = next((each.element_shape for each in (y, x) if each.element_shape is not None), None)
                if shape is not None:
                    x, y = x.as_rows(tuple(shape)), y.as_rows(tuple(shape))
            pairs.append((x, y))
        return jax.tree.unflatten(tree, [x for x, _ in pairs]), jax.tree.unflatten(tree, [y for _, y in pairs])


def _fitting(value: Any, dtype: dtypes.DType) -> Any:
    """The type that a Python number takes: the array's, unless it would lose its kind."""
    leaves = value if isinstance(value, (list, tuple)) else [value]
    flat = np.asarray(leaves).dtype.kind if not any(map(is_tensor, leaves)) else None
    return None if flat is None or (flat == "f" and dtype.is_integer) or flat in "USO" else dtype


def _agree(known: Sequence[int | None], shape: Sequence[int]) -> bool:
    return len(known) == len(shape) and all(a is None or a == b for a, b in zip(known, shape, strict=True))


def _growing() -> Unstageable:
    return Unstageable("A TensorArray that grows (dynamic_size=True) was written at a place that only the program knows.")


def _flatten(array: TensorArray) -> tuple[Any, Any]:
    fixed = (array.dtype, array.dynamic_size, array._infer_shape, array._declared)
    return (array._items, array._rows), fixed


def _unflatten(fixed: Any, children: Any) -> TensorArray:
    array = TensorArray.__new__(TensorArray)
    array.dtype, array.dynamic_size, array._infer_shape, array._declared = fixed
    array._items, array._rows = children
    return array


jax.tree_util.register_pytree_node(TensorArray, _flatten, _unflatten)
