"""Training as Keras 2 and TensorFlow 2.0 to 2.15 had it: generators' own methods, `predict_classes`, arguments that have gone."""

import functools
import itertools
import math
import weakref
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from hornbeam import ops
from hornbeam.dialects.layers import add_metric
from hornbeam.dialects.rows import Call, Row, only, tell
from hornbeam.engine.spec import TensorSpec
from hornbeam.layers import Layer
from hornbeam.metrics import Mean
from hornbeam.models import Functional, Model
from hornbeam.models.functional import Graph
from hornbeam.training.batches import batch_size as rows_of
from hornbeam.training.distribution import get_strategy
from hornbeam.training.feed.convert import class_weights, combine_weights


def _count(name: str) -> Row:
    """A number of batches that a division gave: rounded up, as a part of a batch was a step too."""

    def row(call: Call, value: Any) -> None:
        call.kwargs[name] = math.ceil(value) if isinstance(value, (float, np.floating)) and math.isfinite(value) else value

    return row


def _class_weight(call: Call, value: Any) -> str | None:
    """A word; or for several outputs one for each, in a list or by name, which are sample weights."""
    if value in ("auto", "balanced"):
        return "class_weight={class: weight, ...}; a word never had an effect"
    if not isinstance(value, (list, tuple)) and not (isinstance(value, dict) and any(isinstance(each, dict) for each in value.values())):
        call.kwargs["class_weight"] = value
        return None
    names = call.args[0]._output_names()
    by_name = value if isinstance(value, dict) else dict(zip(names, value))
    if len(names) == 1:
        if len(value) > 1 and not isinstance(value, dict):
            return "leave it out: one for each of several outputs never had an effect on a model with one"
        call.kwargs["class_weight"] = by_name.get(names[0])
        return "class_weight={class: weight, ...}"
    targets, given = (_by_name(names, call.kwargs.get(name, next(iter(call.args[at : at + 1]), None))) for name, at in
                      (("y", 2), ("sample_weight", 99)))  # fmt: skip
    weights = []
    for name in names:
        rows = np.asarray(targets[name])
        by_class = class_weights(rows, by_name[name]) if by_name.get(name) else np.ones(len(rows), "float32")
        weights.append(combine_weights(None if given.get(name) is None else np.asarray(given[name]), by_class))
    call.kwargs["sample_weight"] = weights
    return "sample_weight=[...], an array of weights for each output"


def _by_name(names: list[str], given: Any) -> dict[str, Any]:
    return given if isinstance(given, dict) else dict(zip(names, given)) if given is not None else {}


_WORKERS: dict[str, Row] = {"workers": None, "use_multiprocessing": None, "max_queue_size": None, "nb_worker": None, "max_q_size": None,
                            "pickle_safe": None}  # fmt: skip
_FIT: dict[str, Row] = {
    **_WORKERS,
    "nb_epoch": "epochs",
    "show_accuracy": None,
    "class_weight": _class_weight,
    "steps_per_epoch": _count("steps_per_epoch"),
    "validation_steps": _count("validation_steps"),
}
_COMPILE: dict[str, Row] = {
    "sample_weight_mode": only("sample_weight_mode", (None, "temporal"), "Sample weights of shape (batch, time) weigh time steps."),
    "target_tensors": only("target_tensors", (None,), "Give fit the targets."),
    "experimental_run_tf_function": None,
    "experimental_steps_per_execution": "steps_per_execution",
    "class_mode": None,
    "distribute": None,
    "cloning": None,
    "pss_evaluation_shards": None,
}


def _reset(call: Call, value: Any) -> str:
    call.args[0]._trainer.goes_on = not value
    return "leave it out; evaluate(data) gives the metrics of many batches"


_RESET: dict[str, Row] = {"reset_metrics": _reset}
_GRAPH = {"input": "inputs", "output": "outputs"}
ARGUMENTS = {
    "hornbeam.training.trainer:Trainer.fit": _FIT,
    "hornbeam.training.trainer:Trainer.evaluate": {**_WORKERS, "steps": _count("steps")},
    "hornbeam.training.trainer:Trainer.predict": {**_WORKERS, "steps": _count("steps")},
    "hornbeam.training.trainer:Trainer.compile": _COMPILE,
    "hornbeam.training.trainer:Trainer.train_on_batch": {**_RESET, "class_weight": _class_weight},
    "hornbeam.training.trainer:Trainer.test_on_batch": _RESET,
    "hornbeam.models:Functional": _GRAPH,
    "hornbeam.models:Model": _GRAPH,
}


