"""What every metric is: Variables that `update_state` changes, and a `result` of them."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam import initializers, losses
from hornbeam.engine import dtypes, registry
from hornbeam.engine.door import cast, op
from hornbeam.engine.errors import ArgumentError, DtypeError
from hornbeam.engine.naming import auto_name
from hornbeam.engine.pure import stateless
from hornbeam.engine.registry import register
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.engine.variable import Variable
from hornbeam.losses.base import answer, fitted, labelled, mask_of, same_ranks


class Metric:
    """Base of metrics. A subclass makes Variables with `add_weight` and gives `update_state` and `result`.

    Args:
        dtype: the type to compute and keep state in; `floatx()` by default, also under a mixed policy.
        name: for logs; the class in snake case by default.

    Variables and metrics kept as attributes (or in lists or dicts there) are part of its state.
    """

    def __init__(self, dtype: Any = None, name: str | None = None):
        self.name = name or auto_name(type(self).__name__)
        self._policy = None if dtype is None else dtypes.as_policy(dtype)
        self._dtype = self._policy.compute_dtype if self._policy else dtypes.floatx()

    @property
    def dtype(self) -> str:
        return self._dtype

    # State.
    def add_variable(
        self, shape: Any, initializer: Any, dtype: Any = None, aggregation: Any = None, name: str | None = None
    ) -> Variable:
        """A new Variable of the metric's state."""
        variable = Variable(
            initializers.get(initializer), False, shape=shape, dtype=dtype or self.dtype, name=name, autocast=False
        )  # fmt: skip
        variable.path = f"{self.name}/{variable.name}"
        self._tracked().append(variable)
        return variable

    def add_weight(self, shape: Any = (), initializer: Any = None, dtype: Any = None, name: str | None = None) -> Variable:
        """A new Variable of the metric's state, zeros by default."""
        return self.add_variable(() if shape is None else shape, "zeros" if initializer is None else initializer, dtype, name=name)

    def _tracked(self) -> list[Any]:
        return self.__dict__.setdefault("_parts", [])

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("__"):
            for part in value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(part, (Variable, Metric)) and not any(part is known for known in self._tracked()):
                    self._tracked().append(part)
        object.__setattr__(self, name, value)

    @property
    def variables(self) -> list[Variable]:
        """The state: this metric's Variables in the order they were made, then those of the metrics inside."""
        own = [part for part in self._tracked() if isinstance(part, Variable)]
        return own + [v for part in self._tracked() if isinstance(part, Metric) for v in part.variables]

    def reset_state(self) -> None:
        """Make the state zero."""
        for variable in self.variables:
            variable.assign(np.zeros(tuple(variable.shape), variable.dtype.numpy))

    # Use.
    def update_state(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__} needs a method `update_state`.")

    def result(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} needs a method `result`.")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Update the state and answer with the result so far."""
        self.update_state(*args, **kwargs)
        return self.result()

    # Use as functions of values: nothing is assigned.
    def stateless_update_state(self, metric_variables: Sequence[Any], *args: Any, **kwargs: Any) -> list[Tensor]:
        """The values of `variables` after an update from these values."""
        return self._with_values(metric_variables, lambda: self.update_state(*args, **kwargs))[1]

    def stateless_result(self, metric_variables: Sequence[Any]) -> Any:
        """The result when `variables` have these values."""
        return self._with_values(metric_variables, self.result)[0]

    def stateless_reset_state(self) -> list[Tensor]:
        """The values of `variables` after a reset."""
        return stateless(self.reset_state, self.variables, self.variables)[1]

    def _with_values(self, values: Sequence[Any], use: Any) -> tuple[Any, list[Tensor]]:
        variables = self.variables
        if len(values) != len(variables):
            raise ArgumentError(f"Metric '{self.name}' has {len(variables)} variables; {len(values)} values were given.")
        return stateless(use, variables, values)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Metric":
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def _operands(operands: Sequence[Any]) -> list[Tensor | None]:
    values, weights, mask = operands
    values = as_tensor(values)
    return [values, None if weights is None else cast(as_tensor(weights), values.dtype), None if mask is None else as_tensor(mask)]


