"""Sequential: a stack of layers."""

from typing import Any

import jax

from hornbeam.engine import graph, registry
from hornbeam.engine.errors import ArgumentError, DtypeError, ShapeError, StateError
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.layers.input import Input, InputLayer
from hornbeam.layers.layer import Layer
from hornbeam.models.functional import Functional, Graph, misfit, operands_in, other_sizes
from hornbeam.models.host_prefix import is_prepared
from hornbeam.models.model import Model


@registry.register("layer")
class Sequential(Model):
    """Layers one after the other, each with one input and one output.

    Args:
        layers: a list of layers; more with `add`.
        name: the model's name.

    The weights are made at once when the first layer is an `Input` (or has `input_shape=`), else when data comes.
    """

    def __init__(self, layers: Any = None, trainable: bool = True, name: str | None = None, **kwargs: Any):
        Layer.__init__(self, trainable=trainable, name=name, **kwargs)
        self._stack: list[Layer] = []
        self._graph: Graph | None = None
        self._built_by_data = False
        for layer in layers or []:
            self.add(layer, rebuild=False)
        self._build_if_known()

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Put a layer on top."""
        if isinstance(layer, Tensor) and isinstance(getattr(layer._node, "operation", None), InputLayer):
            layer = layer._node.operation
        if not isinstance(layer, Layer):
            if callable(layer) and not isinstance(layer, type):
                name = getattr(layer, "__name__", "f")
                raise DtypeError(f"Sequential stacks layers; received the function {layer!r}. Wrap it: layers.Lambda({name}).")
            hint = f" Write {layer.__name__}() with its arguments." if isinstance(layer, type) else ""
            raise DtypeError(f"Sequential stacks layers; received {layer!r}.{hint}")
        if any(layer.name == each.name and layer is not each for each in self._stack):  # one layer may stand there twice, shared
            raise ArgumentError(f"The model already has a layer called {layer.name!r}. Layer names are unique in a model: pass name=.")
        shape = layer.__dict__.get("_batch_input_shape")
        if not self._stack and shape is not None and not isinstance(layer, InputLayer):
            self._stack.append(Input(batch_shape=shape, dtype=_data_type(layer))._node.operation)
        if self._built_by_data:
            self._unbuild()
        self._stack.append(layer)
        self._forget_programs()
        if rebuild:
            self._build_if_known()

    def pop(self, rebuild: bool = True) -> Layer:
        """Take the top layer off."""
        if not self.layers:
            raise StateError("The model has no layer to take off.")
        layer = self._stack.pop()
        self._unbuild()
        if rebuild:
            self._build_if_known()
        return layer

    def _unbuild(self) -> None:
        self._graph, self.built, self._built_by_data = None, False, False
        self._forget_programs()
        if self._stack and isinstance(self._stack[0], InputLayer) and "_from_data" in self._stack[0].__dict__:
            self._stack.pop(0)

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the Input."""
        stack = self._stack
        return stack[1:] if stack and isinstance(stack[0], InputLayer) else list(stack)

    def _build_if_known(self) -> None:
        stack = self._stack
        if stack and isinstance(stack[0], InputLayer):
            self._build_graph()
        elif stack and isinstance(stack[0], (Functional, Sequential)) and stack[0].inputs:
            start = InputLayer(batch_shape=tuple(stack[0].inputs[0].shape), dtype=stack[0].inputs[0].dtype)
            start._from_data = True
            stack.insert(0, start)
            try:
                self._build_graph()
            except ShapeError:
                if not getattr(stack[1], "_built_by_data", False):
                    raise
                self._unbuild()  # that model has met one size of data and takes others too

    def _build_graph(self, start: Any = None) -> None:
        """Apply the layers to symbolic inputs: those of the first layer, or a dict of them."""
        from hornbeam.layers import layer as layer_module

        outside = layer_module._call.stack
        layer_module._call.stack = (*outside, self)  # weights are named below the model: 'sequential/dense/kernel'
        try:
            x = start = self._stack[0].output if start is None else start
            for layer in self.layers:
                x = layer(x)
                if (count := len(graph.tensors_in(x))) != 1:
                    raise ShapeError(f"Layer '{layer.name}' gives {count} outputs; in a Sequential model each gives one.")
        finally:
            layer_module._call.stack = outside
        self._graph = Graph(start, x)
        self.built = True

    def _build_for_strings(self, x: Any) -> None:
        """Build for a batch of strings, whatever the first layer would take by itself."""
        x = jax.tree.map(as_tensor, x)
        if self._graph is None and self._takes_structure and isinstance(x, dict):
            self._build_for_dict({key: ((None, *tensor.shape[1:]), tensor.dtype) for key, tensor in x.items()})
        elif self._graph is None and len(found := graph.tensors_in(x)) == 1:
            self.build((None, *found[0].shape[1:]), dtype="string")

    def _build_for_dict(self, forms: dict[str, Any]) -> None:
        """Build for a dict of tensors of these shapes and types."""
        self._build_graph({key: Input(batch_shape=tuple(shape), dtype=dtype, name=key) for key, (shape, dtype) in forms.items()})
        self._built_by_data = True

    @property
    def _takes_structure(self) -> bool:
        """Whether the first layer takes a dict of tensors."""
        return bool(self.layers) and getattr(self.layers[0], "takes_structure", False)

    def build(self, input_shape: Any = None, dtype: Any = None) -> None:
        """Make the weights for data of a shape (the batch first), of the type the first layer takes unless `dtype` says otherwise."""
        if input_shape is None:
            if not self.built:
                if usual := getattr(self.layers[0] if self.layers else None, "usual_input", None):
                    return self.build(usual)
                raise StateError("Sequential.build needs the shape of the data, as in model.build((None, 10)).")
            return
        if self.built and self._graph is not None:
            return
        if not self._stack:
            raise StateError("The Sequential model has no layers: add one before it is built.")
        if not isinstance(self._stack[0], InputLayer):
            rows = tuple(input_shape)[0] if any(getattr(each, "stateful", False) for each in self._stack) else None
            start = InputLayer(batch_shape=(rows, *tuple(input_shape)[1:]), dtype=dtype or _data_type(self._stack[0]))
            start._from_data = True
            self._stack.insert(0, start)
        try:
            self._build_graph()
        except BaseException:
            if getattr(self._stack[0], "_from_data", False):
                del self._stack[0]  # the next try may know more: a stateful layer asks for the batch's size
            raise
        self._built_by_data = True

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if self._graph is None and self._takes_structure and isinstance(inputs, dict):
            self._build_for_dict({key: ((None, *tensor.shape[1:]), tensor.dtype) for key, tensor in inputs.items()})
        if is_prepared(inputs):
            return self._require_graph()(inputs, self.name)
        if self._graph is None or isinstance(self._graph.input_structure, dict):
            for layer in self.layers:
                inputs = layer(inputs)
            return inputs
        found = operands_in(inputs) or [inputs]
        if len(found) != 1:
            raise ShapeError(
                f"Sequential model '{self.name}' takes one tensor; received a {type(inputs).__name__} of {len(found)}. "
                "A model with several inputs is made with Model(inputs=[...], outputs=...). "
                "To pass batches one after the other, pass an iterator of them: iter(batches)."
            )
        (x,) = found
        symbol = self._graph.inputs[0]
        # Whether other sizes fit is for the layers to say; where data set the shape, other numbers of axes too.
        x = given = self._graph._fit(symbol, x, self.name, sizes=False, axes=not self._built_by_data)
        try:
            for layer in self.layers:
                x = layer(x)
        except ShapeError as error:
            if given.ndim != symbol.ndim or other_sizes(given.shape, symbol.shape):
                raise misfit(symbol, given.shape, self.name) from error
            raise
        return x

    def _build_once(self, shape: Any) -> None:
        if self._takes_structure or not self._stack:  # without layers it is the identity, as a branch of a block may be
            self.built = True
        elif isinstance(shape, tuple) and all(size is None or isinstance(size, int) for size in shape):
            Layer._build_once(self, shape)
        else:
            raise ShapeError(f"Sequential model '{self.name}' takes one tensor; it was called on a structure of shapes {shape}.")

    @property
    def inputs(self) -> list[Tensor]:
        return self._graph.inputs if self._graph is not None else []

    @property
    def outputs(self) -> list[Tensor]:
        return self._graph.outputs if self._graph is not None else []

    @property
    def input(self) -> Any:
        return self._require_graph().input_structure

    @property
    def output(self) -> Any:
        return self._require_graph().output_structure

    @property
    def input_shape(self) -> Any:
        return tuple(self.input.shape)

    @property
    def output_shape(self) -> Any:
        return tuple(self.output.shape)

    def _require_graph(self) -> Graph:
        if self._graph is None:
            raise StateError(f"Sequential model '{self.name}' is not built: start it with an Input, call it on data, or call build(shape).")
        return self._graph

    def _output_names(self) -> list[str]:
        return [self._stack[-1].name] if self._stack else ["output"]

    def get_config(self) -> dict[str, Any]:
        stack = [layer for layer in self._stack if "_from_data" not in layer.__dict__]
        config: dict[str, Any] = {
            "name": self.name, "trainable": self.trainable, "dtype": self._dtype_config(), "layers": [registry.to_config(x) for x in stack]
        }
        if self._graph is not None and isinstance(inputs := self._graph.input_structure, dict):
            config["build_inputs"] = {key: [list(tensor.shape), tensor.dtype.name] for key, tensor in inputs.items()}
        elif self._graph is not None:
            config["build_input_shape"] = list(self._graph.inputs[0].shape)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> "Sequential":
        with registry.custom_object_scope(custom_objects or {}):
            if "layers" not in config:
                return cls(**config)
            layers = [registry.from_config("layer", each) for each in config["layers"]]
            model = cls(layers, trainable=config.get("trainable", True), name=config.get("name"), dtype=config.get("dtype"))
            shape = config.get("build_input_shape")
            if shape and not model.built:
                model.build(tuple(shape))
            if config.get("build_inputs"):
                model._build_for_dict(config["build_inputs"])
            return model


def _data_type(layer: Layer) -> str:
    """The type of data a first layer takes: integers for one that looks words up, floats else."""
    return getattr(layer, "input_dtype", None) or layer.compute_dtype
