"""Variables as arguments of functions that a program compiles with `jax.jit`, as Keras's guides for JAX write them.

JAX takes its own arrays and NumPy's, and asks no other object what it holds; who may be an argument is a table that it keeps to itself.
Where a release has another table, JAX's own message asks for `variable.value`.
"""

import contextlib
from collections.abc import Sequence
from typing import Any


def accept(kind: type) -> None:
    """Let objects with `__jax_array__` be arguments of compiled functions, as the arrays they hold."""
    with contextlib.suppress(ImportError, AttributeError):
        from jax._src import core, dtypes
        from jax._src.interpreters import pxla

        def shard(objects: Sequence[Any], *rest: Any) -> Any:
            return pxla.shard_args(*rest[:3], [each.__jax_array__() for each in objects])

        core.pytype_aval_mappings[kind] = lambda value: core.typeof(value.__jax_array__())
        pxla.shard_arg_handlers[kind] = shard
        dtypes.canonicalize_value_handlers[kind] = lambda value, **options: value.__jax_array__()
