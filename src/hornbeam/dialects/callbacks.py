"""Callbacks as Keras 2 had them, and the names under which History and logs kept things."""

import functools
from collections.abc import Callable
from typing import Any

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

# Logs by other names: what was asked for and is not there -> under which name it may be.
_ALIASES = {"acc": "accuracy", "accuracy": "acc", "lr": "learning_rate"}


class Logs(dict):
    """What History keeps: a dict that also finds 'acc' under 'accuracy' (and the other way round) and 'lr' under 'learning_rate'."""

    def __missing__(self, name: str) -> Any:
        prefix = "val_" if isinstance(name, str) and name.startswith("val_") else ""
        other = prefix + _ALIASES.get(str(name)[len(prefix) :], "")
        if other in self:
            tell(f"history.history[{name!r}]", f"history.history[{other!r}]")
            return self[other]
        raise KeyError(name)


def _history_begins(original: Callable) -> Callable:
    @functools.wraps(original)
    def on_train_begin(self: Any, logs: Any = None) -> None:
        original(self, logs)
        self.history = Logs(self.history)

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


REPLACED = {
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
