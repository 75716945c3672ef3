"""Functional models: a graph of layers from inputs to outputs."""

from functools import cached_property
from typing import Any

import jax

from hornbeam import ops
from hornbeam.engine import cast, graph, registry
from hornbeam.engine.errors import ArgumentError, ShapeError, listing
from hornbeam.engine.pure import local
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.engine.variable import Variable
from hornbeam.layers.layer import Layer
from hornbeam.layers.structures import lone
from hornbeam.models import functional_config
from hornbeam.models.host_prefix import HostPrefix, is_prepared
from hornbeam.models.lengths import may_grow
from hornbeam.models.model import Model, tensors_of
from hornbeam.ops.composite.ragged import RaggedTensor


@registry.register("layer")
class Functional(Model):
    """The model that leads from `inputs` to `outputs`.

    Args:
        inputs: symbolic tensors: one, or a list, tuple or dict of them.
        outputs: the tensors computed from them, in any structure.
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None, **kwargs: Any):
        if "_graph" in self.__dict__:
            return  # Python calls __init__ again after Model.__new__ has made a Functional
        Layer.__init__(self, name=name, **kwargs)
        self._graph = Graph(inputs, outputs)
        self._graph_layers = self._graph.layers
        self.built = True

    @property
    def inputs(self) -> list[Tensor]:
        return self._graph.inputs

    @property
    def outputs(self) -> list[Tensor]:
        return self._graph.outputs

    @property
    def input(self) -> Any:
        return self._graph.input_structure

    @property
    def output(self) -> Any:
        return self._graph.output_structure

    @property
    def layers(self) -> list[Layer]:
        return list(self._graph_layers)

    @property
    def input_names(self) -> list[str]:
        return self._graph.input_names

    @property
    def output_names(self) -> list[str]:
        return self._output_names()

    def _output_names(self) -> list[str]:
        return self._graph.output_names

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        return self._graph(inputs, self.name, mask)

    def build(self, input_shape: Any = None) -> None:
        """A graph is built when it is made."""

    def get_config(self) -> dict[str, Any]:
        if type(self) is not Functional and type(self).__init__ not in (Functional.__init__, Model.__init__):
            return Model.get_config(self)
        return functional_config.describe(self)

    @classmethod
    def _from_graph_config(cls, kind: type, config: dict[str, Any]) -> Any:
        inputs, outputs, rest = functional_config.rebuild(config)
        return kind(inputs=inputs, outputs=outputs, **rest)


class Graph:
    """The nodes from inputs to outputs, in an order in which each comes after what it needs."""

    def __init__(self, inputs: Any, outputs: Any):
        self.input_structure, self.output_structure = inputs, outputs
        # A list of one tensor is given to the constructor, but a call returns the tensor.
        self.result_structure = lone(outputs)
        self.inputs, self.outputs = tensors_of(inputs), tensors_of(outputs)
        self.nodes, loose = graph.nodes_between(self.inputs, self.outputs)
        if loose:
            strangers = ", ".join(repr(t.name) for t in loose)
            raise ArgumentError(f"The outputs also depend on {strangers}, which is not among the model's inputs. Add it to `inputs`.")
        self.layers = self._by_depth()
        names = [layer.name for layer in self.layers]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ArgumentError(f"Two layers of the model are called {twice.pop()!r}. Layer names are unique in a model: pass name=.")
        self.input_names = [t.name for t in self.inputs]
        self.output_names = list(outputs) if isinstance(outputs, dict) else _unique([t.name for t in self.outputs])

    def _by_depth(self) -> list[Layer]:
        """The layers as Keras orders them, and with them the weights: the farthest from the outputs first (a shared layer by its
        farthest use), then as they are met on the way back from the outputs."""
        found = {id(t._node): t._node for t in self.inputs} | {id(node): node for node in self.nodes}
        met: dict[int, int] = {}
        stack = [t._node for t in reversed(self.outputs)]
        seen: set[int] = set()
        while stack:
            node = stack.pop()
            if id(node) in seen or id(node) not in found:
                continue
            seen.add(id(node))
            met.setdefault(id(node.operation), len(met))
            stack += [parent._node for parent in reversed(node.parents)]
        for place, tensor in enumerate(self.inputs):  # those that lead nowhere come first of their depth
            met.setdefault(id(tensor._node.operation), place - len(self.inputs))
        depth = dict.fromkeys(found, 0)
        layers: dict[int, tuple[int, int, Layer]] = {}
        for node in sorted(found.values(), key=lambda node: -node.number):
            operation = node.operation
            if isinstance(operation, Layer):
                known = layers.get(id(operation), (0, 0, operation))[0]
                layers[id(operation)] = (max(known, depth[id(node)]), met.get(id(operation), 0), operation)
                depth[id(node)] = layers[id(operation)][0]
            for parent in node.parents:
                if id(parent._node) in depth:
                    depth[id(parent._node)] = max(depth[id(parent._node)], depth[id(node)] + 1)
        return [layer for _, _, layer in sorted(layers.values(), key=lambda entry: (-entry[0], entry[1]))]

    @cached_property
    def prefix(self) -> HostPrefix:
        """What of the graph runs on the host before data is fed."""
        return HostPrefix(self.inputs, self.nodes, self.outputs)

    @cached_property
    def grows(self) -> bool:
        """Whether more zeros at the end of the input's rows change nothing."""
        return may_grow(self.inputs[0], self.nodes, self.outputs)

    def arranged(self, inputs: Any, model_name: str) -> dict[int, Any]:
        """The inputs' values, by id of the symbolic tensors they stand for."""
        given = self._arrange(inputs, model_name)
        return {id(symbol): self._fit(symbol, tensor, model_name) for symbol, tensor in zip(self.inputs, given, strict=True)}

    def __call__(self, inputs: Any, model_name: str, mask: Any = None) -> Any:
        if is_prepared(inputs):
            return graph.substitute(self.result_structure, self.prefix.restore(inputs))
        values = self.arranged(inputs, model_name)
        for node in self.nodes:
            results = node.run(values)
            outputs = node.outputs
            if isinstance(outputs, Tensor):
                values[id(outputs)] = results
            else:
                known = lambda leaf: isinstance(leaf, (Tensor, Variable))  # a Tensor stays the very one that a tape has recorded
                found = [as_tensor(leaf) for leaf in jax.tree.leaves(results, is_leaf=known) if known(leaf)]
                for symbol, result in zip(graph.tensors_in(outputs), found, strict=True):
                    values[id(symbol)] = result
        if local.values is not None:
            local.values.update((key, value) for key, value in values.items() if type(value) is Tensor and not value.is_symbolic)
            local.outputs = [*local.outputs, *self.outputs]
        return graph.substitute(self.result_structure, values)

    def _arrange(self, inputs: Any, model_name: str) -> list[Tensor]:
        """The tensors given, in the order of `self.inputs`."""
        wanted = self.input_structure
        if isinstance(inputs, dict):
            keys = list(wanted) if isinstance(wanted, dict) else self.input_names
            missing = [key for key in keys if key not in inputs]
            if missing:
                raise ArgumentError(f"Model '{model_name}' takes the inputs {listing(keys)}; received a dict with {listing(inputs)}.")
            if isinstance(wanted, dict):
                chosen = {key: inputs[key] for key in wanted}
                return [_operand(leaf) for leaf in jax.tree.leaves(chosen, is_leaf=_is_operand)]
            return [_operand(inputs[key]) for key in keys]
        tensors = operands_in(inputs)
        if len(tensors) != len(self.inputs):
            wanted_names = f"{len(self.inputs)} inputs ({listing(self.input_names)})"
            raise ShapeError(f"Model '{model_name}' takes {wanted_names}; received {len(tensors)}.")
        if isinstance(wanted, dict) and len(tensors) > 1:
            order = sorted(wanted)  # a structure flattens by sorted keys
            by_key = dict(zip(wanted if isinstance(inputs, (list, tuple)) else order, tensors, strict=True))
            return [by_key[key] for key in order]
        return tensors

    def _fit(self, symbol: Tensor, tensor: Any, model_name: str, sizes: bool = True, axes: bool = True) -> Any:
        """Check a tensor's `sizes`, or only how many `axes` it has; add or drop a last axis of one, as Keras does."""
        wanted, shape = symbol.shape, tensor.shape
        wrong = sizes and other_sizes(shape, wanted)
        mask = getattr(tensor, "_keras_mask", None)
        if isinstance(tensor, RaggedTensor) and len(shape) == len(wanted):
            return tensor if tensor.dtype == symbol.dtype else tensor._each(lambda flat: cast(flat, symbol.dtype))
        if len(shape) == len(wanted) - 1 and wanted[-1] == 1:
            tensor = ops.expand_dims(tensor, -1)
        elif len(shape) == len(wanted) + 1 and shape[-1] == 1:
            tensor = ops.squeeze(tensor, -1)
        shape = tensor.shape
        if (axes and len(shape) != len(wanted)) or wrong:
            raise misfit(symbol, shape, model_name)
        if mask is not None:
            tensor._keras_mask = mask
        if tensor.dtype != symbol.dtype and not (tensor.dtype.is_floating and symbol.dtype.is_floating):
            tensor = cast(tensor, symbol.dtype)
        return tensor


