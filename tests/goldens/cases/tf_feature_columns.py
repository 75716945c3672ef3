"""tf.feature_column and DenseFeatures. Made with tf_keras beside TensorFlow: `pip install --no-deps tf_keras`."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.tables import table

NAMESPACE = "tensorflow"
TOLERANCE = (2e-6, 1e-6)

FEATURES = {
    "age": np.array([[1.5], [20.0], [35.0]], "f4"),
    "v": np.arange(6).reshape(3, 2).astype("f4"),
    "c": np.array(["a", "zz", "b"], object),
    "m": np.array([["a", "b"], ["", "a"], ["q", "zz"]], object),
    "i": np.array([0, 3, -1]),
    "j": np.array([[1, 1], [2, -1], [7, 4]]),
    "w": np.array([[1.0, 2.0], [3.0, 0.5], [0.5, -1.0]], "f4"),
}


def _dense_features(tf: Any) -> Any:
    if tf.__name__ == "tensorflow":
        import tf_keras

        return tf_keras.layers.DenseFeatures
    return tf.keras.layers.DenseFeatures


def _init(tf: Any) -> Any:
    return lambda shape, dtype=None: tf.constant((np.arange(1.0, 1.0 + np.prod(shape)).reshape(shape) ** 2 / 7).astype("f4"))


def _out(tf: Any) -> Any:
    """The layer of some columns, called on the features."""
    return lambda *columns: _dense_features(tf)(columns)({key: tf.constant(value) for key, value in FEATURES.items()})


def _all(tf: Any) -> Any:
    """A categorical column as the indicator and each kind of embedding."""
    fc = tf.feature_column
    embedded = lambda column, combiner: fc.embedding_column(column, 2, combiner, initializer=_init(tf))
    return lambda column: [
        _out(tf)(fc.indicator_column(column)), *(_out(tf)(embedded(column, each)) for each in ("mean", "sqrtn", "sum"))
    ]  # fmt: skip


def _names(tf: Any) -> dict[str, Any]:
    fc = tf.feature_column
    age = fc.numeric_column("age")
    return {"age": age, "b": fc.bucketized_column(age, [1.5, 20, 30])}


NAMES: dict[str, Any] = {
    "R": lambda tf: repr, "fc": lambda tf: tf.feature_column, "out": _out, "all": _all, "init": _init,
    "age": lambda tf: _names(tf)["age"], "b": lambda tf: _names(tf)["b"],
    "terms": lambda tf: tf.feature_column.categorical_column_with_vocabulary_list,
    "letters": lambda tf: tf.feature_column.categorical_column_with_vocabulary_list("m", ["a", "b", "c"]),
}  # fmt: skip

COLUMNS = """
    out(age)
    out(fc.numeric_column('age', normalizer_fn=lambda x: (x - 20) / 10))
    out(fc.numeric_column('v', shape=(2,)))
    out(b)
    out(fc.bucketized_column(fc.numeric_column('v', shape=2), [1, 3]))
    R(b)
    b.name
    all(terms('c', ['a', 'b', 'c']))
    all(letters)
    all(terms('m', ['a', 'b', 'c'], default_value=2))
    all(terms('m', ['a', 'b'], num_oov_buckets=3))
    all(terms('j', [1, 2, 3]))
    all(terms('j', [1, 2, 3], num_oov_buckets=2))
    R(terms('j', [1, 2, 3], num_oov_buckets=2))
    all(fc.categorical_column_with_identity('i', 4))
    all(fc.categorical_column_with_identity('j', 4, default_value=0))
    out(fc.indicator_column(fc.categorical_column_with_identity('j', 4)))
    out(fc.embedding_column(fc.categorical_column_with_identity('j', 4), 2))
    all(fc.categorical_column_with_hash_bucket('m', 7))
    all(fc.categorical_column_with_hash_bucket('j', 7, dtype=tf.int64))
    all(fc.crossed_column(['c', 'i'], 11))
    all(fc.crossed_column(['m', 'j'], 11))
    all(fc.crossed_column(['m', 'c'], 11, hash_key=5))
    all(fc.crossed_column(['c', b], 13))
    all(fc.crossed_column([b, 'c'], 1000))
    fc.crossed_column(['c', b], 13).name
    all(fc.crossed_column([letters, 'i'], 13))
    all(fc.crossed_column([fc.bucketized_column(fc.numeric_column('v', shape=(2,)), [1, 3]), 'c'], 13))
    all(fc.crossed_column([fc.crossed_column(['i', 'c'], 5), 'm'], 9))
    out(fc.embedding_column(letters, 2, max_norm=1.0, initializer=init))
    out(fc.indicator_column(letters), age, fc.embedding_column(letters, 2, initializer=init), b)
    out(letters)
    out(age, age)
    out(fc.numeric_column('nope'))
    R(fc.make_parse_example_spec([age, b, fc.indicator_column(letters), fc.numeric_column('v', shape=(2,), default_value=1.0)]))
    R(fc.make_parse_example_spec([fc.indicator_column(fc.crossed_column(['c', b], 13)), fc.indicator_column(terms('j', [1]))]))
    fc.numeric_column('a', shape=(0,))
    fc.bucketized_column(age, [3, 1])
    fc.indicator_column(age)
    fc.crossed_column(['c'], 3)
    fc.crossed_column([age, 'c'], 3)
    fc.crossed_column([fc.categorical_column_with_hash_bucket('m', 7), 'c'], 5)
    terms('a', [])
    terms('a', ['x', 'x'])
