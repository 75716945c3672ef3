"""SimpleRNN: the output of a step is a function of the input and of the output before."""

from typing import Any

from hornbeam.engine import registry
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.recurrent.cells import BaseCell, CellRNN, arguments
from hornbeam.ops import recurrent


@registry.register("layer")
class SimpleRNNCell(BaseCell):
    """One step of `h' = activation(x @ kernel + h @ recurrent_kernel + bias)` (Elman 1990).

    Weights: kernel (features, units), recurrent_kernel (units, units), bias (units,).
    """

    def _sequence(self, sequences: Tensor, states: Any, mask: Any, recurrent_dropout: Any, **how: Any) -> Any:
        return recurrent.simple_rnn(
            sequences, self.kernel, self.recurrent_kernel, self.bias, states[0], mask, recurrent_dropout, **self._activations(), **how
        )


@registry.register("layer")
class SimpleRNN(CellRNN):
    """A plain recurrent layer over sequences (batch, time, features); see `SimpleRNNCell` for the formula and the weights.

    `units`: the size of the state and of the output.
    `dropout`, `recurrent_dropout`: shares of the inputs and of h to drop, the same ones at every step (Gal and Ghahramani 2016).
    For the arguments about sequences and states see `RNN`.
    """

    def __init__(
        self, units: int, activation: Any = "tanh", use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None,
        recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0, recurrent_dropout: float = 0.0,
        return_sequences: bool = False, return_state: bool = False, go_backwards: bool = False, stateful: bool = False,
        unroll: bool = False, seed: int | None = None, **kwargs: Any,
    ):
        super().__init__(SimpleRNNCell, "simple_rnn_cell", arguments(locals()))
