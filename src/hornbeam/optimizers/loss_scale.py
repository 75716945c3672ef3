"""Dynamic loss scaling, for training in float16."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam import ops
from hornbeam.engine import registry
from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.registry import register
from hornbeam.engine.tensor import as_tensor
from hornbeam.engine.variable import Variable
from hornbeam.optimizers.base import Optimizer


@op(-1, differentiable=False)
def _all_finite(gradients: Any) -> Any:
    return jnp.all(jnp.stack([jnp.all(jnp.isfinite(g)) for g in gradients]))


@register("optimizer", "lossscaleoptimizer")
class LossScaleOptimizer(Optimizer):
    """Keeps float16 gradients in range (Micikevicius et al. 2017).

    The loss is multiplied by a scale and gradients divided by it. A step whose gradients are not all finite is skipped and halves
    the scale; so many good steps in a row double it.

    Args:
        inner_optimizer: makes the steps.
        initial_scale: the first scale.
        dynamic_growth_steps: how many good steps double it.
    """

    def __init__(
        self, inner_optimizer: Any, initial_scale: float = 2.0**15, dynamic_growth_steps: int = 2000, name: str | None = None,
        **kwargs: Any,
    ):
        if dynamic_growth_steps < 1:
            raise ArgumentError(f"LossScaleOptimizer: dynamic_growth_steps is 1 or more; received {dynamic_growth_steps!r}.")
        from hornbeam.optimizers.lookup import get

        self.inner_optimizer = get(inner_optimizer)
        super().__init__(0.0, name=name, **kwargs)
        self.initial_scale, self.dynamic_growth_steps = initial_scale, dynamic_growth_steps
        self.step_counter = self._variable(np.zeros((), np.int32), "step_counter")
        self.dynamic_scale = self._variable(np.float32(initial_scale), "dynamic_scale")
        self._added = [self.step_counter, self.dynamic_scale]

    @property
    def variables(self) -> list[Variable]:
        return [*super().variables, *self.inner_optimizer.variables]

    def build(self, variables: Sequence[Variable]) -> None:
        self.inner_optimizer.build(variables)
        self.built = True

    def grow(self, variables: Sequence[Variable]) -> None:
        self.inner_optimizer.grow(variables)

    def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None) -> None:
        """Make one step, unless a gradient is not finite."""
        if trainable_variables is not None:
            self.build(list(trainable_variables))
        scale = self.dynamic_scale.__hornbeam_tensor__(raw=True)
        present = [as_tensor(g) for g in grads if g is not None]
        finite = _all_finite(present)
        unscaled = [None if g is None else as_tensor(g) / ops.cast(scale, as_tensor(g).dtype) for g in grads]

        def step() -> None:
            self.inner_optimizer.apply(unscaled, trainable_variables)
            good = self.step_counter.__hornbeam_tensor__(raw=True) + 1
            full = good >= self.dynamic_growth_steps
            self.step_counter.assign(ops.where(full, 0, good))
            self.dynamic_scale.assign(ops.where(full, scale * 2, scale))

        def skip() -> None:
            self.step_counter.assign(0)
            self.dynamic_scale.assign(scale / 2)

        ops.cond(finite, step, skip)

    def scale_loss(self, loss: Any) -> Any:
        loss = self.inner_optimizer.scale_loss(loss)
        return loss * ops.cast(self.dynamic_scale.__hornbeam_tensor__(raw=True), as_tensor(loss).dtype)

    @property
    def learning_rate(self) -> Any:
        """The inner optimizer's."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if self._rate is None:
            self._rate = self._variable(np.float32(value), "learning_rate")  # Keras's files have it, always 0
        else:
            self.inner_optimizer.learning_rate = value

    @property
    def iterations(self) -> Any:
        """How many steps the inner optimizer has made."""
        return self.inner_optimizer.iterations

    @iterations.setter
    def iterations(self, variable: Variable) -> None:
        self.inner_optimizer.iterations = variable

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        self.inner_optimizer.finalize_variable_values(var_list)

    def exclude_from_weight_decay(self, var_list: Any = None, var_names: Sequence[str] | None = None) -> None:
        self.inner_optimizer.exclude_from_weight_decay(var_list, var_names)

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "inner_optimizer": registry.to_config(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }
