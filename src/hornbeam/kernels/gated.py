"""The GRU and the plain recurrent network over a whole sequence, in the manner of `kernels.recurrence`.

    GRU (Cho et al., 2014), gates in Keras's order: update z, reset r, candidate g
        z_t, r_t = sigmoid(x_t W_zr + h_{t-1} U_zr)
        g_t = tanh(x_t W_g + r_t (h_{t-1} U_g))      reset after the product; before it: (r_t h_{t-1}) U_g
        h_t = z_t h_{t-1} + (1 - z_t) g_t
    plain (Elman, 1990)
        h_t = tanh(x_t W + h_{t-1} U)                biases are left out here

One matrix product serves x_t W of all steps. The backward loop carries dh alone; the gradients of weights and inputs are one
product each over all steps at once. `_recur` holds that loop; a form supplies its step and the step's gradient.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from hornbeam.kernels.recurrence import _dropped, _kept, _project, _recur_back, _recurrent_gradients, _rows_and_ones
from hornbeam.kernels.recurrence import _recur as _product

Activation = Callable[[jax.Array], jax.Array]


def simple_rnn(
    x: jax.Array, kernel: jax.Array, recurrent_kernel: jax.Array, bias: jax.Array | None, h0: jax.Array, *,
    mask: jax.Array | None = None, recurrent_dropout_mask: jax.Array | None = None, activation: Activation = jnp.tanh,
    go_backwards: bool = False, unroll: bool = False,
) -> tuple[jax.Array, jax.Array]:  # fmt: skip
    """Run h' = activation(x W + b + h U) over `x` `[batch, time, inputs]`; weights `[inputs, units]`, `[units, units]`, `[units]`.

    Other arguments and the results as `kernels.recurrence.lstm`, with one state.
    """
    zeros = jnp.zeros_like(recurrent_kernel[0])
    if activation is jnp.tanh:
        recur = functools.partial(_recur, _simple, unroll)
    else:
        recur = functools.partial(_loop, lambda z, m, h: activation(z + m), unroll)
    whole = lambda z, marks: recur(z, recurrent_kernel, zeros, h0, marks, recurrent_dropout_mask)
    return _over(x, kernel, bias, h0, mask, go_backwards, whole)


def gru(
    x: jax.Array, kernel: jax.Array, recurrent_kernel: jax.Array, bias: jax.Array | None, h0: jax.Array, *,
    mask: jax.Array | None = None, recurrent_dropout_mask: jax.Array | None = None, activation: Activation = jnp.tanh,
    recurrent_activation: Activation = jax.nn.sigmoid, reset_after: bool = True, go_backwards: bool = False, unroll: bool = False,
) -> tuple[jax.Array, jax.Array]:  # fmt: skip
    """Run a GRU over `x` `[batch, time, inputs]`; weights `[inputs, 3 units]`, `[units, 3 units]`.

    `bias` is `[2, 3 units]` with `reset_after` (the second row belongs to the recurrent product), else `[3 units]`.
    Other arguments and the results as `kernels.recurrence.lstm`, with one state; dropout masks `[batch, units]`, or one for each
    gate, `[3, batch, units]`.
    """
    own = jnp.zeros_like(recurrent_kernel[0])
    first_masks = last_mask = recurrent_dropout_mask
    if reset_after and bias is not None:
        bias, own = bias
    if reset_after and activation is jnp.tanh and recurrent_activation is jax.nn.sigmoid:
        recur = functools.partial(_recur, _gru, unroll)
    elif reset_after:

        def after(z: jax.Array, m: jax.Array, h: jax.Array) -> jax.Array:
            (z_u, z_r, z_g), (m_u, m_r, m_g) = jnp.split(z, 3, -1), jnp.split(m, 3, -1)
            update = recurrent_activation(z_u + m_u)
            return update * h + (1 - update) * activation(z_g + recurrent_activation(z_r + m_r) * m_g)

        recur = functools.partial(_loop, after, unroll)
    else:  # two products a step, the second after the gates
        units = h0.shape[-1]

        def before(z: jax.Array, m: jax.Array, h: jax.Array) -> jax.Array:
            update, reset = jnp.split(recurrent_activation(z[..., : 2 * units] + m), 2, -1)
            met = reset * _dropped(h, last_mask)
            return update * h + (1 - update) * activation(z[..., 2 * units :] + met @ recurrent_kernel[:, 2 * units :])

        recur = functools.partial(_loop, before, unroll)
        own = own[: 2 * units]
        if recurrent_dropout_mask is not None and recurrent_dropout_mask.ndim == 3:
            first_masks, last_mask = recurrent_dropout_mask[:2], recurrent_dropout_mask[2]
    first = recurrent_kernel[:, : own.shape[0]]
    return _over(x, kernel, bias, h0, mask, go_backwards, lambda z, marks: recur(z, first, own, h0, marks, first_masks))


def _over(x, kernel, bias, h0, mask, go_backwards, recur):
    """`recur(projected steps, marks)` with time first and in reading order; its outputs with the batch first."""
    steps = jnp.swapaxes(x, 0, 1)
    marks = None if mask is None else jnp.swapaxes(mask, 0, 1)[..., None]
    if go_backwards:
        steps, marks = jnp.flip(steps, 0), None if marks is None else jnp.flip(marks, 0)
    if bias is None:
        bias = jnp.zeros(kernel.shape[1:], kernel.dtype)
    h, last = recur(_project(_rows_and_ones(steps), (kernel, bias, None), steps.shape), marks)
    if marks is not None:
        h = jnp.where(jnp.cumsum(marks, 0, dtype=jnp.int32) > 0, h, jnp.zeros((), h.dtype))
    return jnp.swapaxes(h, 0, 1), last


def _loop(step, unroll, z, recurrent, own, h0, marks, dropped):
    """h' = step(z_t, h U + own, h), for any activations; JAX differentiates it."""

    def body(h, inputs):
        z, mark = inputs
        h = _kept(mark, step(z, _product(h, dropped, recurrent) + own, h), h)
        return h, h

    last, h = lax.scan(body, h0, (z, marks), unroll=unroll)
    return h, last


