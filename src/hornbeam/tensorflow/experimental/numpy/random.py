"""`tf.experimental.numpy.random`. Names only."""

from hornbeam.engine.missing import missing
from hornbeam.ops.tf.numpy_style import normal, rand, randn, seed, uniform

__all__ = ["normal", "rand", "randn", "seed", "uniform"]
__getattr__ = missing(__name__)
