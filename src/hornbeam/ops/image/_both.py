"""Image operations written once, for NumPy and for JAX.

A folder of photographs has a shape for each photograph: compiled one by one they would cost more than all the arithmetic. So what runs
eagerly on the host runs in NumPy; inside a program, and on an accelerator, the same lines run in JAX.
"""

import functools
import importlib
from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.engine.door import Op
from hornbeam.engine.errors import ShapeError, UntraceableError
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor

_LIMIT = 2**22  # elements: larger are batches, which come in one shape, and XLA fuses what NumPy does step by step


def both(name: str, operands: int = 1, differentiable: bool = True) -> Callable[[Callable[..., Any]], Op]:
    """Decorator for `function(xp, *arrays, *static)`, where xp is `jax.numpy` or `numpy`."""

    def door(function: Callable[..., Any]) -> Op:
        device = functools.partial(function, jnp)
        return Op(device, operands, "same", functools.partial(function, np), None, differentiable, name, limit=_LIMIT)

    return door


@functools.cache
def optional(name: str) -> Any:
    """A module that may not be installed, or None: asked once, as looking for one in vain takes longer than many operations."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def image_tensor(name: str, image: Any, ranks: Sequence[int] = (3, 4)) -> Tensor:
    """`image` as a tensor of (height, width, channels), or with more axes before, if `name` takes so many.

    Raises: `ShapeError`.
    """
    image = as_tensor(image)
    if image.ndim not in ranks:
        kinds = {3: "one image (height, width, channels)", 4: "a batch of images (batch, height, width, channels)"}
        raise ShapeError(f"{name} takes {' or '.join(kinds[rank] for rank in ranks)}; received shape {image.shape}.")
    return image


def at_least_3(name: str, image: Any) -> Tensor:
    """`image` as a tensor with axes (..., height, width, channels)."""
    image = as_tensor(image)
    if image.ndim < 3:
        raise ShapeError(f"{name} takes images (..., height, width, channels); received shape {image.shape}.")
    return image


def whole(name: str, value: Any, what: str) -> int:
    """An int given as a number or a tensor. Raises `UntraceableError` when it is only known when a program runs."""
    if is_tensor(value):
        value = as_tensor(value)
        if value.is_traced or value.is_symbolic:
            raise UntraceableError(f"{name}: inside a compiled function `{what}` must be known; it is computed there. Pass a Python int.")
    return int(value)


def is_known(value: Any) -> bool:
    """Whether a number is known now: not computed inside a program being traced."""
    if not is_tensor(value):
        return True
    tensor = as_tensor(value)
    return not (tensor.is_traced or tensor.is_symbolic)


# Number types of images: floats between 0 and 1, integers between 0 and their largest.
def is_float(dtype: Any) -> bool:
    return jnp.issubdtype(dtype, jnp.floating)


def working(x: Any) -> Any:
    """Float32 for what is computed in floats but is not (or is only half) one."""
    return x if x.dtype in (np.float32, np.float64) else x.astype(np.float32)


def converted(xp: Any, x: Any, dtype: Any, saturate: bool = False) -> Any:
    """An image in another type, scaled to its range: see `convert_image_dtype`."""
    dtype = np.dtype(dtype)
    if x.dtype == dtype:
        return x
    if is_float(x.dtype):
        if is_float(dtype):
            return x.astype(dtype)
        return to_integer(xp, x * np.asarray(np.iinfo(dtype).max + 0.5, x.dtype), dtype, saturate)
    if is_float(dtype):
        wide = x.astype(dtype) if np.dtype(dtype).itemsize >= 4 else x.astype(np.float32)
        return (wide * np.asarray(1 / np.iinfo(x.dtype).max, wide.dtype)).astype(dtype)
    before, after = np.iinfo(x.dtype).max, np.iinfo(dtype).max
    if before > after:
        return clipped(xp, x // np.asarray((before + 1) // (after + 1), x.dtype), dtype, saturate)
    return clipped(xp, x, dtype, saturate) * np.asarray((after + 1) // (before + 1), dtype)


def to_integer(xp: Any, x: Any, dtype: Any, saturate: bool) -> Any:
    """Floats as integers by truncation: brought into the type's range, or wrapped around it."""
    limits = np.iinfo(dtype)
    if saturate:
        highest = np.asarray(limits.max, x.dtype)
        if int(highest) > limits.max:  # 2**31 is a float32, 2**31 - 1 is not
            highest = np.nextafter(highest, np.asarray(0, x.dtype))
        x = xp.clip(x, np.asarray(limits.min, x.dtype), highest)
        return x.astype(dtype)
    return x.astype(np.int64).astype(dtype) if limits.bits < 64 else x.astype(dtype)


def clipped(xp: Any, x: Any, dtype: Any, saturate: bool) -> Any:
    """Integers in another integer type."""
    if saturate:
        low, high = (max(np.iinfo(x.dtype).min, np.iinfo(dtype).min), min(np.iinfo(x.dtype).max, np.iinfo(dtype).max))
        x = xp.clip(x, np.asarray(low, x.dtype), np.asarray(high, x.dtype))
    return x.astype(dtype)
