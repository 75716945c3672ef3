"""RaggedTensors, beside what the goldens of family tf_ragged hold: gradients, large ones, tracing, random shapes."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hornbeam.tensorflow as tf

ROWS = st.lists(st.lists(st.integers(-9, 9), max_size=4), min_size=1, max_size=5).filter(any)


@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(-6, 6), st.integers(-6, 6), st.sampled_from([None, 1, 2, -1]))
def test_rows_behave_as_python_s_lists(rows, start, stop, step):
    ragged = tf.ragged.constant(rows)
    assert ragged.to_list() == rows
    assert ragged[:, start:stop:step].to_list() == [row[start:stop:step] for row in rows]
    assert ragged[start:stop:step].to_list() == rows[start:stop:step]
    assert tf.reduce_sum(ragged, axis=1).numpy().tolist() == [sum(row) for row in rows]
    assert tf.concat([ragged, ragged[:, :1]], axis=1).to_list() == [row + row[:1] for row in rows]
    assert tf.concat([ragged, ragged], axis=0).to_list() == rows + rows
    longest = max(map(len, rows))
    padded = [row + [7] * (longest - len(row)) for row in rows]
    assert ragged.to_tensor(7).numpy().tolist() == padded
    assert tf.RaggedTensor.from_tensor(padded, lengths=[len(row) for row in rows]).to_list() == rows
    columns = [[row[i] for row in rows if len(row) > i] for i in range(longest)]
    assert tf.reduce_max(ragged, axis=0).numpy().tolist() == [max(column) for column in columns]
    assert (ragged * 2 + ragged).to_list() == [[3 * x for x in row] for row in rows]


def test_gradients_pass_through_rows():
    values, table = tf.Variable([1.0, 2.0, 3.0, 4.0]), tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape() as tape:
        rows = tf.RaggedTensor.from_row_lengths(values * values, [3, 0, 1])
        looked = tf.nn.embedding_lookup(table, tf.ragged.constant([[0, 1], [1], []]))
        loss = tf.reduce_sum(tf.reduce_sum(rows, axis=1) * [1.0, 5.0, 10.0]) + tf.reduce_sum(looked.to_tensor())
    by_value, by_table = tape.gradient(loss, [values, table])
    assert by_value.numpy().tolist() == [2.0, 4.0, 6.0, 80.0] and by_table.numpy().tolist() == [[1.0, 1.0], [2.0, 2.0]]


def test_a_large_one_lives_on_the_device():
    ragged = tf.RaggedTensor.from_row_lengths(tf.range(30_000), [10_000, 0, 20_000])
    assert ragged[2].shape == (20_000,) and int(ragged[2, 5]) == 10_005
    assert tf.reduce_sum(tf.cast(ragged, tf.int64), axis=1).numpy().tolist() == [49_995_000, 0, 399_990_000]
    assert ragged[:, ::1000].row_lengths().numpy().tolist() == [10, 0, 20]


def test_values_are_part_of_compiled_functions():
    @tf.function
    def doubled(rows):
        return rows.with_flat_values(rows.flat_values * 2)

    assert doubled(tf.ragged.constant([[1, 2], [3]])).to_list() == [[2, 4], [6]]


def test_reshape_takes_the_values_of_all_rows():
    deep = tf.ragged.constant([[[1, 2], [3]], [[4]]])
    assert tf.reshape(deep, -1).numpy().tolist() == [1, 2, 3, 4]
    assert tf.reshape(deep, [-1, 2]).numpy().tolist() == [[1, 2], [3, 4]]
    letters = tf.strings.unicode_split(["ab", "", "c"], "UTF-8")
    assert tf.reshape(letters, (-1)).numpy().tolist() == [b"a", b"b", b"c"]


def test_copies():
    ragged = tf.ragged.constant([["a", "b"], []])
    assert pickle.loads(pickle.dumps(ragged)).to_list() == [[b"a", b"b"], []]
    assert tf.RaggedTensorSpec.from_value(ragged).is_compatible_with(tf.ragged.constant([["x"], ["y"]]))
    assert not tf.RaggedTensorSpec([None, None], tf.int32).is_compatible_with(ragged)


def test_mistakes_are_named():
    ragged = tf.ragged.constant([[1, 2], [3]])
    with pytest.raises(tf.errors.InvalidArgumentError, match="its rows have 4 values in all; 3 were given"):
        tf.RaggedTensor.from_row_lengths([1, 2, 3], [2, 2])
    with pytest.raises(ValueError, match="Use a slice"):
        ragged[:, 0]
    with pytest.raises(ValueError, match=r"to_tensor\(\)"):
        np.asarray(tf.convert_to_tensor(ragged))
    with pytest.raises(ValueError, match="'cholesky' does not take a RaggedTensor"):
        tf.linalg.cholesky(ragged)
    with pytest.raises(tf.errors.InvalidArgumentError, match="rows differ"):
        ragged + tf.ragged.constant([[1], [2, 3]])
    with pytest.raises(TypeError, match="truth"):
        bool(ragged)
    with pytest.raises(ValueError, match="from_row_lengths"):
        tf.RaggedTensor([1], [0, 1])


def test_layers_say_whether_they_take_rows():
    rows, numbers = tf.ragged.constant([["a", "z"], ["b"]]), tf.ragged.constant([[0, 1], [2]])
    assert tf.keras.layers.StringLookup(vocabulary=["a", "b"])(rows).to_list() == [[1, 0], [2]]
    embedded = tf.keras.layers.Embedding(3, 2, embeddings_initializer="ones")(numbers)
    assert embedded.shape == (2, None, 2) and tf.keras.layers.GlobalAveragePooling1D()(embedded).numpy().tolist() == [[1.0, 1.0]] * 2
    texts = tf.keras.layers.TextVectorization(vocabulary=["a", "b"], ragged=True)
    assert texts(["a b", "z"]).to_list() == [[2, 3], [1]]
    with pytest.raises(TypeError, match=r"'flat' \(Flatten\) takes dense tensors.*to_tensor\(\)"):
        tf.keras.layers.Flatten(name="flat")(embedded)

    class Own(tf.keras.layers.Layer):
        def call(self, inputs):
            return tf.reduce_sum(inputs, axis=1)

    assert Own()(numbers).numpy().tolist() == [1, 2]


def test_a_dense_layer_needs_features_of_one_size():
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="needs to know the size of its input's last axis"):
        model.fit(tf.ragged.constant([[1.0], [2.0, 3.0]]), np.ones(2), verbose=0)
