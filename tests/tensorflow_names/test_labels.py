"""A program's own losses get whole labels as they are, and as floats where they would mix them with predictions."""

import numpy as np
import pytest

import hornbeam.tensorflow as tf

X, Y = np.random.default_rng(0).normal(size=(8, 3)).astype("float32"), np.arange(8) % 2


def _with_float_labels(y_true, y_pred):  # as Keras 3 gives them
    return tf.reduce_mean(tf.square(y_true - y_pred[:, 0]))


def _with_whole_labels(y_true, y_pred):  # as Keras 2 did
    return tf.reduce_mean(tf.square(tf.one_hot(y_true, 2) - y_pred))


class OwnLoss(tf.keras.losses.Loss):
    def call(self, y_true, y_pred):
        return tf.math.squared_difference(y_true, y_pred[:, 0])


@pytest.mark.parametrize("loss", [_with_float_labels, _with_whole_labels, OwnLoss()], ids=["function", "one_hot", "class"])
def test_own_losses(loss):
    model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2, kernel_initializer="ones")])
    model.compile("sgd", loss=loss)
    predicted = X.sum(1, keepdims=True)
    labels = np.eye(2)[Y] if loss is _with_whole_labels else Y[:, None]
    history = model.fit(X, Y, epochs=1, batch_size=8, verbose=0).history
    assert history["loss"][0] == pytest.approx(((labels - predicted) ** 2).mean(), rel=1e-5)


def test_functions_get_labels_of_the_rank_of_predictions():
    """Labels [batch] beside predictions [batch, 1] would broadcast to [batch, batch]."""
    model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1, kernel_initializer="ones")])
    total = lambda y_true, y_pred: tf.reduce_sum(y_true * y_pred)
    model.compile("sgd", lambda y_true, y_pred: tf.reduce_mean(tf.square(y_true - y_pred)), metrics=[total])
    found = model.evaluate(X, Y, batch_size=8, verbose=0, return_dict=True)
    assert found["lambda"] == pytest.approx((Y * X.sum(1)).sum(), rel=1e-5)
    assert found["loss"] == pytest.approx(((Y - X.sum(1)) ** 2).mean(), rel=1e-5)


def test_a_mix_that_floats_do_not_mend_is_refused():
    class Wrong(tf.keras.losses.Loss):
        def call(self, y_true, y_pred):
            return tf.range(2) + y_pred

    with pytest.raises(tf.errors.InvalidArgumentError, match="one type"):
        Wrong()(Y[:2], tf.zeros(2))
