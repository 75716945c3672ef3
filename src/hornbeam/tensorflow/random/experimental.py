"""`tf.random.experimental`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "Algorithm": "hornbeam.ops.tf.generator",
    "Generator": "hornbeam.ops.tf.generator",
    "create_rng_state": "hornbeam.ops.tf.generator",
    "get_global_generator": "hornbeam.ops.tf.generator",
    "index_shuffle": "hornbeam.ops.tf.draws",
    "set_global_generator": "hornbeam.ops.tf.generator",
    "stateless_fold_in": "hornbeam.ops.tf.draws:fold_in",
    "stateless_shuffle": "hornbeam.ops.tf.draws",
    "stateless_split": "hornbeam.ops.tf.draws:split",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
