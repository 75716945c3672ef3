"""TensorFlow's private modules: `from tensorflow.python.framework.ops import EagerTensor` and its like.

Their layout changed from release to release, so the hook leads all of them here: whatever public name of TensorFlow's is asked for.
"""

import importlib
from typing import Any

from hornbeam.engine.missing import MissingImport, MissingName, lazily

# Modules on the way to those that the hook leads here; others' names end in `_ops`.
PARTS = (
    "base", "config", "constant_op", "context", "control_flow_util", "data_structures", "def_function", "deprecation", "device_lib",
    "distribute_lib", "distribution_strategy_context", "doc_controls", "dtypes", "init_ops_v2", "monitoring", "moving_averages", "ops",
    "ps_values", "rnn_cell", "rnn_cell_impl", "sparse_tensor", "tensor_shape", "tensor_spec", "tensor_util", "tf_export", "utils",
    "values", "variable_scope", "variables",
)  # fmt: skip
_FOLDERS = ("client", "eager", "framework", "platform", "training", "util")  # tf.python.framework.ops, without an import
_INNER = "hornbeam.dialects.inner"
_NAMES = {
    **dict.fromkeys((*PARTS, *_FOLDERS), f"{__name__}:"),
    **dict.fromkeys(("AggregatingVariable", "DistributedValues", "DistributedVariable", "PerReplica"), f"{_INNER}:SeveralDevices"),
    **dict.fromkeys(("BoolGauge", "Counter", "IntGauge", "StringGauge"), f"{_INNER}:Gauge"),
    **dict.fromkeys(("keras_export", "tf_export"), f"{_INNER}:decorator"),
    **dict.fromkeys(("deprecated", "deprecated_alias", "deprecated_arg_values", "deprecated_args"), f"{_INNER}:decorator"),
    **dict.fromkeys(("NoDependency", "no_automatic_dependency_tracking"), f"{_INNER}:unchanged"),
    **dict.fromkeys(("do_not_doc_inheritable", "do_not_generate_docs", "for_subclass_implementers"), f"{_INNER}:unchanged"),
    **dict.fromkeys(("disable_op_determinism", "is_op_determinism_enabled"), "hornbeam.engine.placement"),
    **dict.fromkeys(("assign_moving_average", "colocate_with", "sparse_reorder", "with_dependencies"), _INNER),
    "EagerTensor": "hornbeam.engine:Tensor",
    "RNNCell": "hornbeam.dialects.classes:AbstractRNNCell",
    "_concat": "hornbeam.ops.tf.tensors:joined_shape",
    "dynamic_slice": "hornbeam.ops:slice",
    "dynamic_update_slice": "hornbeam.ops.tf.arranging",
    "broadcast_weights": "hornbeam.ops.tf.assertions",
    "np_config": "hornbeam.ops.tf.numpy_style:",
    "ResourceVariable": "hornbeam.ops.tf.variables:Variable",
    "as_shape": "hornbeam.tensorflow:TensorShape",
    "constant_value": "hornbeam.tensorflow:get_static_value",
    "dimension_value": "hornbeam.engine.compatible",
    "gfile": "hornbeam.tensorflow.io:gfile",
    "global_seed": "hornbeam.engine.rng",
    "tf_contextlib": "contextlib:",
    "tf_inspect": "inspect:",
    "tf_logging": "hornbeam.tensorflow.compat.v1:logging",
    "keras": "hornbeam.keras:",
    "list_local_devices": "hornbeam.engine.placement:list_logical_devices",
    "smart_cond": "hornbeam.ops.tf.flow",
    "summary_ops_v2": "hornbeam.tensorflow.summary:",
}
_PUBLIC = (
    "hornbeam.tensorflow", "hornbeam.tensorflow.math", "hornbeam.tensorflow.nn", "hornbeam.tensorflow.random",
    "hornbeam.tensorflow.lookup", "hornbeam.tensorflow.distribute", "hornbeam.tensorflow.config", "hornbeam.tensorflow.config.experimental",
    "hornbeam.tensorflow.errors", "hornbeam.tensorflow.compat.v1",
    "hornbeam.tensorflow.nest", "hornbeam.keras.initializers",
)  # fmt: skip
__path__: list[str] = []
_fetch, __dir__ = lazily(__name__, _NAMES)


def __getattr__(name: str) -> Any:
    if name in _NAMES or name.startswith("_"):
        return _fetch(name)
    if name.endswith(("_ops", "_ops_v2", "_impl")):
        return importlib.import_module(__name__)
    for module in _PUBLIC:
        try:
            return getattr(importlib.import_module(module), name)
        except (MissingName, MissingImport):
            continue
    return _fetch(name)
