"""How well regions of classes overlap: intersections over unions, from a matrix of counts."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam import ops
from hornbeam.engine.door import cast, op
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.registry import register
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.losses.base import fitted
from hornbeam.metrics.base import Metric


def _operands(operands: Sequence[Any]) -> list[Tensor | None]:
    y_true, y_pred, weights = operands
    return [as_tensor(y_true), as_tensor(y_pred), None if weights is None else cast(as_tensor(weights), "float32")]


@op(3, _operands, differentiable=False)
def confusion_matrix(
    y_true: Any, y_pred: Any, weights: Any = None, num_classes: int = 2, ignore_class: int | None = None
) -> Any:
    """Weighted counts [classes, classes]: row the label, column the prediction. Numbers that are no class are not counted."""
    t, p = y_true.astype(jnp.int32), y_pred.astype(jnp.int32)
    if t.size != p.size:
        raise ShapeError(f"As many labels as predictions are needed; y_true has shape {y_true.shape}, y_pred {y_pred.shape}.")
    w = jnp.ones(t.shape, jnp.float32) if weights is None else jnp.broadcast_to(fitted(weights, t), t.shape)
    t, p, w = t.reshape(-1), p.reshape(-1), w.reshape(-1)
    counts = (t >= 0) & (t < num_classes) & (p >= 0) & (p < num_classes)
    if ignore_class is not None:
        counts &= t != ignore_class
    cells = jnp.where(counts, t * num_classes + p, 0)
    matrix = jnp.zeros(num_classes * num_classes, jnp.float32).at[cells].add(jnp.where(counts, w, 0))
    return matrix.reshape(num_classes, num_classes)


@op(1, "float", differentiable=False)
def _mean_overlap(matrix: Any, classes: tuple[int, ...]) -> Any:
    chosen = np.bincount(classes, minlength=matrix.shape[0]).astype(matrix.dtype)
    both = jnp.sum(matrix * np.eye(matrix.shape[0], dtype=matrix.dtype), 0)
    union = jnp.sum(matrix, 0) + jnp.sum(matrix, 1) - both
    seen = union > 0
    shares = jnp.where(seen, both / jnp.where(seen, union, jnp.ones((), union.dtype)), jnp.zeros((), union.dtype))
    return jnp.sum(shares * chosen) / jnp.maximum(jnp.sum(seen * chosen), jnp.ones((), matrix.dtype))


@register("metric", "io_u", "iou")
class IoU(Metric):
    """The mean over some classes of the intersection over the union of labels and predictions.

    Args:
        num_classes: how many classes there are.
        target_class_ids: the classes whose mean is taken; those that were never seen do not count.
        ignore_class: a label whose elements do not count, which may be no class (-1, 255).
        sparse_y_true, sparse_y_pred: labels, predictions are class numbers; else the largest of `axis` is the class.
    """

    def __init__(
        self, num_classes: int, target_class_ids: Sequence[int], name: str | None = None, dtype: Any = None,
        ignore_class: int | None = None, sparse_y_true: bool = True, sparse_y_pred: bool = True, axis: int = -1,
    ):
        super().__init__(dtype, name)
        if any(not 0 <= c < num_classes for c in target_class_ids):
            raise ArgumentError(
                f"{type(self).__name__}: target_class_ids are classes, 0 to {num_classes - 1}; received {list(target_class_ids)}."
            )
        self.num_classes, self.target_class_ids, self.ignore_class = num_classes, list(target_class_ids), ignore_class
        self.sparse_y_true, self.sparse_y_pred, self.axis = sparse_y_true, sparse_y_pred, axis
        self.total_cm = self.add_weight((num_classes, num_classes), name="total_confusion_matrix")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        if not self.sparse_y_true:
            y_true = ops.argmax(y_true, axis=self.axis)
        if not self.sparse_y_pred:
            y_pred = ops.argmax(y_pred, axis=self.axis)
        counts = confusion_matrix(y_true, y_pred, sample_weight, self.num_classes, self.ignore_class)
        self.total_cm.assign_add(cast(counts, self.dtype))

    def result(self) -> Tensor:
        return _mean_overlap(self.total_cm, tuple(self.target_class_ids))

    def get_config(self) -> dict[str, Any]:
        kept = ("num_classes", "target_class_ids", "ignore_class", "sparse_y_true", "sparse_y_pred", "axis")
        return {**super().get_config(), **{name: getattr(self, name) for name in kept}}


@register("metric", "binary_io_u", "binary_iou")
class BinaryIoU(IoU):
    """The intersection over the union where predictions above `threshold` are class 1.

    Args:
        target_class_ids: (0,), (1,) or both.
        threshold: predictions below it are class 0.
    """

    def __init__(
        self, target_class_ids: Sequence[int] = (0, 1), threshold: float = 0.5, name: str | None = None, dtype: Any = None
    ):
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_pred = ops.cast(ops.greater_equal(cast(y_pred, self.dtype), self.threshold), "int32")
        super().update_state(y_true, y_pred, sample_weight)

    def get_config(self) -> dict[str, Any]:
        return {**Metric.get_config(self), "target_class_ids": self.target_class_ids, "threshold": self.threshold}


@register("metric", "mean_io_u", "mean_iou")
class MeanIoU(IoU):
    """The mean over all classes of the intersection over the union. Arguments as of `IoU`."""

    def __init__(
        self, num_classes: int, name: str | None = None, dtype: Any = None, ignore_class: int | None = None,
        sparse_y_true: bool = True, sparse_y_pred: bool = True, axis: int = -1,
    ):
        super().__init__(num_classes, range(num_classes), name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["target_class_ids"]
        return config


@register("metric", "one_hot_io_u", "one_hot_iou")
class OneHotIoU(IoU):
    """`IoU` of one-hot labels and scores of classes. Arguments as of `IoU`."""

    def __init__(
        self, num_classes: int, target_class_ids: Sequence[int], name: str | None = None, dtype: Any = None,
        ignore_class: int | None = None, sparse_y_pred: bool = False, axis: int = -1,
    ):
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["sparse_y_true"]
        return config


@register("metric", "one_hot_mean_io_u", "one_hot_mean_iou")
class OneHotMeanIoU(MeanIoU):
    """`MeanIoU` of one-hot labels and scores of classes. Arguments as of `IoU`."""

    def __init__(
        self, num_classes: int, name: str | None = None, dtype: Any = None, ignore_class: int | None = None,
        sparse_y_pred: bool = False, axis: int = -1,
    ):
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["sparse_y_true"]
        return config
