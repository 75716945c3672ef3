"""`keras.layers.experimental.preprocessing`: where TensorFlow 2.2 to 2.12 had the layers that prepare data. Names only."""

from hornbeam.keras.mirror import mirror

__getattr__, __dir__ = mirror(__name__, "hornbeam.layers.preprocessing")
