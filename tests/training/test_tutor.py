"""The advice before training: given where it is due, once, and not where it is not."""

import warnings

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.training import tutor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 4)).astype(np.float32)
LABELS = RNG.integers(0, 3, 40)


def _model(units, activation, loss, shape=(4,)):
    layers = [hb.Input(shape), *([hb.layers.Flatten()] if len(shape) > 1 else []), hb.layers.Dense(units, activation=activation)]
    model = hb.Sequential(layers)
    model.compile("sgd", loss)
    return model


def _advice(model, x, y, split=False):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tutor.advise(model, (x, y, None), split)
    return [str(w.message) for w in caught if issubclass(w.category, tutor.TutorWarning)]


SPARSE = "sparse_categorical_crossentropy"
FROM_LOGITS = lambda: hb.losses.SparseCategoricalCrossentropy(from_logits=True)


@pytest.mark.parametrize(
    ("units", "activation", "loss", "x", "y", "split", "word"),
    [
        (3, "softmax", FROM_LOGITS, X, LABELS, False, "applied twice"),
        (3, None, lambda: SPARSE, X, LABELS, False, "from_logits=True"),
        (3, "sigmoid", lambda: SPARSE, X, LABELS, False, "activation='softmax'"),
        (1, "softmax", lambda: "binary_crossentropy", X, LABELS % 2, False, "always answers 1"),
        (1, None, lambda: "mse", X, LABELS * 1e6, False, "y.std()"),
        (3, "softmax", lambda: SPARSE, X, np.sort(LABELS), True, "permutation"),
        (3, "softmax", lambda: SPARSE, (np.abs(X) * 80).clip(0, 255).reshape(40, 2, 2), LABELS, False, "255.0"),
    ],
)
def test_advice_where_it_is_due(units, activation, loss, x, y, split, word):
    model = _model(units, activation, loss(), x.shape[1:])
    lines = _advice(model, x, y, split)
    assert len(lines) == 1
    assert word in lines[0]
    assert _advice(model, x, y, split) == []  # once


@pytest.mark.parametrize(
    ("units", "activation", "loss", "x", "y"),
    [
        (3, "softmax", lambda: SPARSE, X, LABELS),
        (3, None, FROM_LOGITS, X, LABELS),
        (1, "sigmoid", lambda: "binary_crossentropy", X, LABELS % 2),
        (3, "sigmoid", lambda: "binary_crossentropy", X, np.eye(3)[LABELS]),
        (1, None, lambda: "mse", X, X[:, 0]),
        (3, "softmax", lambda: "categorical_crossentropy", X.reshape(40, 2, 2), np.eye(3)[LABELS]),
    ],
)
def test_no_advice_where_all_is_well(units, activation, loss, x, y):
    model = _model(units, activation, loss(), x.shape[1:])
    assert _advice(model, x, y, split=True) == []
    cast = hb.Model(model.inputs, hb.layers.Activation("linear", dtype="float32")(model.outputs[0]))  # as after mixed precision
    cast.compile(loss=loss())
    assert _advice(cast, x, y, split=True) == []


def test_one_setting_silences_it():
    tutor.set_tutor(False)
    try:
        assert _advice(_model(1, "softmax", "mse"), X, LABELS) == []
        assert tutor.diverging([1.0, 2.0, 300.0]) is None
    finally:
        tutor.set_tutor(True)


def test_diverging_losses():
    assert "ten times smaller" in tutor.diverging([1.0, 8.0, 50.0])
    assert tutor.diverging([1.0, 0.5, 0.6]) is None
    assert tutor.diverging([5.0]) is None


def test_fit_gives_the_advice():
    model = hb.Sequential([hb.Input((4,)), hb.layers.Dense(1, activation="softmax")])
    model.compile("sgd", "binary_crossentropy")
    with pytest.warns(tutor.TutorWarning, match="always answers 1"):
        model.fit(X, LABELS % 2, verbose=0)
    model = hb.Sequential([hb.Input((4,)), hb.layers.Dense(1)])
    model.compile(hb.optimizers.SGD(0.4), "mse")
    with pytest.warns(tutor.TutorWarning, match="ten times smaller"):
        model.fit(X * 3, X[:, 0], epochs=4, batch_size=40, verbose=0)


def test_a_search_for_the_learning_rate_is_left_alone(recwarn):
    model = hb.Sequential([hb.Input((4,)), hb.layers.Dense(1)])
    model.compile(hb.optimizers.SGD(0.01), "mse")
    raising = hb.callbacks.LearningRateScheduler(lambda epoch: 0.01 * 6.0**epoch)
    losses = model.fit(X * 3, X[:, 0], epochs=4, batch_size=40, verbose=0, callbacks=[raising]).history["loss"]
    assert losses[-1] > 10 * min(losses)
    assert not [each for each in recwarn if isinstance(each.message, tutor.TutorWarning)]
