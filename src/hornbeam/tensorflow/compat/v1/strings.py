"""`tf.compat.v1.strings`: tf.strings, whose split gives a sparse tensor."""

from hornbeam.engine.missing import missing
from hornbeam.ops.strings import *  # noqa: F403
from hornbeam.ops.strings import __all__ as __all__
from hornbeam.ops.strings.older import split as split  # type: ignore[assignment]

__getattr__ = missing(__name__)
