"""tf.nn's moments and normalizations, rows of embeddings, and the small functions around them."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.composite import composite
from hornbeam.engine.door import cast, op
from hornbeam.engine.errors import ArgumentError, DtypeError, InvalidArgumentError, ShapeError
from hornbeam.engine.rng import operation_key
from hornbeam.engine.strict import RULES
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor
from hornbeam.kernels import dropout as cheap
from hornbeam.ops._rows import tidy_axis
from hornbeam.ops.indexing import in_top_k as _in_top_k
from hornbeam.ops.indexing import where
from hornbeam.ops.shaping import concatenate
from hornbeam.ops.tf.draws import stateless_key


def _strict(name: str, *operands: Any, rule: str = "strict_real_float") -> list[Any]:
    return RULES[rule].named(name)(operands)


def _axes(axes: Any, rank: int) -> tuple[int, ...]:
    if axes is None:
        return tuple(range(rank))
    axes = tidy_axis(np.asarray(as_tensor(axes)).tolist() if is_tensor(axes) or isinstance(axes, np.ndarray) else axes)
    return (axes,) if isinstance(axes, int) else axes


# Moments.
@op(name="tf.nn.moments", host="numpy")
def _moments(x: Any, axes: tuple, keepdims: bool) -> Any:
    wide = x.astype(jnp.float32) if x.dtype.itemsize < 4 or x.dtype.kind in "iu" else x
    mean, variance = jnp.mean(wide, axes, keepdims=keepdims), jnp.var(wide, axes, keepdims=keepdims)
    return mean.astype(x.dtype), variance.astype(x.dtype)


def moments(x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: str | None = None) -> tuple[Tensor, Tensor]:
    """The mean and the (biased) variance over the axes. (`shift` is ignored, as in TensorFlow.)"""
    (x,) = _strict("tf.nn.moments", x, rule="strict_real")
    return _moments(x, _axes(axes, x.ndim), bool(keepdims))


@op(2, "same", name="tf.nn.weighted_moments", host="numpy")
def _weighted(x: Any, weights: Any, axes: tuple, keepdims: bool) -> Any:
    weights = jnp.broadcast_to(weights, jnp.broadcast_shapes(weights.shape, x.shape))
    total = jnp.sum(weights, axes, keepdims=True)
    mean = jnp.sum(x * weights, axes, keepdims=True) / total
    variance = jnp.sum(weights * jnp.square(x - mean), axes, keepdims=True) / total
    return (mean, variance) if keepdims else (jnp.squeeze(mean, axes), jnp.squeeze(variance, axes))


def weighted_moments(x: Any, axes: Any, frequency_weights: Any, keepdims: bool = False, name: str | None = None) -> tuple[Tensor, Tensor]:
    """The mean and variance over the axes, each element counted `frequency_weights` times."""
    x = as_tensor(x)
    return _weighted(x, cast(as_tensor(frequency_weights), x.dtype), _axes(axes, x.ndim), bool(keepdims))


@op(2, "same", name="tf.nn.sufficient_statistics")
def _statistics(x: Any, shift: Any, axes: tuple, keepdims: bool) -> Any:
    count = np.asarray(np.prod([x.shape[axis] for axis in axes]), x.dtype)
    x = x if shift is None else x - shift
    return count, jnp.sum(x, axes, keepdims=keepdims), jnp.sum(jnp.square(x), axes, keepdims=keepdims)


def sufficient_statistics(
    x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: str | None = None
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """How many elements, their sum and their sum of squares over the axes (less `shift`), and the shift."""
    (x,) = _strict("tf.nn.sufficient_statistics", x)
    shift = None if shift is None else as_tensor(shift, x.dtype)
    return (*_statistics(x, shift, _axes(axes, x.ndim), bool(keepdims)), shift)


@op(4, "float", name="tf.nn.normalize_moments")
def _normalized(counts: Any, total: Any, squares: Any, shift: Any) -> Any:
    mean = total / counts
    variance = squares / counts - jnp.square(mean)
    return (mean if shift is None else mean + shift), variance


def normalize_moments(counts: Any, mean_ss: Any, variance_ss: Any, shift: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """The mean and variance from what `sufficient_statistics` gave."""
    return _normalized(counts, mean_ss, variance_ss, shift)


@op(5, "same", name="tf.nn.batch_normalization", host="numpy")
def _batch_normalization(x: Any, mean: Any, variance: Any, offset: Any, scale: Any, epsilon: float) -> Any:
    factor = jax.lax.rsqrt(variance + np.asarray(epsilon, variance.dtype))
    factor = factor if scale is None else factor * scale
    shift = -mean * factor if offset is None else offset - mean * factor
    return x * factor.astype(x.dtype) + shift.astype(x.dtype)


def batch_normalization(
    x: Any, mean: Any, variance: Any, offset: Any, scale: Any, variance_epsilon: float, name: str | None = None
) -> Tensor:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset, broadcast (Ioffe and Szegedy 2015)."""
    (x,) = _strict("tf.nn.batch_normalization", x)
    given = [None if each is None else as_tensor(each, None if is_tensor(each) else x.dtype) for each in (mean, variance, offset, scale)]
    return _batch_normalization(x, *given, float(variance_epsilon))


