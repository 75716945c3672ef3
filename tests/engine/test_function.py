"""tf.function as users observe it; the answers are TensorFlow 2.21's."""

import warnings

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import ops
from hornbeam.engine.function import run_functions_eagerly
from hornbeam.engine.spec import TensorSpec

T = hb.Tensor


def test_what_makes_a_new_trace():
    @hb.function
    def f(x, y=1, *, z=None):
        return x if y else x

    counts = []
    calls = [
        lambda: f(T(1)), lambda: f(T(2)), lambda: f(1), lambda: f(2), lambda: f(T(1), 1), lambda: f(T(1), y=1), lambda: f(T([1])),
        lambda: f(np.array(1, np.int32)), lambda: f(T(1), z="a"), lambda: f(T(1), z="a"), lambda: f(x=T(7)),
    ]  # fmt: skip
    for call in calls:
        before = f.experimental_get_tracing_count()
        call()
        counts.append(f.experimental_get_tracing_count() - before)
    assert counts == [1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]


def test_python_runs_once_for_each_trace(capsys):
    v, calls = hb.Variable(2.0), []

    class Holder:
        def __init__(self):
            self.v = hb.Variable(1.0)

        @hb.function
        def step(self, x):
            calls.append(1)
            self.v.assign_add(x)
            return self.v * v

    holder = Holder()
    assert [float(holder.step(T(1.0))) for _ in range(3)] == [4, 6, 8] and len(calls) == 1
    holder.step(T([1.0])[0])
    assert len(calls) == 1


def test_structures_go_in_and_come_out():
    out = hb.function(lambda d, pair: {"sum": d["a"] + d["b"], "rest": [pair[0], None, 5, "s"]})({"a": T(1), "b": 2}, (T(3), "x"))
    assert int(out["sum"]) == 3 and out["rest"][1] is None and int(out["rest"][2]) == 5 and out["rest"][3].numpy() == b"s"
    assert isinstance(out["rest"][2], T)
    assert hb.function(lambda s: s)(T(["ab", "c"])).numpy().tolist() == [b"ab", b"c"]


def test_declared_signatures():
    @hb.function(input_signature=[TensorSpec([None, 2], "float32"), TensorSpec([], "int32")])
    def f(x, n):
        return x * ops.cast(n, "float32")

    assert f([[1.0, 2.0]], 3).numpy().tolist() == [[3, 6]] and f(np.ones((2, 2), np.float32), n=2).shape == (2, 2)
    for wrong, words in [
        (lambda: f(T([1.0, 2.0]), 3), "None in a shape"), (lambda: f(T([[1, 2]]), 3), r"tf.cast\(value, tf.float32\)"),
        (lambda: f([[1.0, 2.0]]), "needs the argument 'n'"), (lambda: f([[1.0, 2.0]], 1, 2), "2 arguments"),
    ]:  # fmt: skip
        with pytest.raises(TypeError, match=words):
            wrong()
    assert f.experimental_get_tracing_count() == 1


def test_concrete_functions():
    v = hb.Variable(2.0)
    f = hb.function(lambda x, power: x**power * v)
    concrete = f.get_concrete_function(TensorSpec([None], "float32"), 2)
    assert concrete(T([1.0, 2.0])).numpy().tolist() == [2, 8] and concrete(T([3.0])).numpy().tolist() == [18]
    (x, power), rest = concrete.structured_input_signature
    assert repr(x) == "TensorSpec(shape=(None,), dtype=tf.float32, name='x')" and power == 2 and rest == {}
    assert concrete.structured_outputs.shape == (None,) and concrete.trainable_variables == (v,)
    with pytest.raises(TypeError, match="float32"):
        concrete(T([1, 2]))
    assert concrete is f.get_concrete_function(TensorSpec([None], "float32"), 2) is not f.get_concrete_function(T([1.0]), 2)
    with pytest.raises(AttributeError, match="no `graph`.*JAX"):
        _ = concrete.graph
    count, other = hb.Variable(0), hb.Variable(5)
    add = hb.function(lambda variable, x, c=1: variable.assign_add(c * x)).get_concrete_function(count, T(2))
    assert int(add(count, T(3))) == 3 and int(add(T(4))) == 7 and int(add(other, T(1))) == 6 and int(count) == 7 and len(add.inputs) == 1


def test_variables_are_made_on_the_first_call_only():
    @hb.function
    def makes():
        return hb.Variable(1.0)

    with pytest.raises(ValueError, match="makes a new Variable each time"):
        makes()


def test_what_cannot_be_compiled_runs():
    f = hb.function(lambda x, n: (ops.reshape(x, (n, -1)), x[x > 1]))
    with pytest.warns(UserWarning, match="runs as plain Python.*test_function.py"):
        rows, some = f(T([1, 2, 3, 4]), T(2))
    assert rows.shape == (2, 2) and some.numpy().tolist() == [2, 3, 4]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert f(T([1, 2, 3, 5]), T(2))[1].numpy().tolist() == [2, 3, 5]  # told once
        assert f(T([1, 2, 3, 5, 6, 7]), T(2))[0].shape == (2, 3)  # also for other shapes


def test_a_list_that_a_loop_fills():
    @hb.function
    def f(x):
        found = []
        for i in ops.arange(3):
            found.append(x * i)
        return ops.stack(found)

    assert f(T(2)).numpy().tolist() == [0, 2, 4]  # a loop whose length is known is written out

    @hb.function
    def unknown(x):
        found, i = [], ops.zeros(())
        while i < x:
            found.append(x * i)
            i = i + 1
        return ops.stack(found)

    with pytest.warns(UserWarning, match="inside a loop or branch is used outside.*TensorArray"):
        assert unknown(T(3.0)).numpy().tolist() == [0, 3, 6]


def test_running_eagerly():
    seen = []
    f = hb.function(lambda x: seen.append(x) or x)
    run_functions_eagerly(True)
    try:
        f(T(1)), f(T(1))
        assert len(seen) == 2 and not seen[0].is_traced
    finally:
        run_functions_eagerly(False)


def test_variables_made_from_random_numbers_on_the_first_call():
    holder: dict = {}

    @hb.function
    def f(x):
        if "v" not in holder:
            holder["v"] = hb.Variable(ops.cast(hb.random.normal((2,)), "float32") * x)
        return holder["v"] + x

    first, second = f(T(1.0)), f(T(1.0))
    np.testing.assert_array_equal(first, second)
    assert isinstance(holder["v"], hb.Variable) and f.experimental_get_tracing_count() == 1


def test_a_function_that_exec_made():
    made = {"v": hb.Variable(3.0)}
    exec("def f(x):\n    return x * v", made)
    assert float(hb.function(made["f"])(T(2.0))) == 6.0
