"""Changing the learning rate along the way. It is an input of the training program, so a change compiles nothing."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError, DtypeError, StateError
from hornbeam.engine.tensor import Tensor
from hornbeam.training.callbacks.base import Callback, Logs
from hornbeam.training.callbacks.monitor import MonitorCallback
from hornbeam.training.progress import say


def _rate(model: Any, who: str) -> float:
    optimizer = getattr(model, "optimizer", None)
    if not hasattr(optimizer, "learning_rate"):
        raise StateError(f"{who} needs a compiled model whose optimizer has a learning_rate.")
    rate = optimizer.learning_rate
    if isinstance(rate, Tensor) or (callable(rate) and not hasattr(rate, "__array__")):
        raise ArgumentError(
            f"{who} sets the learning rate, but this optimizer's follows a schedule. Give the optimizer a number, or leave {who} out."
        )
    return float(np.asarray(rate))


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch.

    Args:
        schedule: a function of (epoch, learning rate now) or of (epoch) that gives the new one.
        verbose: 1 says so.
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0):
        super().__init__()
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        present = _rate(self.model, "LearningRateScheduler")
        try:
            rate = self.schedule(epoch, present)
        except TypeError:  # a schedule of the older form
            rate = self.schedule(epoch)
        try:
            value = float(np.asarray(rate))
        except (TypeError, ValueError):
            raise DtypeError(f"The schedule of LearningRateScheduler gives a number; for epoch {epoch} it gave {rate!r}.") from None
        self.model.optimizer.learning_rate = value
        if self.verbose > 0:
            say(f"Epoch {epoch + 1}: the learning rate is {value}.")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = _rate(self.model, "LearningRateScheduler")


class ReduceLROnPlateau(MonitorCallback):
    """Lowers the learning rate when a quantity has stopped improving.

    Args:
        monitor, mode, min_delta: the quantity and what counts as better.
        factor: the new rate is the old one times this, less than 1.
        patience: epochs without improvement before that.
        cooldown: epochs after it that do not count.
        min_lr: the rate goes no lower.
        verbose: 1 says so.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ):
        super().__init__(monitor, mode, min_delta=min_delta)
        if factor >= 1:
            raise ArgumentError(f"`factor` of ReduceLROnPlateau lowers the rate, so it is less than 1; received {factor}.")
        self.factor, self.patience, self.verbose, self.cooldown, self.min_lr = (
            factor,
            patience,
            verbose,
            cooldown,
            min_lr,
        )
        self.wait = self.cooldown_counter = 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.wait = self.cooldown_counter = 0
        self.best = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        rate = _rate(self.model, "ReduceLROnPlateau")
        if logs is not None:
            logs["learning_rate"] = rate
        current = self.current(logs)
        if current is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self.improved(current, self.best):
            self.best, self.wait = current, 0
        elif self.cooldown_counter <= 0:
            self.wait += 1
            if self.wait >= self.patience and rate > np.float32(self.min_lr) and not math.isclose(rate, self.min_lr):
                rate = max(rate * self.factor, self.min_lr)
                self.model.optimizer.learning_rate = rate
                if self.verbose > 0:
                    say(f"Epoch {epoch + 1}: the learning rate is lowered to {rate:g}.")
                self.cooldown_counter, self.wait = self.cooldown, 0
