"""Surviving a kill."""

import contextlib
import os
from typing import Any

from hornbeam.engine.errors import ArgumentError, DataError
from hornbeam.training import state
from hornbeam.training.callbacks.base import Callback, Logs
from hornbeam.training.callbacks.monitor import every


class BackupAndRestore(Callback):
    """Keeps the state of training in a folder, and a run that starts with that folder goes on from there.

    The state is everything: weights, optimizer, metrics, seeds, the data's order and the place in it. A run killed at
    any moment and started again ends with the bits of one that never was (on one machine and as long as the data
    itself comes again).

    Args:
        backup_dir: a folder for this run's backup alone.
        save_freq: 'epoch', or a number of batches, which makes training run a step at a time.
        double_checkpoint: keep the backup before the last one too, and fall back on it if the last one is damaged.
        delete_checkpoint: remove the backup when training has ended.

    Raises: `StateError` when the backup is of another model, `DataError` when it is damaged.
    """

    def __init__(
        self,
        backup_dir: str | os.PathLike,
        save_freq: str | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ):
        super().__init__()
        if not os.fspath(backup_dir):
            raise ArgumentError("`backup_dir` of BackupAndRestore is the path of a folder; received ''.")
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = every(save_freq, "BackupAndRestore")
        self.double_checkpoint, self.delete_checkpoint = double_checkpoint, delete_checkpoint
        self._batches = 0
        self._path = os.path.join(self.backup_dir, "training_state.npz")
        self._previous = os.path.join(self.backup_dir, "training_state_previous.npz")
        if self.save_freq == "epoch":
            self.idle_hooks = (BackupAndRestore.on_train_batch_end,)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        os.makedirs(self.backup_dir, exist_ok=True)
        self.model._trainer.be_exact()
        found = self._load()
        if found is not None:
            state.restore(self.model, found)
        else:
            self._save()  # a run killed before its first backup begins with the same weights and order again

    def _load(self) -> dict[str, Any] | None:
        paths = [path for path in (self._path, self._previous) if os.path.exists(path)]
        for path in paths:
            try:
                return state.load(path)
            except DataError:
                if path == paths[-1]:
                    raise
        return None

    def _save(self) -> None:
        if self.double_checkpoint and os.path.exists(self._path):
            os.replace(self._path, self._previous)
        state.save(self._path, state.snapshot(self.model))

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._batches += 1
        if self.save_freq != "epoch" and self._batches >= self.save_freq and batch + 1 != (self.params or {}).get("steps"):
            self._batches = 0
            self._save()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.save_freq == "epoch" or self._batches >= self.save_freq:
            self._batches = 0
            self._save()

    def on_train_end(self, logs: Logs | None = None) -> None:
        if not self.delete_checkpoint:
            return
        for path in (self._path, self._previous):
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)
        with contextlib.suppress(OSError):  # somebody else's files stay, and the folder with them
            os.rmdir(self.backup_dir)
