"""`keras.distribution`: one program on several devices. Names only."""

from hornbeam.keras.mirror import mirror

_NAMES = (
    "DataParallel", "DeviceMesh", "LayoutMap", "ModelParallel", "TensorLayout", "distribute_tensor", "distribution", "get_device_count",
    "initialize", "list_devices", "set_distribution",
)  # fmt: skip
__getattr__, __dir__ = mirror(__name__, more=dict.fromkeys(_NAMES, "hornbeam.engine.sharding"))
