"""Layers from their configurations."""

from typing import Any

from hornbeam.engine import registry
from hornbeam.layers.layer import Layer


def serialize(layer: Any) -> Any:
    """The configuration `deserialize` reads."""
    return registry.to_config(layer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Layer:
    """The layer that `serialize` described."""
    with registry.custom_object_scope(custom_objects or {}):
        return registry.from_config("layer", config)
