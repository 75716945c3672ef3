"""`tf.saved_model`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "LoadOptions": "hornbeam.saving.saved_model",
    "SaveOptions": "hornbeam.saving.saved_model",
    "contains_saved_model": "hornbeam.saving.saved_model",
    "load": "hornbeam.saving.saved_model",
    "save": "hornbeam.saving.saved_model",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
