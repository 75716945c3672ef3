"""`function`: a Python function compiled into one XLA program for each signature it is called with."""

import contextlib
import copy
import functools
import inspect
import threading
import types
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from hornbeam.engine import dtypes, effects, options, whole
from hornbeam.engine.callers import warn
from hornbeam.engine.conversion import convert
from hornbeam.engine.errors import ArgumentError, HornbeamError, UntraceableError
from hornbeam.engine.guesses import guess_variables
from hornbeam.engine.missing import MissingName
from hornbeam.engine.ordering import in_order, order
from hornbeam.engine.program import Program, as_results
from hornbeam.engine.pure import local
from hornbeam.engine.shape import OpenArgument, standing_for
from hornbeam.engine.spec import TensorSpec
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor
from hornbeam.engine.variable import Variable

# What JAX raises when Python asks for a value that only the program has.
UNTRACEABLE = (jax.errors.ConcretizationTypeError, jax.errors.TracerArrayConversionError, jax.errors.JAXIndexError)
_told: set[tuple[Any, str]] = set()  # which functions have been said to run as plain Python, and why


class SignatureError(ArgumentError, TypeError):
    """A function was called with arguments that its `input_signature` does not allow."""


class Function:
    """What `function` returns. Called like the Python function; each new signature of arguments is traced once.

    A function whose Python needs values that only the running program has (or strings, or files) runs as plain Python, with a warning.
    """

    __name__: str

    def __init__(
        self, python_function: Callable, input_signature: Sequence[Any] | None = None, autograph: bool = True, **options: Any
    ):
        functools.update_wrapper(self, python_function)
        self.python_function = python_function
        self.input_signature = None if input_signature is None else tuple(input_signature)
        self._autograph, self._options = autograph, options
        if not hasattr(self, "__name__"):
            self.__name__ = getattr(getattr(python_function, "func", python_function), "__name__", type(python_function).__name__)
        self._programs: dict[Any, Program | None] = {}  # None: this signature runs in Python
        self._counted: dict[Any, None] = {}  # the signatures as users count them: a size that a spec leaves open is one signature
        self._canonical: dict[Any, Program | None] = {}  # the same, by arguments with what their defaults add
        self._concrete: dict[Any, ConcreteFunction] = {}
        self._signatures: dict[Any, Any] = {}
        self._made_variables = False
        self._recorded = False  # whether it calls `tf.gradients`
        self._steps: dict | None = None  # compiled bodies of its loops over Datasets
        self._lock = threading.RLock()
        self._parameters: inspect.Signature | None = None

    @property
    def name(self) -> str:
        return self.__name__

    @functools.cached_property
    def _converted(self) -> Callable:
        return convert(self.python_function) if self._autograph else self.python_function

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        name = f"_function_{self.__name__}_{id(self)}"  # a method and the one it overrides are two functions
        kept = getattr(instance, "__dict__", None)
        found = kept.get(name) if kept is not None else None
        if found is None:
            method = types.MethodType(self.python_function, instance) if not isinstance(self.python_function, functools.partial) else None
            inner = method if method is not None else functools.partial(self.python_function, instance)
            found = Function(inner, self.input_signature, self._autograph, **self._options)
            if kept is not None:
                object.__setattr__(instance, name, found)
        return found

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if local.scope is not None:
            return self._converted(*args, **kwargs)  # part of the program being traced
        if _running_eagerly[0]:
            return self.python_function(*args, **kwargs)
        if self.input_signature is not None:
            args, kwargs = self._to_signature(args, kwargs)
        elif kwargs:
            args, kwargs = self._bind(args, kwargs)
        leaves, tree = jax.tree.flatten((args, kwargs), is_leaf=is_tensor)
        tensors: list[Tensor] = []
        key: list[Any] = []
        places: list[int] = []
        for i, leaf in enumerate(leaves):
            if isinstance(leaf, (Tensor, np.ndarray, np.generic, jax.Array)):
                tensor = as_tensor(leaf)
                value = tensor._value
                if tensor.is_traced or tensor.is_symbolic:
                    return self._converted(*args, **kwargs)
                if value.dtype == object:
                    return as_results(self.python_function(*args, **kwargs))  # strings are the host's
                tensors.append(tensor)
                places.append(i)
                key.append((value.shape, value.dtype))
            else:
                key.append((type(leaf), _constant(leaf)))
        signature = (tree, tuple(key), bool(local.tapes), dtypes.floatx(), local.autocast, local.training)
        with self._lock:
            known = signature in self._programs
            program = self._programs.get(signature)
            if not known:
                whole = (self._with_defaults(args, kwargs, tensors), signature[2:])
                if whole not in self._canonical:
                    try:
                        self._canonical[whole] = self._trace(leaves, tree, places, tensors, order((args, kwargs)))
                    except effects.NewVariable:
                        if self._made_variables:
                            raise
                        self._made_variables = True  # by this one call in Python; the next one is traced
                        with effects.tracing(mute=True):
                            return as_results(self._converted(*args, **kwargs))
                program = self._programs[signature] = self._canonical[whole]
        if program is not None:
            return program(tensors)
        if self._steps is None:
            return as_results(self.python_function(*args, **kwargs))
        with effects.hosting(self._steps), effects.tracing(mute=True):  # its Python has been seen to print
            return as_results(self._converted(*args, **kwargs))

    def _named(self, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        """The arguments, traced tensors among them with the parameters' names, by which they print: `Tensor("x:0", shape=...)`."""
        names = () if self._parameters is None else self._parameters.parameters
        for name, value in (*zip(names, args, strict=False), *kwargs.items()):
            if type(value) is Tensor and value.is_traced:
                value._name = name
        for spec, value in zip(self.input_signature or (), args, strict=False):
            if isinstance(spec, TensorSpec) and spec.shape is not None and None in spec.shape and hasattr(value, "_name"):
                value._name = OpenArgument(value._name, spec.shape)
        return args, kwargs

    def _trace(
        self, leaves: list[Any], tree: Any, places: list[int], tensors: Sequence[Any], keys: Any = None
    ) -> Program | None:
        inside = set(places)
        fixed = [None if i in inside else leaf for i, leaf in enumerate(leaves)]

        def template(given: list[Tensor]) -> tuple:
            filled = list(fixed)
            for place, tensor in zip(places, given, strict=True):
                filled[place] = tensor
            return self._named(*in_order(keys, jax.tree.unflatten(tree, filled)))

        if not any(map(_is_open, tensors)):
            specs = iter([TensorSpec(t.shape, t.dtype) for t in tensors])
            kept = [next(specs) if i in inside else leaf for i, leaf in enumerate(leaves)]
            self._signatures[(tree, tuple(map(str, kept)))] = tree, kept
        counted = self._count(leaves, tree, places, tensors)
        mute = counted in self._counted
        self._counted[counted] = None
        guesses = guess_variables(self.python_function, leaves)
        try:
            with contextlib.nullcontext() if self.input_signature is None else standing_for(0):  # arguments print as they are specified
                function = whole.recorded(self._converted) if self._recorded else self._converted
                program = Program(function, template, tensors, self.__name__, guesses, mute)
            if program.unbounded and local.tapes:
                raise effects.HostOnly("a tape follows a loop whose number of steps is not known")
            if sum(each is not None for each in self._programs.values()) >= options.SHAPES:
                program.bound.hurried = options.CALLS
            return program
        except whole.Unrecorded:
            if self._recorded:
                raise
            self._recorded = True
            return self._trace(leaves, tree, places, tensors, keys)
        except effects.HostOnly as error:
            if isinstance(error, effects.DatasetLoop):
                self._steps = {}
            return None
        except HornbeamError as error:
            if not isinstance(error, UntraceableError):
                raise
            reason: Exception = error
        except UNTRACEABLE as error:
            reason = error
        where = _user_line(reason)
        text = f"The function '{self.__name__}' runs as plain Python, because it cannot be compiled: {where}{str(reason).split(chr(10))[0]}"
        if (told := (getattr(self.python_function, "__code__", None), text)) not in _told:  # once, however often it is traced or loaded
            _told.add(told)
            warn(text)
        return None

    def _count(self, leaves: list[Any], tree: Any, places: list[int], tensors: Sequence[Any]) -> Any:
        if self.input_signature is not None:
            return ()
        inside = set(places)
        return (
            tree, tuple((tuple(t.shape), t.dtype) for t in tensors),
            tuple((type(leaf), leaf if _hashable(leaf) else id(leaf)) for i, leaf in enumerate(leaves) if i not in inside),
        )  # fmt: skip

    # Arguments.
    def _bind(self, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        """Arguments by position where the function takes them so: `f(x, y=1)` and `f(x, 1)` are one signature."""
        if self._parameters is None:
            try:
                self._parameters = inspect.signature(self.python_function)
            except (TypeError, ValueError):
                return args, kwargs
        if not args and not kwargs:
            return args, kwargs
        bound = self._parameters.bind(*args, **kwargs)
        return bound.args, bound.kwargs

    def _with_defaults(self, args: tuple, kwargs: dict[str, Any], tensors: Sequence[Tensor]) -> Any:
        """What tells calls apart that differ in more than spelling out a default."""
        if self._parameters is None:
            self._bind((), {})
        try:
            bound = self._parameters.bind(*args, **kwargs)
        except (TypeError, AttributeError):  # the call itself will say what is wrong
            return object()
        bound.apply_defaults()
        leaves, tree = jax.tree.flatten((bound.args, bound.kwargs), is_leaf=is_tensor)
        numeric = (Tensor, np.ndarray, np.generic, jax.Array)
        given = iter(tensors)
        forms = [_form_of(next(given, leaf)) if isinstance(leaf, numeric) else (type(leaf), _constant(leaf)) for leaf in leaves]
        return tree, tuple(forms)

    def _to_signature(self, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        """The arguments as tensors of the declared types. Raises `SignatureError` where they do not fit."""
        if kwargs:
            args, kwargs = self._bind(args, kwargs)
        declared = self.input_signature or ()
        if kwargs or len(args) > len(declared):
            raise SignatureError(
                f"'{self.__name__}' is declared to take {len(declared)} arguments, {list(declared)}; "
                f"it was called with {len(args) + len(kwargs)}."
            )
        made = []
        for spec, value in zip(declared, args):
            try:
                made.append(jax.tree.map(self._fitted, spec, value, is_leaf=lambda leaf: isinstance(leaf, TensorSpec)))
            except ValueError as error:
                if isinstance(error, SignatureError):
                    raise
                raise SignatureError(f"'{self.__name__}' is declared to take {spec}; it was called with {value!r}.") from None
        if len(args) < len(declared):
            parameters = list(inspect.signature(self.python_function).parameters.values())[len(args) : len(declared)]
            missing = [each.name for each in parameters if each.default is inspect.Parameter.empty]
            if missing:
                raise SignatureError(f"'{self.__name__}' needs the argument '{missing[0]}': it is declared to take {list(declared)}.")
        return tuple(made), {}

    def _fitted(self, spec: Any, value: Any) -> Any:
        if not isinstance(spec, TensorSpec) or not hasattr(spec, "accepts"):
            return value
        if not is_tensor(value):
            try:
                value = as_tensor(value, spec.dtype if isinstance(value, (bool, int, float, complex, list, tuple)) else None)
            except (HornbeamError, TypeError, ValueError):
                raise SignatureError(f"'{self.__name__}' is declared to take {spec}; it was called with {value!r}.") from None
        tensor = as_tensor(value)
        if not spec.accepts(tensor):
            raise SignatureError(
                f"'{self.__name__}' is declared to take {spec}; it was called with a tensor of shape {tensor.shape} and type "
                f"{tensor.dtype}. "
                + (f"Cast it: tf.cast(value, tf.{spec.dtype})." if tensor.dtype != spec.dtype else "None in a shape stands for any size.")
            )
        return tensor

    def __deepcopy__(self, memo: dict[int, Any]) -> "Function":
        """The function of the copied object (when it is a method), which has not been traced."""
        return Function(copy.deepcopy(self.python_function, memo), self.input_signature, self._autograph, **self._options)

    def traced(self) -> list[tuple[Any, list[Any]]]:
        """The signatures it was called with: the arguments' structure and leaves, a `TensorSpec` for each tensor."""
        return [(tree, leaves) for tree, leaves in self._signatures.values()]

    # What TensorFlow's functions offer besides.
    def get_concrete_function(self, *args: Any, **kwargs: Any) -> "ConcreteFunction":
        """The function for one signature, given by `TensorSpec`s (or by examples); it is traced now."""
        if not args and not kwargs and self.input_signature is not None:
            args = self.input_signature
        args, kwargs = self._bind(args, kwargs)
        leaves, tree = jax.tree.flatten((args, kwargs), is_leaf=_is_spec)
        key = tree, str([_spec(leaf) if _is_open_to(leaf) else (type(leaf), _constant(leaf)) for leaf in leaves])
        if key not in self._concrete:
            self._concrete[key] = ConcreteFunction(self, args, kwargs)
        return self._concrete[key]

    def experimental_get_tracing_count(self) -> int:
        """How many signatures have been traced."""
        return len(self._counted)

    def pretty_printed_concrete_signatures(self, verbose: bool = True) -> str:
        return "\n\n".join(f"{self.__name__}{signature[1]}" for signature in self._programs)

    @property
    def function_spec(self) -> Any:
        return self.input_signature

    def __repr__(self) -> str:
        return f"<function {self.__name__} compiled by hornbeam>"


class ConcreteFunction:
    """A `Function` for one signature: what `get_concrete_function` gives, called with tensors."""

    def __init__(self, function: Function, args: tuple, kwargs: dict[str, Any]):
        self.function, self.args, self.kwargs = function, args, kwargs
        self.name = f"__inference_{function.__name__}_{id(self) % 1000}"
        leaves, tree = jax.tree.flatten((args, kwargs), is_leaf=_is_spec)
        self._leaves, self._tree = leaves, tree
        self._places = [i for i, leaf in enumerate(leaves) if _is_open_to(leaf)]
        specs = [_spec(leaves[i]) for i in self._places]
        parameters = list(function._parameters.parameters) if function._parameters is not None else []
        for spec, (path, _) in zip(specs, [jax.tree.flatten_with_path((args, kwargs), is_leaf=_is_spec)[0][i] for i in self._places]):
            if spec.name is None and len(path) == 2 and path[0].idx == 0 and path[1].idx < len(parameters):
                spec.name = parameters[path[1].idx]
        self.specs = specs
        stand_ins = [TensorSpec([_ANY_SIZE if size is None else size for size in spec.shape or ()], spec.dtype) for spec in specs]
        self._program = None
        if not any(spec.dtype == "string" for spec in specs):
            self._program = function._trace(leaves, tree, self._places, stand_ins)

    def __deepcopy__(self, memo: dict[int, Any]) -> "ConcreteFunction":
        return ConcreteFunction(copy.deepcopy(self.function, memo), self.args, self.kwargs)

    @property
    def structured_input_signature(self) -> tuple:
        leaves = list(self._leaves)
        for place, spec in zip(self._places, self.specs, strict=True):
            leaves[place] = spec
        return jax.tree.unflatten(self._tree, leaves)

    @property
    def inputs(self) -> list[TensorSpec]:
        return self.specs

    @property
    def outputs(self) -> list[TensorSpec]:
        found = self._program.results if self._program is not None else []
        return [TensorSpec([None if size == _ANY_SIZE else size for size in spec.shape], spec.dtype) for spec in found]

    @property
    def structured_outputs(self) -> Any:
        return self._program.rebuild(self.outputs) if self._program is not None else None

    @property
    def variables(self) -> tuple[Variable, ...]:
        return tuple(self._program.variables) if self._program is not None else ()

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        return tuple(each for each in self.variables if each.trainable)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        names = []
        if kwargs:
            try:
                names = list(inspect.signature(self.function.python_function).parameters)
            except (TypeError, ValueError):
                names = list(kwargs)
        given = jax.tree.leaves((args, [kwargs[name] for name in names if name in kwargs]), is_leaf=is_tensor)
        given = [each for each in given if is_tensor(each) or isinstance(each, (bool, int, float, np.ndarray, np.generic, jax.Array))]
        leaves, fixed = list(self._leaves), [i for i, leaf in enumerate(self._leaves) if isinstance(leaf, Variable)]
        if len(given) == len(self.specs) + len(fixed):  # variables stand among the tensors where the function takes variables
            for place in fixed:
                leaves[place] = given.pop(sum(at < place for at in self._places))
        if len(given) != len(self.specs):
            name = self.function.__name__
            raise SignatureError(f"'{name}' takes {len(self.specs)} tensors, {self.specs}; it was called with {len(given)}.")
        for place, spec, value in zip(self._places, self.specs, given, strict=True):
            leaves[place] = self.function._fitted(spec, value)
        args, kwargs = jax.tree.unflatten(self._tree, leaves)
        return self.function(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name in ("graph", "function_def"):
            raise MissingName(
                f"A concrete function of Hornbeam has no `{name}`: it is traced to a program of JAX, not to a graph of operations. "
                "Its `inputs`, `outputs`, `structured_input_signature` and `variables` say what it takes, gives and reads."
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def pretty_printed_signature(self, verbose: bool = True) -> str:
        return f"{self.function.__name__}{self.structured_input_signature}"

    def __repr__(self) -> str:
        return f"<ConcreteFunction {self.function.__name__} of {self.specs}>"


_ANY_SIZE = 7919  # stands for an unknown size while a concrete function is traced


def _is_open(tensor: Any) -> bool:
    """Whether a size of a tensor to trace with is a symbol."""
    return any(not isinstance(size, (int, np.integer)) for size in tensor.shape)


def _is_spec(value: Any) -> bool:
    return isinstance(value, TensorSpec) or is_tensor(value)


def _is_open_to(leaf: Any) -> bool:
    """Whether an argument of `get_concrete_function` stands for any tensor like it. A variable stands for itself."""
    return isinstance(leaf, np.ndarray) or (_is_spec(leaf) and not isinstance(leaf, Variable))


def _spec(leaf: Any) -> TensorSpec:
    return copy.copy(leaf) if isinstance(leaf, TensorSpec) else TensorSpec.from_tensor(leaf)


def function(
    func: Callable | None = None,
    input_signature: Any = None,
    autograph: bool = True,
    jit_compile: bool | None = None,
    reduce_retracing: bool = False,
    experimental_implements: Any = None,
    experimental_autograph_options: Any = None,
    experimental_attributes: Any = None,
    experimental_relax_shapes: bool | None = None,
    experimental_compile: bool | None = None,
    experimental_follow_type_hints: bool | None = None,
) -> Any:
    """Compile a Python function of tensors: `f = function(f)` or `@function`.

    Variables may be read and assigned inside. The Python code runs once for each new signature (shapes, dtypes, Python values);
    then the program runs without it. `if`, `while`, `for` and their kin work on tensors inside (`autograph`).
    The other options TensorFlow accepts change nothing here: everything is compiled by XLA.
    """
    if func is None:
        return lambda func: function(func, input_signature, autograph)
    if isinstance(func, Function):
        return func
    if not callable(func):
        raise ArgumentError(f"`function` compiles a function; received {type(func).__name__}.")
    return Function(func, input_signature, autograph)


_running_eagerly = [False]


def run_functions_eagerly(run_eagerly: bool) -> None:
    """Make every `function` run as plain Python, for debugging."""
    _running_eagerly[0] = bool(run_eagerly)


def functions_run_eagerly() -> bool:
    return _running_eagerly[0]


def _user_line(error: BaseException) -> str:
    """'file.py, line 3: ' where the user's own code met the error."""
    trace, found = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if not str(trace.tb_frame.f_globals.get("__name__", "")).startswith(("hornbeam.", "jax")):
            found = f"{code.co_filename}, line {trace.tb_lineno}: "
        trace = trace.tb_next
    return found


def _constant(leaf: Any) -> Any:
    """What stands for an argument that is no tensor: 0.0 and -0.0 are two numbers."""
    return leaf.hex() if isinstance(leaf, float) else leaf if _hashable(leaf) else id(leaf)


def _form_of(leaf: Any) -> Any:
    value = as_tensor(leaf)._value
    return value.shape, value.dtype


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
