"""Layers that make training harder so that the model generalizes: noise, dropout of whole channels, penalties."""

import math
from typing import Any

from hornbeam import ops, regularizers
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.rng import SeedGenerator
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.convolution import checked_format
from hornbeam.layers.core import Dropout
from hornbeam.layers.layer import Layer, check_rank
from hornbeam.ops import random as random_ops


class SpatialDropout(Dropout):
    """Dropout of whole channels: a channel is kept or set to zero at all its `rank` spatial positions (Tompson et al. 2015)."""

    rank: int

    def __init__(self, rate: float, data_format: str | None = None, seed: int | None = None, **kwargs: Any):
        super().__init__(rate, seed=seed, **kwargs)
        self.data_format = checked_format(type(self).__name__, data_format)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        check_rank(self, inputs.shape, exact=self.rank + 2)
        if not training or not self.rate:
            return inputs
        ones = (1,) * self.rank
        shape = (None, *ones, None) if self.data_format == "channels_last" else (None, None, *ones)
        return random_ops.dropout(inputs, self.rate, noise_shape=shape, seed=self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for name in ("trainable", "noise_shape"):  # not among the arguments
            del config[name]
        return {**config, "data_format": self.data_format}


@registry.register("layer")
class SpatialDropout1D(SpatialDropout):
    """Dropout of whole channels of a sequence (batch, steps, channels)."""

    rank = 1

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any):
        super().__init__(rate, seed=seed, **kwargs)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["data_format"]
        return config


@registry.register("layer")
class SpatialDropout2D(SpatialDropout):
    """Dropout of whole channels of an image. `data_format`: 'channels_last' or 'channels_first'."""

    rank = 2


@registry.register("layer")
class SpatialDropout3D(SpatialDropout):
    """Dropout of whole channels of a volume. `data_format`: 'channels_last' or 'channels_first'."""

    rank = 3


class Noise(Layer):
    """A layer that changes its inputs at random in training, by as much as `amount` says, and not at all when that is 0."""

    def __init__(self, amount: float, seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.seed, self.supports_masking = seed, True
        self._amount = float(amount)
        if amount:
            self.seed_generator = SeedGenerator(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return self.disturb(inputs) if training and self._amount else inputs

    def disturb(self, inputs: Tensor) -> Tensor:
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "seed": self.seed}


def _share(layer: str, rate: Any) -> float:
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate < 1:
        raise ArgumentError(f"{layer}: rate is at least 0 and below 1; received {rate!r}.")
    return rate


@registry.register("layer")
class GaussianNoise(Noise):
    """In training, adds normal numbers of mean 0 and standard deviation `stddev`."""

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any):
        if isinstance(stddev, bool) or not isinstance(stddev, (int, float)) or stddev < 0:
            raise ArgumentError(f"GaussianNoise: stddev is not negative; received {stddev!r}.")
        super().__init__(stddev, seed, **kwargs)
        self.stddev = stddev

    def disturb(self, inputs: Tensor) -> Tensor:
        return inputs + random_ops.noise_like(inputs, 0.0, self.stddev, self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "stddev": self.stddev}


@registry.register("layer")
class GaussianDropout(Noise):
    """In training, multiplies by normal numbers of mean 1 and standard deviation sqrt(rate / (1 - rate)) (Srivastava et al. 2014)."""

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any):
        super().__init__(_share("GaussianDropout", rate), seed, **kwargs)
        self.rate = rate

    def disturb(self, inputs: Tensor) -> Tensor:
        stddev = math.sqrt(self.rate / (1 - self.rate))
        return inputs * random_ops.noise_like(inputs, 1.0, stddev, self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate}


# What selu tends to for very negative x: minus its scale times its alpha.
_SATURATION = -1.0507009873554805 * 1.6732632423543772


@registry.register("layer")
class AlphaDropout(Noise):
    """Dropout for selu networks: keeps mean 0 and variance 1 (Klambauer et al. 2017).

    In training a share `rate` of the inputs becomes selu's value at minus infinity, and all are scaled and shifted.

    Args:
        rate: at least 0 and below 1.
        noise_shape: the shape in which elements are chosen, None for the inputs' size along an axis.
    """

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any):
        super().__init__(_share("AlphaDropout", rate), seed, **kwargs)
        self.rate, self.noise_shape = rate, None if noise_shape is None else tuple(noise_shape)

    def disturb(self, inputs: Tensor) -> Tensor:
        shape = inputs.shape if self.noise_shape is None else [n or m for n, m in zip(self.noise_shape, inputs.shape, strict=True)]
        kept = random_ops.dropout(ops.ones(tuple(shape), inputs.dtype), self.rate, seed=self.seed_generator) > 0
        scale = ((1 - self.rate) * (1 + self.rate * _SATURATION**2)) ** -0.5
        return ops.where(kept, inputs, _SATURATION) * scale - scale * _SATURATION * self.rate

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate, "noise_shape": self.noise_shape}


@registry.register("layer")
class ActivityRegularization(Layer):
    """Adds l1 * sum(|x|) + l2 * sum(x^2) of its inputs, averaged over the batch, to the loss; gives them on unchanged."""

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any):
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.l1, self.l2, self.supports_masking = l1, l2, True

    def call(self, inputs: Tensor) -> Tensor:
        return inputs

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["activity_regularizer"]
        return {**config, "l1": self.l1, "l2": self.l2}
