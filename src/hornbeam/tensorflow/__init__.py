"""The `tf` namespace: names only. `import hornbeam.tensorflow as tf`, or `hornbeam run` a program that says `import tensorflow as tf`."""

from hornbeam.engine import strict as _strict
from hornbeam.engine.missing import lazily

_strict.turn(True)  # operators that a program writes refuse mixed types from now on, as TensorFlow's do

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
