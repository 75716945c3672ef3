"""The LSTM over a whole sequence, with everything that does not depend on the previous step hoisted out of the loop.

    z_t = x_t W + b + h_{t-1} U          gates in Keras's order: input, forget, candidate, output
    c_t = f_t c_{t-1} + i_t g_t          (Hochreiter and Schmidhuber, 1997; forget gate: Gers et al., 2000)
    h_t = o_t tanh(c_t)

One matrix product serves x_t W + b of all steps. For tanh and sigmoid gates the backward pass is written out. The
gradient of z_t is a coefficient known from the forward pass times dc_t or dh_t, so the coefficients of all steps come
first, the loop carries only dh and dc, and the gradients of W, U, b and x are one product each over all steps at once
(Appleyard et al., 2016, "Optimizing performance of recurrent neural networks on GPUs").
"""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax

Activation = Callable[[jax.Array], jax.Array]


def lstm(
    x: jax.Array,
    kernel: jax.Array,
    recurrent_kernel: jax.Array,
    bias: jax.Array | None,
    h0: jax.Array,
    c0: jax.Array,
    *,
    mask: jax.Array | None = None,
    recurrent_dropout_mask: jax.Array | None = None,
    activation: Activation = jnp.tanh,
    recurrent_activation: Activation = jax.nn.sigmoid,
    go_backwards: bool = False,
    unroll: bool = False,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Run an LSTM over `x` `[batch, time, inputs]`.

    Args:
        kernel, recurrent_kernel, bias: `[inputs, 4 units]`, `[units, 4 units]`, `[4 units]` or None.
        h0, c0: `[batch, units]`, the state before the first step.
        mask: bool `[batch, time]`; where False, the state is carried on and the output repeats the previous output
            (zeros before the first unmasked step).
        recurrent_dropout_mask: multiplied on h before the recurrent product (already scaled): `[batch, units]`, or one
            for each gate, `[4, batch, units]`, as Keras draws them.
        activation, recurrent_activation: any functions of an array; `jnp.tanh` and `jax.nn.sigmoid` (these very
            objects) take the written-out backward pass.
        go_backwards: read x from its last step to its first; the outputs come in the order they were made.
        unroll: write the steps out instead of looping; for short sequences on a GPU.

    Returns: the outputs `[batch, time, units]`, and the last h and c `[batch, units]`.
    """
    steps = jnp.swapaxes(x, 0, 1)
    marks = None if mask is None else jnp.swapaxes(mask, 0, 1)[..., None]
    if go_backwards:
        steps, marks = jnp.flip(steps, 0), None if marks is None else jnp.flip(marks, 0)
    if bias is None:
        bias = jnp.zeros(kernel.shape[1:], kernel.dtype)
    weights = kernel, bias, recurrent_kernel
    if activation is jnp.tanh and recurrent_activation is jax.nn.sigmoid:
        h, h_last, c_last = _run(steps, weights, h0, c0, marks, recurrent_dropout_mask, unroll)
    else:

        def body(state, inputs):
            h, c = state
            z, mark = inputs
            i, f, g, o = jnp.split(z + _recur(h, recurrent_dropout_mask, recurrent_kernel), 4, -1)
            new_c = recurrent_activation(f) * c + recurrent_activation(i) * activation(g)
            new_h = recurrent_activation(o) * activation(new_c)
            h, c = _kept(mark, new_h, h), _kept(mark, new_c, c)
            return (h, c), h

        projected = _project(_rows_and_ones(steps), weights, steps.shape)
        (h_last, c_last), h = lax.scan(body, (h0, c0), (projected, marks), unroll=unroll)
    if marks is not None:
        h = jnp.where(jnp.cumsum(marks, 0, dtype=jnp.int32) > 0, h, jnp.zeros((), h.dtype))
    return jnp.swapaxes(h, 0, 1), h_last, c_last


def _kept(mark, new, old):
    return new if mark is None else jnp.where(mark, new, old)


def _dropped(h, mask):
    return h if mask is None else h * mask


def _recur(h, mask, recurrent_kernel):
    """`[batch, gates * units]`: h times the recurrent kernel, behind one dropout mask or one for each gate."""
    if mask is None or mask.ndim == 2:
        return _dropped(h, mask) @ recurrent_kernel
    blocks = jnp.split(recurrent_kernel, mask.shape[0], -1)
    return jnp.concatenate([(h * each) @ block for each, block in zip(mask, blocks, strict=True)], -1)


def _recur_back(dz, mask, turned):
    """The gradient of h that goes with dz; `turned` is the recurrent kernel's transpose."""
    if mask is None or mask.ndim == 2:
        return _dropped(dz @ turned, mask)
    parts = zip(jnp.split(dz, mask.shape[0], -1), mask, jnp.split(turned, mask.shape[0]), strict=True)
    return sum((part @ block) * each for part, each, block in parts)


def _recurrent_gradients(h_before, mask, recurrent_kernel, flat):
    """Of the recurrent kernel and of the dropout mask, over all steps; flat is dz as `[time * batch, gates * units]`."""
    masks = (None,) if mask is None else (mask,) if mask.ndim == 2 else tuple(mask)
    d_kernel, d_masks = [], []
    for each, part, block in zip(masks, jnp.split(flat, len(masks), -1), jnp.split(recurrent_kernel, len(masks), -1), strict=True):
        d_kernel.append(_dropped(h_before, each).reshape(flat.shape[0], -1).T @ part)
        if mask is not None:
            d_masks.append(jnp.sum((part @ block.T).reshape(h_before.shape) * h_before, 0))
    d_mask = None if mask is None else d_masks[0] if mask.ndim == 2 else jnp.stack(d_masks)
    return jnp.concatenate(d_kernel, -1), d_mask


def _rows_and_ones(steps):
    """`[time * batch, inputs + 1]`: the column of ones brings the bias, and its gradient, into the one product."""
    rows = steps.reshape(-1, steps.shape[-1])
    return jnp.concatenate((rows, jnp.ones((rows.shape[0], 1), rows.dtype)), 1)


def _project(rows, weights, shape):
    kernel, bias, _ = weights
    return (rows @ jnp.concatenate((kernel, bias[None]))).reshape(*shape[:2], -1)


@functools.partial(jax.custom_vjp, nondiff_argnums=(6,))
def _run(steps, weights, h0, c0, marks, dropped, unroll):
    return _run_forward(steps, weights, h0, c0, marks, dropped, unroll)[0]


def _run_forward(steps, weights, h0, c0, marks, dropped, unroll):
    rows = _rows_and_ones(steps)
    # One tanh makes all four gates: sigmoid(z) = tanh(z / 2) / 2 + 1/2, for every gate but the candidate.
    scale = jnp.repeat(jnp.asarray([0.5, 0.5, 1, 0.5], h0.dtype), h0.shape[-1])
    shift = 1 - scale

    def body(state, inputs):
        h, c = state
        z, mark = inputs
        gates = jnp.tanh((z + _recur(h, dropped, weights[2])) * scale) * scale + shift
        i, f, g, o = jnp.split(gates, 4, -1)
        new_c = f * c + i * g
        squashed = jnp.tanh(new_c)
        h, c = _kept(mark, o * squashed, h), _kept(mark, new_c, c)
        return (h, c), (h, c, gates, squashed)

    inputs = _project(rows, weights, steps.shape), marks
    (h_last, c_last), (h, c, gates, squashed) = lax.scan(body, (h0, c0), inputs, unroll=unroll)
    return (h, h_last, c_last), (rows, weights, h0, c0, h, c, gates, squashed, marks, dropped)


def _run_backward(unroll, kept, cotangents):
    rows, weights, h0, c0, h, c, gates, squashed, marks, dropped = kept
    dh_steps, dh_last, dc_last = cotangents
    kernel, _, recurrent_kernel = weights
    turned = recurrent_kernel.T
    h_before = jnp.concatenate((h0[None], h[:-1]))
    c_before = jnp.concatenate((c0[None], c[:-1]))
    i, f, g, o = jnp.split(gates, 4, -1)
    by_c = g * i * (1 - i), c_before * f * (1 - f), i * (1 - g * g)
    coefficients = jnp.concatenate((*by_c, squashed * o * (1 - o)), -1)
    # Whole arrays, before the loop: without the barrier XLA would compute them again step by step.
    coefficients, c_by_h = lax.optimization_barrier((coefficients, o * (1 - squashed * squashed)))

    def body(state, inputs):
        dh, dc = state
        dh_out, coefficient, slope, forget, mark = inputs
        dh = dh + dh_out
        live_h, live_c = _kept(mark, dh, 0), _kept(mark, dc, 0)
        dc_new = live_c + live_h * slope
        dz = coefficient * jnp.concatenate((dc_new, dc_new, dc_new, live_h), -1)
        dh_old, dc_old = _recur_back(dz, dropped, turned), dc_new * forget
        if mark is not None:
            dh_old, dc_old = dh_old + jnp.where(mark, 0, dh), dc_old + jnp.where(mark, 0, dc)
        return (dh_old, dc_old), dz

    inputs = dh_steps, coefficients, c_by_h, f, marks
    (dh0, dc0), dz = lax.scan(body, (dh_last, dc_last), inputs, reverse=True, unroll=unroll)
    flat = dz.reshape(-1, dz.shape[-1])
    with_bias = rows.T @ flat
    d_steps = (flat @ kernel.T).reshape(*dz.shape[:2], -1)
    d_recurrent, d_dropped = _recurrent_gradients(h_before, dropped, recurrent_kernel, flat)
    return d_steps, (with_bias[:-1], with_bias[-1], d_recurrent), dh0, dc0, None, d_dropped


_run.defvjp(_run_forward, _run_backward)
