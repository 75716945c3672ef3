"""tf.random's functions: seeds as TensorFlow counts them (`engine.rng.operation_key`), and stateless ones, whose seed is two integers.

The numbers are threefry's, not TensorFlow's own.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import cast, op
from hornbeam.engine.errors import ArgumentError, DtypeError, InvalidArgumentError, ShapeError
from hornbeam.engine.rng import operation_key
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.kernels import threefry
from hornbeam.kernels.dropout import mix
from hornbeam.ops import random
from hornbeam.ops._rows import broadcast_size
from hornbeam.ops.creation import tidy_shape
from hornbeam.ops.sized import sized

_FLOATS = ("float16", "bfloat16", "float32", "float64")


def _words(seed: Any) -> Any:
    """Two 32-bit words of two integers of any type."""
    if seed.dtype.itemsize < 8:
        return seed.astype(np.uint32)
    wide = seed.astype(np.uint64)
    return ((wide >> np.uint64(32)) ^ wide).astype(np.uint32)


@op(host=_words, differentiable=False, name="tf.random.stateless_key")
def _key_words(seed: Any) -> Any:
    return _words(seed)


def stateless_key(seed: Any) -> Tensor:
    """The key that a stateless operation's seed, two integers, stands for."""
    seed = as_tensor(seed)
    if seed.shape != (2,):
        raise ShapeError(f"A stateless seed is two integers: seed must have shape [2]; received shape {list(seed.shape)}.")
    if not seed.dtype.is_integer:
        raise DtypeError(f"A stateless seed is two integers; received {seed.dtype}.")
    return _key_words(seed)


def _shape(shape: Any) -> tuple[int, ...]:
    if type(shape) not in (tuple, list) and np.ndim(shape) == 0:
        raise InvalidArgumentError(f"The shape of random numbers is a vector of integers, as [{shape}]; received {shape!r}.")
    sizes = tidy_shape(shape)
    if sizes and min(sizes) < 0:
        raise InvalidArgumentError(f"The sizes of random numbers must be >= 0; received {list(sizes)}.")
    return sizes


@functools.lru_cache(64)
def _float_by_name(name: str, dtype: str) -> Any:
    return _float(name, dtypes.standardize(dtype))


def _float(name: str, dtype: Any) -> Any:
    if type(dtype) is str:
        return _float_by_name(name, dtype)
    found = dtypes.standardize(dtype)
    if found.name not in _FLOATS:
        raise DtypeError(f"{name} draws floats ({', '.join(_FLOATS)}); received dtype={found}.")
    return found.numpy


# Each draw, by key.
def _draw_uniform(key: Tensor, name: str, shape: Any, minval: Any, maxval: Any, dtype: Any) -> Tensor:
    found = dtypes.standardize(dtype)
    if found not in (*_FLOATS, "int32", "int64", "uint32", "uint64"):
        allowed = ", ".join((*_FLOATS, "int32", "int64"))
        raise ArgumentError(f"{name}: Argument `dtype` got invalid value {found}. Accepted dtypes are {allowed}.")
    if not found.is_integer:
        return random.uniform(_shape(shape), 0 if minval is None else minval, 1 if maxval is None else maxval, found, key)
    if maxval is None and minval is None:
        return _full_range(key, _shape(shape), found.numpy)
    if maxval is None:
        raise ArgumentError(f"{name}: Must specify maxval for integer dtype {found}.")
    low, high = as_tensor(minval or 0 if isinstance(minval, (int, float, type(None))) else minval), as_tensor(maxval)
    for each in (low, high):
        if not each.dtype.is_integer:
            raise DtypeError(f"{name}: the bounds of {found} numbers are integers; received {each.dtype}.")
        if each.ndim and not name.startswith("tf.random.stateless"):
            raise InvalidArgumentError(f"{name}: the bounds of integers are scalars: minval must be 0-D; received shape {each.shape}.")
    if isinstance(low._value, np.ndarray) and isinstance(high._value, np.ndarray) and (low._value >= high._value).any():
        raise InvalidArgumentError(f"{name}: Need minval < maxval, got {low._value} >= {high._value}.")
    return random.randint(_shape(shape), low, high, found, key)


