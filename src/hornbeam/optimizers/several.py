"""Different optimizers for different variables of one model."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError, DtypeError, StateError
from hornbeam.engine.patterns import PatternMap
from hornbeam.engine.registry import register
from hornbeam.engine.variable import Variable
from hornbeam.optimizers.base import Optimizer


@register("optimizer")
class OptimizerMap(PatternMap):
    """From patterns of variables' paths to optimizers: `map["encoder/.*"] = Adam()`. A pattern matches a whole path.

    Args:
        default_optimizer: for what no pattern matches.
        optimizer_map: a dict to begin with.
    """

    def __init__(self, default_optimizer: Any, optimizer_map: dict[str, Any] | None = None):
        from hornbeam.optimizers.lookup import get

        self.default_optimizer = get(default_optimizer)
        super().__init__()
        for pattern, optimizer in (optimizer_map or {}).items():
            self[pattern] = get(optimizer)

    def _default(self) -> Optimizer:
        return self.default_optimizer

    def __call__(self, variable: Variable) -> Optimizer:
        return self[variable.path]

    def get_config(self) -> dict[str, Any]:
        configs = {pattern: registry.to_config(optimizer) for pattern, optimizer in self._map.items()}
        return {"default_optimizer": registry.to_config(self.default_optimizer), "optimizer_map": configs}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "OptimizerMap":
        return cls(**config)


@register("optimizer", "multioptimizer")
class MultiOptimizer(Optimizer):
    """Hands each variable to an optimizer of its own.

    Args:
        optimizer_map: an `OptimizerMap`, or a function from a variable to its optimizer.
        loss_scale_factor: as of `Optimizer`, for all.

    `optimizers` lists them; learning rates are read and set there.
    """

    def __init__(
        self, optimizer_map: OptimizerMap | Callable[[Variable], Optimizer] | dict[str, Any],
        loss_scale_factor: float | None = None, name: str | None = None,
    ):
        if isinstance(optimizer_map, dict) and "class_name" in optimizer_map:
            optimizer_map = registry.resolve("optimizer", optimizer_map)
        if not callable(optimizer_map):
            raise DtypeError(
                "MultiOptimizer takes an OptimizerMap, or a function from a variable to an optimizer; "
                f"received {optimizer_map!r}."
            )
        self.optimizer_map = optimizer_map
        self._chosen: list[Optimizer] = []
        if isinstance(optimizer_map, OptimizerMap):
            self._chosen = _distinct([*optimizer_map.values(), optimizer_map.default_optimizer])
        super().__init__(0.0, loss_scale_factor=loss_scale_factor, name=name)
        self._scale_all()

    def _scale_all(self) -> None:
        for optimizer in self._chosen:  # each divides its own gradients
            optimizer.loss_scale_factor = self.loss_scale_factor

    @property
    def optimizers(self) -> list[Optimizer]:
        """The optimizers in use."""
        return list(self._chosen)

    @property
    def variables(self) -> list[Variable]:
        return [*super().variables, *(variable for optimizer in self._chosen for variable in optimizer.variables)]

    @property
    def learning_rate(self) -> Any:
        """There is none: each optimizer has its own."""
        raise AttributeError(f"{self.name} has no learning rate of its own: read those of its `optimizers`.")

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if self._rate is not None:
            raise StateError(f"{self.name} has no learning rate of its own: set those of its `optimizers`.")
        self._rate = self._variable(np.float32(value), "learning_rate")  # Keras's files have it, always 0

    def build(self, variables: Sequence[Variable]) -> None:
        if self.built:
            return
        chosen = {variable: self.optimizer_map(variable) for variable in variables}
        self._chosen = _distinct([*self._chosen, *chosen.values()])
        self._scale_all()
        for optimizer in self._chosen:
            optimizer.build([variable for variable in variables if chosen[variable] is optimizer])
        self._trainable_variables = list(variables)
        self._owners = chosen
        self._places = {variable: i for i, variable in enumerate(variables)}
        self.built = True

    def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None) -> None:
        """Make one step of each optimizer that has a gradient."""
        if trainable_variables is None and not self.built:
            raise StateError(f"{self.name} has not been built: call `build(variables)`, or pass the variables to `apply`.")
        variables = self._trainable_variables if trainable_variables is None else list(trainable_variables)
        if len(grads) != len(variables):
            raise ArgumentError(f"{self.name} was given {len(grads)} gradients for {len(variables)} variables.")
        self.build(variables)
        gradients, variables = self._present(grads, variables)
        for optimizer in self._chosen:
            own = [(g, v) for g, v in zip(gradients, variables, strict=True) if self._owners[v] is optimizer]
            if own:
                optimizer.apply([g for g, _ in own], [v for _, v in own])
        self._calls.assign_add(1)

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        for optimizer in self._chosen:
            optimizer.finalize_variable_values([v for v in var_list if self._owners.get(v) is optimizer])

    def get_config(self) -> dict[str, Any]:
        if not isinstance(self.optimizer_map, OptimizerMap):
            raise StateError(f"{self.name} chooses its optimizers by a function, which cannot be written: use an OptimizerMap.")
        found = registry.to_config(self.optimizer_map)
        return {"optimizer_map": found, "loss_scale_factor": self.loss_scale_factor, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> "MultiOptimizer":
        with registry.custom_object_scope(custom_objects or {}):
            return cls(**config)


def _distinct(optimizers: Sequence[Optimizer]) -> list[Optimizer]:
    return list({id(optimizer): optimizer for optimizer in optimizers}.values())
