"""Symbolic tensors: questions about them, and functions of parts of a graph."""

import contextlib
from collections.abc import Callable, Iterator, ValuesView
from typing import Any, NamedTuple

import jax
import numpy as np

from hornbeam.engine import graph
from hornbeam.engine.errors import ArgumentError, StateError
from hornbeam.engine.naming import auto_name
from hornbeam.engine.pure import local
from hornbeam.engine.tape import GradientTape
from hornbeam.engine.tensor import Tensor, is_tensor
from hornbeam.engine.threads import within


def is_keras_tensor(x: Any) -> bool:
    """Whether `x` is a symbolic tensor: an `Input`, or computed from one."""
    return is_tensor(x) and x.is_symbolic


def get_source_inputs(tensor: Any) -> list[Tensor]:
    """The Inputs that a symbolic tensor is computed from, each once, in the order they were made."""
    if not is_keras_tensor(tensor):
        raise StateError(f"get_source_inputs takes a symbolic tensor, which starts with Input(shape=...); received {tensor!r}.")
    found: dict[int, Tensor] = {}
    seen: set[int] = set()
    stack = [tensor]
    while stack:
        each = stack.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if each._node is None or not each._node.parents:
            found[each._node.number if each._node is not None else -len(found) - 1] = each
        else:
            stack += each._node.parents
    return [found[number] for number in sorted(found)]


def placeholder(
    shape: Any = None, ndim: int | None = None, dtype: Any = None, sparse: bool = False, name: str | None = None, ragged: bool = False
) -> Tensor:
    """A symbolic tensor of a shape (batch included) or of so many axes: what `Input` gives."""
    from hornbeam.layers import Input

    if shape is None and ndim is None:
        raise ArgumentError("placeholder needs `shape` (batch included) or `ndim`.")
    return Input(batch_shape=(None,) * ndim if shape is None else tuple(shape), dtype=dtype, name=name, sparse=sparse, ragged=ragged)


