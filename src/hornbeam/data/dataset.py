"""`tf.data.Dataset`: what users build pipelines with. Each method answers with a new Dataset; nothing runs before someone iterates."""

import builtins
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from hornbeam.data import batching, files, keeping, mapping, order, sources
from hornbeam.data.node import INFINITE, UNKNOWN, Node, Run
from hornbeam.data.options import Options
from hornbeam.data.structure import leaves_of, map_structure, numpy_leaf, pack, template_of, tensor_leaf
from hornbeam.engine.effects import DatasetLoop
from hornbeam.engine.errors import ArgumentError, DataError, DtypeError, InvalidArgumentError, OutOfRangeError
from hornbeam.engine.function import TensorSpec
from hornbeam.engine.pure import local
from hornbeam.engine.tensor import Tensor, is_tensor, wrap
from hornbeam.ops.files import glob
from hornbeam.training.feed.base import RowSource

AUTOTUNE = -1
_VIEWS = 2**28  # bytes that views may take when they are written out


class Dataset:
    """A sequence of elements, each a structure of tensors. Made by the `from_*` methods and their kin, iterated in a `for` loop.

    Attributes:
        element_spec: the type of an element: a structure of TensorSpecs.
    """

    def __init__(self, node: Node):
        if not isinstance(node, Node):
            raise DtypeError("A Dataset is made by one of its methods, such as Dataset.from_tensor_slices(...).")
        self.__hornbeam_node__ = node

    _options = Options()

    def __hornbeam_rows__(self) -> Any:
        """What `fit` asks: the rows in memory that batches are made of, None where there are no such."""
        node = self.__hornbeam_node__
        if node._known():
            for spec in leaves_of(node.element_spec):
                if isinstance(spec, TensorSpec) and spec.shape is not None and not len(spec.shape):
                    raise DataError(
                        f"This Dataset gives single examples ({node.element_spec}); a model takes batches of them: dataset.batch(32)."
                    )
        found = node._row_batches()
        form = node._template if found is not None else None
        if found is None or found[0]._computed() or (isinstance(form, tuple) and not 1 <= len(form) <= 3):
            return None
        rows, size, drop = found
        held = rows._rows(Run(sampling=True))
        if not all(isinstance(column, np.ndarray) and column.dtype.kind != "O" for column in held.columns):
            return None
        columns = held.columns if held.whole is None else tuple(column[: held.whole] for column in held.columns)
        if sum(column.nbytes for column in columns if not column.flags.c_contiguous) > _VIEWS:
            return None  # windows of a series, which would take many times its memory
        count = rows._count()
        if count == UNKNOWN or (count >= 0 and (count // size if drop else count) == 0):
            return None
        parts = pack(form, columns)
        parts = (*parts, None, None)[:3] if isinstance(parts, tuple) else (parts, None, None)
        whole = rows._indexed() == "whole"
        return RowSource(parts, count, size, drop, whole, lambda: iter(rows._rows(Run()).orders))

    # Looking at it.
    @property
    def element_spec(self) -> Any:
        """The structure of an element, a TensorSpec for each tensor."""
        return self.__hornbeam_node__.element_spec

    def __repr__(self) -> str:
        try:
            spec = self.element_spec
        except Exception as error:  # an element had to be made to know, and could not
            spec = f"unknown: {type(error).__name__}"
        return f"<{self.__hornbeam_node__.name} element_spec={spec}>"

    def __iter__(self) -> "DatasetIterator":
        return DatasetIterator(self.__hornbeam_node__)

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        count = self.__hornbeam_node__._count()
        if count == INFINITE:
            raise DtypeError("The dataset is infinite.")
        if count == UNKNOWN:
            raise DtypeError("The dataset length is unknown.")
        return count

    def cardinality(self) -> Tensor:
        """The number of elements, int64; INFINITE_CARDINALITY (-1) or UNKNOWN_CARDINALITY (-2)."""
        return wrap(np.array(self.__hornbeam_node__._count(), np.int64))

    def as_numpy_iterator(self) -> "NumpyIterator":
        """The elements as NumPy arrays, numbers and bytes."""
        return NumpyIterator(self.__hornbeam_node__)

    def get_single_element(self, name: str | None = None) -> Any:
        """The element of a Dataset that has one."""
        found = list(itertools.islice(iter(self), 2))
        if len(found) != 1:
            raise InvalidArgumentError("Dataset had more than one element." if found else "Dataset was empty.")
        return found[0]

    def options(self) -> Options:
        """The options this Dataset was given."""
        return self._options

    def with_options(self, options: Options, name: str | None = None) -> "Dataset":
        """The same Dataset; options change how TensorFlow runs a pipeline, not what comes out of it."""
        made = _new(keeping.Same(self.__hornbeam_node__, "_OptionsDataset"))
        made._options = options
        return made

    # Sources.
    @staticmethod
    def from_tensor_slices(tensors: Any, name: str | None = None) -> "Dataset":
        """The rows of arrays: a structure of arrays gives elements of that structure."""
        return _new(sources.Slices(tensors))

    @staticmethod
    def from_tensors(tensors: Any, name: str | None = None) -> "Dataset":
        """One element."""
        return _new(sources.Tensors(tensors))

    @staticmethod
    def from_generator(
        generator: Callable, output_types: Any = None, output_shapes: Any = None, args: Any = None, output_signature: Any = None,
        name: str | None = None,
    ) -> "Dataset":  # fmt: skip
        """What `generator(*args)` yields, of the types and shapes that `output_signature` (or `output_types`, `output_shapes`) says."""
        given = tuple(tensor_leaf(sources.host_leaf(each)).numpy() for each in args or ())
        return _new(sources.Generated(generator, sources.signature(output_types, output_shapes, output_signature), given))

    @staticmethod
    def range(*args: Any, output_type: Any = "int64", name: str | None = None) -> "Dataset":
        """range(stop), range(start, stop) or range(start, stop, step)."""
        start, stop, step = {1: (0, *args, 1), 2: (*args, 1), 3: args}.get(len(args), (None,) * 3)
        if start is None:
            raise ArgumentError(f"Dataset.range takes one to three numbers; received {args}.")
        return _new(sources.Range(int(start), int(stop), int(step), output_type))

    @staticmethod
    def counter(start: int = 0, step: int = 1, dtype: Any = "int64", name: str | None = None) -> "Dataset":
        """start, start + step, ... without an end."""
        return _new(sources.Counter(int(start), None, int(step), dtype))

    @staticmethod
    def random(seed: int | None = None, rerandomize_each_iteration: bool | None = None, name: str | None = None) -> "Dataset":
        """Random integers below 2**32, without an end."""
        return _new(sources.Random(seed, bool(rerandomize_each_iteration)))

    @staticmethod
    def list_files(file_pattern: Any, shuffle: bool | None = None, seed: int | None = None, name: str | None = None) -> "Dataset":
        """The names of files that match patterns, in a random order unless shuffle=False.

        Raises: InvalidArgumentError when none matches.
        """
        patterns = (
            np.asarray(file_pattern).ravel().tolist() if is_tensor(file_pattern) or isinstance(file_pattern, np.ndarray) else file_pattern
        )
        found = glob(patterns)
        if not found:
            raise InvalidArgumentError(f"No files matched pattern: {file_pattern}")
        node: Node = sources.Slices(np.array([name.encode() for name in found], object))
        return _new(node if shuffle is False else order.Shuffle(node, None, seed, True))

    @staticmethod
    def zip(*args: Any, datasets: Any = None, name: str | None = None) -> "Dataset":
        """Elements of several Datasets side by side: zip(a, b), or a structure of Datasets."""
        tree = datasets if datasets is not None else args[0] if len(args) == 1 else args
        if isinstance(tree, Dataset):
            tree = (tree,)
        if isinstance(tree, list):
            raise DtypeError(
                "Invalid input to `zip`. Inputs are expected to be (nested) structures of Datasets; lists are not: use a tuple."
            )
        parts = leaves_of(tree)
        for each in parts:
            if not isinstance(each, Dataset):
                raise DtypeError(
                    f"Invalid input to `zip`. Inputs are expected to be (nested) structures of Datasets; received a {type(each).__name__}."
                )
        return _new(order.Zip(template_of(tree), [each.__hornbeam_node__ for each in parts]))

    @staticmethod
    def sample_from_datasets(
        datasets: Any,
        weights: Any = None,
        seed: int | None = None,
        stop_on_empty_dataset: bool = False,
        rerandomize_each_iteration: Any = None,
    ) -> "Dataset":
        """Elements of several Datasets, each from one drawn by weight. `weights` may be a Dataset of weights."""
        parts = [each.__hornbeam_node__ for each in datasets]
        if isinstance(weights, Dataset):
            raise ArgumentError("sample_from_datasets: `weights` that change from element to element are not supported; pass a list.")
        weights = None if weights is None else np.asarray(weights)
        return _new(order.Directed(parts, order.weighted_choice(weights, len(parts), seed), stop_on_empty_dataset))

    @staticmethod
    def choose_from_datasets(datasets: Any, choice_dataset: "Dataset", stop_on_empty_dataset: bool = True) -> "Dataset":
        """Elements of several Datasets, each from the one whose number `choice_dataset` gives."""
        chooser = choice_dataset.__hornbeam_node__
        choose = lambda run, ended: (int(np.asarray(number)) for (number,) in chooser._elements(run))
        return _new(order.Directed([each.__hornbeam_node__ for each in datasets], choose, stop_on_empty_dataset))

    @staticmethod
    def load(
        path: Any, element_spec: Any = None, compression: Any = None, reader_func: Callable | None = None, wait: bool = False
    ) -> "Dataset":
        """The Dataset that `save` wrote to a folder."""
        return _new(files.load(path))

    def save(self, path: Any, compression: Any = None, shard_func: Callable | None = None, checkpoint_args: Any = None) -> None:
        """Write all elements to a folder, in Hornbeam's format."""
        files.save(self.__hornbeam_node__, path)

    # Functions of elements.
    def map(
        self, map_func: Callable, num_parallel_calls: Any = None, deterministic: bool | None = None, synchronous: bool | None = None,
        use_unbounded_threadpool: bool = False, name: str | None = None,
    ) -> "Dataset":  # fmt: skip
        """`map_func` of each element: compiled, and over whole batches where `batch` follows; what cannot be compiled (strings, files,
        Python) runs as it is, in `num_parallel_calls` threads. The order of elements is kept."""
        return _new(mapping.Map(self.__hornbeam_node__, map_func, num_parallel_calls))

    def filter(self, predicate: Callable, name: str | None = None) -> "Dataset":
        """The elements for which `predicate` gives True."""
        return _new(mapping.Filter(self.__hornbeam_node__, predicate))

    def take_while(self, predicate: Callable, name: str | None = None) -> "Dataset":
        """The elements before the first for which `predicate` gives False."""
        return _new(mapping.TakeWhile(self.__hornbeam_node__, predicate))

    def flat_map(self, map_func: Callable, name: str | None = None) -> "Dataset":
        """The elements of the Datasets that `map_func` makes of elements, one Dataset after another."""
        return _new(mapping.Interleave(self.__hornbeam_node__, map_func, 1, 1, "_FlatMapDataset"))

    def interleave(
        self, map_func: Callable, cycle_length: Any = None, block_length: Any = None, num_parallel_calls: Any = None,
        deterministic: bool | None = None, name: str | None = None,
    ) -> "Dataset":  # fmt: skip
        """The elements of the Datasets that `map_func` makes: `block_length` of each of `cycle_length` in turn."""
        kind = "_InterleaveDataset" if num_parallel_calls is None else "_ParallelInterleaveDataset"
        return _new(mapping.Interleave(self.__hornbeam_node__, map_func, cycle_length, block_length, kind))

    def scan(self, initial_state: Any, scan_func: Callable, name: str | None = None) -> "Dataset":
        """`scan_func(state, element) -> (new state, output)`: the outputs."""
        return _new(mapping.Scan(self.__hornbeam_node__, initial_state, scan_func))

    def reduce(self, initial_state: Any, reduce_func: Callable, name: str | None = None) -> Any:
        """`reduce_func(state, element) -> new state`: the last state, a structure of tensors."""
        return mapping.reduced(self.__hornbeam_node__, initial_state, reduce_func)

    def apply(self, transformation_func: Callable) -> "Dataset":
        """`transformation_func` of this Dataset."""
        made = transformation_func(self)
        if not isinstance(made, Dataset):
            raise DtypeError(f"`transformation_func` must return a Dataset; it gave a {type(made).__name__}.")
        return made

    # Order.
    def shuffle(
        self, buffer_size: Any, seed: Any = None, reshuffle_each_iteration: bool | None = True, name: str | None = None
    ) -> "Dataset":
        """Elements drawn at random from a buffer of the next `buffer_size`; another order each pass unless told otherwise."""
        size = int(buffer_size)
        if size <= 0 and size != UNKNOWN:
            raise ArgumentError(f"buffer_size must be greater than zero or UNKNOWN_CARDINALITY; received {size}.")
        seed = None if seed is None else int(seed)
        return _new(order.Shuffle(self.__hornbeam_node__, None if size == UNKNOWN else size, seed, reshuffle_each_iteration is not False))

    def repeat(self, count: Any = None, name: str | None = None) -> "Dataset":
        """`count` passes; without an end when None or -1."""
        times = None if count is None or int(count) < 0 else int(count)
        return _new(order.Repeat(self.__hornbeam_node__, times))

    def take(self, count: Any, name: str | None = None) -> "Dataset":
        """The first `count` elements; -1: all."""
        count = int(count)
        return _new(order.Window(self.__hornbeam_node__, 0, None if count < 0 else count, 1, "_TakeDataset"))

    def skip(self, count: Any, name: str | None = None) -> "Dataset":
        """The elements after the first `count`; -1: none."""
        count = int(count)
        start, stop = (0, 0) if count < 0 else (count, None)
        return _new(order.Window(self.__hornbeam_node__, start, stop, 1, "_SkipDataset"))

    def shard(self, num_shards: Any, index: Any, name: str | None = None) -> "Dataset":
        """Every `num_shards`-th element, from element `index` on."""
        shards, index = int(num_shards), int(index)
        if shards < 1:
            raise ArgumentError(f"Number of shards must be greater than zero (currently num_shards = {shards}).")
        if not 0 <= index < shards:
            raise ArgumentError(f"Index must be between 0 and {shards - 1} (currently index = {index}).")
        return _new(order.Window(self.__hornbeam_node__, index, None, shards, "_ShardDataset"))

    def concatenate(self, dataset: "Dataset", name: str | None = None) -> "Dataset":
        """The elements of this Dataset, then those of another of the same type."""
        return _new(order.Concatenate(self.__hornbeam_node__, dataset.__hornbeam_node__))

    def enumerate(self, start: Any = 0, name: str | None = None) -> "Dataset":
        """Pairs of a number, from `start`, and the element."""
        return _new(order.Zip((0, 1), [sources.Range(int(start), None, 1), self.__hornbeam_node__]))

    def unique(self, name: str | None = None) -> "Dataset":
        """Each different element once: integers or strings."""
        spec = self.element_spec
        if not isinstance(spec, TensorSpec) or spec.dtype not in ("int32", "int64", "string"):
            raise DtypeError(
                f"`tf.data.Dataset.unique` does not support type {getattr(spec, 'dtype', spec)!r} -- only `tf.int32`, `tf.int64`, and "
                "`tf.string` are supported."
            )
        return _new(order.Unique(self.__hornbeam_node__))

    def cache(self, filename: Any = "", name: str | None = None) -> "Dataset":
        """The elements of the first whole pass again and again, from memory or from a file."""
        if is_tensor(filename):
            filename = np.asarray(filename).item()
        name = filename.decode() if isinstance(filename, bytes) else str(filename)
        return _new(keeping.FileCache(self.__hornbeam_node__, name) if name else keeping.Cache(self.__hornbeam_node__))

    def snapshot(
        self, path: str, compression: Any = "AUTO", reader_func: Any = None, shard_func: Any = None, name: Any = None
    ) -> "Dataset":
        """As `cache(file)`, in a folder."""
        return _new(keeping.FileCache(self.__hornbeam_node__, f"{path}/snapshot"))

    def prefetch(self, buffer_size: Any = AUTOTUNE, name: str | None = None) -> "Dataset":
        """Elements read ahead by a thread, `buffer_size` of them."""
        size = int(buffer_size)
        if size < -1:
            raise ArgumentError(f"buffer_size must be >= 0 or set buffer_size to be -1 for auto-tuning; received {size}.")
        return _new(keeping.Prefetch(self.__hornbeam_node__, size))

    def ignore_errors(self, log_warning: bool = False, name: str | None = None) -> "Dataset":
        """The elements that can be made, without those that raise."""
        return _new(keeping.IgnoreErrors(self.__hornbeam_node__, log_warning))

    # Batches.
    def batch(
        self, batch_size: Any, drop_remainder: bool = False, num_parallel_calls: Any = None, deterministic: bool | None = None,
        name: str | None = None,
    ) -> "Dataset":  # fmt: skip
        """Elements stacked, `batch_size` at a time; the last batch is shorter, or dropped."""
        kind = "_BatchDataset" if num_parallel_calls is None else "_ParallelBatchDataset"
        return _new(batching.Batch(self.__hornbeam_node__, batch_size, drop_remainder, kind))

    def padded_batch(
        self, batch_size: Any, padded_shapes: Any = None, padding_values: Any = None, drop_remainder: bool = False, name: str | None = None
    ) -> "Dataset":
        """Elements padded to the longest of their batch, or to `padded_shapes`, and stacked."""
        node = self.__hornbeam_node__
        form, count = node._template, len(leaves_of(node._template))
        shapes = [None] * count if padded_shapes is None else _by_leaf(padded_shapes, form, shape=True)
        values = [None] * count if padding_values is None else _by_leaf(padding_values, form, shape=False)
        return _new(
            batching.PaddedBatch(node, batch_size, [_sizes(each) for each in shapes], [_number(each) for each in values], drop_remainder)
        )

    def ragged_batch(
        self, batch_size: Any, drop_remainder: bool = False, row_splits_dtype: Any = "int64", name: str | None = None
    ) -> "Dataset":
        """Elements of differing lengths as RaggedTensors."""
        return _new(batching.RaggedBatch(self.__hornbeam_node__, batch_size, drop_remainder))

    def unbatch(self, name: str | None = None) -> "Dataset":
        """The rows of each element, one by one."""
        return _new(batching.Unbatch(self.__hornbeam_node__))

    def rebatch(self, batch_size: Any, drop_remainder: bool = False, name: str | None = None) -> "Dataset":
        """The same rows in batches of another size, or of several sizes in turn."""
        sizes = np.asarray(batch_size).reshape(-1).tolist()
        for spec in leaves_of(self.element_spec):
            if spec.shape is not None and not len(spec.shape):
                raise ArgumentError(
                    "Invalid `batch_sizes`. Expected dataset with rank of >= 1 but found a dataset with scalar elements. Batch it first."
                )
        return _new(batching.Rebatch(self.__hornbeam_node__, sizes, drop_remainder))

    def window(self, size: Any, shift: Any = None, stride: Any = 1, drop_remainder: bool = False, name: str | None = None) -> "Dataset":
        """Datasets of `size` neighbouring elements, the next one beginning `shift` further on."""
        return _new(batching.Windows(self.__hornbeam_node__, size, shift, stride, drop_remainder))

    def group_by_window(
        self,
        key_func: Callable,
        reduce_func: Callable,
        window_size: Any = None,
        window_size_func: Callable | None = None,
        name: str | None = None,
    ) -> "Dataset":
        """Elements of one key collected, `window_size` at a time; `reduce_func(key, Dataset)` makes a Dataset of each group."""
        if (window_size is None) == (window_size_func is None):
            raise ArgumentError("Either the `window_size` argument or the `window_size_func` argument must be specified, and not both.")
        size = (
            (lambda key: int(window_size)) if window_size_func is None else lambda key: int(window_size_func(wrap(np.array(key, np.int64))))
        )
        return _new(batching.Grouped(self.__hornbeam_node__, key_func, reduce_func, size))

    def bucket_by_sequence_length(
        self, element_length_func: Callable, bucket_boundaries: Any, bucket_batch_sizes: Any, padded_shapes: Any = None,
        padding_values: Any = None, pad_to_bucket_boundary: bool = False,
        no_padding: bool = False, drop_remainder: bool = False, name: str | None = None,
    ) -> "Dataset":  # fmt: skip
        """Batches of elements of about one length, padded to one.

        Args:
            bucket_boundaries: the lengths at which a new bucket begins; one bucket more than boundaries.
            bucket_batch_sizes: the size of a batch in each bucket.
        """
        bounds, sizes = [int(each) for each in bucket_boundaries], [int(each) for each in bucket_batch_sizes]
        if len(sizes) != len(bounds) + 1:
            raise ArgumentError(f"len(bucket_batch_sizes) must equal len(bucket_boundaries) + 1 ({len(sizes)} vs {len(bounds) + 1}).")

        def key(*element: Any) -> Any:
            length = element_length_func(*element)
            return np.int64(np.searchsorted(bounds, int(length), side="right"))

        def reduce(bucket: Any, group: "Dataset") -> "Dataset":
            number = int(bucket)
            if no_padding:
                return group.batch(sizes[number], drop_remainder)
            shapes = padded_shapes
            if pad_to_bucket_boundary:
                if number == len(bounds):
                    raise InvalidArgumentError(
                        f"With pad_to_bucket_boundary=True, elements must have length < max(bucket_boundaries) = {bounds[-1]}."
                    )
                spec = shapes if shapes is not None else map_structure(lambda each: tuple(each.shape), group.element_spec)
                fill = lambda shape: tuple(bounds[number] - 1 if size is None else size for size in shape)
                shapes = fill(spec) if not isinstance(group.element_spec, (tuple, dict)) else _fill(fill, spec, group.element_spec)
            return group.padded_batch(sizes[number], shapes, padding_values, drop_remainder)

        node = batching.Grouped(self.__hornbeam_node__, key, reduce, sizes.__getitem__)
        if pad_to_bucket_boundary:  # to another length in each bucket
            node._like = lambda: self.padded_batch(1, padded_shapes, padding_values).element_spec
        return _new(node)

    def rejection_resample(
        self, class_func: Callable, target_dist: Any, initial_dist: Any = None, seed: int | None = None, name: str | None = None
    ) -> "Dataset":
        """Pairs (class, element) in which classes come as often as `target_dist` says: elements of frequent classes are left out."""
        return _new(
            order.Resampled(
                self.map(lambda *e: (class_func(*e), e[0] if len(e) == 1 else e)).__hornbeam_node__, target_dist, initial_dist, seed
            )
        )

    def fingerprint(self) -> Tensor:
        """A number that tells pipelines apart by their printed form."""
        import zlib

        return wrap(np.array(zlib.crc32(repr(self).encode()), np.uint64))


def _new(node: Node) -> Dataset:
    return Dataset(node)


def _by_leaf(tree: Any, form: Any, shape: bool) -> list[Any]:
    """What was given for each leaf: a structure like the elements', or one thing for all (a padding value)."""
    if isinstance(form, tuple):
        if isinstance(tree, (tuple, list)) and len(tree) == len(form):
            return [leaf for part, each in zip(tree, form, strict=True) for leaf in _by_leaf(part, each, shape)]
        if shape:
            raise DtypeError(f"padded_batch: `padded_shapes` has the elements' structure, {len(form)} parts here; received {tree!r}.")
    elif isinstance(form, dict):
        if isinstance(tree, dict):
            return [leaf for key, each in form.items() for leaf in _by_leaf(tree[key], each, shape)]
    else:
        return [tree]
    return [tree] * len(leaves_of(form))


def _fill(fill: Callable, shapes: Any, spec: Any) -> Any:
    if isinstance(spec, tuple):
        return tuple(_fill(fill, shape, each) for shape, each in builtins.zip(shapes, spec, strict=True))
    if isinstance(spec, dict):
        return {key: _fill(fill, shapes[key], each) for key, each in spec.items()}
    return fill(shapes)


def _sizes(shape: Any) -> tuple | None:
    if shape is None:
        return None
    if is_tensor(shape):
        shape = np.asarray(shape).tolist()
    found = shape.as_list() if hasattr(shape, "as_list") else [shape] if isinstance(shape, int) else shape
    return tuple(None if size is None or int(size) < 0 else int(size) for size in found)


def _number(value: Any) -> Any:
    return np.asarray(value).item() if is_tensor(value) else value


class DatasetIterator:
    """What `iter(dataset)` gives."""

    def __init__(self, node: Node):
        self._node = node
        self._elements = node._elements(Run())
        self._convert: Callable[[Any], Any] = tensor_leaf

    def __iter__(self) -> "DatasetIterator":
        return self

    def __next__(self) -> Any:
        if local.scope is not None:  # what Python fetches while a program is traced would be the same each time it runs
            raise DatasetLoop("A Dataset's elements are fetched in Python.")
        leaves = next(self._elements)
        return pack(self._node._template, [self._convert(leaf) for leaf in leaves])

    next = __next__

    @property
    def element_spec(self) -> Any:
        return self._node.element_spec

    def get_next(self, name: str | None = None) -> Any:
        """The next element. Raises: OutOfRangeError at the end."""
        try:
            return self.__next__()
        except StopIteration:
            raise OutOfRangeError("End of sequence") from None

    def get_next_as_optional(self) -> "Optional":
        """The next element as something that may be nothing."""
        try:
            return Optional((self.__next__(),))
        except StopIteration:
            return Optional(())


class NumpyIterator(DatasetIterator):
    """What `as_numpy_iterator` gives."""

    def __init__(self, node: Node):
        super().__init__(node)
        self._convert = numpy_leaf


class Optional:
    """A value that may be there."""

    def __init__(self, value: tuple):
        self._value = value

    def has_value(self, name: str | None = None) -> Tensor:
        return wrap(np.array(bool(self._value)))

    def get_value(self, name: str | None = None) -> Any:
        if not self._value:
            raise InvalidArgumentError("The given optional does not have a value.")
        return self._value[0]
