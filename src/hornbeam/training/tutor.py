"""Advice before training starts: programs that run but cannot learn what their author means.

Each check looks at the model, the loss and a little of the data, and answers with one line that ends in the change to make.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from hornbeam.engine import graph
from hornbeam.engine.callers import warn

_settings = {"on": os.environ.get("HORNBEAM_TUTOR", "1") != "0"}
SAMPLE = 10_000  # rows that a check looks at


class TutorWarning(UserWarning):
    """A program that will run, but hardly as meant."""


def set_tutor(on: bool) -> None:
    """Turn the advice before training on or off (the environment variable HORNBEAM_TUTOR=0 does so too)."""
    _settings["on"] = bool(on)


def advise(model: Any, arrays: Any, split: bool = False) -> None:
    """Warn, once a model and kind of advice, of what the checks find.

    Args:
        model: a compiled model with known outputs.
        arrays: `(x, y, sample_weight)` to train on, as NumPy structures.
        split: whether validation data was cut from the end of the data (`validation_split`); then `arrays` is what is left.
    """
    if not _settings["on"] or arrays is None:
        return
    x, y = arrays[0], arrays[1]
    for check in CHECKS:
        for line in check(model, x, y, split):
            _tell(model, line)


def _tell(model: Any, line: str) -> None:
    told = model.__dict__.setdefault("_tutor_told", set())
    if line not in told:
        told.add(line)
        warn(line, TutorWarning)


def watch(model: Any, losses: list[float]) -> None:
    """Warn, once a model, when the losses of the epochs so far say that the learning rate is too high.

    Silent where the program raises the rate itself, to find out which one is too high.
    """
    state = model.__dict__
    try:
        rate = float(model.optimizer.learning_rate)
    except (AttributeError, TypeError):  # no optimizer, or one without a rate
        rate = 0.0
    if len(losses) == 1:
        state["_tutor_first_rate"] = rate
    line = diverging(losses)
    if line is not None and rate <= state["_tutor_first_rate"] and not state.get("_tutor_diverging"):
        state["_tutor_diverging"] = True
        _tell(model, line)


def diverging(losses: list[float]) -> str | None:
    """A line when the losses of the epochs so far say that the learning rate is too high."""
    if not _settings["on"] or len(losses) < 2 or not np.isfinite(losses).all():
        return None
    if losses[-1] > 10 * min(losses) and losses[-1] > losses[-2]:
        return (
            f"The loss has grown from {min(losses):.3g} to {losses[-1]:.3g}: the learning rate is too high. Make it ten times smaller, "
            "as in compile(optimizer=hb.optimizers.Adam(1e-4))."
        )
    return None


def _loss(model: Any) -> tuple[str, bool]:
    """The name of a model's only loss in lower case without underscores, and whether it takes logits."""
    given = model._compiled_loss.given if model._compiled_loss is not None else None
    if isinstance(given, (list, tuple, dict)) or given is None:
        return "", False
    name = given if isinstance(given, str) else getattr(given, "__name__", type(given).__name__)
    logits = getattr(given, "from_logits", None)
    if logits is None:
        logits = getattr(given, "_arguments", getattr(given, "_fn_kwargs", {})).get("from_logits", False)
    return name.replace("_", "").lower(), bool(logits)


def _last(model: Any) -> tuple[Any, str | None, int | None]:
    """The last layer, the name of its activation, and the number of its units; Nones where that is not one Dense-like layer.

    An Activation('linear') at the end, which casts what a model with mixed precision gives, is passed over.
    """
    outputs = getattr(model, "outputs", None)
    if not outputs or len(outputs) != 1:
        return None, None, None
    layer, node = model.layers[-1], outputs[0]._node
    while type(layer).__name__ == "Activation" and node.operation is layer and getattr(layer.activation, "__name__", "") == "linear":
        node = graph.tensors_in(node.args)[0]._node
        layer = node.operation
    activation = getattr(layer, "activation", None)
    name = getattr(activation, "__name__", None) if activation is not None else "softmax" if type(layer).__name__ == "Softmax" else None
    return layer, name, outputs[0].shape[-1] if outputs[0].ndim else None


def softmax_as_logits(model: Any, x: Any, y: Any, split: bool) -> Iterator[str]:
    layer, activation, _ = _last(model)
    _, logits = _loss(model)
    if logits and activation in ("softmax", "sigmoid"):
        yield (
            f"The loss takes logits (from_logits=True), but layer '{layer.name}' ends in {activation}, which would be applied twice. "
            f"Drop activation='{activation}', or from_logits=True."
        )


