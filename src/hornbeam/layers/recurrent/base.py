"""RNN: a cell over a sequence. What all recurrent layers share (states, masks, sequences, configuration) is here."""

import inspect
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from hornbeam import ops
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError, ShapeError, StateError
from hornbeam.engine.tensor import Tensor, is_tensor
from hornbeam.engine.variable import Variable
from hornbeam.layers.layer import Layer, check_rank
from hornbeam.ops import recurrent


@registry.register("layer")
class RNN(Layer):
    """A cell applied step after step to sequences (batch, time, ...).

    Args:
        cell: an object with `call(inputs, states) -> output, states`, a `state_size` (the size of its state, or a list of one
            size a state) and perhaps an `output_size` and `get_initial_state(batch_size)`; or a list of cells, which are stacked.
        return_sequences: give every step's output (batch, time, ...) instead of the last one.
        return_state: also give the last states.
        go_backwards: read from the last step to the first; outputs come in the order they are made.
        stateful: start each batch where the last one ended (needs a fixed batch size).
        unroll: write the steps out instead of looping.
        zero_output_for_mask: masked steps give zeros, not the previous output.
        time_major: sequences, masks and outputs are (time, batch, ...), as in Keras 2.

    `layer(x, initial_state=[...], mask=...)`: a step whose mask (batch, time) is False leaves the states as they are.

    A cell with a method `call_sequence(sequences, states, mask, training, go_backwards, unroll) -> outputs, states` does all
    steps of a sequence in one operation, which is then used instead of `call`.
    """

    def __init__(
        self, cell: Any, return_sequences: bool = False, return_state: bool = False, go_backwards: bool = False, stateful: bool = False,
        unroll: bool = False, zero_output_for_mask: bool = False, **kwargs: Any,
    ):
        for ignored in ("implementation", "use_cudnn"):
            kwargs.pop(ignored, None)
        self.time_major = bool(kwargs.pop("time_major", False))
        super().__init__(**kwargs)
        self.cell = StackedRNNCells(cell) if isinstance(cell, (list, tuple)) else _checked_cell(cell)
        self.return_sequences, self.return_state, self.go_backwards = return_sequences, return_state, go_backwards
        self.stateful, self.unroll, self.zero_output_for_mask = stateful, unroll, zero_output_for_mask
        self._states: list[Variable] = []
        self.supports_masking = True

    # States. They are a structure, a tuple at the top: one entry a state, or for a stack one a cell.
    @property
    def states(self) -> list[Variable] | None:
        """The states a stateful layer carries from batch to batch."""
        return list(self._states) or None

    def get_initial_state(self, batch_size: Any) -> Any:
        """The states before the first step, when none are given."""
        return initial_state(self.cell, batch_size, self.compute_dtype)

    def _start(self, sequences: Tensor) -> tuple:
        return _tuple(self.get_initial_state(sequences.shape[0]))

    def _given(self, states: Any, start: tuple) -> tuple:
        """States from the caller, in the structure of this layer's own."""
        leaves = jax.tree.leaves(states, is_leaf=is_tensor)
        wanted = jax.tree.leaves(start, is_leaf=is_tensor)
        if len(leaves) != len(wanted):
            raise ShapeError(f"Layer '{self.name}' has {len(wanted)} states; initial_state holds {len(leaves)} tensors.")
        for given, own in zip(leaves, wanted, strict=True):
            if tuple(np.shape(given)) != tuple(own.shape):
                raise ShapeError(f"Layer '{self.name}' starts from states of shapes {[tuple(w.shape) for w in wanted]}; initial_state "
                                 f"holds {[tuple(np.shape(leaf)) for leaf in leaves]}.")
        return jax.tree.unflatten(jax.tree.structure(start, is_leaf=is_tensor), leaves)

    def reset_states(self, states: Any = None) -> None:
        """Set the states of a stateful layer to zero, or to those given."""
        if not self.stateful:
            raise StateError(f"Layer '{self.name}' is not stateful: it keeps no states between batches.")
        given = None if states is None else jax.tree.leaves(states, is_leaf=is_tensor)
        for i, state in enumerate(self._states):
            state.assign(np.zeros(state.shape, state.dtype.numpy) if given is None else given[i])

    reset_state = reset_states

    @property
    def variables(self) -> list[Variable]:
        return [*super().variables, *self._states]

    def build(self, input_shape: Any) -> None:
        self._check(input_shape)
        if self.time_major:
            input_shape = (input_shape[1], input_shape[0], *input_shape[2:])
        step = (input_shape[0], *input_shape[2:])
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell._build_once(step)
        if self.stateful and not self._states:
            if input_shape[0] is None:
                raise ShapeError(
                    f"Layer '{self.name}' is stateful, so it needs a fixed batch size: give Input(batch_shape=...) or batch_size=."
                )
            start = self._start(ops.zeros((input_shape[0], 1, *input_shape[2:]), self.compute_dtype))
            self._states = [
                Variable(np.asarray(state), trainable=False, dtype=self.variable_dtype, name=f"{self.name}_state_{i}")
                for i, state in enumerate(jax.tree.leaves(start, is_leaf=is_tensor))
            ]

    def _check(self, shape: Any) -> None:
        check_rank(self, shape, minimum=3)

    def call(self, sequences: Tensor, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        self._check(sequences.shape)
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        if self.time_major:
            sequences, mask = ops.swapaxes(sequences, 0, 1), None if mask is None else ops.swapaxes(mask, 0, 1)
        states = self._start(sequences)
        if initial_state is not None:
            states = self._given(initial_state, states)
        elif self._states:
            states = self._given(self._states, states)
        states = _each(lambda state: ops.cast(state, sequences.dtype), states)
        outputs, states = run(self.cell, sequences, states, mask, training, self.go_backwards, self.unroll)
        for kept, value in zip(self._states, jax.tree.leaves(states, is_leaf=is_tensor), strict=False):
            kept.assign(value)
        if not self.return_sequences:
            outputs = outputs[:, -1]
        elif mask is not None and self.zero_output_for_mask:
            counts = ops.flip(mask, axis=1) if self.go_backwards else mask
            outputs = outputs * ops.cast(ops.reshape(counts, (*counts.shape[:2], *(1,) * (outputs.ndim - 2))), outputs.dtype)
        if self.time_major and self.return_sequences:
            outputs = ops.swapaxes(outputs, 0, 1)
        return (outputs, *states) if self.return_state else outputs

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        if isinstance(previous_mask, (list, tuple)):
            previous_mask = previous_mask[0]
        found = previous_mask if self.return_sequences else None
        return [found] + [None] * len(_tuple(self.cell.state_size)) if self.return_state else found

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), **self._sequence_config()}
        return {**config, "cell": registry.to_config(self.cell)}

    def _sequence_config(self) -> dict[str, Any]:
        return {
            "return_sequences": self.return_sequences, "return_state": self.return_state, "go_backwards": self.go_backwards,
            "stateful": self.stateful, "unroll": self.unroll, "zero_output_for_mask": self.zero_output_for_mask,
            **({"time_major": True} if self.time_major else {}),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        config = dict(config)
        if isinstance(config.get("cell"), dict):
            config["cell"] = registry.from_config("layer", config["cell"])
        return super().from_config(config)


@registry.register("layer")
class StackedRNNCells(Layer):
    """Cells one upon the other as one cell: each one's output is the next one's input. Its states are one entry a cell."""

    def __init__(self, cells: Sequence[Any], **kwargs: Any):
        super().__init__(**kwargs)
        if not isinstance(cells, (list, tuple)) or not cells:
            raise ArgumentError(f"StackedRNNCells takes a list of cells such as [LSTMCell(8), LSTMCell(8)]; received {cells!r}.")
        self.cells = [_checked_cell(cell) for cell in cells]

    @property
    def state_size(self) -> list[Any]:
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> Any:
        last = self.cells[-1]
        size = last.state_size
        return getattr(last, "output_size", size[0] if isinstance(size, (list, tuple)) else size)

    def get_initial_state(self, batch_size: Any = None) -> list[list[Tensor]]:
        return [list(_tuple(initial_state(cell, batch_size, self.compute_dtype))) for cell in self.cells]

    def build(self, input_shape: Any) -> None:
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell._build_once(input_shape)
            size = getattr(cell, "output_size", cell.state_size)
            size = size[0] if isinstance(size, (list, tuple)) else size
            input_shape = (input_shape[0], size)

    def call(self, inputs: Tensor, states: Any, training: bool = False) -> tuple[Tensor, list[Any]]:
        after = []
        for cell, own in zip(self.cells, states, strict=True):
            inputs, own = step(cell, inputs, own, training)
            after.append(own)
        return inputs, after

    def call_sequence(
        self, sequences: Tensor, states: Any, mask: Any, training: bool, go_backwards: bool, unroll: bool
    ) -> tuple[Tensor, list[Any]]:
        """Cell after cell, each over the whole sequence: the same as step after step, and faster."""
        after = []
        for i, (cell, own) in enumerate(zip(self.cells, states, strict=True)):
            if i == 1 and go_backwards:  # from here on the steps come in reading order
                mask, go_backwards = None if mask is None else ops.flip(mask, axis=1), False
            sequences, own = run(cell, sequences, _tuple(own), mask, training, go_backwards, unroll)
            after.append(list(own))
        return sequences, after

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "cells": [registry.to_config(cell) for cell in self.cells]}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(**{**config, "cells": [registry.from_config("layer", cell) for cell in config["cells"]]})


