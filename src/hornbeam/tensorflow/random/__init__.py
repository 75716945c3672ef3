"""`tf.random`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "Algorithm": "hornbeam.ops.tf.generator",
    "Generator": "hornbeam.ops.tf.generator",
    "all_candidate_sampler": "hornbeam.ops.tf.candidates",
    "categorical": "hornbeam.ops.tf.draws",
    "create_rng_state": "hornbeam.ops.tf.generator",
    "fixed_unigram_candidate_sampler": "hornbeam.ops.tf.candidates",
    "fold_in": "hornbeam.ops.tf.draws",
    "gamma": "hornbeam.ops.tf.draws",
    "get_global_generator": "hornbeam.ops.tf.generator",
    "log_uniform_candidate_sampler": "hornbeam.ops.tf.candidates",
    "normal": "hornbeam.ops.tf.draws",
    "poisson": "hornbeam.ops.tf.draws",
    "set_global_generator": "hornbeam.ops.tf.generator",
    "set_seed": "hornbeam.engine.rng",
    "shuffle": "hornbeam.ops.tf.draws",
    "split": "hornbeam.ops.tf.draws",
    "stateless_binomial": "hornbeam.ops.tf.draws",
    "stateless_categorical": "hornbeam.ops.tf.draws",
    "stateless_gamma": "hornbeam.ops.tf.draws",
    "stateless_normal": "hornbeam.ops.tf.draws",
    "stateless_parameterized_truncated_normal": "hornbeam.ops.tf.draws",
    "stateless_poisson": "hornbeam.ops.tf.draws",
    "stateless_truncated_normal": "hornbeam.ops.tf.draws",
    "stateless_uniform": "hornbeam.ops.tf.draws",
    "truncated_normal": "hornbeam.ops.tf.draws",
    "uniform": "hornbeam.ops.tf.draws",
    "uniform_candidate_sampler": "hornbeam.ops.tf.candidates",
}

__getattr__, __dir__ = lazily(__name__, _NAMES, ("experimental",))
