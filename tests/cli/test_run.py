"""`hornbeam run script.py` behaves as `python script.py` does."""

import os
import signal
import subprocess
import sys

import pytest

from hornbeam.cli import frames

HORNBEAM = (sys.executable, "-m", "hornbeam", "run")


@pytest.fixture(name="run")
def _run(tmp_path):
    """Runs a program's text under `hornbeam run` in an empty folder."""

    def run(text: str, *arguments: str, by: tuple[str, ...] = HORNBEAM, **options) -> subprocess.CompletedProcess:
        (tmp_path / "program.py").write_text(text)
        return subprocess.run([*by, "program.py", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False, **options)

    return run


PLAIN = {
    "what it knows of itself": """
        import sys
        print(sys.argv, __name__, __file__, sys.path[0], __spec__, __package__, sorted(globals()), sys.modules["__main__"].__file__)
        import helper
        """,
    "standard input": "print(input(), input())",
    "exit with a number": "import sys; sys.exit(7)",
    "exit with a word": "raise SystemExit('enough')",
    "an error": "def f():\n    return {}['a']\ntry:\n    f()\nexcept KeyError as e:\n    raise ValueError('no') from e",
    "a syntax error": "import os\ndef f(:\n",
    "an error in its own hook": "import sys\nsys.excepthook = lambda *a: print('mine', a[0])\n1 / 0",
    "atexit, threads": "import atexit, threading, time\natexit.register(print, 'bye')\n"
    "threading.Thread(target=lambda: (time.sleep(0.05), print('t'))).start()",
    "Ctrl-C": "import atexit, os, signal\natexit.register(print, 'bye')\nos.kill(os.getpid(), signal.SIGINT)",
    "pickle": "import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))) is A)",
}


@pytest.mark.parametrize("what", PLAIN)
def test_a_program_cannot_tell_it_from_python(what, run, tmp_path):
    text = PLAIN[what].replace("\n        ", "\n")
    (tmp_path / "helper.py").write_text("print('helped')")
    given = {"input": "one\ntwo\n"}
    ours, theirs = run(text, "a", "-m", "--help", **given), run(text, "a", "-m", "--help", by=(sys.executable,), **given)
    assert (ours.returncode, ours.stdout, ours.stderr) == (theirs.returncode, theirs.stdout, theirs.stderr)


def test_ctrl_c_ends_it_as_python_ends(run):
    assert run("import os, signal; os.kill(os.getpid(), signal.SIGINT)").returncode == -signal.SIGINT


def test_a_missing_file(tmp_path):
    done = subprocess.run([*HORNBEAM, "no.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == f"hornbeam: can't open file '{tmp_path / 'no.py'}': [Errno 2] No such file or directory\n"


def test_a_module_a_folder_and_standard_input(tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    (package / "__main__.py").write_text("import sys, tensorflow; print(tensorflow.__name__, sys.argv[1:], __name__)")
    said = "hornbeam.tensorflow ['x'] __main__\n"
    for words, given in ((("-m", "package", "x"), ""), (("package", "x"), ""), (("-", "x"), (package / "__main__.py").read_text())):
        done = subprocess.run([*HORNBEAM, *words], cwd=tmp_path, capture_output=True, text=True, input=given, check=False)
        assert (done.stdout, done.stderr) == (said, "")


def test_without_the_word_run(tmp_path):
    (tmp_path / "program.py").write_text("import sys, keras; print(keras.__name__, sys.argv)")
    done = subprocess.run([sys.executable, "-m", "hornbeam", "program.py", "-x"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "hornbeam.keras ['program.py', '-x']\n"


SPAWNING = """
import multiprocessing, subprocess, sys
import tensorflow as tf

def name(_):
    return tf.__name__

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(name, [0]))
    print(subprocess.run([sys.executable, "-c", "import tensorflow; print(tensorflow.__name__)"], capture_output=True, text=True).stdout)
"""


def test_processes_that_it_starts_find_hornbeam_too(run, tmp_path):
    custom = tmp_path / "custom"
    custom.mkdir()
    (custom / "sitecustomize.py").write_text("import sys; sys.stderr.write('customized ')")
    done = run(SPAWNING, env={**os.environ, "PYTHONPATH": os.pathsep.join([str(custom), *sys.path])})
    assert done.stdout == "['hornbeam.tensorflow']\nhornbeam.tensorflow\n\n"
    assert done.stderr == "customized customized customized "[: len(done.stderr)] and done.stderr  # the user's own start-up file runs too


FAILING = """
import numpy as np, hornbeam as hb

class Failing(hb.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        raise ValueError("mine")

model = hb.Sequential([hb.Input((2,)), hb.layers.Dense(3)])
model.compile("sgd", "mse")
model.fit(np.zeros((4, 2)), np.zeros((4, {units})), verbose=0, callbacks=[Failing()])
"""


def test_a_missing_name_names_the_command_for_this_file(run):
    told = run("import tensorflow as tf\ntf.no_such_name").stderr
    assert told.endswith("`hornbeam check program.py` lists every TensorFlow and Keras name that a program uses and that Hornbeam lacks.\n")
    assert "MissingName: Hornbeam has no tf.no_such_name." in told
    told = run("from tensorflow.nowhere import x").stderr
    assert "ModuleNotFoundError: No module named 'tensorflow.nowhere'" in told
    assert "\nHornbeam has no tensorflow.nowhere. `hornbeam check program.py`" in told


def test_frames_inside_hornbeam_are_folded(run):
    told = run(FAILING.format(units=3)).stderr
    assert told.count(" inside hornbeam (HORNBEAM_TRACEBACK=full shows them)\n") == 1
    assert 'program.py", line 6, in on_epoch_end' in told and frames.PACKAGE not in told
    full = run(FAILING.format(units=3), env={**os.environ, "HORNBEAM_TRACEBACK": "full"}).stderr
    assert frames.PACKAGE in full and "inside hornbeam" not in full


def test_what_led_to_an_error_of_ours_is_told_when_it_is_the_users():
    try:
        try:
            raise KeyError("the user's")
        except KeyError as error:
            raise ValueError("after") from error
    except ValueError as error:
        assert "the user's" in frames.text(error, error.__traceback__)


def test_a_package_that_needs_the_real_tensorflow(run, tmp_path, monkeypatch):
    package = tmp_path / "hub" / "hub_like"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from tensorflow.python.saved_model import loader_impl_x")
    monkeypatch.setattr(frames, "_SITES", (str(tmp_path / "hub") + os.sep,))
    monkeypatch.syspath_prepend(str(tmp_path / "hub"))
    from hornbeam.tensorflow import hook

    hook.install()
    try:
        with pytest.raises(ImportError) as caught:
            import hub_like  # noqa: F401
    finally:
        hook.uninstall()
    assert "The package hub_like needs the real TensorFlow" in frames.explanation(caught.value, caught.value.__traceback__)
    assert frames.explanation(ValueError("x"), None) is None


def test_an_import_of_our_own_that_fails_is_not_called_a_missing_name():
    made = {}
    exec(compile("def ours():\n    from hornbeam.layers import no_such_name", frames.PACKAGE + "broken.py", "exec"), made)
    with pytest.raises(ImportError) as caught:
        made["ours"]()
    assert caught.value.name == "hornbeam.layers"
    assert frames.explanation(caught.value, caught.value.__traceback__) is None
