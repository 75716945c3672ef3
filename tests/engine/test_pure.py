"""Lifted state: Variables in compiled functions, failures, captures."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import ops
from hornbeam.engine.errors import ShapeError, StateError


def test_one_array_in_two_variables():
    start = ops.ones((20_000,))  # large enough to live on the device, as one buffer
    a, b = hb.Variable(start), hb.Variable(start)

    @hb.function
    def step():
        a.assign_add(b * 2)
        return ops.sum(b)

    assert float(step()) == 20_000
    assert float(a.numpy()[0]) == 3
    assert float(b.numpy()[0]) == 1
    b.assign(b * 10)
    step()
    assert float(a.numpy()[0]) == 23


def test_a_failed_trace_leaves_no_mark():
    v = hb.Variable([1.0, 2.0])

    @hb.function
    def broken(x):
        v.assign(v * 100)
        return ops.matmul(x, v)  # (2, 3) @ (2,)

    with pytest.raises(ShapeError):
        broken(ops.ones((2, 3)))
    assert v.numpy().tolist() == [1.0, 2.0]

    @hb.function
    def raises():
        v.assign_add([5.0, 5.0])
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        raises()
    assert v.numpy().tolist() == [1.0, 2.0]
    assert float((v * 2)[0]) == 2.0


def test_a_tensor_kept_from_a_finished_trace():
    kept = []

    @hb.function
    def leak(x):
        kept.append(x * 2)
        return x

    leak(ops.ones((3,)))
    with pytest.raises(StateError, match="has finished"):
        kept[0] + 1


def test_values_are_not_to_be_had_while_tracing():
    @hb.function
    def asks(x):
        return x if float(np.asarray(x)) > 0 else -x

    with pytest.warns(UserWarning, match=r"runs as plain Python.*test_pure.py.*ops.cond"):
        assert float(asks(hb.Tensor(-1.0))) == 1


def test_variables_made_on_the_first_call():
    holder = {}

    @hb.function
    def f(x):
        if "v" not in holder:
            holder["v"] = hb.Variable(np.arange(3.0, dtype=np.float32))
        holder["v"].assign_add(x)
        return holder["v"] * 1

    assert f(ops.ones((3,))).numpy().tolist() == [1.0, 2.0, 3.0]
    assert f(ops.ones((3,))).numpy().tolist() == [2.0, 3.0, 4.0]


def test_functions_nest_and_cache():
    count = []
    v = hb.Variable(1.0)

    @hb.function
    def inner(x):
        v.assign(v + x)
        return v * 2

    @hb.function
    def outer(x):
        count.append(1)
        return inner(x) + inner(x)

    assert float(outer(hb.Tensor(1.0))) == 2 * 2 + 2 * 3
    traced = len(count)
    assert float(outer(hb.Tensor(1.0))) == 2 * 4 + 2 * 5
    assert len(count) == traced
    outer(ops.ones((2,))[0])  # the same signature
    assert len(count) == traced
    assert outer.experimental_get_tracing_count() == 1


def test_methods_and_python_arguments():
    class Scale:
        def __init__(self, by):
            self.by = by

        @hb.function
        def __call__(self, x, times=1):
            return x * self.by * times

    assert float(Scale(2.0)(hb.Tensor(3.0))) == 6
    assert float(Scale(5.0)(hb.Tensor(3.0), times=2)) == 30


def test_input_signature():
    @hb.function(input_signature=[hb.TensorSpec((None,), "float32")])
    def f(x):
        return ops.sum(x)

    assert float(f(ops.ones((4,)))) == 4
    with pytest.raises(ValueError, match="declared to take"):
        f(ops.ones((2, 2)))


def test_assigning_checks_shape_and_kind():
    v = hb.Variable([1, 2])
    with pytest.raises(ValueError, match="has shape"):
        v.assign([1, 2, 3])
    with pytest.raises(TypeError, match="Cast the value"):
        v.assign(hb.Tensor([1.5, 2.5]))
    assert v.numpy().tolist() == [1, 2]


def test_a_variable_lent_to_a_loop_gives_copies():
    v = hb.Variable(np.ones(4, np.float32))
    array = (ops.ones((4,)) * 3).__jax_array__()
    v._lend(array)
    seen = v.numpy()
    held = v.value
    assert held._value is not array
    array.delete()  # what donation does
    assert seen.tolist() == held.numpy().tolist() == [3.0] * 4
    v.assign([5.0] * 4)
    assert v._lent is None
    assert float(v[0]) == 5.0


def test_a_loop_without_a_bound_inside_a_training_step():
    from hornbeam.engine.gradients import value_and_gradients

    v = hb.Variable(2.0)

    def forward():
        return ops.while_loop(lambda x: x < 100.0, lambda x: (x * v,), (v * 1.0,))[0], None

    with pytest.raises(ValueError, match="maximum_iterations"):
        hb.function(lambda: value_and_gradients(forward, [v])[0])()
