"""`tf.sysconfig`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "get_build_info": "hornbeam.engine.placement",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
