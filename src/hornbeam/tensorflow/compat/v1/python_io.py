"""`tf.compat.v1.python_io`: records, as TensorFlow 1 spelt them."""

from hornbeam.data.records import TFRecordOptions, TFRecordWriter
from hornbeam.data.records import read_records as tf_record_iterator
from hornbeam.engine.missing import missing

__all__ = ["TFRecordOptions", "TFRecordWriter", "tf_record_iterator"]
__getattr__ = missing(__name__)
