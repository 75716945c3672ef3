"""Layers as Keras 2 and TensorFlow 2.0 to 2.15 had them, and as far as it is a matter of names alone, Keras 1."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from hornbeam.dialects.rows import Call, Row, only, tell, words
from hornbeam.engine import graph
from hornbeam.engine.callers import ours
from hornbeam.engine.dtypes import standardize
from hornbeam.engine.pure import local
from hornbeam.engine.shape import Shape
from hornbeam.engine.tensor import Tensor
from hornbeam.layers import Layer
from hornbeam.layers.structures import lone, map_shapes, shapes
from hornbeam.metrics import Mean, Metric
from hornbeam.ops import ones_like
from hornbeam.utils.graphs import NotSymbolic

_ORDER = {"tf": "channels_last", "th": "channels_first"}


def _sizes(*names: str) -> dict[str, Row]:
    """Keras 1: a kernel's sizes as an argument each."""

    def row(call: Call, value: Any) -> str:
        call.kwargs["kernel_size"] = (value, *[call.kwargs.pop(name) for name in names if name in call.kwargs])
        return f"{call.label}(kernel_size=(rows, columns))"

    return dict.fromkeys(names, row)


def _border(call: Call, value: Any) -> str:
    """Keras 1: padding; Conv2D(8, 3, 3, border_mode='same') had the kernel's sizes after the filters, then an output's shape."""
    sizes = call.args[2 : 2 + int(next(filter(str.isdigit, call.label), "0"))]
    if len(sizes) > 1 and all(isinstance(each, int) for each in sizes):
        call.args[2:] = [tuple(sizes)]
    call.kwargs["padding"] = value
    return f"{call.label}(padding=...)"


def _weights(call: Call, value: Any) -> str:
    """First values for the weights, in the order of `get_weights`."""
    call.args[0].__dict__["_first_weights"] = value
    return "layer.set_weights(...) once the model is built"


def _type_spec(call: Call, value: Any) -> str:
    """Keras 2: the whole of an input as a TensorSpec or RaggedTensorSpec."""
    call.kwargs.update(batch_shape=tuple(value.shape), dtype=value.dtype, ragged=hasattr(value, "ragged_rank"))
    return "Input(batch_shape=..., dtype=...)"


def _time_major(call: Call, value: Any) -> None:
    """Sequences (time, batch, ...): a spelling that layers still take, though no signature says so."""
    call.kwargs["time_major"] = value


