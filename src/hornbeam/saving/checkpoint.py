"""tf.train.Checkpoint: the state of objects (Variables, modules, layers, models, optimizers) in files, found again by where it belongs.

A checkpoint `ckpt-1` is two files in TensorFlow's own form (`bundle`), which TensorFlow reads, as we read its. `checkpoint` in the same
folder names the latest.
"""

import glob
import json
import os
import re
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.errors import ArgumentError, DataLossError, NotFoundError, ShapeError
from hornbeam.engine.rng import SeedGenerator
from hornbeam.engine.variable import Variable
from hornbeam.engine.waiting import settle, until_done
from hornbeam.layers.layer import Layer
from hornbeam.saving import bundle, files, tracking
from hornbeam.saving.bundle import Bundle
from hornbeam.saving.tracking import GRAPH, Tracked, is_tracked


class LoadStatus:
    """What `Checkpoint.restore` gives: what of the checkpoint has found its place."""

    def __init__(self, root: Any, found: Bundle | None):
        self._root, self._bundle = root, found
        self._done: dict[int, Any] = {}  # the objects that have been given their values, by the number of their node
        self._nodes: list[tracking.Node] = []
        if found is None:
            return
        if GRAPH not in found:
            raise DataLossError(
                f"The checkpoint '{found.prefix}' holds arrays by name, as TensorFlow 1 wrote them, and does not say whose they are. "
                "Read them with tf.train.load_checkpoint(path).get_tensor(name) and assign them."
            )
        self._nodes = tracking.nodes_of(found.array(GRAPH).item())
        if not self._attempt():
            until_done(self._attempt)

    def _attempt(self) -> bool:
        """Give what has come meanwhile its values; answers whether nothing is left."""
        met = tracking.matches(self._root, self._nodes)
        given: set[int] = set()
        for number, thing in met.items():
            key = self._nodes[number].key
            if isinstance(thing, Variable) and key is not None and number not in self._done:
                assert self._bundle is not None
                _assign(thing, self._bundle.array(key), key.removesuffix(tracking.SUFFIX))
                self._done[number] = thing
                given.add(id(thing))
        if given:
            for thing in met.values():
                if isinstance(thing, Layer) and any(id(variable) in given for variable in thing._ordered()):
                    thing._loaded()
        return not self._left()

    def gave(self, variable: Variable) -> bool:
        """Whether a Variable was given its value."""
        return any(each is variable for each in self._done.values())

    def _left(self) -> list[str]:
        return [node.key for number, node in enumerate(self._nodes) if node.key is not None and number not in self._done]

    def assert_consumed(self) -> "LoadStatus":
        """Raise AssertionError unless everything in the checkpoint has found its object, and every object its values."""
        self.assert_existing_objects_matched()
        if left := [key.removesuffix(tracking.SUFFIX) for key in self._left() if not key.startswith("save_counter/")]:
            raise AssertionError(f"These parts of the checkpoint have no object here (or one not built yet): {', '.join(left)}.")
        return self

    def assert_existing_objects_matched(self) -> "LoadStatus":
        """Raise AssertionError unless every Variable was given its value from the checkpoint."""
        if self._bundle is None:
            raise AssertionError("No checkpoint was specified (save_path=None); nothing is being restored.")
        self._attempt()
        done = set(map(id, self._done.values()))
        if lacking := [key for key, variable in _required(self._root) if id(variable) not in done]:
            raise AssertionError(f"The checkpoint holds nothing for {', '.join(lacking)}.")
        return self

    def assert_nontrivial_match(self) -> "LoadStatus":
        if not any(not self._nodes[number].key.startswith("save_counter/") for number in self._done):  # type: ignore[union-attr]
            raise AssertionError("Nothing in the checkpoint matched an object.")
        return self

    def expect_partial(self) -> "LoadStatus":
        """Nothing is said of parts that find no object."""
        return self

    def initialize_or_restore(self, session: Any = None) -> None:
        """What can be restored has been."""

    run_restore_ops = initialize_or_restore


