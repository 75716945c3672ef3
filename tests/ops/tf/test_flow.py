"""TensorFlow's control flow, TensorArray, printing and assertions, in eager code and in compiled functions."""

import sys
import warnings

import jax
import numpy as np
import pytest

import hornbeam as hb
from hornbeam import ops
from hornbeam.engine.errors import InvalidArgumentError, OutOfRangeError
from hornbeam.ops.tf import assertions, flow, host
from hornbeam.ops.tf.printing import print_
from hornbeam.ops.tf.tensor_array import TensorArray

T = hb.Tensor


def numbers_kept(n):
    array = TensorArray("float32", size=5)
    for i in ops.arange(5):
        array = array.write(i, ops.cast(i * n, "float32"))
    return array.stack()


def read_or_write(n):
    array = TensorArray("int32", size=4).unstack(ops.arange(4))
    s = 0
    for i in ops.arange(4):
        if i > n:
            s += array.read(i)
        else:
            array = array.write(i, n * 100)
    return s, array.stack(), array.gather([3, 0])


def growing(n):
    array = TensorArray("int32", size=0, dynamic_size=True)
    for i in ops.arange(4):
        array = array.write(i, i * n)
    return array.stack()


CASES = {
    "cond": (lambda p: flow.cond(p > 1, lambda: (p, None), lambda: (p * 2, None)), 3, [3]),
    "cond numbers": (lambda p: flow.cond(p > 1, lambda: 1, lambda: 2), 0, [2]),
    "case": (lambda p: flow.case([(p > 5, lambda: p), (p > 2, lambda: p * 10)], default=lambda: p * 0), 3, [30]),
    "case default": (lambda p: flow.case({}, default=lambda: p * 0), 3, [0]),
    "switch_case": (lambda p: flow.switch_case(p, [lambda: p, lambda: p * 10]), 1, [10]),
    "switch_case beyond": (lambda p: flow.switch_case(p, {0: lambda: p, 5: lambda: p * 10}), 3, [30]),
    "while_loop": (lambda n: flow.while_loop(lambda i, s: i < n, lambda i, s: (i + 1, s + i), (0, 0)), 4, [4, 6]),
    "while_loop max": (lambda n: flow.while_loop(lambda i: i < n, lambda i: [i + 1], [0], maximum_iterations=2), 4, [2]),
    "scan": (lambda x: flow.scan(lambda a, x: a + x, x), [1, 2, 3], [[1, 3, 6]]),
    "scan from": (lambda x: flow.scan(lambda a, x: a + x, x, initializer=0, reverse=True), [1, 2, 3], [[6, 5, 3]]),
    "scan pairs": (
        lambda x: flow.scan(lambda a, x: (a[0] + x[0], a[1] * x[1]), (x, x), initializer=(0, 1)), [1, 2, 3], [[1, 3, 6], [1, 2, 6]],
    ),
    "foldl": (lambda x: flow.foldl(lambda a, x: a * 10 + x, x), [1, 2, 3], [123]),
    "foldr": (lambda x: flow.foldr(lambda a, x: a * 10 + x, x), [1, 2, 3], [321]),
    "map_fn": (lambda x: flow.map_fn(lambda x: x * 2, x), [1, 2, 3], [[2, 4, 6]]),
    "map_fn types": (
        lambda x: flow.map_fn(lambda x: (x, ops.cast(x, "float32") / 2), x, fn_output_signature=("int32", "float32")), [1, 2],
        [[1, 2], [0.5, 1.0]],
    ),
    "vectorized_map": (lambda x: flow.vectorized_map(lambda x: x * x, x), [1, 2, 3], [[1, 4, 9]]),
    "TensorArray": (numbers_kept, 3, [[0, 3, 6, 9, 12]]),
    "TensorArray read": (read_or_write, 1, [5, [100, 100, 2, 3], [3, 100]]),
    "TensorArray growing": (growing, 3, [[0, 3, 6, 9]]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_eager_and_compiled(name):
    function, x, want = CASES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for form in (function, hb.function(function)):
            leaves = jax.tree.leaves(form(T(x)), is_leaf=lambda value: isinstance(value, T))
            assert [np.asarray(leaf).tolist() for leaf in leaves] == want


def test_tensor_array_in_eager_code():
    array = TensorArray("float32", size=3)
    array.write(0, 1.0)
    array.write(2, 3.0)
    assert array.stack().numpy().tolist() == [1, 0, 3] and int(array.size()) == 3 and float(array.read(2)) == 3
    with pytest.raises(OutOfRangeError, match="dynamic_size=True"):
        array.write(5, 1.0)
    with pytest.raises(InvalidArgumentError, match=r"holds int32.*float32.*tf.cast"):
        TensorArray("int32", 2).write(0, 1.5)
    with pytest.raises(InvalidArgumentError, match="shape"):
        array.write(1, [1.0, 2.0])
    assert TensorArray("int32", 0, dynamic_size=True).write(2, 5).stack().numpy().tolist() == [0, 0, 5]
    assert TensorArray("int32", 2, infer_shape=False).write(0, [1, 2]).write(1, [3]).concat().numpy().tolist() == [1, 2, 3]
    assert TensorArray("int32", 3).scatter([2, 0, 1], T([5, 6, 7])).stack().numpy().tolist() == [6, 7, 5]
    assert TensorArray("int32", 2).split(T([1, 2, 3]), [1, 2]).read(1).numpy().tolist() == [2, 3]


def test_map_fn_names_the_type_to_declare():
    with pytest.raises(InvalidArgumentError, match="fn_output_signature=tf.float32"):
        flow.map_fn(lambda x: ops.cast(x, "float32"), T([1, 2]))


def test_gradients_through_tensor_arrays_and_loops():
    w = hb.Variable(2.0)

    @hb.function
    def f(x):
        array, state = TensorArray("float32", size=3), x
        for i in ops.arange(3):
            state = state * w
            array = array.write(i, state)
        return ops.sum(array.stack())

    with hb.GradientTape() as tape:
        y = f(T(1.0))
    assert float(y) == 14 and float(tape.gradient(y, w)) == 1 + 2 * 2 + 3 * 4


PRINTED = [
    ([1.0, 2.5], "[1 2.5]"), (3.14159265, "3.14159274"), (1e10, "1e+10"), (1 / 3, "0.333333343"), (0.1, "0.1"),
    (list(range(10)), "[0 1 2 ... 7 8 9]"), (np.zeros((2, 2), np.float32), "[[0 0]\n [0 0]]"), ("hi", "hi"), (["a", "b"], '["a" "b"]'),
    (True, "1"), ([1e-8, 123456789.0], "[1e-08 123456792]"), (np.zeros(0, np.float32), "[]"), ([float("nan"), float("inf")], "[nan inf]"),
    (np.float64(1.23456789012345), "1.23456789012345"), (np.zeros((2, 1, 2), np.int32), "[[[0 0]]\n\n [[0 0]]]"),
]  # fmt: skip


def test_printed_forms(capsys):
    for value, _ in PRINTED:
        print_(T(value), output_stream=sys.stdout)
    print_("a", 1, T(2.0), [T(1), "s"], {"k": T([1, 2])}, sep="|", end="!\n", output_stream=sys.stdout)
    out, err = capsys.readouterr()
    assert out == "\n".join(text for _, text in PRINTED) + "\na|1|2|[1, 's']|{'k': [1 2]}!\n" and not err
    print_("to standard error")
    assert capsys.readouterr().err == "to standard error\n"


def test_programs_print_when_they_run_and_gradients_do_not(capfd):
    v = hb.Variable(2.0)

    @hb.function
    def f(x):
        print("tracing")
        for i in ops.arange(2):
            print_("step", i, output_stream=sys.stdout)
            if x > 0:
                print_("positive", output_stream=sys.stdout)
        return x * v

    once = "step 0\npositive\nstep 1\npositive\n"
    f(T(1.0)), f(T(-1.0))
    assert capfd.readouterr().out == "tracing\n" + once + "step 0\nstep 1\n"
    with hb.GradientTape() as tape:
        y = f(T(1.0))
    assert float(tape.gradient(y, v)) == 1
    assert capfd.readouterr().out.removeprefix("tracing\n") == once


def test_assertions_hold_at_once_and_in_programs():
    @hb.function
    def f(x):
        assertions.assert_less(x, 5.0, message="too far")
        assert x < 4, "too big"
        return x * 2

    assert float(f(T(1.0))) == 2
    with pytest.raises(AssertionError, match="too big"):
        f(T(4.5))
    with pytest.raises(InvalidArgumentError, match=r"too far\nCondition x < y did not hold"):
        f(T(7.0))
    assert float(f(T(1.0))) == 2


@pytest.mark.parametrize(
    "check, kind, words",
    [
        (lambda: assertions.assert_equal(T(1), T(2), message="hey"), InvalidArgumentError, "hey\nCondition x == y"),
        (lambda: assertions.assert_less(T([1, 5]), T([2, 2])), InvalidArgumentError, r"first 1 different values:\n\[\[1\]\]"),
        (lambda: assertions.assert_positive([1, -5]), InvalidArgumentError, "x > 0 did not hold element-wise"),
        (lambda: assertions.assert_near(T(1.0), T(2.0)), InvalidArgumentError, "x and y not equal to tolerance"),
        (lambda: assertions.assert_rank(T([1]), 2), ValueError, r"rank 2.  Received rank 1, shape \(1,\)"),
        (lambda: assertions.assert_shapes([(T([1]), ("N", "Q"))]), ValueError, "rank 2"),
        (lambda: assertions.assert_shapes([(T([[1]]), ("N", 3))]), ValueError, "dimension 1 must have size 3"),
        (lambda: assertions.assert_type(T(1), "float32"), TypeError, "must be of type"),
        (lambda: assertions.assert_scalar(T([1])), ValueError, "Expected scalar shape"),
        (lambda: assertions.assert_integer(T(1.0)), TypeError, "integer type"),
        (lambda: assertions.assert_all_finite(T(float("nan")), "msg"), InvalidArgumentError, "msg : Tensor had NaN values"),
        (lambda: assertions.Assert(False, ["data", T(3)]), InvalidArgumentError, "Expected 'False' to be true.*data\n3"),
        (lambda: assertions.assert_proper_iterable(T([1])), TypeError, "proper"),
    ],
)
def test_assertions_that_fail(check, kind, words):
    with pytest.raises(kind, match=words):
        check()


def test_python_functions():
    x = T(3.0)
    with hb.GradientTape() as tape:
        tape.watch(x)
        y = host.py_function(lambda x: x * x, [x], "float32")
    assert float(y) == 9 and float(tape.gradient(y, x)) == 6
    assert host.numpy_function(lambda a: np.sort(a), [T([3, 1])], "int32").numpy().tolist() == [1, 3]
    with pytest.raises(InvalidArgumentError, match="float64"):
        host.numpy_function(lambda a: a * 0.5, [T([3, 1])], "float32")

    @host.py_function(Tout="float32")
    def decorated(x):
        return x + 1

    assert float(decorated(T(1.0))) == 2

    @hb.function
    def f(x):
        return host.numpy_function(lambda a: a + 1, [x], "float32") * 2

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert float(f(T(1.0))) == 4


def test_assertions_inside_fit_stop_it():
    def checked(y_true, y_pred):
        assertions.assert_less(ops.max(y_true), 5.0, message="labels")
        return ops.mean((y_true - y_pred) ** 2)

    model = hb.Sequential([hb.Input((2,)), hb.layers.Dense(1)])
    model.compile("sgd", checked)
    model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
    with pytest.raises(InvalidArgumentError, match="labels\nCondition x < y"):
        model.fit(np.ones((4, 2)), np.full(4, 7.0), verbose=0)
