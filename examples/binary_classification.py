"""Is a tumour benign? A multilayer perceptron with one sigmoid unit, on the Wisconsin breast cancer data."""

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from tensorflow.keras import Sequential
from tensorflow.keras.layers import Dense

tf.random.set_seed(42)
X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=42, stratify=y)
scaler = StandardScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)

model = Sequential()
model.add(Dense(16, activation="relu", kernel_initializer="he_normal", input_shape=(X_train.shape[1],)))
model.add(Dense(8, activation="relu", kernel_initializer="he_normal"))
model.add(Dense(1, activation="sigmoid"))
model.summary()

model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy", tf.keras.metrics.AUC(name="auc")])
stopping = tf.keras.callbacks.EarlyStopping(monitor="val_loss", patience=10, restore_best_weights=True)
history = model.fit(
    X_train, y_train, validation_split=0.2, epochs=100, batch_size=32, class_weight={0: 1.5, 1: 1.0}, callbacks=[stopping], verbose=2
)
print("epochs run:", len(history.history["loss"]))

loss, accuracy, auc = model.evaluate(X_test, y_test, verbose=0)
row = X_test[:1]
print(f"the first patient: {model.predict(row, verbose=0)[0, 0]:.3f} (truth {y_test[0]})")
wrong = np.sum((model.predict(X_test, verbose=0)[:, 0] > 0.5) != y_test)
print(f"wrong on {wrong} of {len(y_test)} patients")
print(f"test accuracy {accuracy:.3f}, AUC {auc:.3f}")
