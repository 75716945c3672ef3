"""The one door every operation passes.

An operation is a plain function on arrays. `op` puts a door before it that takes Tensors, Variables, NumPy arrays and Python
numbers; brings operands to a common type; and then does one of four things:

* a symbolic operand: notes a graph node and answers with symbolic tensors (`engine.graph`);
* a tracer among the operands: calls the function, whose operations join the program being traced;
* small operands on the host and a NumPy form in the row: computes there (a new shape costs a compiler run otherwise);
* anything else: calls the function jitted whole.

Then it tells the open tapes, and wraps.
"""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes, effects, interpreter, manners, strict
from hornbeam.engine.devices import backend
from hornbeam.engine.errors import ArgumentError, CompositeError, DtypeError, HornbeamError, ShapeError, StateError, UntraceableError
from hornbeam.engine.numpy_form import numpy_form
from hornbeam.engine.options import compiler_options
from hornbeam.engine.pure import local, plainly
from hornbeam.engine.tensor import Spec, Tensor, Tracer, _to_numpy, as_tensor, is_tensor, place, python_dtype, wrap

HOST_ELEMENTS = 8192  # Host arithmetic on more elements than this is slower than a call of a compiled program.
NEW_ELEMENTS = 2**20  # Host arithmetic on more than this is slower than compiling a program.
NEW_CALLS = 8  # So many calls with one kind of operands of a size between the two run on the host; then a program is compiled.

_symbolic_call: Callable[..., Any] = NotImplemented  # type: ignore[assignment]  # set by engine.graph


class Bound:
    """An operation with its static arguments fixed: what is jitted, recorded by tapes and kept in graphs."""

    __slots__ = ("op", "function", "_jitted", "_vjp", "static", "host", "given", "_calls", "hurried")

    def __init__(self, op: "Op", function: Callable[..., Any], host: Callable[..., Any] | None, static: tuple):
        self.op, self.function, self.host, self.static = op, function, host, static
        self._jitted: Callable | None = None
        self._vjp: tuple[Callable, Callable, Callable] | None = None
        self.given: dict[str, Any] = {}  # the static arguments by name, for configurations
        self._calls: dict[tuple, int] = {}
        self.hurried = 0  # for how many calls more what was compiled in a hurry will do

    @property
    def name(self) -> str:
        return self.op.name

    @property
    def jitted(self) -> Callable[..., Any]:
        if self.hurried:
            self.hurried -= 1
            if not self.hurried:
                self._jitted = None
        if self._jitted is None:
            self._jitted = jax.jit(self.function, compiler_options=compiler_options(backend(), self.hurried > 0) or None)
        return self._jitted

    def is_new(self, values: Sequence[Any]) -> bool:
        """Whether operands of these shapes have come so seldom that compiling for them does not pay yet."""
        key = tuple([None if value is None else (value.shape, value.dtype) for value in values])
        calls = self._calls[key] = self._calls.get(key, 0) + 1
        return calls <= NEW_CALLS

    @property
    def _pullbacks(self) -> tuple[Callable, Callable, Callable]:
        """From operands and the gradient of the result to the operands' gradients: in a program, compiled by itself, and by NumPy."""
        if self._vjp is None:

            def pullback(primals: tuple, cotangents: Any) -> tuple:
                with effects.silently():
                    parts = jax.vjp(self.function, *primals)[1](cotangents)
                return tuple([None if part is None or part.dtype == jax.dtypes.float0 else part for part in parts])

            def flat(*leaves: Any, tree: Any) -> tuple:
                return pullback(*jax.tree.unflatten(tree, leaves))

            self._vjp = (jax.jit(pullback), jax.jit(pullback, compiler_options=compiler_options(backend()) or None),
                         interpreter.host_form(flat, NEW_ELEMENTS))  # fmt: skip
        return self._vjp

    def vjp(self, primals: tuple, cotangents: Any) -> tuple:
        """The gradients of the operands (None: there is none), from the operands and the gradient of the result."""
        part_of_a_program, by_itself, _ = self._pullbacks
        with bounded_loops:
            return (by_itself if local.scope is None else part_of_a_program)(primals, cotangents)

    def vjp_by_numpy(self, primals: tuple, cotangents: Any) -> Any:
        """As `vjp`, without compiling; NotImplemented where NumPy does not know how."""
        leaves, tree = jax.tree.flatten((primals, cotangents))
        with bounded_loops:
            return self._pullbacks[2](*map(np.asarray, leaves), tree=tree)


