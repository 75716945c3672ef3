"""The closed table of names from which strings and saved files become objects.

A file names a class by a word; the word is looked up here and nowhere else, so loading never imports or runs anything that
the program did not register itself (the holes CVE-2025-1550 and CVE-2024-3660 were the other way round).
"""

import contextlib
import importlib
import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from hornbeam.engine import dtypes
from hornbeam.engine.callers import check_init, ours
from hornbeam.engine.errors import ArgumentError, DtypeError, unknown
from hornbeam.engine.threads import within

# Which modules fill each table; imported when a name of that kind is first looked up.
_HOMES: dict[str, tuple[str, ...]] = {
    "activation": ("hornbeam.activations",),
    "constraint": ("hornbeam.constraints",),
    "initializer": ("hornbeam.initializers",),
    "layer": (
        "hornbeam.layers", "hornbeam.models", "hornbeam.utils.feature_space", "hornbeam.dialects.classes",
        "hornbeam.dialects.dense_features", "hornbeam.utils.distillation",
    ),
    "loss": ("hornbeam.losses",),
    "metric": ("hornbeam.metrics",),
    "optimizer": ("hornbeam.optimizers",),
    "quantizer": ("hornbeam.quantizers",),
    "regularizer": ("hornbeam.regularizers",),
    "schedule": ("hornbeam.optimizers",),
}
# The Keras modules that saved files name, and what is in each.
KINDS = {
    "keras": "layer", "keras.layers": "layer", "keras.models": "layer", "keras.src.models.functional": "layer",
    "keras.losses": "loss", "keras.metrics": "metric", "keras.optimizers": "optimizer", "keras.optimizers.schedules": "schedule",
    "keras.initializers": "initializer", "keras.regularizers": "regularizer", "keras.constraints": "constraint",
    "keras.activations": "activation", "keras.quantizers": "quantizer",
}  # fmt: skip
_tables: dict[str, dict[str, Any]] = {}
_custom: dict[str, Any] = {}
_custom_names: dict[Any, str] = {}
_scopes: list[dict[str, Any]] = []


def register(kind: str, *aliases: str) -> Callable[[Any], Any]:
    """Decorator: enter a class or function into the table of its kind ('layer', 'loss', ...) under its name and `aliases`."""

    def enter(thing: Any) -> Any:
        table = _tables.setdefault(kind, {})
        if inspect.isclass(thing):
            check_init(thing)
        for name in (thing.__name__, *aliases):
            table[name] = thing
        return thing

    return enter


def _table(kind: str) -> dict[str, Any]:
    for module in _HOMES.get(kind, ()):
        importlib.import_module(module)
    return _tables.get(kind, {})


def names(kind: str) -> list[str]:
    """All names of a kind."""
    return sorted(_table(kind))


def lookup(kind: str, name: str) -> Any:
    """The class or function called `name`: custom scopes first, then registered customs, then the library's own table.

    Raises `ArgumentError` with the closest known name.
    """
    found = find(name, kind)
    if found is None:
        raise unknown(kind, name, names(kind))
    return found


def find(name: str, kind: str | None = None) -> Any | None:
    """The object called `name` of a kind (of any kind by default), or None."""
    short = name.rpartition(">")[2]  # `custom_objects` may leave out the package of 'package>Name'
    for scope in reversed(_scopes):
        if name in scope or short in scope:
            return scope.get(name, scope.get(short))
    for table in (_custom, *map(_table, _HOMES if kind is None else (kind,))):
        if name in table:
            return table[name]
    return None


def scoped() -> dict[str, Any]:
    """The objects of the custom scopes that are open, inner ones first."""
    return {name: thing for scope in _scopes for name, thing in scope.items()}


class _Code(threading.local):
    allowed: bool | None = None  # within a scope


_code, _unsafe = _Code(), False


def code_allowed() -> bool:
    """Whether configurations may hold code: within `code_scope(True)`, or everywhere after `enable_unsafe_deserialization`."""
    return _unsafe if _code.allowed is None else _code.allowed


def code_scope(allowed: bool) -> AbstractContextManager[None]:
    """Within the block, on this thread, configurations may (not) hold code."""
    return within(_code, allowed=allowed)


def enable_unsafe_deserialization() -> None:
    """From now on, let configurations and files hold code, which runs on this computer: for files you made yourself."""
    global _unsafe
    _unsafe = True


def serializable(package: str = "Custom", name: str | None = None) -> Callable[[Any], Any]:
    """`register_keras_serializable`: lets saved files name the decorated class or function as `package>name`."""

    def enter(thing: Any) -> Any:
        if inspect.isclass(thing) and not hasattr(thing, "get_config"):
            raise ArgumentError(f"Class {thing.__name__} needs a `get_config` method before it can be registered.")
        full = f"{package}>{name or thing.__name__}"
        _custom[full] = thing
        _custom_names[thing] = full
        return thing

    return enter


