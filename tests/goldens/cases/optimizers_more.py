"""The optimizers beside SGD, Adam and RMSprop, each with clipping, weight decay, averages and accumulation."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import Case, normal, plain, rng

TOLERANCE = (2e-5, 2e-6)

STEPS = 6
SHAPES = {"kernel": (4, 3), "bias": (3,), "table": (2, 3, 2)}


def _case(class_name: str, /, **arguments: Any) -> Case:
    def case(oracle: Oracle) -> dict[str, Any]:
        keras = oracle.keras
        given = dict(arguments)
        if "schedule" in given:
            given["learning_rate"] = keras.optimizers.schedules.ExponentialDecay(given.pop("schedule"), 2, 0.5)
        optimizer = getattr(keras.optimizers, class_name)(**{"learning_rate": 0.05, **given})
        generator = rng(class_name)
        variables = [keras.Variable(normal(generator, *shape), name=name) for name, shape in SHAPES.items()]
        trace = []
        for _ in range(STEPS):
            gradients = [oracle.tensor(normal(generator, *v.shape)) for v in variables]
            optimizer.apply_gradients(zip(gradients, variables, strict=True))
            trace.append(np.concatenate([oracle.numpy(v).ravel() for v in variables]))
        state = [[v.name, list(v.shape)] for v in optimizer.variables]
        if class_name in ("Adafactor", "Nadam"):  # Keras has no names of its own for these
            state = [shape for _, shape in state]
        again = type(optimizer).from_config(optimizer.get_config())
        result = {"variables": np.stack(trace), "state": state, "config": plain(optimizer.get_config()),
                  "again": plain(again.get_config()), "iterations": int(oracle.numpy(optimizer.iterations))}
        optimizer.finalize_variable_values(variables)
        result["finalized"] = np.concatenate([oracle.numpy(v).ravel() for v in variables])
        return result

    return case


def _loss_scale(oracle: Oracle) -> dict[str, Any]:
    """A step with an infinite gradient is skipped and halves the scale; two good steps double it."""
    keras = oracle.keras
    optimizer = keras.optimizers.LossScaleOptimizer(
        keras.optimizers.SGD(0.1, momentum=0.9), initial_scale=8.0, dynamic_growth_steps=2)
    generator = rng("loss scale")
    variables = [keras.Variable(normal(generator, *shape), name=name) for name, shape in SHAPES.items()]
    scales, trace = [], []
    for step in range(7):
        gradients = [normal(generator, *v.shape) * oracle.numpy(optimizer.scale_loss(np.float32(1))) for v in variables]
        if step in (2, 3):
            gradients[1][0] = np.inf if step == 2 else np.nan
        optimizer.apply_gradients(zip(map(oracle.tensor, gradients), variables, strict=True))
        scales.append(float(oracle.numpy(optimizer.dynamic_scale)))
        trace.append(np.concatenate([oracle.numpy(v).ravel() for v in variables]))
    return {"variables": np.stack(trace), "scales": np.array(scales, "float32"), "config": plain(optimizer.get_config()),
            "iterations": int(oracle.numpy(optimizer.iterations)),
            "state": [[v.name, list(v.shape)] for v in optimizer.variables]}


def _muon_choice(oracle: Oracle) -> dict[str, Any]:
    """Which variables are stepped by AdamW: by rank, by pattern, by being an embedding."""
    keras = oracle.keras
    result = {}
    for key, arguments in {"default": {}, "excluded": {"exclude_layers": ["out"]}, "all": {"exclude_embeddings": False}}.items():
        optimizer = keras.optimizers.Muon(0.1, **arguments)
        optimizer.build([keras.Variable(np.ones(s, "float32"), name=n) for n, s in
                         {"hidden": (3, 2), "out": (2, 2), "embeddings": (4, 2), "bias": (2,)}.items()])
        result[key] = [v.name for v in optimizer.variables]
    return result


def _several(oracle: Oracle) -> dict[str, Any]:
    """Variables by patterns of their paths."""
    optimizers = oracle.keras.optimizers
    chosen = optimizers.OptimizerMap(optimizers.SGD(0.1), {"ker.*": optimizers.Adam(0.05), "bias": optimizers.RMSprop(0.05)})
    optimizer = optimizers.MultiOptimizer(chosen, loss_scale_factor=2.0)
    generator = rng("several")
    variables = [oracle.keras.Variable(normal(generator, *shape), name=name) for name, shape in SHAPES.items()]
    trace = []
    for _ in range(3):
        gradients = [oracle.tensor(normal(generator, *v.shape)) for v in variables]
        optimizer.apply_gradients(zip(gradients, variables, strict=True))
        trace.append(np.concatenate([oracle.numpy(v).ravel() for v in variables]))
    return {"variables": np.stack(trace), "config": plain(optimizer.get_config()),
            "state": [[v.name, list(v.shape)] for v in optimizer.variables],
            "optimizers": [type(o).__name__ for o in optimizer.optimizers],
            "again": plain(optimizers.deserialize(optimizers.serialize(optimizer)).get_config())}


_BASE: dict[str, dict[str, Any]] = {
    "AdamW": {}, "Adamax": {}, "Nadam": {}, "Lion": {"learning_rate": 0.01}, "Adagrad": {}, "Adadelta": {"learning_rate": 1.0},
    "Ftrl": {"l1_regularization_strength": 0.01, "l2_regularization_strength": 0.02}, "Lamb": {}, "Adafactor": {}, "Muon": {},
    "ScheduleFreeAdamW": {},
}  # fmt: skip
_COMMON: dict[str, dict[str, Any]] = {
    "": {}, "_decay_clipnorm": {"weight_decay": 0.1, "clipnorm": 1.0}, "_ema": {"use_ema": True, "ema_momentum": 0.7},
    "_accumulation": {"gradient_accumulation_steps": 2, "global_clipnorm": 2.0}, "_schedule": {"schedule": 0.1},
}  # fmt: skip
CASES: dict[str, Case] = {
    f"{name.lower()}{suffix}": _case(name, **{**base, **common})
    for name, base in _BASE.items() for suffix, common in _COMMON.items()
}
CASES |= {
    "adafactor_absolute": _case("Adafactor", relative_step=False, clip_threshold=0.5),
    "muon_plain": _case("Muon", nesterov=False, rms_rate=None, ns_steps=3),
    "muon_excluded": _case("Muon", exclude_layers=["kernel"], adam_lr_ratio=0.5, adam_weight_decay=0.3),
    "muon_without_decay": _case("Muon", weight_decay=None, adam_weight_decay=None),
    "muon_choice": _muon_choice,
    "schedule_free_warmup": _case("ScheduleFreeAdamW", warmup_steps=3, beta_2=0.9),
    "ftrl_shrinkage": _case("Ftrl", l2_shrinkage_regularization_strength=0.1, beta=0.2, learning_rate_power=-0.3),
    "loss_scale": _loss_scale,
    "several": _several,
}
