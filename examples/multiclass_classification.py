"""Three kinds of iris from four measurements: softmax, integer labels, a confusion matrix."""

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_iris
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(7)
data = load_iris()
X = data.data.astype("float32")
y = data.target
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.33, random_state=1, stratify=y)

normalizer = layers.Normalization(axis=-1)
normalizer.adapt(X_train)
model = keras.Sequential(
    [
        keras.Input(shape=(4,)),
        normalizer,
        layers.Dense(10, activation="relu", kernel_initializer="he_normal"),
        layers.Dense(8, activation="relu", kernel_initializer="he_normal"),
        layers.Dense(3, activation="softmax"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.01),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(X_train, y_train, epochs=60, batch_size=16, verbose=0)

loss, accuracy = model.evaluate(X_test, y_test, verbose=0)
probabilities = model.predict(X_test, verbose=0)
print(confusion_matrix(y_test, np.argmax(probabilities, axis=1)))
top2 = tf.keras.metrics.sparse_top_k_categorical_accuracy(y_test, probabilities, k=2)
print("among the two most likely:", float(tf.reduce_mean(tf.cast(top2, tf.float32))))
flower = np.array([[5.1, 3.5, 1.4, 0.2]], dtype="float32")
print("a flower of", flower.tolist()[0], "is", data.target_names[np.argmax(model.predict(flower, verbose=0))])
print(f"test accuracy {accuracy:.3f}")