# Generators.
_PER_STEP = {"samples_per_epoch": "steps_per_epoch", "nb_val_samples": "validation_steps", "val_samples": "steps"}


def fit_generator(self: Model, generator: Any, steps_per_epoch: Any = None, epochs: int = 1, *args: Any, **kwargs: Any) -> Any:
    """`fit` of a generator or Sequence of batches. Arguments in Keras 2's order."""
    tell("model.fit_generator(...)", "model.fit(...)")
    generator, kwargs = _samples(generator, kwargs)
    kwargs.setdefault("steps_per_epoch", steps_per_epoch)
    kwargs.setdefault("epochs", kwargs.pop("nb_epoch", epochs))
    names = ("verbose", "callbacks", "validation_data", "validation_steps", "validation_freq", "class_weight", "max_queue_size",
             "workers", "use_multiprocessing", "shuffle", "initial_epoch")  # fmt: skip
    return self.fit(generator, **{**dict(zip(names, args)), **_quiet(kwargs)})


def evaluate_generator(self: Model, generator: Any, steps: Any = None, callbacks: Any = None, *args: Any, **kwargs: Any) -> Any:
    """`evaluate` of a generator or Sequence of batches."""
    tell("model.evaluate_generator(...)", "model.evaluate(...)")
    generator, kwargs = _samples(generator, kwargs)
    return self.evaluate(generator, callbacks=callbacks, **{"steps": steps, "verbose": 0, **_quiet(kwargs)})


def predict_generator(self: Model, generator: Any, steps: Any = None, callbacks: Any = None, *args: Any, **kwargs: Any) -> Any:
    """`predict` of a generator or Sequence of batches."""
    tell("model.predict_generator(...)", "model.predict(...)")
    generator, kwargs = _samples(generator, kwargs)
    return self.predict(generator, callbacks=callbacks, **{"steps": steps, "verbose": 0, **_quiet(kwargs)})


