"""Batches of pictures that an `ImageDataGenerator` augments: from arrays, from folders, from a table of file names."""

import multiprocessing.pool
import os
import threading
import warnings
from collections.abc import Iterator as Iterated
from typing import Any

import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.errors import ArgumentError, DtypeError, unknown
from hornbeam.engine.layout import checked_format
from hornbeam.preprocessing.pictures import COLOR_MODES, array_to_img, img_to_array, load_img
from hornbeam.training.feed import PyDataset

FILES = (".bmp", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff")
SUBSETS = ("training", "validation")


class Iterator(PyDataset):
    """Batches without end, in a new order each pass: `next(iterator)`, `for batch in iterator`, or batch i as `iterator[i]`.

    Args:
        n: the number of examples. batch_size: examples in a batch; the last of a pass may have fewer.
        shuffle: whether each pass has an order of its own. seed: of the orders and of what is drawn for the pictures.

    A subclass makes a batch of examples in `_get_batches_of_transformed_samples(index_array)`.
    """

    white_list_formats = tuple(each[1:] for each in FILES)

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: int | None):
        super().__init__()
        self.n, self.batch_size, self.shuffle, self.seed = n, batch_size, shuffle, seed
        self.batch_index = self.total_batches_seen = 0
        self.lock = threading.Lock()
        self.index_array: np.ndarray | None = None
        self.index_generator = self._flow_index()

    def _set_index_array(self) -> None:
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def _seed_batch(self) -> None:
        if self.seed is not None:
            np.random.seed((self.seed + self.total_batches_seen) % 2**32)
        self.total_batches_seen += 1

    def __len__(self) -> int:
        return -(-self.n // self.batch_size)

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < len(self):
            raise ArgumentError(f"Batch {index} was asked for; there are {len(self)}, from 0 to {len(self) - 1}.")
        self._seed_batch()
        if self.index_array is None:
            self._set_index_array()
        return self._get_batches_of_transformed_samples(self.index_array[self.batch_size * index : self.batch_size * (index + 1)])

    def on_epoch_end(self) -> None:
        self._set_index_array()

    def reset(self) -> None:
        """Begin a pass anew with the next batch."""
        self.batch_index = 0

    def _flow_index(self) -> Iterated[np.ndarray]:
        self.reset()
        while True:
            if self.seed is not None:
                np.random.seed((self.seed + self.total_batches_seen) % 2**32)
            if self.batch_index == 0:
                self._set_index_array()
            start = self.batch_index * self.batch_size % self.n if self.n else 0
            self.batch_index = self.batch_index + 1 if self.n > start + self.batch_size else 0
            self.total_batches_seen += 1
            yield self.index_array[start : start + self.batch_size]

    def __iter__(self) -> "Iterator":
        return self

    def __next__(self) -> Any:
        with self.lock:
            indices = next(self.index_generator)
        return self._get_batches_of_transformed_samples(indices)

    def next(self) -> Any:
        """The next batch."""
        return next(self)

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        raise NotImplementedError(f"{type(self).__name__} needs a method `_get_batches_of_transformed_samples(self, index_array)`.")


class _Pictures(Iterator):
    """What the iterators share: the generator that augments, where the pictures are saved."""

    def __init__(
        self, generator: Any, count: int, batch_size: int, shuffle: bool, seed: int | None, data_format: str | None, save: tuple, dtype: Any
    ):
        super().__init__(count, batch_size, shuffle, seed)
        self.image_data_generator = generator
        self.data_format = checked_format(type(self).__name__, data_format)
        self.dtype = dtypes.standardize(dtype).numpy
        self.save_to_dir, self.save_prefix, self.save_format = save

    def _augmented(self, picture: np.ndarray) -> np.ndarray:
        generator = self.image_data_generator
        picture = generator.apply_transform(picture, generator.get_random_transform(picture.shape))
        return generator.standardize(picture)

    def _keep(self, pictures: np.ndarray, index_array: np.ndarray) -> None:
        """Save a batch's pictures, when asked to."""
        if not self.save_to_dir:
            return
        for picture, index in zip(pictures, index_array, strict=True):
            name = f"{self.save_prefix}_{index}_{np.random.randint(10**7)}.{self.save_format}"
            array_to_img(picture, self.data_format, scale=True).save(os.path.join(self.save_to_dir, name))


class NumpyArrayIterator(_Pictures):
    """Augmented batches of pictures in memory; `ImageDataGenerator.flow` makes it and says what the arguments mean."""

    def __init__(
        self, x: Any, y: Any, image_data_generator: Any, batch_size: int = 32, shuffle: bool = False, sample_weight: Any = None,
        seed: int | None = None, data_format: str | None = None, save_to_dir: str | None = None, save_prefix: str = "",
        save_format: str = "png", subset: str | None = None, ignore_class_split: bool = False, dtype: Any = None,
    ):
        x, *more = x if isinstance(x, (list, tuple)) else (x,)
        more = [np.asarray(each) for group in more for each in (group if isinstance(group, (list, tuple)) else [group])]
        self.dtype = dtypes.standardize(dtype).numpy
        x = np.asarray(x, self.dtype)
        y = None if y is None else np.asarray(y)
        weight = None if sample_weight is None else np.asarray(sample_weight)
        for name, each in [("y", y), ("sample_weight", weight), *(("an additional array of x", each) for each in more)]:
            if each is not None and len(each) != len(x):
                raise ArgumentError(f"flow: x holds {len(x)} pictures, but {name} has {len(each)} entries.")
        if subset is not None:
            if subset not in SUBSETS:
                raise unknown("subset", subset, SUBSETS)
            at = int(len(x) * image_data_generator._validation_split)
            if not ignore_class_split and y is not None and not np.array_equal(np.unique(y[:at]), np.unique(y[at:])):
                raise ArgumentError(
                    "flow: with validation_split the first part of the data validates, and its classes are not those of the rest. "
                    "Shuffle x and y together first, or pass ignore_class_split=True."
                )
            part = slice(at) if subset == "validation" else slice(at, None)
            x, more = x[part], [each[part] for each in more]
            y, weight = (None if each is None else each[part] for each in (y, weight))
        if x.ndim != 4:
            raise ArgumentError(f"flow takes an array of four axes (pictures, height, width, channels); its shape is {x.shape}.")
        channels = x.shape[1 if checked_format("flow", data_format) == "channels_first" else 3]
        if channels not in (1, 3, 4):
            warnings.warn(f"flow: pictures have 1, 3 or 4 channels; these have {channels} (shape {x.shape}).", stacklevel=3)
        self.x, self.x_misc, self.y, self.sample_weight = x, more, y, weight
        save = (save_to_dir, save_prefix, save_format)
        super().__init__(image_data_generator, len(x), batch_size, shuffle, seed, data_format, save, dtype)

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        pictures = np.stack([self._augmented(self.x[i].copy()).astype(self.dtype) for i in index_array])
        self._keep(pictures, index_array)
        inputs = [pictures, *(each[index_array] for each in self.x_misc)] if self.x_misc else pictures
        if self.y is None:
            return inputs
        found = (inputs, self.y[index_array])
        return found if self.sample_weight is None else (*found, self.sample_weight[index_array])


class _Files(_Pictures):
    """Pictures from files. A subclass knows `filepaths`, `labels` and `sample_weight`."""

    allowed_class_modes: frozenset = frozenset()
    filepaths: list[str]
    labels: Any
    sample_weight: Any = None
    class_mode: str | None
    class_indices: dict[str, int]

    def _how(self, target_size: Any, color_mode: str, subset: str | None, interpolation: str, keep_aspect_ratio: bool) -> None:
        """Settings that say how files are read."""
        if color_mode not in COLOR_MODES:
            raise unknown("color_mode", color_mode, COLOR_MODES)
        if subset is not None and subset not in SUBSETS:
            raise unknown("subset", subset, SUBSETS)
        self.target_size, self.color_mode, self.subset = tuple(target_size), color_mode, subset
        self.interpolation, self.keep_aspect_ratio = interpolation, keep_aspect_ratio
        channels = COLOR_MODES[color_mode]
        self.image_shape = (
            (channels, *self.target_size) if self.data_format == "channels_first" else (*self.target_size, channels)
        )
        split = self.image_data_generator._validation_split
        self.split = None if subset is None else (0, split) if subset == "validation" else (split, 1)

    def _share(self, names: list) -> list:
        """The part of a list that the subset has."""
        if self.split is None:
            return names
        return names[int(self.split[0] * len(names)) : int(self.split[1] * len(names))]

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        pictures = np.zeros((len(index_array), *self.image_shape), self.dtype)
        for i, j in enumerate(index_array):
            picture = load_img(self.filepaths[j], self.color_mode, self.target_size, self.interpolation, self.keep_aspect_ratio)
            found = img_to_array(picture, self.data_format)
            picture.close()
            pictures[i] = self._augmented(found)
        self._keep(pictures, index_array)
        labels = self._labels(pictures, index_array)
        if labels is None:
            return pictures
        return (pictures, labels) if self.sample_weight is None else (pictures, labels, self.sample_weight[index_array])

    def _labels(self, pictures: np.ndarray, index_array: np.ndarray) -> Any:
        if self.class_mode == "input":
            return pictures.copy()
        if self.class_mode in ("binary", "sparse"):
            return np.array([self.classes[i] for i in index_array], self.dtype)
        if self.class_mode == "categorical":
            found = np.zeros((len(index_array), len(self.class_indices)), self.dtype)
            for row, i in zip(found, index_array, strict=True):
                row[self.classes[i]] = 1.0
            return found
        if self.class_mode == "multi_output":
            return tuple(output[index_array] for output in self.labels)
        return self.labels[index_array] if self.class_mode == "raw" else None

    classes: Any


class DirectoryIterator(_Files):
    """Augmented batches of the pictures below a folder; `ImageDataGenerator.flow_from_directory` says what the arguments mean.

    Attributes: `class_indices` (class -> number), `classes` (each picture's number), `filenames` (below the folder), `filepaths`,
    `samples`, `num_classes`.
    """

    allowed_class_modes = frozenset({"categorical", "binary", "sparse", "input", None})

    def __init__(
        self, directory: Any, image_data_generator: Any, target_size: Any = (256, 256), color_mode: str = "rgb", classes: Any = None,
        class_mode: str | None = "categorical", batch_size: int = 32, shuffle: bool = True, seed: int | None = None,
        data_format: str | None = None, save_to_dir: str | None = None, save_prefix: str = "", save_format: str = "png",
        follow_links: bool = False, subset: str | None = None, interpolation: str = "nearest", keep_aspect_ratio: bool = False,
        dtype: Any = None,
    ):
        if class_mode not in self.allowed_class_modes:
            raise unknown("class_mode of flow_from_directory", class_mode, ["categorical", "binary", "sparse", "input"])
        save = (save_to_dir, save_prefix, save_format)
        super().__init__(image_data_generator, 0, batch_size, shuffle, seed, data_format, save, dtype)
        self._how(target_size, color_mode, subset, interpolation, keep_aspect_ratio)
        self.directory, self.class_mode = os.fspath(directory), class_mode
        names = [each for each in sorted(os.listdir(self.directory)) if os.path.isdir(os.path.join(self.directory, each))]
        names = list(classes) if classes else names
        self.num_classes, self.class_indices = len(names), dict(zip(names, range(len(names)), strict=True))
        with multiprocessing.pool.ThreadPool() as pool:
            found = pool.starmap(_listed, [(os.path.join(self.directory, name), follow_links) for name in names])
        paths: list[str] = []
        numbers: list[int] = []
        for number, listed in enumerate(found):
            paths += (kept := self._share(listed))
            numbers += [number] * len(kept)
        self._filepaths = paths
        self.filenames = [os.path.relpath(path, self.directory) for path in paths]
        self.classes = np.array(numbers, np.int32)
        self.n = self.samples = len(paths)
        print(f"Found {self.samples} images belonging to {self.num_classes} classes.")

    @property
    def filepaths(self) -> list[str]:  # type: ignore[override]
        return self._filepaths

    @property
    def labels(self) -> Any:  # type: ignore[override]
        return self.classes


def _listed(folder: str, follow_links: bool) -> list[str]:
    """The pictures below a folder, sorted folder by folder."""
    walked = sorted(os.walk(folder, followlinks=follow_links), key=lambda each: each[0])
    return [os.path.join(root, name) for root, _, files in walked for name in sorted(files) if name.lower().endswith(FILES)]


class DataFrameIterator(_Files):
    """Augmented batches of the pictures that a table names; `ImageDataGenerator.flow_from_dataframe` says what the arguments mean."""

    allowed_class_modes = frozenset({"binary", "categorical", "input", "multi_output", "raw", "sparse", None})

    def __init__(
        self, dataframe: Any, directory: Any = None, image_data_generator: Any = None, x_col: str = "filename", y_col: Any = "class",
        weight_col: str | None = None, target_size: Any = (256, 256), color_mode: str = "rgb", classes: Any = None,
        class_mode: str | None = "categorical", batch_size: int = 32, shuffle: bool = True, seed: int | None = None,
        data_format: str | None = "channels_last", save_to_dir: str | None = None, save_prefix: str = "", save_format: str = "png",
        subset: str | None = None, interpolation: str = "nearest", keep_aspect_ratio: bool = False, dtype: Any = None,
        validate_filenames: bool = True,
    ):
        save = (save_to_dir, save_prefix, save_format)
        super().__init__(image_data_generator, 0, batch_size, shuffle, seed, data_format, save, dtype)
        self._how(target_size, color_mode, subset, interpolation, keep_aspect_ratio)
        table = dataframe.copy()
        self.directory, self.class_mode, self.dtype = os.fspath(directory or ""), class_mode, dtypes.standardize(dtype).numpy
        self._check(table, x_col, y_col, weight_col, classes)
        if validate_filenames:
            table = self._existing(table, x_col)
        if class_mode not in ("input", "multi_output", "raw", None):
            table, classes = self._chosen(table, y_col, classes)
            self.num_classes = len(classes)
            self.class_indices = dict(zip(classes, range(len(classes)), strict=True))
        if self.split is not None:
            count = len(table)
            table = table.iloc[int(count * self.split[0]) : int(count * self.split[1])]
        if class_mode not in ("input", "multi_output", "raw", None):
            self.classes = self._numbers(table, y_col)
        self.filenames = table[x_col].tolist()
        self._sample_weight = None if weight_col is None else table[weight_col].values
        if class_mode == "multi_output":
            self._targets: Any = [np.array(table[name].tolist()) for name in y_col]
        elif class_mode == "raw":
            self._targets = table[y_col].values
        self.n = self.samples = len(self.filenames)
        kind = "validated" if validate_filenames else "non-validated"
        belonging = f" belonging to {self.num_classes} classes" if class_mode not in ("input", "multi_output", "raw", None) else ""
        print(f"Found {self.samples} {kind} image filenames{belonging}.")
        self._filepaths = [os.path.join(self.directory, name) for name in self.filenames]

    def _check(self, table: Any, x_col: str, y_col: Any, weight_col: str | None, classes: Any) -> None:
        mode = self.class_mode
        if mode not in self.allowed_class_modes:
            raise unknown("class_mode of flow_from_dataframe", mode, sorted(filter(None, self.allowed_class_modes)))
        if mode == "multi_output" and not isinstance(y_col, (list, tuple)):
            raise DtypeError(f"flow_from_dataframe: with class_mode='multi_output' y_col is a list of columns; received {y_col!r}.")
        if not all(isinstance(each, str) for each in table[x_col]):
            raise DtypeError(f"flow_from_dataframe: the column x_col={x_col!r} holds file names; not all of its values are strings.")
        if mode in ("binary", "sparse") and not all(isinstance(each, str) for each in table[y_col]):
            raise DtypeError(
                f"flow_from_dataframe: with class_mode={mode!r} the column y_col={y_col!r} holds strings. "
                f"Write df[{y_col!r}] = df[{y_col!r}].astype(str), or choose class_mode='raw'."
            )
        if mode == "binary":
            count = len(set(classes)) if classes else table[y_col].nunique()
            if count != 2:
                raise ArgumentError(f"flow_from_dataframe: class_mode='binary' is for 2 classes; there are {count}.")
        if mode == "categorical" and not all(isinstance(each, (str, list, tuple)) for each in table[y_col]):
            raise DtypeError(
                f"flow_from_dataframe: with class_mode='categorical' the column y_col={y_col!r} holds strings, or lists of them. "
                f"Write df[{y_col!r}] = df[{y_col!r}].astype(str), or choose class_mode='raw'."
            )
        if classes and mode in ("input", "multi_output", "raw", None):
            warnings.warn(f"flow_from_dataframe: class_mode={mode!r} has no use for `classes`.", stacklevel=4)
        if weight_col is not None and not np.issubdtype(np.asarray(table[weight_col]).dtype, np.number):
            raise DtypeError(f"flow_from_dataframe: the column weight_col={weight_col!r} holds numbers.")

    def _existing(self, table: Any, x_col: str) -> Any:
        """The rows whose file is there and is a picture by its ending."""
        good = [
            name.lower().endswith(FILES) and os.path.isfile(os.path.join(self.directory, name)) for name in table[x_col]
        ]
        if (missing := good.count(False)):
            warnings.warn(
                f"flow_from_dataframe: {missing} files of the column x_col={x_col!r} are not there, or are no pictures; they are left out.",
                stacklevel=4,
            )
        return table[good]

    def _chosen(self, table: Any, y_col: str, classes: Any) -> tuple[Any, list[Any]]:
        """The rows of the classes wanted, and these in order."""
        found: set = set()
        for label in table[y_col]:
            found |= set(label) if isinstance(label, (list, tuple)) else {label}
        if not classes:
            return table, sorted(found)
        wanted = list(dict.fromkeys(classes))
        if "categorical" == self.class_mode:
            kept = [
                [each for each in label if each in wanted] if isinstance(label, (list, tuple)) else label if label in wanted else None
                for label in table[y_col]
            ]
            table = table.assign(**{y_col: kept})
            table = table[[bool(each) for each in kept]]
        else:
            table = table[table[y_col].isin(wanted)]
        return table, wanted

    def _numbers(self, table: Any, y_col: str) -> list[Any]:
        """Each row's class number, or list of them."""
        return [
            [self.class_indices[each] for each in label] if isinstance(label, (list, tuple)) else self.class_indices[label]
            for label in table[y_col]
        ]

    @property
    def filepaths(self) -> list[str]:  # type: ignore[override]
        return self._filepaths

    @property
    def labels(self) -> Any:  # type: ignore[override]
        return self._targets if self.class_mode in ("multi_output", "raw") else self.classes

    @property
    def sample_weight(self) -> Any:  # type: ignore[override]
        return self._sample_weight
