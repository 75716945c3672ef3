"""How most operations are written: one row each, with the arrays' names that Keras gives them (`x`, or `x1` and `x2`).

A row names the JAX function, the NumPy function that does the same for small tensors on the host, and the promotion rule.
"""

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import RULES, Op, cast

HALF = (np.dtype(np.float16), dtypes.NUMPY["bfloat16"])


def number(operands: Sequence[Any]) -> list[Any]:
    """The promotion rule of arithmetic that booleans do not have: as 'promote', and booleans become int32."""
    made = RULES["promote"](operands) if len(operands) > 1 else RULES["same"](operands)
    if made[0]._value.dtype.kind == "b":  # they all have one type
        return [cast(tensor, "int32") for tensor in made]
    return made


def unary(
    name: str, doc: str, function: Callable, host: Callable | None = None, rule: Any = "same", differentiable: bool = True
) -> Op:
    """A function of each element of one tensor."""

    def row(x: Any) -> Any:
        return function(x)

    row.__name__, row.__doc__ = name, doc
    return Op(row, 1, rule, in_float32(host) if rule == "float" else host, None, differentiable)


def binary(
    name: str, doc: str, function: Callable, host: Callable | None = None, rule: Any = "promote", differentiable: bool = True
) -> Op:
    """A function of the elements of two tensors, broadcast to one shape."""

    def row(x1: Any, x2: Any) -> Any:
        return function(x1, x2)

    row.__name__, row.__doc__ = name, doc
    return Op(row, 2, rule, in_float32(host) if rule == "float" else host, broadcast_size, differentiable)


def in_float32(host: Callable | None) -> Callable | None:
    """NumPy's 16-bit floats are slow and, in sums, inexact: work in float32 and round once, as XLA does."""
    if host is None:
        return None

    def widened(*arrays: Any, **static: Any) -> Any:
        dtype = arrays[0].dtype
        if dtype not in HALF:
            return host(*arrays, **static)
        out = host(*[a if a is None else a.astype(np.float32) for a in arrays], **static)
        return np.asarray(out).astype(dtype) if out.dtype == np.float32 else out

    return widened


def broadcast_size(*arrays: Any) -> int:
    """How many elements the broadcast operands have."""
    first = arrays[0]
    shape = first.shape
    for array in arrays[1:]:
        if array is not None and array.shape != shape and array.ndim:
            sizes = [1] * max(len(shape), array.ndim)
            for each in (shape, array.shape):
                for i, size in enumerate(each, len(sizes) - len(each)):
                    sizes[i] = max(sizes[i], size)
            shape = tuple(sizes)
    if shape is first.shape:
        return first.size
    count = 1
    for size in shape:
        count *= size
    return count


def tidy_axis(axis: Any) -> Any:
    """An axis argument as an int, a tuple of ints or None."""
    if axis is None or type(axis) is int:
        return axis
    return tuple(int(each) for each in axis) if isinstance(axis, (list, tuple)) else int(axis)


def sum_dtype(dtype: np.dtype) -> np.dtype:
    """The type of a sum or product: 8- and 16-bit integers and booleans widen to 32 bits."""
    if dtype.kind == "b" or (dtype.kind == "i" and dtype.itemsize < 4):
        return np.dtype(np.int32)
    if dtype.kind == "u" and dtype.itemsize < 4:
        return np.dtype(np.uint32)
    return dtype


def index_array(x: Any) -> Any:
    """Results that are positions are int32, as in Keras."""
    return x.astype(jnp.int32)


def elsewhere(name: str) -> Any:
    """A module's `__getattr__`: Keras's `ops.nn`, `ops.numpy` and `ops.linalg` also hold operations that stand in other files here."""
    if name.startswith("_"):
        raise AttributeError(name)
    return getattr(importlib.import_module("hornbeam.ops"), name)
