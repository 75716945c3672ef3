"""Embedding and Masking: where sequences of words begin."""

from typing import Any

from hornbeam import constraints, initializers, ops, regularizers
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.core import positive
from hornbeam.layers.layer import Layer


@registry.register("layer")
class Embedding(Layer):
    """A learned vector for each whole number.

    Args:
        input_dim: how many numbers there are: inputs run from 0 to input_dim - 1.
        output_dim: the vectors' size.
        mask_zero: whether 0 means "nothing here" and is masked in the layers that follow.

    Shapes: (batch, ...) of integers -> (batch, ..., output_dim). Weights: embeddings (input_dim, output_dim).
    """

    input_dtype = "int32"

    def __init__(
        self, input_dim: int, output_dim: int, embeddings_initializer: Any = "uniform", embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None, mask_zero: bool = False, weights: Any = None, **kwargs: Any,
    ):
        length = kwargs.pop("input_length", None)
        if length is not None:
            kwargs.setdefault("input_shape", (length,) if isinstance(length, int) else tuple(length))
        super().__init__(**kwargs)
        self.input_dim, self.output_dim = positive("Embedding", "input_dim", input_dim), positive("Embedding", "output_dim", output_dim)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = self.supports_masking = mask_zero
        self._initial = weights

    def build(self, input_shape: Any = None) -> None:
        self.embeddings = self.add_weight(
            (self.input_dim, self.output_dim), self.embeddings_initializer, regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint, name="embeddings",
        )
        if self._initial is not None:
            self.embeddings.assign(self._initial[0] if isinstance(self._initial, (list, tuple)) else self._initial)
            self._initial = None

    def call(self, inputs: Tensor) -> Tensor:
        if not inputs.dtype.is_integer:
            inputs = ops.cast(inputs, "int32")
        return ops.take(self.embeddings, inputs, axis=0)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "embeddings_initializer": initializers.serialize(self.embeddings_initializer),
            "embeddings_regularizer": regularizers.serialize(self.embeddings_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "embeddings_constraint": constraints.serialize(self.embeddings_constraint),
            "mask_zero": self.mask_zero,
        }


@registry.register("layer")
class Masking(Layer):
    """Masks the timesteps whose features all equal `mask_value`, and sets them to zero.

    Shapes: (batch, time, features), unchanged.
    """

    def __init__(self, mask_value: float = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        if not isinstance(mask_value, (int, float)):
            raise ArgumentError(f"Masking: mask_value is a number; received {mask_value!r}.")
        self.mask_value = mask_value
        self.supports_masking = True

    def call(self, inputs: Tensor) -> Tensor:
        present = ops.any(ops.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        return inputs * ops.cast(present, inputs.dtype)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return ops.any(ops.not_equal(inputs, self.mask_value), axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mask_value": self.mask_value}
