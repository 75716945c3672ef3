"""`tf.summary.experimental`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "get_step": "hornbeam.dashboard.events",
    "set_step": "hornbeam.dashboard.events",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
