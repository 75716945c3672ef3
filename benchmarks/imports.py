"""Worker: how long a fresh interpreter takes to import the library, and to make its first layer."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.workers import QUICK, arguments, lasting, report

KERAS_LAYER = "keras.layers.Dense(1)"
LINES = {
    "hornbeam": ("import hornbeam", "hornbeam.layers.Dense(1)"),
    "keras-jax": ("import keras", KERAS_LAYER),
    "keras-tf": ("import tensorflow as tf", "tf.keras.layers.Dense(1)"),
    "keras-torch": ("import keras", KERAS_LAYER),
    "torch": ("import torch", "torch.nn.Linear(1, 1)"),
    "jax": ("import jax", None),
}


def main() -> None:
    _, entrant = arguments()
    first, layer = LINES[entrant]
    lines = {"import": first, **({"first layer": f"{first}; {layer}"} if layer else {})}
    measures: dict[str, list[float]] = {}
    for name, line in lines.items():

        def process(line: str = line) -> None:
            done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(f"{line!r} failed: {done.stderr[-2000:]}")

        process()  # writes the byte code, fills the page cache
        measures[name] = [lasting(process) for _ in range(2 if QUICK else 5)]
    report(measures)


if __name__ == "__main__":
    main()
