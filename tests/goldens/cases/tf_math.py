"""tf.math and its names at the top: one expression a line."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.tables import table

NAMESPACE = "tensorflow"
TOLERANCE = (2e-5, 2e-6)

_UNARY = """abs acos acosh angle asin asinh atan atanh bessel_i0 bessel_i0e bessel_i1 bessel_i1e ceil conj cos cosh digamma erf erfc erfcinv
    erfinv exp expm1 floor imag is_finite is_inf is_nan lgamma log log1p log_sigmoid ndtri negative real reciprocal reciprocal_no_nan rint
    round rsqrt sigmoid sign sin sinh softplus softsign sqrt square tan tanh zero_fraction""".split()  # noqa: SIM905
_BINARY = """add atan2 divide divide_no_nan equal floordiv floormod greater greater_equal igamma igammac less less_equal maximum minimum mod
    multiply multiply_no_nan nextafter not_equal pow squared_difference subtract truediv xdivy xlog1py xlogy zeta polygamma""".split()  # noqa: SIM905
_PAIRS = (("f", "g"), ("i", "j"), ("i", "f"), ("f", "d"), ("f", "2.0"), ("2", "g"), ("2", "3"), ("1.5", "2"), ("1", "2.5"), ("m", "f"))
_SLOW = ("igamma", "igammac", "zeta")  # to compile
_REDUCE = ["reduce_sum", "reduce_mean", "reduce_prod", "reduce_max", "reduce_min", "reduce_std", "reduce_variance", "reduce_logsumexp",
           "reduce_euclidean_norm"]  # fmt: skip


def _tangent(tf: Any) -> Any:
    def gradient(function: Any, *sources: Any) -> Any:
        with tf.GradientTape() as tape:
            for source in sources:
                tape.watch(source)
            out = tf.reduce_sum(function(*sources))
        return [tf.convert_to_tensor(each) for each in tape.gradient(out, list(sources))]

    return gradient


NUMBERS: dict[str, Any] = {
    "f": np.float32([0.3, 0.7, 0.5]), "g": np.float32([1.5, 2.0, 0.0]), "h": np.float16([0.25, 0.5]), "d": np.float64([0.1, 0.9]),
    "n": np.float32([-1.5, 0.5, 2.5, -2.5, np.nan, np.inf]), "i": np.int32([7, -7, 3]), "j": np.int32([2, 2, -2]), "l": np.int64([1, 5]),
    "u": np.uint8([200, 100, 3]), "b": np.array([True, False]), "e": np.array([True, True]), "c": np.complex64([1 + 2j, -1j]),
    "m": np.float32([[1, -2, 3], [4, 5, -6]]), "k": np.int32([[1, -2, 3], [4, 5, -6]]), "q": np.array([[True, False], [True, True]]),
    "grad": _tangent, "s": np.array(["a", ""]), "t": np.float32(np.arange(24).reshape(2, 3, 4)),
}  # fmt: skip

CASES = {
    "unary": table("\n".join(f"tf.math.{name}({x})" for name in _UNARY for x in ("f", "d", "h", "i", "b")
                             if not (x == "h" and name in ("rint", "bessel_i0", "bessel_i1", "erfcinv", "ndtri", "bessel_i0e", "bessel_i1e")
                                     or (name, x) in (("reciprocal", "i"), ("zero_fraction", "b"), ("real", "b"), ("imag", "b"),
                                                      ("angle", "b"), ("angle", "h"), ("erfinv", "h"), ("angle", "i"), ("imag", "i"))
                                     or (x in "ib" and name in ("is_nan", "is_inf", "is_finite")))), **NUMBERS),
    "unary_complex": table("\n".join(f"tf.math.{name}(c)" for name in (
        "abs", "angle", "conj", "cos", "cosh", "exp", "imag", "log", "negative", "real", "reciprocal", "sin", "sqrt", "square", "tanh")),
        **NUMBERS),
    "unary_special": table("\n".join(f"tf.math.{name}(n)" for name in (
        "abs", "ceil", "floor", "round", "rint", "is_finite", "is_inf", "is_nan", "sign", "square", "negative", "sqrt", "log", "exp",
        "reciprocal_no_nan", "tanh", "sigmoid", "softplus")), **NUMBERS),
    "binary": table("\n".join(f"tf.math.{name}({a}, {b})" for name in _BINARY for a, b in _PAIRS
        if not ((a, b) == ("2", "g") or (name, a, b) == ("multiply_no_nan", "f", "d")) and not (
            name in ("pow", "nextafter", "igamma", "igammac", "zeta", "polygamma", "xdivy", "xlogy", "xlog1py", "multiply_no_nan", "atan2")
                and a in ("i", "2", "1")) and not (
            name == "polygamma" or name in _SLOW and (a, b) not in _PAIRS[:4])), **NUMBERS),
    "gradients": table("\n".join(
        [f"grad(tf.math.{name}, f)" for name in (
            "abs", "acos", "asin", "atan", "atanh", "cos", "cosh", "erf", "exp", "expm1", "lgamma", "digamma", "log", "log1p", "reciprocal",
            "rsqrt", "sigmoid", "sin", "sinh", "softplus", "softsign", "sqrt", "square", "tan", "tanh", "sign", "bessel_i0")]
        + [f"grad(tf.math.{name}, f, g)" for name in (
            "add", "atan2", "divide", "divide_no_nan", "maximum", "minimum", "multiply", "squared_difference", "subtract",
            "xlogy")]
        + [f"grad(tf.{name}, m)" for name in ("reduce_sum", "reduce_mean", "reduce_prod", "reduce_max", "reduce_min", "reduce_logsumexp")]
        + [f"grad(tf.math.{name}, m)" for name in ("reduce_std", "reduce_variance", "reduce_euclidean_norm", "cumsum", "cumprod")]
        + ["grad(lambda x: tf.clip_by_value(x, -1.0, 3.0), m)", "grad(lambda x: tf.clip_by_norm(x, 2.0), m)", "grad(tf.norm, m)",
           "grad(lambda x: tf.where(x > 0, x * x, 0.0), m)", "grad(lambda x: tf.gather(x, [0, 0]), m)",
           "grad(lambda x: tf.cast(x, tf.float64), m)", "grad(lambda x: x[0] * x[1], m)", "grad(lambda x: tf.math.top_k(x, 2).values, m)",
           "grad(lambda x: tf.sort(x), m)", "grad(lambda x: tf.pad(x, [[1, 1], [0, 0]], 'CONSTANT'), m)",
           "grad(lambda x: tf.reduce_sum(tf.linalg.matmul(x, x, transpose_b=True)), m)", "grad(lambda x: x ** 3, m)",
           "grad(lambda x: tf.pow(x, 3), m)", "grad(lambda x: tf.einsum('ij,kj->ik', x, x), m)",
           "grad(lambda x: tf.linalg.eigvalsh(x) ** 2, tf.constant([[4.0, 1.0], [2.0, 5.0]]))",
           "grad(tf.linalg.cholesky, tf.constant([[4.0, 1.0], [2.0, 5.0]]))"]), **NUMBERS),
    "reductions": table("\n".join(
        f"tf.math.{name}({x}{more})" for name in _REDUCE for x in ("m", "k", "u", "f", "b", "d", "[1.0, 2.0, 4.0]", "[1, 2, 4]")
        for more in (("", ", axis=0", ", axis=-1, keepdims=True", ", [0, 1]", ", axis=(0,)") if x in ("m", "k") else ("",))
        if not (name in ("reduce_euclidean_norm",) and x in ("k", "u", "[1, 2, 4]", "b"))), **NUMBERS),
    "reductions_more": table(
        """
        tf.reduce_all(q)
        tf.reduce_all(q, 0)
        tf.reduce_any(q, axis=1, keepdims=True)
        tf.reduce_all(k)
        tf.reduce_any(f)
        tf.reduce_all([True, False])
        tf.reduce_sum(q)
        tf.reduce_sum(t, [0, 2])
        tf.reduce_sum(t, axis=[])
        tf.reduce_mean(t, axis=tf.constant(1))
        tf.reduce_mean(t, axis=[-1])
        tf.reduce_mean(-k)
        tf.reduce_sum(m, axis=2)
        tf.reduce_mean(tf.cast(q, tf.float32))
        tf.reduce_sum(tf.zeros((0, 3)), 0)
        tf.reduce_mean(tf.zeros((0, 3)), 0)
        tf.reduce_max(tf.zeros((0, 3)), 0)
        tf.reduce_sum(input_tensor=m, axis=1, keepdims=True)
        tf.reduce_sum(s)
        tf.reduce_sum([f, f])
        tf.reduce_max([1, 2, 3])
        tf.reduce_sum(c)
        tf.reduce_sum(h)
        tf.reduce_mean(h)
        tf.reduce_max(h)
        tf.reduce_prod(h)
        tf.cumsum(h)
        tf.reduce_sum(tf.constant([1, 2], tf.bfloat16))
        tf.reduce_mean(tf.constant([[1, 2], [3, 5]], tf.bfloat16), axis=0)
        tf.reduce_sum(tf.constant([1, 2], tf.uint64))
        tf.math.reduce_std(h)
        tf.math.count_nonzero(k)
        tf.math.count_nonzero([0, 1, 2], dtype=tf.int32)
        tf.math.count_nonzero(m, axis=0)
        tf.math.count_nonzero(s)
        tf.math.count_nonzero(q, axis=1, keepdims=True)
        tf.argmax(m)
        tf.argmax(m, 1)
        tf.argmax(m, axis=-1, output_type=tf.int32)
        tf.argmin(m, axis=1)
        tf.argmax([3, 1, 3])
        tf.argmax(k, axis=5)
        tf.math.argmax(input=m, axis=0)
        tf.argmax(b)
        tf.cumsum([1, 2, 3])
        tf.cumsum(m)
        tf.cumsum(m, axis=1, exclusive=True)
        tf.cumsum(m, axis=1, reverse=True)
        tf.cumsum(m, 1, True, True)
        tf.math.cumprod([1, 2, 3, 4])
        tf.math.cumprod(m, axis=1, exclusive=True)
        tf.math.cumprod(m, axis=-1, reverse=True)
        tf.math.cumulative_logsumexp(f)
        tf.math.cumulative_logsumexp(m, axis=1, exclusive=True)
        tf.math.cumulative_logsumexp(m, axis=1, reverse=True)
        """, **NUMBERS),
    "several": table(
        """
        tf.add_n([f, f, g])
        tf.add_n([f])
        tf.add_n([])
        tf.add_n([f, i])
        tf.add_n([f, m])
        tf.math.accumulate_n([f, g])
        tf.math.scalar_mul(2.0, f)
        tf.scalar_mul(2, i)
        tf.scalar_mul(2.5, i)
        tf.math.polyval([1.0, 2.0, 3.0], f)
        tf.math.polyval([2, 1], i)
        tf.math.betainc(f, g + 1.0, [0.2, 0.5, 0.9])
        tf.math.lbeta([1.0, 2.0, 3.5])
        tf.math.polygamma(1.0, f)
        tf.math.igamma(a=f, x=g)
        tf.math.zeta(x=[2.0], q=[1.5])
        tf.stop_gradient(input=f)
        tf.sqrt(f, "root")
        tf.add(f, f, "sum")
        tf.sqrt(f, tf.float32)
        tf.sqrt(f, 1, 2)
        tf.truncatediv(i, j)
        tf.truncatemod(i, j)
        tf.realdiv(f, [1.0, 2.0, 4.0])
        tf.math.floordiv(-7.5, 2.0)
        tf.math.floormod(-7, 3)
        tf.clip_by_value(m, -1.0, 3.0)
        tf.clip_by_value(k, 0, 1)
        tf.clip_by_value(k, 0.5, 1.5)
        tf.clip_by_value(m, 0, 1)
        tf.clip_by_value(m, [-1.0, 0.0, 1.0], [1.0, 2.0, 3.0])
        tf.clip_by_value(t=m, clip_value_min=0.0, clip_value_max=1.0)
        tf.clip_by_norm(m, 2.0)
        tf.clip_by_norm(m, 100.0)
        tf.clip_by_norm(m, 2.0, axes=[1])
        tf.clip_by_norm(tf.zeros(3), 1.0)
        tf.clip_by_global_norm([f, m], 1.0)[1]
        tf.clip_by_global_norm([f, m], 1.0)[0]
        tf.clip_by_global_norm([f, None, m], 100.0)[0][2]
        tf.linalg.global_norm([f, m])
        tf.math.l2_normalize(m)
        tf.math.l2_normalize(m, axis=1)
        tf.math.l2_normalize(m, axis=[0, 1], epsilon=1e-3)
        tf.math.softmax(m)
        tf.math.softmax(m, axis=0)
        tf.math.softmax(k)
        tf.math.log_softmax(m)
        tf.math.bincount([1, 1, 3, 2, 1])
        tf.math.bincount([1, 1, 3], weights=[0.5, 1.0, 2.0])
        tf.math.bincount([1, 1, 3], minlength=6)
        tf.math.bincount([1, 1, 5], maxlength=3)
        tf.math.bincount([1, 1, 5], minlength=4, maxlength=3)
        tf.math.bincount([[1, 1], [0, 2]], axis=-1)
        tf.math.bincount([[1, 1], [0, 2]])
        tf.math.bincount([1, 1, 3], dtype=tf.int64)
        tf.math.bincount([[1, 1], [0, 2]], axis=-1, binary_output=True)
        tf.math.bincount([1, 1, 3], dtype=tf.float32)
        tf.histogram_fixed_width([-1.0, 0.0, 1.5, 2.0, 5.0, 15.0], [0.0, 5.0], nbins=5)
        tf.histogram_fixed_width(i, [-10, 10], nbins=4, dtype=tf.int64)
        tf.histogram_fixed_width_bins([-1.0, 0.0, 1.5, 2.0, 5.0, 15.0], [0.0, 5.0], nbins=5)
        tf.math.confusion_matrix([1, 2, 4], [2, 2, 4])
        tf.math.confusion_matrix([0, 1, 1], [0, 1, 0], num_classes=3)
        tf.math.confusion_matrix([0, 1, 1], [0, 1, 0], weights=[0.5, 1.0, 2.0], dtype=tf.float32)
        tf.math.confusion_matrix([[0], [1]], [1, 1])
        tf.math.is_non_decreasing([1, 2, 2])
        tf.math.is_strictly_increasing([1, 2, 2])
        tf.math.in_top_k([0, 2], m, 1)
        tf.math.top_k(m, 2)
        tf.math.top_k([1, 3, 2], k=2).indices
        tf.math.top_k(k).values
        tf.math.invert_permutation([2, 0, 1])
        tf.math.segment_sum(m, [0, 0])
        tf.math.segment_mean([1.0, 2.0, 5.0], [0, 0, 1])
        tf.math.segment_max([1, 2, 5, 3], [0, 0, 2, 2])
        tf.math.segment_min([1, 2, 5, 3], [0, 0, 2, 2])
        tf.math.segment_prod([1, 2, 5, 3], [0, 0, 2, 2])
        tf.math.segment_mean([1, 2, 5, 3], [0, 0, 2, 2])
        tf.math.segment_sum([1, 2], [1, 0])
        tf.math.unsorted_segment_sum([1, 2, 3], [1, 0, 1], 3)
        tf.math.unsorted_segment_sum(m, [1, 1], num_segments=2)
        tf.math.unsorted_segment_mean([1.0, 2.0, 3.0], [1, 0, 1], 3)
        tf.math.unsorted_segment_max([1.0, 2.0, 3.0], [1, 0, 1], 3)
        tf.math.unsorted_segment_min([1, 2, 3], [1, 0, 1], 3)
        tf.math.unsorted_segment_prod([1, 2, 3], [1, 0, 1], 3)
        tf.math.unsorted_segment_sqrt_n([1.0, 2.0, 3.0], [1, 0, 1], 3)
        tf.math.unsorted_segment_sum([1, 2, 3], [-1, 0, 1], 2)
        tf.logical_and(b, e)
        tf.logical_and(b, True)
        tf.logical_or(b, [False, False])
        tf.logical_not(b)
        tf.logical_not(i)
        tf.math.logical_xor(b, e)
        tf.logical_and(b, i)
        tf.equal(s, 'a')
        tf.equal(i, 1.0)
        tf.not_equal(s, s)
        tf.equal(f, m)
        tf.equal(f, [1.0, 2.0])
        tf.less(s, 'b')
        tf.abs(-3)
        tf.abs([-1.5, 2])
        tf.negative([1, 2])
        tf.sqrt([1.0, 4.0])
        tf.sqrt(4)
        tf.add([1, 2], [3, 4])
        tf.add(x=1, y=2)
        tf.add('a', 'b')
        tf.multiply(f, 'a')
        tf.pow(2, 3)
        tf.pow(2.0, 3)
        tf.pow(f, 2)
        tf.pow(i, 2)
        tf.pow([[2, 2], [3, 3]], [[8, 16], [2, 3]])
        tf.exp(1.0)
        tf.round([0.5, 1.5, 2.5, -0.5])
        tf.maximum([1, 5], [3, 2])
        tf.maximum(1, 1.5)
        tf.math.reduce_mean(f, name='x')
        tf.bitwise.bitwise_and(5, 3)
        tf.bitwise.bitwise_or(i, j)
        tf.bitwise.bitwise_xor(i, j)
        tf.bitwise.invert(u)
        tf.bitwise.left_shift(i, 1)
        tf.bitwise.right_shift(i, 1)
        tf.bitwise.bitwise_and(f, f)
        """, **NUMBERS),
}  # fmt: skip
