"""Metrics: masks, nesting, compiled use, choice by shape (values are held by the goldens)."""

import numpy as np
import pytest

from hornbeam import metrics, ops
from hornbeam.engine import Tensor, function
from hornbeam.engine.errors import ArgumentError, ShapeError

RNG = np.random.default_rng(0)


def test_masked_predictions_do_not_count():
    y = RNG.normal(size=(3, 4, 5)).astype("float32")
    mask = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]], bool)
    weights = RNG.random((3, 4)).astype("float32")
    predictions = Tensor(np.zeros_like(y))
    predictions._keras_mask = Tensor(mask)
    values = (y**2).mean(-1)
    metric = metrics.MeanSquaredError()
    metric.update_state(y, predictions)
    assert float(metric.result()) == pytest.approx((values * mask).sum() / mask.sum(), rel=1e-5)
    metric.reset_state()
    metric.update_state(y, predictions, sample_weight=weights)
    assert float(metric.result()) == pytest.approx((values * mask * weights).sum() / (mask * weights).sum(), rel=1e-5)


@pytest.mark.parametrize(
    ("y_true", "y_pred", "kind"),
    [
        ((None, 1), (None, 1), metrics.BinaryAccuracy),
        ((None,), (None, 1), metrics.BinaryAccuracy),
        ((None,), (None,), metrics.BinaryAccuracy),
        ((None,), (None, 10), metrics.SparseCategoricalAccuracy),
        ((None, 1), (None, 10), metrics.SparseCategoricalAccuracy),
        ((None, 5), (None, 5, 10), metrics.SparseCategoricalAccuracy),
        ((None, 10), (None, 10), metrics.CategoricalAccuracy),
    ],
)
def test_the_word_accuracy_is_chosen_by_shapes(y_true, y_pred, kind):
    metric = metrics.accuracy_for(y_true, y_pred, name="acc")
    assert type(metric) is kind and metric.name == "acc"


def test_a_metric_inside_a_metric_is_part_of_its_state():
    class Both(metrics.Metric):
        def __init__(self, name="both"):
            super().__init__(name=name)
            self.parts = {"mean": metrics.Mean(), "more": [metrics.Sum()]}
            self.inner = metrics.Sum()
            self.seen = self.add_weight(name="seen")

        def update_state(self, values, sample_weight=None):
            self.seen.assign_add(ops.cast(ops.size(values), self.dtype))
            self.inner.update_state(values)
            self.parts["mean"].update_state(values)

        def result(self):
            return {"seen": self.seen.value, "sum": self.inner.result(), "mean": self.parts["mean"].result()}

    metric = Both()
    metric(np.ones(3, "float32"))
    out = metric(np.full(5, 3.0, "float32"))
    assert float(out["seen"]) == 8 and float(out["sum"]) == 18 and float(out["mean"]) == pytest.approx(18 / 8)
    assert [v.name for v in metric.variables] == ["seen", "total", "count", "total"]
    metric.reset_state()
    assert all(float(v.numpy()) == 0 for v in metric.variables)


