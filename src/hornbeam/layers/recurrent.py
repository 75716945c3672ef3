"""Recurrent layers: LSTM."""

from typing import Any

import numpy as np

from hornbeam import activations, constraints, initializers, ops, regularizers
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError, ShapeError, StateError
from hornbeam.engine.rng import SeedGenerator
from hornbeam.engine.tensor import Tensor
from hornbeam.engine.variable import Variable
from hornbeam.layers.core import positive
from hornbeam.layers.layer import Layer, check_rank
from hornbeam.ops import random as random_ops


def share(kind: str, name: str, value: float) -> float:
    """A dropout rate: between 0 and 1."""
    if not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ArgumentError(f"{kind}: {name} is a share between 0 and 1; received {value!r}.")
    return float(value)


class _ForgetBias:
    """The bias of an LSTM: its initializer's, but ones for the forget gate (Jozefowicz et al. 2015)."""

    def __init__(self, initializer: Any, units: int):
        self.initializer, self.units = initializer, units

    def __call__(self, shape: Any, dtype: Any = None) -> np.ndarray:
        units = self.units
        parts = [self.initializer((units,), dtype=dtype), np.ones(units), self.initializer((2 * units,), dtype=dtype)]
        return np.concatenate([np.asarray(part) for part in parts]).astype(np.asarray(parts[0]).dtype)


