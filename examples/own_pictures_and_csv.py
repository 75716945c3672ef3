"""Predictions on one's own files: a folder of pictures, and a table with words and numbers in it."""

import os

import numpy as np
import pandas as pd
import tensorflow as tf
from PIL import Image, ImageDraw

tf.keras.utils.set_random_seed(8)

# A folder of pictures, one subfolder a class, as photographs would come.
rng = np.random.default_rng(1)
for kind in ["circle", "square"]:
    os.makedirs(f"shapes/{kind}", exist_ok=True)
    for i in range(150):
        picture = Image.new("RGB", (40, 40), tuple(int(v) for v in rng.integers(0, 90, 3)))
        left, top, size = (int(v) for v in (*rng.integers(2, 16, 2), rng.integers(12, 22)))
        colour = tuple(int(v) for v in rng.integers(140, 255, 3))
        box = [left, top, left + size, top + size]
        (ImageDraw.Draw(picture).ellipse if kind == "circle" else ImageDraw.Draw(picture).rectangle)(box, fill=colour)
        picture.save(f"shapes/{kind}/{i}.jpg" if i % 2 else f"shapes/{kind}/{i}.png")

options = {"validation_split": 0.2, "seed": 123, "image_size": (32, 32), "batch_size": 16}
train = tf.keras.utils.image_dataset_from_directory("shapes", subset="training", **options)
valid = tf.keras.utils.image_dataset_from_directory("shapes", subset="validation", **options)
class_names = train.class_names
augment = tf.keras.Sequential([tf.keras.layers.RandomFlip("horizontal_and_vertical"), tf.keras.layers.RandomContrast(0.2)])
train = train.map(lambda x, y: (augment(x, training=True), y)).prefetch(tf.data.AUTOTUNE)
pictures = tf.keras.Sequential(
    [
        tf.keras.layers.Rescaling(1 / 255.0),
        tf.keras.layers.Conv2D(8, 3, activation="relu"),
        tf.keras.layers.MaxPool2D(),
        tf.keras.layers.Conv2D(16, 3, activation="relu"),
        tf.keras.layers.MaxPool2D(),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(32, activation="relu"),
        tf.keras.layers.Dense(len(class_names)),
    ]
)
pictures.compile(tf.keras.optimizers.Adam(0.003), tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
pictures.fit(train, validation_data=valid, epochs=15, verbose=0)


def load_and_prep_image(filename, img_shape=32):
    img = tf.io.read_file(filename)
    img = tf.io.decode_image(img, channels=3, expand_animations=False)
    img = tf.image.resize(img, size=[img_shape, img_shape])
    return img


mine = Image.new("RGB", (200, 150), (20, 30, 60))
ImageDraw.Draw(mine).ellipse([60, 30, 150, 120], fill=(250, 220, 90))
mine.save("mine.jpg", quality=95)
scores = tf.nn.softmax(pictures.predict(tf.expand_dims(load_and_prep_image("mine.jpg"), axis=0), verbose=0)[0])
print(f"mine.jpg is a {class_names[np.argmax(scores)]} with {100 * np.max(scores):.0f} percent")

# A table: who keeps a subscription?
plans = rng.choice(["basic", "family", "student"], 600)
age, months = rng.integers(18, 80, 600), rng.integers(1, 60, 600)
chance = 1 / (1 + np.exp(-(0.08 * (months - 30) + 1.5 * (plans == "family") - 1.5 * (plans == "student") + 0.02 * (age - 45))))
kept = (rng.random(600) < chance).astype(int)
pd.DataFrame({"plan": plans, "age": age, "months": months, "kept": kept}).to_csv("customers.csv", index=False)

table = pd.read_csv("customers.csv")
target = table.pop("kept")
inputs, encoded = {}, []
for name in ["age", "months"]:
    inputs[name] = tf.keras.Input(shape=(1,), name=name)
    normalize = tf.keras.layers.Normalization()
    normalize.adapt(table[[name]].to_numpy(dtype="float32"))
    encoded.append(normalize(inputs[name]))
inputs["plan"] = tf.keras.Input(shape=(1,), name="plan", dtype="string")
lookup = tf.keras.layers.StringLookup(vocabulary=sorted(table["plan"].unique()), output_mode="one_hot")
encoded.append(lookup(inputs["plan"]))
x = tf.keras.layers.Dense(16, activation="relu")(tf.keras.layers.concatenate(encoded))
model = tf.keras.Model(inputs, tf.keras.layers.Dense(1, activation="sigmoid")(x))
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])


def to_dataset(frame, labels, training):
    columns = {name: frame[name].to_numpy()[:, None] for name in frame}
    columns = {name: value.astype("float32") if name != "plan" else tf.constant(value.astype(str)) for name, value in columns.items()}
    ds = tf.data.Dataset.from_tensor_slices((columns, labels.to_numpy()))
    return (ds.shuffle(600, seed=0) if training else ds).batch(32)


model.fit(to_dataset(table[:450], target[:450], True), epochs=40, verbose=0)
sample = {"age": tf.constant([[34.0]]), "months": tf.constant([[48.0]]), "plan": tf.constant([["family"]])}
print(f"a customer of four years keeps a family plan with {model.predict(sample, verbose=0)[0, 0]:.2f}")
tabular = model.evaluate(to_dataset(table[450:], target[450:], False), verbose=0)[1]
print(f"pictures: validation accuracy {pictures.evaluate(valid, verbose=0)[1]:.3f}; table: test accuracy {tabular:.3f}")
