"""Older parts of recurrent layers and loops. The numbers are Keras 2's."""

import numpy as np
import pytest

import hornbeam.tensorflow as tf

KL = tf.keras.layers
X = tf.reshape(tf.range(24.0), (4, 3, 2)) / 24
pytestmark = pytest.mark.filterwarnings("ignore::hornbeam.dialects.OldSpelling")


def weighted(layer):
    layer(X)
    layer.set_weights([(np.arange(w.size).reshape(w.shape) + 1) / w.size for w in layer.get_weights()])
    return layer(X).numpy().ravel()


def test_time_first():
    expected = [0.90579, 0.93826, 0.92159, 0.94937, 0.93407, 0.95795]
    np.testing.assert_allclose(weighted(KL.LSTM(2, time_major=True)), expected, atol=2e-5)
    both = weighted(KL.Bidirectional(KL.GRU(2, time_major=True, return_sequences=True)))
    np.testing.assert_allclose(both[:4], [0.2708, 0.25682, 0.65177, 0.5772], atol=2e-5)
    np.testing.assert_allclose(both[-4:], [0.62353, 0.5401, 0.21083, 0.16336], atol=2e-5)
    assert KL.LSTM.from_config(KL.LSTM(2, time_major=True).get_config()).time_major


def test_cells_around_cells():
    layer = KL.RNN(tf.nn.RNNCellResidualWrapper(KL.LSTMCell(2)), return_sequences=True)
    np.testing.assert_allclose(weighted(layer)[[0, 1, -2, -1]], [0.21459, 0.3054, 1.8308, 1.9002], atol=3e-5)
    plain = tf.nn.RNNCellDropoutWrapper(tf.nn.RNNCellDeviceWrapper(KL.GRUCell(2), "/cpu:0"))
    again = KL.RNN.from_config(KL.RNN(plain, return_sequences=True).get_config())
    np.testing.assert_allclose(weighted(again)[[0, -1]], [0.2708, 0.39671], atol=2e-5)
    dropped = KL.RNN(tf.nn.RNNCellDropoutWrapper(KL.GRUCell(2), output_keep_prob=0.5, seed=1))(tf.ones((200, 2, 2)))
    assert 0.4 < float(np.mean(dropped.numpy() == 0)) < 0.6


def test_a_kernel_for_each_place():
    rows = tf.reshape(tf.range(10.0), (1, 5, 2))
    found = tf.keras.backend.local_conv1d(rows, tf.ones((4, 4, 3)), (2,), (1,))
    np.testing.assert_array_equal(found[0, :, 0], [6, 14, 22, 30])


def test_inputs_by_their_type_and_policies_with_a_loss_scale():
    symbol = tf.keras.Input(type_spec=tf.RaggedTensorSpec([None, None], tf.int32, 1))
    model = tf.keras.Model(symbol, tf.reduce_sum(symbol, axis=1))
    np.testing.assert_array_equal(model.predict(tf.ragged.constant([[1, 2], [3]]), verbose=0), [3, 3])
    policy = tf.keras.mixed_precision.experimental.Policy("mixed_float16", loss_scale="dynamic")
    assert policy.loss_scale == "dynamic" and tf.keras.mixed_precision.Policy("float32").loss_scale is None


def test_enqueuers():
    class Batches(tf.keras.utils.Sequence):
        passes = 0

        def __len__(self):
            return 3

        def __getitem__(self, number):
            return number

        def on_epoch_end(self):
            self.passes += 1

    source = Batches()
    queue = tf.keras.utils.OrderedEnqueuer(source)
    with pytest.raises(RuntimeError, match="start"):
        queue.get()
    queue.start(workers=2, max_queue_size=2)
    batches = queue.get()
    assert [next(batches) for _ in range(5)] == [0, 1, 2, 0, 1] and source.passes >= 1 and queue.is_running()
    queue.stop()
    queue = tf.keras.utils.GeneratorEnqueuer(iter("abc"))
    queue.start()
    assert list(queue.get()) == ["a", "b", "c"]


def test_a_wide_and_a_deep_model_have_an_optimizer_each():
    deep = tf.keras.Sequential([KL.Dense(1, kernel_initializer="ones")])
    model = tf.keras.experimental.WideDeepModel(tf.keras.experimental.LinearModel(), deep)
    model.compile(["sgd", tf.keras.optimizers.SGD(0.1)], "mse", metrics=["mae"])
    history = model.fit([np.ones((4, 2)), np.ones((4, 3))], np.ones((4, 1)), epochs=2, verbose=0).history
    assert history["loss"] == pytest.approx([4.0, 0.07840005], rel=1e-5) and history["mae"] == pytest.approx([2.0, 0.28], rel=1e-5)
