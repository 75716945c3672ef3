"""`keras.preprocessing`: text, sequences and pictures. One expression a case, in the modules T, S and I and the data below.

Random changes are drawn with NumPy's and Python's seeds set, so they are the same numbers.
"""

import contextlib
import functools
import io
import json
import os
import random
import tempfile
import warnings

import numpy as np

from goldens.recording import record

NAMESPACE = "tensorflow"
TOLERANCE = (1e-4, 2e-3)
TOKENIZERS = (
    "", "num_words=5", "num_words=5, oov_token='<OOV>'", "char_level=True", "lower=False, filters='.', split='_'",
    "char_level=True, oov_token='UNK', num_words=8", "analyzer=lambda text: text.split('a')",
)  # fmt: skip
GENERATORS = (
    "", "rotation_range=20, width_shift_range=0.2, height_shift_range=0.2, shear_range=10, zoom_range=0.2, horizontal_flip=True, "
    "vertical_flip=True, channel_shift_range=20.0, rescale=1 / 255", "width_shift_range=3, height_shift_range=2", "width_shift_range=1.5",
    "width_shift_range=[-2, 0, 2], height_shift_range=[0.1, 0.2]", "brightness_range=(0.5, 1.5), fill_mode='constant', cval=5",
    "samplewise_std_normalization=True", "zoom_range=[0.5, 1.0], interpolation_order=0, data_format='channels_last'",
    "preprocessing_function=lambda a: a[::-1] * 2, rescale=0.1, dtype='float64'",
)  # fmt: skip
AFFINE = (
    "theta=30", "tx=2.5, ty=-1", "shear=20", "zx=0.7, zy=1.3", "theta=10, tx=1, shear=5, zx=1.2, fill_mode='constant', cval=9.0",
    "theta=40, fill_mode='reflect', order=3", "theta=40, fill_mode='wrap', order=0",
)  # fmt: skip
DIRECTORIES = (
    "", "class_mode='binary', classes=['dogs', 'cats']", "class_mode='sparse', color_mode='grayscale'", "class_mode=None",
    "class_mode='input'", "interpolation='bilinear', keep_aspect_ratio=True, color_mode='rgba'",
)  # fmt: skip
TABLES = (
    "class_mode='binary'", "class_mode='sparse', weight_col='w'", "class_mode='raw', y_col=['w', 'n']", "y_col='tags'",
    "class_mode='multi_output', y_col=['w', 'n']", "class_mode=None", "y_col='tags', classes=['x', 'z']", "classes=['dogs']",
)  # fmt: skip
ROWS = [
    *[f"fitted(T.Tokenizer({how}))" for how in TOKENIZERS],
    "T.text_to_word_sequence('Hello, World! foo-bar  x')",
    "T.text_to_word_sequence('a_b__C', filters='', lower=False, split='_')",
    "T.hashing_trick('the quick fox', 50, hash_function='md5')",
    "T.hashing_trick('the quick fox', 50, hash_function=len)",
    "T.Tokenizer(num_words=4).sequences_to_matrix([[1, 2, 2]], mode='count')",
    "S.skipgrams([1, 2, 0, 3, 4, 5, 6], 8)",
    "S.skipgrams([1, 2, 0, 3, 4], 8, window_size=1, shuffle=False, categorical=True)",
    "S.skipgrams([1, 2, 0, 3, 4], 8, seed=5, negative_samples=0.5, sampling_table=[0.5] * 8)",
    "S.make_sampling_table(20, 1e-2)",
    *[
        f"batches(S.TimeseriesGenerator(np.arange(20), np.arange(20) * 2, {how}))"
        for how in ("3", "4, sampling_rate=2, batch_size=5", "3, stride=2, batch_size=4, reverse=True", "3, 1, 1, 5, 12", "3, shuffle=True")
    ],
    *[f"I.apply_affine_transform(x, row_axis=0, col_axis=1, channel_axis=2, {how})" for how in AFFINE],
    "I.apply_affine_transform(x.transpose(2, 0, 1), theta=20)",
    "I.apply_affine_transform(x, theta=20, tx=3, row_axis=1, col_axis=0, channel_axis=2)",
    *[
        f"I.random_{how}, row_axis=0, col_axis=1, channel_axis=2)"
        for how in ("rotation(x, 30", "shift(x, 0.3, 0.2", "shear(x, 30", "zoom(x, (0.8, 1.2)")
    ],
    "I.random_channel_shift(x, 50.0, 2)", "I.apply_channel_shift(x, 30, 2)", "I.random_brightness(x, (0.5, 1.5))",
    "I.apply_brightness_shift(x, 1.6, False)", "I.smart_resize(x, (6, 6))", "I.smart_resize(x, (20, 9), interpolation='nearest')",
    *[f"picture(I.array_to_img({what}))" for what in ("x", "x, scale=False", "x[..., :1]", "x * 0", "x[..., :1] * 3, scale=False")],
    *[
        f"picture(I.load_img(cat, {how}))"
        for how in ("'grayscale'", "'rgba'", "target_size=(10, 12)", "target_size=(30, 12), interpolation='bilinear'",
                    "target_size=(10, 20), interpolation='bicubic', keep_aspect_ratio=True", "target_size=(7, 9), interpolation='box'")
    ],
    "I.img_to_array(I.load_img(cat))", "I.img_to_array(I.load_img(cat), data_format='channels_first')",
    "I.img_to_array(I.load_img(cat, color_mode='grayscale'), dtype='uint8')",
    *[f"flowed(I.ImageDataGenerator({how}))" for how in GENERATORS],
    "learned(I.ImageDataGenerator(featurewise_std_normalization=True, rescale=0.5))",
    "learned(I.ImageDataGenerator(zca_whitening=True, zca_epsilon=0.1), X[:, :3, :2])",
    "next(I.ImageDataGenerator(validation_split=0.3).flow(X, Y, subset='training', shuffle=False))",
    "next(I.ImageDataGenerator(validation_split=0.3).flow(X, Y, subset='validation', seed=1))",
    "next(I.ImageDataGenerator().flow((X, [np.arange(11)]), Y, batch_size=3, shuffle=False))",
    *[f"of_folder(I.ImageDataGenerator().flow_from_directory(folder, (8, 6), batch_size=4, seed=2, {how}))" for how in DIRECTORIES],
    "of_folder(I.ImageDataGenerator(validation_split=0.25).flow_from_directory(folder, (8, 6), subset='training', seed=1))",
    "of_folder(I.ImageDataGenerator(validation_split=0.25).flow_from_directory(folder, (8, 6), subset='validation', seed=1))",
    *[f"of_folder(I.ImageDataGenerator().flow_from_dataframe(table(), folder, target_size=(6, 6), seed=1, {how}))" for how in TABLES],
]  # fmt: skip
TEXTS = ["The cat sat on the mat.", "The dog sat on the log!", "Dogs and cats; living\ttogether", "a A a"]


