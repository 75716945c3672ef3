"""tf.compat.v1.nn's functions that differ from tf.nn's: other names, another order, two names for one argument."""

from typing import Any

from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor
from hornbeam.ops.elementwise import stop_gradient, subtract
from hornbeam.ops.linalg import matmul
from hornbeam.ops.tf import draws, logits, normalizing, rectifiers, windows
from hornbeam.ops.tf.logits import ctc_loss as normal_ctc_loss


def _either(name: str, one: Any, other: Any) -> Any:
    """The argument that was given, of two names for it."""
    if (one is None) == (other is None):
        raise ArgumentError(f"tf.compat.v1.nn: the argument '{name}' has two names; give one of them.")
    return other if one is None else one


def _drop_rate(keep_prob: Any) -> Any:
    return subtract(1.0, keep_prob) if is_tensor(keep_prob) else 1 - keep_prob


def dropout(
    x: Any, keep_prob: Any = None, noise_shape: Any = None, seed: int | None = None, name: str | None = None, rate: Any = None
) -> Tensor:
    """`tf.nn.dropout`, by the probability that an element is kept or by its `rate`."""
    chosen = _either("rate", rate, None if keep_prob is None else _drop_rate(keep_prob))
    return normalizing.dropout(x, chosen, noise_shape, seed)


def conv1d(
    value: Any = None, filters: Any = None, stride: Any = None, padding: Any = None, use_cudnn_on_gpu: Any = None,
    data_format: str | None = None, name: str | None = None, input: Any = None, dilations: Any = None,
) -> Tensor:  # fmt: skip
    """`tf.nn.conv1d`."""
    return windows.conv1d(_either("input", input, value), filters, stride, padding, data_format, dilations)


def conv2d(
    input: Any, filter: Any = None, strides: Any = None, padding: Any = None, use_cudnn_on_gpu: bool = True, data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1), name: str | None = None, filters: Any = None,
) -> Tensor:  # fmt: skip
    """`tf.nn.conv2d`."""
    return windows.conv2d(input, _either("filters", filters, filter), strides, padding, data_format, dilations)


def conv3d(
    input: Any, filter: Any = None, strides: Any = None, padding: Any = None, data_format: str = "NDHWC", dilations: Any = (1, 1, 1, 1, 1),
    name: str | None = None, filters: Any = None,
) -> Tensor:  # fmt: skip
    """`tf.nn.conv3d`."""
    return windows.conv3d(input, _either("filters", filters, filter), strides, padding, data_format, dilations)


def conv2d_transpose(
    value: Any = None, filter: Any = None, output_shape: Any = None, strides: Any = None, padding: Any = "SAME", data_format: str = "NHWC",
    name: str | None = None, input: Any = None, filters: Any = None, dilations: Any = None,
) -> Tensor:  # fmt: skip
    """`tf.nn.conv2d_transpose`."""
    x, kernel = _either("input", input, value), _either("filters", filters, filter)
    return windows.conv2d_transpose(x, kernel, output_shape, strides, padding, data_format, dilations)


def convolution(
    input: Any, filter: Any = None, padding: Any = "VALID", strides: Any = None, dilation_rate: Any = None, name: str | None = None,
    data_format: str | None = None, filters: Any = None, dilations: Any = None,
) -> Tensor:  # fmt: skip
    """`tf.nn.convolution`."""
    spread = dilations if dilation_rate is None else dilation_rate
    return windows.convolution_(input, _either("filters", filters, filter), strides, padding, data_format, spread)


