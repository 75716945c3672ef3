"""Checkpoints that cross between real TensorFlow and Hornbeam.

    python tests/saving/checkpoints.py make          in an environment with TensorFlow 2 and tf_keras: writes archives/checkpoints
    python tests/saving/checkpoints.py write FOLDER  with Hornbeam
    python tests/saving/checkpoints.py read FOLDER   in that environment again: reads what Hornbeam wrote, and compares
"""

import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent / "archives" / "checkpoints"
X = np.arange(12.0, dtype="float32").reshape(4, 3) / 10
KINDS = ("sequential", "subclass")
OPTIMIZERS = {"adam": {}, "rmsprop": {"momentum": 0.5, "centered": True}, "sgd": {"momentum": 0.9}}


def model_of(keras, kind):
    layers = keras.layers
    if kind == "sequential":
        return keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="relu"), layers.BatchNormalization(), layers.Dense(2)])

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.first = layers.Dense(2, name="another_name")
            self.more = [layers.Dense(3), layers.Dense(1)]
            self.by_key = {"a/b": layers.Dense(2)}

        def call(self, x):
            return self.by_key["a/b"](self.more[1](self.more[0](self.first(x))))

    return Net()


def optimizer_of(optimizers, name):
    kind = {"adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}[name]
    return getattr(optimizers, kind)(learning_rate=0.01, **OPTIMIZERS[name])


def step(tf, model, optimizer):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(X) - 1.0))
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True))


def module(tf):
    made = tf.Module()
    made.text, made.pair = tf.Variable("abc"), (tf.Variable([1.5, 2.5]), tf.Variable(True))
    made.by_name = {"half": tf.Variable(0.5, dtype=tf.float16), "list": [tf.Variable(2**40, dtype=tf.int64)]}
    return made


def _trained(tf, keras, optimizer, kind, folder, name):
    """A checkpoint of a model after two steps, as the weights after a third."""
    model = model_of(keras, kind)
    for _ in range(2):
        step(tf, model, optimizer)
    tf.train.Checkpoint(model=model, optimizer=optimizer, step=tf.Variable(7)).write(str(folder / name))
    step(tf, model, optimizer)
    return np.concatenate([np.ravel(weight) for weight in model.get_weights()])


def make():
    import keras as keras3
    import tensorflow as tf
    import tf_keras as keras

    FOLDER.mkdir(parents=True, exist_ok=True)
    expected = {}
    for kind in KINDS:
        expected[f"keras2_{kind}"] = _trained(tf, keras, keras.optimizers.Adam(0.01), kind, FOLDER, f"keras2_{kind}")
    expected["keras3"] = _trained(tf, keras3, keras3.optimizers.Adam(0.01), "sequential", FOLDER, "keras3")
    for name in OPTIMIZERS:
        optimizer = optimizer_of(keras.optimizers.legacy, name)
        expected[f"legacy_{name}"] = _trained(tf, keras, optimizer, "sequential", FOLDER, f"legacy_{name}")
    model = model_of(keras, "sequential")
    model.save_weights(str(FOLDER / "weights"))
    expected["weights"] = np.asarray(model(X))
    (FOLDER / "checkpoint").unlink()
    _saved(keras, FOLDER / "saved")
    tf.train.Checkpoint(module=module(tf)).write(str(FOLDER / "module"))
    np.savez_compressed(FOLDER / "expected.npz", **expected)


def _saved(keras, folder):
    """A SavedModel without its program, which nobody reads here; its prediction in `expected.npz`."""
    model = model_of(keras, "sequential")
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(X, np.ones((4, 2)), verbose=0)
    model.save(folder, save_format="tf")
    np.savez_compressed(folder / "expected.npz", prediction=np.asarray(model(X)))
    for name in ("saved_model.pb", "fingerprint.pb"):
        (folder / name).unlink()
    (folder / "assets").rmdir()


def write(folder):
    import hornbeam.tensorflow as tf

    expected = {}
    for kind in KINDS:
        expected[kind] = _trained(tf, tf.keras, tf.keras.optimizers.Adam(0.01), kind, folder, kind)
    model = model_of(tf.keras, "sequential")
    model.save_weights(str(folder / "weights"))
    tf.train.Checkpoint(module=module(tf)).write(str(folder / "module"))
    np.savez(folder / "expected.npz", weights=np.asarray(model(X)), **expected)


def read(folder):
    import tensorflow as tf
    import tf_keras as keras

    expected = np.load(folder / "expected.npz")
    for kind in KINDS:
        model, optimizer, count = model_of(keras, kind), keras.optimizers.Adam(0.01), tf.Variable(0)
        model(X)
        optimizer.build(model.trainable_variables)
        checkpoint = tf.train.Checkpoint(model=model, optimizer=optimizer, step=count)
        checkpoint.read(str(folder / kind)).assert_consumed()
        step(tf, model, optimizer)
        found = np.concatenate([np.ravel(weight) for weight in model.get_weights()])
        np.testing.assert_allclose(found, expected[kind], atol=1e-6)
        assert int(count) == 7
    model = model_of(keras, "sequential")
    model.load_weights(str(folder / "weights")).assert_consumed()
    np.testing.assert_allclose(model(X), expected["weights"], atol=1e-6)
    made = module(tf)
    for variable in made.variables:
        variable.assign(tf.zeros_like(variable))
    tf.train.Checkpoint(module=made).read(str(folder / "module")).assert_consumed()
    assert made.text.numpy() == b"abc" and made.by_name["list"][0].numpy() == 2**40 and made.pair[0].numpy().tolist() == [1.5, 2.5]
    print("TensorFlow reads what Hornbeam wrote.")


if __name__ == "__main__":
    {"make": make, "write": write, "read": read}[sys.argv[1]](*map(Path, sys.argv[2:]))
