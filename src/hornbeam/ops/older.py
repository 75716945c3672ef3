"""Operations that `keras.backend` has and `keras.ops` spells otherwise: Keras 2's, for its programs. What is spelt the same is not here."""

import math
import threading
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam import ops
from hornbeam.engine import dtypes
from hornbeam.engine.door import cast, op
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.layout import checked_format
from hornbeam.engine.pure import local
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor
from hornbeam.engine.variable import Variable
from hornbeam.ops.creation import tidy_shape
from hornbeam.ops.sized import sized
from hornbeam.ops.tf import mathematics, tensors


class _Plans(threading.local):
    """Within an optimizer's `get_updates` (see `dialects.get_updates`): what makes its variables, or gives those of before."""

    variable: Callable[[Callable[[], Variable]], Variable] | None = None


plans = _Plans()


# Making tensors and variables.
def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Variable:
    """A Variable, `floatx()` unless told."""
    make = lambda: Variable(value, dtype=dtype or dtypes.floatx(), name=name, constraint=constraint)
    return make() if plans.variable is None else plans.variable(make)


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Tensor:
    """A tensor, `floatx()` unless told; a number fills `shape`."""
    found = as_tensor(value, dtype or dtypes.floatx())
    if shape is None:
        return found
    shape = tidy_shape(shape)
    return ops.reshape(found, shape) if found.size == math.prod(shape) else ops.broadcast_to(found, shape)


def zeros(shape: Any, dtype: Any = None, name: str | None = None) -> Variable | Tensor:
    """A Variable of zeros; in a graph or a compiled function, where sizes may be the data's, a tensor."""
    return _made(ops.zeros(shape, dtype or dtypes.floatx()), dtype, name)


def ones(shape: Any, dtype: Any = None, name: str | None = None) -> Variable | Tensor:
    """A Variable (tensor) of ones, as of `zeros`."""
    return _made(ops.ones(shape, dtype or dtypes.floatx()), dtype, name)


def _made(values: Tensor, dtype: Any, name: str | None) -> Variable | Tensor:
    whole = values.is_symbolic or (local.scope is not None and plans.variable is None)
    return values if whole else variable(values, dtype, name)


def eye(size: Any, dtype: Any = None, name: str | None = None) -> Variable:
    """A Variable that holds an identity matrix, (size, size)."""
    return variable(ops.eye(size, dtype=dtype or dtypes.floatx()), dtype, name)


