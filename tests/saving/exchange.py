"""Files that cross between real Keras and Hornbeam.

    python tests/saving/exchange.py make [CASE...]  in an environment with Keras 3: writes archives/, which the tests read
    python tests/saving/exchange.py make-2          in an environment with tf_keras: its part of archives/
    python tests/saving/exchange.py write FOLDER    with Hornbeam: loads the archives and saves the models anew
    python tests/saving/exchange.py read FOLDER     with Keras 3: loads those and compares predictions

The archives are packed tighter than Keras packs them, to keep the repository small; both read them all the same.
"""

import gzip
import importlib
import io
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np

ARCHIVES = Path(__file__).resolve().parent / "archives"


def data(keys):
    """Inputs by the models' input names: numbers from a fixed generator."""
    generator = np.random.default_rng(0)
    known = {
        "x": generator.normal(size=(8, 4)).astype("float32"),
        "image": generator.normal(size=(2, 8, 8, 1)).astype("float32"),
        "i": generator.normal(size=(3, 5)).astype("float32"),
        "j": np.array([[1, 2, 0, 0, 0], [3, 4, 5, 6, 1], [1, 1, 1, 0, 0]], "int32"),
    }
    return {key: known[key] for key in keys}


INPUTS = {"mlp": ["x"], "cnn": ["image"], "graph": ["i", "j"], "operations": ["i"], "mixed": ["x"], "own": ["x"], "schedule": ["x"]}


def inputs(case):
    values = list(data(INPUTS[case]).values())
    return values if len(values) > 1 else values[0]


def mlp(keras):
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Dense(3, activation="relu", input_shape=(4,)),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Dense(2, name="out", kernel_regularizer="l2"),
        ],
        name="mlp",
    )
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(inputs("mlp"), np.ones((8, 2), "float32"), epochs=3, batch_size=4, verbose=0)
    return model


def cnn(keras):
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(2, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ],
        name="cnn",
    )
    model.compile(
        keras.optimizers.SGD(0.1, momentum=0.9),
        keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(k=2)],
    )
    model.fit(inputs("cnn"), np.array([0, 2]), verbose=0)
    return model


def graph(keras):
    layers = keras.layers
    i, j = keras.Input((5,), name="i"), keras.Input((5,), dtype="int32", name="j")
    words = layers.Embedding(7, 3, mask_zero=True)(j)
    both = layers.Bidirectional(layers.LSTM(2))(words)
    steps = layers.LSTM(2, return_sequences=True)(words)
    inner = keras.Sequential([layers.Dense(3, input_shape=(5,)), layers.Dense(2)], name="inner")
    x = layers.Concatenate()([inner(i), both])
    shared = layers.Dense(6, name="shared")
    x = shared(shared(x))
    x = layers.Add()([x, x])
    model = keras.Model([i, j], [x, steps], name="graph")
    model.compile("rmsprop", ["mse", "mae"])
    model.fit(inputs("graph"), [np.ones((3, 6), "float32"), np.ones((3, 5, 2), "float32")], verbose=0)
    return model


def operations(keras):
    ops = keras.ops
    i = keras.Input((5,), name="i")
    x = ops.reshape(i, (-1, 5, 1))[:, 1:, 0]
    x = ops.concatenate([x, i], axis=-1)
    x = 1.0 - ops.mean(-x, axis=1, keepdims=True) / 2
    x = ops.softmax(ops.stack([i - x, i * 2], axis=1), axis=-1)
    x = ops.sum(x**2, axis=1) + ops.expand_dims(ops.max(ops.abs(i), axis=-1), 1)
    return keras.Model(i, ops.cast(ops.maximum(x, 0.3), "float32"), name="operations")


def mixed(keras):
    layers = keras.layers
    policy = "mixed_bfloat16"
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(3, dtype=policy), layers.Dense(2, dtype="bfloat16"), layers.Dense(2, dtype="float32")],
        name="mixed",
    )
    return model


def own(keras):
    model = own_classes(keras)[1](3, name="own")
    model.compile("adam", "mse")
    model.fit(inputs("own"), np.ones((8, 3), "float32"), verbose=0)
    return model


def schedule(keras):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)], name="schedule")
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    model.compile(keras.optimizers.AdamW(rate, weight_decay=0.01), "mse")
    model.fit(inputs("schedule"), np.ones((8, 2), "float32"), verbose=0)
    return model


def words(keras):
    """Layers with vocabularies: learned ones are files of their own in an archive, given ones are in the configuration."""
    layers = keras.layers
    texts = keras.ops.convert_to_tensor(["good film", "bad film", "good good", "bad bad movie", "what a good movie", "awful n\u00e9"])
    text, number = keras.Input((1,), dtype="string", name="text"), keras.Input((1,), dtype="int64", name="number")
    ints, weighed = layers.TextVectorization(20, output_sequence_length=4), layers.TextVectorization(20, output_mode="tf_idf")
    learned, given = layers.StringLookup(num_oov_indices=2), layers.StringLookup(vocabulary=["good film", "zzz"])
    numbers = layers.IntegerLookup(output_mode="one_hot")
    for layer in (ints, weighed, learned):
        layer.adapt(texts)
    numbers.adapt(np.array([5, 5, 7, 9]))
    outputs = [ints(text), weighed(text), learned(text), given(text), numbers(number)]
    return keras.Model([text, number], outputs, name="words")


