"""`tf.types.experimental`: names for annotations."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "Callable": "hornbeam.engine.function:Function",
    "ConcreteFunction": "hornbeam.engine.function",
    "GenericFunction": "hornbeam.engine.function:Function",
    "PolymorphicFunction": "hornbeam.engine.function:Function",
    "TensorLike": "typing:Any",
    "TraceType": "hornbeam.engine.compatible",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