_KERNEL: dict[str, Row] = {
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "bias": "use_bias",
}
_CONV: dict[str, Row] = {
    **_KERNEL,
    "nb_filter": "filters",
    "filter_length": "kernel_size",
    **_sizes("nb_row", "nb_col"),
    **_sizes("kernel_dim1", "kernel_dim2", "kernel_dim3"),
    "subsample": "strides",
    "subsample_length": "strides",
    "border_mode": _border,
    "dim_ordering": words("dim_ordering", _ORDER, "data_format"),
    "atrous_rate": "dilation_rate",
}
_POOL: dict[str, Row] = {
    "border_mode": "padding",
    "dim_ordering": words("dim_ordering", _ORDER, "data_format"),
    "pool_length": "pool_size",
    "stride": "strides",
}
_RECURRENT: dict[str, Row] = {
    **_KERNEL,
    "output_dim": "units",
    "inner_init": "recurrent_initializer",
    "inner_activation": "recurrent_activation",
    "U_regularizer": "recurrent_regularizer",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
    "consume_less": None,
    "implementation": None,
    "time_major": _time_major,
}
_NORMALIZATION: dict[str, Row] = {
    "fused": None,
    "adjustment": only("adjustment", (None,), "It has no successor."),
    "virtual_batch_size": only("virtual_batch_size", (None,), "Make the batches themselves of that size."),
    "beta_init": "beta_initializer",
    "gamma_init": "gamma_initializer",
    "mode": only("mode", (0,), "It has no successor."),
}
_CAUSAL = {"causal": only("causal", (False,), "Pass use_causal_mask=True when the layer is called.")}
_MODE = {"output_mode": words("output_mode", {"binary": "multi_hot", "tf-idf": "tf_idf"})}
_LOOKUP: dict[str, Row] = {
    **_MODE,
    "max_values": "max_tokens",
    "num_oov_tokens": "num_oov_indices",
    "oov_value": "oov_token",
    "mask_value": "mask_token",
}
_BY_CLASS: dict[str, dict[str, Row]] = {
    "Dense": {**_KERNEL, "output_dim": "units"},
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "SeparableConv1D", "SeparableConv2D"), _CONV),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"),
                    {**_CONV, **dict.fromkeys(("kernel_initializer", "kernel_regularizer", "kernel_constraint"))}),
    **dict.fromkeys([f"{kind}Pooling{n}D" for kind in ("Max", "Average") for n in (1, 2, 3)], _POOL),
    **dict.fromkeys([f"{kind}{n}D" for kind in ("ZeroPadding", "Cropping", "UpSampling", "GlobalMaxPooling", "GlobalAveragePooling")
                     for n in (2, 3)], {"dim_ordering": _POOL["dim_ordering"]}),
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN"), _RECURRENT),
    "LSTM": {**_RECURRENT, "forget_bias_init": None},
    "ConvLSTM2D": {**_CONV, **{name: row for name, row in _RECURRENT.items() if name not in ("output_dim", "implementation")}},
    "RNN": {"time_major": _time_major},
    "Embedding": {
        "init": "embeddings_initializer", "W_regularizer": "embeddings_regularizer", "W_constraint": "embeddings_constraint",
    },
    **dict.fromkeys(("Dropout", "GaussianDropout", "SpatialDropout1D", "SpatialDropout2D"), {"p": "rate"}),
    "GaussianNoise": {"sigma": "stddev"},
    "BatchNormalization": _NORMALIZATION,
    "LeakyReLU": {"alpha": "negative_slope"},
    "Attention": _CAUSAL,
    "AdditiveAttention": _CAUSAL,
    "CategoryEncoding": {**_MODE, "max_tokens": "num_tokens"},
    "TextVectorization": _MODE,
    "StringLookup": _LOOKUP,
    "IntegerLookup": _LOOKUP,
    "Discretization": {"bins": "bin_boundaries"},
}  # fmt: skip
_ADD_WEIGHT: dict[str, Row] = {
    "use_resource": None, "partitioner": None, "synchronization": None, "collections": None, "getter": None,
    "experimental_autocast": "autocast",
}
ARGUMENTS = {
    **{f"hornbeam.layers:{name}": rows for name, rows in _BY_CLASS.items()},
    "hornbeam.layers:Layer": {"dynamic": None, "experimental_autocast": "autocast", "weights": _weights},
    "hornbeam.layers:Layer.add_weight": _ADD_WEIGHT,
    "hornbeam.layers.recurrent.base:RNN.call": {"inputs": "sequences"},
    "hornbeam.metrics:Metric.add_weight": {**_ADD_WEIGHT, "experimental_autocast": None, "aggregation": None, "trainable": None},
    "hornbeam.layers:Input": {"type_spec": _type_spec},
}


def _build_once(original: Callable) -> Callable:
    @functools.wraps(original)
    def build_once(self: Layer, shape: Any) -> None:
        if not ours(type(self)):  # a user's `build` was given a TensorShape
            shape = map_shapes(Shape, shape)
        original(self, shape)
        if (weights := self.__dict__.pop("_first_weights", None)) is not None:
            self.set_weights(weights)

    return build_once


def _add_weight(*order: str) -> Callable:
    """Keras 2: the name first, then the others in `order`."""

    def replacement(original: Callable) -> Callable:
        @functools.wraps(original)
        def add_weight(self: Any, *args: Any, **kwargs: Any) -> Any:
            if args and isinstance(args[0], str):
                tell("add_weight('name', ...)", "add_weight(shape=..., name='name')")
                kwargs = {"name": args[0], **dict(zip(order, args[1:])), **kwargs}
                args = ()
            return original(self, *args, **kwargs)

        return add_weight

    return replacement


def _whole_units(original: Callable) -> Callable:
    @functools.wraps(original)
    def init(self: Layer, units: Any, *args: Any, **kwargs: Any) -> None:
        if isinstance(units, float):  # Dense(words / 2)
            tell(f"Dense({units})", f"Dense({int(units)}), a whole number")
            units = int(units)
        original(self, units, *args, **kwargs)

    return init


