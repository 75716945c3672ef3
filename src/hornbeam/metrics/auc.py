"""The area under a curve of two error rates, by the counts at many thresholds."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam import ops
from hornbeam.engine import dtypes
from hornbeam.engine.door import cast, op
from hornbeam.engine.errors import ArgumentError, StateError
from hornbeam.engine.registry import register
from hornbeam.engine.tensor import Tensor
from hornbeam.metrics.base import Metric
from hornbeam.metrics.confusion import confusion

_COUNTS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


def _over(a: Any, b: Any) -> Any:
    return jnp.where(b == 0, jnp.zeros((), a.dtype), a / jnp.where(b == 0, jnp.ones((), b.dtype), b))


@op(4, "promote", differentiable=False)
def area(tp: Any, fp: Any, tn: Any, fn: Any, curve: str, method: str) -> Any:
    """The area under the curve whose points are the counts at falling thresholds, for each column.

    PR curves are interpolated as in Davis and Goadrich 2006: true positives, not precision, are linear between two points.
    """
    if curve == "PR" and method == "interpolation":
        gained, found = tp[:-1] - tp[1:], tp + fp
        slope = _over(gained, jnp.maximum(found[:-1] - found[1:], 0))
        intercept = tp[1:] - slope * found[1:]
        both = (found[:-1] > 0) & (found[1:] > 0)
        growth = jnp.where(both, _over(found[:-1], jnp.maximum(found[1:], 0)), jnp.ones((), tp.dtype))
        return jnp.sum(_over(slope * (gained + intercept * jnp.log(growth)), jnp.maximum(tp[1:] + fn[1:], 0)), 0)
    recall = _over(tp, tp + fn)
    x, y = (_over(fp, fp + tn), recall) if curve == "ROC" else (recall, _over(tp, tp + fp))
    heights = {
        "interpolation": lambda: (y[:-1] + y[1:]) / 2,
        "minoring": lambda: jnp.minimum(y[:-1], y[1:]),
        "majoring": lambda: jnp.maximum(y[:-1], y[1:]),
    }[method]()
    return jnp.sum((x[:-1] - x[1:]) * heights, 0)


@register("metric", "auc")
class AUC(Metric):
    """The area under the ROC or the precision-recall curve, approximated at thresholds.

    Args:
        num_thresholds: how many thresholds, evenly from 0 to 1.
        curve: 'ROC' or 'PR'.
        summation_method: 'interpolation' (trapezoids), 'minoring' or 'majoring'.
        thresholds: the inner thresholds, in place of evenly spaced ones.
        multi_label: an area for each label, then their mean (weighted by `label_weights`).
        num_labels: how many labels; found at the first update by default.
        label_weights: a weight for each label.
        from_logits: predictions are before the sigmoid.
    """

    def __init__(
        self, num_thresholds: int = 200, curve: str = "ROC", summation_method: str = "interpolation", name: str | None = None,
        dtype: Any = None, thresholds: Any = None, multi_label: bool = False, num_labels: int | None = None,
        label_weights: Any = None, from_logits: bool = False,
    ):
        super().__init__(dtype, name)
        curve, method = str(curve).upper(), str(summation_method).lower()
        if curve not in ("ROC", "PR"):
            raise ArgumentError(f"AUC: curve is 'ROC' or 'PR'; received {curve!r}.")
        if method not in ("interpolation", "minoring", "majoring"):
            raise ArgumentError(f"AUC: summation_method is 'interpolation', 'minoring' or 'majoring'; received {method!r}.")
        if thresholds is None and num_thresholds <= 1:
            raise ArgumentError(f"AUC: num_thresholds is 2 or more; received {num_thresholds!r}.")
        if num_labels is not None and not multi_label:
            raise ArgumentError("AUC: num_labels is for multi_label=True.")
        if thresholds is not None:
            inner = sorted(float(x) for x in thresholds)
            if any(not 0 <= x <= 1 for x in inner):
                raise ArgumentError(f"AUC: thresholds lie between 0 and 1; received {thresholds!r}.")
            num_thresholds = len(inner) + 2
            even = bool(np.allclose(np.linspace(0, 1, num_thresholds)[1:-1], inner, atol=1e-7, rtol=0))
        else:
            inner = [i / (num_thresholds - 1) for i in range(1, num_thresholds - 1)]
            even = True
        self._given = None if thresholds is None else inner
        self._thresholds = [-dtypes.epsilon(), *inner, 1 + dtypes.epsilon()]
        self._even = even
        self.num_thresholds, self.curve, self.summation_method = num_thresholds, curve, method
        self.multi_label, self.num_labels, self._from_logits = multi_label, num_labels, from_logits
        self.label_weights = None if label_weights is None else [float(x) for x in label_weights]
        if not multi_label:
            self._make(None)
        elif num_labels is not None:
            self._make(num_labels)

    @property
    def thresholds(self) -> list[float]:
        """All thresholds, from just below 0 to just above 1."""
        return list(self._thresholds)

    def _make(self, labels: int | None) -> None:
        shape = (self.num_thresholds,) if labels is None else (self.num_thresholds, labels)
        for name in _COUNTS:
            setattr(self, name, self.add_weight(shape, name=name))

    def _counts(self) -> Sequence[Any]:
        if not hasattr(self, _COUNTS[0]):
            raise StateError(f"{self.name} has seen no data, so its number of labels is not known. Pass num_labels.")
        return [getattr(self, name) for name in _COUNTS]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_pred = cast(y_pred, self.dtype)
        if self._from_logits:
            y_pred = ops.sigmoid(y_pred)
        if self.multi_label and not hasattr(self, _COUNTS[0]):
            self._make(y_pred.shape[-1])
        weights = None if self.label_weights is None else tuple(self.label_weights)
        found = confusion(
            y_true, y_pred, sample_weight, self.num_thresholds if self._even else tuple(self._thresholds),
            multi_label=self.multi_label, label_weights=None if self.multi_label else weights,
        )  # fmt: skip
        for variable, count in zip(self._counts(), found, strict=True):
            variable.assign_add(count)

    def result(self) -> Tensor:
        areas = area(*self._counts(), self.curve, self.summation_method)
        if not self.multi_label:
            return areas
        if self.label_weights is None:
            return ops.mean(areas)
        weights = as_row(self.label_weights, areas)
        return ops.divide_no_nan(ops.sum(areas * weights), ops.sum(weights))

    def get_config(self) -> dict[str, Any]:
        config = {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": self.label_weights,
            "from_logits": self._from_logits,
        }
        return config if self._given is None else {**config, "thresholds": self._given}


def as_row(values: Sequence[float], like: Tensor) -> Tensor:
    return ops.cast(np.asarray(values, np.float32), like.dtype)
