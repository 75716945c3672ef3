"""Python imports this at the start of every process that a program under `hornbeam run` starts: there too, TensorFlow is Hornbeam.

Workers of multiprocessing and joblib, and `subprocess.run([sys.executable, ...])`, inherit the environment, in which `hornbeam run` has
put this folder at the front of PYTHONPATH. A Python of another installation only finds that nothing is meant for it.
"""

import importlib.machinery
import importlib.util
import os
import sys


class Finder:
    """Installs Hornbeam's import hook when TensorFlow or Keras is first asked for: a program that never asks pays nothing."""

    names = ("tensorflow", "keras", "keras_core", "keras_preprocessing", "tf_keras")

    @classmethod
    def find_spec(cls, name, path=None, target=None):  # type: ignore[no-untyped-def] # as of importlib.abc.MetaPathFinder
        if name not in cls.names:
            return None
        cls.give_way()
        return next((spec for finder in sys.meta_path if (spec := finder.find_spec(name, path, target))), None)

    @classmethod
    def find_distributions(cls, context=None):  # type: ignore[no-untyped-def] # importlib.metadata asks
        if (getattr(context, "name", None) or "").replace("-", "_") not in cls.names:
            return iter(())
        return cls.give_way().find_distributions(context)

    @classmethod
    def give_way(cls):  # type: ignore[no-untyped-def]
        sys.meta_path.remove(cls)
        from hornbeam.tensorflow import hook

        hook.install()
        return hook.Finder()


def install() -> None:
    if Finder not in sys.meta_path:
        sys.meta_path.insert(0, Finder)


def run_the_next() -> None:
    """Run the sitecustomize that this one stands before, if there is one."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder) != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


if __name__ == "sitecustomize":
    if os.environ.get("HORNBEAM_HOOK") == sys.prefix:
        install()
    run_the_next()
