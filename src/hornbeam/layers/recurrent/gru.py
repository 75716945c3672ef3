"""GRU."""

from typing import Any

from hornbeam import activations
from hornbeam.engine import registry
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.recurrent.cells import BaseCell, CellRNN, arguments
from hornbeam.ops import recurrent


@registry.register("layer")
class GRUCell(BaseCell):
    """One step of a gated recurrent unit (Cho et al. 2014).

    With gates z, r and candidate g from the columns of `x @ kernel + bias` and `h @ recurrent_kernel`, in that order:
    `z = sigmoid(x_z + h_z)`, `r = sigmoid(x_r + h_r)`, `g = tanh(x_g + r * h_g)`, `h' = z * h + (1 - z) * g`.

    Args:
        reset_after: r multiplies the product h_g, as above; if not, it multiplies h before the product.

    Weights: kernel (features, 3 units), recurrent_kernel (units, 3 units), bias (2, 3 units): of the inputs' product, then of h's;
    (3 units,) without `reset_after`.
    """

    gates = 3
    recurrent_masks = 3  # one for each gate
    extra = ("recurrent_activation", "reset_after")

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None, recurrent_regularizer: Any = None, bias_regularizer: Any = None,
        kernel_constraint: Any = None, recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0,
        recurrent_dropout: float = 0.0, reset_after: bool = True, seed: int | None = None, **kwargs: Any,
    ):
        super().__init__(**arguments(locals(), *self.extra))
        self.recurrent_activation, self.reset_after = activations.get(recurrent_activation), reset_after

    def _bias_shape(self) -> tuple[int, ...]:
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    def _sequence(self, sequences: Tensor, states: Any, mask: Any, recurrent_dropout: Any, **how: Any) -> Any:
        return recurrent.gru(
            sequences, self.kernel, self.recurrent_kernel, self.bias, states[0], mask, recurrent_dropout,
            reset_after=self.reset_after, **self._activations(), **how,
        )


@registry.register("layer")
class GRU(CellRNN):
    """A gated recurrent unit over sequences (batch, time, features); see `GRUCell` for the formula and the weights.

    `units`: the size of the state and of the output.
    `dropout`, `recurrent_dropout`: shares of the inputs and of h to drop, the same ones at every step (Gal and Ghahramani 2016).
    For the arguments about sequences and states see `RNN`.
    """

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None, recurrent_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, kernel_constraint: Any = None, recurrent_constraint: Any = None,
        bias_constraint: Any = None, dropout: float = 0.0, recurrent_dropout: float = 0.0, seed: int | None = None,
        return_sequences: bool = False, return_state: bool = False,
        go_backwards: bool = False, stateful: bool = False, unroll: bool = False, reset_after: bool = True, use_cudnn: Any = "auto",
        **kwargs: Any,
    ):
        super().__init__(GRUCell, "gru_cell", arguments(locals()))
