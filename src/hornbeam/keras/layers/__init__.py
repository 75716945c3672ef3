"""`keras.layers`: the layers. Names only."""

from hornbeam.keras.mirror import mirror

_NAMES = {
    "InputSpec": "hornbeam.layers",
    "deserialize": "hornbeam.saving:deserialize_keras_object",
    "serialize": "hornbeam.saving:serialize_keras_object",
}
__getattr__, __dir__ = mirror(__name__, "hornbeam.layers", more=_NAMES, submodules=("experimental",))
