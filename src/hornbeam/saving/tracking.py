"""What belongs where: the Variables below an object, found by the attributes, places and keys that lead to them.

The names are those of Keras 2 in TensorFlow's checkpoints ('layer_with_weights-0', 'kernel', '_variables'). A checkpoint carries the whole
graph of objects with these names (a protocol buffer, TrackableObjectGraph), and what is in it is matched edge by edge: so a part of
it can be read, shared objects are stored once, and a Variable may come later than its value.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from hornbeam.engine.errors import DataLossError
from hornbeam.engine.module import Module
from hornbeam.engine.rng import SeedGenerator
from hornbeam.engine.variable import Variable
from hornbeam.layers.input import InputLayer
from hornbeam.layers.layer import _NOT_LAYERS, Layer
from hornbeam.metrics import Metric
from hornbeam.ops import wire
from hornbeam.optimizers import Optimizer

GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_VALUE = "VARIABLE_VALUE"
SUFFIX = f"/.ATTRIBUTES/{_VALUE}"
# Attributes of layers and models that hold what is reached otherwise, or is no part of their state.
_PASSED_OVER = _NOT_LAYERS | {
    "_stack", "_graph_layers", "_compile_arguments", "_compiled_loss", "_compiled_metrics", "_loss_tracker", "_tables"
}  # fmt: skip
# Attributes that Keras 2 called otherwise.
_IN_KERAS_2 = {
    "MultiHeadAttention": {f"{name}_dense": f"_{name}_dense" for name in ("query", "key", "value", "output")},
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), {"kernel": "depthwise_kernel"}),
}
# Slots as the optimizers of TensorFlow 2.0 to 2.10 named them.
_SLOTS = {
    "m": ("momentum",), "v": ("velocity", "norm"), "vhat": ("velocity_hat",), "rms": ("velocity",), "mg": ("average_gradient",),
    "accum_grad": ("accumulated_grad",), "accum_var": ("accumulated_delta_var",),
}  # fmt: skip


class Tracked:
    """An object that says itself what is below it."""

    def children(self) -> dict[str, Any]:
        """Objects by name."""
        raise NotImplementedError(f"{type(self).__name__} defines no `children`.")


_KINDS = (Variable, Tracked, Layer, Metric, Module, Optimizer, SeedGenerator)


def is_tracked(value: Any) -> bool:
    """Whether a value is, or holds, what has Variables."""
    if isinstance(value, _KINDS) or hasattr(value, "_state_var"):
        return True
    if not isinstance(value, (list, tuple, dict)):
        return False
    return any(map(is_tracked, value.values() if isinstance(value, dict) else value))


def children(thing: Any) -> dict[str, Any]:
    """The objects below one, by name."""
    if isinstance(thing, Tracked):
        return thing.children()
    if isinstance(thing, Variable):
        return {}
    if isinstance(thing, (list, tuple, Mapping)):
        pairs = thing.items() if isinstance(thing, Mapping) else enumerate(thing)
        return {str(name): value for name, value in pairs if is_tracked(value) or isinstance(value, (list, tuple, dict))}
    if isinstance(thing, Optimizer):
        rate = thing.__dict__.get("_rate")
        found = {"_variables": [each for each in thing.variables if each is not rate], "_iterations": thing._calls}
        return {**found, "_learning_rate": rate} if isinstance(rate, Variable) else found
    found = _numbered(thing) if isinstance(thing, Layer) else {}
    passed = {*_PASSED_OVER, "_states"} if getattr(thing, "stateful", False) else _PASSED_OVER  # a recurrent layer's, of one batch size
    attributes = {name: value for name, value in vars(thing).items() if name not in passed and is_tracked(value)}
    older = _older(thing)
    found.update({older.get(name, name): value for name, value in attributes.items()})
    if isinstance(thing, Layer):
        reached = {id(value) for value in attributes.values()}
        found.update({v.name: v for v in thing._ordered() if id(v) not in reached and v.name not in found and not _inside(v, attributes)})
    return found


def _older(thing: Any) -> dict[str, str]:
    """Keras 2's names for some attributes."""
    return next((_IN_KERAS_2[each.__name__] for each in type(thing).__mro__ if each.__name__ in _IN_KERAS_2), {})


def _inside(variable: Variable, attributes: dict[str, Any]) -> bool:
    return any(variable is each for value in attributes.values() if isinstance(value, (list, tuple, dict)) for each in _flat(value))


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _flat(each)
    else:
        yield value


def _numbered(model: Layer) -> dict[str, Any]:
    """The layers of a functional or Sequential model."""
    if model.__dict__.get("_graph_layers") is None and "_stack" not in model.__dict__:
        return {}
    found: dict[str, Any] = {}
    weighted = 0
    for i, layer in enumerate(model.layers):  # type: ignore[attr-defined]
        if layer.weights:
            found[f"layer_with_weights-{weighted}"] = layer
            weighted += 1
        found[f"layer-{i}"] = layer
    return found


