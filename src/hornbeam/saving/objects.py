"""Objects as plain data and back, by registered names only.

Nothing here imports a module that a file names, and no code in a file is run: a class is looked up among the library's own,
those registered with `register_keras_serializable` and those the caller hands over as `custom_objects`.
"""

import contextlib
import inspect
import json
from collections.abc import Iterator
from types import NoneType
from typing import Any

import numpy as np

from hornbeam.engine import dtypes, registry
from hornbeam.engine.callers import ours
from hornbeam.engine.errors import ArgumentError, DataError, DtypeError
from hornbeam.engine.tensor import Tensor, is_tensor
from hornbeam.layers.function import is_own
from hornbeam.saving import dialect

# Entries that stand for values rather than classes.
_VALUES = ("__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__slice__", "__ellipsis__", "__tuple__", "function",
           "Feature", "Cross", *dtypes.POLICIES)  # fmt: skip


def serialize_layer(layer: Any) -> Any:
    """`keras.layers.serialize`."""
    return serialize_keras_object(layer)


def serialize_keras_object(obj: Any) -> Any:
    """`obj` as plain data: numbers and strings themselves, containers of such, objects as `{'class_name', 'config', ...}`.

    Raises: DtypeError, for an object without `get_config` and for a lambda.
    """
    if obj is None or isinstance(obj, (bool, int, float, str)):
        return str(obj) if isinstance(obj, dtypes.DType) else obj
    if isinstance(obj, (list, tuple)):
        return [serialize_keras_object(each) for each in obj]
    if isinstance(obj, dict):
        return {name: serialize_keras_object(each) for name, each in obj.items()}
    if isinstance(obj, np.generic):
        return obj.item()
    if isinstance(obj, np.ndarray):
        return {"class_name": "__numpy__", "config": {"value": obj.tolist(), "dtype": str(obj.dtype)}}
    if is_tensor(obj):
        return {"class_name": "__tensor__", "config": {"value": obj.numpy().tolist(), "dtype": str(obj.dtype)}}
    if isinstance(obj, bytes):
        return {"class_name": "__bytes__", "config": {"value": obj.decode("latin-1")}}
    if isinstance(obj, slice):
        return {"class_name": "__slice__", "config": {"start": obj.start, "stop": obj.stop, "step": obj.step}}
    if obj is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if getattr(obj, "__name__", "") == "<lambda>":
        refuse_lambdas(obj.__name__, "the configuration")
    return registry.to_config(obj)


def deserialize_keras_object(config: Any, custom_objects: dict[str, Any] | None = None, safe_mode: bool = True, **kwargs: Any) -> Any:
    """What `serialize_keras_object` described.

    Args:
        config: a description, or the name of one of `custom_objects` or of what a package lists in `module_objects`.
        custom_objects: your own classes and functions by name.
        safe_mode: refuse entries that hold code.

    Raises: ArgumentError, for a name that is not registered. DataError, for one that holds code.
    """
    listed, custom = kwargs.get("module_objects") or {}, custom_objects or {}
    if isinstance(config, str):
        found = listed.get(config, config)
        return custom.get(config, found() if inspect.isclass(found) else found)
    with custom_object_scope({**{name: each for name, each in listed.items() if callable(each)}, **custom}):
        config = dialect.modern(config)
        check(config, "The configuration", safe_mode)
        with registry.code_scope(not safe_mode or registry.code_allowed()):
            return _value(config)


