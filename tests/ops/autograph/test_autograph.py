"""Python's control flow on tensors in compiled functions gives what it gives outside them."""

import traceback
import warnings

import jax
import numpy as np
import pytest

import hornbeam as hb
from hornbeam import ops
from hornbeam.ops.autograph import as_it_is, converted, converted_source


def if_else(x):
    if x > 0:
        y = x * 2
    else:
        y = x * 3
    return y


def early_returns(x):
    if x > 0:
        return x
    elif x < -2:
        return x * 10
    return -x


def counting(x):
    i = 0
    while i < x:
        i += 1
    return i


def continue_and_break(n):
    s = 0
    for i in ops.arange(n):
        if i % 2 == 0:
            continue
        if i > 7:
            break
        s += i
    return s


def return_in_a_loop(x):
    for i in ops.arange(10):
        if i * i > x:
            return i
    return -1


def over_rows(x):
    for row in ops.stack([x, x + 1, x + 2]):
        if row > 2:
            return row
    return x * 0


def logic(x):
    return (x > 0 and x < 3) or not x < 5


def ternary(x):
    return x if x > 0 else -x


def chained(x):
    return 0 < x < 5


def temporary(x):
    total = 0.0
    for v in ops.stack([x, x]):
        twice = v * 2
        total = total + twice
    return total, twice


def endless(x):
    while True:
        x = x + 1
        if x > 10:
            break
    return x


def a_python_loop(x):
    made = []
    for k in [1, 2, 3]:
        if x > k:
            z = x
        else:
            z = x + k
        made.append(z)
    return made


def fibonacci(n):
    a = 0
    b = 1
    for _ in range(n):
        a, b = b, a + b
    return a


def inner_functions(x):
    def g(y):
        if y > 0:
            return y * 2
        return y

    return g(x) + g(-x)


def nested_loops(n):
    out = 0
    i = 0
    while i < n:
        j = 0
        while j < i:
            if j == 3:
                break
            out += j
            j += 1
        i += 1
    else:
        out += 100
    return out


def a_tensor_breaks_a_python_loop(x):
    for i in range(4):
        if x > 6:
            break
        x = x + i
    return x


def inside_with(x):
    with hb.GradientTape():
        if x > 0:
            return x * 5
        y = x * 2
    return y


def inside_try(x):
    for i in ops.arange(5):
        try:
            if x > i:
                continue
            x = x + 10
        finally:
            x = x + 1
    return x


def several_names(x, *rest, scale=2, **more):
    if x > 0:
        x, y = x * scale, rest[0]
    else:
        x, y = rest[0], x * more["other"]
    return {"x": x, "y": y}


def numbers(x):
    return int(x * 2), float(x), max(x, 2), min(x, 2), abs(x)


class Countdown:
    stop = 3

    def __call__(self, x):
        if x > self.stop:
            return self.__down(x)
        return x

    def __down(self, x):
        while x > self.stop:
            x = x - 1
        return x


class Longer(Countdown):
    def __call__(self, x):
        if x > 100:
            return x
        return super().__call__(x) * 2


class Holder:
    total = 0


def attributes_and_items(x):
    holder, table = Holder(), {"a": x}
    holder.total = x
    if x > 0:
        holder.total = x * 2
        table["a"] = x + 1
    for i in ops.arange(3):
        holder.total += i
    return holder.total, table["a"]


def until_it_returns(x):
    x = ops.abs(x) + 1
    while True:
        x = x * 2
        if x > 100:
            return x


def words_nobody_reads(x):
    if x > 0:
        word = "large" if x > 10 else "small"  # noqa: F841
        y = x
    else:
        y = -x
    return y


