"""Volumes, depthwise and transposed convolutions against XLA's own, with gradients of two orders."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from hornbeam.kernels.convolution_kinds import conv_depthwise, conv_transposed, conv_volume

VOLUME = ("NDHWC", "DHWIO", "NDHWC")
IMAGE = ("NHWC", "HWIO", "NHWC")


def draw(*shape, seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


def agree(ours, theirs, *operands):
    """Values, gradients, and the gradient of the gradients' squared length."""
    weights = draw(*jax.eval_shape(theirs, *operands).shape, seed=9)
    places = tuple(range(len(operands)))

    def all_of(function):
        loss = lambda *a: jnp.sum(jnp.sin(function(*a)) * weights)
        first = jax.grad(loss, places)
        second = jax.grad(lambda *a: sum(jnp.sum(jnp.square(g)) for g in first(*a)), places)
        return jax.jit(lambda *a: (function(*a), first(*a), second(*a)))(*operands)

    for a, b in zip(jax.tree.leaves(all_of(ours)), jax.tree.leaves(all_of(theirs)), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-4 * max(1, float(jnp.abs(b).max())))


@pytest.mark.parametrize(
    ("strides", "padding", "dilation", "groups"),
    [(1, "valid", 1, 1), ((2, 1, 2), "same", 1, 1), (1, "same", (2, 1, 1), 1), ((1, 2, 1), ((1, 0), (0, 2), (1, 1)), 1, 2)],
)
def test_volume(strides, padding, dilation, groups):
    x, kernel, bias = draw(2, 5, 4, 5, 4), draw(3, 2, 2, 4 // groups, 4, seed=1), draw(4, seed=2)
    each = lambda v: (v,) * 3 if isinstance(v, int) else v
    pads = padding.upper() if isinstance(padding, str) else padding
    theirs = lambda x, k, b: lax.conv_general_dilated(
        x, k, each(strides), pads, None, each(dilation), VOLUME, groups, precision="highest") + b  # fmt: skip
    ours = lambda x, k, b: conv_volume(x, k, b, strides=strides, padding=padding, dilation=dilation, groups=groups)
    agree(ours, theirs, x, kernel, bias)


def test_volume_in_sixteen_bits_adds_up_in_float32():
    x, kernel = draw(1, 6, 3, 3, 8).astype(jnp.bfloat16), draw(6, 3, 3, 8, 2, seed=1).astype(jnp.bfloat16)
    exact = jnp.einsum("ndhwi,dhwio->no", x.astype(jnp.float32), kernel.astype(jnp.float32))
    y = conv_volume(x, kernel)
    assert y.dtype == jnp.bfloat16
    np.testing.assert_allclose(y[:, 0, 0, 0].astype(jnp.float32), exact, rtol=2**-8)


@pytest.mark.parametrize(("strides", "padding", "dilation"), [(1, "valid", 1), (2, "same", 1), (1, "same", 2)])
@pytest.mark.parametrize("times", [1, 3])
def test_depthwise(strides, padding, dilation, times):
    x, kernel = draw(2, 6, 5, 3), draw(3, 2, 3, times, seed=1)
    theirs = lambda x, k: lax.conv_general_dilated(
        x, k.reshape(3, 2, 1, 3 * times), (strides,) * 2, padding.upper(), None, (dilation,) * 2, IMAGE, 3, precision="highest"
    )
    agree(lambda x, k: conv_depthwise(x, k, strides=strides, padding=padding, dilation=dilation), theirs, x, kernel)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (1, 2)])
def test_transposed(rank, stride, dilation):
    sizes = (7, 6, 5)[:rank]
    pads, kernel = ((1, 0),) * rank, draw(*(2,) * rank, 2, 3, seed=1)
    letters = "DHW"[-rank:]
    layout = (f"N{letters}C", f"{letters}IO", f"N{letters}C")
    forward = lambda y, k: lax.conv_general_dilated(
        y, k, (stride,) * rank, pads, None, (dilation,) * rank, layout, precision="highest")  # fmt: skip
    x = draw(*jax.eval_shape(forward, jnp.zeros((2, *sizes, 2)), kernel).shape, seed=2)
    theirs = lambda x, k: jax.vjp(lambda y: forward(y, k), jnp.zeros((2, *sizes, 2)))[1](x)[0]
    ours = lambda x, k: conv_transposed(x, k, sizes, strides=(stride,) * rank, pads=pads, dilation=(dilation,) * rank)
    agree(ours, theirs, x, kernel)


def test_no_examples():
    assert conv_depthwise(jnp.zeros((0, 5, 5, 2)), jnp.zeros((3, 3, 2, 1))).shape == (0, 3, 3, 2)
    assert conv_volume(jnp.zeros((0, 4, 4, 4, 2)), jnp.zeros((3, 3, 3, 2, 5))).shape == (0, 2, 2, 2, 5)
