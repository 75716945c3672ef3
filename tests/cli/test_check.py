"""`hornbeam check`: the names a program uses, found without running it."""

import ast
import json

import pytest

from hornbeam.cli import main
from hornbeam.cli.cells import as_python
from hornbeam.cli.names import Reader


def paths(source):
    return [(use.path, use.line) for use in Reader().read(ast.parse(source))]


FOUND = {
    "import tensorflow as tf\ntf.math.abs(1)": [("tensorflow", 1), ("tensorflow.math.abs", 2)],
    "import tensorflow.keras.backend as K\nK.mean": [("tensorflow.keras.backend", 1), ("tensorflow.keras.backend.mean", 2)],
    "import tensorflow.keras\ntensorflow.keras.Model": [("tensorflow.keras", 1), ("tensorflow.keras.Model", 2)],
    "from keras import layers as L\nL.Dense(3)": [("keras.layers", 1), ("keras.layers.Dense", 2)],
    "from tf_keras.layers import Dense as D\nD(3)": [("tf_keras.layers.Dense", 1), ("tf_keras.layers.Dense", 2)],
    "import tensorflow as tf\nlayers = tf.keras.layers\nlayers.Dense": [
        ("tensorflow", 1), ("tensorflow.keras.layers", 2), ("tensorflow.keras.layers.Dense", 3)
    ],
    # what is used in a function may be bound after it
    "def f():\n  return tf.abs\nimport tensorflow as tf": [("tensorflow.abs", 2), ("tensorflow", 3)],
    # names that are something else there
    "import tensorflow as tf\ndef f(tf):\n  return tf.abs": [("tensorflow", 1)],
    "import tensorflow as tf\ntf = 3\ntf.abs": [("tensorflow", 1)],
    "import tensorflow as tf\n[tf.abs for tf in ()]": [("tensorflow", 1)],
    "import numpy as tf\ntf.abs": [],
    # chains through calls
    "import tensorflow as tf\ntf.f(tf.a).g(tf.b)": [
        ("tensorflow", 1), ("tensorflow.a", 2), ("tensorflow.b", 2), ("tensorflow.f", 2), ("tensorflow.f().g", 2)
    ],
    "import keras\nx = keras.layers.Dense(3)(keras.Input((2,)))\nx.shape": [("keras", 1), ("keras.Input", 2), ("keras.layers.Dense", 2)],
    "import tensorflow as tf\n@tf.function\ndef f(x: tf.Tensor): pass": [
        ("tensorflow", 1), ("tensorflow.function", 2), ("tensorflow.Tensor", 3)
    ],
}  # fmt: skip


@pytest.mark.parametrize("source", FOUND)
def test_names_are_read_from_the_syntax(source):
    assert sorted(paths(source)) == sorted(FOUND[source])


PROGRAM = """\
import tensorflow as tf
from tensorflow.keras.layers import Dense, NoSuchLayer
try:
    from tensorflow.contrib import rnn
except ImportError:
    rnn = None
data = tf.data.Dataset.range(3).map(lambda x: tf.no_such_function(x)).batch(2)
data = data.shuffled()
model = tf.keras.Sequential([Dense(3, unit=3), Dense(3, name="b", input_shape=(2,), dynamic=False)])
model.fit_generator()
model.predicted()
model.mine = model.predicted
model.mine()
model.name, model.loss, model.built, model.stop_training, model.supports_masking
with tf.GradientTape() as tape:
    tape.gradients()
tf.keras.optimizers.Adam(lr=0.1)
tf.keras.optimizers.Adam(rate=0.1)
tf.keras.callbacks.ModelCheckpoint("a", period=1)
tf.raw_ops.NoSuchOp(x=1)
1 / 0
"""
MISSING = {
    "tf.keras.layers.NoSuchLayer": "line 2", "tf.no_such_function": "line 7", "tf.data.Dataset.shuffled": "line 8",
    "tf.keras.layers.Dense(unit=)": "line 9", "tf.keras.Sequential.predicted": "line 11, line 12", "tf.GradientTape.gradients": "line 16",
    "tf.keras.optimizers.Adam(rate=)": "line 18", "tf.raw_ops.NoSuchOp": "line 20",
}  # fmt: skip


def told(text):
    """The lines of a report: name -> the rest."""
    return {line.split("  ")[0]: line.partition("  ")[2].strip() for line in text.splitlines()[:-1]}


def test_a_program_is_not_run(tmp_path, capsys):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    assert main(["check", str(path)]) == 1
    out = capsys.readouterr().out
    rows = told(out)
    assert {name: rest.removeprefix("MISSING  ") for name, rest in rows.items() if rest.startswith("MISSING")} == MISSING
    assert rows["tf.contrib.rnn"] == "missing, but guarded  line 4"
    assert rows["tf.keras.Sequential.fit_generator"] == "line 10" and rows["tf.keras.layers.Dense"] == "line 2, line 9"
    assert out.endswith(f"{len(MISSING)} of them missing in Hornbeam.\n")
    assert main(["check", str(path), "--missing"]) == 1
    assert set(told(capsys.readouterr().out)) == {*MISSING, "tf.contrib.rnn"}


