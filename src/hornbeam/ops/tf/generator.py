"""tf.random.Generator: random numbers from a state that the program holds."""

import enum
import secrets
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.engine.variable import Variable
from hornbeam.kernels.dropout import mix
from hornbeam.ops import random
from hornbeam.ops.tf import draws

_PHILOX, _THREEFRY = 1, 2
_ALGORITHMS = {"philox": _PHILOX, "threefry": _THREEFRY, "auto_select": _PHILOX, None: _PHILOX, 1: 1, 2: 2, 3: 1}


class Algorithm(enum.Enum):
    """Generators' algorithms. (Each is threefry here.)"""

    PHILOX = 1
    THREEFRY = 2
    AUTO_SELECT = 3


def create_rng_state(seed: Any, alg: Any = "philox") -> Tensor:
    """A generator's state for a seed: an integer, or up to three of them."""
    words = [int(each) for each in np.ravel(np.asarray(seed))]
    if len(words) > 3:
        raise ShapeError(f"A generator's seed is up to three integers; received {len(words)}.")
    words = [word - 2**64 if word >= 2**63 else word for word in words]
    return as_tensor(np.array(words + [0] * (3 - len(words)), np.int64))


@op(name="tf.random.generator_key", host=lambda state: _key(state), differentiable=False)
def _state_key(state: Any) -> Any:
    return _key(state)


def _key(state: Any) -> Any:
    wide = state.astype(np.uint64)
    low, high = wide.astype(np.uint32), (wide >> np.uint64(32)).astype(np.uint32)
    a = mix(low[1:2] + mix(high[1:2] ^ mix(low[2:] + mix(high[2:] ^ np.uint32(0x9E3779B9)))))
    b = mix(low[:1] ^ np.uint32(0x85EBCA6B)) + high[:1]
    return _join(a ^ b, mix(b + a))


def _join(a: Any, b: Any) -> Any:
    if isinstance(a, np.ndarray):
        return np.concatenate([a, b])
    return jnp.concatenate([a, b])


