"""GradientTape against numbers worked out by hand, by finite differences, and by PyTorch's and TensorFlow's rules."""

import time

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import ops
from hornbeam.engine.errors import StateError


def test_gradient_of_several_sources():
    w, b = hb.Variable([[1.0, 2.0], [3.0, 4.0]]), hb.Variable([0.5, -0.5])
    x = hb.Tensor([[1.0, -1.0]])
    with hb.GradientTape() as tape:
        y = ops.sum(ops.square(ops.matmul(x, w) + b))
    gradients = tape.gradient(y, {"w": w, "b": b})
    residual = np.array([[1.0, -1.0]]) @ w.numpy() + b.numpy()
    np.testing.assert_allclose(gradients["b"].numpy(), 2 * residual[0], rtol=1e-6)
    np.testing.assert_allclose(gradients["w"].numpy(), np.array([[1.0], [-1.0]]) @ (2 * residual), rtol=1e-6)


def test_the_same_gradient_by_ops_and_compiled():
    v = hb.Variable([0.3, -0.2, 0.9])

    def gradient():
        with hb.GradientTape() as tape:
            y = ops.sum(ops.tanh(v * v + 1.0) * ops.exp(-v))
        return tape.gradient(y, v).numpy()

    first, later = gradient(), [gradient() for _ in range(3)]  # the second and later times as one compiled replay
    for each in later:
        np.testing.assert_allclose(each, first, rtol=1e-6)
    step = 1e-3
    value = v.numpy().astype(np.float64)
    f = lambda a: np.sum(np.tanh(a * a + 1.0) * np.exp(-a))
    numeric = [(f(value + step * e) - f(value - step * e)) / (2 * step) for e in np.eye(3)]
    np.testing.assert_allclose(first, numeric, rtol=1e-4)


def test_persistent_and_not():
    x = hb.Tensor(3.0)
    with hb.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        z = y * y
    assert float(tape.gradient(z, x)) == 108
    assert float(tape.gradient(y, x)) == 6
    with hb.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.gradient(y, x)
    with pytest.raises(StateError, match="persistent=True"):
        tape.gradient(y, x)


def test_nested_tapes_and_intermediates():
    x = hb.Variable(2.0)
    with hb.GradientTape() as outer:
        with hb.GradientTape(persistent=True) as inner:
            y = x**3
            z = y * x
        first = inner.gradient(z, x)
        by_y = inner.gradient(z, y)
    assert float(first) == 4 * 8
    assert float(by_y) == 2
    assert float(outer.gradient(first, x)) == 12 * 4


def test_unconnected_and_output_gradients():
    x, other = hb.Tensor(2.0), hb.Variable([1.0, 1.0])
    with hb.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * hb.Tensor([1.0, 10.0])
    assert tape.gradient(y, other) is None
    assert tape.gradient(y, other, unconnected_gradients="zero").numpy().tolist() == [0.0, 0.0]
    assert float(tape.gradient(y, x)) == 11
    assert float(tape.gradient(y, x, output_gradients=hb.Tensor([2.0, 0.5]))) == 7


def test_stopped_and_unwatched():
    v, frozen = hb.Variable(2.0), hb.Variable(3.0, trainable=False)
    with hb.GradientTape(persistent=True) as tape:
        y = v * frozen + ops.stop_gradient(v) * 10
        with tape.stop_recording():
            hidden = v * v
        z = y + hidden
    assert float(tape.gradient(z, v)) == 3
    assert tape.gradient(z, frozen) is None
    assert [id(w) for w in tape.watched_variables()] == [id(v)]
    with hb.GradientTape(watch_accessed_variables=False) as tape:
        y = v * 2
    assert tape.gradient(y, v) is None


def test_a_variable_assigned_between_reads():
    v = hb.Variable(2.0)
    with hb.GradientTape() as tape:
        a = v * v
        v.assign(5.0)
        b = v * 10.0
        y = a + b
    assert float(tape.gradient(y, v)) == 4 + 10


