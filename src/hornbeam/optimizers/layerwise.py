"""Optimizers that look at a whole variable at a time: at its norm, its rows and columns, its directions."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.registry import register
from hornbeam.engine.variable import Variable
from hornbeam.optimizers import transformations
from hornbeam.optimizers.algorithms import Adamax
from hornbeam.optimizers.base import Optimizer
from hornbeam.optimizers.schedules import LearningRateSchedule
from hornbeam.optimizers.transformations import Scalars, _towards, _transformation, _zeros


def _norm(x: Any) -> Any:
    return jnp.sqrt(jnp.sum(jnp.square(x)))


def _rms(x: Any) -> Any:
    return jnp.sqrt(jnp.mean(jnp.square(x)))


def _corrected_adam(s: Scalars, m: Any, v: Any, beta_1: Any, beta_2: Any) -> Any:
    """Adam's direction with both averages corrected before epsilon is added (Kingma and Ba 2014, algorithm 1)."""
    return (m / (1 - beta_1**s.step)) / (jnp.sqrt(v / (1 - beta_2**s.step)) + s.epsilon)


def lamb(s: Scalars) -> Any:
    """You et al. 2019: Adam's direction at the length of the variable itself, each variable by its own."""

    def update(grads: Any, state: Any, params: Any) -> Any:
        mu = _towards(state.mu, grads, s.rest("beta_1"))
        nu = _towards(state.nu, jax.tree.map(jnp.square, grads), s.rest("beta_2"))

        def step(m: Any, v: Any, w: Any) -> Any:
            direction = _corrected_adam(s, m, v, s.beta_1, s.beta_2)
            length, size = _norm(w), _norm(direction)
            trust = jnp.where((length > 0) & (size > 0), length / jnp.where(size > 0, size, jnp.ones_like(size)), 1)
            return -s.rate * trust * direction

        return jax.tree.map(step, mu, nu, params), transformations.Adam(mu, nu)

    return _transformation(lambda params: transformations.Adam(_zeros(params), _zeros(params)), update)


class Factored(NamedTuple):
    rows: Any
    columns: Any
    whole: Any


def adafactor(s: Scalars, relative_step: bool) -> Any:
    """Shazeer and Stern 2018: of a matrix's squared gradients only the averages over rows and over columns are kept."""

    def init(params: Any) -> Any:
        rows = [jnp.zeros(p.shape[:-1] if p.ndim > 1 else (), p.dtype) for p in params]
        columns = [jnp.zeros(p.shape[:-2] + p.shape[-1:] if p.ndim > 1 else (), p.dtype) for p in params]
        return Factored(rows, columns, _zeros(params))

    def update(grads: Any, state: Any, params: Any) -> Any:
        rate = jnp.minimum(s.rate, jax.lax.rsqrt(s.step)) if relative_step else s.rate
        rest = s.step**s.beta_2_decay

        def one(r: Any, c: Any, v: Any, g: Any, w: Any) -> tuple[Any, ...]:
            squares = jnp.square(g) + s.epsilon_1
            if g.ndim > 1:
                r, c = r + (jnp.mean(squares, -1) - r) * rest, c + (jnp.mean(squares, -2) - c) * rest
                expected = (r / jnp.mean(r, -1, keepdims=True))[..., None] * c[..., None, :]
            else:
                v = expected = v + (squares - v) * rest
            direction = g * jax.lax.rsqrt(expected)
            direction = direction / jnp.maximum(1, _rms(direction) / s.clip_threshold)
            return r, c, v, -jnp.maximum(s.epsilon_2, _rms(w)) * rate * direction

        found = [one(*each) for each in zip(*state, grads, params, strict=True)]
        rows, columns, whole, updates = ([each[i] for each in found] for i in range(4))
        return updates, Factored(rows, columns, whole)

    return _transformation(init, update)


def _orthogonal(x: Any, coefficients: Sequence[float], steps: int) -> Any:
    """A matrix with x's singular directions and singular values near 1, by Newton-Schulz steps (Jordan et al. 2024)."""
    a, b, c = coefficients
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (_norm(x) + 1e-7)
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * (square @ square)) @ x
    return x.T if tall else x


@register("optimizer", "lamb")
class Lamb(Adamax):
    """Adam for large batches: each variable moves by a share of its own norm (You et al. 2019). Arguments as of `Adam`."""

    slots = {"mu": "momentum", "nu": "velocity"}
    order = (("momentum", "velocity"),)

    def transformation(self, scalars: Scalars) -> Any:
        return lamb(scalars)


@register("optimizer", "adafactor")
class Adafactor(Optimizer):
    """Adaptive steps with memory for rows and columns only (Shazeer and Stern 2018).

    Args:
        beta_2_decay: the average of squares forgets by step^beta_2_decay.
        epsilon_1: added to squared gradients. epsilon_2: the least root mean square a variable counts with.
        clip_threshold: the largest root mean square of an update.
        relative_step: a constant learning rate is at most 1 / sqrt(step).
        Others: as of `Optimizer`.
    """

    hyperparameters = ("beta_2_decay", "epsilon_1", "epsilon_2", "clip_threshold")
    slots = {"rows": "row", "columns": "column", "whole": "velocity"}
    order = (("row", "column", "velocity"),)

    def __init__(
        self, learning_rate: Any = 0.001, beta_2_decay: float = -0.8, epsilon_1: float = 1e-30, epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0, relative_step: bool = True, **kwargs: Any,
    ):
        super().__init__(learning_rate, **kwargs)
        self.beta_2_decay, self.epsilon_1, self.epsilon_2 = beta_2_decay, epsilon_1, epsilon_2
        self.clip_threshold, self.relative_step = clip_threshold, relative_step

    def transformation(self, scalars: Scalars) -> Any:
        return adafactor(scalars, self.relative_step and not isinstance(self._rate, LearningRateSchedule))

    def _config_arguments(self) -> Sequence[str]:
        return (*self.hyperparameters, "relative_step")


