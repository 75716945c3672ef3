"""tf.nn's losses: one number for each row (or element), from logits, not averaged."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine.door import cast, op
from hornbeam.engine.errors import ArgumentError, InvalidArgumentError, ShapeError
from hornbeam.engine.strict import RULES
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.ops.composite.sparse import SparseTensor
from hornbeam.ops.ctc import ctc_decode
from hornbeam.ops.nn import ctc_loss as _ctc_loss


def _floats(name: str, *operands: Any) -> list[Any]:
    return RULES["strict_real_float"].named(name)(operands)


def _log_softmax_host(x: np.ndarray) -> np.ndarray:
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


@op(2, "same", name="tf.nn.softmax_cross_entropy_with_logits", host="numpy")
def _softmax_cross_entropy(labels: Any, logits: Any, axis: int) -> Any:
    wide = logits.astype(jnp.float32) if logits.dtype.itemsize < 4 else logits
    return -jnp.sum(labels.astype(wide.dtype) * jax.nn.log_softmax(wide, axis), axis).astype(logits.dtype)


def softmax_cross_entropy_with_logits(labels: Any, logits: Any, axis: int = -1, name: str | None = None) -> Tensor:
    """-sum(labels * log(softmax(logits))) along the axis; labels are probabilities, of the logits' shape (or broadcast to it)."""
    word = "tf.nn.softmax_cross_entropy_with_logits"
    (logits,) = _floats(word, logits)
    labels = cast(as_tensor(labels), logits.dtype)
    for m, n in zip(labels.shape[::-1], logits.shape[::-1], strict=False):
        if m != n and None not in (m, n) and 1 not in (m, n):
            raise ShapeError(f"{word}: logits and labels must be broadcastable: logits {logits.shape}, labels {labels.shape}.")
    return _softmax_cross_entropy(labels, logits, int(axis))


def _sparse_host(labels: Any, logits: Any) -> Any:
    logs = _log_softmax_host(logits.astype(np.float32) if logits.dtype.itemsize < 4 else logits)
    return -np.take_along_axis(logs, labels[..., None].astype(np.int64), -1)[..., 0].astype(logits.dtype)


@op(2, "same", name="tf.nn.sparse_softmax_cross_entropy_with_logits", host=_sparse_host)
def _sparse_cross_entropy(labels: Any, logits: Any) -> Any:
    wide = logits.astype(jnp.float32) if logits.dtype.itemsize < 4 else logits
    # A comparison with every class fuses into the sum and has a cheap gradient; a gather's gradient is a scatter.
    own = jax.lax.broadcasted_iota(labels.dtype, logits.shape, logits.ndim - 1) == labels[..., None]
    found = -jnp.sum(jnp.where(own, jax.nn.log_softmax(wide), 0), -1)
    known = (labels >= 0) & (labels < logits.shape[-1])
    return jnp.where(known, found, jnp.nan).astype(logits.dtype)


def sparse_softmax_cross_entropy_with_logits(labels: Any, logits: Any, name: str | None = None) -> Tensor:
    """-log(softmax(logits)) of the class that the integer label names.

    Shapes: logits (..., classes), labels the same without the last axis. A label outside the classes is an error in eager code, and
    gives NaN inside a compiled function.
    """
    word = "tf.nn.sparse_softmax_cross_entropy_with_logits"
    (logits,) = _floats(word, logits)
    (labels,) = RULES["strict_integer"].named(word)([labels])
    if labels.ndim != logits.ndim - 1:
        raise ShapeError(
            f"{word}: `labels.shape.rank` must equal `logits.shape.rank - 1`. Received: labels.shape={tuple(labels.shape)} of rank "
            f"{labels.ndim} and logits.shape={tuple(logits.shape)} of rank {logits.ndim}. (One-hot labels go to "
            "tf.nn.softmax_cross_entropy_with_logits.)"
        )
    if any(m != n and None not in (m, n) for m, n in zip(labels.shape, logits.shape[:-1], strict=True)):
        raise ShapeError(
            f"{word}: `labels.shape` must equal `logits.shape` except for the last dimension. Received: "
            f"labels.shape={tuple(labels.shape)} and logits.shape={tuple(logits.shape)}."
        )
    if isinstance(labels._value, np.ndarray) and labels._value.size and logits.shape[-1] is not None:
        low, high, classes = int(labels._value.min()), int(labels._value.max()), logits.shape[-1]
        if low < 0 or high >= classes:
            bad = low if low < 0 else high
            raise InvalidArgumentError(f"{word}: Received a label value of {bad} which is outside the valid range of [0, {classes}).")
    return _sparse_cross_entropy(labels, logits)


