"""What layers, losses and metrics are made of: encodings, cross-entropies, moments and normalizations."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import RULES, cast, op
from hornbeam.engine.errors import ShapeError
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.ops._rows import elsewhere as __getattr__  # noqa: F401
from hornbeam.ops._rows import tidy_axis
from hornbeam.ops.shaping import squeeze


# Encodings.
def _one_hot_host(x: Any, num_classes: int, axis: int, dtype: Any) -> Any:
    axis = axis % (x.ndim + 1)
    classes = np.arange(num_classes).reshape([-1 if i == axis else 1 for i in range(x.ndim + 1)])
    return (np.expand_dims(x, axis) == classes).astype(dtype)


@op(host=_one_hot_host, cost=lambda x: x.size * 16, differentiable=False, name="one_hot")
def _one_hot(x: Any, num_classes: int, axis: int, dtype: Any) -> Any:
    return jax.nn.one_hot(x, num_classes, dtype=dtype, axis=axis)


def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False) -> Tensor:
    """1 at the place each integer names along a new axis of `num_classes`, 0 elsewhere; all 0 for integers outside."""
    x = as_tensor(x)
    x = x if x.dtype.is_integer else cast(x, "int32")
    return _one_hot(x, int(num_classes), axis, dtypes.standardize(dtype).numpy)


@op(differentiable=False, name="multi_hot")
def _multi_hot(x: Any, num_classes: int, axis: int, dtype: Any) -> Any:
    hot = jax.nn.one_hot(x, num_classes, dtype=dtype, axis=axis)
    return jnp.max(hot, 1 if x.ndim > 1 else 0)


def multi_hot(
    inputs: Any, num_classes: int | None = None, axis: int = -1, dtype: Any = None, sparse: bool = False, **kwargs: Any
) -> Tensor:
    """1 at every place that the integers of a row (the last axis) name, 0 elsewhere."""
    count = kwargs.pop("num_tokens", num_classes)
    return _multi_hot(inputs, int(count), axis, dtypes.standardize(dtype).numpy)


# Cross-entropies, element by element or class by class; losses average them.
@op(2, "float", name="binary_crossentropy", host="numpy")
def _binary_crossentropy(target: Any, output: Any, from_logits: bool, epsilon: float) -> Any:
    if from_logits:
        return jnp.maximum(output, 0) - output * target + jnp.log1p(jnp.exp(-jnp.abs(output)))
    output = jnp.clip(output, epsilon, 1 - epsilon)
    return -(target * jnp.log(output) + (1 - target) * jnp.log(1 - output))


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Tensor:
    """-(t log p + (1 - t) log(1 - p)) of each element; `output` is p, or its logit. p is kept 1e-7 from 0 and 1."""
    _same_shape("binary_crossentropy", target, output)
    return _binary_crossentropy(target, output, bool(from_logits), dtypes.epsilon())


def _same_shape(name: str, target: Any, output: Any) -> None:
    a, b = as_tensor(target).shape, as_tensor(output).shape
    if len(a) != len(b) or any(m != n and m is not None and n is not None for m, n in zip(a, b, strict=True)):
        raise ShapeError(f"{name} compares a target and an output of one shape; received {a} and {b}.")


@op(2, "float", name="categorical_crossentropy", host="numpy")
def _categorical_crossentropy(target: Any, output: Any, from_logits: bool, axis: int, epsilon: float) -> Any:
    if from_logits:
        return -jnp.sum(target * jax.nn.log_softmax(output, axis), axis)
    output = output / jnp.sum(output, axis, keepdims=True)
    return -jnp.sum(target * jnp.log(jnp.clip(output, epsilon, 1 - epsilon)), axis)


def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Tensor:
    """-sum(t log p) over the classes along `axis`; `output` is p (scaled to sum to 1), or logits."""
    _same_shape("categorical_crossentropy", target, output)
    return _categorical_crossentropy(target, output, bool(from_logits), axis, dtypes.epsilon())


def _own_and_float(operands: Any) -> list[Tensor | None]:
    """Labels keep their type; the output becomes floating."""
    return [*RULES["same"](operands[:1]), *RULES["float"](operands[1:])]


@op(2, _own_and_float, name="sparse_categorical_crossentropy", host="numpy")
def _sparse_categorical_crossentropy(target: Any, output: Any, from_logits: bool, axis: int, epsilon: float) -> Any:
    axis = axis % output.ndim
    # A comparison with every class fuses into the sum and has a cheap gradient; a gather's gradient is a scatter.
    classes = jax.lax.broadcasted_iota(jnp.int32, output.shape, axis)
    own = classes == jnp.expand_dims(target.astype(jnp.int32), axis)
    if from_logits:
        return -jnp.sum(jnp.where(own, jax.nn.log_softmax(output, axis), 0), axis)
    output = jnp.clip(output, epsilon, 1 - epsilon)
    chosen = jnp.sum(jnp.where(own, output, 0), axis)
    known = jnp.any(own, axis)
    loss = jnp.log(jnp.sum(output, axis)) - jnp.log(jnp.where(known, chosen, 1))
    return jnp.where(known, loss, 0)


def sparse_categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Tensor:
    """-log p of the class that the integer `target` names; `output` is p (scaled to sum to 1), or logits.

    Shapes: output `(..., classes)`; target the same without the class axis, or with size 1 there. A label outside the
    classes counts 0.
    """
    target, output = as_tensor(target), as_tensor(output)
    if target.ndim == output.ndim and target.shape[axis] == 1:
        target = squeeze(target, axis)
    wanted = [size for i, size in enumerate(output.shape) if i != axis % output.ndim] if output.ndim else []
    if output.ndim < 1 or len(wanted) != target.ndim or any(
        m != n and m is not None and n is not None for m, n in zip(target.shape, wanted, strict=True)
    ):
        raise ShapeError(
            f"sparse_categorical_crossentropy takes one integer label for each row of the output: for an output of shape "
            f"{output.shape} a target of shape {tuple(wanted)}; received {target.shape}."
        )
    return _sparse_categorical_crossentropy(target, output, bool(from_logits), axis, dtypes.epsilon())


# Moments and normalizations.
@op(1, "float", name="moments", host="numpy")
def _moments(x: Any, axes: Any, keepdims: bool) -> Any:
    wide = x.astype(jnp.float32) if x.dtype == jnp.float16 else x  # squares overflow float16 early
    mean = jnp.mean(wide, axes, keepdims=True)
    variance = jnp.var(wide, axes, keepdims=True)
    if not keepdims:
        mean, variance = jnp.squeeze(mean, axes), jnp.squeeze(variance, axes)
    return mean.astype(x.dtype), variance.astype(x.dtype)


def moments(x: Any, axes: Any, keepdims: bool = False, synchronized: bool = False) -> tuple[Tensor, Tensor]:
    """The mean and the (biased) variance over the axes."""
    axes = tidy_axis(axes)
    return _moments(x, (axes,) if isinstance(axes, int) else axes, bool(keepdims))


def _along(vector: Any, rank: int, axis: Any) -> Any:
    """A vector (or a tensor of several axes' statistics) laid along `axis` of a tensor of that rank."""
    axes = [a % rank for a in (axis if isinstance(axis, tuple) else (axis,))]
    sizes = iter(vector.shape)
    return vector.reshape([next(sizes) if i in axes else 1 for i in range(rank)])


@op(5, "float", name="batch_normalization")
def _batch_normalization(x: Any, mean: Any, variance: Any, offset: Any, scale: Any, axis: Any, epsilon: float) -> Any:
    factor = jax.lax.rsqrt(variance + epsilon)
    factor = factor if scale is None else factor * scale
    shift = -mean * factor
    shift = shift if offset is None else shift + offset
    return x * _along(factor, x.ndim, axis) + _along(shift, x.ndim, axis)


def batch_normalization(
    x: Any, mean: Any, variance: Any, axis: Any, offset: Any = None, scale: Any = None, epsilon: float = 1e-3
) -> Tensor:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset, with vectors along `axis` (Ioffe and Szegedy 2015)."""
    return _batch_normalization(x, mean, variance, offset, scale, tidy_axis(axis), float(epsilon))


@op(3, "float", name="layer_normalization")
def _layer_normalization(x: Any, gamma: Any, beta: Any, axis: Any, epsilon: float, centre: bool) -> Any:
    wide = x.astype(jnp.float32) if x.dtype.itemsize < 4 else x
    if centre:
        wide = wide - jnp.mean(wide, axis, keepdims=True)
    out = wide * jax.lax.rsqrt(jnp.mean(jnp.square(wide), axis, keepdims=True) + epsilon)
    if gamma is not None:
        out = out * _along(gamma, x.ndim, axis) if gamma.ndim else out * gamma
    if beta is not None:
        out = out + _along(beta, x.ndim, axis)
    return out.astype(x.dtype)


def layer_normalization(
    x: Any, gamma: Any = None, beta: Any = None, axis: Any = -1, epsilon: float | None = None, **kwargs: Any
) -> Tensor:
    """x less its mean, over its standard deviation, along `axis`, times gamma plus beta (Ba et al. 2016)."""
    epsilon = dtypes.epsilon() if epsilon is None else float(epsilon)
    return _layer_normalization(x, gamma, beta, tidy_axis(axis), epsilon, not kwargs.get("rms_scaling", False))


def rms_normalization(x: Any, scale: Any = None, axis: Any = -1, epsilon: float | None = None) -> Tensor:
    """x over the root of its mean square along `axis`, times `scale` (Zhang and Sennrich 2019)."""
    epsilon = dtypes.epsilon() if epsilon is None else float(epsilon)
    return _layer_normalization(x, scale, None, tidy_axis(axis), epsilon, False)


@op(1, "float", name="normalize", host="numpy")
def _normalize(x: Any, axis: Any, order: Any, epsilon: float) -> Any:
    if order == 2:
        return x * jax.lax.rsqrt(jnp.maximum(jnp.sum(jnp.square(x), axis, keepdims=True), epsilon**2))
    return x / jnp.maximum(jnp.linalg.norm(x, order, axis, keepdims=True), epsilon)


def normalize(x: Any, axis: Any = -1, order: Any = 2, epsilon: float | None = None) -> Tensor:
    """x over its norm of the given order along `axis`; zeros stay zeros."""
    return _normalize(x, tidy_axis(axis), order, dtypes.epsilon() if epsilon is None else float(epsilon))


# Attention and sequences.
def _attention_cost(query: Any, key: Any, *others: Any) -> int:
    """What host arithmetic has to do: the products, and the softmax of (batch, heads, steps, sources) elements."""
    return query.size // query.shape[-1] * key.shape[1] * (query.shape[-1] // 32 + 4)


@op(5, "same", name="dot_product_attention", host="interpreted", cost=_attention_cost)
def _attention(query: Any, key: Any, value: Any, bias: Any, mask: Any, scale: Any, causal: bool, cap: Any) -> Any:
    dtype = jnp.promote_types(jnp.promote_types(query.dtype, key.dtype), value.dtype)
    query, key, value = (each.astype(dtype) for each in (query, key, value))
    groups = query.shape[2] // key.shape[2]
    key, value = (jnp.repeat(each, groups, 2) if groups > 1 else each for each in (key, value))
    scale = 1 / np.sqrt(query.shape[-1]) if scale is None else scale
    logits = jnp.einsum("btnh,bsnh->bnts", query, key, preferred_element_type=jnp.promote_types(dtype, jnp.float32))
    logits = logits * np.asarray(scale, logits.dtype)
    if cap is not None:
        logits = jnp.tanh(logits / cap) * cap
    if bias is not None:
        logits = logits + bias.astype(logits.dtype)
    lowest = np.asarray(jnp.finfo(logits.dtype).min / 2, logits.dtype)
    if mask is not None:
        logits = jnp.where(mask, logits, lowest)
    if causal:
        rows, columns = (jax.lax.broadcasted_iota(jnp.int32, logits.shape[-2:], i) for i in (0, 1))
        logits = jnp.where(columns <= rows, logits, lowest)
    return jnp.einsum("bnts,bsnh->btnh", jax.nn.softmax(logits).astype(dtype), value)


def dot_product_attention(
    query: Any, key: Any, value: Any, bias: Any = None, mask: Any = None, scale: float | None = None, is_causal: bool = False,
    flash_attention: bool | None = None, attn_logits_soft_cap: float | None = None,
) -> Tensor:  # fmt: skip
    """softmax(query key^T * scale + bias) value (Vaswani et al. 2017).

    Args:
        query: `(batch, steps, heads, size)`; key, value: `(batch, sources, heads, size)`, or a divisor of the heads.
        bias, mask: broadcast to `(batch, heads, steps, sources)`; the mask is True where a source may be looked at.
        scale: 1 / sqrt(size) by default. is_causal: no step sees later sources.
    """
    query, key, value = (as_tensor(each) for each in (query, key, value))
    if not query.ndim == key.ndim == value.ndim == 4:
        raise ShapeError(
            f"dot_product_attention takes (batch, steps, heads, size) tensors; received {query.shape}, {key.shape}, {value.shape}."
        )
    mask = None if mask is None else cast(as_tensor(mask), "bool")
    return _attention(query, key, value, bias, mask, scale, bool(is_causal), attn_logits_soft_cap)


@op(4, "same", name="ctc_loss")
def _ctc_loss(target: Any, output: Any, target_length: Any, output_length: Any, blank: int) -> Any:
    # The forward variables of the paper's section 4.1, in logarithms, over labels with blanks before, between and after.
    batch, count = target.shape
    never = np.asarray(-1e30, output.dtype)
    path = jnp.full((batch, 2 * count + 1), blank, jnp.int32).at[:, 1::2].set(target.astype(jnp.int32))
    scores = jnp.take_along_axis(jax.nn.log_softmax(output), path[:, None, :], 2)
    may_skip = jnp.pad((path[:, 2:] != blank) & (path[:, 2:] != path[:, :-2]), [(0, 0), (2, 0)])
    back = lambda alpha, n: jnp.pad(alpha, [(0, 0), (n, 0)], constant_values=never)[:, : alpha.shape[1]]

    def step(alpha: Any, item: Any) -> Any:
        score, inside = item
        stay = jnp.logaddexp(alpha, back(alpha, 1))
        moved = jnp.logaddexp(stay, jnp.where(may_skip, back(alpha, 2), never)) + score
        return jnp.where(inside[:, None], moved, alpha), None

    first = jnp.where(np.arange(2 * count + 1) < 2, scores[:, 0], never)
    inside = jnp.arange(1, output.shape[1], dtype=jnp.int32)[:, None] < output_length
    alpha, _ = jax.lax.scan(step, first, (jnp.moveaxis(scores, 1, 0)[1:], inside))
    last = jnp.expand_dims(2 * target_length.astype(jnp.int32), 1)
    on_blank = jnp.take_along_axis(alpha, last, 1)
    on_label = jnp.where(last > 0, jnp.take_along_axis(alpha, jnp.maximum(last - 1, 0), 1), never)
    return -jnp.logaddexp(on_blank, on_label)[:, 0]


def ctc_loss(target: Any, output: Any, target_length: Any, output_length: Any, mask_index: int = 0) -> Tensor:
    """The connectionist temporal classification loss of each sequence (Graves et al. 2006).

    Args:
        target: int labels `(batch, length)`; output: logits `(batch, steps, classes)`.
        target_length, output_length: how much of each row counts, `(batch,)`. mask_index: the blank class.
    """
    return _ctc_loss(target, output, target_length, output_length, int(mask_index))
