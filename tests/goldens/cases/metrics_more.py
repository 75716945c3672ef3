"""Metrics of overlaps, trade-offs, correlations, scores and the remaining means: updates, weights, state and config."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import Case, normal, plain, rng

TOLERANCE = (1e-5, 1e-6)

SIZES = (6, 4, 9)


def _batch(kind: str, size: int, generator: np.random.Generator) -> tuple[np.ndarray, ...]:
    scores = normal(generator, size, 4)
    sigmoid = (1 / (1 + np.exp(-scores))).astype("float32")
    softmax = (np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)).astype("float32")
    classes, others = generator.integers(0, 4, (2, size, 5)).astype("int32")
    binary = generator.integers(0, 2, (size, 4)).astype("float32")
    one_hot = np.eye(4, dtype="float32")[classes[:, 0]]
    return {
        "classes": (classes, others),
        "few classes": (classes % 2, others % 2),
        "void": (np.where(classes == 3, 255, classes).astype("int32"), others % 3),
        "binary": (binary[:, 0], sigmoid[:, 0]),
        "binary column": (binary[:, :1], sigmoid[:, :1]),
        "labels": (binary, sigmoid),
        "categorical": (one_hot, softmax),
        "sparse truth": (classes[:, 0], softmax),
        "real": (normal(generator, size, 4), scores),
        "positive": (np.abs(normal(generator, size, 4)) + np.float32(0.1), np.abs(scores) + np.float32(0.05)),
        "signs": (2 * binary - 1, scores),
        "flat predictions": (scores, np.ones_like(scores)),
    }[kind]


def _metric(name: str, class_name: str, kind: str, /, **arguments: Any) -> Case:
    def case(oracle: Oracle) -> dict[str, Any]:
        if "IoU" in class_name:  # Keras counts in integers by default, whatever its documentation's examples show
            arguments["dtype"] = "float32"
        metric = getattr(oracle.keras.metrics, class_name)(**arguments)
        generator = rng(name)
        result: dict[str, Any] = {}
        for step, size in enumerate(SIZES):
            metric.update_state(*map(oracle.tensor, _batch(kind, size, generator)))
            result[f"result {step}"] = oracle.numpy(metric.result())
        metric.reset_state()
        if class_name != "R2Score":  # of nothing, Keras's is NaN
            result["reset"] = oracle.numpy(metric.result())
        for step, size in enumerate(SIZES):
            batch = _batch(kind, size, generator)
            weights = (np.abs(normal(generator, size)) * (np.arange(size) % 3 != 1)).astype("float32")
            if kind in ("classes", "few classes", "void"):
                weights = np.tile(weights[:, None], (1, 5))
            metric.update_state(*map(oracle.tensor, batch), sample_weight=oracle.tensor(weights))
            result[f"weighted result {step}"] = oracle.numpy(metric.result())
        for variable in metric.variables:
            result[f"state {variable.name}"] = oracle.numpy(variable)
        result["config"], result["name"] = plain(metric.get_config()), metric.name
        again = type(metric).from_config(metric.get_config())
        result["again"] = plain(again.get_config())
        return result

    return case


def _functions(oracle: Oracle) -> dict[str, Any]:
    metrics = oracle.keras.metrics
    y, p = map(oracle.tensor, _batch("real", 5, rng("functions")))
    constant = oracle.tensor(np.ones((5, 4), "float32"))
    return {
        "pearson": oracle.numpy(metrics.pearson_correlation(y, p)),
        "pearson axis": oracle.numpy(metrics.pearson_correlation(y, p, axis=0)),
        "concordance": oracle.numpy(metrics.concordance_correlation(y, p)),
        "concordance axes": oracle.numpy(metrics.concordance_correlation(y, p, axis=(0, 1))),
        "concordance constant": oracle.numpy(metrics.concordance_correlation(constant, constant)),
        "got": [type(metrics.get(name)).__name__ for name in
                ("IoU", "MeanIoU", "PearsonCorrelation", "F1Score", "R2Score", "LogCoshError")
                if name not in ("IoU", "MeanIoU")],
    }  # fmt: skip


_ROWS: list[tuple[Any, ...]] = [
    ("iou", "IoU", "classes", {"num_classes": 4, "target_class_ids": [0, 2]}),
    ("iou_unseen", "IoU", "few classes", {"num_classes": 4, "target_class_ids": [1, 3]}),
    ("iou_void", "IoU", "void", {"num_classes": 3, "target_class_ids": [0, 1], "ignore_class": 255}),
    ("iou_ignored", "IoU", "classes", {"num_classes": 4, "target_class_ids": [0, 1], "ignore_class": 2}),
    ("iou_scores", "IoU", "sparse truth", {"num_classes": 4, "target_class_ids": [0, 3], "sparse_y_pred": False}),
    ("binary_iou", "BinaryIoU", "binary"),
    ("binary_iou_threshold", "BinaryIoU", "binary column", {"target_class_ids": [1], "threshold": 0.3}),
    ("mean_iou", "MeanIoU", "classes", {"num_classes": 4}),
    ("one_hot_iou", "OneHotIoU", "categorical", {"num_classes": 4, "target_class_ids": [1]}),
    ("one_hot_mean_iou", "OneHotMeanIoU", "categorical", {"num_classes": 4}),
    ("sensitivity", "SensitivityAtSpecificity", "binary", {"specificity": 0.6}),
    ("sensitivity_few", "SensitivityAtSpecificity", "binary", {"specificity": 0.4, "num_thresholds": 5}),
    ("sensitivity_one", "SensitivityAtSpecificity", "binary", {"specificity": 0.4, "num_thresholds": 1}),
    ("specificity", "SpecificityAtSensitivity", "binary", {"sensitivity": 0.7}),
    ("specificity_class", "SpecificityAtSensitivity", "labels", {"sensitivity": 0.5, "class_id": 1}),
    ("precision_at", "PrecisionAtRecall", "binary", {"recall": 0.6}),
    ("precision_at_class", "PrecisionAtRecall", "labels", {"recall": 0.3, "class_id": 2, "num_thresholds": 20}),
    ("recall_at", "RecallAtPrecision", "binary", {"precision": 0.7}),
    ("recall_at_never", "RecallAtPrecision", "binary", {"precision": 1.0, "num_thresholds": 3}),
    ("pearson", "PearsonCorrelation", "real"),
    ("pearson_axis", "PearsonCorrelation", "real", {"axis": -1, "name": "r"}),
    ("concordance", "ConcordanceCorrelation", "real"),
    ("f1", "F1Score", "categorical"),
    ("f1_macro", "F1Score", "labels", {"average": "macro", "threshold": 0.5}),
    ("fbeta_micro", "FBetaScore", "labels", {"average": "micro", "beta": 2.0, "threshold": 0.4}),
    ("fbeta_weighted", "FBetaScore", "labels", {"average": "weighted", "beta": 0.5, "threshold": 0.5}),
    ("r2", "R2Score", "real"),
    ("r2_columns", "R2Score", "real", {"class_aggregation": None}),
    ("r2_weighted", "R2Score", "real", {"class_aggregation": "variance_weighted_average"}),
    ("r2_adjusted", "R2Score", "real", {"num_regressors": 2}),
    ("hinge", "Hinge", "signs"),
    ("squared_hinge", "SquaredHinge", "signs"),
    ("categorical_hinge", "CategoricalHinge", "categorical"),
    ("kl_divergence", "KLDivergence", "categorical"),
    ("poisson", "Poisson", "positive"),
    ("log_cosh", "LogCoshError", "real"),
    ("percentage", "MeanAbsolutePercentageError", "positive"),
    ("logarithmic", "MeanSquaredLogarithmicError", "positive"),
    ("true_positives", "TruePositives", "binary"),
    ("false_positives", "FalsePositives", "binary", {"thresholds": [0.2, 0.6]}),
    ("true_negatives", "TrueNegatives", "labels"),
    ("false_negatives", "FalseNegatives", "binary column"),
]
CASES: dict[str, Case] = {
    name: _metric(name, class_name, kind, **(rest[0] if rest else {})) for name, class_name, kind, *rest in _ROWS
}
CASES["functions"] = _functions
