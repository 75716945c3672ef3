"""`tf.distribute`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "HierarchicalCopyAllReduce": "hornbeam.training.distribution",
    "InputContext": "hornbeam.training.distribution",
    "InputOptions": "hornbeam.training.distribution",
    "MirroredStrategy": "hornbeam.training.distribution",
    "MultiWorkerMirroredStrategy": "hornbeam.training.distribution",
    "NcclAllReduce": "hornbeam.training.distribution",
    "OneDeviceStrategy": "hornbeam.training.distribution",
    "ReduceOp": "hornbeam.training.distribution",
    "ReductionToOneDevice": "hornbeam.training.distribution",
    "ReplicaContext": "hornbeam.training.distribution",
    "RunOptions": "hornbeam.training.distribution",
    "Strategy": "hornbeam.training.distribution",
    "TPUStrategy": "hornbeam.training.distribution",
    "experimental_set_strategy": "hornbeam.training.distribution",
    "get_replica_context": "hornbeam.training.distribution",
    "get_strategy": "hornbeam.training.distribution",
    "has_strategy": "hornbeam.training.distribution",
    "in_cross_replica_context": "hornbeam.training.distribution",
}

__getattr__, __dir__ = lazily(__name__, _NAMES, ("cluster_resolver", "experimental"))