def _child(thing: Any, known: dict[str, Any], name: str) -> Any:
    """An object below one, under the names that Keras 3 gives as well."""
    if name in known:
        return known[name]
    if isinstance(thing, Tracked):
        return _child(known["root"], known, name) if "root" in known else None
    if name == "_functional" and "_stack" in getattr(thing, "__dict__", {}):
        return thing
    if name == "_operations" and isinstance(thing, Layer) and hasattr(thing, "layers"):
        layers = list(thing.layers)
        return layers if not layers or isinstance(layers[0], InputLayer) else [None, *layers]
    return known.get(_older(thing).get(name) or (name[1:] if name.startswith("_") else f"_{name}"))


# The graph of objects in a checkpoint.
class Node:
    """An object in a checkpoint: what is below it, and under which key its value is."""

    __slots__ = ("children", "key", "slots")

    def __init__(self) -> None:
        self.children: dict[str, int] = {}
        self.key: str | None = None
        self.slots: list[tuple[int, str, int]] = []  # of an older optimizer: (the variable's node, the slot's name, its node)


def nodes_of(data: bytes) -> list[Node]:
    """The graph of a checkpoint, its root first."""
    return [_node(content) for number, _, content in wire.fields(data) if number == 1]


def _node(data: bytes) -> Node:
    node = Node()
    for number, _, content in wire.fields(data):
        if number not in (1, 2, 3):
            continue
        found: dict[int, Any] = {field: value for field, _, value in wire.fields(content)}
        if number == 1:
            node.children[found[2].decode()] = found.get(1, 0)
        elif number == 2 and found[1] == _VALUE.encode():
            node.key = found[3].decode()
        elif number == 3:
            node.slots.append((found.get(1, 0), found[2].decode(), found.get(3, 0)))
    return node


def collect(root: Any) -> tuple[dict[str, np.ndarray], bytes]:
    """Every Variable's value by key, and the graph that says what is whose: what a checkpoint of an object holds."""
    objects, places, arrays = [root], {id(root): 0}, {}
    paths, encoded = [""], []
    counters: set[int] = set()  # of optimizers' steps, which TensorFlow counts in 64 bits
    for i, thing in enumerate(objects):  # grows meanwhile: objects are met in the order of their distance
        parts = []
        for name, child in children(thing).items():
            if id(child) not in places:
                places[id(child)] = len(objects)
                objects.append(child)
                paths.append(f"{paths[i]}{name.replace('.', '..').replace('/', '.S')}/")
            parts.append(wire.field(1, wire.number(1, places[id(child)]) + wire.field(2, name.encode())))
        if isinstance(thing, Optimizer):
            counters.add(id(thing._calls))
        if isinstance(thing, Variable):
            key = f"{paths[i]}.ATTRIBUTES/{_VALUE}"
            value = np.asarray(thing.__hornbeam_tensor__(raw=True))
            arrays[key] = value.astype(np.int64) if id(thing) in counters else value
            parts.append(wire.field(2, b"".join(wire.field(n, text.encode()) for n, text in enumerate((_VALUE, thing.path, key), 1))))
        encoded.append(wire.field(1, b"".join(parts)))
    return arrays, b"".join(encoded)


def matches(root: Any, nodes: list[Node]) -> dict[int, Any]:
    """The objects below `root` by the number of the node in a checkpoint that each is."""
    if not nodes:
        raise DataLossError("The checkpoint's graph of objects is empty.")
    found: dict[int, Any] = {0: root}
    queue = [0]
    older = []
    for number in queue:
        thing, node = found[number], nodes[number]
        known = children(thing)
        if isinstance(thing, Optimizer):
            known = _optimizer(thing, known, node, nodes)
            older += [(thing, *slot) for slot in node.slots]
        for name, below in node.children.items():
            child = _child(thing, known, name)
            if child is not None and below not in found:
                found[below] = child
                queue.append(below)
    for optimizer, owner, name, below in older:
        slot = _slot(optimizer, found.get(owner), name)
        if slot is not None:
            found[below] = slot
    return found


def _optimizer(optimizer: Optimizer, known: dict[str, Any], node: Node, nodes: list[Node]) -> dict[str, Any]:
    """An optimizer's Variables under the names they have in a checkpoint of Keras 2, of Keras 3, or of TensorFlow 2.0 to 2.10."""
    listed = nodes[node.children["_variables"]].children if "_variables" in node.children else {}
    if "_learning_rate" in node.children and listed.get("1") == node.children["_learning_rate"]:
        known = {**known, "_variables": optimizer.variables}
    return {**known, "iter": known["_iterations"], "learning_rate": known.get("_learning_rate")}


def _slot(optimizer: Optimizer, owner: Any, name: str) -> Variable | None:
    place = optimizer._places.get(owner) if isinstance(owner, Variable) else None
    column = next((optimizer._slots[each] for each in _SLOTS.get(name, (name,)) if each in optimizer._slots), None)
    return None if place is None or column is None else column[place]
