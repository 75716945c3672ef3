"""Group, RMS and unit normalization, and batch renormalization."""

from __future__ import annotations

from typing import Any

from goldens.recording import table

TOLERANCE = (1e-5, 2e-5)

LIMITS = {"rmin": 0.8, "rmax": 1.3, "dmax": 0.3}


def _layer(kind: str, *given: Any, **arguments: Any) -> Any:
    return lambda k: getattr(k.layers, kind)(*given, **arguments)


CASES = table(
    ("group", _layer("GroupNormalization", 2), (2, 3, 4)),
    ("group_rank2", _layer("GroupNormalization", 3), (4, 6)),
    ("group_image", _layer("GroupNormalization", groups=2, epsilon=0.1, gamma_regularizer="l2"), (2, 3, 2, 4)),
    ("group_axis1", _layer("GroupNormalization", 2, axis=1), (2, 4, 3, 2)),
    ("group_instance", _layer("GroupNormalization", -1), (2, 3, 2, 4)),
    ("group_one", _layer("GroupNormalization", 1, center=False), (2, 3, 4)),
    ("group_neither", _layer("GroupNormalization", 2, center=False, scale=False), (2, 3, 4)),
    ("rms", _layer("RMSNormalization"), (2, 3, 4)),
    ("rms_epsilon", _layer("RMSNormalization", epsilon=0.1), (3, 5)),
    ("unit", _layer("UnitNormalization"), (2, 3, 4)),
    ("unit_axes", _layer("UnitNormalization", axis=[1, 2]), (2, 3, 4)),
    ("unit_axis1", _layer("UnitNormalization", axis=1), (2, 3, 4)),
) | table(
    ("renorm", _layer("BatchNormalization", renorm=True), (6, 3)),
    ("renorm_image", _layer("BatchNormalization", axis=1, renorm=True, renorm_momentum=0.7, momentum=0.9), (3, 2, 3, 2)),
    ("renorm_clipping", _layer("BatchNormalization", renorm=True, renorm_clipping=LIMITS), (6, 4)),
    ("renorm_plain", _layer("BatchNormalization", renorm=True, center=False, scale=False, renorm_clipping={"dmax": 0.1}), (6, 4)),
    training=True,
)
