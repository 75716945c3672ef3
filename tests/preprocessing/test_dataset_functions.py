"""image_, text_, audio_dataset_from_directory and timeseries_dataset_from_array; expected values are Keras's on TensorFlow."""

import wave

import numpy as np
import pytest

from hornbeam.engine.errors import ArgumentError, InvalidArgumentError
from hornbeam.keras.utils import (
    audio_dataset_from_directory,
    image_dataset_from_directory,
    text_dataset_from_directory,
    timeseries_dataset_from_array,
)
from hornbeam.ops.image import codecs


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    home = tmp_path_factory.mktemp("pictures")
    for number, name in enumerate(("cats", "dogs")):
        (home / name).mkdir()
        for i in range(5):
            pixels = np.full((6 + i, 8, 3), 20 * i + 100 * number, np.uint8)
            (home / name / f"{i}.png").write_bytes(codecs.encode_png(pixels).numpy())
    (home / "dogs" / "notes.txt").write_text("no picture")
    (home / ".hidden").mkdir()
    return home


def test_labels_come_from_the_folders(pictures, capsys):
    data = image_dataset_from_directory(pictures, image_size=(4, 5), shuffle=False, batch_size=4)
    assert capsys.readouterr().out == "Found 10 files belonging to 2 classes.\n"
    assert data.class_names == ["cats", "dogs"] and len(data.file_paths) == 10 and len(data) == 3
    assert repr(data) == (
        "<_PrefetchDataset element_spec=(TensorSpec(shape=(None, 4, 5, 3), dtype=tf.float32, name=None), "
        "TensorSpec(shape=(None,), dtype=tf.int32, name=None))>"
    )
    images, labels = (np.concatenate(parts) for parts in zip(*data.as_numpy_iterator()))
    assert labels.tolist() == [0] * 5 + [1] * 5 and images.shape == (10, 4, 5, 3)
    assert images[:, 0, 0, 0].tolist() == [0, 20, 40, 60, 80, 100, 120, 140, 160, 180]


def test_label_modes_and_colours(pictures):
    def only(**arguments):
        quiet = {"image_size": (4, 4), "shuffle": False, "verbose": False}
        (batch,) = image_dataset_from_directory(pictures, **(quiet | arguments)).as_numpy_iterator()
        return batch

    labels = only(label_mode="binary")[1]
    assert labels.shape == (10, 1) and labels.dtype == np.float32
    assert only(label_mode="categorical")[1][0].tolist() == [1, 0]
    assert only(labels=list(range(10)))[1].tolist() == list(range(10))
    assert only(class_names=["dogs", "cats"])[1].tolist() == [0] * 5 + [1] * 5
    single = image_dataset_from_directory(
        pictures, label_mode=None, batch_size=None, color_mode="grayscale", interpolation="nearest", image_size=(4, 4), verbose=False
    )
    assert single.element_spec.shape == (4, 4, 1) and single.element_spec.dtype == "uint8" and len(list(single)) == 10
    padded, cut = only(pad_to_aspect_ratio=True, image_size=(6, 6))[0], only(crop_to_aspect_ratio=True, image_size=(6, 6))[0]
    assert padded[5, 0, 0, 0] < 100 and np.allclose(cut[5], 100)


def test_subsets_are_parts_of_one_order(pictures, capsys):
    common = {"image_size": (2, 2), "validation_split": 0.3, "seed": 5}
    train, valid = image_dataset_from_directory(pictures, subset="both", **common)
    assert capsys.readouterr().out.splitlines()[1:] == ["Using 7 files for training.", "Using 3 files for validation."]
    assert sorted(train.file_paths + valid.file_paths) == sorted(str(path) for path in pictures.glob("*/*.png"))
    assert image_dataset_from_directory(pictures, subset="validation", **common).file_paths == valid.file_paths
    seen = [sorted(np.concatenate([x[:, 0, 0, 0] for x, _ in valid.as_numpy_iterator()]).tolist()) for _ in range(2)]
    assert seen[0] == seen[1] and len(seen[0]) == 3


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"labels": "x"}, "should be a list/tuple"), ({"labels": [1, 2]}, "len.labels. is 2 while we found 10"),
        ({"label_mode": "x"}, "must be one of"), ({"color_mode": "x"}, "color_mode"), ({"interpolation": "x"}, "interpolation"),
        ({"validation_split": 0.2, "subset": "training"}, "you must provide a `seed`"), ({"validation_split": 0.2}, "and inversely"),
        ({"validation_split": 2, "subset": "training", "seed": 1}, "between 0 and 1"), ({"subset": "training"}, "and inversely"),
        ({"validation_split": 0.2, "subset": "x", "seed": 1}, 'either "training"'), ({"class_names": ["x"]}, "did not match"),
        ({"labels": None, "class_names": ["cats"]}, "cannot be specified"), ({"image_size": (0, 2)}, "Expected .height, width."),
        ({"labels": list(range(10)), "label_mode": "binary"}, "exactly 2 class_names"),
        ({"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, "Only one"),
    ],
)  # fmt: skip
def test_arguments_that_do_not_go_together(pictures, arguments, match):
    with pytest.raises(ArgumentError, match=match):
        image_dataset_from_directory(pictures, verbose=False, **arguments)


