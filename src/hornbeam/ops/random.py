"""Random tensors. `seed` is an int (the same numbers each time), a `SeedGenerator` (the next ones), or None (the global stream).

The numbers come from threefry (Salmon et al. 2011), except dropout's mask and layers' noise.
"""

import functools
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import Op, cast, op, run
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.rng import SeedGenerator, next_key
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.kernels import dropout as cheap
from hornbeam.kernels import threefry
from hornbeam.ops.creation import tidy_shape, zeros_like
from hornbeam.ops.sized import sized


def _float_dtype(dtype: Any) -> Any:
    found = dtypes.standardize(dtype)
    if not found.is_floating:
        raise ArgumentError(f"These random numbers are floats; received dtype={dtype!r}.")
    return found.numpy


def _first_draws(draw: Callable[..., Any]) -> dict[str, Any]:
    """For the rows below: the first few draws of a shape are made on the host, since a program of threefry's costs 0.1 s to compile."""

    def host(key: Any, shape: Any, dtype: Any) -> Any:
        return NotImplemented if dtype != np.float32 or math.prod(shape) > 2**17 else draw(key, shape)

    return {"host": host, "limit": 0}


@op(name="normal", **_first_draws(threefry.normal))
def _normal(key: Any, shape: Any, dtype: Any) -> Any:
    return jax.random.normal(threefry.wrap(key), shape, dtype)


@op(name="truncated_normal", **_first_draws(threefry.truncated_normal))
def _truncated_normal(key: Any, shape: Any, dtype: Any) -> Any:
    return jax.random.truncated_normal(threefry.wrap(key), -2.0, 2.0, shape, dtype)


@op(name="uniform", **_first_draws(threefry.uniform))
def _uniform(key: Any, shape: Any, dtype: Any) -> Any:
    return jax.random.uniform(threefry.wrap(key), shape, dtype)


@op(3, name="stretch", host=lambda x, low, high: np.maximum(x * (high - low) + low, low))
def _stretch(x: Any, low: Any, high: Any) -> Any:
    """Numbers from 0 to below 1 as ones from `low` to below `high`."""
    return jnp.maximum(x * (high - low) + low, low)


def _is(value: Any, usual: float) -> bool:
    return type(value) in (float, int) and value == usual


def _scaled(row: Op, key: Tensor, shape: tuple[int, ...], mean: Any, stddev: Any, dtype: np.dtype) -> Tensor:
    bound = row.bind((shape, dtype), {})
    drawn = run(bound, [key])
    if bound._jitted is not None:
        bound.host = None  # the first draws are over, and a key has one shape
    if not _is(stddev, 1):
        drawn = drawn * as_tensor(stddev, dtype)
    return drawn if _is(mean, 0) else drawn + as_tensor(mean, dtype)


normal_of, truncated_normal_of = functools.partial(_scaled, _normal), functools.partial(_scaled, _truncated_normal)


@sized
def normal(shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None) -> Tensor:
    """Normally distributed numbers."""
    dtype = _float_dtype(dtype)
    return normal_of(next_key(seed), tidy_shape(shape), mean, stddev, dtype)


@sized
def truncated_normal(shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None) -> Tensor:
    """Normally distributed numbers less than two standard deviations from the mean."""
    dtype = _float_dtype(dtype)
    return truncated_normal_of(next_key(seed), tidy_shape(shape), mean, stddev, dtype)


@sized
def uniform(shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None) -> Tensor:
    """Numbers evenly distributed from `minval` to below `maxval`; integers when `dtype` is an integer type."""
    found = dtypes.standardize(dtype)
    if found.is_integer:
        return randint(shape, minval, maxval, dtype, seed)
    target = _float_dtype(dtype)
    drawn = run(_uniform.bind((tidy_shape(shape), target), {}), [next_key(seed)])
    return drawn if _is(minval, 0) and _is(maxval, 1) else _stretch(drawn, as_tensor(minval, target), as_tensor(maxval, target))


def _integers(key: Any, minval: Any, maxval: Any, shape: Any, dtype: Any) -> Any:
    return NotImplemented if dtype != np.int32 or math.prod(shape) > 2**17 else threefry.integers(key, shape, minval, maxval)


@op(3, differentiable=False, name="randint", host=_integers, limit=0)
def _randint(key: Any, minval: Any, maxval: Any, shape: Any, dtype: Any) -> Any:
    return jax.random.randint(threefry.wrap(key), shape, minval, maxval, dtype)


def randint(shape: Any, minval: Any, maxval: Any, dtype: Any = "int32", seed: Any = None) -> Tensor:
    """Integers evenly distributed from `minval` to below `maxval`."""
    target = dtypes.standardize(dtype)
    if not target.is_integer:
        raise ArgumentError(f"randint gives integers; received dtype={dtype!r}.")
    low, high = (cast(as_tensor(each), target) for each in (minval, maxval))
    return _randint(next_key(seed), low, high, tidy_shape(shape), target.numpy)


