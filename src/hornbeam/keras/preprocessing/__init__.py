"""`keras.preprocessing`: what makes data of files, texts and sequences. Names only."""

from hornbeam.keras.mirror import mirror

_NAMES = {
    "image_dataset_from_directory": "hornbeam.preprocessing.image_dataset",
    "text_dataset_from_directory": "hornbeam.preprocessing.text_dataset",
    "timeseries_dataset_from_array": "hornbeam.preprocessing.timeseries_dataset",
}
__getattr__, __dir__ = mirror(__name__, more=_NAMES, submodules=("image", "sequence", "text"))