class _Form(NamedTuple):
    """A recurrence with its gradient.

    step: z_t, m_t = h U + own, h -> h', and what the gradient needs.
    gradient: that, h, dh' -> dz, dm (the same object where they are equal), and what of dh' reaches h directly (None for nothing).
    """

    step: Callable[..., Any]
    gradient: Callable[..., Any]


def _simple_step(z, m, h):
    new = jnp.tanh(z + m)
    return new, new


def _simple_gradient(new, h, d):
    dz = d * (1 - new * new)
    return dz, dz, None


def _gru_step(z, m, h):
    units = h.shape[-1]
    gates = jax.nn.sigmoid(z[..., : 2 * units] + m[..., : 2 * units])
    met = m[..., 2 * units :]
    candidate = jnp.tanh(z[..., 2 * units :] + gates[..., units:] * met)
    return candidate + gates[..., :units] * (h - candidate), (gates, candidate, met)


def _gru_gradient(kept, h, d):
    gates, candidate, met = kept
    update, reset = jnp.split(gates, 2, -1)
    direct = d * update
    d_candidate = (d - direct) * (1 - candidate * candidate)
    d_gates = jnp.concatenate((d * (h - candidate), d_candidate * met), -1) * gates * (1 - gates)
    return jnp.concatenate((d_gates, d_candidate), -1), jnp.concatenate((d_gates, d_candidate * reset), -1), direct


_simple = _Form(_simple_step, _simple_gradient)
_gru = _Form(_gru_step, _gru_gradient)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _recur(form, unroll, z, recurrent, own, h0, marks, dropped):
    return _recur_forward(form, unroll, z, recurrent, own, h0, marks, dropped)[0]


def _recur_forward(form, unroll, z, recurrent, own, h0, marks, dropped):
    def body(h, inputs):
        z, mark = inputs
        new, kept = form.step(z, _product(h, dropped, recurrent) + own, h)
        h = _kept(mark, new, h)
        return h, (h, kept)

    last, (h, kept) = lax.scan(body, h0, (z, marks), unroll=unroll)
    return (h, last), (recurrent, h0, h, kept, marks, dropped)


def _recur_backward(form, unroll, residuals, cotangents):
    recurrent, h0, h, kept, marks, dropped = residuals
    dh_steps, dh_last = cotangents
    turned = recurrent.T
    h_before = jnp.concatenate((h0[None], h[:-1]))

    def body(dh, inputs):
        dh_out, kept, h, mark = inputs
        dh = dh + dh_out
        dz, dm, direct = form.gradient(kept, h, _kept(mark, dh, 0))
        old = _recur_back(dm, dropped, turned)
        old = old if direct is None else old + direct
        return old if mark is None else old + jnp.where(mark, 0, dh), (dz, None if dm is dz else dm)

    dh0, (dz, dm) = lax.scan(body, dh_last, (dh_steps, kept, h_before, marks), reverse=True, unroll=unroll)
    dm = dz if dm is None else dm
    flat = dm.reshape(-1, dm.shape[-1])
    d_recurrent, d_dropped = _recurrent_gradients(h_before, dropped, recurrent, flat)
    return dz, d_recurrent, jnp.sum(flat, 0), dh0, None, d_dropped


_recur.defvjp(_recur_forward, _recur_backward)