@op(1, name="tf.random.uniform_full_int", differentiable=False)
def _full_range(key: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    bits = jax.random.bits(threefry.wrap(key), shape, np.uint64 if np.dtype(dtype).itemsize == 8 else np.uint32)
    return bits.astype(dtype)


@sized
def uniform(
    shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = "float32", seed: int | None = None, name: str | None = None
) -> Tensor:
    """Numbers evenly distributed from `minval` to below `maxval` (1 for floats; integers must have one)."""
    return _draw_uniform(operation_key("uniform", seed), "tf.random.uniform", shape, minval, maxval, dtype)


@sized
def normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32", seed: int | None = None, name: str | None = None
) -> Tensor:
    """Normally distributed numbers."""
    dtype = _float("tf.random.normal", dtype)
    return random.normal_of(operation_key("normal", seed), _shape(shape), mean, stddev, dtype)


@sized
def truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32", seed: int | None = None, name: str | None = None
) -> Tensor:
    """Normally distributed numbers less than two standard deviations from the mean."""
    dtype = _float("tf.random.truncated_normal", dtype)
    return random.truncated_normal_of(operation_key("truncated_normal", seed), _shape(shape), mean, stddev, dtype)


def stateless_uniform(
    shape: Any, seed: Any, minval: Any = 0, maxval: Any = None, dtype: Any = "float32", name: str | None = None, alg: Any = "auto_select"
) -> Tensor:
    """As `uniform`; the numbers depend on the seed alone. With minval=None and maxval=None integers of the type's whole range."""
    return _draw_uniform(stateless_key(seed), "tf.random.stateless_uniform", shape, minval, maxval, dtype)


def stateless_normal(
    shape: Any, seed: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32", name: str | None = None, alg: Any = "auto_select"
) -> Tensor:
    """As `normal`; the numbers depend on the seed alone."""
    dtype = _float("tf.random.stateless_normal", dtype)
    return random.normal_of(stateless_key(seed), _shape(shape), mean, stddev, dtype)


def stateless_truncated_normal(
    shape: Any, seed: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32", name: str | None = None, alg: Any = "auto_select"
) -> Tensor:
    """As `truncated_normal`; the numbers depend on the seed alone."""
    dtype = _float("tf.random.stateless_truncated_normal", dtype)
    return random.truncated_normal_of(stateless_key(seed), _shape(shape), mean, stddev, dtype)


@op(5, "same", name="tf.random.parameterized_truncated_normal")
def _between(key: Any, mean: Any, stddev: Any, low: Any, high: Any, shape: tuple[int, ...]) -> Any:
    ends = (low - mean) / stddev, (high - mean) / stddev
    return jax.random.truncated_normal(threefry.wrap(key), *ends, shape, mean.dtype) * stddev + mean


def stateless_parameterized_truncated_normal(
    shape: Any, seed: Any, means: Any = 0.0, stddevs: Any = 1.0, minvals: Any = -2.0, maxvals: Any = 2.0, name: str | None = None
) -> Tensor:
    """Normally distributed numbers between `minvals` and `maxvals`."""
    given = [as_tensor(each, "float32" if isinstance(each, (int, float)) else None) for each in (means, stddevs, minvals, maxvals)]
    return _between(stateless_key(seed), *given, _shape(shape))


@op(3, "same", name="tf.random.gamma")
def _gamma(key: Any, alpha: Any, beta: Any, shape: tuple[int, ...]) -> Any:
    drawn = jax.random.gamma(threefry.wrap(key), alpha, shape, alpha.dtype)
    return jnp.maximum(drawn, np.finfo(np.float32).tiny) / beta


def _gammas(name: str, key: Tensor, shape: Any, alpha: Any, beta: Any, dtype: Any, prefix: bool) -> Tensor:
    dtype = _float(name, dtype)
    alpha, beta = as_tensor(alpha, dtype), as_tensor(1.0 if beta is None else beta, dtype)
    both = np.broadcast_shapes(alpha.shape, beta.shape)
    return _gamma(key, alpha, beta, _ending(name, _shape(shape), both, prefix))


