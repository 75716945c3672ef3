"""Python imports this at the start of every process that a program under `hornbeam run` starts: there too, TensorFlow is Hornbeam.

Workers of multiprocessing and joblib, and `subprocess.run([sys.executable, ...])`, inherit the environment, in which `hornbeam run` has
put this folder at the front of PYTHONPATH. A Python of another installation only finds that nothing is meant for it.
"""

import importlib.machinery
import importlib.util
import os
import sys


class _Finder:
    """Installs Hornbeam's import hook when TensorFlow or Keras is first asked for: a process that never asks pays nothing."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name not in ("tensorflow", "keras", "tf_keras"):
            return None
        sys.meta_path.remove(cls)
        from hornbeam.tensorflow import hook

        hook.install()
        return next(spec for finder in sys.meta_path if (spec := finder.find_spec(name, path, target)))


def _next() -> None:
    """Run the sitecustomize that this one stands before, if there is one."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder) != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


if os.environ.get("HORNBEAM_HOOK") == sys.prefix:
    sys.meta_path.insert(0, _Finder)
_next()
