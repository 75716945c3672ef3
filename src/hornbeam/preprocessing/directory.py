"""A folder of files as labelled paths: each subfolder is a class. What the `*_dataset_from_directory` functions share."""

import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from hornbeam.data import Dataset
from hornbeam.data.batching import Batch, PaddedBatch, RaggedBatch
from hornbeam.data.keeping import Prefetch
from hornbeam.data.mapping import HostMap
from hornbeam.data.node import Node
from hornbeam.data.order import Shuffle
from hornbeam.data.sources import Slices
from hornbeam.data.structure import Element
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.function import TensorSpec
from hornbeam.engine.rng import make_seed


class Folder(NamedTuple):
    """Files found, in order, and the class of each (None without labels)."""

    paths: list[str]
    labels: list[int] | None
    class_names: list[str] | None


class Request(NamedTuple):
    """The arguments that all such functions have."""

    directory: Any
    labels: Any
    label_mode: str | None
    class_names: Sequence[str] | None
    batch_size: int | None
    shuffle: bool
    seed: int | None
    validation_split: float | None
    subset: str | None
    follow_links: bool
    verbose: bool

    def checked(self) -> "Request":
        """With the seed drawn, and labels None when label_mode says so. Raises: ArgumentError."""
        labels, mode = self.labels, self.label_mode
        if labels not in ("inferred", None):
            if not isinstance(labels, (list, tuple)):
                raise ArgumentError(
                    "`labels` argument should be a list/tuple of integer labels, of the same size as the number of files in the target "
                    'directory; "inferred", to take them from the names of its subdirectories; or None, for no labels. '
                    f"Received: labels={labels}"
                )
            if self.class_names:
                raise ArgumentError(
                    f'You can only pass `class_names` if `labels="inferred"`. Received: labels={labels}, class_names={self.class_names}'
                )
        if mode not in ("int", "categorical", "binary", None):
            raise ArgumentError(
                f'`label_mode` argument must be one of "int", "categorical", "binary", or None. Received: label_mode={mode}'
            )
        if labels is None and self.class_names is not None:
            raise ArgumentError("When `labels=None` (no labels), argument `class_names` cannot be specified.")
        split, subset = self.validation_split, self.subset
        if split and not 0 < split < 1:
            raise ArgumentError(f"`validation_split` must be between 0 and 1, received: {split}")
        if bool(split) != bool(subset):
            raise ArgumentError(
                "If `subset` is set, `validation_split` must be set, and inversely. Received: "
                f"validation_split={split}, subset={subset!r}."
            )
        if subset not in ("training", "validation", "both", None):
            raise ArgumentError(f'`subset` must be either "training", "validation" or "both", received: {subset}')
        if split and self.shuffle and self.seed is None:
            raise ArgumentError(
                "If using `validation_split` and shuffling the data, you must provide a `seed` argument, to make sure that there is no "
                "overlap between the training and validation subset."
            )
        return self._replace(labels=None if mode is None else labels, seed=make_seed() if self.seed is None else int(self.seed))


