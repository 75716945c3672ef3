"""The picture of a model: where its boxes stand, drawn as SVG or, by Pillow, as PNG, JPEG or PDF. Graphviz is not needed.

Layers stand in ranks, each below all that it takes from (Sugiyama et al. 1981): arrows over several ranks pass through points of
their own, and the order within a rank follows the neighbours' mean place.
"""

import html
import io
import os
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hornbeam.dashboard.diagram import Box, Diagram, Wanted, diagram, dot
from hornbeam.engine.errors import ArgumentError, MissingExtra, listing

FORMATS = ("png", "jpg", "jpeg", "pdf", "svg", "dot")
_LINE, _PAD, _GAP, _RANK_GAP, _SIZE = 26, 12, 28, 36, 14  # in pixels at 100 dots an inch
_FILL = {"white": "#ffffff", "green": "#ccf0cc", "red": "#f6d5c8", "black": "#111111", "frame": "#f4f4f4"}


@dataclass
class Drawing:
    """Shapes on a sheet: rectangles (x, y, width, height, colour), texts (x, y, words, colour, bold) and lines of points."""

    width: float = 0
    height: float = 0
    rectangles: list[tuple[float, float, float, float, str]] = field(default_factory=list)
    texts: list[tuple[float, float, str, str, bool]] = field(default_factory=list)
    lines: list[list[tuple[float, float]]] = field(default_factory=list)

    def place(self, other: "Drawing", x: float, y: float) -> None:
        """Put another drawing on this one."""
        self.rectangles += [(a + x, b + y, *rest) for a, b, *rest in other.rectangles]  # type: ignore[misc]
        self.texts += [(a + x, b + y, *rest) for a, b, *rest in other.texts]  # type: ignore[misc]
        self.lines += [[(a + x, b + y) for a, b in line] for line in other.lines]


def _wide(text: str, bold: bool = False) -> float:
    """About how wide a text is in Helvetica or the like."""
    return sum(_SIZE * (0.36 if letter in " ,.:()[]ijlt1'|" else 0.62) for letter in text) * (1.08 if bold else 1)


def _drawn_box(box: Box) -> Drawing:
    heading = f"{box.title} ({box.kind})" if box.title else box.kind
    if box.inner is not None:
        inside = draw(box.inner)
        width = max(inside.width, _wide(heading, True)) + 2 * _PAD
        found = Drawing(width, inside.height + _LINE + 2 * _PAD)
        found.rectangles.append((0, 0, found.width, found.height, "frame"))
        found.texts.append((width / 2, _LINE / 2 + 2, heading, "black", True))
        found.place(inside, (width - inside.width) / 2, _LINE + _PAD)
        return found
    widths = [[_wide(text) + 2 * _PAD for text, _ in row] for row in box.rows]
    width = max([_wide(heading, True) + 2 * _PAD, *map(sum, widths)])
    found = Drawing(width, _LINE * (1 + len(box.rows)))
    found.rectangles.append((0, 0, width, _LINE, "black"))
    found.texts.append((width / 2, _LINE / 2, heading, "white", True))
    for i, (row, sizes) in enumerate(zip(box.rows, widths, strict=True), 1):
        x = 0.0
        for (text, colour), size in zip(row, sizes, strict=True):
            size *= width / sum(sizes)
            found.rectangles.append((x, i * _LINE, size, _LINE, colour))
            found.texts.append((x + size / 2, (i + 0.5) * _LINE, text, "black", False))
            x += size
    return found


