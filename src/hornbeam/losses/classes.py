"""Losses as objects, each a formula with its arguments."""

from typing import Any

from hornbeam.engine.registry import register
from hornbeam.losses import formulas
from hornbeam.losses.base import Formula

_MEAN = "sum_over_batch_size"


@register("loss")
class MeanSquaredError(Formula):
    """The mean of squared errors."""

    formula = formulas.mean_squared_error

    def __init__(self, reduction: str | None = _MEAN, name: str | None = "mean_squared_error", dtype: Any = None):
        super().__init__(name, reduction, dtype)
        self._keep()


@register("loss")
class MeanAbsoluteError(Formula):
    """The mean of absolute errors."""

    formula = formulas.mean_absolute_error

    def __init__(self, reduction: str | None = _MEAN, name: str | None = "mean_absolute_error", dtype: Any = None):
        super().__init__(name, reduction, dtype)
        self._keep()


@register("loss")
class MeanAbsolutePercentageError(Formula):
    """The mean of absolute errors relative to the labels, in percent."""

    formula = formulas.mean_absolute_percentage_error

    def __init__(self, reduction: str | None = _MEAN, name: str | None = "mean_absolute_percentage_error", dtype: Any = None):
        super().__init__(name, reduction, dtype)
        self._keep()


@register("loss")
class MeanSquaredLogarithmicError(Formula):
    """The mean of squared differences of log(1 + x)."""

    formula = formulas.mean_squared_logarithmic_error

    def __init__(self, reduction: str | None = _MEAN, name: str | None = "mean_squared_logarithmic_error", dtype: Any = None):
        super().__init__(name, reduction, dtype)
        self._keep()


@register("loss")
class Huber(Formula):
    """Squared error near 0, absolute error beyond `delta`."""

    formula = formulas.huber
    rare = {"delta": 1.0}

    def __init__(self, delta: float = 1.0, reduction: str | None = _MEAN, name: str | None = "huber_loss", dtype: Any = None):
        super().__init__(name, reduction, dtype)
        self._keep(delta=delta)


@register("loss")
class LogCosh(Formula):
    """The logarithm of the hyperbolic cosine of the error."""

    formula = formulas.log_cosh

    def __init__(self, reduction: str | None = _MEAN, name: str | None = "log_cosh", dtype: Any = None):
        super().__init__(name, reduction, dtype)
        self._keep()


@register("loss")
class Poisson(Formula):
    """The negative log-likelihood of counts whose means are predicted."""

    formula = formulas.poisson

    def __init__(self, reduction: str | None = _MEAN, name: str | None = "poisson", dtype: Any = None):
        super().__init__(name, reduction, dtype)
        self._keep()


@register("loss")
class KLDivergence(Formula):
    """The Kullback-Leibler divergence of the predicted distribution from the labels'."""

    formula = formulas.kl_divergence

    def __init__(self, reduction: str | None = _MEAN, name: str | None = "kl_divergence", dtype: Any = None):
        super().__init__(name, reduction, dtype)
        self._keep()


@register("loss")
class CosineSimilarity(Formula):
    """Minus the cosine of the angle between labels and predictions."""

    formula = formulas.cosine_similarity
    rare = {"axis": -1}

    def __init__(
        self, axis: int = -1, reduction: str | None = _MEAN, name: str | None = "cosine_similarity", dtype: Any = None
    ):
        super().__init__(name, reduction, dtype)
        self._keep(axis=axis)


@register("loss")
class Hinge(Formula):
    """max(1 - y_true * y_pred, 0)."""

    formula = formulas.hinge

    def __init__(self, reduction: str | None = _MEAN, name: str | None = "hinge", dtype: Any = None):
        super().__init__(name, reduction, dtype)
        self._keep()


@register("loss")
class SquaredHinge(Formula):
    """max(1 - y_true * y_pred, 0)^2."""

    formula = formulas.squared_hinge

    def __init__(self, reduction: str | None = _MEAN, name: str | None = "squared_hinge", dtype: Any = None):
        super().__init__(name, reduction, dtype)
        self._keep()


