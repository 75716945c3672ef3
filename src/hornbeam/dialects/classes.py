"""Classes that Keras 2 and TensorFlow 2.0 to 2.15 had and today's Keras has not. `today` is what is written in their place."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from hornbeam import activations, config, initializers, ops
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.registry import register
from hornbeam.engine.tensor import Tensor
from hornbeam.layers import Dense, Layer, RandomZoom, options
from hornbeam.models import Model
from hornbeam.optimizers.schedules import LearningRateSchedule


class Reduction:
    """How a loss makes one number of many; each is a string."""

    AUTO, NONE, SUM, SUM_OVER_BATCH_SIZE = "auto", "none", "sum", "sum_over_batch_size"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        return cls.AUTO, cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE


@register("layer")
class ThresholdedReLU(Layer):
    """x where it is above `theta`, 0 elsewhere. Shapes: any, unchanged."""

    today = "keras.layers.Lambda(lambda x: x * tf.cast(x > theta, x.dtype))"

    def __init__(self, theta: float = 1.0, **kwargs: Any):
        super().__init__(**kwargs)
        if theta is None or theta < 0:
            raise ArgumentError(f"ThresholdedReLU: theta is 0 or larger; received {theta!r}.")
        self.theta, self.supports_masking = theta, True

    def call(self, inputs: Tensor) -> Tensor:
        return inputs * ops.cast(ops.greater(inputs, self.theta), inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "theta": self.theta}


class _LocallyConnected(Layer):
    """A convolution whose kernel is another one at each place.

    Args: as of the convolution; padding is 'valid' and data_format 'channels_last'.

    Weights: kernel (places, kernel sizes * channels in, filters), bias (*sizes of the output, filters).
    """

    today = "your own layer: patches of the input times a kernel for each place"
    rank: int

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", data_format: str | None = None,
        activation: Any = None, use_bias: bool = True, kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None,
        bias_constraint: Any = None, implementation: int = 1, **kwargs: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        if padding != "valid" or data_format not in (None, "channels_last"):
            raise ArgumentError(f"{type(self).__name__} takes padding='valid' and data_format='channels_last'; received "
                                f"{padding!r} and {data_format!r}.")
        sizes = lambda value: (value,) * self.rank if isinstance(value, int) else tuple(value)
        self.filters, self.kernel_size, self.strides, self.use_bias = filters, sizes(kernel_size), sizes(strides), use_bias
        self.activation = activations.get(activation)
        options.keep(self, locals())

    def build(self, input_shape: Any) -> None:
        *sizes, channels = input_shape[1:]
        out = [(size - kernel) // stride + 1 for size, kernel, stride in zip(sizes, self.kernel_size, self.strides, strict=True)]
        self.kernel = options.add(self, "kernel", (math.prod(out), math.prod(self.kernel_size) * channels, self.filters))
        if self.use_bias:
            self.bias = options.add(self, "bias", (*out, self.filters))

    def call(self, inputs: Tensor) -> Tensor:
        found = local_conv2d(inputs, self.kernel, self.kernel_size, self.strides)
        return self.activation(found + self.bias if self.use_bias else found)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "filters": self.filters, "kernel_size": self.kernel_size, "strides": self.strides,
            "activation": activations.serialize(self.activation), "use_bias": self.use_bias,
            **options.written(self),
        }  # fmt: skip


def local_conv2d(
    inputs: Any, kernel: Any, kernel_size: tuple[int, ...], strides: tuple[int, ...], output_shape: Any = None,
    data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """A convolution (batch, *sizes, channels) whose kernel (places, kernel sizes * channels, filters) is another one at each place."""
    if data_format == "channels_first":
        raise ArgumentError("local_conv1d and local_conv2d take data_format='channels_last'.")
    inputs, kernel = ops.convert_to_tensor(inputs), ops.convert_to_tensor(kernel)
    rank = len(kernel_size)
    if rank == 1:
        inputs, kernel_size, strides = ops.expand_dims(inputs, 1), (1, *kernel_size), (1, *strides)
    patches = ops.image.extract_patches(inputs, tuple(kernel_size), tuple(strides), padding="valid")
    rows, columns, size = patches.shape[1:]
    found = ops.einsum("bpi,pif->bpf", ops.reshape(patches, (-1, rows * columns, size)), kernel)
    return ops.reshape(found, (-1, *((columns,) if rank == 1 else (rows, columns)), kernel.shape[-1]))


def local_conv1d(inputs: Any, kernel: Any, kernel_size: Any, strides: Any, data_format: str | None = None) -> Tensor:
    """`local_conv2d` of (batch, steps, channels)."""
    return local_conv2d(inputs, kernel, tuple(kernel_size), tuple(strides), None, data_format)


local_conv1d.today = local_conv2d.today = _LocallyConnected.today  # type: ignore[attr-defined]


@register("layer")
class LocallyConnected1D(_LocallyConnected):
    __doc__ = f"{_LocallyConnected.__doc__}\n    Shapes: (batch, steps, channels) -> (batch, new steps, filters)."
    rank = 1


@register("layer")
class LocallyConnected2D(_LocallyConnected):
    __doc__ = f"{_LocallyConnected.__doc__}\n    Shapes: (batch, rows, columns, channels) -> (batch, new rows, new columns, filters)."
    rank = 2


def _stretch(factor: Any) -> tuple[float, float]:
    """RandomHeight's factor, where 0.2 is taller, as RandomZoom's, where it is smaller."""
    low, high = factor if isinstance(factor, (tuple, list)) else (-factor, factor)
    return (1 / (1 + high) - 1, 1 / (1 + low) - 1)


@register("layer")
class RandomHeight(RandomZoom):
    """Pictures stretched in height. TensorFlow changed the picture's size; here what is stretched stays in a frame of the old size."""

    today = "keras.layers.RandomZoom(height_factor, width_factor=0.0), where the picture keeps its size"

    def __init__(self, factor: Any, interpolation: str = "bilinear", seed: int | None = None, **kwargs: Any):
        super().__init__(_stretch(factor), 0.0, interpolation=interpolation, seed=seed, **kwargs)
        self.factor = factor

    def get_config(self) -> dict[str, Any]:
        return {**Layer.get_config(self), "factor": self.factor, "interpolation": self.interpolation}