def draw(what: Diagram) -> Drawing:
    """The boxes and arrows of a diagram on a sheet."""
    boxes = [_drawn_box(box) for box in what.boxes]
    across = what.direction in ("LR", "RL")
    sizes = [(b.height, b.width) if across else (b.width, b.height) for b in boxes]  # along a rank, and through it
    ranks, links = _ranked(len(boxes), what.arrows)
    points = max((max(rank) for rank in ranks if rank), default=-1) + 1
    along = [size[0] for size in sizes] + [_GAP / 4] * (points - len(boxes))
    _order(ranks, links)
    middle = _places(ranks, links, along)
    depth, at = 0.0, []
    for rank in ranks:
        thick = max((sizes[i][1] for i in rank if i < len(boxes)), default=0)
        at.append((depth, thick))
        depth += thick + _RANK_GAP
    total = max(depth - _RANK_GAP, 0)
    rank_of = {i: r for r, rank in enumerate(ranks) for i in rank}
    backwards = what.direction in ("BT", "RL")

    def point(i: int, out: bool) -> tuple[float, float]:
        """Where an arrow leaves or reaches a box or passes."""
        start, thick = at[rank_of[i]]
        through = start + (thick + (thick if i >= len(boxes) else sizes[i][1]) * (1 if out else -1)) / 2
        through = total - through if backwards else through
        return (through, middle[i]) if across else (middle[i], through)

    reach = max((m + a / 2 for m, a in zip(middle, along, strict=True)), default=0)
    found = Drawing(*((total, reach) if across else (reach, total)))
    for i, box in enumerate(boxes):
        start, thick = at[rank_of[i]]
        through = start + (thick - sizes[i][1]) / 2
        through = total - through - sizes[i][1] if backwards else through
        beside = middle[i] - along[i] / 2
        found.place(box, *((through, beside) if across else (beside, through)))
    for a, b in what.arrows:
        found.lines.append([point(a, True), *(end for i in links[a, b] for end in (point(i, False), point(i, True))), point(b, False)])
    return found


def _ranked(count: int, arrows: list[tuple[int, int]]) -> tuple[list[list[int]], dict[tuple[int, int], list[int]]]:
    """The boxes of each rank, and for each arrow the points that it passes, numbered on from the boxes."""
    depth = [0] * count
    for a, b in sorted(arrows, key=lambda arrow: arrow[1]):
        depth[b] = max(depth[b], depth[a] + 1)
    ranks: list[list[int]] = [[] for _ in range(max(depth, default=-1) + 1)]
    for i, d in enumerate(depth):
        ranks[d].append(i)
    passed: dict[tuple[int, int], list[int]] = {}
    for a, b in arrows:
        passed[a, b] = []
        for d in range(depth[a] + 1, depth[b]):
            ranks[d].append(count)
            passed[a, b].append(count)
            count += 1
    return ranks, passed