@registry.register("layer")
class LSTMCell(Layer):
    """One step of long short-term memory (Hochreiter and Schmidhuber 1997).

    With gates i, f, c, o from `x @ kernel + h @ recurrent_kernel + bias` in that order:
    `c' = sigmoid(f) * c + sigmoid(i) * tanh(c_gate)`, `h' = sigmoid(o) * tanh(c')`.

    Weights: kernel (features, 4 units), recurrent_kernel (units, 4 units), bias (4 units,).
    """

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True, kernel_regularizer: Any = None, recurrent_regularizer: Any = None, bias_regularizer: Any = None,
        kernel_constraint: Any = None, recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0,
        recurrent_dropout: float = 0.0, seed: int | None = None, **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.units = positive("LSTM", "units", units)
        self.activation, self.recurrent_activation = activations.get(activation), activations.get(recurrent_activation)
        self.use_bias, self.unit_forget_bias = use_bias, unit_forget_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer, self.recurrent_regularizer = regularizers.get(kernel_regularizer), regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint, self.recurrent_constraint = constraints.get(kernel_constraint), constraints.get(recurrent_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.dropout, self.recurrent_dropout = share("LSTM", "dropout", dropout), share("LSTM", "recurrent_dropout", recurrent_dropout)
        self.seed = seed
        if self.dropout or self.recurrent_dropout:
            self.seed_generator = SeedGenerator(seed)
        self.state_size, self.output_size = [self.units, self.units], self.units

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        if features is None:
            raise ShapeError(f"Layer '{self.name}' needs to know the number of features; the input's shape is {tuple(input_shape)}.")
        wide = 4 * self.units
        self.kernel = self.add_weight(
            (features, wide), self.kernel_initializer, regularizer=self.kernel_regularizer, constraint=self.kernel_constraint, name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            (self.units, wide), self.recurrent_initializer, regularizer=self.recurrent_regularizer, constraint=self.recurrent_constraint,
            name="recurrent_kernel",
        )
        self.bias = None
        if self.use_bias:
            start = _ForgetBias(self.bias_initializer, self.units) if self.unit_forget_bias else self.bias_initializer
            self.bias = self.add_weight((wide,), start, regularizer=self.bias_regularizer, constraint=self.bias_constraint, name="bias")

    def dropout_mask(self, like: Tensor, rate: float, training: bool) -> Tensor | None:
        """Zeros and 1/(1 - rate)s of a shape, one mask for all steps; None outside training."""
        if not training or not rate:
            return None
        return random_ops.dropout(ops.ones_like(like), rate, seed=self.seed_generator)

    def call(self, inputs: Tensor, states: Any, training: bool = False) -> tuple[Tensor, list[Tensor]]:
        h, c = states
        mask = self.dropout_mask(inputs, self.dropout, training)
        sequence = ops.expand_dims(inputs if mask is None else inputs * mask, 1)
        _, h, c = self.run(sequence, h, c, None, self.dropout_mask(h, self.recurrent_dropout, training))
        return h, [h, c]

    def run(
        self, sequence: Tensor, h: Any, c: Any, mask: Any, recurrent_mask: Any, go_backwards: bool = False, unroll: bool = False
    ) -> tuple[Tensor, Tensor, Tensor]:
        """All steps of a sequence (batch, time, features): the outputs, and the last h and c."""
        return ops.lstm(
            sequence, self.kernel, self.recurrent_kernel, self.bias, h, c, mask, recurrent_mask,
            activation=None if self.activation is activations.tanh else self.activation,
            recurrent_activation=None if self.recurrent_activation is activations.sigmoid else self.recurrent_activation,
            go_backwards=go_backwards, unroll=unroll,
        )

    def get_initial_state(self, batch_size: int, dtype: Any = None) -> list[Tensor]:
        return [ops.zeros((batch_size, self.units), dtype or self.compute_dtype) for _ in range(2)]

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "recurrent_activation": activations.serialize(self.recurrent_activation),
            "use_bias": self.use_bias,
            "unit_forget_bias": self.unit_forget_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "recurrent_initializer": initializers.serialize(self.recurrent_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "recurrent_regularizer": regularizers.serialize(self.recurrent_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
            "recurrent_constraint": constraints.serialize(self.recurrent_constraint),
            "bias_constraint": constraints.serialize(self.bias_constraint),
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "seed": self.seed,
        }


@registry.register("layer")
class LSTM(Layer):
    """Long short-term memory over sequences (batch, time, features); see `LSTMCell` for the formula and the weights.

    Args:
        units: the size of the state and of the output.
        return_sequences: give every step's output (batch, time, units) instead of the last one (batch, units).
        return_state: also give the last h and c.
        go_backwards: read from the last step to the first.
        stateful: start each batch where the last one ended (needs a fixed batch size).
        unroll: write the steps out instead of looping.
        dropout, recurrent_dropout: shares of the inputs and of h to drop, the same ones at every step (Gal and Ghahramani 2016).
        zero_output_for_mask: masked steps give zeros, not the previous output.

    `layer(x, initial_state=[h, c], mask=...)`: a masked step (False) leaves the state as it is.
    """

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True, kernel_regularizer: Any = None, recurrent_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, kernel_constraint: Any = None, recurrent_constraint: Any = None, bias_constraint: Any = None,
        dropout: float = 0.0, recurrent_dropout: float = 0.0, seed: int | None = None, return_sequences: bool = False,
        return_state: bool = False, go_backwards: bool = False, stateful: bool = False, unroll: bool = False, use_cudnn: Any = "auto",
        **kwargs: Any,
    ):
        self.zero_output_for_mask = kwargs.pop("zero_output_for_mask", False)
        for ignored in ("time_major", "implementation"):
            kwargs.pop(ignored, None)
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.return_sequences, self.return_state, self.go_backwards = return_sequences, return_state, go_backwards
        self.stateful, self.unroll, self.use_cudnn = stateful, unroll, use_cudnn
        self.cell = LSTMCell(
            units, activation, recurrent_activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer,
            unit_forget_bias, kernel_regularizer, recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint,
            bias_constraint, dropout, recurrent_dropout, seed, dtype=self.dtype_policy, name="lstm_cell",
        )
        self._states: list[Variable] = []
        self.supports_masking = True

    @property
    def units(self) -> int:
        return self.cell.units

    @property
    def states(self) -> list[Variable] | None:
        """The states a stateful layer carries from batch to batch."""
        return list(self._states) or None

    def build(self, input_shape: Any) -> None:
        check_rank(self, input_shape, exact=3)
        if not self.cell.built:
            self.cell._build_once((input_shape[0], input_shape[-1]))
        if self.stateful and not self._states:
            if input_shape[0] is None:
                raise ShapeError(
                    f"Layer '{self.name}' is stateful, so it needs a fixed batch size: give Input(batch_shape=...) or batch_size=."
                )
            self._states = [
                Variable(np.zeros((input_shape[0], self.units), self.variable_dtype), trainable=False, name=f"{self.name}_state_{i}")
                for i in range(2)
            ]

    @property
    def variables(self) -> list[Variable]:
        return [*super().variables, *self._states]

    def call(self, sequences: Tensor, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        check_rank(self, sequences.shape, exact=3)
        if sequences.shape[-1] != self.cell.kernel.shape[0]:
            raise ShapeError(
                f"Layer '{self.name}' (LSTM) was built for {self.cell.kernel.shape[0]} features a step; it was called on shape "
                f"{tuple(sequences.shape)}."
            )
        cell = self.cell
        if initial_state is None:
            initial_state = self._states or cell.get_initial_state(sequences.shape[0], sequences.dtype)
        h, c = (ops.cast(state, sequences.dtype) for state in initial_state)
        dropped = cell.dropout_mask(sequences[:, 0], cell.dropout, training)
        x = sequences if dropped is None else sequences * ops.expand_dims(dropped, 1)
        outputs, h, c = cell.run(
            x, h, c, mask, cell.dropout_mask(h, cell.recurrent_dropout, training), go_backwards=self.go_backwards, unroll=self.unroll
        )
        for state, value in zip(self._states, (h, c), strict=False):
            state.assign(value)
        if self.return_sequences:
            if mask is not None and self.zero_output_for_mask:
                kept = ops.flip(mask, axis=1) if self.go_backwards else mask
                outputs = outputs * ops.cast(ops.expand_dims(kept, -1), outputs.dtype)
            found = outputs
        else:
            found = h
        return (found, h, c) if self.return_state else found

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        if isinstance(previous_mask, (list, tuple)):
            previous_mask = previous_mask[0]
        found = previous_mask if self.return_sequences else None
        return [found, None, None] if self.return_state else found

    def reset_states(self, states: Any = None) -> None:
        """Set the states of a stateful layer to zero, or to those given."""
        if not self.stateful:
            raise StateError(f"Layer '{self.name}' is not stateful: it keeps no states between batches.")
        for i, state in enumerate(self._states):
            state.assign(np.zeros(state.shape, np.float32) if states is None else states[i])

    reset_state = reset_states

    def get_config(self) -> dict[str, Any]:
        cell = self.cell.get_config()
        for name in ("name", "trainable", "dtype", "activity_regularizer"):
            cell.pop(name, None)
        own = {
            "return_sequences": self.return_sequences, "return_state": self.return_state, "go_backwards": self.go_backwards,
            "stateful": self.stateful, "unroll": self.unroll, "zero_output_for_mask": self.zero_output_for_mask,
        }
        return {**super().get_config(), **own, **cell, "activity_regularizer": regularizers.serialize(self.activity_regularizer)}


@registry.register("layer")
class Bidirectional(Layer):
    """A recurrent layer run forwards and a twin run backwards.

    Args:
        layer: the recurrent layer.
        merge_mode: how their outputs are combined: 'concat', 'sum', 'mul', 'ave', or None for a list of both.
        backward_layer: the twin; by default one made of the layer's configuration.
    """

    def __init__(
        self, layer: Any, merge_mode: str | None = "concat", weights: Any = None, backward_layer: Any = None, **kwargs: Any
    ):
        if not hasattr(layer, "go_backwards"):
            raise ArgumentError(f"Bidirectional takes a recurrent layer such as LSTM(8); received {layer!r}.")
        if merge_mode not in ("sum", "mul", "ave", "concat", None):
            raise ArgumentError(f"Bidirectional: merge_mode is 'concat', 'sum', 'mul', 'ave' or None; received {merge_mode!r}.")
        kwargs.setdefault("dtype", layer.dtype_policy)
        if "_batch_input_shape" in layer.__dict__:
            kwargs.setdefault("batch_input_shape", layer._batch_input_shape)
        super().__init__(**kwargs)
        config = layer.get_config()
        config["name"] = f"forward_{layer.name.removeprefix('forward_')}"
        self.forward_layer: Any = type(layer).from_config(config)
        if backward_layer is None:
            config = {**layer.get_config(), "name": f"backward_{layer.name}", "go_backwards": not layer.go_backwards}
            if config.get("seed") is not None:
                config["seed"] += 1  # its dropout is its own
            self.backward_layer: Any = type(layer).from_config(config)
            self._given_backward = False
        else:
            if backward_layer.go_backwards == layer.go_backwards:
                raise ArgumentError("Bidirectional: backward_layer and layer read in the same direction; make one with go_backwards=True.")
            self.backward_layer = backward_layer
            self._given_backward = True
        for each in (self.forward_layer, self.backward_layer):
            each.zero_output_for_mask = True
        self._layer_config = registry.to_config(layer)
        self.merge_mode = merge_mode
        self.return_sequences, self.return_state, self.stateful = layer.return_sequences, layer.return_state, layer.stateful
        self.supports_masking = True
        self._initial = weights

    def build(self, input_shape: Any) -> None:
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer._build_once(input_shape)
        if self._initial is not None:
            self.set_weights(self._initial)
            self._initial = None

    def call(self, sequences: Tensor, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        first = second = {}
        if initial_state is not None:
            half = len(initial_state) // 2
            first, second = {"initial_state": initial_state[:half]}, {"initial_state": initial_state[half:]}
        forward = self.forward_layer(sequences, mask=mask, training=training, **first)
        backward = self.backward_layer(sequences, mask=mask, training=training, **second)
        states: list[Tensor] = []
        if self.return_state:
            (forward, *states), (backward, *more) = forward, backward
            states += more
        if self.return_sequences:
            backward = ops.flip(backward, axis=1)
        merged: Any
        if self.merge_mode == "concat":
            merged = ops.concatenate([forward, backward], axis=-1)
        elif self.merge_mode is None:
            merged = (forward, backward)
        else:
            merged = forward * backward if self.merge_mode == "mul" else forward + backward
            merged = merged * 0.5 if self.merge_mode == "ave" else merged
        if not self.return_state:
            return merged
        return (*merged, *states) if self.merge_mode is None else (merged, *states)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        if isinstance(previous_mask, (list, tuple)):
            previous_mask = previous_mask[0]
        found = previous_mask if self.return_sequences else None
        outputs = [found, found] if self.merge_mode is None else [found]
        return outputs + [None] * 4 if self.return_state else outputs if self.merge_mode is None else found

    def reset_states(self) -> None:
        self.forward_layer.reset_states()
        self.backward_layer.reset_states()

    reset_state = reset_states

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), "merge_mode": self.merge_mode, "layer": self._layer_config}
        if self._given_backward:
            config["backward_layer"] = registry.to_config(self.backward_layer)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Bidirectional":
        config = dict(config)
        config["layer"] = registry.from_config("layer", config["layer"])
        if config.get("backward_layer") is not None:
            config["backward_layer"] = registry.from_config("layer", config["backward_layer"])
        return cls(**config)
