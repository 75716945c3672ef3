"""Where a model starts."""

from typing import Any

from hornbeam.engine import dtypes, graph, registry
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.layer import Layer
from hornbeam.ops.composite.padded import RaggedSymbol


@registry.register("layer")
class InputLayer(Layer):
    """The data of a model, as a layer.

    Args:
        shape: without the batch size; None for a size that varies.
        batch_size, batch_shape: the batch size, or the whole shape.
        dtype: of the data, `floatx()` by default.
    """

    def __init__(
        self, shape: Any = None, batch_size: int | None = None, dtype: Any = None, sparse: bool | None = None,
        ragged: bool | None = None, batch_shape: Any = None, input_tensor: Tensor | None = None, optional: bool = False,
        name: str | None = None, **kwargs: Any,
    ):
        shape = kwargs.pop("input_shape", shape)
        batch_shape = kwargs.pop("batch_input_shape", batch_shape)
        kwargs.pop("trainable", None)
        super().__init__(name=name, **kwargs)
        self.sparse = bool(sparse)  # SparseTensors that come are made dense, whatever is said here
        if input_tensor is not None:
            batch_shape, dtype = tuple(input_tensor.shape), dtype or input_tensor.dtype
        if batch_shape is None:
            if shape is None:
                raise ArgumentError("Input needs `shape` (without the batch size) or `batch_shape`.")
            batch_shape = (batch_size, *((shape,) if isinstance(shape, int) else shape))
        self.batch_shape = tuple(map(_size, batch_shape))
        self._input_dtype = str(dtypes.standardize(dtype))
        self.optional, self.ragged = optional, bool(ragged)
        # values given once and for all, for K.function; in a tuple, as a Variable is no weight of this layer
        self._values = () if input_tensor is None or getattr(input_tensor, "is_symbolic", False) else (input_tensor,)
        self.built = True
        node = graph.Node(self, (), {})
        output = (RaggedSymbol.of if ragged else graph.symbolic)(self.batch_shape, self._input_dtype, node)
        node.outputs = output
        self._inbound_nodes = [node]

    @property
    def dtype(self) -> str:
        return self._input_dtype

    @property
    def input(self) -> Tensor:
        return self.output

    def call(self) -> Tensor:
        return self.output

    def get_config(self) -> dict[str, Any]:
        return {
            "batch_shape": self.batch_shape, "dtype": self._input_dtype, "sparse": self.sparse, "ragged": self.ragged, "name": self.name,
            "optional": self.optional,
        }


def _size(size: Any) -> int | None:
    if size is None or (hasattr(size, "__index__") and not isinstance(size, bool) and int(size) >= 0):
        return None if size is None else int(size)
    raise ArgumentError(f"Input's shape holds whole numbers, or None for a size that varies; received {size!r}.")


def Input(
    shape: Any = None, batch_size: int | None = None, dtype: Any = None, sparse: bool | None = None, batch_shape: Any = None,
    name: str | None = None, tensor: Tensor | None = None, optional: bool = False, ragged: bool | None = None,
) -> Tensor:
    """A symbolic tensor that stands for a model's data: `Input(shape=(28, 28))`.

    Args: see `InputLayer`.
    """
    return InputLayer(
        shape, batch_size, dtype, sparse=sparse, ragged=ragged, batch_shape=batch_shape, input_tensor=tensor, optional=optional, name=name
    ).output
