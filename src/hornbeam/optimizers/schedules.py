"""Learning rates that depend on the step."""

import math
from typing import Any

from hornbeam import ops
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.registry import register
from hornbeam.engine.tensor import Tensor


class LearningRateSchedule:
    """Base of schedules: `__call__(step)` takes the number of steps done (a scalar tensor) and gives the learning rate."""

    def __call__(self, step: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} needs a method `__call__(step)`.")

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError(f"{type(self).__name__} needs a `get_config` method to be saved.")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "LearningRateSchedule":
        return cls(**config)


class _Schedule(LearningRateSchedule):
    """The library's own: configured by the arguments named in `arguments`, kept under those names."""

    arguments: tuple[str, ...]

    def get_config(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.arguments}


def _float(step: Any) -> Tensor:
    return ops.cast(step, "float32")


@register("schedule")
class ExponentialDecay(_Schedule):
    """`initial_learning_rate * decay_rate ^ (step / decay_steps)`, the exponent rounded down when `staircase`."""

    arguments = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name")

    def __init__(
        self, initial_learning_rate: float, decay_steps: float, decay_rate: float, staircase: bool = False,
        name: str = "ExponentialDecay",
    ):
        _positive("ExponentialDecay", "decay_steps", decay_steps)
        self.initial_learning_rate, self.decay_steps, self.decay_rate = initial_learning_rate, decay_steps, decay_rate
        self.staircase, self.name = staircase, name

    def __call__(self, step: Any) -> Tensor:
        done = _float(step) / self.decay_steps
        return self.initial_learning_rate * ops.power(float(self.decay_rate), ops.floor(done) if self.staircase else done)


@register("schedule")
class InverseTimeDecay(_Schedule):
    """`initial_learning_rate / (1 + decay_rate * step / decay_steps)`, the quotient rounded down when `staircase`."""

    arguments = ExponentialDecay.arguments

    def __init__(
        self, initial_learning_rate: float, decay_steps: float, decay_rate: float, staircase: bool = False,
        name: str = "InverseTimeDecay",
    ):
        _positive("InverseTimeDecay", "decay_steps", decay_steps)
        self.initial_learning_rate, self.decay_steps, self.decay_rate = initial_learning_rate, decay_steps, decay_rate
        self.staircase, self.name = staircase, name

    def __call__(self, step: Any) -> Tensor:
        done = _float(step) / self.decay_steps
        return self.initial_learning_rate / (1 + self.decay_rate * (ops.floor(done) if self.staircase else done))


@register("schedule")
class PiecewiseConstantDecay(_Schedule):
    """`values[i]` up to and including step `boundaries[i]`, then the next; the last value after the last boundary."""

    arguments = ("boundaries", "values", "name")

    def __init__(self, boundaries: Any, values: Any, name: str = "PiecewiseConstant"):
        if len(values) != len(boundaries) + 1:
            raise ArgumentError(
                "PiecewiseConstantDecay needs one more value than boundaries; "
                f"received {len(boundaries)} boundaries and {len(values)} values."
            )
        self.boundaries, self.values, self.name = boundaries, values, name

    def __call__(self, step: Any) -> Tensor:
        rate = ops.cast(float(self.values[0]), "float32")
        for boundary, value in zip(self.boundaries, self.values[1:], strict=True):
            rate = ops.where(step > boundary, float(value), rate)
        return rate


@register("schedule")
class PolynomialDecay(_Schedule):
    """From `initial_learning_rate` to `end_learning_rate` over `decay_steps` along a power of the time left.

    Args:
        cycle: begin anew (from the same rate, over a longer time) whenever the end is reached.
    """

    arguments = ("initial_learning_rate", "decay_steps", "end_learning_rate", "power", "cycle", "name")

    def __init__(
        self, initial_learning_rate: float, decay_steps: float, end_learning_rate: float = 0.0001, power: float = 1.0,
        cycle: bool = False, name: str = "PolynomialDecay",
    ):
        _positive("PolynomialDecay", "decay_steps", decay_steps)
        self.initial_learning_rate, self.decay_steps, self.end_learning_rate = initial_learning_rate, decay_steps, end_learning_rate
        self.power, self.cycle, self.name = power, cycle, name

    def __call__(self, step: Any) -> Tensor:
        step = _float(step)
        length: Any = float(self.decay_steps)
        if self.cycle:
            length = length * ops.maximum(ops.ceil(step / length), 1.0)
        left = 1 - ops.minimum(step, length) / length
        span = self.initial_learning_rate - self.end_learning_rate
        return span * ops.power(left, float(self.power)) + self.end_learning_rate


