"""Values against NumPy in float64, on arrays that hypothesis finds; types against facts recorded from Keras 3."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import hornbeam as hb
from hornbeam import ops


def names(words: str) -> list[str]:
    return words.split()


numbers = st.floats(-50, 50, allow_nan=False, width=32)
arrays = hnp.arrays(np.float64, hnp.array_shapes(min_dims=1, max_dims=3, max_side=4), elements=numbers)
positive = hnp.arrays(np.float64, hnp.array_shapes(min_dims=1, max_dims=3, max_side=4), elements=st.floats(0.125, 50, width=32))
quick = settings(max_examples=12)


def same(ours, theirs, rtol=1e-9):
    np.testing.assert_allclose(np.asarray(ours), theirs, rtol=rtol, atol=1e-10)


UNARY = names(
    "negative absolute square sign exp2 sin cos tan arctan sinh cosh tanh arcsinh floor ceil trunc deg2rad rad2deg isfinite cbrt expm1 sinc"
)
LOG_LIKE = ["sqrt", "log", "log2", "log10", "log1p", "reciprocal"]
REDUCE = names("sum prod mean var std max min all any argmax argmin ptp median count_nonzero cumsum cumprod nansum nanmean nanmax")
BINARY = names("add subtract multiply maximum minimum fmax fmin arctan2 hypot logaddexp equal less greater_equal not_equal")


@pytest.mark.parametrize("name", UNARY)
@quick
@given(x=arrays)
def test_unary(name, x):
    same(getattr(ops, name)(x), getattr(np, name)(x))


@pytest.mark.parametrize("name", LOG_LIKE)
@quick
@given(x=positive)
def test_positive(name, x):
    same(getattr(ops, name)(x), getattr(np, name)(x))


@pytest.mark.parametrize("name", REDUCE)
@quick
@given(x=arrays, data=st.data())
def test_reductions(name, x, data):
    axis = data.draw(st.one_of(st.none(), st.integers(-x.ndim, x.ndim - 1)))
    same(getattr(ops, name)(x, axis=axis), getattr(np, name)(x, axis=axis))
    if not name.startswith("c"):
        same(getattr(ops, name)(x, axis=axis, keepdims=True), getattr(np, name)(x, axis=axis, keepdims=True))


@pytest.mark.parametrize("name", BINARY)
@quick
@given(shapes=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3), data=st.data())
def test_binary_broadcasting(name, shapes, data):
    a, b = (data.draw(hnp.arrays(np.float64, shape, elements=numbers)) for shape in shapes.input_shapes)
    same(getattr(ops, name)(a, b), getattr(np, name)(a, b))


@quick
@given(x=arrays, data=st.data())
def test_shapes(x, data):
    axes = data.draw(st.permutations(range(x.ndim)))
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    same(ops.transpose(x, axes), np.transpose(x, axes))
    same(ops.reshape(x, (-1,)), x.reshape(-1))
    same(ops.flip(x, axis=axis), np.flip(x, axis))
    same(ops.roll(x, 1, axis=axis), np.roll(x, 1, axis))
    same(ops.expand_dims(x, axis), np.expand_dims(x, axis))
    same(ops.concatenate([x, x], axis=axis), np.concatenate([x, x], axis))
    same(ops.stack([x, x], axis=axis), np.stack([x, x], axis))
    same(ops.repeat(x, 2, axis=axis), np.repeat(x, 2, axis))
    same(ops.sort(x, axis=axis), np.sort(x, axis))
    same(ops.argsort(x, axis=axis), np.argsort(x, axis, kind="stable"))
    same(ops.take(x, [0, -1], axis=axis), np.take(x, [0, -1], axis))
    same(ops.diff(x, axis=axis), np.diff(x, axis=axis))
    same(ops.where(x > 0, x, -1.0), np.where(x > 0, x, -1.0))
    same(ops.pad(x, 1), np.pad(x, 1))


@quick
@given(x=arrays)
def test_softmax_like(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    p = e / e.sum(-1, keepdims=True)
    same(ops.softmax(x), p)
    same(ops.logsumexp(x, axis=-1), np.log(e.sum(-1)) + x.max(-1))
    same(ops.exp(ops.log_softmax(x)), p)
    same(ops.sigmoid(x), 1 / (1 + np.exp(-x)))
    same(ops.softplus(x), np.logaddexp(x, 0))


@quick
@given(m=st.integers(1, 4), k=st.integers(1, 4), n=st.integers(1, 4), batch=st.integers(1, 3), data=st.data())
def test_products(m, k, n, batch, data):
    a = data.draw(hnp.arrays(np.float64, (batch, m, k), elements=numbers))
    b = data.draw(hnp.arrays(np.float64, (k, n), elements=numbers))
    same(ops.matmul(a, b), a @ b)
    same(ops.einsum("bmk,kn->bnm", a, b), np.einsum("bmk,kn->bnm", a, b))
    same(ops.tensordot(a, b, 1), np.tensordot(a, b, 1))


def test_64_bits_are_kept():
    big = hb.Tensor([2**40, 1])
    for out in (big + 1, ops.sum(big), ops.max(big), ops.reshape(big, (2, 1)), ops.cumsum(big), ops.where(True, big, 0), big[0]):
        assert out.dtype == "int64" and int(np.asarray(out).max()) >= 2**40
    assert ops.exp(hb.Tensor([1.0], "float64")).dtype == "float64"
    assert ops.mean(hb.Tensor(np.ones(20_000))).dtype == "float64"
    assert ops.argmax(big).dtype == "int32"


KINDS = names("bool uint8 int8 int16 int32 int64 uint32 float16 bfloat16 float32 float64")
SAME = dict.fromkeys(KINDS)
FLOAT = {kind: kind if "float" in kind else "float32" for kind in KINDS}
SUM = {**SAME, "bool": "int32", "uint8": "uint32", "int8": "int32", "int16": "int32"}
# The type of the result for an operand of each type, as Keras 3.15 on TensorFlow gives it.
TYPES = {
    "sum prod trace nansum": SUM,
    "cumsum cumprod square": {**SAME, "bool": "int32"},
    "max min nan_to_num transpose": SAME,
    "relu sign": {**SAME, "bool": "int32"},
    "mean var std average median norm sqrt exp floor ceil tanh nanmean": FLOAT,
    "argmax argsort count_nonzero": dict.fromkeys(KINDS, "int32"),
    "isnan logical_not any all": dict.fromkeys(KINDS, "bool"),
    "leaky_relu": {k: v for k, v in FLOAT.items() if k != "bool"},
}
TYPES_OF_PAIRS = {
    "add multiply maximum": SAME,
    "subtract floor_divide power": {k: v for k, v in SAME.items() if k != "bool"},
    "divide logaddexp arctan2 divide_no_nan": FLOAT,
    "mod": {**SAME, "bool": "int32"},
    "equal less": dict.fromkeys(KINDS, "bool"),
    "matmul": {**SAME, "int8": "int32"},
}


@pytest.mark.parametrize("names", TYPES)
def test_result_types(names):
    for name in names.split():
        for kind, expected in TYPES[names].items():
            out = getattr(ops, name)(hb.Tensor(np.ones((2, 2)), kind))
            assert out.dtype == (expected or kind), f"{name}({kind}) gave {out.dtype}"


@pytest.mark.parametrize("names", TYPES_OF_PAIRS)
def test_result_types_of_pairs(names):
    for name in names.split():
        for kind, expected in TYPES_OF_PAIRS[names].items():
            x = hb.Tensor(np.ones((2, 2)), kind)
            out = getattr(ops, name)(x, x)
            assert out.dtype == (expected or kind), f"{name}({kind}) gave {out.dtype}"


def test_default_types():
    for out in (ops.ones(2), ops.full(2, 3), ops.arange(3.0), ops.linspace(0, 1, 3), ops.eye(2), ops.one_hot([1], 2), ops.array([1.0])):
        assert out.dtype == "float32"
    for out in (ops.arange(3), ops.array([1, 2]), ops.bincount([1, 2]), ops.searchsorted([1.0], [0.5]), *ops.nonzero([1.0])):
        assert out.dtype == "int32"
    assert ops.array(np.ones(2)).dtype == "float64" and ops.array([True]).dtype == "bool"
    hb.config.set_floatx("float16")
    try:
        assert ops.ones(2).dtype == ops.array([1.0]).dtype == ops.sqrt(hb.Tensor([4])).dtype == "float16"
    finally:
        hb.config.set_floatx("float32")
