"""Initializers that draw, by NumPy's Philox. One object gives the same values on every call, unless its seed is a SeedGenerator."""

import copy
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.registry import register
from hornbeam.engine.rng import SeedGenerator, host_generator, make_seed
from hornbeam.initializers.base import Initializer

# The standard deviation of a unit normal cut off at two: what a draw must be divided by to keep the one asked for.
TRUNCATED_STDDEV = 0.87962566103423978


def truncated_normal(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """A unit normal in which every value beyond two is drawn again."""
    values = generator.standard_normal(shape, np.float32)
    flat = values.reshape(-1)
    far = np.flatnonzero(np.abs(flat) > 2)
    while far.size:
        flat[far] = generator.standard_normal(far.size, np.float32)
        far = far[np.abs(flat[far]) > 2]
    return values


class RandomInitializer(Initializer):
    """Base of those that draw.

    Args:
        seed: an int, a SeedGenerator (each call then draws anew), or None for a fresh seed, kept for this object's life.
    """

    def __init__(self, seed: int | SeedGenerator | None = None):
        self.seed = seed
        self._key = make_seed() if seed is None else seed

    def generator(self) -> np.random.Generator:
        return host_generator(self._key)

    def get_config(self) -> dict[str, Any]:
        seed = self.seed
        return {"seed": {"class_name": "SeedGenerator", "config": seed.get_config()} if isinstance(seed, SeedGenerator) else seed}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "RandomInitializer":
        seed = config.get("seed")
        return cls(**{**config, "seed": SeedGenerator.from_config(seed["config"]) if isinstance(seed, dict) else seed})


@register("initializer", "random_normal", "normal")
class RandomNormal(RandomInitializer):
    """Normal with `mean` and standard deviation `stddev`."""

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None):
        super().__init__(seed)
        self.mean, self.stddev = mean, stddev

    def draw(self, shape: tuple[int, ...]) -> np.ndarray:
        return self.mean + self.stddev * self.generator().standard_normal(shape, np.float32)

    def get_config(self) -> dict[str, Any]:
        return {"mean": self.mean, "stddev": self.stddev, **super().get_config()}


@register("initializer", "truncated_normal")
class TruncatedNormal(RandomNormal):
    """Normal with `mean` and `stddev`, values further than two `stddev` from the mean drawn again (so the spread is 0.88 `stddev`)."""

    def draw(self, shape: tuple[int, ...]) -> np.ndarray:
        return self.mean + self.stddev * truncated_normal(self.generator(), shape)


@register("initializer", "random_uniform", "uniform")
class RandomUniform(RandomInitializer):
    """Uniform in [minval, maxval)."""

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None):
        super().__init__(seed)
        self.minval, self.maxval = minval, maxval

    def draw(self, shape: tuple[int, ...]) -> np.ndarray:
        return self.minval + (self.maxval - self.minval) * self.generator().random(shape, np.float32)

    def get_config(self) -> dict[str, Any]:
        return {"minval": self.minval, "maxval": self.maxval, **super().get_config()}


class _Anew(RandomInitializer):
    """TensorFlow's own initializers: without a seed each call draws anew, where one of Keras's objects gives its values again."""

    def generator(self) -> np.random.Generator:
        return host_generator(make_seed()) if self.seed is None else super().generator()


class NormalAnew(_Anew, RandomNormal):
    keras_name = "RandomNormal"


class UniformAnew(_Anew, RandomUniform):
    keras_name = "RandomUniform"


def fans(shape: tuple[int, ...], input_axes: Any = None, output_axes: Any = None) -> tuple[int, int]:
    """How many inputs and outputs a weight connects.

    The last two sizes are inputs and outputs, times the size of the receptive field before them; or the products over the axes given.
    """
    if input_axes is not None or output_axes is not None:
        size = lambda axes, default: math.prod(shape[axis] for axis in (default if axes is None else axes))
        return max(1, size(input_axes, [-2])), max(1, size(output_axes, [-1]))
    if len(shape) < 2:
        return (shape or (1,))[0], (shape or (1,))[0]
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


def connecting(initializer: Any, inputs: Sequence[int], outputs: Sequence[int]) -> Any:
    """The initializer for a weight with these axes for its inputs and outputs, unless it was made with axes of its own."""
    if not isinstance(initializer, VarianceScaling) or (initializer.input_axes, initializer.output_axes) != (None, None):
        return initializer
    initializer = copy.copy(initializer)
    initializer.input_axes, initializer.output_axes = inputs, outputs
    return initializer