@register("layer")
class RandomWidth(RandomZoom):
    """Pictures stretched in width. TensorFlow changed the picture's size; here what is stretched stays in a frame of the old size."""

    today = "keras.layers.RandomZoom(0.0, width_factor), where the picture keeps its size"

    def __init__(self, factor: Any, interpolation: str = "bilinear", seed: int | None = None, **kwargs: Any):
        super().__init__(0.0, _stretch(factor), interpolation=interpolation, seed=seed, **kwargs)
        self.factor = factor

    get_config = RandomHeight.get_config


class AbstractRNNCell(Layer):
    """Base of one's own cells for `RNN`: a subclass gives `state_size`, `output_size` and `call(inputs, states)`."""

    today = "keras.layers.Layer with the properties state_size and output_size"

    @property
    def state_size(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} needs the property `state_size`: an integer, or one for each state.")

    @property
    def output_size(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} needs the property `output_size`.")

    def get_initial_state(self, inputs: Any = None, batch_size: Any = None, dtype: Any = None) -> Any:
        """Zeros of each state's size."""
        rows = inputs.shape[0] if inputs is not None else batch_size
        zeros = lambda size: ops.zeros((rows, *(size if isinstance(size, (tuple, list)) else (size,))), dtype or self.compute_dtype)
        sizes = self.state_size
        return [zeros(size) for size in sizes] if isinstance(sizes, (list, tuple)) else zeros(sizes)


