"""What is checked before training starts, so that a mistake is answered in the user's words and not by the compiler."""

from typing import Any

import jax
import numpy as np

from hornbeam.engine import graph
from hornbeam.engine.errors import ArgumentError, DataError, ShapeError
from hornbeam.engine.tensor import Tensor
from hornbeam.training.compiled import outputs_by_name


def whole_number(name: str, value: Any, minimum: int) -> int:
    """`value` as an int of at least `minimum`, or `ArgumentError`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < minimum:
        raise ArgumentError(f"{name} is a whole number, {minimum} or more; received {value!r}.")
    return int(value)


def example(feed: Any) -> Any:
    """A batch to learn shapes from: one example of data in memory, the first batch of a stream (which the feed gives again)."""
    return jax.tree.map(lambda a: a[:1], feed.arrays) if feed.arrays is not None else feed.peek()


def before_training(model: Any, feed: Any) -> None:
    """Labels against the loss and the model's outputs, where both are known."""
    loss = getattr(model, "_compiled_loss", None)
    if feed.arrays is None or loss is None:
        return
    _, y, _ = feed.arrays
    if y is None:
        return
    outputs = getattr(model, "outputs", None)
    if not outputs:
        return
    predictions = outputs_by_name(model.output, model._output_names())
    labels(loss.given, y, predictions)


def _kind(loss: Any) -> str:
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
    return name.replace("_", "").lower()


def labels(loss: Any, y: Any, predictions: dict[str, Any]) -> None:
    """Raise `DataError` when labels cannot go with the loss: out of range, one-hot for a sparse loss, the reverse."""
    names = list(predictions)
    targets = outputs_by_name(y, names)
    losses = loss if isinstance(loss, dict) else dict(zip(names, loss, strict=False)) if isinstance(loss, (list, tuple)) else dict.fromkeys(names, loss)
    for output, prediction in predictions.items():
        target, each = targets.get(output), losses.get(output)
        if target is None or each is None or not isinstance(target, np.ndarray) or not isinstance(prediction, Tensor):
            continue
        units = prediction.shape[-1] if prediction.ndim else None
        kind = _kind(each)
        where = f"the targets of output '{output}'" if len(names) > 1 else "y"
        if kind == "sparsecategoricalcrossentropy" and units is not None:
            _sparse(target, prediction, units, where, each)
        elif kind == "categoricalcrossentropy" and units is not None and prediction.ndim >= 2:
            if target.shape[1:] != tuple(prediction.shape[1:]) and target.shape[-1:] in ((), (1,)) or target.ndim == 1:
                raise DataError(
                    f"categorical_crossentropy takes one-hot targets of shape (batch, {units}); {where} has shape {target.shape}. "
                    "For integer labels use loss='sparse_categorical_crossentropy'."
                )
        elif kind == "binarycrossentropy" and target.size:
            low, high = target.min(), target.max()
            if low < 0 or high > 1:
                raise DataError(f"binary_crossentropy takes targets between 0 and 1; {where} ranges from {low} to {high}.")


def _sparse(target: np.ndarray, prediction: Tensor, units: int, where: str, loss: Any) -> None:
    if prediction.ndim >= 2 and target.shape == (len(target), *prediction.shape[1:]) and units > 1 and target.ndim == prediction.ndim:
        raise DataError(
            f"sparse_categorical_crossentropy takes integer labels of shape (batch,); {where} has shape {target.shape}, which looks one-hot. "
            "Use loss='categorical_crossentropy', or labels from y.argmax(-1)."
        )
    if not target.size or target.dtype.kind not in "iubf":
        return
    ignored = getattr(loss, "ignore_class", None)
    known = target if ignored is None else target[target != ignored]
    if not known.size:
        return
    low, high = known.min(), known.max()
    if target.dtype.kind == "f" and (known != np.floor(known)).any():
        raise DataError(f"sparse_categorical_crossentropy takes integer labels; {where} holds fractions such as {known[known != np.floor(known)][0]}.")
    if low < 0 or high >= units:
        raise DataError(
            f"{where} holds labels from {low} to {high}, but the model's last layer has {units} outputs, so labels run from 0 to {units - 1}. "
            f"Give the last layer {int(high) + 1} units" + (", or subtract 1 from the labels." if low >= 1 and high == units else ".")
        )


def targets(model: Any, y: Any, y_pred: Any) -> None:
    """Raise `ShapeError` when targets and outputs cannot be compared, for losses that compare them element by element."""
    loss = model._compiled_loss
    if loss is None or not isinstance(loss.given, (str,)) and not hasattr(loss.given, "name"):
        return
    kind = _kind(loss.given)
    if kind not in _ELEMENTWISE or not isinstance(y_pred, Tensor) or not graph.tensors_in(y_pred):
        return
    shape = np.shape(y) if not isinstance(y, (list, tuple, dict)) else None
    if shape is None:
        return
    wanted = tuple(y_pred.shape[1:])
    if not wanted and len(shape) == 1:
        return
    given = tuple(shape[1:])
    squeezed = (given == wanted, (*given, 1) == wanted, given == (*wanted, 1))
    if not any(squeezed) and not _broadcast(given, wanted):
        raise ShapeError(
            f"The model's output has shape (batch, {', '.join(map(str, wanted))}) and y has shape (batch, {', '.join(map(str, given))}): "
            f"{loss.given if isinstance(loss.given, str) else loss.given.name} compares them element by element. "
            f"Give the last layer {given[-1] if given else 1} units, or reshape y."
        )


def _broadcast(a: tuple, b: tuple) -> bool:
    if len(a) != len(b):
        return False
    return all(m == n or None in (m, n) or 1 in (m, n) for m, n in zip(a, b, strict=True))


_ELEMENTWISE = {
    "mse", "meansquarederror", "mae", "meanabsoluteerror", "mape", "meanabsolutepercentageerror", "msle", "meansquaredlogarithmicerror",
    "huber", "logcosh", "binarycrossentropy", "poisson", "kldivergence", "hinge", "squaredhinge",
}
