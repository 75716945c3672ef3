"""The best of one rate where another is high enough, over many thresholds."""

from typing import Any

import jax.numpy as jnp

from hornbeam.engine.door import cast, op
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.registry import register
from hornbeam.engine.tensor import Tensor
from hornbeam.metrics.base import Metric
from hornbeam.metrics.confusion import confusion

_COUNTS = ("true_positives", "false_positives", "true_negatives", "false_negatives")
_PARTS = {"sensitivity": ("tp", "fn"), "recall": ("tp", "fn"), "specificity": ("tn", "fp"), "precision": ("tp", "fp")}


@op(4, "float", differentiable=False)
def _best_where(tp: Any, fp: Any, tn: Any, fn: Any, wanted: str, held: str, least: float) -> Any:
    """The largest rate `wanted` among thresholds at which the rate `held` is at least `least`; 0 where there is none."""
    counts = {"tp": tp, "fp": fp, "tn": tn, "fn": fn}

    def rate(name: str) -> Any:
        good, bad = (counts[part] for part in _PARTS[name])
        total = good + bad
        return jnp.where(total == 0, jnp.zeros((), total.dtype), good / jnp.where(total == 0, jnp.ones((), total.dtype), total))

    return jnp.max(jnp.where(rate(held) >= jnp.asarray(least, tp.dtype), rate(wanted), jnp.zeros((), tp.dtype)))


class _BestWhere(Metric):
    """Base of the four: `wanted` is the rate to be large, `held` the one that must reach the first argument."""

    wanted: str
    held: str

    def __init__(self, least: float, num_thresholds: int, class_id: int | None, name: str | None, dtype: Any):
        super().__init__(dtype, name)
        if not 0 <= least <= 1:
            raise ArgumentError(f"{type(self).__name__}: {self.held} lies between 0 and 1; received {least!r}.")
        if num_thresholds < 1:
            raise ArgumentError(f"{type(self).__name__}: num_thresholds is 1 or more; received {num_thresholds!r}.")
        self.value, self.num_thresholds, self.class_id = least, num_thresholds, class_id
        self.thresholds = [0.5] if num_thresholds == 1 else [i / (num_thresholds - 1) for i in range(num_thresholds)]
        for count in _COUNTS:
            setattr(self, count, self.add_weight((num_thresholds,), name=count))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        thresholds = tuple(self.thresholds) if self.num_thresholds < 3 else self.num_thresholds
        found = confusion(y_true, cast(y_pred, self.dtype), sample_weight, thresholds, class_id=self.class_id)
        for name, count in zip(_COUNTS, found, strict=True):
            getattr(self, name).assign_add(count)

    def result(self) -> Tensor:
        return _best_where(*(getattr(self, name) for name in _COUNTS), self.wanted, self.held, self.value)

    def get_config(self) -> dict[str, Any]:
        own = {"num_thresholds": self.num_thresholds, self.held: self.value, "class_id": self.class_id}
        return {**super().get_config(), **own}


@register("metric", "sensitivity_at_specificity")
class SensitivityAtSpecificity(_BestWhere):
    """The best share of positives found, where at least `specificity` of the negatives are recognized.

    Args:
        specificity: 0 to 1.
        num_thresholds: how many thresholds are tried, evenly from 0 to 1.
        class_id: look at this class only.
    """

    wanted, held = "sensitivity", "specificity"

    def __init__(
        self, specificity: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(specificity, num_thresholds, class_id, name, dtype)


@register("metric", "specificity_at_sensitivity")
class SpecificityAtSensitivity(_BestWhere):
    """The best share of negatives recognized, where at least `sensitivity` of the positives are found. Arguments as above."""

    wanted, held = "specificity", "sensitivity"

    def __init__(
        self, sensitivity: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)


@register("metric", "precision_at_recall")
class PrecisionAtRecall(_BestWhere):
    """The best precision where the recall is at least `recall`. Arguments as above."""

    wanted, held = "precision", "recall"

    def __init__(
        self, recall: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None, dtype: Any = None
    ):
        super().__init__(recall, num_thresholds, class_id, name, dtype)


@register("metric", "recall_at_precision")
class RecallAtPrecision(_BestWhere):
    """The best recall where the precision is at least `precision`, 0 where it never is. Arguments as above."""

    wanted, held = "recall", "precision"

    def __init__(
        self, precision: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(precision, num_thresholds, class_id, name, dtype)
