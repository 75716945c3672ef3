"""Optimizers that users wrote for TensorFlow 2.0 to 2.15: `_set_hyper`, `_create_slots`, `_resource_apply_dense`, `_index_dict`."""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from hornbeam import ops
from hornbeam.dialects.layers import track_trackable
from hornbeam.engine.variable import Variable
from hornbeam.optimizers import Optimizer
from hornbeam.optimizers.step import clip_gradients


def _init(original: Callable) -> Callable:
    """The name came first, and the learning rate is one of the hyperparameters that are set afterwards."""

    @functools.wraps(original)
    def init(self: Optimizer, learning_rate: Any = 0.0, *args: Any, **kwargs: Any) -> None:
        if isinstance(learning_rate, str) and (type(self).transformation is Optimizer.transformation or _of_its_own(self)):
            kwargs["name"], learning_rate = learning_rate, kwargs.pop("learning_rate", kwargs.pop("lr", 0.0))
        self.__dict__.setdefault("_hyper", {})
        original(self, learning_rate, *args, **kwargs)

    return init


def _build(original: Callable) -> Callable:
    @functools.wraps(original)
    def build(self: Any, variables: Sequence[Variable]) -> None:
        made = self.built
        original(self, variables)
        if not made:
            self._create_slots(list(variables))

    return build


def _update_step(original: Callable) -> Callable:
    @functools.wraps(original)
    def update_step(self: Any, gradient: Any, variable: Variable, learning_rate: Any) -> Any:
        if _of_its_own(self):
            return self._resource_apply_dense(gradient, variable)
        return original(self, gradient, variable, learning_rate)

    return update_step


def _apply_at_once(original: Callable) -> Callable:
    """A built-in optimizer whose subclass does more to each variable goes from one to the next."""

    @functools.wraps(original)
    def apply(self: Any, gradients: Any, variables: Any, rate: Any) -> None:
        if not _of_its_own(self):
            return original(self, gradients, variables, rate)
        for gradient, variable in zip(clip_gradients([self._table, *gradients], tuple(self._numbers())), variables, strict=True):
            self._resource_apply_dense(gradient, variable)
        self._calls.assign_add(1)

    return apply


def _of_its_own(optimizer: Any) -> bool:
    return type(optimizer)._resource_apply_dense is not _resource_apply_dense


def _resource_apply_dense(self: Any, grad: Any, var: Variable, apply_state: Any = None) -> None:
    """A built-in step of one variable, which the optimizer around it counts."""
    if type(self).transformation is Optimizer.transformation:
        self.update_step(grad, var, self._current_rate())
        return
    calls = ops.convert_to_tensor(self._calls)
    _once(self, [grad], [var], self._current_rate())
    self._calls.assign(calls)


_once = Optimizer._apply_at_once


def _prepare_local(self: Any, var_device: Any, var_dtype: Any, apply_state: dict[Any, dict[str, Any]]) -> None:
    """Put what the steps of all variables of a type share into `apply_state`."""
    apply_state.setdefault((var_device, var_dtype), {})["lr_t"] = self._decayed_lr(var_dtype)


def _fallback_apply_state(self: Any, var_device: Any, var_dtype: Any) -> dict[str, Any]:
    """What `_prepare_local` prepares."""
    apply_state: dict[Any, dict[str, Any]] = {(var_device, var_dtype): {}}
    self._prepare_local(var_device, var_dtype, apply_state)
    return apply_state[var_device, var_dtype]


def _replace_calls(self: Optimizer, variable: Variable) -> None:
    self._calls = variable


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
        if callable(initializer) or isinstance(initializer, str):
            slots[id(var), slot_name] = self.add_variable_from_reference(var, slot_name, initializer)
        else:  # its own shape
            slots[id(var), slot_name] = self._slot(var, slot_name, ops.convert_to_tensor(initializer))
            self._added.append(slots[id(var), slot_name])
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
    "hornbeam.optimizers:Optimizer._apply_at_once": _apply_at_once,
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
        "_create_hypers": lambda self: None,
        "_create_slots": lambda self, var_list: self.build(var_list),
        "_dense_apply_args": property(lambda self: list(inspect.signature(self._resource_apply_dense).parameters)),
        "_fallback_apply_state": _fallback_apply_state,
        "_iterations": property(lambda self: self._calls, _replace_calls),
        "_prepare_local": _prepare_local,
        "_resource_apply_dense": _resource_apply_dense,
        "_name": property(lambda self: self.name, lambda self, name: setattr(self, "name", name)),
        "_track_trackable": track_trackable,
        "_weights": property(lambda self: self.variables),
        "add_slot": add_slot,
        "get_slot": get_slot,
        "_build_learning_rate": _build_learning_rate,
        "_var_key": lambda self, variable: variable,  # TensorFlow 2.11 to 2.15: self._index_dict[self._var_key(variable)]
        "_index_dict": property(lambda self: self._places),
        "_use_locking": False,
        "_initial_decay": property(lambda self: self.__dict__.get("_decay", 0.0)),
    }
}