def fitted(tokenizer):
    tokenizer.fit_on_texts(TEXTS)
    tokenizer.fit_on_texts([["X", "the", "x"]])
    sequences = tokenizer.texts_to_sequences([*TEXTS, "unknown zebra cat"])
    counts = [list(tokenizer.word_counts.items()), sorted(tokenizer.word_docs.items()), sorted(tokenizer.index_docs.items())]
    matrices = [tokenizer.texts_to_matrix(TEXTS, mode=mode) for mode in ("binary", "count", "tfidf", "freq")]
    config = {name: json.loads(value) if name.startswith(("word_", "index_")) else value for name, value in tokenizer.get_config().items()}
    return [list(tokenizer.word_index.items()), sequences, tokenizer.sequences_to_texts([*sequences, [99, 1]]), *counts, matrices, config]


def batches(sequence):
    return [sequence[i] for i in range(len(sequence))]


def picture(image):
    return [image.mode, list(image.size), np.asarray(image)]


def learned(generator, data=None):
    data = data_of()["X"] if data is None else data
    generator.fit(data)
    return [generator.mean, generator.std, next(generator.flow(data, batch_size=3, seed=1))]


def flowed(generator):
    flow = generator.flow(data_of()["X"], data_of()["Y"], batch_size=4, seed=3)
    found = [next(flow), next(flow), flow[0], next(flow), next(flow), len(flow), flow.n, flow.batch_index, flow.total_batches_seen]
    return [*found, generator.get_random_transform((8, 9, 3), seed=5), generator.random_transform(data_of()["X"][0], seed=4)]


def of_folder(flow):
    facts = [flow.samples, flow.n, len(flow), list(flow.filenames), list(map(int, np.ravel(flow.classes)))] if flow.class_mode in (
        "binary", "sparse") else [flow.samples, list(flow.filenames)]
    return [next(flow), flow[0], facts, list(flow.image_shape), getattr(flow, "class_indices", None)]


