"""The namespaces around a program: every name is there; devices, strategies, summaries, settings do what programs expect."""

import importlib
import os

import numpy as np
import pytest

import hornbeam.tensorflow as tf
from hornbeam.engine.missing import MissingName

NAMESPACES = [
    "autodiff", "autograph", "autograph.experimental", "config", "config.experimental", "config.optimizer", "config.threading", "debugging",
    "debugging.experimental", "distribute", "distribute.cluster_resolver", "distribute.experimental", "profiler", "profiler.experimental",
    "summary", "summary.experimental", "sysconfig", "test", "version", "types", "types.experimental", "experimental", "compat", "compat.v1",
    "compat.v1.data", "saved_model", "train",
]  # fmt: skip


@pytest.mark.parametrize("name", ["", *NAMESPACES])
def test_every_name_is_there(name):
    module = importlib.import_module("hornbeam.tensorflow" + (f".{name}" if name else ""))
    names = [each for each in dir(module) if not each.startswith("_")]
    assert names and all(getattr(module, each) is not NotImplemented for each in names)
    with pytest.raises(MissingName, match="hornbeam check"):
        module.no_such_name_at_all  # noqa: B018


def test_devices():
    assert tf.config.list_physical_devices("CPU") == [tf.config.PhysicalDevice("/physical_device:CPU:0", "CPU")]
    assert repr(tf.config.list_logical_devices("CPU")) == "[LogicalDevice(name='/device:CPU:0', device_type='CPU')]"
    for gpu in tf.config.experimental.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    tf.config.threading.set_inter_op_parallelism_threads(3)
    assert tf.config.threading.get_inter_op_parallelism_threads() == 3
    with tf.device("/CPU:0"), tf.device("/GPU:7"):
        assert float(tf.constant(1.0) + 1) == 2
    block = tf.device("/CPU:0")
    for _ in range(2):
        with block:
            assert block._device_name == "/CPU:0" and tf.constant(1).device.endswith("CPU:0")
    with pytest.raises(ValueError, match="A device is named"), tf.device("the fast one"):
        pass


def test_strategies():
    strategy = tf.distribute.MirroredStrategy()
    assert strategy.num_replicas_in_sync == 1 and not tf.distribute.has_strategy()
    with strategy.scope():
        assert tf.distribute.get_strategy() is strategy and tf.distribute.in_cross_replica_context()
        per_replica = strategy.run(lambda x: tf.distribute.get_replica_context().all_reduce("sum", x) * 2, args=(tf.ones((2,)),))
    assert float(strategy.reduce(tf.distribute.ReduceOp.SUM, per_replica, axis=0)) == 4
    assert float(strategy.reduce("MEAN", per_replica, axis=None)[0]) == 2
    with pytest.raises(ValueError, match="No TPU"):
        tf.distribute.cluster_resolver.TPUClusterResolver()
    for connect in (tf.config.experimental_connect_to_cluster, tf.tpu.experimental.initialize_tpu_system):
        with pytest.raises(ValueError, match="no cluster or TPU"):
            connect(None)


def test_summaries(tmp_path):
    pytest.importorskip("tensorboardX")
    assert tf.summary.scalar("loss", 1.0, step=0) is False  # no writer yet
    writer = tf.summary.create_file_writer(str(tmp_path))

    @tf.function
    def step(x, n):
        tf.summary.scalar("loss", x * 2, step=n)
        return x

    with writer.as_default(step=5):
        step(tf.constant(1.5), tf.constant(7, tf.int64))
        tf.summary.histogram("h", tf.range(10.0))
        tf.summary.image("i", tf.zeros((2, 4, 4, 1)))
        tf.summary.text("t", "hello")
        with tf.summary.record_if(False):
            assert tf.summary.scalar("unseen", 1.0) is False
    writer.close()
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator").EventAccumulator(str(tmp_path))
    accumulator.Reload()
    assert [(event.step, event.value) for event in accumulator.Scalars("loss")] == [(7, 3.0)]
    assert "unseen" not in accumulator.Tags()["scalars"] and accumulator.Tags()["histograms"] == ["h"] and os.listdir(tmp_path)


def test_what_programs_take_from_the_first_generation():
    config = tf.compat.v1.ConfigProto()
    config.gpu_options.allow_growth = True
    with tf.compat.v1.Session(config=config) as session, pytest.raises(RuntimeError, match="TensorFlow 2 programs"):
        session.run(1)
    with pytest.warns(UserWarning, match="Eager execution stays on"):
        tf.compat.v1.disable_eager_execution()
    with pytest.raises(RuntimeError, match="no graphs with placeholders"):
        tf.compat.v1.placeholder(tf.float32)
    assert tf.executing_eagerly()
    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
    assert tf.get_logger().level == 40 and tf.compat.v1.reduce_sum is tf.reduce_sum and tf.compat.v2 is tf
    tf.get_logger().setLevel("NOTSET")
    assert tf.compat.as_str(b"abc") == "abc" and tf.__version__.startswith("2.") and tf.version.VERSION == tf.__version__


