"""LoRA: what trains, what files hold."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import layers

ROWS = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")


def test_only_the_thin_matrices_and_the_bias_train():
    model = hb.Sequential([layers.Input((3,)), layers.Dense(4), layers.Dense(1)])
    before = np.asarray(model(ROWS))
    dense = model.layers[0]
    dense.enable_lora(2)
    np.testing.assert_array_equal(before, np.asarray(model(ROWS)))  # the second matrix begins with zeros
    kernel = np.asarray(dense.kernel)
    model.compile("adam", "mse")
    model.fit(ROWS, ROWS[:, :1], epochs=2, verbose=0)
    np.testing.assert_array_equal(kernel, np.asarray(dense.kernel))
    assert np.abs(np.asarray(dense.lora_kernel_b)).max() > 0
    assert [w.name for w in dense.trainable_weights] == ["bias", "lora_kernel_a", "lora_kernel_b"]


@pytest.mark.parametrize("make", [lambda: layers.Dense(4, lora_rank=2, lora_alpha=6.0), lambda: layers.Embedding(5, 4, lora_rank=1)])
def test_files_hold_the_sum(make, tmp_path):
    words = isinstance(make(), layers.Embedding)
    x = np.array([[1, 2], [3, 4]]) if words else ROWS
    model = hb.Sequential([layers.Input(x.shape[1:], dtype="int32" if words else None), make()])
    model.set_weights([np.random.default_rng(i).normal(size=w.shape) for i, w in enumerate(model.weights)])
    model.save(tmp_path / "m.keras")
    again = hb.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(np.asarray(again(x)), np.asarray(model(x)), rtol=1e-5)
    assert again.layers[0].get_config() == model.layers[0].get_config()


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="not built"):
        layers.Dense(4).enable_lora(2)
    dense = layers.Dense(4, lora_rank=2)
    dense.build((None, 3))
    with pytest.raises(ValueError, match="LoRA already"):
        dense.enable_lora(2)
    with pytest.raises(ValueError, match="positive whole number"):
        layers.Dense(4, lora_rank=0)


def test_weights_that_are_read_take_the_place_of_the_sum(tmp_path):
    plain = hb.Sequential([layers.Input((3,)), layers.Dense(4)])
    plain.save_weights(tmp_path / "m.weights.h5")
    adapted = hb.Sequential([layers.Input((3,)), layers.Dense(4)])
    adapted.layers[0].enable_lora(2, b_initializer="ones")
    adapted.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_allclose(np.asarray(adapted(ROWS)), np.asarray(plain(ROWS)), rtol=1e-5)
