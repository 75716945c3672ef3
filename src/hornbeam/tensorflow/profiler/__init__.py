"""`tf.profiler`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
}

__getattr__, __dir__ = lazily(__name__, _NAMES, ("experimental",))
