"""One or more calls of every operation, on small float32 and int32 tensors: what the tests over the whole namespace run.

`EXAMPLES[name]` is a list of functions without arguments. Arrays are made once, so every test sees the same numbers.
"""

import inspect

import numpy as np

import hornbeam as hb
from hornbeam import ops
from hornbeam.ops import random

_draw = np.random.default_rng(0)
F = _draw.normal(size=(3, 4)).astype(np.float32)
G = _draw.normal(size=(3, 4)).astype(np.float32)
P = (_draw.random((3, 4)) * 0.8 + 0.1).astype(np.float32)  # between 0.1 and 0.9
V = _draw.normal(size=5).astype(np.float32)
I = _draw.integers(0, 3, (3, 4)).astype(np.int32)
J = _draw.integers(1, 4, (3, 4)).astype(np.int32)
B = F > 0
M = (_draw.normal(size=(2, 3, 3)) + 3 * np.eye(3)).astype(np.float32)
S = (M @ M.transpose(0, 2, 1) + np.eye(3)).astype(np.float32)  # positive definite
C = (F + 1j * G).astype(np.complex64)
N = F.copy()
N[0, 1] = np.nan
IMAGE = _draw.normal(size=(2, 6, 6, 4)).astype(np.float32)
KERNEL = _draw.normal(size=(3, 3, 4, 2)).astype(np.float32)
SIGNAL = _draw.normal(size=(2, 32)).astype(np.float32)
HEADS = _draw.normal(size=(2, 3, 2, 4)).astype(np.float32)
LABELS = np.array([0, 3, 1], np.int32)

EXAMPLES: dict[str, list] = {}


def _add(names: str, *calls) -> None:
    for name in names.split():
        function = getattr(ops, name, None) or getattr(random, name)
        EXAMPLES[name] = [lambda call=call, function=function: call(function) for call in calls]


