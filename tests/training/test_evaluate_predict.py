"""`evaluate`, `predict` and the methods for one batch, with Keras's numbers and shapes."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.training.program import BatchProgram
from training.fixtures_of_fit import RAMP, TARGET, X, Y, batches, classifier, near, regressor


def test_evaluate():
    model = classifier(weighted_metrics=["accuracy", "sparse_categorical_crossentropy"])
    found = model.evaluate(X, Y, verbose=0, return_dict=True)
    assert model.evaluate(X, Y, verbose=0) == [found[name] for name in model.metrics_names]
    assert model.metrics_names == ["loss", "accuracy", "weighted_accuracy", "sparse_categorical_crossentropy"]
    np.testing.assert_allclose(model.evaluate(X, Y, verbose=0), [0.85268, 0.425, 0.425, 0.85268], atol=2e-5)
    np.testing.assert_allclose(
        model.evaluate(X, Y, batch_size=7, sample_weight=RAMP, verbose=0), [0.4127, 0.425, 0.44872, 0.82539], atol=2e-5
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert isinstance(model.evaluate(X, Y, verbose=0), float)


def test_evaluate_takes_streams_and_steps():
    model = classifier()
    whole = model.evaluate(X, Y, batch_size=8, verbose=0)
    np.testing.assert_allclose(model.evaluate(batches(5), verbose=0), whole, rtol=1e-6)
    np.testing.assert_allclose(model.evaluate(batches(forever=True), steps=5, verbose=0), whole, rtol=1e-6)
    np.testing.assert_allclose(model.evaluate(X, Y, batch_size=8, steps=2, verbose=0), model.evaluate(X[:16], Y[:16], verbose=0), rtol=1e-6)


def test_evaluate_changes_no_weights():
    model = classifier()
    before = [w.tobytes() for w in model.get_weights()]
    model.evaluate(X, Y, verbose=0)
    assert [w.tobytes() for w in model.get_weights()] == before


@pytest.mark.parametrize("size", [None, 1, 7, 40, 100])
def test_predict_in_any_batches(size):
    model = classifier()
    found = model.predict(X, batch_size=size, verbose=0)
    assert type(found) is np.ndarray and found.dtype == np.float32 and found.shape == (40, 2)
    np.testing.assert_allclose(found, np.asarray(model(X)), rtol=1e-5)


def test_predict_takes_streams():
    model = classifier()
    want = model.predict(X, verbose=0)
    np.testing.assert_allclose(model.predict((x for x, _ in batches(5)), verbose=0), want, rtol=1e-5)
    np.testing.assert_allclose(model.predict(batches(5), verbose=0), want, rtol=1e-5)  # targets are passed over
    assert model.predict(X, batch_size=7, steps=1, verbose=0).shape == (7, 2)
    np.testing.assert_allclose(model.predict(X.tolist(), verbose=0), want, rtol=1e-5)


def test_predictions_are_the_callers_own():
    model = classifier()
    found = model.predict(X[:2], verbose=0)
    kept = found.copy()
    model.predict(X[2:4], verbose=0)
    np.testing.assert_array_equal(found, kept)
    found[:] = 0  # writable


def test_predict_calls_its_hooks():
    seen = []
    watcher = hb.callbacks.LambdaCallback(
        on_predict_begin=lambda logs: seen.append("begin"), on_predict_end=lambda logs: seen.append("end"),
        on_predict_batch_begin=lambda batch, logs: seen.append(batch),
        on_predict_batch_end=lambda batch, logs: seen.append(logs["outputs"].shape),
    )  # fmt: skip
    classifier().predict(X, batch_size=16, callbacks=[watcher], verbose=0)
    assert seen == ["begin", 0, (16, 2), 1, (16, 2), 2, (8, 2), "end"]


def test_methods_for_one_batch_tell_of_that_batch_alone():
    model = classifier()
    found = [model.train_on_batch(X[:8], Y[:8])[0] for _ in range(3)]
    np.testing.assert_allclose(found[1:], [0.74624, 0.72847], atol=2e-2)
    assert found[0] > found[1] > found[2]
    again = classifier()
    again.train_on_batch(X[:8], Y[:8])
    np.testing.assert_allclose(again.train_on_batch(X[:8], Y[:8]), [0.74624, 0.5], atol=2e-5)
    again.train_on_batch(X[:8], Y[:8])
    np.testing.assert_allclose(again.train_on_batch(X[:8], Y[:8]), [0.71255, 0.5], atol=2e-5)
    assert near({k: [v] for k, v in again.train_on_batch(X[:8], Y[:8], return_dict=True).items()}, {"accuracy": [0.5], "loss": [0.69910]})
    np.testing.assert_allclose(again.train_on_batch(X[:8], Y[:8], sample_weight=np.ones(8)), [0.68644, 0.5], atol=2e-5)
    np.testing.assert_allclose(again.train_on_batch(X[:8], Y[:8], class_weight={0: 1, 1: 2}), [1.11734, 0.5], atol=2e-5)
    np.testing.assert_allclose(again.test_on_batch(X, Y), again.evaluate(X, Y, batch_size=40, verbose=0), rtol=1e-6)
    np.testing.assert_array_equal(again.predict_on_batch(X[:2]), again.predict(X[:2], verbose=0))
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert isinstance(model.train_on_batch(X, Y), float) and isinstance(model.test_on_batch(X, Y), float)


def test_one_row_compiles_once(monkeypatch):
    traced = []
    trace = BatchProgram._trace
    monkeypatch.setattr(BatchProgram, "_trace", lambda self, *args: traced.append(1) or trace(self, *args))
    model = regressor()
    for i in range(5):
        model.predict(X[i : i + 1], verbose=0)
    model.optimizer.learning_rate = 0.5
    model.fit(X, TARGET, verbose=0)
    first = model.predict(X[:1], verbose=0)
    np.testing.assert_allclose(first, np.asarray(model(X[:1])), rtol=1e-6)  # the new weights, in the old program
    assert len(traced) == 1


def test_only_training_builds_the_optimizer():
    model = hb.Sequential([hb.Input((2,)), hb.layers.Dense(1)])
    model.compile("adam", "mse")
    x, y = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")
    model.evaluate(x, y, verbose=0)
    model.test_on_batch(x, y)
    assert not model.optimizer.built
    model.train_on_batch(x, y)
    assert len(model.optimizer.variables) == 6


def test_a_loss_that_is_not_reduced_is_minimised_as_a_sum_and_told_as_a_mean():
    """The numbers are those of Keras 3.15 on TensorFlow."""
    x = np.arange(8.0).reshape(4, 2)
    model = hb.Sequential([hb.Input((2,)), hb.layers.Dense(1, kernel_initializer="ones")])
    model.compile(hb.optimizers.SGD(0.1), hb.losses.MeanSquaredError(reduction="none"))
    history = model.fit(x, np.ones((4, 1)), epochs=2, batch_size=2, shuffle=False, verbose=0).history
    np.testing.assert_allclose(history["loss"], [93.12, 187821.89], rtol=1e-5)
    np.testing.assert_allclose(model.get_weights()[0].ravel(), [1196.2129, 1401.7809], rtol=1e-5)


def test_a_model_inside_that_has_been_compiled_keeps_its_loss_to_itself():
    inner = hb.Sequential([hb.Input((3,)), hb.layers.Dense(1)])
    inner.compile("sgd", "mse")
    start = hb.Input((3,))
    outer = hb.Model(start, inner(start))
    outer.compile(hb.optimizers.SGD(0.0), "mse")
    x, y = np.ones((4, 3), "float32"), np.full((4, 1), 7.0)
    expected = float(np.mean((outer.predict(x, verbose=0) - y) ** 2))
    assert outer.train_on_batch(x, y) == pytest.approx(expected, rel=1e-5)
    assert outer.evaluate(x, y, verbose=0) == pytest.approx(expected, rel=1e-5) and [m.name for m in outer.metrics] == ["loss"]
