"""Windows of a series as a Dataset."""

from typing import Any

import numpy as np

from hornbeam.data import Dataset
from hornbeam.engine.errors import ArgumentError


def timeseries_dataset_from_array(
    data: Any, targets: Any, sequence_length: int, sequence_stride: int = 1, sampling_rate: int = 1, batch_size: int | None = 128,
    shuffle: bool = False, seed: int | None = None, start_index: int | None = None, end_index: int | None = None, format: str = "tf",
) -> Dataset:  # fmt: skip
    """Batches of windows of a series, shape (batch, sequence_length, ...), and the target of each.

    Args:
        data: shape (steps, ...).
        targets: `targets[i]` belongs to the window that begins at step i (times the stride); None for windows alone.
        sequence_stride: steps between the beginnings of windows.
        sampling_rate: steps between the elements of a window.
        start_index, end_index: the part of the series that is used.
        batch_size: None for single windows.

    Raises: ArgumentError.
    """
    series = np.asarray(data)
    count = len(series)
    for name, value in (("sequence_stride", sequence_stride), ("sampling_rate", sampling_rate), ("sequence_length", sequence_length)):
        if value <= 0:
            raise ArgumentError(f"`{name}` must be higher than 0. Received: {name}={value}")
        if value >= count and name != "sequence_length":
            raise ArgumentError(f"`{name}` must be lower than the length of the data. Received: {name}={value}, for data of length {count}")
    if start_index is not None and start_index < 0:
        raise ArgumentError(f"`start_index` must be 0 or greater. Received: start_index={start_index}")
    if start_index is not None and start_index >= count:
        raise ArgumentError(
            f"`start_index` must be lower than the length of the data. Received: start_index={start_index}, for data of length {count}"
        )
    if start_index and end_index is not None and end_index <= start_index:
        raise ArgumentError(
            f"`end_index` must be higher than `start_index`. Received: start_index={start_index}, and end_index={end_index} "
        )
    if end_index is not None and not 0 < end_index < count:
        bound = "lower than the length of the data" if end_index >= count else "higher than 0"
        raise ArgumentError(f"`end_index` must be {bound}. Received: end_index={end_index}, for data of length {count}")
    first, end = start_index or 0, count if end_index is None else end_index
    starts = end - first - (sequence_length - 1) * sampling_rate
    labels = None if targets is None else np.asarray(targets)[first:]
    if labels is not None:
        starts = min(starts, len(labels))
    if starts <= 0:
        raise ArgumentError(
            f"The series has {end - first} steps in use, fewer than one window of {sequence_length} elements, {sampling_rate} apart, takes."
        )
    span = (sequence_length - 1) * sampling_rate + 1
    views = np.moveaxis(np.lib.stride_tricks.sliding_window_view(series[first:end], span, axis=0), -1, 1)  # no memory of its own
    windows = views[:starts:sequence_stride, ::sampling_rate]
    dataset = Dataset.from_tensor_slices(windows if labels is None else (windows, labels[:starts:sequence_stride]))
    if shuffle:
        dataset = dataset.shuffle(len(windows), seed)
    return dataset.prefetch(-1) if batch_size is None else dataset.batch(batch_size)
