"""Where Keras 2, and imports that an editor completed, look for modules: nothing of their own, only ways to today's modules.

Paths are relative to `keras` on the left and to `hornbeam` on the right.
"""

import importlib.util

_LAYERS = (
    "activation", "advanced_activations", "attention", "convolutional", "convolutional_recurrent", "core", "cudnn_recurrent", "embeddings",
    "local", "merging", "noise", "normalization", "normalization_v2", "pooling", "preprocessing", "recurrent", "recurrent_v2",
    "regularization", "reshaping", "rnn", "wrappers",
)  # fmt: skip
_ENGINE = (
    "base_layer", "base_layer_utils", "functional", "input_layer", "input_spec", "keras_tensor", "network", "node", "sequential",
    "topology", "training", "training_utils",
)  # fmt: skip
_UTILS = (
    "conv_utils", "data_utils", "dataset_utils", "file_utils", "generic_utils", "image_dataset", "image_utils", "io_utils", "layer_utils",
    "losses_utils", "np_utils", "numerical_utils", "tf_utils", "training_utils", "vis_utils", "visualize_util",
)  # fmt: skip
_OPTIMIZERS = ("adam_v2", "adadelta_v2", "adagrad_v2", "adamax_v2", "ftrl_v2", "gradient_descent_v2", "nadam_v2", "rmsprop_v2")
_DATASETS = ("boston_housing", "california_housing", "cifar10", "cifar100", "fashion_mnist", "imdb", "mnist", "reuters")
_NETWORKS = (
    "convnext", "densenet", "efficientnet", "efficientnet_v2", "imagenet_utils", "inception_resnet_v2", "inception_v3", "mobilenet",
    "mobilenet_v2", "mobilenet_v3", "nasnet", "resnet", "resnet_v2", "xception",
)  # fmt: skip

MODULES = {
    **{f"applications.{name}": f"applications.{name}" for name in _NETWORKS},
    **{"applications.resnet50": "applications.resnet", "applications.vgg16": "applications.vgg", "applications.vgg19": "applications.vgg"},
    **{f"engine.{name}": "keras.engine" for name in _ENGINE},
    **{f"layers.{name}": "keras.layers" for name in _LAYERS},
    **{f"layers.{name}": f"keras.{name}" for name in ("activations", "constraints", "initializers", "regularizers")},
    **{f"utils.{name}": "keras.utils" for name in _UTILS},
    **{f"optimizers.{name}": "keras.optimizers" for name in _OPTIMIZERS},
    **{f"datasets.{name}": f"datasets.{name}" for name in _DATASETS},
    **{f"ops.{name}": f"ops.{name}" for name in ("image", "linalg", "nn", "numpy")},
    "__internal__": "keras.engine",
    "__internal__.layers": "keras.layers",
    "backend.tensorflow_backend": "keras.backend",
    "backend_config": "keras.backend",
    "callbacks.callbacks": "keras.callbacks",
    "callbacks.experimental": "keras.callbacks",
    **{f"initializers.initializers_v{n}": "keras.initializers" for n in (1, 2)},
    "mixed_precision.experimental": "keras.mixed_precision",
    "objectives": "keras.losses",
    "optimizers.learning_rate_schedule": "keras.optimizers.schedules",
    "optimizers.schedules.learning_rate_schedule": "keras.optimizers.schedules",
    "optimizers.optimizer_v2": "keras.optimizers",
    "optimizer_v1": "keras.optimizers",
    "optimizer_v2": "keras.optimizers",
    "optimizer_v2.learning_rate_schedule": "keras.optimizers.schedules",
    "preprocessing.image_dataset": "keras.preprocessing",
    "preprocessing.text_dataset": "keras.preprocessing",
    "preprocessing.timeseries": "keras.preprocessing",
    "engine.saving": "keras.saving",
    "saving.hdf5_format": "keras.saving",
    "saving.legacy": "keras.saving",
    "saving.legacy.hdf5_format": "keras.saving",
    "saving.legacy_h5_format": "keras.saving",
    "saving.save": "keras.saving",
    "saving.saving_api": "keras.saving",
    "utils.bounding_boxes": "utils.bounding_boxes",
    "utils.legacy": "keras.legacy",
}
# The whole namespace once more; longer ones first.
_AGAIN = ("src.legacy", "src", "api._v1.keras", "api._v2.keras", "api._v1", "api._v2", "api", "_tf_keras.keras", "_tf_keras")


def real(path: str) -> str:
    """The module of ours for a module path below `keras`: 'utils.np_utils' -> 'hornbeam.keras.utils'. It need not exist.

    Paths below a place in `MODULES`, `engine` or `src` name files of Keras's own, whose layout changed with each release: they lead to
    the nearest module that is there.
    """
    if path.rpartition(".")[2] != path.rpartition(".")[2].lower():
        return f"hornbeam.keras.{path}"  # a class, which is imported from a module
    lenient = path.startswith(("src", "engine"))
    for again in _AGAIN:
        if path == again or path.startswith(again + "."):
            path = path[len(again) + 1 :]
            break
    parts = path.split(".") if path else []
    for length in range(len(parts), 0, -1):
        if (begin := ".".join(parts[:length])) in MODULES:
            return f"hornbeam.{MODULES[begin]}"
    found = ["hornbeam", "keras", *parts]
    while lenient and not _exists(".".join(found)):
        found.pop()
    return ".".join(found)


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def rows(module: str) -> dict[str, str]:
    """The places directly below one of our modules, rows for `lazily`: 'hornbeam.keras.utils' -> {'np_utils': 'hornbeam.keras:utils'}."""
    below = module.removeprefix("hornbeam.keras").lstrip(".")
    found = {}
    for path, home in MODULES.items():
        parent, _, name = path.rpartition(".")
        if parent == below:
            package, _, last = f"hornbeam.{home}".rpartition(".")
            found[name] = f"{package}:{last}"
    return found
