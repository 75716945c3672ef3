"""Optimizers' formulas as Optax transformations, where Optax's own formula is not Keras's.

Each takes the scalars of one step (traced values: a new learning rate or momentum never recompiles) and gives a
`GradientTransformation` whose state holds one leaf a variable. Corrections that depend on the step alone are computed once
for all variables.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp


class Scalars:
    """The scalars of one step: `rate`, `step` (this update's number, from 1) and the optimizer's hyperparameters by name.

    `rest(name)` is `1 - value`, rounded once: 1 - 0.999 of float32 numbers would be off by 5e-5. `variables` are those that are
    stepped, for algorithms that treat some differently.
    """

    def __init__(self, names: list[str], table: Any, rate: Any, step: Any, variables: Any = ()):
        self._rows = {name: i for i, name in enumerate(names)}
        self._table, self.rate, self.step, self.variables = table, rate, step, variables

    def __getattr__(self, name: str) -> Any:
        row = self._rows.get(name)
        if row is None:
            raise AttributeError(name)
        return self._table[row, 0]

    def __contains__(self, name: str) -> bool:
        return name in self._rows

    def rest(self, name: str) -> Any:
        return self._table[self._rows[name], 1]


class Transformation(NamedTuple):
    """What Optax calls a GradientTransformation, and takes for one: its two functions. (Optax itself takes 50 ms to import, which
    programs whose optimizer needs none of its pieces save.)"""

    init: Callable[[Any], Any]
    update: Callable[..., tuple[Any, Any]]


def _transformation(init: Callable, update: Callable) -> Any:
    return Transformation(init, update)


def _zeros(params: Any) -> Any:
    return jax.tree.map(jnp.zeros_like, params)


def _towards(averages: Any, values: Any, rest: Any) -> Any:
    """Each moving average one step nearer to its value: a + (x - a) * (1 - decay)."""
    return jax.tree.map(lambda a, x: a + (x - a) * rest, averages, values)


class Adam(NamedTuple):
    mu: Any
    nu: Any


class AmsGrad(NamedTuple):
    mu: Any
    nu: Any
    nu_max: Any


def adam(s: Scalars, amsgrad: bool) -> Any:
    """Kingma and Ba 2014, in the form of its section 2 ("epsilon hat"): epsilon is added to the root of the uncorrected average.

    m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;  w -= rate * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + epsilon).
    AMSGrad (Reddi et al. 2018) takes the largest v so far.
    """

    def init(params: Any) -> Any:
        return AmsGrad(_zeros(params), _zeros(params), _zeros(params)) if amsgrad else Adam(_zeros(params), _zeros(params))

    def update(grads: Any, state: Any, params: Any = None) -> Any:
        scale = -s.rate * jnp.sqrt(1 - s.beta_2**s.step) / (1 - s.beta_1**s.step)
        mu = _towards(state.mu, grads, s.rest("beta_1"))
        nu = largest = _towards(state.nu, jax.tree.map(jnp.square, grads), s.rest("beta_2"))
        if amsgrad:
            largest = jax.tree.map(jnp.maximum, state.nu_max, nu)
        updates = jax.tree.map(lambda m, v: scale * m / (jnp.sqrt(v) + s.epsilon), mu, largest)
        return updates, AmsGrad(mu, nu, largest) if amsgrad else Adam(mu, nu)

    return _transformation(init, update)


class Adamax(NamedTuple):
    mu: Any
    nu: Any


def adamax(s: Scalars) -> Any:
    """Kingma and Ba 2014, section 7.1: u = max(b2 u, |g|);  w -= rate / (1 - b1^t) * m / (u + epsilon)."""

    def update(grads: Any, state: Any, params: Any = None) -> Any:
        scale = -s.rate / (1 - s.beta_1**s.step)
        mu = _towards(state.mu, grads, s.rest("beta_1"))
        nu = jax.tree.map(lambda u, g: jnp.maximum(s.beta_2 * u, jnp.abs(g)), state.nu, grads)
        return jax.tree.map(lambda m, u: scale * m / (u + s.epsilon), mu, nu), Adamax(mu, nu)

    return _transformation(lambda params: Adamax(_zeros(params), _zeros(params)), update)


class Nadam(NamedTuple):
    mu: Any
    nu: Any
    product: Any


def nadam(s: Scalars) -> Any:
    """Dozat 2015: Adam with Nesterov's momentum, whose schedule is u_t = b1 * (1 - 0.96^t / 2).

    m' = u_(t+1) m / (1 - u_1 ... u_(t+1)) + (1 - u_t) g / (1 - u_1 ... u_t);  w -= rate * m' / (sqrt(v / (1 - b2^t)) + epsilon).
    """

    def update(grads: Any, state: Any, params: Any = None) -> Any:
        schedule = lambda t: s.beta_1 * (1 - 0.5 * 0.96**t)
        now, following = schedule(s.step), schedule(s.step + 1)
        product = state.product * now
        past, fresh = following / (1 - product * following), (1 - now) / (1 - product)
        correction = 1 / (1 - s.beta_2**s.step)
        mu = _towards(state.mu, grads, s.rest("beta_1"))
        nu = _towards(state.nu, jax.tree.map(jnp.square, grads), s.rest("beta_2"))
        step = lambda m, v, g: -s.rate * (past * m + fresh * g) / (jnp.sqrt(v * correction) + s.epsilon)
        return jax.tree.map(step, mu, nu, grads), Nadam(mu, nu, product)

    return _transformation(lambda params: Nadam(_zeros(params), _zeros(params), jnp.ones((), jnp.float32)), update)


class ScheduleFree(NamedTuple):
    z: Any
    nu: Any


def schedule_free(s: Scalars, warmup_steps: int) -> Any:
    """Defazio et al. 2024, as Keras computes it: Adam's second moment moves z, and the variables are the mean of all z so far.

    v = b2 v + (1 - b2) g^2;  z -= rate * g / (sqrt(v / (1 - b2^t)) + epsilon);  w = w + (z - w) / t. The rate grows linearly over
    the warm-up. (The paper interpolates once more between w and z, by b1.)
    """

    def update(grads: Any, state: Any, params: Any) -> Any:
        rate = s.rate * jnp.minimum(s.step / warmup_steps, 1) if warmup_steps else s.rate
        correction = 1 / (1 - s.beta_2**s.step)
        nu = _towards(state.nu, jax.tree.map(jnp.square, grads), s.rest("beta_2"))
        z = jax.tree.map(lambda z, v, g: z - rate * g / (jnp.sqrt(v * correction) + s.epsilon), state.z, nu, grads)
        return jax.tree.map(lambda z, w: (z - w) / s.step, z, params), ScheduleFree(z, nu)

    return _transformation(lambda params: ScheduleFree(params, _zeros(params)), update)


class Lion(NamedTuple):
    mu: Any


def lion(s: Scalars) -> Any:
    """Chen et al. 2023: w -= rate * sign(b1 m + (1 - b1) g);  m = b2 m + (1 - b2) g. (Optax's counts steps besides.)"""

    def update(grads: Any, state: Any, params: Any = None) -> Any:
        updates = jax.tree.map(lambda m, g: -s.rate * jnp.sign(m * s.beta_1 + g * s.rest("beta_1")), state.mu, grads)
        return updates, Lion(_towards(state.mu, grads, s.rest("beta_2")))

    return _transformation(lambda params: Lion(_zeros(params)), update)


class Ftrl(NamedTuple):
    accumulator: Any
    linear: Any


def ftrl(s: Scalars) -> Any:
    """McMahan et al. 2013: weights are computed anew from the accumulated gradients at each step."""

    def update(grads: Any, state: Any, params: Any) -> Any:
        def one(n: Any, z: Any, g: Any, w: Any) -> tuple[Any, Any, Any]:
            shrunk = g + 2 * s.l2_shrinkage_regularization_strength * w
            total = n + jnp.square(g)
            old, new = n**-s.learning_rate_power, total**-s.learning_rate_power
            z = z + shrunk - (new - old) / s.rate * w
            quadratic = new / s.rate + 2 * (s.l2_regularization_strength + s.beta / (2 * s.rate))
            bounded = jnp.clip(z, -s.l1_regularization_strength, s.l1_regularization_strength)
            return total, z, (bounded - z) / quadratic - w

        found = [one(*each) for each in zip(state.accumulator, state.linear, grads, params, strict=True)]
        accumulator, linear, updates = ([each[i] for each in found] for i in range(3))
        return updates, Ftrl(accumulator, linear)

    return _transformation(lambda params: Ftrl(_zeros(params), _zeros(params)), update)


def clip_each_norm(grads: list[Any], limit: Any) -> list[Any]:
    """Each gradient whose norm exceeds `limit` scaled down to it."""

    def clip(g: Any) -> Any:
        norm = jnp.sqrt(jnp.sum(jnp.square(g)))
        return jnp.where(norm > limit, g * (limit / norm), g)

    return [clip(g) for g in grads]