def test_inside_and_outside_functions():
    seen = []

    @tf.function
    def f(x):
        seen.append((tf.executing_eagerly(), tf.inside_function()))
        with tf.init_scope():
            seen.append(tf.executing_eagerly())
        with tf.control_dependencies([x]):
            return tf.identity(x)

    f(tf.constant(1.0))
    assert seen == [(False, True), True] and tf.executing_eagerly()


def test_gradients_of_ones_own():
    @tf.custom_gradient
    def clipped(x, limit=0.5):
        return tf.identity(x), lambda upstream: tf.clip_by_value(upstream, -limit, limit)

    v = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = clipped(v * v, limit=0.25) + tf.grad_pass_through(tf.round)(v)
    assert float(tape.gradient(y, v)) == 0.25 * 4 + 1
    with tf.autodiff.ForwardAccumulator(v, tf.constant(1.0)) as forward:
        z = v**3
    assert float(forward.jvp(z)) == 12


def test_moving_averages():
    v = tf.Variable(0.0)
    averages = tf.train.ExponentialMovingAverage(0.9)
    averages.apply([v])
    v.assign(10.0)
    averages.apply([v])
    assert float(averages.average(v)) == pytest.approx(1.0)


class TestOfTensors(tf.test.TestCase):
    def test_comparisons(self):
        self.assertAllClose(tf.constant([1.0, 2.0]), [1.0, 2.0000001])
        self.assertAllEqual(tf.constant(["a"]), ["a"])
        self.assertNotAllClose({"x": tf.constant(1.0)}, {"x": 2.0})
        with self.assertRaises(AssertionError):
            self.assertAllEqual([1, 2], tf.constant([1, 3]))
        self.assertShapeEqual(np.zeros((2, 3)), tf.zeros((2, 3)))
        assert os.path.isdir(self.get_temp_dir()) and self.evaluate(tf.constant(3)) == 3


def test_a_function_is_one_object_wherever_it_is_named():
    for name in ("sigmoid", "tanh", "softplus", "softsign", "softmax", "log_softmax", "l2_normalize", "zero_fraction", "in_top_k", "top_k"):
        assert getattr(tf.math, name) is getattr(tf.nn, name), name
    assert tf.tanh is tf.nn.tanh and tf.sigmoid is tf.nn.sigmoid and tf.linalg.l2_normalize is tf.nn.l2_normalize


def test_version_1_has_what_version_2_has():
    v1 = tf.compat.v1
    assert v1.einsum is tf.einsum and v1.debugging is tf.debugging and v1.nn is not tf.nn
    assert set(tf._NAMES) - set(v1._NAMES) == {"eig", "eigvals", "inside_function", "losses", "metrics", "optimizers"}
    for name in v1._NAMES:
        assert hasattr(v1, name), name


def test_version_1_keeps_names_that_version_2_moved(capfd):
    v1 = tf.compat.v1
    assert v1.log is tf.math.log and v1.matrix_inverse is tf.linalg.inv and v1.sparse_reorder is tf.sparse.reorder
    for name in (*v1._RENAMED, *" ".join(v1._MOVED.values()).split()):
        assert callable(getattr(v1, name)), name
    assert (v1.to_float([1]).dtype, v1.to_int32(1.9).numpy()) == (tf.float32, 1)
    assert v1.div(7, 2).numpy() == 3 and v1.div(tf.constant(-7), 2).numpy() == -4 and v1.div(tf.constant(7.0), 2.0).numpy() == 3.5
    assert v1.Print(tf.constant(3.0), [tf.constant([1.0, 2.0]), 4], message="found: ").numpy() == 3
    assert capfd.readouterr().err == "found: [1 2][4]\n"
    with pytest.raises(AttributeError, match=r"tf.log. It is TensorFlow 1's; TensorFlow 2 keeps it as tf.compat.v1.log."):
        tf.log  # noqa: B018


def test_objects_of_ones_own_as_tensors():
    class Measured:
        def __init__(self, values):
            self.values = values

    tf.register_tensor_conversion_function(Measured, lambda value, dtype=None, name=None, as_ref=False: tf.constant(value.values))
    assert np.array_equal(tf.add(Measured([1.0, 2.0]), 1.0), [2.0, 3.0])
    with pytest.raises(ValueError, match="classes of a program's own"):
        tf.register_tensor_conversion_function(list, tf.constant)
