"""Losses as functions: labels and predictions of shape [batch, ..., d] to one value an example, shape [batch, ...].

Each is one operation behind the door. Where a probability is taken the logarithm of, it is first brought between epsilon and
1 - epsilon, as Keras does.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import Op, cast, op
from hornbeam.engine.errors import ShapeError
from hornbeam.engine.registry import register
from hornbeam.engine.tensor import Tensor, as_tensor


def paired(operands: Sequence[Any]) -> list[Tensor]:
    """Promotion rule of losses: predictions are floating, labels take their type. Integer class numbers stay as they are."""
    y_true, y_pred = (as_tensor(x) for x in operands)
    if not dtypes.is_float(y_pred._value.dtype):
        y_pred = cast(y_pred, dtypes.floatx())
    return [cast(y_true, y_pred.dtype), y_pred]


def _labels(operands: Sequence[Any]) -> list[Tensor]:
    y_true, y_pred = (as_tensor(x) for x in operands)
    if not dtypes.is_float(y_pred._value.dtype):
        y_pred = cast(y_pred, dtypes.floatx())
    return [y_true if y_true._value.dtype.kind in "iu" else cast(y_true, "int32"), y_pred]


def loss(*aliases: str, rule: Callable = paired) -> Callable[[Callable], Op]:
    """Decorator: a formula on arrays becomes an operation, entered in the table of losses."""
    return lambda formula: register("loss", *aliases)(Op(formula, 2, rule, "numpy", name=f"losses.{formula.__name__}"))


def same_rank(t: Any, p: Any) -> tuple[Any, Any]:
    """Labels [batch] beside predictions [batch, 1], or the other way round: the last axis of size 1 goes."""
    if t.ndim == p.ndim + 1 and t.shape[-1] == 1:
        return t[..., 0], p
    if p.ndim == t.ndim + 1 and p.shape[-1] == 1:
        return (t, p[..., 0]) if t.ndim > 1 else (t[..., None], p)
    return t, p


def paired_elements(what: str, t: Any, p: Any) -> tuple[Any, Any]:
    """Labels and predictions of one shape, `same_rank` applied, or `ShapeError`: for metrics that compare element by element."""
    t, p = same_rank(t, p)
    if t.shape != p.shape:
        raise ShapeError(
            f"{what} compares labels and predictions element by element; y_true has shape {t.shape}, y_pred {p.shape}. For class "
            "numbers beside a score for each class, make the labels one-hot (hb.utils.to_categorical), or use a metric for class "
            "numbers such as 'sparse_categorical_accuracy'."
        )
    return t, p


def _matched(name: str, t: Any, p: Any) -> tuple[Any, Any]:
    t, p = same_rank(t, p)
    try:
        np.broadcast_shapes(t.shape, p.shape)
    except ValueError:
        raise ShapeError(
            f"Loss '{name}' compares labels and predictions element by element; y_true has shape {t.shape}, y_pred {p.shape}. "
            "Give the last layer as many units as a label has values."
        ) from None
    return t, p


def _distributions(name: str, t: Any, p: Any) -> tuple[Any, Any]:
    if name.startswith("binary"):
        t, p = same_rank(t, p)
        advice = "Give the last layer as many units as a label has values (one for a yes or no)."
    else:
        advice = "If labels are class numbers, use 'sparse_categorical_crossentropy'; else give the last layer as many units as classes."
    if t.shape != p.shape:
        raise ShapeError(f"Loss '{name}' needs labels of the predictions' shape; y_true has shape {t.shape}, y_pred {p.shape}. {advice}")
    return t, p


def _between(p: Any, low: float, high: float) -> Any:
    return jnp.clip(p, jnp.asarray(low, p.dtype), jnp.asarray(high, p.dtype))


def _clipped(p: Any) -> Any:
    return _between(p, dtypes.epsilon(), 1 - dtypes.epsilon())


def _normalized(x: Any, axis: Any = -1) -> Any:
    """x divided by its Euclidean norm along the axis; 0 stays 0."""
    return x * jax.lax.rsqrt(jnp.maximum(jnp.sum(jnp.square(x), axis, keepdims=True), jnp.asarray(1e-24, x.dtype)))


def _mean(x: Any, axis: Any = -1) -> Any:
    return jnp.mean(x, axis) if x.ndim else x


@loss("mse", "MSE")
def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """mean((y_true - y_pred)^2)."""
    t, p = _matched("mean_squared_error", y_true, y_pred)
    return _mean(jnp.square(t - p))


@loss("mae", "MAE")
def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """mean(|y_true - y_pred|)."""
    t, p = _matched("mean_absolute_error", y_true, y_pred)
    return _mean(jnp.abs(t - p))


@loss("mape", "MAPE")
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """100 * mean(|y_true - y_pred| / max(|y_true|, epsilon))."""
    t, p = _matched("mean_absolute_percentage_error", y_true, y_pred)
    return 100 * _mean(jnp.abs((t - p) / jnp.maximum(jnp.abs(t), jnp.asarray(dtypes.epsilon(), t.dtype))))


@loss("msle", "MSLE")
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """mean((log(1 + y_true) - log(1 + y_pred))^2), negative values taken as epsilon."""
    t, p = _matched("mean_squared_logarithmic_error", y_true, y_pred)
    log = lambda x: jnp.log1p(jnp.maximum(x, jnp.asarray(dtypes.epsilon(), x.dtype)))
    return _mean(jnp.square(log(t) - log(p)))


@loss()
def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """mean of e^2 / 2 where |e| <= delta and delta * |e| - delta^2 / 2 elsewhere (Huber 1964)."""
    t, p = _matched("huber", y_true, y_pred)
    distance = jnp.abs(t - p)
    return _mean(jnp.where(distance <= delta, 0.5 * jnp.square(distance), delta * distance - 0.5 * delta * delta))


@loss()
def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """mean(log(cosh(y_pred - y_true))), in a form that does not overflow."""
    t, p = _matched("log_cosh", y_true, y_pred)
    return _mean((p - t) + jax.nn.softplus(-2 * (p - t)) - math.log(2))


@loss()
def poisson(y_true: Any, y_pred: Any) -> Any:
    """mean(y_pred - y_true * log(y_pred))."""
    t, p = _matched("poisson", y_true, y_pred)
    return _mean(p - t * jnp.log(p + jnp.asarray(dtypes.epsilon(), p.dtype)))


@loss("kld", "KLD")
def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """sum(y_true * log(y_true / y_pred)), both brought between epsilon and 1."""
    t, p = _matched("kl_divergence", y_true, y_pred)
    t, p = _between(t, dtypes.epsilon(), 1.0), _between(p, dtypes.epsilon(), 1.0)
    return jnp.sum(t * jnp.log(t / p), -1)


@loss()
def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """-sum(y_true * y_pred) of the vectors at unit length: -1 is alike, 1 opposite."""
    t, p = _matched("cosine_similarity", y_true, y_pred)
    return -jnp.sum(_normalized(t, axis) * _normalized(p, axis), axis)


def _signs(t: Any) -> Any:
    """Labels 0 and 1 become -1 and 1, when there are no others."""
    return jnp.where(jnp.all((t == 0) | (t == 1)), 2 * t - 1, t)


@loss()
def hinge(y_true: Any, y_pred: Any) -> Any:
    """mean(max(1 - y_true * y_pred, 0)); labels are -1 and 1, or 0 and 1."""
    t, p = _matched("hinge", y_true, y_pred)
    return _mean(jax.nn.relu(1 - _signs(t) * p))


@loss()
def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """mean(max(1 - y_true * y_pred, 0)^2); labels are -1 and 1, or 0 and 1."""
    t, p = _matched("squared_hinge", y_true, y_pred)
    return _mean(jnp.square(jax.nn.relu(1 - _signs(t) * p)))


@loss()
def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """max(0, 1 + the best wrong class's score - the right one's); labels are one-hot."""
    t, p = _matched("categorical_hinge", y_true, y_pred)
    return jax.nn.relu(jnp.max((1 - t) * p, -1) - jnp.sum(t * p, -1) + 1)


def _binary(t: Any, p: Any, from_logits: bool) -> Any:
    if from_logits:  # -t * log(sigmoid(p)) - (1 - t) * log(1 - sigmoid(p)), without overflow
        return jnp.maximum(p, 0) - p * t + jnp.log1p(jnp.exp(-jnp.abs(p)))
    p = _clipped(p)
    return -(t * jnp.log(p) + (1 - t) * jnp.log(1 - p))


def _smoothed(t: Any, label_smoothing: float, classes: int) -> Any:
    return t * (1 - label_smoothing) + label_smoothing / classes if label_smoothing else t


@loss("bce", "BCE")
def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """mean(-y_true * log(p) - (1 - y_true) * log(1 - p)), p being y_pred or, `from_logits`, its sigmoid."""
    t, p = _distributions("binary_crossentropy", y_true, y_pred)
    return _mean(_binary(_smoothed(t, label_smoothing, 2), p, from_logits), axis)


@loss()
def binary_focal_crossentropy(
    y_true: Any, y_pred: Any, apply_class_balancing: bool = False, alpha: float = 0.25, gamma: float = 2.0,
    from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
) -> Any:
    """Binary cross-entropy times (1 - the right side's probability)^gamma (Lin et al. 2017); `alpha` weighs class 1 when balancing."""
    t, p = _distributions("binary_focal_crossentropy", y_true, y_pred)
    t = _smoothed(t, label_smoothing, 2)
    p = jax.nn.sigmoid(p) if from_logits else p
    right = t * p + (1 - t) * (1 - p)
    values = (1 - right) ** gamma * _binary(t, p, False)
    if apply_class_balancing:
        values = (t * alpha + (1 - t) * (1 - alpha)) * values
    return _mean(values, axis)


@loss()
def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """-sum(y_true * log(p)), p being y_pred over its sum or, `from_logits`, its softmax. Labels are one-hot or distributions."""
    t, p = _distributions("categorical_crossentropy", y_true, y_pred)
    t = _smoothed(t, label_smoothing, p.shape[axis])
    if from_logits:
        return -jnp.sum(t * jax.nn.log_softmax(p, axis), axis)
    return -jnp.sum(t * jnp.log(_clipped(p / jnp.sum(p, axis, keepdims=True))), axis)


@loss()
def categorical_focal_crossentropy(
    y_true: Any, y_pred: Any, alpha: Any = 0.25, gamma: float = 2.0, from_logits: bool = False,
    label_smoothing: float = 0.0, axis: int = -1,
) -> Any:
    """Categorical cross-entropy, each class's term times alpha * (1 - p)^gamma (Lin et al. 2017)."""
    t, p = _distributions("categorical_focal_crossentropy", y_true, y_pred)
    t = _smoothed(t, label_smoothing, p.shape[axis])
    p = _clipped(jax.nn.softmax(p, axis) if from_logits else p / jnp.sum(p, axis, keepdims=True))
    return -jnp.sum(jnp.asarray(alpha, p.dtype) * (1 - p) ** gamma * t * jnp.log(p), axis)


@loss(rule=_labels)
def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
) -> Any:
    """-log(p[y_true]): y_true of shape [batch, ...] holds class numbers, y_pred of shape [batch, ..., classes] scores.

    Args:
        from_logits: scores are before softmax; else they are probabilities (and are taken over their sum).
        ignore_class: a class number whose examples count 0.
    """
    t, p = y_true, jnp.moveaxis(y_pred, axis, -1)
    if t.ndim == p.ndim and t.shape[-1] == 1:
        t = t[..., 0]
    if t.shape != p.shape[:-1]:
        raise ShapeError(
            "Loss 'sparse_categorical_crossentropy' needs one class number for each row of predictions; y_true has shape "
            f"{y_true.shape}, y_pred {y_pred.shape}. If the labels are one-hot, use 'categorical_crossentropy'."
        )
    # The right class's score as a masked sum: it joins the loop that reads the scores, where a gather would be a pass of its
    # own forward and a scatter backward.
    right = jax.lax.broadcasted_iota(t.dtype, p.shape, p.ndim - 1) == t[..., None]
    if from_logits:
        top = jax.lax.stop_gradient(jnp.max(p, -1, keepdims=True))
        values = jnp.log(jnp.sum(jnp.exp(p - top), -1)) - jnp.sum(jnp.where(right, p - top, 0), -1)
    else:
        p = _clipped(p)
        values = jnp.log(jnp.sum(p, -1)) - jnp.log(jnp.sum(jnp.where(right, p, 0), -1))
    return values if ignore_class is None else jnp.where(t == ignore_class, jnp.zeros((), values.dtype), values)


@op(2, differentiable=False)
def kept_labels(y_true: Any, values: Any, ignore_class: int) -> Any:
    """Which labels are not `ignore_class`, in the shape of the loss's values."""
    return y_true.reshape(values.shape) != ignore_class
