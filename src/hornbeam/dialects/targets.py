"""Targets as a program's own loss or metric got them until TensorFlow 2.6: those of shape (batch,) as columns, (batch, 1)."""

import functools
from collections.abc import Callable
from typing import Any

from hornbeam.dialects.rows import tell
from hornbeam.engine.errors import ShapeError
from hornbeam.engine.tensor import Tensor


def _as_column(original: Callable) -> Callable:
    """Called again with a column where a function cannot do with (batch,): `y_true[:, 0]`, `quantiles * (y_true - y_pred)`."""

    @functools.wraps(original)
    def call(self: Any, y_true: Any, y_pred: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(self, y_true, y_pred, *args, **kwargs)
        except (ShapeError, IndexError) as error:
            if not (isinstance(y_true, Tensor) and isinstance(y_pred, Tensor) and y_true.ndim == 1 and y_pred.ndim == 2):
                raise
            try:
                found = original(self, y_true[:, None], y_pred, *args, **kwargs)
            except (ShapeError, IndexError):
                raise error from None
        tell("a loss or metric that takes targets of shape (batch, 1) where fit got (batch,)", "fit(x, y.reshape(-1, 1))")
        return found

    return call


REPLACED = {
    "hornbeam.losses.base:LossFunctionWrapper.call": _as_column,
    "hornbeam.metrics.base:MeanMetricWrapper.update_state": _as_column,
}
