"""`tf.autograph.experimental`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "Feature": "hornbeam.ops.autograph:Feature",
    "do_not_convert": "hornbeam.ops.autograph:do_not_convert",
    "set_loop_options": "hornbeam.engine.surroundings:nothing",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
