"""The configuration of a functional model, in Keras's layout: its layers, and for each the calls that join it to others."""

from typing import Any

from hornbeam.engine import graph, registry
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.layer import Layer
from hornbeam.models import operation_config


def describe(model: Any) -> dict[str, Any]:
    """Layers in order, with `inbound_nodes` whose symbolic tensors are named by (layer, call, output)."""
    nodes = _nodes_by_operation(model._graph)
    history = {}
    for name, calls in nodes.items():
        for i, node in enumerate(calls):
            for j, tensor in enumerate(graph.tensors_in(node.outputs)):
                history[id(tensor)] = [name, i, j]
    layers = []
    for name, calls in nodes.items():
        operation = calls[0].operation
        if isinstance(operation, Layer):
            entry = registry.to_config(operation)
            entry["inbound_nodes"] = [_call_config(node.args, node.kwargs, history) for node in calls if node.parents]
        else:
            entry, args = operation_config.describe(calls[0], name)
            entry["inbound_nodes"] = [_call_config(args, calls[0].kwargs, history)]
        entry["name"] = name
        if isinstance(operation, Layer) and (build := operation.get_build_config()) and node_free(operation):
            entry["build_config"] = build
        layers.append(entry)
    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": layers,
        "input_layers": _structure(model._graph.input_structure, history),
        "output_layers": _structure(model._graph.output_structure, history),
    }


def node_free(layer: Layer) -> bool:
    """Whether a layer needs to be told its shape (models build themselves)."""
    return not hasattr(layer, "layers")


def _nodes_by_operation(model_graph: Any) -> dict[str, list[graph.Node]]:
    found: dict[str, list[graph.Node]] = {}
    owners: dict[str, Any] = {}
    for node in [*(t._node for t in model_graph.inputs), *model_graph.nodes]:
        operation = node.operation
        base = operation.name.lstrip("_")
        name, i = base, 0
        while name in owners and (owners[name] is not operation or not isinstance(operation, Layer)):
            i += 1
            name = f"{base}_{i}"
        owners[name] = operation
        found.setdefault(name, []).append(node)
    return found


def _call_config(args: Any, kwargs: Any, history: dict[int, list[Any]]) -> dict[str, Any]:
    return {"args": _plain(args, history), "kwargs": _plain(kwargs, history)}


def _plain(value: Any, history: dict[int, list[Any]]) -> Any:
    if isinstance(value, Tensor):
        if not value.is_symbolic:
            return {"class_name": "__tensor__", "config": {"value": value.numpy().tolist(), "dtype": str(value.dtype)}}
        return {
            "class_name": "__keras_tensor__",
            "config": {"shape": list(value.shape), "dtype": str(value.dtype), "keras_history": history[id(value)]},
        }
    if isinstance(value, (list, tuple)):
        return [_plain(each, history) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each, history) for name, each in value.items()}
    return value


def _structure(structure: Any, history: dict[int, list[Any]]) -> Any:
    if isinstance(structure, Tensor):
        return history[id(structure)]
    if isinstance(structure, dict):
        return {name: _structure(each, history) for name, each in structure.items()}
    return [_structure(each, history) for each in structure]


def rebuild(config: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
    """The inputs, outputs and remaining arguments of the model that `describe` described."""
    operations: dict[str, Any] = {}
    pending: list[tuple[str, dict[str, Any]]] = []
    calls: dict[tuple[str, int], Any] = {}
    for entry in config["layers"]:
        name = entry.get("name") or entry["config"]["name"]
        operation = _operation(entry)
        operations[name] = operation
        if not entry["inbound_nodes"]:
            calls[(name, 0)] = operation.output
        pending += [(name, call) for call in entry["inbound_nodes"]]
    counts: dict[str, int] = {}
    while pending:
        waiting = []
        for name, call in pending:
            blocked = any(name == each for each, _ in waiting)  # a layer's calls keep their order
            if blocked or not _ready(call, calls):
                waiting.append((name, call))
                continue
            args, kwargs = _tensors(call.get("args", []), calls), _tensors(call.get("kwargs", {}), calls)
            calls[(name, counts.get(name, 0))] = operations[name](*args, **kwargs)
            counts[name] = counts.get(name, 0) + 1
        if len(waiting) == len(pending):
            raise ArgumentError(f"The model's configuration is broken: layer {waiting[0][0]!r} depends on a tensor that nothing makes.")
        pending = waiting
    rest = {key: value for key, value in config.items() if key in ("name", "trainable")}
    return _named(config["input_layers"], calls), _named(config["output_layers"], calls), rest


def _operation(entry: dict[str, Any]) -> Any:
    operation = operation_config.rebuild(entry)
    if operation is not None:
        return operation
    layer = registry.from_config("layer", entry)
    if entry.get("build_config"):
        layer.build_from_config(entry["build_config"])
    return layer


def _history(value: Any) -> list[Any] | None:
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return value["config"]["keras_history"]
    return None


def _ready(value: Any, calls: dict[tuple[str, int], Any]) -> bool:
    if (history := _history(value)) is not None:
        return (history[0], history[1]) in calls
    if isinstance(value, dict):
        return all(_ready(each, calls) for each in value.values())
    return not isinstance(value, list) or all(_ready(each, calls) for each in value)


def _tensors(value: Any, calls: dict[tuple[str, int], Any]) -> Any:
    if (history := _history(value)) is not None:
        return graph.tensors_in(calls[(history[0], history[1])])[history[2]]
    if isinstance(value, dict) and value.get("class_name") == "__tensor__":
        return Tensor(value["config"]["value"], value["config"]["dtype"])
    if isinstance(value, dict):
        return {name: _tensors(each, calls) for name, each in value.items()}
    if isinstance(value, list):
        return [_tensors(each, calls) for each in value]
    return value


def _named(structure: Any, calls: dict[tuple[str, int], Any]) -> Any:
    if isinstance(structure, dict):
        return {name: _named(each, calls) for name, each in structure.items()}
    if len(structure) == 3 and isinstance(structure[0], str) and isinstance(structure[1], int):
        return graph.tensors_in(calls[(structure[0], structure[1])])[structure[2]]
    return [_named(each, calls) for each in structure]
