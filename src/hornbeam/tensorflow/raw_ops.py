"""`tf.raw_ops`: of TensorFlow's bare operations, those that have no other name. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "ImageProjectiveTransformV2": "hornbeam.ops.image.warp:projective_transform",
    "ImageProjectiveTransformV3": "hornbeam.ops.image.warp:projective_transform",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
