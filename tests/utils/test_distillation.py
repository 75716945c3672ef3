"""keras.distillation; the numbers are real Keras's."""

import numpy as np
import pytest

from hornbeam import layers, losses, models, optimizers
from hornbeam.utils.distillation import Distiller, FeatureDistillation, LogitsDistillation

X = np.random.default_rng(0).normal(size=(16, 6)).astype("float32")
Y = np.random.default_rng(1).integers(0, 3, 16)


def _model(name):
    model = models.Sequential([layers.Input((6,)), layers.Dense(8, activation="tanh", name="h"), layers.Dense(3, name="o")], name=name)
    rng = np.random.default_rng(7)
    for v in model.weights:
        v.assign(rng.normal(size=v.shape).astype("float32") * 0.5)
    return model


def test_a_student_learns_from_outputs_and_from_inside(tmp_path):
    inside = FeatureDistillation(loss="mse", teacher_layer_name="h", student_layer_name="h")
    model = Distiller(_model("teacher"), _model("student"), [LogitsDistillation(), inside], [1.0, 0.5], 0.3)
    model.compile(optimizers.SGD(0.1), losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    history = model.fit(X, Y, epochs=2, batch_size=8, shuffle=False, verbose=0).history
    np.testing.assert_allclose(history["loss"], [0.37471, 0.36091], atol=2e-5)
    np.testing.assert_allclose(history["distillation_loss"], [-0.00567, -0.02346], atol=2e-5)
    np.testing.assert_allclose(model.evaluate(X, Y, verbose=0), [0.35127, 0.375, 1.24817, -0.03312, 0.35127], atol=2e-5)
    assert not model.teacher.trainable and len(model.trainable_variables) == 4
    model.save(tmp_path / "m.keras")
    again = models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.student.predict(X, verbose=0))
    pair = _model("t"), _model("s")
    for wrong in (lambda: LogitsDistillation(-1), lambda: Distiller(3, pair[1], inside), lambda: Distiller(*pair, 3)):
        with pytest.raises(ValueError, match="received"):
            wrong()
