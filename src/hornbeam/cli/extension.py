"""`%load_ext hornbeam`: from then on, TensorFlow and Keras are Hornbeam in this notebook, and tracebacks show its author's lines."""

import re
import sys
import warnings
from types import TracebackType
from typing import Any

from hornbeam.cli import frames
from hornbeam.cli.children import sitecustomize
from hornbeam.cli.run import prepare
from hornbeam.engine.callers import ours
from hornbeam.tensorflow import hook

_INSTALLS = re.compile(r"\s*(?:\S*python\S*\s+-m\s+)?(?:\S*/)?pip3?\s+install\s+(.*)", re.DOTALL)
_REPLACED = re.compile(
    r"""['"]?(tensorflow|tf[-_]nightly|keras|tf[-_]keras|tensorflow[-_](cpu|gpu|intel|macos|metal))(\[[\w,-]*\])?([=<>~!].*)?['"]?"""
)


def load_ipython_extension(shell: Any) -> None:
    """IPython calls this on `%load_ext hornbeam`."""
    known = sys.modules.get("tensorflow")
    if known is not None and not ours(getattr(known, "__name__", None)):
        print("hornbeam: TensorFlow has been imported here already. Restart the kernel and load the extension first.")
    prepare()
    shell.set_custom_exc((Exception, KeyboardInterrupt), _show)
    warnings.filterwarnings("ignore", r"os\.fork\(\) was called", RuntimeWarning)  # by `!command`, which runs no JAX after the fork
    shell.register_magic_function(lambda line: None, magic_name="tensorflow_version")  # Colab's
    if "system" not in vars(shell):
        run = shell.system
        shell.system = lambda command: None if _installs_only_tensorflow(command) else run(command)


def unload_ipython_extension(shell: Any) -> None:
    """IPython calls this on `%unload_ext hornbeam`."""
    hook.uninstall()
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not sitecustomize.Finder]
    shell.set_custom_exc((), None)
    vars(shell).pop("system", None)


def _installs_only_tensorflow(command: str) -> bool:
    """Whether a shell command is a `pip install` of TensorFlow or Keras and nothing else, which is not needed here; it is then said."""
    found = _INSTALLS.fullmatch(command.strip())
    if found is None:
        return False
    wanted = [word for word in found[1].split() if not word.startswith("-")]
    if not wanted or not all(_REPLACED.fullmatch(word) for word in wanted):
        return False
    print(f"hornbeam: {' '.join(wanted)} is not installed, Hornbeam stands in for it.")
    return True


def _show(shell: Any, kind: type[BaseException], error: BaseException, trace: TracebackType, tb_offset: int | None = None) -> None:
    """IPython's own traceback, of the frames that are not Hornbeam's."""
    sentence = frames.explanation(error, trace)
    error = frames.prune(error)
    shell.showtraceback((kind, error, error.__traceback__), tb_offset=tb_offset)
    if sentence:
        print(sentence)