def test_folders_that_cannot_be_read(pictures, tmp_path):
    with pytest.raises(FileNotFoundError):
        image_dataset_from_directory(tmp_path / "nowhere")
    with pytest.raises(ArgumentError, match="No text files found"):
        text_dataset_from_directory(pictures / "cats", labels=None, verbose=False)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG not really")
    with pytest.raises(InvalidArgumentError, match="broken.png.*cannot be read"):
        list(image_dataset_from_directory(tmp_path, labels=None, verbose=False))


def test_texts(tmp_path):
    for name in ("neg", "pos"):
        (tmp_path / name).mkdir()
        for i in range(3):
            (tmp_path / name / f"{i}.txt").write_text(f"{name} text {i}\nsecond")
    data = text_dataset_from_directory(tmp_path, shuffle=False, batch_size=2, max_length=10, verbose=False)
    texts, labels = (np.concatenate(parts).tolist() for parts in zip(*data.as_numpy_iterator()))
    assert texts == [f"{name} text {i}"[:10].encode() for name in ("neg", "pos") for i in range(3)] and labels == [0, 0, 0, 1, 1, 1]
    assert data.element_spec[0].dtype == "string"


def test_sounds(tmp_path):
    for i in range(3):
        with wave.open(str(tmp_path / f"{i}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(np.arange(3 + i, dtype="<i2").tobytes())
    common = {"labels": None, "shuffle": False, "verbose": False}
    (batch,) = audio_dataset_from_directory(tmp_path, **common).as_numpy_iterator()
    assert batch.shape == (3, 5, 1) and (batch[0, :, 0] * 32768).tolist() == [0, 1, 2, 0, 0] and batch.dtype == np.float32
    (batch,) = audio_dataset_from_directory(tmp_path, output_sequence_length=4, **common).as_numpy_iterator()
    assert (batch[..., 0] * 32768).tolist() == [[0, 1, 2, 0], [0, 1, 2, 3], [0, 1, 2, 3]]
    (batch,) = audio_dataset_from_directory(tmp_path, ragged=True, **common)
    assert batch.row_lengths().numpy().tolist() == [3, 4, 5]
    with pytest.raises(ArgumentError, match="Cannot set both"):
        audio_dataset_from_directory(tmp_path, ragged=True, output_sequence_length=3, **common)


def test_windows_of_a_series():
    x = np.arange(20)
    (first, labels), (last, _) = timeseries_dataset_from_array(x, x, 3, batch_size=16).as_numpy_iterator()
    assert first[:2].tolist() == [[0, 1, 2], [1, 2, 3]] and labels.tolist() == list(range(16))
    assert last.tolist() == [[16, 17, 18], [17, 18, 19]]
    only, more = timeseries_dataset_from_array(x, None, 5, sequence_stride=3, sampling_rate=2, batch_size=2).as_numpy_iterator()
    assert [*only.tolist(), *more.tolist()] == [[0, 2, 4, 6, 8], [3, 5, 7, 9, 11], [6, 8, 10, 12, 14], [9, 11, 13, 15, 17]]
    singles = timeseries_dataset_from_array(x[:, None] * [1, 10], x[5:], 5, start_index=2, end_index=15, batch_size=None)
    pairs = list(singles.as_numpy_iterator())
    assert len(pairs) == 9 and pairs[0][0][:, 1].tolist() == [20, 30, 40, 50, 60]
    assert [int(label) for _, label in pairs] == list(range(7, 16))
    ((windows, labels),) = timeseries_dataset_from_array(x, x, 3, shuffle=True, seed=1).as_numpy_iterator()
    assert labels.tolist() != sorted(labels) == list(range(18)) and (windows[:, 0] == labels).all()


@pytest.mark.parametrize(
    "arguments", [{"start_index": -1}, {"end_index": 30}, {"start_index": 5, "end_index": 2}, {"sampling_rate": 25}, {"sequence_stride": 0}]
)
def test_windows_that_cannot_be(arguments):
    with pytest.raises(ArgumentError, match="must be"):
        timeseries_dataset_from_array(np.arange(20), None, 3, **arguments)
