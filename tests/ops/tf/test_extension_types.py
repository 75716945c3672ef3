"""ExtensionTypes and dispatch; what is expected here is what TensorFlow gives."""

from collections.abc import Mapping
from typing import Optional, Union

import numpy as np
import pytest

import hornbeam.tensorflow as tf


class Masked(tf.experimental.ExtensionType):
    values: tf.Tensor
    mask: tf.Tensor

    def with_default(self, default):
        return tf.where(self.mask, self.values, default)


class Picture(tf.experimental.ExtensionType):
    pixels: tf.Tensor
    name: str
    scale: float = 1.0
    sizes: tuple[int, ...] = (1, 2)
    more: Mapping[str, tf.Tensor] = {}
    place: Optional[tf.Tensor] = None  # noqa: UP045


class Row(tf.experimental.ExtensionType):
    x: tf.Tensor

    def __init__(self, x):
        self.x = tf.cast(x, tf.float32)

    def __validate__(self):
        tf.debugging.assert_rank(self.x, 1)


def test_fields():
    picture = Picture([1.0], "a", more={"q": 3})
    assert picture.scale == 1.0 and picture.sizes == (1, 2) and picture.place is None and picture.more["q"].numpy() == 3
    assert repr(Picture([1], "b")).startswith("Picture(pixels=<tf.Tensor: shape=(1,), dtype=int32, numpy=array([1]")
    assert Row([1, 2]).x.dtype == tf.float32
    for wrong, error, words in [
        (lambda: Picture([1.0], 3), TypeError, "name: expected 'str', got 'int'"), (lambda: Picture([1.0]), TypeError, "'name'"),
        (lambda: setattr(picture, "name", "c"), AttributeError, "Cannot mutate attribute `name`"), (lambda: Row(1), ValueError, "rank 1"),
    ]:  # fmt: skip
        with pytest.raises(error, match=words):
            wrong()


def test_in_functions_gradients_and_comparisons():
    masked = Masked([1, 2, 3], [True, True, False])
    assert masked.with_default(0).numpy().tolist() == [1, 2, 0]
    twice = tf.function(lambda given: Masked(given.values * 2, given.mask))(masked)
    assert isinstance(twice, Masked) and twice.values.numpy().tolist() == [2, 4, 6]
    assert bool(masked == Masked([1, 2, 3], [True, True, False])) and not bool(masked == twice) and (masked == 3) is False
    weight = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(Masked(weight, [True, False]).with_default(0.0) ** 2)
    assert tape.gradient(loss, weight).numpy().tolist() == [2.0, 0.0]
    assert [part.shape for part in tf.nest.flatten(masked, expand_composites=True)] == [(3,), (3,)]


def test_dispatch():
    class Own(Masked):
        pass

    @tf.experimental.dispatch_for_unary_elementwise_apis(Own)
    def unary(api, x):
        return Own(api(x.values), x.mask)

    @tf.experimental.dispatch_for_binary_elementwise_apis(Union[Own, tf.Tensor], Union[Own, tf.Tensor])  # noqa: UP007
    def binary(api, x, y):
        return Own(api(x.values, y.values), x.mask & y.mask)

    @tf.experimental.dispatch_for_api(tf.concat)
    def joined(values: list[Own], axis, name="concat"):
        return Own(tf.concat([each.values for each in values], axis), tf.concat([each.mask for each in values], axis))

    @tf.experimental.dispatch_for_api(tf.reduce_sum, {"input_tensor": Own})
    def total(input_tensor, axis=None, keepdims=False, name=None):
        return tf.reduce_sum(input_tensor.with_default(0), axis)

    own = Own([-1, 2], [True, False])
    assert tf.abs(own).values.numpy().tolist() == [1, 2] and tf.add(own, own).values.numpy().tolist() == [-2, 4]
    assert tf.cast(own, tf.float32).values.dtype == tf.float32 and tf.ones_like(own).values.numpy().tolist() == [1, 1]
    assert tf.concat([own, own], 0).mask.numpy().tolist() == [True, False] * 2 and tf.reduce_sum(own).numpy() == -1
    with pytest.raises(ValueError, match="dispatch_for_api"):
        tf.matmul(own, own)
    np.testing.assert_array_equal(tf.reduce_sum(input_tensor=own, axis=0), -1)
