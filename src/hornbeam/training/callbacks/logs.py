"""Callbacks that read the logs: record them, show them, write them to a file, or stop at NaN."""

import csv
import math
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError
from hornbeam.training.callbacks.base import Callback, Logs
from hornbeam.training.progress import ProgressBar, say


class History(Callback):
    """What `fit` returns: `history`, a list of values by name, and `epoch`, the epochs they belong to."""

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        model.history = self

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.history, self.epoch = {}, []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class ProgbarLogger(Callback):
    """The progress bar of `fit`, `evaluate` and `predict`, added to them by `verbose`."""

    def __init__(self) -> None:
        super().__init__()
        self._bar: ProgressBar | None = None
        self._in_fit = False

    def _start(self) -> None:
        params = self.params or {}
        self._bar = ProgressBar(params.get("steps"), params.get("verbose", "auto"))

    def _finish(self, logs: Logs | None) -> None:
        if self._bar is not None:
            if self._bar.target is None:
                self._bar.target = self._bar.steps_done
            self._bar.finish(logs)
            self._bar = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._in_fit = True

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        params = self.params or {}
        if params.get("verbose", 1) and params.get("epochs", 1) > 1:
            say(f"Epoch {epoch + 1}/{params['epochs']}")
        self._start()

    def on_train_progress(self, step: int, logs: Logs) -> None:
        if self._bar is not None:
            self._bar.update(step, logs)

    def _before_epoch_end(self) -> None:
        if self._bar is not None:
            self._bar.clear()  # other callbacks may print now

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._finish(logs)

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._in_fit = False

    def on_test_begin(self, logs: Logs | None = None) -> None:
        if not self._in_fit:
            self._start()

    def on_test_progress(self, step: int, logs: Logs) -> None:
        if not self._in_fit and self._bar is not None:
            self._bar.update(step, logs)

    def on_test_end(self, logs: Logs | None = None) -> None:
        if not self._in_fit:
            self._finish(logs)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        self._start()

    def on_predict_progress(self, step: int, logs: Logs) -> None:
        if self._bar is not None:
            self._bar.update(step)

    def on_predict_end(self, logs: Logs | None = None) -> None:
        self._finish(None)


class LambdaCallback(Callback):
    """A callback made of functions.

    Args:
        on_epoch_begin, on_epoch_end: functions of (epoch, logs).
        on_train_begin, on_train_end: functions of (logs).
        on_train_batch_begin, on_train_batch_end: functions of (batch, logs).
        **kwargs: any other hook by its name.
    """

    def __init__(
        self,
        on_epoch_begin: Callable | None = None,
        on_epoch_end: Callable | None = None,
        on_train_begin: Callable | None = None,
        on_train_end: Callable | None = None,
        on_train_batch_begin: Callable | None = None,
        on_train_batch_end: Callable | None = None,
        **kwargs: Callable | None,
    ):
        super().__init__()
        hooks = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **kwargs,
        }
        for name, function in hooks.items():
            if not hasattr(Callback, name):
                known = [hook for hook in vars(Callback) if hook.startswith("on_")]
                raise ArgumentError(f"LambdaCallback knows no hook '{name}'; the hooks are {', '.join(known)}.")
            if function is not None:
                setattr(self, name, function)

    __init__.older_arguments = frozenset(name for name in vars(Callback) if name.startswith("on_"))  # type: ignore[attr-defined]


class TerminateOnNaN(Callback):
    """Ends training when the loss after a batch is NaN or infinite.

    Args:
        raise_error: raise RuntimeError at once, so that no callback's `on_train_end` is called, rather than end
            training in order.
    """

    def __init__(self, raise_error: bool = False):
        super().__init__()
        self.raise_error = raise_error

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(float(loss)):
            return
        if self.raise_error:
            raise RuntimeError(f"The loss is {loss} after batch {batch}.")
        say(f"Batch {batch}: the loss is {loss}, so training ends.")
        self.model.stop_training = True


class CSVLogger(Callback):
    """Writes each epoch's logs as a row of a CSV file, at once, so that an interrupted run leaves what it had.

    Args:
        filename: the file. separator: between fields. append: add to a file that is there rather than replace it.
    """

    def __init__(self, filename: str | os.PathLike, separator: str = ",", append: bool = False):
        super().__init__()
        self.filename, self.sep, self.append = os.fspath(filename), separator, append
        self._file: Any = None
        self._writer: Any = None
        self._names: list[str] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._names = []
        if self.append and os.path.exists(self.filename) and os.path.getsize(self.filename):
            with open(self.filename, newline="") as file:
                self._names = next(csv.reader(file, delimiter=self.sep), [])[1:]
        self._file = open(self.filename, "a" if self.append else "w", newline="")  # noqa: SIM115 (closed in on_train_end)
        self._writer = csv.writer(self._file, delimiter=self.sep)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = logs or {}
        if not self._names:
            names = sorted(logs)
            if not any(name.startswith("val_") for name in names):
                names += [f"val_{name}" for name in names]  # room for a validation that comes only in later epochs
            self._names = names
            self._writer.writerow(["epoch", *names])
        self._writer.writerow([epoch, *(_cell(logs.get(name, "NA")) for name in self._names)])
        self._file.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._file.close()
        self._file = self._writer = None


def _cell(value: Any) -> Any:
    array = np.asarray(value)
    return f"\"[{', '.join(map(str, array.ravel()))}]\"" if array.ndim else value  # in quotes of its own, as in Keras
