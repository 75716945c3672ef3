"""The summary table: what it says, and how it looks in a pipe, a terminal and a narrow one."""

import io
import os
import re
import sys

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine.errors import ArgumentError

layers = hb.layers


def text(model, **options):
    calls = []
    model.summary(print_fn=calls.append, **options)
    assert len(calls) == 1  # once, with everything, as Keras does
    return calls[0]


def rows(found):
    """The cells of the table, by the first column."""
    lines = [[cell.strip() for cell in line.strip("│").split("│")] for line in found.splitlines() if line.startswith("│")]
    return {cells[0]: cells[1:] for cells in lines}


def totals(found):
    return dict(re.findall(r"^ (\w[\w -]*params): (.*)$", found, re.M))


def mlp(**kwargs):
    return hb.Sequential(
        [hb.Input((28, 28)), layers.Flatten(name="flat"), layers.Dense(128, name="hidden"), layers.Dense(10, name="out")], **kwargs
    )


def branched():
    inputs = hb.Input((4,), name="inp")
    inner = hb.Sequential([hb.Input((4,)), layers.Dense(3, name="k1"), layers.BatchNormalization(name="bn")], name="inner")
    x = inner(inputs)
    y = layers.Dense(2, name="o")(x)
    return hb.Model(inputs, [layers.Add(name="sum")([y, y]) * 2, x], name="branched")


def test_seed_004s_network():
    found = text(mlp(name="clothes"))
    assert found.startswith('Model: "clothes"\n┏━')
    assert rows(found) == {
        "flat (Flatten)": ["(None, 784)", "0"],
        "hidden (Dense)": ["(None, 128)", "100,480"],
        "out (Dense)": ["(None, 10)", "1,290"],
    }
    assert totals(found) == {
        "Total params": "101,770 (397.54 KB)",
        "Trainable params": "101,770 (397.54 KB)",
        "Non-trainable params": "0 (0.00 B)",
    }


def test_optimizer_and_frozen_weights_are_counted():
    model = mlp()
    model.compile("adam", "mse")
    model.get_layer("hidden").trainable = False
    model.optimizer.build(model.trainable_variables)
    assert totals(text(model)) == {
        "Total params": "104,352 (407.63 KB)",  # 101,770 + a count, a rate and two slots for each of 1,290
        "Trainable params": "1,290 (5.04 KB)",
        "Non-trainable params": "100,480 (392.50 KB)",
        "Optimizer params": "2,582 (10.09 KB)",
    }
    assert [cells[-1] for cells in rows(text(model, show_trainable=True)).values()] == ["-", "N", "Y"]


def test_a_graph_says_what_feeds_what():
    found = rows(text(branched()))
    assert found["inner (Sequential)"] == ["(None, 3)", "27", "inp[0][0]"]
    assert found["sum (Add)"] == ["(None, 2)", "0", "o[0][0], o[0][0]"]
    assert found["multiply (Multiply)"] == ["(None, 2)", "0", "sum[0][0]"]
    assert found["inp (InputLayer)"] == ["(None, 4)", "0", "-"]


def test_a_chain_needs_no_connections():
    inputs = hb.Input((4,))
    assert "Connected" not in text(hb.Model(inputs, layers.Dense(2)(layers.Dense(3)(inputs))))


def test_nested_models_open_up():
    assert "k1 (Dense)" not in text(branched())
    found = rows(text(branched(), expand_nested=True))
    assert found["└ k1 (Dense)"][:2] == ["(None, 3)", "15"]
    assert found["└ bn (BatchNormalization)"][:2] == ["(None, 3)", "12"]


def test_shared_layers_and_several_outputs():
    inputs = hb.Input((3,), name="i")
    shared = layers.Dense(3, name="shared")
    found = rows(text(hb.Model(inputs, {"once": shared(inputs), "twice": shared(shared(inputs))})))
    assert found["shared (Dense)"][1] == "12"
    assert "shared[" in found["shared (Dense)"][2] and "i[0][0]" in found["shared (Dense)"][2]


def test_an_unbuilt_model_says_what_to_do():
    found = text(hb.Sequential([layers.Dense(2, name="d")]))
    assert rows(found) == {"d (Dense)": ["?", "0 (unbuilt)"]}
    assert "no weights yet" in found and "Input(shape=...)" in found.replace("\n ", " ")


def test_a_subclassed_model_before_and_after_data():
    class Two(hb.Model):
        def __init__(self):
            super().__init__()
            self.a, self.b = layers.Dense(3, name="a"), layers.Dense(2, name="b")

        def call(self, x):
            return self.b(self.a(x))

    model = Two()
    assert "unbuilt" in text(model)
    model(np.ones((5, 4), "float32"))
    assert rows(text(model)) == {"a (Dense)": ["(5, 3)", "15"], "b (Dense)": ["(5, 2)", "8"]}
    assert "no weights" not in text(model)


def test_layer_range():
    assert list(rows(text(mlp(), layer_range=["hidden", "out"]))) == ["hidden (Dense)", "out (Dense)"]
    assert list(rows(text(mlp(), layer_range=["fl.*", "hid.*"]))) == ["flat (Flatten)", "hidden (Dense)"]
    with pytest.raises(ArgumentError, match="no layer is called 'absent'.*flat, hidden, out"):
        text(mlp(), layer_range=["absent", "out"])
    with pytest.raises(ArgumentError, match="two names"):
        text(mlp(), layer_range="out")


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_it_fits_the_width(width):
    inputs = hb.Input((4,), name="an_input_with_a_rather_long_name")
    x = layers.BatchNormalization(name="a_normalization_with_a_rather_long_name")(inputs)
    found = text(hb.Model(inputs, layers.Add()([x, inputs])), line_length=width)
    table = [line for line in found.splitlines() if line[:1] in "┏┃┡│├└"]
    assert max(map(len, table)) <= max(width, 48)  # four columns and their rules take 48 at the least
    assert len({len(line) for line in table}) == 1
    assert "a_normalization_with_a_rather_long_name" in "".join(
        line.split("│")[1].strip() for line in table if line.startswith("│")
    )


def test_in_a_pipe_there_are_no_colors(capsys):
    mlp().summary()
    out = capsys.readouterr().out
    assert "\x1b" not in out and "┏" in out


def test_a_stream_without_box_drawing_gets_ascii(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii", write_through=True))
    branched().summary(expand_nested=True)
    found = raw.getvalue().decode("ascii")
    assert "| inner (Sequential)" in found and "+===" in found and "?" not in found


def test_a_terminal_gets_colors_and_its_width(monkeypatch):
    class Terminal(io.StringIO):
        encoding = "utf-8"

        def isatty(self):
            return True

    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("COLUMNS", "70")
    for name in ("TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    branched().summary()
    found = stream.getvalue()
    assert "\x1b[" in found
    plain = re.sub(r"\x1b\[[0-9;]*m", "", found)
    assert max(map(len, plain.splitlines())) <= 70
    assert rows(plain)["o (Dense)"] == ["(None, 2)", "8", "inner[0][0]"]
    assert os.environ["COLUMNS"] == "70"
