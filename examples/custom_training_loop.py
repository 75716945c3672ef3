"""A training loop by hand: a subclassed model, tf.data, GradientTape, tf.function, metrics and a schedule."""

import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

tf.random.set_seed(6)
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16.0, y, test_size=0.25, random_state=0)
train_ds = tf.data.Dataset.from_tensor_slices((X_train.astype("float32"), y_train)).shuffle(1400, seed=0).batch(32)
test_ds = tf.data.Dataset.from_tensor_slices((X_test.astype("float32"), y_test)).batch(32)


class MyModel(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.d1 = tf.keras.layers.Dense(64, activation="relu")
        self.drop = tf.keras.layers.Dropout(0.2)
        self.d2 = tf.keras.layers.Dense(10)

    def call(self, x, training=False):
        return self.d2(self.drop(self.d1(x), training=training))


model = MyModel()
loss_object = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
schedule = tf.keras.optimizers.schedules.ExponentialDecay(0.01, decay_steps=100, decay_rate=0.9)
optimizer = tf.keras.optimizers.Adam(schedule)
train_loss = tf.keras.metrics.Mean(name="train_loss")
train_accuracy = tf.keras.metrics.SparseCategoricalAccuracy(name="train_accuracy")
test_accuracy = tf.keras.metrics.SparseCategoricalAccuracy(name="test_accuracy")


@tf.function
def train_step(images, labels):
    with tf.GradientTape() as tape:
        predictions = model(images, training=True)
        loss = loss_object(labels, predictions)
        loss += 1e-4 * tf.add_n([tf.nn.l2_loss(v) for v in model.trainable_variables if len(v.shape) > 1])
    gradients = tape.gradient(loss, model.trainable_variables)
    gradients, norm = tf.clip_by_global_norm(gradients, 5.0)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    train_loss(loss)
    train_accuracy(labels, predictions)
    return norm


@tf.function
def test_step(images, labels):
    test_accuracy(labels, model(images, training=False))


for epoch in range(10):
    for metric in (train_loss, train_accuracy, test_accuracy):
        metric.reset_state()
    for images, labels in train_ds:
        norm = train_step(images, labels)
    for images, labels in test_ds:
        test_step(images, labels)
    tf.print("epoch", epoch + 1, "loss", train_loss.result(), "accuracy", train_accuracy.result(), "gradient", norm)
print("steps:", int(optimizer.iterations))
print(f"test accuracy {test_accuracy.result():.3f}")