def _quiet(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Without what only the generators' methods took: the method itself has been told of."""
    return {name: value for name, value in kwargs.items() if name not in _WORKERS}


def _samples(generator: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Keras 1 counted examples where Keras 2 counts batches; how many a batch has, only a batch can say."""
    found = {old: kwargs.pop(old) for old in _PER_STEP if old in kwargs}
    size = getattr(generator, "batch_size", None)
    if found and size is None:
        first = generator[0] if hasattr(generator, "__getitem__") else next(generator)
        size = len(jax.tree.leaves(first)[0])
        if not hasattr(generator, "__getitem__"):
            generator = itertools.chain([first], generator)
    steps = {_PER_STEP[old]: max(1, math.ceil(value / int(size))) for old, value in found.items()}
    return generator, {**kwargs, **steps}


# Predictions.
def predict_classes(self: Model, x: Any, batch_size: int | None = None, verbose: Any = 0) -> np.ndarray:
    """The most likely class of each example; of one output unit, whether it is above 0.5."""
    scores = self.predict(x, batch_size=batch_size, verbose=verbose)
    if scores.shape[-1] > 1:
        tell("model.predict_classes(x)", "np.argmax(model.predict(x), axis=-1)")
        return scores.argmax(axis=-1)
    tell("model.predict_classes(x)", "(model.predict(x) > 0.5).astype('int32')")
    return (scores > 0.5).astype("int32")


def predict_proba(self: Model, x: Any, batch_size: int | None = None, verbose: Any = 0) -> np.ndarray:
    """`predict`."""
    tell("model.predict_proba(x)", "model.predict(x)")
    return self.predict(x, batch_size=batch_size, verbose=verbose)


# What a custom train_step calls.
class _CompiledLoss:
    def __init__(self, model: Model):
        self.model = model

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None, regularization_losses: Any = None) -> Any:
        """The loss of `compile` plus the penalties, which is also what the metric `loss` follows."""
        model = self.model
        total = model._compiled_loss(y_true, y_pred, sample_weight, model._output_names())
        for loss in regularization_losses or ():
            total = total + loss
        model._loss_tracker.update_state(total, sample_weight=rows_of(y_pred))
        return total

    @property
    def metrics(self) -> list[Any]:
        return [self.model._loss_tracker]

    def reset_state(self) -> None:
        self.model._loss_tracker.reset_state()


class _CompiledMetrics:
    def __init__(self, model: Model):
        self.model = model

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.model._compiled_metrics.update(y_true, y_pred, sample_weight, self.model._output_names())

    @property
    def metrics(self) -> list[Any]:
        return self.model._compiled_metrics.metrics

    def result(self) -> dict[str, Any]:
        return self.model._compiled_metrics.results()

    def reset_state(self) -> None:
        for metric in self.metrics:
            metric.reset_state()


# Losses and metrics that are symbolic tensors of the model's own graph.
def _add_loss(original: Callable) -> Callable:
    @functools.wraps(original)
    def add_loss(self: Layer, loss: Any, *args: Any, **kwargs: Any) -> None:
        for each in loss if isinstance(loss, (list, tuple)) else (loss,):
            if isinstance(self, Functional) and getattr(each, "is_symbolic", False):
                tell("model.add_loss(tensor of the graph)", "a layer that calls self.add_loss(...) in its `call`")
                _aside(self, each, None)
            else:
                original(self, each)

    return add_loss


def _add_metric(original: Callable) -> Callable:
    @functools.wraps(original)
    def add_metric(self: Layer, value: Any, name: str | None = None, aggregation: str | None = "mean") -> None:
        if isinstance(self, Functional) and getattr(value, "is_symbolic", False):
            held = self.__dict__.setdefault("_added_metrics", {})
            name = name or f"metric_{len(held)}"
            held[name] = Mean(name=name)
            _aside(self, value, held[name])
        else:
            original(self, value, name, aggregation)

    return add_metric


def _aside(model: Functional, tensor: Any, metric: Mean | None) -> None:
    """Let a call of the model compute a further tensor of its graph, for a metric or as a loss."""
    wanted = model.__dict__.setdefault("_aside", [])
    wanted.append((tensor, metric))
    graph = model._graph
    structure = {"outputs": graph.result_structure, "aside": [each for each, _ in wanted]}
    model.__dict__["_wider"] = Graph(graph.input_structure, structure)
    model._graph_layers = model.__dict__["_wider"].layers
    model._forget_programs()


def _functional_call(original: Callable) -> Callable:
    @functools.wraps(original)
    def call(self: Functional, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        wider = self.__dict__.get("_wider")
        if wider is None:
            return original(self, inputs, training=training, mask=mask)
        found = wider(inputs, self.name, mask)
        for value, (_, metric) in zip(found["aside"], self.__dict__["_aside"], strict=True):
            if metric is None:
                Layer.add_loss(self, ops.mean(value))
            else:
                metric.update_state(value)
        return found["outputs"]

    return call


# Model(input=x, output=y) chooses what it makes by its arguments, in __new__.
def _model_new(original: Callable) -> Callable:
    def new(cls: type, *args: Any, **kwargs: Any) -> Any:
        if "input" in kwargs or "output" in kwargs:
            kwargs = {_GRAPH.get(name, name): value for name, value in kwargs.items()}
        return original(cls, *args, **kwargs)

    return staticmethod(new)  # type: ignore[return-value] # as Python makes any __new__


def save_spec(self: Model, dynamic_batch: bool = True) -> Any:
    """What the model was built with, as `((TensorSpec, ...), {})`; None before it was."""
    shapes = (self.get_build_config() or {}).get("input_shape")
    if shapes is None:
        return None
    sized = lambda shape: TensorSpec((None if dynamic_batch else shape[0], *shape[1:]), self.compute_dtype)
    return ((jax.tree.map(sized, shapes, is_leaf=lambda each: isinstance(each, tuple)),), {})


# super().__init__(self), which Keras 2 took for super().__init__().
def _model_init(original: Callable) -> Callable:
    @functools.wraps(original)
    def init(self: Model, *args: Any, **kwargs: Any) -> None:
        if args and args[0] is self:
            tell("super().__init__(self)", "super().__init__()")
            args = args[1:]
        original(self, *args, **kwargs)

    return init


# A discriminator that is compiled and then frozen, to be part of a second model: Keras 2 went on training what could be trained when it
# was compiled. (Keras 3 would train nothing at all.)
_layers_then: weakref.WeakKeyDictionary[Any, list[weakref.ref[Layer]]] = weakref.WeakKeyDictionary()


def _compile(original: Callable) -> Callable:
    @functools.wraps(original)
    def compile(self: Any, *args: Any, **kwargs: Any) -> Any:
        if len(args) > 2 and _are_metrics(args[2]):  # compile(optimizer, loss, metrics, loss_weights), in Keras 2's order
            tell("metrics as the third argument of compile", "metrics=")
            args = (*args[:2], args[3] if len(args) > 3 else None, args[2], *args[4:])
        result = original(self, *args, **kwargs)
        _layers_then[self] = [weakref.ref(layer) for layer in self._flatten_layers() if layer._trainable]
        return result

    return compile


def _are_metrics(given: Any) -> bool:
    """Whether a structure is of metrics (names, functions, objects), not of weights."""
    leaves = [*given.values()] if isinstance(given, dict) else [*given] if isinstance(given, (list, tuple)) else [given]
    return any(_are_metrics(each) if isinstance(each, (list, tuple)) else isinstance(each, str) or callable(each) for each in leaves)


def _as_compiled(original: Callable) -> Callable:
    @functools.wraps(original)
    def train(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self._trainable or not self.built or not (then := [layer for each in _layers_then.get(self, ()) if (layer := each())]):
            return original(self, *args, **kwargs)
        tell("model.trainable = False after compile", "compile after freezing; what was trainable when it was compiled is trained")
        _set_trainable(then, True)
        try:
            return original(self, *args, **kwargs)
        finally:
            _set_trainable(then, False)

    return train


def _set_trainable(layers: list[Layer], value: bool) -> None:
    for layer in layers:
        layer._trainable = value
        for variable in layer._owned():
            variable.trainable = value and variable._born_trainable


REPLACED = {
    "hornbeam.training.trainer:Trainer.compile": _compile,
    "hornbeam.training.trainer:Trainer.fit": _as_compiled,
    "hornbeam.training.trainer:Trainer.train_on_batch": _as_compiled,
    "hornbeam.layers:Layer.add_loss": _add_loss,
    "hornbeam.models:Functional.call": _functional_call,
    "hornbeam.models:Model.__init__": _model_init,
    "hornbeam.models:Model.__new__": _model_new,
}
ATTRIBUTES = {
    "hornbeam.models:Sequential": {
        "input_names": property(lambda self: [tensor.name for tensor in self.inputs]),
        "output_names": property(lambda self: [self.layers[-1].name]),
    },
    "hornbeam.models:Model": {
        "fit_generator": fit_generator,
        "evaluate_generator": evaluate_generator,
        "predict_generator": predict_generator,
        "predict_classes": predict_classes,
        "predict_proba": predict_proba,
        "save_spec": save_spec,
        "add_metric": _add_metric(add_metric),
        "_feed_inputs": property(lambda self: self.inputs),
        "_set_save_spec": lambda self, inputs, args=None, kwargs=None: None,
        "_is_compiled": property(lambda self: self.compiled),
        "_is_graph_network": property(lambda self: getattr(self, "_graph", None) is not None),
        "distribute_strategy": property(lambda self: get_strategy()),
        "compiled_loss": property(_CompiledLoss),
        "compiled_metrics": property(_CompiledMetrics),
        "stateful": property(lambda self: any(getattr(layer, "stateful", False) for layer in self.layers)),
        "_make_predict_function": lambda self: None,
        "_make_train_function": lambda self: None,
        "_make_test_function": lambda self: None,
        "_set_inputs": lambda self, inputs: self(inputs),
    }
}
