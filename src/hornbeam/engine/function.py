"""`function`: a Python function compiled into one XLA program for each signature it is called with."""

import functools
import inspect
import threading
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import Bound, Op, run
from hornbeam.engine.errors import ArgumentError, HornbeamError, UntraceableError
from hornbeam.engine.pure import Lifted, local
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor


class TensorSpec:
    """A shape (None: any size) and a dtype, for `function(input_signature=...)`."""

    def __init__(self, shape: Any = None, dtype: Any = "float32", name: str | None = None):
        self.shape = None if shape is None else tuple(shape)
        self.dtype = dtypes.standardize(dtype)
        self.name = name

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self.shape}, dtype={self.dtype!r}, name={self.name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorSpec) and (self.shape, self.dtype) == (other.shape, other.dtype)

    def __hash__(self) -> int:
        return hash((self.shape, self.dtype))

    def accepts(self, tensor: Tensor) -> bool:
        if self.dtype != tensor.dtype:
            return False
        if self.shape is None:
            return True
        return len(self.shape) == tensor.ndim and all(a in (None, b) for a, b in zip(self.shape, tensor.shape, strict=True))


class Program:
    """One trace of a function: a lifted form, and the bound operation that runs it."""

    def __init__(self, function: Callable, template: Callable[[list[Tensor]], tuple], tensors: Sequence[Tensor], name: str):
        self.lifted = Lifted(lambda leaves: function(*template(leaves)[0], **template(leaves)[1]))
        count = len(tensors)

        def flat(*operands: Any) -> Any:
            split = len(operands) - count
            return self.lifted.flat(operands[:split], (list(operands[split:]),))

        specs = [jax.ShapeDtypeStruct(t._value.shape, t._value.dtype) for t in tensors]

        def trace() -> Any:
            state = [jax.ShapeDtypeStruct(t._value.shape, t._value.dtype) for t in self.lifted.operands()]
            with jax.enable_x64(True):
                return jax.eval_shape(flat, *state, *specs)

        self.lifted.settle(trace)
        self.bound = Bound(_PROGRAM, flat, None, (name,))

    def __call__(self, tensors: Sequence[Tensor]) -> Any:
        out, new = run(self.bound, [*self.lifted.operands(), *tensors])
        for i, tensor in new.items():
            self.lifted.variables[i]._set(tensor)
        return out


def _program(*operands: Any) -> Any:
    raise NotImplementedError  # never called: each Program supplies the function of its Bound


_PROGRAM = Op(_program, -1, name="function")


class Function:
    """What `function` returns. Called like the Python function; each new signature of arguments is traced once."""

    __name__: str

    def __init__(self, python_function: Callable, input_signature: Sequence[TensorSpec] | None = None, **options: Any):
        functools.update_wrapper(self, python_function)
        self.python_function = python_function
        self.input_signature = None if input_signature is None else tuple(input_signature)
        self._programs: dict[Any, Program] = {}
        self._methods: Any = {}
        self._lock = threading.RLock()

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        name = f"_function_{self.__name__}_{id(self)}"  # a method and the one it overrides are two functions
        found = instance.__dict__.get(name)
        if found is None:
            found = Function(functools.partial(self.python_function, instance), self.input_signature)
            functools.update_wrapper(found, self.python_function)
            object.__setattr__(instance, name, found)
        return found

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        leaves, tree = jax.tree.flatten((args, kwargs), is_leaf=_is_leaf)
        if any(isinstance(leaf, Tensor) and (leaf.is_traced or leaf.is_symbolic) for leaf in leaves) or local.scope is not None:
            return self.python_function(*args, **kwargs)  # part of the program being traced
        if _running_eagerly[0]:
            return self.python_function(*args, **kwargs)
        tensors: list[Tensor] = []
        key: list[Any] = []
        places: list[int] = []
        for i, leaf in enumerate(leaves):
            number = self.input_signature is not None and isinstance(leaf, (int, float)) and not isinstance(leaf, bool)
            if number or isinstance(leaf, (Tensor, np.ndarray, np.generic, jax.Array)):
                tensor = as_tensor(leaf)
                tensors.append(tensor)
                places.append(i)
                key.append((tuple(tensor._value.shape), tensor._value.dtype))
            else:
                exact = leaf.hex() if isinstance(leaf, float) else leaf  # 0.0 and -0.0 are two numbers
                key.append((type(leaf), exact if _hashable(exact) else id(leaf)))
        self._check_signature(tensors)
        signature = (tree, tuple(key), bool(local.tapes), dtypes.floatx(), local.autocast, local.training)
        with self._lock:
            program = self._programs.get(signature)
            if program is None:
                program = self._trace(leaves, tree, places, tensors)
                self._programs[signature] = program
        return program(tensors)

    def _trace(self, leaves: list[Any], tree: Any, places: list[int], tensors: list[Tensor]) -> Program:
        fixed = [None if i in set(places) else leaf for i, leaf in enumerate(leaves)]

        def template(given: list[Tensor]) -> tuple:
            filled = list(fixed)
            for place, tensor in zip(places, given, strict=True):
                filled[place] = tensor
            return jax.tree.unflatten(tree, filled)

        try:
            return Program(self.python_function, template, tensors, self.__name__)
        except HornbeamError:
            raise
        except jax.errors.ConcretizationTypeError as error:
            raise UntraceableError(
                f"The compiled function '{self.__name__}' needs in Python a value that exists only when the program runs. "
                "Use operations of `hornbeam.ops` in its place (`ops.cond`, `ops.where`, `ops.while_loop`)."
            ) from error

    def _check_signature(self, tensors: list[Tensor]) -> None:
        if self.input_signature is None:
            return
        specs = jax.tree.leaves(self.input_signature, is_leaf=lambda leaf: isinstance(leaf, TensorSpec))
        if len(specs) != len(tensors) or not all(s.accepts(t) for s, t in zip(specs, tensors, strict=True)):
            came = ", ".join(f"{t.dtype}{list(t.shape)}" for t in tensors)
            raise ArgumentError(f"'{self.__name__}' is declared to take {list(specs)}; it was called with {came}.")

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> "Function":
        """Kept for TensorFlow programs: this object compiles itself on the first call."""
        return self

    def experimental_get_tracing_count(self) -> int:
        """How many signatures have been traced."""
        return len(self._programs)


def function(func: Callable | None = None, input_signature: Any = None, **options: Any) -> Any:
    """Compile a Python function of tensors: `f = function(f)` or `@function`.

    Variables may be read and assigned inside. The Python code runs once for each new signature (shapes, dtypes, Python values);
    then the program runs without it. Options TensorFlow accepts (`jit_compile`, `reduce_retracing`, ...) change nothing here.
    """
    if func is None:
        return lambda func: function(func, input_signature, **options)
    if not callable(func):
        raise ArgumentError(f"`function` compiles a function; received {type(func).__name__}.")
    return Function(func, input_signature, **options)


_running_eagerly = [False]


def run_functions_eagerly(run_eagerly: bool) -> None:
    """Make every `function` run as plain Python, for debugging."""
    _running_eagerly[0] = bool(run_eagerly)


def functions_run_eagerly() -> bool:
    return _running_eagerly[0]


def _is_leaf(value: Any) -> bool:
    return is_tensor(value)


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def accepts(callable_: Callable, *names: str) -> list[bool]:
    """Which keyword arguments a callable takes."""
    try:
        parameters = inspect.signature(callable_).parameters
    except (TypeError, ValueError):
        return [False for _ in names]
    anything = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    return [anything or name in parameters for name in names]
