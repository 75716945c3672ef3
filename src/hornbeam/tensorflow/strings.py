"""`tf.strings`."""

from hornbeam.engine.missing import missing
from hornbeam.ops.strings import *  # noqa: F403
from hornbeam.ops.strings import __all__ as __all__

__getattr__ = missing(__name__)
