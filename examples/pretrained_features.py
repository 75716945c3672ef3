"""Features of a pretrained network: learn five kinds of clothes, freeze, and learn the other five from few pictures."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

tf.keras.utils.set_random_seed(9)
(x, y), (x_test, y_test) = tf.keras.datasets.fashion_mnist.load_data()
x, x_test = x[..., None] / 255.0, x_test[..., None] / 255.0
x, x_test = x.astype("float32"), x_test.astype("float32")

known, new = np.flatnonzero(y < 5)[:6000], np.flatnonzero(y >= 5)[:300]
test_new = np.flatnonzero(y_test >= 5)

base = tf.keras.Sequential(
    [
        layers.Input((28, 28, 1)),
        layers.Conv2D(16, 3, activation="relu", padding="same"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, activation="relu", padding="same"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(64, activation="relu", name="features"),
    ],
    name="base",
)
teacher = tf.keras.Sequential([base, layers.Dense(5, activation="softmax")])
teacher.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
teacher.fit(x[known], y[known], epochs=3, batch_size=64, verbose=2)
teacher.save("teacher.keras")

# Another program: load it, cut off its head, freeze what it has learned.
teacher = tf.keras.models.load_model("teacher.keras")
extractor = teacher.get_layer("base")
extractor.trainable = False
inputs = tf.keras.Input((28, 28, 1))
outputs = layers.Dense(5, activation="softmax")(layers.Dropout(0.2)(extractor(inputs, training=False)))
student = tf.keras.Model(inputs, outputs)
student.summary()
student.compile(tf.keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
student.fit(x[new], y[new] - 5, epochs=30, verbose=0)
print("weights trained:", sum(int(tf.size(w)) for w in student.trainable_weights), "of", student.count_params())

inner = tf.keras.Model(extractor.inputs, extractor.get_layer("features").output)
print("features of one picture:", inner.predict(x_test[:1], verbose=0).shape)

# Fine tuning: everything, gently.
extractor.trainable = True
student.compile(tf.keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy", metrics=["accuracy"])
before = student.evaluate(x_test[test_new], y_test[test_new] - 5, verbose=0)[1]
student.fit(x[new], y[new] - 5, epochs=5, verbose=0)
after = student.evaluate(x_test[test_new], y_test[test_new] - 5, verbose=0)[1]
print(f"with frozen features {before:.3f}")
print(f"test accuracy {after:.3f}")
