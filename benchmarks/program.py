"""Worker: a beginner's whole program, from import to prediction, timed as one process with its output in a file."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.workers import CACHE, QUICK, arguments, lasting, report

PROGRAM = """
{preamble}from {keras}.models import Sequential
from {keras}.layers import Flatten, Dense
from {keras}.datasets import fashion_mnist

# Load and normalize data
(x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
x_train, x_test = x_train / 255.0, x_test / 255.0

# Build model
model = Sequential([
    Flatten(input_shape=(28, 28)),
    Dense(128, activation='relu'),
    Dense(10, activation='softmax')
])

# Compile model
model.compile(optimizer='adam',
              loss='sparse_categorical_crossentropy',
              metrics=['accuracy'])

# Train
model.fit(x_train, y_train, epochs={epochs}, batch_size=32, validation_split=0.2)

# Evaluate
test_loss, test_acc = model.evaluate(x_test, y_test)
print("Test Accuracy:", test_acc)

# Predict
predictions = model.predict(x_test)
"""


def main() -> None:
    _, entrant = arguments()
    keras = {"keras-tf": "tensorflow.keras", "keras-jax": "keras"}.get(entrant, "hornbeam")
    preamble = "import tensorflow as tf\n" if entrant == "keras-tf" else ""
    with tempfile.TemporaryDirectory() as folder:
        program, output = Path(folder) / "program.py", Path(folder) / "output.txt"
        program.write_text(PROGRAM.format(keras=keras, preamble=preamble, epochs=2 if QUICK else 10))
        warm = CACHE / "compiled"
        compiled = {"hornbeam-cold": Path(folder) / "compiled", "hornbeam-warm": warm}.get(entrant)
        environment = {**os.environ, **({"HORNBEAM_CACHE_DIR": str(compiled)} if compiled else {})}

        def process() -> None:
            with output.open("w") as file:
                command = [sys.executable, str(program)]
                code = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, env=environment).returncode
            if code:
                raise SystemExit(f"the program failed:\n{output.read_text()[-2000:]}")

        if entrant == "hornbeam-warm":
            process()  # whatever an earlier version left there, this version's programs are in the cache now
        took = lasting(process)
        accuracy = output.read_text(errors="replace").rsplit("Test Accuracy:", 1)[1].split()[0]
    report({"process": [took]}, notes={"test accuracy": round(float(accuracy), 4)})


if __name__ == "__main__":
    main()
