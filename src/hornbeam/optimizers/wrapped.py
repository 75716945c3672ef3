"""Any Optax transformation as an optimizer."""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from hornbeam.engine.errors import DtypeError, StateError
from hornbeam.engine.registry import register
from hornbeam.engine.variable import Variable
from hornbeam.optimizers.base import Optimizer
from hornbeam.optimizers.transformations import Scalars


def is_transformation(thing: Any) -> bool:
    """Whether `thing` is an Optax `GradientTransformation`."""
    return isinstance(thing, tuple) and callable(getattr(thing, "init", None)) and callable(getattr(thing, "update", None))


@register("optimizer")
class OptaxOptimizer(Optimizer):
    """An Optax transformation, its state's leaves as Variables: `OptaxOptimizer(optax.adabelief(1e-3))`.

    Args:
        transformation: with its learning rate inside. Built by `optax.inject_hyperparams`, its `learning_rate` can be read and
            set here; otherwise it is fixed.
        Others: as of `Optimizer`, but for the learning rate.
    """

    def __init__(self, transformation: Any, name: str | None = None, **kwargs: Any):
        if not is_transformation(transformation):
            raise DtypeError(f"OptaxOptimizer wraps an optax.GradientTransformation; received {transformation!r}.")
        self._wrapped = transformation
        self._leaves: list[Variable] = []
        super().__init__(lambda: np.float32(1.0), name=name, **kwargs)

    def transformation(self, scalars: Scalars) -> Any:
        return self._wrapped

    def grow(self, variables: Sequence[Variable]) -> None:
        """A transformation of all the variables together does not grow."""

    def _build_slots(self, variables: list[Variable], start: int) -> None:
        params = [variable.__hornbeam_tensor__(raw=True)._value for variable in self._trainable_variables]
        with jax.enable_x64(True), jax.ensure_compile_time_eval():
            state = jax.jit(self._wrapped.init)(params)
        for path, leaf in jax.tree.flatten_with_path(state)[0]:
            name = "_".join(str(getattr(key, "name", getattr(key, "key", getattr(key, "idx", "")))) for key in path)
            self._leaves.append(self._variable(np.asarray(leaf), name))
        self._slots = {"state": self._leaves}

    def _slot_at(self, leaf: int, path: Sequence[Any], places: tuple[int, ...]) -> Variable:
        if len(places) != len(self._trainable_variables):
            raise StateError(
                f"{self.name} advances all its {len(self._trainable_variables)} variables at once; "
                f"gradients came for {len(places)} of them. Pass zeros for the others."
            )
        return self._leaves[leaf]

    def _injected(self) -> Variable | None:
        return next((leaf for leaf in self._leaves if leaf.name.endswith("hyperparams_learning_rate")), None)

    @property
    def learning_rate(self) -> Any:
        """The injected learning rate; without one, the transformation keeps it to itself."""
        injected = self._injected()
        if injected is None:
            raise AttributeError(
                f"The learning rate of {self.name} is inside its Optax transformation. To read or set it, make the "
                "transformation with optax.inject_hyperparams (and build the optimizer)."
            )
        return injected

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if "_rate" not in self.__dict__ or self._rate is None:
            self._rate = value
        else:
            self.learning_rate.assign(value)

    def get_config(self) -> dict[str, Any]:
        raise StateError(
            f"{self.name} holds an Optax transformation, which is code and cannot be written into a file. "
            "Save the model without its optimizer (include_optimizer=False), or its weights."
        )