_add(
    "add subtract multiply maximum minimum fmax fmin mod fmod floor_divide equal not_equal less less_equal greater greater_equal "
    "logical_and logical_or logical_xor divide true_divide divide_no_nan",
    lambda f: f(hb.Tensor(F), hb.Tensor(G)),
    lambda f: f(hb.Tensor(I), hb.Tensor(J)),
    lambda f: f(hb.Tensor(F), 2.5),
    lambda f: f(3, hb.Tensor(J)),
    lambda f: f(hb.Tensor(F), hb.Tensor(J)),
    lambda f: f(hb.Tensor(F), V[:4]),
)
_add("arctan2 hypot logaddexp logaddexp2 heaviside nextafter", lambda f: f(hb.Tensor(F), hb.Tensor(G)), lambda f: f(I, J))
_add("power", lambda f: f(P, F), lambda f: f(J, I), lambda f: f(F, 3), lambda f: f(F, -2), lambda f: f(I, 2), lambda f: f(2.0, F))
_add("gcd lcm bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift left_shift right_shift", lambda f: f(I, J))
_add("ldexp", lambda f: f(F, I))
_add(
    "negative absolute abs square sign positive copy round trunc real imag conj conjugate floor ceil fabs sin cos tan arctan sinh "
    "cosh tanh arcsinh exp exp2 expm1 cbrt deg2rad rad2deg sinc i0 erf erfc isfinite isinf isnan isposinf isneginf isreal signbit "
    "logical_not stop_gradient ravel transpose flip sum prod mean var std max min amax amin all any argmax argmin count_nonzero "
    "logsumexp cumsum cumprod ptp median average zeros_like ones_like empty_like relu relu6 sigmoid softplus softsign silu swish "
    "log_sigmoid hard_sigmoid hard_silu hard_swish hard_tanh tanh_shrink selu sparse_plus sparse_sigmoid leaky_relu elu celu gelu "
    "squareplus hard_shrink soft_shrink softmax log_softmax sparsemax nansum nanprod nanmax nanmin nanmean nanvar nanstd nanmedian "
    "nanargmax nanargmin nancumsum nancumprod diff sort argsort norm tril triu nan_to_num corrcoef",
    lambda f: f(hb.Tensor(F)),
    lambda f: f(hb.Tensor(I)),
)
_add("angle", lambda f: f(F), lambda f: f(C))
_add("sqrt rsqrt reciprocal log log2 log10 log1p arcsin arccos arctanh erfinv", lambda f: f(P), lambda f: f(J * 0 + 1))
_add("arccosh", lambda f: f(P + 1))
_add("clip", lambda f: f(F, -0.5, 0.5), lambda f: f(I, 1, 2), lambda f: f(F, G - 1, G + 1), lambda f: f(B, 0, 1))
_add("polar", lambda f: f(P, F))
_add("bitwise_not bitwise_invert", lambda f: f(I))
_add("isclose allclose", lambda f: f(F, F + 1e-7), lambda f: f(F, G))
_add("isin", lambda f: f(I, [1, 2]))
EXAMPLES["sum"] += [lambda: ops.sum(B), lambda: ops.sum(F, axis=[0, 1], keepdims=True), lambda: ops.sum(I.astype(np.int8), -1)]
EXAMPLES["mean"] += [lambda: ops.mean(B, axis=0), lambda: ops.mean(F.astype(np.float16), axis=-1, keepdims=True)]
EXAMPLES["max"] += [lambda: ops.max(F, axis=1, initial=0.5)]
EXAMPLES["argmax"] += [lambda: ops.argmax(F, axis=-1, keepdims=True)]
EXAMPLES["cumsum"] += [lambda: ops.cumsum(F, axis=1), lambda: ops.cumsum(B, axis=0)]
EXAMPLES["average"] += [lambda: ops.average(F, axis=0, weights=P[:, 0])]
EXAMPLES["softmax"] += [lambda: ops.softmax(F, axis=(0, 1))]
EXAMPLES["norm"] += [lambda: ops.norm(F, ord=1, axis=-1), lambda: ops.norm(M, ord="nuc", axis=(1, 2))]
_add("quantile nanquantile", lambda f: f(F, 0.3), lambda f: f(F, [0.1, 0.5], axis=1))
_add("percentile nanpercentile", lambda f: f(F, 30.0, axis=0))
_add("trapezoid", lambda f: f(F), lambda f: f(F, x=V[:4]))
_add("correlate", lambda f: f(V, V[:3]), lambda f: f(V, V[:3], mode="full"))
_add("cdist", lambda f: f(F, G))
_add("psnr", lambda f: f(F, G, 255))
_add("bincount", lambda f: f(I[0], minlength=5), lambda f: f(I, weights=F))
_add("histogram", lambda f: f(F, bins=4), lambda f: f(F, range=(-1.0, 1.0)))
_add("unique", lambda f: f(I), lambda f: f(F, return_index=True, return_inverse=True, return_counts=True), lambda f: f(I, size=5))
_add("segment_sum segment_prod segment_max segment_min", lambda f: f(F, np.array([0, 1, 0])), lambda f: f(I, LABELS, num_segments=4))

_add("zeros ones empty", lambda f: f((2, 3)), lambda f: f(3, "int32"), lambda f: f([100, 100]))
_add("full", lambda f: f((2, 3), 1.5), lambda f: f((2,), 3, "int32"), lambda f: f((2, 4), hb.Tensor(V[:4])))
_add("full_like", lambda f: f(F, 2), lambda f: f(I, 2))
_add("arange", lambda f: f(3), lambda f: f(1, 2, 0.25), lambda f: f(0, 10, 3, dtype="float32"))
_add("linspace", lambda f: f(0, 1, 5), lambda f: f(F, G, 3, endpoint=False, axis=-1), lambda f: f(0, 5, 6, dtype="int32"))
_add("logspace", lambda f: f(0, 2, 3))
_add("geomspace", lambda f: f(1, 8, 4))
_add("tri eye", lambda f: f(3), lambda f: f(3, 4, 1, "int32"))
_add("identity", lambda f: f(3))
_add("convert_to_tensor array", lambda f: f([1.0, 2.0]), lambda f: f([[1, 2]]), lambda f: f(I, "float32"))
_add("cast", lambda f: f(F, "int32"), lambda f: f(F, "float16"), lambda f: f(I, "bool"), lambda f: f(B, "float32"))
_add("saturate_cast", lambda f: f(F * 1000, "uint8"), lambda f: f(I - 2, "uint8"), lambda f: f(F, "float16"))