def _value(config: Any) -> Any:
    if isinstance(config, list):
        return [_value(each) for each in config]
    if not isinstance(config, dict):
        return config
    if "class_name" not in config:
        return {name: _value(each) for name, each in config.items()}
    name, inner = config["class_name"], config.get("config", {})
    if name == "__numpy__":
        return np.array(inner["value"], dtypes.standardize(inner["dtype"]).numpy)
    if name == "__tensor__":
        return Tensor(inner["value"], inner["dtype"])
    if name == "__bytes__":
        return inner["value"].encode("latin-1")
    if name == "__slice__":
        return slice(inner["start"], inner["stop"], inner["step"])
    if name == "__ellipsis__":
        return Ellipsis
    if name == "__tuple__":
        return tuple(_value(each) for each in config.get("items", inner))
    if name in dtypes.POLICIES:
        return dtypes.as_policy(config)
    kind = registry.KINDS.get(config.get("module"))
    if kind is None:  # a class of the user's own
        found = registry.find(config.get("registered_name") or name)
        if found is None:
            raise unknown_class(config, "The configuration")
        return found.from_config(inner) if hasattr(found, "from_config") else found(**inner) if inspect.isclass(found) else found
    return registry.from_config(kind, config)


def check(config: Any, file: str, safe_mode: bool = True) -> None:
    """Look through a configuration before anything is made of it.

    Raises: DataError when it holds code (unless `safe_mode` is False), ArgumentError when it names a class this program does not know.
    """
    if isinstance(config, list):
        for each in config:
            check(each, file, safe_mode)
        return
    if not isinstance(config, dict):
        return
    name = config.get("class_name")
    if not isinstance(config.get("registered_name", ""), (str, NoneType)):
        raise DataError(f"{file} is damaged: the class {name!r} is registered as {config['registered_name']!r}.")
    if isinstance(name, str):
        inner = config.get("config")
        if safe_mode and not registry.code_allowed() and _holds_code(name, inner):
            raise DataError(
                f"{file} is refused: {_where(config)} holds Python code, which would run on this computer. If you trust whoever made the "
                "file, pass safe_mode=False; better, save a named function that is registered with register_keras_serializable."
            )
        if name not in _VALUES and name != "__lambda__" and not _known(config):
            raise unknown_class(config, file)
    for each in config.values():
        check(each, file, safe_mode)


def _holds_code(name: str, inner: Any) -> bool:
    """Whether an entry holds code that another process wrote."""
    if name == "__lambda__":
        return not (isinstance(inner, dict) and is_own(inner.get("code")))
    if name != "Lambda" or not isinstance(inner, dict):
        return False
    for part in ("function", "mask", "output_shape"):
        code, kind = inner.get(part), inner.get(f"{part}_type")
        if isinstance(code, dict) and code.get("class_name") == "__lambda__":
            foreign = _holds_code("__lambda__", code.get("config"))
        else:
            marked = kind == "lambda" or (part == "function" and isinstance(code, list))
            foreign = marked and not (isinstance(code, list) and code and is_own(code[0]))
        if foreign:
            return True
    return False


def _known(config: dict[str, Any]) -> bool:
    module = str(config.get("module") or "")
    if config.get("registered_name") == "op" or module.startswith(("keras.src.ops", "keras.ops")):
        return True  # an operation of a functional model, which looks it up in its own closed table
    name = config.get("registered_name") or config["class_name"]
    if registry.find(name) is not None:
        return True
    return module.startswith("keras") and registry.find(config["class_name"]) is not None


def own_functions(names: Any, file: str) -> Any:
    """A loss or metrics of `compile`, with strings that name a user's own function replaced by it while it can be looked up.

    Raises: ArgumentError, for a string that names nothing.
    """
    if isinstance(names, list):
        return [own_functions(each, file) for each in names]
    if isinstance(names, dict) and "class_name" not in names:
        return {key: own_functions(each, file) for key, each in names.items()}
    if not isinstance(names, str) or names in ("accuracy", "acc", "crossentropy", "ce"):
        return names
    found = registry.find(names)
    if found is None:
        raise ArgumentError(
            f"{file} was compiled with the function '{names}', which this program does not know. Pass it along, as in load_model(path, "
            f"custom_objects={{'{names}': {names}}}), or leave the arguments of compile with compile=False."
        )
    return names if ours(found) else found


def _where(config: dict[str, Any]) -> str:
    inner = config.get("config")
    name = inner.get("name") if isinstance(inner, dict) else config.get("name")
    return f"its {config['class_name']}" + (f" '{name}'" if isinstance(name, str) else "")


