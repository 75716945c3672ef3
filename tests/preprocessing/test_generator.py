"""ImageDataGenerator in training, and its wrong arguments; its numbers are in the goldens (keras_preprocessing)."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.preprocessing.image import ImageDataGenerator, array_to_img, img_to_array, load_img, save_img
from hornbeam.preprocessing.sequence import TimeseriesGenerator
from hornbeam.preprocessing.text import Tokenizer, hashing_trick

Image = pytest.importorskip("PIL.Image")
NUMBERS = np.random.default_rng(0)


@pytest.fixture
def folder(tmp_path):
    """Two classes, told apart by their brightness."""
    for kind, level in (("dark", 20), ("light", 220)):
        (tmp_path / kind).mkdir()
        for i in range(6):
            pixels = NUMBERS.integers(level - 20, level + 20, (9, 8, 3)).astype("uint8")
            Image.fromarray(pixels).save(tmp_path / kind / f"{i}.png")
    return tmp_path


def test_a_model_learns_from_a_folder(folder, capsys):
    generator = ImageDataGenerator(rescale=1 / 255, rotation_range=10, horizontal_flip=True, validation_split=0.34)
    parts = [
        generator.flow_from_directory(folder, (8, 8), class_mode="binary", batch_size=3, seed=1, subset=subset)
        for subset in ("training", "validation")
    ]
    assert capsys.readouterr().out == "Found 8 images belonging to 2 classes.\nFound 4 images belonging to 2 classes.\n"
    model = hb.Sequential([hb.Input((8, 8, 3)), hb.layers.GlobalAveragePooling2D(), hb.layers.Dense(1, activation="sigmoid")])
    model.compile(hb.optimizers.Adam(0.5), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(parts[0], validation_data=parts[1], epochs=15, verbose=0).history
    assert history["val_accuracy"][-1] == 1.0
    assert parts[0].class_indices == {"dark": 0, "light": 1} and len(parts[0]) == 3
    shown = generator.flow_from_directory(folder, (8, 8), class_mode=None, shuffle=False, batch_size=5)
    assert model.predict(shown, verbose=0).shape == (12, 1)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"fill_mode": "mirror"}, "fill_mode called 'mirror'"), ({"zoom_range": [1, 2, 3]}, "zoom_range is a number or two"),
        ({"brightness_range": 0.5}, "brightness_range is two factors"), ({"validation_split": 2}, "between 0 and 1"),
        ({"data_format": "last"}, "'channels_last' or"),
    ],
)  # fmt: skip
def test_wrong_arguments(arguments, what):
    with pytest.raises(ValueError, match=what):
        ImageDataGenerator(**arguments)


def test_wrong_data(folder):
    generator = ImageDataGenerator(validation_split=0.5)
    x = np.zeros((4, 5, 5, 3))
    with pytest.raises(ValueError, match="x holds 4 pictures, but y has 3"):
        generator.flow(x, np.zeros(3))
    with pytest.raises(ValueError, match=r"four axes.*\(5, 5, 3\)"):
        generator.flow(x[0])
    with pytest.raises(ValueError, match="ignore_class_split"):
        generator.flow(x, np.arange(4), subset="training")
    with pytest.raises(ValueError, match="Batch 7 was asked for; there are 1"):
        generator.flow(x)[7]
    with pytest.raises(FileNotFoundError):
        generator.flow_from_directory(folder / "nowhere")
    with pytest.raises(ValueError, match="class_mode of flow_from_directory called 'multi'"):
        generator.flow_from_directory(folder, class_mode="multi")
    with pytest.warns(UserWarning, match="does nothing before `fit"):
        next(ImageDataGenerator(featurewise_center=True).flow(x))


def test_pictures_and_arrays(tmp_path):
    pixels = NUMBERS.integers(0, 255, (5, 4, 3)).astype("float32")
    save_img(tmp_path / "a.png", pixels, scale=False)
    np.testing.assert_array_equal(img_to_array(load_img(tmp_path / "a.png")), pixels)
    with pytest.warns(UserWarning, match="no transparency"):
        save_img(tmp_path / "a.jpg", np.zeros((4, 4, 4)))
    with pytest.raises(ValueError, match="color_mode called 'gray'"):
        load_img(tmp_path / "a.png", color_mode="gray")
    with pytest.raises(TypeError, match="a path or an open file"):
        load_img(3)
    with pytest.raises(ValueError, match="1, 3 or 4 channels; received 2"):
        array_to_img(np.zeros((4, 4, 2)))


def test_texts_and_series_say_what_is_wrong():
    with pytest.raises(ValueError, match="call fit_on_texts first"):
        Tokenizer().sequences_to_matrix([[1]])
    with pytest.raises(ValueError, match="mode of a Tokenizer's matrix called 'bin'"):
        Tokenizer(num_words=3).sequences_to_matrix([[1]], mode="bin")
    with pytest.raises(TypeError, match="words"):
        Tokenizer(words=3)
    with pytest.warns(DeprecationWarning, match="num_words"):
        assert Tokenizer(nb_words=3).num_words == 3
    with pytest.raises(ValueError, match="hash_function called 'sha'"):
        hashing_trick("a b", 5, "sha")
    with pytest.raises(ValueError, match="no window of 30 steps"):
        TimeseriesGenerator(np.arange(9), np.arange(9), 30)
    with pytest.raises(ValueError, match="9 steps and targets has 8"):
        TimeseriesGenerator(np.arange(9), np.arange(8), 3)
