"""`tensorflow.python`: TensorFlow's private tree, of which programs in the wild import Keras's part."""

from hornbeam.engine.missing import lazily

__getattr__, __dir__ = lazily(__name__, {"keras": "hornbeam.keras:"})