def _mask_fourth(original: Callable) -> Callable:
    """Keras 2: (query, value, key, attention_mask, return_attention_scores, training). Today's fourth, query_mask, has no effect."""
    names = ("attention_mask", "return_attention_scores", "training")

    @functools.wraps(original)
    def call(self: Layer, *args: Any, **kwargs: Any) -> Any:
        if len(args) in (4, 5, 6) and args[3] is not None and (len(args) == 4 or isinstance(args[4], bool)):
            tell("MultiHeadAttention()(query, value, key, mask)", "MultiHeadAttention()(query, value, key, attention_mask=mask)")
            args, kwargs = args[:3], {**dict(zip(names, args[3:])), **kwargs}
        return original(self, *args, **kwargs)

    return call


def _call_symbolically(original: Callable) -> Callable:
    """A layer that takes gradients of one of its inputs by another needs the graph between them: it computes on the symbols themselves."""

    @functools.wraps(original)
    def call(self: Layer, args: tuple, kwargs: dict[str, Any]) -> Any:
        try:
            return original(self, args, kwargs)
        except NotSymbolic:
            found = self.call(*args, **kwargs)
            return lone(found) if local.values is None else found  # in a loss, tf.keras's list of one stays a list

    return call


REPLACED = {
    "hornbeam.layers:Layer._call_symbolically": _call_symbolically,
    "hornbeam.layers:MultiHeadAttention.__call__": _mask_fourth,
    "hornbeam.layers:Dense.__init__": _whole_units,
    "hornbeam.layers:Layer._build_once": _build_once,
    "hornbeam.layers:Layer.add_weight": _add_weight("shape", "dtype", "initializer", "regularizer", "trainable", "constraint"),
    "hornbeam.metrics:Metric.add_weight": _add_weight("shape"),
}


# Methods and attributes.
def _at(what: str, of: Callable[[Any], Any]) -> Callable:
    def get(self: Layer, node_index: int = 0) -> Any:
        node = self.__dict__.get("_inbound_nodes", [])[node_index]
        return of(node.outputs if what == "output" else node.args[0] if node.args else next(iter(node.kwargs.values())))

    get.__doc__ = f"The {what} of one of this layer's calls on symbolic tensors, in their order."
    return get


def add_metric(self: Layer, value: Any, name: str | None = None, aggregation: str | None = "mean") -> None:
    """Follow a tensor of the call under way as a metric: its mean over the batches."""
    tell("layer.add_metric(value, name)", "a metric made in __init__ (self.m = Mean(name=...)), self.m.update_state(value) in call")
    if name is None:
        return  # what a metric of this layer gave, which is followed anyway
    held = self.__dict__.setdefault("_added_metrics", {})
    if name not in held:
        held[name] = Mean(name=name)
    held[name].update_state(value)


def _add_variable(self: Layer, *args: Any, **kwargs: Any) -> Any:
    tell("layer.add_variable(...)", "layer.add_weight(...)")
    return self.add_weight(*args, **kwargs)


def _add_update(self: Layer, updates: Any, inputs: Any = None) -> None:
    """Nothing: assignments in `call` happen by themselves."""
    tell("layer.add_update(...)", "leave it out, assignments in `call` are made as they stand")
    for each in updates if isinstance(updates, Sequence) else (updates,):
        if callable(each):
            each()


def _reset_states(self: Layer) -> None:
    """Set the states of stateful recurrent layers back."""
    for layer in self._flatten_layers(include_self=False):
        if (reset := getattr(layer, "reset_state", None)) is not None:
            reset()


def _reset_metric(self: Metric) -> None:
    tell("metric.reset_states()", "metric.reset_state()")
    self.reset_state()


class _Unless:
    """An attribute that a program's own of the same name takes the place of: what `of` says of the object."""

    def __init__(self, of: Callable[[Any], Any]):
        self.of = of

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else self.of(instance)


def _rename(self: Layer, name: str) -> None:
    self.name = name


def track_trackable(self: Any, trackable: Any, name: str, overwrite: bool = False) -> Any:
    """`trackable`: what is in an attribute is followed anyway."""
    return trackable


class _History(NamedTuple):
    """Where a symbolic tensor comes from: which layer or operation, the which of its calls, the which of what that gave."""

    layer: Any
    node_index: int
    tensor_index: int

    @property
    def operation(self) -> Any:
        return self.layer


def _layers_before(node: graph.Node) -> list[Any]:
    """The layers whose outputs a node takes, operations in between left out."""
    found: list[Any] = []
    for parent in node.parents:
        made = parent._node
        found += [made.operation] if isinstance(made.operation, Layer) else _layers_before(made)
    return found