def test_a_compiled_update_gives_what_the_plain_one_does():
    batches = [(RNG.integers(0, 2, n).astype("float32"), RNG.random(n).astype("float32")) for n in (8, 8, 8)]
    plain, compiled = metrics.AUC(), metrics.AUC()
    step = function(lambda t, p: compiled.update_state(t, p))
    for t, p in batches:
        plain.update_state(t, p)
        step(t, p)
    for a, b in zip(plain.variables, compiled.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert float(plain.result()) == float(compiled.result())


def test_counts_at_even_thresholds_equal_a_comparison_with_each():
    """The histogram against the definition, for scores that do not lie on a threshold."""
    t, p, w = RNG.integers(0, 2, 500), RNG.random(500).astype("float32"), RNG.random(500).astype("float32")
    metric = metrics.AUC(num_thresholds=50)
    metric.update_state(t, p, sample_weight=w)
    above = p[:, None] > np.array(metric.thresholds)
    for variable, side, sign in zip(metric.variables, (t, 1 - t, 1 - t, t), (above, above, ~above, ~above), strict=True):
        np.testing.assert_allclose(variable.numpy(), ((side * w)[:, None] * sign).sum(0), rtol=1e-4, atol=1e-4)


def test_auc_of_a_perfect_and_of_a_reversed_ranking():
    for order, expected in ((1, 1.0), (-1, 0.0)):
        metric = metrics.AUC()
        metric.update_state([0, 0, 1, 1], np.array([0.1, 0.3, 0.6, 0.9], "float32")[::order])
        assert float(metric.result()) == pytest.approx(expected, abs=1e-6)


def test_true_and_false_counts_add_up():
    t, p = RNG.integers(0, 2, (40, 1)), RNG.random((40, 1)).astype("float32")
    counts = [getattr(metrics, name)() for name in ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives")]
    assert sum(float(count(t, p)) for count in counts) == 40
    assert float(counts[0].result()) == ((p > 0.5) & (t == 1)).sum()


def test_names_and_errors():
    assert isinstance(metrics.get("mse"), metrics.MeanSquaredError)
    assert isinstance(metrics.get("AUC"), metrics.AUC)
    assert metrics.get("log_cosh").name == "log_cosh"  # a loss by name
    assert metrics.get("cosine_similarity").__class__ is metrics.CosineSimilarity
    with pytest.raises(ArgumentError, match="Did you mean 'accuracy'"):
        metrics.get("acuracy")
    with pytest.raises(ArgumentError, match="ROC"):
        metrics.AUC(curve="roctopus")
    with pytest.raises(ArgumentError, match="between 0 and 1"):
        metrics.Precision(thresholds=2.0)
    with pytest.raises(ShapeError, match="without 'sparse'"):
        metrics.sparse_categorical_accuracy(np.eye(3), np.eye(3, dtype="float32"))


@pytest.mark.parametrize(
    "metric",
    [
        metrics.AUC(curve="PR", thresholds=[0.3]),
        metrics.Precision(top_k=2),
        metrics.BinaryAccuracy(threshold=0.3),
        metrics.FBetaScore(average="macro", beta=2.0, threshold=0.4),
        metrics.R2Score(class_aggregation=None, num_regressors=2),
    ],
)
def test_configs_round_trip(metric):
    again = metrics.deserialize(metrics.serialize(metric))
    assert type(again) is type(metric) and again.get_config() == metric.get_config()


def test_the_first_of_equal_scores_wins_also_on_the_compiled_path():
    p = np.tile(np.array([[0.2, 0.4, 0.4]], "float32"), (6000, 1))
    hits = metrics.sparse_categorical_accuracy(np.tile([1, 2], 3000), p).numpy()
    np.testing.assert_array_equal(hits, np.tile([1.0, 0.0], 3000))


def test_f_scores_by_the_definition():
    t, p = RNG.integers(0, 2, (30, 3)).astype("float32"), RNG.random((30, 3)).astype("float32")
    hits = p > 0.4
    tp, fp, fn = ((hits & (t == 1)).sum(0), (hits & (t == 0)).sum(0), (~hits & (t == 1)).sum(0))
    by_class = 2 * tp / (2 * tp + fp + fn)
    np.testing.assert_allclose(metrics.F1Score(threshold=0.4)(t, p), by_class, rtol=1e-5)
    assert float(metrics.F1Score(average="macro", threshold=0.4)(t, p)) == pytest.approx(by_class.mean(), rel=1e-5)
    micro = 5 * tp.sum() / (5 * tp.sum() + fp.sum() + 4 * fn.sum())
    assert float(metrics.FBetaScore("micro", beta=2.0, threshold=0.4)(t, p)) == pytest.approx(micro, rel=1e-5)


def test_r2_by_the_definition_over_two_updates():
    t = RNG.normal(size=(40, 2)).astype("float32")
    p = t + 0.3 * RNG.normal(size=(40, 2)).astype("float32")
    metric = metrics.R2Score(class_aggregation=None, num_regressors=3)
    metric.update_state(t[:25], p[:25])
    metric.update_state(t[25:], p[25:])
    score = 1 - ((t - p) ** 2).sum(0) / ((t - t.mean(0)) ** 2).sum(0)
    np.testing.assert_allclose(metric.result(), 1 - (1 - score) * 79 / 76, rtol=1e-4)  # 80 elements
