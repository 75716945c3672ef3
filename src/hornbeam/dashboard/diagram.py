"""A model's graph as boxes and arrows, before anybody says where they stand; and as text for Graphviz."""

import html
from dataclasses import dataclass, field
from typing import Any

from hornbeam.dashboard.summary import _is_sequential, _node_names, _shape, _text_of_shapes
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.graph import tensors_in
from hornbeam.layers.layer import Layer

Cell = tuple[str, str]  # what it says and its colour: 'white', 'green' or 'red'


@dataclass
class Box:
    """A layer: its name and class, below it rows of cells, or the diagram of the model that it is."""

    title: str
    kind: str
    rows: list[list[Cell]]
    inner: "Diagram | None" = None


@dataclass
class Diagram:
    """Boxes, and arrows between them by their numbers; each arrow leads to a box that comes later."""

    boxes: list[Box] = field(default_factory=list)
    arrows: list[tuple[int, int]] = field(default_factory=list)
    direction: str = "TB"


@dataclass(frozen=True)
class Wanted:
    """What is shown of each layer."""

    shapes: bool = False
    dtype: bool = False
    names: bool = True
    activations: bool = False
    trainable: bool = False
    nested: bool = False


def diagram(model: Any, wanted: Wanted, direction: str = "TB") -> Diagram:
    """The diagram of a model; of a Sequential the chain of its layers.

    Raises ArgumentError for a model whose shapes nobody knows yet, or a direction other than 'TB' and 'LR' (or 'BT' and 'RL').
    """
    if direction not in ("TB", "LR", "BT", "RL"):
        raise ArgumentError(f"rankdir is 'TB' (from top to bottom), 'LR' (from left to right), 'BT' or 'RL'; received {direction!r}.")
    if not model.built:
        raise ArgumentError(
            f"Model '{model.name}' has not met any data, so its shapes are not known. Start it with an Input(shape=...), call "
            "model.build((None, ...)), or call it on a batch first."
        )
    found = Diagram(direction=direction)
    graph = getattr(model, "_graph", None)
    operations: dict[Any, list[Any]] = {}
    if graph is None or _is_sequential(model):
        layers = model.layers if _is_sequential(model) or wanted.nested else [model]
        operations = {layer: [] for layer in layers}
        found.arrows = [(i, i + 1) for i in range(len(layers) - 1)] if _is_sequential(model) else []
    else:
        for node in [*(t._node for t in graph.inputs), *graph.nodes]:
            operations.setdefault(node.operation if isinstance(node.operation, Layer) else node, []).append(node)
        number = {id(operation): i for i, operation in enumerate(operations)}
        for operation, nodes in operations.items():
            for parent in dict.fromkeys(tensor._node for node in nodes for tensor in node.parents):
                source = parent.operation if isinstance(parent.operation, Layer) else parent
                if number.get(id(source), len(number)) < number[id(operation)]:
                    found.arrows.append((number[id(source)], number[id(operation)]))
        found.arrows = list(dict.fromkeys(found.arrows))
    names = _node_names(operations)
    found.boxes = [_box(operation, nodes, names[id(operation)], wanted, direction) for operation, nodes in operations.items()]
    return found


def _box(operation: Any, nodes: list[Any], name: str, wanted: Wanted, direction: str) -> Box:
    layer = operation if isinstance(operation, Layer) else None
    kind = type(layer).__name__ if layer is not None else "".join(word.title() for word in nodes[0].operation.name.split("_"))
    if wanted.nested and layer is not None and layer.built and isinstance(getattr(type(layer), "layers", None), property):
        return Box(name, kind, [], diagram(layer, wanted, direction))
    rows: list[list[Cell]] = []
    activation = getattr(layer, "activation", None)
    if wanted.activations and activation is not None:
        rows.append([(f"Activation: {getattr(activation, '__name__', type(activation).__name__)}", "white")])
    cells: list[Cell] = []
    if wanted.shapes:
        inputs = _inputs(layer, nodes)
        if inputs:
            cells.append((f"Input shape: {inputs}", "white"))
        cells.append((f"Output shape: {_shape(layer, nodes)}", "white"))
    if wanted.dtype:
        outputs = tensors_in(nodes[0].outputs) if nodes else []
        cells.append((f"Output dtype: {outputs[0].dtype.name if outputs else getattr(layer, 'compute_dtype', '?')}", "white"))
    if wanted.trainable and layer is not None and layer.weights:
        cells.append(("Trainable", "green") if layer.trainable else ("Non-trainable", "red"))
    return Box(name if wanted.names else "", kind, [*rows, *([cells] if cells else [])])


def _inputs(layer: Layer | None, nodes: list[Any]) -> str:
    """The shapes of what goes in; nothing for an Input."""
    calls = nodes or (layer.__dict__.get("_inbound_nodes", []) if layer is not None else [])
    if calls:
        shapes = [tensor.shape for tensor in calls[0].parents]
        return _text_of_shapes(shapes[0]) if len(shapes) == 1 else _text_of_shapes([tuple(shape) for shape in shapes]) if shapes else ""
    config = layer.get_build_config() if layer is not None and layer.built else None
    return _text_of_shapes(tuple(config["input_shape"])) if config and config.get("input_shape") else ""


def dot(found: Diagram, dpi: int = 200, splines: str = "ortho") -> str:
    """The diagram in Graphviz's language."""
    lines = ["digraph G {", f"rankdir={found.direction};", f"dpi={dpi};", f"splines={splines};", "node [shape=record, fontname=Helvetica];"]
    return "\n".join([*lines, *_dot_lines(found, "n"), "}"]) + "\n"


def _dot_lines(found: Diagram, prefix: str) -> list[str]:
    lines = []
    for i, box in enumerate(found.boxes):
        name = f"{prefix}{i}"
        if box.inner is not None:
            lines += [f"subgraph cluster_{name} {{", f'label="{box.title}";', *_dot_lines(box.inner, f"{name}_"), "}"]
            continue
        width = max([1, *map(len, box.rows)])
        rows = [f'<tr><td colspan="{width}" bgcolor="black"><font point-size="16" color="white">{_heading(box)}</font></td></tr>']
        for row in box.rows:
            span = f' colspan="{width}"' if len(row) == 1 else ""
            cells = [f'<td bgcolor="{_COLOURS[colour]}"{span}>{html.escape(text)}</td>' for text, colour in row]
            rows.append(f"<tr>{''.join(cells)}</tr>")
        table = f'<table border="0" cellborder="1" bgcolor="black" cellpadding="10">{"".join(rows)}</table>'
        lines.append(f"{name} [label=<{table}>, border=0, margin=0];")
    return lines + [f"{_end(found, prefix, a, -1)} -> {_end(found, prefix, b, 0)} [penwidth=2];" for a, b in found.arrows]


_COLOURS = {"white": "white", "green": "palegreen", "red": "lightsalmon"}


def _heading(box: Box) -> str:
    return f"<b>{html.escape(box.title)}</b> ({box.kind})" if box.title else f"<b>{box.kind}</b>"


def _end(found: Diagram, prefix: str, number: int, which: int) -> str:
    """The box where an arrow ends: of a model inside, its first or last layer."""
    name, box = f"{prefix}{number}", found.boxes[number]
    if box.inner is None or not box.inner.boxes:
        return name
    return _end(box.inner, f"{name}_", len(box.inner.boxes) - 1 if which else 0, which)
