"""Arithmetic and functions of each element."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import manners
from hornbeam.engine.composite import composite
from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.numpy_form import erf as host_erf
from hornbeam.engine.tensor import Tensor, as_tensor, python_dtype
from hornbeam.ops._rows import binary, broadcast_size, in_float32, number, unary


def _divided(function: Callable) -> Callable:
    """NumPy's function; in a TensorFlow program integers are not divided by zero (XLA's program cannot look)."""
    def host(x1: Any, x2: Any) -> Any:
        if x2.dtype.kind in "iu" and manners.on and not x2.all():
            raise ArgumentError("Integer division by zero.")
        return function(x1, x2)

    return host


# Two operands.
add = binary("add", "x1 + x2.", jnp.add, np.add)
subtract = binary("subtract", "x1 - x2.", jnp.subtract, np.subtract, number)
multiply = binary("multiply", "x1 * x2.", jnp.multiply, np.multiply)
divide = binary("divide", "x1 / x2; integers become floats.", jnp.divide, np.divide, "float")
true_divide = divide
floor_divide = binary("floor_divide", "The largest integer not above x1 / x2.", jnp.floor_divide, _divided(np.floor_divide), number)
mod = binary("mod", "The remainder of x1 / x2, with the sign of x2.", jnp.mod, _divided(np.mod), number)
fmod = binary("fmod", "The remainder of x1 / x2, with the sign of x1.", jnp.fmod, np.fmod, number)
maximum = binary("maximum", "The larger of each pair; NaN if either is.", jnp.maximum, np.maximum)
minimum = binary("minimum", "The smaller of each pair; NaN if either is.", jnp.minimum, np.minimum)
fmax = binary("fmax", "The larger of each pair; a NaN gives way to the other.", jnp.fmax, np.fmax)
fmin = binary("fmin", "The smaller of each pair; a NaN gives way to the other.", jnp.fmin, np.fmin)
arctan2 = binary("arctan2", "The angle of the point (x2, x1), in radians.", jnp.arctan2, np.arctan2, "float")
hypot = binary("hypot", "sqrt(x1^2 + x2^2) without overflow.", jnp.hypot, np.hypot, "float")
logaddexp = binary("logaddexp", "log(exp(x1) + exp(x2)) without overflow.", jnp.logaddexp, np.logaddexp, "float")
logaddexp2 = binary("logaddexp2", "log2(2^x1 + 2^x2) without overflow.", jnp.logaddexp2, np.logaddexp2, "float")
heaviside = binary("heaviside", "0 where x1 < 0, x2 where x1 == 0, 1 where x1 > 0.", jnp.heaviside, np.heaviside, "float")
nextafter = binary("nextafter", "The next float after x1 towards x2.", jnp.nextafter, np.nextafter, "float", differentiable=False)
gcd = binary("gcd", "The greatest common divisor.", jnp.gcd, np.gcd, number)
lcm = binary("lcm", "The least common multiple.", jnp.lcm, np.lcm, number)


def _no_nan(xp: Any, x1: Any, x2: Any) -> Any:
    zero = x2 == 0
    return xp.where(zero, xp.zeros((), x1.dtype), xp.divide(x1, xp.where(zero, xp.ones((), x2.dtype), x2)))


divide_no_nan = binary("divide_no_nan", "x1 / x2, and 0 where x2 is 0.", lambda a, b: _no_nan(jnp, a, b),
                       lambda a, b: _no_nan(np, a, b), "float")


@op(2, "same")
def ldexp(x1: Any, x2: Any) -> Any:
    """x1 * 2^x2; x2 is of integers."""
    x1 = x1 if jnp.issubdtype(x1.dtype, jnp.floating) else x1.astype(jnp.float32)
    return jnp.ldexp(x1, x2)


def _power_on_host(x1: Any, x2: Any) -> Any:
    if x2.dtype.kind == "i" and x2.size and x2.min() < 0:
        raise_to = np.asarray(x1, np.float64) ** x2  # NumPy refuses; the integer part is what integer arithmetic gives
        return np.trunc(np.nan_to_num(raise_to, posinf=0.0)).astype(x1.dtype)
    return np.power(x1, x2)


_power = binary("power", "x1 raised to the power x2.", jnp.power, _power_on_host, number)


@op(host=lambda x, exponent: np.power(x, exponent))
def _integer_power(x: Any, exponent: int) -> Any:
    return jax.lax.integer_pow(x, exponent)


@composite
def power(x1: Any, x2: Any) -> Tensor:
    """x1 raised to the power x2."""
    if type(x2) is int and -8 <= x2 <= 8:  # multiplications in place of a logarithm and an exponential
        x1 = as_tensor(x1)
        kind = x1._value.dtype.kind
        if kind in "fcV" or (kind == "i" and x2 >= 0):
            return square(x1) if x2 == 2 else _integer_power(x1, x2)
    return _power(x1, x2)


# One operand, type kept.
negative = unary("negative", "-x.", jnp.negative, np.negative, number)
absolute = unary("absolute", "The absolute value (of complex numbers the modulus).", jnp.abs, np.abs)
abs = absolute
fabs = unary("fabs", "The absolute value, of floats.", jnp.fabs, np.fabs, "float")
square = unary("square", "x * x.", jnp.square, np.square, number)
sign = unary("sign", "-1, 0 or 1.", jnp.sign, np.sign, number)
conjugate = unary("conjugate", "The complex conjugate.", jnp.conjugate, np.conjugate)
conj = conjugate
real = unary("real", "The real part.", jnp.real, np.real)
imag = unary("imag", "The imaginary part.", jnp.imag, np.imag)
angle = unary("angle", "The angle of complex numbers, in radians.", jnp.angle, None, "float")
positive = unary("positive", "x itself.", lambda x: x, lambda x: x)
copy = unary("copy", "x itself: tensors are immutable.", lambda x: x, lambda x: x)
stop_gradient = unary("stop_gradient", "x, through which no gradient passes.", jax.lax.stop_gradient, lambda x: x, differentiable=False)
stop_gradient = stop_gradient.spelled(variable="x")

# One operand, integers become floats.
reciprocal = unary("reciprocal", "1 / x.", jnp.reciprocal, np.reciprocal, "float")
sqrt = unary("sqrt", "The square root.", jnp.sqrt, np.sqrt, "float")
rsqrt = unary("rsqrt", "1 / sqrt(x).", jax.lax.rsqrt, lambda x: np.reciprocal(np.sqrt(x)), "float")
cbrt = unary("cbrt", "The cube root.", jnp.cbrt, np.cbrt, "float")
exp = unary("exp", "e to the power x.", jnp.exp, np.exp, "float")
exp2 = unary("exp2", "2 to the power x.", jnp.exp2, np.exp2, "float")
expm1 = unary("expm1", "e^x - 1, exact near 0.", jnp.expm1, np.expm1, "float")
log = unary("log", "The natural logarithm.", jnp.log, np.log, "float")
log2 = unary("log2", "The logarithm to base 2.", jnp.log2, np.log2, "float")
log10 = unary("log10", "The logarithm to base 10.", jnp.log10, np.log10, "float")
log1p = unary("log1p", "log(1 + x), exact near 0.", jnp.log1p, np.log1p, "float")
sin = unary("sin", "The sine of angles in radians.", jnp.sin, np.sin, "float")
cos = unary("cos", "The cosine of angles in radians.", jnp.cos, np.cos, "float")
tan = unary("tan", "The tangent of angles in radians.", jnp.tan, np.tan, "float")
arcsin = unary("arcsin", "The inverse sine.", jnp.arcsin, np.arcsin, "float")
arccos = unary("arccos", "The inverse cosine.", jnp.arccos, np.arccos, "float")
arctan = unary("arctan", "The inverse tangent.", jnp.arctan, np.arctan, "float")
sinh = unary("sinh", "The hyperbolic sine.", jnp.sinh, np.sinh, "float")
cosh = unary("cosh", "The hyperbolic cosine.", jnp.cosh, np.cosh, "float")
tanh = unary("tanh", "The hyperbolic tangent.", jnp.tanh, np.tanh, "float")
arcsinh = unary("arcsinh", "The inverse hyperbolic sine.", jnp.arcsinh, np.arcsinh, "float")
arccosh = unary("arccosh", "The inverse hyperbolic cosine.", jnp.arccosh, np.arccosh, "float")
arctanh = unary("arctanh", "The inverse hyperbolic tangent.", jnp.arctanh, np.arctanh, "float")
floor = unary("floor", "The largest integer not above x.", jnp.floor, np.floor, "float")
ceil = unary("ceil", "The smallest integer not below x.", jnp.ceil, np.ceil, "float")
trunc = unary("trunc", "x without its fraction.", jnp.trunc, np.trunc)
deg2rad = unary("deg2rad", "Degrees to radians.", jnp.deg2rad, np.deg2rad, "float")
rad2deg = unary("rad2deg", "Radians to degrees.", jnp.rad2deg, np.rad2deg, "float")
sinc = unary("sinc", "sin(pi x) / (pi x), and 1 at 0.", jnp.sinc, None, "float")
i0 = unary("i0", "The modified Bessel function of the first kind, of order 0.", jnp.i0, None, "float")
erf = unary("erf", "The error function.", jax.scipy.special.erf, host_erf, "float")
erfc = unary("erfc", "1 - erf(x).", jax.scipy.special.erfc, None, "float")
erfinv = unary("erfinv", "The inverse of the error function.", jax.scipy.special.erfinv, None, "float")


@op(host=lambda x, decimals=0: np.round(x, decimals).astype(x.dtype))
def round(x: Any, decimals: int = 0) -> Any:
    """Rounded to `decimals` digits after the point; halves go to the even neighbour."""
    return jnp.round(x, decimals).astype(x.dtype)


def _in_range(x: Any, x_min: Any, x_max: Any) -> Any:
    x = x if x_min is None else np.maximum(x, x_min)
    return x if x_max is None else np.minimum(x, x_max)


@op(3, "promote", host=in_float32(_in_range), cost=broadcast_size)
def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """x where it lies between `x_min` and `x_max`, else the nearer of the two."""
    if x.dtype == bool:
        x, x_min, x_max = (each if each is None else each.astype(jnp.int32) for each in (x, x_min, x_max))
    return jnp.clip(x, x_min, x_max)


@op(host=None)
def nan_to_num(x: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """NaN replaced by `nan`, infinities by `posinf` and `neginf` (by default the largest finite numbers)."""
    return jnp.nan_to_num(x, copy=False, nan=nan, posinf=posinf, neginf=neginf)


@op(2, "promote")
def polar(abs_: Any, angle: Any) -> Any:
    """The complex numbers of these moduli and angles (radians)."""
    return jax.lax.complex(abs_ * jnp.cos(angle), abs_ * jnp.sin(angle))


def number_dtype(value: Any) -> Any:
    """The NumPy type that a Python number or an array takes as a tensor."""
    return python_dtype(value) if isinstance(value, (bool, int, float, complex)) else as_tensor(value)._value.dtype