def _categories(key: Any, logits: Any, num_samples: int, dtype: Any) -> Any:
    if logits.dtype != np.float32 or logits.size * num_samples > 2**17:
        return NotImplemented
    return threefry.categories(key, logits, num_samples).astype(dtype)


@op(2, "same", differentiable=False, name="categorical", host=_categories, limit=0)
def _categorical(key: Any, logits: Any, num_samples: int, dtype: Any) -> Any:
    drawn = jax.random.categorical(threefry.wrap(key), logits[:, None, :], axis=-1, shape=(logits.shape[0], num_samples))
    return drawn.astype(dtype)


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> Tensor:
    """`num_samples` classes for each row of logits, shape `(rows, num_samples)`."""
    logits = as_tensor(logits)
    if logits.ndim != 2:
        raise ArgumentError(f"categorical takes logits of shape (rows, classes); received {logits.shape}.")
    return _categorical(next_key(seed), logits, int(num_samples), dtypes.standardize(dtype).numpy)


@op(2, "same", name="shuffle")
def _shuffle(key: Any, x: Any, axis: int) -> Any:
    return jax.random.permutation(threefry.wrap(key), x, axis)


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> Tensor:
    """x in a random order along the axis."""
    return _shuffle(next_key(seed), x, int(axis))


@op(2, "same", name="gamma")
def _gamma(key: Any, alpha: Any, shape: Any, dtype: Any) -> Any:
    return jax.random.gamma(threefry.wrap(key), alpha, shape, dtype)


def gamma(shape: Any, alpha: Any, dtype: Any = None, seed: Any = None) -> Tensor:
    """Numbers of the gamma distribution with shape parameter `alpha` and scale 1."""
    dtype = _float_dtype(dtype)
    return _gamma(next_key(seed), as_tensor(alpha, dtype), tidy_shape(shape), dtype)


@op(3, "same", name="beta")
def _beta(key: Any, alpha: Any, beta: Any, shape: Any, dtype: Any) -> Any:
    return jax.random.beta(threefry.wrap(key), alpha, beta, shape, dtype)


def beta(shape: Any, alpha: Any, beta: Any, dtype: Any = None, seed: Any = None) -> Tensor:
    """Numbers of the beta distribution."""
    dtype = _float_dtype(dtype)
    return _beta(next_key(seed), as_tensor(alpha, dtype), as_tensor(beta, dtype), tidy_shape(shape), dtype)


@op(3, "same", differentiable=False, name="binomial")
def _binomial(key: Any, counts: Any, probabilities: Any, shape: Any, dtype: Any) -> Any:
    return jax.random.binomial(threefry.wrap(key), counts, probabilities, shape, dtype)


def binomial(shape: Any, counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None) -> Tensor:
    """How many of `counts` trials succeed, each with the given probability."""
    dtype = _float_dtype(dtype)
    return _binomial(next_key(seed), as_tensor(counts, dtype), as_tensor(probabilities, dtype), tidy_shape(shape), dtype)


@op(2, "same", name="dropout")
def _dropout(key: Any, x: Any, rate: float, noise_shape: Any) -> Any:
    shape = x.shape if noise_shape is None else tuple(n or m for n, m in zip(noise_shape, x.shape, strict=True))
    keep = cheap.keep_mask(key, shape, rate)
    return jnp.where(keep, x * np.asarray(1 / (1 - rate), x.dtype), jnp.zeros((), x.dtype))


@op(2, "same", name="noise")
def _noise(key: Any, x: Any, mean: float, stddev: float) -> Any:
    return (mean + stddev * cheap.normal(key, x.shape)).astype(x.dtype)


def noise_like(x: Any, mean: float, stddev: float, seed: Any = None) -> Tensor:
    """Normal numbers in the shape of x, for noise in training: a tenth of the cost of `normal`, from the mask's generator."""
    return _noise(next_key(seed), x, float(mean), float(stddev))


def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> Tensor:
    """Each element 0 with probability `rate`, the rest times 1 / (1 - rate) (Srivastava et al. 2014).

    `noise_shape`: the shape in which zeros are drawn; it broadcasts to that of `inputs`, None meaning the same size.
    """
    if not 0 <= rate <= 1:
        raise ArgumentError(f"dropout: `rate` is between 0 and 1; received {rate!r}.")
    if rate == 0:
        return as_tensor(inputs)
    if rate == 1:
        return zeros_like(inputs)
    return _dropout(next_key(seed), inputs, float(rate), None if noise_shape is None else tuple(noise_shape))


__all__ = [
    "SeedGenerator", "beta", "binomial", "categorical", "dropout", "gamma", "normal", "randint", "shuffle", "truncated_normal",
    "uniform",
]  # fmt: skip
