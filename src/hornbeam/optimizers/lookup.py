"""From names, configurations and Optax transformations to optimizers."""

from typing import Any

from hornbeam.engine import registry
from hornbeam.engine.errors import DtypeError
from hornbeam.optimizers.base import Optimizer
from hornbeam.optimizers.wrapped import OptaxOptimizer, is_transformation


def get(identifier: Any) -> Any:
    """The optimizer that a name ('adam', in any case), a config, a class or an Optax transformation stands for."""
    if isinstance(identifier, str):
        names = registry.names("optimizer")
        identifier = identifier.lower() if identifier not in names and identifier.lower() in names else identifier
    elif is_transformation(identifier):
        return OptaxOptimizer(identifier)
    found = registry.resolve("optimizer", identifier)
    if found is not None and not isinstance(found, Optimizer) and not hasattr(found, "apply"):
        raise DtypeError(f"An optimizer is given by name, as an object or as an Optax transformation; received {identifier!r}.")
    return found


def serialize(optimizer: Any) -> Any:
    """The configuration `deserialize` reads."""
    return registry.to_config(optimizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The optimizer that `serialize` described."""
    with registry.custom_object_scope(custom_objects or {}):
        return get(config)
