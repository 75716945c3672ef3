"""Layers that scale and bin numbers."""

from typing import Any

import numpy as np

from hornbeam import ops
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.core import positive
from hornbeam.layers.layer import Layer
from hornbeam.layers.preprocessing.encoding import check_mode, check_sparse
from hornbeam.layers.preprocessing.host import SparseMaker, batches_of, encoded
from hornbeam.ops.composite.sparse import SparseTensor


@registry.register("layer")
class Rescaling(Layer):
    """`inputs * scale + offset`, in floats: `Rescaling(1 / 255)` brings pixels into 0 to 1.

    Args:
        scale, offset: numbers, or lists of one for each channel (the last axis).
    """

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.scale, self.offset = _plain(scale), _plain(offset)
        self.supports_masking = True

    def call(self, inputs: Any) -> Tensor:
        dtype = self.compute_dtype
        return ops.cast(inputs, dtype) * ops.cast(self.scale, dtype) + ops.cast(self.offset, dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "scale": self.scale, "offset": self.offset}


def _plain(value: Any) -> Any:
    """A number or list as it is; arrays and configurations of arrays as plain data."""
    if isinstance(value, dict):
        value = value["config"]["value"]
    return np.asarray(value).tolist() if hasattr(value, "__array__") else list(value) if isinstance(value, tuple) else value


