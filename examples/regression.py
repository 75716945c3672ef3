"""How far a disease has gone after a year: regression with several losses, learning curves and a plot."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

tf.random.set_seed(0)
frame = load_diabetes(as_frame=True).frame
features = pd.get_dummies(frame.drop("target", axis=1).assign(old=frame["age"] > 0), columns=["old"], dtype=float)
targets = frame["target"]
X_train, X_test, y_train, y_test = train_test_split(features, targets, test_size=0.2, random_state=42)
print(X_train.describe().loc[["mean", "std"]].round(3).T.head(3))

model = tf.keras.Sequential(
    [
        tf.keras.layers.Dense(32, activation="relu"),
        tf.keras.layers.Dense(16, activation="relu"),
        tf.keras.layers.Dense(1),
    ]
)
model.compile(loss=tf.keras.losses.Huber(delta=50.0), optimizer=tf.keras.optimizers.Adam(learning_rate=0.01), metrics=["mae", "mse"])
history = model.fit(X_train, y_train, epochs=100, validation_data=(X_test, y_test), verbose=0)

pd.DataFrame(history.history)[["loss", "val_loss"]].plot(title="Huber loss")
plt.xlabel("epoch")
plt.savefig("regression_curves.png")

y_pred = tf.squeeze(model.predict(X_test, verbose=0))
truth = tf.constant(y_test.to_numpy(), dtype=tf.float32)
mae = tf.reduce_mean(tf.abs(truth - y_pred)).numpy()
baseline = tf.keras.losses.MAE(truth, tf.fill(truth.shape, float(np.mean(y_train)))).numpy()
residual = tf.reduce_sum(tf.square(truth - y_pred)) / tf.reduce_sum(tf.square(truth - tf.reduce_mean(truth)))
print(f"always the mean: MAE {baseline:.1f}")
print(f"test MAE {mae:.1f}, R2 {1 - residual:.2f}")
