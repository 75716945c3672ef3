"""A user's function of elements: compiled where it can be, over whole blocks of elements too, and plain Python where it cannot.

A compiled function of one element becomes one of a block by `jax.vmap`. Random operations keep their meaning: they draw from
streams whose state is a counter, and element k of a block starts where k elements one after the other would have left it. Other
state that a function assigns makes it run element after element.
"""

import contextlib
import functools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from hornbeam.data.node import Run
from hornbeam.data.structure import Element, host_leaf, leaves_of, pack, template_of, tensor_leaf, tidy
from hornbeam.engine import dtypes, graph
from hornbeam.engine.errors import DtypeError, HornbeamError, InvalidArgumentError, UntraceableError
from hornbeam.engine.function import TensorSpec
from hornbeam.engine.options import compiler_options
from hornbeam.engine.pure import Lifted, untaped
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor, wrap
from hornbeam.ops.autograph import converted

UNTRACEABLE = (UntraceableError, jax.errors.JAXTypeError, jax.errors.JAXIndexError)
_SHAPES = 8  # shapes of elements for which a program is compiled; data of more shapes than that runs on the host


class ElementFunction:
    """A function of elements.

    Args:
        function: the user's, called with the components of an element.
        source: the node whose elements it takes.
        kind: what messages call it ('map', 'filter').
        host: never compile it.
        extra: the template of further leaves in front (a state), passed as the first argument.
    """

    def __init__(self, function: Callable, source: Any, kind: str, host: bool = False, extra: Any = None):
        if not callable(function):
            raise DtypeError(f"{kind} takes a function; received {type(function).__name__}.")
        self.function, self.kind, self.source, self.extra = function, kind, source, extra
        self._converted = converted(function)  # for tracing; on the host Python's own control flow does
        self.host: bool | None = True if host else None  # None: not known before it is traced
        self.pure = False  # whether it is known to be compiled, and neither state nor an effect depends on the order of its calls
        self.out: Any = None  # the template of what it gives
        self._form: Any = None  # that of what it takes
        self._constants: dict[int, Any] = {}  # results that are no numbers (strings) and the same for every element
        self._traces: dict[Any, _Trace] = {}
        self._programs: dict[Any, _Program | None] = {}
        self._lock = threading.RLock()

    # Tracing.
    def specs(self, given: Any) -> Any:
        """The structure of specs of the results for elements of a structure of specs; None when only a run can tell."""
        leaves = leaves_of(given)
        if self.host is None and any(not isinstance(each, TensorSpec) or each.dtype == "string" for each in leaves):
            self.host = True
        if self.host or any(each.shape is None for each in leaves):
            return None
        try:
            if any(None in each.shape for each in leaves):
                with untaped():
                    symbols = [graph.symbolic(tuple(each.shape), each.dtype) for each in leaves]
                    found = graph.infer(self._traced, (symbols,), {}, examples=False)
            else:
                trace = self._trace([jax.ShapeDtypeStruct(tuple(each.shape), each.dtype.numpy) for each in leaves])
                found, self.pure = trace.results, trace.pure and not self._constants
        except UNTRACEABLE:
            self.host = True
            return None
        except HornbeamError:
            if all(None not in each.shape for each in leaves):
                raise
            return None  # an unknown size may well be one that fits, as 1 fits a squeeze: the data will tell
        results = [TensorSpec(tuple(each.shape), str(dtypes.standardize(each.dtype))) for each in found]
        for i, value in self._constants.items():
            results.insert(i, TensorSpec(value.shape, "string"))
        return pack(self.out, results)

    def _trace(self, leaves: Sequence[jax.ShapeDtypeStruct]) -> "_Trace":
        key = tuple([(each.shape, each.dtype) for each in leaves])
        found = self._traces.get(key)
        if found is None:
            found = self._traces[key] = _Trace(self._traced, leaves)
        return found

    def _traced(self, leaves: list[Tensor]) -> list[Tensor]:
        """The numeric results for leaves; notes the structure of the results."""
        results = self._call(leaves, self._converted)
        found: list[Tensor] = []
        self._constants = {}
        for i, leaf in enumerate(results):
            if is_tensor(leaf) and (leaf.dtype != "string"):
                found.append(as_tensor(leaf))
            elif hasattr(leaf, "_elements") or hasattr(leaf, "__hornbeam_node__"):
                raise UntraceableError("A function that gives a Dataset runs as plain Python.")
            else:
                value = host_leaf(leaf)
                if isinstance(value, np.ndarray) and value.dtype.kind != "O":
                    found.append(wrap(value))
                elif isinstance(value, np.ndarray):
                    self._constants[i] = value
                else:
                    raise UntraceableError("A function that gives ragged or sparse tensors runs as plain Python.")
        return found

    def _call(self, leaves: Sequence[Any], function: Callable) -> Sequence[Any]:
        """The leaves of what the user's function answers."""
        template = self._form
        if template is None:
            template = self._form = self.source._template
        if self.extra is not None:
            count = len(leaves_of(self.extra))
            state, leaves = pack(self.extra, leaves[:count]), leaves[count:]
            out = function(state, pack(template, leaves))
        else:
            element = pack(template, leaves)
            out = function(*element) if type(element) is tuple else function(element)
        if type(out) is Tensor:
            self.out = 0
            return (out,)
        if type(out) is tuple and all(type(each) is Tensor for each in out):
            if type(self.out) is not tuple or len(self.out) != len(out):
                self.out = tuple(range(len(out)))
            return out
        if out is None:
            raise InvalidArgumentError(
                f"The function of {self.kind} gave None: it must return a tensor or a structure of tensors (is a `return` missing?)."
            )
        out = tidy(out)
        self.out = template_of(out)
        return leaves_of(out)

    # Running.
    def open(self, run: Run) -> "Caller":
        """The function for one pass."""
        return Caller(self, run)

    def program(self, leaves: Element, rows: int | None) -> "_Program | None":
        """The program for leaves like these, or for `rows` of them stacked; None where plain Python must run."""
        if self.host:
            return None
        key = rows, tuple([(each.shape, each.dtype) if not isinstance(each, bytes) else bytes for each in leaves])
        found = self._programs.get(key, self)
        if found is self:
            with self._lock:
                found = self._programs.get(key, self)
                if found is self:
                    found = self._programs[key] = self._compiled(leaves, rows) if len(self._programs) < _SHAPES else None
        return found  # type: ignore[return-value]

    def _compiled(self, leaves: Element, rows: int | None) -> "_Program | None":
        if not all(isinstance(each, (np.ndarray, np.generic)) and each.dtype.kind in "biufcV" for each in leaves):
            self.host = True
            return None
        try:
            shapes = [each.shape if rows is None else each.shape[1:] for each in leaves]
            trace = self._trace([jax.ShapeDtypeStruct(shape, each.dtype) for shape, each in zip(shapes, leaves, strict=True)])
            return _Program(trace, leaves, rows)
        except UNTRACEABLE:
            self.host = True
            return None

    def on_host(self, leaves: Element) -> Element:
        """The results for one element by running the function as it is, eagerly."""
        try:
            with untaped(), on_cpu():
                return tuple([host_leaf(each) for each in self._call([tensor_leaf(each) for each in leaves], self.function)])
        except Exception as error:
            if not hasattr(error, "__notes__"):
                error.add_note(f"(while a Dataset's {self.kind} function ran on an element)")
            raise

    def assemble(self, found: Sequence[Any], rows: int | None) -> Element:
        """Program results as leaves, with the constants among them."""
        leaves = [np.asarray(each) for each in found]
        for i, value in self._constants.items():
            leaves.insert(i, value if rows is None else np.broadcast_to(value, (rows, *value.shape)))
        return tuple(leaves)


