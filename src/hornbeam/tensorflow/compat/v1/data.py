"""`tf.compat.v1.data`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "Dataset": "hornbeam.tensorflow.data",
    "TFRecordDataset": "hornbeam.tensorflow.data",
    "TextLineDataset": "hornbeam.tensorflow.data",
    "experimental": "hornbeam.tensorflow.data.experimental:",
    "make_one_shot_iterator": "hornbeam.engine.surroundings",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
