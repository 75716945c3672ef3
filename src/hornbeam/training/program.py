"""The compiled loop: one step, as a stateful function, becomes one XLA program that runs many of them.

    state, data, order, first, start, stop  ->  state after steps start..stop, logs

The trip count is dynamic, so a chunk of any length runs in the same program: a whole epoch, a tenth of a second of it, or the
single step that a per-batch callback asks for, with the same bits.
"""

import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import devices, effects, options, ordering, sharding
from hornbeam.engine.errors import ArgumentError, DeviceMemoryError, HornbeamError, StateError, UntraceableError
from hornbeam.engine.options import compiler_options
from hornbeam.engine.pure import Lifted, untaped
from hornbeam.engine.tensor import wrap
from hornbeam.engine.variable import Variable

UNTRACEABLE = (jax.errors.JAXTypeError, jax.errors.JAXIndexError)  # what JAX raises when Python asks for a traced value

# Tracing runs the user's Python, which keeps state of its own (a layer's added losses), so one thread traces at a time.
_tracing = threading.RLock()


class Program:
    """A loop over a step.

    Args:
        step: `step(batch)`, stateful; gives a dict of logs (or nothing, with `finish`).
        variables: those the step is known to use; others are found by tracing.
        batch_size: examples a step.
        finish: gives the logs once after the last step of a chunk, from the state, in place of the step's own.
        name: for messages.

    Calling it runs steps `start..stop` and assigns the Variables that the step assigns.
    """

    def __init__(
        self,
        step: Callable[[Any], Any],
        variables: Sequence[Variable],
        batch_size: int,
        finish: Callable[[], dict[str, Any]] | None = None,
        name: str = "fit",
    ):
        self.step, self.finish, self.batch_size, self.name = step, finish, batch_size, name
        self.lifted = Lifted(lambda batch: step(batch), variables)
        self.finished = Lifted(lambda: finish(), variables) if finish is not None else None
        self._compiled: Callable | None = None
        self._preparing = threading.Lock()
        self._donates = devices.backend() != "cpu"  # a CPU gains nothing by it
        self.hurried = 0  # for how many steps more what was compiled in a hurry will do

    def prepare(self, data: Any, order: Any) -> None:
        """Trace and compile, without running. May be called on another thread."""
        with untaped(), self._preparing:  # a second thread waits for the first one's result
            if self._compiled is not None:
                return
            with _tracing, jax.enable_x64(True):
                lowered = self._trace(data, order).lower(*self._abstract(data, order))
            with jax.enable_x64(True):
                self._compiled = lowered.compile()

    def _abstract(self, data: Any, order: Any) -> tuple:
        def spec(a: Any) -> jax.ShapeDtypeStruct:
            return jax.ShapeDtypeStruct(np.shape(a), a.dtype, sharding=a.sharding if type(a) is jax.ShapeDtypeStruct else None)

        laid = [jax.ShapeDtypeStruct(v.shape, v.spec.dtype, sharding=sharding.of(v)) for v in self.lifted.variables]
        changing, fixed = self._split(laid)
        number = jax.ShapeDtypeStruct((), np.int32)
        return (*jax.tree.map(spec, (changing, fixed, data, order)), number, number, number)

    def _split(self, values: list[Any]) -> tuple[dict[int, Any], dict[int, Any]]:
        assigned = self.lifted.assigned
        changing = {i: values[i] for i in assigned}
        return changing, {i: value for i, value in enumerate(values) if i not in assigned}

    def _trace(self, data: Any, order: Any) -> Any:
        """Find the state, then build the loop."""
        lifted, batch_size = self.lifted, self.batch_size
        batch = jax.tree.map(lambda a: jax.ShapeDtypeStruct((batch_size, *a.shape[1:]), a.dtype), data)

        def specs() -> list[Any]:
            return [v.spec for v in lifted.variables]

        traces = itertools.count()

        def trace() -> Any:
            with jax.enable_x64(True), effects.tracing(next(traces) > 0):  # what its Python prints is printed once
                return jax.make_jaxpr(lambda values, batch: lifted(values, [], (batch,)), return_shape=True)(specs(), batch)

        try:
            jaxpr, (logs, new) = lifted.settle(trace)
            if self.finished is not None:
                self.finished.variables = lifted.variables  # one list: the same state seen by both
                with jax.enable_x64(True):
                    jax.eval_shape(lambda values: self.finished(values, [], ()), specs())
        except HornbeamError:
            raise
        except UNTRACEABLE as error:
            raise UntraceableError(_cannot_trace(self.name, error)) from error
        result = jax.tree.structure((logs, new))
        if logs is not None and not isinstance(logs, dict):
            what = f"a Tensor of shape {logs.shape}" if hasattr(logs, "shape") else f"a {type(logs).__name__}"
            raise ArgumentError(f"A step of '{self.name}' returns a dict of logs, such as {{'loss': loss}}; it returned {what}.")
        logs = {} if self.finished is not None or logs is None else logs
        layouts = {i: layout for i, v in enumerate(lifted.variables) if (layout := sharding.of(v)) is not None}

        def loop(changing: dict, fixed: dict, data: Any, order: Any, first: Any, start: Any, stop: Any) -> tuple[dict, dict]:
            def body(i: Any, carry: tuple[dict, dict]) -> tuple[dict, dict]:
                changing, _ = carry
                values = [changing[n] if n in changing else fixed[n] for n in range(len(lifted.variables))]
                row = first + i * batch_size
                if order is None:
                    batch = jax.tree.map(lambda a: jax.lax.dynamic_slice_in_dim(a, row, batch_size), data)
                else:
                    rows = jax.lax.dynamic_slice_in_dim(order, row, batch_size)
                    batch = jax.tree.map(lambda a: jnp.take(a, rows, axis=0, mode="clip"), data)
                out = jax.core.eval_jaxpr(jaxpr.jaxpr, jaxpr.consts, *jax.tree.leaves((values, sharding.shared_out(batch))))
                found, new = jax.tree.unflatten(result, out)
                new = {i: sharding.laid(value, layouts.get(i)) for i, value in new.items()}
                return {**changing, **new}, (found or {}) if logs else {}

            zeros = jax.tree.map(lambda a: jnp.zeros(a.shape, a.dtype), logs)
            changing, found = jax.lax.fori_loop(start, stop, body, (changing, zeros))
            changing = {i: sharding.laid(value, layouts.get(i)) for i, value in changing.items()}  # the compiler may choose another
            if self.finished is not None:
                values = [changing[n] if n in changing else fixed[n] for n in range(len(lifted.variables))]
                found, _ = self.finished(values, [], ())
            return changing, found

        return jax.jit(
            loop,
            donate_argnums=(0,) if self._donates else (),
            compiler_options=compiler_options(devices.backend(), self.hurried > 0) or None,
        )

    def __call__(self, data: Any, order: Any, start: int, stop: int, first: int = 0) -> dict[str, Any]:
        """Run steps `start` to `stop` (exclusive) over `data` (arrays, first axis examples), step 0 at row `first`.

        `order` (int32) says which example each row is; None: as they lie.
        """
        if self._compiled is None:
            self.prepare(data, order)
        lifted = self.lifted
        changing, fixed = self._state()
        try:
            with jax.enable_x64(True):
                new, logs = self._compiled(changing, fixed, data, order, np.int32(first), np.int32(start), np.int32(stop))
        except Exception as error:
            if full := _full_memory(self.name, error, self.batch_size):
                raise full from error
            raise
        for i, value in new.items():
            if self._donates:
                lifted.variables[i]._lend(value)
            else:
                lifted.variables[i]._set(wrap(value))
        effects.finish()
        if self.hurried:
            self.hurried = max(0, self.hurried - (stop - start))
            if not self.hurried:
                self._compiled = None
        return logs

    def _state(self) -> tuple[dict[int, Any], dict[int, Any]]:
        """The values to run with. An array that a Variable shows may be held by anyone: what is donated is a private one."""
        variables = self.lifted.variables
        if sharding.distribution() is not None:
            for v in variables:
                if v._tensor is not None:  # what a program assigned meanwhile lies anywhere
                    sharding.put(v, sharding.of(v))
        if not self._donates:
            return self._split([v._tensor_now()._value for v in variables])
        changing = {}
        with jax.enable_x64(True):
            for i in self.lifted.assigned:
                v = variables[i]
                if v._lent is not None and v._lent.is_deleted():
                    raise StateError(
                        f"The value of '{v.path}' is gone: a step failed on the device after it had been handed over. "
                        "Load the weights again (a checkpoint, BackupAndRestore), or build the model anew."
                    )
                changing[i] = v._lent if v._lent is not None else jnp.array(v._tensor_now()._value, copy=True)
        return changing, {i: v._tensor_now()._value for i, v in enumerate(variables) if i not in changing}


