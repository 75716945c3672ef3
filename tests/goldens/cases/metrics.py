"""Metrics: three updates of different sizes, with and without weights, a reset, the state's names and the config."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import Case, normal, plain, rng

TOLERANCE = (1e-5, 1e-6)

SIZES = (6, 4, 9)


def _batch(kind: str, size: int, generator: np.random.Generator) -> tuple[np.ndarray, ...]:
    scores = normal(generator, size, 5)
    sigmoid = (1 / (1 + np.exp(-scores))).astype("float32")
    softmax = (np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)).astype("float32")
    classes = generator.integers(0, 5, size).astype("int32")
    binary = generator.integers(0, 2, (size, 5)).astype("float32")
    return {
        "values": (scores,),
        "real": (normal(generator, size, 5), scores),
        "classes": (classes[:, None], generator.integers(0, 3, (size, 1)).astype("int32")),
        "binary": (binary[:, :1], sigmoid[:, :1]),
        "binary flat": (binary[:, 0], sigmoid[:, 0]),
        "binary logits": (binary[:, :1], scores[:, :1]),
        "labels": (binary[:, :3], sigmoid[:, :3]),
        "categorical": (np.eye(5, dtype="float32")[classes], softmax),
        "sparse": (classes, softmax),
        "sparse column": (classes[:, None], softmax),
        "sparse steps": (generator.integers(0, 5, (size, 2)).astype("int32"),
                         np.stack([softmax, softmax[:, ::-1]], 1)),
    }[kind]


def _metric(name: str, class_name: str, kind: str, /, **arguments: Any) -> Case:
    def case(oracle: Oracle) -> dict[str, Any]:
        metric = getattr(oracle.keras.metrics, class_name)(**arguments)
        generator = rng(name)
        result: dict[str, Any] = {"empty": oracle.numpy(metric.result())} if class_name != "AUC" else {}
        for step, size in enumerate(SIZES):
            batch = _batch(kind, size, generator)
            metric.update_state(*map(oracle.tensor, batch))
            result[f"result {step}"] = oracle.numpy(metric.result())
        metric.reset_state()
        for step, size in enumerate(SIZES):
            batch = _batch(kind, size, generator)
            weights = np.abs(normal(generator, size)) * (np.arange(size) % 3 != 1)
            if kind == "sparse steps":
                weights = np.tile(weights[:, None], (1, 2))
            metric.update_state(*map(oracle.tensor, batch), sample_weight=oracle.tensor(weights.astype("float32")))
            result[f"weighted result {step}"] = oracle.numpy(metric.result())
        for variable in metric.variables:
            result[f"state {variable.name}"] = oracle.numpy(variable)
        return {**result, "name": plain({"name": metric.name})["name"], "config": plain(metric.get_config()),
                "state": [v.name for v in metric.variables]}

    return case


def _thresholds(oracle: Oracle) -> dict[str, Any]:
    metrics = oracle.keras.metrics
    return {
        "default": np.asarray(metrics.AUC().thresholds, "float64"),
        "five": np.asarray(metrics.AUC(num_thresholds=5).thresholds, "float64"),
        "given": np.asarray(metrics.AUC(thresholds=[0.5, 0.2]).thresholds, "float64"),
        "precision": list(metrics.Precision().thresholds),
    }


def _ties(oracle: Oracle) -> dict[str, Any]:
    """Scores at a threshold, equal scores, nothing positive, perfect ranking."""
    metrics, tensor = oracle.keras.metrics, oracle.tensor

    def value(metric: Any, truth: Any, prediction: Any) -> np.ndarray:
        metric.update_state(tensor(np.array(truth, "float32")), tensor(np.array(prediction, "float32")))
        return oracle.numpy(metric.result())

    return {
        "binary accuracy": value(metrics.BinaryAccuracy(), [[1], [0]], [[0.5], [0.5]]),
        "precision": value(metrics.Precision(), [[1], [0]], [[0.5], [0.5]]),
        "categorical": value(metrics.CategoricalAccuracy(), [[0, 1]], [[0.5, 0.5]]),
        "sparse": value(metrics.SparseCategoricalAccuracy(), [1, 0], [[0.5, 0.5], [0.5, 0.5]]),
        "top k": value(metrics.SparseTopKCategoricalAccuracy(k=2), [2, 0], [[0.5, 0.5, 0.5], [0.1, 0.5, 0.5]]),
        "auc perfect": value(metrics.AUC(), [0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]),
        "auc inverted": value(metrics.AUC(), [1, 1, 0, 0], [0.1, 0.2, 0.8, 0.9]),
        "auc tied": value(metrics.AUC(), [1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5]),
        "auc no positive": value(metrics.AUC(), [0, 0], [0.1, 0.2]),
        "auc textbook": value(metrics.AUC(num_thresholds=3), [0, 0, 1, 1], [0, 0.5, 0.3, 0.9]),
        "auc edges": value(metrics.AUC(), [0, 1], [0.0, 1.0]),
        "recall nothing": value(metrics.Recall(), [[0], [0]], [[0.9], [0.2]]),
        "accuracy steps": value(metrics.Accuracy(), [[1, 2], [3, 4]], [[1, 0], [3, 4]]),
    }


def _scalars(oracle: Oracle) -> dict[str, Any]:
    """Mean and Sum of plain numbers and of arrays with weights per row."""
    metrics = oracle.keras.metrics
    mean, total = metrics.Mean(name="m"), metrics.Sum(name="s")
    result: dict[str, Any] = {}
    for i, (value, weight) in enumerate([(3.0, None), (5.0, 2.0), ([1.0, 7.0], None), ([1.0, 7.0], [0.0, 1.0]),
                                         ([[1.0, 2.0], [3.0, 4.0]], [1.0, 0.0])]):
        mean.update_state(value, sample_weight=weight)
        total.update_state(value, sample_weight=weight)
        result[f"mean {i}"], result[f"sum {i}"] = oracle.numpy(mean.result()), oracle.numpy(total.result())
    return result


def _functions(oracle: Oracle) -> dict[str, Any]:
    """Metrics as functions give one value a sample."""
    metrics = oracle.keras.metrics
    kinds = {
        "binary_accuracy": "labels", "categorical_accuracy": "categorical", "sparse_categorical_accuracy": "sparse",
        "top_k_categorical_accuracy": "categorical", "sparse_top_k_categorical_accuracy": "sparse",
        "mean_squared_error": "real", "mean_absolute_error": "real", "binary_crossentropy": "labels",
        "categorical_crossentropy": "categorical", "sparse_categorical_crossentropy": "sparse",
    }  # fmt: skip
    result: dict[str, Any] = {}
    for name, kind in kinds.items():
        result[name] = oracle.numpy(getattr(metrics, name)(*map(oracle.tensor, _batch(kind, 7, rng(name)))))
    result["got"] = [type(metrics.get(name)).__name__ for name in
                     ("AUC", "Precision", "MeanSquaredError", "RootMeanSquaredError", "BinaryAccuracy", "Mean")]
    return result


_ROWS: list[tuple[Any, ...]] = [
    ("mean", "Mean", "values"),
    ("sum", "Sum", "values"),
    ("accuracy", "Accuracy", "classes"),
    ("binary_accuracy", "BinaryAccuracy", "binary"),
    ("binary_accuracy_labels", "BinaryAccuracy", "labels", {"threshold": 0.7}),
    ("categorical_accuracy", "CategoricalAccuracy", "categorical"),
    ("sparse_categorical_accuracy", "SparseCategoricalAccuracy", "sparse"),
    ("sparse_categorical_accuracy_column", "SparseCategoricalAccuracy", "sparse column"),
    ("sparse_categorical_accuracy_steps", "SparseCategoricalAccuracy", "sparse steps"),
    ("top_k", "TopKCategoricalAccuracy", "categorical", {"k": 2}),
    ("top_5", "TopKCategoricalAccuracy", "categorical"),
    ("sparse_top_k", "SparseTopKCategoricalAccuracy", "sparse", {"k": 3}),
    ("sparse_top_k_steps", "SparseTopKCategoricalAccuracy", "sparse steps", {"k": 2}),
    ("precision", "Precision", "binary"),
    ("precision_thresholds", "Precision", "binary", {"thresholds": [0.2, 0.5, 0.8]}),
    ("precision_class", "Precision", "categorical", {"class_id": 2, "thresholds": 0.3}),
    ("precision_top_k", "Precision", "categorical", {"top_k": 2}),
    ("recall", "Recall", "binary"),
    ("recall_flat", "Recall", "binary flat"),
    ("recall_top_k", "Recall", "categorical", {"top_k": 2, "class_id": 1}),
    ("recall_thresholds", "Recall", "labels", {"thresholds": [0.3, 0.6]}),
    ("auc", "AUC", "binary"),
    ("auc_flat", "AUC", "binary flat"),
    ("auc_logits", "AUC", "binary logits", {"from_logits": True}),
    ("auc_few", "AUC", "binary", {"num_thresholds": 7}),
    ("auc_given", "AUC", "binary", {"thresholds": [0.25, 0.4, 0.8]}),
    ("auc_minoring", "AUC", "binary", {"num_thresholds": 7, "summation_method": "minoring"}),
    ("auc_majoring", "AUC", "binary", {"num_thresholds": 7, "summation_method": "majoring"}),
    ("auc_pr", "AUC", "binary", {"curve": "PR"}),
    ("auc_pr_few", "AUC", "binary", {"curve": "PR", "num_thresholds": 7}),
    ("auc_pr_minoring", "AUC", "binary", {"curve": "PR", "num_thresholds": 7, "summation_method": "minoring"}),
    ("auc_pr_majoring", "AUC", "binary", {"curve": "PR", "num_thresholds": 7, "summation_method": "majoring"}),
    ("auc_several", "AUC", "labels"),
    ("auc_multi_label", "AUC", "labels", {"multi_label": True, "num_thresholds": 20}),
    ("auc_multi_label_pr", "AUC", "labels",
     {"multi_label": True, "curve": "PR", "num_labels": 3, "num_thresholds": 20}),
    ("auc_label_weights", "AUC", "labels",
     {"multi_label": True, "label_weights": [0.5, 2.0, 1.0], "num_thresholds": 20}),
    ("mean_squared_error", "MeanSquaredError", "real"),
    ("root_mean_squared_error", "RootMeanSquaredError", "real"),
    ("mean_absolute_error", "MeanAbsoluteError", "real"),
    ("binary_crossentropy", "BinaryCrossentropy", "labels"),
    ("binary_crossentropy_logits", "BinaryCrossentropy", "binary logits",
     {"from_logits": True, "label_smoothing": 0.1}),
    ("categorical_crossentropy", "CategoricalCrossentropy", "categorical"),
    ("categorical_crossentropy_smooth", "CategoricalCrossentropy", "categorical", {"label_smoothing": 0.1}),
    ("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy", "sparse"),
    ("cosine_similarity", "CosineSimilarity", "real"),
]
CASES: dict[str, Case] = {name: _metric(name, class_name, kind, **(rest[0] if rest else {}))
                          for name, class_name, kind, *rest in _ROWS}
CASES |= {"thresholds": _thresholds, "ties": _ties, "scalars": _scalars, "functions": _functions}
