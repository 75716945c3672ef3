"""`tf.tpu.experimental`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "HardwareFeature": "hornbeam.training.distribution",
    "embedding": "hornbeam.tensorflow.tpu.embedding:",
    "initialize_tpu_system": "hornbeam.training.distribution:connect",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
