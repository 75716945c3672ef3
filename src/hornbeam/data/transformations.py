"""The functions of `tf.data.experimental`: most are an older spelling of a method, for `dataset.apply(...)`."""

from collections.abc import Callable
from typing import Any

from hornbeam.data import keeping
from hornbeam.data.dataset import AUTOTUNE, Dataset
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor

Transformation = Callable[[Dataset], Dataset]


def _spelled(method: str) -> Callable[..., Transformation]:
    """A method as a function of its arguments that answers with a transformation."""

    def transformation(*args: Any, **kwargs: Any) -> Transformation:
        return lambda dataset: getattr(dataset, method)(*args, **kwargs)

    transformation.__name__ = method
    transformation.__doc__ = f"`dataset.{method}(...)` as a transformation for `dataset.apply`."
    return transformation


bucket_by_sequence_length = _spelled("bucket_by_sequence_length")
dense_to_ragged_batch = _spelled("ragged_batch")
enumerate_dataset = _spelled("enumerate")
group_by_window = _spelled("group_by_window")
ignore_errors = _spelled("ignore_errors")
rejection_resample = _spelled("rejection_resample")
scan = _spelled("scan")
snapshot = _spelled("snapshot")
take_while = _spelled("take_while")
unbatch = _spelled("unbatch")
unique = _spelled("unique")


def assert_cardinality(expected_cardinality: int) -> Transformation:
    """Say how many elements there are; iterating raises FailedPreconditionError when there are not."""
    return lambda dataset: Dataset(keeping.Same(dataset.__hornbeam_node__, "_AssertCardinalityDataset", int(expected_cardinality)))


def cardinality(dataset: Dataset) -> Tensor:
    """The number of elements, or INFINITE_CARDINALITY or UNKNOWN_CARDINALITY."""
    return dataset.cardinality()


def copy_to_device(target_device: str, source_device: str = "/cpu:0") -> Transformation:
    """The Dataset itself: data goes to the model's device where it is used."""
    return lambda dataset: dataset


def prefetch_to_device(device: str, buffer_size: int | None = None) -> Transformation:
    """`prefetch`."""
    return lambda dataset: dataset.prefetch(AUTOTUNE if buffer_size is None else buffer_size)


def shuffle_and_repeat(buffer_size: int, count: int | None = None, seed: int | None = None) -> Transformation:
    """`shuffle`, then `repeat`."""
    return lambda dataset: dataset.shuffle(buffer_size, seed).repeat(count)


def map_and_batch(
    map_func: Callable, batch_size: int, num_parallel_batches: Any = None, drop_remainder: bool = False, num_parallel_calls: Any = None
) -> Transformation:
    """`map`, then `batch`."""
    return lambda dataset: dataset.map(map_func, num_parallel_calls).batch(batch_size, drop_remainder)


def parallel_interleave(map_func: Callable, cycle_length: int, block_length: int = 1, **options: Any) -> Transformation:
    """`interleave`."""
    return lambda dataset: dataset.interleave(map_func, cycle_length, block_length, AUTOTUNE)


def get_single_element(dataset: Dataset) -> Any:
    """The element of a Dataset that has one."""
    return dataset.get_single_element()


def get_next_as_optional(iterator: Any) -> Any:
    """The iterator's next element, which may be nothing."""
    return iterator.get_next_as_optional()


def from_list(elements: list[Any], name: str | None = None) -> Dataset:
    """The elements of a Python list, structures of one form."""
    if not elements:
        raise ArgumentError("Invalid `elements`. `elements` should not be empty.")
    made = Dataset.from_tensors(elements[0])
    for each in elements[1:]:
        made = made.concatenate(Dataset.from_tensors(each))
    return made


def counter(start: int = 0, step: int = 1, dtype: Any = "int64") -> Dataset:
    """start, start + step, ... without an end."""
    return Dataset.counter(start, step, dtype)


def save(dataset: Dataset, path: Any, compression: Any = None, shard_func: Any = None, checkpoint_args: Any = None) -> None:
    """`dataset.save(path)`."""
    dataset.save(path, compression, shard_func, checkpoint_args)


def load(path: Any, element_spec: Any = None, compression: Any = None, reader_func: Any = None) -> Dataset:
    """`Dataset.load(path)`."""
    return Dataset.load(path, element_spec, compression, reader_func)
