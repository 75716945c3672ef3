"""`tf.math`: Keras's functions under TensorFlow's names, argument names and strictness with types, and those that only TensorFlow has."""

from hornbeam.engine.missing import lazily
from hornbeam.ops import activation, comparison, elementwise, indexing
from hornbeam.ops.tf.arranging import invert_permutation
from hornbeam.ops.tf.gathering import (
    segment_max,
    segment_mean,
    segment_min,
    segment_prod,
    segment_sum,
    unsorted_segment_max,
    unsorted_segment_mean,
    unsorted_segment_min,
    unsorted_segment_prod,
    unsorted_segment_sqrt_n,
    unsorted_segment_sum,
)
from hornbeam.ops.tf.mathematics import (
    accumulate_n,
    add_n,
    argmax,
    argmin,
    bessel_i0,
    bessel_i0e,
    bessel_i1,
    bessel_i1e,
    betainc,
    bincount,
    confusion_matrix,
    count_nonzero,
    cumprod,
    cumsum,
    cumulative_logsumexp,
    digamma,
    divide_no_nan,
    erfcinv,
    igamma,
    igammac,
    is_non_decreasing,
    is_strictly_increasing,
    l2_normalize,
    lbeta,
    lgamma,
    multiply_no_nan,
    ndtri,
    polygamma,
    polyval,
    pow,
    reciprocal_no_nan,
    reduce_all,
    reduce_any,
    reduce_euclidean_norm,
    reduce_logsumexp,
    reduce_max,
    reduce_mean,
    reduce_min,
    reduce_prod,
    reduce_std,
    reduce_sum,
    reduce_variance,
    rint,
    scalar_mul,
    squared_difference,
    truncatediv,
    truncatemod,
    xdivy,
    xlog1py,
    xlogy,
    zeta,
)
from hornbeam.ops.tf.normalizing import in_top_k, top_k, zero_fraction
from hornbeam.ops.tf.rectifiers import log_sigmoid, log_softmax, sigmoid, softmax, softplus, softsign, tanh

# Two operands.
add = elementwise.add.spelled("strict_sum", x="x1", y="x2")
subtract = elementwise.subtract.spelled("strict_number", x="x1", y="x2")
multiply = elementwise.multiply.spelled("strict_number", x="x1", y="x2")
divide = elementwise.divide.spelled("strict_divide", x="x1", y="x2")
truediv = elementwise.divide.spelled("strict_divide", name="truediv", x="x1", y="x2")
realdiv = elementwise.divide.spelled("strict_float", name="realdiv", x="x1", y="x2")
floordiv = elementwise.floor_divide.spelled("strict_number", name="floordiv", x="x1", y="x2")
floormod = elementwise.mod.spelled("strict_number", name="floormod", x="x1", y="x2")
mod = elementwise.mod.spelled("strict_number", x="x1", y="x2")
maximum = elementwise.maximum.spelled("strict_real", x="x1", y="x2")
minimum = elementwise.minimum.spelled("strict_real", x="x1", y="x2")
atan2 = elementwise.arctan2.spelled("strict_real_float", name="atan2", y="x1", x="x2")
nextafter = elementwise.nextafter.spelled("strict_real_float", x1="x1", x2="x2")

equal = comparison.equal.spelled("strict", x="x1", y="x2")
not_equal = comparison.not_equal.spelled("strict", x="x1", y="x2")
less = comparison.less.spelled("strict_real", x="x1", y="x2")
less_equal = comparison.less_equal.spelled("strict_real", x="x1", y="x2")
greater = comparison.greater.spelled("strict_real", x="x1", y="x2")
greater_equal = comparison.greater_equal.spelled("strict_real", x="x1", y="x2")
logical_and = comparison.logical_and.spelled("strict_bool", x="x1", y="x2")
logical_or = comparison.logical_or.spelled("strict_bool", x="x1", y="x2")
logical_xor = comparison.logical_xor.spelled("strict_bool", x="x1", y="x2")

