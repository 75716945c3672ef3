"""Layers that turn categories into numbers and vectors without a vocabulary."""

from typing import Any

import numpy as np

from hornbeam.engine import dtypes, registry
from hornbeam.engine.errors import ArgumentError, DtypeError, ShapeError
from hornbeam.engine.tensor import Spec, Tensor, as_tensor
from hornbeam.layers.core import positive
from hornbeam.layers.preprocessing.encoding import check_mode, check_salt, check_sparse, encoded_shape
from hornbeam.layers.preprocessing.host import EncodingLayer, SparseMaker, encoded, texts
from hornbeam.ops import cast
from hornbeam.ops.composite.sparse import SparseTensor
from hornbeam.ops.fingerprint import buckets, fingerprint64, join_fingerprints


@registry.register("layer")
class CategoryEncoding(SparseMaker):
    """Whole numbers below `num_tokens` as vectors.

    Args:
        num_tokens: the vectors' size.
        output_mode: 'one_hot' (a vector for each number), 'multi_hot' (a vector for each row, 1 at its numbers) or 'count'
            (how often a row holds each number; `count_weights` in the call are added up instead of ones).
        sparse: whether results are SparseTensors; inside a model they are dense all the same.

    Shapes: (batch, n) -> (batch, num_tokens), or (batch, n, num_tokens) for 'one_hot'; an axis of n = 1 goes away.
    """

    def __init__(self, num_tokens: int | None = None, output_mode: str = "multi_hot", sparse: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        if num_tokens is None:
            raise ArgumentError("CategoryEncoding needs num_tokens. For data whose tokens are not known yet use IntegerLookup.")
        self.num_tokens = positive("CategoryEncoding", "num_tokens", num_tokens)
        self.output_mode = check_mode("CategoryEncoding", output_mode, ("one_hot", "multi_hot", "count"))
        self.sparse = bool(sparse)

    def _convert(self, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        if args and isinstance(args[0], (list, tuple)):
            args = (as_tensor(args[0]), *args[1:])
        return (args, kwargs) if args and isinstance(args[0], SparseTensor) else super()._convert(args, kwargs)

    def call(self, inputs: Any, count_weights: Any = None) -> Any:
        sparse = isinstance(inputs, SparseTensor)
        numbers = inputs.values if sparse else as_tensor(inputs)
        if count_weights is not None:
            if self.output_mode != "count":
                raise ArgumentError(f"count_weights are for output_mode='count'; this layer's is {self.output_mode!r}.")
            count_weights = cast(as_tensor(count_weights.values if isinstance(count_weights, SparseTensor) else count_weights),
                                 self.compute_dtype)  # fmt: skip
            if count_weights.shape != numbers.shape:
                raise ShapeError(f"count_weights of shape {count_weights.shape} do not fit inputs of shape {numbers.shape}.")
        if not (numbers.is_symbolic or numbers.is_traced) and numbers.size:
            low, high = np.asarray(numbers).min(), np.asarray(numbers).max()
            if low < 0 or high >= self.num_tokens:
                raise ArgumentError(f"its inputs run from 0 to num_tokens - 1 = {self.num_tokens - 1}; "
                                    f"received {low if low < 0 else high}.")
        numbers = cast(numbers, "int32")
        indices = inputs.with_values(numbers) if sparse else numbers
        return encoded(self, indices, self.output_mode, self.num_tokens, self.compute_dtype, count_weights)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "num_tokens": self.num_tokens, "output_mode": self.output_mode, "sparse": self.sparse}


class _Binned(EncodingLayer):
    """A host layer whose results are bins, as ints or encoded."""

    num_bins: int

    def result(self, *specs: Spec) -> Spec:
        dtype = np.dtype(np.int64) if self.output_mode == "int" else dtypes.NUMPY[dtypes.floatx()]
        return Spec(encoded_shape(specs[0].shape, self.output_mode, self.num_bins), dtype)

    def _encoding(self) -> tuple[str, int, Any]:
        return self.output_mode, self.num_bins, dtypes.floatx()


@registry.register("layer")
class Hashing(_Binned):
    """Strings or whole numbers to bins 0 to num_bins - 1 by a hash: FarmHash64, or SipHash-2-4 when there is a salt.

    Args:
        mask_value: what goes to bin 0, which then holds nothing else.
        salt: a whole number or two, the key of SipHash. One number stands for both.
        output_mode: 'int', 'one_hot', 'multi_hot' or 'count'.
        sparse: whether vectors come as a SparseTensor; inside a model they are dense all the same.

    The bins are TensorFlow's own, bit for bit; numbers are hashed as their decimal text.
    """

    def __init__(
        self, num_bins: int, mask_value: Any = None, salt: Any = None, output_mode: str = "int", sparse: bool = False, **kwargs: Any
    ):
        kwargs["dtype"] = kwargs.get("dtype") or ("int64" if output_mode == "int" else None)
        super().__init__(**kwargs)
        self.num_bins, self.mask_value = positive("Hashing", "num_bins", num_bins), mask_value
        self.output_mode = check_mode("Hashing", output_mode)
        self.sparse = check_sparse("Hashing", sparse, output_mode)
        self.salt = check_salt("Hashing", salt)

    def indices(self, *arrays: np.ndarray) -> np.ndarray:
        (values,) = arrays
        if values.dtype.kind not in "Oiub":
            raise DtypeError(f"Hashing takes strings or whole numbers; received {values.dtype}.")
        key = None if self.salt is None else (self.salt[0], self.salt[1])
        if self.mask_value is None:
            return buckets(texts(values), self.num_bins, key)
        mask = self.mask_value.encode() if isinstance(self.mask_value, str) else self.mask_value
        if self.num_bins == 1:
            return np.zeros(values.shape, np.int64)
        bins = buckets(texts(values), self.num_bins - 1, key) + 1
        return np.where(np.asarray(values == mask, bool), 0, bins)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "num_bins": self.num_bins, "salt": self.salt, "mask_value": self.mask_value,
            "output_mode": self.output_mode, "sparse": self.sparse,
        }


