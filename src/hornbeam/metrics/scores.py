"""F scores and the coefficient of determination, column by column."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import cast, op
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.registry import register
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.losses.base import fitted
from hornbeam.losses.formulas import paired, paired_elements
from hornbeam.metrics.base import Metric


def _operands(operands: Sequence[Any]) -> list[Tensor | None]:
    y_true, y_pred, weights = operands
    y_true, y_pred = paired([y_true, y_pred])
    return [y_true, y_pred, None if weights is None else cast(as_tensor(weights), y_pred.dtype)]


def _over(a: Any, b: Any) -> Any:
    return jnp.where(b == 0, jnp.zeros((), a.dtype), a / jnp.where(b == 0, jnp.ones((), b.dtype), b))


def _weights_like(weights: Any, y: Any) -> Any:
    return jnp.ones_like(y) if weights is None else jnp.broadcast_to(fitted(weights, y), y.shape)


@op(3, _operands, differentiable=False)
def _f_counts(
    y_true: Any, y_pred: Any, weights: Any = None, threshold: float | None = None, together: bool = False
) -> tuple[Any, ...]:
    """For each class (or all together) the weighted true positives, false positives, false negatives and positives."""
    t, p = paired_elements("The F-score", y_true, y_pred)
    if threshold is None:  # the largest prediction of each example, unless it is 0
        hits = (p >= jnp.max(p, -1, keepdims=True)) & (jnp.abs(p) > 1e-9)
    else:
        hits = p > jnp.asarray(threshold, p.dtype)
    hits, w = hits.astype(p.dtype), _weights_like(weights, p)
    axis = None if together else 0
    return tuple(jnp.sum(each * w, axis) for each in (hits * t, hits * (1 - t), (1 - hits) * t, t))


@op(4, "promote", differentiable=False)
def _f_score(tp: Any, fp: Any, fn: Any, positives: Any, beta: float, average: str | None) -> Any:
    precision, recall = _over(tp, tp + fp), _over(tp, tp + fn)
    score = (1 + beta * beta) * _over(precision * recall, beta * beta * precision + recall)
    if average == "macro":
        return jnp.mean(score)
    return jnp.sum(score * _over(positives, jnp.sum(positives))) if average == "weighted" else score


class _ByColumn(Metric):
    """Base of metrics whose state has an element for each column, found at the first update."""

    states: tuple[str, ...]

    def _build(self, y_pred: Any) -> None:
        if hasattr(self, self.states[0]):
            return
        if len(y_pred.shape) != 2:
            raise ShapeError(f"Metric '{self.name}' needs predictions of shape [batch, columns]; received {tuple(y_pred.shape)}.")
        for state in self.states:
            setattr(self, state, self.add_weight(self._state_shape(y_pred.shape[1]), name=state))

    def _state_shape(self, columns: int) -> tuple[int, ...]:
        return (columns,)

    def _add(self, counts: Sequence[Any]) -> None:
        for state, count in zip(self.states, counts, strict=True):
            getattr(self, state).assign_add(count)


@register("metric", "fbeta_score", "f_beta_score")
class FBetaScore(_ByColumn):
    """The weighted harmonic mean of precision and recall of each class, where recall counts `beta` times as much.

    Args:
        average: None (one score a class), 'micro', 'macro' or 'weighted' (by the number of positives).
        threshold: predictions above it are positive; None: the largest of each example is.
    """

    states = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")

    def __init__(
        self, average: str | None = None, beta: float = 1.0, threshold: float | None = None, name: str | None = "fbeta_score",
        dtype: Any = None,
    ):
        super().__init__(dtype, name)
        if average not in (None, "micro", "macro", "weighted"):
            raise ArgumentError(f"FBetaScore: average is None, 'micro', 'macro' or 'weighted'; received {average!r}.")
        if not beta > 0:
            raise ArgumentError(f"FBetaScore: beta is a positive number; received {beta!r}.")
        if threshold is not None and not 0 < threshold <= 1:
            raise ArgumentError(f"FBetaScore: threshold lies above 0 and not above 1; received {threshold!r}.")
        self.average, self.beta, self.threshold = average, float(beta), threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_pred = cast(y_pred, self.dtype)
        self._build(y_pred)
        self._add(_f_counts(y_true, y_pred, sample_weight, self.threshold, self.average == "micro"))

    def _state_shape(self, columns: int) -> tuple[int, ...]:
        return () if self.average == "micro" else (columns,)

    def result(self) -> Any:
        if not hasattr(self, self.states[0]):
            return as_tensor(np.zeros((), dtypes.standardize(self.dtype).numpy))
        return _f_score(*(getattr(self, state) for state in self.states), self.beta, self.average)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "average": self.average, "beta": self.beta, "threshold": self.threshold}


@register("metric", "f1_score")
class F1Score(FBetaScore):
    """The harmonic mean of precision and recall. Arguments as of `FBetaScore`."""

    def __init__(
        self, average: str | None = None, threshold: float | None = None, name: str | None = "f1_score", dtype: Any = None
    ):
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["beta"]
        return config


@op(3, _operands, differentiable=False)
def _r2_counts(y_true: Any, y_pred: Any, weights: Any = None) -> tuple[Any, ...]:
    t, w = y_true, _weights_like(weights, y_pred)
    return tuple(jnp.sum(each * w, 0) for each in (t * t, t, jnp.square(t - y_pred), jnp.ones_like(t)))


@op(5, "promote", differentiable=False)
def _r2(squares: Any, total: Any, residual: Any, count: Any, samples: Any, aggregation: str | None, regressors: int) -> Any:
    spread = squares - total * _over(total, count)
    score = jnp.where(spread == 0, jnp.zeros((), spread.dtype), 1 - _over(residual, spread))
    if aggregation == "uniform_average":
        score = jnp.mean(score)
    elif aggregation == "variance_weighted_average":
        score = jnp.sum(score * spread) / jnp.sum(spread)
    if regressors:  # with too few samples the coefficient stays as it is
        free = samples - regressors - 1
        adjusted = 1 - (1 - score) * (samples - 1) / jnp.where(free > 0, free, jnp.ones((), free.dtype))
        score = jnp.where(free > 0, adjusted, score)
    return score


@register("metric", "r2_score")
class R2Score(_ByColumn):
    """The coefficient of determination: 1 - the residuals' sum of squares over the labels' about their mean.

    Args:
        class_aggregation: 'uniform_average', 'variance_weighted_average' or None (a score for each column).
        num_regressors: for the adjusted coefficient, how many independent variables the model has.
    """

    states = ("squared_sum", "sum", "residual", "count")

    def __init__(
        self, class_aggregation: str | None = "uniform_average", num_regressors: int = 0, name: str | None = "r2_score",
        dtype: Any = None,
    ):
        super().__init__(dtype, name)
        if class_aggregation not in ("uniform_average", "variance_weighted_average", None):
            raise ArgumentError(
                "R2Score: class_aggregation is 'uniform_average', 'variance_weighted_average' or None; "
                f"received {class_aggregation!r}."
            )
        if num_regressors < 0:
            raise ArgumentError(f"R2Score: num_regressors is 0 or more; received {num_regressors!r}.")
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors
        self.num_samples = self.add_weight(name="num_samples")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true, y_pred = as_tensor(y_true), cast(y_pred, self.dtype)
        if len(y_true.shape) == 1 and len(y_pred.shape) == 2:
            y_true = y_true[:, None]  # type: ignore[index]
        self._build(y_pred)
        self._add(_r2_counts(y_true, y_pred, sample_weight))
        self.num_samples.assign_add(float(y_pred.shape[0] * y_pred.shape[1]))  # elements, as Keras counts them

    def result(self) -> Any:
        if not hasattr(self, self.states[0]):
            return as_tensor(np.zeros((), dtypes.standardize(self.dtype).numpy))
        parts = [getattr(self, state) for state in self.states]
        return _r2(*parts, self.num_samples, self.class_aggregation, self.num_regressors)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "class_aggregation": self.class_aggregation, "num_regressors": self.num_regressors}
