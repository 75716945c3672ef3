"""Models as estimators of scikit-learn: Keras 3's `SKLearnClassifier` and its kin, and Keras 2's `KerasClassifier` and `KerasRegressor`.

scikit-learn itself is needed by what uses them (`GridSearchCV`, pipelines), and by Keras 3's for what an estimator is.
"""

import copy
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError, MissingExtra, StateError
from hornbeam.models import Model, clone_model
from hornbeam.utils.numerical import to_categorical

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
except ImportError:  # raised where it is used: these classes are reached by `import *` too
    BaseEstimator = ClassifierMixin = RegressorMixin = TransformerMixin = None


def _bases(*mixins: Any) -> tuple:
    return (object,) if BaseEstimator is None else (*mixins, BaseEstimator)


class _Estimator:
    """What Keras 3's three estimators share.

    Args:
        model: a compiled model, of which each fit takes a copy, or a function `(X, y, **model_kwargs)` that makes one.
        warm_start: go on training the model of the last fit.
        model_kwargs: what the function gets besides. fit_kwargs: what `fit` of the model gets, such as epochs.
    """

    def __init__(self, model: Any, warm_start: bool = False, model_kwargs: dict | None = None, fit_kwargs: dict | None = None):
        if BaseEstimator is None:
            raise MissingExtra(type(self).__name__, "sklearn", "scikit-learn")
        self.model, self.warm_start, self.model_kwargs, self.fit_kwargs = model, warm_start, model_kwargs, fit_kwargs

    def fit(self, X: Any, y: Any = None, **kwargs: Any) -> Any:
        """Train on the data; `kwargs` go to the model's `fit` besides fit_kwargs. Returns the estimator."""
        X = np.asarray(X)
        self.n_features_in_ = X.shape[1] if X.ndim > 1 else 1
        target = self._encoded(y)
        if not (self.warm_start and hasattr(self, "model_")):
            self.model_ = self._made(X, target)
        if not self.model_.compiled:
            raise StateError(f"{type(self).__name__}: the model must be compiled: call model.compile(optimizer, loss) first.")
        self.history_ = self.model_.fit(X, target, **{**(self.fit_kwargs or {}), **kwargs})
        return self

    def _made(self, X: np.ndarray, y: Any) -> Any:
        if isinstance(self.model, Model):
            return clone_model(self.model)
        return self.model(X, y, **(self.model_kwargs or {}))

    def _encoded(self, y: Any) -> Any:
        return None if y is None else np.asarray(y)

    def _raw(self, X: Any) -> np.ndarray:
        if not hasattr(self, "model_"):
            raise StateError(f"{type(self).__name__} is not fitted yet: call fit first.")
        return self.model_.predict(np.asarray(X), verbose=0)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")


class SKLearnClassifier(_Estimator, *_bases(ClassifierMixin)):  # type: ignore[misc]
    """A classifier for scikit-learn. Targets are made one-hot, so the model ends in a softmax with a unit a class."""

    def _encoded(self, y: Any) -> np.ndarray:
        y = np.asarray(y)
        self.classes_, numbers = np.unique(y, return_inverse=True)
        return to_categorical(numbers.reshape(-1), len(self.classes_))

    def predict(self, X: Any) -> np.ndarray:
        """The likeliest class of each row."""
        return self.classes_[self._raw(X).argmax(-1)]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Each class's probability, (rows, classes)."""
        return self._raw(X)


class SKLearnRegressor(_Estimator, *_bases(RegressorMixin)):  # type: ignore[misc]
    """A regressor for scikit-learn."""

    def _encoded(self, y: Any) -> np.ndarray:
        y = np.asarray(y)
        self._flat = y.ndim == 1
        return y.reshape(-1, 1) if self._flat else y

    def predict(self, X: Any) -> np.ndarray:
        """The prediction for each row, in the targets' shape."""
        found = self._raw(X)
        return found.reshape(-1) if self._flat else found


class SKLearnTransformer(_Estimator, *_bases(TransformerMixin)):  # type: ignore[misc]
    """A transformer for scikit-learn: `transform` gives what the model predicts."""

    def transform(self, X: Any) -> np.ndarray:
        return self._raw(X)