def registered_name(obj: Any) -> str:
    """The name a saved file uses for a class or function."""
    return _custom_names.get(obj, obj.__name__)


@contextlib.contextmanager
def custom_object_scope(objects: dict[str, Any]) -> Iterator[None]:
    """Within the block, strings and saved files may also name `objects`."""
    _scopes.append(dict(objects))
    try:
        yield
    finally:
        _scopes.pop()


def resolve(kind: str, identifier: Any, *, call: bool = True) -> Any:
    """Turn an argument such as `activation=` into an object: None, a string, a config dict, a class or the object itself.

    Args:
        kind: the table to look in, also the word errors use.
        identifier: what the user gave.
        call: make an instance when the identifier names a class.

    Raises:
        ArgumentError: an unknown string. DtypeError: something that is none of the above.
    """
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        return from_config(kind, identifier)
    if isinstance(identifier, str):
        identifier = lookup(kind, identifier)
        return identifier() if call and inspect.isclass(identifier) else identifier
    if inspect.isclass(identifier):
        return identifier() if call else identifier
    if callable(identifier) or hasattr(identifier, "get_config"):
        return identifier
    raise DtypeError(f"A {kind} is given by name, as an object or as a function; received {identifier!r}.")


def to_config(thing: Any) -> Any:
    """The plain data that names `thing`: a function's name, or `{'class_name', 'config', ...}` of an object."""
    if thing is None or isinstance(thing, (str, int, float, bool)):
        return thing
    if isinstance(thing, dtypes.DTypePolicy):
        return dtypes.config_of(thing)
    if hasattr(thing, "get_config") and not inspect.isclass(thing):
        cls = type(thing)
        return {
            "module": None if cls in _custom_names else public_module(cls),
            "class_name": vars(cls).get("keras_name", cls.__name__),  # Keras exports a few classes under another name
            "config": thing.get_config(),
            "registered_name": _custom_names.get(cls) or (None if ours(cls) else cls.__name__),
        }
    if callable(thing):
        return registered_name(thing)
    raise DtypeError(f"{thing!r} cannot be written into a configuration: give it a `get_config` method.")


def public_module(cls: type) -> str:
    """The Keras module a class is known by, which saved files carry beside its name."""
    parts = cls.__module__.split(".")
    if parts[0] != "hornbeam":
        return cls.__module__
    if cls.__name__ == "Functional":
        return "keras.src.models.functional"  # where Keras's reader looks for it
    if parts[1:3] == ["optimizers", "schedules"]:
        return "keras.optimizers.schedules"
    return "keras" if parts[1] == "models" else f"keras.{parts[1]}"


def from_config(kind: str, config: dict[str, Any]) -> Any:
    """Rebuild what `to_config` described, by registered names only."""
    if "class_name" not in config:
        raise ArgumentError(f"A configuration of a {kind} needs the key 'class_name'; received the keys {sorted(config)}.")
    cls = lookup(kind, config.get("registered_name") or config["class_name"])
    inner = config.get("config", {})
    if not inspect.isclass(cls):
        return cls
    return cls.from_config(inner) if hasattr(cls, "from_config") else cls(**inner)


def make(cls: Any, arguments: dict[str, Any]) -> Any:
    """An object of a user's class from the arguments it was made with, as `to_config` wrote them.

    Arguments that describe objects become objects again. A name, trainable or dtype that `__init__` does not take (it was chosen for
    the object, not given to it) is set afterwards.
    """
    takes = inspect.signature(cls.__init__).parameters
    arguments = {name: _revived(value) for name, value in arguments.items()}
    later: dict[str, Any] = {}
    if not any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in takes.values()):
        later = {name: arguments.pop(name) for name in ("name", "trainable", "dtype") if name in arguments and name not in takes}
    made = cls(**arguments)
    if "name" in later:
        made.name = later["name"]
    if later.get("trainable") is False:
        made.trainable = False
    if "dtype" in later:
        made.dtype_policy = dtypes.as_policy(later["dtype"])
    return made


def _revived(value: Any) -> Any:
    if not isinstance(value, dict) or not isinstance(value.get("class_name"), str) or "config" not in value:
        return value
    if value["class_name"] in dtypes.POLICIES:
        return dtypes.as_policy(value)
    kind = KINDS.get(value.get("module") or "")
    if kind is not None:
        return from_config(kind, value)
    own = find(value.get("registered_name") or value["class_name"])
    return value if own is None else own.from_config(value["config"]) if hasattr(own, "from_config") else own
