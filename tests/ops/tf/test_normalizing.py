"""tf.nn's top_k and in_top_k where the arguments do not fit; the answers are TensorFlow 2.21's."""

import numpy as np
import pytest

import hornbeam.tensorflow as tf

X = np.array([[1.0, 3.0, 2.0], [0.0, 0.0, 5.0]], "float32")


@pytest.mark.parametrize("compiled", [False, True])
def test_a_class_that_there_is_not_is_among_none(compiled):
    def f(targets, predictions):
        return tf.math.in_top_k(targets, predictions, 2)

    f = tf.function(f) if compiled else f
    assert f(tf.constant([1, 9]), tf.constant(X)).numpy().tolist() == [True, False]
    assert f(tf.constant([-1, 2]), tf.constant(X)).numpy().tolist() == [False, True]


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"\(1,\) and \(2, 3\)"):
        tf.nn.in_top_k([1], X, 1)
    with pytest.raises(tf.errors.InvalidArgumentError, match="at least k columns.*k is 5"):
        tf.math.top_k(X, 5)