def _checked_cell(cell: Any) -> Any:
    for name in ("call", "state_size"):
        if not hasattr(cell, name):
            raise ArgumentError(f"A recurrent cell has a method `call(inputs, states)` and a `state_size`; {cell!r} has no {name!r}.")
    return cell


def _tuple(states: Any) -> tuple:
    return tuple(states) if isinstance(states, (list, tuple)) else (states,)


def _each(function: Any, *states: Any) -> Any:
    return jax.tree.map(function, *states, is_leaf=is_tensor)


def initial_state(cell: Any, batch_size: Any, dtype: Any) -> Any:
    """What a cell starts from: its own `get_initial_state`, or zeros of its `state_size`."""
    if hasattr(cell, "get_initial_state"):
        return cell.get_initial_state(batch_size=batch_size)
    size = cell.state_size
    sizes = list(size) if isinstance(size, (list, tuple)) else [size]
    return [ops.zeros((batch_size, *(each if isinstance(each, (list, tuple)) else (each,))), dtype) for each in sizes]


def step(cell: Any, inputs: Tensor, states: Any, training: bool) -> tuple[Tensor, Any]:
    """One step of a cell; the new states in the structure of the old ones."""
    if isinstance(cell, Layer):
        output, after = cell(inputs, states, training=training)
    else:
        takes = "training" in inspect.signature(cell.call).parameters
        output, after = cell.call(inputs, states, **({"training": training} if takes else {}))
    old, leaves = (jax.tree.flatten(each, is_leaf=is_tensor)[0] for each in (states, after))
    if [tuple(s.shape) for s in old] != [tuple(s.shape) for s in leaves]:
        raise ShapeError(
            f"Cell {getattr(cell, 'name', type(cell).__name__)!r} was given states of shapes {[tuple(s.shape) for s in old]} and returned "
            f"states of shapes {[tuple(s.shape) for s in leaves]}: `call` returns the output and the new states, as `state_size` says."
        )
    leaves = [ops.cast(new, was.dtype) for new, was in zip(leaves, old, strict=True)]
    return output, jax.tree.unflatten(jax.tree.structure(states, is_leaf=is_tensor), leaves)


