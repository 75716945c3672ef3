"""Losses: masks, weights, types, structures and errors (the formulas themselves are held by the goldens)."""

import numpy as np
import pytest

from hornbeam import losses, ops
from hornbeam.engine import GradientTape, Tensor, function
from hornbeam.engine.errors import ArgumentError, ShapeError

RNG = np.random.default_rng(0)
Y = RNG.normal(size=(3, 4, 5)).astype("float32")
MASK = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]], bool)
STEP_WEIGHTS = RNG.random((3, 4)).astype("float32")


def masked(values, mask):
    tensor = Tensor(values)
    tensor._keras_mask = Tensor(mask)
    return tensor


@pytest.mark.parametrize("weights", [None, STEP_WEIGHTS, STEP_WEIGHTS[:, :1], STEP_WEIGHTS[:, 0]])
def test_masks_and_weights_under_each_reduction(weights):
    values = (Y**2).mean(-1)
    spread = np.ones((3, 4)) if weights is None else np.broadcast_to(weights.reshape(3, -1), (3, 4))
    kept = values * MASK * spread
    expected = {
        "none": kept,
        "sum": kept.sum(),
        "sum_over_batch_size": kept.sum() / MASK.sum(),
        "mean": kept.sum() / MASK.sum(),
        "mean_with_sample_weight": kept.sum() / (spread * MASK).sum(),
    }
    for reduction, value in expected.items():
        loss = losses.MeanSquaredError(reduction=reduction)
        np.testing.assert_allclose(loss(Y, masked(np.zeros_like(Y), MASK), sample_weight=weights), value, rtol=1e-5)


def test_everything_masked_is_zero_not_nan():
    assert float(losses.MeanSquaredError()(Y, masked(np.zeros_like(Y), np.zeros_like(MASK)))) == 0


def test_the_mask_of_ignored_labels_joins_that_of_the_predictions():
    logits = RNG.normal(size=(3, 4, 5)).astype("float32")
    labels = RNG.integers(0, 5, (3, 4))
    labels[2] = -1
    loss = losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
    keep = MASK & (labels != -1)
    log_p = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    each = -np.take_along_axis(log_p, np.maximum(labels, 0)[..., None], -1)[..., 0]
    assert float(loss(labels, masked(logits, MASK))) == pytest.approx((each * keep).sum() / keep.sum(), rel=1e-5)


def test_half_predictions_are_reduced_in_float32():
    assert losses.MeanSquaredError()(Y, ops.cast(Y, "float16")).dtype == "float32"
    assert losses.MeanSquaredError(dtype="float16")(Y, Y).dtype == "float16"


def test_class_numbers_stay_exact():
    """float32 has no 16,777,217: as labels they must not become floats."""
    label = 2**24 + 1
    p = np.zeros((1, 4), "float32")
    assert losses.SparseCategoricalCrossentropy()._label(np.array([label])).numpy()[0] == label
    assert float(losses.SparseCategoricalCrossentropy(from_logits=True)(np.array([2]), p)) == pytest.approx(np.log(4))


@pytest.mark.parametrize(
    ("loss", "y_true", "y_pred", "words"),
    [
        ("MeanSquaredError", (2, 3), (2, 4), r"y_true has shape \(2, 3\), y_pred \(2, 4\)"),
        ("CategoricalCrossentropy", (2, 1), (2, 4), "sparse_categorical_crossentropy"),
        ("SparseCategoricalCrossentropy", (2, 4), (2, 4), "categorical_crossentropy"),
        ("BinaryCrossentropy", (2,), (2, 4), "one for a yes or no"),
    ],
)
def test_shapes_that_do_not_fit_say_so(loss, y_true, y_pred, words):
    with pytest.raises(ShapeError, match=words):
        getattr(losses, loss)()(np.ones(y_true, "float32"), np.full(y_pred, 0.5, "float32"))


def test_weights_that_do_not_fit_say_so():
    with pytest.raises(ShapeError, match=r"\(7,\) do not fit values of shape \(3, 4\)"):
        losses.MeanSquaredError()(Y, Y, sample_weight=np.ones(7, "float32"))


def test_auto_reduction_is_refused_with_advice():
    with pytest.raises(ArgumentError, match="sum_over_batch_size"):
        losses.MeanSquaredError(reduction="auto")


def test_names():
    assert losses.get("mse") is losses.mean_squared_error is losses.MSE
    assert isinstance(losses.get("MeanSquaredError"), losses.MeanSquaredError)
    assert losses.get(None) is None
    with pytest.raises(ArgumentError, match="Did you mean 'mean_squared_error'"):
        losses.get("mean_square_error")


@pytest.mark.parametrize(
    "loss",
    [
        losses.Huber(delta=0.3),
        losses.SparseCategoricalCrossentropy(ignore_class=2, axis=1),
        losses.CosineSimilarity(axis=0),
        losses.BinaryFocalCrossentropy(alpha=0.4, gamma=1.5, apply_class_balancing=True),
        losses.CategoricalFocalCrossentropy(alpha=[0.1, 0.9], label_smoothing=0.1),
    ],
)
def test_every_argument_survives_a_config(loss):
    again = losses.deserialize(losses.serialize(loss))
    assert type(again) is type(loss) and again._arguments == loss._arguments


def test_a_function_becomes_a_loss():
    loss = losses.as_loss(lambda t, p: ops.abs(t - p))
    assert float(loss(Y, np.zeros_like(Y))) == pytest.approx(np.abs(Y).mean(), rel=1e-5)
    assert losses.LossFunctionWrapper(losses.huber, delta=0.5).name == "huber"


def test_a_loss_of_ones_own():
    class Largest(losses.Loss):
        def call(self, y_true, y_pred):
            return ops.max(ops.abs(y_true - y_pred), axis=-1)

    assert Largest().name.startswith("largest")
    assert float(Largest(reduction="sum")(Y, np.zeros_like(Y))) == pytest.approx(np.abs(Y).max(-1).sum(), rel=1e-5)


def test_focal_losses_at_no_focus_are_cross_entropies():
    t = np.eye(4, dtype="float32")[RNG.integers(0, 4, 6)]
    p = RNG.dirichlet(np.ones(4), 6).astype("float32")
    np.testing.assert_allclose(
        losses.binary_focal_crossentropy(t, p, gamma=0.0), losses.binary_crossentropy(t, p), rtol=1e-5
    )
    np.testing.assert_allclose(
        losses.categorical_focal_crossentropy(t, p, gamma=0.0, alpha=1.0), losses.categorical_crossentropy(t, p), rtol=1e-5
    )


def test_sparse_from_logits_survives_large_scores_and_has_a_gradient():
    logits = Tensor(np.array([[-200.0, 100.0, 3e38]], "float32"))
    with GradientTape() as tape:
        tape.watch(logits)
        value = losses.sparse_categorical_crossentropy(np.array([1]), logits, from_logits=True)
    assert np.isfinite(value.numpy()).all()
    np.testing.assert_allclose(tape.gradient(value, logits), [[0, -1, 1]], atol=1e-6)


def test_inside_a_compiled_function():
    loss = losses.SparseCategoricalCrossentropy()
    y, p = np.array([0, 2]), np.array([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]], "float32")
    assert float(function(lambda y, p: loss(y, p))(y, p)) == pytest.approx(float(loss(y, p)), rel=1e-6)
