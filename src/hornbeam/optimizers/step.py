"""One step of an optimizer as a pure function of arrays: clip, accumulate, decay, transform, average."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine.door import Bound, op, run, supplied
from hornbeam.engine.tensor import Tensor
from hornbeam.engine.variable import Variable
from hornbeam.optimizers.transformations import Scalars, clip_each_norm

if TYPE_CHECKING:
    from hornbeam.optimizers.base import Optimizer


_STEP = supplied("optimizer step", differentiable=False)


class Plan:
    """One optimizer's step for one choice of variables: which state goes in, and the bound operation that gives what comes out."""

    def __init__(self, optimizer: "Optimizer", places: tuple[int, ...]):
        self.optimizer = optimizer
        self.variables = [optimizer._trainable_variables[i] for i in places]
        self.averages = [optimizer._averages[i] for i in places] if optimizer._averages else []
        self.accumulators = [optimizer._accumulators[i] for i in places] if optimizer._accumulators else []
        state = jax.eval_shape(optimizer._transformation_now(self.variables).init, [spec_of(v) for v in self.variables])
        leaves, self.tree = jax.tree.flatten_with_path(state)
        self.slots = [optimizer._slot_at(i, path, places) for i, (path, _) in enumerate(leaves)]
        self.numbers = list(optimizer._numbers())
        self.decays = [optimizer._decays(v) for v in self.variables]
        self.state = [optimizer._calls, *self.variables, *self.slots, *self.averages, *self.accumulators]
        self.bound = Bound(_STEP, self.step, None, ())

    def __call__(self, gradients: list[Tensor], rate: Tensor) -> None:
        table = self.optimizer._table
        operands = [*gradients, table.__hornbeam_tensor__(raw=True), rate]
        operands += [variable.__hornbeam_tensor__(raw=True) for variable in self.state]
        for variable, value in zip(self.state, run(self.bound, operands), strict=True):
            variable._set(value)

    def step(self, *operands: Any) -> tuple[Any, ...]:
        """New state from gradients, the table of numbers, the learning rate and the old state, all as arrays."""
        count = len(self.variables)
        (table, rate, calls), rest = operands[count : count + 3], operands[count + 3 :]
        cut = np.cumsum([0, count, len(self.slots), len(self.averages), len(self.accumulators)])
        params, slots, averages, sums = (list(rest[a:b]) for a, b in zip(cut, cut[1:], strict=False))
        every = self.optimizer.gradient_accumulation_steps
        updates = calls if every is None else calls // jnp.asarray(every, calls.dtype)
        scalars = Scalars(self.numbers, table, rate, updates.astype(jnp.float32) + 1, self.variables)
        grads = [g.astype(p.dtype) for g, p in zip(operands[:count], params, strict=True)]
        if every is None:
            params, slots = self.update(scalars, grads, params, slots)
        else:
            sums = [total + g for total, g in zip(sums, grads, strict=True)]
            whole = lambda: (*self.update(scalars, [t / every for t in sums], params, slots), [jnp.zeros_like(t) for t in sums])
            params, slots, sums = jax.lax.cond((calls + 1) % every == 0, whole, lambda: (params, slots, sums))
        if averages:
            params, averages = self.average(scalars, updates, params, averages)
        return (calls + 1, *params, *slots, *averages, *sums)

    def update(self, scalars: Scalars, grads: list[Any], params: list[Any], slots: list[Any]) -> tuple[list[Any], list[Any]]:
        """Clip, decay, and what the transformation says. State keeps its types."""
        grads = clipped(grads, scalars)
        if "weight_decay" in scalars:
            keep = 1 - scalars.weight_decay * scalars.rate
            params = [(p * keep).astype(p.dtype) if decays else p for p, decays in zip(params, self.decays, strict=True)]
        transformation = self.optimizer.transformation(scalars)
        changes, state = transformation.update(grads, jax.tree.unflatten(self.tree, slots), params)
        params = [(p + change).astype(p.dtype) for p, change in zip(params, changes, strict=True)]
        return params, [new.astype(old.dtype) for new, old in zip(jax.tree.leaves(state), slots, strict=True)]

    def average(self, scalars: Scalars, updates: Any, params: list[Any], averages: list[Any]) -> tuple[list[Any], list[Any]]:
        """Moving averages of the variables; the first value starts them."""
        rest = jnp.where(updates == 0, jnp.ones((), jnp.float32), scalars.rest("ema_momentum"))
        averages = [(a + (p - a) * rest).astype(a.dtype) for a, p in zip(averages, params, strict=True)]
        if every := self.optimizer.ema_overwrite_frequency:
            due = (updates + 1) % every == 0
            params = [jnp.where(due, a, p) for a, p in zip(averages, params, strict=True)]
        return params, averages


def clipped(grads: list[Any], scalars: Scalars) -> list[Any]:
    """Gradients within the limits that are set."""
    if "clipnorm" in scalars:
        return clip_each_norm(grads, scalars.clipnorm)
    if "global_clipnorm" in scalars:
        import optax

        return optax.clip_by_global_norm(scalars.global_clipnorm).update(grads, optax.EmptyState())[0]
    if "clipvalue" in scalars:
        import optax

        return optax.clip(scalars.clipvalue).update(grads, optax.EmptyState())[0]
    return grads


@op(-1, differentiable=False)
def clip_gradients(operands: Any, names: tuple[str, ...]) -> Any:
    """Gradients within the limits `names`, whose values are in the table before them."""
    return tuple(clipped(list(operands[1:]), Scalars(list(names), operands[0], 0.0, 1.0)))


def table_of(numbers: dict[str, float]) -> np.ndarray:
    """The table of numbers: each beside its complement to 1, both rounded from the exact value."""
    return np.array([[value, 1 - value] for value in numbers.values()], np.float64).reshape(-1, 2).astype(np.float32)


def field_of(path: Sequence[Any]) -> tuple[str, int | None]:
    """Which field of the state a leaf is in, and which variable's it is (None: of all together)."""
    names = [i for i, key in enumerate(path) if hasattr(key, "name")]
    after = path[names[-1] + 1 :]
    return path[names[-1]].name, after[0].idx if after else None


def spec_of(variable: Variable) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(tuple(variable.shape), variable._numpy_dtype)
