"""Python's operators and `x[...]` on Tensors and Variables."""

import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import hornbeam as hb
from hornbeam import ops
from hornbeam.engine import door

BINARY = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow, operator.lt, operator.le,
    operator.gt, operator.ge, operator.eq, operator.ne,
]  # fmt: skip
A = np.array([[1.5, -2.0], [3.0, 0.5]])
B = np.array([[2.0, 3.0], [1.0, 4.0]])


@pytest.mark.parametrize("make", [hb.Tensor, hb.Variable])
@pytest.mark.parametrize("operation", BINARY, ids=lambda f: f.__name__)
def test_binary(operation, make):
    a, b = (A, B) if operation is not operator.pow else (abs(A), B)
    for left, right in ((make(a), make(b)), (make(a), b), (a, make(b)), (make(a), b.tolist()), (a.tolist(), make(b))):
        out = operation(left, right)
        assert isinstance(out, hb.Tensor)
        np.testing.assert_allclose(out, operation(a, b), rtol=1e-12)
    np.testing.assert_allclose(operation(make(a), 2.0), operation(a, 2.0))
    np.testing.assert_allclose(operation(2.0, make(a)), operation(2.0, a))
    np.testing.assert_allclose(operation(make(a), np.float64(2)), operation(a, 2.0))
    assert isinstance(operation(np.float64(2), make(a)), hb.Tensor)


def test_unary_bits_matmul():
    x, i, t = hb.Tensor(A), hb.Tensor([6, 3]), hb.Tensor([True, False])
    np.testing.assert_allclose(-x, -A)
    np.testing.assert_allclose(+x, A)
    np.testing.assert_allclose(abs(x), abs(A))
    np.testing.assert_allclose(round(x * 1.26, 1), np.round(A * 1.26, 1))
    np.testing.assert_array_equal(~t, [False, True])
    np.testing.assert_array_equal(~i, [-7, -4])
    np.testing.assert_array_equal(i & 2, [2, 2])
    np.testing.assert_array_equal(1 | i, [7, 3])
    np.testing.assert_array_equal(i ^ i, [0, 0])
    np.testing.assert_array_equal(i << 1, [12, 6])
    np.testing.assert_array_equal(i >> 1, [3, 1])
    np.testing.assert_array_equal(t & np.array([True, True]), [True, False])
    np.testing.assert_allclose(x @ B, A @ B)
    np.testing.assert_allclose(A @ hb.Tensor(B), A @ B)


def test_numpy_on_the_left_stays_on_the_tape():
    x = hb.Variable([1.0, 2.0])
    with hb.GradientTape() as tape:
        y = ops.sum(np.array([3.0, 4.0], np.float32) * x + np.float32(2) * x)
    np.testing.assert_allclose(tape.gradient(y, x), [5.0, 6.0])


def test_equality_and_identity():
    x, y = hb.Tensor([1, 2]), hb.Tensor([1, 3])
    np.testing.assert_array_equal(x == y, [True, False])
    assert (x == None) is False and (x != None) is True  # noqa: E711
    assert {x: 1}[x] == 1 and hash(x) != hash(y)
    v = hb.Variable([1, 2])
    assert {v: 1}[v] == 1
    np.testing.assert_array_equal(v == x, [True, True])


def test_types_of_mixed_operands():
    assert (hb.Tensor([1], "uint8") * 2).dtype == "uint8"
    assert (hb.Tensor([1], "int8") + True).dtype == "int8"
    assert (hb.Tensor([1], "int32") * 2.5).dtype == "float32"
    assert (hb.Tensor([1], "float16") * 2.5).dtype == "float16"
    assert (hb.Tensor([1], "bfloat16") + 1).dtype == "bfloat16"
    assert (hb.Tensor([1], "int32") / hb.Tensor([2], "int32")).dtype == "float32"
    assert (hb.Tensor([1], "int64") + hb.Tensor([1.0], "float32")).dtype == "float32"
    assert (hb.Tensor([1.0], "float32") + hb.Tensor([1.0], "float64")).dtype == "float64"
    assert (hb.Tensor([1], "uint8") + hb.Tensor([1], "int8")).dtype == "int16"
    assert (hb.Tensor([1.0], "float16") + hb.Tensor([1.0], "bfloat16")).dtype == "float32"
    assert int((hb.Tensor([2**40]) + 1)[0]) == 2**40 + 1


INDICES = [
    1, -1, slice(1, 3), slice(None), slice(None, None, -1), slice(0, 5, 2), slice(-2, None), slice(3, 3), Ellipsis, None, (0, 1),
    (1, Ellipsis, -1),
    (slice(1, None), None, 0), (Ellipsis, slice(0, 2)), (None, Ellipsis, None), (slice(None), 1, slice(1, 3)), np.array([0, 2, -1]),
    (slice(None), np.array([1, 0])), (np.array([0, 1]), np.array([2, 0])), (np.array([[0], [1]]), slice(None), np.array([0, 3])),
    (0, slice(None), np.array([1, 1])), [0, 2], (slice(1, 3), slice(0, 1), slice(2, 4)), np.array([True, False, True]),
]  # fmt: skip


