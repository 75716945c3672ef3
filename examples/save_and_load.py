"""Keeping a model: checkpoints while it trains, the whole model in each format, weights alone, and its description."""

import os

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler

tf.random.set_seed(4)
X, y = load_wine(return_X_y=True)
X = StandardScaler().fit_transform(X).astype("float32")
order = np.random.default_rng(0).permutation(len(X))
X, y = X[order], y[order]


def make_model():
    layers = [tf.keras.layers.Input((13,)), tf.keras.layers.Dense(16, activation="relu"), tf.keras.layers.Dense(3, activation="softmax")]
    model = tf.keras.Sequential(layers)
    model.compile(optimizer=tf.keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


model = make_model()
checkpoint = tf.keras.callbacks.ModelCheckpoint(
    "checkpoints/best.weights.h5", save_weights_only=True, monitor="val_accuracy", save_best_only=True, verbose=1
)
logger = tf.keras.callbacks.CSVLogger("training.csv")
model.fit(X[:140], y[:140], epochs=30, validation_data=(X[140:], y[140:]), callbacks=[checkpoint, logger], verbose=0)
with open("training.csv") as log:
    print("the log's first line:", log.readline().strip())

expected = model.predict(X[:5], verbose=0)
for path in ["wine.keras", "wine.h5"]:
    model.save(path)
    again = tf.keras.models.load_model(path)
    print(path, "gives the same:", np.allclose(again.predict(X[:5], verbose=0), expected, atol=1e-6))
again = tf.keras.models.load_model("wine.keras")
again.fit(X[:140], y[:140], epochs=1, verbose=0)
print("the loaded model goes on training: step", int(again.optimizer.iterations))

model.save_weights("wine.weights.h5")
other = make_model()
other.load_weights("wine.weights.h5")
print("weights alone:", np.allclose(other.predict(X[:5], verbose=0), expected, atol=1e-6))

rebuilt = tf.keras.models.model_from_json(model.to_json())
rebuilt.set_weights(model.get_weights())
print("from its description:", np.allclose(rebuilt.predict(X[:5], verbose=0), expected, atol=1e-6))

best = make_model()
best.load_weights("checkpoints/best.weights.h5")
loss, accuracy = best.evaluate(X[140:], y[140:], verbose=0)
print("files:", sorted(name for name in os.listdir(".") if name.startswith("wine")))
print(f"test accuracy {accuracy:.3f}")
