"""Which library is a sentence from? Documentation of the Python standard library and of NumPy, read word by word."""

import importlib
import inspect
import re

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers


def sentences(*modules):
    found = set()
    for module in modules:
        for name in dir(module):
            text = inspect.getdoc(getattr(module, name)) or ""
            for sentence in re.split(r"(?<=[.!?])\s+|\n\n", text):
                words = re.findall(r"[a-z]+", sentence.lower())
                if 5 <= len(words) <= 40:
                    found.add(" ".join(words))
    return sorted(found)


names = [
    "argparse", "collections", "datetime", "email", "inspect", "json", "logging", "os", "pathlib", "shutil", "socket", "string",
    "threading", "unittest",
]  # fmt: skip
library = sentences(*map(importlib.import_module, names))
numpy_docs = sentences(np, np.linalg, np.fft, np.random)[: 2 * len(library)]
texts = np.array(library + numpy_docs)
labels = np.array([0] * len(library) + [1] * len(numpy_docs))
order = np.random.default_rng(0).permutation(len(texts))
texts, labels = texts[order], labels[order]
split = int(0.8 * len(texts))
print(len(library), "sentences of the standard library,", len(numpy_docs), "of NumPy")

tf.random.set_seed(11)
vectorize = layers.TextVectorization(max_tokens=2000, output_sequence_length=30)
train = tf.data.Dataset.from_tensor_slices((texts[:split], labels[:split]))
vectorize.adapt(train.map(lambda text, label: text).batch(128))
print("vocabulary:", vectorize.get_vocabulary()[:8], "...", len(vectorize.get_vocabulary()))
train = train.shuffle(2000, seed=0).batch(32).map(lambda text, label: (vectorize(text), label)).cache()
test = tf.data.Dataset.from_tensor_slices((texts[split:], labels[split:])).batch(32).map(lambda text, label: (vectorize(text), label))

model = tf.keras.Sequential(
    [
        layers.Embedding(2000, 32, mask_zero=True),
        layers.Bidirectional(layers.LSTM(24)),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(train, validation_data=test, epochs=6, verbose=2)

examples = tf.constant(["return the path of the file", "the eigenvalues of a matrix are returned as an array"])
for text, score in zip(examples.numpy(), model.predict(vectorize(examples), verbose=0)[:, 0]):
    print(f"{text.decode()!r}: NumPy's with {score:.2f}")
print(f"always the commoner: {max(np.mean(labels[split:]), 1 - np.mean(labels[split:])):.3f}")
print(f"test accuracy {model.evaluate(test, verbose=0)[1]:.3f}")
