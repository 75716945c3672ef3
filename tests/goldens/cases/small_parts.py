"""The activations, regularizers, constraints and schedules that the first families left out."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import Case, normal, plain, rng

TOLERANCE = (1e-5, 2e-6)


def _activation(name: str, **arguments: Any) -> Case:
    def case(oracle: Oracle) -> dict[str, Any]:
        function = getattr(oracle.keras.activations, name)
        points = normal(rng(name), 5, 6, scale=2.0)
        factor = oracle.tensor(normal(rng("factor"), *oracle.numpy(function(oracle.tensor(points), **arguments)).shape))
        total = lambda x: oracle.keras.ops.sum(function(x, **arguments) * factor)
        _, (gradient,), _ = oracle.gradients(total, [points], [])
        again = oracle.keras.activations.get(name)
        return {"output": oracle.numpy(function(oracle.tensor(points), **arguments)), "gradient": gradient,
                "serialized": oracle.keras.activations.serialize(again)}

    return case


def _regularizer(**arguments: Any) -> Case:
    def case(oracle: Oracle) -> dict[str, Any]:
        regularizer = oracle.keras.regularizers.OrthogonalRegularizer(**arguments)
        value, (gradient,), _ = oracle.gradients(regularizer, [normal(rng("regularizer"), 4, 3)], [])
        again = oracle.keras.regularizers.deserialize(oracle.keras.regularizers.serialize(regularizer))
        return {"value": value, "gradient": gradient, "config": plain(regularizer.get_config()), "again": plain(again.get_config())}

    return case


def _constraints(oracle: Oracle) -> dict[str, Any]:
    constraints = oracle.keras.constraints
    value = oracle.tensor(normal(rng("constraints"), 3, 3, 2, 4))
    made = {
        "max": constraints.MaxNorm(0.5, axis=[0, 1, 2]), "min max": constraints.MinMaxNorm(0.3, 0.6, rate=0.5, axis=[0, 1]),
        "unit": constraints.UnitNorm(axis=-1), "non negative": constraints.NonNeg(),
    }  # fmt: skip
    return {name: oracle.numpy(each(value)) for name, each in made.items()}


def _restarts(oracle: Oracle) -> dict[str, Any]:
    schedules = oracle.keras.optimizers.schedules
    made = {
        "longer": schedules.CosineDecayRestarts(0.1, 4, t_mul=2.0, m_mul=0.7, alpha=0.05),
        "equal": schedules.CosineDecayRestarts(0.1, 5, t_mul=1.0, m_mul=0.5),
        "shorter": schedules.CosineDecayRestarts(1.0, 3, t_mul=1.5),
        "warm": schedules.CosineDecay(0.0, 10, alpha=0.2, warmup_target=0.5, warmup_steps=4),
        "power": schedules.PolynomialDecay(0.1, 7, 0.02, power=0.5, cycle=True),
        "stairs": schedules.InverseTimeDecay(0.1, 3, 0.7, staircase=True),
    }  # fmt: skip
    steps = [0, 1, 2, 3, 5, 6, 8, 11, 13, 17, 25]
    result: dict[str, Any] = {}
    for name, schedule in made.items():
        result[name] = np.array([float(oracle.numpy(schedule(step))) for step in steps], "float32")
        result[f"{name} config"] = plain(schedule.get_config())
        again = schedules.deserialize(schedules.serialize(schedule))
        result[f"{name} again"] = [type(again).__name__, plain(again.get_config())]
    return result


CASES: dict[str, Case] = {
    "glu": _activation("glu"),
    "glu_axis": _activation("glu", axis=1),
    "sparse_plus": _activation("sparse_plus"),
    "sparse_sigmoid": _activation("sparse_sigmoid"),
    "threshold": _activation("threshold", threshold=0.5, default_value=-1.0),
    "hard_shrink": _activation("hard_shrink", threshold=0.8),
    "soft_shrink": _activation("soft_shrink", threshold=0.8),
    "celu": _activation("celu", alpha=0.7),
    "squareplus": _activation("squareplus", b=2.0),
    "orthogonal_rows": _regularizer(factor=0.1, mode="rows"),
    "orthogonal_columns": _regularizer(factor=0.02, mode="columns"),
    "constraints": _constraints,
    "schedules": _restarts,
}
