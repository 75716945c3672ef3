"""`keras.legacy`, and `keras.utils.legacy`: Keras 2's form of saved objects. Names only."""

from hornbeam.keras.mirror import mirror

_NAMES = {
    "deserialize_keras_object": "hornbeam.dialects.saving:deserialize_by_class_name",
    "interfaces": "hornbeam.dialects.get_updates:interfaces",
    "saving": f"{__name__}:",
    "serialize_keras_object": "hornbeam.dialects.saving:serialize_by_class_name",
}
__getattr__, __dir__ = mirror(__name__, more=_NAMES)
