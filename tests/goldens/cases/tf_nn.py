"""tf.nn: one expression a line."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.tables import table

NAMESPACE = "tensorflow"
TOLERANCE = (2e-5, 5e-6)

_DRAW = np.random.default_rng(0)
_float32 = lambda values: np.array(values, "float32")
_int32 = lambda values: np.array(values, "int32")
_int64 = lambda values: np.array(values, "int64")


def _floats(*shape: int) -> np.ndarray:
    return _DRAW.normal(size=shape).astype("float32")


def _gradient(tf: Any) -> Any:
    def gradient(function: Any, *sources: Any) -> Any:
        with tf.GradientTape() as tape:
            for source in sources:
                tape.watch(source)
            out = tf.reduce_sum(tf.sin(function(*sources)))
        return [tf.convert_to_tensor(each) for each in tape.gradient(out, list(sources))]

    return gradient


X, K = _floats(2, 5, 6, 3), _floats(3, 3, 3, 4)
INPUTS = {
    "x": X, "k": K, "x1": X[0], "k1": K[0], "x3": _floats(1, 4, 5, 6, 3), "k3": _floats(2, 3, 3, 3, 2), "dw": _floats(3, 2, 3, 2),
    "pw": _floats(1, 1, 6, 5), "kt": _floats(3, 3, 7, 3), "kt3": _floats(2, 3, 3, 2, 3), "small": _floats(2, 2, 3),
    "i": _int32([[1, -2], [7, 0]]),
    "ids": lambda tf: tf.SparseTensor([[0, 0], [0, 1], [1, 0], [2, 0]], [1, 2, 0, 2], [3, 3]),
    "gaps": lambda tf: tf.SparseTensor([[0, 0], [0, 1], [2, 0], [3, 0]], [1, -1, 0, 2], [5, 3]),
    "weights": lambda tf: tf.SparseTensor([[0, 0], [0, 1], [2, 0], [3, 0]], [1.0, 0.5, 2.0, 3.0], [5, 3]),
    "grad": _gradient, "u": _floats(3, 4), "d": _floats(3, 4).astype("float64"), "b": np.array([True, False]),
}  # fmt: skip
LOGITS = {
    "lg": _float32([[1, 2, 3], [4, 5, 9]]), "hot": _float32([[0, 1, 0], [1, 0, 0]]), "z": _floats(2, 3), "grad": _gradient,
    "t": _int32([1, 2]), "seq": _floats(6, 2, 4), "labels": _int32([[1, 2, 1], [2, 0, 0]]), "long": _floats(2, 3, 4),
    "w": _floats(7, 4), "h": _floats(3, 4), "bias": _floats(7), "own": _int64([[1], [0], [6]]),
    "sampled": (lambda tf: (_int64([1, 3, 5]), _float32([[0.5], [0.7], [0.1]]), _float32([0.3, 0.2, 0.15]))),
}  # fmt: skip

CASES = {
    "activations": table(
        """
        tf.nn.relu(u)
        tf.nn.relu(i)
        tf.nn.relu(b)
        tf.nn.relu(features=u)
        tf.nn.relu6(9 * u)
        tf.nn.relu6(i)
        tf.nn.leaky_relu(u)
        tf.nn.leaky_relu(u, 0.3)
        tf.nn.leaky_relu(i, alpha=0.1)
        tf.nn.elu(u)
        tf.nn.elu(i)
        tf.nn.selu(d)
        tf.nn.gelu(u)
        tf.nn.gelu(u, approximate=True)
        tf.nn.gelu(i)
        tf.nn.silu(u)
        tf.nn.silu(u, beta=2.0)
        tf.nn.swish(d)
        tf.nn.softplus(10 * u)
        tf.nn.softsign(u)
        tf.nn.sigmoid(u)
        tf.nn.sigmoid(i)
        tf.nn.tanh(u)
        tf.nn.crelu(u)
        tf.nn.crelu(u, axis=0)
        tf.nn.softmax(u)
        tf.nn.softmax(u, axis=0)
        tf.nn.softmax([1.0, 2.0])
        tf.nn.softmax([1, 2])
        tf.nn.softmax(u, axis=5)
        tf.nn.log_softmax(logits=d, axis=-1)
        grad(tf.nn.gelu, u)
        grad(tf.nn.silu, u)
        grad(tf.nn.elu, u)
        """, **INPUTS),
    "convolutions": table(
        """
        tf.nn.conv2d(x, k, 1, 'SAME')
        tf.nn.conv2d(x, k, [1, 2, 2, 1], 'VALID')
        tf.nn.conv2d(x, k, [2, 1], 'SAME')
        tf.nn.conv2d(x, k, strides=2, padding='SAME', dilations=1)
        tf.nn.conv2d(x, k, 1, 'SAME', dilations=[1, 2, 2, 1])
        tf.nn.conv2d(x, k, 1, [[0, 0], [1, 2], [0, 1], [0, 0]])
        tf.nn.conv2d(x, k, 1, 'foo')
        tf.nn.conv2d(x, k, 1, 'same')
        tf.nn.conv2d(x[..., :2], k, 1, 'SAME')
        tf.nn.conv2d(tf.cast(x, tf.float64), k, 1, 'SAME')
        tf.nn.conv2d(tf.ones([1, 3, 3, 1], tf.int32), tf.ones([2, 2, 1, 1], tf.int32), 1, 'VALID')
        tf.nn.conv1d(x1, k1, 2, 'SAME')
        tf.nn.conv1d(x1, k1, 1, 'VALID', dilations=2)
        tf.nn.conv3d(x3, k3, [1, 1, 2, 1, 1], 'SAME')
        tf.nn.conv3d(x3, k3, [1, 1, 1, 1, 1], 'VALID')
        tf.nn.convolution(x, k)
        tf.nn.convolution(x, k, strides=2, padding='SAME')
        tf.nn.convolution(x1, k1, padding='SAME', dilations=2)
        tf.nn.atrous_conv2d(x, k, 2, 'SAME')
        tf.nn.conv2d_transpose(x, kt, [2, 10, 12, 7], 2)
        tf.nn.conv2d_transpose(x, kt, [2, 9, 11, 7], 2)
        tf.nn.conv2d_transpose(x, kt, [2, 11, 13, 7], 2, 'VALID')
        tf.nn.conv2d_transpose(x, kt, [2, 12, 14, 7], [1, 2, 2, 1], 'VALID')
        tf.nn.conv2d_transpose(x, kt, tf.constant([2, 5, 6, 7]), 1)
        tf.nn.conv1d_transpose(x1, kt[0], [5, 12, 7], 2)
        tf.nn.conv3d_transpose(x3, kt3, [1, 8, 10, 12, 2], [1, 2, 2, 2, 1])
        tf.nn.conv_transpose(x, kt, [2, 10, 12, 7], 2)
        tf.nn.depthwise_conv2d(x, dw, [1, 2, 2, 1], 'SAME')
        tf.nn.depthwise_conv2d(x, dw, [1, 1, 1, 1], 'VALID', dilations=[2, 2])
        tf.nn.separable_conv2d(x, dw, pw, [1, 1, 1, 1], 'SAME')
        grad(lambda x, k: tf.nn.conv2d(x, k, 2, 'SAME'), x, k)
        grad(lambda x, k: tf.nn.conv2d_transpose(x, k, [2, 10, 12, 7], 2), x, kt)
        grad(lambda x, k: tf.nn.depthwise_conv2d(x, k, [1, 1, 1, 1], 'SAME'), x, dw)
        tf.nn.dilation2d(x, small, [1, 1, 1, 1], 'SAME', 'NHWC', [1, 1, 1, 1])
        tf.nn.dilation2d(x, small, [1, 2, 1, 1], 'VALID', 'NHWC', [1, 2, 2, 1])
        tf.nn.erosion2d(x, small, [1, 1, 1, 1], 'SAME', 'NHWC', [1, 1, 1, 1])
        """, **INPUTS),
    "pooling": table(
        """
        tf.nn.max_pool(x, 2, 2, 'VALID')
        tf.nn.max_pool(x1, 2, 1, 'SAME')
        tf.nn.max_pool2d(x, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME')
        tf.nn.max_pool2d(x, ksize=[3, 2], strides=[2, 1], padding='SAME')
        tf.nn.max_pool2d(x, 2, 2, [[0, 0], [1, 1], [1, 0], [0, 0]])
        tf.nn.max_pool2d(tf.cast(10 * x, tf.int32), 2, 2, 'VALID')
        tf.nn.max_pool1d(x1, 2, 2, 'SAME')
        tf.nn.max_pool3d(x3, 2, 2, 'SAME')
        tf.nn.avg_pool(x, 2, 2, 'SAME')
        tf.nn.avg_pool2d(x, 2, 2, 'SAME')
        tf.nn.avg_pool2d(tf.cast(x, tf.int32), 2, 2, 'SAME')
        tf.nn.avg_pool1d(x1, 3, 2, 'VALID')
        tf.nn.avg_pool3d(x3, 2, 2, 'SAME')
        tf.nn.pool(x, [2, 2], 'MAX')
        tf.nn.pool(x, [2, 2], 'AVG', strides=[2, 2], padding='SAME')
        tf.nn.max_pool_with_argmax(x, 2, 2, 'VALID')
        tf.nn.max_pool_with_argmax(x, 2, 2, 'SAME', include_batch_in_index=True, output_dtype=tf.int32)
        grad(lambda x: tf.nn.max_pool2d(x, 2, 2, 'SAME'), x)
        grad(lambda x: tf.nn.avg_pool2d(x, 2, 2, 'SAME'), x)
        tf.nn.depth_to_space(x3[0, :, :4, :4, :1] * tf.ones([1, 1, 1, 8]), 2)
        tf.nn.space_to_depth(x[:, :4, :, :], 2)
        tf.nn.space_to_batch(x[:, :4], [2, 2], [[0, 0], [0, 0]])
        """, **INPUTS),
    "normalizations": table(
        """
        tf.nn.batch_normalization(x, tf.constant([0.1, 0.2, 0.3]), tf.constant([1.0, 2.0, 3.0]), None, None, 0.1)
        tf.nn.batch_normalization(x, 0.1, 2.0, offset=tf.ones(3), scale=tf.fill([3], 2.0), variance_epsilon=1e-3)
        tf.nn.moments(x, [0, 1, 2])
        tf.nn.moments(x, axes=[0], keepdims=True)
        tf.nn.moments(i, 0)
        tf.nn.weighted_moments(u, [0], tf.constant([[1.0], [3.0], [0.5]]))
        tf.nn.sufficient_statistics(u, [0])[:3]
        tf.nn.sufficient_statistics(u, [0, 1], shift=0.5, keepdims=True)
        tf.nn.normalize_moments(2.0, [3.0], [9.0], None)
        tf.nn.l2_normalize(u, 1)
        tf.nn.l2_normalize(u)
        tf.nn.l2_normalize(u, axis=[0, 1], epsilon=100.0)
        tf.nn.lrn(x, 1, 1.0, 0.5, 0.75)
        tf.nn.local_response_normalization(x)
        tf.nn.bias_add(x, [1.0, 2.0, 3.0])
        tf.nn.bias_add(x, [1.0, 2.0])
        tf.nn.zero_fraction(i)
        tf.nn.dropout(u, 0)
        tf.nn.dropout(u, 1.5)
        tf.nn.dropout(i, 0.5)
        tf.nn.dropout(u, 0.5, noise_shape=[3, 1]).shape.as_list()
        tf.nn.embedding_lookup(u, [0, 2, 2])
        tf.nn.embedding_lookup(u, tf.constant([[0, 1], [2, 0]], tf.int64))
        tf.nn.embedding_lookup(u, [0, 3])
        tf.nn.embedding_lookup(u, [-1])
        tf.nn.embedding_lookup([u, 10 * u], [0, 1, 2, 5])
        tf.nn.embedding_lookup(u, [0, 2], max_norm=1.0)
        tf.nn.embedding_lookup_sparse(u, ids, None)
        tf.nn.embedding_lookup_sparse(u, ids, weights, combiner='sqrtn')
        tf.nn.embedding_lookup_sparse(u, tf.ragged.constant([[1, 2], [0]]), None, combiner='sum')
        tf.nn.safe_embedding_lookup_sparse(u, gaps)
        tf.nn.safe_embedding_lookup_sparse(u, gaps, weights, combiner='sum', default_id=2)
        grad(lambda u: tf.nn.l2_normalize(u, 1), u)
        tf.nn.top_k(u, 2).values
        tf.nn.top_k(u, k=3).indices
        tf.nn.top_k(u)
        tf.nn.top_k(u, 5)
        tf.nn.in_top_k([0, 1, 2], u, 2)
        tf.nn.in_top_k(targets=[3, 3, 3], predictions=u, k=1)
        """, **INPUTS),
    "losses": table(
        """
        tf.nn.softmax_cross_entropy_with_logits(labels=hot, logits=lg)
        tf.nn.softmax_cross_entropy_with_logits([[0, 1, 0], [1, 0, 0]], lg)
        tf.nn.softmax_cross_entropy_with_logits([[0, 1, 0], [1, 0, 0]], [[1, 2, 3], [1, 2, 3]])
        tf.nn.softmax_cross_entropy_with_logits(labels=[[0.0, 1.0]], logits=lg)
        tf.nn.softmax_cross_entropy_with_logits(labels=long, logits=2 * long, axis=1)
        grad(lambda z: tf.nn.softmax_cross_entropy_with_logits(hot, z), z)
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=t, logits=lg)
        tf.nn.sparse_softmax_cross_entropy_with_logits([[0, 1, 3], [3, 3, 2]], long)
        tf.nn.sparse_softmax_cross_entropy_with_logits([1, 3], lg)
        tf.nn.sparse_softmax_cross_entropy_with_logits([[1], [2]], lg)
        tf.nn.sparse_softmax_cross_entropy_with_logits([1.0, 2.0], lg)
        tf.nn.sparse_softmax_cross_entropy_with_logits([1], lg)
        grad(lambda z: tf.nn.sparse_softmax_cross_entropy_with_logits(t, z), z)
        tf.nn.sigmoid_cross_entropy_with_logits(labels=hot, logits=lg)
        tf.nn.sigmoid_cross_entropy_with_logits(labels=[[0.0, 1.0, 0.0]], logits=lg)
        tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.cast(hot, tf.int32), logits=lg)
        tf.nn.weighted_cross_entropy_with_logits(labels=hot, logits=lg, pos_weight=2)
        tf.nn.log_poisson_loss([0.0, 1.0, 2.5], [0.1, 0.2, 0.3])
        tf.nn.log_poisson_loss([0.0, 1.0, 2.5], [0.1, 0.2, 0.3], compute_full_loss=True)
        tf.nn.l2_loss(lg)
        tf.nn.l2_loss([1, 2])
        tf.nn.compute_average_loss([1.0, 2.0, 3.0])
        tf.nn.compute_average_loss(tf.constant([1.0, 2.0, 3.0]), sample_weight=[1.0, 0.0, 1.0], global_batch_size=4)
        tf.nn.scale_regularization_loss(tf.constant([1.0, 2.0]))
        tf.nn.ctc_loss(labels, seq, [3, 1], [6, 5])
        tf.nn.ctc_loss(labels, seq, [3, 1], [6, 5], blank_index=-1)
        tf.compat.v1.nn.ctc_loss(tf.sparse.from_dense([[2, 1, 2], [1, 0, 0]]), seq, [6, 5])
        tf.nn.ctc_loss(labels, tf.transpose(seq, [1, 0, 2]), [3, 1], [6, 5], logits_time_major=False)
        tf.nn.nce_loss(w, bias, own, h, 3, 7, sampled_values=sampled)
        tf.nn.nce_loss(w, bias, own, h, 3, 7, sampled_values=sampled, remove_accidental_hits=True)
        tf.nn.sampled_softmax_loss(w, bias, own, h, 3, 7, sampled_values=sampled)
        grad(lambda w: tf.nn.sampled_softmax_loss(w, bias, own, h, 3, 7, sampled_values=sampled), w)
        [str(each.dtype.name) for each in tf.random.log_uniform_candidate_sampler(own, 1, 4, True, 9)]
        """, **LOGITS),
    "older": table(
        """
        tf.compat.v1.nn.conv2d(x, filter=k, strides=[1, 2, 2, 1], padding='VALID')
        tf.compat.v1.nn.conv2d(x, k, [1, 1, 1, 1], 'SAME')
        tf.compat.v1.nn.conv2d_transpose(x, kt, [2, 10, 12, 7], [1, 2, 2, 1])
        tf.compat.v1.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME')
        tf.compat.v1.nn.avg_pool(value=x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding='SAME')
        tf.compat.v1.nn.depthwise_conv2d(x, dw, [1, 1, 1, 1], 'SAME', rate=[2, 2])
        tf.compat.v1.nn.moments(x, [0], keep_dims=True)
        tf.compat.v1.nn.softmax(u, dim=0)
        tf.compat.v1.nn.dropout(u, keep_prob=1.0)
        tf.compat.v1.nn.dropout(u)
        tf.compat.v1.nn.in_top_k(u, [0, 1, 2], 2)
        tf.compat.v1.nn.xw_plus_b(u, tf.transpose(u), [1.0, 2.0, 3.0])
        tf.compat.v1.nn.relu_layer(u, tf.transpose(u), [-1.0, 2.0, 3.0])
        tf.compat.v1.nn.softmax_cross_entropy_with_logits_v2(labels=tf.nn.softmax(u), logits=2 * u)
        tf.compat.v1.nn.weighted_cross_entropy_with_logits(targets=u, logits=u, pos_weight=2.0)
        grad(lambda u: tf.compat.v1.nn.softmax_cross_entropy_with_logits(labels=tf.nn.softmax(u), logits=2 * u), u)
        """, **INPUTS),
}
