"""Random numbers: global and per-object seeds, and the state that random operations advance.

Initial weights are drawn by NumPy's Philox on the host (a threefry program costs a compile). Random operations inside programs use
a `SeedGenerator`, whose state is a Variable: lifted like any other, saved and restored with it, so a resumed run draws what the
uninterrupted one would have drawn.
"""

import random as python_random
import weakref
from typing import Any

import numpy as np

from hornbeam.engine.door import Bound, Op
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.pure import local
from hornbeam.engine.tensor import Tensor, wrap
from hornbeam.engine.variable import Variable


class _Global:
    generator = np.random.default_rng()
    seeds: "SeedGenerator | None" = None
    seed: int | None = None  # what the program set
    streams: dict[tuple[str, int, int], "SeedGenerator"] = {}  # of operations with a seed of their own: see `operation_key`


def set_random_seed(seed: int) -> None:
    """Seed Python's, NumPy's and Hornbeam's generators, so that a program gives the same numbers each run."""
    if not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ArgumentError(f"A seed is a non-negative integer; received {seed!r}.")
    python_random.seed(int(seed))
    np.random.seed(int(seed) % 2**32)
    set_seed(int(seed))


def set_seed(seed: int | None) -> None:
    """Seed Hornbeam's generators alone: TensorFlow's global seed. Streams of operations with a seed of their own begin anew, too.

    None: as if no seed had been set.
    """
    _Global.seed = seed = None if seed is None else int(seed)
    seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
    _Global.generator = np.random.Generator(np.random.Philox(seed % 2**64))
    if _Global.seeds is None:
        _Global.seeds = SeedGenerator(seed % 2**64)
    else:  # the same Variable, which compiled programs know
        _Global.seeds.restart(seed % 2**64)
    for (_, own, _), stream in _Global.streams.items():
        stream.restart(_mixed(own))


def global_seed() -> int | None:
    """The seed that `set_seed` was given; None before."""
    return _Global.seed


_TOTAL = 0x9E3779B97F4A7C15  # 2^64 over the golden ratio: an odd number whose multiples spread evenly
_USUAL_SEED = 87654321  # the global seed of operations that have one of their own, when the program set none
_drawn: "weakref.WeakKeyDictionary[Any, dict[tuple[str, int], int]]" = weakref.WeakKeyDictionary()


def _mixed(seed: int) -> int:
    """A seed that depends on an operation's own and on the global one."""
    whole = _USUAL_SEED if _Global.seed is None else _Global.seed
    return (seed * _TOTAL + whole + 1) % 2**64


def operation_key(name: str, seed: Any = None, like: Any = None) -> Tensor:
    """The key for one random operation as TensorFlow counts seeds; a symbolic one when what it is for, `like`, is symbolic.

    Without a seed it is the next of the global stream. With one, operations of that name and seed share a stream, which depends on
    the global seed and begins anew when that is set: so the first draw is the same in each run of a program, and the second another.
    Inside a program being traced each operation has a stream of its own.
    """
    if isinstance(like, Tensor) and like.is_symbolic:
        return _KEY(like, name, seed)
    if seed is None or isinstance(seed, SeedGenerator):
        return next_key(seed)
    place, scope = 0, local.scope
    if scope is not None:
        counts = _drawn.setdefault(scope, {})
        place = counts[(name, seed)] = counts.get((name, seed), 0) + 1
    stream = _Global.streams.get((name, int(seed), place))
    if stream is None:
        stream = _Global.streams[name, int(seed), place] = SeedGenerator(_mixed(int(seed)))
    return stream.next()


class _Draw(Op):
    """An operation that has an effect: it is never compiled by itself, which would draw once for all calls."""

    def bind(self, rest: tuple, kwargs: dict) -> Bound:
        bound = super().bind(rest, kwargs)
        bound._jitted = bound.function
        return bound


def _drawn_key(like: Any, name: str, seed: Any = None) -> Any:
    """In a graph of symbolic tensors: a new key each time the graph is run."""
    return operation_key(name, seed)._value


_KEY = _Draw(_drawn_key, 1, differentiable=False, name="tf.random.key")


def make_seed() -> int:
    """A fresh seed from the global generator."""
    return int(_Global.generator.integers(0, 2**31 - 1))


def host_generator(seed: Any) -> np.random.Generator:
    """A NumPy generator for `seed`: an int, a SeedGenerator (advanced by one), or None (a fresh seed)."""
    if isinstance(seed, SeedGenerator):
        key = seed.next_host()
    else:
        key = make_seed() if seed is None else int(seed)
    return np.random.Generator(np.random.Philox(key))


class SeedGenerator:
    """A stream of keys for random operations.

    Args:
        seed: an int, or None for one from the global generator.

    `next()` gives a uint32 tensor of shape (2,): the seed and a counter, which it advances.
    """

    def __init__(self, seed: int | None = None, name: str | None = None, **kwargs: Any):
        self.seed = make_seed() if seed is None else int(seed)
        if self.seed < 0:
            raise ArgumentError(f"A seed is a non-negative integer; received {seed!r}.")
        self.state = Variable(_start(self.seed), trainable=False, name=name or "seed_generator_state", autocast=False)

    def restart(self, seed: int) -> None:
        """Begin the stream of another seed."""
        self.seed = seed
        self.state.assign(_start(seed))

    def next(self, ordered: bool = True) -> Tensor:
        """The present key; the counter moves on."""
        key = self.state.__hornbeam_tensor__(raw=True)
        self.state._set(_advance(key))
        return key

    def next_host(self) -> int:
        if local.scope is not None and self.state.__hornbeam_tensor__(raw=True).is_traced:
            raise ArgumentError("Weights cannot be drawn from a SeedGenerator inside a compiled function.")
        low, counter = (int(word) for word in self.next().numpy())
        return (counter << 32) | low

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "SeedGenerator":
        return cls(**config)


def _start(seed: int) -> np.ndarray:
    return np.array([(seed ^ (seed >> 32)) & 0xFFFFFFFF, 0], np.uint32)


_STEP = np.array([0, 1], np.uint32)


def _advance(key: Tensor) -> Tensor:
    value = key._value
    if type(value) is np.ndarray:  # without the door, which would cost more than a small draw
        value = value + _STEP
        value.setflags(write=False)
        return wrap(value)
    return key + _STEP


def next_key(seed: Any = None) -> Tensor:
    """The key for one random operation: itself, from a SeedGenerator, from an int (always the same numbers), or from the global stream."""
    if isinstance(seed, Tensor):
        return seed
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if seed is None:
        if _Global.seeds is None:
            _Global.seeds = SeedGenerator()
        return _Global.seeds.next()
    return Tensor(np.array([int(seed) & 0xFFFFFFFF, int(seed) >> 32 & 0xFFFFFFFF], np.uint32))
