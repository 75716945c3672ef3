"""The `keras` namespace: Hornbeam's names where Keras 2 and 3 have them. Names only."""

from hornbeam import dialects
from hornbeam.engine.missing import lazily
from hornbeam.engine.surroundings import KERAS_VERSION as __version__
from hornbeam.keras import places

_MODULES = (
    "activations", "applications", "backend", "callbacks", "config", "constraints", "datasets", "distillation", "distribution",
    "dtype_policies", "engine", "experimental", "export", "initializers", "layers", "legacy", "losses", "metrics", "mixed_precision",
    "models", "ops", "optimizers", "preprocessing", "quantizers", "random", "regularizers", "saving", "tree", "utils", "wrappers",
)  # fmt: skip
_NAMES = {
    "DTypePolicy": "hornbeam.engine.dtypes",
    "FloatDTypePolicy": "hornbeam.engine.dtypes",
    "Function": "hornbeam.utils.graphs",
    "Initializer": "hornbeam.initializers",
    "Input": "hornbeam.layers",
    "InputSpec": "hornbeam.layers",
    "KerasTensor": "hornbeam:KerasTensor",
    "Layer": "hornbeam.layers",
    "Loss": "hornbeam.losses",
    "Metric": "hornbeam.metrics",
    "Model": "hornbeam.models",
    "Operation": "hornbeam.engine.graph",
    "Optimizer": "hornbeam.optimizers",
    "Regularizer": "hornbeam.regularizers",
    "Quantizer": "hornbeam.quantizers",
    "RematScope": "hornbeam.layers.remat",
    "Sequential": "hornbeam.models",
    "StatelessScope": "hornbeam.engine.stateless",
    "SymbolicScope": "hornbeam.engine.stateless",
    "Variable": "hornbeam",
    "device": "hornbeam.engine.placement",
    "name_scope": "hornbeam.engine.module",
    "remat": "hornbeam.layers.remat",
    "version": "hornbeam.engine.surroundings:keras_version",
}
_fetch, __dir__ = lazily(__name__, {**places.rows(__name__), **_NAMES}, _MODULES)
__getattr__ = dialects.first(_fetch)
