"""The command line itself: quick, and clear about mistakes."""

import subprocess
import sys
import time

import pytest

import hornbeam
from hornbeam.cli import main, parser
from hornbeam.engine.errors import ArgumentError


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "hornbeam", *arguments], capture_output=True, text=True, check=False)


def test_help_needs_no_heavy_import():
    code = "import sys; from hornbeam.cli import main\ntry: main(['--help'])\nexcept SystemExit: print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "demo" in out
    loaded = set(out.splitlines()[-1].split())
    assert "hornbeam.cli.parser" in loaded
    assert not loaded & {"jax", "numpy", "rich", "h5py", "optax", "hornbeam.engine"}


def test_help_is_quick():
    def seconds() -> float:
        start = time.perf_counter()
        assert run("--help").returncode == 0
        return time.perf_counter() - start

    assert min(seconds() for _ in range(5)) < 0.2


def test_version():
    assert run("--version").stdout == f"hornbeam {hornbeam.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "command"),
        (["trian"], "invalid choice: 'trian'"),
        (["demo", "--epochs", "0"], "0 is not a positive number"),
        (["demo", "--epochs", "ten"], "'ten'"),
    ],
)
def test_mistakes_are_answered_in_a_line(arguments, said, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


def test_an_error_of_ours_is_one_paragraph(monkeypatch, capsys):
    def refuse(options):
        raise ArgumentError("There is no such thing.")

    monkeypatch.setattr(parser, "_demo", refuse)
    assert main(["demo"]) == 1
    assert capsys.readouterr().err == "hornbeam: There is no such thing.\n"


def test_an_error_that_is_not_ours_is_not_hidden(monkeypatch):
    monkeypatch.setattr(parser, "_demo", lambda options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["demo"])


def test_control_c(monkeypatch, capsys):
    def interrupt(options):
        raise KeyboardInterrupt

    monkeypatch.setattr(parser, "_demo", interrupt)
    assert main(["demo"]) == 130
    assert capsys.readouterr().err == "hornbeam: stopped.\n"
