"""Several answers to one picture: is a handwritten digit even, does it have a loop, is it five or more?"""

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

tf.keras.utils.set_random_seed(3)
digits = load_digits()
questions = ["even", "has a loop", "five or more"]
labels = np.stack([digits.target % 2 == 0, np.isin(digits.target, [0, 6, 8, 9]), digits.target >= 5], axis=1).astype("float32")
X_train, X_test, y_train, y_test = train_test_split(digits.data / 16.0, labels, test_size=0.25, random_state=0)

train = tf.data.Dataset.from_tensor_slices((X_train.astype("float32"), y_train)).shuffle(1500, seed=0).batch(32).prefetch(tf.data.AUTOTUNE)
test = tf.data.Dataset.from_tensor_slices((X_test.astype("float32"), y_test)).batch(64)

inputs = tf.keras.Input(shape=(64,))
x = tf.keras.layers.Dense(64, activation="relu")(inputs)
x = tf.keras.layers.Dropout(0.2)(x)
x = tf.keras.layers.Dense(32, activation="relu")(x)
outputs = tf.keras.layers.Dense(3, activation="sigmoid")(x)
model = tf.keras.Model(inputs, outputs)
model.compile(optimizer="rmsprop", loss=tf.keras.losses.BinaryCrossentropy(), metrics=[tf.keras.metrics.BinaryAccuracy(name="accuracy")])
model.fit(train, validation_data=test, epochs=25, verbose=0)

predicted = model.predict(test, verbose=0) > 0.5
for question, mine, truth in zip(questions, predicted.T, y_test.T):
    print(f"{question:14} right for {np.mean(mine == truth):.3f}")
exact = np.mean(np.all(predicted == y_test, axis=1))
print(f"test accuracy {model.evaluate(test, verbose=0)[1]:.3f}, all three right {exact:.3f}")
