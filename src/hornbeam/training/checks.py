"""What is checked before training starts, so that a mistake is answered in the user's words and not by the compiler."""

from typing import Any

import numpy as np

from hornbeam.engine.callers import warn
from hornbeam.engine.errors import ArgumentError, DataError, ShapeError
from hornbeam.engine.ordering import mapped
from hornbeam.engine.tensor import Tensor
from hornbeam.layers import Embedding
from hornbeam.training.compiled import outputs_by_name
from hornbeam.training.feed.convert import check_finite
from hornbeam.training.limits import limited_epochs as limited_epochs


def whole_number(name: str, value: Any, minimum: int) -> int:
    """`value` as an int of at least `minimum`, or `ArgumentError`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < minimum:
        raise ArgumentError(f"`{name}` is a whole number, {minimum} or more; received {value!r}.")
    return int(value)


def example(feed: Any) -> Any:
    """A batch to learn shapes from: one example of data in memory, the first batch of a stream (which the feed gives again)."""
    return mapped(lambda a: a[:1], feed.arrays) if feed.arrays is not None else feed.peek()


def by_output(model: Any, y: Any, y_pred: Any) -> list[tuple[str, Any, Any, Tensor]]:
    """For each output with a loss: what messages call its targets, the targets, the loss, the (symbolic) predictions."""
    if model._compiled_loss is None or y is None:
        return []
    predictions = outputs_by_name(y_pred, model._output_names())
    names = list(predictions)
    given = model._compiled_loss.given
    if isinstance(given, (list, tuple)):
        if len(given) != len(names):
            return []  # which CompiledLoss tells
        losses = dict(zip(names, given, strict=False))
    elif isinstance(given, dict) and "class_name" not in given:
        if not set(given) <= set(names):
            return []
        losses = given
    else:
        losses = dict.fromkeys(names, given)
    targets = outputs_by_name(y, names)
    found = []
    for name, prediction in predictions.items():
        target, loss = targets.get(name), losses.get(name)
        if isinstance(target, np.ndarray) and loss is not None and isinstance(prediction, Tensor) and prediction.ndim:
            found.append((f"the targets of output '{name}'" if len(names) > 1 else "y", target, loss, prediction))
    return found


def labels(model: Any, y: Any, y_pred: Any) -> None:
    """Raise `DataError` or `ShapeError` when targets cannot go with the losses: out of range, one-hot for a sparse loss, the reverse."""
    for where, target, loss, prediction in by_output(model, y, y_pred):
        kind = _kind(loss)
        if kind == "sparsecategoricalcrossentropy":
            _sparse(target, prediction, where, loss)
        elif kind == "categoricalcrossentropy":
            _one_hot(target, prediction, where)
        elif kind in _ELEMENTWISE:
            _elementwise(target, prediction, where, _name(loss))
        if kind == "binarycrossentropy" and target.size:
            low, high = target.min(), target.max()
            soft = target.dtype.kind == "f" and bool((target != np.round(target)).any())  # labels with noise on them, as GANs have
            if (low < 0 or high > 1) and not soft:
                hint = " For several classes use loss='sparse_categorical_crossentropy' and one unit for each class." if high > 1 else ""
                raise DataError(f"binary_crossentropy takes targets between 0 and 1; {where} ranges from {low} to {high}.{hint}")


def embedded(model: Any, x: Any) -> None:
    """Raise `DataError` when numbers that an Embedding of the model looks up are not among those it has vectors for."""
    graph = getattr(model, "_graph", None)
    if graph is None or len(graph.inputs) != 1 or not isinstance(x, np.ndarray) or not x.size:
        return
    for node in graph.nodes:
        if isinstance(node.operation, Embedding) and node.args and node.args[0] is graph.inputs[0]:
            low, high, layer = x.min(), x.max(), node.operation
            advice = f"Give it input_dim={int(high) + 1}, or keep the numbers in range." if low >= 0 else "Count from 0 upwards."
            if low < 0 or high >= layer.input_dim:
                raise DataError(
                    f"x holds numbers from {low} to {high}, but layer '{layer.name}' (Embedding) has vectors for 0 to "
                    f"{layer.input_dim - 1}. {advice}"
                )


def _name(loss: Any) -> str:
    return loss if isinstance(loss, str) else getattr(loss, "name", None) or getattr(loss, "__name__", type(loss).__name__)


def _kind(loss: Any) -> str:
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
    return name.replace("_", "").lower()


def _shape(shape: tuple) -> str:
    return f"({', '.join(['batch', *map(str, shape)])}{'' if shape else ','})"


def _units(count: Any) -> str:
    return f"{count} unit{'' if count == 1 else 's'}"


def _sparse(target: np.ndarray, prediction: Tensor, where: str, loss: Any) -> None:
    units = prediction.shape[-1]
    rank = prediction.ndim
    if rank >= 2 and target.ndim == rank and units is not None and units > 1 and target.shape[-1] == units:
        raise DataError(
            f"sparse_categorical_crossentropy takes integer labels of shape (batch,); {where} has shape {target.shape}, which looks "
            "one-hot. Use loss='categorical_crossentropy', or labels from y.argmax(-1)."
        )
    rows = target.ndim - (target.ndim > 1 and target.shape[-1] == 1 and target.ndim == rank)
    if rank > rows + 1:
        raise ShapeError(
            f"{where} has one label for each example, shape {target.shape}, but the model's output has shape "
            f"{_shape(prediction.shape[1:])}: one row of class scores for each place in the example. "
            "Put Flatten() or a pooling layer before the last Dense layer."
        )
    if not target.size or target.dtype.kind not in "iubf" or units is None:
        return
    ignored = getattr(loss, "ignore_class", None)
    known = target if ignored is None else target[target != ignored]
    if not known.size:
        return
    low, high = known.min(), known.max()
    if target.dtype.kind == "f" and (fractions := known[known != np.floor(known)]).size:
        raise DataError(f"sparse_categorical_crossentropy takes integer labels; {where} holds fractions such as {fractions[0]}.")
    if low < 0 or high >= units:
        if low < 0:
            change = "Number the classes from 0: numpy.unique(y, return_inverse=True)[1]."
        else:
            other = ", or subtract 1 from the labels" if high == units and low >= 1 else ""
            change = f"Give the last layer {_units(int(high) + 1)}{other}."
        raise DataError(
            f"{where} holds labels from {low} to {high}, but the model's last layer has {_units(units)}, "
            f"so labels run from 0 to {units - 1}. {change}"
        )


def _one_hot(target: np.ndarray, prediction: Tensor, where: str) -> None:
    units = prediction.shape[-1]
    if prediction.ndim < 2 or units is None or target.shape[1:] == tuple(prediction.shape[1:]):
        return
    if target.ndim == 1 or (target.shape[-1] == 1 and units > 1):
        raise DataError(
            f"categorical_crossentropy takes one-hot targets of shape (batch, {units}); {where} has shape {target.shape}. "
            "For integer labels use loss='sparse_categorical_crossentropy'."
        )
    if target.ndim == prediction.ndim and target.shape[-1] != units:
        raise ShapeError(
            f"{where} is one-hot for {target.shape[-1]} classes (shape {target.shape}), but the model's last layer has {_units(units)}. "
            f"Give the last layer {_units(target.shape[-1])}."
        )


def _elementwise(target: np.ndarray, prediction: Tensor, where: str, loss: str) -> None:
    """For losses that compare targets and outputs number by number: one shape, give or take a last axis of one."""
    wanted, given = tuple(prediction.shape[1:]), tuple(target.shape[1:])
    if _same(given, wanted) or _same((*given, 1), wanted) or _same(given, (*wanted, 1)):
        return
    have = "have" if where != "y" else "has"
    shapes = f"The model's output has shape {_shape(wanted)} and {where} {have} shape {_shape(given)}: "
    shapes += f"{loss} compares them number by number. "
    change = f"Give the last layer {_units(given[-1] if given else 1)}, or reshape the targets."
    if len(given) == len(wanted) and all(1 in (m, n) or _same((m,), (n,)) for m, n in zip(given, wanted, strict=True)):
        warn(f"{shapes}The one of size 1 is repeated, which is seldom what is meant. {change}")
    else:
        raise ShapeError(shapes + change)


def _same(a: tuple, b: tuple) -> bool:
    return len(a) == len(b) and all(m == n or None in (m, n) for m, n in zip(a, b, strict=True))


def batch(model: Any, batch: tuple, step: int) -> None:
    """The same for each batch of a stream, and NaN among its numbers, as data in memory is checked whole."""
    for part, name in zip(batch, ("x", "y", "sample_weight"), strict=False):
        check_finite(part, name, f" in batch {step}")
    embedded(model, batch[0])
    if len(batch) > 1 and model._trainer.outputs is not None:
        labels(model, batch[1], model._trainer.outputs)


_ELEMENTWISE = {
    "mse", "meansquarederror", "mae", "meanabsoluteerror", "mape", "meanabsolutepercentageerror", "msle", "meansquaredlogarithmicerror",
    "huber", "logcosh", "binarycrossentropy", "poisson", "kldivergence", "hinge", "squaredhinge",
}  # fmt: skip
