"""What of a model runs on the host before its data is fed: the layers from string inputs up to the first numbers.

Strings have no place in a compiled program. So that a model may start with TextVectorization, StringLookup and their kin and still train
in one, a feed applies these layers to each batch (or, where that gives the same numbers, once to all the data) and hands the model what
they gave, in a dict under the key `PREPARED`; the graph goes on from there. A nested model that starts with strings is prepared likewise.
"""

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from hornbeam.engine import graph
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.layers.preprocessing.host import HostLayer
from hornbeam.models.lengths import may_grow, padded
from hornbeam.ops.composite.ragged import RaggedTensor
from hornbeam.training.feed.convert import laid_out, to_arrays

PREPARED = "hornbeam.prepared"
WHOLE_BYTES = 2**28  # results of more bytes are made batch by batch


def is_prepared(inputs: Any) -> bool:
    """Whether a model's inputs are what its prefix gave."""
    return isinstance(inputs, dict) and PREPARED in inputs


def holds_strings(x: Any) -> bool:
    """Whether there are strings among a structure's arrays."""
    return any(getattr(leaf, "dtype", None) == np.dtype(object) for leaf in jax.tree.leaves(x))


class HostPrefix:
    """The nodes of a graph that strings reach, and the tensors that leave them.

    Args:
        inputs, nodes, outputs: of the graph.
    """

    def __init__(self, inputs: list[Tensor], nodes: list[Any], outputs: list[Tensor]):
        strings = lambda node: any(t.dtype == "string" for t in node.parents)
        partly = lambda node: hasattr(node.operation, "host_prefix") or (strings(node) and prefix_of(node.operation) is not None)
        self.nested = [node for node in nodes if partly(node)]
        self.nodes = [node for node in nodes if node not in self.nested and strings(node)]
        self.rest = [node for node in nodes if node in self.nested or not strings(node)]
        made = {id(t) for t in (*inputs, *(t for node in self.nodes for t in graph.tensors_in(node.outputs)))}
        used = [*(t for node in self.rest for t in node.parents if node not in self.nested), *outputs]
        self.carried = list({id(t): t for t in used if id(t) in made}.values())
        weights = any(getattr(node.operation, "weights", None) for node in self.nodes)
        self.growing = [t.shape[1:] == (None,) and may_grow(t, self.rest, outputs) for t in self.carried]
        known = all(id(t) in made for node in self.nested for t in node.parents)
        self.possible = bool(self.nodes or self.nested) and known and not weights and all(t.dtype != "string" for t in self.carried)

    @property
    def regular(self) -> bool:
        """Whether what it gives for a row does not depend on the rows beside it, as the padding to a batch's longest does."""
        return all(None not in t.shape[1:] for t in self.carried) and all(prefix_of(node.operation).regular for node in self.nested)

    def row_bytes(self) -> int:
        """The size of what it gives for a row, when it is regular."""
        own = sum(int(np.prod(t.shape[1:])) * t.dtype.size for t in self.carried)
        return own + sum(prefix_of(node.operation).row_bytes() for node in self.nested)

    def apply(self, values: dict[int, Any]) -> dict[str, Any]:
        """What the model takes in place of its inputs, from the values of its inputs by id."""
        values = dict(values)
        _run(self.nodes, values)
        inner = [prepare(node.operation, graph.substitute(node.args[0], values), True) for node in self.nested]
        found = [_on_host(values[id(t)], grows) for t, grows in zip(self.carried, self.growing, strict=True)]
        return {PREPARED: {"tensors": found, "nested": inner}}

    def restore(self, prepared: dict[str, Any]) -> dict[int, Any]:
        """The values by id from which the rest of the graph goes on."""
        found = prepared[PREPARED]
        tensors = [value if isinstance(value, RaggedTensor) else as_tensor(value) for value in found["tensors"]]
        values = dict(zip(map(id, self.carried), tensors, strict=True))
        for node, inner in zip(self.nested, found["nested"], strict=True):
            _keep(node, node.operation(inner, **graph.substitute(node.kwargs, values)), values)
        _run([node for node in self.rest if node not in self.nested], values)
        return values


