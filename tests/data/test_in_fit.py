"""Datasets given to fit, evaluate and predict: rows in memory in the compiled loop, everything else as a stream, the same numbers."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.data import Dataset
from hornbeam.engine.errors import ArgumentError, DataError

X = np.random.default_rng(0).normal(size=(50, 4)).astype("float32")
Y = (X.sum(1) > 0).astype("int32")


def model():
    hb.utils.set_random_seed(3)
    made = hb.Sequential([hb.Input((4,)), hb.layers.Dense(2, activation="softmax")])
    made.compile(hb.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made


@pytest.fixture(scope="module")
def trained():
    """The losses and weights that arrays give: what Datasets in the same order must give."""
    one = model()
    history = one.fit(X, Y, batch_size=16, epochs=3, shuffle=False, verbose=0).history
    return history, one.get_weights(), one.evaluate(X, Y, batch_size=16, verbose=0), one.predict(X, verbose=0)


def streamed(dataset):
    """The same batches, from a generator."""
    return Dataset.from_generator(lambda: dataset.as_numpy_iterator(), output_signature=dataset.element_spec)


ROWS = Dataset.from_tensor_slices((X, Y)).batch(16)


@pytest.mark.parametrize(
    ("data", "in_memory"),
    [
        (ROWS, True), (ROWS.prefetch(2), True), (Dataset.from_tensor_slices((X, Y)).cache().batch(16), True),
        (Dataset.zip((Dataset.from_tensor_slices(X), Dataset.from_tensor_slices(Y))).batch(16), True),
        (Dataset.from_tensor_slices((X, Y)).shuffle(1).batch(16), True), (streamed(ROWS), False),
        (Dataset.from_tensor_slices((X * 2, Y)).map(lambda x, y: (x / 2, y)).batch(16), False), (ROWS.map(lambda x, y: (x, y)), False),
    ],
)  # fmt: skip
def test_a_dataset_trains_as_arrays_do(data, in_memory, trained):
    history, weights, evaluated, predicted = trained
    assert (data.__hornbeam_rows__() is not None) is in_memory
    one = model()
    found = one.fit(data, epochs=3, verbose=0).history
    assert np.allclose(found["loss"], history["loss"], rtol=1e-5) and found["accuracy"] == history["accuracy"]
    assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(one.get_weights(), weights, strict=True))
    assert np.allclose(one.evaluate(data, verbose=0), evaluated, rtol=1e-5)
    assert np.allclose(one.predict(data, verbose=0), predicted, atol=1e-6)


def test_steps_go_on_through_a_repeated_dataset():
    seen = []

    class Seen(hb.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch)

    for data in (Dataset.from_tensor_slices((X, Y)).shuffle(50).repeat().batch(16), streamed(ROWS).repeat()):
        seen.clear()
        history = model().fit(data, steps_per_epoch=5, epochs=2, verbose=0, callbacks=[Seen()], validation_data=data, validation_steps=2)
        assert seen == [0, 1, 2, 3, 4] * 2 and len(history.history["val_loss"]) == 2
    with pytest.raises(ArgumentError, match="without end"):
        model().fit(ROWS.repeat(), verbose=0)


def test_each_epoch_visits_every_row_once_in_an_order_of_its_own():
    numbers = np.arange(50, dtype="float32")[:, None]
    seen = []

    class Notes(hb.layers.Layer):
        def call(self, x):
            if not (x.is_symbolic or x.is_traced):
                seen.extend(np.asarray(x)[:, 0].tolist())
            return x * 1.0

    one = hb.Sequential([hb.Input((1,)), Notes(), hb.layers.Dense(1)])
    one.compile(hb.optimizers.SGD(0.0), "mse", run_eagerly=True)
    one.fit(Dataset.from_tensor_slices((numbers, numbers)).shuffle(50, seed=1).batch(16), epochs=2, verbose=0)
    first, second = seen[:50], seen[50:]
    assert sorted(first) == sorted(second) == numbers[:, 0].tolist() and first != second


def test_a_dropped_remainder_and_a_drawn_out_total():
    data = Dataset.from_tensor_slices((X, Y)).batch(16, drop_remainder=True)
    history = model().fit(data, epochs=1, verbose=0, class_weight={0: 1.0, 1: 2.0})
    assert history.params["steps"] == 3 and len(model().predict(data, verbose=0)) == 48
    weighted = Dataset.from_tensor_slices((X, Y, np.ones(50))).batch(16)
    assert model().fit(weighted, verbose=0).history["loss"][0] > 0
    with pytest.raises(ArgumentError, match="targets are part"):
        model().fit(ROWS, Y, verbose=0)
    with pytest.raises(DataError, match=r"single examples .*dataset.batch\(32\)"):
        model().fit(ROWS.unbatch(), verbose=0)
    with pytest.raises(DataError, match="no batches"):
        model().fit(ROWS.take(0), verbose=0)