def _required(root: Any) -> list[tuple[str, Variable]]:
    """The Variables below an object that a checkpoint of it holds; but for counters of saves and of random numbers."""
    found, queue, seen = [], [("", root)], {id(root)}
    spared = lambda thing, name, child: isinstance(child, SeedGenerator) or (isinstance(thing, (Checkpoint, _Counted)) and name == _COUNTER)
    for path, thing in queue:
        if isinstance(thing, Variable):
            found.append((path, thing))
        for name, child in tracking.children(thing).items():
            if id(child) not in seen and not spared(thing, name, child):
                seen.add(id(child))
                queue.append((f"{path}/{name}" if path else name, child))
    return found


def _assign(variable: Variable, value: np.ndarray, path: str) -> None:
    if value.shape != tuple(variable.__hornbeam_tensor__(raw=True).shape) and None not in tuple(variable.shape):
        raise ShapeError(f"'{path}' has shape {tuple(variable.shape)}; the checkpoint holds {value.shape}.")
    variable.assign(value.astype(variable._numpy_dtype, copy=False))


_COUNTER = "save_counter"


class Checkpoint(Tracked):
    """The state of some objects: `Checkpoint(model=model, optimizer=optimizer)`; each becomes an attribute.

    Args:
        root: an object whose own parts stand at the top.
        kwargs: Variables, modules, layers, models, optimizers, metrics, other Checkpoints, and lists and dicts of them. More may be set as
            attributes later; what a checkpoint that was restored before holds for them they are given then.
    """

    def __init__(self, root: Any = None, **kwargs: Any):
        self._root, self._saves = root, Variable(np.zeros((), np.int64), trainable=False, name=_COUNTER)
        for name, value in sorted(kwargs.items()):
            if isinstance(value, (str, bytes, int, float, np.ndarray)):
                raise ArgumentError(
                    f"Checkpoint keeps Variables and objects that hold them; received {name}={value!r}. Make it a tf.Variable."
                )
            setattr(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        if type(value) in _CONTAINERS and not name.startswith("_"):
            value = _CONTAINERS[type(value)](value)
        object.__setattr__(self, name, value)
        if not name.startswith("_"):
            settle()

    def children(self) -> dict[str, Any]:
        found = {} if self._root is None else {**tracking.children(self._root), "root": self._root}
        own = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        found.update({name: value for name, value in own.items() if is_tracked(value) or isinstance(value, (list, dict))})
        return {**found, _COUNTER: self._saves} if int(self._saves) else found

    @property
    def save_counter(self) -> Variable:
        """How often `save` was called."""
        return self._saves

    def write(self, file_prefix: Any, options: Any = None) -> str:
        """Write the state under this very name; gives the name."""
        prefix = os.fspath(file_prefix)
        arrays, graph = tracking.collect(self)
        bundle.write(prefix, {**arrays, GRAPH: np.array(graph, object)})
        return prefix

    def save(self, file_prefix: Any, options: Any = None) -> str:
        """Write the state as `file_prefix-N`, N counting up from 1; gives that name."""
        self._saves.assign_add(1)
        prefix = self.write(f"{os.fspath(file_prefix)}-{int(self._saves)}")
        folder = os.path.dirname(prefix) or "."
        state = get_checkpoint_state(folder)
        known = [path for path in (state.all_model_checkpoint_paths if state else []) if path != prefix]
        _write_state(folder, prefix, [*known, prefix])
        return prefix

    def read(self, save_path: Any, options: Any = None) -> LoadStatus:
        """Give the objects the state of the checkpoint with this name; parts that are not there yet get theirs when they are."""
        return LoadStatus(_Counted(self), Bundle(save_path))

    def restore(self, save_path: Any, options: Any = None) -> LoadStatus:
        """As `read`; None (no checkpoint yet) changes nothing. A folder stands for its latest checkpoint."""
        return LoadStatus(self, None) if save_path is None else self.read(_prefix(save_path))

    def sync(self) -> None:
        """Everything is written when `save` returns."""


class _Counted(Tracked):
    """A Checkpoint that is read, whose counter is there before its first save."""

    def __init__(self, checkpoint: Checkpoint):
        self.checkpoint = checkpoint

    def children(self) -> dict[str, Any]:
        return {**self.checkpoint.children(), _COUNTER: self.checkpoint.save_counter}


class ListWrapper(list):
    """A list in a Checkpoint: what is put into it is given its value when a checkpoint holds one."""

    def __repr__(self) -> str:
        return f"ListWrapper({list.__repr__(self)})"


class _DictWrapper(dict):
    """The same of a dict."""


def _then_settle(method: Callable) -> Callable:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = method(self, *args, **kwargs)
        settle()
        return result

    return call


for _name in ("append", "extend", "insert", "__setitem__"):
    setattr(ListWrapper, _name, _then_settle(getattr(list, _name)))
for _name in ("update", "setdefault", "__setitem__"):
    setattr(_DictWrapper, _name, _then_settle(getattr(dict, _name)))
_CONTAINERS: dict[type, Any] = {list: ListWrapper, dict: _DictWrapper}


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


def write_weights(model: Any, prefix: str) -> None:
    """Write a model's weights, and a compiled model's optimizer, as a checkpoint whose root it is, the folder's latest."""
    Checkpoint(model).write(prefix)
    _write_state(os.path.dirname(prefix) or ".", prefix, [prefix])


def read_weights(model: Any, prefix: str) -> LoadStatus:
    """Read what `write_weights`, or Keras 2, wrote; a model that is not built gets its weights when it is."""
    return LoadStatus(model, Bundle(prefix))


class CheckpointReader:
    """A checkpoint's arrays by key: what `tf.train.load_checkpoint` gives."""

    def __init__(self, filepattern: Any):
        self._bundle = Bundle(filepattern)

    def has_tensor(self, tensor_str: str) -> bool:
        """Whether there is an array of this key."""
        return tensor_str in self._bundle

    def get_tensor(self, tensor_str: str) -> Any:
        """An array; a NumPy number, or bytes, when it is a scalar."""
        array = self._bundle.array(tensor_str)
        return array[()] if not array.ndim else array

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        return {key: self._bundle.shape(key) for key in self._bundle}

    def get_variable_to_dtype_map(self) -> dict[str, dtypes.DType]:
        return {key: self._bundle.dtype(key) for key in self._bundle}

    def debug_string(self) -> bytes:
        """A line for each array: key, type and shape."""
        return "".join(f"{key} ({self._bundle.dtype(key).name}) {self._bundle.shape(key)}\n" for key in self._bundle).encode()


def load_checkpoint(ckpt_dir_or_file: Any) -> CheckpointReader:
    """What reads the arrays of a checkpoint, or of the latest one in a folder."""
    return CheckpointReader(_prefix(ckpt_dir_or_file))


def list_variables(ckpt_dir_or_file: Any) -> list[tuple[str, list[int]]]:
    """Keys and shapes of a checkpoint's arrays."""
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())


def load_variable(ckpt_dir_or_file: Any, name: str) -> Any:
    """One array of a checkpoint, by its key."""
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))


def _prefix(path: Any) -> str:
    prefix = os.fspath(path)
    if not os.path.isdir(prefix) or os.path.exists(prefix + bundle.INDEX):
        return prefix
    found = latest_checkpoint(prefix)
    if found is None:
        raise NotFoundError(f"Couldn't find 'checkpoint' file or checkpoints in given directory {prefix}")
    return found


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
        self._paths = [path for path in known if os.path.exists(path + bundle.INDEX)]
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
        counter = self._checkpoint.save_counter
        counter.assign_add(1)
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
