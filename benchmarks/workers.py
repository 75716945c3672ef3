"""What every worker shares. Workers run in the peers' environments: only the standard library and NumPy here."""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

QUICK = bool(os.environ.get("BENCHMARKS_QUICK"))
DEVICE = os.environ.get("BENCHMARKS_DEVICE", "cpu")
CACHE = Path(os.environ.get("BENCHMARKS_CACHE", "."))
MARK = "BENCHMARK "  # what the line with the result begins with; anything else a library prints is passed over
PACKAGES = ("hornbeam", "jax", "keras", "tensorflow", "tensorflow-cpu", "torch", "numpy")


def keras_like(entrant: str) -> Any:
    """The Keras namespace that `entrant` brings."""
    return importlib.import_module("hornbeam" if entrant.startswith("hornbeam") else "keras")


def fashion_mnist() -> tuple[Any, Any]:
    """The 60,000 training images, float32 in [0, 1] of shape (60000, 28, 28), and their int32 labels."""
    import numpy as np

    with np.load(CACHE / "fashion_mnist.npz") as data:
        return (data["x_train"] / 255.0).astype("float32"), data["y_train"].astype("int32")


def mlp(keras: Any) -> Any:
    """The 784-128-10 network, built in `keras`'s namespace."""
    layers = keras.layers
    inner = [layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(10, activation="softmax")]
    return keras.Sequential([keras.Input((28, 28)), *inner])


def each(call: Callable[[], Any], seconds: float = 0.2, rounds: int = 5) -> list[float]:
    """Seconds one `call` takes, `rounds` times over: each the mean of as many calls as fit into `seconds`."""
    count, took = 1, 0.0
    while took < seconds / 4:  # a first, untimed search for the count warms the call up as well
        count *= 2
        took = lasting(call, count)
    count = max(1, int(count * seconds / took))
    return [lasting(call, count) / count for _ in range(rounds)]


def lasting(call: Callable[[], Any], count: int = 1) -> float:
    """Seconds that `count` calls take."""
    begin = time.perf_counter()
    for _ in range(count):
        call()
    return time.perf_counter() - begin


def report(measures: dict[str, list[float]], notes: dict[str, Any] | None = None) -> None:
    """Print the one line the tool reads: the measured values, the versions installed here, and notes."""
    versions = {}
    for package in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[package] = importlib.metadata.version(package)
    print("\n" + MARK + json.dumps({"measures": measures, "versions": versions, "notes": notes or {}}), flush=True)


def arguments() -> list[str]:
    """The worker's command line: the benchmark's name and the entrant's."""
    return sys.argv[1:3]
