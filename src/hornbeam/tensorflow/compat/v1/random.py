"""`tf.compat.v1.random`: tf.random, and TensorFlow 1's names. Names only."""

from hornbeam.engine.missing import lazily
from hornbeam.tensorflow.random import _NAMES as _TODAY

_NAMES = {
    **_TODAY,
    "multinomial": "hornbeam.ops.tf.older_nn",
    "set_random_seed": "hornbeam.engine.rng:set_seed",
    "stateless_multinomial": "hornbeam.ops.tf.draws:stateless_categorical",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
