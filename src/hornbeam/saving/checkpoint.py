"""tf.train.Checkpoint: the state of objects (Variables, modules, layers, models, optimizers) in files, found again by where it belongs.

A checkpoint `ckpt-1` is two files: `ckpt-1.index`, JSON that lists each array's path, type, shape and place, and
`ckpt-1.data-00000-of-00001`, the arrays' bytes one after the other. `checkpoint` in the same folder names the latest. (The names are
TensorFlow's, the contents our own.)
"""

import glob
import json
import os
import re
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.errors import ArgumentError, DataLossError, NotFoundError, ShapeError
from hornbeam.engine.function import Function
from hornbeam.engine.module import Module
from hornbeam.engine.variable import Variable
from hornbeam.engine.waiting import until_done
from hornbeam.layers.layer import Layer
from hornbeam.metrics import Metric
from hornbeam.optimizers import Optimizer
from hornbeam.saving import files, weights_h5

_INDEX, _DATA = ".index", ".data-00000-of-00001"


# What belongs where.
class _Slot:
    """A place with arrays of its own: how to read and give them."""

    def __init__(self, owner: Any, arrays: Callable[[], dict[str, Any]], give: Callable[[dict[str, np.ndarray]], None], ready: bool):
        self.owner, self.arrays, self.give, self.ready = owner, arrays, give, ready


def _slots(root: Any, path: str = "", seen: set[int] | None = None) -> Iterator[tuple[str, _Slot]]:
    """Every place below an object, by path."""
    seen = set() if seen is None else seen
    if id(root) in seen:
        return
    below = lambda name: f"{path}/{name}" if path else str(name)
    if isinstance(root, Variable):
        seen.add(id(root))
        yield path, _Slot(root, lambda: {"": root.numpy()}, lambda found: _assign(root, found[""], path), True)
    elif isinstance(root, Layer):
        for inner, thing in weights_h5.walk(root):
            if id(thing) not in seen:
                seen.add(id(thing))
                yield (below(inner) if inner else path), _slot_of(thing, below(inner))
        for name, value in sorted(vars(root).items()):
            if isinstance(value, (Checkpoint, Module)):
                yield from _slots(value, below(name), seen)
    elif isinstance(root, (Optimizer, Metric)):
        seen.add(id(root))
        yield path, _slot_of(root, path)
    elif isinstance(root, (list, tuple, dict)):
        for key, value in root.items() if isinstance(root, dict) else enumerate(root):
            yield from _slots(value, below(str(key)), seen)
    elif hasattr(root, "__dict__") and not isinstance(root, (type, np.ndarray, Function)):
        seen.add(id(root))
        module = type(root).__module__.partition(".")[0]
        if module in ("numpy", "jax", "builtins"):
            return
        for name in sorted(vars(root), key=lambda name: (not isinstance(vars(root)[name], Optimizer), name)):  # under its own name
            if isinstance(root, Checkpoint) and name.startswith("_") and name != "_save_counter":
                continue
            yield from _slots(vars(root)[name], below("save_counter" if name == "_save_counter" else name), seen)


def _slot_of(thing: Any, path: str) -> _Slot:
    if isinstance(thing, Layer) or (hasattr(thing, "save_own_variables") and not isinstance(thing, (Optimizer, Metric))):

        def arrays() -> dict[str, Any]:
            store: dict[str, Any] = {}
            thing.save_own_variables(store)
            return store

        def give(found: dict[str, np.ndarray]) -> None:
            own = thing._stored() if isinstance(thing, Layer) else []
            for i, variable in enumerate(own):
                if str(i) in found and found[str(i)].shape != tuple(variable.shape):
                    raise ShapeError(f"'{path}' has shape {tuple(variable.shape)}; the checkpoint holds {found[str(i)].shape}.")
            thing.load_own_variables(_Store(found))

        return _Slot(thing, arrays, give, not isinstance(thing, Layer) or thing.built)
    variables = lambda: list(thing.variables)

    def give_all(found: dict[str, np.ndarray]) -> None:
        for i, variable in enumerate(variables()):
            if str(i) in found:
                _assign(variable, found[str(i)], f"{path}/{i}")

    return _Slot(thing, lambda: {str(i): v.numpy() for i, v in enumerate(variables())}, give_all, getattr(thing, "built", True))


class _Store(dict):
    """Arrays by name, as `load_own_variables` takes them."""

    def shape(self, name: str) -> tuple[int, ...]:
        return tuple(self[name].shape)


