"""The optimizers, each a transformation: Optax's pieces where their formula is Keras's, `transformations` where not."""

from collections.abc import Sequence
from typing import Any

from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.registry import register
from hornbeam.optimizers import transformations
from hornbeam.optimizers.base import Optimizer
from hornbeam.optimizers.transformations import Scalars


@register("optimizer", "sgd")
class SGD(Optimizer):
    """Gradient descent: w -= rate * g, or with momentum m = momentum * m - rate * g; w += m.

    Args:
        momentum: 0 to 1.
        nesterov: look ahead: w += momentum * m - rate * g (Sutskever et al. 2013).
        Others: as of `Optimizer`.
    """

    hyperparameters = ("momentum",)
    slots = {"trace": "momentum"}

    def __init__(self, learning_rate: Any = 0.01, momentum: float = 0.0, nesterov: bool = False, **kwargs: Any):
        if not isinstance(momentum, (int, float)) or not 0 <= momentum <= 1:
            raise ArgumentError(f"SGD: momentum lies between 0 and 1; received {momentum!r}.")
        super().__init__(learning_rate, **kwargs)
        self.momentum, self.nesterov = float(momentum), nesterov
        self._moves = self.momentum != 0

    def transformation(self, scalars: Scalars) -> Any:
        import optax

        if not self._moves:
            return optax.scale(-scalars.rate)
        return optax.chain(optax.scale(-scalars.rate), optax.trace(scalars.momentum, self.nesterov))

    def _config_arguments(self) -> Sequence[str]:
        return ("momentum", "nesterov")


@register("optimizer", "rmsprop")
class RMSprop(Optimizer):
    """Gradients over the root of a moving average of their squares (Hinton 2012).

    Args:
        rho: the average's decay.
        momentum: 0 for none.
        epsilon: added under the root.
        centered: divide by the estimated deviation instead, sqrt(mean of squares - square of mean).
        Others: as of `Optimizer`.
    """

    hyperparameters = ("rho", "momentum", "epsilon")
    slots = {"nu": "velocity", "trace": "momentum", "mu": "average_gradient"}
    order = (("velocity",), ("momentum",), ("average_gradient",))

    def __init__(
        self, learning_rate: Any = 0.001, rho: float = 0.9, momentum: float = 0.0, epsilon: float = 1e-7, centered: bool = False,
        **kwargs: Any,
    ):
        super().__init__(learning_rate, **kwargs)
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered
        self._moves = momentum > 0

    def transformation(self, scalars: Scalars) -> Any:
        import optax

        kind = optax.scale_by_stddev if self.centered else optax.scale_by_rms
        # The momentum, which files hold, points uphill: it is subtracted, other than SGD's.
        moves = [optax.trace(scalars.momentum)] if self._moves else []
        return optax.chain(kind(scalars.rho, scalars.epsilon), optax.scale(scalars.rate), *moves, optax.scale(-1.0))

    def _config_arguments(self) -> Sequence[str]:
        return ("rho", "momentum", "epsilon", "centered")


@register("optimizer", "adam")
class Adam(Optimizer):
    """Adam (Kingma and Ba 2014), optionally AMSGrad (Reddi et al. 2018).

    Args:
        beta_1, beta_2: the decays of the averages of gradients and of their squares.
        epsilon: added to the root of the average of squares ("epsilon hat" in the paper).
        amsgrad: divide by the largest such average so far.
        Others: as of `Optimizer`.
    """

    hyperparameters = ("beta_1", "beta_2", "epsilon")
    slots = {"mu": "momentum", "nu": "velocity", "nu_max": "velocity_hat"}
    order = (("momentum", "velocity"), ("velocity_hat",))

    def __init__(
        self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7,
        amsgrad: bool = False, **kwargs: Any,
    ):
        super().__init__(learning_rate, **kwargs)
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad

    def transformation(self, scalars: Scalars) -> Any:
        return transformations.adam(scalars, self.amsgrad)

    def _config_arguments(self) -> Sequence[str]:
        return ("beta_1", "beta_2", "epsilon", "amsgrad")


@register("optimizer", "adamw")
class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2017). Arguments as of `Adam`."""

    def __init__(
        self, learning_rate: Any = 0.001, weight_decay: float = 0.004, beta_1: float = 0.9, beta_2: float = 0.999,
        epsilon: float = 1e-7, amsgrad: bool = False, **kwargs: Any,
    ):
        if weight_decay is None:
            raise ArgumentError("AdamW needs a weight_decay; for none, use Adam.")
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **kwargs)


@register("optimizer", "adamax")
class Adamax(Optimizer):
    """Adam with the infinity norm in place of the second moment (Kingma and Ba 2014, section 7)."""

    hyperparameters = ("beta_1", "beta_2", "epsilon")
    slots = {"mu": "momentum", "nu": "norm"}
    order: tuple[tuple[str, ...], ...] = (("momentum", "norm"),)

    def __init__(
        self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7, **kwargs: Any
    ):
        super().__init__(learning_rate, **kwargs)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def transformation(self, scalars: Scalars) -> Any:
        return transformations.adamax(scalars)


@register("optimizer", "nadam")
class Nadam(Adamax):
    """Adam with Nesterov's momentum (Dozat 2015)."""

    slots = {"mu": "momentum", "nu": "velocity", "product": "momentum_product"}
    order = (("momentum", "velocity"), ("momentum_product",))

    def transformation(self, scalars: Scalars) -> Any:
        return transformations.nadam(scalars)

    def _initial(self, slot: str) -> float:
        return 1.0 if slot == "momentum_product" else 0.0