def own_classes(keras):
    """A layer and a model of a user's own, for either library: layers in lists, dicts and private attributes."""
    saving = importlib.import_module(f"{keras.__name__}.saving")
    layers = keras.layers

    @saving.register_keras_serializable("exchange")
    class Block(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.stack = [layers.Dense(2), layers.Dense(2, use_bias=False)]
            self.named = {"b": layers.Dense(2), "a": layers.Dense(2)}
            self._hidden = layers.Dense(2)
            self.norm = layers.LayerNormalization()

        def build(self, shape):
            self.moving = self.add_weight(shape=(2,), initializer="ones", trainable=False, name="moving")
            self.scale = self.add_weight(shape=(2,), initializer="ones", name="scale")

        def call(self, x):
            for layer in [*self.stack, self.named["a"], self.named["b"], self._hidden]:
                x = layer(x)
            return self.norm(x) * self.scale * self.moving

    @saving.register_keras_serializable("exchange")
    class Own(keras.Model):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.block = Block()
            self._first = layers.Dense(4, activation="tanh")
            self.out = layers.Dense(units)

        def call(self, x):
            return self.out(self.block(self._first(x)))

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    return Block, Own


CASES = {function.__name__: function for function in (mlp, cnn, graph, operations, mixed, own, schedule, words)}


def predict(model, case):
    if case == "words":
        ops = importlib.import_module(f"{type(model).__module__.partition('.')[0]}.ops")
        texts = [["good film"], ["what n\u00e9"], ["zzz"], ["unheard"]]
        found = [ops.convert_to_numpy(each) for each in model([ops.convert_to_tensor(each) for each in (texts, [[5], [9], [8], [7]])])]
    else:
        found = model.predict(inputs(case), verbose=0)
    return [np.asarray(each, "float32") for each in (found if isinstance(found, list) else [found])]


def repack(path):
    """The archive again, compressed."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    path.write_bytes(packed.getvalue())


def pack(path):
    """An HDF5 file in gzip's form, in its place."""
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
    path.unlink()


def make(keras, prefix="", cases=CASES):
    ARCHIVES.mkdir(exist_ok=True)
    file = ARCHIVES / f"{prefix}expected.npz"
    expected = dict(np.load(file)) if file.exists() else {}
    for case in cases:
        expected = {name: value for name, value in expected.items() if not name.startswith(f"{prefix}{case}/")}
        keras.utils.set_random_seed(1)
        model = CASES[case](keras)
        name = prefix + case
        model.save(ARCHIVES / f"{name}.keras")
        repack(ARCHIVES / f"{name}.keras")
        if case == "mlp" or prefix:
            model.save(ARCHIVES / f"{name}.h5")
            pack(ARCHIVES / f"{name}.h5")
        if case == "mlp" and not prefix:
            model.save_weights(ARCHIVES / f"{name}.weights.h5")
            pack(ARCHIVES / f"{name}.weights.h5")
        expected |= {f"{name}/{i}": value for i, value in enumerate(predict(model, case))}
    np.savez_compressed(file, **expected)


def write(folder):
    import hornbeam as hb

    own_classes(hb)
    folder.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        model = hb.models.load_model(ARCHIVES / f"{case}.keras")
        model.save(folder / f"{case}.keras")
        if case == "mlp":
            model.save(folder / f"{case}.h5")
            model.save_weights(folder / f"{case}.weights.h5")


def read(keras, folder):
    own_classes(keras)
    expected = np.load(ARCHIVES / "expected.npz")
    for case in CASES:
        models = [keras.models.load_model(folder / f"{case}.keras")]
        if case == "mlp":
            models.append(keras.models.load_model(folder / f"{case}.h5", compile=False))
            models.append(keras.models.load_model(ARCHIVES / f"{case}.keras"))
            models[-1].load_weights(folder / f"{case}.weights.h5")
        for model in models:
            for i, value in enumerate(predict(model, case)):
                np.testing.assert_allclose(value, expected[f"{case}/{i}"], atol=1e-2 if case == "mixed" else 1e-5)
        original = keras.models.load_model(ARCHIVES / f"{case}.keras")
        if getattr(original, "optimizer", None) is not None:
            for a, b in zip(original.optimizer.variables, models[0].optimizer.variables, strict=True):
                np.testing.assert_array_equal(np.asarray(a), np.asarray(b))
        print(f"{case}: as expected")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    command, *rest = sys.argv[1:] or [""]
    if command == "make":
        make(importlib.import_module("keras"), cases=rest or CASES)
    elif command == "make-2":
        make(importlib.import_module("tf_keras"), "keras2_", ("mlp", "graph"))
    elif command == "write":
        write(Path(rest[0]))
    elif command == "read":
        read(importlib.import_module("keras"), Path(rest[0]))
    else:
        print(__doc__)
