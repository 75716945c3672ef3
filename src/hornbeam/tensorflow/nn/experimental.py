"""`tf.nn.experimental`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "stateless_dropout": "hornbeam.ops.tf.normalizing",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
