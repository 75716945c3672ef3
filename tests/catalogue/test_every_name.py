"""Every registered name, eagerly and under fit, in training and inference: a name without a row here fails.

Layers stand side by side in one model for each kind of input (the rows are those of the golden family `catalogue`), so that a few programs
serve all of them.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine import registry

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from goldens.cases import catalogue

L = hb.layers
# Layers that are tested elsewhere: models, inputs, what takes strings or code.
APART = {"FeatureSpace", "FlaxLayer", "Functional", "InputLayer", "JaxLayer", "Lambda", "Model", "Sequential", "StringLookup",
         "TextVectorization", "TorchModuleWrapper"}  # fmt: skip
ROWS = {name for group in catalogue.GROUPS.values() for name in group.rows}
SLOW = {"policies", "volumes", "images"}
GROUPS = [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in catalogue.GROUPS]


def classes(kind):
    """The names of a kind, without those of older releases, which are there once a test has imported `hornbeam.keras`."""
    found = {registry.lookup(kind, name) for name in registry.names(kind)}
    return {each.__name__ for each in found if not each.__module__.startswith("hornbeam.dialects")}


def test_every_layer_has_a_row():
    assert classes("layer") - {"Distiller", "TFSMLayer"} == ROWS | APART  # which are there once a test has imported them


@pytest.mark.parametrize("name", GROUPS)
def test_layers(name, tmp_path):
    group, generator = catalogue.GROUPS[name], np.random.default_rng(0)
    model, made = catalogue.beside(hb, group, list(group.rows))
    x, y = group.draw(generator, (4, *group.shape)), generator.normal(size=(4, 1)).astype("float32")

    @hb.function  # one program for all of them; eager gradients are in the goldens
    def gradients():
        with hb.GradientTape() as tape:
            loss = hb.ops.mean((model(x, training=True) - y) ** 2)
        return tape.gradient(loss, model.trainable_weights)

    assert np.isfinite(np.asarray(model(x, training=True))).all()
    for gradient, weight in zip(gradients(), model.trainable_weights, strict=True):
        assert gradient is not None and np.isfinite(np.asarray(gradient)).all(), weight.path
    # Under fit: every weight moves, and what it learned stays in a file.
    model.compile(hb.optimizers.SGD(0.01), "mse")
    before = [w.numpy() for w in model.trainable_weights]
    losses = model.fit(x, y, batch_size=4, epochs=2, verbose=0).history["loss"]
    assert np.isfinite(losses).all()
    still = [w.path for w, old in zip(model.trainable_weights, before, strict=True) if np.array_equal(w.numpy(), old)]
    assert not still, still
    inferred = model.predict(x, verbose=0)
    np.testing.assert_allclose(inferred, np.asarray(model(x, training=False)), rtol=1e-4, atol=1e-5)
    model.save(tmp_path / "m.keras")
    np.testing.assert_allclose(hb.models.load_model(tmp_path / "m.keras").predict(x, verbose=0), inferred, rtol=1e-5, atol=1e-6)
    for layer in made.values():
        again = type(layer).from_config(layer.get_config())
        assert again.get_config() == layer.get_config()


# Losses and metrics: what each takes.
SCORES = np.random.default_rng(1).uniform(0.1, 0.9, (6, 3)).astype("float32")
SCORES /= SCORES.sum(1, keepdims=True)
ONE_HOT, NUMBERS = np.eye(3, dtype="float32")[[0, 1, 2, 0, 1, 2]], np.array([0, 1, 2, 0, 1, 2])
VALUES = np.random.default_rng(2).uniform(0.2, 0.8, (6, 3)).astype("float32")
SPARSE = {"CategoricalGeneralizedCrossEntropy", "SparseCategoricalCrossentropy",
          "SparseCategoricalAccuracy", "SparseTopKCategoricalAccuracy", "Circle"}  # fmt: skip
ARGUMENTS = {
    "IoU": {"num_classes": 2, "target_class_ids": [0]}, "MeanIoU": {"num_classes": 3}, "BinaryIoU": {},
    "OneHotIoU": {"num_classes": 3, "target_class_ids": [0]}, "OneHotMeanIoU": {"num_classes": 3}, "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5}, "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
    "MeanMetricWrapper": {"fn": hb.losses.mean_squared_error}, "TopKCategoricalAccuracy": {"k": 2},
    "SparseTopKCategoricalAccuracy": {"k": 2},
}  # fmt: skip


def labels(name):
    return NUMBERS if name in SPARSE else ONE_HOT


@pytest.mark.parametrize("name", sorted(name for name in classes("loss") if name[0].isupper()))
def test_losses(name):
    loss = registry.lookup("loss", name)()
    if name == "CTC":
        y, scores = np.array([[1, 2], [2, 1]]), np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32")
    else:
        y, scores = labels(name), SCORES
    scores = hb.Tensor(scores)
    with hb.GradientTape() as tape:
        tape.watch(scores)
        value = loss(y, scores)
    assert value.shape == () and np.isfinite(float(value)) and np.isfinite(np.asarray(tape.gradient(value, scores))).all()
    again = type(loss).from_config(loss.get_config())
    assert float(again(y, scores)) == float(value) and again.get_config() == loss.get_config()
    compiled = hb.function(lambda y, scores: loss(y, scores))(y, scores)
    np.testing.assert_allclose(float(compiled), float(value), rtol=1e-5)


def test_losses_as_functions():
    names = {name for name in classes("loss") if name[0].islower()} - {"ctc"}
    for name in names:
        y = NUMBERS if name in ("sparse_categorical_crossentropy", "categorical_generalized_cross_entropy", "circle") else ONE_HOT
        assert np.isfinite(np.asarray(hb.losses.get(name)(y, SCORES))).all(), name


@pytest.mark.parametrize("name", sorted(classes("metric")))
def test_metrics(name):
    metric = registry.lookup("metric", name)(**ARGUMENTS.get(name, {}))
    if name in ("Mean", "Sum"):
        data = (SCORES,)
    elif name in ("IoU", "BinaryIoU", "MeanIoU", "Accuracy"):
        data = (NUMBERS % 2, NUMBERS % 2 if name != "BinaryIoU" else SCORES[:, 0])
    else:
        data = (labels(name), VALUES if name in ("ConcordanceCorrelation", "PearsonCorrelation", "R2Score") else SCORES)
    metric.update_state(*data)
    value = np.asarray(metric.result())
    assert np.isfinite(value).all()
    again = type(metric).from_config(metric.get_config())
    hb.function(lambda *data: again.update_state(*data))(*data)
    np.testing.assert_allclose(np.asarray(again.result()), value, rtol=1e-5, atol=1e-6)
    metric.reset_state()
    assert all(not np.asarray(variable).any() for variable in metric.variables)


OPTIMIZERS = {"LossScaleOptimizer", "MultiOptimizer", "OptaxOptimizer", "OptimizerMap"}  # around others: tests/optimizers


@pytest.mark.parametrize("name", sorted(classes("optimizer") - OPTIMIZERS))
def test_optimizers(name):
    def model():
        made = hb.Sequential([L.Input((3,)), L.Dense(4, kernel_initializer="ones"), L.Dense(1, kernel_initializer="ones")])
        made.compile(registry.lookup("optimizer", name)(), "mse")
        return made

    compiled, eager = model(), model()
    eager.run_eagerly = True
    for each in (compiled, eager):
        assert np.isfinite(each.fit(VALUES, VALUES[:, :1], batch_size=3, epochs=2, shuffle=False, verbose=0).history["loss"]).all()
    for a, b in zip(compiled.get_weights(), eager.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    config = compiled.optimizer.get_config()
    assert type(compiled.optimizer).from_config(config).get_config() == config


def test_schedules_are_read_from_their_configurations():
    made = {
        "CosineDecay": (0.1, 10), "CosineDecayRestarts": (0.1, 10), "ExponentialDecay": (0.1, 10, 0.9), "InverseTimeDecay": (0.1, 10, 0.9),
        "PiecewiseConstantDecay": ([2, 4], [0.3, 0.2, 0.1]), "PolynomialDecay": (0.1, 10),
    }  # fmt: skip
    assert classes("schedule") == set(made)
    for name, arguments in made.items():
        schedule = registry.lookup("schedule", name)(*arguments)
        again = type(schedule).from_config(schedule.get_config())
        compiled = hb.function(lambda step: schedule(step))(3)  # noqa: B023
        assert float(again(3)) == pytest.approx(float(compiled), rel=1e-5)


def test_initializers():
    for name in classes("initializer"):
        initializer = registry.lookup("initializer", name)()
        shape = (6, 1, 6) if name == "STFT" else (4, 4)
        again = type(initializer).from_config(initializer.get_config())
        assert again.get_config() == initializer.get_config(), name
        value = np.asarray(initializer(shape))
        assert value.shape == shape and np.isfinite(value).all(), name
        if name != "STFT":
            dense = L.Dense(4, kernel_initializer=registry.lookup("initializer", name)())
            dense.build((None, 4))
            assert dense.kernel.shape == (4, 4)


def test_regularizers_and_constraints_under_fit():
    penalties = sorted(classes("regularizer"))
    limits = sorted(classes("constraint"))
    x = symbols = L.Input((3,))
    for i in range(max(len(penalties), len(limits))):
        x = L.Dense(3, kernel_regularizer=registry.lookup("regularizer", penalties[i % len(penalties)])(),
                    kernel_constraint=registry.lookup("constraint", limits[i % len(limits)])())(x)  # fmt: skip
    model = hb.Model(symbols, x)
    model.compile("sgd", "mse")
    assert np.isfinite(model.fit(VALUES, VALUES, verbose=0).history["loss"]).all()
    assert len(model.losses) == max(len(penalties), len(limits))
    again = hb.Model.from_config(model.get_config())
    assert again.get_config()["layers"] == model.get_config()["layers"]


def test_activations_under_fit():
    names = sorted(classes("activation") - {"threshold"})  # which takes arguments
    assert float(hb.activations.get("threshold")(np.float32(2.0), 1.0, -1.0)) == 2.0
    symbols = L.Input((4,))
    layers = [L.Dense(4, activation=name) for name in names]
    model = hb.Model(symbols, L.Add()([L.Dense(1)(layer(symbols)) for layer in layers]))
    model.compile(hb.optimizers.SGD(0.01), "mse")
    x = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
    with hb.GradientTape() as tape:
        loss = hb.ops.mean(model(x) ** 2)
    assert all(g is not None and np.isfinite(np.asarray(g)).all() for g in tape.gradient(loss, model.trainable_weights))
    assert np.isfinite(model.fit(x, x[:, :1], verbose=0).history["loss"]).all()
    assert [L.Dense.from_config(layer.get_config()).get_config()["activation"] for layer in layers] == names
