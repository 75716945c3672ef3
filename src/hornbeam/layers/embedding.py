"""Embedding and Masking: where sequences of words begin."""

from typing import Any

import jax
import numpy as np

from hornbeam import constraints, initializers, ops, regularizers
from hornbeam.engine import dtypes, registry
from hornbeam.engine.errors import ArgumentError, DataError
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.core import positive
from hornbeam.layers.layer import Layer
from hornbeam.layers.quantized import Quantized

_CHECKED = 1 << 14  # up to so many numbers are looked through before eager calls; compiled programs check their data as it is fed


@registry.register("layer")
class Embedding(Quantized):
    """A learned vector for each whole number.

    Args:
        input_dim: how many numbers there are: inputs run from 0 to input_dim - 1.
        output_dim: the vectors' size.
        mask_zero: whether 0 means "nothing here" and is masked in the layers that follow.
        lora_rank, lora_alpha: see `Dense`.

    Shapes: (batch, ...) of integers -> (batch, ..., output_dim). Weights: embeddings (input_dim, output_dim).
    """

    takes_ragged = True

    input_dtype = "int32"
    lora_weight = "embeddings"
    embeddings_scale: Any
    usual_input = (None, None)  # what `model.build()` without a shape means where an Embedding is first

    def __init__(
        self, input_dim: int, output_dim: int, embeddings_initializer: Any = "uniform", embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None, mask_zero: bool = False, weights: Any = None, lora_rank: int | None = None,
        lora_alpha: float | None = None, **kwargs: Any,
    ):
        kind, length = type(self).__name__, kwargs.pop("input_length", None)
        if length is not None:
            kwargs.setdefault("input_shape", (length,) if isinstance(length, int) else tuple(length))
        super().__init__(**kwargs)
        self._set_lora(lora_rank, lora_alpha)
        self.input_dim, self.output_dim = positive(kind, "input_dim", input_dim), positive(kind, "output_dim", output_dim)
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
        if type(self).build is Embedding.build:
            self._quantize_when_built()
        self._lora_when_built()

    def _quantized_parts(self) -> dict[str, tuple[str, str]]:
        return {"embeddings": ("no", "n")}

    def _vectors(self, inputs: Any) -> Any:
        if self.quantization_mode == "int4":
            return ops.take(self._floats("embeddings"), inputs, axis=0)
        found = ops.take(self.embeddings, inputs, axis=0)
        if self.quantization_mode is None:
            return found
        return ops.cast(found, self.compute_dtype) / ops.expand_dims(ops.take(self.embeddings_scale, inputs, axis=0), -1)

    def call(self, inputs: Tensor) -> Tensor:
        if not inputs.dtype.is_integer:
            inputs = ops.cast(inputs, "int32")
        if not isinstance(inputs, Tensor):  # ragged
            return self._vectors(inputs)
        if not inputs.is_traced and inputs.size and inputs.size <= _CHECKED and isinstance(inputs._value, np.ndarray | jax.Array):
            self._check(np.asarray(inputs._value))
        found = self._vectors(inputs)
        if not self.lora_enabled:
            return found
        share = self.lora_alpha / self.lora_rank  # type: ignore[operator]
        return found + ops.matmul(ops.take(self._lora_a, inputs, axis=0), self._lora_b) * share

    def _check(self, numbers: np.ndarray) -> None:
        low, high = numbers.min(), numbers.max()
        if low < 0 or high >= self.input_dim:
            wrong = low if low < 0 else high
            raise DataError(f"it has vectors for the numbers 0 to {self.input_dim - 1} (input_dim={self.input_dim}); received {wrong}.")

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
            **self._lora_config(),
        }


@registry.register("layer")
class ReversibleEmbedding(Embedding):
    """An Embedding that also leads back: called with `reverse=True` on vectors, it gives a score for each number.

    Args:
        tie_weights: whether the way back uses the vectors themselves (Press and Wolf 2016), or a matrix of its own.
        reverse_dtype: the type of the scores and of their computation; the compute type by default.
        logit_soft_cap: keep scores s within this bound c, as c tanh(s / c).
    Others: see `Embedding`.

    Shapes: (batch, ...) of integers -> (batch, ..., output_dim); in reverse (batch, ..., output_dim) -> (batch, ..., input_dim).
    Weights: embeddings (input_dim, output_dim); without `tie_weights` reverse_embeddings (output_dim, input_dim).
    """

    def __init__(
        self, input_dim: int, output_dim: int, tie_weights: bool = True, embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None, embeddings_constraint: Any = None, mask_zero: bool = False, reverse_dtype: Any = None,
        logit_soft_cap: float | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(
            input_dim, output_dim, embeddings_initializer, embeddings_regularizer, embeddings_constraint, mask_zero, **kwargs
        )
        self.tie_weights, self.logit_soft_cap = tie_weights, logit_soft_cap
        self.reverse_dtype = None if reverse_dtype is None else str(dtypes.standardize(reverse_dtype))

    def build(self, input_shape: Any = None) -> None:
        super().build(input_shape)
        if not self.tie_weights:
            self.reverse_embeddings = self.add_weight(
                (self.output_dim, self.input_dim), self.embeddings_initializer, name="reverse_embeddings"
            )
        self._quantize_when_built()

    def _quantized_parts(self) -> dict[str, tuple[str, str]]:
        return {**super()._quantized_parts(), **({} if self.tie_weights else {"reverse_embeddings": ("on", "n")})}

    def call(self, inputs: Tensor, reverse: bool = False) -> Tensor:
        if not reverse:
            return super().call(inputs)
        cap = self.logit_soft_cap
        if self.reverse_dtype is not None:
            inputs = ops.cast(inputs, self.reverse_dtype)
        if self.quantization_mode is not None:
            tied = self.tie_weights
            scores = self._product(*(("...o,no->...n", inputs, "embeddings") if tied else ("...o,on->...n", inputs, "reverse_embeddings")))
        else:
            kernel = ops.transpose(self._adapted(self.embeddings)) if self.tie_weights else self.reverse_embeddings
            scores = ops.matmul(inputs, kernel if self.reverse_dtype is None else ops.cast(kernel, self.reverse_dtype))
        return scores if cap is None else ops.tanh(scores / cap) * cap

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return previous_mask if inputs.dtype.is_floating else super().compute_mask(inputs, previous_mask)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "tie_weights": self.tie_weights, "reverse_dtype": self.reverse_dtype,
            "logit_soft_cap": self.logit_soft_cap,
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
