"""`keras.utils`: utilities. Names only."""

from hornbeam.keras.mirror import mirror

_NAMES = {
    "audio_dataset_from_directory": "hornbeam.preprocessing.audio_dataset",
    "image_dataset_from_directory": "hornbeam.preprocessing.image_dataset",
    "text_dataset_from_directory": "hornbeam.preprocessing.text_dataset",
    "timeseries_dataset_from_array": "hornbeam.preprocessing.timeseries_dataset",
}
__getattr__, __dir__ = mirror(__name__, "hornbeam.utils", more=_NAMES)