def depthwise_conv2d(
    input: Any, filter: Any, strides: Any, padding: Any, rate: Any = None, name: str | None = None, data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:  # fmt: skip
    """`tf.nn.depthwise_conv2d`."""
    return windows.depthwise_conv2d(input, filter, strides, padding, data_format, dilations if rate is None else rate)


def separable_conv2d(
    input: Any, depthwise_filter: Any, pointwise_filter: Any, strides: Any, padding: Any, rate: Any = None, name: str | None = None,
    data_format: str | None = None, dilations: Any = None,
) -> Tensor:  # fmt: skip
    """`tf.nn.separable_conv2d`."""
    spread = dilations if rate is None else rate
    return windows.separable_conv2d(input, depthwise_filter, pointwise_filter, strides, padding, data_format, spread)


def max_pool(
    value: Any = None, ksize: Any = None, strides: Any = None, padding: Any = None, data_format: str | None = "NHWC",
    name: str | None = None, input: Any = None,
) -> Tensor:  # fmt: skip
    """`tf.nn.max_pool`."""
    return windows.max_pool(_either("input", input, value), ksize, strides, padding, data_format)


def avg_pool(
    value: Any = None, ksize: Any = None, strides: Any = None, padding: Any = None, data_format: str | None = "NHWC",
    name: str | None = None, input: Any = None,
) -> Tensor:  # fmt: skip
    """`tf.nn.avg_pool`."""
    return windows.avg_pool(_either("input", input, value), ksize, strides, padding, data_format)


def moments(
    x: Any, axes: Any, shift: Any = None, name: str | None = None, keep_dims: bool | None = None, keepdims: bool | None = None
) -> tuple[Tensor, Tensor]:
    """`tf.nn.moments`."""
    return normalizing.moments(x, axes, shift, bool(keep_dims or keepdims))


def weighted_moments(
    x: Any, axes: Any, frequency_weights: Any, name: str | None = None, keep_dims: bool | None = None, keepdims: bool | None = None
) -> tuple[Tensor, Tensor]:
    """`tf.nn.weighted_moments`."""
    return normalizing.weighted_moments(x, axes, frequency_weights, bool(keep_dims or keepdims))


def softmax(logits: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """`tf.nn.softmax`."""
    return rectifiers.softmax(logits, dim if axis is None else axis)


def log_softmax(logits: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """`tf.nn.log_softmax`."""
    return rectifiers.log_softmax(logits, dim if axis is None else axis)


def crelu(features: Any, name: str | None = None, axis: int = -1) -> Tensor:
    """`tf.nn.crelu`."""
    return rectifiers.crelu(features, axis)


def softmax_cross_entropy_with_logits(
    labels: Any = None, logits: Any = None, dim: int = -1, name: str | None = None, axis: int | None = None
) -> Tensor:
    """`tf.nn.softmax_cross_entropy_with_logits` through whose labels no gradient passes."""
    return _softmax_cross_entropy(stop_gradient(as_tensor(labels)), logits, dim if axis is None else axis)


def softmax_cross_entropy_with_logits_v2(
    labels: Any, logits: Any, axis: int | None = None, name: str | None = None, dim: int | None = None
) -> Tensor:
    """`tf.nn.softmax_cross_entropy_with_logits`."""
    chosen = dim if axis is None else axis
    return _softmax_cross_entropy(labels, logits, -1 if chosen is None else chosen)


_softmax_cross_entropy = logits.softmax_cross_entropy_with_logits
_weighted_cross_entropy = logits.weighted_cross_entropy_with_logits


def weighted_cross_entropy_with_logits(
    labels: Any = None, logits: Any = None, pos_weight: Any = None, name: str | None = None, targets: Any = None
) -> Tensor:
    """`tf.nn.weighted_cross_entropy_with_logits`."""
    return _weighted_cross_entropy(_either("labels", labels, targets), logits, pos_weight)


def in_top_k(predictions: Any, targets: Any, k: Any, name: str | None = None) -> Tensor:
    """`tf.nn.in_top_k`, predictions first."""
    return normalizing.in_top_k(targets, predictions, k)


def embedding_lookup(
    params: Any, ids: Any, partition_strategy: str = "mod", name: str | None = None, validate_indices: bool = True,
    max_norm: float | None = None,
) -> Any:  # fmt: skip
    """`tf.nn.embedding_lookup` in one table."""
    if isinstance(params, (list, tuple)) and len(params) > 1:
        raise ArgumentError("tf.compat.v1.nn.embedding_lookup: one table; tables in parts go to tf.nn.embedding_lookup, which joins them.")
    return normalizing.embedding_lookup(params, ids, max_norm)


def xw_plus_b(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """x weights + biases."""
    return normalizing.bias_add(matmul(x, weights), biases)


def relu_layer(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """relu(x weights + biases)."""
    return rectifiers.relu(xw_plus_b(x, weights, biases))


def multinomial(
    logits: Any, num_samples: int, seed: int | None = None, name: str | None = None, output_dtype: Any = None
) -> Tensor:
    """`tf.random.categorical`."""
    return draws.categorical(logits, num_samples, output_dtype, seed)


def ctc_loss(
    labels: Any, inputs: Any = None, sequence_length: Any = None, preprocess_collapse_repeated: bool = False,
    ctc_merge_repeated: bool = True, ignore_longer_outputs_than_inputs: bool = False, time_major: bool = True, logits: Any = None,
) -> Tensor:  # fmt: skip
    """`tf.nn.ctc_loss` of labels in a SparseTensor; the last class is the blank."""
    if preprocess_collapse_repeated or not ctc_merge_repeated or ignore_longer_outputs_than_inputs:
        raise ArgumentError(
            "tf.compat.v1.nn.ctc_loss: preprocess_collapse_repeated, ctc_merge_repeated and ignore_longer_outputs_than_inputs keep their "
            "defaults here. Prepare the labels beforehand: drop repeated ones, or those of sequences that are too short."
        )
    return normal_ctc_loss(labels, _either("logits", logits, inputs), None, sequence_length, time_major, blank_index=-1)
