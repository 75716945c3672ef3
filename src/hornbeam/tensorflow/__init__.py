"""The `tf` namespace: names only. `import hornbeam.tensorflow as tf`, or `hornbeam run` a program that says `import tensorflow as tf`."""

from hornbeam.engine import manners as _manners
from hornbeam.engine.missing import lazily

_manners.turn(True)  # operators that a program writes refuse mixed types from now on, as TensorFlow's do

# Modules below this one, `tf.math` and its kin.
_MODULES = ("compat", "data", "errors", "image", "lookup", "nn", "python", "ragged", "random", "sparse", "strings")
# Where each top-level name is: 'module', 'module:its name there', or 'module:' for the module itself. Sorted.
_NAMES = {
    "GradientTape": "hornbeam.engine",
    "RaggedTensor": "hornbeam.ops.ragged",
    "RaggedTensorSpec": "hornbeam.ops.ragged",
    "SparseTensor": "hornbeam.ops.sparse",
    "SparseTensorSpec": "hornbeam.ops.sparse",
    "Tensor": "hornbeam.engine",
    "TensorSpec": "hornbeam.engine",
    "function": "hornbeam.engine",
    "keras": "hornbeam.keras:",
}

__getattr__, __dir__ = lazily(__name__, _NAMES, _MODULES)
