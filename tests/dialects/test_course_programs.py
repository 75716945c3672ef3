"""What courses' programs of TensorFlow 2.0 to 2.15 do, and today's Keras does not."""

import warnings

import numpy as np
import pytest

import hornbeam.keras as keras
import hornbeam.tensorflow as tf
from hornbeam.dialects import OldSpelling
from hornbeam.engine import manners
from hornbeam.engine.errors import ArgumentError, ShapeError

L = keras.layers


def two_outputs(**arguments):
    start = L.Input((2,))
    model = keras.Model(start, [L.Dense(1, name="a")(start), L.Dense(1, name="b")(start)])
    model.compile("sgd", "mse", **arguments)
    return model.evaluate(np.ones((4, 2)), [np.ones((4, 1))] * 2, verbose=0, return_dict=True)


def test_a_plain_list_of_metrics_is_for_every_output():
    found = two_outputs(metrics=[keras.metrics.MeanAbsoluteError(name="off")])
    assert {"a_off", "b_off"} <= set(found) and found["a_off"] == pytest.approx(found["a_loss"] ** 0.5, rel=1e-5)
    assert found["b_off"] == pytest.approx(found["b_loss"] ** 0.5, rel=1e-5)  # a metric of its own
    with pytest.raises(ArgumentError, match="2 outputs"):
        two_outputs(metrics=[["mae"]])


def test_a_recurrent_layer_called_with_inputs_by_name():
    cell, start = L.LSTM(3, return_state=True), L.Input((1, 2))
    with pytest.warns(OldSpelling, match="sequences=") as told:
        outputs = cell(inputs=start, initial_state=[L.Input((3,)), L.Input((3,))])
    assert len(outputs) == 3 and told[0].filename == __file__  # not a file of JAX, which calls the layer


def test_shapes_of_layers_as_lists():
    start = L.Input((4, 1))
    model = keras.Model(start, L.LSTM(3, return_state=True)(start))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert model.layers[1].output_shape == model.output_shape == [(None, 3)] * 3
        assert model.layers[0].output_shape == model.layers[0].input_shape == [(None, 4, 1)]


def test_an_attention_mask_in_fourth_place():
    attend, x, mask = L.MultiHeadAttention(1, 2), np.ones((1, 3, 4), "float32"), np.array([[0, 1, 1], [0, 0, 1], [1, 1, 1]])
    with pytest.warns(OldSpelling, match="attention_mask=mask"):
        _, scores = attend(x, x, x, mask, True)
    np.testing.assert_allclose(scores[0, 0], mask / mask.sum(1, keepdims=True), rtol=1e-6)


def test_targets_of_one_axis_for_a_loss_that_takes_columns():
    def quantiles(y_true, y_pred):
        error = y_true - y_pred
        return keras.backend.mean(keras.backend.maximum(0.2 * error, -0.8 * error))

    def middle(y_true, y_pred):
        return keras.backend.abs(y_true[:, 0] - y_pred[:, 1])

    model = keras.Sequential([L.Input((2,)), L.Dense(3, kernel_initializer="ones")])
    model.compile("sgd", quantiles, metrics=[middle])
    with pytest.warns(OldSpelling, match="reshape"):
        found = model.evaluate(np.ones((5, 2)), np.arange(5.0), verbose=0)
    np.testing.assert_allclose(found, [np.maximum(0.2 * (np.arange(5) - 2), 0.8 * (2 - np.arange(5))).mean(), 1.2], rtol=1e-6)


def test_a_schedule_that_computes_with_the_step_as_a_float():

    class Warming(keras.optimizers.schedules.LearningRateSchedule):
        """As written for the first Transformers: TensorFlow 2.0 to 2.10 counted steps in floats."""

        def __call__(self, step):
            return tf.math.minimum(tf.math.rsqrt(step), step * 4**-1.5)

    with manners.turned(True):
        model = keras.Sequential([L.Dense(1)])
        model.compile(keras.optimizers.SGD(Warming()), "mse")
        model.fit(np.ones((6, 2)), np.ones((6, 1)), batch_size=2, verbose=0)
        assert model.optimizer.iterations.dtype == "int64" and float(model.optimizer.learning_rate) == pytest.approx(3 / 8)


def test_a_session_that_is_only_set():
    """What programs for Kaggle write to have reproducible runs, beside a metric in NumPy."""
    import hornbeam.tensorflow as tf

    v1 = tf.compat.v1
    with v1.get_default_graph().as_default() as graph:
        session = v1.Session(graph=graph, config=v1.ConfigProto(intra_op_parallelism_threads=1))
    v1.keras.backend.set_session(session)
    assert graph is v1.get_default_graph() and keras.backend.get_session().close() is None
    assert v1.py_func(lambda a: np.sqrt(a), [np.array([4.0, 9.0])], "float64").numpy().tolist() == [2.0, 3.0]


def test_dropout_masks_of_a_cell_out_of_training_drop_nothing():
    x = keras.ops.ones((2, 3))
    assert L.LSTMCell(4, dropout=0.5).get_dropout_mask_for_cell(x, None, count=4)[3].numpy().tolist() == [[1.0] * 3] * 2
    cell = L.LSTMCell(1)
    assert cell.get_dropout_mask_for_cell(x, True, count=4) is None
    carry, out = cell._compute_carry_and_output_fused([keras.ops.zeros((1, 1)), keras.ops.zeros((1, 1)), x[:1, :1], x[:1, :1]], x[:1, :1])
    np.testing.assert_allclose([carry[0, 0], out[0, 0]], [0.5 + 0.5 * np.tanh(1), 1 / (1 + np.exp(-1))], rtol=1e-5)


def test_private_places_of_keras_2():
    from hornbeam.keras.places import real

    assert real("initializers.initializers_v2") == "hornbeam.keras.initializers"
    assert keras.backend.tensorflow_backend._get_available_gpus() == []


def test_targets_of_one_axis_for_a_loss_of_ones_own():
    class Squared(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return (y_true - y_pred) ** 2

    targets, guesses = np.arange(4.0), np.zeros((4, 1))
    with pytest.warns(OldSpelling, match="reshape"):
        assert float(Squared()(targets, guesses)) == 3.5  # not the mean over all pairs
    with pytest.raises(ShapeError), warnings.catch_warnings():
        warnings.simplefilter("error")
        keras.losses.MeanSquaredError()(targets, np.zeros((4, 3)))  # the library's own have no second try


def test_a_metrics_class_name_in_logs():
    model = keras.Sequential([L.Input((2,)), L.Dense(1, "sigmoid")])
    model.compile("sgd", "mse", metrics=["AUC"])
    stop = keras.callbacks.EarlyStopping("val_auc", mode="max", patience=9)
    data = np.eye(2), np.array([0, 1])
    history = model.fit(*data, validation_data=data, epochs=1, verbose=0, callbacks=[stop]).history
    assert history["val_auc"] == history["val_AUC"] and stop.best == history["val_AUC"][0]
