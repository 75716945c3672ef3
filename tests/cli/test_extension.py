"""`%load_ext hornbeam` in an IPython shell."""

import os
import sys
from types import ModuleType

import pytest

from hornbeam.cli import extension

InteractiveShell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell


@pytest.fixture
def shell(monkeypatch):
    monkeypatch.setattr(os, "environ", os.environ.copy())
    made = InteractiveShell(colors="nocolor")
    yield made
    made.run_line_magic("unload_ext", "hornbeam")
    assert not any(name.split(".")[0] in ("tensorflow", "keras") for name in sys.modules)


def test_a_notebook_of_its_own(shell, capsys):
    shell.run_line_magic("load_ext", "hornbeam")
    shell.run_cell("import keras\nname = keras.layers.__name__")
    assert shell.user_ns["name"] == "hornbeam.keras.layers"
    shell.run_cell("keras.layers.Dense(3, unit=2)")
    told = capsys.readouterr().out
    assert "ArgumentError: Dense does not take the argument 'unit'" in told and "layer.py" not in told
    shell.run_cell("keras.no_such_name")
    assert "MissingName: Hornbeam has no keras.no_such_name." in capsys.readouterr().out


def test_an_error_that_is_its_own_cause(shell, capsys):
    shell.run_line_magic("load_ext", "hornbeam")
    shell.run_cell("error = KeyError('ring')\nraise error from error")
    told = capsys.readouterr().out
    assert told.endswith("KeyError: 'ring'\n") and "RecursionError" not in told


def test_what_led_to_an_error_in_a_layer_is_told(shell, capsys):
    shell.run_line_magic("load_ext", "hornbeam")
    shell.run_cell("""
import tensorflow as tf
class Own(tf.keras.layers.Layer):
    def call(self, x):
        try:
            return {}["key"]
        except KeyError as error:
            raise ValueError("told") from error
tf.keras.Sequential([Own()]).predict(tf.ones((3, 2)), verbose=0)
""")
    told = capsys.readouterr().out
    assert "KeyError: 'key'" in told and "ValueError: told" in told and "trainer.py" not in told


def test_an_interrupted_fit_shows_the_program_alone(shell, capsys):
    shell.run_line_magic("load_ext", "hornbeam")
    shell.run_cell("""
import keras
class Stop(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        raise KeyboardInterrupt
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("sgd", "mse")
""")
    result = shell.run_cell("model.fit([[1.0]], [[1.0]], verbose=0, callbacks=[Stop()])")
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    told = capsys.readouterr().out
    assert "KeyboardInterrupt" in told and "trainer.py" not in told


def test_it_comes_too_late(shell, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", ModuleType("tensorflow"))
    shell.run_line_magic("load_ext", "hornbeam")
    assert "Restart the kernel" in capsys.readouterr().out
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("command", "skipped"),
    [
        ("pip install tensorflow==2.4.1", True),
        (" pip3 install -q --upgrade 'tensorflow-gpu>=2.0' keras", True),
        ("/usr/bin/python3 -m pip install tf-nightly[and-cuda]", True),
        ("pip install tensorflow pandas", False),
        ("pip install tensorflow-datasets", False),
        ("pip list", False),
        ("echo pip install tensorflow", False),
    ],
)
def test_tensorflow_is_not_installed(command, skipped, capsys):
    assert extension._installs_only_tensorflow(command) is skipped
    assert ("Hornbeam stands in for it" in capsys.readouterr().out) is skipped
