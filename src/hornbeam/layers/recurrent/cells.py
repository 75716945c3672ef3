"""What the cells of SimpleRNN, GRU and LSTM share, and the layers over them: weights, dropout, configuration."""

import inspect
from typing import Any

from hornbeam import activations, constraints, initializers, ops, regularizers
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.rng import SeedGenerator
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.core import positive
from hornbeam.layers.layer import Layer, check_rank
from hornbeam.layers.recurrent.base import RNN
from hornbeam.ops import random as random_ops

_OBJECTS = {"initializer": initializers, "regularizer": regularizers, "constraint": constraints}


def arguments(local: dict[str, Any], *without: str) -> dict[str, Any]:
    """A constructor's arguments by name (from its `locals()`), those in its **kwargs among them, less some."""
    named = {name: value for name, value in local.items() if name not in ("self", "kwargs", "__class__", *without)}
    return {**named, **local["kwargs"]}


def share(kind: str, name: str, value: float) -> float:
    """A dropout rate: between 0 and 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ArgumentError(f"{kind}: {name} is a share between 0 and 1; received {value!r}.")
    return float(value)


class BaseCell(Layer):
    """A cell with `units` numbers a state and weights kernel (features, gates * units), recurrent_kernel (units, gates * units), bias.

    Args:
        dropout, recurrent_dropout: shares of the inputs and of h to drop, the same ones at every step (Gal and Ghahramani 2016).
    """

    gates = 1
    states = 1
    extra: tuple[str, ...] = ()  # the arguments of a subclass

    def __init__(
        self, units: int, activation: Any = "tanh", use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None, bias_regularizer: Any = None, kernel_constraint: Any = None,
        recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0, recurrent_dropout: float = 0.0,
        seed: int | None = None, **kwargs: Any,
    ):
        super().__init__(**kwargs)
        kind = type(self).__name__.removesuffix("Cell")
        self.units = positive(kind, "units", units)
        self.activation, self.use_bias = activations.get(activation), use_bias
        self.kernel_initializer, self.recurrent_initializer = initializers.get(kernel_initializer), initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer, self.recurrent_regularizer = regularizers.get(kernel_regularizer), regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint, self.recurrent_constraint = constraints.get(kernel_constraint), constraints.get(recurrent_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.dropout, self.recurrent_dropout = share(kind, "dropout", dropout), share(kind, "recurrent_dropout", recurrent_dropout)
        self.seed = seed
        if self.dropout or self.recurrent_dropout:
            self.seed_generator = SeedGenerator(seed)

    @property
    def state_size(self) -> Any:
        return self.units if self.states == 1 else [self.units] * self.states

    @property
    def output_size(self) -> int:
        return self.units

    def get_initial_state(self, batch_size: Any = None) -> list[Tensor]:
        return [ops.zeros((batch_size, self.units), self.compute_dtype) for _ in range(self.states)]

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        if features is None:
            raise ShapeError(f"Layer '{self.name}' needs to know the number of features; the input's shape is {tuple(input_shape)}.")
        self._make((features, self.gates * self.units), (self.units, self.gates * self.units), self._bias_shape())

    def _bias_shape(self) -> tuple[int, ...]:
        return (self.gates * self.units,)

    def _bias_start(self) -> Any:
        return self.bias_initializer

    def _make(self, kernel: tuple, recurrent: tuple, bias: tuple) -> None:
        self.kernel = self.add_weight(
            kernel, self.kernel_initializer, regularizer=self.kernel_regularizer, constraint=self.kernel_constraint, name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            recurrent, self.recurrent_initializer, regularizer=self.recurrent_regularizer, constraint=self.recurrent_constraint,
            name="recurrent_kernel",
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                bias, self._bias_start(), regularizer=self.bias_regularizer, constraint=self.bias_constraint, name="bias"
            )

    recurrent_masks = 1  # how many masks `recurrent_dropout` draws for h

    def dropout_mask(self, like: Tensor, rate: float, training: bool) -> Tensor | None:
        """Zeros and 1/(1 - rate)s of a shape, one mask for all steps; None outside training."""
        if not training or not rate:
            return None
        return random_ops.dropout(ops.ones_like(like), rate, seed=self.seed_generator)

    def call(self, inputs: Tensor, states: Any, training: bool = False) -> tuple[Tensor, Any]:
        own = states if isinstance(states, (list, tuple)) else [states]
        outputs, after = self.call_sequence(ops.expand_dims(inputs, 1), own, None, training, False, False)
        return outputs[:, 0], after if isinstance(states, (list, tuple)) else after[0]

    def call_sequence(
        self, sequences: Tensor, states: Any, mask: Any, training: bool, go_backwards: bool, unroll: bool
    ) -> tuple[Tensor, list[Tensor]]:
        """All steps of a sequence: the outputs in the order made, and the last states."""
        if sequences.shape[-1] != self._features():
            raise ShapeError(
                f"Layer '{self.name}' was built for {self._features()} features a step; it was called on sequences of shape "
                f"{tuple(sequences.shape)}."
            )
        return self._over(sequences, states, mask, training, go_backwards, unroll)

    def _over(
        self, sequences: Tensor, states: Any, mask: Any, training: bool, go_backwards: bool, unroll: bool
    ) -> tuple[Tensor, list[Tensor]]:
        dropped = self.dropout_mask(sequences[:, 0], self.dropout, training)
        if dropped is not None:
            sequences = sequences * ops.expand_dims(dropped, 1)
        like = states[0] if self.recurrent_masks == 1 else ops.stack([states[0]] * self.recurrent_masks)
        outputs, *after = self._sequence(
            sequences, states, None if mask is None else ops.cast(mask, "bool"),
            self.dropout_mask(like, self.recurrent_dropout, training), go_backwards=go_backwards, unroll=unroll,
        )
        return outputs, after

    def _features(self) -> int:
        return self.kernel.shape[-2]

    def _sequence(self, sequences: Tensor, states: Any, mask: Any, recurrent_dropout: Any, **how: Any) -> Any:
        """The operation over the whole sequence: outputs, then the last states."""
        raise NotImplementedError

    def _activations(self) -> dict[str, Any]:
        """The activations as `ops` take them: None for the usual ones, whose gradients are written out."""
        usual = {"activation": activations.tanh, "recurrent_activation": activations.sigmoid}
        chosen = {name: getattr(self, name) for name in usual if hasattr(self, name)}
        return {name: None if function is usual[name] else function for name, function in chosen.items()}

    @classmethod
    def argument_names(cls) -> list[str]:
        """What `get_config` holds beside what every layer has."""
        common = [p.name for p in inspect.signature(BaseCell.__init__).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        return [*common[1:], *cls.extra]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **{name: _plain(name, getattr(self, name)) for name in self.argument_names()}}


def _plain(name: str, value: Any) -> Any:
    kind = name.rpartition("_")[2]
    if kind == "activation":
        return activations.serialize(value)
    return _OBJECTS[kind].serialize(value) if kind in _OBJECTS else value


class CellRNN(RNN):
    """A layer over a cell of its own, which takes the cell's arguments as well as RNN's."""

    def __init__(self, make: type[BaseCell], name: str, given: dict[str, Any], **fixed: Any):
        taken = make.argument_names()
        own = {key: value for key, value in given.items() if key in taken}
        cell = make(**own, **fixed, dtype=given.get("dtype"), trainable=given.get("trainable", True), name=name)
        super().__init__(cell, **{key: value for key, value in given.items() if key not in taken})

    def __getattr__(self, name: str) -> Any:
        """The cell's arguments (units, activation, ...) are the layer's too."""
        cell = self.__dict__.get("cell")
        if cell is None or name not in cell.argument_names():
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(cell, name)

    def _check(self, shape: Any) -> None:
        check_rank(self, shape, exact=3)

    def get_config(self) -> dict[str, Any]:
        cell = self.cell.get_config()
        for name in ("name", "trainable", "dtype"):
            del cell[name]
        config = {**Layer.get_config(self), **self._sequence_config(), **cell}
        return {**config, "activity_regularizer": regularizers.serialize(self.activity_regularizer)}
