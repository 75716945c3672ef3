"""`tensorflow.python`: TensorFlow's private tree. All of it answers alike: see `private`."""

from hornbeam.tensorflow.python.private import __dir__, __getattr__

__all__ = ["__dir__", "__getattr__"]
