"""tf.data: pipelines from files and arrays to batches."""

from hornbeam.data.dataset import AUTOTUNE, Dataset, DatasetIterator, NumpyIterator, Optional
from hornbeam.data.node import INFINITE, UNKNOWN
from hornbeam.data.options import AutoShardPolicy, Options, ThreadingOptions
from hornbeam.data.readers import CsvDataset, FixedLengthRecordDataset, TextLineDataset, TFRecordDataset, make_csv_dataset
from hornbeam.data.structure import DatasetSpec
