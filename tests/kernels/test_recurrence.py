"""The LSTM's written-out backward pass against a plain loop over the steps, in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hornbeam.kernels.recurrence import lstm

BATCH, TIME, INPUTS, UNITS = 3, 5, 4, 6


def plain(x, kernel, recurrent_kernel, bias, h, c, dropped, *, mask, go_backwards):
    """The textbook, one step after the other."""
    order = range(x.shape[1])[::-1] if go_backwards else range(x.shape[1])
    out, outputs = jnp.zeros_like(h), []
    for t in order:
        masks = np.ones((4, 1, 1)) if dropped is None else jnp.broadcast_to(dropped, (4, BATCH, UNITS))
        cut = [slice(k * UNITS, (k + 1) * UNITS) for k in range(4)]
        i, f, g, o = (x[:, t] @ kernel[:, k] + (h * m) @ recurrent_kernel[:, k] + bias[k] for k, m in zip(cut, masks, strict=True))
        new_c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        new_h = jax.nn.sigmoid(o) * jnp.tanh(new_c)
        on = np.ones((BATCH, 1), bool) if mask is None else mask[:, t : t + 1]
        h, c, out = jnp.where(on, new_h, h), jnp.where(on, new_c, c), jnp.where(on, new_h, out)
        outputs.append(out)
    return jnp.stack(outputs, 1), h, c


def operands(dropped):
    rng = np.random.default_rng(0)
    shapes = [
        (BATCH, TIME, INPUTS), (INPUTS, 4 * UNITS), (UNITS, 4 * UNITS), (4 * UNITS,), (BATCH, UNITS), (BATCH, UNITS)
    ]  # fmt: skip
    drops = {None: [], "one": [(BATCH, UNITS)], "four": [(4, BATCH, UNITS)]}[dropped]
    return [jnp.asarray(rng.normal(size=s)) for s in shapes + drops]


def ours(x, kernel, recurrent_kernel, bias, h, c, dropped=None, **how):
    return lstm(x, kernel, recurrent_kernel, bias, h, c, recurrent_dropout_mask=dropped, **how)


MASK = np.array([[0, 1, 1, 0, 1], [1, 0, 0, 1, 0], [0, 0, 0, 0, 0]], bool)


def weighted(f):
    rng = np.random.default_rng(1)
    weights = [rng.normal(size=s) for s in ((BATCH, TIME, UNITS), (BATCH, UNITS), (BATCH, UNITS))]
    return lambda *args: sum(jnp.sum(jnp.sin(a) * w) for a, w in zip(f(*args), weights, strict=True))


CASES = [(False, False, None), (True, False, "one"), (True, True, "four"), (False, True, "four"), (True, False, None)]


@pytest.mark.parametrize("general", [False, True])
@pytest.mark.parametrize(("masked", "go_backwards", "dropped"), CASES)
def test_values_and_gradients(masked, go_backwards, dropped, general):
    mask = MASK if masked else None
    act = {"activation": lambda a: jnp.tanh(a)} if general else {}
    with jax.enable_x64(True):
        args = operands(dropped)
        one = lambda *a: ours(*a, mask=None if mask is None else jnp.asarray(mask), go_backwards=go_backwards, **act)
        two = lambda *a: plain(*a, *([] if dropped else [None]), mask=mask, go_backwards=go_backwards)
        everything = tuple(range(len(args)))
        for a, b in zip(jax.jit(one)(*args), jax.jit(two)(*args), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-12)
        gradient = lambda f: jax.jit(jax.grad(weighted(f), everything))(*args)
        for a, b in zip(gradient(one), gradient(two), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-10)


def test_second_derivatives():
    with jax.enable_x64(True):
        args = operands(None)
        args[0] = args[0][:, :2]

        def second(f):
            inner = jax.grad(lambda *a: jnp.sum(jnp.sin(f(*a)[0])), (1, 2))
            return jax.jit(jax.grad(lambda *a: sum(jnp.sum(g**2) for g in inner(*a)), (0, 1, 2, 3, 4, 5)))(*args)

        expected = second(lambda *a: plain(*a, None, mask=MASK, go_backwards=False))
        found = second(lambda *a: ours(*a, mask=jnp.asarray(MASK[:, :2])))
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-8)


def test_unrolling_changes_nothing():
    args = [a.astype("float32") for a in operands(None)]
    loss = lambda unroll: lambda k: jnp.sum(jnp.sin(ours(args[0], k, *args[2:], unroll=unroll)[0]))
    one, two = (jax.jit(jax.value_and_grad(loss(unroll)))(args[1]) for unroll in (False, True))
    np.testing.assert_allclose(one[0], two[0], rtol=1e-5)
    np.testing.assert_allclose(one[1], two[1], rtol=1e-4, atol=1e-5)


def test_without_bias_and_in_sixteen_bits():
    x, kernel, recurrent, bias, h, c = (a.astype("bfloat16") for a in operands(None))
    found = jax.jit(lstm)(x, kernel, recurrent, jnp.zeros_like(bias), h, c)
    for a, b in zip(jax.jit(lstm)(x, kernel, recurrent, None, h, c), found, strict=True):
        assert a.dtype == jnp.bfloat16
        np.testing.assert_array_equal(a.astype("float32"), b.astype("float32"))
    gradient = jax.grad(lambda k: jnp.sum(lstm(x, k, recurrent, bias, h, c)[0].astype("float32")))(kernel)
    assert gradient.dtype == jnp.bfloat16 and jnp.all(jnp.isfinite(gradient))