def probabilities_missing(model: Any, x: Any, y: Any, split: bool) -> Iterator[str]:
    layer, activation, _ = _last(model)
    loss, logits = _loss(model)
    if activation == "linear" and not logits and loss.endswith("crossentropy"):
        last = "sigmoid" if loss.startswith("binary") else "softmax"
        yield (
            f"The loss takes probabilities, but layer '{layer.name}' has no activation, so its outputs are any numbers. "
            f"Give it activation='{last}', or the loss from_logits=True."
        )


def sigmoid_on_classes(model: Any, x: Any, y: Any, split: bool) -> Iterator[str]:
    layer, activation, units = _last(model)
    loss, _ = _loss(model)
    if activation == "sigmoid" and units and units > 1 and loss in ("sparsecategoricalcrossentropy", "categoricalcrossentropy"):
        yield (
            f"Layer '{layer.name}' ends in sigmoid, which scores each of its {units} classes by itself, while the loss expects one "
            "distribution over them. Use activation='softmax' (or loss='binary_crossentropy' if several classes can be true at once)."
        )


def single_softmax(model: Any, x: Any, y: Any, split: bool) -> Iterator[str]:
    layer, activation, units = _last(model)
    if activation == "softmax" and units == 1:
        yield (
            f"Layer '{layer.name}' is a softmax over one unit, which always answers 1. For two classes use one unit with "
            "activation='sigmoid' and loss='binary_crossentropy', or two units."
        )


def unscaled_inputs(model: Any, x: Any, y: Any, split: bool) -> Iterator[str]:
    if not isinstance(x, np.ndarray) or x.ndim < 3 or x.dtype.kind not in "uf" or not x.size or _rescales(model):
        return
    sample = x[:: max(1, len(x) // 100)][:100]
    low, high = float(sample.min()), float(sample.max())
    if low >= 0 and 128 < high <= 255:
        yield f"The images run from {low:.0f} to {high:.0f}; networks learn better from numbers around 1. Divide them by 255: x / 255.0."


def _rescales(model: Any) -> bool:
    """Whether the model may scale its inputs itself: by a layer for it, or by code that cannot be looked into."""
    scaling = ("Rescaling", "Lambda", "Normalization", "BatchNormalization", "LayerNormalization", "GroupNormalization")
    if any(type(layer).__name__ in scaling for layer in model._flatten_layers()):
        return True
    model_graph = getattr(model, "_graph", None)
    return model_graph is None or any(not hasattr(node.operation, "weights") for node in model_graph.nodes)


def unscaled_targets(model: Any, x: Any, y: Any, split: bool) -> Iterator[str]:
    loss, _ = _loss(model)
    if loss not in ("mse", "meansquarederror") or not isinstance(y, np.ndarray) or not y.size or y.dtype.kind not in "iuf":
        return
    spread = float(np.std(y[:SAMPLE].astype(np.float64)))
    if spread > 1000:
        yield (
            f"The targets spread over thousands (their standard deviation is {spread:.3g}), so their squared errors are in the millions. "
            "Train on (y - y.mean()) / y.std(), and undo it on the predictions."
        )


def sorted_validation(model: Any, x: Any, y: Any, split: bool) -> Iterator[str]:
    loss, _ = _loss(model)
    if not split or not isinstance(y, np.ndarray) or len(y) < 20:
        return
    if loss == "sparsecategoricalcrossentropy" or (loss == "binarycrossentropy" and y.dtype.kind in "iub"):
        labels = y.reshape(len(y), -1)[:, 0]
    elif loss == "categoricalcrossentropy" and y.ndim == 2:
        labels = y.argmax(-1)
    else:
        return
    if labels[0] != labels[-1] and (labels[1:] >= labels[:-1]).all():
        yield (
            "The data is sorted by label, and validation_split takes its end: validation sees labels that training hardly does. Shuffle "
            "first: order = np.random.permutation(len(x)); x, y = x[order], y[order]."
        )


CHECKS: tuple[Callable[[Any, Any, Any, bool], Iterator[str]], ...] = (
    softmax_as_logits, probabilities_missing, sigmoid_on_classes, single_softmax, unscaled_inputs, unscaled_targets, sorted_validation,
)
