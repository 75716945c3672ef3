"""Metrics of true and false positives and negatives at thresholds."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam import ops
from hornbeam.engine import dtypes
from hornbeam.engine.door import cast, op
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.registry import register
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.losses.base import fitted
from hornbeam.losses.formulas import paired_elements
from hornbeam.metrics.base import Metric

_BELOW_ALL = -1e10  # what predictions outside the top k become


def _operands(operands: Sequence[Any]) -> list[Tensor | None]:
    y_true, y_pred, weights = operands
    y_pred = as_tensor(y_pred)
    y_pred = y_pred if y_pred.dtype.is_floating else cast(y_pred, dtypes.floatx())
    return [cast(y_true, y_pred.dtype), y_pred, None if weights is None else cast(as_tensor(weights), y_pred.dtype)]


@op(3, _operands, differentiable=False)
def confusion(
    y_true: Any, y_pred: Any, weights: Any = None, thresholds: tuple[float, ...] | int = (0.5,), top_k: int | None = None,
    class_id: int | None = None, multi_label: bool = False, label_weights: tuple[float, ...] | None = None,
) -> tuple[Any, Any, Any, Any]:
    """Weighted counts (true positives, false positives, true negatives, false negatives) at each threshold.

    Args:
        thresholds: a prediction is positive above a threshold. An int n: n of them evenly from below 0 to above 1.
        top_k: only the k largest predictions of each example can be positive.
        class_id: count one column only.
        multi_label: count each column by itself: shape [thresholds, labels] instead of [thresholds].
    """
    t, p = paired_elements("A metric of true and false positives (AUC, Precision, Recall, ...)", y_true, y_pred)
    if top_k is not None:
        kth = jax.lax.top_k(p, top_k)[0][..., -1:]
        p = jnp.where(p >= kth, p, jnp.asarray(_BELOW_ALL, p.dtype))
    w = jnp.ones_like(p) if weights is None else jnp.broadcast_to(fitted(weights, p), p.shape)
    if label_weights is not None:
        w = w * jnp.asarray(label_weights, p.dtype)
    if class_id is not None:
        t, p, w = t[..., class_id], p[..., class_id], w[..., class_id]
    columns = p.shape[-1] if multi_label and p.ndim > 1 else 1
    t, p, w = (x.reshape(-1, columns) for x in (t, p, w))
    if isinstance(thresholds, int):
        sides = jnp.stack([w * t, w * (1 - t)])  # [2, n, columns]
        found = _above_even(sides, p, thresholds)
    else:
        t = (t != 0).astype(p.dtype)
        sides = jnp.stack([w * t, w * (1 - t)])
        positive = p[:, :, None] > jnp.asarray(thresholds, p.dtype)
        found = jnp.einsum("snc,nct->stc", sides, positive.astype(p.dtype), precision=jax.lax.Precision.HIGHEST)
    totals = jnp.sum(sides, 1)[:, None]
    shape = (-1, columns) if multi_label else (-1,)
    tp, fp = (x.reshape(shape) for x in found)
    fn, tn = (x.reshape(shape) for x in totals - found)
    return tp, fp, tn, fn


def _above_even(sides: Any, p: Any, count: int) -> Any:
    """Sums [2, thresholds, columns] of `sides` [2, n, columns] where p [n, columns] exceeds each of the even thresholds.

    A histogram over the thresholds, summed from the top: n + thresholds operations, not n * thresholds (17 times faster for 2,048
    examples on a CPU). The first threshold lies below 0: everything exceeds it.
    """
    columns = p.shape[1]
    highest = jnp.maximum(jnp.ceil(jnp.clip(p, 0, 1) * (count - 1)).astype(jnp.int32) - 1, 0)
    cells = (highest * columns + jnp.arange(columns, dtype=jnp.int32)).reshape(-1)
    histogram = jnp.zeros((count * columns, 2), p.dtype).at[cells].add(sides.reshape(2, -1).T)
    return jnp.cumsum(histogram.reshape(count, columns, 2)[::-1], 0)[::-1].transpose(2, 0, 1)


def _checked(thresholds: Any, default: float) -> list[float]:
    values = [default] if thresholds is None else [float(x) for x in np.atleast_1d(thresholds)]
    if any(not (0 <= x <= 1) for x in values) and thresholds is not None:
        raise ArgumentError(f"Thresholds lie between 0 and 1; received {thresholds!r}.")
    return values


class _Count(Metric):
    """Base of the four counts: `index` says which."""

    index: int

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None):
        super().__init__(dtype, name)
        self.init_thresholds = thresholds
        self.thresholds = _checked(thresholds, 0.5)
        self.accumulator = self.add_weight((len(self.thresholds),), name="accumulator")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_pred = cast(y_pred, self.dtype)
        self.accumulator.assign_add(confusion(y_true, y_pred, sample_weight, tuple(self.thresholds))[self.index])

    def result(self) -> Tensor:
        return self.accumulator.value[0] if len(self.thresholds) == 1 else self.accumulator.value

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "thresholds": self.init_thresholds}


@register("metric", "true_positives")
class TruePositives(_Count):
    """The weighted number of positives predicted so."""

    index = 0


@register("metric", "false_positives")
class FalsePositives(_Count):
    """The weighted number of negatives predicted positive."""

    index = 1


@register("metric", "true_negatives")
class TrueNegatives(_Count):
    """The weighted number of negatives predicted so."""

    index = 2


@register("metric", "false_negatives")
class FalseNegatives(_Count):
    """The weighted number of positives predicted negative."""

    index = 3


class _Share(Metric):
    """Base of Precision and Recall: true positives over those and the counts called `other`."""

    other: tuple[str, int]

    def __init__(
        self, thresholds: Any = None, top_k: int | None = None, class_id: int | None = None, name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(dtype, name)
        self.init_thresholds, self.top_k, self.class_id = thresholds, top_k, class_id
        self.thresholds = _checked(thresholds, 0.5 if top_k is None else _BELOW_ALL)
        self.true_positives = self.add_weight((len(self.thresholds),), name="true_positives")
        self._rest = self.add_weight((len(self.thresholds),), name=self.other[0])

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_pred = cast(y_pred, self.dtype)
        counts = confusion(y_true, y_pred, sample_weight, tuple(self.thresholds), self.top_k, self.class_id)
        self.true_positives.assign_add(counts[0])
        self._rest.assign_add(counts[self.other[1]])

    def result(self) -> Tensor:
        share = ops.divide_no_nan(self.true_positives.value, self.true_positives + self._rest)
        return share[0] if len(self.thresholds) == 1 else share

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "thresholds": self.init_thresholds, "top_k": self.top_k, "class_id": self.class_id}


@register("metric", "precision")
class Precision(_Share):
    """The share of predicted positives that are positive.

    Args:
        thresholds: one or several; the result has one value for each. Default 0.5, or with `top_k` none.
        top_k: only the k largest predictions of an example count as positive.
        class_id: look at this class only.
    """

    other = ("false_positives", 1)

    @property
    def false_positives(self) -> Any:
        return self._rest


@register("metric", "recall")
class Recall(_Share):
    """The share of positives that are predicted so. Arguments as of `Precision`."""

    other = ("false_negatives", 3)

    @property
    def false_negatives(self) -> Any:
        return self._rest


