"""Limits that cut every run short, to try a program out: set in the program, or by KERAS_MAX_EPOCHS and KERAS_MAX_STEPS_PER_EPOCH."""

import os
from typing import Any

from hornbeam.engine.callers import warn
from hornbeam.engine.errors import ArgumentError


def _number(name: str, value: Any) -> int | None:
    try:
        return None if value in (None, "") else int(value)
    except ValueError:
        raise ArgumentError(f"{name} is a whole number; received {value!r}.") from None


class _Limits:
    """None: none."""

    epochs = _number("KERAS_MAX_EPOCHS", os.environ.get("KERAS_MAX_EPOCHS"))
    steps = _number("KERAS_MAX_STEPS_PER_EPOCH", os.environ.get("KERAS_MAX_STEPS_PER_EPOCH"))


def max_epochs() -> int | None:
    """The most epochs that a `fit` runs, None for no limit."""
    return _Limits.epochs


def set_max_epochs(max_epochs: int | None) -> None:
    """Let no `fit` run more epochs than this; None for no limit."""
    _Limits.epochs = _number("max_epochs", max_epochs)


def max_steps_per_epoch() -> int | None:
    """The most steps an epoch of `fit`, an `evaluate` or a `predict` runs, None for no limit."""
    return _Limits.steps


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Let no epoch of `fit`, no `evaluate` and no `predict` run more steps than this; None for no limit."""
    _Limits.steps = _number("max_steps_per_epoch", max_steps_per_epoch)


def limited_epochs(epochs: int) -> int:
    """So many epochs, or the limit."""
    return _least("epochs", epochs, _Limits.epochs)


def limited_steps(steps: int | None, total: int | None) -> int | None:
    """So many steps an epoch (None: all there are, `total` where that is known), or the limit."""
    if _Limits.steps is None or (steps is None and total is not None and total <= _Limits.steps):
        return steps
    return _Limits.steps if steps is None else _least("steps", steps, _Limits.steps)


def _least(name: str, wanted: int, limit: int | None) -> int:
    if limit is None or limit >= wanted:
        return wanted
    warn(f"{wanted} {name} are limited to {limit}, as keras.config says.")
    return limit
