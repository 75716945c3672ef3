"""`tf.summary`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "SummaryWriter": "hornbeam.dashboard.events",
    "audio": "hornbeam.dashboard.events",
    "create_file_writer": "hornbeam.dashboard.events",
    "create_noop_writer": "hornbeam.dashboard.events",
    "flush": "hornbeam.dashboard.events",
    "histogram": "hornbeam.dashboard.events",
    "image": "hornbeam.dashboard.events",
    "record_if": "hornbeam.dashboard.events",
    "scalar": "hornbeam.dashboard.events",
    "should_record_summaries": "hornbeam.dashboard.events",
    "text": "hornbeam.dashboard.events",
    "trace_export": "hornbeam.dashboard.events",
    "trace_off": "hornbeam.dashboard.events",
    "trace_on": "hornbeam.dashboard.events",
}

__getattr__, __dir__ = lazily(__name__, _NAMES, ("experimental",))
