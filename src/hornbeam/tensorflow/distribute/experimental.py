"""`tf.distribute.experimental`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "CentralStorageStrategy": "hornbeam.training.distribution",
    "CollectiveCommunication": "hornbeam.training.distribution:CommunicationImplementation",
    "CommunicationImplementation": "hornbeam.training.distribution",
    "CommunicationOptions": "hornbeam.training.distribution",
    "MultiWorkerMirroredStrategy": "hornbeam.training.distribution",
    "TPUStrategy": "hornbeam.training.distribution",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