@registry.register("layer")
class HashedCrossing(_Binned):
    """Several features crossed: each combination of their values to a bin by a hash.

    Args:
        num_bins: how many bins.
        output_mode: 'int' or 'one_hot'.
        sparse: whether vectors come as a SparseTensor; inside a model they are dense all the same.

    Shapes: a list of tensors, all (batch,) or all (batch, 1), of strings or whole numbers. The bins are TensorFlow's own.
    """

    several = True

    def __init__(
        self, num_bins: int, output_mode: str = "int", sparse: bool = False, name: str | None = None, dtype: Any = None, **kwargs: Any
    ):
        super().__init__(name=name, dtype=dtype or ("int64" if output_mode == "int" else None), **kwargs)
        self.num_bins = positive("HashedCrossing", "num_bins", num_bins)
        self.output_mode = check_mode("HashedCrossing", output_mode, ("int", "one_hot"))
        self.sparse = bool(sparse) and output_mode != "int"

    def call(self, inputs: Any) -> Tensor:
        if not isinstance(inputs, (list, tuple)) or len(inputs) < 2:
            raise ShapeError("HashedCrossing takes a list of two or more tensors.")
        shapes = [tuple(each.shape) for each in inputs]
        if len(set(shapes)) > 1 or len(shapes[0]) > 2 or (len(shapes[0]) == 2 and shapes[0][1] != 1):
            raise ShapeError(f"HashedCrossing takes tensors that all have shape (batch,) or all (batch, 1); received {shapes}.")
        return super().call(inputs)

    def indices(self, *arrays: np.ndarray) -> np.ndarray:
        prints = []
        for values in arrays:
            if values.dtype.kind == "O":
                prints.append([fingerprint64(text) for text in values.ravel()])
            elif values.dtype.kind in "iub":
                prints.append([int(value) & 0xFFFFFFFFFFFFFFFF for value in values.ravel()])
            else:
                raise DtypeError(f"HashedCrossing takes strings or whole numbers; received {values.dtype}.")
        bins = []
        for parts in zip(*prints, strict=True):
            joined = 0xDECAFCAFFE  # TensorFlow's key
            for part in parts:
                joined = join_fingerprints(joined, part)
            bins.append(joined % self.num_bins)
        return np.array(bins, np.int64).reshape(arrays[0].shape)

    def get_config(self) -> dict[str, Any]:
        return {"num_bins": self.num_bins, "output_mode": self.output_mode, "sparse": self.sparse, "name": self.name, "dtype": self.dtype}
