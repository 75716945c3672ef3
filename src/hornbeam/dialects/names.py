"""Classes and functions that had other names, by the module of `keras` they were in. `hornbeam.keras` takes its old names from here."""

import importlib
from typing import Any

from hornbeam.dialects.rows import tell

# Of the insides of keras.utils, which layers of one's own took from there.
_HELPERS = (
    "conv_output_length", "count_params", "deconv_output_length", "has_arg", "normalize_data_format", "normalize_padding",
    "normalize_tuple", "slice_arrays", "to_list", "unpack_singleton",
)  # fmt: skip

# module -> {old name: where it is today, or what stands for it}
NAMES: dict[str, dict[str, str]] = {
    "backend": {
        "local_conv1d": "hornbeam.dialects.classes:local_conv1d",
        "local_conv2d": "hornbeam.dialects.classes:local_conv2d",
        "image_dim_ordering": "hornbeam.dialects.classes:image_dim_ordering",
        "set_image_dim_ordering": "hornbeam.dialects.classes:set_image_dim_ordering",
        "symbolic": "hornbeam.dialects.inner:unchanged",
    },
    "constraints": {
        "maxnorm": "hornbeam.constraints:MaxNorm",
        "nonneg": "hornbeam.constraints:NonNeg",
        "unitnorm": "hornbeam.constraints:UnitNorm",
        "minmaxnorm": "hornbeam.constraints:MinMaxNorm",
    },
    "initializers": {
        "normal": "hornbeam.initializers:RandomNormal",
        "uniform": "hornbeam.initializers:RandomUniform",
        "one": "hornbeam.initializers:Ones",
        "zero": "hornbeam.initializers:Zeros",
    },
    "experimental": {
        "CosineDecay": "hornbeam.optimizers.schedules:CosineDecay",
        "CosineDecayRestarts": "hornbeam.optimizers.schedules:CosineDecayRestarts",
        "LinearCosineDecay": "hornbeam.dialects.classes:LinearCosineDecay",
        "LinearModel": "hornbeam.dialects.classes:LinearModel",
        "WideDeepModel": "hornbeam.dialects.wide_deep:WideDeepModel",
    },
    "layers": {
        "AbstractRNNCell": "hornbeam.dialects.classes:AbstractRNNCell",
        "BaseRandomLayer": "hornbeam.dialects.inner:BaseRandomLayer",
        "AtrousConvolution2D": "hornbeam.layers:Conv2D",
        "CuDNNGRU": "hornbeam.layers:GRU",
        "CuDNNLSTM": "hornbeam.layers:LSTM",
        "Deconvolution2D": "hornbeam.layers:Conv2DTranspose",
        "DenseFeatures": "hornbeam.dialects.dense_features:DenseFeatures",
        "LocallyConnected1D": "hornbeam.dialects.classes:LocallyConnected1D",
        "LocallyConnected2D": "hornbeam.dialects.classes:LocallyConnected2D",
        "RandomHeight": "hornbeam.dialects.classes:RandomHeight",
        "RandomWidth": "hornbeam.dialects.classes:RandomWidth",
        **dict.fromkeys(("SlicingOpLambda", "TFOpLambda", "TensorFlowOpLayer"), "hornbeam.dialects.inner:OperationLayer"),
        "ThresholdedReLU": "hornbeam.dialects.classes:ThresholdedReLU",
    },
    "layers.experimental": {"RandomFourierFeatures": "hornbeam.dialects.kernelized:RandomFourierFeatures"},
    "layers.experimental.preprocessing": {
        "PreprocessingLayer": "hornbeam.layers:Layer",
        "RandomHeight": "hornbeam.dialects.classes:RandomHeight",
        "RandomWidth": "hornbeam.dialects.classes:RandomWidth",
    },
    "losses": {"Reduction": "hornbeam.dialects.classes:Reduction"},
    "mixed_precision": {
        "Policy": "hornbeam.mixed_precision:Policy",
        "global_policy": "hornbeam.mixed_precision:global_policy",
        "set_policy": "hornbeam.mixed_precision:set_global_policy",
    },
    "models": {
        "Input": "hornbeam.layers:Input",
        "model_from_config": "hornbeam.saving:deserialize_keras_object",
        "model_from_yaml": "hornbeam.dialects.saving:model_from_yaml",
    },
    "optimizers": {
        name.lower(): f"hornbeam.optimizers:{name}" for name in ("SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam")
    },
    "utils": {
        "GeneratorEnqueuer": "hornbeam.dialects.enqueuers:GeneratorEnqueuer",
        "OrderedEnqueuer": "hornbeam.dialects.enqueuers:OrderedEnqueuer",
        "SequenceEnqueuer": "hornbeam.dialects.enqueuers:SequenceEnqueuer",
        "multi_gpu_model": "hornbeam.dialects.classes:multi_gpu_model",
        "plot": "hornbeam.utils:plot_model",
        "print_summary": "hornbeam.dialects.classes:print_summary",
        "warmstart_embedding_matrix": "hornbeam.dialects.classes:warmstart_embedding_matrix",
        **{name: f"hornbeam.dialects.inner:{name}" for name in _HELPERS},
        "ReductionV2": "hornbeam.dialects.classes:Reduction",
        "shape_type_conversion": "hornbeam.dialects.inner:unchanged",
        "smart_cond": "hornbeam.ops.tf.flow:smart_cond",
    },
    "saving": {
        f"{name}_hdf5_group{by}": f"hornbeam.saving.groups:{name}_hdf5_group{by}"
        for name, by in (("save_weights_to", ""), ("load_weights_from", ""), ("load_weights_from", "_by_name"))
    },
}
# Still names of today's Keras, or without another spelling: nothing is told.
_QUIET = {
    "Reduction", "ThresholdedReLU", "model_from_yaml", "PreprocessingLayer", "global_policy", "Policy", "symbolic",
    "warmstart_embedding_matrix",
}  # fmt: skip
_QUIET |= {*_HELPERS, *NAMES["saving"], "ReductionV2", "shape_type_conversion", "smart_cond"}
_QUIET |= {"BaseRandomLayer", "SlicingOpLambda", "TFOpLambda", "TensorFlowOpLayer"}


def old_names(module: str) -> dict[str, str]:
    """Rows for `lazily`: the old names of a module of `keras` ('hornbeam.keras.layers')."""
    below = module.removeprefix("hornbeam.keras").lstrip(".")
    return {name: f"{__name__}:{below.replace('.', '__')}.{name}" for name in NAMES.get(below, ())}


class _Module:
    """Old names of one module, told when they are first used."""

    def __init__(self, path: str):
        self.path = path

    def __getattr__(self, name: str) -> Any:
        module, _, today = NAMES[self.path][name].partition(":")
        found = getattr(importlib.import_module(module), today)
        if name not in _QUIET:
            old = f"keras.{self.path}.{name}"
            advice = getattr(found, "today", None) or f"keras.{self.path.split('.')[0]}.{today}"
            tell(old, advice)
        return found


def __getattr__(name: str) -> Any:
    path = name.replace("__", ".")
    if name.startswith("__") or path not in NAMES:
        raise AttributeError(name)
    return _Module(path)
