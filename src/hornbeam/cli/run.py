"""`hornbeam run script.py`: what `python script.py` does, with TensorFlow and Keras being Hornbeam."""

import builtins
import os
import runpy
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from hornbeam.cli import frames
from hornbeam.cli.children import sitecustomize


def run(program: str, arguments: list[str], module: bool = False) -> int:
    """Runs a program as the process's main one and returns 0; an error it does not catch is reported and ends the process with 1.

    Args:
        program: a Python file, a folder or zip file with a `__main__.py`, or '-' for standard input.
        arguments: what follows it in `sys.argv`.
        module: whether `program` is a module's name, as after `python -m`.

    Raises:
        SystemExit: the program's own, or status 2 where the file cannot be opened.
    """
    prepare()
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = frames.report
    sys.argv[:] = [program, *arguments]
    try:
        if module:
            _first_on_path(os.getcwd())
            runpy.run_module(program, run_name="__main__", alter_sys=True)
        elif os.path.isdir(program) or (program != "-" and _is_zip(program)):
            _forget_first_on_path()
            runpy.run_path(program, run_name="__main__")
        else:
            _script(program)
    except SystemExit:
        raise
    except BaseException as error:
        _ended_by(error)
    return 0


def prepare() -> None:
    """The hook, here and in the processes that this one starts."""
    sitecustomize.install()
    hand_on()


def hand_on() -> None:
    """The hook in the processes that this one starts (see children/sitecustomize.py)."""
    os.environ["HORNBEAM_HOOK"] = sys.prefix
    here, before = os.path.dirname(os.path.abspath(sitecustomize.__file__)), os.environ.get("PYTHONPATH")
    if here not in (before or "").split(os.pathsep):
        os.environ["PYTHONPATH"] = os.pathsep.join([here, before] if before else [here])


def _script(program: str) -> None:
    path = program if program == "-" else os.path.abspath(program)
    try:
        source = sys.stdin.buffer.read() if program == "-" else Path(path).read_bytes()
    except OSError as error:
        print(f"hornbeam: can't open file {path!r}: [Errno {error.errno}] {error.strerror}", file=sys.stderr)
        raise SystemExit(2) from None
    main = ModuleType("__main__")
    main.__dict__.update(__builtins__=builtins, __annotations__={})
    if program == "-":
        path = "<stdin>"
        _first_on_path("")
    else:
        main.__dict__.update(__file__=path, __loader__=SourceFileLoader("__main__", path), __cached__=None)
        _first_on_path(os.path.dirname(os.path.realpath(path)))
    sys.modules["__main__"] = main
    exec(compile(source, path, "exec", dont_inherit=True), main.__dict__)


def _first_on_path(folder: str) -> None:
    _forget_first_on_path()
    if not sys.flags.safe_path:
        sys.path.insert(0, folder)


def _forget_first_on_path() -> None:
    if not sys.flags.safe_path and sys.path:
        del sys.path[0]  # the folder of the command `hornbeam`, or the present one under `python -m`


def _is_zip(program: str) -> bool:
    try:
        with open(program, "rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False


def _ended_by(error: BaseException) -> None:
    """Report an error as the interpreter would, without the frames that stand above the program's own; then end the process."""
    sys.excepthook(type(error), error, _from_the_program(error.__traceback__))
    if isinstance(error, KeyboardInterrupt):
        sys.excepthook = _silent  # said already; the interpreter still ends as one that SIGINT stopped
        raise error
    sys.stdout.flush()
    raise SystemExit(1) from None


def _from_the_program(trace: TracebackType | None) -> TracebackType | None:
    """The traceback from the first frame that is neither this file's nor runpy's."""
    ours = {__file__, runpy.__file__, "<frozen runpy>"}
    while trace is not None and trace.tb_frame.f_code.co_filename in ours:
        trace = trace.tb_next
    return trace


def _silent(*error: Any) -> None:
    """An excepthook that says nothing."""
