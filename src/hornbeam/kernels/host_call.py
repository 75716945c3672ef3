"""A NumPy function within a compiled program."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np


def host_call(function: Callable[..., Any], results: Any, *arrays: Any) -> Any:
    """`function(*arrays)`, computed on the host when the program runs.

    64-bit numbers travel as pairs of 32-bit ones: JAX shortens them in the thread that the program calls from.

    Args:
        function: takes NumPy arrays, and gives arrays of `results`' shapes and types.
        results: a ShapeDtypeStruct, or a structure of them.
    """
    specs, structure = jax.tree.flatten(results)
    wide = [_wide(each) for each in arrays]

    def call(*given: Any) -> list[np.ndarray]:
        whole = [_view(np.asarray(each), array.dtype)[..., 0] if w else np.asarray(each)
                 for each, array, w in zip(given, arrays, wide, strict=True)]  # fmt: skip
        found = jax.tree.leaves(function(*whole))
        typed = [np.asarray(each, spec.dtype) for each, spec in zip(found, specs, strict=True)]
        return [_view(each[..., None], np.uint32) if _wide(each) else each for each in typed]

    with jax.enable_x64(True):
        out = jax.pure_callback(
            call,
            [jax.ShapeDtypeStruct((*each.shape, 2), np.uint32) if _wide(each) else each for each in specs],
            *(jax.lax.bitcast_convert_type(each, np.uint32) if w else each for each, w in zip(arrays, wide, strict=True)),
        )
        whole = [jax.lax.bitcast_convert_type(each, spec.dtype) if _wide(spec) else each for each, spec in zip(out, specs, strict=True)]
    return jax.tree.unflatten(structure, whole)


def _wide(array: Any) -> bool:
    return array.dtype.itemsize == 8 and array.dtype.kind in "iuf"


def _view(array: np.ndarray, dtype: Any) -> np.ndarray:
    return np.ascontiguousarray(array).view(dtype)
