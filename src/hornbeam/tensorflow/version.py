"""`tf.version`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "COMPILER_VERSION": "hornbeam.engine.surroundings",
    "GIT_VERSION": "hornbeam.engine.surroundings",
    "GRAPH_DEF_VERSION": "hornbeam.engine.surroundings",
    "GRAPH_DEF_VERSION_MIN_CONSUMER": "hornbeam.engine.surroundings",
    "GRAPH_DEF_VERSION_MIN_PRODUCER": "hornbeam.engine.surroundings",
    "VERSION": "hornbeam.engine.surroundings:TENSORFLOW_VERSION",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
