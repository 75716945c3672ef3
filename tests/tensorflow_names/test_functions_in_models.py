"""tf.nn and tf.image on the symbolic tensors of a functional model: shapes, values, and files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hornbeam.tensorflow as tf

X = np.random.default_rng(0).random((2, 12, 12, 3)).astype("float32")
KERNEL = np.random.default_rng(1).random((3, 3, 3, 4)).astype("float32")
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "relu": tf.nn.relu,
    "conv2d": lambda x: tf.nn.conv2d(x, KERNEL, 2, "SAME"),
    "max_pool2d": lambda x: tf.nn.max_pool2d(x, 2, 2, "SAME"),
    "moments": lambda x: tf.nn.moments(x, [1, 2])[1],
    "top_k": lambda x: tf.nn.top_k(x, 2).values,
    "l2_normalize": lambda x: tf.nn.l2_normalize(x, axis=-1),
    "resize": lambda x: tf.image.resize(x, (5, 7)),
    "standardization": tf.image.per_image_standardization,
    "grayscale": tf.image.rgb_to_grayscale,
    "transpose": tf.image.transpose,
    "rot90": tf.image.rot90,
    "convert": lambda x: tf.image.convert_image_dtype(x, tf.uint8),
    "patches": lambda x: tf.image.extract_patches(x, [1, 4, 4, 1], [1, 4, 4, 1], [1, 1, 1, 1], "VALID"),
    "stft": lambda x: tf.abs(tf.signal.stft(x[:, :, 0, 0], 4, 2)),
}


@pytest.mark.parametrize("word", FUNCTIONS)
def test_symbolic_tensors_have_the_shape_and_models_the_values(word: str) -> None:
    inputs = tf.keras.Input((12, 12, 3))
    symbolic = FUNCTIONS[word](inputs)
    out, wanted = tf.keras.Model(inputs, symbolic)(X), FUNCTIONS[word](tf.constant(X))
    assert tuple(symbolic.shape[1:]) == tuple(wanted.shape[1:]) and symbolic.dtype == wanted.dtype
    np.testing.assert_allclose(out, wanted, rtol=1e-5, atol=2e-5)


def test_a_model_with_them_is_saved_and_loaded(tmp_path: Path) -> None:
    inputs = h = tf.keras.Input((12, 12, 3))
    for word in ("standardization", "conv2d", "relu", "transpose", "rot90", "resize", "max_pool2d", "l2_normalize"):
        h = FUNCTIONS[word](h)
    model = tf.keras.Model(inputs, tf.image.flip_up_down(tf.nn.moments(h, [3], keepdims=True)[0]))
    model.save(tmp_path / "model.keras")
    np.testing.assert_allclose(tf.keras.models.load_model(tmp_path / "model.keras")(X), model(X), rtol=1e-6)


def test_random_changes_in_a_model_are_drawn_anew() -> None:
    inputs = tf.keras.Input((12, 12, 3))
    model = tf.keras.Model(inputs, tf.image.random_brightness(tf.image.random_flip_left_right(inputs), 0.3))
    assert not np.allclose(model(X), model(X))
    assert not np.allclose(model.predict(X, verbose=0), model.predict(X, verbose=0))
    again = tf.keras.models.clone_model(model)
    assert not np.allclose(again(X), again(X))


def test_a_model_with_random_changes_is_saved_and_loaded(tmp_path: Path) -> None:
    inputs = tf.keras.Input((12, 12, 3))
    tf.keras.Model(inputs, tf.nn.dropout(tf.image.random_flip_up_down(inputs, seed=3), 0.5)).save(tmp_path / "model.keras")
    model = tf.keras.models.load_model(tmp_path / "model.keras")
    assert not np.allclose(model(X), model(X))