def _history(self: Tensor) -> _History:
    node = getattr(self, "_node", None)
    if node is None:
        raise AttributeError("_keras_history: only symbolic tensors have one, those that start with Input(shape=...).")
    which = lambda found, of: next((i for i, each in enumerate(of) if each is found), 0)
    calls = getattr(node.operation, "_inbound_nodes", ())
    return _History(node.operation, which(node, calls), which(self, graph.tensors_in(node.outputs)))


def _masks(rate: str) -> Callable:
    """A method of recurrent cells that Keras 2 had: `count` dropout masks, or None where nothing is dropped."""

    def masks(self: Any, inputs: Any, training: Any = None, count: int = 1) -> Any:
        if not getattr(self, rate):
            return None
        made = [self.dropout_mask(inputs, getattr(self, rate), bool(training)) for _ in range(count)]
        made = [ones_like(inputs) if each is None else each for each in made]  # out of training: nothing is dropped
        return made[0] if count == 1 else made

    return masks


def _carry_and_output(self: Any, z: Sequence[Tensor], carry: Tensor) -> tuple[Tensor, Tensor]:
    """An LSTM cell's new carry and its output gate, of the four parts of its sums: what cells derived from LSTMCell call."""
    gate_in, forget, candidate, out = z
    squash = self.recurrent_activation
    return squash(forget) * carry + squash(gate_in) * self.activation(candidate), squash(out)


# What Keras 2 kept under private names, and programs and packages use all the same.
_PRIVATE = {
    "_compute_dtype": _Unless(lambda self: self.compute_dtype),
    "_compute_dtype_object": _Unless(lambda self: standardize(self.compute_dtype)),
    "_layers": _Unless(lambda self: list(self._flatten_layers(include_self=False, recursive=False))),
    "_losses": _Unless(lambda self: self.losses),
    "_name": property(lambda self: self.name, _rename),
    "_non_trainable_weights": _Unless(lambda self: [weight for weight in self._own if not weight.trainable]),
    "_track_trackable": track_trackable,
    "_trainable_weights": _Unless(lambda self: [weight for weight in self._own if weight.trainable]),
    "_updates": _Unless(lambda self: []),
}
ATTRIBUTES = {
    "hornbeam.layers:Layer": {
        **_PRIVATE,
        "get_input_at": _at("input", lambda found: found),
        "get_output_at": _at("output", lambda found: found),
        "get_input_shape_at": _at("input", shapes),
        "get_output_shape_at": _at("output", shapes),
        "add_metric": add_metric,
        "add_variable": _add_variable,
        "add_update": _add_update,
        "name_scope": lambda self: self.name,
        "submodules": property(lambda self: tuple(self._flatten_layers(include_self=False))),
        "updates": property(lambda self: []),
        "dynamic": property(lambda self: False),
        "inbound_nodes": property(lambda self: self.__dict__.get("_inbound_nodes", [])),
    },
    "hornbeam.layers:InputLayer": dict.fromkeys(("input_shape", "output_shape"), property(lambda self: [self.batch_shape])),
    "hornbeam.layers:LSTMCell": {"_compute_carry_and_output_fused": _carry_and_output},
    "hornbeam.layers.recurrent.cells:BaseCell": {
        "get_dropout_mask_for_cell": _masks("dropout"),
        "get_recurrent_dropout_mask_for_cell": _masks("recurrent_dropout"),
        "reset_dropout_mask": lambda self: None,
        "reset_recurrent_dropout_mask": lambda self: None,
    },
    "hornbeam.engine:Tensor": {
        "_keras_history": property(_history),
        "_keras_shape": property(lambda self: tuple(self.shape), lambda self, shape: None),
        "_uses_learning_phase": property(lambda self: False, lambda self, value: None),
    },
    "hornbeam.engine.graph:Node": {
        "inbound_layers": property(lambda self: (lambda found: found[0] if len(found) == 1 else found)(_layers_before(self))),
        "input_tensors": property(lambda self: self.parents),
        "is_input": property(lambda self: not self.parents),
        "layer": property(lambda self: self.operation),
        "outbound_layer": property(lambda self: self.operation),
        "output_tensors": property(lambda self: graph.tensors_in(self.outputs)),
        "parent_nodes": property(lambda self: [parent._node for parent in self.parents]),
    },
    "hornbeam.models:Model": {"reset_states": _reset_states},
    "hornbeam.metrics:Metric": {"reset_states": _reset_metric},
}