class Op:
    """An operation behind the door.

    Args:
        function: takes arrays first, then static keyword or positional arguments.
        operands: how many leading arguments are tensors. -1: the first argument is a list of tensors.
        rule: how operand types are brought together; see `RULES`.
        host: the same function for NumPy arrays, used for small operands, and for larger ones while their shapes are new (a loop
            over pictures of many sizes compiles nothing). 'numpy': made of `function` (`engine.numpy_form`); 'interpreted': its program,
            run equation by equation (`engine.interpreter`). It may answer NotImplemented.
        cost: work in elements for host arithmetic, given the operands' arrays; by default the largest size.
        differentiable: False where gradients stop (integer results need not say so).
        limit: up to how many elements `host` is always used, by default HOST_ELEMENTS.
    """

    by_name: "dict[str, Op]" = {}  # what a saved model's graph may name

    def __init__(
        self,
        function: Callable[..., Any],
        operands: int = 1,
        rule: str | Callable = "same",
        host: Callable[..., Any] | str | None = None,
        cost: Callable[..., int] | None = None,
        differentiable: bool = True,
        name: str | None = None,
        limit: int | None = None,
    ):
        self.function, self.operands, self.cost, self.differentiable = function, operands, cost, differentiable
        self.host = {"numpy": numpy_form, "interpreted": interpreter.host_form}[host](function) if isinstance(host, str) else host
        self.limit = limit
        self.name = name or function.__name__.rstrip("_")
        self.rule = RULES[rule] if isinstance(rule, str) else rule
        if isinstance(self.rule, strict.Strict):
            self.rule = self.rule.named(self.name)
        self.signature = inspect.signature(function)
        self.parameters = list(self.signature.parameters)
        self.renamed: dict[str, str] = {}  # other names for arguments: see `spelled`
        self._bound: dict[Any, Bound] = {}
        functools.update_wrapper(self, function)
        self.__name__ = self.name.rpartition(".")[2]
        if function is not _supplied:
            Op.by_name.setdefault(self.name, self)

    def __repr__(self) -> str:
        return f"<op {self.name}{inspect.signature(self)}>"

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def spelled(self, rule: str | Callable | None = None, name: str | None = None, **renamed: str) -> "Op":
        """The same function under another promotion rule and name, and with other names for its arguments (new name = old name).

        `reductions.sum.spelled(name="reduce_sum", input_tensor="x")` is TensorFlow's `reduce_sum`.
        """
        twin = Op(self.function, self.operands, rule or self.rule, self.host, self.cost, self.differentiable, name or self.name,
                  self.limit)  # fmt: skip
        twin.renamed = {**self.renamed, **renamed}
        if twin.name == self.name:
            twin._bound = self._bound  # one compile for both
        old = {value: key for key, value in twin.renamed.items()}
        twin.__signature__ = self.signature.replace(  # type: ignore[attr-defined]
            parameters=[each.replace(name=old.get(each.name, each.name)) for each in self.signature.parameters.values()]
        )
        return twin

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        count = self.operands
        if self.renamed and kwargs:
            kwargs = {self.renamed.get(word, word): value for word, value in kwargs.items()}
        if "name" in kwargs and "name" not in self.parameters:
            del kwargs["name"]
        if count < 0:
            return self._variadic(args, kwargs)
        if len(args) < count:
            args, kwargs = self._gather(args, kwargs)
        return self.apply(args[:count], args[count:], kwargs)

    def _gather(self, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
        """Operands given by keyword move to their places; an optional operand that is absent is None."""
        rest = dict(kwargs)
        gathered = list(args)
        for name in self.parameters[len(args) : self.operands]:
            default = self.signature.parameters[name].default
            if name in rest:
                gathered.append(rest.pop(name))
            elif default is not inspect.Parameter.empty:
                gathered.append(default)
            else:
                raise ArgumentError(f"Operation '{self.name}' needs the argument '{name}'. It is called as {self.name}{self.signature}.")
        return tuple(gathered), rest

    def _variadic(self, args: tuple, kwargs: dict) -> Any:
        if not args:
            args = (kwargs.pop(self.parameters[0]),)
        operands = args[0]
        if not isinstance(operands, (list, tuple)):
            operands = list(operands)
        return self.apply(tuple(operands), args[1:], kwargs)

    def bind(self, rest: tuple, kwargs: dict) -> Bound:
        """The `Bound` for these static arguments: one object however often it is asked for."""
        try:
            key = _bind_key(rest, kwargs)
            found = self._bound.get(key)
        except TypeError:
            rest, kwargs = freeze(rest), {name: freeze(value) for name, value in kwargs.items()}
            key = _bind_key(rest, kwargs)
            found = self._bound.get(key)
        if found is None:
            try:
                arguments = self.signature.bind(*([None] * abs(self.operands)), *rest, **kwargs).arguments
            except TypeError as error:
                if abs(self.operands) + len(rest) == len(self.parameters) + 1 and isinstance(rest[-1], str):
                    found = self._bound[key] = self.bind(rest[:-1], kwargs)  # TensorFlow's `name`, which is its last argument
                    return found
                raise DtypeError(f"Operation '{self.name}': {error}. It is called as {self.name}{self.signature}.") from None
            static = (*rest, *kwargs.items())
            found = self._bound[key] = Bound(self, self._close(self.function, rest, kwargs), self._close(self.host, rest, kwargs), static)
            found.given = dict(list(arguments.items())[abs(self.operands) :])
        return found

    def _close(self, function: Callable | None, rest: tuple, kwargs: dict) -> Callable | None:
        if function is None:
            return None
        if self.operands < 0:
            return lambda *operands: function(operands, *rest, **kwargs)
        if rest:
            return lambda *operands: function(*operands, *rest, **kwargs)
        return functools.partial(function, **kwargs) if kwargs else function

    def apply(self, operands: Sequence[Any], rest: tuple, kwargs: dict) -> Any:
        try:
            tensors = self.rule(operands)
        except CompositeError as found:  # a RaggedTensor or a SparseTensor says itself what the operation is for its kind
            return found.value.__hornbeam_composite__(self, operands, rest, kwargs)
        try:
            bound = self.bind(rest, kwargs)
        except TypeError as error:
            if isinstance(error, HornbeamError):
                raise
            given = f"{rest or ''} {kwargs or ''}"
            raise DtypeError(f"Operation '{self.name}': the arguments {given} must be plain values, not tensors.") from error
        result = run(bound, tensors)
        traced = isinstance(getattr(result, "_value", result), (Tracer, tuple)) and (local.scope is None or local.scope.plain)
        if traced and not any(type(x) is Tensor for x in operands) and manners.by_program():
            return plainly(result)  # a program's own JAX code: tracers in, tracers out
        return result


def _bind_key(rest: tuple, kwargs: dict[str, Any]) -> tuple:
    """What tells static arguments apart: also their types, since 1 == 1.0 == True."""
    if kwargs:
        return rest, tuple(map(type, rest)), tuple(kwargs.items()), tuple(map(type, kwargs.values()))
    return (rest, tuple(map(type, rest))) if rest else rest


def run(bound: Bound, tensors: Sequence[Tensor | None]) -> Any:
    """Apply a bound operation to operands that already have their final types."""
    tracing = large = False
    host, limit, cost = bound.host is not None, bound.op.limit, bound.op.cost
    if limit is None:
        limit = HOST_ELEMENTS
    values = []
    scope = local.scope
    if scope is not None:
        tensors = [tensor if tensor is None else scope.capture(tensor) for tensor in tensors]
    for tensor in tensors:
        value = None if tensor is None else tensor._value
        kind = type(value)
        if kind is Spec:
            return _symbolic_call(bound, tensors)
        if kind is not np.ndarray and value is not None:
            if isinstance(value, Tracer):
                tracing = True
            if host:
                host = not tracing and _device_is_host()
                large = large or (host and value.size > limit)
        elif host and value is not None and value.size > limit and value.dtype != object:  # strings are the host's alone
            large = True
        values.append(value)
    if host and not tracing:
        if not large and cost is not None and cost(*values) > limit:
            large = values[0].dtype != object
        if large:
            host = max([value.size for value in values if value is not None] if cost is None else [cost(*values)]) <= NEW_ELEMENTS
            host = host and limit >= 0 and bound.is_new(values)
    out: Any = NotImplemented
    try:
        if tracing:
            with jax.enable_x64(True):  # functions may use what only JAX's arrays have: `x.at`, an index that is traced
                out = bound.function(*[_constant(value) if type(value) is np.ndarray else value for value in values])
        elif host:
            with np.errstate(all="ignore"):
                out = bound.host(*[value if type(value) is np.ndarray or value is None else np.asarray(value) for value in values])
            if out is not NotImplemented:
                keep = _placed if large else _frozen
                out = tuple(map(keep, out)) if type(out) is tuple else keep(out)
        if out is NotImplemented:
            with jax.enable_x64(True):
                if scope is None:
                    out = bound.jitted(*[_on_device(value) if type(value) is np.ndarray and not value.ndim else value for value in values])
                else:  # a program within a program takes no compiler options
                    out = bound.function(*[_constant(value) if type(value) is np.ndarray else value for value in values])
    except HornbeamError:
        raise
    except Exception as error:
        if not any(type(value) is np.ndarray and value.dtype.hasobject for value in values):
            raise explain(bound, tensors, error) from error
        out = _with_strings(bound, tensors, values, tracing, error)
    result = _wrap(out)
    if local.tapes and bound.op.differentiable:
        for tape in local.tapes:
            tape.record(bound, tensors, result)
    return result


def _with_strings(bound: Bound, tensors: Sequence[Tensor | None], values: Sequence[Any], tracing: bool, error: Exception) -> Any:
    """The result on the host, however large: no compiled program takes strings."""
    if tracing:
        raise UntraceableError(
            f"Operation '{bound.name}' has strings among its operands, which a compiled function cannot hold. Do the work on strings "
            "outside it, for instance in a `map` of a Dataset or in a layer such as TextVectorization or StringLookup before the model."
        ) from error
    if bound.host is None:
        raise DtypeError(f"Operation '{bound.name}' does not work on strings.") from error
    try:
        out = bound.host(*[value if value is None else np.asarray(value) for value in values])
    except Exception as host_error:
        raise explain(bound, tensors, host_error) from host_error
    if out is NotImplemented:
        raise DtypeError(f"Operation '{bound.name}' does not work on strings.") from error
    return tuple(map(_frozen, out)) if type(out) is tuple else _frozen(out)


def _constant(array: np.ndarray) -> Any:
    return array if array.dtype.hasobject else jnp.asarray(array)


def _frozen(array: Any) -> np.ndarray:
    if type(array) is not np.ndarray:
        array = np.asarray(array, object if type(array) is bytes else None)
    array.flags.writeable = False  # whoever asks a Tensor for its array gets this one
    return array


def _placed(array: Any) -> Any:
    return place(np.asarray(array))


@functools.cache
def _device_is_host() -> bool:
    """Whether reading a device's array on the host costs nothing: elsewhere it waits for the device and copies."""
    return jax.default_backend() == "cpu"


_scalars: dict[tuple, Any] = {}


def _on_device(scalar: np.ndarray) -> Any:
    """The device's twin of a host scalar: a compiled program takes it twice as fast as one it must transfer first."""
    key = scalar.dtype, scalar.tobytes()
    found = _scalars.get(key)
    if found is None:
        if key not in _scalars:  # the first time it is handed over as it is: most numbers come once
            if len(_scalars) > 1000:
                _scalars.clear()
            _scalars[key] = None
            return scalar
        with jax.ensure_compile_time_eval():
            found = _scalars[key] = jax.device_put(scalar)
    return found


def _wrap(out: Any) -> Any:
    if type(out) is np.ndarray or isinstance(out, jax.Array):
        return wrap(out)
    return jax.tree.map(wrap, out)


def explain(bound: Bound, tensors: Sequence[Tensor | None], error: Exception) -> Exception:
    """The error a user should see first when an operation's function refused its operands."""
    if isinstance(error, jax.errors.UnexpectedTracerError):
        return StateError(
            f"Operation '{bound.name}' was given a tensor that was made inside a compiled function that has finished. "
            "Return it from that function, or keep it in a Variable."
        )
    if unbounded := unbounded_loop(error):
        return unbounded
    shapes = ", ".join("None" if t is None else f"{t.dtype}{list(t.shape)}" for t in tensors)
    if isinstance(error, (jax.errors.JAXTypeError, MemoryError)):
        return error
    kind = ShapeError if isinstance(error, (ValueError, IndexError)) or "shape" in str(error) else DtypeError
    if not isinstance(error, (TypeError, ValueError, IndexError)):
        return error
    static = f" with {bound.static}" if bound.static else ""
    reason = str(error).strip().split("\n")[0][:300]
    told = kind(f"Operation '{bound.name}' cannot be applied to {shapes}{static}: {reason}")
    told.shapes = [tuple(t.shape) for t in tensors if t is not None]  # type: ignore[union-attr]
    return told


class _BoundedLoops:
    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, ValueError) and (told := unbounded_loop(error)):
            raise told from None


