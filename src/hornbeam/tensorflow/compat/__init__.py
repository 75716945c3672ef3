"""`tf.compat`: two generations of the namespace, and the strings of both Pythons. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "as_bytes": "hornbeam.engine.compatible",
    "as_str": "hornbeam.engine.compatible",
    "as_str_any": "hornbeam.engine.compatible",
    "as_text": "hornbeam.engine.compatible",
    "bytes_or_text_types": "hornbeam.engine.compatible",
    "complex_types": "hornbeam.engine.compatible",
    "dimension_value": "hornbeam.engine.compatible",
    "forward_compatible": "hornbeam.engine.compatible",
    "integral_types": "hornbeam.engine.compatible",
    "path_to_str": "hornbeam.engine.compatible",
    "real_types": "hornbeam.engine.compatible",
    "v2": "hornbeam.tensorflow:",
}

__getattr__, __dir__ = lazily(__name__, _NAMES, ("v1",))
