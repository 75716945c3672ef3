"""Losses that look at more than one element at a time: overlaps of regions, alignments of sequences, distances between examples."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from hornbeam import ops
from hornbeam.engine import dtypes
from hornbeam.engine.door import cast, op
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.registry import register
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.losses.base import Formula
from hornbeam.losses.formulas import _labels, _matched, loss

_MEAN = "sum_over_batch_size"


def _whole(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, (list, tuple)) else axis


def _share(part: Any, whole: Any) -> Any:
    return part / (whole + jnp.asarray(dtypes.epsilon(), whole.dtype))


@loss()
def dice(y_true: Any, y_pred: Any, axis: Any = None) -> Any:
    """1 - 2 * sum(y_true * y_pred) / (sum(y_true) + sum(y_pred)): how little two regions overlap (Milletari et al. 2016).

    Args:
        axis: what is summed over; None: everything, so that the batch has one value.
    """
    t, p = _matched("dice", y_true, y_pred)
    axis = _whole(axis)
    return 1 - _share(2 * jnp.sum(t * p, axis), jnp.sum(t, axis) + jnp.sum(p, axis))


@loss()
def tversky(y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None) -> Any:
    """1 - both / (both + alpha * missed + beta * false alarms), counts being sums (Salehi et al. 2017).

    Args:
        alpha: weighs what is in the labels alone. beta: what is in the predictions alone. (So it is in Keras; the paper's letters
            are the other way round.)
        axis: what is summed over; None: everything, so that the batch has one value.
    """
    t, p = _matched("tversky", y_true, y_pred)
    axis = _whole(axis)
    both = jnp.sum(t * p, axis)
    return 1 - _share(both, both + alpha * (jnp.sum(t, axis) - both) + beta * (jnp.sum(p, axis) - both))


@loss(rule=_labels)
def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float = 0.5) -> Any:
    """(1 - p^q) / q, p being the probability of the right class: between cross-entropy (q near 0) and absolute error (q near 1).

    Source: Zhang and Sabuncu 2018, for labels that may be wrong.

    Args:
        y_true: class numbers of shape [batch, ...]; y_pred: probabilities of shape [batch, ..., classes].
    """
    t = y_true[..., 0] if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1 else y_true
    if t.shape != y_pred.shape[:-1]:
        raise ShapeError(
            "Loss 'categorical_generalized_cross_entropy' needs one class number for each row of predictions; y_true has shape "
            f"{y_true.shape}, y_pred {y_pred.shape}."
        )
    right = jax.lax.broadcasted_iota(t.dtype, y_pred.shape, y_pred.ndim - 1) == t[..., None]
    return (1 - jnp.sum(jnp.where(right, y_pred, 0), -1) ** q) / q


def _embedded(operands: Sequence[Any]) -> list[Tensor | None]:
    labels, embeddings, *reference = operands
    found = [None if x is None else as_tensor(x) for x in reference]
    y_true, y_pred = _labels([labels, embeddings])
    return [y_true, y_pred, *(x if x is None or not x.dtype.is_floating else cast(x, y_pred.dtype) for x in found)]


def _log_sum(x: Any, chosen: Any) -> Any:
    """log(sum(exp(x))) of the chosen elements of each row; far below everything (but finite, as its gradient) where none is."""
    return jax.nn.logsumexp(jnp.where(chosen, x, jnp.finfo(x.dtype).min / 4), 1)


@op(4, _embedded)
def _circle(
    y_true: Any, y_pred: Any, ref_labels: Any = None, ref_embeddings: Any = None, remove_diagonal: bool = True,
    gamma: float = 80.0, margin: float = 0.4,
) -> Any:
    labels = y_true.reshape(-1)
    others = labels if ref_labels is None else ref_labels.reshape(-1)
    embeddings = y_pred if ref_embeddings is None else ref_embeddings
    if y_pred.ndim != 2 or labels.shape[0] != y_pred.shape[0] or embeddings.shape != (others.shape[0], y_pred.shape[1]):
        raise ShapeError(
            "Loss 'circle' needs a class number and an embedding of shape [batch, d] for each example; y_true has shape "
            f"{y_true.shape}, y_pred {y_pred.shape}, the reference {others.shape} and {embeddings.shape}."
        )
    similar = jnp.matmul(y_pred, embeddings.T)
    alike = labels[:, None] == others[None, :]
    rows, columns = (jax.lax.broadcasted_iota(jnp.int32, alike.shape, axis) for axis in (0, 1))
    positive = alike & (rows != columns) if remove_diagonal else alike
    pull, push = jax.nn.relu(1 + margin - similar), jax.nn.relu(similar + margin)  # the farther from the optimum, the stronger
    near = _log_sum(-gamma * pull * (similar - (1 - margin)), positive)
    far = _log_sum(gamma * push * (similar - margin), ~alike)
    return jax.nn.softplus(near + far)


@op(1, differentiable=False)
def _in_company(labels: Any) -> Any:
    labels = labels.reshape(-1)
    return jnp.sum(labels[:, None] == labels[None, :], 1, dtype=jnp.int32) > 1


@register("loss")
def circle(
    y_true: Any, y_pred: Any, ref_labels: Any = None, ref_embeddings: Any = None, remove_diagonal: bool = True,
    gamma: float = 80.0, margin: float = 0.4,
) -> Tensor:
    """Circle loss of embeddings at unit length: same classes together, others apart (Sun et al. 2020).

    Args:
        y_true: class numbers (batch,); y_pred: embeddings (batch, d), of length 1.
        ref_labels, ref_embeddings: what each example is compared with; the batch itself by default.
        remove_diagonal: an example is not compared with itself.
        gamma: the scale of similarities. margin: how far from the optimum still counts.

    Returns:
        A value an example, (batch,).
    """
    return _circle(y_true, y_pred, ref_labels, ref_embeddings, remove_diagonal, gamma, margin)


@register("loss")
def ctc(y_true: Any, y_pred: Any) -> Tensor:
    """The connectionist temporal classification loss of each sequence (Graves et al. 2006).

    Args:
        y_true: class numbers (batch, length), 0 being the blank: rows are filled up with it.
        y_pred: logits (batch, steps, classes).

    Returns:
        A value a sequence, (batch,).
    """
    y_true, y_pred = as_tensor(y_true), as_tensor(y_pred)
    if len(y_true.shape) != 2 or len(y_pred.shape) != 3:
        raise ShapeError(
            "Loss 'ctc' needs class numbers of shape [batch, length] and logits of shape [batch, steps, classes]; "
            f"y_true has shape {tuple(y_true.shape)}, y_pred {tuple(y_pred.shape)}."
        )
    y_true = ops.cast(y_true, "int32")
    lengths = ops.sum(ops.cast(ops.not_equal(y_true, 0), "int32"), axis=-1)
    steps = ops.full_like(lengths, y_pred.shape[1])
    return ops.ctc_loss(y_true, y_pred, lengths, steps, mask_index=0)


@register("loss")
class Dice(Formula):
    """1 - 2 * sum(y_true * y_pred) / (sum(y_true) + sum(y_pred)).

    Args:
        axis: what is summed over; None: everything.
    """

    formula = dice
    arguments = ("axis",)

    def __init__(self, reduction: str | None = _MEAN, name: str | None = "dice", axis: Any = None, dtype: Any = None):
        super().__init__(name, reduction, dtype)
        self._keep(axis=axis)


@register("loss")
class Tversky(Formula):
    """Dice loss in which `alpha` weighs what is missed and `beta` false alarms (as Keras computes it).

    Args:
        axis: what is summed over; None: everything.
    """

    formula = tversky
    arguments = ("alpha", "beta", "axis")

    def __init__(
        self, alpha: float = 0.5, beta: float = 0.5, reduction: str | None = _MEAN, name: str | None = "tversky",
        axis: Any = None, dtype: Any = None,
    ):
        super().__init__(name, reduction, dtype)
        self._keep(alpha=alpha, beta=beta, axis=axis)


@register("loss")
class Circle(Formula):
    """Circle loss of the batch's embeddings, which should be of unit length (`UnitNormalization`). Arguments as of `circle`."""

    formula = circle
    arguments = ("gamma", "margin", "remove_diagonal")

    def __init__(
        self, gamma: float = 80.0, margin: float = 0.4, remove_diagonal: bool = True, reduction: str | None = _MEAN,
        name: str | None = "circle", dtype: Any = None,
    ):
        super().__init__(name, reduction, dtype)
        self._keep(gamma=gamma, margin=margin, remove_diagonal=remove_diagonal)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        values = super().call(y_true, y_pred)
        if self._arguments["remove_diagonal"]:  # the mean is over the examples that have another of their class
            values._keras_mask = _in_company(y_true)
        return values


@register("loss")
class CTC(Formula):
    """The connectionist temporal classification loss; class 0 is the blank."""

    formula = ctc

    def __init__(self, reduction: str | None = _MEAN, name: str | None = "ctc", dtype: Any = None):
        super().__init__(name, reduction, dtype)
        self._keep()


@register("loss")
class CategoricalGeneralizedCrossEntropy(Formula):
    """(1 - p^q) / q, p being the probability of the right class.

    Args:
        q: above 0 (cross-entropy) and below 1 (absolute error).
    """

    formula = categorical_generalized_cross_entropy
    arguments = ("q",)

    def __init__(
        self, q: float = 0.5, reduction: str | None = _MEAN, name: str | None = "categorical_generalized_cross_entropy",
        dtype: Any = None,
    ):
        if not 0 < q < 1:
            raise ArgumentError(f"CategoricalGeneralizedCrossEntropy: q lies above 0 and below 1; received {q!r}.")
        super().__init__(name, reduction, dtype)
        self._keep(q=q)
