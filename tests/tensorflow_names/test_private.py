"""TensorFlow's private modules, which programs import from all the same."""

import importlib
import sys
from importlib.metadata import PackageNotFoundError, version

import pytest

import hornbeam.tensorflow as tf
from hornbeam.cli.children import sitecustomize
from hornbeam.tensorflow import hook


@pytest.fixture
def hooked():
    hook.install()
    yield
    hook.uninstall()


@pytest.mark.parametrize(
    ("module", "name", "public"),
    [
        ("framework.errors_impl", "NotFoundError", lambda: tf.errors.NotFoundError),
        ("framework.ops", "EagerTensor", lambda: tf.Tensor),
        ("framework.ops", "convert_to_tensor", lambda: tf.convert_to_tensor),
        ("framework.dtypes", "float32", lambda: tf.float32),
        ("ops.resource_variable_ops", "ResourceVariable", lambda: tf.Variable),
        ("ops.math_ops", "reduce_sum", lambda: tf.reduce_sum),
        ("ops.random_ops", "random_shuffle", lambda: tf.random.shuffle),
        ("ops.nn_ops", "relu", lambda: tf.nn.relu),
        ("ops.nn_impl", "l2_normalize", lambda: tf.nn.l2_normalize),
        ("framework.tensor_spec", "TensorSpec", lambda: tf.TensorSpec),
        ("framework.tensor_util", "constant_value", lambda: tf.get_static_value),
        ("distribute.distribution_strategy_context", "get_strategy", lambda: tf.distribute.get_strategy),
        ("data.util.nest", "flatten", lambda: tf.nest.flatten),
        ("ops.init_ops_v2", "Zeros", lambda: tf.zeros_initializer),
        ("client.device_lib", "list_local_devices", lambda: tf.config.list_logical_devices),
    ],
)
def test_private_modules_hand_on_public_names(module, name, public, hooked):
    found = importlib.import_module(f"tensorflow.python.{module}")
    assert getattr(found, name) is public()
    above, _, last = module.rpartition(".")
    assert getattr(importlib.import_module(f"tensorflow.python.{above}"), last) is found


def test_places_that_installed_packages_import_from(hooked):
    from tensorflow.python import keras, math_ops, state_ops
    from tensorflow.python.framework import smart_cond
    from tensorflow.python.keras.engine import base_layer, keras_tensor
    from tensorflow.python.ops import linalg_ops_impl, rnn_cell_impl, summary_ops_v2

    assert math_ops.reduce_sum is tf.reduce_sum and base_layer.Layer is keras.layers.Layer
    assert isinstance(keras.Input((2,)), keras_tensor.KerasTensor)
    assert state_ops.assign(tf.Variable(1.0), 2.0).numpy() == 2.0
    assert smart_cond.smart_cond(tf.constant(False), lambda: 1, lambda: 2) == 2
    assert summary_ops_v2.scalar is tf.summary.scalar and linalg_ops_impl.eye is tf.eye
    assert rnn_cell_impl._concat(tf.constant(3), [2]).numpy().tolist() == [3, 2]
    assert rnn_cell_impl._concat(None, tf.TensorShape([2]), static=True) == [None, 2]


def test_private_modules_as_attributes():
    assert tf.python.framework.ops.EagerTensor is tf.Tensor and tf.python.eager.context is tf.python.context


def test_everything_at_once(hooked):
    names = {}
    exec("from keras import *", names)
    assert names["layers"] is tf.keras.layers and names["Model"] is tf.keras.Model
    assert {"keras", "math", "abs", "Variable", "compat"} <= set(tf.__all__)


def test_packages_ask_whether_tensorflow_is_installed(hooked, monkeypatch):
    asked = {name: version(name) for name in ("tensorflow", "keras", "tf-keras")}
    assert asked == {"tensorflow": tf.__version__, "keras": tf.keras.__version__, "tf-keras": tf.__version__}
    hook.uninstall()
    sitecustomize.install()  # the finder that waits until somebody asks
    assert version("tensorflow") == tf.__version__ and sitecustomize.Finder not in sys.meta_path
    with pytest.raises(PackageNotFoundError):
        version("tensorflow-gpu")


def test_xlas_slices(hooked):
    from tensorflow.compiler.tf2xla.python.xla import dynamic_slice, dynamic_update_slice

    x = tf.zeros((2, 3))
    assert dynamic_update_slice(x, tf.ones((1, 2)), [1, tf.constant(1)]).numpy().tolist() == [[0, 0, 0], [0, 1, 1]]
    assert dynamic_slice(tf.range(6), [2], [3]).numpy().tolist() == [2, 3, 4]


def test_what_is_in_none_of_them(hooked):
    from tensorflow.python.ops import array_ops
    from tensorflow.python.ops.init_ops_v2 import Zeros

    assert Zeros is tf.zeros_initializer
    with pytest.raises(AttributeError, match="Hornbeam has no"):
        array_ops.no_such_name  # noqa: B018
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("tensorflow.python.no_such_module")
