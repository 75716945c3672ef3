"""Comparisons, logic and bits."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.engine.door import op
from hornbeam.ops._rows import binary, unary

equal = binary("equal", "x1 == x2, element by element.", jnp.equal, np.equal)
not_equal = binary("not_equal", "x1 != x2, element by element.", jnp.not_equal, np.not_equal)
less = binary("less", "x1 < x2.", jnp.less, np.less)
less_equal = binary("less_equal", "x1 <= x2.", jnp.less_equal, np.less_equal)
greater = binary("greater", "x1 > x2.", jnp.greater, np.greater)
greater_equal = binary("greater_equal", "x1 >= x2.", jnp.greater_equal, np.greater_equal)

logical_and = binary("logical_and", "Whether both are true (not zero).", jnp.logical_and, np.logical_and)
logical_or = binary("logical_or", "Whether either is true (not zero).", jnp.logical_or, np.logical_or)
logical_xor = binary("logical_xor", "Whether just one is true (not zero).", jnp.logical_xor, np.logical_xor)
logical_not = unary("logical_not", "Whether x is false (zero).", jnp.logical_not, np.logical_not)

isfinite = unary("isfinite", "Whether x is neither infinite nor NaN.", jnp.isfinite, np.isfinite)
isinf = unary("isinf", "Whether x is infinite.", jnp.isinf, np.isinf)
isnan = unary("isnan", "Whether x is NaN.", jnp.isnan, np.isnan)
isposinf = unary("isposinf", "Whether x is positive infinity.", jnp.isposinf)
isneginf = unary("isneginf", "Whether x is negative infinity.", jnp.isneginf)
isreal = unary("isreal", "Whether x has no imaginary part.", jnp.isreal)
signbit = unary("signbit", "Whether the sign bit is set.", jnp.signbit, np.signbit, "float")


def _bits(name: str, doc: str, function: Any, host: Any) -> Any:
    def row(x: Any, y: Any) -> Any:
        return function(x, y)

    row.__name__, row.__doc__ = name, doc
    return op(2, "promote", host=host)(row)


bitwise_and = _bits("bitwise_and", "The bits set in both.", jnp.bitwise_and, np.bitwise_and)
bitwise_or = _bits("bitwise_or", "The bits set in either.", jnp.bitwise_or, np.bitwise_or)
bitwise_xor = _bits("bitwise_xor", "The bits set in just one.", jnp.bitwise_xor, np.bitwise_xor)
bitwise_left_shift = _bits("bitwise_left_shift", "The bits of x moved left by y places.", jnp.left_shift, np.left_shift)
bitwise_right_shift = _bits("bitwise_right_shift", "The bits of x moved right by y places.", jnp.right_shift, np.right_shift)
bitwise_not = unary("bitwise_not", "Every bit turned.", jnp.bitwise_not, np.bitwise_not)
bitwise_invert, left_shift, right_shift = bitwise_not, bitwise_left_shift, bitwise_right_shift


@op(2, "promote")
def isclose(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether |x1 - x2| <= atol + rtol * |x2|."""
    return jnp.isclose(x1, x2, rtol, atol, equal_nan)


@op(2, "promote")
def allclose(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether `isclose` holds everywhere."""
    return jnp.allclose(x1, x2, rtol, atol, equal_nan)


@op(2, "promote")
def isin(x1: Any, x2: Any, assume_unique: bool = False, invert: bool = False) -> Any:
    """Whether each element of x1 is among the elements of x2."""
    return jnp.isin(x1, x2, assume_unique=assume_unique, invert=invert)