def found(request: Request, formats: tuple[str, ...], what: str) -> Folder:
    """The files of a folder, in the order that `seed` says. Raises: ArgumentError, FileNotFoundError."""
    home, labels, names = os.fspath(request.directory), request.labels, request.class_names
    entries = sorted(os.listdir(home))
    classes: list[str] | None = None
    if labels is not None:
        folders = [name for name in entries if os.path.isdir(os.path.join(home, name)) and not name.startswith(".")]
        classes = folders if names is None else list(names)
        if names is not None and not set(names).issubset(folders):
            raise ArgumentError(
                "The `class_names` passed did not match the names of the subdirectories of the target directory. "
                f"Expected: {folders} (or a subset of it), but received: class_names={list(names)}"
            )
    paths: list[str] = []
    kinds: list[int] = []
    if labels == "inferred":
        for number, name in enumerate(classes or ()):
            inside = _files(os.path.join(home, name), formats, request.follow_links)
            paths += inside
            kinds += [number] * len(inside)
    else:
        paths = _files(home, formats, request.follow_links)
        if labels is not None:
            if len(labels) != len(paths):
                raise ArgumentError(
                    "Expected the lengths of `labels` to match the number of files in the target directory. len(labels) is "
                    f"{len(labels)} while we found {len(paths)} files in directory {home}."
                )
            kinds, classes = [int(each) for each in labels], [str(each) for each in sorted(set(labels))]
    if request.verbose:
        print(f"Found {len(paths)} files." if labels is None else f"Found {len(paths)} files belonging to {len(classes or ())} classes.")
    if request.label_mode == "binary" and labels is not None and len(classes or ()) != 2:
        raise ArgumentError(f'When passing `label_mode="binary"`, there must be exactly 2 class_names. Received: class_names={classes}')
    if not paths:
        raise ArgumentError(f"No {what} files found in directory {home}. Allowed formats: {formats}")
    if request.shuffle:
        order = np.random.RandomState(request.seed).permutation(len(paths))
        paths = [paths[i] for i in order]
        kinds = [kinds[i] for i in order] if kinds else kinds
    return Folder(paths, kinds if labels is not None else None, classes)


def _files(home: str, formats: tuple[str, ...], follow_links: bool) -> list[str]:
    listed = sorted(os.walk(home, followlinks=follow_links), key=lambda entry: entry[0])
    return [os.path.join(place, name) for place, _, names in listed for name in sorted(names) if name.lower().endswith(formats)]


def datasets(
    request: Request, folder: Folder, read: Callable[[bytes], np.ndarray], spec: TensorSpec, padded: bool = False, ragged: bool = False
) -> Any:
    """The Dataset of what `read` makes of files, or the two Datasets of both subsets.

    Args:
        read: from a path to an example.
        spec: the type of an example.
        padded, ragged: examples of a batch are padded to one shape, or make a RaggedTensor.
    """
    cut = len(folder.paths) - int((request.validation_split or 0) * len(folder.paths))
    parts = {"training": slice(0, cut), "validation": slice(cut, None)}
    chosen = ["training", "validation"] if request.subset == "both" else [request.subset] if request.subset else [None]
    made = []
    for name in chosen:
        where = parts[name] if name else slice(None)
        part = Folder(folder.paths[where], None if folder.labels is None else folder.labels[where], folder.class_names)
        if name and request.verbose:
            print(f"Using {len(part.paths)} files for {name}.")
        if not part.paths:
            raise ArgumentError(f"validation_split={request.validation_split} leaves no files for {name}.")
        made.append(_dataset(request, part, read, spec, padded, ragged))
    return made[0] if len(made) == 1 else made


def _dataset(
    request: Request, folder: Folder, read: Callable[[bytes], np.ndarray], spec: TensorSpec, padded: bool, ragged: bool
) -> Dataset:
    names = np.array([os.fsencode(path) for path in folder.paths], object)
    if folder.labels is None:
        node: Node = Slices(names)
    else:
        node = Slices((names, _labels(request.label_mode, folder.labels, len(folder.class_names or ()))))
    if request.shuffle:
        node = Shuffle(node, None, request.seed, True)

    def load(path: bytes, *label: Any) -> Element:
        return (read(path), *label)

    node = HostMap(node, load, spec if folder.labels is None else (spec, node.element_spec[1]))
    if request.batch_size is not None:
        if ragged:
            node = RaggedBatch(node, request.batch_size, False)
        elif padded:
            count = 1 if folder.labels is None else 2
            node = PaddedBatch(node, request.batch_size, [None] * count, [None] * count, False)
        else:
            node = Batch(node, request.batch_size, False)
    dataset = Dataset(Prefetch(node, -1))
    dataset.class_names, dataset.file_paths = folder.class_names, folder.paths  # type: ignore[attr-defined]
    return dataset


def _labels(mode: str | None, labels: list[int], classes: int) -> np.ndarray:
    kinds = np.array(labels, np.int32)
    if mode == "binary":
        return kinds.astype(np.float32)[:, None]
    return np.eye(classes, dtype=np.float32)[kinds] if mode == "categorical" else kinds
