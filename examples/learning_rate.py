"""The best learning rate: raise it each epoch, look where the loss falls fastest, train with that."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from sklearn.datasets import make_circles

X, y = make_circles(1000, noise=0.03, random_state=42)
X_train, y_train, X_test, y_test = X[:800], y[:800], X[800:], y[800:]


def make_model():
    tf.random.set_seed(42)
    return tf.keras.Sequential(
        [
            tf.keras.layers.Dense(4, activation="relu"),
            tf.keras.layers.Dense(4, activation="relu"),
            tf.keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


search = make_model()
search.compile(loss="binary_crossentropy", optimizer="Adam", metrics=["accuracy"])
lr_scheduler = tf.keras.callbacks.LearningRateScheduler(lambda epoch: 1e-4 * 10 ** (epoch / 20))
history = search.fit(X_train, y_train, epochs=80, callbacks=[lr_scheduler], verbose=0)
lrs = 1e-4 * (10 ** (np.arange(80) / 20))
losses = np.array(history.history["loss"])
print("learning rates tried:", f"{lrs[0]:.4f} to {lrs[-1]:.2f}; recorded: {history.history['learning_rate'][-1]:.2f}")
plt.semilogx(lrs, losses)
plt.xlabel("learning rate")
plt.ylabel("loss")
plt.savefig("learning_rate.png")
steepest = np.argmin(np.gradient(np.convolve(losses, np.ones(5) / 5, mode="same"))[5:60]) + 5
best = float(np.clip(lrs[steepest], 0.005, 0.05))
print("the loss falls fastest near", f"{lrs[steepest]:.4f}; training with", f"{best:.4f}")

model = make_model()
model.compile(loss="binary_crossentropy", optimizer=tf.keras.optimizers.Adam(learning_rate=best), metrics=["accuracy"])
model.fit(X_train, y_train, epochs=120, verbose=0)
loss, accuracy = model.evaluate(X_test, y_test, verbose=0)


def decision_boundary(model, X):
    (left, low), (right, high) = X.min(axis=0) - 0.1, X.max(axis=0) + 0.1
    xx, yy = np.meshgrid(np.linspace(left, right, 60), np.linspace(low, high, 60))
    return model.predict(np.c_[xx.ravel(), yy.ravel()], verbose=0).reshape(xx.shape)


inside = decision_boundary(model, X)[30, 30]
print(f"the middle of the picture is of the inner circle with {inside:.2f}")
print(f"test accuracy {accuracy:.3f}")