def _whole(cell: Any) -> bool:
    """Whether a cell's `call_sequence` stands for its `call`: a subclass may have written another `call`."""
    for cls in type(cell).__mro__:
        if "call_sequence" in vars(cls):
            return True
        if "call" in vars(cls):
            return False
    return False


def run(
    cell: Any, sequences: Tensor, states: tuple, mask: Any, training: bool, go_backwards: bool, unroll: bool
) -> tuple[Tensor, tuple]:
    """A cell over all steps of `sequences` (batch, time, ...): all outputs (batch, time, ...) in the order made, and the last states.

    A masked step repeats the previous output (zeros at first) and keeps the states.
    """
    if _whole(cell):
        outputs, after = cell.call_sequence(sequences, states, mask, training, go_backwards, unroll)
        return outputs, tuple(after)
    steps = ops.swapaxes(sequences, 0, 1)
    marks = None if mask is None else ops.swapaxes(ops.cast(mask, "bool"), 0, 1)
    if go_backwards:
        steps, marks = ops.flip(steps, axis=0), None if marks is None else ops.flip(marks, axis=0)

    def once(states: Any, item: Any) -> tuple[Any, Tensor]:
        x, mark = item
        output, after = step(cell, x, states, training)
        return after if mark is None else _each(lambda new, old: ops.where(_beside(mark, new), new, old), after, states), output

    if sequences.is_traced:
        after, outputs = ops.scan(once, states, (steps, marks), unroll=unroll)
    else:  # step by step: a loop would be compiled anew at each call
        after, made = states, []
        for t in range(steps.shape[0]):
            after, output = once(after, (steps[t], None if marks is None else marks[t]))
            made.append(output)
        outputs = ops.stack(made)
    if marks is not None:
        outputs = recurrent.hold(outputs, marks)
    return ops.swapaxes(outputs, 0, 1), _tuple(after)


def _beside(mark: Tensor, value: Tensor) -> Tensor:
    """A mask (batch,) with axes of size 1 to match `value`."""
    return ops.reshape(mark, (*mark.shape, *(1,) * (value.ndim - mark.ndim)))