def _sigmoid_host(labels: Any, logits: Any) -> Any:
    return np.maximum(logits, 0) - logits * labels + np.log1p(np.exp(-np.abs(logits)))


@op(2, "same", name="tf.nn.sigmoid_cross_entropy_with_logits", host=_sigmoid_host)
def _sigmoid_cross_entropy(labels: Any, logits: Any) -> Any:
    return jax.nn.relu(logits) - logits * labels + jnp.log1p(jnp.exp(-jnp.abs(logits)))


def _same_shape(word: str, logits: Tensor, labels: Tensor) -> None:
    if len(logits.shape) != len(labels.shape) or any(
        m != n and None not in (m, n) for m, n in zip(logits.shape, labels.shape, strict=True)
    ):
        raise ShapeError(f"{word}: `logits` and `labels` must have the same shape, received ({logits.shape} vs {labels.shape}).")


def sigmoid_cross_entropy_with_logits(labels: Any = None, logits: Any = None, name: str | None = None) -> Tensor:
    """-(labels log(sigmoid(logits)) + (1 - labels) log(1 - sigmoid(logits))), element by element."""
    word = "tf.nn.sigmoid_cross_entropy_with_logits"
    if labels is None or logits is None:
        raise ArgumentError(f"{word}: Both labels and logits must be provided.")
    logits, labels = _floats(word, logits, labels)
    _same_shape(word, logits, labels)
    return _sigmoid_cross_entropy(labels, logits)


@op(3, "same", name="tf.nn.weighted_cross_entropy_with_logits", host="numpy")
def _weighted(labels: Any, logits: Any, weight: Any) -> Any:
    steep = 1 + (weight - 1) * labels
    return (1 - labels) * logits + steep * (jnp.log1p(jnp.exp(-jnp.abs(logits))) + jax.nn.relu(-logits))


def weighted_cross_entropy_with_logits(labels: Any, logits: Any, pos_weight: Any, name: str | None = None) -> Tensor:
    """`sigmoid_cross_entropy_with_logits` with its positive part times `pos_weight`."""
    word = "tf.nn.weighted_cross_entropy_with_logits"
    logits, labels, weight = _floats(word, logits, labels, pos_weight)
    _same_shape(word, logits, labels)
    return _weighted(labels, logits, weight)


@op(2, "same", name="tf.nn.log_poisson_loss", host="numpy")
def _log_poisson(targets: Any, log_input: Any, full: bool) -> Any:
    loss = jnp.exp(log_input) - log_input * targets
    if not full:
        return loss
    large = jnp.where(targets > 1, targets, 2)
    stirling = large * jnp.log(large) - large + 0.5 * jnp.log(np.asarray(2 * math.pi, targets.dtype) * large)
    return loss + jnp.where(targets > 1, stirling, 0)


def log_poisson_loss(targets: Any, log_input: Any, compute_full_loss: bool = False, name: str | None = None) -> Tensor:
    """exp(c) - z c: the negative log-likelihood of counts z under Poisson's law of rate exp(c).

    `compute_full_loss`: with log(z!) by Stirling's formula, where z > 1.
    """
    word = "tf.nn.log_poisson_loss"
    log_input, targets = _floats(word, log_input, targets)
    _same_shape(word, log_input, targets)
    return _log_poisson(targets, log_input, bool(compute_full_loss))


@op(name="tf.nn.l2_loss", host="numpy")
def _half_square(x: Any) -> Any:
    return jnp.sum(jnp.square(x)) / 2


def l2_loss(t: Any, name: str | None = None) -> Tensor:
    """Half the sum of squares."""
    return _half_square(*_floats("tf.nn.l2_loss", t))


# Means over what all replicas see; there is one here.
@op(2, "same", name="tf.nn.compute_average_loss", host="numpy")
def _average(loss: Any, weight: Any, size: float) -> Any:
    return jnp.sum(loss if weight is None else loss * weight.reshape(weight.shape + (1,) * (loss.ndim - weight.ndim))) / size


