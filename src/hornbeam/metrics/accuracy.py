"""How often predictions are right."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.engine.door import op
from hornbeam.engine.errors import ShapeError
from hornbeam.engine.registry import register
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.losses.formulas import paired, paired_elements, same_rank
from hornbeam.metrics.base import MeanMetricWrapper


def _each(operands: Sequence[Any]) -> list[Tensor]:
    """Labels and predictions keep their own types."""
    return [as_tensor(x) for x in operands]


def _float(hits: Any) -> Any:
    return hits.astype(jnp.float32)


def _largest(p: Any) -> Any:
    """The position of the largest element of the last axis, the first of equals. Two plain reductions, which vectorize; argmax does not."""
    positions = jax.lax.broadcasted_iota(jnp.int32, p.shape, p.ndim - 1)
    return jnp.min(jnp.where(p == jnp.max(p, -1, keepdims=True), positions, p.shape[-1]), -1)


def _class_numbers(name: str, t: Any, p: Any) -> Any:
    if t.ndim == p.ndim and t.shape[-1] == 1:
        t = t[..., 0]
    if t.shape != p.shape[:-1]:
        raise ShapeError(
            f"Metric '{name}' needs one class number for each row of predictions; y_true has shape {t.shape}, y_pred {p.shape}. "
            "If the labels are one-hot, use the metric without 'sparse' in its name."
        )
    return t.astype(jnp.int32)


def _same_shape(name: str, t: Any, p: Any) -> None:
    if t.shape != p.shape:
        raise ShapeError(f"Metric '{name}' needs labels of the predictions' shape; y_true has shape {t.shape}, y_pred {p.shape}.")


@op(2, lambda operands: _each(operands), differentiable=False, host="numpy")
def accuracy(y_true: Any, y_pred: Any) -> Any:
    """Which labels equal the predictions: shape [batch, ...]."""
    t, p = same_rank(y_true, y_pred)
    return _float(t.astype(p.dtype) == p)


@op(2, paired, differentiable=False, host="numpy")
def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """Which predictions are on the label's side of the threshold: the shape of the labels."""
    t, p = paired_elements("binary_accuracy", y_true, y_pred)
    return _float(t == (p > jnp.asarray(threshold, p.dtype)).astype(t.dtype))


@op(2, paired, differentiable=False, host="numpy")
def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Whether the largest prediction is that of the one-hot label: shape [batch, ...]."""
    _same_shape("categorical_accuracy", y_true, y_pred)
    return _float(_largest(y_true) == _largest(y_pred))


@op(2, lambda operands: _each(operands), differentiable=False, host="numpy")
def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Whether the largest prediction is that of the label's class number: shape [batch, ...]."""
    return _float(_class_numbers("sparse_categorical_accuracy", y_true, y_pred) == _largest(y_pred))


def _among(t: Any, p: Any, k: int) -> Any:
    """Whether fewer than k predictions exceed that of class t."""
    right = jax.lax.broadcasted_iota(t.dtype, p.shape, p.ndim - 1) == t[..., None]
    own = jnp.sum(jnp.where(right, p, 0), -1, keepdims=True)
    return _float((jnp.sum(p > own, -1, dtype=jnp.int32) < k) & jnp.isfinite(own[..., 0]))


@op(2, paired, differentiable=False, host="numpy")
def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """Whether the one-hot label is among the k largest predictions, equals included: shape [batch, ...]."""
    _same_shape("top_k_categorical_accuracy", y_true, y_pred)
    return _among(_largest(y_true), y_pred, k)


@op(2, lambda operands: _each(operands), differentiable=False, host="numpy")
def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False) -> Any:
    """Whether the label's class number is among the k largest predictions, equals included: shape [batch, ...].

    `from_sorted_ids`: predictions are class numbers already, the best first.
    """
    t = _class_numbers("sparse_top_k_categorical_accuracy", y_true, y_pred)
    if from_sorted_ids:
        return _float(jnp.any(y_pred[..., :k].astype(jnp.int32) == t[..., None], -1))
    return _among(t, y_pred, k)


@register("metric", "accuracy")
class Accuracy(MeanMetricWrapper):
    """How often predictions equal labels. As a string in `compile`, 'accuracy' is chosen by the shapes: see `accuracy_for`."""

    def __init__(self, name: str | None = "accuracy", dtype: Any = None):
        super().__init__(accuracy, name, dtype)


@register("metric", "binary_accuracy")
class BinaryAccuracy(MeanMetricWrapper):
    """How often predictions lie on the label's side of `threshold`."""

    def __init__(self, name: str | None = "binary_accuracy", dtype: Any = None, threshold: float = 0.5):
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)


@register("metric", "categorical_accuracy")
class CategoricalAccuracy(MeanMetricWrapper):
    """How often the largest prediction is that of the one-hot label."""

    def __init__(self, name: str | None = "categorical_accuracy", dtype: Any = None):
        super().__init__(categorical_accuracy, name, dtype)


@register("metric", "sparse_categorical_accuracy")
class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often the largest prediction is that of the label's class number."""

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None):
        super().__init__(sparse_categorical_accuracy, name, dtype)


@register("metric", "top_k_categorical_accuracy")
class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the one-hot label is among the `k` largest predictions."""

    def __init__(self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: Any = None):
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)


@register("metric", "sparse_top_k_categorical_accuracy")
class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the label's class number is among the `k` largest predictions."""

    def __init__(
        self, k: int = 5, name: str | None = "sparse_top_k_categorical_accuracy", dtype: Any = None, from_sorted_ids: bool = False
    ):
        super().__init__(sparse_top_k_categorical_accuracy, name, dtype, k=k, from_sorted_ids=from_sorted_ids)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        if not config["from_sorted_ids"]:
            del config["from_sorted_ids"]  # Keras leaves it out
        return config


def _kind(y_true_shape: Sequence[Any], y_pred_shape: Sequence[Any]) -> str:
    """Whether labels and predictions of these shapes are 'binary', 'sparse' or 'categorical', as Keras tells."""
    if len(y_pred_shape) < 2 or y_pred_shape[-1] == 1:
        return "binary"
    if len(y_true_shape) < len(y_pred_shape) or y_true_shape[-1] == 1:
        return "sparse"
    return "categorical"


def accuracy_for(y_true_shape: Sequence[Any], y_pred_shape: Sequence[Any], name: str = "accuracy") -> MeanMetricWrapper:
    """The metric that the string 'accuracy' (or 'acc') stands for when labels and predictions have these shapes, batch included."""
    kinds = {"binary": BinaryAccuracy, "sparse": SparseCategoricalAccuracy, "categorical": CategoricalAccuracy}
    return kinds[_kind(y_true_shape, y_pred_shape)](name=name)


def crossentropy_for(y_true_shape: Sequence[Any], y_pred_shape: Sequence[Any], name: str = "crossentropy") -> MeanMetricWrapper:
    """The metric that the string 'crossentropy' (or 'ce') stands for when labels and predictions have these shapes."""
    from hornbeam.metrics import means

    kinds = {
        "binary": means.BinaryCrossentropy,
        "sparse": means.SparseCategoricalCrossentropy,
        "categorical": means.CategoricalCrossentropy,
    }
    return kinds[_kind(y_true_shape, y_pred_shape)](name=name)


