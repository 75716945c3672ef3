"""Losses of overlaps, sequences and embeddings: values, gradients, weights, configs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from goldens.oracle import Oracle
from goldens.recording import Case, normal, plain, rng

TOLERANCE = (1e-4, 1e-5)


def _case(name: str, class_name: str, data: Callable[[np.random.Generator], Any], weights: Any, /, **arguments: Any) -> Case:
    def case(oracle: Oracle) -> dict[str, Any]:
        loss = getattr(oracle.keras.losses, class_name)(**arguments)
        truth, prediction = data(rng(name))
        y = oracle.tensor(truth)
        value, (gradient,), _ = oracle.gradients(lambda p: loss(y, p), [prediction], [])
        result = {"value": value, "gradient": gradient, "name": loss.name, "config": plain(loss.get_config())}
        for reduction in ("sum", "none"):
            other = type(loss)(**{**arguments, "reduction": reduction})
            result[reduction] = oracle.numpy(other(y, oracle.tensor(prediction)))
        if weights is not None:
            weighted = lambda p: loss(y, p, sample_weight=oracle.tensor(np.array(weights, "float32")))
            result["weighted"], (result["weighted gradient"],), _ = oracle.gradients(weighted, [prediction], [])
        return result

    return case


def _regions(generator: np.random.Generator) -> Any:
    return generator.integers(0, 2, (3, 4, 4, 1)).astype("float32"), generator.uniform(0, 1, (3, 4, 4, 1)).astype("float32")


def _labelled(generator: np.random.Generator) -> Any:
    scores = generator.uniform(0.05, 1, (5, 3)).astype("float32")
    return generator.integers(0, 3, 5).astype("int32"), scores / scores.sum(-1, keepdims=True)


def _embeddings(generator: np.random.Generator) -> Any:
    found = normal(generator, 6, 4)
    return np.array([0, 1, 0, 2, 1, 3], "int32"), found / np.linalg.norm(found, axis=1, keepdims=True)


def _sequences(generator: np.random.Generator) -> Any:
    return np.array([[1, 2, 0, 0], [2, 2, 1, 0], [3, 1, 2, 3]], "int32"), normal(generator, 3, 9, 4)


def _functions(oracle: Oracle) -> dict[str, Any]:
    losses = oracle.keras.losses
    generator = rng("functions")
    labels, embeddings = _embeddings(generator)
    others, reference = np.array([0, 1, 2, 2], "int32"), _embeddings(generator)[1][:4]
    tensor, numpy = oracle.tensor, oracle.numpy
    truth, prediction = _regions(generator)
    zeros = tensor(np.zeros((2, 3), "float32"))
    classes, scores = _labelled(generator)
    return {
        "circle reference": numpy(losses.circle(
            tensor(labels), tensor(embeddings), ref_labels=tensor(others), ref_embeddings=tensor(reference),
            remove_diagonal=False, gamma=16, margin=0.25)),
        "circle none alike": numpy(losses.circle(tensor(np.arange(6, dtype="int32")), tensor(embeddings))),
        "circle all alike": numpy(losses.circle(tensor(np.zeros(6, "int32")), tensor(embeddings))),
        "dice axis": numpy(losses.dice(tensor(truth), tensor(prediction), axis=(1, 2, 3))),
        "dice zeros": numpy(losses.dice(zeros, zeros)),
        "tversky axis": numpy(losses.tversky(tensor(truth), tensor(prediction), alpha=0.2, beta=0.9, axis=(1, 2))),
        "tversky zeros": numpy(losses.tversky(zeros, zeros)),
        "generalized": numpy(losses.categorical_generalized_cross_entropy(tensor(classes), tensor(scores), 0.3)),
        "got": [type(losses.get(name)).__name__ for name in ("Dice", "Tversky", "Circle", "CTC")],
    }  # fmt: skip


_WEIGHTS = [1.0, 0.0, 2.5]
CASES: dict[str, Case] = {
    "dice": _case("dice", "Dice", _regions, None),
    "dice_axis": _case("dice_axis", "Dice", _regions, _WEIGHTS, axis=(1, 2, 3)),
    "tversky": _case("tversky", "Tversky", _regions, None, alpha=0.3, beta=0.8),
    "tversky_axis": _case("tversky_axis", "Tversky", _regions, _WEIGHTS, axis=(1, 2, 3)),
    "generalized": _case("generalized", "CategoricalGeneralizedCrossEntropy", _labelled, [1, 0, 2, 1, 0.5]),
    "generalized_q": _case("generalized_q", "CategoricalGeneralizedCrossEntropy", _labelled, None, q=0.9),
    "circle": _case("circle", "Circle", _embeddings, None),
    "circle_gentle": _case("circle_gentle", "Circle", _embeddings, [1, 0, 2, 1, 0.5, 1], gamma=8.0, margin=0.25),
    "circle_diagonal": _case("circle_diagonal", "Circle", _embeddings, None, gamma=8.0, remove_diagonal=False),
    "ctc": _case("ctc", "CTC", _sequences, _WEIGHTS),
    "functions": _functions,
}