# A block that takes gradients: a loop among the operations whose number of steps nobody bounded is told in the user's words.
bounded_loops = _BoundedLoops()


def unbounded_loop(error: Exception) -> effects.UnboundedLoop | None:
    """The error for a gradient through a loop whose number of steps nobody bounded."""
    if "Reverse-mode differentiation does not work" not in str(error):
        return None
    return effects.UnboundedLoop(
        "The gradient of a `while_loop` needs a bound on its number of steps: give it maximum_iterations=..., "
        "or use `scan`, or `fori_loop` with bounds that are known."
    )


def freeze(value: Any) -> Any:
    """A hashable twin of a static argument: lists become tuples, scalar tensors numbers, small arrays nested tuples."""
    if isinstance(value, (list, tuple)):
        return tuple(freeze(each) for each in value)
    if isinstance(value, Tensor) or hasattr(value, "__hornbeam_tensor__"):
        value = np.asarray(value)
        return freeze(value.tolist())
    if isinstance(value, np.ndarray):
        return freeze(value.tolist())
    if isinstance(value, dict):
        return tuple((name, freeze(each)) for name, each in value.items())
    if isinstance(value, slice):
        return _Slice(freeze(value.start), freeze(value.stop), freeze(value.step))
    return value


class _Slice(tuple):
    """A hashable slice (Python's own is hashable from 3.12 only)."""

    def __new__(cls, *parts: Any) -> "_Slice":
        return super().__new__(cls, parts)


