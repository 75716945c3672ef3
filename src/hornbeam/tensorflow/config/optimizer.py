"""`tf.config.optimizer`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "get_experimental_options": "hornbeam.engine.placement",
    "get_jit": "hornbeam.engine.placement",
    "set_experimental_options": "hornbeam.engine.placement",
    "set_jit": "hornbeam.engine.placement",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
