"""`tf.experimental`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "BatchableExtensionType": "hornbeam.ops.tf.extension_types",
    "ExtensionType": "hornbeam.ops.tf.extension_types",
    "async_clear_error": "hornbeam.engine.surroundings:nothing",
    "async_scope": "contextlib:nullcontext",
    "dispatch_for_api": "hornbeam.ops.tf.extension_types",
    "dispatch_for_binary_elementwise_apis": "hornbeam.ops.tf.extension_types",
    "dispatch_for_unary_elementwise_apis": "hornbeam.ops.tf.extension_types",
    "function_executor_type": "contextlib:nullcontext",
}

__getattr__, __dir__ = lazily(__name__, _NAMES, ("numpy",))