class Function(graph.Operation):
    """What leads from symbolic tensors to others, as a function of tensors: `keras.Function(inputs, outputs)`.

    Args:
        inputs, outputs: symbolic tensors in any structure. It is called with the structure of the inputs and gives that of the outputs.
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None):
        from hornbeam.models.functional import Functional

        self._model = Functional(inputs, outputs, name=name or auto_name("function"))
        self.name = self._model.name

    @property
    def inputs(self) -> list[Tensor]:
        return self._model.inputs

    @property
    def outputs(self) -> list[Tensor]:
        return self._model.outputs

    def __call__(self, inputs: Any) -> Any:
        return self._model(inputs)

    def __repr__(self) -> str:
        return f"<Operation name={self.name}>"


class Step(NamedTuple):
    """One step of an optimizer down a symbolic loss, whenever a `function` that has it among its updates is called."""

    optimizer: Any
    loss: Tensor
    variables: list[Any]


def function(inputs: Any, outputs: Any, updates: Any = None, name: str | None = None) -> Callable[[Any], Any]:
    """A function of NumPy arrays from part of a graph: `function([model.input], [layer.output])([x])` is a list of one array.

    Args:
        inputs: a list of symbolic tensors; where `learning_phase()` stands, the function takes 0 or 1 (training).
        outputs: the tensors wanted: a list gives a list, one tensor an array.
        updates: what `optimizer.get_updates(loss, variables)` gave: steps that each call takes, after the outputs are computed.
        name: accepted as Keras 2 does.
    """
    from hornbeam.models.functional import Functional

    steps = list(updates or ())
    if not all(isinstance(each, Step) for each in steps):
        raise ArgumentError("function: `updates` are steps of an optimizer, optimizer.get_updates(loss, variables). Other Variables are "
                            "assigned to in a layer's `call`, a train_step or a tf.function.")  # fmt: skip
    outputs = list(outputs) if isinstance(outputs, ValuesView) else outputs
    symbols = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    kept = [i for i, each in enumerate(symbols) if is_keras_tensor(each)]
    wanted = {"outputs": outputs, "losses": [step.loss for step in steps]}
    roots = {id(root): root for each in graph.tensors_in(wanted) if is_keras_tensor(each) for root in get_source_inputs(each)}
    held = [root for root in roots.values() if _held(root) and not any(root is each for each in symbols)]
    part = Functional([*(symbols[i] for i in kept), *held], wanted)

    def call(values: Any) -> Any:
        given = list(values) if isinstance(values, (list, tuple)) else [values]
        if len(given) != len(symbols):
            raise ArgumentError(f"This function takes {len(symbols)} inputs in a list; received {len(given)}.")
        phases = [bool(each) for i, each in enumerate(given) if i not in kept]
        with GradientTape(persistent=True) if steps else contextlib.nullcontext() as tape:
            for step in steps:
                tape.watch(step.variables)
            fed = [*(given[i] for i in kept), *(value for root in held for value in _held(root))]
            found = part([np.asarray(each) for each in fed], training=phases[0] if phases else bool(learning_phase()))
        slopes = [tape.gradient(loss, step.variables) for step, loss in zip(steps, found["losses"], strict=True)]
        for step, slope in zip(steps, slopes, strict=True):
            step.optimizer.apply_gradients(zip(slope, step.variables, strict=True))
        return jax.tree.map(lambda tensor: tensor.numpy(), found["outputs"], is_leaf=is_tensor)

    return call


def _held(root: Tensor) -> tuple:
    """The values that an Input was given once and for all, `Input(tensor=values)`, if it was."""
    return getattr(root._node.operation, "_values", ()) if root._node is not None else ()


class NotSymbolic(StateError):
    """The gradient of a tensor that no graph leads to was asked for."""


def gradients(loss: Any, variables: Any) -> list[Tensor | None]:
    """The gradients of the sum of a symbolic tensor, as symbolic tensors: what `function` makes a function of. Tensors have a tape.

    Args:
        loss: computed from an Input.
        variables: one, or a list: symbolic tensors that lead to the loss, or Variables. None stands where nothing leads from one.
    """
    from hornbeam.models.functional import Functional

    wanted = variables if isinstance(variables, (list, tuple)) else [variables]
    if not is_keras_tensor(loss) and all(map(is_keras_tensor, wanted)):  # in a loss of Keras 2's graphs: y_pred is what the model gave
        loss = next((symbol for symbol in reversed(local.outputs) if (local.values or {}).get(id(symbol)) is loss), loss)
    if not is_keras_tensor(loss):
        raise NotSymbolic(
            "K.gradients takes a loss that is computed from an Input, such as a model's output. For tensors with values use a tape: "
            "`with tf.GradientTape() as tape: tape.watch(x); loss = ...` and then `tape.gradient(loss, x)`."
        )

    def gradient(wanted: Any) -> Tensor | None:
        roots = [each for each in get_source_inputs(loss) if each is not wanted]
        inputs = [wanted, *roots] if is_keras_tensor(wanted) else roots
        graph_of_loss = Functional(inputs, loss)
        needed = [id(parent) for node in graph_of_loss._graph.nodes for parent in node.parents]
        if is_keras_tensor(wanted) and wanted is not loss and id(wanted) not in needed:
            return None

        def backward(*values: Tensor) -> Any:
            source = values[0] if is_keras_tensor(wanted) else wanted
            with within(local, values=None), GradientTape() as tape:
                tape.watch(source)
                found = graph_of_loss(list(values))
            return tape.gradient(found, source)

        return graph.Node(backward, tuple(inputs), {}).finish(graph.infer(backward, tuple(inputs), {}))

    return [gradient(each) for each in wanted]


def learning_phase() -> int:
    """1 while a model trains, else 0."""
    return int(bool(local.training))


def set_learning_phase(value: Any) -> None:
    """Let layers called from now on without `training` behave as in training (1) or not (0)."""
    if value not in (0, 1):
        raise ArgumentError(f"The learning phase is 0 or 1; received {value!r}.")
    local.training = bool(value)


@contextlib.contextmanager
def learning_phase_scope(value: Any) -> Iterator[None]:
    """Within the block, the learning phase is 0 or 1."""
    with within(local, training=local.training):
        set_learning_phase(value)
        yield


def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """x (or what it gives) in training, else alt."""
    chosen = x if (learning_phase() if training is None else training) else alt
    return chosen() if callable(chosen) and not is_tensor(chosen) else chosen


def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """x (or what it gives) outside of training, else alt."""
    return in_train_phase(alt, x, training)
