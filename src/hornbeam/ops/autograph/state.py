"""The variables that converted blocks share, and how values of all kinds pass through staged branches and loops."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from hornbeam.engine.effects import HostOnly
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor


class Undefined:
    """Stands in a variable that has no value on some path; any use raises, saying which variable and why."""

    def __init__(self, name: str, reason: str = "", python: bool = False):
        self._hb_name, self._hb_reason, self._hb_python = name, reason, python

    def __repr__(self) -> str:
        return f"<undefined '{self._hb_name}'>"

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        reason = self._hb_reason or "it is used before it has a value"
        if self._hb_python:
            raise HostOnly(f"The variable '{self._hb_name}' holds another Python object on each path of an `if` on a tensor.")
        raise UndefinedError(f"The variable '{self._hb_name}' cannot be used here: {reason}.")

    __hornbeam_absent__ = _refuse  # what a program does on finding it among its results

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._refuse()


class UndefinedError(ArgumentError, UnboundLocalError):
    """A variable was used that has no value on some path of traced control flow."""


for _name in [
    "add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "floordiv", "rfloordiv", "mod", "rmod", "pow", "rpow", "matmul",
    "rmatmul", "and", "rand", "or", "ror", "xor", "rxor", "lt", "le", "gt", "ge", "neg", "abs", "invert", "getitem", "setitem", "len",
    "iter", "bool", "int", "float", "index", "call", "array", "contains", "enter",
]:  # fmt: skip
    setattr(Undefined, f"__{_name}__", Undefined._refuse)


def traced(value: Any) -> bool:
    """Whether a value is a tensor that only the running program has."""
    return isinstance(value, Tensor) and value.is_traced or (hasattr(value, "__hornbeam_tensor__") and as_tensor(value).is_traced)


class State:
    """The variables that some block functions share, by name: the cells of their closures."""

    def __init__(self, names: tuple[str, ...], *functions: Callable, places: tuple = ()):
        self.cells: dict[str, Any] = {}
        self.places = {name: (base, key, kind) for name, base, key, kind in places}  # attributes and items, by their text
        self.line = functions[0].__code__.co_firstlineno
        for function in functions:
            for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
                if name in names:
                    self.cells[name] = cell

    @property
    def names(self) -> list[str]:
        return [*self.cells, *self.places]

    def read(self, name: str) -> Any:
        if name in self.places:
            base, key, kind = self.places[name]
            try:
                return getattr(base(), key()) if kind == "attribute" else base()[key()]
            except (AttributeError, LookupError, NameError, TypeError):
                return Undefined(name)
        try:
            return self.cells[name].cell_contents
        except ValueError:
            return Undefined(name)

    def get(self) -> dict[str, Any]:
        return {name: self.read(name) for name in self.names}

    def set(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            if name in self.places:
                self._put(name, value)
            elif isinstance(value, Undefined) and not value._hb_reason:
                if not isinstance(self.read(name), Undefined):
                    del self.cells[name].cell_contents
            else:
                self.cells[name].cell_contents = value

    @contextlib.contextmanager
    def holding(self, values: dict[str, Any]) -> Iterator[None]:
        """A block in which the variables have these values. Afterwards they have what they had: a gradient traces a block anew, later."""
        outside = self.get()
        self.set(values)
        try:
            yield
        finally:
            self.set(outside)

    def _put(self, name: str, value: Any) -> None:
        base, key, kind = self.places[name]
        now = self.read(name)
        if now is value or (isinstance(now, Undefined) and isinstance(value, Undefined)):
            return
        if isinstance(value, Undefined) and not value._hb_reason:
            delattr(base(), key()) if kind == "attribute" else base().pop(key())
        elif kind == "attribute":
            setattr(base(), key(), value)
        else:
            base()[key()] = value


class Leaves:
    """A structure taken apart: its leaves, of which some are tensors (or can be), and its form."""

    def __init__(self, structure: Any):
        self.leaves, self.tree = jax.tree.flatten(structure, is_leaf=is_leaf)

    def rebuild(self, leaves: list[Any]) -> Any:
        return jax.tree.unflatten(self.tree, leaves)


def is_leaf(value: Any) -> bool:
    return value is None or is_tensor(value) or isinstance(value, Undefined)


def is_number(value: Any) -> bool:
    """Whether a leaf that is no tensor can become one."""
    return isinstance(value, (bool, int, float, complex, np.ndarray, np.generic)) and np.asarray(value).dtype.kind in "biufcV"


def is_python_number(value: Any) -> bool:
    return isinstance(value, (bool, int, float, complex)) and not isinstance(value, np.generic)


def same(a: Any, b: Any) -> bool:
    """Whether two leaves are one and the same thing that no program need compute."""
    if a is b:
        return True
    if is_tensor(a) or is_tensor(b) or type(a) is not type(b):
        return False
    try:
        return bool(np.array_equal(a, b)) if isinstance(a, np.ndarray) else bool(a == b)
    except Exception:
        return False
