"""Losses, and measures like them, as running means."""

from typing import Any

from hornbeam import ops
from hornbeam.engine.door import op
from hornbeam.engine.registry import register
from hornbeam.engine.tensor import Tensor
from hornbeam.losses import formulas
from hornbeam.losses.formulas import paired
from hornbeam.metrics.base import MeanMetricWrapper


@register("metric", "mean_squared_error", "mse", "MSE")
class MeanSquaredError(MeanMetricWrapper):
    """The mean of squared errors."""

    def __init__(self, name: str | None = "mean_squared_error", dtype: Any = None):
        super().__init__(formulas.mean_squared_error, name, dtype)


@register("metric", "mean_absolute_error", "mae", "MAE")
class MeanAbsoluteError(MeanMetricWrapper):
    """The mean of absolute errors."""

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None):
        super().__init__(formulas.mean_absolute_error, name, dtype)


@register("metric", "mean_absolute_percentage_error", "mape", "MAPE")
class MeanAbsolutePercentageError(MeanMetricWrapper):
    """The mean of absolute errors relative to the labels, in percent."""

    def __init__(self, name: str | None = "mean_absolute_percentage_error", dtype: Any = None):
        super().__init__(formulas.mean_absolute_percentage_error, name, dtype)


@register("metric", "mean_squared_logarithmic_error", "msle", "MSLE")
class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """The mean of squared differences of log(1 + x)."""

    def __init__(self, name: str | None = "mean_squared_logarithmic_error", dtype: Any = None):
        super().__init__(formulas.mean_squared_logarithmic_error, name, dtype)


@register("metric", "log_cosh_error")
class LogCoshError(MeanMetricWrapper):
    """The mean logarithm of the hyperbolic cosine of the error."""

    def __init__(self, name: str | None = "logcosh", dtype: Any = None):
        super().__init__(formulas.log_cosh, name, dtype)


@register("metric", "poisson")
class Poisson(MeanMetricWrapper):
    """The mean negative log-likelihood of counts whose means are predicted."""

    def __init__(self, name: str | None = "poisson", dtype: Any = None):
        super().__init__(formulas.poisson, name, dtype)


@register("metric", "kl_divergence", "kld", "KLD")
class KLDivergence(MeanMetricWrapper):
    """The mean Kullback-Leibler divergence."""

    def __init__(self, name: str | None = "kl_divergence", dtype: Any = None):
        super().__init__(formulas.kl_divergence, name, dtype)


@register("metric", "hinge")
class Hinge(MeanMetricWrapper):
    """The mean of max(1 - y_true * y_pred, 0)."""

    def __init__(self, name: str | None = "hinge", dtype: Any = None):
        super().__init__(formulas.hinge, name, dtype)


@register("metric", "squared_hinge")
class SquaredHinge(MeanMetricWrapper):
    """The mean of max(1 - y_true * y_pred, 0)^2."""

    def __init__(self, name: str | None = "squared_hinge", dtype: Any = None):
        super().__init__(formulas.squared_hinge, name, dtype)


@register("metric", "categorical_hinge")
class CategoricalHinge(MeanMetricWrapper):
    """The mean margin by which the right class fails to beat the best wrong one."""

    def __init__(self, name: str | None = "categorical_hinge", dtype: Any = None):
        super().__init__(formulas.categorical_hinge, name, dtype)


@register("metric", "root_mean_squared_error")
class RootMeanSquaredError(MeanSquaredError):
    """The root of the mean of squared errors."""

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None):
        super().__init__(name, dtype)

    def result(self) -> Tensor:
        return ops.sqrt(super().result())


@op(2, paired, differentiable=False)
def _cosine(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    return -formulas.cosine_similarity.function(y_true, y_pred, axis)


@register("metric", "cosine_similarity")
class CosineSimilarity(MeanMetricWrapper):
    """The mean cosine of the angle between labels and predictions (1 is alike, unlike the loss of this name)."""

    def __init__(self, name: str | None = "cosine_similarity", dtype: Any = None, axis: int = -1):
        super().__init__(_cosine, name, dtype, axis=axis)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        if config["axis"] == -1:
            del config["axis"]  # Keras leaves it out
        return config


@register("metric", "binary_crossentropy", "bce", "BCE")
class BinaryCrossentropy(MeanMetricWrapper):
    """The mean cross-entropy of yes-or-no labels. Arguments as of the loss."""

    def __init__(
        self, name: str | None = "binary_crossentropy", dtype: Any = None, from_logits: bool = False, label_smoothing: float = 0
    ):
        super().__init__(formulas.binary_crossentropy, name, dtype, from_logits=from_logits, label_smoothing=label_smoothing)


@register("metric", "categorical_crossentropy")
class CategoricalCrossentropy(MeanMetricWrapper):
    """The mean cross-entropy of one-hot labels. Arguments as of the loss."""

    def __init__(
        self, name: str | None = "categorical_crossentropy", dtype: Any = None, from_logits: bool = False,
        label_smoothing: float = 0, axis: int = -1,
    ):
        arguments = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(formulas.categorical_crossentropy, name, dtype, **arguments)


@register("metric", "sparse_categorical_crossentropy")
class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """The mean cross-entropy of labels that are class numbers. Arguments as of the loss."""

    def __init__(
        self, name: str | None = "sparse_categorical_crossentropy", dtype: Any = None, from_logits: bool = False,
        ignore_class: int | None = None, axis: int = -1,
    ):
        arguments = {"from_logits": from_logits, "ignore_class": ignore_class, "axis": axis}
        super().__init__(formulas.sparse_categorical_crossentropy, name, dtype, **arguments)
