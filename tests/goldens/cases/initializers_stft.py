"""The kernels of a short-time Fourier transform. (Keras takes its windows from SciPy, which comes with JAX.)"""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import Case, plain

BACKEND = "jax"
TOLERANCE = (1e-5, 2e-6)


def _case(*shape: int, **arguments: Any) -> Case:
    def case(oracle: Oracle) -> dict[str, Any]:
        initializer = oracle.keras.initializers.STFT(**arguments)
        config = plain(initializer.get_config())
        if isinstance(arguments.get("window"), np.ndarray):
            config.pop("window")
        again = oracle.keras.initializers.get("stft")
        return {"value": oracle.numpy(initializer(shape)), "config": config, "got": type(again).__name__}

    return case


CASES: dict[str, Case] = {
    "default": _case(8, 1, 5),
    "imaginary": _case(8, 1, 9, side="imag", window="hamming"),
    "spectrum_periodic": _case(10, 1, 9, scaling="spectrum", periodic=True),
    "blackman": _case(10, 1, 9, window="blackman", scaling=None),
    "no_window": _case(8, 1, 5, window=None),
    "given": _case(6, 1, 5, window=np.arange(1.0, 7.0)),
}
