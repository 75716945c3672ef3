"""`keras.layers`: the layers. Names only."""

from hornbeam.keras.mirror import mirror

_NAMES = {
    "BaseConv": "hornbeam.layers.convolution",
    "Conv": "hornbeam.layers.convolution:BaseConv",  # as Keras 2 called it
    "InputSpec": "hornbeam.layers",
    "TFSMLayer": "hornbeam.saving.saved_layer",
    "_Merge": "hornbeam.layers.merging:Merge",
    "deserialize": "hornbeam.saving:deserialize_keras_object",
    "serialize": "hornbeam.saving.objects:serialize_layer",
}
__getattr__, __dir__ = mirror(__name__, "hornbeam.layers", more=_NAMES, submodules=("experimental", "merge"))