@register("initializer", "variance_scaling")
class VarianceScaling(RandomInitializer):
    """Zero mean and variance `scale / n`, where n counts the units a weight connects.

    Args:
        scale: a positive number.
        mode: what n is: 'fan_in' (inputs), 'fan_out' (outputs) or 'fan_avg' (their mean).
        distribution: 'truncated_normal', 'untruncated_normal' or 'uniform' (within +-sqrt(3 * scale / n)).
        input_axes, output_axes: the axes that are inputs and outputs, where they are not the last two.
    """

    def __init__(
        self, scale: float = 1.0, mode: str = "fan_in", distribution: str = "truncated_normal", seed: Any = None,
        input_axes: Any = None, output_axes: Any = None,
    ):
        if scale <= 0:
            raise ArgumentError(f"VarianceScaling: scale is a positive number; received {scale!r}.")
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ArgumentError(f"VarianceScaling: mode is 'fan_in', 'fan_out' or 'fan_avg'; received {mode!r}.")
        distribution = {"normal": "truncated_normal"}.get(distribution, distribution)
        if distribution not in ("truncated_normal", "untruncated_normal", "uniform"):
            raise ArgumentError(
                "VarianceScaling: distribution is 'truncated_normal', 'untruncated_normal' or 'uniform'; "
                f"received {distribution!r}."
            )
        super().__init__(seed)
        self.scale, self.mode, self.distribution = scale, mode, distribution
        self.input_axes, self.output_axes = input_axes, output_axes

    def draw(self, shape: tuple[int, ...]) -> np.ndarray:
        fan_in, fan_out = fans(shape, self.input_axes, self.output_axes)
        count = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, count)
        generator = self.generator()
        if self.distribution == "uniform":
            return math.sqrt(3 * variance) * (2 * generator.random(shape, np.float32) - 1)
        if self.distribution == "untruncated_normal":
            return math.sqrt(variance) * generator.standard_normal(shape, np.float32)
        return math.sqrt(variance) / TRUNCATED_STDDEV * truncated_normal(generator, shape)

    def get_config(self) -> dict[str, Any]:
        config = {"scale": self.scale, "mode": self.mode, "distribution": self.distribution, **super().get_config()}
        return {**config, "input_axes": self.input_axes, "output_axes": self.output_axes}


class _Named(VarianceScaling):
    """A VarianceScaling with a name of its own; its configuration is the seed."""

    scaling: tuple[float, str, str]

    def __init__(self, seed: Any = None, input_axes: Any = None, output_axes: Any = None):
        scale, mode, distribution = self.scaling
        super().__init__(scale, mode, distribution, seed, input_axes, output_axes)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {key: config[key] for key in ("seed", "input_axes", "output_axes")}


@register("initializer", "glorot_uniform")
class GlorotUniform(_Named):
    """Uniform within sqrt(6 / (fan_in + fan_out)). Glorot and Bengio 2010."""

    scaling = (1.0, "fan_avg", "uniform")


@register("initializer", "glorot_normal")
class GlorotNormal(_Named):
    """Truncated normal of variance 2 / (fan_in + fan_out). Glorot and Bengio 2010."""

    scaling = (1.0, "fan_avg", "truncated_normal")


@register("initializer", "he_uniform")
class HeUniform(_Named):
    """Uniform within sqrt(6 / fan_in). He et al. 2015."""

    scaling = (2.0, "fan_in", "uniform")


@register("initializer", "he_normal")
class HeNormal(_Named):
    """Truncated normal of variance 2 / fan_in. He et al. 2015."""

    scaling = (2.0, "fan_in", "truncated_normal")


@register("initializer", "lecun_uniform")
class LecunUniform(_Named):
    """Uniform within sqrt(3 / fan_in). LeCun et al. 1998."""

    scaling = (1.0, "fan_in", "uniform")


@register("initializer", "lecun_normal")
class LecunNormal(_Named):
    """Truncated normal of variance 1 / fan_in. LeCun et al. 1998."""

    scaling = (1.0, "fan_in", "truncated_normal")


@register("initializer", "OrthogonalInitializer", "orthogonal")
class Orthogonal(RandomInitializer):
    """`gain` times a matrix whose rows or columns (whichever are fewer) are orthonormal. Saxe et al. 2014.

    A weight of more than two dimensions is filled as the matrix of its last axis against all others.
    """

    def __init__(self, gain: float = 1.0, seed: Any = None):
        super().__init__(seed)
        self.gain = gain

    def draw(self, shape: tuple[int, ...]) -> np.ndarray:
        if len(shape) < 2:
            raise ArgumentError(f"Orthogonal fills weights of two or more dimensions; this weight has shape {shape}.")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(self.generator().standard_normal((max(rows, columns), min(rows, columns))))
        q = q * np.sign(np.diagonal(r))  # makes the draw uniform over orthogonal matrices
        return self.gain * (q if rows >= columns else q.T).reshape(shape)

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain, **super().get_config()}


OrthogonalInitializer = Orthogonal