@register("schedule")
class CosineDecay(_Schedule):
    """Half a cosine from the initial (or warmed-up) rate down to `alpha` times it (Loshchilov and Hutter 2016).

    Args:
        decay_steps: the length of the decay, not counting the warm-up.
        warmup_target: where a linear warm-up over `warmup_steps` leads; None: no warm-up.
    """

    arguments = ("initial_learning_rate", "decay_steps", "alpha", "name", "warmup_target", "warmup_steps")

    def __init__(
        self, initial_learning_rate: float, decay_steps: float, alpha: float = 0.0, name: str = "CosineDecay",
        warmup_target: float | None = None, warmup_steps: int = 0,
    ):
        _positive("CosineDecay", "decay_steps", decay_steps)
        self.initial_learning_rate, self.decay_steps, self.alpha = initial_learning_rate, decay_steps, alpha
        self.name, self.warmup_target, self.warmup_steps = name, warmup_target, warmup_steps

    def __call__(self, step: Any) -> Tensor:
        step = _float(step)
        if self.warmup_target is None:
            return self._decay(step, self.initial_learning_rate)
        decayed = self._decay(step - self.warmup_steps, self.warmup_target)
        if not self.warmup_steps:
            return decayed
        slope = (self.warmup_target - self.initial_learning_rate) / self.warmup_steps
        return ops.where(step < self.warmup_steps, self.initial_learning_rate + slope * step, decayed)

    def _decay(self, step: Tensor, peak: float) -> Tensor:
        done = ops.clip(step, 0.0, float(self.decay_steps)) / self.decay_steps
        return peak * ((1 - self.alpha) * 0.5 * (1 + ops.cos(math.pi * done)) + self.alpha)


@register("schedule")
class CosineDecayRestarts(_Schedule):
    """Cosine decays one after another (Loshchilov and Hutter 2016): each `t_mul` times as long, from `m_mul` times the rate."""

    arguments = ("initial_learning_rate", "first_decay_steps", "t_mul", "m_mul", "alpha", "name")

    def __init__(
        self, initial_learning_rate: float, first_decay_steps: float, t_mul: float = 2.0, m_mul: float = 1.0,
        alpha: float = 0.0, name: str = "SGDRDecay",
    ):
        _positive("CosineDecayRestarts", "first_decay_steps", first_decay_steps)
        self.initial_learning_rate, self.first_decay_steps, self.t_mul = initial_learning_rate, first_decay_steps, t_mul
        self.m_mul, self.alpha, self.name = m_mul, alpha, name

    def __call__(self, step: Any) -> Tensor:
        done: Any = _float(step) / self.first_decay_steps
        if self.t_mul == 1.0:
            turn = ops.floor(done)
            done = done - turn
        else:  # turn i begins at (t_mul^i - 1) / (t_mul - 1) first lengths
            turn = ops.floor(ops.log(1 - done * (1 - self.t_mul)) / math.log(self.t_mul))
            length: Any = ops.power(float(self.t_mul), turn)
            done = (done - (1 - length) / (1 - self.t_mul)) / length
        peak = ops.power(float(self.m_mul), turn)
        fraction = (1 - self.alpha) * 0.5 * peak * (1 + ops.cos(math.pi * done)) + self.alpha
        return self.initial_learning_rate * fraction


def _positive(who: str, name: str, value: Any) -> None:
    if not value > 0:
        raise ArgumentError(f"{who}: {name} is a positive number; received {value!r}.")


def serialize(learning_rate_schedule: LearningRateSchedule) -> dict[str, Any]:
    """The configuration `deserialize` reads."""
    config = registry.to_config(learning_rate_schedule)
    if config.get("module") == "keras.optimizers":
        config["module"] = "keras.optimizers.schedules"
    return config


def deserialize(config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
    """The schedule that `serialize` described."""
    with registry.custom_object_scope(custom_objects or {}):
        return registry.resolve("schedule", config)
