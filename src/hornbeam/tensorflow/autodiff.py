"""`tf.autodiff`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "ForwardAccumulator": "hornbeam.engine.forward",
    "GradientTape": "hornbeam.engine",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
