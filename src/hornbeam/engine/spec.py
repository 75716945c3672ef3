"""TensorSpec: a shape and a type without values."""

from typing import Any

import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.shape import Shape
from hornbeam.engine.tensor import Tensor, as_tensor


class TensorSpec:
    """A shape (None: any size, or any shape) and a dtype, for `function(input_signature=...)`."""

    def __init__(self, shape: Any = None, dtype: Any = "float32", name: str | None = None):
        if isinstance(shape, (int, np.integer)):
            raise ArgumentError(f"The shape of a TensorSpec is a list or tuple of sizes; received {shape}: write [{shape}].")
        self.shape = None if shape is None else Shape(None if size is None else int(size) for size in shape)
        self.dtype = dtypes.standardize(dtype)
        self.name = name

    @classmethod
    def from_tensor(cls, tensor: Any, name: str | None = None) -> "TensorSpec":
        tensor = as_tensor(tensor)
        return cls(tensor.shape, tensor.dtype, name)

    from_spec = from_tensor

    def __repr__(self) -> str:
        return f"TensorSpec(shape={'<unknown>' if self.shape is None else self.shape}, dtype={self.dtype!r}, name={self.name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorSpec) and (self.shape, self.dtype) == (other.shape, other.dtype)

    def __hash__(self) -> int:
        return hash((self.shape, self.dtype))

    def is_compatible_with(self, other: Any) -> bool:
        """Whether a tensor, or whatever another spec describes, fits this one."""
        shape, dtype = (other.shape, other.dtype) if isinstance(other, TensorSpec) else (as_tensor(other).shape, as_tensor(other).dtype)
        if dtype != self.dtype:
            return False
        if self.shape is None or shape is None:
            return True
        return len(shape) == len(self.shape) and all(a is None or b is None or a == b for a, b in zip(self.shape, shape, strict=True))

    def accepts(self, tensor: Tensor) -> bool:
        if self.dtype != tensor.dtype:
            return False
        if self.shape is None:
            return True
        return len(self.shape) == tensor.ndim and all(a in (None, b) for a, b in zip(self.shape, tensor.shape, strict=True))
