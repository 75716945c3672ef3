"""The programs of examples/ under `hornbeam run`, each in a process and a folder of its own, as a user would run them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
# What each must have learned: the words before a number on its last lines, and the least (or, for errors, the most) it may be.
LEARNED = {
    "binary_classification": [("test accuracy", 0.93), ("AUC", 0.97)],
    "cnn": [("test accuracy", 0.80)],
    "custom_training_loop": [("test accuracy", 0.94)],
    "learning_rate": [("test accuracy", 0.95)],
    "multi_label": [("test accuracy", 0.93)],
    "multiclass_classification": [("test accuracy", 0.90)],
    "own_pictures_and_csv": [("validation accuracy", 0.85), ("table: test accuracy", 0.68)],
    "pretrained_features": [("test accuracy", 0.75)],
    "regression": [("MAE", -52.0)],
    "rnn_series": [("test MAE", -4.2)],
    "rnn_text": [("test accuracy", 0.82)],
    "save_and_load": [("test accuracy", 0.85)],
    "tensor_fundamentals": [("27 needs", 111)],
}
WHOLE_DATA = {"cnn", "pretrained_features"}  # of Fashion-MNIST, which not every machine has


needs_pictures = pytest.mark.skipif(not Path("/usr/share/datasets/fashion-mnist").is_dir(), reason="needs Debian's dataset-fashion-mnist")


def run(name: str, folder: Path) -> str:
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    done = subprocess.run(
        [sys.executable, "-m", "hornbeam", "run", str(EXAMPLES / f"{name}.py")],
        cwd=folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


def test_every_example_is_listed():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {*LEARNED, "fashion_mlp"}


@pytest.mark.parametrize("name", [pytest.param(name, marks=needs_pictures if name in WHOLE_DATA else ()) for name in sorted(LEARNED)])
def test_example(name, tmp_path):
    printed = run(name, tmp_path)
    for words, bound in LEARNED[name]:
        value = float(re.findall(re.escape(words) + r" ([0-9.]*[0-9])", printed)[-1])
        assert value >= bound if bound > 0 else value <= -bound, printed[-1000:]


@pytest.mark.slow  # ten epochs on all 60,000 pictures
@needs_pictures
def test_the_seed_program_word_for_word(tmp_path):
    assert float(re.findall(r"Test Accuracy: ([0-9.]+)", run("fashion_mlp", tmp_path))[-1]) >= 0.87