def batch_norm_with_global_normalization(
    input: Any, mean: Any, variance: Any, beta: Any, gamma: Any, variance_epsilon: float, scale_after_normalization: bool,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """`batch_normalization`, by `gamma` only if `scale_after_normalization`."""
    return batch_normalization(input, mean, variance, beta, gamma if scale_after_normalization else None, variance_epsilon)


@op(name="tf.nn.local_response_normalization")
def _responses(x: Any, radius: int, bias: float, alpha: float, beta: float) -> Any:
    at = np.arange(x.shape[-1])
    near = np.abs(at[:, None] - at) <= radius  # a product with a band of ones: quicker than a sum of shifted copies
    total = jnp.matmul(jnp.square(x), near.astype(x.dtype), precision="highest")
    return x * (bias + alpha * total) ** -beta


def local_response_normalization(
    input: Any, depth_radius: int = 5, bias: float = 1, alpha: float = 1, beta: float = 0.5, name: str | None = None
) -> Tensor:
    """x / (bias + alpha * the squares of the channels at most `depth_radius` away)^beta (Krizhevsky et al. 2012)."""
    (x,) = _strict("tf.nn.local_response_normalization", input)
    if x.ndim != 4:
        raise ShapeError(f"tf.nn.local_response_normalization takes (batch, height, width, channels); received shape {x.shape}.")
    return _responses(x, int(depth_radius), float(bias), float(alpha), float(beta))


@op(2, "same", name="tf.nn.bias_add", host=lambda x, bias, first: x + (bias.reshape(-1, *[1] * (x.ndim - 2)) if first else bias))
def _bias_add(x: Any, bias: Any, first: bool) -> Any:
    return x + (bias.reshape(-1, *[1] * (x.ndim - 2)) if first else bias)


def bias_add(value: Any, bias: Any, data_format: str | None = None, name: str | None = None) -> Tensor:
    """A vector added to the channels: the last axis, or with a format such as 'NCHW' the second."""
    word = "tf.nn.bias_add"
    if data_format is not None and not data_format.startswith("N"):
        raise ArgumentError(f"{word}: data_format is 'N...C' or 'NC...'; received {data_format!r}.")
    x, bias = _strict(word, value, bias, rule="strict_number")
    first = data_format is not None and data_format.startswith("NC")
    if bias.ndim != 1 or x.ndim < 2 or (x.shape[1 if first else -1] not in (None, bias.shape[0])):
        raise ShapeError(f"{word}: Must provide as many biases as there are channels: received shapes {x.shape} and {bias.shape}.")
    return _bias_add(x, bias, first)


@op(name="tf.nn.zero_fraction", differentiable=False, host="numpy")
def _zeros(x: Any) -> Any:
    return jnp.mean((x == 0).astype(jnp.float32))


def zero_fraction(value: Any, name: str | None = None) -> Tensor:
    """Which part of the elements is zero."""
    return _zeros(as_tensor(value))


# Dropout.
def _rate(name: str, x: Any, rate: Any) -> tuple[Tensor, Any]:
    x = as_tensor(x)
    if not x.dtype.is_floating:
        raise ArgumentError(f"{name}: `x.dtype` must be a floating point tensor as `x` will be scaled. Received: x_dtype={x.dtype}.")
    if is_tensor(rate) and as_tensor(rate).is_traced:
        return x, as_tensor(rate)
    value = float(rate)
    if not 0 <= value < 1:
        raise ArgumentError(f"{name}: `rate` must be a scalar tensor or a float in the range [0, 1). Received: rate={value}.")
    return x, value


@op(3, "same", name="tf.nn.dropout")
def _dropped(key: Any, x: Any, rate: Any, noise_shape: Any, fixed: Any) -> Any:
    shape = x.shape if noise_shape is None else tuple(m if n is None else n for n, m in zip(noise_shape, x.shape, strict=True))
    rate = fixed if rate is None else rate
    keep = cheap.keep_mask(key, shape, rate)
    scale = np.asarray(1 / (1 - fixed), x.dtype) if fixed is not None else (1 / (1 - rate)).astype(x.dtype)
    return jnp.where(keep, x * scale, jnp.zeros((), x.dtype))


def _drop(key: Tensor, x: Tensor, rate: Any, noise_shape: Any) -> Tensor:
    if noise_shape is not None:
        noise_shape = tuple(None if each is None else int(each) for each in noise_shape)
        if len(noise_shape) != x.ndim:
            raise ShapeError(f"tf.nn.dropout: noise_shape has one size for each axis of x, {x.shape}; received {noise_shape}.")
    if is_tensor(rate):
        return _dropped(key, x, rate, noise_shape, None)
    return _dropped(key, x, None, noise_shape, rate)


@composite
def dropout(x: Any, rate: Any, noise_shape: Any = None, seed: int | None = None, name: str | None = None) -> Tensor:
    """Each element 0 with probability `rate`, the rest times 1 / (1 - rate) (Srivastava et al. 2014).

    `noise_shape`: the shape in which zeros are drawn; it broadcasts to that of x.
    """
    x, rate = _rate("tf.nn.dropout", x, rate)
    return x if rate is not None and not is_tensor(rate) and rate == 0 else _drop(operation_key("dropout", seed, x), x, rate, noise_shape)


def stateless_dropout(x: Any, rate: Any, seed: Any, rng_alg: Any = None, noise_shape: Any = None, name: str | None = None) -> Tensor:
    """As `dropout`; which elements are zero depends on the seed, two integers, alone."""
    x, rate = _rate("tf.nn.experimental.stateless_dropout", x, rate)
    return x if not is_tensor(rate) and rate == 0 else _drop(stateless_key(seed), x, rate, noise_shape)


# Rows by number.
@op(2, "same", name="tf.nn.embedding_lookup", host="numpy")
def _rows(table: Any, ids: Any, max_norm: float | None) -> Any:
    rows = jnp.take(table, ids, 0, mode="clip")
    return rows if max_norm is None else _at_most(rows, max_norm, ids.ndim)


def _at_most(rows: Any, max_norm: float, lead: int) -> Any:
    axes = tuple(range(lead, rows.ndim))
    norm = jnp.sqrt(jnp.sum(jnp.square(rows), axes, keepdims=True))
    return rows * (max_norm / jnp.maximum(norm, max_norm)).astype(rows.dtype)


def _shards(params: Any) -> Tensor:
    """One table of one, or of several that hold its rows in parts."""
    if isinstance(params, (list, tuple)) and params and any(is_tensor(each) for each in params):
        return concatenate([as_tensor(each) for each in params], 0) if len(params) > 1 else as_tensor(params[0])
    return as_tensor(params)


def embedding_lookup(params: Any, ids: Any, max_norm: float | None = None, name: str | None = None) -> Any:
    """The rows of `params` that `ids` name: shape ids.shape + params.shape[1:].

    `max_norm`: scale rows down to this norm. An id that names no row is an error in eager code. A list of tables is one table in parts.
    """
    word = "tf.nn.embedding_lookup"
    table = _shards(params)
    if hasattr(ids, "flat_values") and hasattr(ids, "with_flat_values"):  # ragged
        return ids.with_flat_values(embedding_lookup(table, ids.flat_values, max_norm))
    (ids,) = _strict(word, ids, rule="strict_integer")
    known = ids._value
    if isinstance(known, np.ndarray) and known.size and table.ndim and table.shape[0] is not None:
        low, high = int(known.min()), int(known.max())
        if low < 0 or high >= table.shape[0]:
            at = np.argmax((known < 0) | (known >= table.shape[0]))
            raise InvalidArgumentError(
                f"{word}: indices[{','.join(map(str, np.unravel_index(at, known.shape)))}] = {known.ravel()[at]} is not in "
                f"[0, {table.shape[0]})."
            )
    return _rows(table, ids, None if max_norm is None else float(max_norm))


@op(4, "same", name="tf.nn.embedding_lookup_sparse")
def _combined(table: Any, ids: Any, rows: Any, weights: Any, count: int, combiner: str, max_norm: float | None) -> Any:
    found = jnp.take(table, ids, 0, mode="clip")
    found = found if max_norm is None else _at_most(found, max_norm, 1)
    weights = jnp.ones(ids.shape, found.dtype) if weights is None else weights.astype(found.dtype)
    spread = weights.reshape(-1, *[1] * (found.ndim - 1))
    total = jax.ops.segment_sum(found * spread, rows, count)
    if combiner == "sum":
        return total
    scale = jax.ops.segment_sum(weights if combiner == "mean" else jnp.square(weights), rows, count)
    scale = jnp.sqrt(scale) if combiner == "sqrtn" else scale
    return total / scale.reshape(-1, *[1] * (found.ndim - 1))


def embedding_lookup_sparse(
    params: Any, sp_ids: Any, sp_weights: Any, combiner: str | None = None, max_norm: float | None = None, name: str | None = None,
    allow_fast_lookup: bool = False,
) -> Tensor:  # fmt: skip
    """For each row of ids (a SparseTensor or a RaggedTensor) the sum, mean or 'sqrtn' of the rows of `params` they name, weighted."""
    word = "tf.nn.embedding_lookup_sparse"
    combiner = "mean" if combiner is None else combiner
    if combiner not in ("sum", "mean", "sqrtn"):
        raise ArgumentError(f"{word}: combiner is 'sum', 'mean' or 'sqrtn'; received {combiner!r}.")
    if hasattr(sp_ids, "value_rowids"):
        rows, values, weights = sp_ids.value_rowids(), sp_ids.values, None if sp_weights is None else sp_weights.values
    elif hasattr(sp_ids, "indices"):
        rows, values, weights = as_tensor(sp_ids.indices)[:, 0], sp_ids.values, None if sp_weights is None else sp_weights.values
    else:
        raise DtypeError(f"{word}: ids come as a SparseTensor or a RaggedTensor; received {type(sp_ids).__name__}.")
    rows, values = as_tensor(rows), as_tensor(values)
    if hasattr(sp_ids, "nrows"):
        count = int(sp_ids.nrows())
    else:
        count = int(np.asarray(rows).max(initial=-1)) + 1
    weights = None if weights is None else as_tensor(weights)
    return _combined(_shards(params), values, rows, weights, count, combiner, None if max_norm is None else float(max_norm))


def safe_embedding_lookup_sparse(
    embedding_weights: Any, sparse_ids: Any, sparse_weights: Any = None, combiner: str = "mean", default_id: int | None = None,
    max_norm: float | None = None, name: str | None = None, allow_fast_lookup: bool = False,
) -> Tensor:  # fmt: skip
    """`embedding_lookup_sparse` of a SparseTensor's ids, without negative ones and (but for 'sum') those of weight 0.

    A row without ids gives the row of `embedding_weights` that `default_id` names, or zeros.
    """
    word = "tf.nn.safe_embedding_lookup_sparse"
    if not hasattr(sparse_ids, "dense_shape"):
        raise DtypeError(f"{word}: ids come as a SparseTensor; received {type(sparse_ids).__name__}.")
    rows, ids, count = np.asarray(sparse_ids.indices)[:, 0], np.asarray(sparse_ids.values), int(np.asarray(sparse_ids.dense_shape)[0])
    weights = np.ones(ids.shape, np.float32) if sparse_weights is None else np.asarray(sparse_weights.values)
    kept = (ids >= 0) & ((weights > 0) | (combiner == "sum"))
    rows, ids, weights = rows[kept], ids[kept], weights[kept]
    empty = np.setdiff1d(np.arange(count), rows)
    rows, ids = np.append(rows, empty), np.append(ids, np.full(empty.shape, default_id or 0, ids.dtype))
    weights = np.append(weights, np.ones(empty.shape, weights.dtype))
    table = _shards(embedding_weights)
    norm = None if max_norm is None else float(max_norm)
    out = _combined(table, as_tensor(ids), as_tensor(rows), as_tensor(weights), count, combiner, norm)
    if default_id is not None or not len(empty):
        return out
    return where(np.isin(np.arange(count), empty).reshape(-1, *[1] * (out.ndim - 1)), np.zeros((), table.dtype.numpy), out)


class TopKV2(NamedTuple):
    values: Tensor
    indices: Tensor


@op(name="tf.nn.top_k", host="numpy")
def _top_k(x: Any, k: int, dtype: Any) -> Any:
    values, places = jax.lax.top_k(x, k)
    return values, places.astype(dtype)


def top_k(input: Any, k: Any = 1, sorted: bool = True, index_type: Any = "int32", name: str | None = None) -> TopKV2:
    """The `k` largest elements along the last axis, largest first, and their positions."""
    x, k = as_tensor(input), int(k)
    if not x.ndim or (x.shape[-1] is not None and x.shape[-1] < k):
        raise InvalidArgumentError(f"tf.nn.top_k: input must have at least k columns. Its shape is {x.shape}, k is {k}.")
    return TopKV2(*_top_k(x, k, dtypes.standardize(index_type).numpy))


def in_top_k(targets: Any, predictions: Any, k: Any, name: str | None = None) -> Tensor:
    """Whether the prediction for each target is among the row's `k` largest (ties count)."""
    predictions, targets = as_tensor(predictions), as_tensor(targets)
    if predictions.ndim != 2 or targets.ndim != 1 or len({targets.shape[0], predictions.shape[0]} - {None}) > 1:
        raise ShapeError(
            f"tf.nn.in_top_k takes targets (batch,) and predictions (batch, classes); received {targets.shape} and {predictions.shape}."
        )
    return _in_top_k(targets, predictions, int(k))
