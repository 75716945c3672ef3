"""Gradients of operations against finite differences in float64, through the tape (and so through each operation's own pullback)."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import ops


def names(words: str) -> list[str]:
    return words.split()


_draw = np.random.default_rng(1)
F = _draw.normal(size=(3, 4))
G = _draw.normal(size=(3, 4))
P = _draw.random((3, 4)) * 0.8 + 0.1
M = _draw.normal(size=(3, 3)) + 3 * np.eye(3)
V = _draw.normal(size=4)
IMAGE = _draw.normal(size=(2, 5, 5, 2))
KERNEL = _draw.normal(size=(2, 3, 2, 3))
LABELS = np.array([0, 3, 1], np.int32)

ONE = names(
    "negative absolute square exp exp2 expm1 sin cos tan arctan sinh cosh tanh arcsinh sinc i0 erf erfc sum prod mean var std max min "
    "logsumexp cumsum cumprod ptp median ravel transpose flip sort norm relu relu6 sigmoid softplus softsign silu log_sigmoid "
    "hard_sigmoid hard_silu hard_tanh tanh_shrink selu sparse_plus leaky_relu elu celu gelu squareplus hard_shrink soft_shrink "
    "softmax log_softmax sparsemax glu tril triu diff nansum nanmean normalize layer_normalization rms_normalization"
)
POSITIVE = names("sqrt rsqrt reciprocal log log2 log10 log1p arcsin arccos arctanh erfinv cbrt")
TWO = names("add subtract multiply divide maximum minimum arctan2 hypot logaddexp logaddexp2 divide_no_nan fmax fmin outer")
OTHERS = {
    "power": (lambda a, b: ops.power(a, b), [P, F]),
    "power 3": (lambda a: a**3 + a**-2 + a**0.5, [P]),
    "mod": (lambda a: ops.mod(a, 0.7), [F]),
    "clip": (lambda a: ops.clip(a, -0.5, 0.5), [F]),
    "where": (lambda a, b: ops.where(F > 0, a * b, b), [F, G]),
    "reductions": (lambda a: ops.mean(a, axis=0) * ops.sum(a, axis=-2) - ops.max(a, axis=[0]), [F]),
    "matmul": (lambda a, b: a @ ops.transpose(b), [F, G]),
    "matmul vector": (lambda a, v: ops.matmul(a, v), [F, V]),
    "tensordot": (lambda a, b: ops.tensordot(a, b, ((0, 1), (0, 1))), [F, G]),
    "einsum": (lambda a, b: ops.einsum("ij,kj->ik", a, b), [F, G]),
    "solve": (lambda a, b: ops.solve(a, b), [M, F[:, :3]]),
    "inv det": (lambda a: ops.inv(a) * ops.det(a), [M]),
    "cholesky": (lambda a: ops.cholesky(a @ ops.transpose(a)), [M]),
    "concatenate": (lambda a, b: ops.concatenate([a, b * 2], axis=1), [F, G]),
    "stack": (lambda a, b: ops.stack([a, b * 2], axis=1), [F, G]),
    "split": (lambda a: ops.split(a, [1, 3], axis=1)[1] * 2.0, [F]),
    "unstack": (lambda a: ops.unstack(a)[1] * ops.unstack(a, axis=0)[0], [F]),
    "reshape": (lambda a: ops.reshape(a, (2, 6))[1], [F]),
    "pad": (lambda a: ops.pad(a, ((1, 0), (2, 1)), "reflect"), [F]),
    "tile repeat": (lambda a: ops.tile(a, (2, 1))[3] * ops.repeat(a, 2, axis=0)[1], [F]),
    "index": (lambda a: a[0] * a[:, 1:][1, 0] + a[-1, ::2][0] + a[..., None][2, 1], [F]),
    "index tensor": (lambda a: a[hb.Tensor([0, 2, 0])] * a[1], [F]),
    "index mask": (lambda a: a[F > 0] * 2.0, [F]),
    "take": (lambda a: ops.take(a, [2, 0, 0], axis=1), [F]),
    "take_along_axis": (lambda a: ops.take_along_axis(a, np.array([[1], [0], [3]]), axis=1), [F]),
    "scatter": (lambda a: ops.scatter([[0], [2], [0]], a, (4, 4)), [F]),
    "scatter_update": (lambda a, b: ops.scatter_update(a, [[0], [2]], b), [F, G[:2]]),
    "slice_update": (lambda a, b: ops.slice_update(a, (1, 0), b), [F, G[:2, :2]]),
    "top_k": (lambda a: ops.top_k(a, 2)[0], [F]),
    "segment_sum": (lambda a: ops.segment_sum(a, [0, 1, 0]), [F]),
    "binary_crossentropy": (lambda p: ops.binary_crossentropy(P, p), [P]),
    "binary logits": (lambda a: ops.binary_crossentropy(P, a, from_logits=True), [F]),
    "categorical_crossentropy": (lambda p: ops.categorical_crossentropy(P, p), [P]),
    "sparse": (lambda p: ops.sparse_categorical_crossentropy(LABELS, p), [P]),
    "sparse logits": (lambda a: ops.sparse_categorical_crossentropy(LABELS, a, from_logits=True), [F]),
    "moments": (lambda a: ops.moments(a, 0)[0] * ops.moments(a, 0)[1], [F]),
    "batch_normalization": (lambda a, m, v, o, s: ops.batch_normalization(a, m, v, -1, o, s), [F, V, P[0], V, V]),
    "attention": (lambda q: ops.dot_product_attention(q, q * 0.5, q, is_causal=True), [F.reshape(1, 3, 2, 2)]),
    "ctc_loss": (lambda a: ops.ctc_loss(np.array([[1, 1]]), a, [2], [6]), [_draw.normal(size=(1, 6, 3))]),
    "conv": (lambda x, k: ops.conv(x, k, 2, "same"), [IMAGE, KERNEL]),
    "conv_transpose": (lambda x, k: ops.conv_transpose(x, k, 2), [IMAGE[:1, :2, :2], KERNEL[..., :2]]),
    "depthwise_conv": (lambda x, k: ops.depthwise_conv(x, k), [IMAGE[:1], KERNEL]),
    "max_pool": (lambda x: ops.max_pool(x, 2), [IMAGE]),
    "average_pool": (lambda x: ops.average_pool(x, 2, padding="same"), [IMAGE]),
    "fold unfold": (lambda x: ops.fold(ops.unfold(x, 2) ** 2, (5, 2), 2), [IMAGE]),
    "rfft": (lambda a: ops.rfft(a)[0] * ops.rfft(a)[1], [F]),
    "scan": (lambda a: ops.scan(lambda c, x: (c * x, c), ops.ones((4,), "float64"), a)[0], [F]),
    "dropout": (lambda a: hb.random.dropout(a, 0.5, seed=3), [F]),
    "normal": (lambda m, s: hb.random.normal((3, 4), m, s, dtype="float64", seed=3), [F, P]),
    "cast": (lambda a: ops.cast(ops.cast(a, "float64"), "float64") * 2.0, [F]),
}
OTHERS.update({name: (getattr(ops, name), [F]) for name in ONE})
OTHERS.update({name: (getattr(ops, name), [P]) for name in POSITIVE})
OTHERS.update({name: (getattr(ops, name), [F, G]) for name in TWO})


@pytest.mark.parametrize("name", OTHERS)
def test_gradient(name):
    function, values = OTHERS[name]
    tensors = [hb.Tensor(value) for value in values]
    with hb.GradientTape() as tape:
        tape.watch(tensors)
        out = function(*tensors)
        weights = np.random.default_rng(5).normal(size=out.shape)
        loss = ops.sum(out * weights)
    assert out.dtype == "float64"
    gradients = tape.gradient(loss, tensors)
    step = 1e-6
    for i, value in enumerate(values):
        direction = np.random.default_rng(6).normal(size=value.shape)
        moved = [[v + sign * step * direction if j == i else v for j, v in enumerate(values)] for sign in (1, -1)]
        up, down = (np.sum(np.asarray(function(*map(hb.Tensor, each))) * weights) for each in moved)
        np.testing.assert_allclose(np.sum(np.asarray(gradients[i]) * direction), (up - down) / (2 * step), rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("function", [ops.stop_gradient, ops.zeros_like, lambda x: ops.one_hot(ops.argmax(x, -1), 4), ops.argsort])
def test_no_gradient(function):
    x = hb.Tensor(F)
    with hb.GradientTape() as tape:
        tape.watch(x)
        out = ops.sum(ops.cast(function(x), "float64"))
    assert tape.gradient(out, x) is None


def test_second_derivative():
    x = hb.Tensor(F)
    with hb.GradientTape() as outer:
        outer.watch(x)
        with hb.GradientTape() as inner:
            inner.watch(x)
            y = ops.sum(ops.tanh(x) * x**3)
        first = inner.gradient(y, x)
    t = np.tanh(F)
    expected = -2 * t * (1 - t**2) * F**3 + 6 * (1 - t**2) * F**2 + 6 * t * F
    np.testing.assert_allclose(outer.gradient(first, x), expected, rtol=1e-6, atol=1e-9)
