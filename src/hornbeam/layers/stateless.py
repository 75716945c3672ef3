"""A layer as a pure function of its state."""

from collections.abc import Sequence
from typing import Any

from hornbeam.engine.errors import ArgumentError, StateError
from hornbeam.engine.pure import stateless


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
    trainable, others = layer.trainable_variables, layer.non_trainable_variables
    for name, variables, given in (
        ("trainable_variables", trainable, trainable_variables), ("non_trainable_variables", others, non_trainable_variables)
    ):
        if len(given) != len(variables):
            raise ArgumentError(f"stateless_call takes {len(variables)} {name} for layer '{layer.name}'; received {len(given)}.")

    def call() -> tuple[Any, Any]:
        outputs = layer(*args, **kwargs)
        return outputs, layer.losses if return_losses else None

    try:
        (outputs, losses), state = stateless(call, [*trainable, *others], [*trainable_variables, *non_trainable_variables])
    finally:
        layer._clear_losses()
    state = state[len(trainable) :]
    return (outputs, state, losses) if return_losses else (outputs, state)
