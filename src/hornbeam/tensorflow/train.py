"""`tf.train`."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "BytesList": "hornbeam.data.protos",
    "Checkpoint": "hornbeam.saving.checkpoint",
    "CheckpointManager": "hornbeam.saving.checkpoint",
    "CheckpointOptions": "hornbeam.saving.checkpoint",
    "CheckpointReader": "hornbeam.saving.checkpoint",
    "Example": "hornbeam.data.protos",
    "ExponentialMovingAverage": "hornbeam.training.averages",
    "Feature": "hornbeam.data.protos",
    "FeatureList": "hornbeam.data.protos",
    "FeatureLists": "hornbeam.data.protos",
    "Features": "hornbeam.data.protos",
    "FloatList": "hornbeam.data.protos",
    "Int64List": "hornbeam.data.protos",
    "SequenceExample": "hornbeam.data.protos",
    "get_checkpoint_state": "hornbeam.saving.checkpoint",
    "latest_checkpoint": "hornbeam.saving.checkpoint",
    "list_variables": "hornbeam.saving.checkpoint",
    "load_checkpoint": "hornbeam.saving.checkpoint",
    "load_variable": "hornbeam.saving.checkpoint",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
