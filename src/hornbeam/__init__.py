"""Hornbeam: define, compile, fit, evaluate, predict, with the whole training loop in one XLA program."""

import importlib
from typing import Any

__version__ = "0.1.0"

# What is handed on. Nothing is imported before it is used, so `import hornbeam` costs nothing.
_MODULES = (
    "activations", "applications", "callbacks", "config", "constraints", "datasets", "errors", "initializers", "layers", "losses",
    "metrics", "mixed_precision", "models", "ops", "optimizers", "preprocessing", "quantizers", "random", "regularizers", "saving", "utils",
)  # fmt: skip
_NAMES = {
    "DType": "hornbeam.engine",
    "DTypePolicy": "hornbeam.engine",
    "FloatDTypePolicy": "hornbeam.engine.dtypes",
    "GradientTape": "hornbeam.engine",
    "Initializer": "hornbeam.initializers",
    "Input": "hornbeam.layers",
    "InputSpec": "hornbeam.layers",
    "KerasTensor": "hornbeam.engine.graph",
    "Layer": "hornbeam.layers",
    "Loss": "hornbeam.losses",
    "Metric": "hornbeam.metrics",
    "Model": "hornbeam.models",
    "Optimizer": "hornbeam.optimizers",
    "Regularizer": "hornbeam.regularizers",
    "SeedGenerator": "hornbeam.engine",
    "Sequential": "hornbeam.models",
    "StatelessScope": "hornbeam.engine.stateless",
    "Tensor": "hornbeam.engine",
    "TensorSpec": "hornbeam.engine",
    "Variable": "hornbeam.engine",
    "function": "hornbeam.engine",
    "load_ipython_extension": "hornbeam.cli.extension",
    "set_random_seed": "hornbeam.engine",
    "unload_ipython_extension": "hornbeam.cli.extension",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        importlib.import_module("hornbeam.ops")  # gives tensors their operators
        found = importlib.import_module(f"hornbeam.{name}")
    elif name in _NAMES:
        importlib.import_module("hornbeam.ops")
        module, _, inner = _NAMES[name].partition(":")
        found = getattr(importlib.import_module(module), inner or name)
    else:
        raise AttributeError(f"module 'hornbeam' has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES, *_NAMES])