def _assign(variable: Variable, value: np.ndarray, path: str) -> None:
    if value.shape != tuple(variable.__hornbeam_tensor__(raw=True).shape) and None not in tuple(variable.shape):
        raise ShapeError(f"'{path}' has shape {tuple(variable.shape)}; the checkpoint holds {value.shape}.")
    variable.assign(value.astype(variable._numpy_dtype, copy=False))


# Files.
def _write(prefix: str, groups: dict[str, dict[str, np.ndarray]]) -> None:
    index: dict[str, Any] = {}
    folder = os.path.dirname(prefix)
    if folder:
        os.makedirs(folder, exist_ok=True)
    with files.replacing(prefix + _DATA) as data:
        place = 0
        for path, arrays in groups.items():
            for name, array in arrays.items():
                array = np.asarray(array)
                if array.dtype == object or array.dtype.kind in "US":
                    text = [each.decode() if isinstance(each, bytes) else str(each) for each in array.ravel()]
                    raw, dtype = json.dumps(text).encode(), "string"
                else:
                    raw, dtype = np.ascontiguousarray(array).tobytes(), str(dtypes.of(array))
                data.write(raw)
                index.setdefault(path, {})[name] = [dtype, list(array.shape), place, len(raw), zlib.crc32(raw)]
                place += len(raw)
    with files.replacing(prefix + _INDEX) as file:
        file.write(json.dumps({"format": "hornbeam checkpoint 1", "arrays": index}).encode())


def _read(prefix: str) -> dict[str, dict[str, np.ndarray]]:
    try:
        with open(prefix + _INDEX, "rb") as file:
            raw = file.read()
    except FileNotFoundError:
        raise NotFoundError(f"There is no checkpoint '{prefix}' (no file '{prefix}{_INDEX}').") from None
    try:
        index = json.loads(raw)["arrays"]
    except (ValueError, KeyError, TypeError, UnicodeDecodeError):
        raise DataLossError(
            f"'{prefix}{_INDEX}' is no checkpoint of Hornbeam's. One that TensorFlow wrote cannot be read: save the model there as a "
            ".keras file."
        ) from None
    with open(prefix + _DATA, "rb") as file:
        data = file.read()
    groups: dict[str, dict[str, np.ndarray]] = {}
    for path, arrays in index.items():
        for name, (dtype, shape, place, size, checksum) in arrays.items():
            part = data[place : place + size]
            if len(part) != size or zlib.crc32(part) != checksum:
                raise DataLossError(f"The checkpoint '{prefix}' is damaged: '{path}' does not have the bytes that were written.")
            if dtype == "string":
                found: np.ndarray = np.array(json.loads(part), dtype=object).reshape(shape)
            else:
                found = np.frombuffer(part, dtypes.NUMPY[dtype]).reshape(shape).copy()
            groups.setdefault(path, {})[name] = found
    return groups


class LoadStatus:
    """What `Checkpoint.restore` gives: what of the checkpoint has found its place."""

    def __init__(self, slots: Callable[[], Iterator[tuple[str, _Slot]]], groups: dict[str, dict[str, np.ndarray]]):
        self._slots, self._groups = slots, groups
        self._done: set[str] = set()
        if not self._attempt():
            until_done(self._attempt)

    def _attempt(self) -> bool:
        for path, slot in self._slots():
            if path in self._groups and path not in self._done and slot.ready:
                found = self._groups[path]
                if set(slot.arrays()) != set(found) and isinstance(slot.owner, Optimizer) and not slot.owner.built:
                    continue
                slot.give(found)
                self._done.add(path)
        return self._done >= set(self._groups)

    def assert_consumed(self) -> "LoadStatus":
        """Raise AssertionError unless everything in the checkpoint has found its object, and every object its values."""
        self.assert_existing_objects_matched()
        if left := sorted(set(self._groups) - self._done):
            raise AssertionError(f"These parts of the checkpoint have no object here (or one not built yet): {', '.join(left)}.")
        return self

    def assert_existing_objects_matched(self) -> "LoadStatus":
        """Raise AssertionError unless every object that has values was given them from the checkpoint."""
        self._attempt()
        lacking = [path for path, slot in self._slots() if slot.ready and path not in self._done and slot.arrays()]
        lacking = [path for path in lacking if path != "save_counter"]
        if lacking:
            raise AssertionError(f"The checkpoint holds nothing for {', '.join(lacking)}.")
        return self

    def assert_nontrivial_match(self) -> "LoadStatus":
        if not self._done - {"save_counter"}:
            raise AssertionError("Nothing in the checkpoint matched an object.")
        return self

    def expect_partial(self) -> "LoadStatus":
        """Nothing is said of parts that find no object."""
        return self

    def initialize_or_restore(self, session: Any = None) -> None:
        """What can be restored has been."""

    run_restore_ops = initialize_or_restore


