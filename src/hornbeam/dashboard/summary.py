"""The table of a model's layers, in a terminal, a notebook or a plain stream."""

import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TextIO

from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.graph import Node, tensors_in
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.input import InputLayer
from hornbeam.layers.layer import Layer

_WIDTH, _WIDTH_CONNECTED = 76, 92  # columns, where the terminal is wide enough
_ASCII = str.maketrans({"─": "-", "━": "=", "│": "|", "┃": "|", **dict.fromkeys("└┘├┤┴┼┏┓┡┩┳╇", "+")})


class Row(NamedTuple):
    """One line of the table. `depth` is how many models it lies inside of."""

    layer: str
    shape: str
    parameters: str
    connected: str
    trainable: str
    depth: int


def print_summary(
    model: Any,
    line_length: int | None = None,
    print_fn: Callable[[str], Any] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Any = None,
    positions: Any = None,
) -> None:
    """Show a model's layers, their output shapes and their numbers of weights.

    Args:
        line_length: the width in characters; by default what fits the terminal.
        print_fn: called once with the whole text, instead of printing it.
        expand_nested: show the layers of models inside the model as well.
        show_trainable: a column that says whether a layer's weights are trained.
        layer_range: two patterns of layer names; only from the first match of the one to the last match of the other.
        positions: accepted as Keras does.

    Raises: ArgumentError, for a `layer_range` that no layer matches.
    """
    stream = sys.stdout
    columns = ["Layer (type)", "Output Shape", "Param #", "Connected to", "Trained"]
    shown = [True, True, True, not _is_chain(model), show_trainable]
    rows = _chosen(list(_rows(model, expand_nested)), layer_range)
    columns, *cells = ([text for text, show in zip(line, shown, strict=True) if show] for line in [columns, *(row[:5] for row in rows)])
    width = line_length or min(_WIDTH_CONNECTED if shown[3] else _WIDTH, _terminal_width(stream) if print_fn is None else _WIDTH_CONNECTED)
    totals = _totals(model)
    if print_fn is None and _is_rich(stream):
        _print_rich(model, columns, cells, width, totals, _notebook())
        return
    text = f'Model: "{model.name}"\n{_box(columns, cells, width)}\n' + "\n".join(f" {label}: {value}" for label, value in totals) + "\n"
    if hint := _hint(model):
        text += "\n".join(f" {line}" for line in textwrap.wrap(hint, width - 2)) + "\n"
    if print_fn is not None:
        print_fn(text)
        return
    print(text if _can_encode(stream, text) else text.translate(_ASCII).encode("ascii", "replace").decode())


# What the table says.
def _rows(model: Any, expand_nested: bool, depth: int = 0) -> Iterable[Row]:
    graph = getattr(model, "_graph", None)
    operations: dict[Any, list[Node]] = {}
    if graph is not None and not _is_sequential(model):
        for node in [*(t._node for t in graph.inputs), *graph.nodes]:
            operations.setdefault(node.operation if isinstance(node.operation, Layer) else node, []).append(node)
    else:
        operations = {layer: [] for layer in model.layers}
    names = _node_names(operations)
    for operation, nodes in operations.items():
        layer = operation if isinstance(operation, Layer) else None
        name = names[id(operation)]
        kind = type(layer).__name__ if layer is not None else "".join(word.title() for word in nodes[0].operation.name.split("_"))
        yield Row(
            "   " * depth + ("└ " if depth else "") + f"{name} ({kind})",
            _shape(layer, nodes),
            _parameters(layer),
            ", ".join(_sources(nodes, names)) if not depth else "-",
            "-" if layer is None or not layer.weights else "Y" if layer.trainable else "N",
            depth,
        )
        if expand_nested and layer is not None and isinstance(getattr(type(layer), "layers", None), property):
            yield from _rows(layer, True, depth + 1)


def _is_sequential(model: Any) -> bool:
    return any(cls.__name__ == "Sequential" for cls in type(model).__mro__)


def _is_chain(model: Any) -> bool:
    """Whether each layer only feeds the next, so that a column of connections would say nothing."""
    graph = getattr(model, "_graph", None)
    if graph is None or _is_sequential(model):
        return True
    before = [t._node for t in graph.inputs]
    if len(before) != 1:
        return False
    for node in graph.nodes:
        if [parent._node for parent in node.parents] != before:
            return False
        before = [node]
    operations = [node.operation for node in graph.nodes]
    return len({id(each) for each in operations}) == len(operations)