def _supplied(*operands: Any) -> Any:
    raise NotImplementedError  # never called


def supplied(name: str, differentiable: bool = True) -> Op:
    """An operation on any number of operands each of whose `Bound`s brings its own function."""
    return Op(_supplied, -1, differentiable=differentiable, name=name)


# Promotion rules: operands as given -> Tensors as the function receives them.
def _same(operands: Sequence[Any]) -> list[Tensor | None]:
    """Each operand keeps its own type."""
    return [x if type(x) is Tensor or x is None else as_tensor(x) for x in operands]


def _promote(operands: Sequence[Any]) -> list[Tensor | None]:
    """All operands meet in one type. Python numbers and foreign NumPy arrays give way to tensors of their kind or a higher one."""
    if len(operands) == 2:
        operands = [x if type(x) is Tensor or not is_tensor(x) else as_tensor(x) for x in operands]
        found = quick(*operands)
        if found is not None:
            return found
    weak = [_is_number(x) for x in operands]
    if any(is_tensor(x) for x in operands):
        weak = [w or isinstance(x, (np.ndarray, np.generic)) for w, x in zip(weak, operands, strict=True)]
    made: list[Any] = [x if w or x is None else as_tensor(x) for w, x in zip(weak, operands, strict=True)]
    target: np.dtype | None = None
    for w, x in zip(weak, made, strict=True):
        if not w and x is not None:
            target = x._value.dtype if target is None else dtypes.promote(target, x._value.dtype)
    for w, x in zip(weak, made, strict=True):
        if w:
            target = _meet(target, python_dtype(x) if _is_number(x) else x.dtype)
    return [x if x is None or (type(x) is Tensor and x._value.dtype == target) else _convert(x, target) for x in made]


