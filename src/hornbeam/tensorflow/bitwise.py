"""`tf.bitwise`. Names only."""

from hornbeam.engine.missing import missing
from hornbeam.ops import comparison

bitwise_and = comparison.bitwise_and.spelled("strict_integer")
bitwise_or = comparison.bitwise_or.spelled("strict_integer")
bitwise_xor = comparison.bitwise_xor.spelled("strict_integer")
invert = comparison.bitwise_not.spelled("strict_integer", name="invert")
left_shift = comparison.left_shift.spelled("strict_integer", name="left_shift")
right_shift = comparison.right_shift.spelled("strict_integer", name="right_shift")
__getattr__ = missing(__name__)