def test_jacobian_and_batch_jacobian():
    rng = np.random.default_rng(0)
    x, w = hb.Tensor(rng.normal(size=(3, 2)).astype(np.float32)), hb.Variable(rng.normal(size=(2, 4)).astype(np.float32))
    with hb.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = ops.tanh(ops.matmul(x, w))
    whole = tape.jacobian(y, x).numpy()
    assert whole.shape == (3, 4, 3, 2)
    by_row = tape.batch_jacobian(y, x).numpy()
    assert by_row.shape == (3, 4, 2)
    slope = 1 - np.tanh(x.numpy() @ w.numpy()) ** 2
    expected = slope[:, :, None] * w.numpy().T[None]
    np.testing.assert_allclose(by_row, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(whole[np.arange(3), :, np.arange(3)], expected, rtol=1e-5, atol=1e-6)
    assert tape.jacobian(y, w).shape == (3, 4, 2, 4)


def test_inside_a_function_and_around_one():
    v = hb.Variable(3.0)

    @hb.function
    def inside(x):
        with hb.GradientTape() as tape:
            y = v * v * x
        gradient = tape.gradient(y, v)
        v.assign_sub(gradient * 0.1)
        return gradient

    assert float(inside(hb.Tensor(2.0))) == 12
    np.testing.assert_allclose(float(v), 3 - 1.2, rtol=1e-6)

    scale = hb.Tensor(4.0)

    @hb.function
    def around(x):
        return v * x * scale  # `scale` is closed over

    with hb.GradientTape() as tape:
        tape.watch(scale)
        y = around(hb.Tensor(2.0))
    dv, ds = tape.gradient(y, [v, scale])
    np.testing.assert_allclose([float(dv), float(ds)], [8, 3.6], rtol=1e-6)


def test_control_flow_body_under_an_outer_tape():
    w = hb.Variable(2.0)
    scale = hb.Tensor(3.0)
    with hb.GradientTape(persistent=True) as tape:
        tape.watch(scale)
        x = hb.Tensor(1.0)
        y = ops.cond(hb.Tensor(True), lambda: w * scale * x, lambda: x)
        total, _ = ops.scan(lambda carry, each: (carry * w + each * scale, carry), hb.Tensor(0.0), ops.ones((3,)))
    assert [float(g) for g in tape.gradient(y, [w, scale])] == [3.0, 2.0]
    # total = s(w^2 + w + 1)
    assert [float(g) for g in tape.gradient(total, [w, scale])] == [3 * (2 * 2 + 1), 7.0]


def test_a_growing_program_compiles_nothing_new():
    """Step n records n operations: by-operation gradients cost n each, where compiling every recording would cost seconds."""
    v = hb.Variable(1.0)

    def run(count):
        with hb.GradientTape() as tape:
            y = v * 1.0
            for _ in range(count):
                y = y * v
        return float(tape.gradient(y, v))

    run(2), run(2)
    start = time.perf_counter()
    assert [run(n) for n in range(3, 43)] == [n + 1.0 for n in range(3, 43)]
    assert time.perf_counter() - start < 4  # 40 compilations of growing programs take longer than that


def test_integers_and_complex():
    v = hb.Variable([1.0, 2.0, 3.0])
    with hb.GradientTape() as tape:
        picked = ops.take(v, ops.argmax(v))
        y = picked * picked
    assert tape.gradient(y, v).numpy().tolist() == [0.0, 0.0, 6.0]
    with hb.GradientTape() as tape:
        tape.watch(hb.Tensor([1, 2]))
        y = v * 1.0
    assert tape.gradient(y, hb.Tensor([1, 2])) is None


def test_a_variable_is_its_own_target():
    v, other = hb.Variable(2.0), hb.Variable([3.0, 1.0])
    with hb.GradientTape(persistent=True) as tape:
        result = v
        squared = other**2
    assert float(tape.gradient(result, v)) == 1.0 and tape.gradient(result, other) is None
    assert tape.gradient([other, squared], other).numpy().tolist() == [7.0, 3.0]


def test_a_frozen_layer_is_watched_all_the_same():
    """A GAN's step may freeze the discriminator, call it, thaw it, and ask for its gradients then; TensorFlow gives them."""
    layer = hb.layers.Dense(1)
    layer.build((None, 3))
    layer.trainable = False
    with hb.GradientTape() as tape:
        loss = hb.ops.sum(layer(np.ones((2, 3), "float32")))
    layer.trainable = True
    kernel, bias = tape.gradient(loss, layer.trainable_variables)
    assert np.array(kernel).ravel().tolist() == [2.0, 2.0, 2.0] and np.array(bias).tolist() == [2.0]
    fixed = hb.Variable(1.0, trainable=False)
    with hb.GradientTape() as tape:
        loss = fixed * 2.0
    assert tape.gradient(loss, fixed) is None
