"""A saved model as a layer of another."""

import numpy as np
import pytest

import hornbeam as hb
import hornbeam.tensorflow as tf

X = np.ones((3, 4), "float32")


def test_an_exported_model_is_a_layer(tmp_path):
    model = hb.Sequential([hb.Input((4,)), hb.layers.Dense(2)])
    model.export(tmp_path / "exported")
    layer = tf.keras.layers.TFSMLayer(tmp_path / "exported")
    np.testing.assert_allclose(layer(X), model(X), rtol=1e-6)
    assert len(layer.trainable_weights) == 2 and layer(hb.Input((4,))).shape == (None, 2)
    again = type(layer).from_config(layer.get_config())
    np.testing.assert_allclose(hb.Sequential([hb.Input((4,)), again]).predict(X, verbose=0), model(X), rtol=1e-6)


def test_a_module_is_a_layer_by_its_signature(tmp_path):
    class Double(tf.Module):
        def __init__(self):
            super().__init__()
            self.by = tf.Variable(2.0)

        @tf.function(input_signature=[tf.TensorSpec([None, 4])])
        def serve(self, x):
            return {"out": x * self.by}

    module = Double()
    tf.saved_model.save(module, tmp_path / "m", signatures=module.serve)
    layer = tf.keras.layers.TFSMLayer(tmp_path / "m", call_endpoint="serving_default")
    np.testing.assert_array_equal(layer(X)["out"], 2 * X)
    with pytest.raises(ValueError, match="no endpoint 'other'.*'serving_default'"):
        tf.keras.layers.TFSMLayer(tmp_path / "m", call_endpoint="other")
