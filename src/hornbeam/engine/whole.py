"""`tf.gradients`: within a compiled function, the gradient of anything that was computed in it by anything else.

TensorFlow asks the function's graph. Here the function is traced once more, under a tape that records whatever it does.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from hornbeam.engine.door import Bound
from hornbeam.engine.errors import ArgumentError, HornbeamError
from hornbeam.engine.pure import local
from hornbeam.engine.tape import GradientTape, differentiable
from hornbeam.engine.tensor import Tensor


class Unrecorded(HornbeamError, RuntimeError):
    """`tf.gradients` where no such tape is open."""


class _Whole(GradientTape):
    """A tape that follows every tensor."""

    def record(self, bound: Bound, inputs: Sequence[Tensor | None], result: Any) -> None:
        for tensor in inputs:
            if tensor is not None and differentiable(tensor):
                self._tracked[id(tensor)] = tensor
        super().record(bound, inputs, result)


def recorded(function: Callable) -> Callable:
    """`function`, under a tape that follows every tensor."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with _Whole(persistent=True):
            return function(*args, **kwargs)

    return call


def gradients(
    ys: Any, xs: Any, grad_ys: Any = None, name: str | None = None, gate_gradients: bool = False, aggregation_method: Any = None,
    stop_gradients: Any = None, unconnected_gradients: Any = "none", colocate_gradients_with_ops: bool = False,
) -> list[Any]:  # fmt: skip
    """The gradients of the sum of `ys` by each of `xs`, tensors or Variables, within a function that is being compiled.

    `grad_ys` weighs the elements of `ys`; `unconnected_gradients` is 'none' or 'zero', as for a tape. A gradient may be differentiated.
    """
    if stop_gradients is not None:
        raise ArgumentError("tf.gradients takes no stop_gradients: put tf.stop_gradient around what is to count as constant.")
    tape = next((tape for tape in local.tapes if isinstance(tape, _Whole)), None)
    if tape is None:
        raise Unrecorded("tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape instead.")
    listed = lambda given: list(given) if isinstance(given, (list, tuple)) else [given]
    weights = None if grad_ys is None else listed(grad_ys)
    return tape.gradient(listed(ys), listed(xs), weights, unconnected_gradients)
