"""Layers whose work is done on the host in NumPy: strings have no place on an accelerator.

They run eagerly and as the first layers of a model that is called eagerly. On numbers inside a compiled program they are a
call back to the host (`kernels.host_call`).
"""

import os
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from hornbeam.engine import dtypes, graph, registry
from hornbeam.engine.errors import DataError, HornbeamError, UntraceableError
from hornbeam.engine.tensor import Spec, as_tensor, is_tensor, wrap
from hornbeam.engine.threads import within
from hornbeam.kernels.host_call import host_call
from hornbeam.layers.layer import Layer, _call, _map_shapes, _shapes
from hornbeam.layers.preprocessing.encoding import encode, encode_sparse
from hornbeam.ops.composite.ragged import RaggedTensor
from hornbeam.ops.composite.sparse import SparseTensor
from hornbeam.ops.composite.sparse_functions import to_dense


def only_terms(config: dict[str, Any], layer: str) -> None:
    """Refuse a configuration that names a vocabulary file: a model file must not decide which local files are read."""
    for name in ("vocabulary", "idf_weights"):
        if isinstance(config.get(name), (str, os.PathLike)) and not registry.code_allowed():
            raise DataError(
                f"The configuration of a {layer} names the file {config[name]!r} as its {name}, and files are not read on behalf of a "
                "configuration. Give the terms themselves, or load with safe_mode=False if you trust where it comes from."
            )