def _node_names(operations: dict[Any, list[Node]]) -> dict[int, str]:
    """A name for each operation, numbered where they share one."""
    found: dict[int, str] = {}
    taken: set[str] = {operation.name for operation in operations if isinstance(operation, Layer)}
    for operation, nodes in operations.items():
        name = operation.name if isinstance(operation, Layer) else nodes[0].operation.name
        if not isinstance(operation, Layer):
            i = 0
            base = name
            while name in taken:
                i += 1
                name = f"{base}_{i}"
            taken.add(name)
        found[id(operation)] = name
    return found


def _sources(nodes: list[Node], names: dict[int, str]) -> Iterable[str]:
    """`layer[call][output]` for every tensor that goes in, as Keras writes it."""
    found = []
    for node in nodes:
        for tensor in node.parents:
            source = tensor._node
            operation = source.operation if isinstance(source.operation, Layer) else source
            if id(operation) not in names:
                continue
            calls = operation.__dict__.get("_inbound_nodes", [source]) if isinstance(operation, Layer) else [source]
            call = next((i for i, each in enumerate(calls) if each is source), 0)
            outputs = tensors_in(source.outputs)
            found.append(f"{names[id(operation)]}[{call}][{next(i for i, each in enumerate(outputs) if each is tensor)}]")
    return found or ["-"]


def _shape(layer: Layer | None, nodes: list[Node]) -> str:
    outputs = nodes[0].outputs if nodes else None
    if outputs is None and layer is not None:
        calls = layer.__dict__.get("_inbound_nodes", [])
        if calls:
            outputs = calls[0].outputs
        elif layer.built and (build := layer.get_build_config()) and "input_shape" in build:
            try:
                return _text_of_shapes(layer.compute_output_shape(build["input_shape"]))
            except Exception:  # a layer that cannot say its shape is shown without one
                return "?"
    return "?" if outputs is None else _text_of_shapes(outputs)


def _text_of_shapes(value: Any) -> str:
    if isinstance(value, Tensor):
        return str(tuple(value.shape))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_text_of_shapes(each)}" for name, each in value.items()) + "}"
    if isinstance(value, (list, tuple)) and not all(each is None or isinstance(each, int) for each in value):
        return "[" + ", ".join(map(_text_of_shapes, value)) + "]"
    return str(tuple(value))


def _parameters(layer: Layer | None) -> str:
    if layer is None:
        return "0"
    if not layer.built and not isinstance(layer, InputLayer):
        return "0 (unbuilt)"
    return f"{sum(v.size for v in layer.weights):,}"


def _totals(model: Any) -> list[tuple[str, str]]:
    trained = set(model.trainable_weights)
    weights = model.weights
    optimizer = getattr(model, "optimizer", None)
    slots = list(optimizer.variables) if optimizer is not None and getattr(optimizer, "built", False) else []
    lines = [
        ("Total params", [*weights, *slots]),
        ("Trainable params", [v for v in weights if v in trained]),
        ("Non-trainable params", [v for v in weights if v not in trained]),
    ]
    if slots:
        lines.append(("Optimizer params", slots))
    return [(label, f"{sum(v.size for v in found):,} ({_size(sum(v.size * v.dtype.size for v in found))})") for label, found in lines]


def _size(size: float) -> str:
    """Bytes in the unit that fits: `'1.50 KB'`, with 1 KB = 1024 B as Keras counts."""
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} TB"


def _hint(model: Any) -> str:
    if model.built and all(layer.built for layer in model.layers):
        return ""
    waits = "This model" if not model.built else "A layer of this model"
    return (
        f"{waits} has no weights yet: they are made when it first meets data. Start it with an Input(shape=...), "
        "call model.build((None, ...)) or call it on a batch to see shapes and numbers."
    )


def _chosen(rows: list[Row], layer_range: Any) -> list[Row]:
    if layer_range is None:
        return rows
    if not isinstance(layer_range, (list, tuple)) or len(layer_range) != 2:
        raise ArgumentError(f"layer_range is two names or patterns of layers, the first and the last to show; received {layer_range!r}.")
    names = [row.layer.strip().removeprefix("└ ").rpartition(" (")[0] for row in rows]
    first = [i for i, name in enumerate(names) if re.match(str(layer_range[0]), name)]
    last = [i for i, name in enumerate(names) if re.match(str(layer_range[1]), name)]
    if not first or not last:
        pattern = layer_range[0] if not first else layer_range[1]
        raise ArgumentError(f"layer_range: no layer is called {pattern!r}. The layers are {', '.join(names)}.")
    start, end = sorted((first[0], last[-1]))
    return rows[start : end + 1]