@register("optimizer", "muon")
class Muon(Optimizer):
    """Momentum made orthogonal, for matrices; AdamW for all else (Jordan et al. 2024; Liu et al. 2025).

    Args:
        exclude_layers: patterns; what has one in its path is stepped by AdamW (name the output layer here).
        exclude_embeddings: embeddings are too.
        adam_beta_1, adam_beta_2, epsilon, adam_weight_decay: of AdamW. adam_lr_ratio: its learning rate over the other.
        muon_a, muon_b, muon_c, ns_steps: of the Newton-Schulz iteration.
        momentum, nesterov: of the matrices' momentum.
        rms_rate: a matrix's update is scaled to this root mean square; None: it is not.
        Others: as of `Optimizer`; `weight_decay` is for the matrices.
    """

    hyperparameters = ("adam_beta_1", "adam_beta_2", "epsilon", "adam_lr_ratio", "momentum", "adam_weight_decay", "rms_rate")
    slots = {"mu": "momentum", "nu": "velocity"}
    order = (("momentum", "velocity"),)

    def __init__(
        self, learning_rate: Any = 0.001, adam_beta_1: float = 0.9, adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004, epsilon: float = 1e-7, weight_decay: float | None = 0.004, *,
        exclude_layers: Sequence[str] | None = None, exclude_embeddings: bool = True, muon_a: float = 3.4445,
        muon_b: float = -4.775, muon_c: float = 2.0315, adam_lr_ratio: float = 1, momentum: float = 0.95, ns_steps: int = 5,
        nesterov: bool = True, rms_rate: float | None = 0.2, **kwargs: Any,
    ):
        if ns_steps < 1:
            raise ArgumentError(f"Muon: ns_steps is 1 or more; received {ns_steps!r}.")
        super().__init__(learning_rate, weight_decay=weight_decay, **kwargs)
        self.adam_beta_1, self.adam_beta_2, self.epsilon, self.adam_lr_ratio = adam_beta_1, adam_beta_2, epsilon, adam_lr_ratio
        self.muon_a, self.muon_b, self.muon_c, self.ns_steps = muon_a, muon_b, muon_c, ns_steps
        self.momentum, self.nesterov, self.rms_rate, self.adam_weight_decay = momentum, nesterov, rms_rate, adam_weight_decay
        self.exclude_layers, self.exclude_embeddings = list(exclude_layers or ()), exclude_embeddings

    def _is_matrix(self, variable: Variable) -> bool:
        import re

        path = variable.path
        excluded = self.exclude_embeddings and "embedding" in path.lower()
        return len(variable.shape) == 2 and not excluded and not any(re.search(name, path) for name in self.exclude_layers)

    def _decays(self, variable: Variable) -> bool:
        return self._is_matrix(variable) and super()._decays(variable)

    def transformation(self, scalars: Scalars) -> Any:
        s, matrix = scalars, [self._is_matrix(v) for v in scalars.variables]
        decays = [Optimizer._decays(self, v) for v in scalars.variables]

        def init(params: Any) -> Any:
            return transformations.Adam(_zeros(params), [None if m else jnp.zeros_like(p) for m, p in zip(matrix, params, strict=True)])

        def turn(m: Any, g: Any, w: Any) -> tuple[Any, Any]:
            m = s.momentum * m + g
            step = _orthogonal(g + s.momentum * m if self.nesterov else m, (self.muon_a, self.muon_b, self.muon_c), self.ns_steps)
            return m, -s.rate * (step * (s.rms_rate * max(w.shape) ** 0.5) if "rms_rate" in s else step)

        def adam(m: Any, v: Any, g: Any, w: Any, decay: bool) -> tuple[Any, Any, Any]:
            m, v = m + (g - m) * s.rest("adam_beta_1"), v + (jnp.square(g) - v) * s.rest("adam_beta_2")
            change = -s.rate * s.adam_lr_ratio * _corrected_adam(s, m, v, s.adam_beta_1, s.adam_beta_2)
            return m, v, change - s.rate * s.adam_weight_decay * w if decay and "adam_weight_decay" in s else change

        def update(grads: Any, state: Any, params: Any) -> Any:
            mu, nu, updates = list(state.mu), list(state.nu), []
            for i, (g, w) in enumerate(zip(grads, params, strict=True)):
                if matrix[i]:
                    mu[i], change = turn(mu[i], g, w)
                else:
                    mu[i], nu[i], change = adam(mu[i], nu[i], g, w, decays[i])
                updates.append(change)
            return updates, transformations.Adam(mu, nu)

        return _transformation(init, update)

    def _config_arguments(self) -> Sequence[str]:
        return (
            "adam_beta_1", "adam_beta_2", "epsilon", "exclude_layers", "muon_a", "muon_b", "muon_c", "adam_lr_ratio", "momentum",
            "ns_steps", "nesterov", "exclude_embeddings", "adam_weight_decay", "rms_rate",
        )  # fmt: skip