class LinearCosineDecay(LearningRateSchedule):
    """A cosine of `num_periods` periods times a line to 0: `rate * ((alpha + line) * cosine + beta)` (Bello et al. 2017)."""

    today = "keras.optimizers.schedules.CosineDecay or a schedule of your own"

    def __init__(
        self, initial_learning_rate: float, decay_steps: float, num_periods: float = 0.5, alpha: float = 0.0, beta: float = 0.001,
        name: str | None = None,
    ):
        self.initial_learning_rate, self.decay_steps, self.num_periods = initial_learning_rate, decay_steps, num_periods
        self.alpha, self.beta, self.name = alpha, beta, name

    def __call__(self, step: Any) -> Tensor:
        done = ops.minimum(ops.cast(step, "float32"), float(self.decay_steps)) / self.decay_steps
        cosine = 0.5 * (1.0 + ops.cos(math.pi * 2.0 * self.num_periods * done))
        return self.initial_learning_rate * ((self.alpha + 1.0 - done) * cosine + self.beta)

    def get_config(self) -> dict[str, Any]:
        names = ("initial_learning_rate", "decay_steps", "num_periods", "alpha", "beta", "name")
        return {name: getattr(self, name) for name in names}


class LinearModel(Model):
    """Inputs times weights, plus a bias."""

    today = "keras.Sequential([keras.layers.Dense(units)])"

    def __init__(
        self, units: int = 1, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = "zeros",
        bias_initializer: Any = "zeros", kernel_regularizer: Any = None, bias_regularizer: Any = None, **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.dense = Dense(
            units, activation=activation, use_bias=use_bias, kernel_initializer=kernel_initializer, bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer, bias_regularizer=bias_regularizer,
        )

    def call(self, inputs: Any) -> Tensor:
        return self.dense(inputs)


def multi_gpu_model(model: Model, gpus: Any = None, cpu_merge: bool = True, cpu_relocation: bool = False) -> Model:
    """The model itself: one program uses the device it is on."""
    return model


multi_gpu_model.today = "the model as it is"  # type: ignore[attr-defined]


def print_summary(layer: Model, line_length: int | None = None, positions: Any = None, print_fn: Any = None) -> None:
    """`model.summary()`."""
    layer.summary(line_length=line_length, positions=positions, print_fn=print_fn)


print_summary.today = "model.summary()"  # type: ignore[attr-defined]


def warmstart_embedding_matrix(
    base_vocabulary: Any, new_vocabulary: Any, base_embeddings: Any, new_embeddings_initializer: Any = "uniform"
) -> np.ndarray:
    """Embeddings for a new vocabulary: rows of words that the old one has are theirs there, the rest is initialized.

    Args:
        base_vocabulary, new_vocabulary: words in order (a list, or the path of a file with one on each line).
        base_embeddings: shape (words of the base vocabulary or more, dimensions).
    """
    base, new = (
        Path(words).read_text(encoding="utf-8").splitlines() if isinstance(words, (str, Path)) else list(words)
        for words in (base_vocabulary, new_vocabulary)
    )
    old = np.asarray(base_embeddings)
    if len(base) > len(old):
        raise ArgumentError(f"base_embeddings has a row for each word of base_vocabulary, {len(base)}; received {len(old)} rows.")
    rows = np.array(initializers.get(new_embeddings_initializer)((len(new), old.shape[1])))
    known = {word: i for i, word in enumerate(base)}
    for i, word in enumerate(new):
        if word in known:
            rows[i] = old[known[word]]
    return rows


_ORDERINGS = {"tf": "channels_last", "th": "channels_first"}


def image_dim_ordering() -> str:
    """Where pictures have their channels: 'tf' (last) or 'th' (first)."""
    return next(old for old, today in _ORDERINGS.items() if today == config.image_data_format())


def set_image_dim_ordering(dim_ordering: str) -> None:
    """Say where pictures have their channels: 'tf' (last) or 'th' (first)."""
    if dim_ordering not in _ORDERINGS:
        raise ArgumentError(f"set_image_dim_ordering takes 'tf' or 'th'; received {dim_ordering!r}.")
    config.set_image_data_format(_ORDERINGS[dim_ordering])


image_dim_ordering.today = "keras.backend.image_data_format()"  # type: ignore[attr-defined]
set_image_dim_ordering.today = "keras.backend.set_image_data_format('channels_last' or 'channels_first')"  # type: ignore[attr-defined]
