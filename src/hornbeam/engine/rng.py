"""Random numbers: global and per-object seeds, and the state that random operations advance.

Initial weights are drawn by NumPy's Philox on the host (a threefry program costs a compile). Random operations inside programs use
a `SeedGenerator`, whose state is a Variable: lifted like any other, saved and restored with it, so a resumed run draws what the
uninterrupted one would have drawn.
"""

import random as python_random
from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.pure import local
from hornbeam.engine.tensor import Tensor
from hornbeam.engine.variable import Variable


class _Global:
    generator = np.random.default_rng()
    seeds: "SeedGenerator | None" = None


def set_random_seed(seed: int) -> None:
    """Seed Python's, NumPy's and Hornbeam's generators, so that a program gives the same numbers each run."""
    if not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ArgumentError(f"A seed is a non-negative integer; received {seed!r}.")
    python_random.seed(int(seed))
    np.random.seed(int(seed) % 2**32)
    _Global.generator = np.random.Generator(np.random.Philox(int(seed)))
    if _Global.seeds is None:
        _Global.seeds = SeedGenerator(int(seed))
    else:  # the same Variable, which compiled programs know
        _Global.seeds.restart(int(seed))


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


def _advance(key: Tensor) -> Tensor:
    return key + np.array([0, 1], np.uint32)


def next_key(seed: Any = None) -> Tensor:
    """The key for one random operation: from a SeedGenerator, from an int (always the same numbers), or from the global stream."""
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if seed is None:
        if _Global.seeds is None:
            _Global.seeds = SeedGenerator()
        return _Global.seeds.next()
    return Tensor(np.array([int(seed) & 0xFFFFFFFF, int(seed) >> 32 & 0xFFFFFFFF], np.uint32))