def _is_operand(leaf: Any) -> bool:
    return isinstance(leaf, (Tensor, RaggedTensor))


def _operand(leaf: Any) -> Any:
    return leaf if _is_operand(leaf) else as_tensor(leaf)


def operands_in(structure: Any) -> list[Any]:
    """The tensors of a structure, each RaggedTensor as one."""
    return [leaf for leaf in jax.tree.leaves(structure, is_leaf=_is_operand) if _is_operand(leaf)]


def other_sizes(shape: Any, wanted: Any) -> bool:
    """Whether sizes differ that are known, the batch's and a last one of 1 apart: those are for the layers to judge, as in Keras."""
    shape, wanted = (sizes[:-1] if len(sizes) > 1 and sizes[-1] == 1 else sizes for sizes in (shape, wanted))
    return any(None not in (s, w) and s != w for s, w in zip(shape[1:], wanted[1:], strict=False))


def misfit(symbol: Tensor, shape: Any, model_name: str) -> ShapeError:
    return ShapeError(
        f"Model '{model_name}' expects its input '{symbol.name}' to have shape {tuple(symbol.shape)} (None: any size, the batch first); "
        f"received {tuple(shape)}. Give data of that shape, or make the model for this one: Input(shape={tuple(shape[1:])})."
    )


def _unique(names: list[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        base, i = name, 0
        while name in found:
            i += 1
            name = f"{base}_{i}"
        found.append(name)
    return found
