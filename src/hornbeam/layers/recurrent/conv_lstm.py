"""ConvLSTM: an LSTM over sequences of pictures, whose products are convolutions (Shi et al. 2015)."""

from typing import Any

from hornbeam import activations, ops
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.convolution import checked_format, checked_padding, per_axis
from hornbeam.layers.layer import check_rank
from hornbeam.layers.recurrent.cells import BaseCell, CellRNN, arguments
from hornbeam.layers.recurrent.lstm import ForgetBias
from hornbeam.ops import recurrent

_CONV = ("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate")


class ConvLSTMCell(BaseCell):
    """One step of `LSTMCell`'s formula with convolutions for products; those of h keep its size.

    Weights: kernel (*kernel_size, channels, 4 filters), recurrent_kernel (*kernel_size, filters, 4 filters), bias (4 filters,).
    """

    gates = 4
    states = 2
    extra = (*_CONV, "recurrent_activation", "unit_forget_bias")

    def __init__(
        self, rank: int,
        filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", data_format: str | None = None,
        dilation_rate: Any = 1, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True, kernel_regularizer: Any = None, recurrent_regularizer: Any = None, bias_regularizer: Any = None,
        kernel_constraint: Any = None, recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0,
        recurrent_dropout: float = 0.0, seed: int | None = None, **kwargs: Any,
    ):
        super().__init__(filters, **arguments(locals(), "rank", *self.extra))
        kind = f"ConvLSTM{rank}D"
        self.rank, self.filters = rank, self.units
        self.kernel_size, self.strides = per_axis(kind, "kernel_size", kernel_size, rank), per_axis(kind, "strides", strides, rank)
        self.dilation_rate = per_axis(kind, "dilation_rate", dilation_rate, rank)
        self.padding, self.data_format = checked_padding(kind, padding), checked_format(kind, data_format)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ArgumentError(f"{kind}: strides and dilation_rate cannot both be above 1; received {strides} and {dilation_rate}.")
        self.recurrent_activation, self.unit_forget_bias = activations.get(recurrent_activation), unit_forget_bias

    @classmethod
    def argument_names(cls) -> list[str]:
        return [name for name in super().argument_names() if name != "units"]

    def build(self, input_shape: Any) -> None:
        channels = input_shape[-1 if self.data_format == "channels_last" else 1]
        if channels is None:
            raise ShapeError(f"Layer '{self.name}' needs to know its input's number of channels; the shape is {tuple(input_shape)}.")
        wide = 4 * self.filters
        self._step_shape = tuple(input_shape)
        self._make((*self.kernel_size, channels, wide), (*self.kernel_size, self.filters, wide), (wide,))

    def _bias_start(self) -> Any:
        return ForgetBias(self.bias_initializer, self.filters) if self.unit_forget_bias else self.bias_initializer

    def _features(self) -> int:
        return self.kernel.shape[-2]

    def start(self, batch_size: Any, step_shape: tuple) -> list[Tensor]:
        """Zeros of the states' shape, for inputs of a shape (batch, *spatial, channels)."""
        first = self.data_format == "channels_first"
        spatial = step_shape[2:] if first else step_shape[1:-1]
        sizes = []
        for n, k, s, d in zip(spatial, self.kernel_size, self.strides, self.dilation_rate, strict=True):
            size = -(-n // s) if self.padding == "same" else (n - (k - 1) * d - 1) // s + 1
            if size < 1:
                raise ShapeError(f"Layer '{self.name}': a window of {self.kernel_size} does not fit into an input of {tuple(spatial)}.")
            sizes.append(size)
        shape = (batch_size, self.filters, *sizes) if first else (batch_size, *sizes, self.filters)
        return [ops.zeros(shape, self.compute_dtype) for _ in range(2)]

    def get_initial_state(self, batch_size: Any = None) -> list[Tensor]:
        return self.start(batch_size, self._step_shape)

    def call_sequence(
        self, sequences: Tensor, states: Any, mask: Any, training: bool, go_backwards: bool, unroll: bool
    ) -> tuple[Tensor, list[Tensor]]:
        check_rank(self, sequences.shape, exact=self.rank + 3)
        channels = sequences.shape[-1 if self.data_format == "channels_last" else 2]
        if channels != self._features():
            raise ShapeError(
                f"Layer '{self.name}' was built for {self._features()} channels ({self.data_format}); it was called on sequences of shape "
                f"{tuple(sequences.shape)}."
            )
        return self._over(sequences, states, mask, training, go_backwards, unroll)

    def _sequence(self, sequences: Tensor, states: Any, mask: Any, recurrent_dropout: Any, **how: Any) -> Any:
        return recurrent.conv_lstm(
            sequences, self.kernel, self.recurrent_kernel, self.bias, *states, mask, recurrent_dropout, **self._activations(),
            strides=self.strides, padding=self.padding, dilation=self.dilation_rate,
            channels_first=self.data_format == "channels_first", **how,
        )


class ConvLSTM(CellRNN):
    """A ConvLSTM over sequences (batch, time, *spatial, channels), or (batch, time, channels, *spatial) with 'channels_first'.

    Args:
        filters: the number of output channels.
        kernel_size, strides, dilation_rate: an int, or one for each spatial axis; of the inputs' convolution.
        padding: 'valid' or 'same', of the inputs' convolution.
        return_sequences, return_state, go_backwards, stateful, dropout, ...: as `RNN` and `LSTM`.

    Weights: see `ConvLSTMCell`.
    """

    rank = 0

    def __init__(
        self,
        filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", data_format: str | None = None,
        dilation_rate: Any = 1, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True, kernel_regularizer: Any = None, recurrent_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, kernel_constraint: Any = None, recurrent_constraint: Any = None,
        bias_constraint: Any = None, dropout: float = 0.0, recurrent_dropout: float = 0.0, seed: int | None = None,
        return_sequences: bool = False, return_state: bool = False,
        go_backwards: bool = False, stateful: bool = False, **kwargs: Any,
    ):
        super().__init__(ConvLSTMCell, "conv_lstm_cell", arguments(locals()), rank=self.rank)

    def _check(self, shape: Any) -> None:
        check_rank(self, shape, exact=self.rank + 3)

    def _start(self, sequences: Tensor) -> tuple:
        cell: Any = self.cell
        return tuple(cell.start(sequences.shape[0], (sequences.shape[0], *sequences.shape[2:])))


@registry.register("layer")
class ConvLSTM1D(ConvLSTM):
    __doc__ = ConvLSTM.__doc__
    rank = 1


@registry.register("layer")
class ConvLSTM2D(ConvLSTM):
    __doc__ = ConvLSTM.__doc__
    rank = 2


@registry.register("layer")
class ConvLSTM3D(ConvLSTM):
    __doc__ = ConvLSTM.__doc__
    rank = 3
