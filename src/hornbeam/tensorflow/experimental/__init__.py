"""`tf.experimental`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "async_clear_error": "hornbeam.engine.surroundings:nothing",
    "async_scope": "contextlib:nullcontext",
    "function_executor_type": "contextlib:nullcontext",
}

__getattr__, __dir__ = lazily(__name__, _NAMES, ("numpy",))