def quick(a: Any, b: Any) -> list[Tensor | None] | None:
    """The common pairs: tensors of one type, or one and a plain number."""
    if type(a) is Tensor:
        if type(b) is Tensor:
            if a._value.dtype == b._value.dtype:
                return [a, b]
        elif _gives_way(b, a._value.dtype):
            return [a, wrap(np.array(b, a._value.dtype))]
    elif type(b) is Tensor and _gives_way(a, b._value.dtype):
        return [wrap(np.array(a, b._value.dtype)), b]
    return None


def _gives_way(x: Any, dtype: np.dtype) -> bool:
    """Whether x is a Python float or int that plainly takes this type."""
    kind = type(x)
    if kind is float:
        return dtype.kind == "f"
    return kind is int and (dtype.kind == "f" or (dtype.kind == "i" and dtype.itemsize >= 4 and -(2**31) <= x < 2**31))


def _is_number(x: Any) -> bool:
    return isinstance(x, (bool, int, float, complex)) and not isinstance(x, np.generic)


def _meet(target: np.dtype | None, weak: np.dtype) -> np.dtype:
    """The type of tensors of type `target` and a number or array of type `weak`, which gives way unless it is of a higher kind."""
    if target is None:
        return weak
    if _kind(weak) > _kind(target):
        return dtypes.NUMPY[dtypes.floatx()] if _kind(weak) == 3 else dtypes.promote(target, weak)
    return weak if weak == np.int64 and target.kind == "i" else target


