"""`tf.data`."""

from hornbeam.data import (
    AUTOTUNE,
    Dataset,
    DatasetSpec,
    FixedLengthRecordDataset,
    NumpyIterator,
    Options,
    TextLineDataset,
    TFRecordDataset,
    ThreadingOptions,
)
from hornbeam.data import DatasetIterator as Iterator
from hornbeam.data.node import INFINITE as INFINITE_CARDINALITY
from hornbeam.data.node import UNKNOWN as UNKNOWN_CARDINALITY
from hornbeam.engine.missing import missing
from hornbeam.tensorflow.data import experimental

__all__ = [
    "AUTOTUNE", "Dataset", "DatasetSpec", "FixedLengthRecordDataset", "INFINITE_CARDINALITY", "Iterator", "NumpyIterator", "Options",
    "TFRecordDataset", "TextLineDataset", "ThreadingOptions", "UNKNOWN_CARDINALITY", "experimental",
]  # fmt: skip
__getattr__ = missing(__name__)
