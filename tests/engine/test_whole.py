"""`tf.gradients`; the numbers are TensorFlow's."""

import numpy as np
import pytest

import hornbeam.tensorflow as tf


def test_gradients_within_a_function():
    x, w = tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.Variable([[1.0], [2.0]])

    @tf.function
    def derivatives(x):
        y = tf.sin(x @ w) ** 2
        (first,) = tf.gradients(y, x)
        (second,) = tf.gradients(first[:, 0:1], x)
        both = tf.gradients([y, x], x, grad_ys=[tf.ones_like(y) * 2, x])
        return first, second, *tf.gradients(tf.reduce_sum(first**2), w), *both, tf.gradients(y, [tf.zeros(3)])[0] is None

    *found, unconnected = derivatives(x)
    wanted = [
        [[-0.5440211, -1.0880423], [-0.00885131, -0.01770262]],
        [[-1.6781431, -3.3562863], [-1.9999217, -3.9998434]],
        [[10.252585], [20.151133]],
        [[-0.08804226, -0.17608452], [2.9822974, 3.9645948]],
    ]
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5)
    assert unconnected


def test_outside_a_function():
    with pytest.raises(RuntimeError, match="GradientTape"):
        tf.gradients(tf.constant(1.0), tf.constant(1.0))
