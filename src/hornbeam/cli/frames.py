"""Tracebacks as a program's author wants them: the program's own lines, with Hornbeam's folded into one.

`HORNBEAM_TRACEBACK=full` shows everything.
"""

import os
import site
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import TracebackType
from typing import Any

PACKAGE = str(Path(__file__).resolve().parents[1]) + os.sep
_PATHS = sysconfig.get_paths()
_SITES = tuple(folder + os.sep for folder in {_PATHS["purelib"], _PATHS["platlib"], *site.getsitepackages(), site.getusersitepackages()})
_LIBRARIES = (*_SITES, _PATHS["stdlib"] + os.sep, _PATHS["platstdlib"] + os.sep, "<frozen ")
_STANDINS = ("tensorflow", "keras", "keras_core", "tf_keras")


def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """An excepthook: prints what the interpreter would, folded, and a sentence where a package needs the real TensorFlow."""
    sys.stdout.flush()
    print(text(error, trace), end="", file=sys.stderr)
    if sentence := explanation(error, trace):
        print(sentence, file=sys.stderr)
    sys.stderr.flush()


def text(error: BaseException, trace: TracebackType | None) -> str:
    """The traceback of an error and of those behind it, folded unless HORNBEAM_TRACEBACK=full."""
    told = traceback.TracebackException(type(error), error, trace, compact=True)
    if os.environ.get("HORNBEAM_TRACEBACK") != "full":
        _fold(told)
    return "".join(told.format())


def is_ours(file: str) -> bool:
    """Whether a file is part of Hornbeam, or of Python's import system, through which names of Hornbeam's are found."""
    return file.startswith((PACKAGE, "<frozen importlib"))


def is_library(file: str) -> bool:
    """Whether a file is Hornbeam's, an installed package's or Python's: not the user's own."""
    return is_ours(file) or file.startswith(_LIBRARIES)


class _Folded(traceback.StackSummary):
    """A stack in which a line may stand for several frames: one whose name is empty and whose number counts them."""

    def format_frame_summary(self, frame_summary: traceback.FrameSummary, **options: Any) -> str:
        if frame_summary.name:
            return super().format_frame_summary(frame_summary, **options)
        count = frame_summary.lineno
        return f"  ... {count} frame{'s' if count != 1 else ''} inside hornbeam (HORNBEAM_TRACEBACK=full shows them)\n"


def _fold(told: traceback.TracebackException) -> None:
    """Fold an error's stack and those of the errors behind it. Ours that all happened inside Hornbeam are left out: the last says it."""
    for behind in ("__cause__", "__context__"):
        other = getattr(told, behind)
        if other is None:
            continue
        if _is_ours(told) and all(is_library(frame.filename) for frame in other.stack):
            setattr(told, behind, None)
        else:
            _fold(other)
    for inner in told.exceptions or ():
        _fold(inner)
    notes = getattr(told, "__notes__", None) or []
    told.__notes__ = [note for note in notes if "JAX has removed its internal frames" not in note]  # type: ignore[attr-defined]
    told.stack = _Folded(_folded(told.stack))


def _is_ours(told: traceback.TracebackException) -> bool:
    return bool(told.stack) and is_ours(told.stack[-1].filename)


def _folded(stack: traceback.StackSummary) -> Iterator[traceback.FrameSummary]:
    """The frames, each run that begins in Hornbeam and ends before the user's own code made one entry."""
    run: list[traceback.FrameSummary] = []
    for frame in stack:
        if is_ours(frame.filename) or (run and is_library(frame.filename)):
            run.append(frame)
            continue
        if run:
            yield _count(run)
            run = []
        yield frame
    if run:
        yield _count(run)


def _count(run: list[traceback.FrameSummary]) -> traceback.FrameSummary:
    return traceback.FrameSummary(PACKAGE, len(run), "", lookup_line=False, line="")


def explanation(error: BaseException, trace: TracebackType | None) -> str | None:
    """A sentence to follow the traceback of an error that a missing TensorFlow name raised, else None.

    It names the installed package that needs the real TensorFlow, or the module that the user's own program imports in vain.
    """
    named = type(error).__name__ in ("MissingName", "MissingImport")
    module = error.name or "" if isinstance(error, ImportError) and not isinstance(error, PackageNotFoundError) else ""
    if not named and module.partition(".")[0] not in (*_STANDINS, "hornbeam"):
        return None
    files = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(trace)]
    if not named and any(file.startswith(PACKAGE) for file in files):
        return None  # an import of Hornbeam's own failed
    last = next((file for file in reversed(files) if not is_ours(file)), "")
    folder = next((folder for folder in _SITES if last.startswith(folder)), None)
    if folder is not None:
        package = last.removeprefix(folder).split(os.sep)[0].removesuffix(".py")
        return f"\nThe package {package} needs the real TensorFlow: it uses a part of it that Hornbeam does not have."
    if not named:  # the names' own messages say it
        return f"\nHornbeam has no {module}. `hornbeam check {_shorter(last)}` lists every TensorFlow and Keras name that is missing."
    return None


def _shorter(file: str) -> str:
    return min(file, os.path.relpath(file), key=len) if os.path.isfile(file) else "FILE"


def prune(error: BaseException, above: tuple[BaseException, ...] = ()) -> BaseException:
    """Take Hornbeam's frames out of an error's traceback and of those behind it, for a shell that prints tracebacks in its own way."""
    if os.environ.get("HORNBEAM_TRACEBACK") == "full":
        return error
    told = traceback.TracebackException(type(error), error, error.__traceback__)
    above = (*above, error)
    for behind in (error.__cause__, error.__context__):
        if behind is None or any(behind is each for each in above):  # `raise error from error` makes a ring
            continue
        files = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(behind.__traceback__)]
        if _is_ours(told) and all(map(is_library, files)):
            error.__cause__, error.__suppress_context__ = None, True
        else:
            prune(behind, above)
    return error.with_traceback(_without_ours(error.__traceback__))


def _without_ours(trace: TracebackType | None) -> TracebackType | None:
    kept: list[TracebackType] = []
    each, inside = trace, False
    while each is not None:
        file = each.tb_frame.f_code.co_filename
        inside = is_ours(file) or (inside and is_library(file))
        if not inside:
            kept.append(each)
        each = each.tb_next
    made: TracebackType | None = None
    for each in reversed(kept):
        made = TracebackType(made, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return made or trace