@register("optimizer", "schedulefreeadamw")
class ScheduleFreeAdamW(Adamax):
    """Adam without a schedule: the variables are the mean of all points reached so far (Defazio et al. 2024, as in Keras).

    Args:
        beta_1: kept for configurations; Keras's formula does not use it.
        beta_2: the decay of the average of squared gradients.
        warmup_steps: over how many steps the learning rate grows to its value.
        Others: as of `Optimizer`.
    """

    slots = {"z": "momentum", "nu": "velocity"}
    order = (("momentum", "velocity"),)

    def __init__(
        self, learning_rate: Any = 0.0025, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8,
        warmup_steps: int = 0, **kwargs: Any,
    ):
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **kwargs)
        self.warmup_steps = warmup_steps

    def transformation(self, scalars: Scalars) -> Any:
        return transformations.schedule_free(scalars, self.warmup_steps)

    def _initial_slot(self, name: str, spec: Any, variable: Any) -> Any:
        return variable.__hornbeam_tensor__(raw=True) if name == "momentum" else super()._initial_slot(name, spec, variable)

    def _config_arguments(self) -> Sequence[str]:
        return ("beta_1", "beta_2", "epsilon", "warmup_steps")


@register("optimizer", "lion")
class Lion(Optimizer):
    """The sign of an interpolated momentum (Chen et al. 2023)."""

    hyperparameters = ("beta_1", "beta_2")
    slots = {"mu": "momentum"}

    def __init__(self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.99, **kwargs: Any):
        if beta_1 <= 0 or beta_1 > 1:
            raise ArgumentError(f"Lion: beta_1 lies above 0 and not above 1; received {beta_1!r}.")
        super().__init__(learning_rate, **kwargs)
        self.beta_1, self.beta_2 = beta_1, beta_2

    def transformation(self, scalars: Scalars) -> Any:
        return transformations.lion(scalars)


@register("optimizer", "adagrad")
class Adagrad(Optimizer):
    """Gradients over the root of the sum of their squares so far (Duchi et al. 2011)."""

    hyperparameters = ("epsilon",)
    slots = {"sum_of_squares": "accumulator"}

    def __init__(
        self, learning_rate: Any = 0.001, initial_accumulator_value: float = 0.1, epsilon: float = 1e-7, **kwargs: Any
    ):
        super().__init__(learning_rate, **kwargs)
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon

    def transformation(self, scalars: Scalars) -> Any:
        import optax

        return optax.chain(optax.scale_by_rss(self.initial_accumulator_value, scalars.epsilon), optax.scale(-scalars.rate))

    def _initial(self, slot: str) -> float:
        return self.initial_accumulator_value

    def _config_arguments(self) -> Sequence[str]:
        return ("initial_accumulator_value", "epsilon")


@register("optimizer", "adadelta")
class Adadelta(Optimizer):
    """Gradients rescaled by the ratio of the averages of past changes and past gradients (Zeiler 2012)."""

    hyperparameters = ("rho", "epsilon")
    slots = {"e_g": "accumulated_grad", "e_x": "accumulated_delta_var"}
    order = (("accumulated_grad", "accumulated_delta_var"),)

    def __init__(self, learning_rate: Any = 0.001, rho: float = 0.95, epsilon: float = 1e-7, **kwargs: Any):
        super().__init__(learning_rate, **kwargs)
        self.rho, self.epsilon = rho, epsilon

    def transformation(self, scalars: Scalars) -> Any:
        import optax

        return optax.chain(optax.scale_by_adadelta(scalars.rho, scalars.epsilon), optax.scale(-scalars.rate))


@register("optimizer", "ftrl")
class Ftrl(Optimizer):
    """Follow the regularized leader (McMahan et al. 2013), with L1 and L2 strengths."""

    hyperparameters = (
        "learning_rate_power", "l1_regularization_strength", "l2_regularization_strength",
        "l2_shrinkage_regularization_strength", "beta",
    )  # fmt: skip
    slots = {"accumulator": "accumulator", "linear": "linear"}
    order = (("accumulator", "linear"),)

    def __init__(
        self, learning_rate: Any = 0.001, learning_rate_power: float = -0.5, initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0, l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0, beta: float = 0.0, **kwargs: Any,
    ):
        if initial_accumulator_value < 0 or learning_rate_power > 0:
            raise ArgumentError(
                "Ftrl: initial_accumulator_value is at least 0 and learning_rate_power at most 0; "
                f"received {initial_accumulator_value!r} and {learning_rate_power!r}."
            )
        super().__init__(learning_rate, **kwargs)
        self.initial_accumulator_value = initial_accumulator_value
        self.learning_rate_power, self.beta = learning_rate_power, beta
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength

    def transformation(self, scalars: Scalars) -> Any:
        return transformations.ftrl(scalars)

    def _initial(self, slot: str) -> float:
        return self.initial_accumulator_value if slot == "accumulator" else 0.0

    def _config_arguments(self) -> Sequence[str]:
        return ("learning_rate_power", "initial_accumulator_value", *self.hyperparameters[1:])
