"""Whether Hornbeam has a TensorFlow or Keras name, and takes an argument."""

import dis
import functools
import importlib
import inspect
import itertools
import typing
import warnings
from types import ModuleType
from typing import Any

from hornbeam.data import Dataset
from hornbeam.engine import GradientTape
from hornbeam.engine.door import Op
from hornbeam.layers import Layer
from hornbeam.models import Model, Sequential
from hornbeam.optimizers import Optimizer
from hornbeam.tensorflow.hook import real_name

# What every layer takes besides its signature: the first layer's shape, in all its spellings.
_OF_LAYERS = {"input_shape", "input_dim", "input_length", "batch_input_shape", "batch_shape", "batch_size", "weights"}
_absent = object()


def module_named(name: str) -> ModuleType | None:
    """Hornbeam's module behind a module name of TensorFlow's or Keras's, or None."""
    real = real_name(name)
    try:
        return None if real is None else importlib.import_module(real)
    except ImportError:
        return None


def find(path: str) -> tuple[Any, str, bool]:
    """What a dotted path leads to (None where that is not known before the program runs), what to call it, and whether it is missing.

    Attributes are followed through modules and classes, and from the objects of a few classes to their methods; the last part of the
    name that is answered with is where the path stopped being known.
    """
    parts = path.split(".")
    found: Any = module_named(parts[0])
    called = parts[0]
    for i, part in enumerate(parts[1:], 2):
        name = part.removesuffix("()")
        kind = found.of if isinstance(found, _Instance) else found
        if not isinstance(kind, (ModuleType, type)):
            return None, called, False
        inner = _attribute(kind, name)
        if inner is _absent and isinstance(found, _Instance) and name in _given(kind):
            return None, called, False
        if inner is _absent and isinstance(kind, ModuleType):
            inner = module_named(".".join(parts[:i])) or _absent
        called = f"{_CLOSED[found.of] if isinstance(found, _Instance) else called}.{name}"
        if inner is _absent:
            rest = itertools.takewhile(lambda each: not each.endswith("()"), [part, *parts[i:]])
            return None, ".".join([called, *list(rest)[1:]]), True
        found = _result(inner) if part.endswith("()") else inner
    return found, called, False


class _Instance:
    """An object of a class all of whose methods are known."""

    def __init__(self, of: type):
        self.of = of


# What objects of these have, a program does not add to.
_CLOSED = {Dataset: "tensorflow.data.Dataset", GradientTape: "tensorflow.GradientTape", Sequential: "tensorflow.keras.Sequential"}


def _result(thing: Any) -> Any:
    """What a call gives, as far as it can be told: an object of a closed class, or None."""
    if not isinstance(thing, type):
        try:
            thing = typing.get_type_hints(thing).get("return")
        except (NameError, TypeError, AttributeError):
            return None
    return next((_Instance(kind) for kind in _CLOSED if isinstance(thing, type) and issubclass(thing, kind)), None)


@functools.cache
def _given(kind: type) -> frozenset[str]:
    """The attributes that a class's own methods give its objects."""
    methods = [each for cls in kind.__mro__ for each in vars(cls).values() if inspect.isfunction(each)]
    return frozenset(step.argval for each in methods for step in dis.get_instructions(inspect.unwrap(each)) if step.opname == "STORE_ATTR")


def _attribute(owner: Any, name: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an older spelling is as good
        try:
            return getattr(owner, name)
        except AttributeError:
            return _absent
        except ImportError:  # it is there, and needs an extra that is not installed
            return None


def refused(thing: Any, keywords: tuple[str, ...]) -> list[str]:
    """Those of the keyword arguments that a class or function is known not to take."""
    taken = _taken(thing)
    return [] if taken is None else [name for name in keywords if name not in taken]


def _taken(thing: Any) -> set[str] | None:
    """The arguments a thing takes by name, older spellings included; None where that cannot be told."""
    if isinstance(thing, Op):
        return {*thing.parameters, *thing.renamed, "name"}
    if isinstance(thing, type):
        taken = set(_OF_LAYERS if issubclass(thing, Layer) else ())
        if issubclass(thing, Model):
            taken |= {"inputs", "outputs", "input", "output"}
        for cls in thing.__mro__:
            own = _parameters(vars(cls)["__init__"]) if "__init__" in vars(cls) else (set(), True)
            if own is None:
                return None
            taken |= own[0]
            if not own[1]:
                return taken
            if cls in (Layer, Optimizer):
                return taken  # refuses what is left over
        return None
    if not inspect.isfunction(thing):
        return None
    own = _parameters(thing)
    return None if own is None or own[1] else own[0]


def _parameters(function: Any) -> tuple[set[str], bool] | None:
    """The names of a function's arguments, and whether it hands on others."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    names = {p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL, p.POSITIONAL_ONLY)}
    while function is not None:
        names |= getattr(function, "older_arguments", frozenset())
        function = getattr(function, "__wrapped__", None)
    return names, any(p.kind is p.VAR_KEYWORD for p in parameters)
