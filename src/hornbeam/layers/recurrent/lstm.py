"""LSTM."""

from typing import Any

import numpy as np

from hornbeam import activations
from hornbeam.engine import registry
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.recurrent.cells import BaseCell, CellRNN, arguments
from hornbeam.ops import recurrent


class ForgetBias:
    """The bias of an LSTM: its initializer's, but ones for the forget gate (Jozefowicz et al. 2015)."""

    def __init__(self, initializer: Any, units: int):
        self.initializer, self.units = initializer, units

    def __call__(self, shape: Any, dtype: Any = None) -> np.ndarray:
        units = self.units
        parts = [self.initializer((units,), dtype=dtype), np.ones(units), self.initializer((2 * units,), dtype=dtype)]
        return np.concatenate([np.asarray(part) for part in parts]).astype(np.asarray(parts[0]).dtype)


@registry.register("layer")
class LSTMCell(BaseCell):
    """One step of long short-term memory (Hochreiter and Schmidhuber 1997).

    With gates i, f, c, o from `x @ kernel + h @ recurrent_kernel + bias` in that order:
    `c' = sigmoid(f) * c + sigmoid(i) * tanh(c_gate)`, `h' = sigmoid(o) * tanh(c')`.

    Weights: kernel (features, 4 units), recurrent_kernel (units, 4 units), bias (4 units,).
    """

    gates = 4
    states = 2
    recurrent_masks = 4  # one for each gate
    extra = ("recurrent_activation", "unit_forget_bias")

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True, kernel_regularizer: Any = None, recurrent_regularizer: Any = None, bias_regularizer: Any = None,
        kernel_constraint: Any = None, recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0,
        recurrent_dropout: float = 0.0, seed: int | None = None, **kwargs: Any,
    ):
        super().__init__(**arguments(locals(), *self.extra))
        self.recurrent_activation, self.unit_forget_bias = activations.get(recurrent_activation), unit_forget_bias

    def _bias_start(self) -> Any:
        return ForgetBias(self.bias_initializer, self.units) if self.unit_forget_bias else self.bias_initializer

    def _sequence(self, sequences: Tensor, states: Any, mask: Any, recurrent_dropout: Any, **how: Any) -> Any:
        return recurrent.lstm(
            sequences, self.kernel, self.recurrent_kernel, self.bias, *states, mask, recurrent_dropout, **self._activations(), **how
        )


@registry.register("layer")
class LSTM(CellRNN):
    """Long short-term memory over sequences (batch, time, features); see `LSTMCell` for the formula and the weights.

    `units`: the size of the state and of the output. `layer(x, initial_state=[h, c])`; `return_state` gives the last h and c.
    `dropout`, `recurrent_dropout`: shares of the inputs and of h to drop, the same ones at every step (Gal and Ghahramani 2016).
    For the arguments about sequences and states see `RNN`.
    """

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True, kernel_regularizer: Any = None, recurrent_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, kernel_constraint: Any = None, recurrent_constraint: Any = None,
        bias_constraint: Any = None, dropout: float = 0.0, recurrent_dropout: float = 0.0, seed: int | None = None,
        return_sequences: bool = False, return_state: bool = False,
        go_backwards: bool = False, stateful: bool = False, unroll: bool = False, use_cudnn: Any = "auto", **kwargs: Any,
    ):
        super().__init__(LSTMCell, "lstm_cell", arguments(locals()))
