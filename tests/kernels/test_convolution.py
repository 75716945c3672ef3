"""Convolution forms against XLA's own, in float64, with their first and second derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from hornbeam.kernels import convolution

LAYOUTS = {1: ("NWC", "WIO", "NWC"), 2: ("NHWC", "HWIO", "NHWC"), 3: ("NDHWC", "DHWIO", "NDHWC")}


def reference(x, kernel, strides, padding, dilation, groups):
    rank = x.ndim - 2
    pads = padding if isinstance(padding, str) else list(padding)
    pads = pads.upper() if isinstance(pads, str) else pads
    return lax.conv_general_dilated(
        x, kernel, strides, pads, rhs_dilation=dilation, dimension_numbers=LAYOUTS[rank], feature_group_count=groups
    )


@st.composite
def cases(draw):
    rank = draw(st.sampled_from([1, 2, 2, 3]))
    each = lambda low, high: tuple(draw(st.integers(low, high)) for _ in range(rank))
    window, dilation = each(1, 3), each(1, 2)
    strides = each(1, 3) if max(dilation) == 1 else (1,) * rank
    size = tuple(draw(st.integers((w - 1) * d + 1, 7)) for w, d in zip(window, dilation, strict=True))
    padding = draw(st.sampled_from(["valid", "same", "pairs"]))
    if padding == "pairs":
        padding = tuple((draw(st.integers(0, 4)), draw(st.integers(0, 3))) for _ in range(rank))
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    inputs, outputs = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    return size, window, strides, padding, dilation, groups, inputs, outputs, draw(st.integers(0, 99))


def operands(case, dtype):
    size, window, *_, groups, inputs, outputs, seed = case
    rng = np.random.default_rng(seed)
    x, kernel = rng.normal(size=(2, *size, inputs)), rng.normal(size=(*window, inputs // groups, outputs))
    return jnp.asarray(x, dtype), jnp.asarray(kernel, dtype)


def both_gradients(f, x, kernel):
    return jax.grad(lambda x, kernel: jnp.sum(jnp.sin(f(x, kernel))), (0, 1))(x, kernel)


@settings(max_examples=18, deadline=None, derandomize=True)
@given(cases(), st.sampled_from(["float32", "float64"]))
def test_value_and_gradients_match_xla(case, dtype):
    _, _, strides, padding, dilation, groups, *_ = case
    with jax.enable_x64(True):
        x, kernel = operands(case, dtype)
        theirs = jax.jit(lambda x, k: reference(x, k, strides, padding, dilation, groups))
        ours = jax.jit(lambda x, k: convolution.conv(x, k, strides=strides, padding=padding, dilation=dilation, groups=groups))
        tolerance = 1e-4 if dtype == "float32" else 1e-10
        close = lambda a, b: np.testing.assert_allclose(a, b, atol=tolerance, rtol=tolerance)
        close(ours(x, kernel), theirs(x, kernel))
        for a, b in zip(both_gradients(ours, x, kernel), both_gradients(theirs, x, kernel), strict=True):
            assert a.dtype == dtype
            close(a, b)


SECOND = [
    ((6, 5), (3, 2), (1, 1), "same", (1, 1), 1, 2, 3, 0),
    ((6, 5), (3, 2), (2, 2), "valid", (1, 1), 2, 4, 4, 1),
    ((6, 5), (2, 2), (1, 1), "valid", (2, 1), 1, 1, 3, 2),
    ((6, 5), (3, 3), (1, 1), "valid", (1, 1), 1, 5, 3, 3),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", SECOND)
def test_second_derivatives_match_xla(case, dtype):
    _, _, strides, padding, dilation, groups, *_ = case
    with jax.enable_x64(True):
        x, kernel = operands(case, dtype)
        theirs = lambda x, k: reference(x, k, strides, padding, dilation, groups)
        ours = lambda x, k: convolution.conv(x, k, strides=strides, padding=padding, dilation=dilation, groups=groups)
        weights = np.random.default_rng(9).normal(size=x.shape), np.random.default_rng(8).normal(size=kernel.shape)

        def second(f):
            penalty = lambda x, k: sum(jnp.sum(w * g**2) for w, g in zip(weights, both_gradients(f, x, k), strict=True))
            return jax.jit(jax.grad(penalty, (0, 1)))(x, kernel)

        tolerance = 2e-3 if dtype == "float32" else 1e-9
        for a, b in zip(second(ours), second(theirs), strict=True):
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * 100)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_sixteen_bits_keep_their_type_and_accumulate_wide(dtype):
    case = ((6, 6), (3, 3), (1, 1), "same", (1, 1), 1, 8, 4, 3)
    x, kernel = operands(case, dtype)
    f = lambda x, k: convolution.conv(x, k, padding="same")
    wide = f(x.astype("float32"), kernel.astype("float32"))
    assert f(x, kernel).dtype == dtype
    np.testing.assert_array_equal(f(x, kernel), wide.astype(dtype))
    assert all(g.dtype == dtype for g in both_gradients(f, x, kernel))


@pytest.mark.parametrize("inputs", [1, 2, 12])
def test_the_bias_is_added_and_has_its_gradient(inputs):
    x, kernel = operands(((6, 5), (3, 2), (1, 1), "same", (1, 1), 1, inputs, 3, 4), "float32")
    bias = jnp.asarray([0.5, -1.0, 2.0])
    f = lambda b: convolution.conv(x, kernel, b, padding="same")
    np.testing.assert_allclose(f(bias), f(None) + bias, rtol=1e-5, atol=1e-5)
    found = jax.grad(lambda b: jnp.sum(jnp.sin(f(b))))(bias)
    np.testing.assert_allclose(found, jnp.sum(jnp.cos(f(bias)), (0, 1, 2)), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("inputs", [1, 4])
def test_a_training_loop_holds_no_convolution_xla_is_slow_for(inputs):
    """In a loop XLA's CPU backend calls its fast routine only for this layout, without reversal: nothing else may remain."""
    x = jnp.ones((4, 8, 8, inputs))
    kernel = jnp.ones((3, 3, inputs, 5))

    def train(kernel, steps):
        loss = lambda k: jnp.sum(convolution.conv(jnp.sin(convolution.conv(x, k)), jnp.ones((3, 3, 5, 2))) ** 2)
        return lax.fori_loop(0, steps, lambda _, k: k - 0.1 * jax.grad(loss)(k), kernel)

    lines = jax.jit(train).lower(kernel, 3).compile().as_text().splitlines()
    found = [line for line in lines if " convolution(" in line]
    assert found
    for line in found:
        assert "dim_labels=b01f_01io->b01f" in line, line
        assert "rhs_reversal" not in line, line


def test_same_padding_is_odd_pixel_after():
    assert convolution.pad_widths((28, 7), (2, 3), (1, 2), "same") == ((0, 1), (1, 1))
    assert convolution.pad_widths((5,), (3,), (1,), "same", (2,)) == ((2, 2),)


def test_wrong_shapes_and_padding_are_named():
    with pytest.raises(ValueError, match="kernel"):
        convolution.conv(jnp.ones((2, 5, 5, 1)), jnp.ones((3, 1, 2)))
    with pytest.raises(ValueError, match="'same'"):
        convolution.conv(jnp.ones((2, 5, 1)), jnp.ones((3, 1, 2)), padding="sane")
