"""Numbers rounded to few bits, and back. The plain functions take and give arrays, of NumPy or of JAX."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError, DtypeError, ShapeError
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.ops.shaping import reshape
from hornbeam.ops.tf.quantization import fake_quant

RANGE, EPSILON = (-127, 127), 1e-7
RANGE4 = (-8, 7)


def rounded(
    values: Any, axes: tuple[int, ...], numpy: Any = jnp, value_range: tuple[int, int] = RANGE, dtype: str = "int8",
    epsilon: float = EPSILON,
) -> tuple[Any, Any]:  # fmt: skip
    """Values as whole numbers, with the scales (kept axes of size 1) that they were multiplied by: the range's end over the largest."""
    low, high = value_range
    scale = high / (numpy.max(numpy.abs(values), axis=axes, keepdims=True) + np.asarray(epsilon, values.dtype))
    return numpy.clip(numpy.round(values * scale), low, high).astype(dtype), scale.astype(values.dtype)


def rounded_in_groups(
    values: Any, size: int, numpy: Any = jnp, value_range: tuple[int, int] = RANGE4, dtype: str = "int8", epsilon: float = EPSILON
) -> tuple[Any, Any, Any]:
    """A matrix as whole numbers: `values = (numbers - zero) * scale`, each `size` rows of a column with a scale and a zero of their own."""
    low, high = value_range
    rows, columns = values.shape
    size = min(size, rows)
    groups = -(-rows // size)
    padded = numpy.pad(values, ((0, groups * size - rows), (0, 0))).reshape(groups, size, columns)
    least, most = padded.min(axis=1), padded.max(axis=1)
    flat = (least == most).astype(values.dtype)  # a group of one number
    least, most = least - flat, most + flat
    scale = (most - least + np.asarray(epsilon, values.dtype)) / np.asarray(high - low, values.dtype)
    zero = numpy.clip(numpy.round(low - least / scale), low, high)
    found = numpy.clip(numpy.round(padded / scale[:, None]) + zero[:, None], low, high)
    return found.reshape(groups * size, columns)[:rows].astype(dtype), scale, zero.astype("int8")


def packed(values: Any, axis: int = 0, numpy: Any = jnp) -> Any:
    """Numbers of four bits two to a byte: along an axis, the first of each two in the low bits."""
    values = numpy.moveaxis(values, axis, 0)
    if len(values) % 2:
        values = numpy.concatenate([values, numpy.zeros_like(values[:1])])
    low, high = values[0::2].astype("uint8") & 15, values[1::2].astype("uint8") & 15
    return numpy.moveaxis((low | (high << 4)).astype(values.dtype), 0, axis)


def unpacked(values: Any, length: int, axis: int = 0, numpy: Any = jnp) -> Any:
    """What `packed` was given, `length` numbers along the axis: from -8 to 7, for unsigned types 0 to 15."""
    byte = numpy.moveaxis(values, axis, 0).astype("uint8")
    both = numpy.stack([byte & 15, byte >> 4], axis=1).reshape(-1, *byte.shape[1:])[:length]
    signed = both if values.dtype == "uint8" else ((both ^ 8).astype("int8") - 8)
    return numpy.moveaxis(signed.astype(values.dtype), 0, axis)


@op(1, "same", differentiable=False, name="abs_max_quantize")
def _abs_max(x: Any, axis: Any, value_range: Any, dtype: str, epsilon: float) -> Any:
    return rounded(x, axis, jnp, value_range, dtype, epsilon)


@op(1, "same", differentiable=False, name="abs_max_quantize_grouped")
def _grouped(x: Any, size: int, value_range: Any, dtype: str, epsilon: float) -> Any:
    return rounded_in_groups(x, size, jnp, value_range, dtype, epsilon)


@op(1, "same", differentiable=False, name="pack_int4")
def _pack(x: Any, axis: int) -> Any:
    return packed(x, axis)


@op(1, "same", differentiable=False, name="unpack_int4")
def _unpack(x: Any, length: int, axis: int) -> Any:
    return unpacked(x, length, axis)


def abs_max_quantize(
    inputs: Any, axis: Any, value_range: tuple[int, int] = RANGE, dtype: Any = "int8", epsilon: float = EPSILON, to_numpy: bool = False
) -> tuple[Tensor, Tensor]:
    """Inputs as whole numbers, and the scale they were multiplied by: the range's end over the largest number along `axis`.

    `to_numpy` is accepted as Keras does.
    """
    axes = None if axis is None else tuple(axis) if isinstance(axis, (list, tuple)) else (axis,)
    return _abs_max(inputs, axes, tuple(value_range), str(dtype), float(epsilon))


def abs_max_quantize_grouped_with_zero_point(
    inputs: Any, block_size: int, value_range: tuple[int, int] = RANGE4, dtype: Any = "int8", epsilon: float = EPSILON,
    to_numpy: bool = False,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """A matrix as whole numbers, with a scale and a zero for each `block_size` rows of a column: `(numbers - zero) * scale`."""
    inputs = as_tensor(inputs)
    if inputs.ndim != 2:
        raise ShapeError(f"abs_max_quantize_grouped_with_zero_point takes a matrix; received the shape {inputs.shape}.")
    return _grouped(inputs, int(block_size), tuple(value_range), str(dtype), float(epsilon))


def _checked(what: str, x: Any, dtype: str) -> Tensor:
    if dtype not in ("int8", "uint8"):
        raise ArgumentError(f"{what}: `dtype` is 'int8' or 'uint8'; received {dtype!r}.")
    if (x := as_tensor(x)).dtype != dtype:
        raise DtypeError(f"{what} takes a tensor of {dtype}; received one of {x.dtype}.")
    return x


def pack_int4(arr: Any, axis: int = 0, dtype: str = "int8") -> tuple[Tensor, tuple[int, ...], int]:
    """Numbers of four bits, two to a byte along an axis; gives the bytes, their shape, and how many numbers there were."""
    arr = _checked("pack_int4", arr, dtype)
    made = _pack(arr, axis)
    return made, tuple(made.shape), int(arr.shape[axis])


def unpack_int4(packed: Any, orig_len: int, axis: int = 0, dtype: str = "int8") -> Tensor:
    """The numbers that `pack_int4` was given, `orig_len` along the axis."""
    return _unpack(_checked("unpack_int4", packed, dtype), int(orig_len), axis)


def fake_quant_with_min_max_vars(
    inputs: Any, min_vals: Any, max_vals: Any, num_bits: int = 8, narrow_range: bool = False, axis: int | None = None
) -> Tensor:
    """Inputs rounded to the levels that so many bits have in a range, as floats; gradients pass within the range.

    Args:
        min_vals, max_vals: the range; with `axis`, one for each place along it.
    """
    if not 2 <= num_bits <= 16:
        raise ArgumentError(f"fake_quant_with_min_max_vars: `num_bits` is between 2 and 16; received {num_bits}.")
    inputs = as_tensor(inputs)
    kept = inputs.dtype
    if axis is not None:
        shape = [-1 if i == axis % inputs.ndim else 1 for i in range(inputs.ndim)]
        min_vals, max_vals = (reshape(each, shape) for each in (min_vals, max_vals))
    return fake_quant(inputs, min_vals, max_vals, int(num_bits), bool(narrow_range), str(kept))


# Eight-bit floats (Micikevicius et al. 2022): values are divided by a scale that follows their largest in the last steps.
LARGEST = {"float8_e4m3fn": 448.0, "float8_e5m2": 57344.0}


def float8_scale(amax: Any, scale: Any, largest: float, margin: int) -> Any:
    """`compute_float8_scale`, of arrays."""
    found = amax / largest * 2.0**margin
    return jnp.where((amax > 0) & jnp.isfinite(amax), found, scale).astype(scale.dtype)


def float8_history(x: Any, history: Any) -> Any:
    """`compute_float8_amax_history`, of arrays."""
    return jnp.roll(history, -1).at[0].set(jnp.max(jnp.abs(x)).astype(history.dtype))


_float8_scale = op(2, "promote", differentiable=False)(float8_scale)
_float8_history = op(2, "promote", differentiable=False)(float8_history)


def compute_float8_scale(amax: Any, scale: Any, dtype_max: Any, margin: int = 0) -> Tensor:
    """What values are divided by so that the largest, `amax`, is the type's largest; the old scale where there is none."""
    return _float8_scale(amax, scale, float(dtype_max), int(margin))


def compute_float8_amax_history(x: Any, amax_history: Any) -> Tensor:
    """The largest numbers of the last steps, with that of `x` at their head."""
    return _float8_history(x, amax_history)


def through_float8(x: Any, scale: Any, dtype: str) -> Any:
    """An array as it comes back from eight-bit floats."""
    largest = np.asarray(LARGEST[dtype], x.dtype)
    scale = scale.astype(x.dtype)
    return jnp.clip(x / scale, -largest, largest).astype(dtype).astype(x.dtype) * scale


@op(2, "promote", differentiable=False, name="float8_and_back")
def _there_and_back(x: Any, scale: Any, dtype: str, compute: str) -> Any:
    return through_float8(x.astype(compute), scale, dtype)


def quantize_and_dequantize(inputs: Any, scale: Any, quantized_dtype: str, compute_dtype: str) -> Tensor:
    """Inputs as they come back from 'float8_e4m3fn' or 'float8_e5m2', divided by a scale before and multiplied by it after."""
    if str(quantized_dtype) not in LARGEST:
        raise ArgumentError(f"quantize_and_dequantize: `quantized_dtype` is one of {', '.join(LARGEST)}; received {quantized_dtype!r}.")
    return _there_and_back(inputs, scale, str(quantized_dtype), str(compute_dtype))
