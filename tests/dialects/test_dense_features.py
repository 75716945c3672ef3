"""DenseFeatures beyond its numbers (which are goldens): inputs of strings, files, mistakes."""

import warnings

import numpy as np
import pytest

import hornbeam.tensorflow as tf
from hornbeam.engine.errors import ArgumentError, InvalidArgumentError

fc = tf.feature_column


def halved(x):
    return x / 2


def columns():
    letters = fc.categorical_column_with_vocabulary_list("c", ["a", "b"])
    ages = fc.bucketized_column(fc.numeric_column("age"), [10, 30])
    return [
        fc.numeric_column("age", normalizer_fn=halved), fc.indicator_column(fc.crossed_column([ages, letters], 5)),
        *fc.shared_embeddings([letters, fc.categorical_column_with_identity("i", 2)], 2),
    ]  # fmt: skip


def layer(*args):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return tf.keras.layers.DenseFeatures(*args)


def test_a_functional_model_with_strings_is_saved(tmp_path):
    texts = lambda *words: np.array(words, object)
    data = {"age": np.array([5, 20], "f4"), "c": texts("a", "?"), "i": np.array([0, 1]), "unused": texts("u", "v")}
    inputs = {key: tf.keras.Input((1,), dtype=kind, name=key) for key, kind in (("age", "float32"), ("c", "string"), ("i", "int32"))}
    features = layer(columns())
    model = tf.keras.Model(inputs, tf.keras.layers.Dense(1)(features(inputs)))
    assert features.output.shape == (None, 10) and [weight.shape for weight in features.weights] == [(2, 2)]
    out = model.predict(data, verbose=0)
    np.testing.assert_allclose(out, model({key: tf.constant(value) for key, value in data.items()}), rtol=1e-6)
    model.save(tmp_path / "m.keras")
    again = tf.keras.models.load_model(tmp_path / "m.keras", custom_objects={"halved": halved})
    np.testing.assert_array_equal(again.predict(data, verbose=0), out)
    with pytest.raises(ArgumentError, match="normalizer_fn 'halved': pass it in custom_objects"):
        tf.keras.models.load_model(tmp_path / "m.keras")


def test_mistakes_are_told():
    with pytest.raises(ArgumentError, match="'i' is not among those given: 'age', 'c'"):
        layer(columns())({"age": [1.0], "c": ["a"]})
    with pytest.raises(InvalidArgumentError, match="'i' has 2 categories; received number 5"):
        layer(columns())({"age": [1.0], "c": ["a"], "i": [5]})
    with pytest.raises(ValueError, match="takes 1 numbers for each example"):
        layer(fc.numeric_column("age"))({"age": [[1.0, 2.0]]})
    with pytest.raises(ValueError, match="wrap a categorical one"):
        layer(fc.categorical_column_with_identity("i", 2))