def unknown_class(config: dict[str, Any], file: str) -> ArgumentError:
    """The error for a class that is not registered: which, and how to register it."""
    cls, saved = config["class_name"], config.get("registered_name") or config["class_name"]
    if str(config.get("module") or "").startswith("keras"):
        kind = registry.KINDS.get(config["module"], "layer")
        return ArgumentError(f"{file} uses Keras's {kind} '{cls}', which Hornbeam does not have (yet).")
    package = saved.rpartition(">")[0]
    decorator = f"@register_keras_serializable(package={package!r})" if package else "@register_keras_serializable()"
    return ArgumentError(
        f"{file} uses the class '{cls}'" + (f" (registered as '{saved}')" if saved != cls else "") + ", which this program does not know. "
        f"Pass it along, as in load_model(path, custom_objects={{'{cls}': {cls}}}), or write {decorator} from hornbeam.saving above the "
        "class before loading. (Files never say where to import a class from: that would let them run code.)"
    )


def refuse_lambdas(config: Any, what: str) -> None:
    """Raises `DtypeError` when a configuration about to be written names a lambda, which nothing could be made of again."""
    stack = [(config, what)]
    while stack:
        found, owner = stack.pop()
        if found == "<lambda>":
            raise DtypeError(
                f"The function given to {owner} is a lambda, which cannot be written to a file. Give it a name with `def`, and "
                "register it: @register_keras_serializable() from hornbeam.saving."
            )
        if isinstance(found, dict):
            inner = found.get("config")
            if "class_name" in found and isinstance(inner, dict) and "name" in inner:
                owner = f"{found['class_name']} '{inner['name']}'"
            stack += [(each, owner) for each in found.values()]
        elif isinstance(found, (list, tuple)):
            stack += [(each, owner) for each in found]


# JSON.
def to_json(config: Any, what: str, **kwargs: Any) -> str:
    """A configuration as JSON. Raises `DtypeError` naming a value that is not plain data."""

    def plain(value: Any) -> Any:
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, (np.ndarray, set, frozenset, slice, bytes)) or is_tensor(value) or value is Ellipsis:
            return serialize_keras_object(sorted(value) if isinstance(value, (set, frozenset)) else value)
        if hasattr(value, "get_config") or callable(value):
            return serialize_keras_object(value)
        if type(value).__module__.startswith(("numpy", "ml_dtypes", "jax")):
            return str(np.dtype(value))
        raise DtypeError(
            f"The configuration of {what} holds {value!r}, which cannot be written to a file: get_config returns numbers, strings, "
            "lists and dicts, and objects as serialize_keras_object(object)."
        )

    return json.dumps(config, default=plain, **kwargs)


def from_json(text: str | bytes, file: str) -> Any:
    """Parsed JSON. Raises `DataError` when it is not."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{file} holds no valid JSON ({type(error).__name__}: {error}).") from None


def model_to_json(model: Any, **kwargs: Any) -> str:
    """The architecture of a model as JSON, without weights."""
    config = registry.to_config(model)
    refuse_lambdas(config, f"model '{model.name}'")
    return to_json(config, f"model '{model.name}'", **kwargs)


def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """The model that `model_to_json` described, with new weights."""
    return deserialize_keras_object(from_json(json_string, "The text"), custom_objects)


# Names.
get_registered_name = registry.registered_name


def get_registered_object(
    name: str, custom_objects: dict[str, Any] | None = None, module_objects: dict[str, Any] | None = None
) -> Any | None:
    """The class or function registered under `name`, or None."""
    for table in (custom_objects or {}, module_objects or {}):
        if name in table:
            return table[name]
    return registry.find(name)


def get_custom_objects() -> dict[str, Any]:
    """The table of your own classes and functions, to look at or add to."""
    return registry._custom


@contextlib.contextmanager
def custom_object_scope(custom_objects: dict[str, Any] | None = None) -> Iterator[None]:
    """Within the block, strings and files may also name `custom_objects`."""
    with registry.custom_object_scope(custom_objects or {}):
        yield


CustomObjectScope = custom_object_scope
