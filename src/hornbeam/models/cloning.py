"""Copies of models: the same architecture with new weights, or with layers and calls put in the place of others."""

from collections.abc import Callable
from types import FunctionType
from typing import Any

import jax

from hornbeam.engine import graph, registry
from hornbeam.engine.errors import ArgumentError, DtypeError
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.function import Lambda
from hornbeam.layers.input import Input, InputLayer
from hornbeam.layers.layer import Layer
from hornbeam.models.functional import Functional
from hornbeam.models.model import Model
from hornbeam.models.sequential import Sequential


def clone_model(
    model: Any,
    input_tensors: Any = None,
    clone_function: Callable[[Layer], Layer] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
) -> Any:
    """A model of the same architecture, with new layers and so new weights. A compiled model's copy is compiled.

    Args:
        model: a Sequential or functional model. A subclassed model is made again from its `get_config`.
        input_tensors: symbolic tensors to start from, in the structure of the model's inputs; by default new Inputs.
        clone_function: gives the layer that takes a layer's place (the layer itself, to share it); by default
            `type(layer).from_config(layer.get_config())`.
        call_function: `f(layer, *args, **kwargs)` calls a new layer, by default `layer(*args, **kwargs)`; for functional models.
        recursive: do the same with the layers of models inside the model, rather than hand these models to `clone_function`.

    Raises: ArgumentError, for arguments that this kind of model has no use for.
    """
    if not isinstance(model, Model):
        raise DtypeError(f"clone_model copies a Model; received {model!r}.")

    def clone_layer(layer: Layer) -> Layer:
        if recursive and isinstance(layer, (Functional, Sequential)):
            inside = call_function if isinstance(layer, Functional) else None
            return clone_model(layer, clone_function=clone_function, call_function=inside, recursive=True)
        found = (clone_function or _copy)(layer)
        if not isinstance(found, Layer):
            raise DtypeError(f"clone_function gives a layer for layer '{layer.name}'; it gave {found!r}.")
        return found

    if isinstance(model, Sequential):
        if call_function is not None:
            raise ArgumentError(f"call_function is for functional models: '{model.name}' is Sequential.")
        copy = _sequential(model, input_tensors, clone_layer)
    elif isinstance(model, Functional):
        copy = _functional(model, input_tensors, clone_layer, call_function or (lambda layer, *args, **kwargs: layer(*args, **kwargs)))
    else:
        if clone_function is not None or call_function is not None or input_tensors is not None:
            raise ArgumentError(
                f"clone_function, call_function and input_tensors are for Sequential and functional models: what '{model.name}' does with "
                f"its layers is written in {type(model).__name__}.call."
            )
        copy = _copy(model)
    if model.compiled and not copy.compiled:
        arguments = {**model._compile_arguments, "optimizer": model.optimizer}
        copy.compile(**{name: jax.tree.map(_fresh, value) for name, value in arguments.items()})
    return copy


def _copy(layer: Layer) -> Layer:
    """A layer of the same configuration."""
    if isinstance(layer, (Functional, Sequential)):
        return clone_model(layer)
    config = layer.get_config()
    if isinstance(layer, Lambda):  # its functions themselves: a configuration has only their code or names
        functions = {"function": layer.function, "output_shape": layer._given_shape, "mask": layer.mask}
        config.update({name: value for name, value in functions.items() if callable(value)})
    with registry.code_scope(True), registry.custom_object_scope(_own_objects(layer)):
        return type(layer).from_config(config)


def _own_objects(layer: Layer) -> dict[str, Any]:
    """The user's own classes and functions that a layer is made of, by name: in a copy they need not be registered."""
    found: dict[str, Any] = {}
    for each in layer._flatten_layers():
        for value in (each, *vars(each).values()):
            thing = value if isinstance(value, FunctionType) else type(value)
            if not thing.__module__.startswith(("hornbeam.", "builtins")) and (thing is value or hasattr(value, "get_config")):
                found[thing.__name__] = thing
    return found


def _fresh(value: Any) -> Any:
    """A copy of an optimizer, loss or metric, which have state; names and functions themselves."""
    return type(value).from_config(value.get_config()) if hasattr(value, "get_config") and not isinstance(value, type) else value


def _start(symbol: Tensor) -> Any:
    """A new Input for tensors like a symbolic one; a copy of its own Input, if it has one."""
    if isinstance(symbol._node.operation, InputLayer):
        return _copy(symbol._node.operation).output
    return Input(batch_shape=tuple(symbol.shape), dtype=symbol.dtype)


def _sequential(model: Sequential, input_tensors: Any, clone_layer: Callable[[Layer], Layer]) -> Any:
    layers: list[Any] = [clone_layer(layer) for layer in model.layers]
    if input_tensors is not None:
        given = graph.tensors_in(input_tensors)
        if len(given) != 1 or not given[0].is_symbolic:
            raise ArgumentError(f"Sequential model '{model.name}' takes one input tensor, an Input(...); received {input_tensors!r}.")
        layers.insert(0, given[0] if isinstance(given[0]._node.operation, InputLayer) else _start(given[0]))
    elif model._stack and isinstance(model._stack[0], InputLayer) and "_from_data" not in model._stack[0].__dict__:
        layers.insert(0, _start(model._stack[0].output))
    kind = type(model) if type(model).__init__ is Sequential.__init__ else Sequential
    copy = kind(layers, name=model.name)
    if model.built and not copy.built and isinstance(model.input, dict):
        copy._build_for_dict({key: (tensor.shape, tensor.dtype) for key, tensor in model.input.items()})
    elif model.built and not copy.built:
        copy.build(tuple(model.input_shape))
    return copy


def _functional(model: Functional, input_tensors: Any, clone_layer: Callable[[Layer], Layer], call: Callable[..., Any]) -> Any:
    inputs = graph.map_tensors(_start, model.input) if input_tensors is None else input_tensors
    given = graph.tensors_in(inputs)
    if jax.tree.structure(inputs, is_leaf=_is_tensor) != jax.tree.structure(model.input, is_leaf=_is_tensor) and not (
        len(given) == len(model.inputs) == 1
    ):
        raise ArgumentError(
            f"input_tensors has the structure of the model's inputs, which are {model.input!r}; received {input_tensors!r}."
        )
    values: dict[int, Any] = {id(symbol): tensor for symbol, tensor in zip(model.inputs, given, strict=True)}
    clones: dict[int, Layer] = {}
    for node in model._graph.nodes:
        if not isinstance(node.operation, Layer):
            found = node.run(values)
        else:
            layer = node.operation
            if id(layer) not in clones:
                clones[id(layer)] = clone_layer(layer)
            args, kwargs = graph.substitute((node.args, node.kwargs), values)
            found = call(clones[id(layer)], *args, **kwargs)
        values.update(zip(map(id, graph.tensors_in(node.outputs)), graph.tensors_in(found), strict=True))
    kind = type(model) if type(model).__init__ in (Functional.__init__, Model.__init__) else Functional
    return kind(inputs, graph.substitute(model.output, values), name=model.name)


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Tensor)