class Caller:
    """A function during one pass, with the random streams of that pass."""

    def __init__(self, function: ElementFunction, run: Run):
        self.function = function
        self._streams = _Streams(run)

    def one(self, leaves: Element) -> Element:
        """The results for one element."""
        function = self.function
        if not function.host:
            leaves = tuple([np.asarray(each) if isinstance(each, np.generic) else each for each in leaves])
            program = function.program(leaves, None)
            if program is not None:
                return function.assemble(program(leaves, 1, self._streams), None)
        return function.on_host(leaves)

    def block(self, columns: Element, rows: int) -> Element | None:
        """The results for stacked elements, `rows` (at least as many as there are) being the size to compile for. None: not compiled."""
        function = self.function
        if function.host:
            return None
        count = len(columns[0])
        if count < rows:
            columns = tuple([np.concatenate([each, np.broadcast_to(each[-1:], (rows - count, *each.shape[1:]))]) for each in columns])
        program = function.program(columns, rows)
        if program is None or not program.batched:
            return None
        found = function.assemble(program(columns, count, self._streams), rows)
        return found if count == rows else tuple([each[:count] for each in found])


class _Streams:
    """The states of random streams in one pass: private copies, so that a thread that reads ahead disturbs nobody."""

    def __init__(self, run: Run):
        self._run, self._values = run, dict[Any, np.ndarray]()

    def read(self, variable: Any) -> np.ndarray:
        found = self._values.get(variable)
        if found is None:
            word = self._run.generator().integers(0, 2**32, dtype=np.uint32)
            found = np.array(variable._tensor_now().__array__())
            found.reshape(-1)[0] ^= word
            self._values[variable] = found
        return found

    def write(self, variable: Any, value: np.ndarray) -> None:
        self._values[variable] = value