def _kind(dtype: np.dtype) -> int:
    return 3 if dtypes.is_float(dtype) else {"b": 0, "u": 1, "i": 1, "c": 4}.get(dtype.kind, 5)


def _convert(x: Any, dtype: np.dtype) -> Tensor:
    if isinstance(x, Tensor):
        return cast(x, dtype)
    return wrap(_to_numpy(x, dtype)) if not isinstance(x, np.ndarray) else Tensor(x, dtype)


def _float(operands: Sequence[Any]) -> list[Tensor | None]:
    """As 'promote', then integers and booleans become `floatx()`."""
    if len(operands) == 1:
        x = operands[0]
        tensor = x if type(x) is Tensor else as_tensor(x)
        made: list[Tensor | None] = [tensor]
    else:
        made = _promote(operands)
    for tensor in made:
        if tensor is not None and tensor._value.dtype.kind in "iub":
            target = dtypes.NUMPY[dtypes.floatx()]
            return [t if t is None else cast(t, target) for t in made]
    return made


RULES: dict[str, Callable[[Sequence[Any]], list[Tensor | None]]] = {
    "same": _same, "promote": _promote, "float": _float, **strict.RULES,
}  # fmt: skip


def op(
    operands: int = 1,
    rule: str | Callable = "same",
    host: Callable[..., Any] | str | None = None,
    cost: Callable[..., int] | None = None,
    differentiable: bool = True,
    name: str | None = None,
    limit: int | None = None,
) -> Callable[[Callable[..., Any]], Op]:
    """Decorator that puts the door before a function on arrays; see `Op` for the arguments."""
    return lambda function: Op(function, operands, rule, host, cost, differentiable, name, limit)


@op(host=lambda x, dtype: x.astype(dtype))
def _cast(x: Any, dtype: Any) -> Any:
    return x.astype(dtype)


def cast(x: Any, dtype: Any) -> Tensor:
    """`x` with elements of type `dtype`. Floats become integers by truncation; gradients pass between floating types."""
    target = dtypes.standardize(dtype).numpy
    if type(x) is not Tensor:
        if hasattr(x, "__hornbeam_composite__"):
            return x.__hornbeam_composite__(_cast, (x,), (target,), {})
        x = as_tensor(x)
    if x._value.dtype == target:
        return x
    return run(_cast.bind((target,), {}), [x])


@op(-1, "promote", host=lambda xs: np.stack(xs), cost=lambda *xs: sum([x.size for x in xs]), name="pack")
def _pack(xs: Any) -> Any:
    return jnp.stack(xs)


def pack(values: Sequence[Any]) -> Tensor:
    """A list (or lists of lists) with tensors among its elements as one tensor, gradients and all."""
    return _pack([pack(each) if isinstance(each, (list, tuple)) else each for each in values])