class HostLayer(Layer):
    """Base of layers that are one NumPy function, `compute`, of arrays (strings are object arrays of bytes).

    A subclass says the shape and type of its result in `result(shapes, dtypes)`, None where a size is not known.
    `several`: the layer takes a list of tensors.
    """

    several = False
    takes_ragged = True

    def compute(self, *arrays: np.ndarray) -> np.ndarray:
        """The layer's result for arrays."""
        raise NotImplementedError(f"{type(self).__name__} defines no `compute`.")

    def result(self, *specs: Spec) -> Spec:
        """The shape and type of the result for inputs of these shapes and types."""
        raise NotImplementedError(f"{type(self).__name__} defines no `result`.")

    def call(self, inputs: Any) -> Any:
        if isinstance(inputs, RaggedTensor):  # element by element, in the same rows
            return inputs.with_flat_values(self.call(inputs.flat_values))
        tensors = list(inputs) if self.several else [inputs]
        if not any(tensor.is_traced for tensor in tensors):
            return as_tensor(self.compute(*map(np.asarray, tensors)))
        spec = self.result(*(Spec(tuple(tensor.shape), tensor._value.dtype) for tensor in tensors))
        if None in spec.shape or spec.dtype.kind == "O":
            raise UntraceableError("its results are strings or depend on the data in size, which a compiled program cannot hold. "
                                   "Apply the layer to the data first, and give the model its results.")
        return wrap(host_call(self.compute, jax.ShapeDtypeStruct(spec.shape, spec.dtype), *(tensor._value for tensor in tensors)))

    def _convert(self, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        """Anything becomes Tensors as it is: numbers are not cast to the layer's type."""
        if not args and "inputs" in kwargs:
            args = (kwargs.pop("inputs"),)
        if self.several and isinstance(args[0], (list, tuple)):
            return (type(args[0])(map(_tensor, args[0])), *args[1:]), kwargs
        return (_tensor(args[0]), *args[1:]), kwargs

    def _call_symbolically(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        if not self.built:
            self._build_once(_shapes(args[0]))
        node = graph.Node(self, args, {})
        outputs = node.finish(self.result(*(tensor._value for tensor in graph.tensors_in(args[0]))))
        self.__dict__.setdefault("_inbound_nodes", []).append(node)
        return outputs

    def compute_output_shape(self, input_shape: Any) -> tuple:
        found: list[Spec] = []
        _map_shapes(lambda shape: found.append(Spec(shape, dtypes.NUMPY["string"])), input_shape)
        return tuple(self.result(*found).shape)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        spec = self.result(*(Spec(tuple(t.shape), t._value.dtype) for t in graph.tensors_in(args)))
        return graph.symbolic(spec.shape, spec.dtype)


class SparseMaker(Layer):
    """Base of the layers that have `sparse`."""

    sparse = False

    def _call_symbolically(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        with within(_call, stack=(*_call.stack, self)):  # what stands in a graph gives dense tensors
            return super()._call_symbolically(args, kwargs)


def gives_sparse(layer: SparseMaker) -> bool:
    """Whether a call of the layer gives a SparseTensor: one with `sparse` that is in no model and no other layer."""
    return layer.sparse and len(_call.stack) < 2


def encoded(layer: SparseMaker, indices: Any, mode: str, depth: int, dtype: Any, weights: Any = None) -> Any:
    """Indices (a Tensor, an array or a SparseTensor) as vectors, of which a layer may make a SparseTensor (`gives_sparse`)."""
    given, wanted = isinstance(indices, SparseTensor), gives_sparse(layer)
    if not given and not wanted:
        return encode(indices, mode, depth, dtype, weights)
    made = encode_sparse(indices if given else _present(indices), mode, depth, dtype, None if weights is None else _present(weights))
    return made if wanted else to_dense(made)


def _present(tensor: Any) -> np.ndarray:
    if getattr(tensor, "is_traced", False):
        raise UntraceableError("its results are SparseTensors, which a compiled program cannot hold. Make it with sparse=False.")
    return np.asarray(tensor)


class EncodingLayer(SparseMaker, HostLayer):
    """Base of host layers whose results are numbers (`indices`), as they are or encoded: `output_mode`.

    With `sparse` the vectors come as a SparseTensor. Inside a model they are dense all the same: compiled programs hold no others.
    """

    output_mode: str

    def indices(self, *arrays: np.ndarray) -> np.ndarray:
        """The numbers for arrays."""
        raise NotImplementedError(f"{type(self).__name__} defines no `indices`.")

    def _encoding(self) -> tuple[str, int, Any]:
        """The mode, the size of the vectors and their type."""
        raise NotImplementedError(f"{type(self).__name__} defines no `_encoding`.")

    def _weights(self, indices: np.ndarray) -> np.ndarray | None:
        """What each of the numbers counts; None: 1."""
        return None

    def compute(self, *arrays: np.ndarray) -> np.ndarray:
        found = self.indices(*arrays)
        return found if self.output_mode == "int" else np.asarray(encode(found, *self._encoding(), self._weights(found)))

    def call(self, inputs: Any) -> Any:
        if isinstance(inputs, SparseTensor):
            values = self.indices(np.asarray(inputs.values))
            found: Any = inputs.with_values(values)
            return found if self.output_mode == "int" else encoded(self, found, *self._encoding(), self._weights(values))
        if not gives_sparse(self) or isinstance(inputs, RaggedTensor):
            return super().call(inputs)
        found = self.indices(*map(_present, inputs if self.several else [inputs]))
        return encoded(self, found, *self._encoding(), self._weights(found))


def _tensor(value: Any) -> Any:
    if isinstance(value, (RaggedTensor, SparseTensor)):
        return value
    if is_tensor(value):
        return as_tensor(value)
    if hasattr(value, "to_numpy"):  # a column of a DataFrame
        value = value.to_numpy()
    return as_tensor(value)


def texts(array: np.ndarray) -> np.ndarray:
    """An array's elements as byte strings: whole numbers in decimal, as TensorFlow writes them."""
    if array.dtype.kind == "O":
        return array
    out = np.empty(array.size, object)
    out[:] = [str(value).encode() for value in array.ravel().tolist()]
    return out.reshape(array.shape)


def batches_of(layer: Layer, data: Any, steps: int | None = None) -> Iterator[np.ndarray]:
    """The arrays that `adapt` was given: one array (or list) is one batch, any other iterable gives a batch at a time.

    Raises: `DataError` when there is none, or a batch is not an array.
    """
    if isinstance(data, (list, tuple, str, bytes)) or is_tensor(data) or hasattr(data, "__array__"):
        batches: Any = [data]
    elif hasattr(data, "__iter__"):
        batches = data
    else:
        raise DataError(f"Layer '{layer.name}': adapt takes an array, a list or an iterable of batches; received a {type(data).__name__}.")
    count = 0
    for batch in batches:
        if steps is not None and count >= steps:
            break
        if isinstance(batch, tuple) and batch is not data:
            raise DataError(f"Layer '{layer.name}': adapt takes batches of inputs alone; this iterable gives tuples of {len(batch)}. "
                            "Drop the labels first, as in dataset.map(lambda x, y: x).")
        try:
            array = np.asarray(_tensor(batch))
        except HornbeamError as error:
            raise DataError(f"Layer '{layer.name}': adapt was given a batch that is not an array: {error}") from None
        count += 1
        yield array
    if not count:
        raise DataError(f"Layer '{layer.name}': adapt was given no data.")
