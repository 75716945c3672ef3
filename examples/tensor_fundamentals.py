"""Tensors from the ground up: making, reading, changing, combining, NumPy, functions, gradients."""

import numpy as np
import tensorflow as tf

scalar = tf.constant(7)
vector = tf.constant([10, 7])
matrix = tf.constant([[10.0, 7.0], [3.0, 2.0], [8.0, 9.0]], dtype=tf.float16)
print(scalar, vector, matrix, sep="\n")
print(repr(vector), scalar.ndim, matrix.shape, matrix.dtype)

# Variables change, constants do not.
changeable = tf.Variable([10, 7])
changeable[0].assign(7)
print(changeable)
try:
    vector[0] = 7
except TypeError as error:
    print("a constant stays:", type(error).__name__)

# Random tensors, and shuffling with a seed.
g1 = tf.random.Generator.from_seed(42)
g2 = tf.random.Generator.from_seed(42)
print("same seed, same numbers:", bool(tf.reduce_all(g1.normal(shape=(3, 2)) == g2.normal(shape=(3, 2)))))
tf.random.set_seed(42)
shuffled = tf.random.shuffle(tf.constant([[10, 7], [3, 4], [2, 5]]), seed=42)
print("shuffled rows sum to", tf.reduce_sum(shuffled, axis=0).numpy())

# Attributes, indexing, shapes.
rank_4 = tf.zeros([2, 3, 4, 5])
print(rank_4.dtype, rank_4.ndim, rank_4.shape, rank_4.shape[0], tf.size(rank_4).numpy(), rank_4[:1, :1, :1, :].shape)
expanded = tf.expand_dims(vector[..., tf.newaxis], axis=0)
print(expanded.shape, tf.squeeze(expanded).shape, tf.reshape(matrix, (2, 3)).shape, tf.transpose(matrix).shape)

# Arithmetic and products.
tensor = tf.constant([[10, 7], [3, 4]])
print(tensor + 10, tensor * 10, tf.multiply(tensor, 10) - 10, tensor @ tensor, tf.matmul(tensor, tf.transpose(tensor)), sep="\n")
print(tf.tensordot(tf.transpose(tensor), tensor, axes=1).numpy().tolist())
try:
    tf.matmul(matrix, matrix)
except tf.errors.InvalidArgumentError:
    print("shapes (3, 2) and (3, 2) do not multiply")
try:
    tensor + tf.constant([[1.0, 2.0], [3.0, 4.0]])
except (tf.errors.InvalidArgumentError, TypeError):
    print("int32 + float32 must be cast:", (tf.cast(tensor, tf.float32) + 0.5).numpy().tolist())

# Aggregation and positions.
E = tf.constant(np.random.default_rng(0).integers(0, 100, 50))
print(tf.reduce_min(E).numpy(), tf.reduce_max(E).numpy(), tf.reduce_mean(E).numpy(), tf.reduce_sum(E).numpy(), E.dtype)
print(f"std {tf.math.reduce_std(tf.cast(E, tf.float32)):.3f}, variance {tf.math.reduce_variance(tf.cast(E, tf.float64)):.3f}")
print("largest at", tf.argmax(E), "=", E[tf.argmax(E)].numpy())

# One-hot, functions of elements, NumPy.
print(tf.one_hot([0, 1, 2], depth=4, on_value=1, off_value=0).numpy().tolist())
H = tf.range(1, 10)
print(tf.square(H).numpy(), tf.sqrt(tf.cast(H, tf.float32)).numpy().round(2), tf.math.log(tf.cast(H, tf.float32)).numpy().round(2))
J = tf.constant(np.array([3.0, 7.0, 10.0]))
print(J.dtype, tf.constant([3.0, 7.0, 10.0]).dtype, np.array(J), J.numpy(), type(J.numpy()).__name__)


@tf.function
def x_times_x_plus_y(x, y):
    print("tracing")
    return x**2 + y


print(x_times_x_plus_y(tf.constant(np.arange(0, 10)), tf.constant(np.arange(10, 20))))
print(x_times_x_plus_y(tf.constant(np.arange(5, 15)), tf.constant(np.arange(10, 20))).numpy().sum())


@tf.function
def collatz(n):
    steps = 0
    while n != 1:
        if n % 2 == 0:
            n = n // 2
        else:
            n = 3 * n + 1
        steps += 1
    return steps


print("27 needs", collatz(tf.constant(27)).numpy(), "steps to 1")

x = tf.Variable(3.0)
with tf.GradientTape(persistent=True) as tape:
    y = x**2
    z = tf.sin(y)
print("dy/dx", tape.gradient(y, x).numpy(), "dz/dx", tape.gradient(z, x).numpy().round(4))
print("devices:", [device.device_type for device in tf.config.list_physical_devices("CPU")])
