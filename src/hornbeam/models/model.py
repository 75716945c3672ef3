"""Model: a layer that can be compiled, trained, saved and shown."""

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from hornbeam.engine import graph, registry
from hornbeam.engine.callers import ours
from hornbeam.engine.errors import ArgumentError, DtypeError, StateError, did_you_mean
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.layer import Layer, _call, _is_shape, _symbolic_input, _tuples
from hornbeam.layers.quantized import Quantized
from hornbeam.quantizers.configs import checked as checked_quantization
from hornbeam.training.trainer import Trainer


def _functional_arguments(args: tuple, kwargs: dict[str, Any]) -> bool:
    return len(args) >= 2 or (len(args) == 1 and "outputs" in kwargs) or ("inputs" in kwargs and "outputs" in kwargs)


@registry.register("layer")
class Model(Trainer):
    """Layers put together, with the five steps.

    There are three ways to make one: `Sequential([...])`; `Model(inputs, outputs)` over a graph of layers that starts with `Input`;
    or a subclass that makes layers in `__init__` and uses them in `call(inputs, training=False)`.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is Model and _functional_arguments(args, kwargs):
            from hornbeam.models.functional import Functional

            return Functional.__new__(Functional, *args, **kwargs)
        return Layer.__new__(cls, *args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any):
        if _functional_arguments(args, kwargs):  # a subclass that makes itself of a graph: super().__init__(inputs, outputs)
            from hornbeam.models.functional import Functional

            _mix_in(type(self), Functional)
            Functional.__init__(self, *args, **kwargs)  # type: ignore[arg-type] # just made one
            return
        if len(args) == 1 and isinstance(args[0], str):  # Keras 2's first argument
            super().__init__(**{"name": args[0], **kwargs})
            return
        if args:
            raise ArgumentError(
                f"{type(self).__name__} is made with no positional arguments, or with inputs and outputs; received {args!r}."
            )
        super().__init__(**kwargs)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"Model class {type(self).__name__} defines no `call(self, inputs)` method.")

    def _build_once(self, shape: Any) -> None:
        if type(self).build is Model.build:  # layers are built as `call` meets them
            self.built, self._build_shape = True, graph.without_stand_ins(shape)
        else:
            super()._build_once(shape)

    def build(self, input_shape: Any) -> None:
        """Make all weights by calling the model on symbolic data of a shape (batch included), or of a structure of shapes."""
        self._build_shape = input_shape
        if type(self).build is not Model.build:
            self.built = True  # a model's own `build` has called this one: the call below is not to begin it again
            if self in _call.stack:
                return  # the call under way makes the weights
        self(jax.tree.map(lambda shape: _symbolic_input(tuple(shape), self.compute_dtype), input_shape, is_leaf=_is_shape))
        self.built = True

    def build_from_config(self, config: dict[str, Any]) -> None:
        shape = config.get("input_shape")
        if shape is not None and not self.built:
            self.build(_tuples(shape))

    # Layers.
    @property
    def layers(self) -> list[Layer]:
        """The layers this model is made of, not theirs in turn."""
        return list(self._sublayers())

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of a name or at an index."""
        if (name is None) == (index is None):
            raise ArgumentError("get_layer takes a name or an index.")
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ArgumentError(f"The model has {len(self.layers)} layers; there is none at index {index}.")
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ArgumentError(f"There is no layer called {name!r}. {did_you_mean(name, [layer.name for layer in self.layers])}")

    # State.
    @property
    def metrics_variables(self) -> list[Any]:
        """The states of `metrics`."""
        return [variable for metric in self.metrics for variable in metric.variables]

    def get_state_tree(self, value_format: str = "backend_tensor") -> dict[str, Any]:
        """Weights, seeds, the optimizer's state and the metrics' as nested dicts, by the parts of their paths.

        Args:
            value_format: 'backend_tensor' for Tensors, 'numpy_array'.
        """
        from hornbeam.models.state_tree import get_state_tree

        return get_state_tree(self, value_format)

    def set_state_tree(self, state_tree: dict[str, Any]) -> None:
        """Assign what `get_state_tree` gave, or a part of it."""
        from hornbeam.models.state_tree import set_state_tree

        set_state_tree(self, state_tree)

    # Strings.
    def _preparation(self) -> Any:
        """How feeds prepare data for this model; see `models.host_prefix`."""
        from hornbeam.models.host_prefix import preparation

        return preparation(self)

    # Showing.
    def summary(
        self, line_length: int | None = None, positions: Any = None, print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False, show_trainable: bool = False, layer_range: Any = None,
    ) -> None:
        """Print the layers, their output shapes and their numbers of weights."""
        from hornbeam.dashboard.summary import print_summary

        print_summary(self, line_length=line_length, print_fn=print_fn, expand_nested=expand_nested, show_trainable=show_trainable,
                      layer_range=layer_range)

    # Files.
    def save(self, filepath: Any, overwrite: bool = True, include_optimizer: bool = True, **kwargs: Any) -> None:
        """Write the model (architecture, weights, compile arguments, optimizer) to a `.keras` file."""
        from hornbeam.saving import save_model

        save_model(self, filepath, overwrite=overwrite, include_optimizer=include_optimizer, **kwargs)

    def export(self, filepath: Any, format: str = "tf_saved_model", verbose: bool | None = None, **kwargs: Any) -> None:
        """Write the model to a folder that `tf.saved_model.load` reads: what that gives has a function `serve(inputs)`."""
        from hornbeam.saving import saved_model

        if format != "tf_saved_model":
            raise ArgumentError(f"Model.export writes format='tf_saved_model'; received {format!r}.")
        if not self.built:
            raise ArgumentError(f"Model '{self.name}' is exported once it is built: call it on data, or start it with an Input.")
        saved_model.save(self, filepath)
        if verbose is not False:
            print(f"Saved artifact at '{filepath}'. Endpoint: serve")

    def save_weights(self, filepath: Any, overwrite: bool = True, **kwargs: Any) -> None:
        """Write the weights to a `.weights.h5` file, or with `max_shard_size` (gigabytes) to several and a `.weights.json`."""
        from hornbeam.saving import save_weights

        save_weights(self, filepath, overwrite=overwrite, max_shard_size=kwargs.get("max_shard_size"))

    def load_weights(self, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
        """Read the weights from a `.weights.h5` or `.keras` file."""
        from hornbeam.saving import load_weights

        load_weights(self, filepath, skip_mismatch=skip_mismatch)

    def quantize(self, mode: str | None = None, config: Any = None, filters: Any = None, **kwargs: Any) -> None:
        """Keep the weights of Dense, EinsumDense and Embedding layers as whole numbers of 8 or 4 bits; predictions are about as before.

        Args:
            mode: 'int8', 'int4' or 'float8'. config: a configuration of `keras.quantizers`, instead or as well.
            filters: which layers: a regular expression found in their names, several, or a function of a layer; all by default.
        """
        if kwargs:
            raise ArgumentError(f"Model.quantize does not take {', '.join(map(repr, kwargs))}; it takes mode, config and filters.")
        if not (filters is None or callable(filters) or isinstance(filters, (str, list, tuple))):
            raise ArgumentError(f"Model.quantize: `filters` is a regular expression, several, or a function; received {filters!r}.")
        config = checked_quantization(mode, config)
        patterns = [filters] if isinstance(filters, str) else filters
        for layer in self._flatten_layers(include_self=False):
            chosen = filters is None or (filters(layer) if callable(filters) else any(re.search(each, layer.name) for each in patterns))
            if chosen and isinstance(layer, Quantized) and ours(type(layer)):
                layer.quantize(config=config)
        self._forget_programs()

    def to_json(self, **kwargs: Any) -> str:
        """The architecture as JSON, which `model_from_json` reads."""
        return json.dumps(registry.to_config(self), default=_json_plain, **kwargs)

    # Configuration.
    def get_config(self) -> dict[str, Any]:
        if type(self).__init__ is Model.__init__:
            return Layer.get_config(self)
        config = {"name": self.name, "trainable": self.trainable, "dtype": self._dtype_config()}
        return {**config, **self._init_config()}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """Make a model from what `get_config` gave."""
        from hornbeam.models.functional import Functional

        with registry.custom_object_scope(custom_objects or {}):
            if cls in (Model, Functional) or (issubclass(cls, Functional) and "layers" in config and "input_layers" in config):
                return Functional._from_graph_config(cls if cls is not Model else Functional, config)
            try:
                return registry.make(cls, config) if cls.get_config is Model.get_config else cls(**config)
            except TypeError as error:
                raise DtypeError(
                    f"{cls.__name__} cannot be made from the configuration {sorted(config)}: {error}. "
                    "Write `get_config` so that it returns what `__init__` takes."
                ) from error

    # Copies.
    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        twin = object.__new__(type(self))
        memo[id(self)] = twin
        kept = {name: value for name, value in self.__dict__.items() if name != "_trainer"}  # programs belong to their model
        twin.__dict__.update(copy.deepcopy(kept, memo))
        twin._forget_programs()
        return twin

    def __reduce__(self) -> Any:
        """Pickled as the `.keras` file it would be saved to."""
        from hornbeam.saving import to_bytes

        return _unpickle, (to_bytes(self),)

    def _output_names(self) -> list[str]:
        return ["output"]

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "trainable" and "_initialized" in self.__dict__:
            object.__setattr__(self, name, value)
            return
        super().__setattr__(name, value)


def _unpickle(data: bytes) -> Any:
    from hornbeam.saving import from_bytes

    return from_bytes(data)


def _mix_in(cls: type, functional: type) -> None:
    """Let a user's subclass of Model that calls `super().__init__(inputs, outputs)` be a functional model."""
    if functional in cls.__mro__:
        return
    for base in cls.__mro__:
        if Model in base.__bases__:
            base.__bases__ = tuple(functional if b is Model else b for b in base.__bases__)
            return


def _json_plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    return str(value)


def tensors_of(structure: Any) -> list[Tensor]:
    """The symbolic tensors of a structure; anything else among them is an error that says what is wanted."""
    leaves = jax.tree.leaves(structure, is_leaf=lambda leaf: isinstance(leaf, Tensor))
    for leaf in leaves:
        if not isinstance(leaf, Tensor) or not leaf.is_symbolic:
            raise StateError(f"A functional model is made of symbolic tensors, which start with Input(shape=...); received {leaf!r}.")
    return graph.tensors_in(structure)