class BatchProgram:
    """A stateful function of one batch, compiled for each shape: `predict` and the `*_on_batch` methods."""

    def __init__(self, function: Callable[..., Any], variables: Sequence[Variable], name: str):
        self.function, self.variables, self.name = function, variables, name
        self._compiled: dict[Any, tuple[Lifted, Any, Any]] = {}
        self._hurried: dict[Any, int] = {}  # for how many calls more what was compiled in a hurry will do

    def __call__(self, *args: Any) -> Any:
        """Run on arrays (nested); gives arrays."""
        leaves, tree = jax.tree.flatten(args)
        key = (tree, tuple((a.shape, a.dtype) for a in leaves))
        found = self._compiled.get(key)
        if found is None and len(self._compiled) >= options.SHAPES:
            self._hurried.setdefault(key, options.CALLS)
        elif self._hurried.get(key):
            self._hurried[key] -= 1
            found = found if self._hurried[key] else None
        try:
            if found is None:
                with _tracing, untaped(), jax.enable_x64(True):
                    self._given = ordering.order(args)
                    lifted, compiled = self._trace(args, bool(self._hurried.get(key)))
                    with effects.tracing(mute=True):
                        out, new = compiled(lifted.values(), args)  # traces once more
                keys = self._order
                self._compiled[key] = lifted, compiled, keys
            else:
                lifted, compiled, keys = found
                with jax.enable_x64(True):
                    out, new = compiled(lifted.values(), args)
        except Exception as error:
            if full := _full_memory(self.name, error):
                raise full from error
            raise
        if new:
            lifted.commit(new)
        effects.finish()
        return ordering.in_order(keys, out)

    def _noted(self, *args: Any) -> Any:
        out = self.function(*ordering.in_order(self._given, args))
        self._order = ordering.order(out)
        return out

    def _trace(self, args: Any, hurried: bool) -> tuple[Lifted, Any]:
        lifted = Lifted(self._noted, self.variables)

        traces = itertools.count()

        def trace() -> Any:
            specs = [v.spec for v in lifted.variables]
            with jax.enable_x64(True), effects.tracing(next(traces) > 0):
                return jax.eval_shape(lambda values, args: lifted(values, [], args), specs, args)

        try:
            lifted.settle(trace)
        except UNTRACEABLE as error:
            raise UntraceableError(_cannot_trace(self.name, error)) from error
        wanted = compiler_options(devices.backend(), hurried) or None
        return lifted, jax.jit(lambda values, args: lifted(values, [], sharding.shared_out(args)), compiler_options=wanted)


def _cannot_trace(name: str, error: Exception) -> str:
    return (
        f"'{name}' could not be compiled: Python code in the model needs a value that exists only when the program runs "
        f"({str(error).splitlines()[0][:200]}). Use operations of `hornbeam.ops` there, or compile(run_eagerly=True)."
    )


def _full_memory(name: str, error: Exception, batch_size: int | None = None) -> DeviceMemoryError | None:
    """What a user should read when a program did not fit on the device; None when that is not what the error says."""
    text = str(error)
    if isinstance(error, HornbeamError) or not (
        "RESOURCE_EXHAUSTED" in text or "out of memory" in text.lower() or isinstance(error, MemoryError)
    ):
        return None
    size = f" of {batch_size} examples" if batch_size else ""
    return DeviceMemoryError(
        f"'{name}' does not fit in the memory of the {devices.backend()} with batches{size}: {(text.splitlines() or [''])[0][:200]} "
        "Use a smaller batch_size or a smaller model."
    )
