"""The picture of a model: no two boxes overlap, arrows run from rank to rank, files are what their endings say."""

import io
import xml.etree.ElementTree as ElementTree

import pytest

import hornbeam as hb
from hornbeam.dashboard.diagram import Wanted, diagram
from hornbeam.dashboard.plot import draw, model_to_dot, plot_model


def branched():
    x = hb.Input((4,), name="data")
    inner = hb.Sequential([hb.Input((4,)), hb.layers.Dense(3, activation="relu"), hb.layers.Dropout(0.1)], name="inner")
    a = hb.layers.Dense(3, name="a")(x)
    b = hb.layers.Dense(3, name="b")(hb.layers.Dense(2, name="narrow")(a))
    joined = hb.layers.Add(name="join")([a, b, inner(x)])
    return hb.Model(x, [hb.ops.relu(joined), hb.layers.Dense(9, name="side")(a)])


@pytest.mark.parametrize("direction", ["TB", "LR", "BT", "RL"])
def test_boxes_keep_apart_and_arrows_run_one_way(direction):
    found = diagram(branched(), Wanted(shapes=True), direction)
    names = [box.title for box in found.boxes]
    assert {(names[a], names[b]) for a, b in found.arrows} == {
        ("data", "a"), ("data", "inner"), ("a", "narrow"), ("narrow", "b"), ("a", "join"), ("b", "join"), ("inner", "join"),
        ("join", "relu"), ("a", "side"),
    }  # fmt: skip
    sheet = draw(found)
    headings = [each for each in sheet.rectangles if each[4] == "black"]
    assert len(headings) == len(names)
    for i, (x, y, w, h, _) in enumerate(headings):
        assert x >= -1e-6 and y >= -1e-6 and x + w <= sheet.width + 1e-6 and y + h <= sheet.height + 1e-6
        for x2, y2, w2, h2, _ in headings[:i]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y, (names[i], direction)
    axis, sign = {"TB": (1, 1), "BT": (1, -1), "LR": (0, 1), "RL": (0, -1)}[direction]
    for line in sheet.lines:
        steps = [sign * (b[axis] - a[axis]) for a, b in zip(line, line[1:], strict=False)]
        assert min(steps) >= -1e-6 and sum(steps) > 0


def test_what_is_said_of_a_layer():
    layer = hb.layers.Dense(3, activation="relu", trainable=False, name="d")
    model = hb.Sequential([hb.Input((4,)), layer])
    (box,) = diagram(model, Wanted(shapes=True, dtype=True, activations=True, trainable=True)).boxes
    assert box.rows == [
        [("Activation: relu", "white")],
        [
            ("Input shape: (None, 4)", "white"), ("Output shape: (None, 3)", "white"), ("Output dtype: float32", "white"),
            ("Non-trainable", "red"),
        ],
    ]
    assert diagram(model, Wanted(names=False)).boxes[0].title == ""


def test_models_inside_are_drawn_when_wanted():
    plain, nested = (diagram(branched(), Wanted(nested=each)) for each in (False, True))
    inner = next(box for box in nested.boxes if box.title == "inner").inner
    assert [box.kind for box in inner.boxes] == ["Dense", "Dropout"] and inner.arrows == [(0, 1)]
    assert all(box.inner is None for box in plain.boxes)
    assert draw(nested).height > draw(plain).height
    text = model_to_dot(branched(), expand_nested=True).to_string()
    assert "subgraph cluster_n" in text and text.count("->") == 10


def test_files(tmp_path):
    Image = pytest.importorskip("PIL.Image")
    model = branched()
    for kind, magic in {"png": b"\x89PNG", "jpg": b"\xff\xd8", "pdf": b"%PDF", "svg": b"<svg", "dot": b"digraph"}.items():
        plot_model(model, tmp_path / f"model.{kind}", show_shapes=True, dpi=50)
        assert (tmp_path / f"model.{kind}").read_bytes().startswith(magic)
    small, large = (Image.open(io.BytesIO(model_to_dot(model, dpi=dpi).create_png())).size for dpi in (50, 100))
    assert large[0] == pytest.approx(2 * small[0], abs=2)
    words = [each.text for each in ElementTree.fromstring(model_to_dot(model).create(format="svg")).iter() if each.tag.endswith("text")]
    assert "narrow (Dense)" in words
    plot_model(model, str(tmp_path / "plain"), dpi=30)
    assert (tmp_path / "plain.png").exists()


def test_errors(tmp_path):
    with pytest.raises(ValueError, match=r"has not met any data.*Input"):
        plot_model(hb.Sequential([hb.layers.Dense(1)]), tmp_path / "m.png")
    with pytest.raises(ValueError, match="rankdir is 'TB'"):
        model_to_dot(branched(), rankdir="XY")
    with pytest.raises(ValueError, match=r"drawn as.*received 'gif'"):
        plot_model(branched(), tmp_path / "m.gif")