@register("loss")
class CategoricalHinge(Formula):
    """The margin by which the right class fails to beat the best wrong one."""

    formula = formulas.categorical_hinge

    def __init__(self, reduction: str | None = _MEAN, name: str | None = "categorical_hinge", dtype: Any = None):
        super().__init__(name, reduction, dtype)
        self._keep()


@register("loss")
class BinaryCrossentropy(Formula):
    """Cross-entropy of yes-or-no labels.

    Args:
        from_logits: predictions are before the sigmoid.
        label_smoothing: how far labels are moved towards 0.5.
        axis: the axis the mean is taken along.
    """

    formula = formulas.binary_crossentropy
    arguments = ("from_logits", "label_smoothing", "axis")

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1, reduction: str | None = _MEAN,
        name: str | None = "binary_crossentropy", dtype: Any = None,
    ):
        super().__init__(name, reduction, dtype)
        self._keep(from_logits=from_logits, label_smoothing=label_smoothing, axis=axis)


@register("loss")
class BinaryFocalCrossentropy(Formula):
    """Binary cross-entropy that counts easy examples less (Lin et al. 2017)."""

    formula = formulas.binary_focal_crossentropy
    arguments = ("from_logits", "label_smoothing", "axis", "apply_class_balancing", "alpha", "gamma")

    def __init__(
        self, apply_class_balancing: bool = False, alpha: float = 0.25, gamma: float = 2.0, from_logits: bool = False,
        label_smoothing: float = 0.0, axis: int = -1, reduction: str | None = _MEAN,
        name: str | None = "binary_focal_crossentropy", dtype: Any = None,
    ):
        super().__init__(name, reduction, dtype)
        self._keep(
            apply_class_balancing=apply_class_balancing, alpha=alpha, gamma=gamma, from_logits=from_logits,
            label_smoothing=label_smoothing, axis=axis,
        )  # fmt: skip


@register("loss")
class CategoricalCrossentropy(Formula):
    """Cross-entropy of one-hot labels.

    Args:
        from_logits: predictions are before the softmax.
        label_smoothing: how much of each label is spread over all classes.
        axis: the axis of the classes.
    """

    formula = formulas.categorical_crossentropy
    arguments = ("from_logits", "label_smoothing", "axis")

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1, reduction: str | None = _MEAN,
        name: str | None = "categorical_crossentropy", dtype: Any = None,
    ):
        super().__init__(name, reduction, dtype)
        self._keep(from_logits=from_logits, label_smoothing=label_smoothing, axis=axis)


@register("loss")
class CategoricalFocalCrossentropy(Formula):
    """Categorical cross-entropy that counts easy examples less (Lin et al. 2017)."""

    formula = formulas.categorical_focal_crossentropy
    arguments = ("from_logits", "label_smoothing", "axis", "alpha", "gamma")

    def __init__(
        self, alpha: Any = 0.25, gamma: float = 2.0, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
        reduction: str | None = _MEAN, name: str | None = "categorical_focal_crossentropy", dtype: Any = None,
    ):
        super().__init__(name, reduction, dtype)
        self._keep(alpha=alpha, gamma=gamma, from_logits=from_logits, label_smoothing=label_smoothing, axis=axis)


@register("loss")
class SparseCategoricalCrossentropy(Formula):
    """Cross-entropy of labels that are class numbers.

    Args:
        from_logits: predictions are before the softmax.
        ignore_class: a class number whose examples do not count.
        axis: the axis of the classes.
    """

    formula = formulas.sparse_categorical_crossentropy
    arguments = ("from_logits", "ignore_class")
    rare = {"axis": -1}

    def __init__(
        self, from_logits: bool = False, ignore_class: int | None = None, reduction: str | None = _MEAN, axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy", dtype: Any = None,
    ):
        super().__init__(name, reduction, dtype)
        self._keep(from_logits=from_logits, ignore_class=ignore_class, axis=axis)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        values = super().call(y_true, y_pred)
        ignored = self._arguments["ignore_class"]
        if ignored is not None:  # the mean is over the examples that count
            values._keras_mask = formulas.kept_labels(y_true, values, ignored)
        return values
