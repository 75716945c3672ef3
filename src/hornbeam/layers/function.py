"""Lambda: any function as a layer. The one place where a file may hold code, which is never run unless the caller allows it."""

import base64
import binascii
import inspect
import marshal
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from hornbeam import ops
from hornbeam.engine import registry
from hornbeam.engine.conversion import convert_if_tracing
from hornbeam.engine.errors import ArgumentError, DataError, DtypeError
from hornbeam.layers.layer import Layer


@registry.register("layer")
class Lambda(Layer):
    """`function(inputs, **arguments)` as a layer.

    Args:
        function: of the inputs, and of `mask` and `training` if it takes them.
        output_shape: not needed: the outputs' shape is found by calling the function.
        mask: the mask of the outputs, or a function of the inputs and their mask that gives it; by default there is none.
        arguments: further arguments of the function.

    A named function is saved by its name, under which it is found again if it is registered (`register_keras_serializable`)
    or passed as `custom_objects`. A lambda is saved as compiled code for this version of Python; it is loaded only with
    `safe_mode=False`, or by the very process that saved it. A layer class of your own has neither limit.
    """

    takes_ragged = True

    def __init__(
        self, function: Callable, output_shape: Any = None, mask: Any = None, arguments: dict[str, Any] | None = None, **kwargs: Any
    ):
        if not callable(function):
            raise DtypeError(f"Lambda: function is a function; received {function!r}.")
        super().__init__(**kwargs)
        self.function, self.mask, self.arguments = function, mask, dict(arguments or {})
        self._given_shape = tuple(output_shape) if isinstance(output_shape, list) else output_shape
        try:
            self._wants = set(inspect.signature(function).parameters)
        except ValueError:  # functions written in C say nothing
            self._wants = set()
        self.supports_masking = mask is not None

    def call(self, inputs: Any, mask: Any = None, training: bool | None = None) -> Any:
        given = {"mask": mask, "training": training}
        wanted = {name: value for name, value in given.items() if name in self._wants}
        return convert_if_tracing(self.function)(inputs, **{**wanted, **self.arguments})

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return self.mask(inputs, previous_mask) if callable(self.mask) else self.mask

    def compute_output_shape(self, input_shape: Any) -> Any:
        if callable(self._given_shape):
            return tuple(self._given_shape(input_shape))
        if self._given_shape is None:
            return super().compute_output_shape(input_shape)
        first = input_shape[0] if input_shape else None
        return (first[0] if isinstance(first, (list, tuple)) else first, *self._given_shape)

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), "function": _write(self.function), "arguments": self.arguments}
        for name, value in (("output_shape", self._given_shape), ("mask", self.mask)):
            if value is not None:
                config[name] = _write(value) if callable(value) else value
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None, safe_mode: bool | None = None) -> "Lambda":
        """Make the layer again. Raises: DataError when it holds code and neither `safe_mode=False` nor the setting allows it."""
        allowed = registry.code_allowed() if safe_mode is None else not safe_mode
        config = dict(config)
        # Keras 2 writes beside each function what kind it is.
        kinds = {name: config.pop(f"{name}_type", None) for name in ("function", "output_shape", "mask")}
        for name in ("module", "function_module", "output_shape_module", "mask_module"):
            config.pop(name, None)
        with registry.custom_object_scope(custom_objects or {}):
            for name, kind in kinds.items():
                if name in config:
                    config[name] = _read(config[name], kind, allowed, config.get("name", cls.__name__))
            return cls(**config)


# Code that this process has written, and where its names are looked up: to run it again is to run what runs already.
_own: dict[str, tuple[types.CodeType, dict[str, Any]]] = {}


def is_own(code: Any) -> bool:
    """Whether code that a file holds was written by this process."""
    return isinstance(code, str) and code in _own


def _write(function: Callable) -> dict[str, Any]:
    name = registry.registered_name(function) if hasattr(function, "__name__") else type(function).__name__
    if name != "<lambda>":
        return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}
    code = base64.encodebytes(marshal.dumps(function.__code__)).decode("ascii")  # type: ignore[attr-defined]
    _own[code] = (function.__code__, function.__globals__)  # type: ignore[attr-defined]
    cells = function.__closure__ or ()  # type: ignore[attr-defined]
    held = {"code": code, "defaults": function.__defaults__, "closure": [cell.cell_contents for cell in cells] or None}  # type: ignore[attr-defined]
    return {"class_name": "__lambda__", "config": held}


def _read(value: Any, kind: str | None, allowed: bool, layer: str) -> Any:
    """A function from what `_write` (or Keras 2) wrote; other values are themselves."""
    if isinstance(value, dict) and value.get("class_name") == "__lambda__":
        held = value["config"]
        return _run(held["code"], held.get("defaults"), held.get("closure"), allowed, layer)
    if kind == "lambda":
        code, defaults, closure = value
        return _run(code, defaults, closure, allowed, layer)
    name = value.get("config") if isinstance(value, dict) and value.get("class_name") == "function" else value
    if not isinstance(name, str):
        return value
    found = registry.find(name, "activation")
    if found is None:
        raise ArgumentError(
            f"Lambda '{layer}' calls the function '{name}', which this program does not know. Pass it along, as in load_model(path, "
            f"custom_objects={{'{name}': {name}}}), or write @register_keras_serializable() above it."
        )
    return found


def _run(code: str, defaults: Any, closure: Any, allowed: bool, layer: str) -> Callable:
    if is_own(code):
        return _function(*_own[code], defaults, closure)
    if not allowed:
        raise DataError(
            f"Lambda '{layer}' holds Python code, which would run on this computer. If you trust whoever made it, pass safe_mode=False "
            "(or call config.enable_unsafe_deserialization()); better, save a named function that is registered."
        )
    try:
        body = marshal.loads(base64.b64decode(code))
    except (ValueError, EOFError, TypeError, binascii.Error) as error:
        raise DataError(f"The code of Lambda '{layer}' cannot be read: another version of Python wrote it ({error}).") from None
    if not isinstance(body, types.CodeType):
        raise DataError(f"The code of Lambda '{layer}' is none, but {type(body).__name__}.")
    return _function(body, {"ops": ops, "np": np, **registry.scoped()}, defaults, closure)  # what its body may call


def _function(body: types.CodeType, names: dict[str, Any], defaults: Any, closure: Any) -> Callable:
    defaults = None if defaults is None else tuple(defaults)
    return types.FunctionType(body, names, "<lambda>", defaults, tuple(map(types.CellType, closure or ())))
