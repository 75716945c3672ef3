"""Overlaps, trade-offs and a user's own metrics, also inside the compiled loop."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import metrics, ops
from hornbeam.engine.errors import ArgumentError, ShapeError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")


def test_documented_values():
    iou = metrics.MeanIoU(num_classes=2)
    iou.update_state([0, 0, 1, 1], [0, 1, 0, 1], sample_weight=[0.3, 0.3, 0.3, 0.1])
    np.testing.assert_allclose(iou.result(), 0.23809525, rtol=1e-6)
    binary = metrics.BinaryIoU(target_class_ids=[0, 1], threshold=0.3)
    binary.update_state([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7], sample_weight=[0.2, 0.3, 0.4, 0.1])
    np.testing.assert_allclose(binary.result(), 0.17361112, rtol=1e-6)
    at = metrics.PrecisionAtRecall(0.5)
    at.update_state([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8], sample_weight=[2, 2, 2, 1, 1])
    np.testing.assert_allclose(at.result(), 1 / 3, rtol=1e-6)


def test_numbers_that_are_no_class_do_not_count():
    iou = metrics.MeanIoU(num_classes=2)
    iou.update_state([0, 1, -1, 5, 0], [0, 1, 0, 0, 7])
    np.testing.assert_array_equal(iou.total_cm.numpy(), np.eye(2))


def test_mistakes():
    with pytest.raises(ArgumentError, match="target_class_ids are classes, 0 to 1"):
        metrics.IoU(2, [2])
    with pytest.raises(ArgumentError, match="recall lies"):
        metrics.PrecisionAtRecall(1.5)
    with pytest.raises(ArgumentError, match="num_thresholds"):
        metrics.RecallAtPrecision(0.5, num_thresholds=0)
    with pytest.raises(ShapeError, match="As many labels"):
        metrics.MeanIoU(2).update_state([0, 1], [0, 1, 1])


class Largest(metrics.Metric):
    """A user's own: the largest error seen, and how often it was looked for."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.error = self.add_weight(name="error", initializer="zeros")
        self.calls = self.add_variable((), "zeros", dtype="int32", name="calls")
        self.inner = metrics.Mean()

    def update_state(self, y_true, y_pred, sample_weight=None):
        error = ops.max(ops.abs(y_true - y_pred))
        self.error.assign(ops.maximum(self.error, error))
        self.calls.assign_add(1)
        self.inner.update_state(error)

    def result(self):
        return {"largest": self.error, "mean_largest": self.inner.result(), "calls": self.calls}


@pytest.mark.parametrize("eagerly", [False, True])
def test_a_users_metric_in_the_loop(eagerly):
    hb.utils.set_random_seed(1)
    model = hb.Sequential([hb.layers.Dense(1)])
    all_kinds = [
        metrics.PearsonCorrelation(axis=0), metrics.RecallAtPrecision(0.4), metrics.SensitivityAtSpecificity(0.4),
        metrics.BinaryIoU(), metrics.F1Score(threshold=0.5), metrics.R2Score(),
    ]  # fmt: skip
    model.compile("sgd", "mse", metrics=[Largest(name="mine"), *all_kinds], run_eagerly=eagerly)
    model.fit(X, Y, epochs=2, batch_size=16, verbose=0)
    logs = model.evaluate(X, Y, batch_size=16, verbose=0, return_dict=True)
    errors = np.abs(Y - model.predict(X, verbose=0))
    np.testing.assert_allclose(logs["largest"], errors.max(), rtol=1e-5)
    np.testing.assert_allclose(logs["mean_largest"], np.mean([errors[i : i + 16].max() for i in (0, 16, 32)]), rtol=1e-5)
    assert logs["calls"] == 3
    for metric in all_kinds:
        assert metric.name in logs


@pytest.mark.parametrize("jitted", [False, True])
def test_stateless(jitted):
    import jax

    metric, same = metrics.AUC(num_thresholds=20), metrics.AUC(num_thresholds=20)
    metric.update_state(Y, Y)
    before = [v.numpy() for v in metric.variables]
    update = jax.jit(metric.stateless_update_state) if jitted else metric.stateless_update_state
    state = metric.stateless_reset_state()
    assert not any(np.any(np.asarray(value)) for value in state)
    for i in range(3):
        scores = np.abs(np.sin(X[:, :1] + i)).astype("float32")
        state = update(state, Y, scores)
        same.update_state(Y, scores)
    np.testing.assert_allclose(metric.stateless_result(state), same.result(), rtol=1e-6)
    for value, variable in zip(before, metric.variables, strict=True):
        np.testing.assert_array_equal(value, variable.numpy())
    with pytest.raises(ArgumentError, match="4 variables; 1 values"):
        metric.stateless_result([1])
