"""SparseTensors, beside what the goldens of family tf_sparse hold."""

import pickle

import numpy as np
import pytest

import hornbeam.tensorflow as tf


def random_pair(seed=0):
    dense = np.random.default_rng(seed).integers(-3, 4, (5, 7)).astype("float32") * (np.random.default_rng(seed + 1).random((5, 7)) < 0.4)
    return dense, tf.sparse.from_dense(dense)


def test_operations_agree_with_dense_ones():
    (a, sparse_a), (b, sparse_b) = random_pair(0), random_pair(5)
    assert np.array_equal(tf.sparse.to_dense(sparse_a), a)
    assert np.array_equal(tf.sparse.to_dense(tf.sparse.add(sparse_a, sparse_b)), a + b)
    assert np.array_equal(tf.sparse.to_dense(tf.sparse.transpose(sparse_a)), a.T)
    assert np.array_equal(tf.sparse.to_dense(tf.sparse.slice(sparse_a, [1, 2], [3, 9])), a[1:4, 2:])
    assert np.array_equal(tf.sparse.to_dense(tf.sparse.concat(1, [sparse_a, sparse_b])), np.concatenate([a, b], 1))
    assert np.array_equal(tf.sparse.to_dense(tf.sparse.reshape(sparse_a, [7, -1])), a.reshape(7, 5))
    assert np.array_equal(tf.sparse.reduce_sum(sparse_a, axis=0), a.sum(0))
    assert np.array_equal(tf.sparse.to_dense(sparse_a * b), a * b)
    assert np.array_equal(tf.sparse.sparse_dense_matmul(sparse_a, b.T), a @ b.T)
    assert np.array_equal(tf.sparse.sparse_dense_matmul(sparse_a, b, adjoint_a=True), a.T @ b)
    parts = tf.sparse.split(sparse_a, 3, axis=1)
    assert [part.shape[1] for part in parts] == [3, 2, 2] and np.array_equal(tf.sparse.to_dense(parts[1]), a[:, 3:5])


def test_gradients_and_compiled_functions():
    values, weights = tf.Variable([1.0, 2.0]), tf.Variable(np.ones((3, 2), "float32"))

    @tf.function
    def loss():
        sparse = tf.SparseTensor([[0, 0], [1, 2]], values, [2, 3])
        return tf.reduce_sum(tf.sparse.sparse_dense_matmul(sparse, weights) ** 2) + tf.reduce_sum(tf.sparse.to_dense(sparse))

    with tf.GradientTape() as tape:
        out = loss()
    by_value, by_weight = tape.gradient(out, [values, weights])
    assert float(out) == 13.0 and by_value.numpy().tolist() == [5.0, 9.0] and by_weight.numpy().tolist() == [[2.0, 2.0], [0, 0], [8.0, 8.0]]


def test_copies():
    _, sparse = random_pair()
    again = pickle.loads(pickle.dumps(sparse))
    assert np.array_equal(again.indices, sparse.indices) and again.shape == sparse.shape


def test_mistakes_are_named():
    with pytest.raises(tf.errors.InvalidArgumentError, match="out of bounds"):
        tf.sparse.to_dense(tf.SparseTensor([[5, 2]], [1.0], [3, 4]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="tf.sparse.reorder"):
        tf.sparse.to_dense(tf.SparseTensor([[1, 2], [0, 0]], [1.0, 2.0], [3, 4]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="repeated"):
        tf.sparse.to_dense(tf.SparseTensor([[0, 0], [0, 0]], [1.0, 2.0], [3, 4]))
    with pytest.raises(ValueError, match="one value for each"):
        tf.SparseTensor([[0, 0]], [1.0, 2.0], [3, 4])
    with pytest.raises(ValueError, match="tf.sparse.to_dense"):
        tf.reduce_sum(tf.SparseTensor([[0, 0]], [1.0], [3, 4]))
    with pytest.raises(TypeError, match="from_dense"):
        tf.sparse.to_dense(np.ones(3))


def test_layers_and_models_take_them():
    dense, sparse = random_pair()
    layer = tf.keras.layers.Dense(2)
    assert np.array_equal(layer(sparse), layer(dense))
    inputs = tf.keras.Input((7,), sparse=True)
    model = tf.keras.Model(inputs, layer(inputs))
    assert np.allclose(model.predict(sparse, verbose=0), layer(dense)) and np.allclose(model(sparse), layer(dense))
    model.compile("sgd", "mse")
    assert model.evaluate(sparse, layer(dense), verbose=0) < 1e-9
    rows = tf.data.Dataset.from_tensor_slices((sparse, layer(dense))).batch(2)
    assert model.evaluate(rows, verbose=0) < 1e-9


def test_layers_and_models_of_ones_own_get_them_as_they_are():
    class Product(tf.keras.layers.Layer):
        def call(self, inputs):
            x, adjacent, scale = inputs
            assert tf.keras.backend.is_sparse(adjacent) and tf.keras.backend.ndim(adjacent) == 2
            return tf.sparse.sparse_dense_matmul(adjacent, x) * scale

    class Net(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.product = Product()

        def call(self, inputs):
            return self.product([*inputs, 0.5])

    dense, sparse = random_pair()
    x = np.ones((7, 2), "float32")
    assert np.allclose(Net()((x, sparse)), dense @ x / 2)


def test_layers_give_them_alone_and_dense_tensors_in_models():
    encode = tf.keras.layers.CategoryEncoding(5, sparse=True)
    numbers = np.array([[1, 2, 2], [3, 0, 1]])
    (found,) = tf.data.Dataset.from_tensor_slices(numbers).batch(2).map(encode)
    assert isinstance(found, tf.SparseTensor) and found.shape == (2, 5)
    inputs = tf.keras.Input((3,), dtype="int64")
    model = tf.keras.Model(inputs, encode(inputs))
    wanted = tf.sparse.to_dense(encode(numbers))
    assert np.array_equal(model(numbers), wanted) and np.array_equal(model.predict(numbers, verbose=0), wanted)


def test_a_matrix_of_fixed_size_meets_rows_of_unknown_number():
    """A graph layer's adjacency: the batch is all nodes, which is known when data comes."""
    matrix = tf.sparse.from_dense(np.eye(3, dtype=np.float32) * 2)
    model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Lambda(lambda x: tf.sparse.sparse_dense_matmul(matrix, x))])
    assert model(np.ones((3, 2), np.float32)).numpy().tolist() == [[2.0, 2.0]] * 3
