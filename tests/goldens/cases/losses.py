"""Losses: values and gradients, reductions, sample weights, masks; as objects, functions and strings."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import Case, normal, plain, rng

TOLERANCE = (1e-5, 1e-6)

ROWS = 5
WEIGHTS = np.array([1.0, 0.0, 2.5, 0.3, 1.0], "float32")


def _softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(-1, keepdims=True))
    return (e / e.sum(-1, keepdims=True)).astype("float32")


def _data(kind: str, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Labels and predictions of the kind a loss wants."""
    scores = normal(generator, ROWS, 4, scale=2.0)
    one_hot = np.eye(4, dtype="float32")[generator.integers(0, 4, ROWS)]
    classes = generator.integers(0, 4, ROWS).astype("int32")
    binary = generator.integers(0, 2, (ROWS, 4)).astype("float32")
    sigmoid = (1 / (1 + np.exp(-scores))).astype("float32")
    return {
        "real": (normal(generator, ROWS, 4), scores),
        "positive": (np.abs(normal(generator, ROWS, 4)) + np.float32(0.1), np.abs(scores) + np.float32(0.05)),
        "binary": (binary, sigmoid),
        "binary logits": (binary, scores),
        "signs": (2 * binary - 1, scores),
        "categorical": (one_hot, _softmax(scores)),
        "categorical logits": (one_hot, scores),
        "distribution": (_softmax(normal(generator, ROWS, 4)), _softmax(scores)),
        "sparse": (classes, _softmax(scores)),
        "sparse logits": (classes, scores),
        "sparse column": (classes[:, None], _softmax(scores)),
        "sparse ignored": (np.where(np.arange(ROWS) == 1, -1, classes).astype("int32"), scores),
        "steps": (generator.integers(0, 4, (ROWS, 3)).astype("int32"), _softmax(normal(generator, ROWS, 3, 4))),
    }[kind]


def _loss(name: str, class_name: str, kind: str, /, **arguments: Any) -> Case:
    def case(oracle: Oracle) -> dict[str, Any]:
        make = getattr(oracle.keras.losses, class_name)
        truth, prediction = _data(kind, rng(name))
        y = oracle.tensor(truth)
        loss = make(**arguments)
        weights = WEIGHTS if prediction.ndim == 2 else np.tile(WEIGHTS[:, None], (1, 3))
        value, (gradient,), _ = oracle.gradients(lambda p: loss(y, p), [prediction], [])
        weighted, (weighted_gradient,), _ = oracle.gradients(
            lambda p: loss(y, p, sample_weight=oracle.tensor(weights)), [prediction], [])
        result = {"value": value, "gradient": gradient, "weighted": weighted, "weighted gradient": weighted_gradient,
                  "config": plain(loss.get_config()), "name": loss.name}
        result["config"].pop("delta", None)  # Keras's Huber forgets its delta; nobody has to
        p = oracle.tensor(prediction)
        for reduction in ("sum", "none", "mean_with_sample_weight"):
            reduced = make(**arguments, reduction=reduction)
            result[reduction] = oracle.numpy(reduced(y, p))
            result[f"weighted {reduction}"] = oracle.numpy(reduced(y, p, sample_weight=oracle.tensor(weights)))
        return result

    return case


FUNCTIONS = {
    "mean_squared_error": "real", "mean_absolute_error": "real", "mean_absolute_percentage_error": "positive",
    "mean_squared_logarithmic_error": "positive", "huber": "real", "log_cosh": "real", "binary_crossentropy": "binary",
    "categorical_crossentropy": "categorical", "sparse_categorical_crossentropy": "sparse", "kl_divergence":
    "distribution", "poisson": "positive", "hinge": "signs", "squared_hinge": "signs", "categorical_hinge":
    "categorical", "cosine_similarity": "real",
}  # fmt: skip
ALIASES = ("mse", "MSE", "mae", "MAE", "mape", "MAPE", "msle", "MSLE", "bce", "BCE", "kld", "KLD")


def _functions(oracle: Oracle) -> dict[str, Any]:
    """As functions: one value a sample. By string: the same function."""
    losses = oracle.keras.losses
    result: dict[str, Any] = {}
    for name, kind in FUNCTIONS.items():
        y, p = map(oracle.tensor, _data(kind, rng(name)))
        result[name] = oracle.numpy(getattr(losses, name)(y, p))
        result[f"got {name}"] = oracle.numpy(losses.get(name)(y, p))
    y, p = map(oracle.tensor, _data("binary", rng("aliases")))
    for alias in ALIASES:
        result[f"got {alias}"] = oracle.numpy(losses.get(alias)(y, p))
    y, p = map(oracle.tensor, _data("steps", rng("axis")))
    result["steps"] = oracle.numpy(losses.sparse_categorical_crossentropy(y, p))
    y, p = map(oracle.tensor, _data("categorical", rng("axis")))
    result["axis"] = oracle.numpy(losses.categorical_crossentropy(y, p, axis=0))
    result["class by name"] = type(losses.get("CategoricalCrossentropy")).__name__
    return result


