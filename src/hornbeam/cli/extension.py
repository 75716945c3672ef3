"""`%load_ext hornbeam`: from then on, TensorFlow and Keras are Hornbeam in this notebook, and tracebacks show its author's lines."""

import sys
from types import TracebackType
from typing import Any

from hornbeam.cli import frames
from hornbeam.cli.children import sitecustomize
from hornbeam.cli.run import prepare
from hornbeam.tensorflow import hook


def load_ipython_extension(shell: Any) -> None:
    """IPython calls this on `%load_ext hornbeam`."""
    prepare()
    shell.set_custom_exc((Exception,), _show)


def unload_ipython_extension(shell: Any) -> None:
    """IPython calls this on `%unload_ext hornbeam`."""
    hook.uninstall()
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not sitecustomize.Finder]
    shell.set_custom_exc((), None)


def _show(shell: Any, kind: type[BaseException], error: BaseException, trace: TracebackType, tb_offset: int | None = None) -> None:
    """IPython's own traceback, of the frames that are not Hornbeam's."""
    sentence = frames.needs_tensorflow(error, trace)
    error = frames.prune(error)
    shell.showtraceback((kind, error, error.__traceback__), tb_offset=tb_offset)
    if sentence:
        print(sentence)