VALUES = (3, -1, 12, -5, 0, 7)
FUNCTIONS = [
    if_else, early_returns, counting, continue_and_break, return_in_a_loop, over_rows, logic, ternary, chained, temporary, endless,
    a_python_loop, fibonacci, inner_functions, nested_loops, a_tensor_breaks_a_python_loop, inside_with, inside_try, Countdown(), Longer(),
    lambda x: several_names(x, x + 1, other=4), numbers, attributes_and_items, until_it_returns, words_nobody_reads,
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: getattr(f, "__name__", type(f).__name__))
def test_as_in_python(function):
    compiled = hb.function(function)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for value in VALUES:
            want, got = (
                [np.asarray(leaf) for leaf in jax.tree.leaves(f(hb.Tensor(value)), is_leaf=lambda v: isinstance(v, hb.Tensor))]
                for f in (function, compiled)
            )
            np.testing.assert_allclose(got, want)
    assert compiled.experimental_get_tracing_count() == 1


def test_gradients_flow_through_branches_and_loops():
    v = hb.Variable(2.0)

    @hb.function
    def loss(x):
        total = 0.0
        for row in x:
            if row > 0:
                total += v * row * row
            else:
                total += v
        return total

    with hb.GradientTape() as tape:
        out = loss(hb.Tensor([1.0, -1.0, 3.0]))
    assert float(out) == 22 and float(tape.gradient(out, v)) == 11


def test_a_loop_without_a_known_end_under_a_tape_runs_in_python():
    @hb.function
    def halve(x):
        while x > 1:
            x = x / 2
        return x

    x = hb.Tensor(10.0)
    with hb.GradientTape() as tape:
        tape.watch(x)
        y = halve(x)
    assert float(y) == 0.625 and float(tape.gradient(y, x)) == 1 / 16
    assert float(halve(x)) == 0.625


def test_a_gradient_leaves_the_variables_of_blocks_as_they_are():
    """It traces a loop or branch anew, after the function has gone on."""

    @hb.function
    def gone_on(x, n):
        with hb.GradientTape() as tape:
            tape.watch(x)
            total, power = 0.0, 1.0
            for i in range(n):
                total += ops.sum(x) * ops.cast(i, "float32")
            if total > 0:
                power = total * total
        slope = tape.gradient(power, x)
        return total, power, slope

    for _ in range(2):
        total, power, slope = gone_on(ops.array([1.0, 2.0]), ops.array(3))
        assert (float(total), float(power), slope.numpy().tolist()) == (9.0, 81.0, [54.0, 54.0])


def test_variables_assigned_in_a_branch():
    v = hb.Variable(1.0)

    @hb.function
    def step(x):
        if x > 0:
            v.assign_add(x)
        return v * 1

    assert [float(step(hb.Tensor(each))) for each in (2.0, -5.0, 3.0)] == [3, 3, 6]


def test_tracebacks_show_the_users_line():
    def wrong(x):
        y = x
        if x[0] > 0:
            y = ops.matmul(x, ops.ones((7, 2)))
        return y

    with pytest.raises(ValueError) as caught:
        hb.function(wrong)(hb.Tensor([1.0, 2.0]))
    frames = [frame for frame in traceback.extract_tb(caught.value.__traceback__) if frame.filename == __file__]
    assert frames[-1].line == "y = ops.matmul(x, ops.ones((7, 2)))" and frames[-1].name == "wrong"


def undefined(x):
    if x > 0:
        y = x
    return y + 1


def two_types(x):
    if x > 0:
        y = ops.cast(x, "int32")
    else:
        y = x
    return y


def one_returns(x):
    if x > 0:
        return x


def type_in_a_loop(x):
    y = ops.ones((), "int32")
    while x > 0:
        x, y = x - 1, y * 0.5
    return y


@pytest.mark.parametrize(
    "function, words",
    [
        (undefined, "'y'.*only one branch.*before the `if`"),
        (two_types, "'y' must have the same type.*int32.*float32.*tf.cast"),
        (one_returns, "one branch gives.*the other None"),
        (type_in_a_loop, "'y' has type int32 before a step.*float32.*Cast"),
    ],
)
def test_errors_teach(function, words):
    with pytest.raises((ValueError, TypeError), match=words):
        hb.function(function)(hb.Tensor(1.0))


