"""TensorFlow's private modules, which programs import from all the same."""

import importlib

import pytest

import hornbeam.tensorflow as tf
from hornbeam.tensorflow import hook


@pytest.fixture
def hooked():
    hook.install()
    yield
    hook.uninstall()


@pytest.mark.parametrize(
    ("module", "name", "public"),
    [
        ("framework.ops", "EagerTensor", lambda: tf.Tensor),
        ("framework.ops", "convert_to_tensor", lambda: tf.convert_to_tensor),
        ("framework.dtypes", "float32", lambda: tf.float32),
        ("ops.resource_variable_ops", "ResourceVariable", lambda: tf.Variable),
        ("ops.math_ops", "reduce_sum", lambda: tf.reduce_sum),
        ("ops.nn_ops", "relu", lambda: tf.nn.relu),
        ("ops.init_ops_v2", "Zeros", lambda: tf.zeros_initializer),
        ("client.device_lib", "list_local_devices", lambda: tf.config.list_logical_devices),
    ],
)
def test_private_modules_hand_on_public_names(module, name, public, hooked):
    found = importlib.import_module(f"tensorflow.python.{module}")
    assert getattr(found, name) is public()
    above, _, last = module.rpartition(".")
    assert getattr(importlib.import_module(f"tensorflow.python.{above}"), last) is found


def test_what_is_in_none_of_them(hooked):
    from tensorflow.python.ops import array_ops
    from tensorflow.python.ops.init_ops_v2 import Zeros

    assert Zeros is tf.zeros_initializer
    with pytest.raises(AttributeError, match="Hornbeam has no"):
        array_ops.no_such_name  # noqa: B018
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("tensorflow.python.no_such_module")
