"""Progbar, questions about tensors, the setting of data formats."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import layers as L
from hornbeam.engine.errors import ArgumentError, StateError


def test_progbar_shows_the_last_values(capsys):
    bar = hb.utils.Progbar(10, verbose=2)
    bar.update(1, [("loss", 1.0)])
    bar.add(3, [("loss", np.array([1.0, 3.0])), ("acc", 0.5)])
    assert capsys.readouterr().out == ""
    bar.update(10, [("loss", 4.0)])
    line = capsys.readouterr().out
    assert line.startswith("10/10") and "loss: 4.0000" in line and "acc: 0.5000" in line


def test_to_categorical_in_a_type():
    assert hb.utils.to_categorical([0, 2], dtype="int32").tolist() == [[1, 0, 0], [0, 0, 1]]
    assert hb.utils.to_categorical([1], 2, dtype=bool).dtype == bool and hb.utils.to_categorical([1]).dtype == "float32"


def test_progbar_of_unknown_length_ends_when_told(capsys):
    bar = hb.utils.Progbar(None, verbose=2)
    bar.update(3, [("loss", 1.0)])
    assert capsys.readouterr().out == ""
    bar.update(4, [("loss", 2.0)], finalize=True)
    assert capsys.readouterr().out.startswith("4/") and not hb.utils.Progbar(3, verbose=0).update(3)
    assert capsys.readouterr().out == ""


def test_source_inputs():
    a, b = hb.Input((2,), name="a"), hb.Input((2,), name="b")
    y = L.Add()([L.Dense(2)(b), a * 2.0, b])
    assert [t.name for t in hb.utils.get_source_inputs(y)] == ["a", "b"]
    assert hb.utils.get_source_inputs(a)[0] is a
    with pytest.raises(StateError, match="takes a symbolic tensor"):
        hb.utils.get_source_inputs(hb.ops.ones(2))


def test_what_is_a_keras_tensor():
    x = hb.Input((2,))
    assert hb.utils.is_keras_tensor(x) and hb.utils.is_keras_tensor(x + 1)
    assert not hb.utils.is_keras_tensor(hb.ops.ones(2)) and not hb.utils.is_keras_tensor(np.ones(2))


def test_standardize_dtype():
    assert [hb.utils.standardize_dtype(each) for each in (None, np.float64, "int", int)] == ["float32", "float64", "int32", "int32"]


@pytest.fixture
def channels_first():
    hb.config.set_image_data_format("channels_first")
    yield
    hb.config.set_image_data_format("channels_last")


def test_layers_and_operations_heed_the_setting(channels_first):
    assert hb.config.image_data_format() == "channels_first"
    for layer in (L.Conv2D(2, 2), L.Conv1D(2, 2), L.MaxPooling2D(), L.GlobalAveragePooling2D(), L.Flatten()):
        assert layer.data_format == layer.get_config()["data_format"] == "channels_first"
    x = np.random.default_rng(0).normal(size=(1, 3, 6, 6)).astype("float32")
    assert hb.ops.max_pool(x, 2).shape == (1, 3, 3, 3)
    assert L.Conv2D(4, 3)(x).shape == (1, 4, 4, 4)
    assert L.Conv2D(4, 3, data_format="channels_last")(x.transpose(0, 2, 3, 1)).shape == (1, 4, 4, 4)


def test_the_setting_reaches_operations_that_were_compiled_before():
    x = np.zeros((1, 3, 8, 8), "float32")
    assert hb.ops.image.resize(x, (2, 2)).shape == (1, 2, 2, 8) and hb.ops.max_pool(x, 2).shape == (1, 1, 4, 8)
    hb.config.set_image_data_format("channels_first")
    try:
        assert hb.ops.image.resize(x, (2, 2)).shape == (1, 3, 2, 2) and hb.ops.max_pool(x, 2).shape == (1, 3, 4, 4)
    finally:
        hb.config.set_image_data_format("channels_last")
    assert hb.ops.image.resize(x, (2, 2)).shape == (1, 2, 2, 8)


def test_formats_that_do_not_exist():
    with pytest.raises(ArgumentError, match="'channels_last' or 'channels_first'; received 'x'"):
        hb.config.set_image_data_format("x")
    with pytest.raises(ArgumentError, match="Flatten: data_format is"):
        L.Flatten("x")
