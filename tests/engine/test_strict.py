"""TensorFlow's manners with types; the numbers and refusals are TensorFlow 2.21's."""

import operator

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine import manners
from hornbeam.engine.errors import InvalidArgumentError
from hornbeam.ops import elementwise


@pytest.fixture(autouse=True)
def _strictly():
    with manners.turned(True):
        yield


I, L = hb.Tensor([1, 2]), hb.Tensor([1, 2], "int64")
F, D = hb.Tensor([1.0, 2.0]), hb.Tensor([1.0, 2.0], "float64")
B, U, S = hb.Tensor([True, False]), hb.Tensor([1, 2], "uint8"), hb.Tensor(["a", "b"])


@pytest.mark.parametrize("operation", [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow, operator.lt, operator.eq,
    operator.ne, operator.matmul,
], ids=lambda f: f.__name__)  # fmt: skip
@pytest.mark.parametrize("pair", [(I, F), (F, I), (I, L), (F, D), (hb.Variable([1.0, 2.0]), I), (I, 1.5)], ids=range(6))
def test_operators_refuse_mixed_types(operation, pair):
    with pytest.raises(InvalidArgumentError, match="tf.cast") as caught:
        operation(*pair)
    assert isinstance(caught.value, TypeError)
    if operation is not operator.matmul:
        with manners.turned(False):
            operation(*pair)


@pytest.mark.parametrize(("a", "b", "dtype", "values"), [
    (I, 2, "int32", [3, 4]), (F, 1, "float32", [2, 3]), (F, True, "float32", [2, 3]), (I, True, "int32", [2, 3]),
    (F, np.array([1.0, 2.0]), "float32", [2, 4]), (I, np.array([1.5, 2.0]), "int32", [2, 4]), (np.float32(2), I, "int32", [3, 4]),
    (F, [1, 2], "float32", [2, 4]), (I, 2**40, "int32", [1, 2]), (U, 300, "uint8", [45, 46]), (S, "x", "string", [b"ax", b"bx"]),
])  # fmt: skip
def test_what_takes_the_tensors_type(a, b, dtype, values):
    out = a + b
    assert out.dtype == dtype and out.numpy().tolist() == values


def test_integers_divide_in_float64():
    assert (I / 2).dtype == "float64" and (L / L).dtype == "float64" and (U / U).dtype == "float32" and (F / 2).dtype == "float32"
    with pytest.raises(TypeError):
        I / 2.0
    with pytest.raises(TypeError):
        B / B


def test_booleans_are_no_numbers():
    for operation in (operator.add, operator.sub, operator.mul):
        with pytest.raises(InvalidArgumentError, match="bool"):
            operation(B, B)
    assert (B & True).numpy().tolist() == [True, False]


def test_equality_of_shapes_that_do_not_fit():
    assert (F == hb.Tensor([1.0, 2.0, 3.0])).numpy() == np.False_
    assert (F != hb.Tensor([1.0, 2.0, 3.0])).numpy() == np.True_


def test_the_librarys_own_code_promotes():
    assert hb.ops.add(I, F).dtype == "float32"
    assert hb.Variable([1.0, 2.0]).assign_add(I).numpy().tolist() == [2.0, 4.0]
    loss = hb.losses.MeanSquaredError()(hb.Tensor([[1], [2]]), hb.Tensor([[1.0], [3.0]]))
    assert float(loss) == 0.5


def test_symbolic_tensors_promote():
    x = hb.Input((2,), dtype="int32")
    assert (x * 1.5).dtype == "float32"
    counts = hb.Input((2,), dtype="int64")
    together = hb.ops.concatenate.spelled("strict", name="concat")
    both = hb.Model([x, counts], together([hb.ops.cast(x, "float32"), counts], axis=-1))  # as a StringLookup counts for tf.concat
    assert both([I[None], L[None]]).dtype == "float32"


def test_rows():
    root = elementwise.sqrt.spelled("strict_float", x="x")
    with pytest.raises(InvalidArgumentError, match="sqrt.*int32.*tf.cast"):
        root(I)
    assert root(4.0).dtype == "float32"
    total = elementwise.add.spelled("strict", name="add", x="x1", y="x2")
    assert total(x=1.5, y=2).numpy() == 3.5
    with pytest.raises(TypeError, match="2.5"):
        total(1, 2.5)
    assert total(np.array([1.0, 2.0]), F).dtype == "float32"
