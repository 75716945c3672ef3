"""Recurrent layers' work on a whole sequence, as one operation."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.engine.door import op
from hornbeam.engine.tensor import Tensor, wrap
from hornbeam.kernels import recurrence


@op(8, "same", name="lstm")
def lstm(
    x: Any, kernel: Any, recurrent_kernel: Any, bias: Any, h0: Any, c0: Any, mask: Any = None, recurrent_dropout: Any = None,
    activation: Callable | None = None, recurrent_activation: Callable | None = None, go_backwards: bool = False, unroll: bool = False,
) -> Any:
    """Long short-term memory over x [batch, time, features]; gives all outputs [batch, time, units] and the last h and c.

    Args: see `kernels.recurrence.lstm`. `activation` and `recurrent_activation` are functions of Tensors; None is tanh and sigmoid.
    """
    return recurrence.lstm(
        x, kernel, recurrent_kernel, bias, h0, c0, mask=mask, recurrent_dropout_mask=recurrent_dropout,
        activation=jnp.tanh if activation is None else on_arrays(activation),
        recurrent_activation=jax.nn.sigmoid if recurrent_activation is None else on_arrays(recurrent_activation),
        go_backwards=go_backwards, unroll=unroll,
    )


def on_arrays(function: Callable[[Tensor], Tensor]) -> Callable[[Any], Any]:
    """A function of Tensors as one of arrays."""
    return lambda x: function(wrap(x))._value