def zeros_like(x: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """Zeros in the shape of x."""
    return ops.zeros_like(x, dtype)


def ones_like(x: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """Ones in the shape of x."""
    return ops.ones_like(x, dtype)


@sized
def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = "int32") -> Tensor:
    """Numbers from `start` (or 0) to below `stop`."""
    return ops.cast(ops.arange(start, stop, step), dtype)


def largest(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """`max`, which gives -inf for an empty axis."""
    return mathematics.reduce_max(x, axis, keepdims)


def smallest(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """`min`, which gives inf for an empty axis."""
    return mathematics.reduce_min(x, axis, keepdims)


def random_normal(shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None) -> Tensor:
    """Normally distributed numbers."""
    return ops.random.normal(shape, mean, stddev, dtype, seed)


def truncated_normal(shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None) -> Tensor:
    """Normally distributed numbers less than two standard deviations from the mean."""
    return ops.random.truncated_normal(shape, mean, stddev, dtype, seed)


def random_uniform(shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None) -> Tensor:
    """Numbers evenly distributed from `minval` to below `maxval`."""
    return ops.random.uniform(shape, minval, maxval, dtype, seed)


def random_bernoulli(shape: Any, p: Any = 0.0, dtype: Any = None, seed: Any = None) -> Tensor:
    """Ones with probability p, else zeros."""
    return ops.cast(ops.random.uniform(shape, seed=seed) < p, dtype or dtypes.floatx())


def random_normal_variable(shape: Any, mean: float, scale: float, dtype: Any = None, name: Any = None, seed: Any = None) -> Variable:
    """A Variable of normally distributed numbers; `scale` is their standard deviation."""
    return variable(random_normal(shape, mean, scale, dtype, seed), dtype, name)


def random_uniform_variable(shape: Any, low: float, high: float, dtype: Any = None, name: Any = None, seed: Any = None) -> Variable:
    """A Variable of numbers evenly distributed from `low` to below `high`."""
    return variable(random_uniform(shape, low, high, dtype, seed), dtype, name)


# Reading and writing values.
def get_value(x: Any) -> Any:
    """The values on the host: a NumPy array, or a NumPy number; what is no tensor stays."""
    return x.numpy() if is_tensor(x) else x


def set_value(x: Any, value: Any) -> None:
    """Assign to a Variable."""
    x.assign(np.asarray(value, x.dtype.numpy) if not is_tensor(value) else value)


def batch_get_value(tensors: Sequence[Any]) -> list[Any]:
    """The values of several Variables."""
    return [get_value(each) for each in tensors]


def batch_set_value(tuples: Sequence[tuple[Any, Any]]) -> None:
    """Assign to several Variables: pairs (variable, value)."""
    for each, value in tuples:
        set_value(each, value)


def update(x: Any, new_x: Any) -> Any:
    """Assign to a Variable, which is returned; within an optimizer's `get_updates` a plan to do so."""
    if plans.variable is not None:
        return x, new_x
    x.assign(new_x)
    return x


def update_add(x: Any, increment: Any) -> Any:
    """Add to a Variable, which is returned."""
    return update(x, x + ops.cast(increment, x.dtype))


def update_sub(x: Any, decrement: Any) -> Any:
    """Subtract from a Variable, which is returned."""
    return update(x, x - ops.cast(decrement, x.dtype))


def moving_average_update(x: Any, value: Any, momentum: Any) -> Any:
    """Assign `x * momentum + value * (1 - momentum)` to the Variable x, which is returned."""
    return update(x, x * momentum + ops.cast(value, x.dtype) * (1 - momentum))


def cast_to_floatx(x: Any) -> Any:
    """x with elements of type `floatx()`: a tensor of a tensor, a NumPy array of anything else."""
    return cast(x, dtypes.floatx()) if is_tensor(x) else np.asarray(x, dtypes.NUMPY[dtypes.floatx()])


def int_shape(x: Any) -> tuple | None:
    """The shape as a tuple of ints, None where a size is not known."""
    try:
        return tuple(x.shape)
    except (AttributeError, ValueError):
        return None


def shape(x: Any) -> Tensor:
    """The shape as an int32 tensor."""
    return tensors.shape(x)


def count_params(x: Any) -> int:
    """The number of elements."""
    return math.prod(x.shape)


def is_sparse(tensor: Any) -> bool:
    """Whether a tensor is sparse."""
    return type(tensor).__name__ == "SparseTensor"


def to_dense(tensor: Any) -> Any:
    """A sparse tensor as a dense one; a dense one as it is."""
    return tensor.to_dense() if hasattr(tensor, "to_dense") else tensor


# Arithmetic.
def _mean_rule(operands: Any) -> list[Tensor]:
    x = as_tensor(operands[0])
    return [cast(x, dtypes.floatx()) if x.dtype == "bool" else x]


def _integer_mean(x: Any, axis: Any, keepdims: bool) -> Any:
    found = jnp.mean(x, axis, keepdims=keepdims)
    return jnp.trunc(found).astype(x.dtype) if x.dtype.kind in "iu" else found


@op(1, _mean_rule, name="backend.mean")
def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean; of integers it is cut to an integer, of booleans it is the share that is true."""
    return _integer_mean(x, axis, keepdims)


def argmax(x: Any, axis: int = -1) -> Tensor:
    """The position of the largest element along an axis, int64."""
    return cast(ops.argmax(x, axis), "int64")


def argmin(x: Any, axis: int = -1) -> Tensor:
    """The position of the smallest element along an axis, int64."""
    return cast(ops.argmin(x, axis), "int64")


def clip(x: Any, min_value: Any = None, max_value: Any = None) -> Tensor:
    """Elements between two bounds; the lower one wins. None: no bound."""
    if isinstance(min_value, (int, float)) and isinstance(max_value, (int, float)):
        max_value = max(min_value, max_value)
    if max_value is not None:
        x = ops.minimum(x, max_value)
    return x if min_value is None else ops.maximum(x, min_value)


def hard_sigmoid(x: Any) -> Tensor:
    """0.2 * x + 0.5 between 0 and 1: Keras 2's, steeper and narrower than today's."""
    return ops.clip(0.2 * as_tensor(x) + 0.5, 0.0, 1.0)


def relu(x: Any, alpha: Any = 0.0, max_value: Any = None, threshold: Any = 0.0) -> Tensor:
    """x from `threshold` on, at most `max_value`; alpha * (x - threshold) below."""
    x = as_tensor(x)
    found = x if max_value is None else ops.minimum(x, max_value)
    return ops.where(x > threshold, found, alpha * (x - threshold)) if threshold else ops.where(x > 0, found, alpha * x)


def l2_normalize(x: Any, axis: Any = None) -> Tensor:
    """x over its length along an axis."""
    square = ops.sum(ops.square(x), axis, keepdims=True)
    return x * ops.rsqrt(ops.maximum(square, 1e-12))


def dropout(x: Any, level: float, noise_shape: Any = None, seed: Any = None) -> Tensor:
    """x with elements set to zero with probability `level`, the others scaled up."""
    return ops.random.dropout(x, level, noise_shape=noise_shape, seed=seed)


def in_top_k(predictions: Any, targets: Any, k: int) -> Tensor:
    """Whether each target class is among the k best of its row."""
    return ops.in_top_k(targets, predictions, k)


def batch_dot(x: Any, y: Any, axes: Any = None) -> Tensor:
    """For each example the dot product of x's along one axis with y's along another; (batch, 1) when nothing else is left.

    Args:
        axes: the axis of x and that of y, or one for both; by default x's last and y's last but one (of vectors the last).
    """
    x, y = as_tensor(x), as_tensor(y)
    if x.ndim < 2 or y.ndim < 2:
        raise ShapeError(f"batch_dot needs a batch axis and another one; received shapes {x.shape} and {y.shape}.")
    of_x, of_y = (x.ndim - 1, max(y.ndim - 2, 1)) if axes is None else (axes, axes) if isinstance(axes, int) else axes
    of_x, of_y = of_x % x.ndim, of_y % y.ndim
    if not of_x or not of_y:
        raise ArgumentError(f"batch_dot: axis 0 is the batch's and cannot be summed over; received axes={axes!r}.")
    if None not in (m := x.shape[of_x], n := y.shape[of_y]) and m != n:
        raise ShapeError(f"batch_dot: axis {of_x} of shape {x.shape} and axis {of_y} of shape {y.shape} have different sizes.")
    letters = iter("bcdefghijklmnopqrstuvwxyz")
    first = ["a", *(next(letters) for _ in range(x.ndim - 1))]
    second = ["a", *(next(letters) for _ in range(y.ndim - 1))]
    second[of_y] = first[of_x]
    kept = [each for each in first[1:] + second[1:] if each != first[of_x]]
    found = ops.einsum(f"{''.join(first)},{''.join(second)}->a{''.join(kept)}", x, y)
    return found if kept else ops.expand_dims(found, -1)


def pow(x: Any, a: Any) -> Tensor:
    """x raised to the power a."""
    return ops.power(x, a)


def cumsum(x: Any, axis: int = 0) -> Tensor:
    """Running sums along an axis."""
    return ops.cumsum(x, axis)


def cumprod(x: Any, axis: int = 0) -> Tensor:
    """Running products along an axis."""
    return ops.cumprod(x, axis)


# Shapes.
permute_dimensions = ops.transpose.spelled(name="permute_dimensions", pattern="axes")


@sized
def tile(x: Any, n: Any) -> Tensor:
    """The whole tensor repeated n times along each axis."""
    return ops.tile(x, n if isinstance(n, int) else tidy_shape(n))


def gather(reference: Any, indices: Any) -> Tensor:
    """The rows of `reference` at `indices`."""
    return ops.take(reference, indices, 0)


def repeat_elements(x: Any, rep: int, axis: int) -> Tensor:
    """Each element `rep` times along an axis."""
    return ops.repeat(x, rep, axis)


def concatenate(tensors: Sequence[Any], axis: int = -1) -> Tensor:
    """Tensors side by side along an axis."""
    return ops.concatenate(tensors, axis)


def expand_dims(x: Any, axis: int = -1) -> Tensor:
    """x with a new axis of size 1."""
    return ops.expand_dims(x, axis)


def flatten(x: Any) -> Tensor:
    """All elements along one axis."""
    return ops.reshape(x, (-1,))


def batch_flatten(x: Any) -> Tensor:
    """Each example's elements along one axis: (batch, all others)."""
    shape = as_tensor(x).shape
    return ops.reshape(x, (-1, math.prod(shape[1:])) if None not in shape[1:] else (shape[0], -1))


def repeat(x: Any, n: int) -> Tensor:
    """Rows (batch, features) n times each: (batch, n, features)."""
    if as_tensor(x).ndim != 2:
        raise ShapeError(f"repeat takes a tensor of shape (batch, features); received shape {as_tensor(x).shape}.")
    return ops.repeat(ops.expand_dims(x, 1), n, 1)


def reverse(x: Any, axes: Any) -> Tensor:
    """x back to front along one axis or several."""
    return ops.flip(x, axes)


def temporal_padding(x: Any, padding: tuple[int, int] = (1, 1)) -> Tensor:
    """Zeros before and after the middle axis of (batch, time, features)."""
    return ops.pad(x, ((0, 0), tuple(padding), (0, 0)))


def spatial_2d_padding(x: Any, padding: Any = ((1, 1), (1, 1)), data_format: str | None = None) -> Tensor:
    """Zeros around images: ((top, bottom), (left, right))."""
    return _padded("spatial_2d_padding", x, padding, data_format)


def spatial_3d_padding(x: Any, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None) -> Tensor:
    """Zeros around volumes, before and after each spatial axis."""
    return _padded("spatial_3d_padding", x, padding, data_format)


def _padded(who: str, x: Any, padding: Any, data_format: str | None) -> Tensor:
    inner = [tuple(pair) for pair in padding]
    first = checked_format(who, data_format) == "channels_first"
    return ops.pad(x, ((0, 0), (0, 0), *inner) if first else ((0, 0), *inner, (0, 0)))


def resize_images(x: Any, height_factor: int, width_factor: int, data_format: str | None, interpolation: str = "nearest") -> Tensor:
    """Images enlarged by whole factors."""
    shape = as_tensor(x).shape
    height, width = shape[2:] if checked_format("resize_images", data_format) == "channels_first" else shape[1:3]
    return ops.image.resize(x, (height * height_factor, width * width_factor), interpolation, data_format=data_format)


def resize_volumes(x: Any, depth_factor: int, height_factor: int, width_factor: int, data_format: str | None) -> Tensor:
    """Volumes whose elements are repeated along each spatial axis."""
    start = 2 if checked_format("resize_volumes", data_format) == "channels_first" else 1
    for axis, factor in enumerate((depth_factor, height_factor, width_factor), start):
        x = ops.repeat(x, factor, axis)
    return x


# Networks.
def bias_add(x: Any, bias: Any, data_format: str | None = None) -> Tensor:
    """x plus a bias of shape (channels,), or one of a whole example's shape."""
    x, bias = as_tensor(x), as_tensor(bias)
    if bias.ndim not in (1, x.ndim - 1):
        raise ArgumentError(f"bias_add: a bias for shape {x.shape} has 1 or {x.ndim - 1} axes; received shape {bias.shape}.")
    if checked_format("bias_add", data_format) == "channels_first":
        bias = ops.reshape(bias, (-1, *(1,) * (x.ndim - 2))) if bias.ndim == 1 else ops.moveaxis(bias, -1, 0)
    return x + bias


def conv1d(
    x: Any, kernel: Any, strides: Any = 1, padding: str = "valid", data_format: str | None = None, dilation_rate: Any = 1
) -> Tensor:
    """Convolution over sequences; padding 'causal' looks at the past only."""
    if padding == "causal":
        x, padding = temporal_padding(x, (dilation_rate * (as_tensor(kernel).shape[0] - 1), 0)), "valid"
    return ops.conv(x, kernel, strides, padding, data_format, dilation_rate)


def conv2d_transpose(
    x: Any, kernel: Any, output_shape: Any, strides: Any = (1, 1), padding: str = "valid", data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Tensor:  # fmt: skip
    """The transpose of a convolution of images, cut or filled with zeros to `output_shape` (batch, height, width, channels)."""
    found = ops.conv_transpose(x, kernel, tuple(strides), padding, None, data_format, dilation_rate)
    start = 2 if checked_format("conv2d_transpose", data_format) == "channels_first" else 1
    for axis in (start, start + 1):
        wanted, there = output_shape[axis], found.shape[axis]
        if is_tensor(wanted) or isinstance(wanted, int):
            wanted = int(wanted)
            found = ops.take(found, np.arange(wanted), axis) if wanted < there else found
            if wanted > there:
                found = ops.pad(found, [(0, wanted - there if i == axis else 0) for i in range(4)])
    return found


def pool2d(
    x: Any, pool_size: Any, strides: Any = (1, 1), padding: str = "valid", data_format: str | None = None, pool_mode: str = "max"
) -> Tensor:
    """The largest element ('max') or the mean ('avg') of each window of images."""
    return _pool(x, pool_size, strides, padding, data_format, pool_mode)


def pool3d(
    x: Any, pool_size: Any, strides: Any = (1, 1, 1), padding: str = "valid", data_format: str | None = None, pool_mode: str = "max"
) -> Tensor:
    """The largest element ('max') or the mean ('avg') of each window of volumes."""
    return _pool(x, pool_size, strides, padding, data_format, pool_mode)


def _pool(x: Any, pool_size: Any, strides: Any, padding: str, data_format: str | None, pool_mode: str) -> Tensor:
    if pool_mode not in ("max", "avg"):
        raise ArgumentError(f"pool_mode is 'max' or 'avg'; received {pool_mode!r}.")
    pool = ops.max_pool if pool_mode == "max" else ops.average_pool
    return pool(x, pool_size, strides, padding, data_format)


def batch_normalization(x: Any, mean: Any, var: Any, beta: Any, gamma: Any, axis: int = -1, epsilon: float = 1e-3) -> Tensor:
    """(x - mean) / sqrt(var + epsilon) * gamma + beta, with vectors along `axis`."""
    return ops.batch_normalization(x, mean, var, axis, beta, gamma, epsilon)


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1, ignore_class: int | None = None
) -> Tensor:
    """The cross-entropy of class numbers; 0 where the class is `ignore_class`."""
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(target, output, from_logits, axis)
    target = ops.cast(target, "int32")
    counts = ops.not_equal(target, ignore_class)
    values = ops.sparse_categorical_crossentropy(ops.where(counts, target, 0), output, from_logits, axis)
    return ops.where(counts, values, 0.0)


def ctc_batch_cost(y_true: Any, y_pred: Any, input_length: Any, label_length: Any) -> Tensor:
    """The CTC loss of each example, (batch, 1).

    Args:
        y_true: labels (batch, length). y_pred: probabilities (batch, steps, classes); the last class is the blank.
        input_length, label_length: how much of each row counts, (batch, 1).
    """
    logits = ops.log(as_tensor(y_pred) + dtypes.epsilon())
    labels, steps = (ops.reshape(ops.cast(each, "int32"), (-1,)) for each in (label_length, input_length))
    return ops.expand_dims(ops.ctc_loss(ops.cast(y_true, "int32"), logits, labels, steps, logits.shape[-1] - 1), 1)


def ctc_decode(
    y_pred: Any, input_length: Any, greedy: bool = True, beam_width: int = 100, top_paths: int = 1
) -> tuple[list[Tensor], Tensor]:
    """The likeliest labels for probabilities (batch, steps, classes), whose last class is the blank.

    Returns: a list of `top_paths` label tensors (batch, steps), int64, -1 after the end, and scores (batch, top_paths).
    """
    logits = ops.log(as_tensor(y_pred) + dtypes.epsilon())
    labels, scores = ops.ctc_decode(
        logits, ops.cast(input_length, "int32"), "greedy" if greedy else "beam_search", beam_width, top_paths,
        mask_index=logits.shape[-1] - 1,
    )  # fmt: skip
    return [cast(path, "int64") for path in ops.unstack(labels, axis=0)], scores


# Control.
def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """One of two values (or of what two functions give): by element, or for a scalar condition the whole."""
    condition = as_tensor(condition)
    if condition.ndim == 0:
        yes, no = (each if callable(each) else (lambda each=each: as_tensor(each)) for each in (then_expression, else_expression))
        return ops.cond(cast(condition, "bool"), yes, no)
    yes, no = (as_tensor(each() if callable(each) else each) for each in (then_expression, else_expression))
    if condition.ndim > yes.ndim:
        raise ShapeError(f"switch: a condition of shape {condition.shape} has more axes than the values, of shape {yes.shape}.")
    for _ in range(yes.ndim - condition.ndim):
        condition = ops.expand_dims(condition, -1)
    return ops.where(cast(condition, "bool"), yes, no)


def map_fn(fn: Callable, elems: Any, name: str | None = None, dtype: Any = None) -> Any:
    """`fn` of each element along the first axis, stacked."""
    return ops.map(fn, elems)


def foldl(fn: Callable, elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """`fn(accumulated, element)` along the first axis, from `initializer` or the first element on."""
    elems = as_tensor(elems)
    start, rest = (elems[0], elems[1:]) if initializer is None else (as_tensor(initializer), elems)
    return ops.scan(lambda kept, x: (fn(kept, x), None), start, rest)[0]


def foldr(fn: Callable, elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """As `foldl`, from the last element back."""
    return foldl(fn, ops.flip(elems, 0), initializer)


def rnn(
    step_function: Callable, inputs: Any, initial_states: Sequence[Any], go_backwards: bool = False, mask: Any = None,
    constants: Sequence[Any] | None = None, unroll: bool = False, input_length: Any = None, time_major: bool = False,
    zero_output_for_mask: bool = False, return_all_outputs: bool = True,
) -> tuple[Any, Any, tuple]:
    """`output, states = step_function(x, states)` for each step of (batch, time, ...) inputs.

    Args:
        initial_states: the states before the first step; `constants` are appended to them at every step.
        mask: (batch, time); a step that is False repeats the output (or gives zeros: `zero_output_for_mask`) and keeps the states.
        time_major: inputs, mask and outputs are (time, batch, ...).
        unroll, input_length: accepted as Keras does.

    Returns: the last output, all outputs (the last alone unless `return_all_outputs`) and the last states.
    """
    structure = jax.tree.structure(inputs, is_leaf=is_tensor)
    sequences = [as_tensor(leaf) for leaf in jax.tree.leaves(inputs, is_leaf=is_tensor)]
    marks = None if mask is None else cast(mask, "bool")
    if not time_major:
        sequences = [ops.swapaxes(leaf, 0, 1) for leaf in sequences]
        marks = None if marks is None else ops.swapaxes(marks, 0, 1)
    if marks is not None and marks.ndim > 2:
        marks = ops.reshape(marks, marks.shape[:2])
    if go_backwards:
        sequences = [ops.flip(leaf, 0) for leaf in sequences]
        marks = None if marks is None else ops.flip(marks, 0)
    given = tuple(as_tensor(state) for state in initial_states)
    call = lambda leaves, states: step_function(jax.tree.unflatten(structure, leaves), (*states, *(constants or ())))

    def step(carry: Any, item: Any) -> Any:
        states, last = carry
        output, new = call(item[0], states)
        kept = output
        if marks is not None:
            output = _held(item[1], output, ops.zeros_like(output) if zero_output_for_mask else last)
            kept = output
            new = [_held(item[1], after, before) for after, before in zip(new, states, strict=True)]
        return (tuple(cast(after, before.dtype) for after, before in zip(new, states, strict=True)), kept), output

    first, _ = call([leaf[0] for leaf in sequences], given)
    xs = (sequences,) if marks is None else (sequences, marks)
    (states, last), outputs = ops.scan(step, (given, ops.zeros_like(first)), xs)
    if not return_all_outputs:
        outputs = ops.expand_dims(last, 0)
    return last, outputs if time_major else ops.swapaxes(outputs, 0, 1), states


def _held(mark: Any, new: Any, old: Any) -> Tensor:
    """`new` in the rows that `mark` (batch,) counts, `old` in the others."""
    return ops.where(ops.reshape(mark, (-1, *(1,) * (new.ndim - 1))), new, old)