_add("reshape", lambda f: f(F, (2, -1)), lambda f: f(F, (None, 6)), lambda f: f(hb.Tensor(F), 12))
_add("swapaxes", lambda f: f(M, 0, 2))
_add("moveaxis", lambda f: f(M, 0, -1), lambda f: f(M, [0, 1], [1, 2]))
_add("expand_dims", lambda f: f(F, -1), lambda f: f(F, (0, 2)))
_add("squeeze", lambda f: f(F[:1]), lambda f: f(F[:, :1], axis=1))
_add("broadcast_to", lambda f: f(V, (3, 5)))
_add("fliplr flipud rot90", lambda f: f(F))
_add("roll", lambda f: f(F, 2), lambda f: f(F, (1, 2), axis=(0, 1)))
_add("tile", lambda f: f(F, (2, 1)), lambda f: f(V, 2))
_add("repeat", lambda f: f(F, 2), lambda f: f(F, 2, axis=1), lambda f: f(F, [1, 0, 2], axis=0))
_add("concatenate", lambda f: f([F, G]), lambda f: f([F, I], axis=-1))
_add("stack", lambda f: f([F, G], axis=1), lambda f: f([hb.Tensor(V[0]), 2.0]))
_add("hstack vstack dstack", lambda f: f([F, G]), lambda f: f([V, V]))
_add("append", lambda f: f(F, G), lambda f: f(F, G, axis=0))
_add("meshgrid", lambda f: f(V, I[0]), lambda f: f(V, V, indexing="ij"))
_add("split", lambda f: f(F, 2, axis=1), lambda f: f(F, [1, 3], axis=-1))
_add("array_split", lambda f: f(V, 2))
_add("hsplit", lambda f: f(F, 2), lambda f: f(V, [2]))
_add("vsplit", lambda f: f(F, 3))
_add("dsplit", lambda f: f(M, 3))
_add("unstack", lambda f: f(F), lambda f: f(F, axis=1))
_add("pad", lambda f: f(F, 1), lambda f: f(F, ((0, 1), (2, 0)), constant_values=1.5), lambda f: f(F, ((1, 1), (0, 0)), "reflect"))
_add("diag", lambda f: f(V), lambda f: f(F, 1))
_add("diagflat", lambda f: f(V, -1))
_add("diagonal trace", lambda f: f(F), lambda f: f(I, 1))
_add("vander", lambda f: f(V, 3))
_add("rearrange", lambda f: f(IMAGE, "n (h p) (w q) c -> n h w (p q c)", p=2, q=3))
_add("depth_to_space space_to_depth", lambda f: f(IMAGE, 2), lambda f: f(IMAGE.transpose(0, 3, 1, 2), 2, "channels_first"))
_add("unfold", lambda f: f(IMAGE, 2, 2, 1, 2))
_add("fold", lambda f: f(ops.unfold(IMAGE, 2), (6, 4), 2))
_add("view", lambda f: f(F, "int32"), lambda f: f(F, "int16"))
_add("view_as_complex", lambda f: f(F[:, :2]))
_add("view_as_real", lambda f: f(C))
_add("unravel_index", lambda f: f(I, (3, 4)))

_add(
    "get_item",
    lambda f: f(F, 1),
    lambda f: f(F, (slice(None), -1)),
    lambda f: f(F, (Ellipsis, None, slice(1, 3))),
    lambda f: f(F, (slice(None, None, -2), hb.Tensor(I[0]))),
    lambda f: f(F, B),
    lambda f: f(F, (0, slice(1, None))),
    lambda f: f(M, (hb.Tensor([0, 1]), slice(0, 2), 1)),
)
_add("where", lambda f: f(B, F, 0.0), lambda f: f(B, I, 1.5), lambda f: f(B, 1, 0), lambda f: f(B))
_add("nonzero", lambda f: f(B))
_add("select", lambda f: f([F < 0, F < 1], [F, G], -1.0))
_add("take", lambda f: f(F, [0, -1], axis=0), lambda f: f(F, I), lambda f: f(I, 1, axis=1), lambda f: f(F, [9], axis=1))
_add("take_along_axis", lambda f: f(F, I[:, :2], axis=1), lambda f: f(F, np.array([3])))
_add("slice", lambda f: f(F, (1, 1), (2, 2)))
_add("slice_update", lambda f: f(F, (1, 1), G[:2, :2]))
_add("scatter", lambda f: f([[0], [2], [0]], V[:3], (4,)), lambda f: f([[0, 1], [2, 1]], I[0, :2], (3, 3)))
_add("scatter_update", lambda f: f(F, [[0, 0], [2, 3]], [1.0, 2.0]), lambda f: f(F, [[0], [0]], G[:2], reduction="add"))
_add("argpartition", lambda f: f(F, 1))
_add("top_k", lambda f: f(F, 2), lambda f: f(I, 1))
_add("in_top_k", lambda f: f(LABELS, F, 2))
_add("searchsorted", lambda f: f(np.sort(V), F), lambda f: f([1, 2, 3], I, side="right"))
_add("digitize", lambda f: f(F, np.sort(V)))

