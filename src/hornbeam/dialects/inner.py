"""What packages take from the inside of Keras 2 and TensorFlow for layers and optimizers of their own: helpers without public names."""

import contextlib
import inspect
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import numpy as np

from hornbeam import config
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.pure import local
from hornbeam.engine.rng import SeedGenerator
from hornbeam.layers import layer
from hornbeam.ops import random
from hornbeam.ops.composite.sparse import SparseTensor
from hornbeam.ops.composite.sparse_functions import reorder


# Decorators that said something to TensorFlow's documentation or to its graphs.
def unchanged(thing: Any) -> Any:
    """What it is given: a decorator that has nothing to do here."""
    return thing


def decorator(*args: Any, **kwargs: Any) -> Callable[[Any], Any]:
    """A decorator with arguments that has nothing to do here: a name to export by, a date from which something is deprecated."""
    return unchanged


# keras.utils.conv_utils.
def normalize_tuple(value: Any, n: int, name: str, allow_zero: bool = False) -> tuple[int, ...]:
    """`n` positive integers, of one for all of them or of `n`."""
    found = (value,) * n if isinstance(value, (int, np.integer)) else tuple(value) if isinstance(value, Iterable) else ()
    least = 0 if allow_zero else 1
    if len(found) != n or not all(isinstance(each, (int, np.integer)) and each >= least for each in found):
        raise ArgumentError(f"The `{name}` argument must be an integer or {n} integers, none below {least}; received {value!r}.")
    return tuple(int(each) for each in found)


def normalize_data_format(value: str | None) -> str:
    """'channels_last' or 'channels_first'; the configured one for None."""
    found = config.image_data_format() if value is None else value.lower()
    if found not in ("channels_first", "channels_last"):
        raise ArgumentError(f"data_format is 'channels_first' or 'channels_last'; received {value!r}.")
    return found


def normalize_padding(value: Any) -> Any:
    """'valid', 'same' or 'causal', in small letters."""
    found = value if isinstance(value, (list, tuple)) else value.lower()
    if not isinstance(found, (list, tuple)) and found not in ("valid", "same", "causal"):
        raise ArgumentError(f"padding is 'valid', 'same' or 'causal'; received {value!r}.")
    return found


def conv_output_length(input_length: int | None, filter_size: int, padding: str, stride: int, dilation: int = 1) -> int | None:
    """The steps that a convolution gives along one axis; None of None."""
    if input_length is None:
        return None
    reach = (filter_size - 1) * dilation
    steps = input_length + {"same": 0, "causal": 0, "valid": -reach, "full": reach}[padding]
    return (steps + stride - 1) // stride


