"""Watching one quantity of the logs: which way is better, and whether it is better now."""

import math
from typing import Any

from hornbeam.engine.callers import warn
from hornbeam.engine.errors import ArgumentError, did_you_mean
from hornbeam.training.callbacks.base import Callback, Logs

_HIGHER = (
    "acc",
    "auc",
    "precision",
    "recall",
    "f1",
    "fbeta",
    "score",
    "iou",
    "r2",
    "dice",
    "sensitivity",
    "specificity",
    "cosine",
)
_LOWER = (
    "loss",
    "error",
    "mse",
    "mae",
    "mape",
    "msle",
    "rmse",
    "entropy",
    "divergence",
    "kl",
    "poisson",
    "hinge",
    "logcosh",
    "perplexity",
)


class MonitorCallback(Callback):
    """A callback that watches one quantity.

    Args:
        monitor: its name in the logs. mode: 'min', 'max', or 'auto' to tell from the metric or its name.
        min_delta: how much better counts as better.
    """

    def __init__(self, monitor: str = "val_loss", mode: str = "auto", best: float | None = None, min_delta: float = 0.0):
        super().__init__()
        if mode not in ("auto", "min", "max"):
            raise ArgumentError(f"`mode` of {type(self).__name__} is 'auto', 'min' or 'max'; received {mode!r}.")
        self.monitor, self.mode, self.best, self.min_delta = monitor, mode, best, abs(min_delta)
        self._sign: float | None = {"min": 1.0, "max": -1.0}.get(mode)
        self._warned = False

    def current(self, logs: Logs | None) -> float | None:
        """The quantity now, None (and once a warning) when the logs do not have it."""
        logs = logs or {}
        value = logs.get(self.monitor)
        if value is not None:
            return float(value)
        if not self._warned:
            self._warned = True
            hint = did_you_mean(self.monitor, logs)
            if self.monitor.startswith("val_") and not any(name.startswith("val_") for name in logs):
                hint = f"Known names: {', '.join(sorted(logs))}. Names with 'val_' need validation_data or validation_split in fit."
            warn(f"{type(self).__name__} watches '{self.monitor}', which the logs do not have. {hint}")
        return None

    def improved(self, value: float, than: float | None) -> bool:
        """Whether `value` is better than `than` by more than `min_delta`; anything but NaN is better than nothing."""
        if self._sign is None:
            self._sign = self._direction()
        if math.isnan(value):
            return False
        return than is None or math.isnan(than) or self._sign * value < self._sign * than - self.min_delta

    def _direction(self) -> float:
        name = self.monitor.removeprefix("val_")
        for metric in getattr(self.model, "metrics", None) or ():
            direction = getattr(metric, "_direction", None)
            if metric.name == name and direction in ("up", "down"):
                return -1.0 if direction == "up" else 1.0
        name = name.lower()
        if any(word in name for word in _LOWER):
            return 1.0
        if any(word in name for word in _HIGHER):
            return -1.0
        warn(
            f"{type(self).__name__} cannot tell from the name '{self.monitor}' whether more or less of it is better "
            "and takes less. Pass mode='max' or mode='min'.")
        return 1.0


def every(save_freq: Any, owner: str) -> Any:
    """A checked `save_freq`: 'epoch' or a positive number of batches."""
    if save_freq == "epoch" or (isinstance(save_freq, int) and not isinstance(save_freq, bool) and save_freq > 0):
        return save_freq
    raise ArgumentError(f"`save_freq` of {owner} is 'epoch' or a positive number of batches; received {save_freq!r}.")
