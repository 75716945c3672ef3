"""One trace of a function: what `function` keeps for each signature."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes, effects
from hornbeam.engine.door import Bound, run, supplied
from hornbeam.engine.errors import ArgumentError, StateError, UntraceableError
from hornbeam.engine.ordering import in_order, mapped, order
from hornbeam.engine.pure import Lifted, local
from hornbeam.engine.spec import TensorSpec
from hornbeam.engine.tensor import Tensor, Tracer, as_tensor, is_tensor
from hornbeam.engine.variable import Variable


class Program:
    """One trace of a function: a lifted form, and the bound operation that runs it.

    Args:
        function: the Python function.
        template: gives its arguments from the tensors among them.
        tensors: tensors (or anything with a shape and type) like those it will be called with.
        guesses: Variables that it probably uses; a right guess saves a second trace.
        mute: whether users have seen what its Python prints.
    """

    def __init__(
        self, function: Callable, template: Callable[[list[Tensor]], tuple], tensors: Sequence[Any], name: str,
        guesses: Sequence[Variable] = (), mute: bool = False,
    ):  # fmt: skip
        self._fixed: list[Any] = []  # results that are no tensors, by place; None where a tensor goes
        self._tree: Any = None
        self._order: Any = None

        def call(leaves: list[Tensor]) -> list[Any]:
            args, kwargs = template(leaves)
            out = function(*args, **kwargs)
            self._order = order(out)
            out, self._tree = jax.tree.flatten(out, is_leaf=_is_result)
            out = [_as_result(leaf) for leaf in out]
            self._fixed = [_TENSOR if _is_numeric(leaf) else leaf for leaf in out]
            return [leaf for leaf in out if _is_numeric(leaf)]

        self.lifted = Lifted(call, guesses)
        count, lifted = len(tensors), self.lifted

        def flat(*operands: Any) -> Any:
            split = len(operands) - count
            return lifted.flat(operands[:split], (list(operands[split:]),))

        specs = [jax.ShapeDtypeStruct(tuple(t.shape), dtypes.standardize(t.dtype).numpy) for t in tensors]
        self.specs = specs
        traces = 0

        def trace() -> Any:
            nonlocal traces
            traces += 1
            state = [jax.ShapeDtypeStruct(t._value.shape, t._value.dtype) for t in lifted.operands()]
            with effects.tracing(mute or traces > 1) as seen, jax.enable_x64(True):
                made = jax.make_jaxpr(lambda *a: flat(*a), return_shape=True)(*state, *specs)  # a new function: JAX remembers traces
                self.unbounded = seen.unbounded
            return made

        try:
            closed, shapes = lifted.settle(trace)
        except StateError as error:
            raise ArgumentError(
                f"The function '{name}' makes a new Variable each time it is traced. Make it outside, or on the first call only and keep "
                "it (`if self.v is None: self.v = tf.Variable(...)`)."
            ) from error
        if any(isinstance(constant, Tracer) for constant in closed.consts):
            raise UntraceableError(
                "a tensor that was made inside a loop or branch is used outside it (by way of a Python list?). Keep it in a variable of "
                "the loop, or in a tf.TensorArray."
            )
        form, results = jax.tree.structure(shapes), jax.tree.leaves(shapes)
        used = {id(v) for equation in closed.jaxpr.eqns for v in equation.invars} | {id(v) for v in closed.jaxpr.outvars}
        total = len(closed.jaxpr.invars)
        self._needed = [i for i in range(total - count) if id(closed.jaxpr.invars[i]) in used]
        kept = [*self._needed, *range(total - count, total)]
        self.has_effects = bool(closed.jaxpr.effects)
        self.results = [_spec_of(each) for each in results[: sum(each is _TENSOR for each in self._fixed)]]

        quiet: list[Any] = []  # the same program without its effects, made when a gradient needs it

        def program(*operands: Any) -> Any:
            inputs: list[Any] = [None] * total
            for i, operand in zip(kept, operands, strict=True):
                inputs[i] = operand
            made = closed
            if self.has_effects and effects.silent():
                if not quiet:
                    quiet.append(trace()[0])
                made, inputs = quiet[0], [jnp.zeros(v.aval.shape, v.aval.dtype) if x is None else x for x, v in zip(inputs, invars)]
            return jax.tree.unflatten(form, jax.core.eval_jaxpr(made.jaxpr, made.consts, *inputs))

        invars = closed.jaxpr.invars

        self.closed = closed
        self.bound = Bound(_PROGRAM, program, None, (name,))

    @property
    def variables(self) -> list[Variable]:
        """The Variables that it reads or assigns."""
        known = self.lifted.variables
        return [known[i] for i in dict.fromkeys([*(i for i in self._needed if i < len(known)), *self.lifted.assigned])]

    def __call__(self, tensors: Sequence[Tensor]) -> Any:
        state = self.lifted.operands(self._needed)
        out, new = run(self.bound, [*state, *tensors])
        for i, tensor in new.items():
            self.lifted.variables[i]._set(tensor)
        if self.has_effects and local.scope is None:
            effects.finish()
        return self.rebuild(out)

    def kinds(self) -> list[tuple[bool, Any]]:
        """For each leaf of the result: whether it is a tensor, and what it is otherwise."""
        return [(each is _TENSOR, None if each is _TENSOR else each) for each in self._fixed]

    def rebuild(self, tensors: Iterable[Any]) -> Any:
        """The structure that the Python function returned, around other tensors."""
        given = iter(tensors)
        made = jax.tree.unflatten(self._tree, [next(given) if each is _TENSOR else each for each in self._fixed])
        return in_order(self._order, made)


_TENSOR = object()


def _spec_of(spec: Any) -> TensorSpec:
    return TensorSpec([size if isinstance(size, (int, np.integer)) else None for size in spec.shape], spec.dtype)


def _is_result(value: Any) -> bool:
    return value is None or is_tensor(value)


def _as_result(leaf: Any) -> Any:
    """What a compiled function returns for a leaf: a tensor for all that can be one, other objects as they are."""
    if is_tensor(leaf):
        return as_tensor(leaf)
    if hasattr(type(leaf), "__hornbeam_absent__"):
        return leaf.__hornbeam_absent__()
    if isinstance(leaf, (bool, int, float, complex, np.ndarray, np.generic, jax.Array)) and np.asarray(leaf).dtype.kind in "biufc":
        return as_tensor(leaf)
    return as_tensor(leaf) if isinstance(leaf, (str, bytes)) else leaf


def _is_numeric(leaf: Any) -> bool:
    return isinstance(leaf, Tensor) and leaf._value.dtype.kind != "O"


def as_results(out: Any) -> Any:
    """What a function that ran in Python returns, in the form of what a compiled one returns."""
    return mapped(_as_result, out, is_leaf=_is_result)


_PROGRAM = supplied("function")
