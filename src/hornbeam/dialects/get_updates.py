"""Optimizers that users wrote for Keras 1 and 2: a class whose `get_updates(loss, params)` says what every variable becomes.

`get_updates` was called once, to make a graph. Here it is called at each step (that is, when one is traced): the variables it makes with
`K.zeros` are made by a first call, when the optimizer is built, and are handed out again in their order; `K.update` and its kin give
pairs (variable, value) which are assigned when all have been computed, so that every value is one of before the step.
"""

import functools
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hornbeam import ops
from hornbeam.engine.callers import ours
from hornbeam.engine.errors import ArgumentError
from hornbeam.ops.older import plans
from hornbeam.optimizers import Optimizer
from hornbeam.optimizers.step import clip_gradients


def says_updates(optimizer: Any) -> bool:
    """Whether the class of an optimizer has a `get_updates` of its own."""
    return not ours(type(optimizer).get_updates)


@contextmanager
def _planned(optimizer: Any, gradients: list[Any]) -> Iterator[None]:
    """Within the block, the optimizer's gradients are these, and its variables the ones made before."""
    made = optimizer.__dict__.setdefault("_made_in_updates", [])
    counted = itertools.count()

    def variable(make: Callable[[], Any]) -> Any:
        i = next(counted)
        if i == len(made):
            made.append(make())
            optimizer._added.append(made[i])
        return made[i]

    before, plans.variable = plans.variable, variable
    optimizer.__dict__["_gradients"] = gradients
    try:
        yield
    finally:
        plans.variable = before
        del optimizer.__dict__["_gradients"]
        for kept in ("updates", "weights"):  # of this call only
            optimizer.__dict__.pop(kept, None)


def get_gradients(self: Optimizer, loss: Any, params: Any) -> list[Any]:
    """Within `get_updates`: the gradients of this step."""
    if "_gradients" not in self.__dict__:
        raise ArgumentError("optimizer.get_gradients(loss, params) is for a `get_updates` of your own. Elsewhere use a tf.GradientTape.")
    return list(self.__dict__["_gradients"])


def _build(original: Callable) -> Callable:
    @functools.wraps(original)
    def build(self: Any, variables: Any) -> None:
        made = self.built
        original(self, variables)
        if not made and says_updates(self):
            with _planned(self, [ops.zeros_like(variable) for variable in variables]):
                self.get_updates(None, list(variables))

    return build


def _apply(original: Callable) -> Callable:
    @functools.wraps(original)
    def apply(self: Any, gradients: Any, variables: Any, rate: Any) -> None:
        if not says_updates(self):
            return original(self, gradients, variables, rate)
        clipped = list(clip_gradients([self._table, *gradients], tuple(self._numbers())))
        with _planned(self, clipped):
            updates = [pair for pair in self.get_updates(None, list(variables)) if isinstance(pair, tuple)]
        for variable, value in updates:
            variable.assign(ops.cast(value, variable.dtype))

    return apply


def _get_config(original: Callable) -> Callable:
    """Of an optimizer that says its updates, what its class adds to."""

    @functools.wraps(original)
    def get_config(self: Any) -> dict[str, Any]:
        clips = {name: getattr(self, name) for name in ("clipnorm", "clipvalue") if getattr(self, name)}
        return clips if says_updates(self) else original(self)

    return get_config


class _Interfaces:
    """`keras.legacy.interfaces`: decorators that translated Keras 1's arguments; here the dialects do."""

    def __getattr__(self, name: str) -> Callable:
        if not name.startswith("legacy_"):
            raise AttributeError(f"keras.legacy.interfaces has no {name!r}.")
        return lambda function: function


interfaces = _Interfaces()
REPLACED = {
    "hornbeam.optimizers:Optimizer._apply_at_once": _apply,
    "hornbeam.optimizers:Optimizer._apply_by_variable": _apply,
    "hornbeam.optimizers:Optimizer.build": _build,
    "hornbeam.optimizers:Optimizer.get_config": _get_config,
}
ATTRIBUTES = {"hornbeam.optimizers:Optimizer": {"get_gradients": get_gradients}}
