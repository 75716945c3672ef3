"""Initializers: exact where nothing is drawn; where something is, spread and limits for shapes that show the fans."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import Case, plain

#: 36,000 to 60,000 draws: a standard deviation is known to half a percent, quantiles to one, limits better than both.
#: The smallest mistake, another fan, moves a logarithm by 0.11.
TOLERANCE = (0.0, 3e-2)

#: Dense kernel, convolution kernel, vector: each has another fan in and fan out.
SHAPES = ((200, 300), (3, 3, 40, 100), (40000,))


def _random(make: Callable[[Any], Any], bounded: bool = True) -> Case:
    """Sizes in logarithms and quantiles in standard deviations, so that one absolute tolerance is right for all."""

    def case(oracle: Oracle) -> dict[str, Any]:
        initializer = make(oracle.keras.initializers)
        result: dict[str, Any] = {}
        for shape in SHAPES:
            values = oracle.numpy(initializer(shape))
            spread = float(values.std())
            result[f"log std {shape}"] = np.log(np.array([spread]))
            result[f"quantiles {shape}"] = np.quantile(values.astype("float64") / spread, [0.1, 0.3, 0.5, 0.7, 0.9])
            if bounded:
                result[f"log limits {shape}"] = np.log(np.array([-values.min(), values.max()], "float64"))
            result[f"kind {shape}"] = [list(values.shape), values.dtype.name]
        again = make(oracle.keras.initializers)
        result["seeded alike"] = bool((oracle.numpy(initializer((4, 5))) == oracle.numpy(again((4, 5)))).all())
        result["drawn twice alike"] = bool((oracle.numpy(again((4, 5))) == oracle.numpy(again((4, 5)))).all())
        result["config"] = plain(initializer.get_config())
        return result

    return case


def _exact(make: Callable[[Any], Any], *shape: int) -> Case:
    def case(oracle: Oracle) -> dict[str, Any]:
        initializer = make(oracle.keras.initializers)
        config = plain(initializer.get_config())
        config.pop("gain", None)  # Keras's Identity forgets its gain; nobody has to
        value, half = oracle.numpy(initializer(shape)), oracle.numpy(initializer(shape, dtype="float16"))
        return {"value": value.tolist(), "half": half.tolist(), "dtypes": [value.dtype.name, half.dtype.name],
                "config": config}

    return case


def _orthogonal(oracle: Oracle) -> dict[str, Any]:
    """Rows or columns, whichever are fewer, are orthonormal times the gain; further axes are flattened first."""
    result: dict[str, Any] = {}
    for shape in ((7, 4), (4, 7), (3, 3, 2, 5)):
        value = oracle.numpy(oracle.keras.initializers.Orthogonal(gain=2.0, seed=1)(shape)).reshape(-1, shape[-1])
        gram = value.T @ value if value.shape[0] >= value.shape[1] else value @ value.T
        result[f"gram {shape}"] = np.round(gram, 3).tolist()
    result["config"] = plain(oracle.keras.initializers.Orthogonal(gain=2.0, seed=1).get_config())
    return result


STRINGS = ("zeros", "ones", "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform",
           "lecun_normal", "random_normal", "random_uniform", "truncated_normal", "orthogonal", "identity",
           "normal", "uniform")


def _strings(oracle: Oracle) -> dict[str, Any]:
    get = oracle.keras.initializers.get
    return {"configs": {name: [type(get(name)).__name__, plain(get(name).get_config())] for name in STRINGS},
            "class": plain(oracle.keras.initializers.serialize(get("HeNormal")))}


CASES: dict[str, Case] = {
    "glorot_uniform": _random(lambda i: i.GlorotUniform(seed=1)),
    "glorot_normal": _random(lambda i: i.GlorotNormal(seed=1)),
    "he_uniform": _random(lambda i: i.HeUniform(seed=1)),
    "he_normal": _random(lambda i: i.HeNormal(seed=1)),
    "lecun_uniform": _random(lambda i: i.LecunUniform(seed=1)),
    "lecun_normal": _random(lambda i: i.LecunNormal(seed=1)),
    "random_normal": _random(lambda i: i.RandomNormal(seed=1), bounded=False),
    "random_uniform": _random(lambda i: i.RandomUniform(-0.2, 0.2, seed=1)),
    "truncated_normal": _random(lambda i: i.TruncatedNormal(stddev=0.1, seed=1)),
    "variance_scaling": _random(lambda i: i.VarianceScaling(seed=1)),
    "variance_scaling_out": _random(lambda i: i.VarianceScaling(2.0, "fan_out", "uniform", seed=1)),
    "variance_scaling_untruncated": _random(
        lambda i: i.VarianceScaling(0.5, "fan_avg", "untruncated_normal", seed=1), bounded=False),
    "zeros": _exact(lambda i: i.Zeros(), 2, 3),
    "ones": _exact(lambda i: i.Ones(), 2, 3),
    "constant": _exact(lambda i: i.Constant(2.5), 2, 3),
    "identity": _exact(lambda i: i.Identity(2.0), 3, 3),
    "identity_tall": _exact(lambda i: i.Identity(), 4, 2),
    "orthogonal": _orthogonal,
    "strings": _strings,
}