class Checkpoint:
    """The state of some objects: `Checkpoint(model=model, optimizer=optimizer)`; each becomes an attribute.

    Args:
        root: an object whose own parts stand at the top.
        kwargs: Variables, modules, layers, models, optimizers, metrics, and lists and dicts of them.
    """

    def __init__(self, root: Any = None, **kwargs: Any):
        for name, value in kwargs.items():
            setattr(self, name, value)
        self._root = root
        self._save_counter = Variable(np.zeros((), np.int64), trainable=False, name="save_counter")

    @property
    def save_counter(self) -> Variable:
        """How often `save` was called."""
        return self._save_counter

    def write(self, file_prefix: Any, options: Any = None) -> str:
        """Write the state under this very name; gives the name."""
        prefix = os.fspath(file_prefix)
        groups = {path: slot.arrays() for path, slot in self._slots() if slot.ready}
        _write(prefix, {path: arrays for path, arrays in groups.items() if arrays})
        return prefix

    def _slots(self) -> Iterator[tuple[str, _Slot]]:
        seen: set[int] = set()
        if self._root is not None:
            yield from _slots(self._root, "", seen)
        yield from _slots(self, "", seen)

    def save(self, file_prefix: Any, options: Any = None) -> str:
        """Write the state as `file_prefix-N`, N counting up from 1; gives that name."""
        self._save_counter.assign(np.int64(int(self._save_counter) + 1))
        prefix = self.write(f"{os.fspath(file_prefix)}-{int(self._save_counter)}")
        folder = os.path.dirname(prefix) or "."
        state = get_checkpoint_state(folder)
        known = [path for path in (state.all_model_checkpoint_paths if state else []) if path != prefix]
        _write_state(folder, prefix, [*known, prefix])
        return prefix

    def read(self, save_path: Any, options: Any = None) -> LoadStatus:
        """Give the objects the state of the checkpoint with this name; parts not built yet get theirs when they are."""
        groups = _read(os.fspath(save_path))
        return LoadStatus(self._slots, groups)

    def restore(self, save_path: Any, options: Any = None) -> LoadStatus:
        """As `read`; None (no checkpoint yet) changes nothing."""
        return LoadStatus(self._slots, {}) if save_path is None else self.read(save_path)

    def sync(self) -> None:
        """Everything is written when `save` returns."""


# The folder.
class CheckpointState:
    """What the file `checkpoint` in a folder says."""

    def __init__(self, latest: str, paths: Sequence[str]):
        self.model_checkpoint_path, self.all_model_checkpoint_paths = latest, list(paths)


def get_checkpoint_state(checkpoint_dir: Any, latest_filename: str | None = None) -> CheckpointState | None:
    """What is known of a folder's checkpoints, or None."""
    folder = os.fspath(checkpoint_dir)
    try:
        with open(os.path.join(folder, latest_filename or "checkpoint"), encoding="utf-8") as file:
            text = file.read()
    except OSError:
        return None
    whole = lambda path: path if os.path.isabs(path) else os.path.join(folder, path)
    found = {name: [whole(json.loads(each)) for each in re.findall(rf'^{name}: (".*")$', text, re.M)] for name in _STATE}
    latest = found["model_checkpoint_path"]
    return CheckpointState(latest[0], found["all_model_checkpoint_paths"]) if latest else None


_STATE = ("model_checkpoint_path", "all_model_checkpoint_paths")


def _write_state(folder: str, latest: str, paths: Sequence[str]) -> None:
    short = lambda path: json.dumps(os.path.relpath(path, folder))
    lines = [f"model_checkpoint_path: {short(latest)}", *(f"all_model_checkpoint_paths: {short(path)}" for path in paths)]
    with files.replacing(os.path.join(folder, "checkpoint")) as file:
        file.write(("\n".join(lines) + "\n").encode())


def latest_checkpoint(checkpoint_dir: Any, latest_filename: str | None = None) -> str | None:
    """The name of the last checkpoint saved in a folder, or None."""
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    path = state.model_checkpoint_path if state is not None else None
    return path if path is not None and glob.glob(glob.escape(path) + ".*") else None


def list_variables(ckpt_dir_or_file: Any) -> list[tuple[str, list[int]]]:
    """Paths and shapes of a checkpoint's arrays."""
    groups = _load(ckpt_dir_or_file)
    return [(f"{path}/{name}" if name else path, list(array.shape)) for path, group in groups.items() for name, array in group.items()]


