"""Control flow: eager, inside programs, under tapes, with Variables, and in symbolic graphs."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import ops

XS = np.arange(1.0, 5.0, dtype=np.float32)


def ways(call):
    """The same call in eager code and inside a compiled function."""
    return call, hb.function(call)


# Branches.
@pytest.mark.parametrize("pred", [True, False, np.bool_(True), 0, 1.0])
def test_cond_of_a_known_value(pred):
    for way in ways(lambda: ops.cond(pred, lambda: ops.ones(2), lambda: ops.zeros(2))):
        np.testing.assert_array_equal(way(), np.full(2, float(bool(pred))))


def test_cond_of_a_tensor():
    x = hb.Tensor(3.0)
    for way in ways(lambda p: ops.cond(p > 0, lambda: x * p, lambda: -p)):
        assert float(way(hb.Tensor(2.0))) == 6 and float(way(hb.Tensor(-2.0))) == 2


def test_cond_result_is_a_tensor_also_when_the_branch_gives_a_number():
    assert isinstance(ops.cond(True, lambda: 1, lambda: 2), hb.Tensor)


def test_cond_runs_and_assigns_in_one_branch_only():
    v, w = hb.Variable(1.0, trainable=False), hb.Variable(1.0, trainable=False)

    def first():
        v.assign_add(10.0)
        return v + w

    def second():
        w.assign(v * 100.0)
        return v + w

    for way in ways(lambda p: ops.cond(p, first, second)):
        v.assign(1.0), w.assign(1.0)
        assert float(way(hb.Tensor(True))) == 12 and (float(v), float(w)) == (11, 1)
        assert float(way(hb.Tensor(False))) == 1111 and (float(v), float(w)) == (11, 1100)


def test_cond_gradients_reach_closed_over_tensors_and_variables():
    x, v = hb.Tensor(3.0), hb.Variable(2.0)

    def branch(p, x):
        return ops.cond(p, lambda: x * v * v, lambda: x - v)

    compiled = hb.function(branch)
    for way in (branch, compiled, lambda p, x: hb.function(lambda p: branch(p, x))(p)):
        for p, expected in ((True, (4.0, 12.0)), (False, (1.0, -1.0))):
            with hb.GradientTape() as tape:
                tape.watch(x)
                y = x * 1.0
                out = way(hb.Tensor(p), y)
            assert [float(g) for g in tape.gradient(out, [x, v])] == list(expected)


def test_branches_that_do_not_agree_are_explained():
    with pytest.raises(ValueError, match="two branches must have one shape"):
        hb.function(lambda p: ops.cond(p, lambda: ops.ones(2), lambda: ops.ones(3)))(hb.Tensor(True))
    with pytest.raises(TypeError, match="one type"):
        hb.function(lambda p: ops.cond(p, lambda: 1, lambda: 1.0))(hb.Tensor(True))
    with pytest.raises(ValueError, match="one structure"):
        hb.function(lambda p: ops.cond(p, lambda: 1, lambda: (1, 2)))(hb.Tensor(True))
    with pytest.raises(ValueError, match="scalar"):
        ops.cond(hb.Tensor([True, False]), lambda: 1, lambda: 2)


def test_switch():
    branches = [lambda x: x, lambda x: x * 2, lambda x: x * 3]
    for way in ways(lambda i: ops.switch(i, branches, 5.0)):
        assert [float(way(hb.Tensor(i))) for i in (-1, 0, 1, 2, 9)] == [5, 5, 10, 15, 15]


# Loops.
def test_while_loop():
    for way in ways(lambda n: ops.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a * 2), (0, 1.0))):
        steps, out = way(hb.Tensor(5))
        assert (int(steps), float(out), steps.dtype, out.dtype) == (5, 32, "int32", "float32")
    for way in ways(lambda n: ops.while_loop(lambda i: i < n, lambda i: i + 2, 0)):
        assert int(way(hb.Tensor(5))) == 6
    assert isinstance(ops.while_loop(lambda i: i < 3, lambda i: [i + 1], [0]), list)


def test_while_loop_stops_at_maximum_iterations():
    for way in ways(lambda: ops.while_loop(lambda i: True, lambda i: i + 1, 0, maximum_iterations=7)):
        assert int(way()) == 7
    for way in ways(lambda: ops.while_loop(lambda i: i < 3, lambda i: i + 1, 0, maximum_iterations=7)):
        assert int(way()) == 3


def test_while_loop_carries_variables():
    count, total = hb.Variable(0, trainable=False), hb.Variable(0.0, trainable=False)

    def body(i):
        count.assign_add(1)
        total.assign_add(ops.cast(count, "float32"))
        return i + 1

    for way in ways(lambda: ops.while_loop(lambda i: ops.logical_and(i < 100, total < 10.0), body, 0)):
        count.assign(0), total.assign(0.0)
        assert int(way()) == 4 and int(count) == 4 and float(total) == 10


def test_while_loop_gradient_needs_a_bound():
    x, v = hb.Tensor(3.0), hb.Variable(2.0)

    def power(x, limit):
        return ops.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * x * v), (0, 1.0), maximum_iterations=limit)[1]

    for way in (power, hb.function(power), lambda x, limit: hb.function(lambda: power(x, limit))()):
        with hb.GradientTape() as tape:
            tape.watch(x)
            y = x * 1.0
            out = way(y, 10)
        np.testing.assert_allclose(tape.gradient(out, [x, v]), [3 * 9 * 8, 3 * 4 * 27])
        with pytest.raises(ValueError, match="maximum_iterations"), hb.GradientTape() as tape:
            tape.gradient(way(x, None), v)


def test_gradient_of_a_loop_inside_a_program():
    v = hb.Variable(2.0)

    @hb.function
    def step(x):
        with hb.GradientTape() as tape:
            tape.watch(x)
            y = x * x
            out = ops.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * y * v), (0, 1.0), maximum_iterations=5)[1]
        return tape.gradient(out, [x, v])

    np.testing.assert_allclose(step(hb.Tensor(2.0)), [6 * 2.0**5 * 8, 3 * 4 * 2.0**6])


def test_fori_loop():
    for way in ways(lambda n: ops.fori_loop(1, n, lambda i, a: a * ops.cast(i, "float32"), 1.0)):
        assert float(way(hb.Tensor(5))) == 24
    assert float(ops.fori_loop(5, 2, lambda i, a: a + 1, 0.0)) == 0
    x = hb.Tensor(2.0)
    with hb.GradientTape() as tape:
        tape.watch(x)
        out = ops.fori_loop(0, 3, lambda i, pair: {"a": pair["a"] * x, "b": pair["b"]}, {"a": 1.0, "b": x})["a"]
    assert float(tape.gradient(out, x)) == 12


def test_scan():
    for way in ways(lambda xs: ops.scan(lambda c, x: (c * x, {"was": c, "x": x}), 1.0, xs)):
        carry, ys = way(hb.Tensor(XS))
        assert float(carry) == 24
        np.testing.assert_array_equal(ys["was"], [1, 1, 2, 6])
        np.testing.assert_array_equal(ys["x"], XS)
    np.testing.assert_array_equal(ops.scan(lambda c, x: (c + x, c), 0.0, XS, reverse=True)[1], [9, 7, 4, 0])
    carry, ys = ops.scan(lambda c, _: (c + 1, None), 0, length=6)
    assert int(carry) == 6 and ys is None


def test_scan_gradients_and_state():
    x, v, calls = hb.Tensor(3.0), hb.Variable(2.0), hb.Variable(0, trainable=False)

    def run(y):
        def step(c, z):
            calls.assign_add(1)
            return c * y + v * z, c

        return ops.scan(step, 1.0, XS[:3])[0]

    for way in (run, hb.function(run)):
        calls.assign(0)
        with hb.GradientTape() as tape:
            tape.watch(x)
            y = x * x
            out = way(y)
        assert int(calls) == 3
        np.testing.assert_allclose(out, 9.0**3 + 2 * (1 * 81 + 2 * 9 + 3))
        np.testing.assert_allclose(tape.gradient(out, [x, v]), [(3 * 81 + 2 * (2 * 9 + 2)) * 6, 81 + 18 + 3])


def test_outer_tapes_see_a_loop_made_under_an_inner_tape():
    x = hb.Tensor(3.0)
    with hb.GradientTape() as outer:
        outer.watch(x)
        with hb.GradientTape() as inner:
            inner.watch(x)
            y = ops.scan(lambda c, z: (c * x, None), 1.0, XS)[0]
        first = inner.gradient(y, x)
    assert float(first) == 4 * 27 and float(outer.gradient(first, x)) == 12 * 9


def test_loops_within_loops():
    x = hb.Tensor(2.0)

    def rows(x):
        inner = lambda row: ops.scan(lambda c, e: (c + e * x, None), 0.0, row)[0]
        return ops.sum(ops.map(inner, XS.reshape(2, 2)))

    for way in (rows, hb.function(rows)):
        with hb.GradientTape() as tape:
            tape.watch(x)
            out = way(x)
        assert float(out) == 20 and float(tape.gradient(out, x)) == 10


def test_random_numbers_in_a_loop_differ_and_continue():
    seeds = hb.SeedGenerator(3)
    apart = [float(hb.random.normal((), seed=seeds)) for _ in range(4)]
    for way in ways(lambda: ops.scan(lambda c, _: (c, hb.random.normal((), seed=seeds)), 0, length=4)[1]):
        seeds.state.assign([3, 0])
        np.testing.assert_allclose(way(), apart, rtol=1e-6)
        assert seeds.state.numpy().tolist() == [3, 4]


def test_carry_that_changes_is_explained():
    with pytest.raises(TypeError, match="`scan`.*one type"):
        ops.scan(lambda c, x: (c + x, None), 0, XS)
    with pytest.raises(ValueError, match="`while_loop`.*one shape"):
        ops.while_loop(lambda a: True, lambda a: ops.concatenate([a, a]), ops.ones(2))
    with pytest.raises(ValueError, match="first axis"):
        ops.scan(lambda c, x: (c, None), 0.0, (XS, XS[:2]))


def test_a_failed_body_leaves_variables_alone():
    v = hb.Variable(1.0, trainable=False)

    def body(i):
        v.assign(50.0)
        raise KeyError("stop")

    with pytest.raises(KeyError):
        ops.while_loop(lambda i: i < 3, body, 0)
    assert float(v) == 1


# Maps and scans in parallel.
def test_maps():
    v = hb.Variable(3.0)
    for mapper in (ops.map, ops.vectorized_map):
        for way in ways(lambda xs, mapper=mapper: mapper(lambda pair: pair[0] * v + pair[1], (xs, xs))):
            np.testing.assert_allclose(way(hb.Tensor(XS)), XS * 4)
        with hb.GradientTape() as tape:
            out = ops.sum(mapper(lambda x: x * v, XS))
        assert float(tape.gradient(out, v)) == 10


def test_associative_scan():
    for way in ways(lambda x: ops.associative_scan(lambda a, b: a * b, x)):
        np.testing.assert_allclose(way(hb.Tensor(XS)), [1, 2, 6, 24])
    np.testing.assert_allclose(ops.associative_scan(lambda a, b: a + b, XS.reshape(2, 2), reverse=True, axis=1), [[3, 2], [7, 4]])


# Gradients of one's own.
def test_custom_gradient():
    scale = hb.Variable(2.0)

    @ops.custom_gradient
    def log1pexp(x):
        e = ops.exp(x)

        def grad(*args, upstream=None):
            (upstream,) = args
            return upstream * 10.0 * (1.0 - 1.0 / (1.0 + e))

        return ops.log(1.0 + e) * scale, grad

    x = hb.Tensor([0.0, 1.0])
    for way in (log1pexp, hb.function(log1pexp)):
        with hb.GradientTape() as tape:
            tape.watch(x)
            out = way(x)
        np.testing.assert_allclose(out, 2 * np.log1p(np.exp([0.0, 1.0])), rtol=1e-6)
        np.testing.assert_allclose(tape.gradient(out, x), 10 / (1 + np.exp([0.0, -1.0])), rtol=1e-5)


def test_custom_gradient_of_two_arguments():
    times = ops.custom_gradient(lambda a, b: (a * b, lambda g: (g * 5.0, g * 7.0)))
    a, b = hb.Tensor(2.0), hb.Tensor(3.0)
    with hb.GradientTape() as tape:
        tape.watch([a, b])
        out = times(a, b) * 2.0
    assert [float(g) for g in tape.gradient(out, [a, b])] == [10, 14]


def test_jvp_and_vectorize():
    out, tangent = ops.jvp(lambda x, y: x * x * y, (3.0, 2.0), (1.0, 0.5))
    assert (float(out), float(tangent)) == (18, 16.5)
    larger = ops.vectorize(lambda a, b: ops.cond(a > b, lambda: a, lambda: b))
    np.testing.assert_allclose(larger(XS[:, None], XS[:2]), np.maximum(XS[:, None], XS[:2]))


# Symbolic tensors.
def test_symbolic():
    from hornbeam.engine import graph
    from hornbeam.engine.tensor import symbolic

    x, p = symbolic((None, 3), "float32"), symbolic((), "bool")
    v = hb.Variable(2.0)
    chosen = ops.cond(p, lambda: x + 1.0, lambda: x * 5.0)
    looped = ops.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * v), (0, x))[1]
    scanned = ops.scan(lambda c, row: (c + row, c), ops.zeros(3), x)
    assert chosen.shape == looped.shape == scanned[1].shape == (None, 3) and scanned[0].shape == (3,)
    nodes, loose = graph.nodes_between([x, p], [chosen, looped, *scanned])
    assert not loose
    data = np.arange(6, dtype=np.float32).reshape(2, 3)
    for pred in (True, False):
        for factor in (2.0, 3.0):  # the Variable is read when the graph runs
            v.assign(factor)
            values = {id(x): hb.Tensor(data), id(p): hb.Tensor(pred)}
            for node in nodes:
                out = node.run(values)
                for symbol, value in zip(graph.tensors_in(node.outputs), graph.tensors_in(out), strict=True):
                    values[id(symbol)] = value
            np.testing.assert_allclose(values[id(chosen)], data + 1 if pred else data * 5)
            np.testing.assert_allclose(values[id(looped)], data * factor**3)
            np.testing.assert_allclose(values[id(scanned[0])], data.sum(0))
    with pytest.raises(ValueError, match="symbolic tensor from outside"):
        ops.scan(lambda c, e: (c + ops.sum(x), None), 0.0, XS)


def test_a_loop_writes_where_its_counter_says():
    step = lambda i, row: (i + 1, ops.slice_update(row, [0, i], ops.reshape(i, (1, 1))))
    _, row = ops.while_loop(lambda i, row: i < 3, step, (np.int32(0), np.zeros((1, 4), "int32")))
    assert np.array_equal(row, [[0, 1, 2, 0]])