class Generator:
    """Random numbers from a state of its own, a Variable of three int64 (a counter in two, and a key).

    Made by `from_seed(seed)`, `from_non_deterministic_state()`, `from_state(state, alg)` or `from_key_counter(key, counter, alg)`.
    """

    def __init__(self, copy_from: "Generator | None" = None, state: Any = None, alg: Any = None):
        if copy_from is not None:
            state, alg = copy_from.state, copy_from.algorithm
        if state is None:
            raise ArgumentError("A Generator is made of a state: use tf.random.Generator.from_seed(seed).")
        value = np.asarray(as_tensor(state)).astype(np.int64)
        if value.shape != (3,):
            value = np.asarray(create_rng_state(value))
        alg = alg.value if isinstance(alg, Algorithm) else int(alg) if isinstance(alg, Tensor) else alg
        self._alg = _ALGORITHMS.get(alg)
        if self._alg is None:
            raise ArgumentError(f"A generator's algorithm is 'philox', 'threefry' or 'auto_select'; received {alg!r}.")
        self._state_var = Variable(value, trainable=False, name="StateVar", dtype="int64")

    @classmethod
    def from_seed(cls, seed: Any, alg: Any = None) -> "Generator":
        """The generator that begins with a seed: an integer, or up to three of them."""
        return cls(state=create_rng_state(seed), alg=alg)

    @classmethod
    def from_state(cls, state: Any, alg: Any = None) -> "Generator":
        return cls(state=state, alg=alg)

    @classmethod
    def from_key_counter(cls, key: Any, counter: Any, alg: Any = None) -> "Generator":
        return cls(state=[*np.asarray(as_tensor(counter)).tolist(), int(key)], alg=alg)

    @classmethod
    def from_non_deterministic_state(cls, alg: Any = None) -> "Generator":
        """A generator that gives other numbers each time the program runs."""
        return cls.from_seed([secrets.randbits(63) for _ in range(3)], alg)

    @property
    def state(self) -> Variable:
        return self._state_var

    @property
    def algorithm(self) -> int:
        return self._alg

    @property
    def key(self) -> Tensor:
        return self._state_var.__hornbeam_tensor__(raw=True)[2]

    def reset(self, state: Any) -> None:
        """Begin anew with a state."""
        self._state_var.assign(as_tensor(state, "int64"))

    def reset_from_seed(self, seed: Any) -> None:
        self.reset(create_rng_state(seed))

    def reset_from_key_counter(self, key: Any, counter: Any) -> None:
        self.reset([*np.asarray(as_tensor(counter)).tolist(), int(key)])

    def skip(self, delta: Any) -> Tensor:
        """Move on as if `delta` numbers had been drawn."""
        before = self._state_var.__hornbeam_tensor__(raw=True)
        self._advance(int(delta))
        return before

    def _advance(self, count: int) -> None:
        # 256 for each number, as TensorFlow counts.
        state = self._state_var.__hornbeam_tensor__(raw=True)
        self._state_var._set(_moved(state, count * 256))

    def _next(self, shape: Any) -> Tensor:
        key = _state_key(self._state_var.__hornbeam_tensor__(raw=True))
        self._advance(max(int(np.prod(draws.tidy_shape(shape), dtype=np.int64)), 1))
        return key

    def normal(self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32", name: str | None = None) -> Tensor:
        """Normally distributed numbers."""
        return random.normal(shape, mean, stddev, dtype, self._next(shape))

    def truncated_normal(
        self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32", name: str | None = None
    ) -> Tensor:
        """Normally distributed numbers less than two standard deviations from the mean."""
        return random.truncated_normal(shape, mean, stddev, dtype, self._next(shape))

    def uniform(self, shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = "float32", name: str | None = None) -> Tensor:
        """Numbers evenly distributed from `minval` to below `maxval` (1 for floats; integers must have one)."""
        return draws._draw_uniform(self._next(shape), "tf.random.Generator.uniform", shape, minval, maxval, dtype)

    def uniform_full_int(self, shape: Any, dtype: Any = "uint64", name: str | None = None) -> Tensor:
        """Integers of the type's whole range."""
        return draws._full_range(self._next(shape), draws.tidy_shape(shape), dtypes.standardize(dtype).numpy)

    def binomial(self, shape: Any, counts: Any, probs: Any, dtype: Any = "int32", name: str | None = None) -> Tensor:
        """How many of `counts` trials succeed, each with probability `probs`."""
        return draws.binomials(self._next(shape), shape, counts, probs, dtype)

    def make_seeds(self, count: int = 1) -> Tensor:
        """Seeds for stateless operations, int64 (2, count): the first row is random, the second 0."""
        drawn = draws._full_range(self._next((count,)), (int(count),), np.dtype(np.int64))
        return _with_zeros(drawn)

    def split(self, count: int = 1) -> "list[Generator]":
        """New generators whose numbers have nothing to do with each other's or this one's."""
        keys = np.asarray(draws._full_range(self._next((2 * count,)), (int(count), 2), np.dtype(np.int64)))
        return [Generator(state=[int(a), 0, int(b)], alg=self._alg) for a, b in keys]


@op(differentiable=False, host=lambda x: np.stack([x, np.zeros_like(x)]), name="tf.random.with_zeros")
def _with_zeros(x: Any) -> Any:
    return jnp.stack([x, jnp.zeros_like(x)])


def _by(state: Any, step: int) -> Any:
    return state + np.array([step, 0, 0], np.int64)


@op(differentiable=False, host=_by, name="tf.random.generator_advance")
def _moved(state: Any, step: int) -> Any:
    return _by(state, step)


_global: list[Generator] = []


def get_global_generator() -> Generator:
    """The generator that a program shares, made on the first call."""
    if not _global:
        _global.append(Generator.from_non_deterministic_state())
    return _global[0]


def set_global_generator(generator: Generator) -> None:
    """Make `generator` the one that `get_global_generator` gives."""
    _global[:] = [generator]