@pytest.mark.parametrize("on_device", [False, True])
@pytest.mark.parametrize("key", INDICES, ids=repr)
def test_indexing(key, on_device, monkeypatch):
    array = np.arange(3 * 3 * 4, dtype=np.float32).reshape(3, 3, 4)
    x = hb.Tensor(array)
    if on_device:
        x = hb.Tensor(np.tile(array, (200, 20, 1)))
        assert not isinstance(x._value, np.ndarray)
        array = np.tile(array, (200, 20, 1))
        if isinstance(key, np.ndarray) and key.dtype == bool:
            key = np.tile(key, 200)
    np.testing.assert_array_equal(x[key], array[key])
    inside = tuple(hb.Tensor(k) if isinstance(k, np.ndarray) else k for k in key) if isinstance(key, tuple) else key
    np.testing.assert_array_equal(x[inside], array[key])
    if not (isinstance(key, np.ndarray) and key.dtype == bool):
        np.testing.assert_array_equal(hb.function(lambda x: x[inside])(x), array[key])


def test_index_by_tensors_and_tracers():
    x = hb.Tensor(np.arange(12.0).reshape(3, 4))
    np.testing.assert_array_equal(x[hb.Tensor(2)], np.arange(8.0, 12))
    np.testing.assert_array_equal(x[hb.Variable(1), -1], 7.0)
    last = hb.function(lambda x, i: x[i, 1:])
    np.testing.assert_array_equal(last(x, hb.Tensor(1)), [5.0, 6, 7])
    np.testing.assert_array_equal(x[x > 6.5], [7.0, 8, 9, 10, 11])
    np.testing.assert_array_equal([float(row[0]) for row in x], [0.0, 4, 8])


def test_a_loop_over_rows_compiles_once():
    x = hb.Tensor(np.random.default_rng(0).normal(size=(300, 50)).astype(np.float32))
    from hornbeam.ops.indexing import _GET_ITEM

    x[0], x[0:32]
    before = set(_GET_ITEM._bound)  # each of these is a program of its own for one shape
    for i in range(20):
        np.testing.assert_array_equal(x[i], np.asarray(x)[i])
        np.testing.assert_array_equal(x[i : i + 32], np.asarray(x)[i : i + 32])
    assert set(_GET_ITEM._bound) == before


@pytest.mark.parametrize(
    ("key", "error"),
    [(5, IndexError), (-4, IndexError), ((0, 0, 0), IndexError), ((Ellipsis, Ellipsis), IndexError), (1.5, TypeError), ("a", TypeError),
     (np.array([True, False]), IndexError), (np.array([0.5]), TypeError)],
)  # fmt: skip
def test_bad_index(key, error):
    with pytest.raises(error):
        hb.Tensor(np.zeros((3, 4)))[key]


def test_a_mask_in_a_program_is_explained():
    with pytest.warns(UserWarning, match=r"runs as plain Python.*where"):
        assert hb.function(lambda x: x[x > 0])(hb.Tensor([1.0, -1.0])).numpy().tolist() == [1.0]


def test_wrong_shapes_name_the_operation():
    with pytest.raises(ValueError, match=r"'add'.*float32\[2\], float32\[3\]"):
        hb.Tensor([1.0, 2.0]) + hb.Tensor([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="matmul"):
        hb.Tensor(np.zeros((2, 3))) @ hb.Tensor(np.zeros((2, 3)))


def test_static_arguments_of_different_type_are_different_operations():
    x = hb.Tensor([1, 2])
    assert ops.full_like(x, 1).dtype == "int32"
    assert ops.leaky_relu(hb.Tensor([-1.0]), 1).numpy() == -1.0
    bounds = {ops.sum.bind((1,), {}), ops.sum.bind((True,), {}), ops.sum.bind((1.0,), {})}
    assert len(bounds) == 3


@settings(max_examples=60)
@given(
    hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=4), elements=st.floats(-100, 100)),
    st.data(),
)
def test_any_basic_index(array, data):
    key = data.draw(hnp.basic_indices(array.shape, allow_newaxis=True, allow_ellipsis=True))
    np.testing.assert_array_equal(hb.Tensor(array)[key], array[key])
    limit, door.HOST_ELEMENTS = door.HOST_ELEMENTS, -1
    try:
        np.testing.assert_array_equal(hb.function(lambda x: x[key])(hb.Tensor(array)), array[key])
    finally:
        door.HOST_ELEMENTS = limit
