"""Optimizers as TensorFlow 2.0 to 2.15 had them: `lr`, `decay`, `minimize`."""

import functools
from collections.abc import Callable
from typing import Any

import jax

from hornbeam import ops
from hornbeam.dialects.rows import Call, Row, tell
from hornbeam.engine import GradientTape
from hornbeam.optimizers import Optimizer
from hornbeam.utils.graphs import Step


def _decay(call: Call, value: Any) -> str:
    call.args[0].__dict__["_decay"] = float(value or 0.0)
    if not value:
        return "leave `decay` out when it is 0"
    return f"{call.label}(learning_rate=schedules.InverseTimeDecay(rate, decay_steps=1, decay_rate={value}))"


def _epsilon(call: Call, value: Any) -> str | None:
    if value is not None:
        call.kwargs["epsilon"] = value
        return None
    return "leave `epsilon` out for its default"


_ROWS: dict[str, Row] = {
    "lr": "learning_rate",
    "decay": _decay,
    "jit_compile": None,
    "is_legacy_optimizer": None,
    "experimental_aggregate_gradients": None,
    "skip_gradients_aggregation": None,
}
_APPLY = {"experimental_aggregate_gradients": None, "skip_gradients_aggregation": None, "name": lambda call, value: None}

ARGUMENTS = {
    **{f"hornbeam.optimizers:{name}": _ROWS for name in ("SGD", "Adagrad", "Ftrl", "Lion", "Optimizer")},
    **{f"hornbeam.optimizers:{name}": {**_ROWS, "epsilon": _epsilon} for name in ("Adadelta", "Adam", "AdamW", "Adamax", "RMSprop")},
    "hornbeam.optimizers:Nadam": {**_ROWS, "epsilon": _epsilon, "schedule_decay": None},
    "hornbeam.optimizers:Optimizer.apply_gradients": _APPLY,
    "hornbeam.optimizers:LossScaleOptimizer": {"loss_scale": None, "dynamic": None},
    "hornbeam.engine.dtypes:DTypePolicy": {"loss_scale": None},
}


# `decay`: the rate of step i is rate / (1 + decay * i), whatever the rate itself is set to meanwhile.
def _current_rate(original: Callable) -> Callable:
    @functools.wraps(original)
    def current(self: Any) -> Any:
        rate, decay = original(self), self.__dict__.get("_decay")
        return rate / (1.0 + decay * ops.cast(self._updates(), "float32")) if decay else rate

    return current


def _get_config(original: Callable) -> Callable:
    @functools.wraps(original)
    def get_config(self: Any) -> dict[str, Any]:
        decay = self.__dict__.get("_decay")
        return {**original(self), **({"decay": decay} if decay else {})}

    return get_config


class _Called(list):
    """The variables, which were a method's answer once."""

    def __call__(self) -> "_Called":
        tell("optimizer.variables()", "optimizer.variables")
        return self


jax.tree_util.register_pytree_node(_Called, lambda variables: (list(variables), None), lambda _, children: list(children))
REPLACED = {
    "hornbeam.optimizers:Optimizer.variables": lambda original: property(lambda self: _Called(original.__get__(self))),
    "hornbeam.optimizers:Optimizer._current_rate": _current_rate,
    "hornbeam.optimizers:Optimizer.get_config": _get_config,
}


# Methods and attributes.
def minimize(
    self: Optimizer, loss: Any, var_list: Any, grad_loss: Any = None, name: str | None = None, tape: GradientTape | None = None
) -> Any:
    """One step down the loss: a function without arguments, or a tensor that `tape` has seen computed from `var_list`."""
    tell("optimizer.minimize(loss, var_list)", "optimizer.apply_gradients(zip(tape.gradient(loss, var_list), var_list))")
    return self.apply_gradients(_gradients(loss, var_list, grad_loss, tape))


def compute_gradients(self: Optimizer, loss: Any, var_list: Any, grad_loss: Any = None, tape: GradientTape | None = None) -> list[tuple]:
    """The pairs (gradient, variable) that `apply_gradients` takes."""
    tell("optimizer.compute_gradients(loss, var_list)", "zip(tape.gradient(loss, var_list), var_list)")
    return _gradients(loss, var_list, grad_loss, tape)


def _gradients(loss: Any, var_list: Any, grad_loss: Any, tape: GradientTape | None) -> list[tuple]:
    if callable(loss):
        with tape or GradientTape() as tape:
            if not callable(var_list):
                tape.watch(var_list)
            loss = loss()
    elif tape is None:
        raise ValueError("minimize needs the loss as a function without arguments, or the `tape` under which it was computed.")
    variables = var_list() if callable(var_list) else var_list
    variables = list(variables) if isinstance(variables, (list, tuple)) else [variables]
    return list(zip(tape.gradient(loss, variables, grad_loss), variables, strict=True))


def get_updates(self: Optimizer, loss: Any, params: Any, *older: Any) -> list[Step]:
    """For `K.function(..., updates=)`: a step of `params` down a symbolic loss. Keras 1 took (params, constraints, loss)."""
    tell("optimizer.get_updates(loss, params)", "a train_step, or optimizer.apply_gradients under a tf.GradientTape")
    loss, params = (older[0], loss) if older else (params, loss) if isinstance(loss, (list, tuple)) else (loss, params)
    return [Step(self, loss, list(params))]


def _get_lr(self: Optimizer) -> Any:
    tell("optimizer.lr", "optimizer.learning_rate")
    return self.learning_rate


def _set_lr(self: Optimizer, value: Any) -> None:
    tell("optimizer.lr", "optimizer.learning_rate")
    self.learning_rate = value


def _get_decay(self: Optimizer) -> float:
    return self.__dict__.get("_decay", 0.0)


def _set_decay(self: Optimizer, value: Any) -> None:
    self.__dict__["_decay"] = float(value)


def _decayed_lr(self: Optimizer, var_dtype: Any = "float32") -> Any:
    """The learning rate of the next step, as a tensor."""
    return ops.cast(self._current_rate(), var_dtype)


def _get_weights(self: Optimizer) -> list[Any]:
    """The values of `variables`, as arrays."""
    return [variable.numpy() for variable in self.variables]


ATTRIBUTES = {
    "hornbeam.optimizers:Optimizer": {
        "lr": property(_get_lr, _set_lr),
        "decay": property(_get_decay, _set_decay),
        "minimize": minimize,
        "get_updates": get_updates,
        "compute_gradients": compute_gradients,
        "_compute_gradients": compute_gradients,
        "_decayed_lr": _decayed_lr,
        "get_weights": _get_weights,
        "weights": property(lambda self: self.variables, lambda self, given: None),
        "_create_all_weights": lambda self, variables: self.build(variables),
    },
    # `apply` divides the gradients itself, so nothing is left to do for the second.
    "hornbeam.optimizers:LossScaleOptimizer": {
        "get_scaled_loss": lambda self, loss: self.scale_loss(loss),
        "get_unscaled_gradients": lambda self, gradients: gradients,
    },
    "hornbeam.engine.dtypes:DTypePolicy": {"loss_scale": property(lambda self: "dynamic" if self.name == "mixed_float16" else None)},
}
