"""`keras.backend`: one expression a case, in K, the data below and NumPy. Tensors count as numbers, everything else as facts."""

import functools

import numpy as np

from goldens.recording import record

NAMESPACE = "tensorflow"
TOLERANCE = (2e-5, 2e-6)
ROWS = """
K.abs(a - 0.5) | K.all(yes) | K.all(yes, axis=0, keepdims=True) | K.any(yes) | K.any(a) | K.argmax(a) | K.argmin(a, axis=0) | K.cos(a)
K.cumprod(a) | K.cumsum(a, axis=1) | K.exp(a) | K.log(a) | K.max(a) | K.min(a, axis=-1) | K.prod(a, axis=[0, 1]) | K.mean(a)
K.mean(t, axis=[0, 2], keepdims=True) | K.mean(i) | K.mean(yes) | K.sum(i) | K.sum(t, axis=[0, 2]) | K.std(t, axis=1) | K.var(t)
K.round(a) | K.sigmoid(a) | K.sign(a - 0.5) | K.sin(a) | K.softmax(t, axis=1) | K.softplus(a) | K.softsign(a) | K.sqrt(a) | K.square(a)
K.tanh(a) | K.elu(a - 0.5, alpha=0.3) | K.hard_sigmoid(9 * a - 4) | K.pow(a, 2) | K.relu(a - 0.5) | K.relu(a - 0.5, alpha=0.1)
K.relu(5 * a, max_value=2) | K.relu(a, threshold=0.5) | K.relu(4 * a - 1, alpha=0.2, max_value=2.0, threshold=0.7) | K.clip(a, 0.2, 0.5)
K.clip(a, 0.2, None) | K.clip(a, 0.6, 0.5) | K.clip(i, 1, 3) | K.l2_normalize(a, axis=1) | K.maximum(a, 0.5) | K.equal(a, a)
K.not_equal(a, 0.5) | K.greater(a, 0.5) | K.greater_equal(a, 0.5) | K.less(a, 0.5) | K.less_equal(a, 0.5) | K.minimum(a, 0.5)
K.arange(5) | K.arange(1, 7, 2, dtype='float32') | K.constant([1, 2]) | K.constant(3, shape=(2, 2), dtype='int32') | K.eye(3)
K.ones((2, 1)) | K.zeros((2, 2), dtype='int32') | K.zeros_like(a) | K.ones_like(i) | K.one_hot(i, 6) | K.cast(a, 'int32')
K.cast_to_floatx(i) | K.cast_to_floatx(np.arange(3)) | K.variable([1, 2]) | K.shape(t) | K.int_shape(t) | K.ndim(t) | K.dtype(i)
K.count_params(a) | K.eval(a) | K.dot(a, b) | K.dot(t, K.ones((4, 2))) | K.dot(a, K.ones((2, 3, 5))) | K.batch_dot(a, a)
K.batch_dot(a, a, axes=1) | K.batch_dot(t, a, axes=(1, 1)) | K.batch_dot(t, t, axes=2)
K.batch_dot(t, K.permute_dimensions(t, (0, 2, 1))) | K.batch_dot(t, t, axes=1) | K.batch_dot(a, t, axes=[1, 1])
K.batch_dot(img, img, axes=(3, 3)) | K.bias_add(img, c) | K.bias_add(t, K.constant([1, 2, 3, 4])) | K.flatten(t) | K.batch_flatten(t)
K.concatenate([a, a]) | K.concatenate([a, a], axis=0) | K.expand_dims(a) | K.expand_dims(a, 1) | K.squeeze(K.expand_dims(a, 1), 1)
K.stack([a, a], axis=1) | K.permute_dimensions(t, (2, 0, 1)) | K.transpose(a) | K.reshape(a, (3, -1)) | K.gather(b, [0, 2])
K.repeat(a, 4) | K.repeat_elements(a, 2, 1) | K.reverse(a, 1) | K.reverse(a, [0, 1]) | K.tile(a, (2, 1)) | K.temporal_padding(t, (1, 2))
K.spatial_2d_padding(img, ((1, 0), (2, 1))) | K.spatial_3d_padding(vol) | K.resize_images(img, 2, 3, 'channels_last')
K.resize_images(img, 2, 2, 'channels_last', interpolation='bilinear') | K.resize_volumes(vol, 2, 1, 2, 'channels_last')
K.conv1d(t, K.ones((2, 4, 5))) | K.conv1d(t, K.ones((2, 4, 5)), padding='causal') | K.conv2d(img, K.ones((3, 3, 3, 2)), padding='same')
K.conv2d_transpose(img, K.ones((3, 3, 2, 3)), (2, 8, 8, 2), strides=(2, 2), padding='same') | K.conv3d(vol, K.ones((2, 2, 2, 2, 3)))
K.depthwise_conv2d(img, K.ones((3, 3, 3, 2))) | K.separable_conv2d(img, K.ones((3, 3, 3, 1)), K.ones((1, 1, 3, 5)))
K.pool2d(img, (2, 2)) | K.pool2d(img, (2, 2), strides=(2, 2), pool_mode='avg', padding='same')
K.pool3d(vol, (2, 2, 2), strides=(2, 2, 2)) | K.batch_normalization(img, c / 10, c, c - 1, c, axis=-1)
K.in_top_k(a, K.constant([0, 1], 'int32'), 2) | K.binary_crossentropy(K.cast(a > 0.5, 'float32'), a)
K.binary_crossentropy(K.cast(a > 0.5, 'float32'), a, from_logits=True) | K.categorical_crossentropy(K.constant([[0, 1, 0], [1, 0, 0]]), a)
K.sparse_categorical_crossentropy(K.constant([1, 0], 'int32'), a)
K.sparse_categorical_crossentropy(K.constant([1, 0], 'int32'), a, ignore_class=0) | K.ctc_decode(K.softmax(4 * steps), np.array([6, 5]))
K.ctc_batch_cost(np.array([[1, 2], [0, 1]]), K.softmax(steps), np.array([[6], [5]]), np.array([[2], [2]])) | K.switch(a > 0.5, a, 2 * a)
K.switch(K.sum(a) > 0, lambda: a, lambda: 2 * a) | K.foldl(lambda x, y: x + y, a) | K.foldr(lambda x, y: x - y, a)
K.map_fn(lambda x: 2 * x, a) | K.rnn(step, t, [K.zeros((2, 2))]) | K.rnn(step, t, [K.zeros((2, 2))], go_backwards=True)
K.rnn(step, t, [K.zeros((2, 2))], mask=mask) | K.rnn(step, t, [K.zeros((2, 2))], mask=mask, zero_output_for_mask=True)
K.rnn(step, t, [K.zeros((2, 2))], return_all_outputs=False)
K.rnn(lambda x, s: (x + s[0], [x + s[0]]), t, [K.zeros((3, 4))], time_major=True) | K.int_shape(K.random_normal((2, 3))) | K.epsilon()
K.rnn(lambda x, s: (x[:, :2] + s[0] + s[1], [s[0]]), t, [K.zeros((2, 2))], constants=[K.ones((2, 2))]) | K.int_shape(K.dropout(a, 0.5))
K.update_add(K.variable([1, 2]), K.constant([1, 1])) | K.moving_average_update(K.variable([0, 2]), np.array([1.0, 1.0], 'float32'), 0.9)
K.floatx() | K.batch_get_value([K.variable([1.0]), K.variable(2)]) | K.get_value(K.variable([3])) | K.is_keras_tensor(a) | K.is_sparse(a)
K.backend() | K.image_data_format() | K.is_float_dtype('float16') | K.is_int_dtype('int8') | K.result_type('int32', 'float32')
""".replace("\n", " | ").strip(" |").split(" | ")


@functools.cache
def _names(tf):
    numbers = np.random.RandomState(0)
    K = tf.keras.backend
    draw = lambda *shape: K.constant(numbers.rand(*shape))
    return {
        "K": K, "np": np, "a": draw(2, 3), "b": draw(3, 4), "t": draw(2, 3, 4), "img": draw(2, 4, 4, 3), "vol": draw(1, 4, 4, 4, 2),
        "c": K.constant([1, 2, 3]), "steps": draw(2, 6, 4), "i": K.constant(np.arange(6).reshape(2, 3), "int32"),
        "yes": K.constant([[True, False], [True, True]], "bool"), "mask": K.constant([[True, True, False], [True, False, True]], "bool"),
        "step": lambda x, states: (x[:, :2] + states[0], [x[:, :2] + states[0]]),
    }  # fmt: skip


def _case(row):
    def case(tf):
        found = {}
        record(eval(row, _names(tf)), found)
        return found

    return case


CASES = {row: _case(row) for row in ROWS}
