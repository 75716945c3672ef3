"""Worker: eager ops, a straight line fitted under a tape, and ops over shapes that are new each time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from benchmarks.catalogue import EAGER_OPS
from benchmarks.workers import arguments, each, lasting, report


def surface(entrant: str) -> Any:
    """The few names used below, from Hornbeam's or TensorFlow's own `tf`."""
    if entrant == "hornbeam":
        import hornbeam.tensorflow as tf
    else:
        import tensorflow as tf

    return SimpleNamespace(
        **{name: getattr(tf, name) for name in ("add", "multiply", "subtract", "matmul", "exp", "reshape", "square", "tanh")},
        **{"sum": tf.reduce_sum, "mean": tf.reduce_mean, "relu": tf.nn.relu, "concatenate": tf.concat, "normal": tf.random.normal},
        **{"tensor": tf.convert_to_tensor, "Tape": tf.GradientTape, "Variable": tf.Variable},
    )


def main() -> None:
    import numpy as np

    _, entrant = arguments()
    ns, rng = surface(entrant), np.random.default_rng(0)
    a, b = (ns.tensor(rng.normal(size=(10, 10)).astype("float32")) for _ in range(2))
    c, d = (ns.tensor(rng.normal(size=(64, 64)).astype("float32")) for _ in range(2))
    calls = {
        "x + y": lambda: a + b,
        "x * 2.0": lambda: a * 2.0,
        "x[:, 1]": lambda: a[:, 1],
        "random normal": lambda: ns.normal((10, 10)),
        "add": lambda: ns.add(a, b),
        "multiply": lambda: ns.multiply(a, b),
        "subtract": lambda: ns.subtract(a, b),
        "matmul 64x64": lambda: ns.matmul(c, d),
        "sum": lambda: ns.sum(a),
        "mean": lambda: ns.mean(a),
        "relu": lambda: ns.relu(a),
        "exp": lambda: ns.exp(a),
        "reshape": lambda: ns.reshape(a, (4, 25)),
        "concatenate": lambda: ns.concatenate([a, b], 0),
    }
    measures = {name: [1e6 * seconds for seconds in each(calls[name], 0.1)] for name in EAGER_OPS}

    x = ns.tensor(np.linspace(-1, 1, 100, dtype="float32"))
    y = ns.tensor(np.linspace(-1, 5, 100, dtype="float32"))  # y = 3 x + 2
    w, offset = ns.Variable(0.0), ns.Variable(0.0)

    def tape_step() -> None:
        with ns.Tape() as tape:
            loss = ns.mean(ns.square(w * x + offset - y))
        dw, db = tape.gradient(loss, [w, offset])
        w.assign_sub(0.1 * dw)
        offset.assign_sub(0.1 * db)

    for name in ("first 1,000 tape steps", "next 1,000 tape steps"):
        measures[name] = [lasting(tape_step, 1000)]
    if abs(float(w) - 3) + abs(float(offset) - 2) > 1e-3:
        raise SystemExit(f"the fitted line is wrong: y = {float(w)} x + {float(offset)}")

    rows, row = ns.tensor(np.zeros((1, 3), "float32")), ns.tensor(np.ones((1, 3), "float32"))
    growing = [ns.tensor(np.ones((length,), "float32")) for length in range(101, 201)]

    def concatenate_growing() -> None:
        nonlocal rows
        for _ in range(100):
            rows = ns.concatenate([rows, row], 0)

    def multiply_growing() -> None:
        for each_length in growing:
            ns.multiply(each_length, each_length)

    def tape_growing() -> None:
        for rows_now in range(20, 70):
            given = ns.normal((rows_now, 3))
            with ns.Tape() as tape:
                loss = ns.mean(ns.square(ns.tanh(given * w + offset)))
            tape.gradient(loss, [w, offset])

    measures["100 growing concatenates"] = [lasting(concatenate_growing)]
    measures["100 growing multiplies"] = [lasting(multiply_growing)]
    measures["50 growing tape steps"] = [lasting(tape_growing)]
    report(measures)


if __name__ == "__main__":
    main()