def is_stream(variable: Any) -> bool:
    """Whether a Variable is the state of a random stream: words of a key and a counter, which draws move on by constants."""
    return variable._numpy_dtype == np.uint32 and not variable.trainable


class _Trace:
    """A function traced once: a jaxpr `values of variables, leaves -> results, {number of variable: new value}`."""

    def __init__(self, function: Callable, leaves: Sequence[jax.ShapeDtypeStruct]):
        lifted = Lifted(function)

        def trace() -> Any:
            specs = [variable.spec for variable in lifted.variables]
            return jax.make_jaxpr(lambda values, leaves: lifted(values, [], (leaves,)), return_shape=True)(specs, list(leaves))

        with untaped(), jax.enable_x64(True), on_cpu():
            self._jaxpr, shapes = lifted.settle(trace)
        self.results, _ = shapes
        self._form = jax.tree.structure(shapes)
        self.variables, self.assigned = lifted.variables, list(lifted.assigned)
        self.pure = not self.assigned and not self._jaxpr.effects

    def __call__(self, values: Sequence[Any], leaves: Sequence[Any]) -> tuple[list[Any], dict[int, Any]]:
        found = jax.core.eval_jaxpr(self._jaxpr.jaxpr, self._jaxpr.consts, *values, *leaves)
        return jax.tree.unflatten(self._form, found)


class _Program:
    """A traced function compiled for one element, or for blocks.

    Args:
        leaves: an example of what it is called with, stacked when `rows` is given.
        rows: how many elements a block has; None for one element without a first axis.

    Attributes:
        batched: False where the function has no form for blocks: it assigns state that is no random stream, or an operation has none.
    """

    def __init__(self, trace: _Trace, leaves: Element, rows: int | None):
        self.trace, self.batched = trace, rows is not None
        self._streams = {i for i in trace.assigned if is_stream(trace.variables[i])}
        if rows is not None and len(self._streams) < len(trace.assigned):
            self.batched = False
            return
        specs = [variable.spec for variable in trace.variables], [jax.ShapeDtypeStruct(each.shape, each.dtype) for each in leaves]
        function = (lambda values, leaves, count: trace(values, leaves)) if rows is None else functools.partial(self._block, rows)
        try:
            with untaped(), jax.enable_x64(True), on_cpu():
                lowered = jax.jit(function).lower(*specs, jax.ShapeDtypeStruct((), np.uint32))
                self._run = lowered.compile(compiler_options("cpu") or None)
        except (NotImplementedError, ValueError):
            if rows is None:
                raise
            self.batched = False

    def _block(self, rows: int, values: list[Any], columns: list[Any], count: Any) -> tuple[list[Any], dict[int, Any]]:
        trace = self.trace
        if not self._streams:
            return jax.vmap(lambda leaves: trace(values, leaves)[0])(columns), {}
        _, after = trace(values, [each[0] for each in columns])
        steps = {i: after[i] - values[i] for i in self._streams}

        def each(number: Any, leaves: list[Any]) -> list[Any]:
            return trace([value + steps[i] * number if i in steps else value for i, value in enumerate(values)], leaves)[0]

        found = jax.vmap(each)(jax.numpy.arange(rows, dtype=np.uint32), columns)
        return found, {i: values[i] + step * count for i, step in steps.items()}

    def __call__(self, leaves: Element, count: int, streams: _Streams) -> Sequence[Any]:
        variables = self.trace.variables
        values = [streams.read(v) if i in self._streams else _here(v._tensor_now()._value) for i, v in enumerate(variables)]
        with jax.enable_x64(True), on_cpu():
            found, new = self._run(values, list(leaves), np.uint32(count))
        for i, value in new.items():
            if i in self._streams:
                streams.write(variables[i], np.asarray(value))
            else:
                variables[i]._set(wrap(np.asarray(value)))
        return found


def on_cpu() -> Any:
    """A block whose programs run on the processor: pipelines leave the accelerator to the model."""
    return contextlib.nullcontext() if jax.default_backend() == "cpu" else jax.default_device(jax.devices("cpu")[0])


def _here(value: Any) -> Any:
    return value if jax.default_backend() == "cpu" else np.asarray(value)
