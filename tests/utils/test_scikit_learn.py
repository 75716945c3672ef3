"""Models as estimators, as scikit-learn itself uses them."""

import numpy as np
import pytest

import hornbeam as hb

sklearn = pytest.importorskip("sklearn")
from hornbeam.utils.scikit_learn import (  # noqa: E402
    KerasClassifier,
    KerasRegressor,
    SKLearnClassifier,
    SKLearnRegressor,
    SKLearnTransformer,
)

NUMBERS = np.random.default_rng(0)
X = NUMBERS.normal(size=(90, 3)).astype("float32")
LABELS = np.array(["left", "right", "up"])[(X @ NUMBERS.normal(size=(3, 3))).argmax(1)]
Y = (X @ np.array([1.0, -2.0, 0.5]) + 0.3).astype("float32")


def classifier(units=8, activation="relu"):
    model = hb.Sequential([hb.Input((3,)), hb.layers.Dense(units, activation), hb.layers.Dense(3, "softmax")])
    model.compile(hb.optimizers.Adam(0.05), "categorical_crossentropy", metrics=["accuracy"])
    return model


def regressor(X=None, y=None, rate=0.1):
    model = hb.Sequential([hb.Input((3,)), hb.layers.Dense(1)])
    model.compile(hb.optimizers.Adam(rate), "mse")
    return model


@pytest.mark.slow
def test_keras_classifier_in_cross_validation_and_grid_search():
    from sklearn.model_selection import GridSearchCV, cross_val_score

    estimator = KerasClassifier(build_fn=classifier, epochs=15, batch_size=30, verbose=0)
    assert np.mean(cross_val_score(estimator, X, LABELS, cv=2)) > 0.6
    search = GridSearchCV(estimator, {"units": [1, 8]}, cv=2).fit(X, LABELS)
    assert search.best_params_ == {"units": 8}
    assert set(search.predict(X)) <= {"left", "right", "up"}


def test_keras_classifier():
    estimator = KerasClassifier(classifier, verbose=0)
    with pytest.raises(RuntimeError, match="call fit first"):
        estimator.predict(X)
    history = estimator.fit(X, LABELS, epochs=20)
    assert len(history.history["loss"]) == 20 and list(estimator.classes_) == ["left", "right", "up"]
    assert estimator.predict_proba(X).shape == (90, 3)
    assert estimator.score(X, LABELS) == pytest.approx(np.mean(estimator.predict(X) == LABELS))
    with pytest.raises(ValueError, match="'colour'"):
        KerasClassifier(classifier, colour=1)
    assert sklearn.base.clone(estimator).get_params() == {"verbose": 0, "build_fn": classifier}


def test_keras_regressor():
    estimator = KerasRegressor(regressor, epochs=40, verbose=0)
    estimator.fit(X, Y)
    assert estimator.predict(X).shape == (90,)
    assert estimator.score(X, Y) == pytest.approx(-np.mean((estimator.predict(X) - Y) ** 2), rel=1e-4)


def test_sklearn_estimators():
    from sklearn.model_selection import cross_val_score

    made = SKLearnClassifier(classifier(), fit_kwargs={"epochs": 15, "verbose": 0, "batch_size": 30})
    assert np.mean(cross_val_score(made, X, LABELS, cv=2)) > 0.6
    fitted = SKLearnRegressor(regressor, model_kwargs={"rate": 0.2}, fit_kwargs={"epochs": 60, "verbose": 0}).fit(X, Y)
    assert fitted.score(X, Y) > 0.9 and fitted.predict(X).shape == (90,) and len(fitted.history_.history["loss"]) == 60
    assert SKLearnTransformer(regressor, fit_kwargs={"verbose": 0}).fit(X, Y).transform(X).shape == (90, 1)
    with pytest.raises(RuntimeError, match="must be compiled"):
        SKLearnRegressor(hb.Sequential([hb.Input((3,)), hb.layers.Dense(1)])).fit(X, Y)
