"""Learning-rate schedules: values over steps, configs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import Case, plain

TOLERANCE = (1e-5, 1e-8)

STEPS = (0, 1, 2, 3, 4, 5, 7, 9, 10, 11, 14, 15, 19, 20, 21, 35, 100)


def _schedule(make: Callable[[Any], Any]) -> Case:
    def case(oracle: Oracle) -> dict[str, Any]:
        schedules = oracle.keras.optimizers.schedules
        schedule = make(schedules)
        return {
            "values": np.array([oracle.numpy(schedule(step)) for step in STEPS], "float32"),
            "of tensors": np.array([oracle.numpy(schedule(oracle.tensor(np.int32(step)))) for step in (0, 7, 21)],
                                   "float32"),
            "config": plain(schedule.get_config()),
            "serialized": plain(schedules.serialize(schedule)),
        }

    return case


CASES: dict[str, Case] = {
    "exponential": _schedule(lambda s: s.ExponentialDecay(0.1, 10, 0.5)),
    "exponential_staircase": _schedule(lambda s: s.ExponentialDecay(0.1, 10, 0.5, staircase=True)),
    "exponential_named": _schedule(lambda s: s.ExponentialDecay(0.1, 7, 0.96, name="decay")),
    "piecewise": _schedule(lambda s: s.PiecewiseConstantDecay([2, 10], [1.0, 0.5, 0.1])),
    "piecewise_float": _schedule(lambda s: s.PiecewiseConstantDecay([2.0, 9.5], [1.0, 0.5, 0.1])),
    "cosine": _schedule(lambda s: s.CosineDecay(0.1, 20)),
    "cosine_alpha": _schedule(lambda s: s.CosineDecay(0.1, 20, alpha=0.1)),
    "cosine_warmup": _schedule(lambda s: s.CosineDecay(0.1, 10, alpha=0.1, warmup_target=0.5, warmup_steps=4)),
    "cosine_warmup_zero": _schedule(lambda s: s.CosineDecay(0.0, 10, warmup_target=0.5, warmup_steps=10)),
    "inverse_time": _schedule(lambda s: s.InverseTimeDecay(0.1, 10, 0.5)),
    "inverse_time_staircase": _schedule(lambda s: s.InverseTimeDecay(0.1, 10, 0.5, staircase=True)),
    "polynomial": _schedule(lambda s: s.PolynomialDecay(0.1, 10, 0.01, power=2.0)),
    "polynomial_cycle": _schedule(lambda s: s.PolynomialDecay(0.1, 10, 0.01, cycle=True)),
    "cosine_restarts": _schedule(lambda s: s.CosineDecayRestarts(0.1, 10, alpha=0.1)),
}