def _run(nodes: list[Any], values: dict[int, Any]) -> None:
    for node in nodes:
        _keep(node, node.run(values), values)


def _keep(node: Any, results: Any, values: dict[int, Any]) -> None:
    found = [results] if isinstance(results, RaggedTensor) else graph.tensors_in(results)
    values.update({id(symbol): result for symbol, result in zip(graph.tensors_in(node.outputs), found, strict=True)})


def _on_host(value: Any, grows: bool) -> Any:
    if isinstance(value, RaggedTensor):
        return laid_out(to_arrays(value, "x", True))
    array = np.asarray(value)
    return padded(array) if grows else array


def prefix_of(model: Any) -> Any:
    """The prefix of a functional or Sequential model whose inputs hold strings and which can be prepared; a layer's own `host_prefix`."""
    if hasattr(model, "host_prefix"):
        return model.host_prefix
    found = getattr(model, "_graph", None)
    if found is None or not hasattr(found, "prefix"):
        return None
    return found.prefix if found.prefix.possible else None


def prepare(model: Any, x: Any, numbers: bool = False) -> Any:
    """A batch of inputs as the model takes it in a compiled program: itself, or what the model's prefix gives for it.

    `numbers`: also where it holds no strings.
    """
    if is_prepared(x) or not (numbers or holds_strings(graph.map_tensors(np.asarray, x))):
        return x
    build = getattr(model, "_build_for_strings", None)
    if build is not None:
        build(x)
    prefix = prefix_of(model)
    if prefix is None:
        return x
    x = jax.tree.map(as_tensor, x)
    return prefix.apply(model._graph.arranged(x, model.name) if isinstance(prefix, HostPrefix) else x)


class Preparation:
    """How a feed prepares inputs for a model: strings become numbers (see `prepare`), and rows of few lengths (see `lengths`).

    `strings`: whether the model has layers that may take them. `numbers`: whether it has layers that are prepared also without.
    """

    def __init__(self, model: Any, strings: bool = True, numbers: bool = False):
        self.model, self.strings, self.numbers = model, strings, numbers

    def __call__(self, x: Any) -> Any:
        """A batch."""
        if self.strings:
            return prepare(self.model, x, self.numbers)
        return padded(x) if isinstance(x, np.ndarray) and x.ndim == 2 and x.dtype.kind in "iu" and _grows(self.model) else x

    def wanted(self, x: Any) -> Any:
        """Inputs by name without the strings at names that the model does not take, which no program holds."""
        found = getattr(self.model, "_graph", None)
        if found is None or not isinstance(x, Mapping):
            return x
        taken = {*found.input_names, *(found.input_structure if isinstance(found.input_structure, Mapping) else ())}
        return {key: value for key, value in x.items() if key in taken or np.asarray(value).dtype.kind not in "OUST"}

    def whole(self, x: Any, count: int) -> bool:
        """Whether all the data may be prepared at once."""
        if not self.strings or not (self.numbers or holds_strings(x)):
            return True
        prefix = prefix_of(self.model)
        return prefix is not None and prefix.regular and count * prefix.row_bytes() <= WHOLE_BYTES


def preparation(model: Any) -> Preparation | None:
    """How feeds prepare data for a model; None when they need not."""
    layers = [*model._flatten_layers()]
    numbers = any(hasattr(layer, "host_prefix") for layer in layers)
    inputs = getattr(getattr(model, "_graph", None), "inputs", ())  # strings that a user's own layer takes
    if numbers or any(isinstance(layer, HostLayer) for layer in layers) or any(each.dtype == "string" for each in inputs):
        return Preparation(model, numbers=numbers)
    by_data = hasattr(model, "_built_by_data") and not model.built  # its graph will be there when its first batch has been
    return Preparation(model, strings=False) if by_data or len(inputs) > 1 or _grows(model) else None


def _grows(model: Any) -> bool:
    """Whether more zeros at the end of rows change nothing that a model gives."""
    found = getattr(model, "_graph", None)
    known = found is not None and hasattr(found, "prefix") and len(found.inputs) == 1
    return known and (getattr(model, "_built_by_data", False) or found.inputs[0].shape[1:] == (None,)) and found.grows
