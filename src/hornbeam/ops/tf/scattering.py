"""`tf.compat.v1.scatter_update` and its kin: write slices of a Variable, as TensorFlow 1 said it, and return the Variable."""

from typing import Any

from hornbeam.engine import strict
from hornbeam.engine.errors import ConversionError
from hornbeam.engine.tensor import as_tensor
from hornbeam.ops.tf import variables
from hornbeam.ops.tf.arranging import broadcast_to


def scatter_update(ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None) -> Any:
    """Replace the slices of `ref` along its first axis that `indices` name by `updates`, which may be one number."""
    return _slices("update", ref, indices, updates)


def scatter_add(ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None) -> Any:
    """Add `updates` to the slices of `ref` that `indices` name."""
    return _slices("add", ref, indices, updates)


def scatter_sub(ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None) -> Any:
    """Subtract `updates` from the slices of `ref` that `indices` name."""
    return _slices("sub", ref, indices, updates)


def scatter_mul(ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None) -> Any:
    """Multiply the slices of `ref` that `indices` name by `updates`."""
    return _slices("mul", ref, indices, updates)


def scatter_div(ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None) -> Any:
    """Divide the slices of `ref` that `indices` name by `updates`."""
    return _slices("div", ref, indices, updates)


def scatter_max(ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None) -> Any:
    """Keep the larger of `updates` and the slices of `ref` that `indices` name."""
    return _slices("max", ref, indices, updates)


def scatter_min(ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None) -> Any:
    """Keep the smaller of `updates` and the slices of `ref` that `indices` name."""
    return _slices("min", ref, indices, updates)


def scatter_nd_update(ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None) -> Any:
    """Replace the elements or slices of `ref` whose places the last axis of `indices` holds."""
    return _variable("scatter_nd_update", ref).scatter_nd_update(indices, updates)


def scatter_nd_add(ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None) -> Any:
    """Add `updates` to the elements or slices of `ref` whose places the last axis of `indices` holds."""
    return _variable("scatter_nd_add", ref).scatter_nd_add(indices, updates)


def scatter_nd_sub(ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None) -> Any:
    """Subtract `updates` from the elements or slices of `ref` whose places the last axis of `indices` holds."""
    return _variable("scatter_nd_sub", ref).scatter_nd_sub(indices, updates)


def _slices(how: str, ref: Any, indices: Any, updates: Any) -> Any:
    variable = _variable(f"scatter_{how}", ref)
    places, values = as_tensor(indices), strict.taken(updates, variable._numpy_dtype, variable.path)
    if not values.shape:
        values = broadcast_to(values, (*places.shape, *variable.shape[1:]))
    return getattr(variable, f"scatter_{how}")(variables.IndexedSlices(values, places))


def _variable(name: str, ref: Any) -> variables.Variable:
    if not isinstance(ref, variables.Variable):
        kind = type(ref).__name__
        raise ConversionError(f"{name} writes into a tf.Variable; received {kind}. Of a tensor, tf.tensor_scatter_nd_* give a copy.")
    return ref
