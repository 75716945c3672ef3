"""Optimizers that users wrote for TensorFlow 2.0 to 2.15: `_set_hyper`, `_create_slots`, `_resource_apply_dense`, `_index_dict`."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from hornbeam import ops
from hornbeam.engine.variable import Variable
from hornbeam.optimizers import Optimizer


def _init(original: Callable) -> Callable:
    """The name came first, and the learning rate is one of the hyperparameters that are set afterwards."""

    @functools.wraps(original)
    def init(self: Optimizer, learning_rate: Any = 0.0, *args: Any, **kwargs: Any) -> None:
        if isinstance(learning_rate, str) and hasattr(type(self), "_resource_apply_dense"):
            kwargs["name"], learning_rate = learning_rate, kwargs.pop("learning_rate", kwargs.pop("lr", 0.0))
        self.__dict__.setdefault("_hyper", {})
        original(self, learning_rate, *args, **kwargs)

    return init


def _build(original: Callable) -> Callable:
    @functools.wraps(original)
    def build(self: Optimizer, variables: Sequence[Variable]) -> None:
        made = self.built
        original(self, variables)
        if not made and hasattr(self, "_create_slots"):
            self._create_slots(list(variables))

    return build


def _update_step(original: Callable) -> Callable:
    @functools.wraps(original)
    def update_step(self: Optimizer, gradient: Any, variable: Variable, learning_rate: Any) -> Any:
        own = getattr(self, "_resource_apply_dense", None)
        return original(self, gradient, variable, learning_rate) if own is None else own(gradient, variable)

    return update_step


def _set_hyper(self: Optimizer, name: str, value: Any) -> None:
    """Keep a number under a name; numbers become constants of the compiled step, but for the learning rate."""
    if name == "learning_rate":
        self.learning_rate = value
    elif name == "decay":
        self.__dict__["_decay"] = float(value or 0.0)
    else:
        self.__dict__.setdefault("_hyper", {})[name] = value


def _get_hyper(self: Optimizer, name: str, dtype: Any = None) -> Any:
    """A number that `_set_hyper` kept, as a tensor when a type is given."""
    kept = self.__dict__.get("_hyper", {})
    value = kept[name] if name in kept else getattr(self, name)
    value = value() if callable(value) and not hasattr(value, "__hornbeam_tensor__") else value
    return value if dtype is None else ops.cast(value, dtype)


def _serialize_hyperparameter(self: Optimizer, name: Any) -> Any:
    """By name to TensorFlow 2.10, later the value itself."""
    value = _get_hyper(self, name) if isinstance(name, str) else name
    return float(value.numpy()) if isinstance(value, Variable) else value


def add_slot(self: Optimizer, var: Variable, slot_name: str, initializer: Any = "zeros", shape: Any = None) -> Variable:
    """A variable beside `var`, made once."""
    slots = self.__dict__.setdefault("_slots_by_name", {})
    if (id(var), slot_name) not in slots:
        slots[id(var), slot_name] = self.add_variable_from_reference(var, slot_name, initializer)
    return slots[id(var), slot_name]


def get_slot(self: Optimizer, var: Variable, slot_name: str) -> Variable:
    """What `add_slot` made."""
    return self.__dict__["_slots_by_name"][id(var), slot_name]


def _build_learning_rate(self: Optimizer, learning_rate: Any) -> Any:
    """TensorFlow 2.11 to 2.15: a subclass keeps what this gives as `_learning_rate`."""
    self.learning_rate = learning_rate
    return self.learning_rate


REPLACED = {
    "hornbeam.optimizers:Optimizer.__init__": _init,
    "hornbeam.optimizers:Optimizer.build": _build,
    "hornbeam.optimizers:Optimizer.update_step": _update_step,
}
ARGUMENTS = {
    "hornbeam.optimizers:Optimizer.add_variable_from_reference": {"model_variable": "reference_variable", "variable_name": "name"},
}
ATTRIBUTES = {
    "hornbeam.optimizers:Optimizer": {
        "_set_hyper": _set_hyper,
        "_get_hyper": _get_hyper,
        "_serialize_hyperparameter": _serialize_hyperparameter,
        "add_slot": add_slot,
        "get_slot": get_slot,
        "_build_learning_rate": _build_learning_rate,
        "_var_key": lambda self, variable: variable,  # TensorFlow 2.11 to 2.15: self._index_dict[self._var_key(variable)]
        "_index_dict": property(lambda self: self._places),
        "_use_locking": False,
        "_initial_decay": property(lambda self: self.__dict__.get("_decay", 0.0)),
    }
}
