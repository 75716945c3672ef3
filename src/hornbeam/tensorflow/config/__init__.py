"""`tf.config`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "LogicalDevice": "hornbeam.engine.placement",
    "LogicalDeviceConfiguration": "hornbeam.engine.placement",
    "PhysicalDevice": "hornbeam.engine.placement",
    "experimental_connect_to_cluster": "hornbeam.training.distribution:connect",
    "experimental_connect_to_host": "hornbeam.training.distribution:connect",
    "experimental_functions_run_eagerly": "hornbeam.engine.function:functions_run_eagerly",
    "experimental_run_functions_eagerly": "hornbeam.engine.function:run_functions_eagerly",
    "functions_run_eagerly": "hornbeam.engine.function",
    "get_logical_device_configuration": "hornbeam.engine.placement",
    "get_soft_device_placement": "hornbeam.engine.placement",
    "get_visible_devices": "hornbeam.engine.placement",
    "list_logical_devices": "hornbeam.engine.placement",
    "list_physical_devices": "hornbeam.engine.placement",
    "run_functions_eagerly": "hornbeam.engine.function",
    "set_logical_device_configuration": "hornbeam.engine.placement",
    "set_soft_device_placement": "hornbeam.engine.placement",
    "set_visible_devices": "hornbeam.engine.placement",
}

__getattr__, __dir__ = lazily(__name__, _NAMES, ("experimental", "optimizer", "threading"))
