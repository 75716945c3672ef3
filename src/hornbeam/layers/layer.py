"""Layer: weights, and what is done with them. Every layer and model derives from it."""

import inspect
import threading
import weakref
from collections.abc import Iterable, Iterator
from typing import Any

import jax
import numpy as np

from hornbeam import constraints, initializers, regularizers
from hornbeam.engine import dtypes, graph, registry, sharding, waiting
from hornbeam.engine.conversion import convert_if_tracing
from hornbeam.engine.errors import ArgumentError, DtypeError, HornbeamError, ShapeError, StateError, did_you_mean
from hornbeam.engine.naming import auto_name
from hornbeam.engine.pure import local
from hornbeam.engine.rng import SeedGenerator
from hornbeam.engine.tensor import Tensor
from hornbeam.engine.variable import Variable
from hornbeam.layers import structures
from hornbeam.layers.input_spec import check_inputs
from hornbeam.layers.remat import RematScope, rematerialized
from hornbeam.layers.structures import any_symbolic as _any_symbolic
from hornbeam.layers.structures import check_rank as check_rank
from hornbeam.layers.structures import is_shape as _is_shape  # noqa: F401 (other layers take it from here)
from hornbeam.layers.structures import lone as _lone
from hornbeam.layers.structures import map_shapes as _map_shapes
from hornbeam.layers.structures import masks as _masks
from hornbeam.layers.structures import name_layer as _name_layer
from hornbeam.layers.structures import positional as _positional
from hornbeam.layers.structures import shapes as _shapes
from hornbeam.layers.structures import signature as _signature
from hornbeam.layers.structures import symbolic_input as _symbolic_input
from hornbeam.layers.structures import tuples as _tuples
from hornbeam.metrics import Metric


class _Call(threading.local):
    """The calls under way on this thread."""

    stack: tuple["Layer", ...] = ()

    def __init__(self) -> None:
        self.added: weakref.WeakKeyDictionary[Layer, list[Any]] = weakref.WeakKeyDictionary()  # losses, by the layer that added them


_call = _Call()


def calls_under_way() -> tuple["Layer", ...]:
    """The layers whose calls have begun on this thread, the outermost first."""
    return _call.stack


