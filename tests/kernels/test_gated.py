"""The GRU's and the plain network's written-out backward passes against a plain loop over the steps, in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hornbeam.kernels.gated import gru, simple_rnn

BATCH, TIME, INPUTS, UNITS = 3, 5, 4, 6
MASK = np.array([[0, 1, 1, 0, 1], [1, 0, 0, 1, 0], [0, 0, 0, 0, 0]], bool)


def gru_step(z, m, h, met, recurrent, reset_after):
    (z_u, z_r, z_g), (m_u, m_r, m_g) = jnp.split(z, 3, -1), jnp.split(m, 3, -1)
    update, reset = jax.nn.sigmoid(z_u + m_u), jax.nn.sigmoid(z_r + m_r)
    product = reset * m_g if reset_after else (reset * met) @ recurrent[:, 2 * UNITS :]
    return update * h + (1 - update) * jnp.tanh(z_g + product)


def simple_step(z, m, h, met, recurrent, reset_after):
    return jnp.tanh(z + m)


def plain(step, x, kernel, recurrent, bias, h, dropped=None, *, mask, go_backwards, reset_after):
    """The textbook, one step after the other."""
    bias, own = bias if bias.ndim == 2 else (bias, jnp.zeros_like(bias))
    out, outputs, gates = jnp.zeros_like(h), [], recurrent.shape[1] // UNITS
    for t in range(TIME)[::-1] if go_backwards else range(TIME):
        met = jnp.stack([h] * gates) if dropped is None else h * jnp.broadcast_to(dropped, (gates, *h.shape))
        products = [each @ part for each, part in zip(met, jnp.split(recurrent, gates, -1), strict=True)]
        new = step(x[:, t] @ kernel + bias, jnp.concatenate(products, -1) + own, h, met[-1], recurrent, reset_after)
        on = np.ones((BATCH, 1), bool) if mask is None else mask[:, t : t + 1]
        h, out = jnp.where(on, new, h), jnp.where(on, new, out)
        outputs.append(out)
    return jnp.stack(outputs, 1), h


def operands(gates, rows, dropped):
    rng = np.random.default_rng(0)
    wide = gates * UNITS
    shapes = [(BATCH, TIME, INPUTS), (INPUTS, wide), (UNITS, wide), (2, wide) if rows == 2 else (wide,), (BATCH, UNITS)]
    masks = {False: [], True: [(BATCH, UNITS)], "each": [(gates, BATCH, UNITS)]}[dropped]
    return [jnp.asarray(rng.normal(size=shape)) for shape in shapes + masks]


def weighted(f):
    rng = np.random.default_rng(1)
    weights = [rng.normal(size=s) for s in ((BATCH, TIME, UNITS), (BATCH, UNITS))]
    return lambda *args: sum(jnp.sum(jnp.sin(a) * w) for a, w in zip(f(*args), weights, strict=True))


def forms(kind, mask, go_backwards, dropped, general):
    """Ours, the textbook, and operands."""
    act = {"activation": lambda a: jnp.tanh(a)} if general else {}
    how = {"mask": mask, "go_backwards": go_backwards}
    reset_after = kind == "gru"
    if kind == "simple":
        one = lambda *a, **more: simple_rnn(*a[:5], recurrent_dropout_mask=a[5] if dropped else None, **how, **act, **more)
        two = lambda *a: plain(simple_step, *a, reset_after=None, **how)
        return one, two, operands(1, 1, dropped)
    one = lambda *a, **more: gru(
        *a[:5], recurrent_dropout_mask=a[5] if dropped else None, reset_after=reset_after, **how, **act, **more
    )
    two = lambda *a: plain(gru_step, *a, reset_after=reset_after, **how)
    return one, two, operands(3, 2 if reset_after else 1, dropped)


@pytest.mark.parametrize("kind", ["simple", "gru", "gru before"])
@pytest.mark.parametrize(
    ("masked", "go_backwards", "dropped"), [(False, False, False), (True, True, False), (True, False, True), (False, False, "each")]
)
@pytest.mark.parametrize("general", [False, True])
def test_values_and_gradients(kind, masked, go_backwards, dropped, general):
    with jax.enable_x64(True):
        one, two, args = forms(kind, MASK if masked else None, go_backwards, dropped, general)
        for a, b in zip(jax.jit(one)(*args), jax.jit(two)(*args), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-12)
        gradient = lambda f: jax.jit(jax.grad(weighted(f), tuple(range(len(args)))))(*args)
        for a, b in zip(gradient(one), gradient(two), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-10)


@pytest.mark.parametrize("kind", ["simple", "gru"])
def test_second_derivatives_and_unrolling(kind):
    with jax.enable_x64(True):
        one, two, args = forms(kind, MASK, False, False, False)

        def second(f):
            inner = jax.grad(weighted(f), (1, 2))
            return jax.jit(jax.grad(lambda *a: sum(jnp.sum(g**2) for g in inner(*a)), (0, 1, 2, 3, 4)))(*args)

        expected = second(two)
        for unroll in (False, True):
            for a, b in zip(second(lambda *args, u=unroll: one(*args, unroll=u)), expected, strict=True):
                np.testing.assert_allclose(a, b, atol=1e-8)


def test_in_sixteen_bits_and_without_bias():
    one, _, args = forms("gru", None, False, False, False)
    x, kernel, recurrent, bias, h = (each.astype("bfloat16") for each in args)
    assert all(a.dtype == jnp.bfloat16 for a in jax.jit(one)(x, kernel, recurrent, bias, h))
    found, expected = jax.jit(one)(x, kernel, recurrent, jnp.zeros_like(bias), h), jax.jit(gru)(x, kernel, recurrent, None, h)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a.astype("float32"), b.astype("float32"))