_add(
    "matmul",
    lambda f: f(F, G.T),
    lambda f: f(M, M),
    lambda f: f(I, J.T),
    lambda f: f(M, V[:3]),
    lambda f: f(I.astype(np.int8), J.T.astype(np.int8)),
)
_add("dot", lambda f: f(F, G.T), lambda f: f(V, V), lambda f: f(I, J.T))
_add("vdot inner outer kron", lambda f: f(V, V), lambda f: f(I[0], J[0]))
_add("tensordot", lambda f: f(F, G.T, 1), lambda f: f(M, M, ((1, 2), (2, 1))))
_add("cross", lambda f: f(F[:, :3], G[:, :3]))
_add("einsum", lambda f: f("bij,bjk->bik", M, M), lambda f: f("ij->j", F))
_add("cholesky", lambda f: f(S), lambda f: f(S, upper=True))
_add("cholesky_inverse", lambda f: f(ops.cholesky(S)))
_add("det slogdet logdet inv pinv matrix_rank qr svd lu_factor eig", lambda f: f(M))
_add("eigh", lambda f: f(S))
_add("solve", lambda f: f(M, M), lambda f: f(M, F[:2, :3]))
_add("solve_triangular", lambda f: f(np.tril(M), M, lower=True), lambda f: f(np.triu(M), F[:2, :3]))
_add("lstsq", lambda f: f(F.T, V[:4]))

_add("threshold", lambda f: f(F, 0.5, -1.0), lambda f: f(I, 1, 0))
_add("glu", lambda f: f(F))
_add("one_hot", lambda f: f(I, 3), lambda f: f(I, 4, axis=0, dtype="int32"), lambda f: f(LABELS - 1, 3), lambda f: f([1.0, 2.0], 3))
_add("multi_hot", lambda f: f(I, 4), lambda f: f(LABELS, 4))
_add("binary_crossentropy", lambda f: f(B, P), lambda f: f(P, F, from_logits=True))
_add("categorical_crossentropy", lambda f: f(P, P), lambda f: f(P, F, from_logits=True), lambda f: f(P, P, axis=0))
_add(
    "sparse_categorical_crossentropy",
    lambda f: f(LABELS, P),
    lambda f: f(LABELS[:, None], F, from_logits=True),
    lambda f: f(I[0], F, from_logits=True, axis=0),
)
_add("moments", lambda f: f(F, 0), lambda f: f(F, [0, 1], keepdims=True), lambda f: f(F.astype(np.float16), -1))
_add("batch_normalization", lambda f: f(F, V[:4], P[0], -1), lambda f: f(F, V[:3], P[:, 0], 0, V[:3], V[:3]))
_add("layer_normalization", lambda f: f(F), lambda f: f(F, V[:4], G[0]), lambda f: f(IMAGE, IMAGE[0, 0], axis=(-2, -1)))
_add("rms_normalization", lambda f: f(F), lambda f: f(F, V[:4]))
_add("normalize", lambda f: f(F), lambda f: f(F, order=1, axis=0))
_add(
    "dot_product_attention",
    lambda f: f(HEADS, HEADS, HEADS),
    lambda f: f(HEADS, HEADS[:, :, :1], HEADS[:, :, :1], is_causal=True),
    lambda f: f(HEADS, HEADS, HEADS, np.float32(1), np.tri(3) > 0, 0.5, attn_logits_soft_cap=2.0),
)
_add("ctc_loss", lambda f: f(I[:2, :2] + 1, SIGNAL.reshape(2, 8, 4), np.array([2, 1]), np.array([8, 6])))
_add("ctc_decode", lambda f: f(SIGNAL.reshape(2, 8, 4), np.array([8, 6], np.int32)))
_add(
    "conv",
    lambda f: f(IMAGE, KERNEL),
    lambda f: f(IMAGE, KERNEL, 2, "same"),
    lambda f: f(IMAGE, KERNEL[:, :, :2], dilation_rate=2),
    lambda f: f(IMAGE.transpose(0, 3, 1, 2), KERNEL, data_format="channels_first"),
    lambda f: f(IMAGE[:, 0], KERNEL[0], padding="same"),
)
_add("depthwise_conv", lambda f: f(IMAGE, KERNEL, padding="same"))
_add("separable_conv", lambda f: f(IMAGE, KERNEL, KERNEL[:1, :1].reshape(1, 1, 8, 1), 2))
_add(
    "conv_transpose",
    lambda f: f(IMAGE, KERNEL.transpose(0, 1, 3, 2), 2, "same"),
    lambda f: f(IMAGE, KERNEL.transpose(0, 1, 3, 2), 2, output_padding=1),
)
_add(
    "max_pool average_pool",
    lambda f: f(IMAGE, 2),
    lambda f: f(IMAGE, (3, 2), 2, "same"),
    lambda f: f(IMAGE, 2, data_format="channels_first"),
)
_add("adaptive_max_pool adaptive_average_pool", lambda f: f(IMAGE, 4), lambda f: f(IMAGE, (2, 3)))

