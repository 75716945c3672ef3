"""Worker: one row through a small network, again and again: milliseconds a call, and what memory does."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.workers import QUICK, arguments, each, fashion_mnist, keras_like, lasting, mlp, report


def resident() -> float:
    """This process's resident memory, in megabytes (Linux)."""
    gc.collect()
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmRSS"))


def growth(call: Callable[[], Any], count: int) -> float:
    """Megabytes that `count` calls add after a first tenth of them."""
    lasting(call, count // 10)
    before = resident()
    lasting(call, count)
    return resident() - before


def main() -> None:
    import numpy as np

    _, entrant = arguments()
    keras = keras_like(entrant)
    row = fashion_mnist()[0][:1]
    model = mlp(keras)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

    def predict() -> None:
        model.predict(row, verbose=0)

    def call() -> None:
        np.asarray(model(row))  # the values, on the host: nobody gains by answering later

    measures = {
        "predict": [1e3 * seconds for seconds in each(predict)],
        "call": [1e3 * seconds for seconds in each(call)],
    }
    if entrant == "hornbeam":  # a peer would need the better part of an hour
        count = 2_000 if QUICK else 100_000
        measures["predict growth"] = [growth(predict, count)]
        measures["call growth"] = [growth(call, count)]
    report(measures)


if __name__ == "__main__":
    main()