def deconv_output_length(
    input_length: int | None, filter_size: int, padding: str, output_padding: int | None = None, stride: int = 1, dilation: int = 1
) -> int | None:
    """The steps that a transposed convolution gives along one axis; None of None."""
    if input_length is None:
        return None
    size = (filter_size - 1) * dilation + 1
    if output_padding is not None:
        return (input_length - 1) * stride + size - 2 * {"same": size // 2, "valid": 0, "full": size - 1}[padding] + output_padding
    return input_length * stride + {"same": 0, "valid": max(size - stride, 0), "full": 2 - stride - size}[padding]


# keras.utils.generic_utils and layer_utils.
def has_arg(fn: Callable, name: str, accept_all: bool = False) -> bool:
    """Whether a function takes an argument of that name; with `accept_all`, `**kwargs` counts."""
    spec = inspect.getfullargspec(fn)
    return name in spec.args or name in spec.kwonlyargs or bool(accept_all and spec.varkw)


def to_list(x: Any) -> list[Any]:
    """A list as it is, anything else as the one item of a list."""
    return x if isinstance(x, list) else [x]


def unpack_singleton(x: Any) -> Any:
    """The item of a structure of one item; anything else as it is."""
    return x[0] if len(x) == 1 else x


def slice_arrays(arrays: Any, start: Any = None, stop: int | None = None) -> Any:
    """Rows `start` to `stop` of one array or of each of several; with a list for `start`, those rows."""
    rows = np.asarray(start) if hasattr(start, "__len__") else slice(start, stop)
    if isinstance(arrays, list):
        return [None if array is None else array[rows] for array in arrays]
    return [None] if arrays is None else arrays[rows]


def count_params(weights: Iterable[Any]) -> int:
    """The numbers in all of these weights, each counted once."""
    return sum(int(np.prod(tuple(weight.shape))) for weight in {id(weight): weight for weight in weights}.values())


# keras.engine.base_layer_utils.
def call_context() -> SimpleNamespace:
    """Whether a layer is being called, which one, and whether in training."""
    stack = layer.calls_under_way()
    return SimpleNamespace(in_call=bool(stack), layer=stack[-1] if stack else None, training=local.training, saving=False)


def reduce_per_replica(values: Any, strategy: Any, reduction: str = "auto") -> Any:
    """The values of the one replica there is."""
    return values


# TensorFlow's own.
def assign_moving_average(variable: Any, value: Any, decay: Any, zero_debias: bool = True, name: str | None = None) -> Any:
    """`variable` becomes `decay` parts of itself and `1 - decay` of `value`."""
    if zero_debias:
        raise ArgumentError("assign_moving_average keeps no count of its calls: call it with zero_debias=False.")
    return variable.assign_sub((variable - value) * (1 - decay))


def sparse_reorder(input_indices: Any, input_values: Any = None, input_shape: Any = None, name: str | None = None) -> Any:
    """A SparseTensor in row order; given its parts, as TensorFlow's operation is, the indices and values."""
    if input_values is None:
        return reorder(input_indices)
    found = reorder(SparseTensor(input_indices, input_values, input_shape))
    return found.indices, found.values


def with_dependencies(dependencies: Any, output_tensor: Any, name: str | None = None) -> Any:
    """`output_tensor`: what was to run before it has run."""
    return output_tensor


def colocate_with(op: Any, ignore_existing: bool = False) -> Any:
    """A block: programs run on one device."""
    return contextlib.nullcontext()


class SeveralDevices:
    """What a value kept on several devices would be (DistributedVariable, PerReplica): programs run on one, so nothing is one."""


class Gauge:
    """A counter or gauge of TensorFlow's monitoring: cells by label, each with a value, which nobody collects."""

    def __init__(self, name: str, description: str, *labels: str):
        self._cells: dict[tuple[str, ...], _Cell] = {}

    def get_cell(self, *labels: str) -> "_Cell":
        return self._cells.setdefault(labels, _Cell())


class _Cell:
    _value: Any = 0

    def set(self, value: Any) -> None:
        self._value = value

    def increase_by(self, value: int) -> None:
        self._value += value

    def value(self) -> Any:
        return self._value


class OperationLayer:
    """What an operation in a functional model was in Keras 2 (TFOpLambda); here it is a node of the graph, so nothing is one."""


class RandomGenerator:
    """`keras.backend.RandomGenerator`: draws, each another."""

    def __init__(self, seed: int | None = None, rng_type: Any = None):
        self.seeds = SeedGenerator(seed)

    def random_uniform(self, shape: Any, minval: Any = 0.0, maxval: Any = None, dtype: Any = None, nonce: Any = None) -> Any:
        return random.uniform(shape, minval, 1.0 if maxval is None else maxval, dtype=dtype or config.floatx(), seed=self.seeds)

    def random_normal(self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, nonce: Any = None) -> Any:
        return random.normal(shape, mean, stddev, dtype=dtype or config.floatx(), seed=self.seeds)

    def truncated_normal(self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, nonce: Any = None) -> Any:
        return random.truncated_normal(shape, mean, stddev, dtype=dtype or config.floatx(), seed=self.seeds)

    def make_legacy_seed(self) -> None:
        """None: what is asked to draw with it draws from the global stream."""


class BaseRandomLayer(layer.Layer):
    """`keras.__internal__.layers.BaseRandomLayer`: a layer with a generator of its own, `_random_generator`."""

    def __init__(self, seed: int | None = None, force_generator: bool = False, rng_type: Any = None, **kwargs: Any):
        super().__init__(**kwargs)
        self._random_generator = RandomGenerator(seed)
        self._seeds = self._random_generator.seeds  # a layer's attributes are what is saved and lifted
