"""Clothes told apart by a convolutional network, with augmentation, on Fashion-MNIST."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, models

tf.random.set_seed(1)
(train_images, train_labels), (test_images, test_labels) = tf.keras.datasets.fashion_mnist.load_data()
class_names = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
train_images, train_labels = train_images[:8000], train_labels[:8000]

model = models.Sequential(
    [
        layers.Input(shape=(28, 28, 1)),
        layers.Rescaling(1.0 / 255),
        layers.RandomFlip("horizontal"),
        layers.Conv2D(16, (3, 3), activation="relu"),
        layers.MaxPooling2D((2, 2)),
        layers.Conv2D(32, (3, 3), activation="relu"),
        layers.BatchNormalization(),
        layers.MaxPooling2D((2, 2)),
        layers.Flatten(),
        layers.Dropout(0.3),
        layers.Dense(64, activation="relu"),
        layers.Dense(10),
    ]
)
model.summary()
model.compile(
    optimizer="adam",
    loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(
    train_images[..., tf.newaxis], train_labels, epochs=4, batch_size=64,
    validation_data=(test_images[..., tf.newaxis], test_labels),
)  # fmt: skip

probability_model = tf.keras.Sequential([model, tf.keras.layers.Softmax()])
predictions = probability_model.predict(test_images[:9, ..., tf.newaxis])
figure, axes = plt.subplots(3, 3, figsize=(7, 8))
for axis, image, prediction, label in zip(axes.flat, test_images, predictions, test_labels):
    axis.imshow(image, cmap="binary")
    guess = np.argmax(prediction)
    axis.set_title(f"{class_names[guess]} {100 * np.max(prediction):.0f}%", color="green" if guess == label else "red")
    axis.axis("off")
figure.savefig("cnn_predictions.png")
test_loss, test_acc = model.evaluate(test_images[..., tf.newaxis], test_labels, verbose=2)
print(f"test accuracy {test_acc:.3f}")
