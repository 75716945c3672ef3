"""tf.raw_ops, and protocol buffers as programs handle them. The numbers are TensorFlow's."""

import numpy as np
import pytest

import hornbeam.tensorflow as tf

IMAGE = tf.reshape(tf.range(16.0), (1, 4, 4, 1))


def test_an_image_under_a_projective_map():
    found = tf.raw_ops.ImageProjectiveTransformV3(
        images=IMAGE, transforms=[[0.9, 0.1, 0.5, -0.1, 1.1, 0.3, 0.01, 0.02]], output_shape=tf.constant([3, 5]), fill_value=7.0,
        interpolation="BILINEAR", fill_mode="CONSTANT",
    )  # fmt: skip
    expected = [[1.7, 2.1782, 2.6471, 3.4272, 6.7914], [6.0784, 6.5049, 6.9231, 7.1633, 6.9915], [10.2885, 10.6667, 11.0377, 10.4742, 7.07]]
    np.testing.assert_allclose(found[0, :, :, 0], expected, atol=1e-4)
    found = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(IMAGE, tf.int32), transforms=[[0.9, 0.1, 1.5, -0.1, 1.1, 0.3, 0.0, 0.0]], output_shape=[4, 4], fill_value=7.0,
        interpolation="NEAREST", fill_mode="REFLECT",
    )  # fmt: skip
    assert found[0, :, :, 0].numpy().tolist() == [[2, 2, 3, 3], [6, 7, 7, 7], [14, 11, 11, 11], [14, 15, 15, 15]]


def test_protocol_buffers_of_tensorboard(tmp_path):
    pytest.importorskip("tensorboard")
    for value, kind in ([[1.0, 2.0]], "float32"), (3, "int32"):
        found = tf.make_ndarray(tf.make_tensor_proto(value))
        assert found.tolist() == value and found.dtype == kind
    summary = tf.compat.v1.Summary()
    summary.value.add(tag="a", simple_value=1.5)
    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default(), tf.summary.experimental.summary_scope("outer") as (tag, scope):
        assert (tag, scope) == ("outer", "outer/")
        assert tf.summary.experimental.write_raw_pb(summary.SerializeToString(), step=0)
    writer.close()
    assert b"a\x15\x00\x00\xc0?" in next(tmp_path.iterdir()).read_bytes()
