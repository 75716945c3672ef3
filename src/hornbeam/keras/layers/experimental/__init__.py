"""`keras.layers.experimental`: where TensorFlow 2.2 to 2.12 had some of today's layers. Names only."""

from hornbeam.keras.mirror import mirror

__getattr__, __dir__ = mirror(
    __name__,
    more={"EinsumDense": "hornbeam.layers", "SyncBatchNormalization": "hornbeam.layers:BatchNormalization"},
    submodules=("preprocessing",),
)
