"""Saving along the way in Orbax's folders."""

import os
from typing import Any

from hornbeam.engine.errors import ArgumentError
from hornbeam.training.callbacks.base import Logs
from hornbeam.training.callbacks.checkpoint import ModelCheckpoint


class OrbaxCheckpoint(ModelCheckpoint):
    """Saves the model in a folder, a folder below it for each save, while training goes on. `load_model(directory)` gives the last one.

    Args:
        directory: the folder. max_to_keep: how many saves are kept; None: all.
        save_on_background: whether training goes on while files are written.
    Others: see `ModelCheckpoint`. Saves after epochs are called by the epoch, others by the number of steps done.
    """

    def __init__(
        self,
        directory: str | os.PathLike,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
        max_to_keep: int | None = 1,
        save_on_background: bool = True,
        save_weights_only: bool = False,
    ):
        from hornbeam.saving import orbax

        super().__init__(directory, monitor, verbose, save_best_only, save_weights_only, mode, save_freq, initial_value_threshold)
        if max_to_keep is not None and max_to_keep < 1:
            raise ArgumentError(f"OrbaxCheckpoint: `max_to_keep` is None or a positive whole number; received {max_to_keep!r}.")
        self.directory, self.max_to_keep, self.save_on_background = self.filepath, max_to_keep, save_on_background
        self._write_to, self._writer = orbax.write, orbax.checkpointer(directory, max_to_keep)

    def _check_path(self) -> None:
        """A folder may have any name."""

    def _path(self, epoch: int, batch: int | None, logs: dict[str, Any]) -> str:
        return os.path.join(self.directory, str(epoch if batch is None else int(self.model.optimizer.iterations)))

    def _write(self, path: str) -> None:
        self.wait_until_finished()
        self._write_to(self._writer, int(os.path.basename(path)), self.model, self.save_weights_only, self.save_on_background)

    def on_train_end(self, logs: Logs | None = None) -> None:
        self.wait_until_finished()

    def wait_until_finished(self) -> None:
        """Wait until what is being saved is in its folder."""
        self._writer.wait()

    def is_multihost_enabled(self) -> bool:
        """Whether several processes save together."""
        import jax

        return jax.process_count() > 1

    def is_primary_host(self) -> bool:
        """Whether this is the first of the processes."""
        import jax

        return jax.process_index() == 0