def _edges(oracle: Oracle) -> dict[str, Any]:
    """Where probabilities are 0 or 1, targets 0, vectors 0, labels 0/1 for a hinge."""
    losses = oracle.keras.losses

    def value(name: str, truth: Any, prediction: Any, **arguments: Any) -> np.ndarray:
        dtype = "int32" if name.startswith("sparse") else "float32"
        return oracle.numpy(getattr(losses, name)(
            oracle.tensor(np.array(truth, dtype)), oracle.tensor(np.array(prediction, "float32")), **arguments))

    return {
        "binary": value("binary_crossentropy", [[1], [0], [1], [0]], [[0], [1], [1], [0]]),
        "binary logits": value("binary_crossentropy", [[1], [0], [1]], [[-90], [90], [200]], from_logits=True),
        "categorical": value("categorical_crossentropy", [[1, 0], [1, 0]], [[0, 1], [1, 0]]),
        "categorical unscaled": value("categorical_crossentropy", [[1, 0]], [[2, 6]]),
        "categorical logits": value("categorical_crossentropy", [[1, 0]], [[-200, 100]], from_logits=True),
        "sparse": value("sparse_categorical_crossentropy", [0, 1], [[0, 1], [0, 1]]),
        "sparse logits": value("sparse_categorical_crossentropy", [0], [[-200, 100]], from_logits=True),
        "percentage": value("mean_absolute_percentage_error", [[0.0, 1.0]], [[1.0, 1.5]]),
        "logarithmic": value("mean_squared_logarithmic_error", [[-0.5]], [[1.0]]),
        "kl": value("kl_divergence", [[0, 1]], [[1, 0]]),
        "poisson": value("poisson", [[1.0]], [[0.0]]),
        "hinge zero one": value("hinge", [[0, 1, 1]], [[0.3, 0.3, 2.0]]),
        "hinge other": value("hinge", [[0, 1, 0.5]], [[0.3, 0.3, 0.3]]),
        "squared hinge zero one": value("squared_hinge", [[0, 1, 1]], [[0.3, 0.3, 2.0]]),
        "cosine zero": value("cosine_similarity", [[0, 0], [1e-4, 0]], [[1, 1], [1e-4, 0]]),
        "cosh far": value("log_cosh", [[0.0]], [[50.0]]),
        "huber at delta": value("huber", [[0.0], [0.0]], [[1.0], [3.0]], delta=1.0),
    }


def _shapes(oracle: Oracle) -> dict[str, Any]:
    """A last dimension of one is squeezed on either side; weights of one value a sample spread over steps."""
    losses = oracle.keras.losses
    generator = rng("shapes")
    flat, column, steps = normal(generator, ROWS), normal(generator, ROWS, 1), normal(generator, ROWS, 3, 2)
    tensor = oracle.tensor
    return {
        "labels flat": oracle.numpy(losses.MeanSquaredError()(tensor(flat), tensor(column))),
        "predictions flat": oracle.numpy(losses.MeanSquaredError()(tensor(column), tensor(flat))),
        "integer labels": oracle.numpy(losses.MeanSquaredError()(tensor(np.arange(ROWS)), tensor(column))),
        "steps": oracle.numpy(losses.MeanSquaredError()(tensor(steps), tensor(2 * steps))),
        "steps weighted": oracle.numpy(losses.MeanSquaredError()(
            tensor(steps), tensor(2 * steps), sample_weight=tensor(WEIGHTS[:, None]))),
        "weight column": oracle.numpy(losses.MeanSquaredError()(
            tensor(column), tensor(2 * column), sample_weight=tensor(WEIGHTS[:, None]))),
    }


_ROWS: list[tuple[Any, ...]] = [
    ("mean_squared_error", "MeanSquaredError", "real"),
    ("mean_absolute_error", "MeanAbsoluteError", "real"),
    ("mean_absolute_percentage_error", "MeanAbsolutePercentageError", "positive"),
    ("mean_squared_logarithmic_error", "MeanSquaredLogarithmicError", "positive"),
    ("huber", "Huber", "real"),
    ("huber_delta", "Huber", "real", {"delta": 0.4}),
    ("log_cosh", "LogCosh", "real"),
    ("binary_crossentropy", "BinaryCrossentropy", "binary"),
    ("binary_crossentropy_logits", "BinaryCrossentropy", "binary logits", {"from_logits": True}),
    ("binary_crossentropy_smooth", "BinaryCrossentropy", "binary", {"label_smoothing": 0.2}),
    ("categorical_crossentropy", "CategoricalCrossentropy", "categorical"),
    ("categorical_crossentropy_logits", "CategoricalCrossentropy", "categorical logits", {"from_logits": True}),
    ("categorical_crossentropy_smooth", "CategoricalCrossentropy", "categorical", {"label_smoothing": 0.1}),
    ("categorical_crossentropy_smooth_logits", "CategoricalCrossentropy", "categorical logits",
     {"label_smoothing": 0.1, "from_logits": True}),
    ("categorical_crossentropy_soft", "CategoricalCrossentropy", "distribution"),
    ("sparse", "SparseCategoricalCrossentropy", "sparse"),
    ("sparse_logits", "SparseCategoricalCrossentropy", "sparse logits", {"from_logits": True}),
    ("sparse_column", "SparseCategoricalCrossentropy", "sparse column"),
    ("sparse_steps", "SparseCategoricalCrossentropy", "steps"),
    ("sparse_ignore", "SparseCategoricalCrossentropy", "sparse ignored", {"from_logits": True, "ignore_class": -1}),
    ("kl_divergence", "KLDivergence", "distribution"),
    ("poisson", "Poisson", "positive"),
    ("hinge", "Hinge", "signs"),
    ("hinge_binary", "Hinge", "binary logits"),
    ("squared_hinge", "SquaredHinge", "signs"),
    ("categorical_hinge", "CategoricalHinge", "categorical logits"),
    ("cosine_similarity", "CosineSimilarity", "real"),
    ("named", "MeanSquaredError", "real", {"name": "error"}),
]
CASES: dict[str, Case] = {
    name: _loss(name, class_name, kind, **(rest[0] if rest else {}))
    for name, class_name, kind, *rest in _ROWS
}
CASES |= {"functions": _functions, "edges": _edges, "shapes": _shapes}
