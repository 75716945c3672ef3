"""`tf.config.experimental`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "VirtualDeviceConfiguration": "hornbeam.engine.placement:LogicalDeviceConfiguration",
    "disable_mlir_bridge": "hornbeam.engine.surroundings:nothing",
    "enable_mlir_bridge": "hornbeam.engine.surroundings:nothing",
    "enable_op_determinism": "hornbeam.engine.placement",
    "enable_tensor_float_32_execution": "hornbeam.engine.placement",
    "get_device_details": "hornbeam.engine.placement",
    "get_memory_growth": "hornbeam.engine.placement",
    "get_memory_info": "hornbeam.engine.placement",
    "get_memory_usage": "hornbeam.engine.placement",
    "get_synchronous_execution": "hornbeam.engine.placement",
    "get_virtual_device_configuration": "hornbeam.engine.placement:get_logical_device_configuration",
    "get_visible_devices": "hornbeam.engine.placement",
    "list_logical_devices": "hornbeam.engine.placement",
    "list_physical_devices": "hornbeam.engine.placement",
    "reset_memory_stats": "hornbeam.engine.placement",
    "set_memory_growth": "hornbeam.engine.placement",
    "set_synchronous_execution": "hornbeam.engine.placement",
    "set_virtual_device_configuration": "hornbeam.engine.placement:set_logical_device_configuration",
    "set_visible_devices": "hornbeam.engine.placement",
    "tensor_float_32_execution_enabled": "hornbeam.engine.placement",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
