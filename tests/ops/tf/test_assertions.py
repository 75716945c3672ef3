"""Assertions, beside what the goldens hold."""

import numpy as np
import pytest

import hornbeam.tensorflow as tf


def test_nan_and_infinities_are_told_where_they_arise():
    tf.debugging.enable_check_numerics()
    try:
        with pytest.raises(tf.errors.InvalidArgumentError, match=r'op "divide".*\n.*float32\n.*\n.*\+Inf elements: 1'):
            tf.constant([1.0, 2.0]) / tf.constant([1.0, 0.0])
        assert float(tf.constant(1.0) / 2.0) == 0.5
        with pytest.raises(tf.errors.InvalidArgumentError, match='op "log"'):
            tf.function(lambda x: 2.0 * tf.math.log(x))(tf.constant(-1.0))
    finally:
        tf.debugging.disable_check_numerics()
    assert np.isnan(tf.math.log(-1.0).numpy())
