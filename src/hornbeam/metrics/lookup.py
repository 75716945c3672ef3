"""From names and configurations to metrics."""

from typing import Any

from hornbeam.engine import registry
from hornbeam.metrics.base import MeanMetricWrapper


def get(identifier: Any) -> Any:
    """The metric that a name ('AUC', 'mse'), a config, a class or a function `(y_true, y_pred)` stands for; None stays None.

    The name of a loss that is no metric gives the mean of that loss.
    """
    if isinstance(identifier, str) and identifier not in registry.names("metric") and identifier in registry.names("loss"):
        return MeanMetricWrapper(registry.resolve("loss", identifier, call=True), name=identifier)
    return registry.resolve("metric", identifier)


def serialize(metric: Any) -> Any:
    """The configuration `deserialize` reads."""
    return registry.to_config(metric)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The metric that `serialize` described."""
    with registry.custom_object_scope(custom_objects or {}):
        return get(config)