def table():
    import pandas

    names = sorted(f"{kind}/{i}.png" for kind in ("cats", "dogs") for i in range(5))
    tags = [["x"], ["y"], ["x", "y"], ["z"], [], ["x"], ["y"], ["x", "z"], ["z"], ["x"], ["x"]]
    classes = [*(name[:4] for name in names), "cats"]
    return pandas.DataFrame({"filename": [*names, "gone.png"], "class": classes, "w": np.arange(11.0), "n": np.arange(11), "tags": tags})


@functools.cache
def data_of():
    numbers = np.random.RandomState(1)
    draw = lambda *shape: (numbers.rand(*shape) * 255).astype("float32")
    return {"x": draw(12, 10, 3), "X": draw(11, 8, 9, 3), "Y": np.arange(11) % 2, "folder": _folder()}


@functools.cache
def _folder():
    from PIL import Image

    holder = tempfile.TemporaryDirectory()
    _folder.holder = holder  # kept until the process ends
    numbers = np.random.RandomState(2)
    for i, kind in enumerate(("cats", "dogs", "birds")):
        os.makedirs(f"{holder.name}/{kind}/deep")
        names = [*map(str, range(5 + i)), "deep/z"]
        for j, name in enumerate(names):
            Image.fromarray(numbers.randint(0, 255, (20 + j, 24, 3)).astype("uint8")).save(f"{holder.name}/{kind}/{name}.png")
        with open(f"{holder.name}/{kind}/notes.txt", "w") as file:
            file.write("no picture")
    return holder.name


def _case(row):
    def case(tf):
        pre = tf.keras.preprocessing
        names = {"T": pre.text, "S": pre.sequence, "I": pre.image, "cat": _folder() + "/cats/0.png", **data_of()}
        random.seed(3)
        np.random.seed(7)
        found = {}
        with contextlib.redirect_stdout(io.StringIO()) as printed, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            record(eval(row, {**globals(), **names}), found)
        return {**found, "printed": printed.getvalue()}

    return case


CASES = {row: _case(row) for row in ROWS}


def _feature_space(tf):
    """Every kind of feature, crosses, both output modes; a Dataset mapped through it trains a model that then takes raw columns."""
    keras = tf.keras
    kinds, generator, count = keras.utils.FeatureSpace, np.random.default_rng(0), 12
    a, b, c, d = generator.normal(size=(4, count)).astype("float32")
    data = {"f": a, "n": b * 3, "r": c, "d": d, "s": np.array(list("abcabdaabcca")), "h": np.array(list("xyzxyzxxyyzz")),
            "i": np.array([1, 2, 3, 1, 2, 5, 1, 1, 2, 3, 9, 1]), "j": np.arange(count)}

    def space(**options):
        made = kinds({
            "f": "float", "n": kinds.float_normalized(), "r": kinds.float_rescaled(scale=2.0, offset=1.0),
            "d": kinds.float_discretized(num_bins=3), "s": kinds.string_categorical(), "h": kinds.string_hashed(num_bins=4),
            "i": kinds.integer_categorical(max_tokens=4), "j": kinds.integer_hashed(num_bins=5),
        }, **options)  # fmt: skip
        made.adapt(tf.data.Dataset.from_tensor_slices(data).batch(5))
        return made

    found = {}
    each = space(output_mode="dict", crosses=[("s", "i"), kinds.cross(("h", "j"), crossing_dim=3, output_mode="int")], crossing_dim=6)
    for name, rows in (("one", 0), ("two", slice(2)), ("column", (slice(2), None))):
        record({key: np.asarray(value) for key, value in each({key: value[rows] for key, value in data.items()}).items()}, found, name)
    together = space(crosses=[("s", "i")], crossing_dim=6)
    found["inputs"] = sorted((name, list(each.shape)) for name, each in together.get_inputs().items())
    encoded = together.get_encoded_features()
    out = keras.layers.Dense(1, kernel_initializer="ones")(encoded)
    model = keras.Model(encoded, out)
    model.compile("sgd", "mse")
    rows = tf.data.Dataset.from_tensor_slices((data, np.arange(count, dtype="float32"))).batch(4)
    found["loss"] = np.array(model.fit(rows.map(lambda x, y: (together(x), y)), epochs=2, verbose=0, shuffle=False).history["loss"])
    whole = keras.Model(together.get_inputs(), out)
    found["predicted"] = whole.predict(tf.data.Dataset.from_tensor_slices(data).batch(6), verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        together.save(f"{folder}/space.keras")
        again = keras.models.load_model(f"{folder}/space.keras")
    found["again"] = np.asarray(again({key: value[:3] for key, value in data.items()}))
    return found


CASES["feature_space"] = _feature_space