def test_names_that_hasattr_asks_for(tmp_path, capsys):
    path = tmp_path / "program.py"
    path.write_text("import tensorflow as tf\nif hasattr(tf, 'no'):\n  tf.no(1)\nx = tf.non if hasattr(tf, 'non') else 1\ntf.abs(1)")
    assert main(["check", str(path)]) == 0
    assert told(capsys.readouterr().out) == {
        "tf.no": "missing, but guarded  line 3", "tf.non": "missing, but guarded  line 4", "tf.abs": "line 5"
    }  # fmt: skip


def test_a_program_that_is_whole(tmp_path, capsys):
    path = tmp_path / "program.py"
    path.write_text("from keras.layers import *\nfrom keras.models import Sequential\nSequential([Dense(3, activation='relu')])\n"
                    "from keras import backend as K, callbacks\nK.permute_dimensions(x, pattern=(1, 0))\n"
                    "callbacks.LambdaCallback(on_batch_end=print)\n")  # fmt: skip
    assert main(["check", str(path)]) == 0
    assert told(capsys.readouterr().out)["keras.layers.Dense"] == "line 3"


CELLS = [
    "%matplotlib inline\nimport tensorflow as tf",
    ["!pip install tensorflow \\\n", "  keras\n", "a = !ls\n", "if True:\n", "    %time tf.abs(1)\n", "tf.abs?\n", "tf.nothing_at_all(1)"],
    "%%bash\nls $HOME && echo 'done'",
    "%%time\ntf.nothing_either",
    "these are words",
]


@pytest.mark.parametrize("version", [3, 4])
def test_a_notebook(version, tmp_path, capsys):
    key = "source" if version == 4 else "input"
    cells = [{"cell_type": "markdown", "source": "text"}, *({"cell_type": "code", key: source} for source in CELLS)]
    path = tmp_path / "book.ipynb"
    path.write_text(json.dumps({"cells": cells} if version == 4 else {"worksheets": [{"cells": cells}]}))
    assert main(["check", str(path)]) == 1
    said = capsys.readouterr()
    assert told(said.out) == {"tf.nothing_at_all": "MISSING  cell 2 line 7", "tf.nothing_either": "MISSING  cell 4 line 2"}
    assert "cell 5, line 1: not Python" in said.err


def test_magics_leave_the_lines_where_they_are():
    source = "x = 1\n    %time y\n!a \\\n b\nz = %magic\nw = {'a': 1}\nv = 3 % 2"
    assert as_python(source) == "x = 1\n    pass\npass\n\nz = None\nw = {'a': 1}\nv = 3 % 2"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.py", "print 'x'", "line 1: this is not Python 3"),
        ("c.py", "import keras\n!pip install x", "line 2: a command of notebooks"),
        ("a.ipynb", "[]", "not a Jupyter notebook"),
        ("b.py", None, "No such file"),
    ],
)
def test_files_that_cannot_be_read(name, text, said, tmp_path, capsys):
    if text is not None:
        (tmp_path / name).write_text(text)
    assert main(["check", str(tmp_path / name)]) == 2
    assert said in capsys.readouterr().err


def test_a_folder(tmp_path, capsys):
    assert main(["check", str(tmp_path)]) == 2 and "no Python file and no notebook" in capsys.readouterr().err
    for name, text in {
        "main.py": "import tensorflow as tf\ntf.abs(1)\ntf.nothing_here",
        "part/a.py": "from tensorflow import nothing_here",
        "part/b.ipynb": json.dumps({"cells": [{"cell_type": "code", "source": "import tensorflow as tf\ntf.abs(1)"}]}),
        "notes.txt": "tf.other",
        ".hidden/c.py": "import tensorflow as tf\ntf.other",
        "env/pyvenv.cfg": "",
        "env/d.py": "import tensorflow as tf\ntf.other",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert main(["check", str(tmp_path)]) == 1
    assert told(capsys.readouterr().out) == {
        "tf.abs": "main.py line 2, part/b.ipynb cell 1 line 2",
        "tf.nothing_here": "MISSING  main.py line 3, part/a.py line 1",
    }
    (tmp_path / "main.py").write_text("print 'x'")
    (tmp_path / "part/a.py").write_text("")
    assert main(["check", str(tmp_path)]) == 2  # of one file nothing is known
    said = capsys.readouterr()
    assert "this is not Python 3" in said.err and "1 TensorFlow and Keras names, none" in said.out
