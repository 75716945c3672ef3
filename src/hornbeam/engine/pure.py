"""Lifting state: running stateful Python (Variables that are read and assigned) as a pure function of values.

`Scope` is the one mechanism. While a scope is open, a Variable is read from and assigned in the scope, never in itself.
`tf.function`, `fit`, `predict`, gradients, control flow and saving all stand on it.

A scope is opened with the variables that are *lifted* (their values are inputs of the trace). A read of any other variable,
or of a tensor that an outer tape follows, gives its present value and is noted as a *miss*; whoever traces then adds the
misses to the inputs and traces again. Nothing outside the scope has changed meanwhile, so a trace that fails leaves no mark.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import jax
import numpy as np

from hornbeam.engine.errors import StateError
from hornbeam.engine.ordering import known, mapped
from hornbeam.engine.tensor import Tensor, Tracer, as_tensor, wrap
from hornbeam.engine.threads import within


class _Local(threading.local):
    """What is open on this thread."""

    scope: "Scope | None" = None
    tapes: tuple = ()  # the tapes opened inside the current scope, which record every op
    outer_tapes: tuple = ()  # the tapes opened outside it, which see the whole trace as one op
    autocast: Any = None  # the dtype in which a layer being called reads its floating weights
    training: bool | None = None  # whether the layer being called is in training
    values: dict[int, Any] | None = None  # what symbolic tensors stand for in this batch, by id, where a loss may close over them
    outputs: Sequence[Any] = ()  # those of them that are models' outputs


local = _Local()


def untaped() -> AbstractContextManager[None]:
    """A block that no open tape sees."""
    return within(local, tapes=(), outer_tapes=())


def untraced() -> AbstractContextManager[None]:
    """A block outside the function that is being traced: what it makes has values at once."""
    return within(local, scope=None, tapes=())


class Scope:
    """A block in which variable reads and assignments go to `values` instead of the variables.

    Args:
        lifted: variables and the tensors that stand for their values inside.
        captured: outer tensors and the tensors that stand for them inside.
    """

    def __init__(self, lifted: dict[Any, Tensor], captured: dict[int, Tensor] | None = None):
        self.values = dict(lifted)
        self.lifted = lifted
        self.captured = captured or {}
        self.missed_variables: dict[Any, None] = {}
        self.missed_tensors: dict[int, Tensor] = {}
        self.assigned: dict[Any, None] = {}
        self.plain = False  # whether what runs inside is a program's own JAX code
        self.losses: list[Any] | None = None  # what layers add to the loss meanwhile, where somebody collects it

    def __enter__(self) -> "Scope":
        self._outside = local.scope, local.tapes, local.outer_tapes
        local.outer_tapes = local.outer_tapes + local.tapes
        local.scope, local.tapes = self, ()
        return self

    def __exit__(self, *exc: Any) -> None:
        local.scope, local.tapes, local.outer_tapes = self._outside

    def read(self, variable: Any) -> Tensor:
        found = self.values.get(variable)
        if found is None:
            self.missed_variables[variable] = None
            outer = self._outside[0]
            found = self.values[variable] = outer.read(variable) if outer is not None else variable._tensor_now()
        return found

    def assign(self, variable: Any, tensor: Tensor) -> None:
        if variable not in self.lifted:
            self.missed_variables[variable] = None
        self.values[variable] = tensor
        self.assigned[variable] = None

    def capture(self, tensor: Tensor) -> Tensor:
        """The stand-in for a tensor that an outer tape follows (or followed, when this is traced again for the gradient)."""
        found = self.captured.get(id(tensor))
        if found is not None:
            return found
        if any(tape.tracks(tensor) for tape in local.outer_tapes):
            self.missed_tensors[id(tensor)] = tensor
            return tensor
        outer = self._outside[0]
        return tensor if outer is None else outer.capture(tensor)

    @property
    def missed(self) -> bool:
        return bool(self.missed_variables or self.missed_tensors)


class Lifted:
    """A stateful function made pure: `values, captures, args -> outputs, {index of variable: new value}`.

    Args:
        function: called with the pytree `args` (arrays arrive as Tensors); may read and assign Variables.
        variables: those known beforehand to be used; the rest is found by tracing.

    `variables` and `captures` grow during `settle`; afterwards `__call__` may be traced, compiled, differentiated.
    """

    def __init__(self, function: Callable[..., Any], variables: Sequence[Any] = ()):
        self.function = function
        self.variables: list[Any] = list(dict.fromkeys(variables))
        self.captures: list[Tensor] = []
        self.assigned: dict[int, None] = {}
        self._missed = False

    def __call__(self, values: Sequence[Any], captures: Sequence[Any], args: Any) -> tuple[Any, dict[int, Any]]:
        lifted = {variable: wrap(value) for variable, value in zip(self.variables, values, strict=True)}
        captured = {id(tensor): wrap(value) for tensor, value in zip(self.captures, captures, strict=True)}
        with Scope(lifted, captured) as scope:
            out = self.function(*to_tensors(args))
            out = to_values(known(out))
        self._missed = scope.missed
        self.variables += [variable for variable in scope.missed_variables if variable not in lifted]
        self.captures += scope.missed_tensors.values()
        self.assigned.update({i: None for i, variable in enumerate(self.variables) if variable in scope.assigned})
        return out, {i: scope.values[self.variables[i]]._value for i in self.assigned}

    def settle(self, trace: Callable[[], Any]) -> Any:
        """Run `trace` (which calls this object abstractly) until it meets no state that is not lifted; return its last result."""
        for _ in range(8):
            self._missed = False
            result = trace()
            if not self._missed:
                return result
        raise StateError("A compiled function uses new Variables each time it is traced; create them outside it.")

    def values(self) -> list[Any]:
        """The variables' present values, as seen from the scope that is open now."""
        return [variable.__hornbeam_tensor__(raw=True)._value for variable in self.variables]

    def operands(self, which: Sequence[int] | None = None) -> list[Tensor]:
        """The tensors to call with (those at some places), read where the call is made, so that tapes open there see what is used."""
        autocast, local.autocast = local.autocast, None
        try:
            if which is not None:
                count = len(self.variables)
                return [self.variables[i].__hornbeam_tensor__() if i < count else self.captures[i - count] for i in which]
            return [variable.__hornbeam_tensor__() for variable in self.variables] + self.captures
        finally:
            local.autocast = autocast

    def flat(self, values: Sequence[Any], args: Any) -> tuple[Any, dict[int, Any]]:
        """`__call__` with variables and captures in one list, as `operands` gives them."""
        count = len(self.variables)
        return self(values[:count], values[count : count + len(self.captures)], args)

    def commit(self, new: dict[int, Any]) -> None:
        """Assign the new values that a call gave."""
        for i, value in new.items():
            self.variables[i]._set(wrap(value))