"""


def _weighted(tf: Any) -> dict[str, Any]:
    """Weights of values that are all there."""
    fc = tf.feature_column
    features = {"m": tf.constant([["a", "b"], ["c", "a"]]), "w": tf.constant([[1.0, 2.0], [3.0, -0.5]])}
    column = fc.weighted_categorical_column(fc.categorical_column_with_vocabulary_list("m", ["a", "b", "c"]), "w")
    embedded = [fc.embedding_column(column, 2, combiner, initializer=_init(tf)) for combiner in ("mean", "sqrtn", "sum")]
    return {str(i): _dense_features(tf)(each)(features).numpy() for i, each in enumerate([fc.indicator_column(column), *embedded])}


def _trained(tf: Any) -> dict[str, Any]:
    """A model that takes strings, trained, evaluated, and asked."""
    if tf.__name__ == "tensorflow":
        import tf_keras as keras
    else:
        keras = tf.keras
    fc = tf.feature_column
    letters = fc.categorical_column_with_vocabulary_list("c", ["a", "b"])
    ages = fc.bucketized_column(fc.numeric_column("age"), [10, 30])
    columns = [
        fc.embedding_column(letters, 2, initializer=_init(tf)), fc.indicator_column(fc.crossed_column([ages, "c"], 5)),
        fc.numeric_column("age", normalizer_fn=lambda age: age / 40),
    ]  # fmt: skip
    model = keras.Sequential([_dense_features(tf)(columns), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile(keras.optimizers.SGD(0.01), "mse")
    x = {"age": np.array([5, 20, 35, 40], "f4"), "c": np.array(["a", "b", "b", "q"], object)}
    data = tf.data.Dataset.from_tensor_slices((x, np.arange(4.0, dtype="f4"))).batch(4)
    losses = model.fit(data, epochs=3, verbose=0).history["loss"]
    weights = {f"weight {i}": weight for i, weight in enumerate(model.get_weights())}
    evaluated, predicted = np.array(model.evaluate(data, verbose=0)), model.predict(data, verbose=0)
    return {"losses": np.array(losses), "evaluate": evaluated, "predict": predicted, **weights}


CASES = {"columns": table(COLUMNS, **NAMES), "weighted": _weighted, "trained": _trained}
