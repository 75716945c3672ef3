"""ForwardAccumulator: derivatives along a direction, computed forwards (a Jacobian times a vector)."""

from typing import Any

import jax
import numpy as np

from hornbeam.engine import effects
from hornbeam.engine.door import Bound, run, supplied
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.tape import GradientTape, Recording
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor, wrap

_JVP = supplied("jvp")


class ForwardAccumulator:
    """Follows operations on `primals`; `jvp(y)` is the derivative of y in the direction `tangents`.

    Args:
        primals: a Tensor or Variable, or a structure of them.
        tangents: tensors in the same structure, of the same shapes.
    """

    def __init__(self, primals: Any, tangents: Any):
        self._primals, tree = jax.tree.flatten(primals, is_leaf=is_tensor)
        tangent_leaves, other = jax.tree.flatten(tangents, is_leaf=is_tensor)
        if tree != other:
            raise ArgumentError(f"ForwardAccumulator: primals and tangents must have one structure; received {tree} and {other}.")
        self._tangents = [as_tensor(t, as_tensor(p).dtype) for p, t in zip(self._primals, tangent_leaves, strict=True)]
        for primal, tangent in zip(self._primals, self._tangents, strict=True):
            if tuple(primal.shape) != tuple(tangent.shape):
                raise ShapeError(f"ForwardAccumulator: a primal of shape {primal.shape} has a tangent of shape {tangent.shape}.")
        self._tape = GradientTape(persistent=True, watch_accessed_variables=False)

    def __enter__(self) -> "ForwardAccumulator":
        self._tape.__enter__()
        self._tape._watch_accessed = True
        for primal in self._primals:
            self._tape.watch(primal)
        return self

    def __exit__(self, *exc: Any) -> None:
        self._tape.__exit__(*exc)

    def jvp(self, primals: Any, unconnected_gradients: Any = "none") -> Any:
        """The derivative of each tensor in a structure; None (or zeros) where nothing leads from the primals."""
        targets, tree = jax.tree.flatten(primals, is_leaf=is_tensor)
        unconnected = str(getattr(unconnected_gradients, "value", unconnected_gradients))
        return jax.tree.unflatten(tree, [self._one(as_tensor(target), unconnected) for target in targets])

    def _one(self, target: Tensor, unconnected: str) -> Tensor | None:
        sources: list[Tensor] = []
        tangents: list[Tensor] = []
        for primal, tangent in zip(self._primals, self._tangents, strict=True):
            reads = self._tape._reads.get(primal, []) if hasattr(primal, "__hornbeam_tensor__") else [primal]
            sources += reads
            tangents += [tangent] * len(reads)
        recording = Recording(self._tape._entries, [target], sources)
        if not any(recording.connected):
            return wrap(np.zeros(target.shape, target._value.dtype)) if unconnected == "zero" else None
        replay, numbers, count = recording._replay()

        def derivative(*operands: Any) -> Any:
            leaves, directions = operands[:count], list(operands[count:])
            values = [leaves[n] for n in numbers]
            with effects.silently():
                return jax.jvp(lambda values: replay(values, leaves)[0], (values,), (directions,))[1]

        return run(Bound(_JVP, derivative, None, ()), [*recording.leaves, *tangents])
