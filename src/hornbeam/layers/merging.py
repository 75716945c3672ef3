"""Layers of several inputs: Add, Concatenate and their kin."""

from typing import Any

from hornbeam import ops
from hornbeam.engine import registry
from hornbeam.engine.errors import ShapeError
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.layer import Layer, _is_shape


class Merge(Layer):
    """Combines a list of tensors element by element. Shorter ones get axes of size 1 after the batch."""

    exactly: int | None = None

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        kind = type(self).__name__
        if not isinstance(input_shape, (list, tuple)) or _is_shape(input_shape):
            raise ShapeError(f"Layer '{self.name}' ({kind}) takes a list of tensors; it was called on one of shape {input_shape}.")
        if len(input_shape) < (self.exactly or 1) or (self.exactly and len(input_shape) != self.exactly):
            raise ShapeError(f"Layer '{self.name}' ({kind}) takes {self.exactly or 'one or more'} tensors; it received {len(input_shape)}.")

    def call(self, inputs: list[Tensor]) -> Tensor:
        rank = max(x.ndim for x in inputs)
        inputs = [x if x.ndim == rank else ops.reshape(x, (x.shape[0], *(1,) * (rank - x.ndim), *x.shape[1:])) for x in inputs]
        for i in range(1, rank):
            sizes = {x.shape[i] for x in inputs} - {1, None}
            if len(sizes) > 1:
                shapes = ", ".join(str(tuple(x.shape)) for x in inputs)
                raise ShapeError(f"Layer '{self.name}' ({type(self).__name__}) cannot combine the shapes {shapes}: axis {i} differs.")
        return self._merge_function(inputs)

    def _merge_function(self, inputs: list[Tensor]) -> Tensor:
        raise NotImplementedError

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        if previous_mask is None or any(mask is None for mask in previous_mask):
            return None
        found = previous_mask[0]
        for mask in previous_mask[1:]:
            found = ops.logical_or(found, mask)
        return found


def _reduce(operation: Any, inputs: list[Tensor]) -> Tensor:
    found = inputs[0]
    for x in inputs[1:]:
        found = operation(found, x)
    return found


@registry.register("layer")
class Add(Merge):
    """The sum of its inputs."""

    def _merge_function(self, inputs: list[Tensor]) -> Tensor:
        return _reduce(ops.add, inputs)


@registry.register("layer")
class Subtract(Merge):
    """The first input minus the second."""

    exactly = 2

    def _merge_function(self, inputs: list[Tensor]) -> Tensor:
        return ops.subtract(inputs[0], inputs[1])


@registry.register("layer")
class Multiply(Merge):
    """The product of its inputs."""

    def _merge_function(self, inputs: list[Tensor]) -> Tensor:
        return _reduce(ops.multiply, inputs)


@registry.register("layer")
class Average(Merge):
    """The mean of its inputs."""

    def _merge_function(self, inputs: list[Tensor]) -> Tensor:
        return _reduce(ops.add, inputs) / len(inputs)


@registry.register("layer")
class Maximum(Merge):
    """The largest of its inputs."""

    def _merge_function(self, inputs: list[Tensor]) -> Tensor:
        return _reduce(ops.maximum, inputs)


@registry.register("layer")
class Minimum(Merge):
    """The smallest of its inputs."""

    def _merge_function(self, inputs: list[Tensor]) -> Tensor:
        return _reduce(ops.minimum, inputs)


@registry.register("layer")
class Concatenate(Merge):
    """Its inputs one after the other along an axis.

    Args:
        axis: the axis, the last by default; sizes along the others agree.
    """

    def __init__(self, axis: int = -1, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs: list[Tensor]) -> Tensor:
        rank = inputs[0].ndim
        axis = self.axis % rank
        rest = {(x.ndim, *(size for i, size in enumerate(x.shape) if i != axis)) for x in inputs}
        if len(rest) > 1:
            shapes = ", ".join(str(tuple(x.shape)) for x in inputs)
            raise ShapeError(f"Layer '{self.name}' (Concatenate) takes inputs that agree on all axes but {self.axis}; received {shapes}.")
        return ops.concatenate(inputs, axis=self.axis)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        if previous_mask is None or all(mask is None for mask in previous_mask):
            return None
        rank = inputs[0].ndim
        axis = self.axis % rank
        masks = [
            ops.ones_like(x[(..., *(0,) * (x.ndim - 2))], "bool") if mask is None else mask
            for x, mask in zip(inputs, previous_mask, strict=True)
        ]
        if axis < masks[0].ndim:
            return ops.concatenate(masks, axis=axis)
        return _reduce(ops.logical_and, masks)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}


@registry.register("layer")
class Dot(Merge):
    """The products of two inputs, summed over an axis of each.

    Args:
        axes: the axis of both, or one for each. normalize: to unit length first, which gives the cosine.
    """

    exactly = 2

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.axes, self.normalize = axes, normalize

    def call(self, inputs: list[Tensor]) -> Tensor:
        a, b = inputs
        i, j = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        i, j = i % a.ndim, j % b.ndim
        if a.shape[i] != b.shape[j]:
            raise ShapeError(f"Layer '{self.name}' (Dot): axis {i} of {tuple(a.shape)} and axis {j} of {tuple(b.shape)} differ in size.")
        if self.normalize:
            a, b = (x / ops.sqrt(ops.maximum(ops.sum(ops.square(x), axis=n, keepdims=True), 1e-12)) for x, n in ((a, i), (b, j)))
        letters = "bcdefghijklmnopq"
        first = ["a", *letters[: a.ndim - 1]]
        second = ["a", *letters[a.ndim - 1 : a.ndim + b.ndim - 2]]
        first[i] = second[j] = "z"
        out = [x for x in first if x != "z"] + [x for x in second[1:] if x != "z"]
        found = ops.einsum(f"{''.join(first)},{''.join(second)}->{''.join(out)}", a, b)
        return ops.expand_dims(found, -1) if found.ndim == 1 else found

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return None

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axes": self.axes, "normalize": self.normalize}


def _as_function(cls: type, **arguments: Any) -> Any:
    return lambda inputs, **kwargs: cls(**arguments, **kwargs)(inputs)


add = _as_function(Add)
subtract = _as_function(Subtract)
multiply = _as_function(Multiply)
average = _as_function(Average)
maximum = _as_function(Maximum)
minimum = _as_function(Minimum)


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Tensor:
    """`Concatenate(axis)(inputs)`."""
    return Concatenate(axis, **kwargs)(inputs)


def dot(inputs: Any, axes: Any = -1, **kwargs: Any) -> Tensor:
    """`Dot(axes)(inputs)`."""
    return Dot(axes, **kwargs)(inputs)
