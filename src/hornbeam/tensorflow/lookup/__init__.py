"""`tf.lookup`."""

from hornbeam.engine.missing import missing
from hornbeam.ops.tf.lookup import KeyValueTensorInitializer, StaticHashTable, StaticVocabularyTable, TextFileIndex, TextFileInitializer
from hornbeam.tensorflow.lookup import experimental

__all__ = [
    "KeyValueTensorInitializer", "StaticHashTable", "StaticVocabularyTable", "TextFileIndex", "TextFileInitializer", "experimental",
]  # fmt: skip
__getattr__ = missing(__name__)
