"""`tf.distribute.cluster_resolver`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "TPUClusterResolver": "hornbeam.training.distribution",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
