"""`merge`, the function of Keras 1 for what are layers of their own today."""

from collections.abc import Callable, Sequence
from typing import Any

from hornbeam import layers
from hornbeam.dialects.rows import tell
from hornbeam.engine.errors import unknown

_TODAY = {"sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum", "concat": "Concatenate", "dot": "Dot", "cos": "Dot"}


def merge(
    inputs: Sequence[Any], mode: str | Callable[[Any], Any] = "sum", concat_axis: int = -1, dot_axes: Any = -1, output_shape: Any = None,
    output_mask: Any = None, arguments: dict[str, Any] | None = None, node_indices: Any = None, tensor_indices: Any = None,
    name: str | None = None,
) -> Any:  # fmt: skip
    """One tensor of several: their sum, product, mean, maximum, concatenation, dot product or cosine, or what a function makes of them."""
    if callable(mode):
        tell("keras.layers.merge(mode=function)", "keras.layers.Lambda(function)(inputs)")
        return layers.Lambda(mode, output_shape=output_shape, arguments=arguments, name=name)(list(inputs))
    if mode not in _TODAY:
        raise unknown("merge mode", mode, list(_TODAY))
    tell(f"keras.layers.merge(mode={mode!r})", f"keras.layers.{_TODAY[mode]}()(inputs)")
    axis = {"concat": {"axis": concat_axis}, "dot": {"axes": dot_axes}, "cos": {"axes": dot_axes, "normalize": True}}.get(mode, {})
    return getattr(layers, _TODAY[mode])(name=name, **axis)(list(inputs))
