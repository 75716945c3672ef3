"""`tf.tpu.experimental`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "initialize_tpu_system": "hornbeam.training.distribution:connect",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
