"""Targets as a program's own loss or metric got them from Keras 2: those of shape (batch,) as columns, (batch, 1), beside predictions
of two axes."""

import functools
from collections.abc import Callable
from typing import Any

from hornbeam.dialects.rows import tell
from hornbeam.engine.callers import ours
from hornbeam.engine.errors import ShapeError
from hornbeam.engine.tensor import Tensor


def _as_column(original: Callable) -> Callable:
    """Called again with a column where a function cannot do with (batch,), as in `y_true[:, 0]` or `quantiles * (y_true - y_pred)`, and
    where it gives a value for each pair of examples, as `y_true - y_pred` does beside predictions of shape (batch, 1)."""

    @functools.wraps(original)
    def labelled(function: Callable, y_true: Any, y_pred: Any, *args: Any, **kwargs: Any) -> Any:
        rows = isinstance(y_true, Tensor) and isinstance(y_pred, Tensor) and y_true.ndim == 1 and y_pred.ndim == 2
        if not rows or not _is_own(function):
            return original(function, y_true, y_pred, *args, **kwargs)
        failed: Exception | None = None
        try:
            found = original(function, y_true, y_pred, *args, **kwargs)
            count = y_pred.shape[0]
            if y_pred.shape[1] != 1 or count == 1 or tuple(getattr(found, "shape", ())) != (count, count):
                return found
        except (ShapeError, IndexError) as error:
            failed = error
        try:
            found = original(function, y_true[:, None], y_pred, *args, **kwargs)
        except (ShapeError, IndexError) as error:
            raise failed or error from None
        tell("a loss or metric that takes targets of shape (batch, 1) where fit got (batch,)", "fit(x, y.reshape(-1, 1))")
        return found

    return labelled


def _is_own(function: Any) -> bool:
    """Whether a function or a loss's method `call` is the program's, not the library's."""
    owner = getattr(function, "__self__", None)
    wrapped = getattr(owner, "fn", function)
    home = type(owner) if owner is not None and wrapped is function else wrapped
    return not ours(home)


REPLACED = {"hornbeam.losses.base:labelled": _as_column, "hornbeam.metrics.base:labelled": _as_column}