@registry.register("layer")
class Normalization(Layer):
    """`(inputs - mean) / sqrt(variance)`, with the mean and variance of data that `adapt` has seen, or given ones.

    Args:
        axis: the axis or axes that keep a mean and variance for each index; None for one mean and variance of everything.
        mean, variance: given instead of learned, both.
        invert: multiply by the deviation and add the mean instead.

    Weights (unless given): mean, variance, of the sizes of the kept axes; count.
    """

    def __init__(self, axis: Any = -1, mean: Any = None, variance: Any = None, invert: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        if (mean is None) != (variance is None):
            raise ArgumentError(f"Normalization takes mean and variance together; received mean={mean!r} and variance={variance!r}.")
        axis = () if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        if any(each == 0 for each in axis):
            raise ArgumentError(f"Normalization: axis 0 is the batch and cannot be kept; received axis={axis}.")
        self.axis, self.invert = axis, bool(invert)
        self.input_mean, self.input_variance = _plain(mean), _plain(variance)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        rank = len(input_shape)
        if rank == 1:
            input_shape, rank = (1, *input_shape), 2
        if any(not -rank <= axis < rank for axis in self.axis):
            raise ShapeError(f"Layer '{self.name}' keeps axis {self.axis}; an input of shape {tuple(input_shape)} has no such axis.")
        kept = sorted(axis % rank for axis in self.axis)
        sizes = tuple(input_shape[axis] for axis in kept)
        if None in sizes:
            raise ShapeError(f"Layer '{self.name}' needs to know the sizes of the axes {tuple(kept)}; the shape is {tuple(input_shape)}.")
        self._kept = kept
        self._broadcast = tuple(size if axis in kept else 1 for axis, size in enumerate(input_shape))
        if self.input_mean is None:
            self.adapt_mean = self.add_weight(sizes, "zeros", trainable=False, name="mean")
            self.adapt_variance = self.add_weight(sizes, "ones", trainable=False, name="variance")
            self.count = self.add_weight((), "zeros", dtype="int64", trainable=False, name="count")
            return
        try:
            self._given = [
                np.array(np.broadcast_to(np.asarray(each, "float32"), sizes)).reshape(self._broadcast)
                for each in (self.input_mean, self.input_variance)
            ]
        except ValueError:
            raise ShapeError(f"Layer '{self.name}': mean and variance of shapes {np.shape(self.input_mean)} and "
                             f"{np.shape(self.input_variance)} do not broadcast to the kept axes' sizes {sizes}.") from None

    @property
    def mean(self) -> Tensor:
        """The mean, in a shape that broadcasts to the inputs."""
        return self._statistic(0)

    @property
    def variance(self) -> Tensor:
        """The variance, in a shape that broadcasts to the inputs."""
        return self._statistic(1)

    def _statistic(self, which: int) -> Tensor:
        if self.input_mean is not None:
            return ops.cast(self._given[which], self.compute_dtype)
        return ops.cast(ops.reshape((self.adapt_mean, self.adapt_variance)[which], self._broadcast), self.compute_dtype)

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Learn the mean and variance of `data`, forgetting earlier ones: an array, or an iterable of batches."""
        if self.input_mean is not None:
            raise ArgumentError(f"Layer '{self.name}' was given its mean and variance: there is nothing to adapt.")
        mean = square = count = 0.0
        for batch in batches_of(self, data, steps):
            if batch.ndim == 1:
                batch = batch[:, None]
            if not self.built:
                self._build_once((None, *batch.shape[1:]))
            axes = tuple(axis for axis in range(batch.ndim) if axis not in self._kept)
            batch = batch.astype(np.float64)
            here = batch.mean(axes)
            size = len(batch)
            # Chan et al. 1979: the squared distances of two parts, and that between their means.
            square = square + batch.var(axes) * size + (here - mean) ** 2 * (count * size / (count + size))
            mean = mean + (here - mean) * (size / (count + size))
            count += size
        self.adapt_mean.assign(np.asarray(mean, np.float32))
        self.adapt_variance.assign(np.asarray(square / count, np.float32))

    def call(self, inputs: Any) -> Tensor:
        x = ops.cast(inputs, self.compute_dtype)
        deviation = ops.maximum(ops.sqrt(self.variance), 1e-7)
        return x * deviation + self.mean if self.invert else (x - self.mean) / deviation

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "axis": self.axis, "invert": self.invert, "mean": self.input_mean, "variance": self.input_variance,
        }


@registry.register("layer")
class Discretization(SparseMaker):
    """The number of the bin that each value falls in.

    Args:
        bin_boundaries: where bins meet: n boundaries make n + 1 bins, each from its boundary (included) to the next.
        num_bins: how many bins of about the same number of values `adapt` makes, instead.
        epsilon: how far their shares may be off.
        output_mode: 'int', 'one_hot', 'multi_hot' or 'count'.
        sparse: whether vectors come as a SparseTensor; inside a model they are dense all the same.
    """

    def __init__(
        self, bin_boundaries: Any = None, num_bins: int | None = None, epsilon: float = 0.01, output_mode: str = "int",
        sparse: bool = False, dtype: Any = None, name: str | None = None, **kwargs: Any,
    ):
        super().__init__(name=name, dtype=dtype, **kwargs)
        self.sparse = check_sparse("Discretization", sparse, output_mode)
        if (bin_boundaries is None) == (num_bins is None) and not (bin_boundaries is not None and len(bin_boundaries) + 1 == num_bins):
            raise ArgumentError("Discretization takes bin_boundaries, or num_bins and a call of adapt: one of the two. "
                                f"Received bin_boundaries={bin_boundaries!r} and num_bins={num_bins!r}.")
        self.num_bins = None if num_bins is None else positive("Discretization", "num_bins", num_bins)
        if not 0 < epsilon < 1:
            raise ArgumentError(f"Discretization: epsilon is between 0 and 1; received {epsilon!r}.")
        self.epsilon, self.output_mode = epsilon, check_mode("Discretization", output_mode)
        self.bin_boundaries = None if bin_boundaries is None else [float(each) for each in bin_boundaries]
        if self.bin_boundaries is not None and sorted(self.bin_boundaries) != self.bin_boundaries:
            raise ArgumentError(f"Discretization: bin_boundaries rise; received {bin_boundaries!r}.")

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Choose boundaries so that `data` (an array, or an iterable of batches) falls evenly into `num_bins` bins."""
        if self.num_bins is None:
            raise ArgumentError(f"Layer '{self.name}' was given its bin_boundaries: there is nothing to adapt.")
        summary: np.ndarray | None = None
        for batch in batches_of(self, data, steps):
            values = np.sort(batch.astype(np.float64), axis=None)
            part = _compress(np.stack([values, np.ones_like(values)]), self.epsilon)
            if summary is not None:
                both = np.concatenate([summary, part], axis=1)
                part = _compress(both[:, np.argsort(both[0], kind="stable")], self.epsilon)
            summary = part
        assert summary is not None  # batches_of raises when there is no data
        self.bin_boundaries = _compress(summary, 1.0 / self.num_bins)[0, :-1].tolist()

    def call(self, inputs: Any) -> Any:
        if self.bin_boundaries is None:
            raise ArgumentError("it has no bin_boundaries yet: call its adapt method on data first.")
        borders, sparse = np.asarray(self.bin_boundaries, np.float32), isinstance(inputs, SparseTensor)
        indices = ops.cast(ops.digitize(inputs.values if sparse else inputs, borders), "int32")
        indices = inputs.with_values(indices) if sparse else indices
        return indices if self.output_mode == "int" else encoded(self, indices, self.output_mode, len(borders) + 1, self.compute_dtype)

    def _convert(self, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        return (args, kwargs) if args and isinstance(args[0], SparseTensor) else super()._convert(args, kwargs)

    def get_config(self) -> dict[str, Any]:
        return {
            "bin_boundaries": self.bin_boundaries, "num_bins": self.num_bins, "epsilon": self.epsilon, "output_mode": self.output_mode,
            "sparse": self.sparse, "name": self.name, "dtype": self.dtype,
        }


def _compress(summary: np.ndarray, epsilon: float) -> np.ndarray:
    """A summary of values (their sorted values, how many each stands for) by those at shares epsilon, 2 epsilon, ... of the whole."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares = epsilon * np.arange(1, int(1 / epsilon + 1e-9) + 1)
    weight = np.cumsum(summary[1])
    values = np.interp(shares, weight / weight[-1], summary[0])
    weights = np.interp(shares, weight / weight[-1], weight)
    return np.stack([values, np.diff(weights, prepend=0.0)])
