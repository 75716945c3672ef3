"""How well predictions follow the labels: coefficients of correlation along an axis."""

from typing import Any

import jax.numpy as jnp

from hornbeam.engine.door import op
from hornbeam.engine.registry import register
from hornbeam.losses.formulas import _matched, _normalized, paired
from hornbeam.metrics.base import MeanMetricWrapper


def _about_mean(x: Any, axis: Any) -> tuple[Any, Any]:
    mean = jnp.mean(x, axis, keepdims=True)
    return x - mean, mean


@op(2, paired, differentiable=False)
def pearson_correlation(y_true: Any, y_pred: Any, axis: Any = -1) -> Any:
    """The cosine between labels and predictions about their means: 1 when one is a rising linear function of the other."""
    t, p = _matched("pearson_correlation", y_true, y_pred)
    axis = tuple(axis) if isinstance(axis, list) else axis
    return jnp.sum(_normalized(_about_mean(t, axis)[0], axis) * _normalized(_about_mean(p, axis)[0], axis), axis)


@op(2, paired, differentiable=False)
def concordance_correlation(y_true: Any, y_pred: Any, axis: Any = -1) -> Any:
    """2 cov(t, p) / (var(t) + var(p) + (mean(t) - mean(p))^2): 1 when predictions equal labels (Lin 1989)."""
    t, p = _matched("concordance_correlation", y_true, y_pred)
    axis = tuple(axis) if isinstance(axis, list) else axis
    (t, t_mean), (p, p_mean) = _about_mean(t, axis), _about_mean(p, axis)
    variances = [jnp.mean(jnp.square(x), axis, keepdims=True) for x in (t, p)]
    spread = variances[0] + variances[1] + jnp.square(t_mean - p_mean)
    return jnp.mean(2 * t * p / (spread + jnp.asarray(1e-7, t.dtype)), axis)


class _AlongAxis(MeanMetricWrapper):
    def __init__(self, fn: Any, name: str | None, dtype: Any, axis: Any):
        super().__init__(fn, name, dtype, axis=axis)
        self.axis = axis


@register("metric", "pearson_correlation")
class PearsonCorrelation(_AlongAxis):
    """The mean coefficient of linear correlation of labels and predictions along `axis`, -1 to 1."""

    def __init__(self, name: str | None = "pearson_correlation", dtype: Any = None, axis: Any = -1):
        super().__init__(pearson_correlation, name, dtype, axis)


@register("metric", "concordance_correlation")
class ConcordanceCorrelation(_AlongAxis):
    """The mean coefficient of agreement of labels and predictions along `axis`, -1 to 1."""

    def __init__(self, name: str | None = "concordance_correlation", dtype: Any = None, axis: Any = -1):
        super().__init__(concordance_correlation, name, dtype, axis)
