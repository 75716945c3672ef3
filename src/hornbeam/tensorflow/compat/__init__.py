"""`tf.compat`: the two generations of the namespace."""

import hornbeam.tensorflow as v2
from hornbeam.engine.missing import missing

__all__ = ["v2"]
__getattr__ = missing(__name__)