# One operand.
logical_not = comparison.logical_not.spelled("strict_bool")
is_finite = comparison.isfinite.spelled("strict_real_float", name="is_finite")
is_inf = comparison.isinf.spelled("strict_real_float", name="is_inf")
is_nan = comparison.isnan.spelled("strict_real_float", name="is_nan")
abs = elementwise.absolute.spelled("strict_number", name="abs")
negative = elementwise.negative.spelled("strict_number")
sign = elementwise.sign.spelled("strict_number")
square = elementwise.square.spelled("strict_number")
round = elementwise.round.spelled("strict_number")
conj = elementwise.conjugate.spelled("strict_number", name="conj")
real = elementwise.real.spelled("strict_number", input="x")
imag = elementwise.imag.spelled("strict_number", input="x")
angle = elementwise.angle.spelled("strict_float", input="x")
ceil = elementwise.ceil.spelled("strict_real_float")
floor = elementwise.floor.spelled("strict_real_float")
reciprocal = elementwise.reciprocal.spelled("strict_float")
sqrt = elementwise.sqrt.spelled("strict_float")
rsqrt = elementwise.rsqrt.spelled("strict_float")
exp = elementwise.exp.spelled("strict_float")
expm1 = elementwise.expm1.spelled("strict_float")
log = elementwise.log.spelled("strict_float")
log1p = elementwise.log1p.spelled("strict_float")
sin = elementwise.sin.spelled("strict_float")
cos = elementwise.cos.spelled("strict_float")
tan = elementwise.tan.spelled("strict_float")
sinh = elementwise.sinh.spelled("strict_float")
cosh = elementwise.cosh.spelled("strict_float")
asin = elementwise.arcsin.spelled("strict_float", name="asin")
acos = elementwise.arccos.spelled("strict_float", name="acos")
atan = elementwise.arctan.spelled("strict_float", name="atan")
asinh = elementwise.arcsinh.spelled("strict_float", name="asinh")
acosh = elementwise.arccosh.spelled("strict_float", name="acosh")
atanh = elementwise.arctanh.spelled("strict_float", name="atanh")
erf = elementwise.erf.spelled("strict_real_float")
erfc = elementwise.erfc.spelled("strict_real_float")
erfinv = elementwise.erfinv.spelled("strict_real_float")

__all__ = [
    "accumulate_n", "add_n", "argmax", "argmin", "bessel_i0", "bessel_i0e", "bessel_i1", "bessel_i1e", "betainc", "bincount",
    "confusion_matrix", "count_nonzero", "cumprod", "cumsum", "cumulative_logsumexp", "digamma", "divide_no_nan", "erfcinv", "igamma",
    "igammac", "in_top_k", "invert_permutation", "is_non_decreasing", "is_strictly_increasing", "l2_normalize", "lbeta", "lgamma",
    "log_sigmoid", "log_softmax", "multiply_no_nan", "ndtri", "polygamma", "polyval", "pow", "reciprocal_no_nan", "reduce_all",
    "reduce_any", "reduce_euclidean_norm", "reduce_logsumexp", "reduce_max", "reduce_mean", "reduce_min", "reduce_prod", "reduce_std",
    "reduce_sum", "reduce_variance", "rint", "scalar_mul", "segment_max", "segment_mean", "segment_min", "segment_prod", "segment_sum",
    "sigmoid", "softmax", "softplus", "softsign", "squared_difference", "tanh", "top_k", "truncatediv", "truncatemod",
    "unsorted_segment_max", "unsorted_segment_mean", "unsorted_segment_min", "unsorted_segment_prod", "unsorted_segment_sqrt_n",
    "unsorted_segment_sum", "xdivy", "xlog1py", "xlogy", "zero_fraction", "zeta",
]  # fmt: skip
__getattr__, __dir__ = lazily(__name__, {}, ("special",))
