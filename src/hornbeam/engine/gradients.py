"""Gradients of a stateful function with respect to Variables, as one `jax.vjp`: what a training step needs, without a tape."""

from collections.abc import Callable, Sequence
from typing import Any

import jax

from hornbeam.engine.door import bounded_loops
from hornbeam.engine.pure import Scope, to_values
from hornbeam.engine.tensor import Tensor, wrap
from hornbeam.engine.variable import Variable


def value_and_gradients(function: Callable[[], tuple[Tensor, Any]], variables: Sequence[Variable]) -> tuple[Tensor, Any, list[Tensor]]:
    """Run `function() -> (loss, rest)` and differentiate the loss.

    Returns the loss, the rest (a structure of tensors), and a gradient for each variable. What the function assigns stays assigned.
    """
    values = [variable.__hornbeam_tensor__(raw=True)._value for variable in variables]
    assigned: list[Variable] = []

    def pure(values: list[Any]) -> tuple[Any, Any]:
        with Scope({v: wrap(value) for v, value in zip(variables, values, strict=True)}) as scope:
            scope.lifted = EVERYTHING  # what is not lifted here is the outer scope's to lift
            loss, rest = function()
            rest = to_values(rest)
        assigned[:] = scope.assigned
        return loss._value, (rest, [scope.values[v]._value for v in assigned])

    with bounded_loops, jax.enable_x64(True):
        (loss, (rest, new)), gradients = jax.value_and_grad(pure, has_aux=True)(values)
    for variable, value in zip(assigned, new, strict=True):
        variable._set(wrap(value))
    rest = jax.tree.map(lambda leaf: wrap(leaf) if hasattr(leaf, "dtype") else leaf, rest)
    return wrap(loss), rest, [wrap(g) for g in gradients]


class _Everything:
    def __contains__(self, variable: Any) -> bool:
        return True


EVERYTHING: Any = _Everything()