def compute_average_loss(per_example_loss: Any, sample_weight: Any = None, global_batch_size: Any = None) -> Tensor:
    """The sum of losses (times their weights) over the size of the whole batch, by default as many as there are."""
    loss = as_tensor(per_example_loss)
    loss = loss if loss.dtype.is_floating else cast(loss, "float32")
    weight = None if sample_weight is None else cast(as_tensor(sample_weight), loss.dtype)
    if global_batch_size is None:
        global_batch_size = loss.shape[0] if loss.ndim else 1
    if not loss.ndim:
        raise ShapeError("tf.nn.compute_average_loss takes a loss for each example; received a scalar. Leave out its reduction.")
    return _average(loss, weight, float(global_batch_size))


def scale_regularization_loss(regularization_loss: Any) -> Tensor:
    """The sum of a regularization loss over the number of replicas, which is one."""
    return _average(as_tensor(regularization_loss), None, 1.0)


# Sequences without alignment.
def ctc_loss(
    labels: Any, logits: Any, label_length: Any, logit_length: Any, logits_time_major: bool = True, unique: Any = None,
    blank_index: int | None = None, name: str | None = None,
) -> Tensor:  # fmt: skip
    """The connectionist temporal classification loss of each sequence (Graves et al. 2006).

    Args:
        labels: int (batch, length), or a SparseTensor. logits: (steps, batch, classes), or batch first without `logits_time_major`.
        label_length, logit_length: how much of each row counts, (batch,). blank_index: 0 by default; negative from the end.
    """
    (logits,) = _floats("tf.nn.ctc_loss", logits)
    if logits.ndim != 3:
        raise ShapeError(f"tf.nn.ctc_loss: logits have 3 axes (steps, batch, classes); received shape {logits.shape}.")
    sparse = hasattr(labels, "dense_shape")
    if sparse:
        if blank_index is None:
            raise ArgumentError("tf.nn.ctc_loss: blank_index must be given when labels are sparse.")
        rows = np.asarray(labels.indices)[:, 0]
        label_length = np.bincount(rows, minlength=int(labels.dense_shape[0])).astype(np.int32)
        dense = np.zeros((len(label_length), max(int(label_length.max(initial=0)), 1)), np.int32)
        dense[rows, np.asarray(labels.indices)[:, 1]] = np.asarray(labels.values)
        labels = dense
    blank = int(blank_index or 0) % int(logits.shape[-1])
    output = _batch_first(logits) if logits_time_major else logits
    return _ctc_loss(as_tensor(labels), output, as_tensor(label_length), as_tensor(logit_length), blank)


@op(name="tf.nn.batch_first")
def _batch_first(x: Any) -> Any:
    return jnp.swapaxes(x, 0, 1)


def _decoded(labels: np.ndarray) -> Any:
    """One path's labels (batch, time), -1 after the end, as a SparseTensor."""
    places = np.argwhere(labels >= 0)
    width = int((labels >= 0).sum(1).max(initial=0))
    return SparseTensor(places.astype(np.int64), labels[labels >= 0].astype(np.int64), np.array([len(labels), width], np.int64))


def ctc_greedy_decoder(
    inputs: Any, sequence_length: Any, merge_repeated: bool = True, blank_index: int | None = None
) -> tuple[list[Any], Tensor]:
    """The likeliest class of each step, without repeats and blanks: ([SparseTensor], minus the sum of the logits taken (batch, 1))."""
    inputs = as_tensor(inputs)
    blank = int(-1 if blank_index is None else blank_index) % int(inputs.shape[-1])
    labels, scores = ctc_decode(_batch_first(inputs), sequence_length, "greedy", merge_repeated=merge_repeated, mask_index=blank)
    return [_decoded(np.asarray(labels)[0])], scores


def ctc_beam_search_decoder(inputs: Any, sequence_length: Any, beam_width: int = 100, top_paths: int = 1) -> tuple[list[Any], Tensor]:
    """The likeliest label sequences by a beam search: (a SparseTensor for each of `top_paths`, their log probabilities)."""
    inputs = as_tensor(inputs)
    labels, scores = ctc_decode(
        _batch_first(inputs), sequence_length, "beam_search", beam_width, top_paths, mask_index=int(inputs.shape[-1]) - 1
    )
    return [_decoded(each) for each in np.asarray(labels)], scores