def _ending(name: str, shape: tuple[int, ...], of: tuple[int, ...], prefix: bool) -> tuple[int, ...]:
    """The shape of what is drawn for each of the parameters: stateful functions are given its beginning, stateless ones all of it."""
    if prefix:
        return (*shape, *of)
    if len(of) > len(shape) or np.broadcast_shapes(shape, of) != shape:
        raise InvalidArgumentError(f"{name}: the shape must end with the parameters' ({list(of)}); received {list(shape)}.")
    return shape


def gamma(
    shape: Any, alpha: Any, beta: Any = None, dtype: Any = "float32", seed: int | None = None, name: str | None = None
) -> Tensor:
    """For each `alpha` (and inverse scale `beta`) numbers of the gamma distribution: shape `shape` + that of the parameters."""
    return _gammas("tf.random.gamma", operation_key("gamma", seed), shape, alpha, beta, dtype, True)


def stateless_gamma(
    shape: Any, seed: Any, alpha: Any, beta: Any = None, dtype: Any = "float32", name: str | None = None
) -> Tensor:
    """As `gamma`, but of shape `shape`; the numbers depend on the seed alone."""
    return _gammas("tf.random.stateless_gamma", stateless_key(seed), shape, alpha, beta, dtype, False)


@op(2, "same", name="tf.random.poisson", differentiable=False)
def _poisson(key: Any, rate: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    return jax.random.poisson(jax.random.wrap_key_data(key, impl="threefry2x32"), rate, shape, np.int64).astype(dtype)


def _poissons(name: str, key: Tensor, shape: Any, rate: Any, dtype: Any, prefix: bool) -> Tensor:
    rate = as_tensor(rate)
    rate = rate if rate.dtype.is_floating else cast(rate, "float32")
    return _poisson(key, rate, _ending(name, _shape(shape), tuple(rate.shape), prefix), dtypes.standardize(dtype).numpy)


def poisson(shape: Any, lam: Any, dtype: Any = "float32", seed: int | None = None, name: str | None = None) -> Tensor:
    """For each rate `lam` numbers of the Poisson distribution: shape `shape` + that of `lam`."""
    return _poissons("tf.random.poisson", operation_key("poisson", seed), shape, lam, dtype, True)


def stateless_poisson(shape: Any, seed: Any, lam: Any, dtype: Any = "int32", name: str | None = None) -> Tensor:
    """As `poisson`, but of shape `shape`; the numbers depend on the seed alone."""
    return _poissons("tf.random.stateless_poisson", stateless_key(seed), shape, lam, dtype, False)


@op(3, "same", differentiable=False, name="tf.random.binomial")
def _binomial(key: Any, counts: Any, probs: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    return jax.random.binomial(threefry.wrap(key), counts.astype(np.float32), probs.astype(np.float32), shape).astype(dtype)


def binomials(key: Tensor, shape: Any, counts: Any, probs: Any, dtype: Any) -> Tensor:
    """How many of `counts` trials succeed, each with probability `probs`, by key."""
    return _binomial(key, counts, probs, _shape(shape), dtypes.standardize(dtype).numpy)


def stateless_binomial(
    shape: Any, seed: Any, counts: Any, probs: Any, output_dtype: Any = "int32", name: str | None = None
) -> Tensor:
    """How many of `counts` trials succeed, each with probability `probs`; the numbers depend on the seed alone."""
    return binomials(stateless_key(seed), shape, counts, probs, output_dtype)


def _classes(name: str, key: Tensor, logits: Any, num_samples: Any, dtype: Any) -> Tensor:
    logits = as_tensor(logits)
    if logits.ndim != 2:
        raise InvalidArgumentError(f"{name}: logits should be a matrix (rows, classes); received shape {logits.shape}.")
    return random.categorical(logits, int(num_samples), dtypes.standardize("int64" if dtype is None else dtype), key)


def categorical(logits: Any, num_samples: int, dtype: Any = None, seed: int | None = None, name: str | None = None) -> Tensor:
    """`num_samples` classes for each row of logits (unnormalized log probabilities): int64, (rows, num_samples)."""
    return _classes("tf.random.categorical", operation_key("categorical", seed, logits), logits, num_samples, dtype)


def stateless_categorical(logits: Any, num_samples: int, seed: Any, dtype: Any = "int64", name: str | None = None) -> Tensor:
    """As `categorical`; the classes depend on the seed alone."""
    return _classes("tf.random.stateless_categorical", stateless_key(seed), logits, num_samples, dtype)


def shuffle(value: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """`value` in a random order along its first axis."""
    return _shuffled(operation_key("shuffle", seed, value), value)


def stateless_shuffle(value: Any, seed: Any, alg: Any = "auto_select", name: str | None = None) -> Tensor:
    """As `shuffle`; the order depends on the seed alone."""
    return _shuffled(stateless_key(seed), value)


def _order(key: Any, count: int) -> np.ndarray:
    return np.random.Generator(np.random.Philox(int(key[0]) << 32 | int(key[1]))).permutation(count)


@op(2, "same", name="tf.random.shuffle", host=lambda key, x: x[_order(key, x.shape[0])] if x.shape[0] else x)
def _permuted(key: Any, x: Any) -> Any:
    return jax.random.permutation(threefry.wrap(key), x, 0)


def _shuffled(key: Tensor, value: Any) -> Tensor:
    value = as_tensor(value)
    if not value.ndim:
        return value
    if value.dtype == "string":
        return Tensor(np.asarray(value)[_order(np.asarray(key), value.shape[0])])
    return _permuted(key, value)


# Seeds made of seeds.
@op(differentiable=False, name="tf.random.split")
def _split(key: Any, num: int, dtype: Any) -> Any:
    keys = jax.random.key_data(jax.random.split(threefry.wrap(key), num))
    return jax.lax.bitcast_convert_type(keys, np.int32).astype(dtype)


def split(seed: Any, num: int = 2, alg: Any = "auto_select") -> Tensor:
    """`num` new stateless seeds made of one: shape (num, 2)."""
    seed = as_tensor(seed)
    return _split(stateless_key(seed), int(num), seed.dtype.numpy if seed.dtype.size >= 4 else np.dtype(np.int32))


@op(2, "same", differentiable=False, name="tf.random.fold_in")
def _fold_in(key: Any, data: Any, dtype: Any) -> Any:
    folded = jax.random.key_data(jax.random.fold_in(threefry.wrap(key), _words(data)))
    return jax.lax.bitcast_convert_type(folded, np.int32).astype(dtype)


def fold_in(seed: Any, data: Any, alg: Any = "auto_select") -> Tensor:
    """A new stateless seed made of one and an integer."""
    seed = as_tensor(seed)
    return _fold_in(stateless_key(seed), as_tensor(data), seed.dtype.numpy if seed.dtype.size >= 4 else np.dtype(np.int32))


@op(3, "same", differentiable=False, name="tf.random.index_shuffle", cost=broadcast_size)
def _index_shuffle(index: Any, seed: Any, max_index: Any) -> Any:
    # A Feistel network of four rounds permutes the powers of two that hold the range; a place outside it walks on until it is inside.
    bits = jnp.maximum(64 - jax.lax.clz(max_index.astype(np.uint64)), 2)
    half = ((bits + np.uint64(1)) // np.uint64(2)).astype(np.uint64)
    mask = (np.uint64(1) << half) - np.uint64(1)
    words = seed.astype(np.uint32)

    def once(x: Any) -> Any:
        left, right = x >> half, x & mask
        for i in range(4):
            mixed = mix(right.astype(np.uint32) ^ mix(words[i % 3] + np.uint32(i)))
            left, right = right, (left ^ mixed.astype(np.uint64)) & mask
        return (left << half) | right

    top = max_index.astype(np.uint64)
    out = jax.lax.while_loop(lambda x: jnp.any(x > top), lambda x: jnp.where(x > top, once(x), x), once(index.astype(np.uint64)))
    return out.astype(index.dtype)


def index_shuffle(index: Any, seed: Any, max_index: Any) -> Tensor:
    """Where `index`, between 0 and `max_index`, comes in the random order that a seed of three integers stands for."""
    seed = as_tensor(seed)
    if seed.shape != (3,):
        raise InvalidArgumentError(f"tf.random.experimental.index_shuffle: seed is three integers; received shape {seed.shape}.")
    return _index_shuffle(as_tensor(index), seed, as_tensor(max_index))