def _neighbours(ranks: list[list[int]], links: dict[tuple[int, int], list[int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {i: [] for rank in ranks for i in rank}
    for (a, b), passed in links.items():
        chain = [a, *passed, b]
        for one, other in zip(chain, chain[1:], strict=False):
            found[one].append(other)
            found[other].append(one)
    return found


def _order(ranks: list[list[int]], links: dict[tuple[int, int], list[int]]) -> None:
    """Order each rank by its neighbours' mean place in the rank before, then in the rank after, a few times over."""
    near = _neighbours(ranks, links)
    for sweep in range(4):
        pairs = list(zip(ranks, ranks[1:], strict=False))
        for fixed, rank in pairs if sweep % 2 == 0 else [(b, a) for a, b in reversed(pairs)]:
            place = {i: n for n, i in enumerate(fixed)}
            own = {i: n for n, i in enumerate(rank)}
            mean = {i: statistics.fmean([place[j] for j in near[i] if j in place] or [own[i]]) for i in rank}
            rank.sort(key=lambda i: mean[i])


def _places(ranks: list[list[int]], links: dict[tuple[int, int], list[int]], along: list[float]) -> list[float]:
    """The middle of each box along its rank: near its neighbours', and none over another."""
    near = _neighbours(ranks, links)
    middle = [0.0] * len(along)
    for sweep in range(8):
        for rank in ranks if sweep % 2 == 0 else ranks[::-1]:
            wanted = [statistics.fmean([middle[j] for j in near[i]] or [0.0]) if sweep else 0.0 for i in rank]
            last: float | None = None
            for i, place in zip(rank, wanted, strict=True):
                least = place if last is None else last + along[i] / 2 + _GAP
                middle[i] = max(place, least)
                last = middle[i] + along[i] / 2
            shift = statistics.fmean(w - middle[i] for i, w in zip(rank, wanted, strict=True)) if rank else 0.0
            for i in rank:
                middle[i] += shift
    left = min((m - a / 2 for m, a in zip(middle, along, strict=True)), default=0.0)
    return [m - left for m in middle]


def _head(line: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The triangle at the end of an arrow."""
    (x0, y0), (x, y) = line[-2:]
    length = ((x - x0) ** 2 + (y - y0) ** 2) ** 0.5 or 1.0
    dx, dy = (x - x0) / length, (y - y0) / length
    return [(x, y), (x - 9 * dx + 4 * dy, y - 9 * dy - 4 * dx), (x - 9 * dx - 4 * dy, y - 9 * dy + 4 * dx)]


def svg(drawing: Drawing, scale: float = 1.0) -> str:
    """A drawing as an SVG file's text."""
    width, height = drawing.width + 2 * _PAD, drawing.height + 2 * _PAD
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * scale:.0f}" height="{height * scale:.0f}" '
        f'viewBox="{-_PAD} {-_PAD} {width:.1f} {height:.1f}" font-family="Helvetica, Arial, sans-serif" font-size="{_SIZE}">',
        f'<rect x="{-_PAD}" y="{-_PAD}" width="{width:.1f}" height="{height:.1f}" fill="white"/>',
    ]
    for x, y, w, h, colour in drawing.rectangles:
        lines.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" fill="{_FILL[colour]}" stroke="black"/>')
    for x, y, text, colour, bold in drawing.texts:
        weight = ' font-weight="bold"' if bold else ""
        lines.append(
            f'<text x="{x:.1f}" y="{y + _SIZE * 0.35:.1f}" text-anchor="middle" fill="{_FILL[colour]}"{weight}>{html.escape(text)}</text>'
        )
    for line in drawing.lines:
        points = [" ".join(f"{x:.1f},{y:.1f}" for x, y in each) for each in (line, _head(line))]
        lines.append(f'<polyline points="{points[0]}" fill="none" stroke="black" stroke-width="1.5"/><polygon points="{points[1]}"/>')
    return "\n".join([*lines, "</svg>\n"])


def raster(drawing: Drawing, kind: str, scale: float = 1.0) -> bytes:
    """A drawing as the bytes of a PNG, JPEG or PDF file. Raises `MissingExtra` without Pillow."""
    try:
        from PIL import Image, ImageDraw, ImageFont
    except ImportError:
        raise MissingExtra(f"A picture in {kind.upper()}", "image", "pillow") from None
    scale = min(scale, 30000 / max(drawing.width, drawing.height, 1))  # beyond it, programs do not open the file
    pixels = lambda *numbers: tuple((number + _PAD) * scale for number in numbers)
    sheet = Image.new("RGB", tuple(max(1, round((side + 2 * _PAD) * scale)) for side in (drawing.width, drawing.height)), "white")
    pen, font, thick = ImageDraw.Draw(sheet), ImageFont.load_default(_SIZE * scale), max(1, round(scale))
    for x, y, w, h, colour in drawing.rectangles:
        pen.rectangle([pixels(x, y), pixels(x + w, y + h)], fill=_FILL[colour], outline="black", width=thick)
    for x, y, text, colour, bold in drawing.texts:
        pen.text(pixels(x, y), text, fill=_FILL[colour], font=font, anchor="mm", stroke_width=round(scale * 0.2) if bold else 0)
    for line in drawing.lines:
        pen.line([pixels(*each) for each in line], fill="black", width=round(1.5 * scale))
        pen.polygon([pixels(*each) for each in _head(line)], fill="black")
    file = io.BytesIO()
    sheet.save(file, {"jpg": "jpeg"}.get(kind, kind), **({"resolution": 100 * scale} if kind == "pdf" else {}))
    return file.getvalue()


class Dot:
    """A model's diagram that can be written: what `model_to_dot` gives, with pydot's ways."""

    def __init__(self, found: Diagram, dpi: int = 200, splines: str = "ortho"):
        self.diagram, self.dpi, self.splines = found, dpi, splines

    def to_string(self) -> str:
        """Graphviz's language."""
        return dot(self.diagram, self.dpi, self.splines)

    __str__ = to_string

    def create(self, prog: Any = None, format: str = "png") -> bytes:
        """The picture as bytes: 'svg', 'dot', or by Pillow 'png', 'jpg' or 'pdf'. `prog` is accepted as pydot does."""
        if format not in FORMATS:
            raise ArgumentError(f"A model is drawn as {listing(FORMATS)}; received {format!r}.")
        if format == "dot":
            return self.to_string().encode()
        drawing, scale = draw(self.diagram), (self.dpi or 200) / 100
        return svg(drawing, scale / 2).encode() if format == "svg" else raster(drawing, format, scale)

    def write(self, path: Any, prog: Any = None, format: str | None = None) -> None:
        """Write the picture to a file, of the kind that its ending or `format` says."""
        Path(path).write_bytes(self.create(prog, format or Path(path).suffix[1:].lower() or "png"))

    def create_png(self, prog: Any = None) -> bytes:
        return self.create(prog, "png")

    def create_svg(self, prog: Any = None) -> bytes:
        return self.create(prog, "svg")

    def write_png(self, path: Any, prog: Any = None) -> None:
        self.write(path, prog, "png")

    def write_svg(self, path: Any, prog: Any = None) -> None:
        self.write(path, prog, "svg")


def model_to_dot(
    model: Any, show_shapes: bool = False, show_dtype: bool = False, show_layer_names: bool = True, rankdir: str = "TB",
    expand_nested: bool = False, dpi: int = 200, subgraph: bool = False, show_layer_activations: bool = False,
    show_trainable: bool = False, splines: str = "ortho", **kwargs: Any,
) -> Dot:
    """A model's diagram, whose `to_string` is Graphviz's language and whose `create` draws it without Graphviz; see `plot_model`."""
    wanted = Wanted(show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable, expand_nested)
    return Dot(diagram(model, wanted, rankdir), dpi, splines)


def plot_model(
    model: Any, to_file: Any = "model.png", show_shapes: bool = False, show_dtype: bool = False, show_layer_names: bool = False,
    rankdir: str = "TB", expand_nested: bool = False, dpi: int = 200, show_layer_activations: bool = False, show_trainable: bool = False,
    splines: str = "ortho", **kwargs: Any,
) -> Any:
    """Write a picture of a model to a file: '.png', '.jpg' or '.pdf' by Pillow, '.svg' or '.dot' by nothing else.

    Args:
        show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable: what is said of each layer besides its class.
        rankdir: 'TB' from top to bottom, 'LR' from left to right, 'BT' or 'RL'.
        expand_nested: show the layers of models inside the model.
        dpi: dots an inch. splines: for Graphviz, in '.dot' files.

    Returns: in a notebook, the picture, which it shows.
    """
    wanted = Wanted(show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable, expand_nested)
    found = Dot(diagram(model, wanted, rankdir), dpi, splines)
    path = os.fspath(to_file)
    if not Path(path).suffix:
        path += ".png"
    found.write(path)
    if "IPython" not in sys.modules:
        return None
    from IPython import display

    kind = Path(path).suffix[1:].lower()
    return display.SVG(filename=path) if kind == "svg" else display.Image(filename=path) if kind in ("png", "jpg", "jpeg") else None
