"""`tf.train`."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "BytesList": "hornbeam.data.protos",
    "Example": "hornbeam.data.protos",
    "Feature": "hornbeam.data.protos",
    "FeatureList": "hornbeam.data.protos",
    "FeatureLists": "hornbeam.data.protos",
    "Features": "hornbeam.data.protos",
    "FloatList": "hornbeam.data.protos",
    "Int64List": "hornbeam.data.protos",
    "SequenceExample": "hornbeam.data.protos",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