def load_variable(ckpt_dir_or_file: Any, name: str) -> np.ndarray:
    """One array of a checkpoint, by its path."""
    for path, group in _load(ckpt_dir_or_file).items():
        for inner, array in group.items():
            if name in (f"{path}/{inner}" if inner else path, path if len(group) == 1 else None):
                return array
    raise NotFoundError(f"The checkpoint holds no '{name}'; `tf.train.list_variables` lists what it holds.")


def _load(ckpt_dir_or_file: Any) -> dict[str, dict[str, np.ndarray]]:
    prefix = os.fspath(ckpt_dir_or_file)
    if os.path.isdir(prefix):
        found = latest_checkpoint(prefix)
        if found is None:
            raise NotFoundError(f"There is no checkpoint in the folder '{prefix}'.")
        prefix = found
    return _read(prefix)


class CheckpointManager:
    """Saves checkpoints of one object in a folder and keeps the last few.

    Args:
        checkpoint: what is saved.
        directory: where; made when it is not there.
        max_to_keep: how many are kept; None for all.
        keep_checkpoint_every_n_hours: also keep one every so many hours.
        checkpoint_name: the beginning of the files' names.
        step_counter, checkpoint_interval: save only when the counter has gone on that far since the last time.
        init_fn: called by `restore_or_initialize` when there is no checkpoint.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        directory: Any,
        max_to_keep: int | None = None,
        keep_checkpoint_every_n_hours: float | None = None,
        checkpoint_name: str = "ckpt",
        step_counter: Any = None,
        checkpoint_interval: int | None = None,
        init_fn: Callable | None = None,
    ):
        if max_to_keep is not None and max_to_keep <= 0:
            raise ArgumentError(f"`max_to_keep` is a positive number, or None to keep every checkpoint; received {max_to_keep}.")
        if checkpoint_interval is not None and step_counter is None:
            raise ArgumentError("`checkpoint_interval` needs a `step_counter`.")
        self._checkpoint, self._directory, self._max, self._name = checkpoint, os.fspath(directory), max_to_keep, checkpoint_name
        self._hours, self._kept_at = keep_checkpoint_every_n_hours, time.time()
        self._counter, self._interval, self._init = step_counter, checkpoint_interval, init_fn
        self._last_step: int | None = None
        state = get_checkpoint_state(self._directory)
        known = state.all_model_checkpoint_paths if state else []
        self._paths = [path for path in known if os.path.exists(path + _INDEX)]
        self.latest_checkpoint = self._paths[-1] if self._paths else None

    @property
    def directory(self) -> str:
        return self._directory

    @property
    def checkpoint(self) -> Checkpoint:
        return self._checkpoint

    @property
    def checkpoint_interval(self) -> int | None:
        return self._interval

    @property
    def checkpoints(self) -> list[str]:
        """The names of the checkpoints kept, oldest first."""
        return list(self._paths)

    def save(self, checkpoint_number: Any = None, check_interval: bool = True, options: Any = None) -> str | None:
        """Save; gives the checkpoint's name, or None when the interval has not passed."""
        if self._counter is not None and self._interval is not None:
            step = int(np.asarray(self._counter))
            if check_interval and self._last_step is not None and step - self._last_step < self._interval:
                return None
            self._last_step = step
        counter = self._checkpoint._save_counter
        counter.assign(np.int64(int(counter) + 1))
        number = int(counter) if checkpoint_number is None else int(np.asarray(checkpoint_number))
        path = self._checkpoint.write(os.path.join(self._directory, f"{self._name}-{number}"))
        self._paths = [each for each in self._paths if each != path] + [path]
        self.latest_checkpoint = path
        while self._max is not None and len(self._paths) > self._max:
            oldest = self._paths.pop(0)
            if self._hours is not None and time.time() - self._kept_at >= 3600 * self._hours:
                self._kept_at = time.time()
                continue
            for file in glob.glob(glob.escape(oldest) + ".*"):
                os.remove(file)
        _write_state(self._directory, path, self._paths)
        return path

    def restore_or_initialize(self) -> str | None:
        """Restore the latest checkpoint and give its name; without one call `init_fn`."""
        if self.latest_checkpoint is not None:
            self._checkpoint.restore(self.latest_checkpoint)
            return self.latest_checkpoint
        if self._init is not None:
            self._init()
        return None

    def sync(self) -> None:
        """Everything is written when `save` returns."""


class CheckpointOptions:
    """Accepted; saving here has no choices to make."""

    def __init__(self, experimental_io_device: Any = None, experimental_enable_async_checkpoint: bool = False, **options: Any):
        self.experimental_io_device = experimental_io_device
        self.experimental_enable_async_checkpoint = experimental_enable_async_checkpoint
