"""Recurrent layers' work on a whole sequence, each as one operation: see `kernels.recurrence` and `kernels.gated`.

Activations are functions of Tensors; None is tanh, and sigmoid for gates.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.engine.door import op
from hornbeam.engine.tensor import Tensor, wrap
from hornbeam.kernels import convolution, gated, recurrence


@op(8, "same", name="lstm", host="interpreted", limit=0)
def lstm(
    x: Any, kernel: Any, recurrent_kernel: Any, bias: Any, h0: Any, c0: Any, mask: Any = None, recurrent_dropout: Any = None,
    activation: Callable | None = None, recurrent_activation: Callable | None = None, go_backwards: bool = False, unroll: bool = False,
) -> Any:
    """Long short-term memory over x [batch, time, features]; gives all outputs [batch, time, units] and the last h and c."""
    return recurrence.lstm(
        x, kernel, recurrent_kernel, bias, h0, c0, mask=mask, recurrent_dropout_mask=recurrent_dropout,
        activation=_on_arrays(activation, jnp.tanh), recurrent_activation=_on_arrays(recurrent_activation, jax.nn.sigmoid),
        go_backwards=go_backwards, unroll=unroll,
    )


@op(7, "same", name="gru", host="interpreted", limit=0)
def gru(
    x: Any, kernel: Any, recurrent_kernel: Any, bias: Any, h0: Any, mask: Any = None, recurrent_dropout: Any = None,
    activation: Callable | None = None, recurrent_activation: Callable | None = None, reset_after: bool = True,
    go_backwards: bool = False, unroll: bool = False,
) -> Any:
    """A gated recurrent unit over x [batch, time, features]; gives all outputs [batch, time, units] and the last h."""
    return gated.gru(
        x, kernel, recurrent_kernel, bias, h0, mask=mask, recurrent_dropout_mask=recurrent_dropout,
        activation=_on_arrays(activation, jnp.tanh), recurrent_activation=_on_arrays(recurrent_activation, jax.nn.sigmoid),
        reset_after=reset_after, go_backwards=go_backwards, unroll=unroll,
    )


@op(7, "same", name="simple_rnn", host="interpreted", limit=0)
def simple_rnn(
    x: Any, kernel: Any, recurrent_kernel: Any, bias: Any, h0: Any, mask: Any = None, recurrent_dropout: Any = None,
    activation: Callable | None = None, go_backwards: bool = False, unroll: bool = False,
) -> Any:
    """A plain recurrent network over x [batch, time, features]; gives all outputs [batch, time, units] and the last h."""
    return gated.simple_rnn(
        x, kernel, recurrent_kernel, bias, h0, mask=mask, recurrent_dropout_mask=recurrent_dropout,
        activation=_on_arrays(activation, jnp.tanh), go_backwards=go_backwards, unroll=unroll,
    )


@op(8, "same", name="conv_lstm")
def conv_lstm(
    x: Any, kernel: Any, recurrent_kernel: Any, bias: Any, h0: Any, c0: Any, mask: Any = None, recurrent_dropout: Any = None,
    activation: Callable | None = None, recurrent_activation: Callable | None = None, strides: Any = 1, padding: str = "valid",
    dilation: Any = 1, channels_first: bool = False, go_backwards: bool = False, unroll: bool = False,
) -> Any:
    """An LSTM whose products are convolutions (Shi et al. 2015) over x [batch, time, *spatial, channels].

    One convolution serves the inputs of all steps. Gives all outputs [batch, time, *spatial, filters] and the last h and c.
    """
    act, gate = _on_arrays(activation, jnp.tanh), _on_arrays(recurrent_activation, jax.nn.sigmoid)
    if channels_first:
        x = jnp.moveaxis(x, 2, -1)
        h0, c0 = jnp.moveaxis(h0, 1, -1), jnp.moveaxis(c0, 1, -1)
        recurrent_dropout = None if recurrent_dropout is None else jnp.moveaxis(recurrent_dropout, 1, -1)
    steps = jnp.swapaxes(x, 0, 1)
    marks = None if mask is None else jnp.swapaxes(mask, 0, 1).reshape(*steps.shape[:2], *(1,) * (x.ndim - 2))
    if go_backwards:
        steps, marks = jnp.flip(steps, 0), None if marks is None else jnp.flip(marks, 0)
    flat = steps.reshape(-1, *steps.shape[2:])
    projected = convolution.conv(flat, kernel, strides=strides, padding=padding, dilation=dilation)
    projected = projected if bias is None else projected + bias

    def body(state: Any, inputs: Any) -> Any:
        h, c = state
        z, mark = inputs
        met = h if recurrent_dropout is None else h * recurrent_dropout
        i, f, g, o = jnp.split(z + convolution.conv(met, recurrent_kernel, strides=1, padding="same"), 4, -1)
        new_c = gate(f) * c + gate(i) * act(g)
        new_h = gate(o) * act(new_c)
        if mark is not None:
            new_h, new_c = jnp.where(mark, new_h, h), jnp.where(mark, new_c, c)
        return (new_h, new_c), new_h

    inputs = projected.reshape(*steps.shape[:2], *projected.shape[1:]), marks
    (last_h, last_c), h = jax.lax.scan(body, (h0, c0), inputs, unroll=unroll)
    if marks is not None:
        h = jnp.where(jnp.cumsum(marks, 0, dtype=jnp.int32) > 0, h, jnp.zeros((), h.dtype))
    h = jnp.swapaxes(h, 0, 1)
    if channels_first:
        h, last_h, last_c = jnp.moveaxis(h, -1, 2), jnp.moveaxis(last_h, -1, 1), jnp.moveaxis(last_c, -1, 1)
    return h, last_h, last_c


@op(2, "same", name="hold")
def hold(outputs: Any, marks: Any) -> Any:
    """The outputs (time first) with each step whose mark [time, batch] is False replaced by the last one before it, or zeros."""
    steps = jnp.arange(outputs.shape[0], dtype=jnp.int32)[:, None]
    last = jax.lax.cummax(jnp.where(marks, steps, -1), axis=0)
    last = last.reshape(*last.shape, *(1,) * (outputs.ndim - 2))
    return jnp.where(last < 0, jnp.zeros((), outputs.dtype), jnp.take_along_axis(outputs, jnp.maximum(last, 0), 0))


def _on_arrays(function: Callable[[Tensor], Tensor] | None, usual: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of Tensors as one of arrays."""
    return usual if function is None else lambda x: function(wrap(x))._value
