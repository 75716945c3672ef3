"""`tf.data.experimental`."""

from hornbeam.data import AUTOTUNE, AutoShardPolicy, CsvDataset, Dataset, Optional, ThreadingOptions, make_csv_dataset
from hornbeam.data import Options as DistributeOptions
from hornbeam.data import Options as OptimizationOptions
from hornbeam.data.node import INFINITE as INFINITE_CARDINALITY
from hornbeam.data.node import UNKNOWN as UNKNOWN_CARDINALITY
from hornbeam.data.records import DatasetRecordWriter as TFRecordWriter
from hornbeam.data.transformations import (
    assert_cardinality,
    bucket_by_sequence_length,
    cardinality,
    copy_to_device,
    dense_to_ragged_batch,
    enumerate_dataset,
    from_list,
    get_next_as_optional,
    get_single_element,
    group_by_window,
    ignore_errors,
    load,
    map_and_batch,
    parallel_interleave,
    prefetch_to_device,
    rejection_resample,
    save,
    scan,
    shuffle_and_repeat,
    snapshot,
    take_while,
    unbatch,
    unique,
)
from hornbeam.data.transformations import counter as Counter
from hornbeam.engine.missing import missing

choose_from_datasets = Dataset.choose_from_datasets
sample_from_datasets = Dataset.sample_from_datasets
RandomDataset = Dataset.random

__all__ = [
    "AUTOTUNE", "AutoShardPolicy", "Counter", "CsvDataset", "DistributeOptions", "INFINITE_CARDINALITY", "OptimizationOptions", "Optional",
    "RandomDataset", "TFRecordWriter", "ThreadingOptions", "UNKNOWN_CARDINALITY", "assert_cardinality", "bucket_by_sequence_length",
    "cardinality", "choose_from_datasets", "copy_to_device", "dense_to_ragged_batch", "enumerate_dataset", "from_list",
    "get_next_as_optional", "get_single_element", "group_by_window", "ignore_errors", "load", "make_csv_dataset", "map_and_batch",
    "parallel_interleave", "prefetch_to_device", "rejection_resample", "sample_from_datasets", "save", "scan", "shuffle_and_repeat",
    "snapshot", "take_while", "unbatch", "unique",
]  # fmt: skip
__getattr__ = missing(__name__)
