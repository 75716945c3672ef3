"""Callbacks as Keras 2 had them, and the names under which History and logs kept things."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from hornbeam.callbacks import Callback
from hornbeam.dialects.rows import Row, only, tell

_TENSORBOARD: dict[str, Row] = {
    "batch_size": None,
    "write_grads": only("write_grads", (False, True), ""),
    "embeddings_layer_names": None,
    "embeddings_data": None,
}
ARGUMENTS = {
    "hornbeam.callbacks:TensorBoard": _TENSORBOARD,
    "hornbeam.callbacks:ReduceLROnPlateau": {"epsilon": "min_delta"},
    "hornbeam.callbacks:ModelCheckpoint": {"options": None, "save_format": None, "load_weights_on_restart": None},
    "hornbeam.callbacks:BackupAndRestore": {"options": None, "save_before_preemption": None},
}

# What logs and histories call one thing, by version: a name that is not there is looked for under the others of its line.
_ALIASES = (
    ("acc", "accuracy"),
    ("lr", "learning_rate"),
    ("mae", "mean_absolute_error"),
    ("mape", "mean_absolute_percentage_error"),
    ("mse", "mean_squared_error"),
    ("msle", "mean_squared_logarithmic_error"),
)


def _plain(name: Any) -> str:
    return str(name).replace("_", "").lower()


class Logs(dict):
    """What History keeps and callbacks are given: a dict that finds 'val_acc' under 'val_accuracy' too (see `_ALIASES`)."""

    what = "logs"

    def __missing__(self, name: str) -> Any:
        for same in _ALIASES:
            for old in same:
                if name == old or str(name).endswith(f"_{old}"):
                    for other in (str(name).removesuffix(old) + each for each in same):
                        if other in self:
                            tell(f"{self.what}[{name!r}]", f"{self.what}[{other!r}]")
                            return self[other]
        for other in self:  # metrics=["AUC"]: 'auc' once, 'AUC' today
            if _plain(other) == _plain(name):
                tell(f"{self.what}[{name!r}]", f"{self.what}[{other!r}]")
                return self[other]
        raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default


class _Kept(Logs):
    what = "history.history"


def _with_aliases(original: Callable) -> Callable:
    @functools.wraps(original)
    def call(self: Any, hook: str, *args: Any) -> None:
        original(self, hook, *[Logs(each) if type(each) is dict else each for each in args])

    return call


def _history_begins(original: Callable) -> Callable:
    @functools.wraps(original)
    def on_train_begin(self: Any, logs: Any = None) -> None:
        original(self, logs)
        self.history = _Kept(self.history)

    return on_train_begin


# ModelCheckpoint: any file name, and every so many epochs.
def _checkpoint_init(original: Callable) -> Callable:
    @functools.wraps(original)
    def init(self: Any, filepath: Any, *args: Any, period: int | None = None, **kwargs: Any) -> None:
        weights_only = kwargs.get("save_weights_only", args[3] if len(args) > 3 else False)
        ending = ".weights.h5" if weights_only else ".keras"
        usual = str(filepath).endswith((ending, ".h5", ".hdf5"))
        original(self, filepath if usual else f"{filepath}{ending}", *args, **kwargs)
        if not usual:
            self.filepath = str(filepath)  # `save` and `save_weights` say what they make of it
        self.period = 1 if period is None else int(period)
        if period is not None:
            tell(f"ModelCheckpoint(period={period})", "ModelCheckpoint(save_freq='epoch') or save_freq=<number of batches>")
        self.epochs_since_last_save = 0

    init.older_arguments = {"period"}  # type: ignore[attr-defined] # as rows have it
    return init


def _checkpoint_epoch(original: Callable) -> Callable:
    @functools.wraps(original)
    def on_epoch_end(self: Any, epoch: int, logs: Any = None) -> None:
        self.epochs_since_last_save += 1
        if self.epochs_since_last_save >= self.period:
            self.epochs_since_last_save = 0
            original(self, epoch, logs)

    return on_epoch_end


def _with_validation_data(original: Callable) -> Callable:
    """Keras 2 handed callbacks the arrays that fit validates on: [*inputs, *targets, *sample weights]."""

    @functools.wraps(original)
    def evaluation(self: Any, feed: Any, callbacks: Any, *args: Any) -> Any:
        if feed.arrays is not None:
            x, y, weights = feed.arrays
            targets = jax.tree.leaves(y)
            arrays = [*jax.tree.leaves(x), *targets, *(jax.tree.leaves(weights) or [np.ones(len(each), "float32") for each in targets])]
            for each in callbacks:
                if getattr(each, "validation_data", arrays) is None:  # else it is the program's own
                    each.validation_data = arrays
        return original(self, feed, callbacks, *args)

    return evaluation


REPLACED = {
    "hornbeam.training.trainer:Trainer._evaluation": _with_validation_data,
    "hornbeam.training.callbacks.base:CallbackList._call": _with_aliases,
    "hornbeam.callbacks:History.on_train_begin": _history_begins,
    "hornbeam.callbacks:ModelCheckpoint.__init__": _checkpoint_init,
    "hornbeam.callbacks:ModelCheckpoint.on_epoch_end": _checkpoint_epoch,
}


# A callback's own `set_model` used to set `self.model`.
def _set_model(self: Callback, model: Any) -> None:
    self._model = model


ATTRIBUTES = {
    "hornbeam.callbacks:Callback": {"model": property(lambda self: getattr(self, "_model", None), _set_model), "validation_data": None}
}
