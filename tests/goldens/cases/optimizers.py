"""Optimizers: ten steps on fixed gradients, every variable after every step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import Case, normal, plain, rng

TOLERANCE = (1e-5, 1e-6)

STEPS = 10


def _optimizer(make: Callable[[Any], Any], scale: float = 1.0) -> Case:
    def case(oracle: Oracle) -> dict[str, Any]:
        keras = oracle.keras
        optimizer = make(keras)
        generator = rng("variables")
        variables = [keras.Variable(normal(generator, 2, 3), name="kernel"),
                     keras.Variable(normal(generator, 3), name="bias")]
        trace, rates = [], []
        for _ in range(STEPS):
            gradients = [oracle.tensor(normal(generator, *v.shape, scale=scale)) for v in variables]
            optimizer.apply_gradients(zip(gradients, variables, strict=True))
            trace.append(np.concatenate([oracle.numpy(v).ravel() for v in variables]))
            rates.append(np.float32(oracle.numpy(optimizer.learning_rate)))
        result = {
            "variables": np.stack(trace),
            "learning rates": np.array(rates),
            "iterations": int(oracle.numpy(optimizer.iterations)),
            "config": plain(optimizer.get_config()),
            "state": [[v.name, list(v.shape)] for v in optimizer.variables],
        }
        optimizer.finalize_variable_values(variables)
        result["finalized"] = np.concatenate([oracle.numpy(v).ravel() for v in variables])
        return result

    return case


def _sgd(scale: float = 1.0, **arguments: Any) -> Case:
    return _optimizer(lambda k: k.optimizers.SGD(**{"learning_rate": 0.1, **arguments}), scale)


def _adam(scale: float = 1.0, **arguments: Any) -> Case:
    return _optimizer(lambda k: k.optimizers.Adam(**{"learning_rate": 0.05, **arguments}), scale)


def _rmsprop(scale: float = 1.0, **arguments: Any) -> Case:
    return _optimizer(lambda k: k.optimizers.RMSprop(**{"learning_rate": 0.05, **arguments}), scale)


def _changing_rate(name: str, **arguments: Any) -> Case:
    """The learning rate set by hand between steps: momentum keeps what the old rate gave."""

    def case(oracle: Oracle) -> dict[str, Any]:
        keras = oracle.keras
        optimizer = getattr(keras.optimizers, name)(learning_rate=0.1, **arguments)
        generator = rng("changing")
        variable = keras.Variable(normal(generator, 4), name="kernel")
        trace = []
        for step in range(6):
            if step == 3:
                optimizer.learning_rate = 0.01
            optimizer.apply_gradients([(oracle.tensor(normal(generator, 4)), variable)])
            trace.append(oracle.numpy(variable).copy())
        return {"variables": np.stack(trace), "rate": np.float32(oracle.numpy(optimizer.learning_rate)).reshape(1)}

    return case


def _constraint(oracle: Oracle) -> dict[str, Any]:
    """A variable's constraint holds after each step."""
    keras = oracle.keras
    layer = keras.layers.Dense(3, kernel_constraint="non_neg", bias_constraint=keras.constraints.MaxNorm(0.5))
    layer.build((None, 2))
    generator = rng("constraint")
    layer.set_weights([np.abs(normal(generator, 2, 3)), normal(generator, 3)])
    optimizer = keras.optimizers.SGD(0.5)
    trace = []
    for _ in range(4):
        gradients = [oracle.tensor(normal(generator, *w.shape)) for w in layer.trainable_weights]
        optimizer.apply_gradients(zip(gradients, layer.trainable_weights, strict=True))
        trace.append(np.concatenate([oracle.numpy(w).ravel() for w in layer.weights]))
    return {"variables": np.stack(trace)}


def _exclude(oracle: Oracle) -> dict[str, Any]:
    """Weight decay spares the variables named in exclude_from_weight_decay."""
    keras = oracle.keras
    optimizer = keras.optimizers.Adam(0.1, weight_decay=0.3)
    generator = rng("exclude")
    variables = [keras.Variable(normal(generator, 3), name="kernel"), keras.Variable(normal(generator, 3), name="bias")]
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    for _ in range(3):
        gradients = [oracle.tensor(normal(generator, 3)) for _ in variables]
        optimizer.apply_gradients(zip(gradients, variables, strict=True))
    return {"variables": np.stack([oracle.numpy(v) for v in variables])}