def stateless(function: Callable[[], Any], variables: Sequence[Any], values: Sequence[Any]) -> tuple[Any, list[Tensor]]:
    """Call `function` as if the variables had these values; answers with its result and their values afterwards. None is changed.

    What is called with JAX's arrays answers with such.
    """
    given = any(isinstance(value, jax.Array) for value in values)
    with Scope({variable: as_tensor(value) for variable, value in zip(variables, values, strict=True)}) as scope:
        out = function()
    return plainly((out, [scope.values[variable] for variable in variables]), given)


def plainly(tree: Any, always: bool = False) -> Any:
    """A result for a program's own JAX code: where it is being transformed (`jax.jit`, `jax.grad`), arrays in the place of Tensors."""
    if not always:
        scope = local.scope
        if scope is not None and not scope.plain:
            return tree
        leaves = jax.tree.leaves(tree, is_leaf=lambda leaf: isinstance(leaf, Tensor))
        if not any(isinstance(leaf, Tensor) and isinstance(leaf._value, Tracer) for leaf in leaves):
            return tree
    with jax.enable_x64(True):
        return mapped(lambda leaf: jax.numpy.asarray(leaf) if type(leaf) is np.ndarray else leaf, to_values(tree))


def to_tensors(tree: Any) -> Any:
    """Arrays at the leaves of a structure become Tensors (Tensors stay)."""
    return mapped(
        lambda leaf: leaf if isinstance(leaf, Tensor) or not hasattr(leaf, "dtype") else wrap(leaf),
        tree,
        is_leaf=lambda leaf: isinstance(leaf, Tensor),
    )


def to_values(tree: Any) -> Any:
    """Tensors and Variables at the leaves of a structure become the arrays inside them."""
    def value(leaf: Any) -> Any:
        if isinstance(leaf, Tensor):
            return leaf._value
        return leaf.__hornbeam_tensor__()._value if hasattr(leaf, "__hornbeam_tensor__") else leaf

    return mapped(value, tree, is_leaf=lambda leaf: isinstance(leaf, Tensor))
