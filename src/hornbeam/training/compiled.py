"""What `compile` was given, matched to a model's outputs: the loss and the metrics of a training step."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from hornbeam import losses as losses_module
from hornbeam import metrics as metrics_module
from hornbeam.engine import as_tensor, graph
from hornbeam.engine.conversion import convert_if_tracing
from hornbeam.engine.errors import ArgumentError, ShapeError, listing
from hornbeam.engine.tensor import Tensor
from hornbeam.losses import Loss
from hornbeam.metrics import Metric
from hornbeam.ops.composite.padded import compared


def outputs_by_name(outputs: Any, names: Sequence[str]) -> dict[str, Any]:
    """A model's outputs (or targets) as a flat dict; a lone output is called by the model's only name."""
    if isinstance(outputs, dict):
        return {name: outputs[name] for name in sorted(outputs)}
    if isinstance(outputs, (list, tuple)):
        names = names if len(names) == len(outputs) else [f"output_{i}" for i in range(len(outputs))]
        return dict(zip(names, outputs, strict=True))
    return {names[0] if len(names) == 1 else "output": outputs}


def _match(given: Any, names: list[str], what: str, leaf: Callable[[Any], bool]) -> dict[str, Any]:
    """An argument of `compile` (one value, a list, or a dict by output) as a dict by output."""
    if isinstance(given, dict) and not leaf(given):
        unknown = [key for key in given if key not in names]
        if unknown:
            raise ArgumentError(f"{what} names the output {unknown[0]!r}; the model's outputs are {listing(names)}.")
        return {name: given.get(name) for name in names}
    if isinstance(given, (list, tuple)) and not leaf(given):
        if len(given) != len(names):
            raise ArgumentError(f"{what} has {len(given)} entries for a model with {len(names)} outputs ({listing(names)}).")
        return dict(zip(names, given, strict=True))
    return dict.fromkeys(names, given)


class CompiledLoss:
    """The loss of `compile`: one for each output, weighted and summed.

    Args:
        loss: a name, object or function; or a list or dict of them by output.
        loss_weights: a number for each output, as a list or dict.
    """

    def __init__(self, loss: Any, loss_weights: Any = None):
        self.given, self.weights_given = loss, loss_weights
        for each in jax.tree.leaves(loss, is_leaf=lambda leaf: not isinstance(leaf, (list, tuple, dict)) or "class_name" in leaf):
            if isinstance(each, str):
                losses_module.get(each)  # a name that is unknown is told now
        self.names: list[str] | None = None
        self.losses: dict[str, Loss | None] = {}
        self.weights: dict[str, float] = {}
        self.trackers: dict[str, Any] = {}

    def build(self, predictions: dict[str, Any], targets: dict[str, Any] | None = None) -> None:
        names = list(predictions)
        self.names = names
        if isinstance(self.given, dict) and len(names) > 1:
            missing = [name for name in names if name not in self.given]
            if missing and targets is not None and all(name in targets for name in missing):
                raise ArgumentError(
                    f"loss names no loss for the output {missing[0]!r}. Expected keys {listing(names)}; received {listing(self.given)}."
                )
        if isinstance(self.given, (list, tuple)) and len(names) == 1 and len(self.given) == 1:
            self.given = self.given[0]
        found = _match(self.given, names, "loss", lambda v: not isinstance(v, (list, tuple, dict)) or "class_name" in v)
        self.losses = {name: None if each is None else losses_module.as_loss(each) for name, each in found.items()}
        if self.weights_given is None:
            self.weights = dict.fromkeys(names, 1.0)
        else:
            weights = _match(self.weights_given, names, "loss_weights", lambda v: isinstance(v, (int, float)))
            self.weights = {name: 1.0 if w is None else float(w) for name, w in weights.items()}
        order = self.given if isinstance(self.given, dict) else names
        present = [name for name in order if self.losses.get(name) is not None]
        if len(present) > 1:
            self.trackers = {name: metrics_module.Mean(name=f"{name}_loss") for name in present}

    def __call__(self, y: Any, y_pred: Any, sample_weight: Any = None, names: Sequence[str] = ("output",)) -> Tensor | None:
        predictions = outputs_by_name(y_pred, names)
        if self.names is None:
            self.build(predictions, outputs_by_name(y, names))
        targets = by_output(y, list(predictions), "y")
        weights = by_output(sample_weight, list(predictions), "sample_weight")
        total: Tensor | None = None
        for name, loss in self.losses.items():
            target = targets.get(name)
            if loss is None:
                continue
            if target is None:
                raise ShapeError(f"There are no targets for the output {name!r}, which has a loss: y names {listing(targets)}.")
            value = loss(*compared(target, predictions[name]), weights.get(name))
            if name in self.trackers:
                self.trackers[name].update_state(value, sample_weight=_batch_size(predictions[name]))
            if self.weights[name] != 1.0:
                value = value * self.weights[name]
            total = value if total is None else total + value
        return total


def _batch_size(prediction: Any) -> int:
    return graph.tensors_in(prediction)[0].shape[0]


def by_output(values: Any, names: list[str], what: str) -> dict[str, Any]:
    """Targets or weights by output name: a lone value serves a lone output, or (weights) all of them."""
    if values is None:
        return {}
    if isinstance(values, dict):
        unknown = [key for key in values if key not in names]
        if unknown:
            raise ShapeError(f"{what} names the output {unknown[0]!r}; the model's outputs are {listing(names)}.")
        return values
    if isinstance(values, (list, tuple)):
        if len(values) == len(names):
            return dict(zip(names, values, strict=True))
        if len(names) == 1:
            return {names[0]: values}
        raise ShapeError(f"{what} has {len(values)} entries for a model with {len(names)} outputs ({listing(names)}).")
    if len(names) == 1 or what == "sample_weight":
        return dict.fromkeys(names, values)
    raise ShapeError(f"{what} is one array, but the model has {len(names)} outputs ({listing(names)}): give a list or dict of targets.")


_BY_SHAPE = ("accuracy", "acc", "crossentropy", "ce")  # metrics that are chosen by the shapes of targets and outputs


class CompiledMetrics:
    """The metrics of `compile`: each by output, weighted or not, with the names that logs use."""

    def __init__(self, metrics: Any, weighted: Any = None):
        self.given, self.weighted_given = metrics, weighted
        for each in jax.tree.leaves((metrics, weighted)):
            if isinstance(each, str) and each not in _BY_SHAPE:
                metrics_module.get(each)  # a name that is unknown is told now
        self.built = False
        self.entries: list[tuple[str, str, Metric, bool]] = []  # (output, log name, metric, weighted)

    @property
    def metrics(self) -> list[Metric]:
        return [metric for _, _, metric, _ in self.entries]

    def build(self, targets: dict[str, Any], predictions: dict[str, Any]) -> None:
        names = list(predictions)
        taken: dict[str, int] = {}
        for given, weighted in ((self.given, False), (self.weighted_given, True)):
            for output, items in self._by_output(given, names).items():
                for item in items:
                    if item is None:
                        continue
                    metric, label = self._resolve(item, targets.get(output), predictions[output])
                    prefix = f"{output}_" if len(names) > 1 else ""
                    key = prefix + label
                    if key in taken and weighted:
                        key = f"{prefix}weighted_{label}"
                    if key in taken:
                        taken[key] += 1
                        key = f"{key}_{taken[key]}"
                    taken.setdefault(key, 0)
                    self.entries.append((output, key, metric, weighted))
        self.built = True

    def _by_output(self, given: Any, names: list[str]) -> dict[str, list[Any]]:
        if given is None:
            return {}
        if isinstance(given, dict):
            unknown = [key for key in given if key not in names]
            if unknown:
                raise ArgumentError(f"metrics names the output {unknown[0]!r}; the model's outputs are {listing(names)}.")
            return {name: list(v) if isinstance(v, (list, tuple)) else [v] for name, v in given.items()}
        if not isinstance(given, (list, tuple)):
            given = [given]
        if len(names) == 1:
            flat = [item for each in given for item in (each if isinstance(each, (list, tuple)) else [each])]
            return {names[0]: flat}
        if not given:
            return {}
        if len(given) != len(names):
            if not any(isinstance(each, (list, tuple, dict)) for each in given):  # Keras 2: a plain list is for every output
                fresh = lambda each: each.from_config(each.get_config()) if isinstance(each, Metric) else each
                return {name: [fresh(each) for each in given] for name in names}
            raise ArgumentError(
                f"metrics has {len(given)} entries for a model with {len(names)} outputs: give a list of metrics for each output "
                f"(in the order {listing(names)}), or a dict."
            )
        return {name: list(v) if isinstance(v, (list, tuple)) else [v] for name, v in zip(names, given, strict=True)}

    def _resolve(self, item: Any, target: Any, prediction: Any) -> tuple[Metric, str]:
        if isinstance(item, Metric):
            return item, item.name
        label = item if isinstance(item, str) else getattr(item, "__name__", "metric").strip("<>")
        shapes = tuple(np.shape(target) if not isinstance(target, Tensor) else target.shape), tuple(prediction.shape)
        if item in ("accuracy", "acc"):
            return metrics_module.accuracy_for(*shapes), item
        if item in ("crossentropy", "ce"):
            sparse = len(shapes[0]) < len(shapes[1]) or shapes[0][-1] != shapes[1][-1]
            name = "BinaryCrossentropy" if shapes[1][-1] == 1 else "SparseCategoricalCrossentropy" if sparse else "CategoricalCrossentropy"
            return getattr(metrics_module, name)(), item
        found = metrics_module.get(item)
        if isinstance(found, Metric):
            found.name = label  # 'mae', as it was asked for
            return found, label
        return metrics_module.MeanMetricWrapper(found, name=label), label

    def update(self, y: Any, y_pred: Any, sample_weight: Any, names: Sequence[str]) -> None:
        predictions = outputs_by_name(y_pred, names)
        targets = by_output(y, list(predictions), "y")
        if not self.built:
            self.build(targets, predictions)
        weights = by_output(sample_weight, list(predictions), "sample_weight")
        for output, _, metric, weighted in self.entries:
            target = targets.get(output)
            if target is None:
                continue
            target, prediction = compared(target, predictions[output])
            weight = weights.get(output) if weighted else None
            mask = getattr(prediction, "_keras_mask", None)
            if mask is not None and not weighted:
                weight = mask
            convert_if_tracing(metric.update_state)(as_tensor(target), prediction, sample_weight=weight)

    def results(self) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        for _, key, metric, _ in self.entries:
            result = metric.result()
            if isinstance(result, dict):
                found.update(result)
            else:
                found[key] = result
        return found
