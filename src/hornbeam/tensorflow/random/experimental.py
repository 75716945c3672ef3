"""`tf.random.experimental`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "Algorithm": "hornbeam.ops.generator",
    "Generator": "hornbeam.ops.generator",
    "create_rng_state": "hornbeam.ops.generator",
    "get_global_generator": "hornbeam.ops.generator",
    "index_shuffle": "hornbeam.ops.draws",
    "set_global_generator": "hornbeam.ops.generator",
    "stateless_fold_in": "hornbeam.ops.draws:fold_in",
    "stateless_shuffle": "hornbeam.ops.draws",
    "stateless_split": "hornbeam.ops.draws:split",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
