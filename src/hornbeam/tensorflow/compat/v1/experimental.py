"""`tf.compat.v1.experimental`. Names only."""

from hornbeam.engine.missing import lazily
from hornbeam.tensorflow.experimental import _NAMES as _TODAY

_NAMES = {**_TODAY, "output_all_intermediates": "hornbeam.engine.surroundings:nothing"}

__getattr__, __dir__ = lazily(__name__, _NAMES)
