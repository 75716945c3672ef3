"""A layer as a pure function of its state."""

from collections.abc import Sequence
from typing import Any

from hornbeam.engine.errors import ArgumentError, StateError
from hornbeam.engine.pure import Scope
from hornbeam.engine.tensor import as_tensor
from hornbeam.engine.variable import Variable


def stateless_call(
    layer: Any, trainable_variables: Sequence[Any], non_trainable_variables: Sequence[Any], *args: Any, return_losses: bool = False,
    **kwargs: Any,
) -> tuple[Any, ...]:
    """Call a layer with given values in its variables' places. Nothing of the layer changes.

    Returns `(outputs, non_trainable_variables)`, the latter as the call left them, and with `return_losses` also what
    the call added to the loss. Under `jax.jit`, `jax.grad` and their kin it is a function like any other.

    Raises: StateError, when the layer is not built. ArgumentError, when values are missing.
    """
    if not layer.built:
        raise StateError(f"Layer '{layer.name}' is not built: call it on data, or call build(shape), before stateless_call.")
    values: dict[Variable, Any] = {}
    for name, given in (("trainable_variables", trainable_variables), ("non_trainable_variables", non_trainable_variables)):
        variables = getattr(layer, name)
        if len(given) != len(variables):
            raise ArgumentError(f"stateless_call takes {len(variables)} {name} for layer '{layer.name}'; received {len(given)}.")
        values.update((variable, as_tensor(value)) for variable, value in zip(variables, given, strict=True))
    with Scope(values) as scope:
        outputs = layer(*args, **kwargs)
        losses = layer.losses if return_losses else None
        state = [scope.read(variable) for variable in layer.non_trainable_variables]
    layer._clear_losses()
    return (outputs, state, losses) if return_losses else (outputs, state)