# How it looks.
def _widths(columns: list[str], cells: list[list[str]], width: int) -> list[int]:
    """A width for each column: what its text needs; where that is too much, names and connections are broken first, then shapes."""
    texts = list(zip(columns, *cells, strict=True))
    widths = [max(map(len, column)) for column in texts]
    indents = [max(len(text) - len(text.lstrip(" └")) for text in column) for column in texts]
    words = [max(len(word) for text in column for word in text.split()) + indent for column, indent in zip(texts, indents, strict=True)]
    room = width - 3 * len(columns) - 1
    first = [min(least, {0: 21, 3: 16}[i]) if i in (0, 3) else wide for i, (least, wide) in enumerate(zip(words, widths, strict=True))]
    for least in (first, words, [min(w, 8 + indent) for w, indent in zip(words, indents, strict=True)]):
        least[2] = max(map(len, texts[2]))  # numbers are never broken
        while sum(widths) > room and (wider := [i for i in range(len(widths)) if widths[i] > least[i]]):
            widths[max(wider, key=lambda i: widths[i] - least[i])] -= 1
    return widths


def _box(columns: list[str], cells: list[list[str]], width: int) -> str:
    widths = _widths(columns, cells, width)

    def rule(left: str, line: str, middle: str, right: str) -> str:
        return left + middle.join(line * (w + 2) for w in widths) + right

    def lines(texts: list[str], bar: str) -> list[str]:
        wrapped = [_wrapped(text, w) for text, w in zip(texts, widths, strict=True)]
        height = max(map(len, wrapped))
        filled = [part + [""] * (height - len(part)) for part in wrapped]
        align = [str.ljust, str.ljust, str.rjust, str.ljust, str.ljust]
        return [
            bar + bar.join(f" {put(each, w)} " for put, each, w in zip(align, line, widths, strict=False)) + bar
            for line in zip(*filled, strict=True)
        ]

    found = [rule("┏", "━", "┳", "┓"), *lines(columns, "┃"), rule("┡", "━", "╇", "┩")]
    for i, row in enumerate(cells):
        found += ([rule("├", "─", "┼", "┤")] if i else []) + lines(row, "│")
    return "\n".join([*found, rule("└", "─", "┴", "┘")])


def _wrapped(text: str, width: int) -> list[str]:
    indent = len(text) - len(text.lstrip(" └"))
    return textwrap.wrap(text, width, subsequent_indent=" " * min(indent, width // 2), drop_whitespace=True, initial_indent="") \
        if len(text) > width else [text]


def _print_rich(model: Any, columns: list[str], cells: list[list[str]], width: int, totals: list[tuple[str, str]], notebook: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(width=max(width, 40), force_jupyter=notebook or None, highlight=False, soft_wrap=True)
    console.print(Text.assemble(("Model: ", "bold"), f'"{model.name}"'))
    text = Text(_box(columns, cells, width))
    text.highlight_regex(r"[┏━┳┓┃┡╇┩├─┼┤│└┴┘]", "dim")
    text.highlight_regex(r"\((?:None|\d+)(?:, (?:None|\d+))*,?\)", "cyan")
    text.highlight_regex(r"\b\d{1,3}(?:,\d{3})*(?= [│┃])", "green")
    console.print(text)
    for label, value in totals:
        number, _, size = value.partition(" ")
        console.print(Text.assemble((f" {label}: ", "bold"), (number, "green"), f" {size}"))
    if hint := _hint(model):
        console.print(Text("\n".join(f" {line}" for line in textwrap.wrap(hint, width - 2)), "yellow"))
    console.print()


def _is_rich(stream: TextIO) -> bool:
    return _notebook() or (bool(getattr(stream, "isatty", lambda: False)()) and _can_encode(stream, "┏━┃│└"))


def _notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ == "ZMQInteractiveShell"


def _can_encode(stream: TextIO, text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _terminal_width(stream: TextIO) -> int:
    if not (getattr(stream, "isatty", lambda: False)()):
        return _WIDTH_CONNECTED
    return max(40, shutil.get_terminal_size((80, 24)).columns)