class _Wrapper:
    """What Keras 2's two wrappers share.

    Args:
        build_fn: a function that makes a compiled model, some of the parameters being its arguments.
        sk_params: parameters: arguments of `build_fn`, and of the model's fit, predict and evaluate (epochs, batch_size, verbose).
    """

    def __init__(self, build_fn: Callable | None = None, **sk_params: Any):
        self.build_fn, self.sk_params = build_fn, sk_params
        self.check_params(sk_params)

    def _builder(self) -> Callable:
        return self.build_fn if self.build_fn is not None else self.__call__  # type: ignore[operator]

    def check_params(self, params: dict[str, Any]) -> None:
        """Raise ArgumentError for a parameter that nobody takes."""
        taken: list[Callable[..., Any]] = [Model.fit, Model.predict, Model.evaluate]
        if self.build_fn is not None or callable(self):
            taken.append(self._builder())
        known = {name for function in taken for name in inspect.signature(function).parameters}
        wild = any(p.kind is p.VAR_KEYWORD for p in inspect.signature(taken[-1]).parameters.values()) if len(taken) > 3 else False
        for name in params:
            if name not in known and name != "nb_epoch" and not wild:
                raise ArgumentError(f"{type(self).__name__}: neither build_fn nor the model's fit, predict or evaluate takes {name!r}.")

    def get_params(self, deep: bool = True, **kwargs: Any) -> dict[str, Any]:
        """The parameters, `build_fn` among them."""
        return {**copy.deepcopy(self.sk_params), "build_fn": self.build_fn}

    def set_params(self, **params: Any) -> "_Wrapper":
        """Change parameters."""
        self.check_params({name: value for name, value in params.items() if name != "build_fn"})
        self.build_fn = params.pop("build_fn", self.build_fn)
        self.sk_params.update(params)
        return self

    def filter_sk_params(self, function: Callable, override: dict[str, Any] | None = None) -> dict[str, Any]:
        """Of the parameters those that a function takes, `override` going before."""
        takes = inspect.signature(function).parameters
        return {**{name: value for name, value in self.sk_params.items() if name in takes}, **(override or {})}

    def fit(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Make a model and train it. Returns its History."""
        builder = self._builder()
        self.model = builder(**self.filter_sk_params(builder))
        y = np.asarray(y)
        if self.model.loss == "categorical_crossentropy" and y.ndim != 2:
            y = to_categorical(y)
        return self.model.fit(np.asarray(x), y, **self.filter_sk_params(Model.fit, kwargs))

    def _ready(self) -> Any:
        if not hasattr(self, "model"):
            raise StateError(f"{type(self).__name__} is not fitted yet: call fit first.")
        return self.model

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model")

    def __sklearn_tags__(self) -> Any:
        from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

        mixin = ClassifierMixin if self._estimator_type == "classifier" else RegressorMixin
        return type("Tagged", (mixin, BaseEstimator), {})().__sklearn_tags__()

    _estimator_type = ""


class KerasClassifier(_Wrapper):
    """Keras 2's classifier for scikit-learn: `KerasClassifier(build_fn=make_model, epochs=10)`."""

    _estimator_type = "classifier"

    def fit(self, x: Any, y: Any, **kwargs: Any) -> Any:
        y = np.asarray(y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = np.arange(y.shape[1])
        elif y.ndim == 1 or (y.ndim == 2 and y.shape[1] == 1):
            self.classes_ = np.unique(y)
            y = np.searchsorted(self.classes_, y)
        else:
            raise ArgumentError(f"KerasClassifier: y has shape (rows,) or (rows, classes); received {y.shape}.")
        self.n_classes_ = len(self.classes_)
        return super().fit(x, y, **kwargs)

    def predict_proba(self, x: Any, **kwargs: Any) -> np.ndarray:
        """Each class's probability, (rows, classes)."""
        found = self._ready().predict(np.asarray(x), **self.filter_sk_params(Model.predict, kwargs))
        return np.hstack([1 - found, found]) if found.shape[1] == 1 else found

    def predict(self, x: Any, **kwargs: Any) -> np.ndarray:
        """The likeliest class of each row."""
        best = self.predict_proba(x, **kwargs).argmax(-1)
        return self.classes_[best]

    def score(self, x: Any, y: Any, **kwargs: Any) -> float:
        """The share of right answers; the model is compiled with metrics=['accuracy']."""
        y = np.searchsorted(self.classes_, np.asarray(y)) if np.ndim(y) < 2 or np.shape(y)[1] == 1 else np.asarray(y)
        if self._ready().loss == "categorical_crossentropy" and y.ndim != 2:
            y = to_categorical(y, self.n_classes_)
        found = self.model.evaluate(np.asarray(x), y, return_dict=True, **self.filter_sk_params(Model.evaluate, kwargs))
        for name in ("accuracy", "acc"):
            if name in found:
                return found[name]
        raise ArgumentError("KerasClassifier.score needs the accuracy: compile the model with metrics=['accuracy'].")


class KerasRegressor(_Wrapper):
    """Keras 2's regressor for scikit-learn: `KerasRegressor(build_fn=make_model, epochs=10)`."""

    _estimator_type = "regressor"

    def predict(self, x: Any, **kwargs: Any) -> np.ndarray:
        """The prediction for each row; a last axis of one is left out."""
        found = self._ready().predict(np.asarray(x), **self.filter_sk_params(Model.predict, kwargs))
        return found[..., 0] if found.shape[-1] == 1 else found

    def score(self, x: Any, y: Any, **kwargs: Any) -> float:
        """Minus the loss, so that more is better."""
        found = self._ready().evaluate(np.asarray(x), np.asarray(y), **self.filter_sk_params(Model.evaluate, kwargs))
        return -found[0] if isinstance(found, list) else -found
