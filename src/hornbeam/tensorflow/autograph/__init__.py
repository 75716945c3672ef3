"""`tf.autograph`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "set_verbosity": "hornbeam.engine.surroundings:nothing",
    "to_code": "hornbeam.ops.autograph:converted_source",
    "to_graph": "hornbeam.ops.autograph:to_graph",
    "trace": "hornbeam.engine.surroundings:nothing",
}

__getattr__, __dir__ = lazily(__name__, _NAMES, ("experimental",))