_WEIGHTS = [_draw.normal(size=shape).astype(np.float32) for shape in ((4, 8), (2, 8), (8,), (2, 2), (2, 2))]
_add("lstm", lambda f: f(SIGNAL.reshape(2, 8, 4), *_WEIGHTS))

_add("fft", lambda f: f((F, G)))
_add("fft2 ifft2", lambda f: f((F, G)))
_add("rfft", lambda f: f(SIGNAL), lambda f: f(SIGNAL, 16))
_add("irfft", lambda f: f((F, G)))
_add("extract_sequences", lambda f: f(SIGNAL, 8, 4))
_add("stft", lambda f: f(SIGNAL, 6, 2, 8), lambda f: f(SIGNAL, 8, 4, 8, window=None, center=False))
_add("istft", lambda f: f(ops.stft(SIGNAL, 6, 2, 8), 6, 2, 8, length=20))
_add("bartlett blackman hamming hanning", lambda f: f(6))
_add("kaiser", lambda f: f(6, 2.0))

_add("cond", lambda f: f(True, lambda: hb.Tensor(F), lambda: hb.Tensor(G)))
_add("switch", lambda f: f(1, [lambda x: x, lambda x: x + 1], F))
_add("while_loop", lambda f: f(lambda i, x: i < 3, lambda i, x: (i + 1, x * 0.5), (0, F)))
_add("fori_loop", lambda f: f(0, 3, lambda i, x: x + i, F))
_add("scan", lambda f: f(lambda c, x: (c + x, c), F[0], F), lambda f: f(lambda c, x: (c * 2, c), 1, length=3, reverse=True))
_add("map vectorized_map", lambda f: f(lambda x: ops.sum(x * x), F))
_add("associative_scan", lambda f: f(lambda a, b: a + b, F, axis=1), lambda f: f(ops.add, I, reverse=True))
_add("custom_gradient", lambda f: f(lambda x: (x * x, lambda g: g * 3.0))(F))
_add("jvp", lambda f: f(lambda x: x * x, (F,), (G,)))
_add("vectorize", lambda f: f(lambda a, b: ops.where(a > b, a - b, a + b))(F, V[:4]))

_add("normal truncated_normal uniform", lambda f: f((2, 3), seed=1), lambda f: f((2, 3), -1.0, 2.0, dtype="float16", seed=1))
_add("randint", lambda f: f((2, 3), 0, 5, seed=1))
_add("categorical", lambda f: f(F, 3, seed=1))
_add("shuffle", lambda f: f(F, seed=1), lambda f: f(I, axis=1, seed=1))
_add("gamma", lambda f: f((2, 3), 2.0, seed=1))
_add("beta", lambda f: f((2, 3), 2.0, 3.0, seed=1))
_add("binomial", lambda f: f((2, 3), 5.0, 0.5, seed=1))
_add("dropout", lambda f: f(F, 0.5, seed=1), lambda f: f(F, 0.5, noise_shape=(None, 1), seed=1), lambda f: f(F, 0.0))

# Public, but no operation on tensors: they answer with Python values or NumPy arrays.
NOT_OPERATIONS = {"is_tensor", "shape", "size", "ndim", "dtype", "convert_to_numpy"}


def public_names() -> set[str]:
    """Every operation that `hornbeam.ops` and `hornbeam.random` offer."""
    found = {
        name for name in dir(ops) if not name.startswith("_") and callable(getattr(ops, name)) and not inspect.ismodule(getattr(ops, name))
    }
    return (found | set(random.__all__)) - NOT_OPERATIONS - {"SeedGenerator"}
