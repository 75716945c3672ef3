"""One door to whichever library answers a golden case: real Keras when goldens are made, Hornbeam when they are tested.

A case is written once against `oracle.keras`; the few things whose spelling depends on the backend (tensors, gradients)
go through the other methods.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Gradients = tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]


class Oracle:
    """`keras` is the namespace; `gradients` differentiates in that library's own way."""

    def __init__(self, keras: Any, differentiate: Callable[..., tuple[Any, Sequence[Any], Sequence[Any]]]):
        self.keras = keras
        self._differentiate = differentiate

    def tensor(self, array: Any) -> Any:
        return self.keras.ops.convert_to_tensor(array)

    def numpy(self, tensor: Any) -> np.ndarray:
        return np.asarray(self.keras.ops.convert_to_numpy(tensor))

    def gradients(self, function: Callable[..., Any], inputs: Sequence[Any], variables: Sequence[Any]) -> Gradients:
        """Value and gradients of the scalar `function(*inputs)`, by the float inputs and by the variables.

        Integer inputs get no gradient and are left out of the list, so the lists hold float arrays only.
        """
        tensors = [self.tensor(x) for x in inputs]
        watched = [np.issubdtype(np.asarray(x).dtype, np.floating) for x in inputs]
        value, by_inputs, by_variables = self._differentiate(function, tensors, watched, list(variables))
        return self.numpy(value), [self.numpy(g) for g in by_inputs], [self.numpy(g) for g in by_variables]


def _with_tape(tape_class: Any, dense: Callable[[Any], Any]) -> Callable[..., Any]:
    def differentiate(function: Any, tensors: list[Any], watched: list[bool], variables: list[Any]) -> Any:
        sources = [t for t, wanted in zip(tensors, watched, strict=True) if wanted]
        with tape_class() as tape:
            for source in sources:
                tape.watch(source)
            value = function(*tensors)
        found = tape.gradient(value, [*sources, *variables])
        found = [np.zeros(s.shape, "float32") if g is None else dense(g)
                 for g, s in zip(found, [*sources, *variables], strict=True)]
        return value, found[: len(sources)], found[len(sources):]

    return differentiate


def _with_jax(keras: Any) -> Callable[..., Any]:
    import jax

    def differentiate(function: Any, tensors: list[Any], watched: list[bool], variables: list[Any]) -> Any:
        def pure(sources: list[Any], values: list[Any]) -> Any:
            given = iter(sources)
            arguments = [next(given) if wanted else t for t, wanted in zip(tensors, watched, strict=True)]
            with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
                return function(*arguments)

        sources = [t for t, wanted in zip(tensors, watched, strict=True) if wanted]
        value, (by_sources, by_values) = jax.value_and_grad(pure, argnums=(0, 1))(sources, [v.value for v in variables])
        pure(sources, [v.value for v in variables])
        return value, by_sources, by_values

    return differentiate


def real_keras() -> Oracle:
    """The oracle itself; the backend (KERAS_BACKEND) is TensorFlow or JAX."""
    import keras

    if keras.backend.backend() == "jax":
        return Oracle(keras, _with_jax(keras))
    import tensorflow

    return Oracle(keras, _with_tape(tensorflow.GradientTape, tensorflow.convert_to_tensor))


def namespace(module: Any, keras: Oracle) -> Any:
    """What a family's cases are functions of: an `Oracle`, or `tf` itself where the module says NAMESPACE = "tensorflow"."""
    if getattr(module, "NAMESPACE", "keras") == "keras":
        return keras
    if keras.keras.__name__ == "hornbeam":
        import hornbeam.tensorflow as tf
    else:
        import tensorflow as tf
    return tf


def hornbeam() -> Oracle:
    """The library under test."""
    import hornbeam

    return Oracle(hornbeam, _with_tape(hornbeam.GradientTape, lambda gradient: gradient))
