"""Values that XLA is to have in memory rather than compute again where they are read."""

import jax
import jax.numpy as jnp
from jax import lax


@jax.custom_vjp
def in_memory(x: jax.Array) -> jax.Array:
    """x itself, where XLA must have it in memory and not compute it again inside the operation that reads it.

    XLA's fusion duplicates whatever elementwise work made x into what reads it, and drops every barrier before it fuses. That makes a
    transpose that follows several times slower, and draws one random number anew for each row of a picture. XLA does not look through a
    loop whose number of rounds (here 0 or 1, neither of which changes x) depends on the data.
    """
    rounds = (x[(0,) * x.ndim] > 0).astype(jnp.int32)
    return lax.fori_loop(0, rounds, lambda _, x: lax.optimization_barrier(x), x)


# The identity has a gradient; a loop of unknown length, which JAX cannot turn round, has none.
in_memory.defvjp(lambda x: (in_memory(x), None), lambda _, gradient: (gradient,))
