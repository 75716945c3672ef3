"""`tf.debugging.experimental`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "disable_dump_debug_info": "hornbeam.engine.surroundings:nothing",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
