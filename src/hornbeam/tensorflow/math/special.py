"""`tf.math.special`. Names only."""

from hornbeam.engine.missing import missing
from hornbeam.ops.tf.mathematics import bessel_i0, bessel_i0e, bessel_i1, bessel_i1e, expint, spence

__all__ = ["bessel_i0", "bessel_i0e", "bessel_i1", "bessel_i1e", "expint", "spence"]
__getattr__ = missing(__name__)
