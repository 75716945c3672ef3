"""Regularizers and constraints, by object and by string."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from goldens.oracle import Oracle
from goldens.recording import Case, normal, plain, rng

TOLERANCE = (1e-5, 1e-6)


def _regularizer(make: Callable[[Any], Any]) -> Case:
    def case(oracle: Oracle) -> dict[str, Any]:
        regularizer = make(oracle.keras.regularizers)
        value, (gradient,), _ = oracle.gradients(regularizer, [normal(rng("regularizer"), 4, 3)], [])
        return {"value": value, "gradient": gradient, "config": plain(regularizer.get_config()),
                "class": type(regularizer).__name__,
                "serialized": plain(oracle.keras.regularizers.serialize(regularizer))}

    return case


def _constraint(make: Callable[[Any], Any], *shape: int) -> Case:
    def case(oracle: Oracle) -> dict[str, Any]:
        constraint = make(oracle.keras.constraints)
        value = constraint(oracle.tensor(normal(rng("constraint"), *(shape or (4, 3)))))
        return {"value": oracle.numpy(value), "config": plain(constraint.get_config()),
                "class": type(constraint).__name__,
                "serialized": plain(oracle.keras.constraints.serialize(constraint))}

    return case


CASES: dict[str, Case] = {
    "l1": _regularizer(lambda r: r.L1(0.1)),
    "l2": _regularizer(lambda r: r.L2(0.1)),
    "l1l2": _regularizer(lambda r: r.L1L2(0.1, 0.2)),
    "l1_default": _regularizer(lambda r: r.L1()),
    "l2_default": _regularizer(lambda r: r.L2()),
    "l1l2_default": _regularizer(lambda r: r.L1L2()),
    "l1_function": _regularizer(lambda r: r.l1(0.3)),
    "l2_function": _regularizer(lambda r: r.l2(0.3)),
    "l1_l2_function": _regularizer(lambda r: r.l1_l2(l1=0.1, l2=0.2)),
    "l1_string": _regularizer(lambda r: r.get("l1")),
    "l2_string": _regularizer(lambda r: r.get("l2")),
    "max_norm": _constraint(lambda c: c.MaxNorm(1.0)),
    "max_norm_default": _constraint(lambda c: c.MaxNorm()),
    "max_norm_axes": _constraint(lambda c: c.MaxNorm(1.0, axis=[0, 1, 2]), 2, 2, 3, 2),
    "non_neg": _constraint(lambda c: c.NonNeg()),
    "unit_norm": _constraint(lambda c: c.UnitNorm()),
    "unit_norm_axis": _constraint(lambda c: c.UnitNorm(axis=1)),
    "min_max_norm": _constraint(lambda c: c.MinMaxNorm(0.5, 1.5)),
    "min_max_norm_rate": _constraint(lambda c: c.MinMaxNorm(0.5, 1.5, rate=0.3, axis=1)),
    "max_norm_string": _constraint(lambda c: c.get("max_norm")),
    "non_neg_string": _constraint(lambda c: c.get("non_neg")),
    "unit_norm_string": _constraint(lambda c: c.get("unit_norm")),
    "min_max_norm_string": _constraint(lambda c: c.get("min_max_norm")),
}
