"""The `tf` namespace: names only. `import hornbeam.tensorflow as tf`, or `hornbeam run` a program that says `import tensorflow as tf`."""

from hornbeam.engine.missing import lazily

# Modules below this one, `tf.math` and its kin.
_MODULES = ("compat", "errors", "python")
# Where each top-level name is: 'module', 'module:its name there', or 'module:' for the module itself. Sorted.
_NAMES = {
    "GradientTape": "hornbeam.engine",
    "Tensor": "hornbeam.engine",
    "TensorSpec": "hornbeam.engine",
    "function": "hornbeam.engine",
    "keras": "hornbeam.keras:",
}

__getattr__, __dir__ = lazily(__name__, _NAMES, _MODULES)
