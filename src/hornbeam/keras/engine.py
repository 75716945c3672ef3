"""`keras.engine`: where Keras 2 kept what models are made of. Names only."""

from hornbeam.keras.mirror import mirror

_NAMES = {
    "Functional": "hornbeam.models",
    "Input": "hornbeam.layers",
    "InputLayer": "hornbeam.layers",
    "InputSpec": "hornbeam.layers",
    "KerasTensor": "hornbeam.engine.graph",
    "Layer": "hornbeam.layers",
    "Model": "hornbeam.models",
    "Network": "hornbeam.models:Functional",
    "Sequential": "hornbeam.models",
    "TensorFlowOpLayer": "hornbeam.dialects.inner:OperationLayer",
    "call_context": "hornbeam.dialects.inner",
    "_minimum_control_deps": "hornbeam.dialects.inner:unchanged",
    "layers": "hornbeam.keras.layers:",
    "reduce_per_replica": "hornbeam.dialects.inner",
    "get_source_inputs": "hornbeam.utils",
}
__getattr__, __dir__ = mirror(__name__, more=_NAMES)
