"""tf.Module: an object that knows its Variables; and the scopes that name them."""

import functools
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.variable import Variable


class _Scopes(threading.local):
    names: tuple[str, ...] = ()


_scopes = _Scopes()


class name_scope:
    """A block in which Variables' names begin with `name/`. As `with`'s target it gives that beginning."""

    def __init__(self, name: str, default_name: Any = None, values: Any = None):
        if not isinstance(name, str) and name is not None:
            raise ArgumentError(f"tf.name_scope takes a name; received {type(name).__name__}.")
        self._name = name if name is not None else default_name or ""

    @property
    def name(self) -> str:
        return self._name

    def __enter__(self) -> str:
        self._outer = _scopes.names
        # A name that ends with '/' is whole already: the scope of a module, entered again.
        whole = self._name.endswith("/")
        _scopes.names = tuple(self._name.rstrip("/").split("/")) if whole else (*self._outer, *filter(None, [self._name]))
        return scoped("")

    def __exit__(self, *exc: Any) -> None:
        _scopes.names = self._outer


def scoped(name: str) -> str:
    """A name with the scopes that are open before it."""
    return "".join(f"{each}/" for each in _scopes.names) + name


class Module:
    """An object that finds the Variables and modules among its attributes, in lists, tuples and dicts too.

    Args:
        name: a Python identifier; by default the class's name in small letters, with underscores.
    """

    def __init__(self, name: str | None = None):
        if name is None:
            name = re.sub(r"(?<=[a-z0-9])([A-Z])|(?<=[A-Z])([A-Z])(?=[a-z])", r"_\1\2", type(self).__name__).lower()
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise ArgumentError(f"{name!r} is not a valid name of a module: it must be a Python identifier.")
        self._name = name
        self._name_scope = scoped(name) + "/"

    @property
    def name(self) -> str:
        return self._name

    @property
    def name_scope(self) -> name_scope:
        """The block in which the module's Variables are named: `with self.name_scope:`."""
        return name_scope(self._name_scope)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Every Variable of this module and those inside it, by attributes in alphabetical order."""
        return tuple(found for found in _found(self) if isinstance(found, Variable))

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        return tuple(each for each in self.variables if each.trainable)

    @property
    def non_trainable_variables(self) -> tuple[Variable, ...]:
        return tuple(each for each in self.variables if not each.trainable)

    @property
    def submodules(self) -> tuple[Any, ...]:
        """The modules and layers inside this one."""
        return tuple(found for found in _found(self) if not isinstance(found, Variable))

    def _flatten(self, recursive: bool = True, predicate: Callable[[Any], bool] | None = None, **options: Any) -> Iterator[Any]:
        return (found for found in _found(self) if predicate is None or predicate(found))

    @classmethod
    def with_name_scope(cls, method: Callable) -> Callable:
        """Decorator: the method runs in the module's name scope."""

        @functools.wraps(method)
        def scoped_method(self: Any, *args: Any, **kwargs: Any) -> Any:
            with self.name_scope:
                return method(self, *args, **kwargs)

        return scoped_method


def _is_layer(value: Any) -> bool:
    """Whether a value is a Keras layer or model, which keeps its own Variables."""
    return hasattr(type(value), "trainable_variables") and hasattr(type(value), "variables")


def _found(module: Any) -> list[Any]:
    """The Variables and modules inside a module, each once: first those of its own attributes, then those further inside."""
    found: dict[int, Any] = {}
    seen: set[int] = {id(module)}

    def within(value: Any) -> Iterator[Any]:
        if isinstance(value, (Variable, Module)) or _is_layer(value):
            yield value
        elif isinstance(value, dict):
            for key in sorted(value, key=str):
                yield from within(value[key])
        elif isinstance(value, (list, tuple)):
            for each in value:
                yield from within(each)

    def walk(owner: Any) -> None:
        inner = []
        for name in sorted(vars(owner)):
            for each in within(vars(owner)[name]):
                if id(each) in seen:
                    continue
                seen.add(id(each))
                found[id(each)] = each
                if not isinstance(each, Variable):
                    inner.append(each)
        for each in inner:
            if isinstance(each, Module):
                walk(each)
            else:
                for variable in each.variables:
                    found.setdefault(id(variable), variable)
                for layer in getattr(each, "_flatten_layers", lambda **options: [])(include_self=False):
                    found.setdefault(id(layer), layer)

    walk(module)
    return list(found.values())