def test_what_is_not_converted():
    def generator(x):
        yield x

    @as_it_is
    def plain(x):
        return 1 if x else 2

    assert converted(generator) is generator and converted(plain) is plain and converted(np.mean) is np.mean
    nowhere: dict = {}
    exec("def f(x):\n    return 1 if x else 2", nowhere)
    assert converted(nowhere["f"]) is nowhere["f"] and converted(if_else).__name__ == "if_else"
    assert "if_(" in converted_source(if_else)


def test_prints_come_once_a_trace(capsys):
    v = hb.Variable(1.0)

    @hb.function(input_signature=[hb.TensorSpec([None])])
    def f(x):
        print("tracing")
        return ops.sum(x) * v

    f([1.0]), f([1.0, 2.0]), f(np.ones(3, np.float32))
    assert capsys.readouterr().out == "tracing\n"


def test_what_blocks_print_is_printed_once(capsys):
    @hb.function
    def f(x):
        for i in ops.arange(3):
            print("step")
            if x > 0:
                print("then")
                x = x + ops.cast(i, "float32")
            else:
                print("else")
                x = x - 1.0
        return x

    assert float(f(hb.Tensor(1.0))) == 4 and float(f(hb.Tensor(-1.0))) == -4
    assert capsys.readouterr().out.split() == ["step", "then", "else"]


def test_what_only_one_branch_defines_is_no_result():
    @hb.function
    def f(flag):
        if flag:
            x = ops.ones((3,))
        return {"x": x}

    with pytest.raises(ValueError, match="'x' cannot be used here: only one branch"):
        f(hb.Tensor(True))


def test_a_dataset_made_in_a_function_is_no_range():
    from hornbeam import data

    @hb.function
    def f():
        total = hb.Tensor(0, "int64")
        for i in data.Dataset.range(5):
            total += i
        return total

    assert int(f()) == 10 and f().dtype == "int64"


def test_loops_over_datasets_fetch_in_python_and_compute_in_programs(capsys):
    data = pytest.importorskip("hornbeam.data")
    dataset = data.Dataset.from_tensor_slices(np.arange(6, dtype=np.float32)).batch(2)
    v = hb.Variable(1.0)

    @hb.function
    def total(dataset):
        print("tracing")
        s, n = 0.0, 0
        for x in dataset:
            if ops.sum(x) > 8:
                break
            s += ops.sum(x) * v
            v.assign_add(1.0)
            n += 1
        return s, n

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [float(each) for each in total(dataset)] == [1 + 2 * 5, 2]
        assert [float(each) for each in total(dataset)] == [3 * 1 + 4 * 5, 2]
    assert capsys.readouterr().out == "tracing\n"
    (steps,) = total._steps.values()
    assert "plain" not in steps[1] and len(steps[1]) == 2  # the first step's `x` has no value yet

    @hb.function
    def count(dataset):
        n, slope = 0, 0
        for x in dataset:
            n += 1
            with hb.GradientTape() as tape:
                y = v * ops.cast(x, "float32")
            slope = tape.gradient(y, v)
        return n, slope

    assert [float(each) for each in count(data.Dataset.range(9))] == [9, 8]
    ((_, programs, *_),) = count._steps.values()
    assert len(programs) < 4  # from the first step on a counter is a tensor, and the tape of the step before is not handed on

    rows = iter(dataset)

    @hb.function
    def two(rows):
        s = 0.0
        for _ in ops.arange(2):
            s += ops.sum(next(rows))
        return s

    assert float(two(rows)) == 6 and isinstance(two(iter(dataset)), hb.Tensor)


def test_a_gradient_inside_a_function_through_a_loop_without_a_known_end():
    v = hb.Variable(2.0)

    @hb.function
    def halved(x):
        with hb.GradientTape() as tape:
            while x > 1:
                x = x / v
        return x, tape.gradient(x, v)

    assert [float(each) for each in halved(hb.Tensor(10.0))] == [0.625, -1.25]
