"""What a layer's weights are made with: `kernel_initializer`, `kernel_regularizer`, `kernel_constraint`, `bias_initializer`, ..."""

from collections.abc import Sequence
from typing import Any

from hornbeam import constraints, initializers, regularizers
from hornbeam.initializers.random import connecting

_FAMILIES: tuple[tuple[Any, str], ...] = (
    (initializers, "initializer"), (regularizers, "regularizer"), (constraints, "constraint")
)  # fmt: skip


def keep(layer: Any, given: dict[str, Any], parts: Sequence[str] = ("kernel", "bias")) -> None:
    """Make the options of each part attributes of a layer, from its arguments by name."""
    for part in parts:
        for family, what in _FAMILIES:
            setattr(layer, f"{part}_{what}", family.get(given[f"{part}_{what}"]))


def add(layer: Any, part: str, shape: tuple[int, ...], axes: tuple[Sequence[int], Sequence[int]] | None = None, **how: Any) -> Any:
    """The weight of a part, made with its options. `axes`: which of its axes are inputs and outputs, where not the last two."""
    initializer, regularizer, constraint = (getattr(layer, f"{part}_{what}") for _, what in _FAMILIES)
    if axes is not None:
        initializer = connecting(initializer, *axes)
    return layer.add_weight(shape, initializer, **{"name": part, "regularizer": regularizer, "constraint": constraint, **how})


def written(layer: Any, parts: Sequence[str] = ("kernel", "bias")) -> dict[str, Any]:
    """The options in a configuration."""
    return {f"{part}_{what}": family.serialize(getattr(layer, f"{part}_{what}")) for part in parts for family, what in _FAMILIES}
