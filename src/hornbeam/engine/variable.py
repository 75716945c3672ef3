"""Variable: the one thing that changes."""

import itertools
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from hornbeam.engine import dtypes, sharding
from hornbeam.engine.dtypes import DType
from hornbeam.engine.effects import NewVariable
from hornbeam.engine.errors import ArgumentError, DtypeError, ShapeError
from hornbeam.engine.operators import Operators
from hornbeam.engine.pure import local
from hornbeam.engine.tensor import Shape, Tensor, Tracer, as_tensor, wrap

_counter = itertools.count()


class Variable(Operators):
    """A tensor that can be assigned to: a weight, a moving average, a counter.

    Args:
        initial_value: array-like, a Tensor, or a function without arguments (or an initializer, with `shape`).
        shape: the shape, when `initial_value` is an initializer.
        dtype: the element type; by default the value's own.
        trainable: whether `GradientTape` watches it and optimizers change it.
        name: for messages and files.
        autocast: whether a layer that computes in another float type reads it cast to that type.
        layout: where it lies on several devices, a `keras.distribution.TensorLayout`.
        aggregation, synchronization, constraint: accepted as TensorFlow does; a constraint is applied by optimizers after each step.

    Errors: assigning a value of another shape raises `ShapeError`, of a type that would lose its kind `DtypeError`.
    """

    _placed: Any = None  # where it lies on several devices (`engine.sharding`)
    overwrite_with_gradient = False  # whether what a gradient names is its new value, which an optimizer assigns

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool = True,
        *,
        shape: Any = None,
        dtype: Any = None,
        name: str | None = None,
        autocast: bool = True,
        constraint: Callable | None = None,
        regularizer: Callable | None = None,
        aggregation: Any = None,
        synchronization: Any = None,
        initializer: Any = None,
        layout: Any = None,
    ):
        value = initializer if initial_value is None else initial_value
        if value is None:
            raise ArgumentError("A Variable needs an initial value.")
        if callable(value) and not hasattr(value, "__hornbeam_tensor__"):
            value = value(tuple(shape), dtype=str(dtypes.standardize(dtype))) if shape is not None else value()
        if getattr(value, "is_traced", False):
            raise NewVariable(
                "A Variable was made inside a compiled function from a value that exists only when the program runs. "
                "Make it outside, or on the first call from a value that is known (zeros, an initializer)."
            )
        self._number = next(_counter)
        tensor = Tensor(value, dtype)
        self._tensor: Tensor | None = tensor  # None while a training loop holds the value
        self._lent: Any = None  # the array that a training loop holds and may donate
        self._numpy_dtype: np.dtype = tensor._value.dtype
        self.shape: Shape = tensor.shape
        self.name = name or f"variable_{self._number}"
        self.path = self.name
        self.trainable = self._born_trainable = trainable  # a layer that is frozen and thawed asks what it was made as
        self.autocast = autocast
        self.constraint = constraint
        self.regularizer = regularizer
        self._layout = layout
        if layout is not None:
            sharding.put(self, getattr(layout, "backend_layout", layout))

    # Reading.
    def _tensor_now(self) -> Tensor:
        tensor, lent = self._tensor, self._lent
        if tensor is None:
            with jax.enable_x64(True), jax.ensure_compile_time_eval():  # a value, also while a program is being traced
                tensor = wrap(jax.numpy.copy(lent))
            if self._lent is lent:  # or the loop has moved on meanwhile, on another thread
                self._tensor = tensor
        return tensor

    def __hornbeam_tensor__(self, raw: bool = False) -> Tensor:
        scope = local.scope
        tensor = self._tensor_now() if scope is None else scope.read(self)
        if raw:
            return tensor
        if self._born_trainable:  # also while its layer is frozen, as in TensorFlow
            for tape in local.tapes:
                tape.accessed(self, tensor)
        target = local.autocast
        if target is not None and self.autocast and tensor._value.dtype != target and dtypes.is_float(tensor._value.dtype):
            return _cast(tensor, target)
        return tensor

    @property
    def value(self) -> Tensor:
        """The current value, a Tensor."""
        return self.__hornbeam_tensor__()

    def read_value(self) -> Tensor:
        return self.__hornbeam_tensor__()

    def numpy(self) -> Any:
        return self.__hornbeam_tensor__(raw=True).numpy()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.__hornbeam_tensor__(raw=True).__array__(dtype, copy)

    def __jax_array__(self) -> Any:
        return self.__hornbeam_tensor__().__jax_array__()

    # Writing.
    def _set(self, tensor: Tensor) -> None:
        scope = local.scope
        if scope is None:
            self._tensor, self._lent = tensor, None
        else:
            scope.assign(self, tensor)

    def _lend(self, value: Any) -> None:
        """Let a training loop hold the value, which it may donate to its next run; whoever reads meanwhile gets a copy."""
        self._tensor, self._lent = None, value

    def assign(self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> "Variable":
        """Replace the value by one of the same shape, converted to this variable's type."""
        numpy_dtype = self._numpy_dtype
        shared = hasattr(value, "__hornbeam_tensor__")
        if isinstance(value, (int, float)) or not hasattr(value, "dtype"):
            value = Tensor(value, numpy_dtype)
        tensor = as_tensor(value)
        if tensor._value.dtype != numpy_dtype:
            if tensor._value.dtype.kind == "c" or (dtypes.is_float(tensor._value.dtype) and numpy_dtype.kind in "iub"):
                raise DtypeError(
                    f"Variable '{self.name}' holds {self.dtype}; it was assigned {tensor.dtype}. Cast the value to {self.dtype} first."
                )
            tensor = _cast(tensor, numpy_dtype)
        if tensor._value.shape != self.shape:
            raise ShapeError(f"Variable '{self.name}' has shape {self.shape}; it was assigned a value of shape {tensor.shape}.")
        self._replace(tensor, shared)
        return self

    def _replace(self, tensor: Tensor, shared: bool = False) -> None:
        """Hold another value; `shared`: its Tensor may be another Variable's."""
        value = tensor._value
        if self.trainable and isinstance(value, Tracer) and dtypes.is_float(value.dtype):
            old = self.__hornbeam_tensor__(raw=True)._value
            value = _in_place_of(old, value) if old.shape == value.shape else value
        # In a Tensor of its own: tapes tell Variables apart by the tensors they were read as, and what was computed from what is read.
        self._set(wrap(value) if shared or local.tapes or value is not tensor._value else tensor)

    def assign_add(self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> "Variable":
        """Add `value` in place."""
        return self.assign(self.__hornbeam_tensor__(raw=local.autocast is not None) + value)

    def assign_sub(self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> "Variable":
        """Subtract `value` in place."""
        return self.assign(self.__hornbeam_tensor__(raw=local.autocast is not None) - value)

    # What it is.
    @property
    def spec(self) -> jax.ShapeDtypeStruct:
        """Its shape and type, without its value."""
        return jax.ShapeDtypeStruct(self.shape, self._numpy_dtype)

    @property
    def dtype(self) -> DType:
        if local.autocast is not None and self.autocast and dtypes.is_float(self._numpy_dtype):
            return dtypes.standardize(local.autocast)
        return dtypes.standardize(self._numpy_dtype)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))

    def get_shape(self) -> Shape:
        return self.shape

    def __hash__(self) -> int:
        return id(self)

    def __len__(self) -> int:
        return len(self.__hornbeam_tensor__())

    def __iter__(self):
        return iter(self.__hornbeam_tensor__())

    def __bool__(self) -> bool:
        return bool(self.__hornbeam_tensor__())

    def __int__(self) -> int:
        return int(self.__hornbeam_tensor__())

    def __float__(self) -> float:
        return float(self.__hornbeam_tensor__())

    def __index__(self) -> int:
        return self.__hornbeam_tensor__().__index__()

    def __format__(self, spec: str) -> str:
        return format(self.__hornbeam_tensor__(), spec) if spec else str(self)

    def __deepcopy__(self, memo: dict) -> "Variable":
        copy = Variable(
            self.numpy(), self.trainable, dtype=self._numpy_dtype, name=self.name, autocast=self.autocast, constraint=self.constraint,
            regularizer=self.regularizer,
        )
        copy.path, copy._born_trainable = self.path, self._born_trainable
        memo[id(self)] = copy
        return copy

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.__hornbeam_tensor__(), name)

    def __repr__(self) -> str:
        tensor = self.__hornbeam_tensor__(raw=True)
        values = "traced" if tensor.is_traced else f"numpy={tensor._values_repr()}"
        return f"<tf.Variable '{self.path}:0' shape={self.shape} dtype={self.dtype}, {values}>"


def _cast(tensor: Tensor, dtype: Any) -> Tensor:
    from hornbeam.engine.door import cast  # the door knows variables, so this one step goes back up at call time

    return cast(tensor, dtype)


@jax.custom_jvp
def _in_place_of(old: Any, new: Any) -> Any:
    """What a Variable holds after an assignment. As in TensorFlow the gradient of what is read then is the Variable's, not `new`'s."""
    return new


@_in_place_of.defjvp
def _moves_with_old(primals: tuple, tangents: tuple) -> tuple:
    return primals[1], tangents[0]


# JAX's functions take Variables for the arrays they hold (`jax.jit(step)(model.trainable_variables)`), and give arrays back.
jax.tree_util.register_pytree_node(Variable, lambda variable: ((variable.__jax_array__(),), None), lambda _, arrays: arrays[0])


def copies(variables: list[Variable]) -> dict[Variable, Tensor]:
    """A snapshot of values, by variable; Tensors are immutable, so this copies nothing."""
    return {variable: variable._tensor_now() for variable in variables}
