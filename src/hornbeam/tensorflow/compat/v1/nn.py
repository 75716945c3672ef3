"""`tf.compat.v1.nn`: tf.nn, with TensorFlow 1's arguments where they differ. Names only."""

from hornbeam.engine.missing import lazily
from hornbeam.tensorflow.nn import _NAMES as _TODAY

_NAMES = {
    **_TODAY,
    "avg_pool": "hornbeam.ops.tf.older_nn",
    "avg_pool_v2": "hornbeam.ops.tf.windows:avg_pool",
    "conv1d": "hornbeam.ops.tf.older_nn",
    "conv2d": "hornbeam.ops.tf.older_nn",
    "conv2d_transpose": "hornbeam.ops.tf.older_nn",
    "conv3d": "hornbeam.ops.tf.older_nn",
    "convolution": "hornbeam.ops.tf.older_nn",
    "crelu": "hornbeam.ops.tf.older_nn",
    "ctc_loss": "hornbeam.ops.tf.older_nn",
    "ctc_loss_v2": "hornbeam.ops.tf.logits:ctc_loss",
    "depthwise_conv2d": "hornbeam.ops.tf.older_nn",
    "depthwise_conv2d_native": "hornbeam.ops.tf.windows:depthwise_conv2d",
    "dropout": "hornbeam.ops.tf.older_nn",
    "embedding_lookup": "hornbeam.ops.tf.older_nn",
    "in_top_k": "hornbeam.ops.tf.older_nn",
    "log_softmax": "hornbeam.ops.tf.older_nn",
    "log_uniform_candidate_sampler": "hornbeam.ops.tf.candidates",
    "max_pool": "hornbeam.ops.tf.older_nn",
    "max_pool_v2": "hornbeam.ops.tf.windows:max_pool",
    "moments": "hornbeam.ops.tf.older_nn",
    "relu_layer": "hornbeam.ops.tf.older_nn",
    "separable_conv2d": "hornbeam.ops.tf.older_nn",
    "softmax": "hornbeam.ops.tf.older_nn",
    "softmax_cross_entropy_with_logits": "hornbeam.ops.tf.older_nn",
    "softmax_cross_entropy_with_logits_v2": "hornbeam.ops.tf.older_nn",
    "uniform_candidate_sampler": "hornbeam.ops.tf.candidates",
    "weighted_cross_entropy_with_logits": "hornbeam.ops.tf.older_nn",
    "weighted_moments": "hornbeam.ops.tf.older_nn",
    "xw_plus_b": "hornbeam.ops.tf.older_nn",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
