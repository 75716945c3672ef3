"""The LSTM over a whole sequence, with everything that does not depend on the previous step hoisted out of the loop.

    z_t = x_t W + b + h_{t-1} U          gates in Keras's order: input, forget, candidate, output
    c_t = f_t c_{t-1} + i_t g_t          (Hochreiter and Schmidhuber, 1997; forget gate: Gers et al., 2000)
    h_t = o_t tanh(c_t)

One matrix product serves x_t W of all steps. For tanh and sigmoid gates the backward pass is written out: its loop
carries only dh and dc, and the gradients of W, U, b and x are one product each over all steps at once (Appleyard et
al., 2016, "Optimizing performance of recurrent neural networks on GPUs").
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
        recurrent_dropout_mask: `[batch, units]`, multiplied on h before each recurrent product (already scaled).
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
    projected = jnp.tensordot(steps, kernel, 1)
    if bias is not None:
        projected = projected + bias
    if activation is jnp.tanh and recurrent_activation is jax.nn.sigmoid:
        h, h_last, c_last = _run(projected, recurrent_kernel, h0, c0, marks, recurrent_dropout_mask, unroll)
    else:
        step = functools.partial(_step, activation=activation, gate=recurrent_activation)

        def body(state, inputs):
            now = step(state, *inputs, recurrent_kernel, recurrent_dropout_mask)[:2]
            return now, now[0]

        (h_last, c_last), h = lax.scan(body, (h0, c0), (projected, marks), unroll=unroll)
    if marks is not None:
        h = jnp.where(jnp.cumsum(marks, 0, dtype=jnp.int32) > 0, h, jnp.zeros((), h.dtype))
    return jnp.swapaxes(h, 0, 1), h_last, c_last


def _step(state, z, mark, recurrent_kernel, dropped, *, activation=jnp.tanh, gate=jax.nn.sigmoid):
    h, c = state
    z = z + (h if dropped is None else h * dropped) @ recurrent_kernel
    i, f, g, o = jnp.split(z, 4, -1)
    i, f, g, o = gate(i), gate(f), activation(g), gate(o)
    new_c = f * c + i * g
    squashed = activation(new_c)
    new_h = o * squashed
    if mark is not None:
        new_h, new_c = jnp.where(mark, new_h, h), jnp.where(mark, new_c, c)
    return new_h, new_c, jnp.concatenate((i, f, g, o), -1), squashed


@functools.partial(jax.custom_vjp, nondiff_argnums=(6,))
def _run(projected, recurrent_kernel, h0, c0, marks, dropped, unroll):
    return _run_forward(projected, recurrent_kernel, h0, c0, marks, dropped, unroll)[0]


def _run_forward(projected, recurrent_kernel, h0, c0, marks, dropped, unroll):
    def body(state, inputs):
        h, c, gates, squashed = _step(state, *inputs, recurrent_kernel, dropped)
        return (h, c), (h, c, gates, squashed)

    (h_last, c_last), (h, c, gates, squashed) = lax.scan(body, (h0, c0), (projected, marks), unroll=unroll)
    return (h, h_last, c_last), (recurrent_kernel, h0, c0, h, c, gates, squashed, marks, dropped)


def _run_backward(unroll, kept, cotangents):
    recurrent_kernel, h0, c0, h, c, gates, squashed, marks, dropped = kept
    dh_steps, dh_last, dc_last = cotangents
    turned = recurrent_kernel.T
    h_before = jnp.concatenate((h0[None], h[:-1]))
    c_before = jnp.concatenate((c0[None], c[:-1]))

    def body(state, inputs):
        dh, dc = state
        dh_out, gate, squash, c_old, mark = inputs
        i, f, g, o = jnp.split(gate, 4, -1)
        dh = dh + dh_out
        live_h, live_c = (dh, dc) if mark is None else (jnp.where(mark, dh, 0), jnp.where(mark, dc, 0))
        dc_new = live_c + live_h * o * (1 - squash * squash)
        dz = jnp.concatenate(
            (
                dc_new * g * i * (1 - i),
                dc_new * c_old * f * (1 - f),
                dc_new * i * (1 - g * g),
                live_h * squash * o * (1 - o),
            ),
            -1,
        )
        dh_old, dc_old = dz @ turned, dc_new * f
        if dropped is not None:
            dh_old = dh_old * dropped
        if mark is not None:
            dh_old, dc_old = dh_old + jnp.where(mark, 0, dh), dc_old + jnp.where(mark, 0, dc)
        return (dh_old, dc_old), dz

    inputs = (dh_steps, gates, squashed, c_before, marks)
    (dh0, dc0), dz = lax.scan(body, (dh_last, dc_last), inputs, reverse=True, unroll=unroll)
    flat = dz.reshape(-1, dz.shape[-1])
    met = h_before if dropped is None else h_before * dropped
    d_recurrent = met.reshape(flat.shape[0], -1).T @ flat
    d_dropped = None
    if dropped is not None:
        d_dropped = jnp.sum(jnp.tensordot(dz, turned, 1) * h_before, 0)
    return dz, d_recurrent, dh0, dc0, None, d_dropped


_run.defvjp(_run_forward, _run_backward)
