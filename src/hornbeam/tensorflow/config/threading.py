"""`tf.config.threading`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "get_inter_op_parallelism_threads": "hornbeam.engine.placement",
    "get_intra_op_parallelism_threads": "hornbeam.engine.placement",
    "set_inter_op_parallelism_threads": "hornbeam.engine.placement",
    "set_intra_op_parallelism_threads": "hornbeam.engine.placement",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
