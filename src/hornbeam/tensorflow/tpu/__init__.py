"""`tf.tpu`. Names only."""

from hornbeam.engine.missing import lazily

__getattr__, __dir__ = lazily(__name__, {}, ("experimental",))