def _defaults(oracle: Oracle) -> dict[str, Any]:
    optimizers = oracle.keras.optimizers
    return {
        "configs": {name: plain(getattr(optimizers, name)().get_config()) for name in ("SGD", "Adam", "RMSprop")},
        "by string": {name: type(optimizers.get(name)).__name__ for name in ("sgd", "adam", "rmsprop", "Adam", "SGD")},
        "serialized": optimizers.serialize(optimizers.SGD(0.1, momentum=0.5))["class_name"],
        "round trip": plain(optimizers.deserialize(optimizers.serialize(
            optimizers.Adam(0.2, beta_1=0.7, clipnorm=2.0))).get_config()),
    }


CASES: dict[str, Case] = {
    "sgd": _sgd(),
    "sgd_momentum": _sgd(momentum=0.9),
    "sgd_nesterov": _sgd(momentum=0.9, nesterov=True),
    "sgd_nesterov_without_momentum": _sgd(nesterov=True),
    "sgd_weight_decay": _sgd(weight_decay=0.1),
    "sgd_momentum_weight_decay": _sgd(momentum=0.8, weight_decay=0.1),
    "sgd_clipnorm": _sgd(clipnorm=1.0),
    "sgd_clipvalue": _sgd(clipvalue=0.5),
    "sgd_global_clipnorm": _sgd(global_clipnorm=1.5),
    "sgd_ema": _sgd(use_ema=True, ema_momentum=0.8),
    "sgd_ema_overwrite": _sgd(use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=3),
    "sgd_accumulation": _sgd(gradient_accumulation_steps=3, momentum=0.5),
    "sgd_accumulation_decay_clip": _sgd(gradient_accumulation_steps=3, weight_decay=0.1, clipvalue=0.5),
    "sgd_accumulation_ema": _sgd(gradient_accumulation_steps=2, use_ema=True, ema_momentum=0.5),
    "adam": _adam(),
    "adam_defaults": _optimizer(lambda k: k.optimizers.Adam()),
    "adam_betas": _adam(beta_1=0.5, beta_2=0.8),
    "adam_epsilon": _adam(epsilon=0.1),
    "adam_small_gradients": _adam(scale=1e-6),
    "adam_amsgrad": _adam(amsgrad=True, beta_2=0.5),
    "adam_weight_decay": _adam(weight_decay=0.5),
    "adam_clipnorm": _adam(clipnorm=0.5, epsilon=0.1),
    "adam_global_clipnorm": _adam(global_clipnorm=0.5, epsilon=0.1),
    "adam_clipvalue": _adam(clipvalue=0.1, epsilon=0.1),
    "adam_ema": _adam(use_ema=True),
    "adam_accumulation": _adam(gradient_accumulation_steps=4),
    "adam_schedule": _optimizer(lambda k: k.optimizers.Adam(k.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5))),
    "adam_schedule_accumulation": _optimizer(lambda k: k.optimizers.Adam(
        k.optimizers.schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.05, 0.01]), gradient_accumulation_steps=2)),
    "rmsprop": _rmsprop(),
    "rmsprop_rho": _rmsprop(rho=0.5, epsilon=0.1),
    "rmsprop_momentum": _rmsprop(momentum=0.9),
    "rmsprop_centered": _rmsprop(centered=True, epsilon=1e-3),
    "rmsprop_centered_momentum": _rmsprop(centered=True, momentum=0.5, epsilon=1e-3),
    "rmsprop_weight_decay": _rmsprop(weight_decay=0.3),
    "rmsprop_small_gradients": _rmsprop(scale=1e-4),
    "sgd_schedule": _optimizer(lambda k: k.optimizers.SGD(
        k.optimizers.schedules.PiecewiseConstantDecay([2, 5], [0.5, 0.1, 0.01]), momentum=0.9)),
    "sgd_changing_rate": _changing_rate("SGD", momentum=0.9),
    "sgd_nesterov_changing_rate": _changing_rate("SGD", momentum=0.9, nesterov=True),
    "rmsprop_changing_rate": _changing_rate("RMSprop", momentum=0.9),
    "constraint": _constraint,
    "exclude": _exclude,
    "defaults": _defaults,
}