@op(3, _operands, differentiable=False)
def weighted_total(values: Any, weights: Any = None, mask: Any = None) -> tuple[Any, Any]:
    """The weighted sum over examples of each one's mean value, and the sum of the examples' weights.

    Weights of fewer dimensions than the values weigh the mean over the others; a weight for each step of an example is averaged
    over the steps. `mask` multiplies the weights.
    """
    if mask is not None:
        mask = fitted(mask.astype(values.dtype), values)
        weights = mask if weights is None else fitted(weights, values) * mask
    if weights is None:
        count = values.shape[0] if values.ndim else 1
        return jnp.sum(values) / max(values.size // max(count, 1), 1), jnp.asarray(count, values.dtype)
    if weights.ndim == values.ndim + 1 and weights.shape[-1] == 1:
        weights = weights[..., 0]
    if weights.ndim < values.ndim:
        values = jnp.mean(values, tuple(range(weights.ndim, values.ndim)))
    weights = jnp.broadcast_to(fitted(weights, values), values.shape)
    steps = max(values.size // max(values.shape[0], 1), 1) if values.ndim else 1
    return jnp.sum(values * weights) / steps, jnp.sum(weights) / steps


@op(2, lambda operands: _operands([*operands, None])[:2], differentiable=False)
def _total(values: Any, weights: Any = None) -> Any:
    if weights is not None:
        values = values * jnp.broadcast_to(fitted(weights, values), values.shape)
    return jnp.sum(values)


@op(2, "float", host=lambda total, count: total / count if count else np.zeros_like(total), differentiable=False)
def ratio(total: Any, count: Any) -> Any:
    """total / count, 0 where the count is 0."""
    none = count == 0
    return jnp.where(none, jnp.zeros((), total.dtype), total / jnp.where(none, jnp.ones((), count.dtype), count))


@register("metric", "mean")
class Mean(Metric):
    """The weighted mean of all values seen."""

    def __init__(self, name: str | None = "mean", dtype: Any = None):
        super().__init__(dtype, name)
        self.total = self.add_weight(name="total")
        self.count = self.add_weight(name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        self._add(cast(values, self.dtype), sample_weight, None)

    def _add(self, values: Tensor, weights: Any, mask: Any) -> None:
        total, count = weighted_total(values, weights, mask)
        self.total.assign_add(total)
        self.count.assign_add(count)

    def result(self) -> Tensor:
        return ratio(self.total, self.count)


@register("metric", "sum")
class Sum(Metric):
    """The weighted sum of all values seen."""

    def __init__(self, name: str | None = "sum", dtype: Any = None):
        super().__init__(dtype, name)
        self.total = self.add_weight(name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        self.total.assign_add(_total(cast(values, self.dtype), sample_weight))

    def result(self) -> Tensor:
        return self.total.value


@register("metric")
class MeanMetricWrapper(Mean):
    """The weighted mean over examples of a function of labels and predictions.

    Args:
        fn: `fn(y_true, y_pred, **kwargs)` gives values of shape [batch, ...].
    """

    def __init__(self, fn: Any, name: str | None = None, dtype: Any = None, **kwargs: Any):
        if not callable(fn):
            raise DtypeError(f"MeanMetricWrapper takes a function of (y_true, y_pred); received {fn!r}.")
        super().__init__(name or getattr(fn, "__name__", None) or auto_name(type(self).__name__), dtype)
        self._fn, self._arguments = fn, kwargs

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        mask = mask_of(y_pred)
        y_true = as_tensor(y_true)
        y_true = y_true if y_true.dtype.is_integer else cast(y_true, self.dtype)
        y_pred = as_tensor(y_pred)
        y_pred = cast(y_pred, self.dtype) if y_pred.dtype.is_floating else y_pred
        values = as_tensor(answer(labelled(self._fn, *same_ranks(y_true, y_pred), self.dtype, **self._arguments), "metric", self._fn))
        own = mask_of(values)
        self._add(cast(values, self.dtype), sample_weight, own if mask is None else mask)

    def get_config(self) -> dict[str, Any]:
        if type(self) is not MeanMetricWrapper:
            return {**super().get_config(), **self._arguments}
        return {**super().get_config(), "fn": registry.to_config(self._fn), **self._arguments}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Metric":
        if "fn" in config and cls is MeanMetricWrapper:
            config = {**config, "fn": losses.get(config["fn"])}
        return cls(**config)
