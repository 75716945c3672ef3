"""`tf.random`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "Algorithm": "hornbeam.ops.generator",
    "Generator": "hornbeam.ops.generator",
    "all_candidate_sampler": "hornbeam.ops.candidates",
    "categorical": "hornbeam.ops.draws",
    "create_rng_state": "hornbeam.ops.generator",
    "fixed_unigram_candidate_sampler": "hornbeam.ops.candidates",
    "fold_in": "hornbeam.ops.draws",
    "gamma": "hornbeam.ops.draws",
    "get_global_generator": "hornbeam.ops.generator",
    "log_uniform_candidate_sampler": "hornbeam.ops.candidates",
    "normal": "hornbeam.ops.draws",
    "poisson": "hornbeam.ops.draws",
    "set_global_generator": "hornbeam.ops.generator",
    "set_seed": "hornbeam.engine.rng",
    "shuffle": "hornbeam.ops.draws",
    "split": "hornbeam.ops.draws",
    "stateless_binomial": "hornbeam.ops.draws",
    "stateless_categorical": "hornbeam.ops.draws",
    "stateless_gamma": "hornbeam.ops.draws",
    "stateless_normal": "hornbeam.ops.draws",
    "stateless_parameterized_truncated_normal": "hornbeam.ops.draws",
    "stateless_poisson": "hornbeam.ops.draws",
    "stateless_truncated_normal": "hornbeam.ops.draws",
    "stateless_uniform": "hornbeam.ops.draws",
    "truncated_normal": "hornbeam.ops.draws",
    "uniform": "hornbeam.ops.draws",
    "uniform_candidate_sampler": "hornbeam.ops.candidates",
}

__getattr__, __dir__ = lazily(__name__, _NAMES, ("experimental",))
