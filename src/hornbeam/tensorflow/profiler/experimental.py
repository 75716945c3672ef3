"""`tf.profiler.experimental`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "Profile": "hornbeam.engine.profile",
    "ProfilerOptions": "hornbeam.engine.profile",
    "Trace": "hornbeam.engine.profile",
    "start": "hornbeam.engine.profile",
    "stop": "hornbeam.engine.profile",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
