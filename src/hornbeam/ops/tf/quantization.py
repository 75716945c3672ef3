"""Rounding to few levels and back (`tf.quantization`): what training with quantization in mind puts into a model."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor
from hornbeam.kernels.memory import in_memory


def _nudged(low: Any, high: Any, levels: int, least: int) -> tuple[Any, Any, Any]:
    """The range moved so that 0 is one of the levels, and the step between levels (Jacob et al., 2017)."""
    # XLA multiplies by the inverse of a constant, and makes a * c / b of a / (b / c): both round another way.
    step = in_memory((high - low) / (low * 0 + (levels - least)))
    zero = least - low / step
    whole = jnp.floor(zero)
    zero = jnp.clip(jnp.where(zero - whole >= 0.5, whole + 1, whole), least, levels)
    return (least - zero) * step, (levels - zero) * step, step


def _rounded(x: Any, low: Any, high: Any, bits: int, narrow: bool) -> Any:
    bottom, top, step = _nudged(low, high, 2**bits - 1, int(narrow))
    inside = jnp.clip(x, bottom, top)
    level = jnp.floor((inside - bottom) * (1 / step) + 0.5) * step + bottom
    return inside + jax.lax.stop_gradient(level - inside)  # the gradient is 1 inside the range and 0 outside


@op(3, "strict_real_float", name="fake_quant")
def _fake_quant(x: Any, low: Any, high: Any, bits: int, narrow: bool) -> Any:
    return _rounded(x, low, high, bits, narrow)


@op(3, "float", name="fake_quant_in")
def fake_quant(x: Any, low: Any, high: Any, bits: int, narrow: bool, dtype: str) -> Any:
    """`fake_quant_with_min_max_vars`, for ranges that broadcast to x, in a type."""
    return _rounded(x, low, high, bits, narrow).astype(dtype)


def fake_quant_with_min_max_args(
    inputs: Any, min: float = -6, max: float = 6, num_bits: int = 8, narrow_range: bool = False, name: str | None = None
) -> Tensor:
    """`inputs` brought into a range and rounded to its 2^num_bits levels; the gradient passes inside the range."""
    if not min < max:
        raise ArgumentError(f"fake_quant: min < max; received {min} and {max}.")
    return _fake_quant(inputs, float(min), float(max), int(num_bits), bool(narrow_range))


def fake_quant_with_min_max_vars(
    inputs: Any, min: Any, max: Any, num_bits: int = 8, narrow_range: bool = False, name: str | None = None
) -> Tensor:
    """`fake_quant_with_min_max_args` with the range in scalar tensors."""
    return _fake_quant(inputs, min, max, int(num_bits), bool(narrow_range))


def fake_quant_with_min_max_vars_per_channel(
    inputs: Any, min: Any, max: Any, num_bits: int = 8, narrow_range: bool = False, name: str | None = None
) -> Tensor:
    """`fake_quant_with_min_max_vars` with a range for each slice of the last axis."""
    return _fake_quant(inputs, min, max, int(num_bits), bool(narrow_range))


@op(3, "strict_real_float", name="quantize_and_dequantize")
def _there_and_back(x: Any, low: Any, high: Any, signed: bool, bits: int, given: bool, narrow: bool, axis: int | None) -> Any:
    axes = None if axis is None else tuple(i for i in np.arange(x.ndim).tolist() if i != axis % x.ndim)
    if not given:
        low, high = jnp.min(x, axes, keepdims=axes is not None), jnp.max(x, axes, keepdims=axes is not None)
    least = -(2 ** (bits - 1)) + int(narrow) if signed else 0
    most = 2 ** (bits - 1) - 1 if signed else 2**bits - 1
    by_low = jnp.where(least * low > 0, least / jnp.where(low == 0, 1, low), jnp.inf)
    by_high = jnp.where(most * high > 0, most / jnp.where(high == 0, 1, high), jnp.inf)
    scale = jnp.minimum(by_low, by_high)
    bottom, top = least / scale, most / scale
    inside = jnp.clip(x, bottom, top)
    return inside + jax.lax.stop_gradient(jnp.round(inside * scale) / scale - inside)


def quantize_and_dequantize_v2(
    input: Any, input_min: Any, input_max: Any, signed_input: bool = True, num_bits: int = 8, range_given: bool = False,
    round_mode: str = "HALF_TO_EVEN", name: str | None = None, narrow_range: bool = False, axis: int | None = None,
) -> Tensor:  # fmt: skip
    """`input` rounded to the levels that `num_bits` bits have between its (or the given) least and largest value."""
    if round_mode != "HALF_TO_EVEN":
        raise ArgumentError(f"quantize_and_dequantize: `round_mode` is 'HALF_TO_EVEN'; received {round_mode!r}.")
    return _there_and_back(
        input, input_min, input_max, bool(signed_input), int(num_bits), bool(range_given), bool(narrow_range), axis
    )  # fmt: skip
