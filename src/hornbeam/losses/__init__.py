"""Losses, as classes and as functions."""

from hornbeam.losses.base import Loss, LossFunctionWrapper, as_loss, deserialize, get, serialize
from hornbeam.losses.classes import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    Huber,
    KLDivergence,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from hornbeam.losses.formulas import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    cosine_similarity,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from hornbeam.losses.formulas import binary_crossentropy as BCE
from hornbeam.losses.formulas import binary_crossentropy as bce
from hornbeam.losses.formulas import kl_divergence as KLD
from hornbeam.losses.formulas import kl_divergence as kld
from hornbeam.losses.formulas import mean_absolute_error as MAE
from hornbeam.losses.formulas import mean_absolute_error as mae
from hornbeam.losses.formulas import mean_absolute_percentage_error as MAPE
from hornbeam.losses.formulas import mean_absolute_percentage_error as mape
from hornbeam.losses.formulas import mean_squared_error as MSE
from hornbeam.losses.formulas import mean_squared_error as mse
from hornbeam.losses.formulas import mean_squared_logarithmic_error as MSLE
from hornbeam.losses.formulas import mean_squared_logarithmic_error as msle
from hornbeam.losses.special import (
    CTC,
    CategoricalGeneralizedCrossEntropy,
    Circle,
    Dice,
    Tversky,
    categorical_generalized_cross_entropy,
    circle,
    ctc,
    dice,
    tversky,
)