class Layer(graph.Operation):
    """Base of all layers. A subclass makes its weights in `build(input_shape)` and uses them in `call(inputs)`.

    Args:
        activity_regularizer: a penalty on the outputs.
        trainable: whether the weights change in training.
        dtype: a type ('float32') or policy ('mixed_bfloat16'); by default the global policy.
        autocast: whether floating inputs are cast to the compute type.
        name: unique in a model; by default made from the class name.
        input_shape, batch_input_shape, input_dim: on the first layer of a Sequential model, the shape of the data.

    `call` may take `training` (True in `fit`, False in `predict`) and `mask` (which timesteps count).
    """

    _init_arguments: tuple[tuple, dict[str, Any]]
    input_spec: Any = None  # an `InputSpec`, or one for each input
    path: str | None = None  # once built: the names of the layers around this one, and its own: 'model/block/dense'

    def __new__(cls, *args: Any, **kwargs: Any) -> "Layer":
        layer = object.__new__(cls)
        layer.__dict__["_init_arguments"] = (args, kwargs)
        return layer

    def __init__(
        self, *, activity_regularizer: Any = None, trainable: bool = True, dtype: Any = None, autocast: bool = True,
        name: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        shape = kwargs.pop("input_shape", None)
        if (size := kwargs.pop("input_dim", None)) is not None:
            shape = (size,)
        batch_shape = kwargs.pop("batch_input_shape", kwargs.pop("batch_shape", None))
        batch_size = kwargs.pop("batch_size", None)
        if batch_shape is None and shape is not None:
            batch_shape = (batch_size, *((shape,) if isinstance(shape, int) else shape))
        if batch_shape is not None:
            self._batch_input_shape = tuple(batch_shape)
        if kwargs:
            name_of, takes, unknown = type(self).__name__, _signature(type(self)), next(iter(kwargs))
            guess = did_you_mean(unknown, takes.split(", "))
            guess = f"{guess} " if guess.startswith("Did") else ""
            raise ArgumentError(f"{name_of} does not take the argument {unknown!r}. {guess}It takes {takes}.")
        if name is not None and not isinstance(name, str):
            raise DtypeError(f"A layer's name is a string; received {name!r}.")
        self.name = name or auto_name(type(self).__name__)
        self.dtype_policy = dtypes.as_policy(dtype)
        self.autocast = autocast
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.supports_masking = getattr(self, "supports_masking", False)
        self.built = getattr(self, "built", False)
        self._remat = RematScope.now()
        self._trainable = bool(trainable)
        self._own: list[Variable] = self.__dict__.get("_own", [])
        self._initialized = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = structures.once_built(cls.__dict__["build"])
        if "call" in cls.__dict__:
            cls._call_takes = None

    __getattr__ = structures.lacking

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Variable):
            own = self.__dict__.setdefault("_own", [])
            if not any(value is each for each in own):
                own.append(value)
        elif name == "dtype_policy":
            value = dtypes.as_policy(value)
        object.__setattr__(self, name, value)

    def _sublayers(self) -> Iterator["Layer"]:
        """The layers held in attributes, in the order they were set, each once."""
        seen: set[int] = set()
        for name, value in self.__dict__.items():
            if name in _NOT_LAYERS:
                continue
            for layer in _layers_in(value):
                if id(layer) not in seen:
                    seen.add(id(layer))
                    yield layer

    def _flatten_layers(self, include_self: bool = True, recursive: bool = True) -> Iterator["Layer"]:
        seen: set[int] = set()
        stack = [self] if include_self else list(self._sublayers())
        while stack:
            layer = stack.pop(0)
            if id(layer) in seen:
                continue
            seen.add(id(layer))
            yield layer
            if recursive or layer is self:
                stack = list(layer._sublayers()) + stack

    def _held(self, kind: type) -> list[Any]:
        found: list[Any] = []
        for name, value in self.__dict__.items():
            if name in _NOT_LAYERS:
                continue
            values = value if isinstance(value, (list, tuple)) else value.values() if isinstance(value, dict) else (value,)
            found += [each for each in values if isinstance(each, kind) and not any(each is known for known in found)]
        return found

    def add_weight(
        self,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: Any = None,
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """Make a Variable of this layer.

        Args:
            shape: its shape, () by default.
            initializer: a name or object; by default Glorot uniform for floats, zeros for others.
            regularizer: a penalty added to the loss. constraint: applied after each training step.
        """
        if isinstance(shape, str):  # Keras 2: add_weight(name, shape)
            shape, name = initializer, shape
            initializer = None
        shape = () if shape is None else (shape,) if isinstance(shape, int) else tuple(shape)
        if None in shape:
            raise ShapeError(f"Layer '{self.name}' cannot make weight '{name}' of shape {shape}: a size it depends on is unknown. "
                             "Give the input's sizes (all but the batch's), with an Input or `input_shape=`.")
        dtype = dtypes.standardize(dtype or self.variable_dtype)
        if initializer is None:
            initializer = "glorot_uniform" if dtype.is_floating else "zeros"
        value = initializers.get(initializer)(shape, dtype=dtype)
        name = name or (f"variable_{len(self._own)}" if self._own else "variable")
        variable = Variable(
            value, trainable, dtype=dtype, name=name, autocast=autocast,
            constraint=constraints.get(constraint), regularizer=regularizers.get(regularizer),
        )
        variable.overwrite_with_gradient = overwrite_with_gradient
        parents = [layer.name for layer in _call.stack if layer is not self]
        sharding.place(variable, "/".join([*parents, self.name, variable.name]))
        if not self._trainable:
            variable.trainable = False
        self._own.append(variable)
        return variable

    @property
    def variables(self) -> list[Variable]:
        """Every Variable: weights, and the states of random generators; metrics' are apart."""
        found: dict[Variable, None] = {}
        for layer in self._flatten_layers():
            found.update(dict.fromkeys(layer._ordered()))
            found.update((seeds.state, None) for seeds in layer._held(SeedGenerator))
        return list(found)

    def _ordered(self) -> list[Variable]:
        return sorted(self._owned(), key=lambda v: not v._born_trainable)

    def _owned(self) -> list[Variable]:
        """This layer's own Variables: those made by `add_weight` or set as attributes, then those in public lists and dicts."""
        found = list(self._own)
        for name, value in self.__dict__.items():
            if isinstance(value, (list, tuple, dict)) and not name.startswith("_"):
                inside = [each for each in (value.values() if isinstance(value, dict) else value) if isinstance(each, Variable)]
                found += [each for each in inside if not any(each is known for known in found)]
        return found

    @property
    def weights(self) -> list[Variable]:
        """The Variables that `get_weights` and files hold: each layer's trainable ones first, then its sublayers'."""
        found: dict[Variable, None] = {}
        for layer in self._flatten_layers():
            found.update(dict.fromkeys(layer._ordered()))
        return list(found)

    @property
    def trainable_variables(self) -> list[Variable]:
        """None where the layer is frozen. Freezing reaches its sublayers at once; one that is set free again trains, as in Keras 3."""
        layers = self._flatten_layers() if self._trainable else ()
        return list(dict.fromkeys(v for layer in layers for v in layer._owned() if v.trainable))

    @property
    def non_trainable_variables(self) -> list[Variable]:
        trainable = set(self.trainable_variables)
        return [v for v in self.variables if v not in trainable]

    @property
    def trainable_weights(self) -> list[Variable]:
        return self.trainable_variables

    @property
    def non_trainable_weights(self) -> list[Variable]:
        trainable = set(self.trainable_variables)
        return [v for v in self.weights if v not in trainable]

    @property
    def metrics_variables(self) -> list[Variable]:
        return [v for metric in self._layer_metrics() for v in metric.variables]

    def _layer_metrics(self) -> list[Metric]:
        return [m for layer in self._flatten_layers() for m in layer._held(Metric) if m is not layer.__dict__.get("_loss_tracker")]

    @property
    def trainable(self) -> bool:
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        value = bool(value)
        for layer in self._flatten_layers():
            layer._trainable = value
            for variable in layer._owned():
                variable.trainable = value and variable._born_trainable

    def get_weights(self) -> list[np.ndarray]:
        """The weights' values, as NumPy arrays in the order of `weights`."""
        return [np.array(v.numpy()) for v in self.weights]

    def set_weights(self, weights: Iterable[Any]) -> None:
        """Assign all weights, in the order of `weights`."""
        weights = list(weights)
        variables = self.weights
        if len(weights) != len(variables):
            raise ShapeError(
                f"Layer '{self.name}' has {len(variables)} weights; set_weights received {len(weights)}."
                + ("" if self.built else " The layer is not built yet: call it on data or give it an input shape first.")
            )
        for variable, value in zip(variables, weights, strict=True):
            if tuple(np.shape(value)) != tuple(variable.shape):
                raise ShapeError(f"Weight '{variable.path}' of layer '{self.name}' has shape {variable.shape}; received {np.shape(value)}.")
        for variable, value in zip(variables, weights, strict=True):
            variable.assign(value)

    def count_params(self) -> int:
        """The number of weights' elements."""
        if not self.built:
            raise StateError(f"Layer '{self.name}' has no weights yet: it is built when it first meets data or an input shape.")
        return sum(v.size for v in self.weights)

    @property
    def dtype(self) -> str:
        return self.dtype_policy.variable_dtype

    @property
    def variable_dtype(self) -> str:
        return self.dtype_policy.variable_dtype

    @property
    def compute_dtype(self) -> str:
        return self.dtype_policy.compute_dtype

    def add_loss(self, loss: Any) -> None:
        """Add a penalty (a scalar tensor or several) of the call under way to the training loss."""
        for each in loss if isinstance(loss, (list, tuple)) else (loss,):
            _call.added.setdefault(self, []).append(each)
            if local.scope is not None and local.scope.losses is not None:
                local.scope.losses.append(each)

    @property
    def losses(self) -> list[Tensor]:
        """The penalties: those added in the last call, then the regularizers of trainable weights."""
        found = [loss() if callable(loss) else loss for layer in self._flatten_layers() for loss in _call.added.get(layer, ())]
        trainable = set(self.trainable_variables)
        for variable in self.weights:
            if variable.regularizer is not None and variable in trainable:
                found.append(variable.regularizer(variable.__hornbeam_tensor__()))
        return found

    def _clear_losses(self) -> None:
        if _call.added:
            for layer in self._flatten_layers():
                _call.added.pop(layer, None)

    # Building.
    def build(self, input_shape: Any = None) -> None:
        """Make the weights. Called once, with the shape (or structure of shapes) of the first argument."""
        self.built = True

    def _build_once(self, shape: Any) -> None:
        tapes, local.tapes = local.tapes, ()
        autocast, local.autocast = local.autocast, None
        stack = _call.stack
        if self not in stack:
            _call.stack = (*stack, self)
        self.path = "/".join(layer.name for layer in _call.stack)
        if isinstance(self.dtype_policy, dtypes.DTypePolicyMap):
            self._policies, self.dtype_policy = self.dtype_policy, self.dtype_policy.for_path(self.path)
        try:
            structures.build_with(self, shape)
        finally:
            local.tapes, local.autocast, _call.stack = tapes, autocast, stack
        self._build_shape = graph.without_stand_ins(shape)
        self.built = True
        waiting.settle()

    def get_build_config(self) -> dict[str, Any] | None:
        shape = self.__dict__.get("_build_shape")
        return None if shape is None else {"shapes_dict" if structures.shape_names(type(self).build) else "input_shape": shape}

    def build_from_config(self, config: dict[str, Any]) -> None:
        shape = config.get("shapes_dict", config.get("input_shape"))
        if shape is not None and not self.built:
            self._build_once(_tuples(shape))

    # Calling.
    def call(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"Layer class {type(self).__name__} defines no `call` method.")

    _call_takes: "tuple[bool | None, dict[str, tuple[int, int, str]], Any] | None" = None

    @classmethod
    def _takes(cls) -> "tuple[bool | None, dict[str, tuple[int, int, str]], Any]":
        """Whether `call` takes `training` (None: by `**kwargs`, when it is given), which masks it takes, and the default of `training`."""
        if cls._call_takes is None:
            parameters = inspect.signature(cls.call).parameters
            default = parameters["training"].default if "training" in parameters else None
            open_ended = cls.call is not Layer.call and any(each.kind is each.VAR_KEYWORD for each in parameters.values())
            takes = "training" in parameters or (None if open_ended else False)
            cls._call_takes = (takes, structures.mask_parameters([*parameters.values()][1:]), default)
        return cls._call_takes

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if type(args[0] if args else None) is not Tensor and structures.needs_dense(self, args, kwargs):
            return structures.through_dense(self, args, kwargs)
        args, kwargs = self._convert(args, kwargs)
        takes_training, takes_masks, default = self._takes()
        outer_stack, outer_training = _call.stack, local.training
        given = training = kwargs.get("training")
        if training is None:
            training = outer_training if outer_training is not None else default
        if takes_training is False or (takes_training is None and given is None):
            kwargs.pop("training", None)
        elif takes_training and training is not None and "training" not in _positional(type(self), args):
            kwargs["training"] = training
        inputs = args[0] if args else next(iter(kwargs.values()), None)
        if self.input_spec is not None:
            check_inputs(self, inputs)
        if _any_symbolic(args) or (kwargs and _any_symbolic(kwargs)):
            if given is None:  # a default is no choice: the graph asks again whenever it is run
                kwargs.pop("training", None)
            return self._call_symbolically(args, kwargs)
        masks = None
        if takes_masks or self.supports_masking or type(self).compute_mask is not Layer.compute_mask:
            masks = kwargs.get("mask") if kwargs.get("mask") is not None else _masks(inputs)
            kwargs = structures.with_masks(takes_masks, args, kwargs) if takes_masks else kwargs
        if not self.built:
            self._build_once(structures.shapes_to_build(self, inputs, args, kwargs))
            if "_policies" in self.__dict__:  # the type to compute in may be known only now
                args, kwargs = self._convert(args, kwargs)
        outer_autocast = local.autocast
        if not outer_stack and _call.added:
            self._clear_losses()  # those of the last call
        _call.stack, local.training = (*outer_stack, self), training
        if self.autocast:
            compute = dtypes.NUMPY[self.dtype_policy.compute_dtype]
            local.autocast = compute if compute != dtypes.NUMPY[self.dtype_policy.variable_dtype] else None
        else:
            local.autocast = None
        try:
            outputs = rematerialized(self, convert_if_tracing(self.call), args, kwargs)
        except HornbeamError as error:
            _name_layer(error, self, inputs)
            raise
        finally:
            _call.stack, local.training, local.autocast = outer_stack, outer_training, outer_autocast
        computes_mask = type(self).compute_mask is not Layer.compute_mask
        if computes_mask or (masks is not None and self.supports_masking):
            self._set_masks(outputs, self.compute_mask(inputs, masks))
        if self.activity_regularizer is not None:
            for output in graph.tensors_in(outputs):
                # As Keras: averaged over the batch.
                self.add_loss(self.activity_regularizer(output) / max(1, output.shape[0] if output.ndim else 1))
        return outputs

    def _convert(self, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        """Arrays become Tensors, floats the compute type."""
        compute = dtypes.NUMPY[self.dtype_policy.compute_dtype] if self.autocast else None
        if len(args) == 1 and type(args[0]) is Tensor:
            tensor = args[0]
            if compute is None or tensor._value.dtype == compute or not dtypes.is_float(tensor._value.dtype):
                return args, kwargs
        return structures.converted(args, kwargs, compute, type(self).call)

    def _call_symbolically(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        inputs = args[0] if args else next(iter(kwargs.values()))
        if not self.built:
            try:
                self._build_once(structures.shapes_to_build(self, inputs, args, kwargs))
            except HornbeamError as error:
                _name_layer(error, self, inputs)
                raise
        kept = {name: value for name, value in kwargs.items() if not (name == "training" and value is None)}
        node = graph.Node(self, args, kept)
        masks = kwargs["mask"] if kwargs.get("mask") is not None else _masks(inputs)
        try:
            specs = structures.inferred(self, args, structures.with_masks(self._takes()[1], args, kwargs))
        finally:
            self._clear_losses()
        outputs = node.finish(specs)
        if type(self).compute_mask is not Layer.compute_mask or (masks is not None and self.supports_masking):
            self._set_masks(outputs, self.compute_mask(inputs, masks))
        self.__dict__.setdefault("_inbound_nodes", []).append(node)
        return outputs

    def stateless_call(
        self, trainable_variables: Any, non_trainable_variables: Any, *args: Any, return_losses: bool = False, **kwargs: Any
    ) -> tuple[Any, ...]:
        """A call with given values in the variables' places: `(outputs, non_trainable_variables)`; nothing of the layer changes."""
        from hornbeam.layers.stateless import stateless_call

        return stateless_call(self, trainable_variables, non_trainable_variables, *args, return_losses=return_losses, **kwargs)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The mask of the outputs; by default the inputs' own."""
        return previous_mask

    def _set_masks(self, outputs: Any, masks: Any) -> None:
        tensors = [] if masks is None or hasattr(outputs, "__hornbeam_composite__") else graph.tensors_in(outputs)
        masks = masks if isinstance(masks, (list, tuple)) else [masks]
        for tensor, mask in zip(tensors, masks, strict=False):
            if mask is not None and getattr(tensor, "_keras_mask", None) is None:
                tensor._keras_mask = mask

    @property
    def input(self) -> Any:
        """The symbolic tensors this layer was called on."""
        node = self._only_node("input")
        return node.args[0] if node.args else next(iter(node.kwargs.values()))

    @property
    def output(self) -> Any:
        """The symbolic tensors this layer gave."""
        return self._only_node("output").outputs

    def _only_node(self, what: str) -> Any:
        nodes = self.__dict__.get("_inbound_nodes", [])
        if not nodes:
            raise StateError(f"Layer '{self.name}' has no {what}: it was never called on a symbolic tensor (Input).")
        return nodes[0]

    @property
    def input_shape(self) -> Any:
        return _lone(_shapes(self.input))

    @property
    def output_shape(self) -> Any:
        return _lone(_shapes(self.output))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the outputs for inputs of a shape (or structure of shapes)."""
        inputs = _map_shapes(lambda shape: _symbolic_input(shape, self.compute_dtype), input_shape)
        if not self.built:
            self._build_once(_tuples(input_shape))
        return jax.tree.map(lambda spec: tuple(spec.shape), graph.infer(self.__call__, (inputs,), {}), is_leaf=graph._is_spec)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        specs = graph.infer(self.__call__, args, kwargs)
        return jax.tree.map(lambda spec: graph.symbolic(spec.shape, spec.dtype), specs, is_leaf=graph._is_spec)

    # Configuration.
    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs to make this layer again, as plain data."""
        config: dict[str, Any] = {"name": self.name, "trainable": self._trainable, "dtype": self._dtype_config()}
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        if type(self).get_config is Layer.get_config and type(self).__init__ is not Layer.__init__:
            config = {**config, **self._init_config()}
        return config

    def _dtype_config(self) -> dict[str, Any]:
        return dtypes.config_of(self.__dict__.get("_policies", self.dtype_policy))

    def _init_config(self) -> dict[str, Any]:
        """The arguments a user's own layer was made with, when its class writes no `get_config`."""
        return structures.arguments_config(self, *self._init_arguments)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Layer":
        """Make a layer from what `get_config` gave."""
        config = dict(config)
        build = config.pop("build_config", None)
        try:
            layer = registry.make(cls, config) if cls.get_config is Layer.get_config else cls(**config)
        except TypeError as error:
            if isinstance(error, HornbeamError):
                raise
            raise DtypeError(f"{cls.__name__} cannot be made from the configuration {sorted(config)}: {error}.") from error
        if build:
            layer.build_from_config(build)
        return layer

    # Files.
    def _stored(self) -> list[Variable]:
        """The weights that files hold, in their order."""
        return self._ordered()

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Write this layer's own weights (not its sublayers') into `store`, by position."""
        for i, variable in enumerate(self._stored()):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Read what `save_own_variables` wrote."""
        own = self._stored()
        count = len([*filter(str.isdecimal, store.keys())])  # others belong to a layer's own `save_own_variables`
        if count != len(own):
            unbuilt = "" if self.built else " The layer was not built before loading."
            raise ShapeError(f"Layer '{self.name}' has {len(own)} weights; the file holds {count} for it.{unbuilt}")
        for i, variable in enumerate(own):
            value = np.asarray(store[str(i)])
            if tuple(value.shape) != tuple(variable.shape):
                raise ShapeError(f"Weight '{variable.path}' has shape {variable.shape}; the file holds {value.shape}.")
            variable.assign(value)
        self._loaded()

    def _loaded(self) -> None:
        """What is to be done once the weights were read."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


_NOT_LAYERS = {"_policies", "_init_arguments", "_inbound_nodes", "_own", "_graph", "_trainer", "dtype_policy", "_build_shape"}


def _layers_in(value: Any) -> Iterator[Layer]:
    if isinstance(value, Layer):
        yield value
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _layers_in(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _layers_in(each)
