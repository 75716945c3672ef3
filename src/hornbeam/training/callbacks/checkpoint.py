"""Saving the model along the way."""

import os
from typing import Any

from hornbeam.engine.errors import ArgumentError
from hornbeam.training.callbacks.base import Logs
from hornbeam.training.callbacks.monitor import MonitorCallback, every
from hornbeam.training.progress import say


class ModelCheckpoint(MonitorCallback):
    """Saves the model, or its weights, after epochs or every so many batches.

    Args:
        filepath: the file; `{epoch}` (counted from 1), `{batch}` and names of the logs are filled in:
            'm-{epoch:02d}-{val_loss:.2f}.keras'.
            It ends in `.keras` or `.h5`, or with `save_weights_only` in `.weights.h5`.
        monitor, mode: what `save_best_only` goes by.
        verbose: 1 says what is saved.
        save_best_only: save only when the quantity is the best so far.
        save_weights_only: save the weights (and a compiled model's optimizer) rather than the whole model.
        save_freq: 'epoch', or a number of batches.
        initial_value_threshold: the value to beat for the first save.
    """

    def __init__(
        self,
        filepath: str | os.PathLike,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ):
        super().__init__(monitor, mode, best=initial_value_threshold)
        self.filepath, self.verbose = os.fspath(filepath), verbose
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.save_freq = every(save_freq, type(self).__name__)
        self._check_path()
        self._epoch = self._batches = 0
        if self.save_freq == "epoch":
            self.idle_hooks = (ModelCheckpoint.on_train_batch_end,)

    def _check_path(self) -> None:
        endings = (".weights.h5", ".h5", ".hdf5") if self.save_weights_only else (".keras", ".h5", ".hdf5")
        if not self.filepath.endswith(endings):
            raise ArgumentError(
                f"`filepath` of ModelCheckpoint ends in {endings[0]} when it saves "
                f"{'weights only' if self.save_weights_only else 'the whole model'}; received '{self.filepath}'."
            )

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._batches += 1
        if self.save_freq != "epoch" and self._batches >= self.save_freq:
            self._batches = 0
            self._save(self._epoch, batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.save_freq == "epoch":
            self._save(epoch, None, logs)

    def _save(self, epoch: int, batch: int | None, logs: Logs | None) -> None:
        logs = logs or {}
        path = self._path(epoch, batch, logs)
        if self.save_best_only:
            current = self.current(logs)
            if current is None:
                return
            if not self.improved(current, self.best):
                if self.verbose > 0:
                    say(f"Epoch {epoch + 1}: {self.monitor} did not improve from {self.best:.5f}")
                return
            if self.verbose > 0:
                before = "None" if self.best is None else f"{self.best:.5f}"
                say(f"Epoch {epoch + 1}: {self.monitor} improved from {before} to {current:.5f}, saving model to {path}")
            self.best = current
        elif self.verbose > 0:
            say(f"Epoch {epoch + 1}: saving model to {path}")
        self._write(path)

    def _write(self, path: str) -> None:
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)

    def _path(self, epoch: int, batch: int | None, logs: dict[str, Any]) -> str:
        fields = type(logs)({"epoch": epoch + 1, **({} if batch is None else {"batch": batch + 1}), **logs})
        try:
            return self.filepath.format_map(fields)
        except KeyError as error:
            raise ArgumentError(
                f"`filepath` of ModelCheckpoint, '{self.filepath}', asks for {error}; it may ask for {', '.join(fields)}."
            ) from None
