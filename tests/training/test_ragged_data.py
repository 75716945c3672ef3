"""RaggedTensors as data of a model, as Keras 2 took them. The numbers are Keras 2's."""

import numpy as np
import pytest

import hornbeam.tensorflow as tf

KL = tf.keras.layers
Y = np.array([1.0, 0.0, 1.0])


def rows():
    return tf.ragged.constant([[1, 2, 3], [4], [5, 6]])


def weighted(model):
    model.set_weights([(np.arange(w.size).reshape(w.shape) + 1) / w.size for w in model.get_weights()])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def test_a_model_of_layers_and_functions_trains_on_ragged_rows_in_one_program():
    words = tf.keras.Input((None,), ragged=True, dtype="int32")
    vectors = KL.Embedding(10, 2)(words)
    count = tf.cast(words.row_lengths(), tf.float32)[:, None]
    merged = KL.Concatenate()([tf.reduce_mean(vectors, axis=1), KL.GlobalMaxPooling1D()(vectors), count])
    model = weighted(tf.keras.Model(words, KL.Dense(1)(merged)))
    history = model.fit(rows(), Y, batch_size=3, epochs=2, shuffle=False, verbose=0).history
    assert history["loss"] == pytest.approx([11.180165, 8.398651], rel=1e-5)
    assert not model._trainer.untraceable
    data = tf.data.Dataset.from_tensor_slices((rows(), Y)).batch(3)
    assert model.evaluate(data, verbose=0) == pytest.approx([6.356924, 2.5187037], rel=1e-5)


def test_steps_are_ragged_again_and_compared_with_ragged_targets():
    start = tf.keras.Input((None,), ragged=True)
    model = tf.keras.Sequential([start, KL.Embedding(10, 2), KL.LSTM(3, return_sequences=True), KL.Dense(1)])
    out = weighted(model).predict(rows(), verbose=0)
    assert isinstance(out, tf.RaggedTensor) and out.shape.as_list() == [3, None, 1]
    expected = [1.6119707, 2.2897139, 2.7198172, 1.8240197, 1.8836492, 2.590323]
    np.testing.assert_allclose(out.flat_values.numpy().ravel(), expected, rtol=1e-5)
    targets = tf.ragged.constant([[[1.0], [0.0], [1.0]], [[1.0]], [[2.0], [1.0]]], ragged_rank=1)
    assert model.evaluate(rows(), targets, verbose=0) == pytest.approx([1.966124, 1.1920326], rel=1e-5)


def test_dense_rows_are_as_long_as_the_longest_of_their_batch():
    def embedded(**shape):
        start = tf.keras.Input((None,), ragged=True)
        model = tf.keras.Sequential([start, KL.Embedding(10, 1), KL.Lambda(lambda x: x.to_tensor(**shape)), KL.Flatten()])
        model.set_weights([np.arange(10.0)[:, None]])
        return model

    model = embedded()
    for _ in range(2):  # by Python, and from then on by a program
        np.testing.assert_array_equal(model.predict(rows(), verbose=0), [[1, 2, 3], [4, 0, 0], [5, 6, 0]])
    assert not model._trainer.untraceable and model._trainer.inexact == 1
    np.testing.assert_array_equal(embedded(shape=[None, 2, None]).predict(rows(), verbose=0), [[1, 2], [4, 0], [5, 6]])


@pytest.mark.filterwarnings("ignore:This model's predict_step")
def test_rows_of_rows_are_for_python():
    deep = tf.ragged.constant([[[1, 2], [3]], [[4]], [[5, 6], [7], [8, 9]]])
    symbol = tf.keras.Input((None, None), dtype="int32", ragged=True)
    model = tf.keras.Model(symbol, KL.Dense(1)(tf.reduce_mean(KL.Embedding(10, 2)(symbol), axis=[1, 2])))
    np.testing.assert_allclose(weighted(model).predict(deep, verbose=0).ravel(), [1.425, 1.725, 2.175], rtol=1e-5)
    with pytest.raises(TypeError, match="takes dense tensors"):
        KL.Flatten()(rows())
