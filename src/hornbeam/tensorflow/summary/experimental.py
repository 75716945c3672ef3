"""`tf.summary.experimental`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "get_step": "hornbeam.dashboard.events",
    "set_step": "hornbeam.dashboard.events",
    "summary_scope": "hornbeam.dashboard.events",
    "write_raw_pb": "hornbeam.dashboard.events",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
